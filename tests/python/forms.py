"""Standard forms of cells, written from LAKE.md and FEEDS.md alone: the oracle's own kernels.

Every function takes the cell as received and gives the standard value, or None where it says nothing
or nothing usable. Nothing here is taken from the Rust crates: where both agree, two readings of the
same pages agree.
"""

import hashlib
import hmac
import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

NOTHING = {"", "NULL", "null", "\\N", "-", "无"}
DOTS = "·•．・‧∙⋅･"
PROVINCES = {
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46,
    50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83,
}
ETHNICITIES = (
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 "
    "纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 "
    "德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
).split()
EPOCH_1900 = date(1899, 12, 30)


def fold(text):
    """Full-width ASCII and U+3000 to their half-width twins."""
    return "".join(
        " " if c == "\u3000" else chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text
    )


def text(cell):
    """Trimmed, half-width, inner blanks one; None for a word that says nothing."""
    if cell is None:
        return None
    plain = " ".join(fold(cell).split())
    return None if plain in NOTHING else plain


def says_nothing(cell):
    return text(cell) is None


# ── people ──────────────────────────────────────────────────────────────────


def name(cell):
    """(name, rules): bracketed remarks off, blanks between Han off, one middle dot."""
    if says_nothing(cell):
        return None, []
    plain = text("".join("·" if c in DOTS else c for c in cell))
    rules = []
    bare = re.sub(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】", "", plain)
    if bare != plain:
        rules.append("name_remark")
    beyond_ascii = lambda c: ord(c) > 0x2E7F or c == "·"
    kept = []
    parts = bare.split()
    for part in parts:
        if kept and not (beyond_ascii(kept[-1][-1]) and beyond_ascii(part[0])):
            kept.append(" ")
        kept.append(part)
    bare = "".join(kept)
    if bare in {"合计", "总计", "小计", "共计"} or not any(c.isalnum() or ord(c) >= 0xE000 for c in bare):
        return None, rules + ["name_unusable"]
    return bare, rules


def sex(cell):
    plain = text(cell)
    if plain is None:
        return None
    words = {"男": "1", "女": "2", "未知": "0", "M": "1", "F": "2", "男性": "1", "女性": "2", "未说明": "9"}
    if plain in words:
        return words[plain]
    found = re.fullmatch(r"([0129])(?:[- ]?(男性?|女性?|未知|未说明).*)?", plain)
    return found.group(1) if found else None


def ethnicity(cell):
    plain = text(cell)
    if plain is None:
        return None
    found = re.match(r"(\d{1,2})(?!\d)", plain)
    if found:
        code = found.group(1).zfill(2)
        return code if 1 <= int(code) <= 56 or code in {"97", "98"} else None
    label = plain.removesuffix("族")
    return f"{ETHNICITIES.index(label) + 1:02}" if label in ETHNICITIES else None


def leading_code(cell, width):
    """The code in front; `?` where only a label stands, which the oracle has no table for."""
    plain = text(cell)
    if plain is None:
        return None
    found = re.match(rf"(\d{{{width}}})(?!\d)", plain)
    return found.group(1) if found else "?"


def phone(cell):
    """(phone, rule)"""
    plain = text(cell)
    if plain is None:
        return None, None
    if "*" in plain:
        return None, "phone_masked"
    digits = re.sub(r"[ \-()]", "", plain)
    digits = re.sub(r"^(\+86|0086|86(?=1\d{10}$))", "", digits)
    if digits == "13800000000" or re.fullmatch(r"(\d)\1+", digits):
        return None, "phone_placeholder"
    if re.fullmatch(r"1[3-9]\d{9}", digits):
        return digits, None
    found = re.fullmatch(r"(010|02\d|0[3-9]\d\d)([2-8]\d{6,7})", digits)
    return (f"{found.group(1)}-{found.group(2)}", None) if found else (None, "phone_malformed")


def loose_address(cell):
    """What two forms of one address have in common, for comparison only: no blanks, no ending of the room."""
    plain = text(cell)
    if plain is None:
        return None
    plain = re.sub(r"\s", "", plain)
    plain = re.sub(r"[－—～~]", "-", plain)
    return re.sub(r"[室房]$", "", plain)


# ── days, times, money ──────────────────────────────────────────────────────

PLACEHOLDER_DAYS = {"00000000", "19000101", "99991231", "99999999"}


def parse_day(plain):
    """A day in any form of FEEDS.md, as (date or None)."""
    plain = re.sub(r"[T ]\d{1,2}:\d{2}.*$", "", plain).replace(" ", "")
    for form in (r"(\d{4})(\d{2})(\d{2})", r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", r"(\d{4})年(\d{1,2})月(\d{1,2})日"):
        found = re.fullmatch(form, plain)
        if found:
            try:
                return date(*map(int, found.groups()))
            except ValueError:
                return None
    if re.fullmatch(r"\d{5}(\.\d+)?", plain):
        return EPOCH_1900 + timedelta(days=int(float(plain)))
    return None


def day(cell, least=date(1800, 1, 1), most=date(9999, 12, 30)):
    """(day, rule)"""
    plain = text(cell)
    if plain is None:
        return None, None
    digits = re.sub(r"[ T].*$", "", plain)
    if re.sub(r"[-/]", "", digits) in PLACEHOLDER_DAYS:
        return None, "date_placeholder"
    found = parse_day(plain)
    if found in {date(1900, 1, 1), date(9999, 12, 31)}:
        return None, "date_placeholder"
    return (found, None) if found and least <= found <= most else (None, "date")


def moment(cell):
    """Beijing wall time."""
    plain = text(cell)
    if plain is None:
        return None
    if re.fullmatch(r"\d{5}(\.\d+)?", plain):
        # Five places of a day are 0.9 s: no more than the second can be meant.
        seconds = (Decimal(plain) * 86_400).to_integral_value(ROUND_HALF_UP)
        return datetime(1899, 12, 30) + timedelta(seconds=int(seconds))
    found = re.fullmatch(
        r"(.+?)(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?", plain
    )
    days = parse_day(found.group(1)) if found else None
    if days is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.group(2, 3, 4))
    micros = int(((found.group(5) or ".0")[1:] + "000000")[:6])
    wall = datetime(days.year, days.month, days.day, hour, minute, second, micros)
    offset = found.group(6)
    if offset:
        sign = -1 if offset[0] == "-" else 1
        east = 0 if offset == "Z" else sign * (int(offset[1:3]) * 60 + int(offset[-2:]))
        wall += timedelta(minutes=480 - east)
    return wall


def amount(cell):
    plain = text(cell)
    if plain is None:
        return None
    bare = re.sub(r"[,¥￥ ]", "", plain)
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)(万)?元?", bare)
    if not found:
        return None
    value = Decimal(found.group(1)) * (10_000 if found.group(2) else 1)
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


