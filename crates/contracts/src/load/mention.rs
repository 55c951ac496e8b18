use super::column::{Columns, Feeding};
use crate::feed::is_word;
use crate::nearest::suggest;
use crate::problem::Report;
use crate::reader::{self, Map};
use crate::residents::HOME_RELATIONS;
use crate::yaml::{Node, Place};
use crate::{Home, Mention, Standard};

/// Reads `mentions` and `homes` and gives each mention the attributes that columns feed.
pub(super) fn read(
    custom: &mut Map,
    columns: &Columns,
    report: &mut Report,
) -> (Vec<Mention>, Vec<Home>) {
    let nodes = custom
        .get("mentions")
        .map_or(&[][..], |node| reader::list(node, "mentions", report));
    let before = report.len();
    let mut mentions: Vec<Mention> = Vec::new();
    for node in nodes {
        let Some(mention) = mention(node, columns, report) else {
            continue;
        };
        if mentions.iter().any(|other| other.role == mention.role) {
            let what = format!("a second mention has the role `{}`", mention.role);
            report.add(node.place, &mention.role, what, "rename one of the two");
        }
        mentions.push(mention);
    }
    // After a broken mention, what the others lack would be noise.
    if report.len() == before {
        for feeding in &columns.feeding {
            feed(feeding, &mut mentions, report);
        }
        every_number_is_somebodys(columns, &mentions, report);
    }
    let nodes = custom
        .get("homes")
        .map_or(&[][..], |node| reader::list(node, "homes", report));
    let homes: Vec<Home> = nodes
        .iter()
        .filter_map(|node| home(node, columns, report))
        .collect();
    if let (Some(node), true) = (nodes.first(), custom.get("mentions").is_none()) {
        report.add(
            node.place,
            "",
            "a home needs somebody who lives there",
            "add `mentions`",
        );
    }
    (mentions, homes)
}

fn mention(node: &Node, columns: &Columns, report: &mut Report) -> Option<Mention> {
    let mut map = Map::of(node, "a mention", report)?;
    let role = map.need("role", "write `role: holder`", report);
    let role = role.and_then(|node| role_name(node, report));
    let fixed_sex = map.get("fixedSex").and_then(|node| fixed_sex(node, report));
    let identifying = map.get("identifying").map_or(&[][..], reader::one_or_more);
    let identifying: Vec<String> = identifying
        .iter()
        .filter_map(|node| columns.name(node, "identifying", &[], report))
        .collect();
    let mut column = |key, standards: &[Standard]| {
        let node = map.get(key)?;
        columns.name(node, key, standards, report)
    };
    let mut mention = Mention {
        role: role.clone().unwrap_or_default(),
        name: column("name", &[Standard::Name]),
        id_number: column("idNumber", &[Standard::IdNumber]),
        id_type: column("idType", &[Standard::IdType]),
        sex: column("sex", &[Standard::Sex]),
        birth_date: column("birthDate", &[Standard::Date]),
        fixed_sex,
        record_number: column("recordNumber", &[Standard::RecordNumber, Standard::Text]),
        identifying,
        ..Mention::default()
    };
    let own = [
        ("name", &mention.name),
        ("sex", &mention.sex),
        ("birth_date", &mention.birth_date),
    ];
    mention.attributes = own
        .into_iter()
        .filter_map(|(attribute, column)| Some((attribute.to_owned(), column.clone()?)))
        .collect();
    complete(&mut map, node.place, report);
    map.finish(&[], report);
    role.map(|_| mention)
}

fn role_name(node: &Node, report: &mut Report) -> Option<String> {
    let role = reader::text(node, "role", report)?;
    if !is_word(role) {
        let what = format!("`{role}` can't be a role");
        report.add(
            node.place,
            role,
            what,
            "write lower-case letters, digits and `_`, such as `holder`",
        );
        return None;
    }
    Some(role.to_owned())
}

/// A role that says the sex: GB/T 2261.1 `1` or `2`.
fn fixed_sex(node: &Node, report: &mut Report) -> Option<String> {
    let sex = reader::code(node, "the sex", report)?;
    if sex != "1" && sex != "2" {
        let what = format!("fixedSex is `{sex}`");
        report.add(
            node.place,
            sex,
            what,
            "write \"1\" for a man, \"2\" for a woman (GB/T 2261.1)",
        );
        return None;
    }
    Some(sex.to_owned())
}

