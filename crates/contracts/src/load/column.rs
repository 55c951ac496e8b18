use super::codes::{codes, unknown_codes};
use super::contract::{CONTRACT_PROPERTIES, known_attribute};
use crate::feed::is_word;
use crate::nearest::suggest;
use crate::problem::Report;
use crate::reader::{self, Map};
use crate::residents;
use crate::yaml::{Node, Place, Value};
use crate::{ContractColumn, SharingClass, Standard};

/// Keys that ODCS v3.1 has for a property and that nothing here depends on.
const ODCS_PROPERTY_KEYS: &[&str] = &[
    "id",
    "physicalType",
    "authoritativeDefinitions",
    "tags",
    "primaryKey",
    "primaryKeyPosition",
    "logicalTypeOptions",
    "unique",
    "partitioned",
    "partitionKeyPosition",
    "encryptedName",
    "transformSourceObjects",
    "transformLogic",
    "transformDescription",
    "examples",
    "criticalDataElement",
    "relationships",
    "quality",
    "items",
    "properties",
];

/// Custom properties of columns, for contracts that have them in the wrong place.
pub(super) const COLUMN_PROPERTIES: &[(&str, &str)] = &[
    ("standard", COLUMN_HOME),
    ("aliases", COLUMN_HOME),
    ("attribute", COLUMN_HOME),
    ("codes", COLUMN_HOME),
    ("codeList", COLUMN_HOME),
    ("unknownCodes", COLUMN_HOME),
];
const COLUMN_HOME: &str = "the customProperties of the column it is about";

/// Names that the lake adds to every standard table.
const RESERVED: &[&str] = &["resident_key", "id_status"];

/// The columns of a feed as far as they could be read.
pub(super) struct Columns {
    pub(super) read: Vec<ContractColumn>,
    /// What columns say they feed.
    pub(super) feeding: Vec<Feeding>,
    /// Every name, also of columns with a problem: naming such a column is no second mistake.
    names: Vec<(String, Option<Standard>, Place)>,
}

/// A column feeds an attribute of the person in a role.
pub(super) struct Feeding {
    pub(super) column: String,
    /// None: the only role there is.
    pub(super) role: Option<String>,
    pub(super) attribute: String,
    pub(super) place: Place,
}

impl Columns {
    /// The columns of a standard, each with the place of its name.
    pub(super) fn of_standard(&self, standard: Standard) -> impl Iterator<Item = (&str, Place)> {
        let columns = self
            .names
            .iter()
            .filter(move |(_, own, _)| *own == Some(standard));
        columns.map(|(name, _, place)| (name.as_str(), *place))
    }

    /// The column a node names, which must exist and have one of the standards (any, if none is given).
    pub(super) fn name(
        &self,
        node: &Node,
        what: &str,
        standards: &[Standard],
        report: &mut Report,
    ) -> Option<String> {
        let text = reader::text(node, what, report)?;
        let Some((_, standard, _)) = self.names.iter().find(|(name, ..)| name == text) else {
            let found = format!("`{what}` names the column `{text}`, which this contract has not");
            let remedy = suggest(text, self.names.iter().map(|(name, ..)| name.as_str()));
            report.add(node.place, text, found, remedy);
            return None;
        };
        match standard {
            Some(standard) if !standards.is_empty() && !standards.contains(standard) => {
                let found =
                    format!("`{what}` names the column `{text}`, whose standard is {standard}");
                let words: Vec<&str> = standards.iter().map(|standard| standard.as_str()).collect();
                let remedy = format!("name a column whose standard is {}", words.join(" or "));
                report.add(node.place, text, found, remedy);
                None
            }
            _ => Some(text.to_owned()),
        }
    }
}

/// Reads `properties` of the schema object. `sharing` is the contract's class.
pub(super) fn read(node: &Node, sharing: Option<SharingClass>, report: &mut Report) -> Columns {
    let mut columns = Columns {
        read: Vec::new(),
        feeding: Vec::new(),
        names: Vec::new(),
    };
    let items = reader::list(node, "properties", report);
    if items.is_empty() && matches!(node.value, Value::List(_)) {
        report.add(
            node.place,
            "",
            "the feed has no columns",
            "list them under `properties:`",
        );
    }
    let mut headings: Vec<(String, usize)> = Vec::new();
    for item in items {
        read_one(item, sharing, &mut columns, &mut headings, report);
    }
    columns
}

fn read_one(
    node: &Node,
    sharing: Option<SharingClass>,
    columns: &mut Columns,
    headings: &mut Vec<(String, usize)>,
    report: &mut Report,
) -> Option<()> {
    let mut map = Map::of(node, "a column", report)?;
    let name = map.need(
        "name",
        "write the canonical name, such as `name: id_number`",
        report,
    );
    let name = name.and_then(|node| column_name(node, columns, report));
    let physical = map.get("physicalName");
    let (title_zh, title_en) = titles(&mut map, name.unwrap_or_default(), report);
    let description = map
        .get("description")
        .and_then(|node| reader::text(node, "description", report));
    let required = map
        .get("required")
        .and_then(|node| reader::flag(node, "required", report));
    let classification = map.get("classification");
    let classification =
        classification.and_then(|node| reader::text(node, "classification", report));
    let logical_type = map.get("logicalType");
    let custom = map.get("customProperties");
    let place = map.place_of("customProperties");
    let mut own = Map::of_custom_properties(custom, place, report);
    let standard = standard(&mut own, report);
    agrees(logical_type, standard, place, report);
    if let Some(name) = name {
        columns
            .names
            .push((name.to_owned(), standard, map.place_of("name")));
        feeding(&mut own, name, standard, columns, report);
    }
    let aliases = own.get("aliases").map_or(&[][..], reader::one_or_more);
    let column = ContractColumn {
        name: name.unwrap_or_default().to_owned(),
        headings: read_headings(physical, name, aliases, node.place, headings, report),
        standard: standard.unwrap_or(Standard::Text),
        required: required.unwrap_or(false),
        title_zh,
        title_en,
        description: description.unwrap_or_default().to_owned(),
        classification: classification.unwrap_or("internal").to_owned(),
        sharing: own
            .get("sharing")
            .and_then(|node| reader::word(node, report))
            .or(sharing)
            .unwrap_or(SharingClass::Withheld),
        code_list: own
            .get("codeList")
            .and_then(|node| reader::text(node, "codeList", report))
            .map(str::to_owned),
        codes: codes(&mut own, standard, report),
        unknown_codes: Vec::new(),
        line: node.place.line,
    };
    let unknown_codes = unknown_codes(&mut own, standard, &column.codes, report);
    own.finish_custom(CONTRACT_PROPERTIES, report);
    map.finish(ODCS_PROPERTY_KEYS, report);
    columns.read.push(ContractColumn {
        unknown_codes,
        ..column
    });
    Some(())
}

