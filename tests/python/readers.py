"""Reads a lake back with delta-rs, Polars and DuckDB: counts, types, comments, order. readers.py LAKE [TABLE …]

The expectations are LAKE.md's "Tables", written down here by hand; a TABLE more must be there, whatever it holds.
"""

import sys
from pathlib import Path

import duckdb
import polars as pl
from deltalake import DeltaTable

import lakes

TEXT, DAY, TIME = pl.String, pl.Date, pl.Datetime("us")
MONEY, WHOLE, REAL = pl.Decimal(18, 2), pl.Int64, pl.Float64
PLACE = {"_delivery": TEXT, "_source_file": TEXT, "_source_row": WHOLE}
PERSON = {"id_status": TEXT, "resident_key": TEXT}
SINGLE = {
    "name": TEXT, "sex": TEXT, "birth_date": DAY, "ethnicity": TEXT, "household_no": TEXT, "relation_to_head": TEXT,
    "hukou_division": TEXT, "hukou_address": TEXT, "address": TEXT, "grid_code": TEXT, "phone": TEXT,
    "marital_status": TEXT, "spouse_resident_key": TEXT, "died_on": DAY, "assistance_category": TEXT,
    "assistance_monthly_amount": MONEY, "property_count": WHOLE, "property_area": MONEY,
}
INSURANCES = pl.List(pl.Struct({"kind": TEXT, "status": TEXT, "first_enrolled_on": DAY, "contribution_base": MONEY}))
EXPECTED = {
    "residents": {"resident_key": TEXT, "key_basis": TEXT, **SINGLE, "insurances": INSURANCES}
    | {f"{name}_source": TEXT for name in SINGLE} | {f"{name}_as_of": DAY for name in SINGLE},
    "resident_homes": {
        "resident_key": TEXT, "relation": TEXT, "address": TEXT, "unit_no": TEXT, "share_percent": MONEY,
        "longitude": REAL, "latitude": REAL, "grid_code": TEXT, "starts_on": DAY, "feed": TEXT,
    },
    "resident_health": {"resident_key": TEXT, "blood_group": TEXT, "chronic_icd10": pl.List(TEXT)},
    "conflicts": dict.fromkeys(["resident_key", "attribute", "feed", "value", "winner_feed", "winner_value"], TEXT),
    "findings": {"feed": TEXT, **PLACE, "column": TEXT, "rule": TEXT, "severity": TEXT},
    "quarantine": {"feed": TEXT, **PLACE, "column": TEXT, "rule": TEXT, "raw": TEXT},
    "identities": {
        "resident_key": TEXT, "id_type": TEXT, "id_number": TEXT, "feed": TEXT, "_delivery": TEXT, "_source_row": WHOLE,
    },
    "releases": {"release": TEXT, "table": TEXT, "version": WHOLE, "at": TIME},
    "runs": {},
    "deliveries": {},
    "standard/public_security/household_register": {
        **PERSON, "name": TEXT, "sex": TEXT, "ethnicity": TEXT, "birth_date": DAY, "household_no": TEXT,
        "relation_to_head": TEXT, "hukou_division": TEXT, "hukou_address": TEXT, "updated_at": TIME, **PLACE,
    },
    "standard/public_security/residence_permit": {
        "id_type": TEXT, **PERSON, "name": TEXT, "sex": TEXT, "birth_date": DAY, "address": TEXT, "phone": TEXT,
        "reported_on": DAY, "updated_at": TIME, **PLACE,
    },
    "standard/civil_affairs/social_assistance": {
        "assistance_no": TEXT, **PERSON, "name": TEXT, "category": TEXT, "monthly_amount": MONEY, "start_month": DAY,
        "updated_at": TIME, **PLACE,
    },
    "standard/civil_affairs/marriage_register": {
        "registration_no": TEXT, "kind": TEXT, "registered_on": DAY,
        **{f"{role}_{name}": TEXT for role in ["husband", "wife"] for name in ["name", "id_status", "resident_key"]}, **PLACE,
    },
    "standard/social_security/insurance_enrolment": {
        "person_no": TEXT, **PERSON, "name": TEXT, "sex": TEXT, "birth_date": DAY, "insurance_kind": TEXT, "status": TEXT,
        "contribution_base": MONEY, "first_enrolled_on": DAY, "phone": TEXT, "updated_at": TIME, **PLACE,
    },
    "standard/health/health_record": {
        "record_no": TEXT, **PERSON, "name": TEXT, "sex": TEXT, "birth_date": DAY, "phone": TEXT, "address": TEXT,
        "chronic_icd10": pl.List(TEXT), "blood_group": TEXT, "updated_at": TIME, **PLACE,
    },
    "standard/health/death_certificate": {
        "certificate_no": TEXT, **PERSON, "name": TEXT, "sex": TEXT, "birth_date": DAY, "died_on": DAY,
        "cause_icd10": TEXT, **PLACE,
    },
    "standard/housing/property_ownership": {
        "unit_no": TEXT, "name": TEXT, **PERSON, "share_percent": MONEY, "address": TEXT, "floor_area": MONEY,
        "longitude": REAL, "latitude": REAL, "updated_at": TIME, **PLACE,
    },
    "standard/housing/tenancy_filing": {
        "filing_no": TEXT, "name": TEXT, **PERSON, "phone": TEXT, "address": TEXT, "starts_on": DAY,
        "monthly_rent": MONEY, "updated_at": TIME, **PLACE,
    },
    "standard/grid/cells": {"grid_code": TEXT, "grid_name": TEXT, **PLACE},
}
BY_KEY = ["residents", "resident_homes", "resident_health", "conflicts"]
DUCK = {TEXT: "VARCHAR", DAY: "DATE", TIME: "TIMESTAMP", MONEY: "DECIMAL(18,2)", WHOLE: "BIGINT", REAL: "DOUBLE"}


