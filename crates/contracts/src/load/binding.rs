use encoding_rs::{Encoding, REPLACEMENT, UTF_8, X_USER_DEFINED};

use crate::nearest::{nearest, suggest};
use crate::problem::Report;
use crate::reader::{self, Map};
use crate::yaml::{Node, Place};
use crate::{AsOfPattern, Binding, Cadence, FeedName, FormatSpec};

const FORMATS: &[&str] = &["csv", "xlsx", "ndjson", "json", "xml", "geojson"];
/// Keys that only some formats have, and which.
const FORMAT_KEYS: &[(&str, &[&str])] = &[
    ("delimiter", &["csv"]),
    ("quote", &["csv"]),
    ("sheet", &["xlsx"]),
    ("header_row", &["csv", "xlsx"]),
    ("record", &["xml"]),
    ("encoding", &["csv", "ndjson", "json", "xml", "geojson"]),
];
const DELIMITERS: &[(&str, u8)] = &[
    ("comma", b','),
    ("pipe", b'|'),
    ("tab", b'\t'),
    ("semicolon", b';'),
];
const ENCODINGS: &[&str] = &[
    "UTF-8",
    "GB18030",
    "GBK",
    "GB2312",
    "Big5",
    "UTF-16LE",
    "UTF-16BE",
    "windows-1252",
];

/// Reads the binding of a feed. `cadence` is the contract's, `others` the bindings before it.
pub(super) fn read(
    node: &Node,
    feed: FeedName,
    place: Place,
    cadence: Cadence,
    others: &[Binding],
    report: &mut Report,
) -> Option<Binding> {
    let mut map = Map::of(node, "a binding", report)?;
    let example = format!(
        "write `path: {}/{}.csv`, from the folder of --feeds",
        feed.department, feed.feed
    );
    let nodes = map
        .need("path", &example, report)
        .map_or(&[][..], reader::one_or_more);
    let mut paths: Vec<String> = Vec::new();
    for node in nodes {
        if let Some(path) = path(node, &paths, others, report) {
            paths.push(path);
        }
    }
    if nodes.is_empty() && map.get("path").is_some() {
        report.add(
            map.place_of("path"),
            "path",
            "the list of paths is empty",
            &example,
        );
    }
    let format = format(&mut map, report);
    let encoding = map.get("encoding").and_then(|node| encoding(node, report));
    let own_cadence = map
        .get("cadence")
        .and_then(|node| reader::word(node, report));
    let as_of = map.get("as_of").and_then(|node| as_of(node, report));
    let crs = map.get("crs").and_then(|node| reader::word(node, report));
    let mut percent = |key| {
        map.get(key)
            .and_then(|node| reader::percent(node, key, report))
    };
    let max_shrink_percent = percent("max_shrink_percent");
    let max_rejected_percent = percent("max_rejected_percent");
    map.finish(&[], report);
    Some(Binding {
        feed,
        paths,
        format: format?,
        encoding: encoding.unwrap_or(UTF_8),
        cadence: own_cadence.unwrap_or(cadence),
        as_of,
        crs,
        max_shrink_percent,
        max_rejected_percent,
        line: place.line,
    })
}

fn path(node: &Node, before: &[String], others: &[Binding], report: &mut Report) -> Option<String> {
    let text = reader::text(node, "path", report)?;
    let mut wrong = |what: &str, remedy: &str| {
        report.add(
            node.place,
            text,
            format!("the path `{text}` {what}"),
            remedy,
        );
        None
    };
    if text.contains("://") {
        return wrong("is a URL", "write a path from the folder of --feeds");
    }
    if text.contains('\\') {
        return wrong(
            "has backslashes",
            "write `/` between folders, on every system",
        );
    }
    if text.split('/').any(|part| part == "..") {
        return wrong(
            "leads out of its folder",
            "write it without `..` and choose --feeds higher up",
        );
    }
    if let Err(error) = glob::Pattern::new(text) {
        return wrong(
            "is not a glob",
            &format!("mend it at character {}: {}", error.pos + 1, error.msg),
        );
    }
    if before.iter().any(|other| other == text) {
        return wrong("is listed twice", "remove one of the two");
    }
    if let Some(other) = others
        .iter()
        .find(|other| other.paths.iter().any(|path| path == text))
    {
        let what = format!(
            "is already bound to `{}` in line {}",
            other.feed, other.line
        );
        return wrong(&what, "bind each file to one feed");
    }
    Some(text.to_owned())
}