# ── identity numbers ────────────────────────────────────────────────────────

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# CV02.01.101 beside GA/T 2000.156, and what the documents are called.
STATED = {"01": "111", "03": "414", "06": "516", "07": "511"}
TITLES = [("身份证", "111"), ("居住证", "154"), ("护照", "414"), ("台湾居民", "511"), ("港澳居民", "516"), ("永久居留", "553")]


def check_character(body):
    return "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, body)) % 11]


def eighteen(number, as_of):
    """The GA/T 2000.156 code of a good number of 18 characters, else the rule it breaks."""
    if re.fullmatch(r"(\d)\1{17}|123456789012345678", number):
        return None, "id_placeholder"
    if check_character(number[:17]) != number[17]:
        # Excel keeps fifteen digits and zeroes the rest.
        return None, "id_excel_damage" if number.endswith("000") else "id_check_failed"
    province = int(number[1:3]) if number[0] == "9" else int(number[:2])
    if province not in PROVINCES:
        return None, "id_province_unknown"
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None, "id_birth_impossible"
    if not date(1800, 1, 1) <= born <= as_of:
        return None, "id_birth_impossible"
    code = "553" if number[0] == "9" else "154" if number[:2] in {"81", "82", "83"} else "111"
    return code, None


def is_credit_code(plain):
    """GB 32100, and for one of digits alone the organisation code inside (GB 11714) as well."""
    if len(plain) != 18 or any(c not in CREDIT for c in plain):
        return False
    # Characters 3 to 8 are the GB/T 2260 division of the registrar; 100000 is the country's own.
    if not re.fullmatch(r"\d{6}", plain[2:8]) or int(plain[2:4]) not in PROVINCES | {10}:
        return False
    total = sum(CREDIT.index(c) * pow(3, at, 31) for at, c in enumerate(plain[:17]))
    if CREDIT[(31 - total % 31) % 31] != plain[17]:
        return False
    if plain[0] == "9" or re.search(r"[A-Z]", plain[:17]):
        return True
    digits = [int(c) for c in plain[8:16]]
    rest = (11 - sum(w * d for w, d in zip((3, 7, 9, 10, 5, 8, 4, 2), digits)) % 11) % 11
    return plain[16] == "0123456789X"[rest]


def document(stated):
    """The GA/T 2000.156 code of a stated type of document."""
    plain = text(stated)
    if plain is None:
        return None
    found = re.match(r"\d{2,3}", plain)
    if found:
        return STATED.get(found.group(), found.group())
    return next((code for title, code in TITLES if title in plain), None)


