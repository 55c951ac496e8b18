//! What stands in front of a road or an estate: province, city, county, zone, town, community.

use std::collections::HashMap;
use std::sync::LazyLock;

use ahash::RandomState;

use super::words::Words;
use crate::codes;
use crate::name::is_han;

/// The places in front of an address, and the rest of it.
pub(super) struct Places<'a> {
    pub county: Option<&'static str>,
    pub town: Option<&'a str>,
    pub rest: &'a str,
}

/// Splits the places off. Each step looks only at what follows, so that an address without its
/// first places gives the same rest.
pub(super) fn split(address: &str) -> Places<'_> {
    let mut rest = address;
    let mut county = None;
    for country in ["中华人民共和国", "中国"] {
        rest = rest.strip_prefix(country).unwrap_or(rest);
    }
    while let Some((place, after)) = division(rest) {
        if place.level == Level::County {
            county = Some(place.name);
        }
        rest = after;
    }
    for endings in [&ZONES, &COMMUNITIES] {
        rest = behind(rest, endings).map_or(rest, |(_, after)| after);
    }
    let mut found_town = None;
    if let Some((town, after)) = town(rest) {
        (found_town, rest) = (Some(town), after);
    }
    for endings in [&ZONES, &COMMUNITIES] {
        rest = behind(rest, endings).map_or(rest, |(_, after)| after);
    }
    Places {
        county,
        town: found_town,
        rest,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Province,
    Prefecture,
    County,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    name: &'static str,
    level: Level,
}

static ZONES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(&[
        "开发区",
        "高新区",
        "度假区",
        "保税区",
        "示范区",
        "自贸区",
        "新区",
        "产业园区",
        "集聚区",
    ])
});
static COMMUNITIES: LazyLock<Words> =
    LazyLock::new(|| Words::of(&["社区", "居民委员会", "居委会", "村民委员会", "村委会"]));
static SUBDISTRICTS: LazyLock<Words> = LazyLock::new(|| Words::of(&["街道"]));

/// What needs a name in front of it.
static DEPENDENT: LazyLock<Words> = LazyLock::new(|| {
    Words::of(&[
        "路", "街", "道", "巷", "弄", "大道", "大街", "老街", "东路", "西路", "南路", "北路",
        "中路", "东街", "西街", "南街", "北街", "中街", "前街", "后街", "横街", "直街", "小区",
        "社区", "新村", "村", "单元", "地下", "大厦", "大楼", "公寓", "东区", "西区", "南区",
        "北区", "中区", "新区", "园区", "小学", "中学", "医院", "市场", "场", "政府", "附近", "旁",
        "对面", "内", "东苑", "西苑", "南苑", "北苑",
    ])
});

/// All divisions of GB/T 2260 by their full names; of two with one name the higher.
static DIVISIONS: LazyLock<HashMap<&'static str, Level, RandomState>> = LazyLock::new(|| {
    let mut by_name = HashMap::default();
    for division in codes::divisions() {
        let level = match division.code {
            code if code % 10_000 == 0 => Level::Province,
            code if code % 100 == 0 => Level::Prefecture,
            _ => Level::County,
        };
        // A retired prefecture lends its name to the county that followed it.
        let known = by_name.get(division.name).copied();
        let keeps = matches!(
            (known, level),
            (Some(Level::Province), _) | (Some(Level::Prefecture), Level::County)
        );
        if division.name.chars().count() > 1 && !keeps {
            by_name.insert(division.name, level);
        }
    }
    by_name
});

/// Provinces and prefectures by the names that people use: 浙江, 广西, 杭州.
static SHORT_NAMES: LazyLock<HashMap<&'static str, Level, RandomState>> = LazyLock::new(|| {
    const LONG_ENDINGS: &[&str] = &[
        "特别行政区",
        "壮族自治区",
        "回族自治区",
        "维吾尔自治区",
        "自治区",
        "省",
        "市",
    ];
    let named = DIVISIONS
        .iter()
        .filter(|(_, level)| **level != Level::County);
    named
        .filter_map(|(name, level)| {
            let short = LONG_ENDINGS
                .iter()
                .find_map(|ending| name.strip_suffix(ending))?;
            (short.chars().count() > 1).then_some((short, *level))
        })
        .collect()
});

/// A division at the beginning, and what follows it.
fn division(text: &str) -> Option<(Place, &str)> {
    full_name(text).or_else(|| short_name(text))
}

fn full_name(text: &str) -> Option<(Place, &str)> {
    const LONGEST: usize = 16;
    /// Names of divisions that are the names of parts of estates too.
    const GENERIC: &[&str] = &[
        "城区",
        "郊区",
        "矿区",
        "东区",
        "西区",
        "市区",
        "新区",
        "港区",
        "城关区",
    ];
    let mut found = None;
    for (at, c) in text.char_indices().take(LONGEST) {
        if !is_han(c) {
            break;
        }
        if !matches!(c, '省' | '市' | '区' | '县' | '旗' | '盟' | '州') {
            continue;
        }
        let (name, after) = text.split_at_checked(at + c.len_utf8())?;
        if let Some((name, level)) = DIVISIONS.get_key_value(name) {
            found = Some((
                Place {
                    name,
                    level: *level,
                },
                after,
            ));
        }
    }
    found.filter(|(place, after)| {
        let market = place.name.ends_with('市') && after.starts_with('场');
        !market && (!GENERIC.contains(&place.name) || is_anchored(after))
    })
}

