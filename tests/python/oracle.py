"""The oracle: computes a lake from a city's CSV deliveries a second time, in Polars, and compares.

    oracle.py FEEDS LAKE AS_OF     (the secret in RONGTONG_SECRET)

Written from LAKE.md and FEEDS.md alone. It stands for residents with a good number; what LAKE.md leaves
open (the text of an address, keys of people without a number) it does not judge. Prints each
disagreement (oracle first, lake second); ends with 1 if there is any.
"""

import csv
import os
import re
import sys
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import polars as pl

import forms

HOUSEHOLD = "public_security.household_register"
PERMIT = "public_security.residence_permit"
INSURANCE = "social_security.insurance_enrolment"
HEALTH = "health.health_record"
DEATH = "health.death_certificate"
MARRIAGE = "civil_affairs.marriage_register"
ASSISTANCE = "civil_affairs.social_assistance"
PROPERTY = "housing.property_ownership"
TENANCY = "housing.tenancy_filing"

# Headings and the canonical columns they stand for, in the contract's order (FEEDS.md).
FEEDS = {
    HOUSEHOLD: "公民身份号码 id_number 姓名 name 性别 sex 民族 ethnicity 出生日期 birth_date 户号 household_no 与户主关系 "
    "relation_to_head 户籍地区划 hukou_division 户籍地址 hukou_address 更新时间 updated_at",
    PERMIT: "证件类型 id_type 证件号码 id_number 姓名 name 性别 sex 出生日期 birth_date 居住地址 address 联系电话 phone "
    "申报日期 reported_on 更新时间 updated_at",
    ASSISTANCE: "救助编号 assistance_no 证件号码 id_number 姓名 name 救助类别 category 月补助金额 monthly_amount "
    "起始年月 start_month 更新时间 updated_at",
    MARRIAGE: "登记号 registration_no 登记类型 kind 登记日期 registered_on 男方姓名 husband_name 男方证件号 husband_id_number "
    "女方姓名 wife_name 女方证件号 wife_id_number",
    INSURANCE: "个人编号 person_no 社会保障号码 id_number 姓名 name 性别 sex 出生日期 birth_date 险种类型 insurance_kind "
    "参保状态 status 缴费基数 contribution_base 首次参保日期 first_enrolled_on 联系电话 phone 更新时间 updated_at",
    HEALTH: "ehrId record_no idNo id_number name name sex sex birthDate birth_date phone phone address address "
    "chronic chronic_icd10 abo blood_group updatedAt updated_at",
    DEATH: "certNo certificate_no idNo id_number name name sex sex birthDate birth_date deathDate died_on cause cause_icd10",
    PROPERTY: "不动产单元号 unit_no 权利人 name 证件号 id_number 共有比例 share_percent 坐落 address 建筑面积 floor_area "
    "经度 longitude 纬度 latitude 登记时间 updated_at",
    TENANCY: "备案号 filing_no 承租人 name 证件号 id_number 联系电话 phone 坐落 address 起租日期 starts_on 月租金 monthly_rent "
    "更新时间 updated_at",
}
TIME = {MARRIAGE: "registered_on", DEATH: "died_on"}

