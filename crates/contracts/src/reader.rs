//! Mappings and scalars of a file, read strictly: what doesn't fit is reported where it stands, and reading
//! goes on, so that all mistakes come out at once.

use crate::nearest::{nearest, suggest};
use crate::problem::Report;
use crate::words::Word;
use crate::yaml::{Node, Place, Value};

/// A mapping that remembers which keys were asked for: all others are mistakes.
pub(crate) struct Map<'a> {
    what: &'static str,
    place: Place,
    pairs: Vec<(&'a Node, &'a Node)>,
    asked: Vec<&'static str>,
}

impl<'a> Map<'a> {
    /// `what` names it in messages: "a binding".
    pub(crate) fn of(node: &'a Node, what: &'static str, report: &mut Report) -> Option<Map<'a>> {
        let Value::Map(pairs) = &node.value else {
            let found = format!("{what} must be a mapping, this is {}", node.kind());
            report.add(node.place, node.text(), found, "write `key: value` lines");
            return None;
        };
        Some(Map {
            what,
            place: node.place,
            pairs: pairs.iter().map(|(key, value)| (key, value)).collect(),
            asked: Vec::new(),
        })
    }

    /// ODCS `customProperties`: a list of `{property, value}`, read as one mapping. `place` is that of the
    /// element they belong to, which may have none.
    pub(crate) fn of_custom_properties(
        node: Option<&'a Node>,
        place: Place,
        report: &mut Report,
    ) -> Map<'a> {
        let mut pairs: Vec<(&Node, &Node)> = Vec::new();
        for item in node.map_or(&[][..], |node| list(node, "customProperties", report)) {
            let Some(mut map) = Map::of(item, "a custom property", report) else {
                continue;
            };
            let remedy = "write `{ property: …, value: … }`";
            let property = map.need("property", remedy, report);
            let value = map.need("value", remedy, report);
            map.finish(&["id", "description"], report);
            let (Some(property), Some(value)) = (property, value) else {
                continue;
            };
            match pairs.iter().find(|(key, _)| key.text() == property.text()) {
                None => pairs.push((property, value)),
                Some((first, _)) => {
                    let line = first.place.line;
                    let what = format!(
                        "the property `{}` is given twice, first in line {line}",
                        property.text()
                    );
                    report.add(property.place, property.text(), what, "keep one of the two");
                }
            }
        }
        Map {
            what: "customProperties",
            place,
            pairs,
            asked: Vec::new(),
        }
    }

    /// The value of a key; none if it is not there or nothing.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<&'a Node> {
        self.asked.push(key);
        let found = self.pairs.iter().find(|(own, _)| own.text() == key);
        found
            .map(|(_, value)| *value)
            .filter(|value| !matches!(value.value, Value::Null))
    }

    /// The value of a key that must be there.
    pub(crate) fn need(
        &mut self,
        key: &'static str,
        remedy: &str,
        report: &mut Report,
    ) -> Option<&'a Node> {
        let value = self.get(key);
        if value.is_none() {
            let what = format!("{} needs `{key}`", self.what);
            report.add(self.place_of(key), "", what, remedy);
        }
        value
    }

    /// Where a key stands; where the mapping begins if it doesn't.
    pub(crate) fn place_of(&self, key: &str) -> Place {
        let found = self.pairs.iter().find(|(own, _)| own.text() == key);
        found.map_or(self.place, |(key, _)| key.place)
    }

    /// Keys and values in the order of the file, for mappings whose keys are free.
    pub(crate) fn pairs(&self) -> &[(&'a Node, &'a Node)] {
        &self.pairs
    }

    /// Reports every key that was not asked for and is none of `also`.
    pub(crate) fn finish(self, also: &[&'static str], report: &mut Report) {
        let known = || self.asked.iter().chain(also).copied();
        for (key, _) in &self.pairs {
            if !known().any(|word| word == key.text()) {
                let what = format!("{} has no key `{}`", self.what, key.text());
                report.add(key.place, key.text(), what, suggest(key.text(), known()));
            }
        }
    }

    /// Of custom properties: those of other tools pass, but ours in the wrong place (`elsewhere`: name and
    /// where it belongs) or mistyped don't.
    pub(crate) fn finish_custom(
        self,
        elsewhere: &[(&'static str, &'static str)],
        report: &mut Report,
    ) {
        for (key, _) in &self.pairs {
            let text = key.text();
            if self.asked.contains(&text) {
                continue;
            }
            if let Some((_, home)) = elsewhere.iter().find(|(word, _)| *word == text) {
                let what = format!("the property `{text}` means nothing here");
                report.add(key.place, text, what, format!("move it to {home}"));
            } else if let Some(word) = nearest(text, self.asked.iter().copied()) {
                let what = format!("unknown custom property `{text}`");
                let remedy = format!(
                    "did you mean `{word}`? A property of your own needs a name less like it"
                );
                report.add(key.place, text, what, remedy);
            }
        }
    }
}

