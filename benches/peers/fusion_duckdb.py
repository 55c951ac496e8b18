"""The work of the fusion benchmark in DuckDB's SQL.

    fusion_duckdb.py CITY_DIR OUT_DIR

Cleans six feeds into standard tables with the bad numbers named, and fuses them into one row a resident.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import duckdb

from fusion_forms import (
    ASSISTANCE, AUTHORITY, BLANKS, CHECKS, DOTS, ETHNICITIES, FEEDS, HEALTH, HOUSEHOLD, INSURANCE, INSURANCES, NARROW, NEWEST,
    NOTHING, PERMIT, PHONES, PROPERTY, PROVINCES, SEXES, TIES, WEIGHTS, WIDE, path,
)

AS_OF = "DATE '2026-06-02'"  # one day of grace


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def listed(values):
    return "(" + ", ".join(quoted(str(value)) for value in values) + ")"


def mapped(column, words):
    cases = " ".join(f"WHEN {quoted(word)} THEN {quoted(code)}" for word, code in words.items() if code)
    return f"CASE {column} {cases} END"


FROM, TO = quoted("".join(WIDE)), quoted("".join(NARROW))
BLANKS = quoted(BLANKS)
SEEN, MEANT = quoted("".join(WIDE[:-1]) + "OIlx"), quoted("".join(NARROW[:-1]) + "011X")
ETHNIC = {label + end: f"{at:02}" for at, label in enumerate(ETHNICITIES, 1) for end in ("", "族")}
WEIGHED = " + ".join(f"body // {10 ** (16 - at)} % 10 * {weight}" for at, weight in enumerate(WEIGHTS))
MOMENTS = "['%Y-%m-%d %H:%M:%S.%f', '%Y-%m-%d %H:%M:%S', '%Y-%m-%d', '%Y%m%d', '%Y-%m-%d %H:%M']"

# Every cell is trimmed before it comes here; `half` is for the few with full-width characters or several blanks.
MACROS = rf"""
CREATE MACRO half(cell) AS CASE WHEN regexp_matches(cell, '[！-～　]|  |\t')
    THEN regexp_replace(translate(cell, {FROM}, {TO}), '\s+', ' ', 'g') ELSE cell END;
CREATE MACRO something(cell) AS CASE WHEN cell NOT IN {listed(NOTHING)} THEN cell END;
CREATE MACRO name_half(cell) AS CASE WHEN regexp_matches(cell, '[ !-/:-@\[-`【】　{DOTS}！-～\t]')
    THEN regexp_replace(trim(regexp_replace(
        translate(translate(cell, {quoted(DOTS)}, {quoted("·" * len(DOTS))}), {FROM}, {TO}),
        '\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】', '', 'g')), '([^\x00-\x7f]) +', '\1', 'g')
    ELSE cell END;
CREATE MACRO name_of(cell) AS CASE WHEN cell NOT IN {listed(NOTHING + ["合计", "总计", "小计", "共计"])} THEN cell END;
CREATE MACRO sex_of(cell) AS CASE WHEN cell IN ('1', '2') THEN cell ELSE coalesce({mapped("cell", SEXES)},
    nullif(regexp_extract(cell, '^([12])(?:[- ]?(?:男性?|女性?))?$', 1), '')) END;
CREATE MACRO ethnicity_of(cell) AS CASE WHEN regexp_full_match(cell, '\d{{2}}') THEN cell
    ELSE coalesce(nullif(regexp_extract(cell, '^(\d{{2}})\D', 1), ''), {mapped("cell", ETHNIC)}) END;
CREATE MACRO insurance_of(cell) AS CASE WHEN regexp_full_match(cell, '\d{{3}}') THEN cell
    ELSE coalesce(nullif(regexp_extract(cell, '^(\d{{3}})\D', 1), ''), {mapped("replace(cell, ' ', '')", INSURANCES)}) END;
CREATE MACRO division_of(cell) AS nullif(regexp_extract(cell, '^(\d{{6}})(?:\D|$)', 1), '');
CREATE MACRO address_half(cell) AS CASE WHEN regexp_matches(cell, '[！-～　 \t\n—–~]')
    THEN regexp_replace(regexp_replace(translate(cell, {FROM}, {TO}), '[—–~]+', '-', 'g'), '\s+', '', 'g') ELSE cell END;