def identity(cell, stated, as_of):
    """(status, code, number, rules) of one number as received."""
    plain = text(cell)
    if plain is None:
        return "missing", None, None, []
    rules = []
    outer = cell.strip(" \t\r\n\u3000")
    if fold(outer).replace(" ", "") != outer.replace(" ", "").replace("\u3000", ""):
        rules.append("id_full_width")
    compact = plain
    if compact[0] in "'’‘`":
        compact = compact[1:].strip()
        rules.append("id_quoted")
    if re.search(r"[ -]", compact):
        compact = re.sub(r"[ -]", "", compact)
        rules.append("id_inner_blanks")
    if "*" in compact:
        return "masked", None, None, ["id_masked"]
    if re.fullmatch(r"\d\.?\d*E\+?\d+", compact, re.I):
        return "malformed", None, None, ["id_excel_damage"]
    if compact.upper() != compact and not re.search(r"l", compact):
        rules.append("id_lower_case")
    upper = compact.upper() if "l" not in compact else compact
    if re.fullmatch(r"[HM]\d{8}(\d{2})?", upper):
        return ("repaired" if rules else "valid"), "516", upper[:9], rules
    if re.fullmatch(r"[A-Z]{3}\d{12}", upper):
        return ("repaired" if rules else "valid"), "553", upper, rules
    looked = upper.translate(str.maketrans("OIl", "011"))
    digits = looked if re.fullmatch(r"\d{17}[\dXx]|\d{15}", looked) else None
    if digits:
        digits = digits.upper()
        if len(digits) == 15:
            if re.fullmatch(r"(\d)\1{14}|123456789012345", digits):
                return "malformed", None, None, ["id_placeholder"]
            century = "18" if digits[12:] in {"996", "997", "998", "999"} else "19"
            body = digits[:6] + century + digits[6:]
            digits = body + check_character(body)
            code, fault = eighteen(digits, as_of)
            code = code if code == "111" else None
            rules.append("id_fifteen_digits")
        else:
            code, fault = eighteen(digits, as_of)
        if code and looked != upper:
            rules.append("id_look_alikes")
        if code:
            return ("repaired" if rules else "valid"), code, digits, rules
        if fault != "id_placeholder" and is_credit_code(upper):
            return "missing", None, None, ["id_organisation"]
        return "malformed", None, None, [fault or "id_form"]
    if is_credit_code(upper):
        return "missing", None, None, ["id_organisation"]
    code = document(stated)
    if code is None and re.fullmatch(r"[A-Z]{1,2}\d{7,8}", upper):
        code = "414"
    if code and code != "111" and re.fullmatch(r"[0-9A-Z]{5,20}", upper):
        return ("repaired" if rules else "valid"), code, upper, rules
    return "malformed", None, None, ["id_form"]


def from_number(code, number):
    """(birth date, sex) inside a number, or None for both."""
    if number is None or len(number) != 18 or code not in {"111", "154", "553"}:
        return None, None
    born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    return born, "1" if int(number[16]) % 2 else "2"


# ── keys ────────────────────────────────────────────────────────────────────


def hmac_sm3(secret, message):
    if "sm3" in hashlib.algorithms_available:
        return hmac.new(secret, message, "sm3").hexdigest()
    block = (secret if len(secret) <= 64 else sm3(secret)).ljust(64, b"\0")
    inner = sm3(bytes(b ^ 0x36 for b in block) + message)
    return sm3(bytes(b ^ 0x5C for b in block) + inner).hex()


def resident_key(secret, code, number):
    return hmac_sm3(secret, f"{code}:{number}".encode())[:32]


def sm3(message):
    """GB/T 32905, for a Python whose OpenSSL lacks it."""
    mask = 0xFFFFFFFF
    rotate = lambda x, n: ((x << n % 32) | (x >> (32 - n % 32))) & mask if n % 32 else x
    v = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = message + b"\x80" + b"\0" * ((55 - len(message)) % 64) + (8 * len(message)).to_bytes(8, "big")
    for start in range(0, len(padded), 64):
        w = [int.from_bytes(padded[start + 4 * i : start + 4 * i + 4], "big") for i in range(16)]
        for i in range(16, 68):
            x = w[i - 16] ^ w[i - 9] ^ rotate(w[i - 3], 15)
            w.append(x ^ rotate(x, 15) ^ rotate(x, 23) ^ rotate(w[i - 13], 7) ^ w[i - 6])
        a, b, c, d, e, f, g, h = v
        for i in range(64):
            t = 0x79CC4519 if i < 16 else 0x7A879D8A
            s1 = rotate((rotate(a, 12) + e + rotate(t, i)) & mask, 7)
            s2 = s1 ^ rotate(a, 12)
            ff = a ^ b ^ c if i < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if i < 16 else (e & f) | (~e & g)
            t1 = (ff + d + s2 + (w[i] ^ w[i + 4])) & mask
            t2 = (gg + h + s1 + w[i]) & mask
            a, b, c, d = t1, a, rotate(b, 9), c
            e, f, g, h = t2 ^ rotate(t2, 9) ^ rotate(t2, 17), e, rotate(f, 19), g
        v = [x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h))]
    return b"".join(x.to_bytes(4, "big") for x in v)


if __name__ == "__main__":
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert identity("11010519491231002x", None, date(2026, 6, 1))[:3] == ("repaired", "111", "11010519491231002X")
