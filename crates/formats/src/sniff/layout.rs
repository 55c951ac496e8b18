//! The layout of some text.

use std::collections::HashMap;
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::csv::{SampleLine, sample};
use crate::json::{WRAPPERS, is_feature};
use crate::limits::Limits;
use crate::open::{Format, Packing, open};
use crate::xlsx::UNNAMED;

/// Delimiters that are tried, the likelier first.
const DELIMITERS: &[u8] = b",\t|;^~\x01\x1F#$";
/// Lines that are looked at.
const LINES: usize = 100;
/// Rows of a workbook among which headings are sought.
const TITLES: u32 = 10;

/// The layout of `text`, and its heading row where it has one.
pub(super) fn guess(text: &str) -> (Format, Option<u32>) {
    let start = text.trim_start();
    match start.chars().next() {
        Some('<') => (
            Format::Xml {
                record: record_name(start),
            },
            None,
        ),
        Some('[') => (Format::JsonArray, None),
        Some('{' | '\u{1E}') => (object(start), None),
        _ => delimited(text),
    }
}

fn object(text: &str) -> Format {
    let mut lines = text
        .lines()
        .map(|line| line.trim_matches(['\u{1E}', ' ', '\r']));
    let first = lines.next().unwrap_or_default();
    if is_feature(first) {
        return Format::Geojson;
    }
    let whole = serde_json::from_str::<serde::de::IgnoredAny>(first).is_ok();
    let more = lines.any(|line| !line.is_empty());
    let squeezed: String = text
        .chars()
        .take(4096)
        .filter(|c| !c.is_whitespace())
        .collect();
    let wraps = |name: &&str| squeezed.contains(&format!("\"{name}\":["));
    match () {
        () if whole && more => Format::Ndjson,
        () if squeezed.contains("\"FeatureCollection\"") || wraps(&"features") => Format::Geojson,
        () if whole && !WRAPPERS.iter().any(wraps) => Format::Ndjson,
        () => Format::JsonArray,
    }
}

/// The element that most often has children, the root aside.
fn record_name(text: &str) -> String {
    let mut xml = Reader::from_reader(text.as_bytes());
    let mut buffer = Vec::new();
    // Open elements, and whether they have children yet.
    let mut open: Vec<(String, bool)> = Vec::new();
    let mut parents: HashMap<String, (usize, usize)> = HashMap::new();
    let mut first_child = None;
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer) {
            Ok(Event::Start(element)) => {
                let depth = open.len();
                let name = element.local_name().as_ref().to_owned();
                if depth == 1 {
                    first_child.get_or_insert_with(|| name.clone());
                }
                if let Some((parent, has)) = open.last_mut()
                    && depth > 1
                    && !*has
                {
                    *has = true;
                    parents.entry(parent.clone()).or_insert((0, depth)).0 += 1;
                }
                open.push((name, false));
            }
            Ok(Event::End(_)) => {
                open.pop();
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    let best = parents
        .into_iter()
        .max_by(|(a, (x, deep)), (b, (y, deeper))| {
            x.cmp(y).then(deeper.cmp(deep)).then_with(|| b.cmp(a))
        });
    best.map(|(name, _)| name)
        .or(first_child)
        .unwrap_or_else(|| "record".into())
}

fn delimited(text: &str) -> (Format, Option<u32>) {
    let quote = Some(b'"');
    let mut best = (0.0, b',', sample(text, b',', quote, LINES));
    for &delimiter in DELIMITERS {
        let lines = sample(text, delimiter, quote, LINES);
        let score = evenness(&lines);
        if score > best.0 {
            best = (score, delimiter, lines);
        }
    }
    let (_, delimiter, mut lines) = best;
    // Quotes that make no sense are characters.
    let quote = quote.filter(|_| !lines.is_empty() && !lines.iter().any(|line| line.spoilt));
    if quote.is_none() {
        lines = sample(text, delimiter, None, LINES);
    }
    let header_row = headings(&lines);
    let format = Format::Csv {
        delimiter,
        quote,
        header_row: header_row.unwrap_or(1),
    };
    (format, header_row)
}

/// How alike the widths of lines are, wide ones counting a little more; 0 for single cells.
fn evenness(lines: &[SampleLine]) -> f64 {
    let (width, count) = usual_width(lines);
    if width < 2 {
        return 0.0;
    }
    count as f64 / lines.len() as f64 * (1.0 - 0.5 / width as f64)
}

fn usual_width(lines: &[SampleLine]) -> (usize, usize) {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for line in lines {
        *counts.entry(line.cells.len()).or_default() += 1;
    }
    let most = counts
        .into_iter()
        .max_by_key(|(width, count)| (*count, *width));
    most.unwrap_or((0, 0))
}

/// The first line of the usual width that is mostly filled, if it looks like headings.
fn headings(lines: &[SampleLine]) -> Option<u32> {
    let (width, _) = usual_width(lines);
    let full = lines.iter().find(|line| {
        let filled = line.cells.iter().filter(|cell| !cell.trim().is_empty());
        line.cells.len() == width && filled.count() * 2 > width
    })?;
    let looks = full.cells.iter().all(|cell| looks_like_heading(cell));
    looks.then_some(full.line)
}

/// Headings are short words; data has numbers and dates.
fn looks_like_heading(cell: &str) -> bool {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let number = cell.trim().parse::<f64>().is_ok();
    cell.chars().count() <= 40 && digits < 6 && !number
}

/// The sheet row of a workbook's headings: the first under which most rows fit.
pub(super) fn workbook_headings(path: &Path) -> Option<u32> {
    (1..=TITLES).find(|header_row| fits(path, *header_row).unwrap_or(false))
}

fn fits(path: &Path, header_row: u32) -> Option<bool> {
    let packing = Packing {
        format: Format::Xlsx {
            sheet: None,
            header_row,
        },
        encoding: encoding_rs::UTF_8,
    };
    let limits = Limits {
        batch_rows: LINES,
        ..Limits::default()
    };
    let mut reader = open(path, &packing, &limits).ok()?.next()?.ok()?.reader;
    let batch = reader.next_batch().ok()??;
    let schema = batch.rows.schema();
    let names = schema.fields().iter().map(|field| field.name().as_str());
    let (beyond, names): (Vec<_>, Vec<_>) = names
        .zip(batch.rows.columns())
        .partition(|(name, _)| name.starts_with(UNNAMED));
    let filled = names.iter().filter(|(name, _)| !name.is_empty()).count();
    let outside = beyond
        .iter()
        .map(|(_, cells)| cells.len() - cells.null_count());
    Some(
        filled * 2 > names.len()
            && outside.max().unwrap_or(0) * 2 <= batch.received()
            && names.iter().all(|(name, _)| looks_like_heading(name)),
    )
}
