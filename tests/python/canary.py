"""Law 6: where personal data may not be. canary.py LAKE FEEDS SAID…

FEEDS holds truth/residents.csv of the city; SAID are files of what the command wrote to its streams.
Looks for everybody's identity number (18 characters and its 15) in every cell, statistic, log and name of the lake
but `identities`, `quarantine` and `archive`, and for names and phones too in findings, file names and SAID.
Prints the places, never the data.
"""

import csv
import re
import sys
from pathlib import Path

import lakes

RESTRICTED = {"identities", "quarantine", "archive"}


def main():
    lake, feeds, *said = map(Path, sys.argv[1:])
    with open(feeds / "truth/residents.csv", encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    numbers = {row[c] for row in people for c in ("id_number", "former_id_number") if len(row[c]) == 18}
    numbers |= {number[:6] + number[8:17] for number in numbers}
    phones = {row["phone"] for row in people if row["phone"]}
    names = {row["name"] for row in people if len(row["name"]) > 2}
    assert len(numbers) > 100 and len(phones) > 50 and len(names) > 50, "the truth holds too little to look for"

    found = []
    files = [path for path in lake.rglob("*") if path.is_file()]
    looked = 0
    for path in files:
        place = path.relative_to(lake)
        personal(str(place), numbers, phones, names, f"name of {place.parent}/…", found)
        if place.parts[0] in RESTRICTED:
            continue
        looked += 1
        raw = path.read_bytes()
        if any_number(raw.decode("latin-1"), numbers):
            found.append(f"{place}: identity number in the bytes")
        if path.suffix == ".parquet":
            for column, texts in lakes.texts(path):
                if any(any_number(text, numbers) for text in texts):
                    found.append(f"{place} {column}: identity number")
                if place.parts[0] == "findings":
                    for text in texts:
                        personal(text, numbers, phones, names, f"{place} {column}", found)
        elif place.parts[0] == "findings":
            personal(raw.decode("utf-8", "replace"), numbers, phones, names, str(place), found)
    assert looked > 20, "hardly a file to look into"
    for path in said:
        text = path.read_text(encoding="utf-8", errors="replace")
        personal(text, numbers, phones, names, path.name, found)
    for place in sorted(set(found)):
        print(place)
    print(f"looked into {looked} files for {len(numbers)} numbers; {len(found)} finds")
    sys.exit(bool(found))


def any_number(text, numbers):
    """Any of these numbers in the text, whatever stands around it."""
    for run in re.finditer(r"\d{14,}[\dXx]", text):
        digits = run.group().upper()
        for width in (18, 15):
            if any(digits[at : at + width] in numbers for at in range(len(digits) - width + 1)):
                return True
    return False


def personal(text, numbers, phones, names, place, found):
    if any_number(text, numbers):
        found.append(f"{place}: identity number")
    if any(run.group()[at : at + 11] in phones for run in re.finditer(r"\d{11,}", text) for at in range(len(run.group()) - 10)):
        found.append(f"{place}: phone")
    if any("\u4e00" <= c <= "\u9fff" for c in text) and any(name in text for name in names):
        found.append(f"{place}: name")


if __name__ == "__main__":
    main()