# LAKE.md, "Choosing": between feeds, authority first.
PEOPLE = [HOUSEHOLD, PERMIT, INSURANCE, HEALTH, DEATH, MARRIAGE, ASSISTANCE, PROPERTY, TENANCY]
AUTHORITY = {
    "name": PEOPLE,
    "sex": PEOPLE,
    "birth_date": PEOPLE,
    "ethnicity": [HOUSEHOLD],
    "household_no": [HOUSEHOLD],
    "relation_to_head": [HOUSEHOLD],
    "hukou_division": [HOUSEHOLD],
    "address": [PERMIT, TENANCY, HOUSEHOLD, HEALTH],
    "phone": [PERMIT, HEALTH, INSURANCE, TENANCY],
    "died_on": [DEATH],
    "assistance_category": [ASSISTANCE],
    "assistance_monthly_amount": [ASSISTANCE],
}
NEWEST = {"phone"}
CONFLICTS = ["name", "sex", "birth_date", "ethnicity", "died_on"]
UNKNOWN = {"sex": {"0", "9"}}
# Columns of standard rows whose form is not judged here.
UNJUDGED = {
    "id_type", "chronic_icd10", "blood_group", "cause_icd10", "share_percent", "longitude", "latitude", "start_month",
    "insurance_kind", "status", "category", "kind",
}
# Findings that LAKE.md and FEEDS.md leave no doubt about.
RULES = [
    "row_width", "names_nobody", "line_of_table", "name_remark", "phone_masked", "phone_placeholder", "date_placeholder",
    "id_masked", "id_excel_damage", "id_placeholder", "id_check_failed", "id_fifteen_digits", "id_look_alikes",
    "id_full_width", "id_quoted", "id_inner_blanks", "id_organisation", "id_contested",
]

# What a row of totals begins with.
TOTAL = re.compile("合计|总计|小计|共计|累计")


class City:
    """What one set of deliveries says, row by row."""

    def __init__(self, feeds, as_of):
        self.as_of = as_of
        self.counts, self.rows, self.mentions, self.findings = {}, [], [], []
        for feed, words in FEEDS.items():
            words = words.split()
            self.read(feed, feeds / (feed.replace(".", "/") + ".csv"), dict(zip(words[::2], words[1::2])))

    def read(self, feed, path, headings):
        received = standard = 0
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file)
            columns = [headings.get(heading.strip()) for heading in next(lines)]
            for cells in lines:
                if not cells:
                    continue  # a blank line is no row
                received += 1
                if len(cells) != len(columns):
                    self.findings.append((feed, received, "row_width"))
                    continue
                standard += self.take(feed, received, dict(zip(columns, cells)), list(headings.values()))
        self.counts[feed] = (received, standard, received - standard)

    def take(self, feed, row, raw, order):
        roles = ["husband_", "wife_"] if feed == MARRIAGE else [""]
        found, values = [], {}
        note = lambda rule: rule and found.append((feed, row, rule))
        for column in order:
            cell = raw.get(column)
            if column.endswith("name"):
                values[column], rules = forms.name(cell)
                for rule in rules:
                    note(rule)
            elif column == "sex":
                values[column] = forms.sex(cell)
            elif column == "ethnicity":
                values[column] = forms.ethnicity(cell)
            elif column == "relation_to_head":
                values[column] = forms.leading_code(cell, 2)
            elif column == "hukou_division":
                values[column] = forms.leading_code(cell, 6)
            elif column == "phone":
                values[column], rule = forms.phone(cell)
                note(rule)
            elif column in {"birth_date", "died_on", "registered_on", "reported_on", "first_enrolled_on", "starts_on"}:
                most = self.as_of if column in {"birth_date", "died_on"} else date(9999, 12, 30)
                values[column], rule = forms.day(cell, most=most)
                note(rule)
            elif column == "updated_at":
                values[column] = forms.moment(cell)
            elif column in {"monthly_amount", "contribution_base", "floor_area", "monthly_rent"}:
                values[column] = forms.amount(cell)
            elif column.endswith("id_number"):
                values[column] = None
            else:
                values[column] = forms.text(cell)

        numbers = {
            role: forms.identity(raw[role + "id_number"], raw.get("id_type"), self.as_of) for role in roles
        }
        nameless = all(values[role + "name"] is None for role in roles)
        for _, _, _, rules in numbers.values():
            for rule in rules:
                note(rule)
        self.findings += found
        if nameless and all(status == "missing" for status, *_ in numbers.values()):
            total = any(TOTAL.match("".join(str(cell).split())) for cell in raw.values() if cell is not None)
            self.findings.append((feed, row, "line_of_table" if total else "names_nobody"))
            return 0
        time = values.get(TIME.get(feed, "updated_at"))
        if isinstance(time, date) and not isinstance(time, datetime):
            time = datetime(time.year, time.month, time.day)
        tie = "\x1f".join("" if values[column] is None else str(values[column]) for column in order)
        for role, (status, code, number, rules) in numbers.items():
            self.mentions.append({
                "feed": feed, "row": row, "role": role, "status": status, "code": code, "number": number,
                "time": time, "tie": tie, "name": values[role + "name"], "organisation": "id_organisation" in rules,
                # A role says the sex well enough to doubt a number; the feed has no column of it to choose from.
                "sex": {"husband_": "1", "wife_": "2"}.get(role) or values.get("sex"),
                "birth_date": values.get("birth_date"),
            })
        self.rows.append((feed, row, values, numbers))
        return 1