/// A short name counts only where something follows that can't belong to it: 杭州西湖区, 杭州
/// 文三路; but not 杭州大厦, 南京西路.
fn short_name(text: &str) -> Option<(Place, &str)> {
    let ends = text
        .char_indices()
        .skip(1)
        .take(4)
        .map(|(at, c)| at + c.len_utf8());
    ends.filter_map(|end| {
        let (name, after) = text.split_at_checked(end)?;
        let (name, level) = SHORT_NAMES.get_key_value(name)?;
        let place = Place {
            name,
            level: *level,
        };
        let deeper =
            full_name(after).is_some() || *level == Level::Province && short_name(after).is_some();
        (deeper || *level == Level::Prefecture && begins_with_road(after)).then_some((place, after))
    })
    .last()
}

/// Whether the text begins with a road whose name has two characters or more of its own.
fn begins_with_road(text: &str) -> bool {
    let own = text
        .chars()
        .take(6)
        .take_while(|c| is_han(*c) && !matches!(c, '路' | '街' | '巷'))
        .count();
    let first = text.chars().next().unwrap_or('\0');
    let ends = matches!(text.chars().nth(own), Some('路' | '街' | '巷'));
    let of_its_own =
        !matches!(first, '东' | '西' | '南' | '北' | '中' | '大' | '老' | '新') || own > 2;
    ends && own >= 2 && of_its_own && is_anchored(text)
}

/// A sub-district, town or township at the beginning.
fn town(text: &str) -> Option<(&str, &str)> {
    /// Estates are called so, towns aren't.
    const SCENERY: &[&str] = &[
        "古镇", "小镇", "老镇", "水乡", "故乡", "家乡", "梦乡", "之乡",
    ];
    if let Some(found) = behind(text, &SUBDISTRICTS) {
        return Some(found);
    }
    for (at, c) in text.char_indices().take(8) {
        if !is_han(c) || at > 0 && matches!(c, '路' | '街' | '巷' | '弄') {
            return None;
        }
        if at == 0 || !matches!(c, '镇' | '乡' | '木') {
            continue;
        }
        let (name, after) = text.split_at_checked(at + c.len_utf8())?;
        let other =
            c == '木' && !name.ends_with("苏木") || SCENERY.iter().any(|word| name.ends_with(word));
        if other || !is_anchored(after) || after.starts_with(['镇', '乡']) {
            continue;
        }
        // 乌镇 has but one character of its own, so has 水镇花园: look what follows.
        let short = name.chars().count() < 3;
        if short && !after.contains(['村', '路', '街', '巷', '弄', '社']) {
            continue;
        }
        return Some((name, after));
    }
    None
}

/// A name at the beginning that ends in one of the endings, if the rest still names a place.
fn behind<'a>(text: &'a str, endings: &Words) -> Option<(&'a str, &'a str)> {
    const LONGEST: usize = 14;
    for (at, c) in text.char_indices().take(LONGEST) {
        if !is_han(c) && !is_part_number(text, at) {
            return None;
        }
        if at == 0 {
            continue;
        }
        let tail = &text[at..];
        if let Some(ending) = endings.at(tail) {
            let (name, after) = text.split_at_checked(at + ending.len())?;
            if is_anchored(after) {
                return Some((name, after));
            }
        }
        if matches!(c, '路' | '街' | '巷' | '弄') && !tail.starts_with("街道") {
            return None;
        }
    }
    None
}

/// Whether a digit belongs to the name of a community: 翠苑1区社区.
fn is_part_number(text: &str, at: usize) -> bool {
    let tail = text.get(at..).unwrap_or_default();
    let behind = tail.trim_start_matches(|c: char| c.is_ascii_digit());
    at > 0 && behind.len() < tail.len() && behind.starts_with(['区', '村', '里'])
}

/// Whether a text begins with the name of a road, an estate or a village, so that what stood in
/// front of it can go.
fn is_anchored(text: &str) -> bool {
    let after_digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if after_digits.len() < text.len() {
        // 2号大街 is a road.
        return ["号大街", "号路", "号街"]
            .iter()
            .any(|road| after_digits.starts_with(road));
    }
    let own = text
        .chars()
        .take_while(|c| is_han(*c) || c.is_alphabetic())
        .take(2)
        .count();
    let mut first = text.chars().map(|c| c.is_ascii_alphabetic());
    let wing = first.next() == Some(true) && first.next() == Some(false);
    own >= 2 && !wing && !DEPENDENT.begin(text)
}
