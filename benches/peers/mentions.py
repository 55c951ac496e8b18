"""The mentions of a city's nine feeds, cleaned as one would clean Chinese administrative data for Splink."""

import csv
import re
import unicodedata
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import pandas as pd
from pypinyin import lazy_pinyin

# feed, role: heading of number, name, sex, birth date, phone, address; and the sex that the role says.
FEEDS = [
    ("public_security.household_register", "holder", "公民身份号码", "姓名", "性别", "出生日期", None, "户籍地址", None),
    ("public_security.residence_permit", "holder", "证件号码", "姓名", "性别", "出生日期", "联系电话", "居住地址", None),
    ("civil_affairs.social_assistance", "holder", "证件号码", "姓名", None, None, None, None, None),
    ("civil_affairs.marriage_register", "husband", "男方证件号", "男方姓名", None, None, None, None, "1"),
    ("civil_affairs.marriage_register", "wife", "女方证件号", "女方姓名", None, None, None, None, "2"),
    ("social_security.insurance_enrolment", "holder", "社会保障号码", "姓名", "性别", "出生日期", "联系电话", None, None),
    ("health.health_record", "holder", "idNo", "name", "sex", "birthDate", "phone", "address", None),
    ("health.death_certificate", "holder", "idNo", "name", "sex", "birthDate", None, None, None),
    ("housing.property_ownership", "owner", "证件号", "权利人", None, None, None, "坐落", None),
    ("housing.tenancy_filing", "tenant", "证件号", "承租人", None, None, "联系电话", "坐落", None),
]

NOTHING = {"", "NULL", "null", "\\N", "-", "无"}
BROKEN = {"row_width", "row_unparsable"}
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]