def claims(city, mentions):
    """What each row says of each attribute of each good number: one line a claim."""
    good = mentions.filter(pl.col("number").is_not_null())
    own = {(feed, row): values for feed, row, values, _ in city.rows}
    lines = []
    for m in good.iter_rows(named=True):
        values = own[m["feed"], m["row"]]
        said = {attribute: values.get(attribute) for attribute in AUTHORITY}
        said["name"] = m["name"]
        said["assistance_category"] = values.get("category")
        said["assistance_monthly_amount"] = values.get("monthly_amount")
        if m["feed"] == HOUSEHOLD:
            said["address"] = values.get("hukou_address")
        for attribute, value in said.items():
            if value is None or m["feed"] not in AUTHORITY[attribute] or str(value) in UNKNOWN.get(attribute, ()):
                continue
            lines.append((m["holder"], attribute, m["feed"], AUTHORITY[attribute].index(m["feed"]), str(value),
                          m["time"], m["tie"], m["row"]))
    schema = {"holder": pl.String, "attribute": pl.String, "feed": pl.String, "rank": pl.Int64, "value": pl.String,
              "time": pl.Datetime("us"), "tie": pl.String, "row": pl.Int64}
    return pl.DataFrame(lines, schema=schema, orient="row")


def by_feed(claimed):
    """Within a feed: the newest, rows without a time last, then the larger row."""
    order = claimed.sort("time", "tie", descending=True, nulls_last=True)
    return order.unique(["holder", "attribute", "feed"], keep="first", maintain_order=True)


def winners(chosen):
    """Between feeds: authority first, or the newest where the attribute says so."""
    newest = pl.col("attribute").is_in(list(NEWEST))
    first = lambda frame: frame.unique(["holder", "attribute"], keep="first", maintain_order=True)
    return pl.concat([
        first(chosen.filter(~newest).sort("rank")),
        first(chosen.filter(newest).sort(["time", "rank"], descending=[True, False], nulls_last=True)),
    ])


def contested(mentions, won):
    """Mentions whose name and birth date or sex are not those of the number's holder."""
    holder = won.filter(pl.col("attribute").is_in(["name", "sex", "birth_date"])).pivot(
        on="attribute", index="holder", values="value"
    ).rename({"name": "h_name", "sex": "h_sex", "birth_date": "h_birth"})
    inside = [forms.from_number(code, number) for code, number in mentions.select("code", "number").iter_rows()]
    joined = mentions.with_columns(
        n_birth=pl.Series([b and str(b) for b, _ in inside], dtype=pl.String),
        n_sex=pl.Series([s for _, s in inside], dtype=pl.String),
    ).join(holder, on="holder", how="left", maintain_order="left")
    known_sex = pl.when(pl.col("sex").is_in(["1", "2"])).then(pl.col("sex"))
    differs = (pl.col("name") != pl.col("h_name")) & (
        (pl.col("birth_date").cast(pl.String) != pl.coalesce("h_birth", "n_birth")).fill_null(False)
        | (known_sex != pl.coalesce("h_sex", "n_sex")).fill_null(False)
    )
    return joined.select(differs.fill_null(False).alias("contested"))["contested"]


