//! The profile of one column.

use rongtong_contracts::Standard;
use rongtong_standards::clean;

use crate::codes::{self, Codes};
use crate::error::ProfileError;
use crate::forms;
use crate::infer::{self, Evidence};
use crate::kind::Kind;
use crate::known::{Known, capital, whom};
use crate::measure::{self, Fit};
use crate::options::Options;
use crate::personal::{is_code_heading, is_personal_heading};
use crate::report::{Candidate, ColumnProfile, Hint, Origin};
use crate::shape::Shape;
use crate::table::Cells;

/// Cells from which the kind is told; the kind's own measures then see all cells.
const SAMPLE: u64 = 10_000;

pub(crate) fn profile(
    at: usize,
    heading: Option<String>,
    cells: &Cells,
    known: &Known,
    options: &Options,
) -> Result<ColumnProfile, ProfileError> {
    let name = heading.as_deref().unwrap_or_default();
    let sample = cells.sample(SAMPLE);
    let shape = Shape::of(&sample);
    let mut candidates = if name.is_empty() {
        Vec::new()
    } else {
        known.candidates(name)
    };
    let code_heading = is_code_heading(name) && !is_personal_heading(name);
    let (kind, disagrees) = infer::kind(&Evidence {
        sample: &sample,
        shape: &shape,
        distinct: cells.distinct,
        filled: cells.filled(),
        hint: candidates.first().map(|candidate| candidate.standard),
        code_heading,
        as_of: options.as_of,
    });
    if disagrees {
        candidates.clear();
    }
    if candidates.is_empty() {
        candidates.extend(by_content(kind, name));
    }
    let personal = kind.is_personal()
        || (is_personal_heading(name) && !kind.has_standard_codes())
        || shape.share(measure::checked_numbers(&sample, options.as_of)) > 0.0;
    let listed = candidates
        .first()
        .map_or(&[][..], |candidate| &candidate.codes);
    let shown = match personal {
        true => Codes::default(),
        false => codes::of(kind, cells, listed, code_heading),
    };
    let (fit, hiding) = measured(kind, cells, options);
    let lengths = Lengths::of(cells);
    let mut profile = ColumnProfile {
        position: at + 1,
        heading,
        kind,
        fit: fit.as_ref().map(Fit::share),
        filled: cells.filled(),
        empty: cells.empty,
        null_words: cells.words.clone(),
        distinct: cells.distinct,
        unique: cells.filled() > 0 && cells.distinct == cells.filled(),
        min_chars: lengths.min,
        max_chars: lengths.max,
        untidy: lengths.untidy,
        personal,
        codes: shown.shown,
        codes_withheld: shown.withheld,
        forms: if kind.is_temporal() {
            forms::count(cells.iter())
        } else {
            Vec::new()
        },
        findings: fit.map(Fit::findings).unwrap_or_default(),
        candidates,
        hints: Vec::new(),
    };
    profile.hints = hints(&profile, &shape, disagrees, hiding);
    Ok(profile)
}

/// What the kind's kernel makes of all cells, and how many identity numbers hide in their text.
fn measured(kind: Kind, cells: &Cells, options: &Options) -> (Option<Fit>, u64) {
    let mut all: Option<Fit> = None;
    let mut hiding = 0;
    let may_hide = matches!(
        kind,
        Kind::Text | Kind::RecordNumber | Kind::Address | Kind::Code | Kind::Integer | Kind::Name
    );
    for chunk in cells.chunks() {
        if let Some(fit) = measure::fit(kind, &chunk, options.as_of) {
            all.get_or_insert_default().add(fit);
        }
        if may_hide {
            hiding += measure::hiding_numbers(&chunk);
        }
    }
    (all, hiding)
}

struct Lengths {
    min: u32,
    max: u32,
    untidy: u64,
}