CREATE MACRO address_of(cell) AS something(CASE WHEN ends_with(cell, '房') OR ends_with(cell, '房间')
    THEN regexp_replace(cell, '号?房间?$', '室') ELSE cell END);
CREATE MACRO bare_phone(cell) AS regexp_replace(regexp_replace(cell, '[ ()-]', '', 'g'), '^(\+86|0086|86)', '');
CREATE MACRO phone_half(cell) AS CASE WHEN regexp_full_match(cell, '1[3-9]\d{{9}}') THEN cell ELSE bare_phone(half(cell)) END;
CREATE MACRO phone_of(cell) AS CASE
    WHEN cell = '13800000000' THEN NULL
    WHEN regexp_full_match(cell, '1[3-9]\d{{9}}') THEN cell
    WHEN regexp_full_match(cell, '(010|02\d|0[3-9]\d\d)[2-8]\d{{6,7}}')
        THEN regexp_replace(cell, '^(010|02\d|0[3-9]\d\d)', '\1-') END;
CREATE MACRO amount_half(cell) AS CASE WHEN regexp_full_match(cell, '[0-9.]*') THEN cell
    ELSE regexp_replace(half(cell), '[,¥￥元 ]', '', 'g') END;
CREATE MACRO amount_of(cell) AS CAST(round(CASE WHEN ends_with(cell, '万') THEN TRY_CAST(rtrim(cell, '万') AS DOUBLE) * 10000
    ELSE TRY_CAST(cell AS DOUBLE) END * 100) AS BIGINT);
CREATE MACRO moment_half(cell) AS CASE WHEN regexp_full_match(cell, '[0-9 :.-]*') THEN cell
    ELSE translate(half(cell), '年月/T日', '--- ') END;
CREATE MACRO moment_of(cell) AS CASE
    WHEN regexp_full_match(cell, '\d{{5}}(\.\d+)?')
        THEN TIMESTAMP '1899-12-30' + to_seconds(CAST(round(TRY_CAST(cell AS DOUBLE) * 86400) AS BIGINT))
    ELSE coalesce(try_strptime(cell, '%Y-%m-%d %H:%M:%S'), try_strptime(cell, {MOMENTS}),
        timezone('Asia/Shanghai', try_strptime(cell, '%Y-%m-%d %H:%M:%S%z'))) END;
CREATE MACRO possible(day, most) AS
    CASE WHEN day BETWEEN DATE '1800-01-01' AND most AND day <> DATE '1900-01-01' THEN day END;
