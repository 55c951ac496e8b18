//! The columns of a draft.

use std::fmt::Write as _;

use rongtong_contracts::Standard;

use super::yaml::{comment, quoted, scalar};
use crate::kind::Kind;
use crate::known::key;
use crate::report::{Candidate, ColumnProfile, Profile};

/// A column as the draft has it.
pub(super) struct DraftColumn<'a> {
    pub(super) profile: &'a ColumnProfile,
    /// The heading deliveries have; a made-up one where the file has none.
    pub(super) heading: String,
    /// The canonical name, unique.
    pub(super) name: String,
    /// The name before it was made unique: it says what the column is.
    pub(super) base: String,
    pub(super) standard: Standard,
    codes: Vec<DraftCode>,
}

struct DraftCode {
    code: String,
    label: String,
    label_en: String,
    aliases: Vec<String>,
}

/// Names that the lake gives out itself.
const RESERVED: &[&str] = &["resident_key", "id_status"];

/// The columns that can be bound: each heading once.
pub(super) fn plan(profile: &Profile) -> Vec<DraftColumn<'_>> {
    let mut columns: Vec<DraftColumn> = Vec::new();
    for column in &profile.columns {
        let heading = match &column.heading {
            Some(heading) => heading.clone(),
            None if !profile.headings_recognised => format!("column_{}", column.position),
            None => continue,
        };
        if columns.iter().any(|other| other.heading == heading) {
            continue;
        }
        let base = base_name(column);
        let taken =
            |name: &str| RESERVED.contains(&name) || columns.iter().any(|other| other.name == name);
        let name = (1u32..)
            .map(|n| {
                if n == 1 {
                    base.clone()
                } else {
                    format!("{base}_{n}")
                }
            })
            .find(|name| !taken(name))
            .unwrap_or_else(|| base.clone());
        let codes = codes(column);
        let standard = match standard(column) {
            Standard::Coded if codes.is_empty() => Standard::Text,
            standard => standard,
        };
        columns.push(DraftColumn {
            profile: column,
            heading,
            name,
            base,
            standard,
            codes,
        });
    }
    if columns.is_empty()
        && let Some(column) = profile.columns.first()
    {
        // A contract needs a column; this one waits for its heading.
        columns.push(DraftColumn {
            profile: column,
            heading: "column_1".into(),
            name: "column_1".into(),
            base: "column_1".into(),
            standard: Standard::Text,
            codes: Vec::new(),
        });
    }
    columns
}

/// Writes one column. A column that names somebody must be in every delivery.
pub(super) fn write(
    out: &mut String,
    column: &DraftColumn,
    of_persons: bool,
    names_somebody: bool,
) -> std::fmt::Result {
    let DraftColumn {
        profile, standard, ..
    } = column;
    let candidate = profile.candidates.first();
    let title_en = candidate.map_or_else(|| english(&column.base), |found| found.title_en.clone());
    let title = format!("{} / {title_en}", column.heading.replace(" / ", "/"));
    writeln!(out, "      - name: {}", scalar(&column.name))?;
    for line in notes(column) {
        writeln!(out, "        # {}", comment(&line))?;
    }
    writeln!(out, "        physicalName: {}", scalar(&column.heading))?;
    writeln!(out, "        businessName: {}", quoted(&title))?;
    writeln!(out, "        logicalType: {}", standard.logical_type())?;
    writeln!(
        out,
        "        physicalType: {}",
        quoted(&physical_type(column))
    )?;
    if names_somebody {
        writeln!(out, "        required: true")?;
    }
    writeln!(
        out,
        "        classification: {}",
        classification(*standard, of_persons)
    )?;
    if *standard == Standard::Icd10List {
        writeln!(out, "        items:\n          logicalType: string")?;
    }
    writeln!(out, "        customProperties:")?;
    writeln!(
        out,
        "          - {{ property: standard, value: {standard} }}"
    )?;
    if let Some(list) = code_list(*standard) {
        writeln!(
            out,
            "          - {{ property: codeList, value: {} }}",
            quoted(list)
        )?;
    }
    if *standard == Standard::IdNumber {
        writeln!(out, "          - {{ property: sharing, value: 不予 }}")?;
    }
    if *standard == Standard::Coded {
        writeln!(out, "          - property: codes\n            value:")?;
        for code in &column.codes {
            write!(
                out,
                "              - {{ code: {}, label: {}",
                quoted(&code.code),
                quoted(&code.label)
            )?;
            if !code.label_en.is_empty() {
                write!(out, ", labelEn: {}", quoted(&code.label_en))?;
            }
            if !code.aliases.is_empty() {
                let aliases: Vec<String> = code.aliases.iter().map(|alias| quoted(alias)).collect();
                write!(out, ", aliases: [{}]", aliases.join(", "))?;
            }
            writeln!(out, " }}")?;
        }
    }
    writeln!(out)
}

