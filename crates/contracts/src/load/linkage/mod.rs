//! Files that declare a linkage: a pipeline's own model, or a job of `rongtong link`.

mod comparison;
mod context;
mod job;
mod level;
mod rule;

use std::path::Path;

use crate::nearest::suggest;
use crate::problem::Report;
use crate::reader::{self, Map};
use crate::yaml::{Node, Place};
use crate::{ColumnKind, LinkType, Linkage, RESIDENT_COLUMNS};

pub(super) use job::read as read_job;

const LINK_PROBABILITY: f64 = 0.9;
const REVIEW_PROBABILITY: f64 = 0.2;
const MAX_RECORDS_IN_BLOCK: u32 = 100;
const MAX_PAIRS: u32 = 200_000_000;

/// A pattern of agreement holds so many comparisons.
const MOST_COMPARISONS: usize = 15;
/// A rule is a bit of 32.
const MOST_RULES: usize = 32;
/// A context is a byte; a handful is usual.
const MOST_CONTEXTS: usize = 32;

/// Columns that may be named, and what they hold; `None`: those of tables that are still to be read.
type Known = Option<&'static [(&'static str, ColumnKind)]>;

/// Reads a model over the columns of resident records.
pub(super) fn read_model(root: &Node, path: &Path, report: &mut Report) -> Option<Linkage> {
    let mut map = Map::of(root, "a linkage", report)?;
    let link_type = map.get("link_type");
    let typed = link_type.and_then(|node| reader::word::<LinkType>(node, report));
    if let (Some(node), Some(LinkType::LinkOnly)) = (link_type, typed) {
        let what = "the rows of a pipeline are one set of people";
        let remedy = "write `link_type: dedupe_only`, or remove it";
        report.add(node.place, node.text(), what, remedy);
    }
    let linkage = model(&mut map, Some(RESIDENT_COLUMNS), path, report);
    map.finish(&[], report);
    Some(linkage)
}

/// The keys that every linkage has.
fn model(map: &mut Map, known: Known, path: &Path, report: &mut Report) -> Linkage {
    let remedy = "list how columns are compared: `- { column: name, comparison: name_zh }`";
    let key = "comparisons";
    let nodes = map.need(key, remedy, report);
    let nodes = nodes.map_or(&[][..], |node| reader::list(node, key, report));
    let before = report.len();
    let comparisons = comparison::read(nodes, known, report);
    at_most(MOST_COMPARISONS, nodes, key, report);
    let whole = report.len() == before;

    let key = "blocking_rules_to_generate_predictions";
    let remedy = "list which pairs are looked at: `- [surname, date_of_birth]`";
    let nodes = map.need(key, remedy, report);
    let nodes = nodes.map_or(&[][..], |node| reader::list(node, key, report));
    let rules = rule::read(nodes, known, report);
    at_most(MOST_RULES, nodes, key, report);
    for (key, some) in [
        ("comparisons", !comparisons.is_empty()),
        (key, !rules.is_empty()),
    ] {
        if !some && whole && map.get(key).is_some_and(|node| node.kind() == "a list") {
            report.add(
                map.place_of(key),
                key,
                format!("`{key}` is empty"),
                "list one at least",
            );
        }
    }

    let nodes = map
        .get("contexts")
        .map_or(&[][..], |node| reader::list(node, "contexts", report));
    // After a broken comparison, what contexts say of it would be noise.
    let contexts = match whole {
        true => context::read(nodes, &comparisons, report),
        false => Vec::new(),
    };
    at_most(MOST_CONTEXTS, nodes, "contexts", report);

    let mut share = |key, otherwise| match map.get(key) {
        Some(node) => (probability(node, key, report), Some(node.place)),
        None => (Some(otherwise), None),
    };
    let (link, place) = share("link_probability", LINK_PROBABILITY);
    let (review, other) = share("review_probability", REVIEW_PROBABILITY);
    if let (Some(link), Some(review), Some(place)) = (link, review, other.or(place))
        && review > link
    {
        let what = format!("pairs would be linked from {link} on and reviewed from {review} on");
        let remedy = "set review_probability below link_probability";
        report.add(place, "", what, remedy);
    }
    let mut count = |key, otherwise| {
        let node = map.get(key);
        node.map_or(Some(otherwise), |node| reader::count(node, key, report))
            .unwrap_or(otherwise)
    };
    Linkage {
        path: path.to_owned(),
        comparisons,
        rules,
        contexts,
        link_probability: link.unwrap_or(LINK_PROBABILITY),
        review_probability: review.unwrap_or(REVIEW_PROBABILITY),
        max_records_in_block: count("max_records_in_block", MAX_RECORDS_IN_BLOCK),
        max_pairs: count("max_pairs", MAX_PAIRS),
    }
}

fn at_most(most: usize, nodes: &[Node], key: &str, report: &mut Report) {
    if let Some(node) = nodes.get(most) {
        let what = format!("there are {} {key}; at most {most} fit", nodes.len());
        report.add(node.place, node.text(), what, "leave some out");
    }
}

/// A number above 0 and below 1.
fn probability(node: &Node, what: &str, report: &mut Report) -> Option<f64> {
    let number: Option<f64> = node.text().parse().ok();
    let number = number.filter(|number| *number > 0.0 && *number < 1.0);
    if number.is_none() {
        let found = format!("{what} must be above 0 and below 1, not `{}`", node.text());
        report.add(
            node.place,
            node.text(),
            found,
            "write a number such as 0.95",
        );
    }
    number
}

/// A column that may be named, and whether it holds what is needed.
fn column(
    text: &str,
    needs: Option<ColumnKind>,
    (place, node_text): (Place, &str),
    known: Known,
    report: &mut Report,
) -> Option<String> {
    let Some(columns) = known else {
        return Some(text.to_owned());
    };
    let Some((_, kind)) = columns.iter().find(|(name, _)| *name == text) else {
        let what = format!("residents have no column `{text}`");
        let names = columns.iter().map(|(name, _)| *name);
        report.add(place, node_text, what, suggest(text, names));
        return None;
    };
    if needs.is_some_and(|needs| needs != *kind) {
        let what = format!(
            "`{text}` is compared as {kind}; this needs {}",
            needs.map(ColumnKind::as_str).unwrap_or_default()
        );
        let remedy = match kind {
            ColumnKind::Equality => "compare it with `exact`".to_owned(),
            kind => format!("compare it with `{kind}` or `exact`"),
        };
        report.add(place, node_text, what, remedy);
        return None;
    }
    Some(text.to_owned())
}
