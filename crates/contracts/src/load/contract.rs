use std::collections::BTreeMap;
use std::path::Path;

use super::column::{self, COLUMN_PROPERTIES, Columns};
use super::mention;
use crate::feed::is_word;
use crate::nearest::suggest;
use crate::problem::Report;
use crate::reader::{self, Map};
use crate::residents::ATTRIBUTES;
use crate::yaml::{Node, Place, Value};
use crate::{Cadence, Contract, FeedName, Mention, Rank, SharingClass, Standard};

const API_VERSION: &str = "v3.1.0";

/// Keys that ODCS v3.1 has and that nothing here depends on.
const ODCS_KEYS: &[&str] = &[
    "tenant",
    "tags",
    "servers",
    "dataProduct",
    "support",
    "price",
    "team",
    "roles",
    "slaDefaultElement",
    "slaProperties",
    "authoritativeDefinitions",
    "contractCreatedTs",
];
const ODCS_OBJECT_KEYS: &[&str] = &[
    "id",
    "name",
    "physicalName",
    "physicalType",
    "authoritativeDefinitions",
    "tags",
    "quality",
    "dataGranularityDescription",
    "relationships",
];

/// Custom properties of the contract as a whole, for columns that have them by mistake.
pub(super) const CONTRACT_PROPERTIES: &[(&str, &str)] = &[
    ("cadence", CONTRACT_HOME),
    ("timeColumn", CONTRACT_HOME),
    ("mentions", CONTRACT_HOME),
    ("homes", CONTRACT_HOME),
    ("authority", CONTRACT_HOME),
    ("conflicts", CONTRACT_HOME),
];
const CONTRACT_HOME: &str = "the customProperties at the end of the contract";

/// Reads a contract; None if there is nothing to go on with. The report may have problems all the same.
pub(super) fn read(root: &Node, path: &Path, report: &mut Report) -> Option<Contract> {
    let mut map = Map::of(root, "a contract", report)?;
    exactly(&mut map, "apiVersion", API_VERSION, report);
    exactly(&mut map, "kind", "DataContract", report);
    let feed = feed_name(&mut map, report);
    let mut label = |key, remedy| {
        let node = map.need(key, remedy, report)?;
        reader::text(node, key, report).map(str::to_owned)
    };
    let id = label("id", "write `id: <department>.<feed>`");
    let version = label("version", "write `version: 1.0.0`");
    let status = label("status", "write `status: active`");
    let description = map.get("description").map(|node| purpose(node, report));
    let custom = map.get("customProperties");
    let mut custom = Map::of_custom_properties(custom, map.place_of("customProperties"), report);
    let sharing = sharing(&mut custom, report);
    let object = schema_object(&mut map, report);
    map.finish(ODCS_KEYS, report);

    let before = report.len();
    let (titles, columns) = object.and_then(|object| schema(object, sharing, report))?;
    let (mentions, homes) = mention::read(&mut custom, &columns, report);
    let sound = report.len() == before;
    let time_column = time_column(&mut custom, &columns, report);
    let cadence = cadence(&mut custom, report);
    let authority = authority(&mut custom, sound.then_some(&mentions), report);
    let conflicts = conflicts(&mut custom, report);
    custom.finish_custom(COLUMN_PROPERTIES, report);
    Some(Contract {
        feed: feed?,
        id: id?,
        version: version?,
        status: status?,
        title_zh: titles.0,
        title_en: titles.1,
        description: description.unwrap_or_default(),
        columns: columns.read,
        mentions,
        homes,
        time_column,
        cadence,
        sharing: sharing.unwrap_or(SharingClass::Withheld),
        authority,
        conflicts,
        path: path.to_owned(),
    })
}

fn exactly(map: &mut Map, key: &'static str, value: &str, report: &mut Report) {
    let remedy = format!("write `{key}: {value}`");
    if let Some(node) = map.need(key, &remedy, report)
        && node.text() != value
    {
        let what = format!("{key} `{}` is not read here", node.text());
        report.add(node.place, node.text(), what, remedy);
    }
}

/// `domain` and `name` are the feed's name.
fn feed_name(map: &mut Map, report: &mut Report) -> Option<FeedName> {
    let mut part = |key, example: &str| {
        let remedy = format!("write `{key}: {example}`");
        let node = map.need(key, &remedy, report)?;
        let text = reader::text(node, key, report)?;
        if !is_word(text) {
            let what = format!("{key} `{text}` can't be part of a feed's name");
            let remedy = format!("write lower-case letters, digits and `_`, such as `{example}`");
            report.add(node.place, text, what, remedy);
            return None;
        }
        Some(text)
    };
    let department = part("domain", "public_security");
    let feed = part("name", "household_register");
    FeedName::new(department?, feed?).ok()
}

/// ODCS `description` of a contract: its purpose is what we show.
fn purpose(node: &Node, report: &mut Report) -> String {
    let Some(mut map) = Map::of(node, "description", report) else {
        return String::new();
    };
    let purpose = map
        .get("purpose")
        .and_then(|node| reader::text(node, "purpose", report));
    let also = [
        "usage",
        "limitations",
        "authoritativeDefinitions",
        "customProperties",
    ];
    map.finish(&also, report);
    purpose.unwrap_or_default().to_owned()
}

fn sharing(custom: &mut Map, report: &mut Report) -> Option<SharingClass> {
    let remedy = "add `{ property: sharing, value: 有条件 }` to the contract's customProperties";
    let node = custom.need("sharing", remedy, report)?;
    reader::word(node, report)
}

fn cadence(custom: &mut Map, report: &mut Report) -> Cadence {
    let remedy = "add `{ property: cadence, value: increment }` to the contract's customProperties";
    let node = custom.need("cadence", remedy, report);
    node.and_then(|node| reader::word(node, report))
        .unwrap_or(Cadence::Increment)
}

