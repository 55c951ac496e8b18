use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::path::plain;
use super::{authority, binding, load_contract, load_linkage};
use crate::nearest::nearest;
use crate::pipeline::{KEEP_RELEASES, RESTRICTED};
use crate::problem::Report;
use crate::reader::{self, Map};
use crate::residents::CONFLICTS;
use crate::yaml::{Node, Place, Value};
use crate::{Binding, Cadence, Contract, FeedName, FeedNameError, Linking, Pipeline, Standard};

const MAX_SHRINK_PERCENT: f64 = 20.0;
const MAX_REJECTED_PERCENT: f64 = 5.0;
const MIN_LINK_PRECISION_PERCENT: f64 = 98.0;
const DECISIONS: &str = "decisions.csv";

/// Reads a pipeline; None if there is nothing to go on with. The report may have problems all the same.
pub(super) fn read(root: &Node, path: &Path, report: &mut Report) -> Option<Pipeline> {
    let mut map = Map::of(root, "a pipeline", report)?;
    let name = map
        .get("name")
        .and_then(|node| reader::text(node, "name", report));
    map.get("description")
        .and_then(|node| reader::text(node, "description", report));
    let mut percent = |key| {
        map.get(key)
            .and_then(|node| reader::percent(node, key, report))
    };
    let max_shrink_percent = percent("max_shrink_percent").unwrap_or(MAX_SHRINK_PERCENT);
    let max_rejected_percent = percent("max_rejected_percent").unwrap_or(MAX_REJECTED_PERCENT);
    let min_link_precision_percent =
        percent("min_link_precision_percent").unwrap_or(MIN_LINK_PRECISION_PERCENT);
    let linkage = map
        .get("linkage")
        .and_then(|node| linking(node, path, report));
    let decisions = map
        .get("decisions")
        .and_then(|node| reader::text(node, "decisions", report));
    let decisions = decisions.unwrap_or(DECISIONS);
    let archive = map
        .get("archive")
        .and_then(|node| reader::flag(node, "archive", report));
    let keep_releases = map
        .get("keep_releases")
        .and_then(|node| reader::count(node, "keep_releases", report));
    let max_memory_mb = map
        .get("max_memory_mb")
        .and_then(|node| reader::count(node, "max_memory_mb", report));
    let restricted = map.get("restricted").map(|node| restricted(node, report));
    let folder = contracts_folder(&mut map, path, report);
    let feeds = map.need(
        "feeds",
        "list the feeds under it: `department.feed:` and its binding",
        report,
    );

    let mut bindings: Vec<Binding> = Vec::new();
    let mut contracts: BTreeMap<FeedName, Contract> = BTreeMap::new();
    let mut named: Vec<FeedName> = Vec::new();
    let feeds = feeds.and_then(|node| Map::of(node, "feeds", report));
    for (key, node) in feeds.as_ref().map_or(&[][..], |feeds| feeds.pairs()) {
        let Some(feed) = feed_name(key, folder.as_deref(), report) else {
            continue;
        };
        named.push(feed.clone());
        let contract = folder
            .as_deref()
            .and_then(|folder| contract_of(&feed, key, folder, report));
        let cadence = contract
            .as_ref()
            .map_or(Cadence::Increment, |contract| contract.cadence);
        if let Some(binding) =
            binding::read(node, feed.clone(), key.place, cadence, &bindings, report)
        {
            has_coordinates(&binding, contract.as_ref(), node, report);
            bindings.push(binding);
        }
        if let Some(contract) = contract {
            contracts.insert(feed, contract);
        }
    }
    if let Some(feeds) = &feeds
        && feeds.pairs().is_empty()
    {
        report.add(
            map.place_of("feeds"),
            "feeds",
            "the pipeline binds no feed",
            "add one under `feeds:`",
        );
    }
    let overrides = map.get("authority");
    let all_read = feeds.is_some_and(|feeds| feeds.pairs().len() == contracts.len());
    let bound = authority::Bound {
        names: &named,
        contracts: &contracts,
        all_read,
    };
    let authority = authority::read(overrides, &bound, report);
    let conflicts = conflicts(&mut map, &contracts, report);
    map.finish(&[], report);
    Some(Pipeline {
        name: name.map_or_else(|| name_of(path), str::to_owned),
        path: path.to_owned(),
        bindings,
        contracts,
        authority,
        conflicts,
        max_shrink_percent,
        max_rejected_percent,
        keep_releases: keep_releases.unwrap_or(KEEP_RELEASES),
        max_memory_mb,
        linkage: linkage.unwrap_or(Linking::On),
        min_link_precision_percent,
        decisions: path.parent().unwrap_or(Path::new("")).join(decisions),
        archive: archive.unwrap_or(true),
        restricted: restricted.unwrap_or_default(),
    })
}

