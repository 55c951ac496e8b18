"""A lake as its readers see it: through delta-rs, at the versions that `releases` names."""

from pathlib import Path

import polars as pl
from deltalake import DeltaTable

CLOCKS = {"runs", "deliveries", "releases"}


def tables(lake):
    """Names of all tables: folders that hold a Delta log."""
    lake = Path(lake)
    return sorted(str(log.parent.relative_to(lake)) for log in lake.rglob("_delta_log"))


def released(lake):
    """{table: version} of the newest release, and its name; empty for a lake without one."""
    if not (Path(lake) / "releases/_delta_log").is_dir():
        return None, {}
    rows = pl.read_delta(str(Path(lake) / "releases"))
    if rows.is_empty():
        return None, {}
    last = rows.sort("at", "release")["release"][-1]
    return last, dict(rows.filter(pl.col("release") == last).select("table", "version").iter_rows())


def read(lake, table, version=None):
    return pl.read_delta(str(Path(lake) / table), version=version)


def newest_version(lake, table):
    return DeltaTable(str(Path(lake) / table)).version()


def texts(path):
    """(column, its texts) of one Parquet file, those inside lists and structs too."""
    frame = pl.read_parquet(path)
    pending = [frame.get_column(name) for name in frame.columns]
    while pending:
        column = pending.pop()
        if isinstance(column.dtype, pl.List):
            pending.append(column.explode())
        elif isinstance(column.dtype, pl.Struct):
            pending += column.struct.unnest().get_columns()
        elif column.dtype in (pl.String, pl.Binary):
            yield column.name, column.drop_nulls().cast(pl.String).unique().to_list()
