//! Comparisons: which column, on which levels.

use super::level::{self, Ready};
use super::{Known, column};
use crate::problem::Report;
use crate::reader::{self, Map};
use crate::yaml::Node;
use crate::{LevelTest, LinkComparison};

/// Beside "else" and "nothing to compare".
const MOST_LEVELS: usize = 14;

pub(super) fn read(nodes: &[Node], known: Known, report: &mut Report) -> Vec<LinkComparison> {
    let mut comparisons: Vec<LinkComparison> = Vec::new();
    for node in nodes {
        let Some(comparison) = comparison(node, known, report) else {
            continue;
        };
        if comparisons
            .iter()
            .any(|other| other.name == comparison.name)
        {
            let what = format!("a second comparison is named `{}`", comparison.name);
            let remedy = "give one of the two another `output_column_name`";
            report.add(node.place, "", what, remedy);
        }
        comparisons.push(comparison);
    }
    comparisons
}

fn comparison(node: &Node, known: Known, report: &mut Report) -> Option<LinkComparison> {
    let mut map = Map::of(node, "a comparison", report)?;
    let output = map.get("output_column_name");
    let name = output.and_then(|node| reader::text(node, "output_column_name", report));
    let of = match map.get("column").or(output) {
        Some(node) => Some(node),
        None => map.need("column", "write `column: surname`", report),
    };
    let text = of.and_then(|node| reader::text(node, "column", report));
    let ready = map.get("comparison");
    let listed = map.get("levels");
    let thresholds = map.get("thresholds");
    let term_frequency = map
        .get("term_frequency_adjustments")
        .and_then(|node| reader::flag(node, "term_frequency_adjustments", report));
    map.finish(&[], report);
    let before = report.len();
    let levels = match (ready, listed) {
        (Some(ready), None) => {
            let word = reader::word::<Ready>(ready, report)?;
            level::ready(word, thresholds, report)
        }
        (None, Some(listed)) => {
            if let Some(node) = thresholds {
                let remedy = "write each as a level, such as `jaro_winkler: 0.9`";
                report.add(
                    node.place,
                    node.text(),
                    "listed levels have no thresholds",
                    remedy,
                );
            }
            level::listed(listed, report)
        }
        (Some(node), Some(_)) => {
            let what = "a comparison is ready-made or has `levels` of its own, not both";
            report.add(node.place, node.text(), what, "remove one of the two");
            return None;
        }
        (None, None) => {
            let what = "a comparison needs `comparison` or `levels`";
            report.add(node.place, "", what, "write `comparison: exact`");
            return None;
        }
    };
    if levels.is_empty() && report.len() == before {
        report.add(
            node.place,
            "",
            "a comparison without levels",
            "write `comparison: exact`",
        );
    }
    if levels.len() > MOST_LEVELS {
        let what = format!("{} levels; at most {MOST_LEVELS} fit", levels.len());
        report.add(node.place, "", what, "leave some out");
    }
    let kind = level::kind(&levels, node, report);
    let place = of.map_or((node.place, ""), |node| (node.place, node.text()));
    let column = column(text?, kind, place, known, report)?;
    for level in &levels {
        if let LevelTest::ColumnsReversed(other) = &level.test
            && *other == column
        {
            let what = format!("`{column}` can't be swapped with itself");
            report.add(node.place, "", what, "name the other column");
        }
    }
    Some(LinkComparison {
        name: name.map_or_else(|| column.clone(), str::to_owned),
        column,
        kind,
        levels,
        term_frequency: term_frequency.unwrap_or(false),
        at: of.map_or(node.place, |node| node.place).into(),
    })
}
