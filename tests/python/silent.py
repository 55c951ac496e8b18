"""Law 7: no value is lost or mended in silence. silent.py FEEDS LAKE

For each row and column of a city of CSV files: a cell that says something and a standard value that is null
need a finding for that row and column; so does a number that was repaired, with severity repaired.
"""

import csv
import sys
from collections import Counter
from pathlib import Path

import forms
import lakes
from oracle import FEEDS


def main():
    feeds, lake = map(Path, sys.argv[1:])
    findings = {}
    for row in lakes.read(lake, "findings").iter_rows(named=True):
        findings.setdefault((row["feed"], row["_source_row"], row["column"]), set()).add(row["severity"])
    silent, looked, lost = Counter(), 0, 0
    for feed, words in FEEDS.items():
        words = words.split()
        canonical = dict(zip(words[::2], words[1::2]))
        standard = {row["_source_row"]: row for row in lakes.read(lake, f"standard/{feed.replace('.', '/')}").iter_rows(named=True)}
        with open(feeds / (feed.replace(".", "/") + ".csv"), encoding="utf-8-sig", newline="") as file:
            rows = [cells for cells in csv.reader(file)]
        headings, rows = rows[0], [cells for cells in rows[1:] if cells]
        for number, cells in enumerate(rows, 1):
            held = standard.get(number)
            if held is None:
                continue
            for heading, cell in zip(headings, cells):
                column, looked = canonical[heading], looked + 1
                if column.endswith("id_number"):
                    status = held[column.replace("id_number", "id_status")]
                    needs = {"repaired": "repaired", "malformed": "flagged", "masked": "flagged", "contested": "flagged"}.get(status)
                    if needs and needs not in findings.get((feed, number, column), ()):
                        silent[f"{feed} {column} {status}"] += 1
                elif held[column] is None and not forms.says_nothing(cell):
                    lost += 1
                    if (feed, number, column) not in findings:
                        silent[f"{feed} {column} null"] += 1
    assert looked > 5000 and lost > 5, f"{looked} cells, {lost} lost: too little to prove anything"
    for what, count in silent.items():
        print(f"{count} silent: {what}")
    print(f"{looked} cells, {lost} of them became null")
    sys.exit(bool(silent))


if __name__ == "__main__":
    main()