class Wrong(list):
    def unless(self, true, text):
        if not true:
            self.append(text)


def main():
    lake, wrong = Path(sys.argv[1]), Wrong()
    release, versions = lakes.released(lake)
    there = lakes.tables(lake)
    for table in [*EXPECTED, *sys.argv[2:]]:
        wrong.unless(table in there, f"{table}: there is no such table")
    rows = {table: one_table(lake, table, EXPECTED.get(table, {}), versions, wrong) for table in there}
    for table in BY_KEY:
        keys = lakes.read(lake, table)["resident_key"]
        wrong.unless(keys.is_sorted(), f"{table}: not sorted by resident_key")
    basis = set(lakes.read(lake, "residents")["key_basis"])
    wrong.unless(basis <= {"number", "linked", "unidentified"}, f"residents: key_basis {basis}")
    print(f"release {release}: {rows}")
    print("\n".join(wrong))
    sys.exit(bool(wrong))


def one_table(lake, table, expected, versions, wrong):
    delta = DeltaTable(str(lake / table))
    if table != "releases":
        wrong.unless(delta.version() == versions.get(table),
                     f"{table}: newest version {delta.version()}, released {versions.get(table)}")
    reader_features = set(delta.protocol().reader_features or [])
    wrong.unless(reader_features <= {"timestampNtz"}, f"{table}: reader features {reader_features}")
    for field in delta.schema().fields:
        comment = str(field.metadata.get("comment", ""))
        both = any("\u4e00" <= c <= "\u9fff" for c in comment) and any("a" <= c <= "z" for c in comment)
        # A number standing for itself, such as "ICD-10", is no English.
        wrong.unless(both, f"{table}.{field.name}: comment {comment!r} is not in both languages")
        wrong.unless("timestamp" not in str(field.type) or "ntz" in str(field.type), f"{table}.{field.name}: {field.type}")

    frame = pl.scan_delta(str(lake / table)).collect()
    for column, dtype in expected.items():
        found = frame.schema.get(column)
        wrong.unless(found == dtype, f"{table}.{column}: Polars reads {found}, not {dtype}")
    hidden = [column for column in frame.columns if column.endswith("id_number") and table != "identities"]
    wrong.unless(not hidden, f"{table}: has {hidden}")

    files = delta.file_uris()
    if files:
        duck = duckdb.connect().read_parquet(files)
        types = dict(zip(duck.columns, map(str, duck.types)))
        for column, dtype in expected.items():
            if dtype in DUCK:
                wrong.unless(types.get(column) == DUCK[dtype], f"{table}.{column}: DuckDB reads {types.get(column)}")
        counted = duck.aggregate("count(*)").fetchall()[0][0]
        wrong.unless(counted == frame.height, f"{table}: DuckDB reads {counted} rows, Polars {frame.height}")
        metadata = duckdb.sql(f"SELECT DISTINCT compression FROM parquet_metadata({files!r})").fetchall()
        wrong.unless(metadata in ([("ZSTD",)], []), f"{table}: compressed with {metadata}")
    else:
        wrong.unless(frame.height == 0, f"{table}: no files, {frame.height} rows")
    return frame.height


if __name__ == "__main__":
    main()
