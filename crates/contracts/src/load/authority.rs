use std::collections::BTreeMap;

use super::contract::known_attribute;
use crate::nearest::suggest;
use crate::problem::Report;
use crate::reader::{self, Map};
use crate::yaml::{Node, Place, Value};
use crate::{Authority, Contract, FeedName, Rank};

/// What a pipeline binds, as far as it could be read.
pub(super) struct Bound<'a> {
    pub(super) names: &'a [FeedName],
    pub(super) contracts: &'a BTreeMap<FeedName, Contract>,
    /// Whether that is everything; if not, an unknown feed may be one of the unread.
    pub(super) all_read: bool,
}

/// Whose value wins, for each attribute that a bound feed knows: the pipeline's own word, else the order of
/// the contracts' ranks.
pub(super) fn read(
    overrides: Option<&Node>,
    bound: &Bound,
    report: &mut Report,
) -> BTreeMap<String, Authority> {
    let own = overrides.map(|node| read_overrides(node, bound, report));
    let mut own = own.unwrap_or_default();
    let mut ranks: BTreeMap<&str, Vec<(&Contract, Rank)>> = BTreeMap::new();
    for contract in bound.contracts.values() {
        for (attribute, rank) in &contract.authority {
            ranks.entry(attribute).or_default().push((contract, *rank));
        }
    }
    let mut all = BTreeMap::new();
    for (attribute, ranks) in ranks {
        let authority = match own.remove(attribute) {
            Some(authority) => authority,
            None => by_rank(attribute, ranks, report),
        };
        all.insert(attribute.to_owned(), authority);
    }
    all
}

/// The contracts' order. Two feeds in one place would leave the choice to chance.
fn by_rank(attribute: &str, mut ranks: Vec<(&Contract, Rank)>, report: &mut Report) -> Authority {
    ranks.sort_by_key(|(_, rank)| rank.place);
    let newest = ranks.iter().any(|(_, rank)| rank.newest);
    for pair in ranks.windows(2) {
        let [(before, first), (contract, rank)] = pair else {
            continue;
        };
        let what = if first.newest != rank.newest {
            format!(
                "`{}` gives the newest `{attribute}`, `{}` has a fixed place",
                named_newest(pair),
                named_fixed(pair)
            )
        } else if first.place == rank.place {
            format!(
                "`{}` and `{}` both have place {} for `{attribute}`",
                before.feed, contract.feed, rank.place
            )
        } else {
            continue;
        };
        let mut other = Report::new(&contract.path);
        let place = Place {
            line: rank.line,
            column: 1,
        };
        let remedy =
            "change one of the two contracts, or set the order under `authority:` in the pipeline";
        other.add(place, attribute, what, remedy);
        report.append(other.into_problems());
    }
    Authority {
        newest,
        feeds: ranks
            .iter()
            .map(|(contract, _)| contract.feed.clone())
            .collect(),
    }
}

fn named_newest(pair: &[(&Contract, Rank)]) -> String {
    let found = pair.iter().find(|(_, rank)| rank.newest);
    found
        .map(|(contract, _)| contract.feed.to_string())
        .unwrap_or_default()
}

fn named_fixed(pair: &[(&Contract, Rank)]) -> String {
    let found = pair.iter().find(|(_, rank)| !rank.newest);
    found
        .map(|(contract, _)| contract.feed.to_string())
        .unwrap_or_default()
}

/// `attribute: [feed, …]`, or `attribute: { newest: [feed, …] }`.
fn read_overrides(node: &Node, bound: &Bound, report: &mut Report) -> BTreeMap<String, Authority> {
    let mut overrides = BTreeMap::new();
    let Some(map) = Map::of(node, "authority", report) else {
        return overrides;
    };
    for (key, value) in map.pairs() {
        if !known_attribute(key, report) {
            continue;
        }
        let attribute = key.text();
        let Some((newest, nodes)) = choice(value, report) else {
            continue;
        };
        let mut feeds: Vec<FeedName> = Vec::new();
        for node in nodes {
            let Some(feed) = knowing_feed(node, attribute, bound, report) else {
                continue;
            };
            if feeds.contains(&feed) {
                let what = format!("`{feed}` stands twice in this order");
                report.add(node.place, node.text(), what, "remove one of the two");
            } else {
                feeds.push(feed);
            }
        }
        if nodes.is_empty() {
            let what = format!("nobody may give `{attribute}`");
            report.add(
                key.place,
                attribute,
                what,
                "list the feeds that may, the best first",
            );
        }
        overrides.insert(attribute.to_owned(), Authority { newest, feeds });
    }
    overrides
}

fn choice<'a>(node: &'a Node, report: &mut Report) -> Option<(bool, &'a [Node])> {
    match &node.value {
        Value::Map(_) => {
            let mut map = Map::of(node, "a choice", report)?;
            let feeds = map.need("newest", "write `{ newest: [feed, …] }`", report);
            map.finish(&[], report);
            Some((true, reader::list(feeds?, "newest", report)))
        }
        _ => Some((false, reader::one_or_more(node))),
    }
}

/// A bound feed whose contract feeds the attribute.
fn knowing_feed(
    node: &Node,
    attribute: &str,
    bound: &Bound,
    report: &mut Report,
) -> Option<FeedName> {
    let text = reader::text(node, "a feed", report)?;
    let feed = bound.names.iter().find(|feed| feed.to_string() == text);
    let Some(feed) = feed else {
        if !bound.all_read {
            return None;
        }
        let what = format!("`{text}` is not a feed of this pipeline");
        let names: Vec<String> = bound.names.iter().map(ToString::to_string).collect();
        report.add(
            node.place,
            text,
            what,
            suggest(text, names.iter().map(String::as_str)),
        );
        return None;
    };
    let contract = bound.contracts.get(feed);
    if contract.is_some_and(|contract| !contract.authority.contains_key(attribute)) {
        let what = format!("`{feed}` has no `{attribute}`");
        report.add(node.place, text, what, "remove it from this order");
        return None;
    }
    Some(feed.clone())
}
