//! Whom a row names, as far as its columns tell.

use std::fmt::Write as _;

use rongtong_contracts::Standard;

use super::columns::{DraftColumn, begins};
use super::yaml::scalar;

/// A person that a row names; fields are names of columns.
#[derive(Default)]
pub(super) struct DraftMention {
    role: String,
    pub(super) name: Option<String>,
    id_number: Option<String>,
    id_type: Option<String>,
    pub(super) sex: Option<String>,
    pub(super) fixed_sex: Option<&'static str>,
    pub(super) birth_date: Option<String>,
    record_number: Option<String>,
    identifying: Vec<String>,
}

impl DraftMention {
    /// Whether a column is the mention's name or number.
    pub(super) fn names(&self, column: &str) -> bool {
        self.name.as_deref() == Some(column) || self.id_number.as_deref() == Some(column)
    }
}

/// People who handle a row and whom it isn't about.
const BYSTANDERS: &[&str] = &[
    "clerk",
    "contact",
    "emergency_contact",
    "manager",
    "agent",
    "legal_representative",
    "legal_person",
];

/// One mention for each column of numbers; without any, one for the first column of names.
pub(super) fn plan(columns: &[DraftColumn]) -> Vec<DraftMention> {
    let of = |standard| {
        columns
            .iter()
            .filter(move |column| column.standard == standard)
    };
    let mut mentions: Vec<DraftMention> = Vec::new();
    let mut claimed: Vec<&str> = Vec::new();
    let alone = of(Standard::IdNumber).count() == 1;
    for number in of(Standard::IdNumber) {
        let whom = prefix(&number.base, "id_number");
        let own = |name: &&DraftColumn| prefix(&name.base, "name") == whom;
        let free = |name: &&DraftColumn| !claimed.contains(&name.name.as_str());
        let about = |name: &&DraftColumn| {
            prefix(&name.base, "name").is_none_or(|whom| !BYSTANDERS.contains(&whom))
        };
        let name = of(Standard::Name)
            .filter(free)
            .find(own)
            .or_else(|| of(Standard::Name).filter(about).find(|_| alone));
        claimed.extend(name.map(|name| name.name.as_str()));
        let whom = whom.or(name.and_then(|name| prefix(&name.base, "name")));
        mentions.push(DraftMention {
            role: role(whom, &mentions),
            name: name.map(|name| name.name.clone()),
            id_number: Some(number.name.clone()),
            fixed_sex: fixed_sex(whom, &number.heading),
            ..DraftMention::default()
        });
    }
    if mentions.is_empty() {
        let about = |name: &&DraftColumn| {
            prefix(&name.base, "name").is_none_or(|whom| !BYSTANDERS.contains(&whom))
        };
        if let Some(name) = of(Standard::Name).find(about) {
            let whom = prefix(&name.base, "name");
            mentions.push(DraftMention {
                role: role(whom, &[]),
                name: Some(name.name.clone()),
                fixed_sex: fixed_sex(whom, &name.heading),
                ..DraftMention::default()
            });
        }
    }
    if let [only] = mentions.as_mut_slice() {
        let named = |standard, base: &str| {
            of(standard)
                .find(|column| column.base == base)
                .map(|column| column.name.clone())
        };
        only.sex = of(Standard::Sex)
            .next()
            .map(|column| column.name.clone())
            .filter(|_| only.fixed_sex.is_none());
        only.birth_date = named(Standard::Date, "birth_date");
        only.id_type = of(Standard::IdType)
            .next()
            .map(|column| column.name.clone())
            .filter(|_| only.id_number.is_some());
    }
    for mention in &mut mentions {
        tell_apart(mention, columns);
    }
    mentions
}