def compute(feeds, as_of, secret):
    city = City(feeds, as_of)
    schema = {"feed": pl.String, "row": pl.Int64, "role": pl.String, "status": pl.String, "code": pl.String,
              "number": pl.String, "time": pl.Datetime("us"), "tie": pl.String, "name": pl.String, "sex": pl.String,
              "birth_date": pl.Date, "organisation": pl.Boolean}
    mentions = pl.DataFrame(city.mentions, schema=schema).with_columns(
        holder=pl.concat_str("code", "number", separator=":")
    )
    known = mentions.select("holder", "code", "number").unique().drop_nulls()
    keys = {h: forms.resident_key(secret, code, number) for h, code, number in known.iter_rows()}
    disputed = contested(mentions, winners(by_feed(claims(city, mentions))))
    mentions = mentions.with_columns(
        status=pl.when(disputed).then(pl.lit("contested")).otherwise("status"),
        number=pl.when(~disputed).then("number"),
        key=pl.when(~disputed).then(pl.col("holder").replace_strict(keys, default=None, return_dtype=pl.String)),
    )
    for feed, row, in mentions.filter(disputed).select("feed", "row").iter_rows():
        city.findings.append((feed, row, "id_contested"))
    mentions = mentions.with_columns(holder=pl.col("key"))
    chosen = by_feed(claims(city, mentions))
    return city, mentions, chosen, winners(chosen), {keys[h]: (c, n) for h, c, n in known.iter_rows()}


def marriages(city, mentions):
    """Marital status and spouse by key: the newest 结婚 or 离婚."""
    rows = mentions.filter(pl.col("feed") == MARRIAGE)
    own = {row: values for feed, row, values, _ in city.rows if feed == MARRIAGE}
    codes = {"结婚": "20", "离婚": "40"}
    other = {(m["row"], m["role"]): m["key"] for m in rows.iter_rows(named=True)}
    said = [
        (m["key"], codes[own[m["row"]]["kind"]], m["time"], m["tie"],
         other[m["row"], "wife_" if m["role"] == "husband_" else "husband_"])
        for m in rows.iter_rows(named=True)
        if m["key"] and own[m["row"]]["kind"] in codes
    ]
    frame = pl.DataFrame(said, schema=["holder", "status", "time", "tie", "spouse"], orient="row")
    return by_feed(frame.with_columns(attribute=pl.lit("m"), feed=pl.lit(MARRIAGE)))


class Comparison:
    def __init__(self, lake):
        self.lake, self.wrong, self.seen = lake, Counter(), 0

    def table(self, name):
        return pl.read_delta(str(self.lake / name))

    def same(self, what, ours, theirs, where=""):
        self.seen += 1
        if ours != theirs:
            self.wrong[what] += 1
            if self.wrong[what] <= 8:
                print(f"{what} {where}: {ours!r} {theirs!r}")

    def same_sets(self, what, ours, theirs):
        ours, theirs = Counter(list(ours)), Counter(list(theirs))
        self.seen += len(ours)
        for item, n in list((ours - theirs).items()):
            self.same(f"{what}: only oracle", f"{item} x{n}", None)
        for item, n in list((theirs - ours).items()):
            self.same(f"{what}: only lake", None, f"{item} x{n}")


def text_of(value):
    return None if value is None else str(value)


