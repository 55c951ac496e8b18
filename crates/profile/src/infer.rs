//! From cells, and what their heading says, to a kind.

use arrow::array::StringViewArray;
use rongtong_contracts::Standard;

use crate::kind::Kind;
use crate::measure;
use crate::shape::Shape;

/// What is known of a column before its kind is.
pub(crate) struct Evidence<'a> {
    pub(crate) sample: &'a StringViewArray,
    pub(crate) shape: &'a Shape,
    /// Different cells, and filled ones, of the whole column.
    pub(crate) distinct: u64,
    pub(crate) filled: u64,
    /// What the heading stands for, where it is known.
    pub(crate) hint: Option<Standard>,
    /// Whether the heading says codes.
    pub(crate) code_heading: bool,
    pub(crate) as_of: i32,
}

/// The kind of a column, and whether the heading was overruled.
pub(crate) fn kind(evidence: &Evidence) -> (Kind, bool) {
    if evidence.filled == 0 {
        let hinted = evidence
            .hint
            .and_then(Kind::of)
            .filter(|kind| *kind != Kind::Code);
        return (hinted.unwrap_or(Kind::Empty), false);
    }
    let by_content = content(evidence);
    let Some(hinted) = hinted(evidence) else {
        return (by_content, false);
    };
    // Cells full of identity numbers are that, whatever stands above them.
    if by_content == Kind::IdNumber && hinted != Kind::IdNumber {
        return (Kind::IdNumber, true);
    }
    if evidence.agrees(hinted) {
        return (hinted, false);
    }
    (by_content, by_content != hinted)
}

/// How much a column looks like codes: few different cells, each several times.
pub(crate) fn is_code_like(distinct: u64, filled: u64) -> bool {
    match filled {
        0..4 => false,
        4..50 => distinct <= 10 && distinct * 2 <= filled,
        _ => distinct <= 60 && distinct * 10 <= filled,
    }
}

fn hinted(evidence: &Evidence) -> Option<Kind> {
    let standard = evidence.hint?;
    if standard == Standard::Coordinate {
        let Shape {
            longitudes,
            latitudes,
            ..
        } = evidence.shape;
        return Some(if latitudes > longitudes {
            Kind::Latitude
        } else {
            Kind::Longitude
        });
    }
    let kind = Kind::of(standard)?;
    let whole = evidence.shape.whole == evidence.shape.cells;
    Some(if kind == Kind::Decimal && whole {
        Kind::Integer
    } else {
        kind
    })
}

impl Evidence<'_> {
    fn share(&self, count: u64) -> f64 {
        self.shape.share(count)
    }

    fn fit(&self, kind: Kind) -> f64 {
        measure::fit(kind, self.sample, self.as_of).map_or(0.0, |fit| fit.share())
    }

    /// Whether the cells can be what the heading says.
    fn agrees(&self, kind: Kind) -> bool {
        let shape = self.shape;
        match kind {
            Kind::Name => {
                let other = shape.whole + shape.addresses + shape.days + shape.times;
                self.share(other) < 0.5
            }
            Kind::Address => self.share(shape.whole + shape.days + shape.times) < 0.5,
            Kind::RecordNumber => self.share(shape.addresses + shape.names) < 0.5,
            Kind::Code => is_code_like(self.distinct, self.filled) || self.distinct <= 60,
            Kind::Geometry => self.share(shape.geometries) >= 0.5,
            Kind::Longitude | Kind::Latitude => {
                self.share(shape.longitudes.max(shape.latitudes)) >= 0.5
            }
            Kind::IdNumber => {
                // Numbers may be damaged in bulk; what matters is that they aren't something else.
                self.share(shape.whole + shape.tokens) >= 0.5
                    || self.fit(kind) >= 0.3
                    || self.share(measure::masked_numbers(self.sample, self.as_of)) >= 0.3
            }
            Kind::Date if self.share(shape.times) >= 0.5 => self.fit(Kind::Date) >= 0.5,
            _ => self.fit(kind) >= 0.5,
        }
    }
}

