//! Contexts: where agreement says less than by chance.

use crate::nearest::suggest;
use crate::problem::Report;
use crate::reader::{self, Map};
use crate::yaml::{Node, Value};
use crate::{LinkComparison, LinkContext};

pub(super) fn read(
    nodes: &[Node],
    comparisons: &[LinkComparison],
    report: &mut Report,
) -> Vec<LinkContext> {
    let mut contexts: Vec<LinkContext> = Vec::new();
    for node in nodes {
        let Some(context) = context(node, comparisons, report) else {
            continue;
        };
        let taken = context.name == "strangers";
        if taken || contexts.iter().any(|other| other.name == context.name) {
            let what = format!("a second context is named `{}`", context.name);
            let what = match taken {
                true => "`strangers` are all pairs without a context".to_owned(),
                false => what,
            };
            report.add(node.place, "", what, "write another name");
        }
        contexts.push(context);
    }
    contexts
}

fn context(
    node: &Node,
    comparisons: &[LinkComparison],
    report: &mut Report,
) -> Option<LinkContext> {
    let mut map = Map::of(node, "a context", report)?;
    let name = map.need("name", "write `name: one household`", report);
    let name = name.and_then(|node| reader::text(node, "the name", report));
    let when = map.need("when", "write `when: [phone, address]`", report);
    let and = map.get("and");
    let apart = map.get("apart").map_or(&[][..], reader::one_or_more).iter();
    let apart: Vec<usize> = apart
        .filter_map(|node| Some(situation(node, comparisons, report)?.0))
        .collect();
    map.finish(&[], report);
    let groups = std::iter::once(when?).chain(and);
    let when = groups.map(|any| {
        let any = reader::one_or_more(any).iter();
        any.filter_map(|node| situation(node, comparisons, report))
            .collect()
    });
    let when = when.collect();
    Some(LinkContext {
        name: name?.to_owned(),
        when,
        apart,
    })
}

/// A comparison that agrees on its strongest level, or on `level` at least.
fn situation(
    node: &Node,
    comparisons: &[LinkComparison],
    report: &mut Report,
) -> Option<(usize, usize)> {
    let (mut named, mut level) = (Some(node), None);
    if let Value::Map(_) = node.value {
        let mut map = Map::of(node, "a situation", report)?;
        let remedy = "write `{ comparison: name, level: same_sound }`";
        named = map.need("comparison", remedy, report);
        level = map.get("level");
        map.finish(&[], report);
    }
    let named = named?;
    let text = reader::text(named, "a comparison's name", report)?;
    let Some((at, comparison)) = comparisons
        .iter()
        .enumerate()
        .find(|(_, comparison)| comparison.name == text)
    else {
        let what = format!("no comparison is named `{text}`");
        let names = comparisons
            .iter()
            .map(|comparison| comparison.name.as_str());
        report.add(named.place, text, what, suggest(text, names));
        return None;
    };
    let Some(level) = level else {
        return Some((at, 0));
    };
    let text = reader::text(level, "a level's name", report)?;
    let levels = comparison.levels.iter().map(|level| level.name.as_str());
    let place = levels.clone().position(|name| name == text);
    if place.is_none() {
        let what = format!("`{}` has no level `{text}`", comparison.name);
        report.add(level.place, text, what, suggest(text, levels));
    }
    Some((at, place?))
}
