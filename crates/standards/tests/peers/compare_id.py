"""Compares identity verdicts with id-validator and python-stdnum.

Reads lines `kind, cell, usable (0/1), document, normalised number, birth date, sex, rules` (tabs
between) and the as-of date. Prints `class<TAB>count` for every class of difference, and exits 1 with
the kinds (never the numbers) of the differences that no class explains. The classes and their reasons:
docs/identity-numbers.md.
"""

import collections
import datetime
import functools
import sys

from id_validator import data, helper, validator
from stdnum import numdb
from stdnum.cn import ric

# id-validator builds its tables anew for every number; python-stdnum searches its own anew.
for table in ("get_address_code", "get_address_code_timeline", "get_additional_address_code_timeline"):
    setattr(data, table, functools.cache(getattr(data, table)))
COUNTIES = numdb.get("cn/loc")
COUNTIES.info = functools.cache(COUNTIES.info)

PEER_DIVISIONS = (
    set(data.get_address_code())
    | set(data.get_address_code_timeline())
    | set(data.get_additional_address_code_timeline())
)
# The parts of cities that id-validator takes without a table: whole, city proper, outskirts.
CITY_PARTS = ("01", "02", "11", "20")


def id_validator_accepts(cell):
    try:
        return bool(validator.is_valid(cell))
    except (ValueError, KeyError):  # letters among the digits
        return False


def stdnum_accepts(cell):
    try:
        return ric.is_valid(cell)
    except (ValueError, KeyError):  # digits of other scripts; a county of no edition
        return False


def stdnum_knows(division):
    return any("county" in properties for _, properties in COUNTIES.info(division))


def day_of(text):
    try:
        return datetime.date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def outside(number, as_of):
    day = day_of(number[6:14])
    return day is not None and not datetime.date(1800, 1, 1) <= day <= as_of


def accepted_by_us_only(peer, cell, number, rules):
    """Why we take what the peer doesn't."""
    accepts = id_validator_accepts if peer == "id-validator" else stdnum_accepts
    division = number[:6]
    if cell != number and accepts(number):
        return "repaired-15" if "id_fifteen_digits" in rules else "repaired"
    if not right_but_for_the_county(number):
        return None
    known = division in PEER_DIVISIONS or division[4:] in CITY_PARTS
    if peer == "stdnum":
        known = stdnum_knows(division)
    if "id_division_unknown" in rules:
        return None if known else "county-unknown"
    if peer == "id-validator":
        return None if known else "county-newer"
    return "county-of-another-year" if known else "county-missing"


def right_but_for_the_county(number):
    """Whether the peers' own functions find nothing wrong but the county."""
    checks = (helper.generator_check_bit(number[:17]), ric.calc_check_digit(number))
    return checks == (number[17], number[17]) and day_of(number[6:14]) is not None


def accepted_by_peer_only(peer, cell, as_of):
    """Why the peer takes what we don't."""
    number = cell.strip().upper()
    if peer == "id-validator" and len(number) == 15:
        if len(set(number)) == 1:
            return "placeholder-15"
        if not number.isdigit():
            return "letters-15"
        if number[:1] == "8":
            return "permit-15"
        return None
    if outside(number, as_of):
        return "birth-outside"
    return None


def meaning_differs(cell, birth, sex):
    """Why the birth date or the sex of a number that both take differ."""
    info = validator.get_info(cell)
    if info["birthday_code"] == birth and (info["sex"] == 1) == (sex == "1"):
        return None
    return "century-18" if len(cell) == 15 and cell[12:] >= "996" else "?"


def main(path, as_of):
    as_of = datetime.date.fromisoformat(as_of)
    explained = collections.Counter()
    unexplained = collections.Counter()
    for line in open(path, encoding="utf-8"):
        kind, cell, usable, document, number, birth, sex, rules = line.rstrip("\n").split("\t")
        # The peers know resident numbers only: other documents are none to them, and rightly.
        ours = usable == "1" and document in ("111", "154")
        for peer, accepts in (("id-validator", id_validator_accepts), ("stdnum", stdnum_accepts)):
            theirs = accepts(cell)
            if ours and not theirs:
                reason = accepted_by_us_only(peer, cell, number, rules.split(","))
            elif theirs and not ours:
                reason = accepted_by_peer_only(peer, cell, as_of)
            elif ours and peer == "id-validator":
                reason = meaning_differs(cell, birth, sex)
                if reason is None:
                    continue
            else:
                continue
            if reason in (None, "?"):
                unexplained[f"{peer}: {kind}: ours {ours}, theirs {theirs}"] += 1
            else:
                explained[f"{peer}/{reason}"] += 1
    for name, count in sorted(explained.items()):
        print(name, count, sep="\t")
    for name, count in sorted(unexplained.items()):
        print("unexplained:", name, count, file=sys.stderr)
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