CREATE MACRO day_in(cell, form, most) AS possible(coalesce(try_strptime(cell, form), moment_of(cell))::DATE, most);
CREATE MACRO day_of(cell) AS day_in(cell, '%Y-%m-%d', DATE '9999-12-30');
CREATE MACRO birth_of(cell) AS day_in(cell, '%Y-%m-%d', {AS_OF});
CREATE MACRO birth8_of(cell) AS day_in(cell, '%Y%m%d', {AS_OF});
"""

# How a column's cells are made half-width, and what reads them then.
KERNELS = {
    "number": ("", ""), "text": ("half", "something"), "name": ("name_half", "name_of"), "sex": ("half", "sex_of"),
    "ethnicity": ("half", "ethnicity_of"), "division": ("half", "division_of"), "address": ("address_half", "address_of"),
    "insurance": ("half", "insurance_of"), "phone": ("phone_half", "phone_of"), "amount": ("amount_half", "amount_of"),
    "moment": ("moment_half", "moment_of"), "day": ("moment_half", "day_of"), "birth": ("moment_half", "birth_of"),
    "birth8": ("moment_half", "birth8_of"),
}


def standard(city, out, feed):
    """The feed's standard table, with the number as an integer of 17 digits, or the reason why there is none."""
    columns = FEEDS[feed]
    step = lambda at: ", ".join(f"{KERNELS[kind][at]}({column}) AS {column}" for column, kind in columns.values())
    trimmed = ", ".join(f'trim("{heading}", {BLANKS}) AS {column}' for heading, (column, _) in columns.items())
    names = ", ".join(f"'{heading}': 'VARCHAR'" for heading in columns)
    kept = ", ".join(column for column, kind in columns.values() if kind != "number")
    return f"""
        WITH trimmed AS (
            SELECT row_number() OVER () AS _source_row, {trimmed}
            FROM read_csv({quoted(path(city, feed))}, header = true, columns = {{{names}}}, delim = ',', quote = '"',
                          escape = '"', strict_mode = false, ignore_errors = true)
        ), halved AS (
            SELECT _source_row, {step(0)} FROM trimmed
        ), cells AS (
            SELECT _source_row, {step(1)} FROM halved
        ), plain AS (
            SELECT * EXCLUDE (id_number), id_number AS seen, CASE WHEN regexp_full_match(seen, '[0-9X]*') THEN seen
                ELSE regexp_replace(translate(seen, {SEEN}, {MEANT}), '[\\s　''’-]', '', 'g') END AS plain
            FROM cells
        ), bodies AS (
            SELECT *, CASE
                WHEN length(plain) = 18 THEN TRY_CAST(plain[:17] AS BIGINT)
                WHEN length(plain) = 15 AND plain < '8' THEN TRY_CAST(plain AS BIGINT) // 1000000000 * 100000000000
                    + CASE WHEN TRY_CAST(plain AS BIGINT) % 1000 >= 996 THEN 18 ELSE 19 END * 1000000000::BIGINT
                    + TRY_CAST(plain AS BIGINT) % 1000000000 END AS body
            FROM plain
        ), reasons AS (
            SELECT *, CASE
                WHEN seen IS NULL OR seen IN {listed(NOTHING)} THEN 'missing'
                WHEN contains(seen, '*') THEN 'masked'
                WHEN regexp_full_match(seen, '\\d\\.?\\d*[Ee]\\+?\\d+') THEN 'excel'
                WHEN body IS NULL THEN CASE WHEN regexp_full_match(plain, '[0-9A-Z]{{18}}') THEN 'organisation'
                    ELSE 'other document or malformed' END
                WHEN length(plain) = 18 AND plain[18] <> {quoted(CHECKS)}[({WEIGHED}) % 11 + 1] THEN 'check character'
                WHEN CASE WHEN body // 10000000000000000 = 9 THEN body // 100000000000000 % 100
                    ELSE body // 1000000000000000 END NOT IN ({", ".join(map(str, PROVINCES))}) THEN 'province'
                WHEN coalesce(try_strptime(CAST(body // 1000 % 100000000 AS VARCHAR), '%Y%m%d')::DATE
                    NOT BETWEEN DATE '1800-01-01' AND {AS_OF}, true) THEN 'birth date' END AS reason
            FROM bodies
        )
        SELECT _source_row, CASE WHEN reason IS NULL THEN body END AS number,
            CASE WHEN reason IS NULL THEN key_of(body) END AS resident_key, {kept}, reason
        FROM reasons
        WHERE name IS NOT NULL OR reason IS DISTINCT FROM 'missing'"""


def newest(feed):
    """One row a resident: of each column the newest value."""
    order = f"({', '.join(['updated_at', *TIES[feed]])})"
    values = [f'arg_max({column}, {order}) AS "{column}|{feed}"' for column in NEWEST[feed]]
    if "phone" in NEWEST[feed]:
        values.append(f'max(updated_at) FILTER (phone IS NOT NULL) AS "phone_at|{feed}"')
    rows = f"(SELECT * REPLACE (coalesce(updated_at, TIMESTAMP '0001-01-01') AS updated_at) FROM \"{feed}\" WHERE number IS NOT NULL)"
    own = f"SELECT number, {', '.join(values)} FROM {rows} GROUP BY number"
    if feed == INSURANCE:
        value = "struct_pack(insurance_kind, status, first_enrolled_on, contribution_base)"
        return f"""SELECT * FROM ({own}) LEFT JOIN (
            SELECT number, list(value ORDER BY value.insurance_kind) AS insurances FROM (
                SELECT number, arg_max({value}, {order}) AS value FROM {rows} WHERE insurance_kind IS NOT NULL GROUP BY number, insurance_kind
            ) GROUP BY number) USING (number)"""
    if feed == PROPERTY:
        return f"""SELECT * FROM ({own}) LEFT JOIN (
            SELECT number, count(*) AS property_count, sum(area) AS property_area FROM (
                SELECT number, arg_max(floor_area, {order}) AS area FROM {rows} GROUP BY number, unit_no
            ) GROUP BY number) USING (number)"""
    return own


