use crate::nearest::suggest;
use crate::problem::Report;
use crate::reader::{self, Map};
use crate::yaml::{Node, Value};
use crate::{Code, Standard};

/// Reads `codes`, which a column of the standard `coded` has and no other.
pub(super) fn codes(own: &mut Map, standard: Option<Standard>, report: &mut Report) -> Vec<Code> {
    let node = own.get("codes");
    let place = own.place_of("codes");
    let coded = standard == Some(Standard::Coded);
    let Some(node) = node else {
        if coded {
            let remedy = "add `{ property: codes, value: [{ code: \"1\", label: … }] }`";
            report.add(place, "", "the standard `coded` needs `codes`", remedy);
        }
        return Vec::new();
    };
    if let Some(standard) = standard.filter(|_| !coded) {
        let what = format!("a column whose standard is {standard} has no codes of its own");
        report.add(
            place,
            "codes",
            what,
            "remove `codes`, or write `standard` `coded`",
        );
    }
    let items = reader::list(node, "codes", report);
    if items.is_empty() && matches!(node.value, Value::List(_)) {
        report.add(
            node.place,
            "",
            "the code list is empty",
            "write `{ code: \"1\", label: … }` items",
        );
    }
    let mut taken: Vec<(String, usize)> = Vec::new();
    items
        .iter()
        .filter_map(|item| read_code(item, &mut taken, report))
        .collect()
}

/// One code. Each text stands for one code only, be it a code, a label or an alias.
fn read_code(node: &Node, taken: &mut Vec<(String, usize)>, report: &mut Report) -> Option<Code> {
    let mut map = Map::of(node, "a code", report)?;
    let remedy = "write `{ code: \"1\", label: … }`";
    let code = map.need("code", remedy, report);
    let label = map.need("label", remedy, report);
    let label_en = map
        .get("labelEn")
        .and_then(|node| reader::text(node, "labelEn", report));
    let aliases = map.get("aliases").map_or(&[][..], reader::one_or_more);
    map.finish(&[], report);

    let texts = code.into_iter().chain(label).chain(aliases);
    for (at, node) in texts.enumerate() {
        let text = node.text();
        let line = node.place.line;
        // A code may be its own label.
        if at == 1 && code.is_some_and(|code| code.text() == text) {
            continue;
        }
        if taken.iter().any(|(other, _)| other == text) {
            let what = format!("`{text}` stands for two codes of this list");
            report.add(node.place, text, what, "give each text to one code only");
        }
        taken.push((text.to_owned(), line));
    }
    let aliases = aliases
        .iter()
        .filter_map(|node| reader::text(node, "an alias", report));
    let aliases = aliases.map(str::to_owned).collect();
    Some(Code {
        code: reader::code(code?, "the code", report)?.to_owned(),
        label: reader::text(label?, "label", report)?.to_owned(),
        label_en: label_en.unwrap_or_default().to_owned(),
        aliases,
    })
}

/// Reads `unknownCodes`: codes of the column's list that say "not known".
pub(super) fn unknown_codes(
    own: &mut Map,
    standard: Option<Standard>,
    codes: &[Code],
    report: &mut Report,
) -> Vec<String> {
    let Some(node) = own.get("unknownCodes") else {
        return Vec::new();
    };
    if let Some(standard) = standard.filter(|standard| !standard.is_coded()) {
        let what = format!("a column whose standard is {standard} has no codes");
        report.add(
            own.place_of("unknownCodes"),
            "unknownCodes",
            what,
            "remove `unknownCodes`",
        );
    }
    let mut unknown = Vec::new();
    for node in reader::one_or_more(node) {
        let Some(text) = reader::code(node, "the code", report) else {
            continue;
        };
        if let Some(remedy) = standard.and_then(|standard| no_code(text, standard, codes)) {
            let what = format!("`{text}` is none of the column's codes");
            report.add(node.place, text, what, remedy);
        }
        unknown.push(text.to_owned());
    }
    unknown
}

/// What to write if `text` is no code of a column: `codes` are those of its own list. Long national lists are
/// known by their form only.
fn no_code(text: &str, standard: Standard, codes: &[Code]) -> Option<String> {
    if let Some(digits) = standard.code_digits() {
        let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        return (!fits).then(|| format!("write a code of {digits} digits, as {standard} has them"));
    }
    let known: Vec<&str> = match (standard, standard.short_list()) {
        (Standard::Coded, _) => codes.iter().map(|code| code.code.as_str()).collect(),
        (_, Some(list)) => list.to_vec(),
        (_, None) => return None,
    };
    (!known.contains(&text)).then(|| suggest(text, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_national_lists_are_known_by_their_form() {
        for (standard, good, bad) in [
            (Standard::Ethnicity, "97", "9"),
            (Standard::RelationToHead, "99", "x9"),
            (Standard::IdType, "990", "01"),
            (Standard::Division, "990000", "99"),
        ] {
            assert_eq!(no_code(good, standard, &[]), None);
            assert!(no_code(bad, standard, &[]).is_some(), "{standard} {bad}");
        }
    }
}
