//! Blocking rules and their keys.

use super::{Known, column};
use crate::nearest::suggest;
use crate::problem::Report;
use crate::reader::{self, Map};
use crate::yaml::{Node, Value};
use crate::{BlockingKey, BlockingRule, KeyPart};

pub(super) fn read(nodes: &[Node], known: Known, report: &mut Report) -> Vec<BlockingRule> {
    let mut rules: Vec<BlockingRule> = Vec::new();
    for node in nodes {
        let Some(rule) = rule(node, known, report) else {
            continue;
        };
        if rules.iter().any(|other| other.keys == rule.keys) {
            let remedy = "remove one of the two";
            report.add(node.place, node.text(), "this rule stands twice", remedy);
        } else if rules.iter().any(|other| other.name == rule.name) {
            let what = format!("a second rule is named `{}`", rule.name);
            report.add(node.place, "", what, "rename one of the two");
        }
        rules.push(rule);
    }
    rules
}

/// A key, a list of keys, or a mapping with `keys`.
fn rule(node: &Node, known: Known, report: &mut Report) -> Option<BlockingRule> {
    let (mut name, mut settled, mut most) = (None, None, None);
    let mut nodes = reader::one_or_more(node);
    if let Value::Map(_) = node.value {
        let mut map = Map::of(node, "a blocking rule", report)?;
        name = map
            .get("name")
            .and_then(|node| reader::text(node, "the name", report));
        settled = map
            .get("settled")
            .and_then(|node| reader::flag(node, "settled", report));
        most = map
            .get("max_records_in_block")
            .and_then(|node| reader::count(node, "max_records_in_block", report));
        let keys = map.need("keys", "write `keys: [surname, date_of_birth]`", report);
        map.finish(&[], report);
        nodes = reader::one_or_more(keys?);
    }
    let before = report.len();
    let keys = nodes.iter().filter_map(|node| key(node, known, report));
    let keys: Vec<BlockingKey> = keys.collect();
    if report.len() > before {
        return None;
    }
    if keys.is_empty() {
        let what = "a rule without keys would look at all pairs";
        report.add(
            node.place,
            "",
            what,
            "write a key, such as `[date_of_birth]`",
        );
        return None;
    }
    let words: Vec<String> = keys.iter().map(ToString::to_string).collect();
    Some(BlockingRule {
        name: name.map_or_else(|| words.join(" + "), str::to_owned),
        keys,
        settled: settled.unwrap_or(true),
        max_records_in_block: most,
        at: node.place.into(),
    })
}

/// `column`, or `function(column)`.
fn key(node: &Node, known: Known, report: &mut Report) -> Option<BlockingKey> {
    let text = reader::text(node, "a key", report)?;
    let at = (node.place, text);
    let simple = |text: &str| !text.is_empty() && !text.contains(['(', ')', '=', ',']);
    if simple(text) {
        return Some(BlockingKey {
            column: column(text, None, at, known, report)?,
            part: KeyPart::Whole,
        });
    }
    let call = text.strip_suffix(')').and_then(|call| call.split_once('('));
    let call = call.map(|(function, inside)| {
        let arguments: Vec<&str> = inside.split(',').map(str::trim).collect();
        (function.trim(), arguments)
    });
    let Some((function, arguments)) = call else {
        let what = format!("`{text}` is not a key");
        let remedy =
            "write columns or `substr(postcode, 1, 2)`, one key for each `l.x = r.x` of SQL";
        report.add(node.place, text, what, remedy);
        return None;
    };
    let Some((_, part)) = FUNCTIONS.iter().find(|(word, _)| *word == function) else {
        let what = format!("`{function}` is not a part of a value");
        let words = FUNCTIONS.iter().map(|(word, _)| *word);
        report.add(node.place, text, what, suggest(function, words));
        return None;
    };
    let whole = |text: &&str| {
        text.parse::<usize>()
            .ok()
            .filter(|number| (1..=1_000).contains(number))
    };
    let part = match (part, arguments.as_slice()) {
        (KeyPart::Substr { .. }, [_, start, length]) => whole(start)
            .zip(whole(length))
            .map(|(start, length)| KeyPart::Substr { start, length }),
        (KeyPart::Substr { .. }, _) => None,
        (part, [_]) => Some(*part),
        _ => None,
    };
    let name = arguments.first().copied().filter(|name| simple(name));
    let (Some(part), Some(name)) = (part, name) else {
        let what = format!("`{text}` can't be read");
        let remedy = match function {
            "substr" => "write `substr(postcode, 1, 2)`: the column, the first character, how many"
                .to_owned(),
            _ => format!("write `{function}(…)` with one column"),
        };
        report.add(node.place, text, what, remedy);
        return None;
    };
    Some(BlockingKey {
        column: column(name, part.kind(), at, known, report)?,
        part,
    })
}

const FUNCTIONS: &[(&str, KeyPart)] = &[
    ("plain", KeyPart::Plain),
    ("sound", KeyPart::Sound),
    ("surname", KeyPart::Surname),
    ("given_name", KeyPart::GivenName),
    ("near_name", KeyPart::NearName),
    ("year", KeyPart::Year),
    ("month_day", KeyPart::MonthDay),
    ("near_date", KeyPart::NearDate),
    ("quarters", KeyPart::Quarters),
    ("home", KeyPart::Home),
    ("building", KeyPart::Building),
    (
        "substr",
        KeyPart::Substr {
            start: 1,
            length: 1,
        },
    ),
];
