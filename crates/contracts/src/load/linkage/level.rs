//! Levels of agreement.

use crate::nearest::suggest;
use crate::problem::Report;
use crate::reader::{self, Map};
use crate::words::Word;
use crate::yaml::{Node, Value};
use crate::{ColumnKind, LevelTest, LinkLevel};

/// Ready-made comparisons: what stands behind `comparison:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ready {
    Exact,
    NameZh,
    Date,
    IdNumber,
    Address,
    JaroWinkler,
    Jaro,
    Levenshtein,
    DamerauLevenshtein,
}

impl Word for Ready {
    const WHAT: &'static str = "a comparison";
    const SPELLINGS: &'static [(&'static str, Self)] = &[
        ("exact", Self::Exact),
        ("name_zh", Self::NameZh),
        ("date", Self::Date),
        ("id_number", Self::IdNumber),
        ("address", Self::Address),
        ("jaro_winkler", Self::JaroWinkler),
        ("jaro", Self::Jaro),
        ("levenshtein", Self::Levenshtein),
        ("damerau_levenshtein", Self::DamerauLevenshtein),
    ];
}

/// The tests that a level may be made of.
const TESTS: &[&str] = &[
    "exact",
    "columns_reversed",
    "name_zh",
    "date",
    "days_apart",
    "id_number",
    "same_home",
    "same_building",
    "jaro_winkler",
    "jaro",
    "levenshtein",
    "damerau_levenshtein",
];

/// The levels of a ready-made comparison.
pub(super) fn ready(word: Ready, thresholds: Option<&Node>, report: &mut Report) -> Vec<LinkLevel> {
    let exact = [LevelTest::Exact];
    let tests: Vec<LevelTest> = match word {
        Ready::Exact => exact.into(),
        Ready::NameZh => all(LevelTest::Name),
        Ready::Date => all(LevelTest::Date),
        Ready::IdNumber => all(LevelTest::IdNumber),
        Ready::Address => vec![
            LevelTest::Exact,
            LevelTest::SameHome,
            LevelTest::SameBuilding,
        ],
        Ready::JaroWinkler => {
            let at = shares(thresholds, report).into_iter();
            exact
                .into_iter()
                .chain(at.map(LevelTest::JaroWinkler))
                .collect()
        }
        Ready::Jaro => {
            let at = shares(thresholds, report).into_iter();
            exact.into_iter().chain(at.map(LevelTest::Jaro)).collect()
        }
        Ready::Levenshtein => {
            let at = edits(thresholds, report).into_iter();
            exact
                .into_iter()
                .chain(at.map(LevelTest::Levenshtein))
                .collect()
        }
        Ready::DamerauLevenshtein => {
            let at = edits(thresholds, report).into_iter();
            exact
                .into_iter()
                .chain(at.map(LevelTest::DamerauLevenshtein))
                .collect()
        }
    };
    let edited = [
        Ready::JaroWinkler,
        Ready::Jaro,
        Ready::Levenshtein,
        Ready::DamerauLevenshtein,
    ];
    if let (Some(node), false) = (thresholds, edited.contains(&word)) {
        let what = "this comparison has no thresholds";
        let remedy = "remove them, or list the `levels` yourself";
        report.add(node.place, node.text(), what, remedy);
    }
    tests.into_iter().map(named).collect()
}

/// Levels that the file lists itself.
pub(super) fn listed(node: &Node, report: &mut Report) -> Vec<LinkLevel> {
    let nodes = reader::list(node, "levels", report);
    let mut levels: Vec<LinkLevel> = Vec::new();
    for node in nodes {
        let Some(level) = level(node, report) else {
            continue;
        };
        if levels.iter().any(|other| other.name == level.name) {
            let what = format!("a second level is named `{}`", level.name);
            report.add(
                node.place,
                node.text(),
                what,
                "rename or remove one of the two",
            );
        } else if let Some(above) = levels.iter().find(|above| covers(&above.test, &level.test)) {
            let what = format!("this level never holds: `{}` above holds first", above.name);
            report.add(
                node.place,
                node.text(),
                what,
                "order levels from the strongest to the weakest",
            );
        }
        levels.push(level);
    }
    levels
}

fn level(node: &Node, report: &mut Report) -> Option<LinkLevel> {
    if !matches!(node.value, Value::Map(_)) {
        let text = reader::text(node, "a level", report)?;
        return match text {
            "exact" => Some(named(LevelTest::Exact)),
            "same_home" => Some(named(LevelTest::SameHome)),
            "same_building" => Some(named(LevelTest::SameBuilding)),
            _ if TESTS.contains(&text) => {
                let what = format!("`{text}` needs to know how much");
                let remedy = format!("write `{text}: …`, such as `jaro_winkler: 0.9`");
                report.add(node.place, text, what, remedy);
                None
            }
            _ => {
                let what = format!("`{text}` is not a level");
                report.add(node.place, text, what, suggest(text, TESTS.iter().copied()));
                None
            }
        };
    }
    let mut map = Map::of(node, "a level", report)?;
    let name = map
        .get("name")
        .and_then(|node| reader::text(node, "the name", report));
    let before = report.len();
    let mut found = Vec::new();
    for word in TESTS {
        if let Some(value) = map.get(word) {
            found.push((*word, value));
        }
    }
    map.finish(&[], report);
    match found.as_slice() {
        [(word, value)] => {
            let level = named(test(word, value, report)?);
            let name = name.map(str::to_owned).unwrap_or(level.name);
            Some(LinkLevel { name, ..level })
        }
        [] if report.len() > before => None,
        _ => {
            let what = format!("a level is one test, this has {}", found.len());
            let remedy = "write one, such as `jaro_winkler: 0.9`";
            report.add(node.place, "", what, remedy);
            None
        }
    }
}

