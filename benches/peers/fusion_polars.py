"""The work of the fusion benchmark in Polars, lazily, on its streaming engine.

    fusion_polars.py CITY_DIR OUT_DIR

Cleans six feeds into standard tables with the bad numbers named, and fuses them into one row a resident.
"""

import hashlib
import itertools
import json
import os
import sys
from pathlib import Path

import polars as pl

from fusion_forms import (
    ASSISTANCE, AUTHORITY, BLANKS, CHECKS, DOTS, ETHNICITIES, FEEDS, HOUSEHOLD, INSURANCE, INSURANCES, NARROW, NEWEST,
    NOTHING, PERMIT, HEALTH, PHONES, PROPERTY, PROVINCES, SEXES, TIES, WEIGHTS, WIDE, path,
)

AS_OF = pl.date(2026, 6, 2)  # one day of grace
SECRET = hashlib.sha256(os.environ.get("RONGTONG_SECRET", "").encode()).digest()
SEEDS = [int.from_bytes(SECRET[:8]), int.from_bytes(SECRET[8:16])]


def half_width(cell):
    """Half-width and with single blanks, where a cell needs it; null for a word that says nothing."""
    odd = yield pl.when(cell.str.contains("[！-～\u3000]|  |\t")).then(cell)
    mended = yield odd.str.replace_many(WIDE, NARROW).str.replace_all(r"\s+", " ")
    plain = yield pl.coalesce(mended, cell)
    return (yield pl.when(~plain.is_in(NOTHING)).then(plain))


def text(cell):
    yield from half_width(cell)