/// A mention must name somebody, and somebody without a number must still be one person among others.
fn complete(map: &mut Map, place: Place, report: &mut Report) {
    if map.get("name").is_none() && map.get("idNumber").is_none() {
        report.add(
            place,
            "",
            "the mention names nobody",
            "add `name:` or `idNumber:` with a column",
        );
    }
    if map.get("recordNumber").is_none() && map.get("identifying").is_none() {
        let what = "people without a number can't be told apart in this mention";
        let remedy = "add `recordNumber:` with the column of the row's own number, or `identifying:` with columns";
        report.add(place, "", what, remedy);
    }
    if map.get("sex").is_some() && map.get("fixedSex").is_some() {
        let what = "the mention has both `sex` and `fixedSex`";
        report.add(
            map.place_of("fixedSex"),
            "fixedSex",
            what,
            "keep one of the two",
        );
    }
    if map.get("idType").is_some() && map.get("idNumber").is_none() {
        let what = "the mention has `idType` but no `idNumber`";
        report.add(
            map.place_of("idType"),
            "idType",
            what,
            "add `idNumber:` with a column",
        );
    }
}

/// Gives an attribute to the mention whose role it names, or to the only one.
fn feed(feeding: &Feeding, mentions: &mut [Mention], report: &mut Report) {
    let Feeding {
        column,
        role,
        attribute,
        place,
    } = feeding;
    let roles: Vec<String> = mentions
        .iter()
        .map(|mention| mention.role.clone())
        .collect();
    let mention = match (role, mentions) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(role), mentions) => mentions.iter_mut().find(|mention| &mention.role == role),
    };
    let Some(mention) = mention else {
        let (text, remedy) = match role {
            Some(role) => (
                role.as_str(),
                suggest(role, roles.iter().map(String::as_str)),
            ),
            None if roles.is_empty() => (
                attribute.as_str(),
                "add `mentions` to the contract's customProperties".into(),
            ),
            None => (
                attribute.as_str(),
                format!(
                    "write `{}.{attribute}`",
                    roles.join(&format!(".{attribute}` or `"))
                ),
            ),
        };
        let what = format!("the column `{column}` feeds `{attribute}`, but of whom?");
        report.add(*place, text, what, remedy);
        return;
    };
    match mention.attributes.get(attribute) {
        Some(other) if other != column => {
            let what = format!("`{attribute}` is already fed by the column `{other}`");
            report.add(*place, attribute, what, "let one column feed it");
        }
        _ => {
            mention.attributes.insert(attribute.clone(), column.clone());
        }
    }
}

/// An identity number that no mention takes out of the row would pass into the lake.
fn every_number_is_somebodys(columns: &Columns, mentions: &[Mention], report: &mut Report) {
    for (name, place) in columns.of_standard(Standard::IdNumber) {
        if !mentions
            .iter()
            .any(|mention| mention.id_number.as_deref() == Some(name))
        {
            let what = format!("`{name}` holds identity numbers, but no mention names it");
            let remedy = format!(
                "add `idNumber: {name}` to a mention: numbers never pass into the lake as they are"
            );
            report.add(place, name, what, remedy);
        }
    }
}

fn home(node: &Node, columns: &Columns, report: &mut Report) -> Option<Home> {
    let mut map = Map::of(node, "a home", report)?;
    let relation = map.need("relation", "write `relation: present`", report);
    let relation = relation.and_then(|node| {
        let text = reader::text(node, "relation", report)?;
        if !HOME_RELATIONS.contains(&text) {
            let what = format!("`{text}` is not a relation to a home");
            report.add(
                node.place,
                text,
                what,
                suggest(text, HOME_RELATIONS.iter().copied()),
            );
            return None;
        }
        Some(text.to_owned())
    });
    let address = map.need("address", "write `address: address`, a column", report);
    let address =
        address.and_then(|node| columns.name(node, "address", &[Standard::Address], report));
    let mut column = |key, standards: &[Standard]| {
        let node = map.get(key)?;
        columns.name(node, key, standards, report)
    };
    let home = Home {
        relation: relation.clone().unwrap_or_default(),
        address: address.clone().unwrap_or_default(),
        unit_no: column("unitNo", &[Standard::Text, Standard::RecordNumber]),
        share_percent: column("sharePercent", &[Standard::SharePercent]),
        longitude: column("longitude", &[Standard::Coordinate]),
        latitude: column("latitude", &[Standard::Coordinate]),
        starts_on: column("startsOn", &[Standard::Date, Standard::Month]),
    };
    if map.get("longitude").is_some() != map.get("latitude").is_some() {
        report.add(
            node.place,
            "",
            "a home has one coordinate only",
            "name both `longitude` and `latitude`",
        );
    }
    map.finish(&[], report);
    relation.and(address).map(|_| home)
}
