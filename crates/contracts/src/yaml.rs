//! A YAML document as a tree whose every key and value knows its place.

use std::path::Path;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use crate::problem::Report;

/// Contracts are a few hundred lines; more than this is another kind of file.
const MAX_BYTES: u64 = 4 << 20;
const MAX_DEPTH: usize = 32;

/// Where something stands in a file; both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl From<Place> for (usize, usize) {
    fn from(place: Place) -> Self {
        (place.line, place.column)
    }
}

impl Place {
    /// The file as a whole.
    pub(crate) const FILE: Place = Place { line: 0, column: 0 };
}

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// `quoted` tells the text `"01"` from the number 01.
    Scalar {
        text: String,
        quoted: bool,
    },
    List(Vec<Node>),
    /// Keys are scalars, each once, in the order of the file.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// The text of a scalar; empty for all else.
    pub(crate) fn text(&self) -> &str {
        match &self.value {
            Value::Scalar { text, .. } => text,
            _ => "",
        }
    }

    /// What it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Scalar { .. } => "a text or number",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// Reads a file's only document. None: the report says why.
pub(crate) fn read(path: &Path, report: &mut Report) -> Option<Node> {
    let cannot_read = "check the path and that it can be read";
    let bytes = match std::fs::metadata(path) {
        Ok(metadata) if metadata.len() > MAX_BYTES => {
            let what = format!("the file has {} bytes", metadata.len());
            report.add(Place::FILE, "", what, "name a contract or pipeline file");
            return None;
        }
        Ok(_) => std::fs::read(path),
        Err(error) => Err(error),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => {
            let what = format!("the file can't be read: {error}");
            report.add(Place::FILE, "", what, cannot_read);
            return None;
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => parse(&text, report),
        Err(error) => {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            let place = Place { line, column: 1 };
            report.add(
                place,
                "",
                "this line is not UTF-8",
                "save the file as UTF-8",
            );
            None
        }
    }
}

/// Reads the only document of a text. None: the report says why.
pub(crate) fn parse(text: &str, report: &mut Report) -> Option<Node> {
    let mut builder = Builder::default();
    for next in Parser::new_from_str(text) {
        let (event, span) = match next {
            Ok(next) => next,
            Err(error) => {
                let mark = error.marker();
                let place = Place {
                    line: mark.line(),
                    column: mark.col() + 1,
                };
                let line = text.lines().nth(mark.line().saturating_sub(1));
                let remedy = "check indentation, colons, quotes and brackets here and just above";
                let what = format!("this is not YAML: {}", error.info());
                report.add(place, line.unwrap_or("").trim(), what, remedy);
                return None;
            }
        };
        builder.take(event, span, report)?;
    }
    if builder.root.is_none() {
        report.add(
            Place::FILE,
            "",
            "the file is empty",
            "see the files shipped in schemas/ and pipelines/",
        );
    }
    builder.root
}

/// A list or mapping whose end is still to come.
struct Open {
    place: Place,
    children: Vec<Node>,
    is_map: bool,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

impl Builder {
    /// None: reading on makes no sense.
    fn take(&mut self, event: Event<'_>, span: Span, report: &mut Report) -> Option<()> {
        let place = Place {
            line: span.start.line(),
            column: span.start.col() + 1,
        };
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    report.add(
                        place,
                        "---",
                        "a second document begins here",
                        "keep one document in a file",
                    );
                    return None;
                }
            }
            Event::Scalar(text, style, anchor, _) => {
                refuse_anchor(anchor, place, report);
                let quoted = style != ScalarStyle::Plain;
                let value = match text.as_ref() {
                    "" | "~" | "null" | "Null" | "NULL" if !quoted => Value::Null,
                    text => Value::Scalar {
                        text: text.to_owned(),
                        quoted,
                    },
                };
                self.add(Node { place, value });
            }
            Event::SequenceStart(_, anchor, _) | Event::MappingStart(_, anchor, _) => {
                refuse_anchor(anchor, place, report);
                if self.open.len() >= MAX_DEPTH {
                    report.add(
                        place,
                        "",
                        format!("nested deeper than {MAX_DEPTH} levels"),
                        "flatten it",
                    );
                    return None;
                }
                let is_map = matches!(event, Event::MappingStart(..));
                self.open.push(Open {
                    place,
                    children: Vec::new(),
                    is_map,
                });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let open = self.open.pop()?;
                let value = if open.is_map {
                    Value::Map(pairs(open.children, report))
                } else {
                    Value::List(open.children)
                };
                self.add(Node {
                    place: open.place,
                    value,
                });
            }
            Event::Alias(_) => {
                report.add(
                    place,
                    "*",
                    "aliases are not read here",
                    "write the value out",
                );
                self.add(Node {
                    place,
                    value: Value::Null,
                });
            }
            _ => {}
        }
        Some(())
    }

    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(open) => open.children.push(node),
            None => self.root = Some(node),
        }
    }
}