/// What a human should know of the guess.
fn notes(column: &DraftColumn) -> Vec<String> {
    let profile = column.profile;
    let fit = profile
        .fit
        .map_or_else(String::new, |fit| format!(", fit {:.1}%", fit * 100.0));
    let mut notes = vec![format!(
        "{} {}{fit}, filled {}, distinct {}",
        profile.kind.as_str(),
        profile.kind.title_zh(),
        profile.filled,
        profile.distinct
    )];
    if let Some(found) = profile
        .candidates
        .first()
        .filter(|found| !found.feeds.is_empty())
    {
        notes.push(format!("as in 同 {}", found.feeds.join(", ")));
    }
    if profile.candidates.is_empty() {
        notes.push("CHECK: 请取英文标准名 · give it a name that says what it is".into());
    }
    if profile.forms.len() > 1 {
        let forms: Vec<String> = profile
            .forms
            .iter()
            .take(6)
            .map(|form| format!("{} ×{}", form.form, form.cells))
            .collect();
        notes.push(format!("date forms 日期写法: {}", forms.join(", ")));
    }
    if column.standard == Standard::Coded {
        notes.push("CHECK: 请补全代码与标签 · complete the codes and their labels".into());
    } else if profile.kind == Kind::Code {
        notes.push("CHECK: 疑似代码列，代码因可能涉及个人信息未列出 · looks like codes, none of which may be shown here".into());
    }
    if profile.codes_withheld > 0 {
        notes.push(format!(
            "CHECK: {} rare or long values are not listed 罕见或过长的值未列出",
            profile.codes_withheld
        ));
    }
    notes.extend(
        profile
            .hints
            .iter()
            .map(|hint| format!("CHECK: {} {}", hint.text_zh(), hint.text())),
    );
    notes
}

fn base_name(column: &ColumnProfile) -> String {
    let of_heading = || {
        let heading = column.heading.as_deref()?;
        let name = snake(heading);
        is_word(&name).then_some(name)
    };
    column
        .candidates
        .first()
        .map(|candidate| candidate.name.clone())
        .filter(|name| is_word(name))
        .or_else(of_heading)
        .unwrap_or_else(|| format!("column_{}", column.position))
}

/// `updatedAt`, `Update Time` and `UPDATE-TIME` as `updated_at`, `update_time`.
fn snake(heading: &str) -> String {
    let mut name = String::new();
    let mut lower_before = false;
    for c in heading.chars() {
        if c.is_ascii_uppercase() && lower_before {
            name.push('_');
        }
        lower_before = c.is_ascii_lowercase() || c.is_ascii_digit();
        match c {
            ' ' | '-' | '.' | '_' if !name.ends_with('_') => name.push('_'),
            ' ' | '-' | '.' | '_' => {}
            c => name.push(c.to_ascii_lowercase()),
        }
    }
    name
}

