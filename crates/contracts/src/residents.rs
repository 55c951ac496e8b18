use crate::{ColumnKind, Standard};

/// The attributes of `residents` and `resident_health` that a contract's column can feed.
///
/// Others (`marital_status`, `spouse_resident_key`, `insurances`, `property_count` …) are derived from whole
/// rows and have no column of their own in a contract.
pub const ATTRIBUTES: &[&str] = &[
    "name",
    "sex",
    "birth_date",
    "ethnicity",
    "household_no",
    "relation_to_head",
    "hukou_division",
    "hukou_address",
    "address",
    "phone",
    "assistance_category",
    "assistance_monthly_amount",
    "died_on",
    "blood_group",
    "chronic_icd10",
];

/// The columns of resident records that a pipeline's linkage may compare, and what they hold.
pub const RESIDENT_COLUMNS: &[(&str, ColumnKind)] = &[
    ("id_number", ColumnKind::IdNumber),
    ("name", ColumnKind::Name),
    ("birth_date", ColumnKind::Date),
    ("sex", ColumnKind::Equality),
    ("phone", ColumnKind::Equality),
    ("address", ColumnKind::Address),
    ("record", ColumnKind::Equality),
    ("companion", ColumnKind::Equality),
];

/// Attributes whose conflicts are always kept.
pub(crate) const CONFLICTS: &[&str] = &["name", "sex", "birth_date", "ethnicity", "died_on"];

/// How a home is a resident's: `resident_homes.relation`.
pub(crate) const HOME_RELATIONS: &[&str] = &["hukou", "present", "owner", "tenant"];

/// The standards that a column feeding this attribute may have; empty for an unknown attribute.
pub(crate) fn standards_of(attribute: &str) -> &'static [Standard] {
    match attribute {
        "name" => &[Standard::Name],
        "sex" => &[Standard::Sex],
        "birth_date" | "died_on" => &[Standard::Date],
        "ethnicity" => &[Standard::Ethnicity],
        "household_no" => &[Standard::Text, Standard::RecordNumber],
        "relation_to_head" => &[Standard::RelationToHead],
        "hukou_division" => &[Standard::Division],
        "hukou_address" | "address" => &[Standard::Address],
        "phone" => &[Standard::Phone],
        "assistance_category" => &[Standard::Coded, Standard::Text],
        "assistance_monthly_amount" => &[Standard::Amount],
        "blood_group" => &[Standard::BloodGroup],
        "chronic_icd10" => &[Standard::Icd10List],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_has_a_standard() {
        for attribute in ATTRIBUTES.iter().chain(CONFLICTS) {
            assert!(!standards_of(attribute).is_empty(), "{attribute}");
        }
    }
}
