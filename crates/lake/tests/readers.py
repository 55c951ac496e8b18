"""Reads a lake as its users do and checks counts, types, values and comments."""

import datetime
import hashlib
import json
import sys
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote, urlparse

import duckdb
import polars
from deltalake import DeltaTable

ROOT = Path(sys.argv[1])
EVERY = "standard/health/every_type"
TYPES = {
    "resident_key": "string",
    "plain_text": "string",
    "flag": "boolean",
    "small": "integer",
    "row": "long",
    "longitude": "double",
    "amount": "decimal(18,2)",
    "born": "date",
    "seen": "timestamp_ntz",
}
FIRST = {
    "resident_key": "0a" * 16,
    "plain_text": "张三",
    "flag": True,
    "small": 1,
    "row": 1,
    "longitude": 120.12,
    "amount": Decimal("1234567.89"),
    "born": datetime.date(2024, 1, 1),
    "seen": datetime.datetime(2024, 1, 1, 0, 0, 0, 123456),
    "codes": ["I10", "E11.9"],
    "insurances": [
        {"kind": "310", "enrolled_on": datetime.date(1970, 1, 1), "base": Decimal("5123.45")},
        {"kind": "110", "enrolled_on": None, "base": None},
    ],
}
ROWS = {EVERY: 9, "empty": 0, "no_statistics": 1000, "residents": 21}


def files(table: DeltaTable) -> list[str]:
    return [unquote(urlparse(uri).path) if "://" in uri else uri for uri in table.file_uris()]


def check_deltalake() -> None:
    for name, rows in ROWS.items():
        table = DeltaTable(str(ROOT / name))
        assert table.to_pyarrow_table().num_rows == rows, name
        protocol = table.protocol()
        assert set(protocol.reader_features or []) <= {"timestampNtz"}, name
        assert table.metadata().description
        for entry in table.history():
            json.dumps(entry)
    table = DeltaTable(str(ROOT / EVERY))
    fields = {field.name: field for field in table.schema().fields}
    for name, wanted in TYPES.items():
        assert fields[name].type.type == wanted, (name, fields[name].type)
    assert fields["codes"].type.type == "array"
    assert fields["resident_key"].metadata["comment"] == "居民统一标识 / resident key"
    rows = table.to_pyarrow_table().to_pylist()
    assert rows[0] == FIRST, rows[0]
    assert all(value is None or value == [] for key, value in rows[1].items() if key in ("codes", "plain_text"))
    assert DeltaTable(str(ROOT / EVERY), version=0).to_pyarrow_table().num_rows == 3
    adds = table.get_add_actions(flatten=True)
    assert not any("plain_text" in name or "amount" in name for name in adds.schema.names), adds.schema.names
    releases = DeltaTable(str(ROOT / "releases")).to_pyarrow_table()
    assert releases.column_names == ["release", "table", "version", "at"]
    newest = max(releases["release"].to_pylist())
    released = {row["table"]: row["version"] for row in releases.to_pylist() if row["release"] == newest}
    assert released == {name: DeltaTable(str(ROOT / name)).version() for name in ROWS}, released


def check_polars() -> None:
    for name, rows in ROWS.items():
        frame = polars.scan_delta(str(ROOT / name)).collect()
        assert frame.height == rows, (name, frame.height)
    frame = polars.read_delta(str(ROOT / EVERY))
    assert frame.row(0, named=True) == FIRST, frame.row(0, named=True)
    assert frame.schema["amount"] == polars.Decimal(18, 2)
    assert frame.schema["seen"] == polars.Datetime("us")
    assert frame.schema["born"] == polars.Date
    assert frame.schema["codes"] == polars.List(polars.String)
    one = polars.scan_delta(str(ROOT / EVERY)).filter(polars.col("resident_key") == "0b" * 16).collect()
    assert one.height == 3, one.height
    assert polars.read_delta(str(ROOT / "empty")).schema == frame.schema


def check_duckdb() -> None:
    for name, rows in ROWS.items():
        paths = files(DeltaTable(str(ROOT / name)))
        if not paths:
            assert rows == 0
            continue
        count = duckdb.sql(f"select count(*) from read_parquet({paths!r})").fetchall()
        assert count == [(rows,)], (name, count)
    paths = files(DeltaTable(str(ROOT / EVERY)))
    relation = duckdb.sql(f"select * from read_parquet({paths!r}) where resident_key = '{'0a' * 16}'")
    types = dict(zip(relation.columns, map(str, relation.types)))
    assert types["amount"] == "DECIMAL(18,2)", types
    assert types["seen"] == "TIMESTAMP", types
    assert types["born"] == "DATE", types
    assert types["codes"] == "VARCHAR[]", types
    rows = relation.fetchall()
    assert len(rows) == 3
    assert dict(zip(relation.columns, rows[0])) == FIRST, rows[0]


def check_fingerprints() -> None:
    newest = max((ROOT / "_releases").glob("*.json"))
    _, *tables = map(json.loads, newest.read_text().splitlines())
    checked = 0
    for table in tables:
        for file in table["files"]:
            data = (ROOT / table["table"] / unquote(file["name"])).read_bytes()
            pieces = (data[at : at + 16384] for at in range(0, len(data), 16384))
            prints = b"".join(hashlib.new("sm3", piece).digest() for piece in pieces)
            assert hashlib.new("sm3", prints).hexdigest() == file["pieces_sm3"], file["name"]
            checked += 1
    assert checked >= 4, checked


check_deltalake()
check_polars()
check_duckdb()
check_fingerprints()
print("deltalake, polars and duckdb agree")