def read(city):
    """The mentions with a true person, as a frame; `person` only for scoring."""
    city = Path(city)
    truth = {}
    with open(city / "truth/mentions.csv", encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            labels = set((line.get("dirt") or "").split(";"))
            if line["person_id"] and not labels & BROKEN:
                truth[line["feed"], int(line["source_row"]), line["role"]] = line["person_id"]
    columns = {name: [] for name in ["feed", "source_row", "role", "person", *COLUMNS]}
    for feed, role, *headings, sex_by_role in FEEDS:
        path = city / (feed.replace(".", "/") + ".csv")
        if not path.exists():
            continue
        with open(path, encoding="utf-8-sig", newline="") as lines:
            rows = csv.reader(lines)
            first = next(rows)
            at = [first.index(heading) if heading else None for heading in headings]
            number = 0
            for row in rows:
                if not row:
                    continue
                number += 1
                person = truth.get((feed, number, role))
                if person is None:
                    continue
                cells = [text(row[i]) if i is not None and i < len(row) else None for i in at]
                values = clean(*cells, sex_by_role)
                for name, value in zip(columns, (feed, number, role, person, *values)):
                    columns[name].append(value)
    frame = pd.DataFrame(columns)
    frame.insert(0, "unique_id", range(len(frame)))
    for name in ["feed", "role", "person"]:
        frame[name] = frame[name].astype("category")
    return frame


COLUMNS = ["id_number", "id_valid", "id_seen", "id_start", "name", "pinyin", "surname", "sex", "birth", "phone", "address", "building"]


def clean(number, name, sex, birth, phone, address, sex_by_role):
    number, valid, seen = clean_number(number)
    name = clean_name(name)
    pinyin = sound(name) if name else None
    sex = clean_sex(sex) or sex_by_role
    birth = clean_date(birth)
    if seen:
        birth = birth or clean_date(seen[6:14])
    if number and len(number) == 18 and number[:17].isdigit():
        # What the number says where the row doesn't.
        birth = birth or clean_date(number[6:14])
        sex = sex or ("1" if int(number[16]) % 2 else "2")
    address, building = clean_address(address)
    start = (seen or number or "")[:4] or None
    return number, valid, seen, start, name, pinyin, name[0] if name else None, sex, birth, clean_phone(phone), address, building


def text(cell):
    """Half width, without any blank; none for the words for nothing."""
    cell = unicodedata.normalize("NFKC", cell)
    cell = re.sub(r"\s+", "", cell)
    return None if cell in NOTHING else cell


def clean_number(number):
    """The number, whether it is a well-formed one of 18, and what is left of one that was masked, as a LIKE pattern."""
    if not number:
        return None, False, None
    number = number.lstrip("'").upper()
    if re.fullmatch(r"[0-9OIL]{17}[0-9XOIL]|[0-9OIL]{15}", number):
        number = number.translate(str.maketrans("OIL", "011"))
    if re.fullmatch(r"[0-9X*]{18}", number) and "*" in number:
        return None, False, number.replace("*", "_")
    if "*" in number or "E+" in number or len(set(number)) <= 2 or number.startswith("1234567890"):
        return None, False, None
    if re.fullmatch(r"\d{15}", number):
        seventeen = number[:6] + ("18" if number[12:] >= "996" else "19") + number[6:]
        number = seventeen + check(seventeen)
    if re.fullmatch(r"\d{17}[\dX]", number):
        # A spreadsheet keeps fifteen digits.
        if number.endswith("000") and check(number[:17]) != number[17]:
            return None, False, number[:15] + "___"
        return number, check(number[:17]) == number[17] and clean_date(number[6:14]) is not None, None
    if re.fullmatch(r"[HM]\d{10}", number):
        number = number[:9]
    return number, False, None


def check(seventeen):
    return "10X98765432"[sum(int(d) * w for d, w in zip(seventeen, WEIGHTS)) % 11]


@lru_cache(maxsize=1 << 20)
def clean_name(name):
    if not name:
        return None
    name = re.sub(r"[（(][^）)]*[）)]", "", name)
    name = re.sub(r"[•．.・·]", "·", name)
    return name.upper() or None


@lru_cache(maxsize=1 << 20)
def sound(name):
    return "".join(lazy_pinyin(name)).upper()


def clean_sex(sex):
    if not sex:
        return None
    if "男" in sex or sex.startswith("1"):
        return "1"
    if "女" in sex or sex.startswith("2"):
        return "2"
    return None


@lru_cache(maxsize=1 << 17)
def clean_date(text):
    """2001-03-27; none for what is no day, or a placeholder."""
    if not text:
        return None
    text = re.sub(r"00:00:00$", "", text)
    found = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text) or re.fullmatch(r"(\d{4})[-/年](\d{1,2})[-/月](\d{1,2})日?", text)
    try:
        if found:
            day = date(*map(int, found.groups()))
        elif re.fullmatch(r"\d{4,5}", text):
            day = date(1899, 12, 30) + timedelta(int(text))
        else:
            return None
    except ValueError:
        return None
    return day.isoformat() if date(1880, 1, 1) < day < date(2027, 1, 1) and day != date(1900, 1, 1) else None


def clean_phone(phone):
    if not phone:
        return None
    phone = re.sub(r"[-]", "", phone)
    phone = re.sub(r"^(\+86|0086|86(?=1\d{10}$))", "", phone)
    if not re.fullmatch(r"1\d{10}", phone) or len(set(phone)) <= 3:
        return None
    return phone


@lru_cache(maxsize=1 << 20)
def clean_address(address):
    """Without what everybody in town shares, and the building alone."""
    if not address:
        return None, None
    address = re.sub(r"^浙江省?", "", address)
    address = re.sub(r"^杭州市?", "", address)
    address = re.sub(r"^[^路街道巷号]{1,4}?[区县市]", "", address)
    address = re.sub(r"^[^路号]{1,5}?(街道|镇|乡)", "", address)
    address = re.sub(r"\d+单元", "", address).replace("栋", "幢").replace("号楼", "幢")
    address = re.sub(r"[室房]$", "", address).replace("-", "")
    room = re.fullmatch(r"(.*?[幢座楼号])(\d+)", address)
    return address, room.group(1) if room else address
