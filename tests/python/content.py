"""The content of a lake, as one line a table: content.py LAKE [COLUMN TO LEAVE OUT …]

Prints a JSON object {table: [rows, digest]} of every table but those that hold clocks. The digest stands
for the rows in any order.
"""

import hashlib
import json
import sys

import polars as pl

import lakes


def digest(frame):
    lines = sorted(frame.write_ndjson().splitlines())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def records(lake):
    """What `records` says with `records_since` in place of what it names."""
    records, since = lakes.read(lake, "records"), lakes.read(lake, "records_since")
    if since.height:
        key = pl.col("resident_key")
        records = records.filter(key.is_not_null()).join(since, on="resident_key", how="anti")
        since = since.filter(key.is_null() | pl.col("standing").is_not_null())
    return pl.concat([records, since])


def main():
    lake, *left_out = sys.argv[1:]
    content = {}
    for table in lakes.tables(lake):
        if table not in [*lakes.CLOCKS, "records_since"]:
            frame = records(lake) if table == "records" else lakes.read(lake, table)
            frame = frame.drop(left_out, strict=False)
            content[table] = [frame.height, digest(frame) if frame.width else ""]
    json.dump(content, sys.stdout)


if __name__ == "__main__":
    main()