fn format(map: &mut Map, report: &mut Report) -> Option<FormatSpec> {
    let node = map.need("format", &suggest("", FORMATS.iter().copied()), report);
    let word = node.and_then(|node| reader::text(node, "format", report));
    if let (Some(node), Some(word)) = (node, word)
        && !FORMATS.contains(&word)
    {
        let what = format!("`{word}` is not a format");
        report.add(
            node.place,
            word,
            what,
            suggest(word, FORMATS.iter().copied()),
        );
    }
    let word = word.filter(|word| FORMATS.contains(word));
    let delimiter = map
        .get("delimiter")
        .and_then(|node| delimiter(node, report));
    let quote = map.get("quote").and_then(|node| quote(node, report));
    let sheet = map
        .get("sheet")
        .and_then(|node| reader::text(node, "sheet", report));
    let header_row = map
        .get("header_row")
        .and_then(|node| reader::count(node, "header_row", report))
        .unwrap_or(1);
    let record = map
        .get("record")
        .and_then(|node| reader::text(node, "record", report));
    let word = word?;
    for (key, formats) in FORMAT_KEYS {
        if map.get(key).is_some() && !formats.contains(&word) {
            let what = format!("the format {word} has no `{key}`");
            let remedy = format!("remove it; it is for {}", formats.join(", "));
            report.add(map.place_of(key), key, what, remedy);
        }
    }
    Some(match word {
        "xlsx" => FormatSpec::Xlsx {
            sheet: sheet.map(str::to_owned),
            header_row,
        },
        "ndjson" => FormatSpec::Ndjson,
        "json" => FormatSpec::JsonArray,
        "xml" => FormatSpec::Xml {
            record: record.unwrap_or("record").to_owned(),
        },
        "geojson" => FormatSpec::Geojson,
        _ => {
            let delimiter = delimiter.unwrap_or(b',');
            let quote = quote.unwrap_or(Some(b'"'));
            if quote == Some(delimiter) {
                let what = "cells are quoted with the character between them";
                report.add(
                    map.place_of("quote"),
                    "quote",
                    what,
                    "choose another quote or `none`",
                );
            }
            FormatSpec::Csv {
                delimiter,
                quote,
                header_row,
            }
        }
    })
}

/// A word such as `pipe`, or the character itself.
fn delimiter(node: &Node, report: &mut Report) -> Option<u8> {
    let raw = node.text();
    if let Some((_, byte)) = DELIMITERS.iter().find(|(word, _)| *word == raw) {
        return Some(*byte);
    }
    match raw.as_bytes() {
        [byte] if byte.is_ascii_punctuation() || matches!(byte, b'\t' | b' ' | 1..=8 | 28..=31) => {
            Some(*byte)
        }
        _ => {
            let what = format!("`{raw}` can't stand between cells");
            let remedy = match nearest(raw, DELIMITERS.iter().map(|(word, _)| *word)) {
                Some(word) => format!("did you mean `{word}`?"),
                None => {
                    "write `comma`, `pipe`, `tab`, `semicolon` or one ASCII character in quotes"
                        .to_owned()
                }
            };
            report.add(node.place, raw, what, remedy);
            None
        }
    }
}

/// `none`, or one character.
fn quote(node: &Node, report: &mut Report) -> Option<Option<u8>> {
    match node.text().as_bytes() {
        b"none" => Some(None),
        [byte] if byte.is_ascii_punctuation() => Some(Some(*byte)),
        _ => {
            let what = format!("`{}` can't quote cells", node.text());
            report.add(
                node.place,
                node.text(),
                what,
                "write `none`, or one ASCII character such as '\"'",
            );
            None
        }
    }
}

fn encoding(node: &Node, report: &mut Report) -> Option<&'static Encoding> {
    let text = reader::text(node, "encoding", report)?;
    let found = Encoding::for_label(text.as_bytes());
    let found = found.filter(|found| *found != REPLACEMENT && *found != X_USER_DEFINED);
    if found.is_none() {
        let what = format!("`{text}` is not an encoding that can be read");
        let lower = text.to_lowercase();
        let remedy =
            match lower.starts_with("utf") && (lower.contains("sig") || lower.contains("bom")) {
                true => "write UTF-8: a byte-order mark is seen by itself".to_owned(),
                false => suggest(text, ENCODINGS.iter().copied()),
            };
        report.add(node.place, text, what, remedy);
    }
    found
}

fn as_of(node: &Node, report: &mut Report) -> Option<AsOfPattern> {
    let text = reader::text(node, "as_of", report)?;
    let pattern = AsOfPattern::new(text);
    if pattern.is_none() {
        let what = format!("`{text}` is no pattern of file names with one date");
        report.add(node.place, text, what, "write a name with {yyyymmdd}, {yyyy-mm-dd} or {yyyy_mm_dd} in it once, such as \"household_{yyyymmdd}*.csv\"");
    }
    pattern
}