/// A text that is not blank.
pub(crate) fn text<'a>(node: &'a Node, what: &str, report: &mut Report) -> Option<&'a str> {
    match &node.value {
        Value::Scalar { text, .. } if !text.trim().is_empty() => Some(text.trim()),
        Value::Scalar { text, .. } => {
            report.add(
                node.place,
                text,
                format!("{what} is blank"),
                "write a text or remove it",
            );
            None
        }
        _ => {
            let found = format!("{what} must be a text, this is {}", node.kind());
            report.add(node.place, "", found, "write a text");
            None
        }
    }
}

/// A text such as `"01"`, which other readers would take for a number if it were not quoted.
pub(crate) fn code<'a>(node: &'a Node, what: &str, report: &mut Report) -> Option<&'a str> {
    let text = text(node, what, report)?;
    let quoted = matches!(node.value, Value::Scalar { quoted: true, .. });
    if !quoted && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let found = format!("{what} {text} without quotes is a number and loses its zeros");
        report.add(node.place, text, found, format!("write \"{text}\""));
        return None;
    }
    Some(text)
}

/// A list.
pub(crate) fn list<'a>(node: &'a Node, what: &str, report: &mut Report) -> &'a [Node] {
    match &node.value {
        Value::List(items) => items,
        _ => {
            let found = format!("{what} must be a list, this is {}", node.kind());
            report.add(
                node.place,
                node.text(),
                found,
                "write `[a, b]` or lines that begin with `- `",
            );
            &[]
        }
    }
}

/// One value or a list of them.
pub(crate) fn one_or_more(node: &Node) -> &[Node] {
    match &node.value {
        Value::List(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// A word of a closed vocabulary.
pub(crate) fn word<W: Word>(node: &Node, report: &mut Report) -> Option<W> {
    let text = text(node, W::WHAT, report)?;
    let meaning = W::of(text);
    if meaning.is_none() {
        let what = format!("`{text}` is not {}", W::WHAT);
        let words = W::SPELLINGS.iter().map(|(word, _)| *word);
        report.add(node.place, text, what, suggest(text, words));
    }
    meaning
}

/// `true` or `false`.
pub(crate) fn flag(node: &Node, what: &str, report: &mut Report) -> Option<bool> {
    match &node.value {
        Value::Scalar {
            text,
            quoted: false,
        } if text == "true" => Some(true),
        Value::Scalar {
            text,
            quoted: false,
        } if text == "false" => Some(false),
        _ => {
            let found = format!("{what} must be true or false, not `{}`", node.text());
            report.add(
                node.place,
                node.text(),
                found,
                "write `true` or `false`, without quotes",
            );
            None
        }
    }
}

/// A whole number from 1 on.
pub(crate) fn count(node: &Node, what: &str, report: &mut Report) -> Option<u32> {
    let number = node.text().parse().ok().filter(|number| *number >= 1);
    if number.is_none() {
        let found = format!(
            "{what} must be a whole number from 1 on, not `{}`",
            node.text()
        );
        report.add(node.place, node.text(), found, "write a number such as 1");
    }
    number
}

/// A number from 0 to 100.
pub(crate) fn percent(node: &Node, what: &str, report: &mut Report) -> Option<f64> {
    let number: Option<f64> = node
        .text()
        .parse()
        .ok()
        .filter(|number| (0.0..=100.0).contains(number));
    if number.is_none() {
        let found = format!(
            "{what} must be a number from 0 to 100, not `{}`",
            node.text()
        );
        report.add(
            node.place,
            node.text(),
            found,
            "write a number such as 20, without %",
        );
    }
    number
}