/// What the cells alone say, the most telling first.
fn content(evidence: &Evidence) -> Kind {
    let shape = evidence.shape;
    let share = |count| evidence.share(count);
    let cells = evidence.sample;
    let checked = share(measure::checked_numbers(cells, evidence.as_of));
    let masked = share(measure::masked_numbers(cells, evidence.as_of));
    if share(shape.credit_codes) >= 0.5 {
        return Kind::CreditCode;
    }
    if checked >= 0.3
        || checked + masked >= 0.5 && masked > 0.0 && share(shape.names) < 0.1 && checked > 0.0
    {
        return Kind::IdNumber;
    }
    if share(shape.geometries) >= 0.9 {
        return Kind::Geometry;
    }
    if let Some(kind) = temporal(evidence) {
        return kind;
    }
    if evidence.fit(Kind::Phone) >= 0.6 {
        return Kind::Phone;
    }
    if let Some(kind) = standard_codes(evidence) {
        return kind;
    }
    if share(shape.diagnoses) >= 0.3 {
        let (one, several) = (evidence.fit(Kind::Icd10), evidence.fit(Kind::Icd10List));
        if several >= 0.8 && share(shape.lists) > 0.0 {
            return Kind::Icd10List;
        }
        if one >= 0.8 {
            return Kind::Icd10;
        }
    }
    if share(shape.organisations) >= 0.5 {
        return Kind::Organisation;
    }
    if share(shape.addresses) >= 0.5 {
        return Kind::Address;
    }
    if share(shape.names) >= 0.5 && !evidence.code_heading {
        return Kind::Name;
    }
    numeric(evidence).unwrap_or_else(|| tokens(evidence))
}

fn temporal(evidence: &Evidence) -> Option<Kind> {
    let shape = evidence.shape;
    let share = |count| evidence.share(count);
    let any = share(shape.days + shape.times + shape.months);
    if any < 0.8 {
        return None;
    }
    Some(if share(shape.times) >= 0.5 {
        // Times that are all midnight are dates that went through a spreadsheet, but that is a guess.
        Kind::Timestamp
    } else if share(shape.months) >= 0.5 {
        Kind::Month
    } else {
        Kind::Date
    })
}

/// Labels tell the list they are from; digits alone only where the list is large and they are many.
fn standard_codes(evidence: &Evidence) -> Option<Kind> {
    let shape = evidence.shape;
    if evidence.share(shape.whole) >= 0.9 {
        let six = evidence.share(shape.zero_first) < 0.01 && evidence.share(shape.year_first) < 0.5;
        let long = evidence
            .sample
            .iter()
            .flatten()
            .all(|cell| cell.trim().len() >= 6);
        return (six && long && evidence.fit(Kind::Division) >= 0.9).then_some(Kind::Division);
    }
    if evidence.share(shape.han) < 0.5 || !is_code_like(evidence.distinct, evidence.filled) {
        return None;
    }
    let kinds = [
        Kind::Sex,
        Kind::MaritalStatus,
        Kind::IdType,
        Kind::RelationToHead,
        Kind::Ethnicity,
        Kind::BloodGroup,
    ];
    kinds.into_iter().find(|kind| evidence.fit(*kind) >= 0.9)
}

fn numeric(evidence: &Evidence) -> Option<Kind> {
    let shape = evidence.shape;
    let share = |count| evidence.share(count);
    if share(shape.shares) >= 0.5 {
        return Some(Kind::SharePercent);
    }
    if share(shape.fine) >= 0.8 && share(shape.longitudes) >= 0.9 {
        return Some(Kind::Longitude);
    }
    if share(shape.fine) >= 0.8 && share(shape.latitudes) >= 0.9 {
        return Some(Kind::Latitude);
    }
    let code = is_code_like(evidence.distinct, evidence.filled);
    if share(shape.whole) >= 0.95 {
        return match () {
            () if code && (evidence.code_heading || evidence.distinct <= 20) => Some(Kind::Code),
            () if share(shape.zero_first) > 0.05 || share(shape.long) >= 0.5 => None,
            () if evidence.distinct == evidence.filled && evidence.filled >= 10 => None,
            () => Some(Kind::Integer),
        };
    }
    let numbers = evidence.fit(Kind::Decimal);
    (numbers >= 0.9).then_some(Kind::Decimal)
}

fn tokens(evidence: &Evidence) -> Kind {
    let shape = evidence.shape;
    if evidence.share(shape.names) < 0.5 || evidence.code_heading {
        let code_like = is_code_like(evidence.distinct, evidence.filled);
        if code_like
            || (evidence.code_heading
                && evidence.distinct <= 60
                && evidence.distinct < evidence.filled)
        {
            return Kind::Code;
        }
    }
    let unique = evidence.distinct * 100 >= evidence.filled * 99;
    if unique && evidence.filled >= 3 && evidence.share(shape.tokens + shape.whole) >= 0.95 {
        return Kind::RecordNumber;
    }
    Kind::Text
}