fn column_name<'a>(node: &'a Node, columns: &Columns, report: &mut Report) -> Option<&'a str> {
    let name = reader::text(node, "a column's name", report)?;
    if !is_word(name) || RESERVED.contains(&name) {
        let what = format!("`{name}` can't be a column's name");
        let remedy = match is_word(name) {
            true => "the lake has a column of that name itself; choose another",
            false => {
                "write lower-case letters, digits and `_`, a letter first; headings go to physicalName"
            }
        };
        report.add(node.place, name, what, remedy);
        return None;
    }
    if columns.names.iter().any(|(other, ..)| other == name) {
        let what = format!("a second column has the name `{name}`");
        report.add(node.place, name, what, "rename one of the two");
        return None;
    }
    Some(name)
}

/// `businessName`: `中文 / English`. One title alone serves both; none, the name.
pub(super) fn titles(map: &mut Map, name: &str, report: &mut Report) -> (String, String) {
    let title = map
        .get("businessName")
        .and_then(|node| reader::text(node, "businessName", report));
    let title = title.unwrap_or(name);
    let (zh, en) = title.split_once(" / ").unwrap_or((title, title));
    (zh.trim().to_owned(), en.trim().to_owned())
}

fn standard(own: &mut Map, report: &mut Report) -> Option<Standard> {
    let remedy = "add `{ property: standard, value: text }` (or name, id_number, date …) to its customProperties";
    let node = own.need("standard", remedy, report)?;
    reader::word(node, report)
}

/// `logicalType` is what other tools read; it must say what `standard` makes of the column.
fn agrees(node: Option<&Node>, standard: Option<Standard>, place: Place, report: &mut Report) {
    let Some(standard) = standard else { return };
    let logical_type = standard.logical_type();
    let remedy = format!("write `logicalType: {logical_type}`");
    match node {
        None => report.add(place, "", "a column needs `logicalType`", remedy),
        Some(node) if node.text() != logical_type => {
            let what = format!(
                "logicalType `{}` doesn't go with the standard `{standard}`",
                node.text()
            );
            report.add(
                node.place,
                node.text(),
                what,
                format!("{remedy}, or another standard"),
            );
        }
        Some(_) => {}
    }
}

/// `attribute`: one or several of `phone` or, where a row names several people, `wife.phone`.
fn feeding(
    own: &mut Map,
    name: &str,
    standard: Option<Standard>,
    columns: &mut Columns,
    report: &mut Report,
) {
    for node in own.get("attribute").map_or(&[][..], reader::one_or_more) {
        let Some(text) = reader::text(node, "attribute", report) else {
            continue;
        };
        let (role, attribute) = match text.split_once('.') {
            Some((role, attribute)) => (Some(role.to_owned()), attribute),
            None => (None, text),
        };
        let value = Value::Scalar {
            text: attribute.to_owned(),
            quoted: false,
        };
        if !known_attribute(
            &Node {
                place: node.place,
                value,
            },
            report,
        ) {
            continue;
        }
        let standards = residents::standards_of(attribute);
        if let Some(standard) = standard.filter(|standard| !standards.contains(standard)) {
            let words: Vec<&str> = standards.iter().map(|standard| standard.as_str()).collect();
            let what = format!("a column whose standard is {standard} can't feed `{attribute}`");
            report.add(
                node.place,
                text,
                what,
                format!("its standard must be {}", words.join(" or ")),
            );
        }
        columns.feeding.push(Feeding {
            column: name.to_owned(),
            role,
            attribute: attribute.to_owned(),
            place: node.place,
        });
    }
}

/// The headings that deliveries use; each names one column only.
fn read_headings(
    physical: Option<&Node>,
    name: Option<&str>,
    aliases: &[Node],
    place: Place,
    taken: &mut Vec<(String, usize)>,
    report: &mut Report,
) -> Vec<String> {
    let mut headings = Vec::new();
    let mut take = |text: &str, place: Place, report: &mut Report| {
        if let Some((_, line)) = taken.iter().find(|(heading, _)| heading == text) {
            let what = format!("the heading `{text}` is already taken in line {line}");
            report.add(place, text, what, "give each heading to one column only");
        } else {
            taken.push((text.to_owned(), place.line));
            headings.push(text.to_owned());
        }
    };
    match physical {
        None => take(name.unwrap_or_default(), place, report),
        Some(node) => {
            if let Some(text) = reader::text(node, "physicalName", report) {
                take(text, node.place, report);
            }
        }
    }
    for node in aliases {
        if let Some(text) = reader::text(node, "an alias", report) {
            take(text, node.place, report);
        }
    }
    headings
}
