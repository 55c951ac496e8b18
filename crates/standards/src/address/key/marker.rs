//! The words behind a number that say what it counts.

use std::sync::LazyLock;

use super::super::words::Words;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    /// The number belongs to the name of a road: 2号大街.
    Road(&'static str),
    /// A door in a road, a house in a village.
    Door,
    /// A building of an estate or behind a door.
    Building,
    /// A lane with doors of its own.
    Lane,
    /// A part of an estate or a village; kept with its word.
    Part(&'static str),
    /// A stairwell, a room, a shop, a parking space.
    Inside,
    /// A floor, or a building called 楼.
    Floor,
    /// No word, or none that is known.
    None,
}

/// Longer words stand before shorter ones that they begin with.
const MARKERS: &[(&str, Marker)] = &[
    ("号大街", Marker::Road("号大街")),
    ("号路", Marker::Road("号路")),
    ("号街", Marker::Road("号街")),
    ("号线", Marker::Road("号线")),
    ("号住宅楼", Marker::Building),
    ("号楼", Marker::Building),
    ("号幢", Marker::Building),
    ("号栋", Marker::Building),
    ("号房", Marker::Inside),
    ("号室", Marker::Inside),
    ("号铺", Marker::Inside),
    ("号车位", Marker::Inside),
    ("号院", Marker::Door),
    ("号", Marker::Door),
    ("#楼", Marker::Building),
    ("#", Marker::Building),
    ("幢楼", Marker::Building),
    ("幢", Marker::Building),
    ("栋楼", Marker::Building),
    ("栋", Marker::Building),
    ("座", Marker::Building),
    ("支弄", Marker::Part("支弄")),
    ("弄", Marker::Lane),
    ("巷", Marker::Road("巷")),
    ("胡同", Marker::Road("胡同")),
    ("路", Marker::Road("路")),
    ("街", Marker::Road("街")),
    ("大道", Marker::Road("大道")),
    ("单元", Marker::Inside),
    ("门", Marker::Inside),
    ("梯", Marker::Inside),
    ("层", Marker::Floor),
    ("楼", Marker::Floor),
    ("室", Marker::Inside),
    ("房", Marker::Inside),
    ("户", Marker::Inside),
    ("铺", Marker::Inside),
    ("店", Marker::Inside),
    ("间", Marker::Inside),
    ("组", Marker::Part("组")),
    ("队", Marker::Part("队")),
    ("社", Marker::Part("社")),
    ("村", Marker::Part("村")),
    ("区", Marker::Part("区")),
    ("期", Marker::Part("期")),
    ("排", Marker::Part("排")),
];

impl Marker {
    /// The marker at the beginning of what follows a number, and the rest.
    pub(super) fn read(text: &str) -> (Self, &str) {
        let first = text.chars().next();
        MARKERS
            .iter()
            .filter(|(word, _)| word.chars().next() == first)
            .find_map(|(word, marker)| text.strip_prefix(word).map(|rest| (*marker, rest)))
            .unwrap_or((Self::None, text))
    }
}

/// What begins that which is inside of a building.
static INSIDE: LazyLock<Words> = LazyLock::new(|| {
    Words::of(&[
        "单元",
        "地下室",
        "地下车",
        "地下停车",
        "地下层",
        "地下负",
        "负",
        "底层",
        "顶层",
        "夹层",
        "阁楼",
        "车库",
        "车位",
        "储藏",
        "商铺",
        "店面",
        "门面",
        "底商",
    ])
});

/// Cuts what is inside of a building from a name: 东单元, 地下室; whether there was any.
pub(super) fn cut_inside(name: &str) -> (&str, bool) {
    let begins = |at: usize| name.get(at..).is_some_and(|tail| INSIDE.begin(tail));
    let mut places = name.char_indices().map(|(at, _)| at);
    let cut = places.find(|at| begins(*at));
    let cut = cut.or_else(|| name.strip_suffix("地下").map(str::len));
    match cut.and_then(|at| name.get(..at)) {
        Some(before) => {
            const SIDES: [char; 9] = ['东', '西', '南', '北', '中', '甲', '乙', '丙', '丁'];
            let unit = name
                .get(before.len()..)
                .is_some_and(|inside| inside.starts_with("单元"));
            (
                if unit {
                    before.strip_suffix(SIDES).unwrap_or(before)
                } else {
                    before
                },
                true,
            )
        }
        None => (name, false),
    }
}

/// Whether a name ends in a building called by its side: 东楼, 甲座.
pub(super) fn is_wing(name: &str) -> bool {
    let Some(side) = name.strip_suffix(['楼', '座', '幢', '栋']) else {
        return false;
    };
    side.ends_with([
        '东', '西', '南', '北', '中', '前', '后', '主', '副', '附', '甲', '乙', '丙', '丁',
    ])
}