/// A lower-case word, short enough to take a number behind it.
fn is_word(name: &str) -> bool {
    name.len() <= 56
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The kind's standard; but what the heading calls a text is one, whatever it looks like, unless it
/// would carry people's names and numbers into the lake.
fn standard(column: &ColumnProfile) -> Standard {
    let own = column.kind.standard();
    let reaches = matches!(own, Standard::IdNumber | Standard::Name | Standard::Phone);
    match column.candidates.first().map(|found| found.standard) {
        Some(Standard::Text) if !reaches => Standard::Text,
        Some(hinted) if column.kind == Kind::Empty && hinted != Standard::Coded => hinted,
        _ => own,
    }
}

/// The contract's own codes where it is known, and the codes seen; each text once.
fn codes(column: &ColumnProfile) -> Vec<DraftCode> {
    if column.kind != Kind::Code {
        return Vec::new();
    }
    let known = column
        .candidates
        .first()
        .map_or(&[][..], |candidate: &Candidate| &candidate.codes);
    let mut codes: Vec<DraftCode> = Vec::new();
    let mut taken: Vec<String> = Vec::new();
    for code in known {
        taken.extend([code.code.clone(), code.label.clone()]);
        taken.extend(code.aliases.iter().cloned());
        codes.push(DraftCode {
            code: code.code.clone(),
            label: code.label.clone(),
            label_en: code.label_en.clone(),
            aliases: code.aliases.clone(),
        });
    }
    // A seen label also stands for its code: first those that have one.
    let (labelled, bare): (Vec<_>, Vec<_>) =
        column.codes.iter().partition(|seen| seen.label.is_some());
    for seen in labelled.into_iter().chain(bare) {
        let code = seen.code.trim();
        if code.is_empty() || taken.iter().any(|text| text == code) {
            continue;
        }
        let label = seen
            .label
            .as_deref()
            .map(str::trim)
            .filter(|label| !label.is_empty() && !taken.iter().any(|text| text == label));
        let label = label.unwrap_or(code).to_owned();
        taken.extend([code.to_owned(), label.clone()]);
        codes.push(DraftCode {
            code: code.to_owned(),
            label,
            label_en: String::new(),
            aliases: Vec::new(),
        });
    }
    if codes
        .iter()
        .skip(known.len())
        .all(|code| code.code.bytes().all(|byte| byte.is_ascii_digit()))
    {
        codes.sort_by(|a, b| a.code.cmp(&b.code));
    }
    codes
}

fn english(base: &str) -> String {
    let text = base.replace('_', " ");
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

fn physical_type(column: &DraftColumn) -> String {
    let wide = [16, 32, 64, 100, 300, 1000, 4000];
    let length = wide
        .into_iter()
        .find(|wide| *wide >= column.profile.max_chars)
        .unwrap_or(8000);
    match column.standard {
        Standard::Date | Standard::Month => "DATE".into(),
        Standard::Timestamp => "TIMESTAMP".into(),
        Standard::Amount | Standard::SharePercent => "DECIMAL(18,2)".into(),
        Standard::Coordinate => "DOUBLE".into(),
        Standard::Sex | Standard::BloodGroup => "CHAR(1)".into(),
        Standard::Ethnicity | Standard::RelationToHead | Standard::MaritalStatus => {
            "CHAR(2)".into()
        }
        Standard::IdType => "CHAR(3)".into(),
        Standard::Division => "CHAR(6)".into(),
        Standard::IdNumber => "VARCHAR(32)".into(),
        Standard::Phone => "VARCHAR(20)".into(),
        Standard::Name => "VARCHAR(100)".into(),
        Standard::Address => "VARCHAR(300)".into(),
        Standard::Icd10 => "VARCHAR(16)".into(),
        Standard::Icd10List => "ARRAY<VARCHAR(16)>".into(),
        Standard::Geometry => "GEOMETRY".into(),
        Standard::Text | Standard::RecordNumber | Standard::Coded => format!("VARCHAR({length})"),
    }
}

fn classification(standard: Standard, of_persons: bool) -> &'static str {
    match standard {
        Standard::IdNumber | Standard::Icd10 | Standard::Icd10List | Standard::BloodGroup => {
            "sensitive"
        }
        Standard::Name
        | Standard::Phone
        | Standard::Address
        | Standard::Sex
        | Standard::Ethnicity => "personal",
        Standard::MaritalStatus | Standard::RelationToHead | Standard::IdType => "personal",
        Standard::Timestamp | Standard::Geometry => "internal",
        _ if of_persons => "personal",
        _ => "internal",
    }
}

fn code_list(standard: Standard) -> Option<&'static str> {
    Some(match standard {
        Standard::Sex => "GB/T 2261.1",
        Standard::MaritalStatus => "GB/T 2261.2",
        Standard::Ethnicity => "GB/T 3304",
        Standard::RelationToHead => "GB/T 4761",
        Standard::Division => "GB/T 2260",
        Standard::IdType => "GA/T 2000.156",
        Standard::BloodGroup => "CV04.50.005",
        Standard::Icd10 | Standard::Icd10List => "ICD-10",
        _ => return None,
    })
}

/// Whether a heading, as a key, begins with one of some words.
pub(super) fn begins(heading: &str, words: &[&str]) -> bool {
    let heading = key(heading);
    words.iter().any(|word| heading.starts_with(word))
}