def compare(feeds, lake, as_of, secret):
    city, mentions, chosen, won, keys = compute(feeds, as_of, secret)
    with_lake = Comparison(lake)
    compare_rows(with_lake, city, mentions)
    residents = with_lake.table("residents")
    by_number = residents.filter(pl.col("key_basis") == "number")
    held = set(mentions["key"].drop_nulls())
    with_lake.same_sets("residents with a number", held, by_number["resident_key"])
    with_lake.same("a key twice", residents.height, residents["resident_key"].n_unique())
    compare_attributes(with_lake, won, by_number, keys)
    compare_marriages(with_lake, marriages(city, mentions), by_number)
    compare_lists(with_lake, city, mentions, by_number)
    compare_conflicts(with_lake, chosen, won, held)
    theirs = with_lake.table("findings").filter(pl.col("rule").is_in(RULES))
    with_lake.same_sets(
        "findings",
        [finding for finding in city.findings if finding[2] in RULES],
        theirs.select("feed", "_source_row", "rule").iter_rows(),
    )
    return with_lake


def compare_rows(with_lake, city, mentions):
    deliveries = {row["feed"]: row for row in with_lake.table("deliveries").iter_rows(named=True)}
    rejected = with_lake.table("quarantine").select("feed", "_source_row").unique()
    quarantined = Counter(dict(rejected["feed"].value_counts().iter_rows()))
    for feed, counts in city.counts.items():
        theirs = deliveries[feed]
        with_lake.same("rows", counts, (theirs["received"], theirs["standard"], theirs["quarantined"]), feed)
        table = with_lake.table("standard/" + feed.replace(".", "/"))
        with_lake.same("standard rows", counts[1], table.height, feed)
        with_lake.same("quarantined rows", counts[2], quarantined[feed], feed)
        rows = {row["_source_row"]: row for row in table.iter_rows(named=True)}
        ours = {row: values for f, row, values, _ in city.rows if f == feed}
        with_lake.same_sets(f"{feed} rows", ours, rows)
        for row in ours.keys() & rows.keys():
            for column in ours[row]:
                if column.endswith("id_number") or column in UNJUDGED:
                    continue
                mine, yours = ours[row][column], rows[row][column]
                if mine == "?":
                    continue
                if column in {"address", "hukou_address"}:
                    mine, yours = forms.loose_address(mine), forms.loose_address(yours)
                if column.endswith("_no"):
                    # A number that hides an identity number is starred out.
                    mine, yours = (None, None) if yours is None or "*" in yours else (mine, yours)
                with_lake.same(f"{feed} {column}", mine, yours, row)
        for m in mentions.filter(pl.col("feed") == feed).iter_rows(named=True):
            theirs = rows.get(m["row"])
            if theirs is None:
                continue
            with_lake.same(f"{feed} id_status", m["status"], theirs[m["role"] + "id_status"], m["row"])
            if m["key"]:
                with_lake.same(f"{feed} resident_key", m["key"], theirs[m["role"] + "resident_key"], m["row"])
            # An organisation is no resident (FEEDS.md), so it has no key either.
            empty = m["organisation"] or (m["status"] == "missing" and m["name"] is None)
            with_lake.same(f"{feed} key null", empty, theirs[m["role"] + "resident_key"] is None, m["row"])


def compare_attributes(with_lake, won, residents, keys):
    by_key = {row["resident_key"]: row for row in residents.iter_rows(named=True)}
    ours = {(w["holder"], w["attribute"]): w for w in won.iter_rows(named=True)}
    for key, theirs in by_key.items():
        born, sex = forms.from_number(*keys.get(key, (None, None)))
        for attribute in AUTHORITY:
            mine = ours.get((key, attribute))
            value, source = (mine["value"], mine["feed"]) if mine else (None, None)
            if mine is None and attribute in {"birth_date", "sex"}:
                # From the number itself: which feed's row lent it is left open.
                value, source = text_of(born if attribute == "birth_date" else sex), theirs[f"{attribute}_source"]
            if value == "?":
                continue
            yours = text_of(theirs[attribute])
            if attribute == "address":
                value, yours = forms.loose_address(value), forms.loose_address(yours)
            where = f"{key} {source}"
            with_lake.same(f"residents {attribute}", value, yours, where)
            with_lake.same(f"residents {attribute}_source", source, theirs[f"{attribute}_source"], where)