/// The folder's name for `pipeline.yaml`, else the file's.
fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    let folder = path.parent().and_then(Path::file_name);
    let name = if stem == "pipeline" {
        folder.unwrap_or(stem)
    } else {
        stem
    };
    name.to_string_lossy().into_owned()
}

fn restricted(node: &Node, report: &mut Report) -> BTreeMap<String, String> {
    let Some(mut map) = Map::of(node, "restricted", report) else {
        return BTreeMap::new();
    };
    let mut given: Vec<(&str, String, Place)> = Vec::new();
    for key in RESTRICTED {
        if let Some(node) = map.get(key)
            && let Some(text) = reader::text(node, key, report)
        {
            given.push((*key, text.to_owned(), node.place));
        }
    }
    map.finish(&[], report);
    // What is restricted in one table is so in the other.
    let is_given = |key: &str| given.iter().any(|(given, ..)| *given == key);
    let records = given.iter().find(|(key, ..)| *key == "records");
    if let Some((_, records, place)) = records.filter(|_| !is_given("records_since")) {
        let since = format!("{}_since", records.trim_end_matches('/'));
        given.push(("records_since", since, *place));
    }
    let keyed = given
        .iter()
        .map(|(key, text, _)| ((*key).to_owned(), text.clone()));
    let places = keyed.collect();
    each_has_its_own(given, report);
    places
}

/// Two tables in one folder would take each other's commits for those of another run.
fn each_has_its_own(mut given: Vec<(&str, String, Place)>, report: &mut Report) {
    given.sort_by_key(|(_, _, place)| place.line);
    let mut taken: Vec<(String, &str, Option<usize>)> = RESTRICTED
        .iter()
        .filter(|key| !given.iter().any(|(other, ..)| other == *key))
        .map(|key| (normal(key), *key, None))
        .collect();
    for (key, text, place) in given {
        let folder = normal(&text);
        if let Some((_, other, line)) = taken.iter().find(|(other, ..)| *other == folder) {
            let (whose, remedy) = match line {
                Some(line) => (
                    format!("in line {line}"),
                    format!("write `{folder}/{other}` and `{folder}/{key}`"),
                ),
                None => (
                    "where nothing else is said".to_owned(),
                    format!("choose another folder, or say where `{other}` lies"),
                ),
            };
            let what = format!("`{key}` has the place that `{other}` has {whose}");
            report.add(place, &text, what, remedy);
        }
        taken.push((folder, key, Some(place.line)));
    }
}

