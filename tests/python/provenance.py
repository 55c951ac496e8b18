"""Law 2: each value of a resident leads to the cell as it was received. provenance.py FEEDS LAKE ANSWER…

Each ANSWER is a file with what `rongtong why KEY --json` said. Compares it with `residents` and with the
delivery, read again from the row that the answer names.
"""

import csv
import json
import sys
from pathlib import Path

import lakes
from oracle import DEATH, FEEDS, HOUSEHOLD

COLUMN = {
    "assistance_category": "category",
    "assistance_monthly_amount": "monthly_amount",
    "insurances.kind": "insurance_kind",
    "insurances.status": "status",
    "insurances.first_enrolled_on": "first_enrolled_on",
    "insurances.contribution_base": "contribution_base",
}
# Several rows, or a place on the map, make these; the feed and what was counted is all there is to show.
SUMMED = {"grid_code", "property_count", "property_area"}
# A key was never received: the cells that name the spouse, or tell of the marriage, were.
FROM_MARRIAGE = {"marital_status": ["kind"], "spouse_resident_key": ["husband_name", "wife_name", "kind"]}


def headings_of(feed, attribute, role_free):
    words = FEEDS[feed].split()
    heading = {column: heading for heading, column in zip(words[::2], words[1::2])}
    if attribute in FROM_MARRIAGE:
        wanted = FROM_MARRIAGE[attribute]
    elif attribute == "address" and feed == HOUSEHOLD:
        wanted = ["hukou_address"]
    else:
        wanted = [COLUMN.get(attribute, attribute)]
        wanted += [f"{role}_{attribute}" for role in ("husband", "wife")] if role_free else []
        if attribute in {"birth_date", "sex"}:
            # Last of all, from the number.
            wanted += [column for column in heading if column.endswith("id_number")]
    return [heading[column] for column in wanted if column in heading]


def entries(claims):
    """The insurances that an answer tells, part by part: each begins with its kind."""
    told = []
    for claim in claims:
        part = claim["attribute"].removeprefix("insurances.")
        if part == "kind":
            told.append({})
        told[-1][part] = claim["value"]
    return told


def main():
    feeds, lake, *answers = sys.argv[1:]
    residents = {row["resident_key"]: row for row in lakes.read(lake, "residents").iter_rows(named=True)}
    deliveries, wrong, compared, insured = {}, [], 0, 0
    for answer in answers:
        why = json.loads(Path(answer).read_text(encoding="utf-8"))
        held = residents[why["resident_key"]]
        said = {claim["attribute"]: claim for claim in why["attributes"]}
        claims = [claim for claim in why["attributes"] if claim["attribute"].startswith("insurances.")]
        insurances = [{part: str(value) for part, value in entry.items() if value is not None} for entry in held["insurances"] or []]
        insured += len(insurances)
        if entries(claims) != insurances:
            wrong.append(f"insurances: why says {entries(claims)}, residents {insurances}")
        for attribute in [name.removesuffix("_source") for name in held if name.endswith("_source")]:
            if held[attribute] is None:
                continue
            claim = said.get(attribute)
            if claim is None:
                wrong.append(f"{attribute}: why says nothing of it")
                continue
            if claim["feed"] != held[f"{attribute}_source"]:
                wrong.append(f"{attribute}: why says {claim['feed']}, residents {held[f'{attribute}_source']}")
            if attribute not in SUMMED:
                claims.append(claim)
        for claim in claims:
            attribute, feed = claim["attribute"], claim["feed"]
            file, row = claim["source_file"], claim["source_row"]
            if file not in deliveries:
                path = Path(feeds) / file
                if not path.is_file():
                    wrong.append(f"{attribute} of {feed}: names the file {file!r}")
                    continue
                with open(path, encoding="utf-8-sig", newline="") as opened:
                    lines = [cells for cells in csv.reader(opened)]
                deliveries[file] = (lines[0], [cells for cells in lines[1:] if cells])
            headings, rows = deliveries[file]
            cells = dict(zip(headings, rows[row - 1]))
            possible = [cells[heading] for heading in headings_of(feed, attribute, True)]
            compared += 1
            if claim["received"] not in possible:
                wrong.append(f"{attribute} of {feed}: received {claim['received']!r}, the delivery's row {row} has {possible!r}")
    print("\n".join(sorted(set(wrong))[:20]))
    print(f"{compared} cells compared, {len(wrong)} wrong")
    assert compared > 5 * len(answers) and insured > 0, "too little to compare"
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