/// Writes the mentions, and what a human should think of.
pub(super) fn write(
    out: &mut String,
    mentions: &[DraftMention],
    columns: &[DraftColumn],
) -> std::fmt::Result {
    if mentions.is_empty() {
        return writeln!(
            out,
            "  # CHECK: no column of names or identity numbers was found: the feed names nobody. 未见姓名或证件号码列，本数据项不含人员引用。"
        );
    }
    writeln!(out, "  - property: mentions")?;
    writeln!(
        out,
        "    # CHECK: whom a row names, and in which role. 一行中的人员引用。"
    )?;
    for name in columns
        .iter()
        .filter(|column| column.standard == Standard::Name)
    {
        if !mentions
            .iter()
            .any(|mention| mention.name.as_deref() == Some(&name.name))
        {
            writeln!(
                out,
                "    # CHECK: {} holds names but is no mention; add one if it is about that person. 该列含姓名但未列为人员引用。",
                name.name
            )?;
        }
    }
    let reach = |column: &&DraftColumn| matches!(column.base.as_str(), "phone" | "address");
    for DraftColumn { name, base, .. } in columns.iter().filter(reach) {
        writeln!(
            out,
            "    # CHECK: if {name} is the resident's own, let it feed the lake: add {{ property: attribute, value: {base} }} to it, and {base} to authority. 如属本人，可供居民主题使用。"
        )?;
    }
    writeln!(out, "    value:")?;
    for mention in mentions {
        writeln!(out, "      - role: {}", scalar(&mention.role))?;
        let keys = [
            ("name", &mention.name),
            ("idNumber", &mention.id_number),
            ("idType", &mention.id_type),
            ("sex", &mention.sex),
            ("birthDate", &mention.birth_date),
            ("recordNumber", &mention.record_number),
        ];
        for (key, column) in keys {
            if let Some(column) = column {
                writeln!(out, "        {key}: {}", scalar(column))?;
            }
        }
        if let Some(sex) = mention.fixed_sex {
            writeln!(out, "        fixedSex: \"{sex}\"")?;
        }
        if !mention.identifying.is_empty() {
            let names: Vec<String> = mention
                .identifying
                .iter()
                .map(|name| scalar(name))
                .collect();
            writeln!(out, "        identifying: [{}]", names.join(", "))?;
        }
    }
    Ok(())
}

/// The record's own number, or else columns that together tell people without a number apart.
fn tell_apart(mention: &mut DraftMention, columns: &[DraftColumn]) {
    let numbers = columns
        .iter()
        .filter(|column| column.standard == Standard::RecordNumber);
    let best = numbers.filter(|column| {
        column.profile.distinct * 10 >= column.profile.filled * 9 && column.profile.filled > 0
    });
    mention.record_number = best
        .max_by_key(|column| {
            (
                column.profile.unique,
                std::cmp::Reverse(column.profile.position),
            )
        })
        .map(|column| column.name.clone());
    if mention.record_number.is_some() {
        return;
    }
    let telling = |column: &&DraftColumn| {
        matches!(column.standard, Standard::Phone | Standard::Address)
            || column.base == "birth_date"
    };
    mention.identifying = columns
        .iter()
        .filter(telling)
        .take(4)
        .map(|column| column.name.clone())
        .collect();
    if mention.identifying.is_empty() {
        mention
            .identifying
            .extend(mention.name.clone().or(mention.id_number.clone()));
    }
}

/// `husband` of `husband_id_number`; none of `id_number` itself.
fn prefix<'a>(base: &'a str, ending: &str) -> Option<&'a str> {
    base.strip_suffix(ending)?
        .strip_suffix('_')
        .filter(|whom| !whom.is_empty())
}

fn role(whom: Option<&str>, others: &[DraftMention]) -> String {
    let role = whom.unwrap_or("holder");
    let taken = |role: &str| others.iter().any(|other| other.role == role);
    (1u32..)
        .map(|n| {
            if n == 1 {
                role.to_owned()
            } else {
                format!("{role}_{n}")
            }
        })
        .find(|role| !taken(role))
        .unwrap_or_else(|| role.to_owned())
}

/// GB/T 2261.1, where the role says it.
fn fixed_sex(whom: Option<&str>, heading: &str) -> Option<&'static str> {
    match whom {
        Some("husband" | "father") => Some("1"),
        Some("wife" | "mother") => Some("2"),
        _ if begins(heading, &["男方", "丈夫", "父亲"]) => Some("1"),
        _ if begins(heading, &["女方", "妻子", "母亲"]) => Some("2"),
        _ => None,
    }
}