def name(cell):
    odd = yield pl.when(cell.str.contains(f"[ !-/:-@\\[-`【】\u3000{DOTS}！-～\t]")).then(cell)
    mended = yield (
        odd.str.replace_many(list(DOTS), ["·"] * len(DOTS))
        .str.replace_many(WIDE, NARROW)
        .str.replace_all(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】", "")
        .str.strip_chars()
        .str.replace_all(r"([^\x00-\x7f]) +", "$1")
    )
    plain = yield pl.coalesce(mended, cell)
    yield pl.when(~plain.is_in(NOTHING + ["合计", "总计", "小计", "共计"])).then(plain)


def sex(cell):
    usual = yield pl.when(cell.is_in(["1", "2"])).then(cell)
    odd = yield pl.when(usual.is_null()).then(cell)
    odd = yield from half_width(odd)
    words = odd.replace_strict(SEXES, default=None, return_dtype=pl.String)
    yield pl.coalesce(usual, words, odd.str.extract("^([12])(?:[- ]?(?:男性?|女性?))?$"))


def coded(width, labels):
    def code(cell):
        plain = yield from half_width(cell)
        usual = yield pl.when(plain.str.contains(rf"^\d{{{width}}}$")).then(plain)
        odd = yield pl.when(usual.is_null()).then(plain)
        words = odd.str.replace_all(" ", "").replace_strict(labels, default=None, return_dtype=pl.String)
        yield pl.coalesce(usual, odd.str.extract(rf"^(\d{{{width}}})\D"), words)

    return code


def address(cell):
    odd = yield pl.when(cell.str.contains("[！-～\u3000 \t\n—–~]")).then(cell)
    mended = yield odd.str.replace_many(WIDE, NARROW).str.replace_all("[—–~]+", "-").str.replace_all(r"\s+", "")
    plain = yield pl.coalesce(mended, cell)
    room = yield pl.when(plain.str.ends_with("房") | plain.str.ends_with("房间")).then(plain)
    plain = yield pl.coalesce(room.str.replace("号?房间?$", "室"), plain)
    yield pl.when(~plain.is_in(NOTHING)).then(plain)


def phone(cell):
    mobile = r"^1[3-9]\d{9}$"
    usual = yield pl.when(cell.str.contains(mobile)).then(cell)
    odd = yield pl.when(usual.is_null()).then(cell)
    odd = yield from half_width(odd)
    bare = yield odd.str.replace_all(r"[ \-()]", "").str.replace(r"^(\+86|0086|86)", "")
    landline = pl.when(bare.str.contains(r"^(?:010|02\d|0[3-9]\d\d)[2-8]\d{6,7}$")).then(bare)
    known = yield pl.coalesce(
        usual, pl.when(bare.str.contains(mobile)).then(bare), landline.str.replace(r"^(010|02\d|0[3-9]\d\d)", "$1-")
    )
    yield pl.when(known != "13800000000").then(known)


def amount(cell):
    usual = yield cell.cast(pl.Float64, strict=False)
    odd = yield pl.when(usual.is_null()).then(cell)
    odd = yield from half_width(odd)
    bare = yield odd.str.replace_all(r"[,¥￥元 ]", "")
    mended = bare.str.strip_chars_end("万").cast(pl.Float64, strict=False)
    mended = pl.when(bare.str.ends_with("万")).then(mended * 10_000).otherwise(mended)
    yield (pl.coalesce(usual, mended) * 100).round().cast(pl.Int64)


def moment(cell):
    """Beijing wall time."""
    usual = yield cell.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    odd = yield pl.when(usual.is_null()).then(cell)
    yield pl.coalesce(usual, (yield from any_moment(odd)))


def any_moment(cell):
    """In any form but the usual one."""
    plain = yield from half_width(cell)
    plain = yield plain.str.replace_many(["年", "月", "日", "/", ".", "T"], ["-", "-", "", "-", "~", " "]).str.replace("~(\\d)", ".$1")
    read = lambda form: plain.str.to_datetime(form, strict=False, time_unit="us")
    zoned = plain.str.to_datetime("%Y-%m-%d %H:%M:%S%z", strict=False, time_unit="us", time_zone="Asia/Shanghai")
    serial = pl.when(plain.str.contains(r"^\d{5}(\.\d+)?$")).then(plain).cast(pl.Float64, strict=False)
    excel = pl.datetime(1899, 12, 30, time_unit="us") + pl.duration(
        seconds=(serial * 86_400).round().cast(pl.Int64), time_unit="us"
    )
    day = [plain.str.to_date(form, strict=False).cast(pl.Datetime("us")) for form in ("%Y-%m-%d", "%Y%m%d")]
    return (yield pl.coalesce(
        excel, read("%Y-%m-%d %H:%M:%S%.f"), *day, read("%Y-%m-%d %H:%M"), zoned.dt.replace_time_zone(None)
    ))


def day_like(form, most):
    def day(cell):
        usual = yield cell.str.to_date(form, strict=False)
        odd = yield pl.when(usual.is_null()).then(cell)
        mended = yield from any_moment(odd)
        day = yield pl.coalesce(usual, mended.cast(pl.Date))
        yield pl.when(day.is_between(pl.date(1800, 1, 1), most) & (day != pl.date(1900, 1, 1))).then(day)

    return day


def number(cell):
    yield cell


ETHNIC = {label + end: f"{at:02}" for at, label in enumerate(ETHNICITIES, 1) for end in ("", "族")}
KERNELS = {
    "number": number, "text": text, "name": name, "sex": sex, "ethnicity": coded(2, ETHNIC), "division": coded(6, {}),
    "address": address, "insurance": coded(3, INSURANCES), "phone": phone, "amount": amount, "moment": moment,
    "day": day_like("%Y-%m-%d", pl.date(9999, 12, 30)), "birth": day_like("%Y-%m-%d", AS_OF),
    "birth8": day_like("%Y%m%d", AS_OF),
}


def clean(rows, columns):
    """All columns through their kernels, step by step: what a kernel yields is a column by the next step, so that no
    expression is computed twice, and what only a few odd cells need is computed for them alone."""
    rows = rows.select("_source_row", *[pl.col(h).str.strip_chars(BLANKS).alias(c) for h, (c, _) in columns.items()])
    steps = {column: KERNELS[kind](pl.col(column)) for column, kind in columns.values()}
    sent = dict.fromkeys(steps)
    count = itertools.count()
    while True:
        step = {}
        for column, kernel in steps.items():
            try:
                step[column] = kernel.send(sent[column])
            except StopIteration:
                continue
        if not step:
            return rows.select("_source_row", *[(sent[c] if sent[c] is not None else pl.col(c)).alias(c) for c in steps])
        at = next(count)
        rows = rows.with_columns(**{f"{column}~{at}": expression for column, expression in step.items()})
        sent |= {column: pl.col(f"{column}~{at}") for column in step}


# One pass over the number's text: half-width, no blanks, and the characters that are typed for digits.
SEEN = WIDE[:-1] + [" ", "\u3000", "\t", "-", "'", "’", "O", "I", "l", "x", "Ｏ", "ｘ"]
MEANT = NARROW[:-1] + ["", "", "", "", "", "", "0", "1", "1", "X", "0", "X"]


def numbers(frame):
    """The number as an integer of 17 digits (its check character follows from them), or the reason why there is none."""
    digit = lambda body, at: body // 10 ** (16 - at) % 10
    check = lambda body: sum(digit(body, at) * weight for at, weight in enumerate(WEIGHTS)) % 11
    odd = pl.when(pl.col("id_number").str.contains("[^0-9X]")).then(pl.col("id_number"))
    mended = odd.str.replace_many(SEEN, MEANT)
    length = pl.col("plain").str.len_bytes()
    # The residence permits of 81 to 83 never had 15 digits.
    short = pl.when((length == 15) & (pl.col("plain") < "8")).then(pl.col("plain")).cast(pl.Int64, strict=False)
    century = pl.when(pl.col("short") % 1000 >= 996).then(18).otherwise(19).cast(pl.Int64)
    body = pl.when(length == 18).then(pl.col("plain").str.head(17)).cast(pl.Int64, strict=False)
    return (
        frame.with_columns(mended=mended)
        .rename({"id_number": "seen"})
        .with_columns(plain=pl.coalesce("mended", "seen"))
        .with_columns(length=length, short=short, body=body)
        .with_columns(body=pl.coalesce(
            "body", pl.col("short") // 10**9 * 10**11 + century * 10**9 + pl.col("short") % 10**9
        ))
        .with_columns(check=check(pl.col("body")), last=pl.col("plain").str.slice(17, 1))
        .with_columns(
            fits=(pl.col("length") == 15)
            | (pl.col("last").replace_strict(list(CHECKS), range(11), default=None, return_dtype=pl.Int64) == pl.col("check")),
            province=(pl.when(pl.col("body") // 10**16 == 9).then(pl.col("body") // 10**14 % 100)
                      .otherwise(pl.col("body") // 10**15)),
            born=(pl.col("body") // 1000 % 10**8).cast(pl.String).str.to_date("%Y%m%d", strict=False),
        )
        .with_columns(
            reason=pl.when(pl.col("seen").is_null() | pl.col("seen").is_in(NOTHING)).then(pl.lit("missing"))
            .when(pl.col("seen").str.contains("*", literal=True)).then(pl.lit("masked"))
            .when(pl.col("seen").str.contains(r"^\d\.?\d*[Ee]\+?\d+$")).then(pl.lit("excel"))
            .when(pl.col("body").is_null()).then(
                pl.when(pl.col("plain").str.contains("^[0-9A-Z]{18}$")).then(pl.lit("organisation"))
                .otherwise(pl.lit("other document or malformed"))
            )
            .when(~pl.col("fits").fill_null(False)).then(pl.lit("check character"))
            .when(~pl.col("province").is_in(PROVINCES)).then(pl.lit("province"))
            .when(~pl.col("born").is_between(pl.date(1800, 1, 1), AS_OF).fill_null(False)).then(pl.lit("birth date"))
        )
        .with_columns(number=pl.when(pl.col("reason").is_null()).then(pl.col("body")))
        .drop("seen", "mended", "plain", "length", "short", "body", "check", "last", "fits", "province", "born")
    )


def key(number):
    """A keyed hash of 128 bits, the one that Polars has: fast, and no match for who wants to break it."""
    return pl.struct(high=number.hash(SEEDS[0]), low=number.hash(SEEDS[1]))


def standard(city, out, feed):
    """The feed's standard table and its bad numbers; what of it is to be fused."""
    columns = FEEDS[feed]
    rows = pl.scan_csv(
        path(city, feed), infer_schema=False, truncate_ragged_lines=True, row_index_name="_source_row"
    )
    rows = numbers(clean(rows, columns))
    rows = rows.filter(pl.col("name").is_not_null() | (pl.col("reason").is_null() | (pl.col("reason") != "missing")))
    rows = rows.with_columns(resident_key=pl.when(pl.col("number").is_not_null()).then(key(pl.col("number"))))
    file = out / f"{feed}.parquet"
    rows.sink_parquet(file, compression="zstd", engine="streaming")
    return pl.scan_parquet(file)


def newest(rows, feed):
    """One row a resident: of each column the newest value."""
    values = NEWEST[feed]
    order = ["updated_at", *TIES[feed]]
    rows = rows.filter(pl.col("number").is_not_null()).sort(order, descending=True, nulls_last=True)
    first = [pl.col(column).drop_nulls().first().name.suffix(f"|{feed}") for column in values]
    if "phone" in values:
        first.append(pl.col("updated_at").filter(pl.col("phone").is_not_null()).first().alias(f"phone_at|{feed}"))
    if feed == INSURANCE:
        stated = rows.filter(pl.col("insurance_kind").is_not_null())
        newest = stated.unique(["number", "insurance_kind"], keep="first", maintain_order=True)
        kinds = newest.group_by("number").agg(
            insurances=pl.struct("insurance_kind", "status", "first_enrolled_on", "contribution_base").sort_by("insurance_kind")
        )
        return rows.group_by("number", maintain_order=True).agg(first).join(kinds, on="number", how="left")
    if feed == PROPERTY:
        newest = rows.unique(["number", "unit_no"], keep="first", maintain_order=True)
        units = newest.group_by("number").agg(property_count=pl.len(), property_area=pl.col("floor_area").sum())
        return rows.group_by("number", maintain_order=True).agg(first).join(units, on="number", how="left")
    return rows.group_by("number", maintain_order=True).agg(first)


def fuse(tables):
    """All feeds side by side; the authority's value, else the next one's."""
    wide = None
    for feed, rows in tables.items():
        rows = newest(rows, feed)
        wide = rows if wide is None else wide.join(rows, on="number", how="full", coalesce=True)
    born = (pl.col("number") // 1000 % 10**8).cast(pl.String).str.to_date("%Y%m%d", strict=False)
    sex = pl.when(pl.col("number") % 2 == 1).then(pl.lit("1")).otherwise(pl.lit("2"))
    inside = {"sex": [sex], "birth_date": [born]}
    chosen = {
        attribute: pl.coalesce([pl.col(f"{attribute}|{feed}") for feed in feeds] + inside.get(attribute, []))
        for attribute, feeds in AUTHORITY.items()
    }
    latest = pl.max_horizontal([f"phone_at|{feed}" for feed in PHONES])
    phones = [pl.when(pl.col(f"phone_at|{feed}") == latest).then(pl.col(f"phone|{feed}")) for feed in PHONES]
    of = lambda column, feed: pl.col(f"{column}|{feed}").alias(column)
    return wide.with_columns(
        resident_key=key(pl.col("number")),
        **chosen,
        phone=pl.coalesce(phones + [pl.col(f"phone|{feed}") for feed in PHONES]),
        address=pl.coalesce(f"address|{PERMIT}", f"hukou_address|{HOUSEHOLD}", f"address|{HEALTH}"),
    ).with_columns(
        *[of(column, HOUSEHOLD) for column in NEWEST[HOUSEHOLD][3:]],
        of("blood_group", HEALTH),
        of("chronic_icd10", HEALTH),
        pl.col(f"category|{ASSISTANCE}").alias("assistance_category"),
        pl.col(f"monthly_amount|{ASSISTANCE}").alias("assistance_monthly_amount"),
    )


def main():
    city, out = sys.argv[1], Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    tables = {feed: standard(city, out, feed) for feed in FEEDS}

    bad = [
        rows.filter(pl.col("reason").is_not_null()).select(pl.lit(feed).alias("feed"), "_source_row", "reason")
        for feed, rows in tables.items()
    ]
    wide = fuse(tables)
    names = pl.concat([
        wide.select(
            "number", "resident_key", pl.lit(feed).alias("feed"), pl.col(f"name|{feed}").alias("value"),
            pl.coalesce([pl.when(pl.col(f"name|{of}").is_not_null()).then(pl.lit(of)) for of in AUTHORITY["name"]]).alias("winner_feed"),
            pl.col("name").alias("winner_value"),
        ).filter(pl.col("value") != pl.col("winner_value"))
        for feed in AUTHORITY["name"]
    ])
    sink = lambda frame, name: frame.sink_parquet(out / f"{name}.parquet", compression="zstd", lazy=True)
    pl.collect_all(
        [
            sink(pl.concat(bad), "bad_numbers"),
            sink(wide.select(pl.all().exclude(r"^.*\|.*$")), "residents"),
            sink(names, "conflicts"),
        ],
        engine="streaming",
    )
    print(json.dumps({"engine": f"Polars {pl.__version__}"}))


if __name__ == "__main__":
    main()