fn schema_object<'a>(map: &mut Map<'a>, report: &mut Report) -> Option<&'a Node> {
    let schema = map.need("schema", "write the feed's columns under `schema:`", report)?;
    let objects = reader::list(schema, "schema", report);
    if let [_, second, ..] = objects {
        let what = "a contract describes one feed, this is a second object";
        report.add(second.place, "", what, "write a contract of its own for it");
    }
    if objects.is_empty() && matches!(schema.value, Value::List(_)) {
        report.add(
            schema.place,
            "",
            "schema is empty",
            "write the feed's columns under it",
        );
    }
    objects.first()
}

/// The feed's titles and its columns.
fn schema(
    node: &Node,
    sharing: Option<SharingClass>,
    report: &mut Report,
) -> Option<((String, String), Columns)> {
    let mut map = Map::of(node, "a schema object", report)?;
    let name = map.need("name", "write the feed's name", report);
    let name = name.and_then(|node| reader::text(node, "name", report));
    let titles = column::titles(&mut map, name.unwrap_or_default(), report);
    map.get("description")
        .and_then(|node| reader::text(node, "description", report));
    if let Some(node) = map.get("logicalType")
        && node.text() != "object"
    {
        let what = format!("the logicalType of a feed is not `{}`", node.text());
        report.add(node.place, node.text(), what, "write `logicalType: object`");
    }
    let custom = map.get("customProperties");
    let place = map.place_of("customProperties");
    let mut elsewhere = [CONTRACT_PROPERTIES, COLUMN_PROPERTIES].concat();
    elsewhere.push(("sharing", CONTRACT_HOME));
    Map::of_custom_properties(custom, place, report).finish_custom(&elsewhere, report);
    let properties = map.need("properties", "list the feed's columns under it", report);
    let columns = properties.map(|node| column::read(node, sharing, report));
    map.finish(ODCS_OBJECT_KEYS, report);
    Some((titles, columns?))
}

fn time_column(custom: &mut Map, columns: &Columns, report: &mut Report) -> Option<String> {
    let node = custom.get("timeColumn")?;
    columns.name(
        node,
        "timeColumn",
        &[Standard::Timestamp, Standard::Date],
        report,
    )
}

/// The feed's ranks. Every attribute that a row feeds needs one, or nobody could say whose value wins.
/// Without `mentions` (they have problems of their own) that is not held against it.
fn authority(
    custom: &mut Map,
    mentions: Option<&Vec<Mention>>,
    report: &mut Report,
) -> BTreeMap<String, Rank> {
    let node = custom.get("authority");
    let map = node.and_then(|node| Map::of(node, "authority", report));
    let pairs = map.as_ref().map_or(&[][..], |map| map.pairs());
    if let Some(mentions) = mentions {
        fits(pairs, custom.place_of("authority"), mentions, report);
    }
    let mut ranks = BTreeMap::new();
    for (key, value) in pairs {
        if known_attribute(key, report)
            && let Some(rank) = rank(value, report)
        {
            ranks.insert(key.text().to_owned(), rank);
        }
    }
    ranks
}

/// Ranks are for what the mentions feed: all of that and nothing else.
fn fits(pairs: &[(&Node, &Node)], place: Place, mentions: &[Mention], report: &mut Report) {
    let feeds = |attribute: &str| {
        mentions.iter().any(|mention| {
            mention.attributes.contains_key(attribute)
                || (attribute == "sex" && mention.fixed_sex.is_some())
        })
    };
    for (key, _) in pairs {
        let attribute = key.text();
        if ATTRIBUTES.contains(&attribute) && !feeds(attribute) {
            let what = format!("no column of this contract feeds `{attribute}`");
            let remedy = format!(
                "remove it, or add `{{ property: attribute, value: {attribute} }}` to a column"
            );
            report.add(key.place, attribute, what, remedy);
        }
    }
    let listed = |attribute: &str| pairs.iter().any(|(key, _)| key.text() == attribute);
    for attribute in ATTRIBUTES
        .iter()
        .filter(|attribute| feeds(attribute) && !listed(attribute))
    {
        let what = format!("the contract feeds `{attribute}` but has no authority for it");
        let remedy = format!("add `{attribute}: <place>` to authority; 1 wins over 2");
        report.add(place, "", what, remedy);
    }
}

/// Whether the attribute is one of residents; reported if not.
pub(super) fn known_attribute(node: &Node, report: &mut Report) -> bool {
    let known = ATTRIBUTES.contains(&node.text());
    if !known {
        let what = format!("`{}` is not an attribute of residents", node.text());
        let remedy = suggest(node.text(), ATTRIBUTES.iter().copied());
        report.add(node.place, node.text(), what, remedy);
    }
    known
}

/// `3`, or `{ newest: 3 }`.
fn rank(node: &Node, report: &mut Report) -> Option<Rank> {
    let (place, newest) = match &node.value {
        Value::Map(_) => {
            let mut map = Map::of(node, "a rank", report)?;
            let place = map.need("newest", "write `{ newest: 1 }`", report);
            map.finish(&[], report);
            (place?, true)
        }
        _ => (node, false),
    };
    let Place { line, .. } = node.place;
    let place = reader::count(place, "a place in the authority order", report)?;
    Some(Rank {
        place,
        newest,
        line,
    })
}

fn conflicts(custom: &mut Map, report: &mut Report) -> Vec<String> {
    let nodes = custom.get("conflicts").map_or(&[][..], reader::one_or_more);
    let known = nodes.iter().filter(|node| known_attribute(node, report));
    known.map(|node| node.text().to_owned()).collect()
}