fn test(word: &str, value: &Node, report: &mut Report) -> Option<LevelTest> {
    Some(match word {
        "exact" | "same_home" | "same_building" => {
            if !reader::flag(value, word, report)? {
                let remedy = "write `true`, or leave the level out";
                report.add(
                    value.place,
                    value.text(),
                    "a level that never holds",
                    remedy,
                );
            }
            match word {
                "exact" => LevelTest::Exact,
                "same_home" => LevelTest::SameHome,
                _ => LevelTest::SameBuilding,
            }
        }
        "columns_reversed" => {
            let column = reader::text(value, "the other column", report)?;
            LevelTest::ColumnsReversed(column.to_owned())
        }
        "name_zh" => LevelTest::Name(reader::word(value, report)?),
        "date" => LevelTest::Date(reader::word(value, report)?),
        "id_number" => LevelTest::IdNumber(reader::word(value, report)?),
        "days_apart" => LevelTest::DaysApart(reader::count(value, word, report)?),
        "jaro_winkler" => LevelTest::JaroWinkler(share(value, report)?),
        "jaro" => LevelTest::Jaro(share(value, report)?),
        "levenshtein" => LevelTest::Levenshtein(reader::count(value, word, report)?),
        _ => LevelTest::DamerauLevenshtein(reader::count(value, word, report)?),
    })
}

/// With the name that it has unless the file says another.
fn named(test: LevelTest) -> LinkLevel {
    let name = match &test {
        LevelTest::Exact => "exact".to_owned(),
        LevelTest::ColumnsReversed(column) => format!("reversed_{column}"),
        LevelTest::Name(level) => level.to_string(),
        LevelTest::Date(level) => level.to_string(),
        LevelTest::IdNumber(level) => level.to_string(),
        LevelTest::DaysApart(days) => format!("days_apart_{days}"),
        LevelTest::JaroWinkler(least) => format!("jaro_winkler_{least}"),
        LevelTest::Jaro(least) => format!("jaro_{least}"),
        LevelTest::Levenshtein(most) => format!("levenshtein_{most}"),
        LevelTest::DamerauLevenshtein(most) => format!("damerau_levenshtein_{most}"),
        LevelTest::SameHome => "same_home".to_owned(),
        LevelTest::SameBuilding => "same_building".to_owned(),
    };
    LinkLevel { name, test }
}

/// Whether the first always holds where the second does.
fn covers(above: &LevelTest, below: &LevelTest) -> bool {
    use LevelTest::{
        DamerauLevenshtein, Date, DaysApart, IdNumber, Jaro, JaroWinkler, Levenshtein, Name,
    };
    match (above, below) {
        (Jaro(a), Jaro(b)) | (JaroWinkler(a), JaroWinkler(b)) => a <= b,
        (Levenshtein(a), Levenshtein(b))
        | (DamerauLevenshtein(a), DamerauLevenshtein(b))
        | (DaysApart(a), DaysApart(b)) => a >= b,
        (Name(a), Name(b)) => place(*a) >= place(*b),
        (Date(a), Date(b)) => place(*a) >= place(*b),
        (IdNumber(a), IdNumber(b)) => place(*a) >= place(*b),
        (above, LevelTest::Exact) => !matches!(above, LevelTest::ColumnsReversed(_)),
        _ => false,
    }
}

/// From the strongest.
fn place<W: Word>(word: W) -> usize {
    let mut spellings = W::SPELLINGS.iter();
    spellings
        .position(|(_, meaning)| *meaning == word)
        .unwrap_or(0)
}

fn all<W: Word>(test: impl Fn(W) -> LevelTest) -> Vec<LevelTest> {
    W::SPELLINGS.iter().map(|(_, level)| test(*level)).collect()
}

fn shares(thresholds: Option<&Node>, report: &mut Report) -> Vec<f64> {
    let Some(node) = thresholds else {
        return vec![0.9, 0.7];
    };
    let nodes = reader::one_or_more(node);
    let shares: Vec<f64> = nodes
        .iter()
        .filter_map(|node| share(node, report))
        .collect();
    falling(
        node,
        shares.windows(2).all(|pair| pair[0] > pair[1]),
        report,
    );
    shares
}

fn edits(thresholds: Option<&Node>, report: &mut Report) -> Vec<u32> {
    let Some(node) = thresholds else {
        return vec![1, 2];
    };
    let nodes = reader::one_or_more(node);
    let edits = nodes
        .iter()
        .filter_map(|node| reader::count(node, "a threshold", report));
    let edits: Vec<u32> = edits.collect();
    falling(node, edits.windows(2).all(|pair| pair[0] < pair[1]), report);
    edits
}

fn falling(node: &Node, falling: bool, report: &mut Report) {
    if !falling {
        let what = "thresholds go from the strictest to the loosest";
        report.add(
            node.place,
            node.text(),
            what,
            "put them in order, each once",
        );
    }
}

fn share(node: &Node, report: &mut Report) -> Option<f64> {
    super::probability(node, "a similarity", report)
}

/// The kind of column that levels need; a report where they need several.
pub(super) fn kind(levels: &[LinkLevel], node: &Node, report: &mut Report) -> Option<ColumnKind> {
    let mut kinds = levels.iter().filter_map(|level| level.test.kind());
    let first = kinds.next()?;
    if let Some(other) = kinds.find(|kind| *kind != first) {
        let what = format!("levels of {first} and of {other} in one comparison");
        report.add(node.place, "", what, "make two comparisons of them");
    }
    Some(first)
}