impl Lengths {
    fn of(cells: &Cells) -> Self {
        let mut lengths = Self {
            min: u32::MAX,
            max: 0,
            untidy: 0,
        };
        for cell in cells.iter() {
            let chars = u32::try_from(cell.chars().count()).unwrap_or(u32::MAX);
            lengths.min = lengths.min.min(chars);
            lengths.max = lengths.max.max(chars);
            let untidy = clean::trim(cell).len() != cell.len() || clean::half_width(cell) != cell;
            lengths.untidy += u64::from(untidy);
        }
        lengths.min = lengths.min.min(lengths.max);
        lengths
    }
}

/// The canonical column that a kind stands for, and the person its heading begins with.
fn by_content(kind: Kind, heading: &str) -> Option<Candidate> {
    let (name, title) = match kind {
        Kind::IdNumber => ("id_number", "Identity document number"),
        Kind::IdType => ("id_type", "Document type"),
        Kind::CreditCode => ("credit_code", "Credit code"),
        Kind::Name => ("name", "Name"),
        Kind::Sex => ("sex", "Sex"),
        Kind::Ethnicity => ("ethnicity", "Ethnic group"),
        Kind::RelationToHead => ("relation_to_head", "Relation to head of household"),
        Kind::MaritalStatus => ("marital_status", "Marital status"),
        Kind::Division => ("division", "Administrative division"),
        Kind::BloodGroup => ("blood_group", "Blood group"),
        Kind::Phone => ("phone", "Phone"),
        Kind::Address => ("address", "Address"),
        Kind::Longitude => ("longitude", "Longitude"),
        Kind::Latitude => ("latitude", "Latitude"),
        Kind::Icd10 => ("icd10", "ICD-10 code"),
        Kind::Icd10List => ("icd10_list", "ICD-10 codes"),
        Kind::RecordNumber => ("record_no", "Record number"),
        Kind::Geometry => ("geometry", "Geometry"),
        _ => return None,
    };
    let of_whom = matches!(
        kind,
        Kind::IdNumber | Kind::Name | Kind::Phone | Kind::Address
    );
    let (name, title) = match whom(heading).filter(|_| of_whom) {
        Some(whom) => (
            format!("{whom}_{name}"),
            capital(&format!(
                "{} {}",
                whom.replace('_', " "),
                title.to_lowercase()
            )),
        ),
        None => (name.to_owned(), title.to_owned()),
    };
    Some(Candidate {
        name,
        origin: Origin::Content,
        feeds: Vec::new(),
        standard: kind.standard(),
        title_en: title,
        codes: Vec::new(),
    })
}

fn hints(column: &ColumnProfile, shape: &Shape, disagrees: bool, hiding: u64) -> Vec<Hint> {
    let named = column
        .candidates
        .first()
        .map(|candidate| candidate.name.as_str());
    let is_axis = matches!(column.kind, Kind::Longitude | Kind::Latitude);
    let swapped = match named {
        Some("longitude") => column.kind == Kind::Latitude && shape.longitudes == 0,
        Some("latitude") => column.kind == Kind::Longitude && shape.latitudes == 0,
        _ => false,
    };
    let organisations = shape.organisations > 0
        || column
            .findings
            .iter()
            .any(|finding| finding.rule.contains("organisation"));
    let checks = [
        (Hint::HiddenNumbers, hiding > 0),
        (Hint::HeadingDisagrees, disagrees),
        (Hint::Empty, column.filled == 0),
        (Hint::Constant, column.distinct == 1 && column.filled > 1),
        (Hint::NoHeading, column.heading.is_none()),
        (
            Hint::Organisations,
            matches!(column.kind.standard(), Standard::Name | Standard::IdNumber) && organisations,
        ),
        (Hint::MixedForms, column.forms.len() > 1),
        (Hint::CoordinateSystem, is_axis && column.filled > 0),
        (Hint::AxesSwapped, is_axis && swapped),
    ];
    checks
        .into_iter()
        .filter(|(_, applies)| *applies)
        .map(|(hint, _)| hint)
        .collect()
}