def fused():
    """All feeds side by side; the authority's value, else the next one's."""
    feeds = list(FEEDS)
    side_by_side = f"({newest(feeds[0])})" + "".join(f" FULL JOIN ({newest(feed)}) USING (number)" for feed in feeds[1:])
    return f"CREATE TEMP TABLE wide AS SELECT * FROM {side_by_side}"


def residents():
    chosen = {attribute: [f'"{attribute}|{feed}"' for feed in feeds] for attribute, feeds in AUTHORITY.items()}
    chosen["sex"].append("CASE WHEN number % 2 = 1 THEN '1' ELSE '2' END")
    chosen["birth_date"].append("strptime(CAST(number // 1000 % 100000000 AS VARCHAR), '%Y%m%d')::DATE")
    latest = "greatest(" + ", ".join(f'"phone_at|{feed}"' for feed in PHONES) + ")"
    phones = [f'CASE WHEN "phone_at|{feed}" = {latest} THEN "phone|{feed}" END' for feed in PHONES]
    columns = [f"coalesce({', '.join(values)}) AS {attribute}" for attribute, values in chosen.items()]
    columns += [f"coalesce({', '.join(phones)}) AS phone"]
    columns += [f'coalesce("address|{PERMIT}", "hukou_address|{HOUSEHOLD}", "address|{HEALTH}") AS address']
    columns += [f'"{column}|{HOUSEHOLD}" AS {column}' for column in NEWEST[HOUSEHOLD][3:]]
    columns += [f'"{column}|{HEALTH}" AS {column}' for column in ("blood_group", "chronic_icd10")]
    columns += [f'"category|{ASSISTANCE}" AS assistance_category', f'"monthly_amount|{ASSISTANCE}" AS assistance_monthly_amount']
    columns += ["insurances", "property_count", "property_area"]
    return f"SELECT number, key_of(number) AS resident_key, {', '.join(columns)} FROM wide"


def conflicts():
    feeds = AUTHORITY["name"]
    winner = " ".join(f"WHEN \"name|{feed}\" IS NOT NULL THEN '{feed}'" for feed in feeds)
    names = ", ".join(f'"name|{feed}"' for feed in feeds)
    said = ", ".join(f"{{'feed': '{feed}', 'value': \"name|{feed}\"}}" for feed in feeds)
    return f"""
        SELECT number, key_of(number) AS resident_key, said.feed AS feed, said.value AS value, winner_feed, winner_value
        FROM (SELECT number, CASE {winner} END AS winner_feed, coalesce({names}) AS winner_value, unnest([{said}]) AS said FROM wide)
        WHERE said.value <> winner_value"""


def main():
    city, out = sys.argv[1], Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    spill = tempfile.TemporaryDirectory()
    db = duckdb.connect(config={"temp_directory": spill.name, "preserve_insertion_order": False})
    secret = quoted(os.environ.get("RONGTONG_SECRET", ""))
    db.execute(f"CREATE MACRO key_of(number) AS left(sha256({secret} || number), 32)")
    db.execute(MACROS)
    write = lambda query, name: db.execute(
        f"COPY ({query}) TO {quoted(str(out / name))} (FORMAT parquet, COMPRESSION zstd)"
    )
    for feed in FEEDS:
        write(standard(city, out, feed), f"{feed}.parquet")
        db.execute(f'CREATE VIEW "{feed}" AS FROM read_parquet({quoted(str(out / f"{feed}.parquet"))})')
    bad = [f"SELECT '{feed}' AS feed, _source_row, reason FROM \"{feed}\" WHERE reason IS NOT NULL" for feed in FEEDS]
    write(" UNION ALL ".join(bad), "bad_numbers.parquet")
    db.execute(fused())
    write(residents(), "residents.parquet")
    write(conflicts(), "conflicts.parquet")
    print(json.dumps({"engine": f"DuckDB {duckdb.__version__}"}))


if __name__ == "__main__":
    main()