/// The one spelling of a place: `file:///a/./b/` is `/a/b`.
fn normal(place: &str) -> String {
    let (scheme, path) = place.split_once("://").unwrap_or(("", place));
    let root = match scheme {
        "" | "file" if path.starts_with('/') => "/".to_owned(),
        "" | "file" => String::new(),
        store => format!("{store}://"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    root + &parts.join("/")
}

/// `off`, `on`, or a file that declares a model, from the pipeline's folder.
fn linking(node: &Node, path: &Path, report: &mut Report) -> Option<Linking> {
    let text = reader::text(node, "linkage", report)?;
    match text {
        "off" | "false" => return Some(Linking::Off),
        "on" | "true" => return Some(Linking::On),
        _ => {}
    }
    let file = plain(&path.parent().unwrap_or(Path::new("")).join(text));
    if !file.is_file() {
        let what = format!("there is no file {}", file.display());
        let remedy = "write `on`, `off`, or the file of a model, from this file's folder";
        report.add(node.place, text, what, remedy);
        return None;
    }
    match load_linkage(&file) {
        Ok(linkage) => Some(Linking::Declared(Box::new(linkage))),
        Err(problems) => {
            report.append(problems);
            None
        }
    }
}

/// `contracts` is relative to the pipeline's file.
fn contracts_folder(map: &mut Map, path: &Path, report: &mut Report) -> Option<PathBuf> {
    let node = map.need(
        "contracts",
        "write `contracts: ../../schemas`, from this file's folder",
        report,
    )?;
    let text = reader::text(node, "contracts", report)?;
    let folder = path.parent().unwrap_or(Path::new("")).join(text);
    let folder = plain(&folder);
    if !folder.is_dir() {
        let what = format!("there is no folder {}", folder.display());
        report.add(
            node.place,
            text,
            what,
            "write the folder of the contracts, from this file's folder",
        );
        return None;
    }
    Some(folder)
}

fn feed_name(key: &Node, folder: Option<&Path>, report: &mut Report) -> Option<FeedName> {
    let name: Result<FeedName, FeedNameError> = key.text().parse();
    if name.is_err() {
        let what = format!("`{}` is not a feed's name", key.text());
        let known = folder.map(known_feeds).unwrap_or_default();
        let remedy = match nearest(key.text(), known.iter().map(String::as_str)) {
            Some(word) => format!("did you mean `{word}`?"),
            None => {
                "write department.feed, such as `public_security.household_register`".to_owned()
            }
        };
        report.add(key.place, key.text(), what, remedy);
    }
    name.ok()
}

fn contract_of(
    feed: &FeedName,
    key: &Node,
    folder: &Path,
    report: &mut Report,
) -> Option<Contract> {
    let path = folder
        .join(&feed.department)
        .join(format!("{}.odcs.yaml", feed.feed));
    if !path.is_file() {
        let what = format!("the feed `{feed}` has no contract {}", path.display());
        let known = known_feeds(folder);
        let remedy = match nearest(key.text(), known.iter().map(String::as_str)) {
            Some(word) => format!("did you mean `{word}`? If not, write that contract"),
            None if known.is_empty() => "write that contract".to_owned(),
            None => format!("write that contract; there are `{}`", known.join("`, `")),
        };
        report.add(key.place, key.text(), what, remedy);
        return None;
    }
    let contract = match load_contract(&path) {
        Ok(contract) => contract,
        Err(problems) => {
            report.append(problems);
            return None;
        }
    };
    if &contract.feed != feed {
        let what = format!("{} is the contract of `{}`", path.display(), contract.feed);
        let remedy = format!(
            "write `domain: {}` and `name: {}` there",
            feed.department, feed.feed
        );
        report.add(key.place, key.text(), what, remedy);
        return None;
    }
    Some(contract)
}

/// The feeds that have a contract in the folder, sorted.
fn known_feeds(folder: &Path) -> Vec<String> {
    let names_in = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    };
    let mut feeds = Vec::new();
    for department in names_in(folder) {
        for file in names_in(&folder.join(&department)) {
            if let Some(feed) = file.strip_suffix(".odcs.yaml") {
                feeds.push(format!("{department}.{feed}"));
            }
        }
    }
    feeds.sort();
    feeds
}

/// A coordinate system is for feeds with coordinates.
fn has_coordinates(
    binding: &Binding,
    contract: Option<&Contract>,
    node: &Node,
    report: &mut Report,
) {
    let (Some(_), Some(contract)) = (binding.crs, contract) else {
        return;
    };
    let place = |column: &crate::ContractColumn| {
        matches!(column.standard, Standard::Coordinate | Standard::Geometry)
    };
    if contract.columns.iter().any(place) {
        return;
    }
    let Value::Map(pairs) = &node.value else {
        return;
    };
    for (key, _) in pairs.iter().filter(|(key, _)| key.text() == "crs") {
        let what = format!("`{}` has no coordinates", binding.feed);
        report.add(key.place, "crs", what, "remove `crs`");
    }
}

/// Those always kept, the contracts' and the pipeline's.
fn conflicts(
    map: &mut Map,
    contracts: &BTreeMap<FeedName, Contract>,
    report: &mut Report,
) -> Vec<String> {
    let nodes = map.get("conflicts").map_or(&[][..], reader::one_or_more);
    let own = nodes
        .iter()
        .filter(|node| super::contract::known_attribute(node, report));
    let mut all: Vec<String> = own.map(|node| node.text().to_owned()).collect();
    all.extend(CONFLICTS.iter().map(|attribute| (*attribute).to_owned()));
    all.extend(
        contracts
            .values()
            .flat_map(|contract| contract.conflicts.clone()),
    );
    all.sort();
    all.dedup();
    all
}
