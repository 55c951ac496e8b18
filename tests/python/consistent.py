"""Is what `releases` shows a whole release? consistent.py LAKE [newest]

Reads every table at the version that the newest release names, as a reader would at any moment, also after
a run was killed. With `newest`, each table's newest version must be the released one, as after exit 0.
Prints the release, or "none".
"""

import sys

import polars as pl

import lakes


def main():
    lake = sys.argv[1]
    release, versions = lakes.released(lake)
    if release is None:
        print("none")
        return
    assert "residents" in versions and "findings" in versions, sorted(versions)
    held = {table: lakes.read(lake, table, version) for table, version in versions.items() if table != "releases"}
    in_force = held["deliveries"].filter(pl.col("status") == "in_force")
    counts = dict(in_force.group_by("feed").agg(pl.col("standard").sum()).iter_rows())
    keys = set()
    for table, frame in held.items():
        if not table.startswith("standard/"):
            continue
        feed = table.removeprefix("standard/").replace("/", ".")
        assert frame.height == counts.get(feed, 0), f"{feed}: {frame.height} rows, the ledger says {counts.get(feed)}"
        for column in frame.columns:
            if column.endswith("resident_key"):
                keys |= set(frame[column].drop_nulls())
    residents = set(held["residents"]["resident_key"])
    assert len(residents) == held["residents"].height, "a resident stands twice"
    assert keys == residents, f"{len(keys - residents)} keys without a resident, {len(residents - keys)} the other way"
    for table in ["conflicts", "resident_homes", "resident_health"]:
        lost = set(held[table]["resident_key"]) - residents
        assert not lost, f"{table}: {len(lost)} keys that are no resident's"
    if "newest" in sys.argv[2:]:
        for table in lakes.tables(lake):
            if table != "releases":
                newest = lakes.newest_version(lake, table)
                assert newest == versions.get(table), f"{table}: newest {newest}, released {versions.get(table)}"
    print(release)


if __name__ == "__main__":
    main()