def compare_marriages(with_lake, ours, residents):
    said = {row["holder"]: row for row in ours.iter_rows(named=True)}
    for theirs in residents.iter_rows(named=True):
        mine = said.get(theirs["resident_key"])
        status = mine["status"] if mine else None
        with_lake.same("residents marital_status", status, theirs["marital_status"], theirs["resident_key"])
        if status != "20":
            with_lake.same("residents spouse of the unmarried", None, theirs["spouse_resident_key"], theirs["resident_key"])
        elif mine["spouse"]:
            with_lake.same("residents spouse", mine["spouse"], theirs["spouse_resident_key"], theirs["resident_key"])


def compare_lists(with_lake, city, mentions, residents):
    """Insurances by kind, the newest of each part; how many properties a resident owns, and how large they are."""
    own = {(feed, row): values for feed, row, values, _ in city.rows}
    kinds, units = {}, {}
    for m in mentions.filter(pl.col("key").is_not_null()).iter_rows(named=True):
        values = own[m["feed"], m["row"]]
        if m["feed"] == INSURANCE and (kind := forms.leading_code(values["insurance_kind"], 3)):
            age = (m["time"] is not None, m["time"], m["tie"])
            parts = kinds.setdefault(m["key"], {}).setdefault(kind, {})
            for part in ("first_enrolled_on", "contribution_base"):
                if values[part] is not None:
                    said = (age, values[part])
                    parts[part] = max(parts.get(part, said), said, key=lambda said: said[0])
        if m["feed"] == PROPERTY:
            age = (m["time"] is not None, m["time"], m["tie"])
            owned = units.setdefault(m["key"], {})
            said = (age, values["floor_area"])
            owned[values["unit_no"]] = max(owned.get(values["unit_no"], said), said, key=lambda said: said[0])
    for theirs in residents.iter_rows(named=True):
        key = theirs["resident_key"]
        if "?" not in kinds.get(key, ()):
            said = sorted(kinds.get(key, {}).items())
            ours = [(kind, *(parts.get(part, (None, None))[1] for part in ("first_enrolled_on", "contribution_base")))
                    for kind, parts in said]
            with_lake.same("residents insurances", ours,
                           [(i["kind"], i["first_enrolled_on"], i["contribution_base"])
                            for i in theirs["insurances"] or [] if i["kind"]], key)
        owned = units.get(key, {})
        with_lake.same("residents property_count", len(owned), theirs["property_count"] or 0, key)
        area = sum(area for _, area in owned.values() if area is not None)
        with_lake.same("residents property_area", area, theirs["property_area"] or 0, key)


def compare_conflicts(with_lake, chosen, won, held):
    lost = chosen.filter(pl.col("attribute").is_in(CONFLICTS)).join(
        won.select("holder", "attribute", winner_feed="feed", winner_value="value"), on=["holder", "attribute"]
    ).filter(pl.col("value") != pl.col("winner_value"))
    columns = ["attribute", "feed", "value", "winner_feed", "winner_value"]
    ours = lost.select("holder", *columns).iter_rows()
    theirs = with_lake.table("conflicts").filter(pl.col("attribute").is_in(CONFLICTS), pl.col("resident_key").is_in(list(held)))
    with_lake.same_sets("conflicts", ours, theirs.select("resident_key", *columns).iter_rows())


def main():
    feeds, lake, as_of = sys.argv[1:]
    secret = os.environ["RONGTONG_SECRET"].rstrip("\n").encode()
    done = compare(Path(feeds), Path(lake), date.fromisoformat(as_of), secret)
    for what, count in sorted(done.wrong.items()):
        print(f"DISAGREE {count} {what}")
    print(f"{done.seen} comparisons, {sum(done.wrong.values())} disagreements")
    return 1 if done.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