fn refuse_anchor(anchor: usize, place: Place, report: &mut Report) {
    if anchor != 0 {
        report.add(
            place,
            "&",
            "anchors are not read here",
            "remove the anchor and write values out",
        );
    }
}

/// Children of a mapping come as key, value, key, value. A key that comes twice keeps its first value.
fn pairs(children: Vec<Node>, report: &mut Report) -> Vec<(Node, Node)> {
    let mut pairs: Vec<(Node, Node)> = Vec::with_capacity(children.len() / 2);
    let mut children = children.into_iter();
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        if !matches!(key.value, Value::Scalar { .. }) {
            let what = format!("a key must be a word, this is {}", key.kind());
            report.add(key.place, "", what, "write `key: value`");
            continue;
        }
        match pairs.iter().find(|(other, _)| other.text() == key.text()) {
            None => pairs.push((key, value)),
            Some((first, _)) => {
                let what = format!(
                    "`{}` stands here twice, first in line {}",
                    key.text(),
                    first.place.line
                );
                report.add(key.place, key.text(), what, "keep one of the two");
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(text: &str) -> Vec<String> {
        let mut report = Report::new(Path::new("f.yaml"));
        parse(text, &mut report);
        report
            .into_problems()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn every_key_and_value_knows_its_place() {
        let mut report = Report::new(Path::new("f.yaml"));
        let root = parse("名: 甲\nlist:\n  - \"01\"\n  - {a: ~}\n", &mut report).unwrap();
        assert!(report.is_empty());
        let Value::Map(pairs) = &root.value else {
            panic!("a mapping")
        };
        assert_eq!(pairs[0].1.place, Place { line: 1, column: 4 });
        let Value::List(items) = &pairs[1].1.value else {
            panic!("a list")
        };
        assert_eq!(items[0].place, Place { line: 3, column: 5 });
        assert!(matches!(
            &items[0].value,
            Value::Scalar { quoted: true, .. }
        ));
        let Value::Map(inner) = &items[1].value else {
            panic!("a mapping")
        };
        assert!(matches!(inner[0].1.value, Value::Null));
    }

    #[test]
    fn what_other_readers_would_take_differently_is_refused() {
        assert!(problems_of("a: 1\na: 2\n")[0].contains("stands here twice, first in line 1"));
        assert!(problems_of("a: &x 1\nb: *x\n")[0].contains("anchors are not read"));
        assert!(problems_of("a: 1\n---\nb: 2\n")[0].contains("second document"));
        assert!(problems_of("? [a]\n: 1\n")[0].contains("a key must be a word"));
        assert!(problems_of("").iter().any(|p| p.contains("empty")));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(5_000);
        assert!(!problems_of(&deep).is_empty());
        let deep: String = (0..200)
            .map(|level| format!("{}a:\n", " ".repeat(level)))
            .collect();
        assert!(problems_of(&deep)[0].contains("nested deeper"));
    }
}
