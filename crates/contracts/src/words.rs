/// A closed vocabulary of contract or pipeline files.
pub(crate) trait Word: Copy + PartialEq + 'static {
    /// What the words name, for messages: "a cadence".
    const WHAT: &'static str;
    /// Every spelling; a meaning's first spelling is the one to show.
    const SPELLINGS: &'static [(&'static str, Self)];

    /// The meaning of a spelling.
    fn of(text: &str) -> Option<Self> {
        let found = Self::SPELLINGS.iter().find(|(word, _)| *word == text);
        found.map(|(_, meaning)| *meaning)
    }

    /// The first spelling.
    fn spelling(self) -> &'static str {
        let found = Self::SPELLINGS.iter().find(|(_, word)| *word == self);
        found.map_or("", |(spelling, _)| spelling)
    }
}

macro_rules! words {
    ($type:ident, $what:literal, $($meaning:ident: $($spelling:literal),+);+ $(;)?) => {
        impl Word for $type {
            const WHAT: &'static str = $what;
            const SPELLINGS: &'static [(&'static str, $type)] =
                &[$($(($spelling, $type::$meaning)),+),+];
        }

        impl $type {
            /// The word as it is written in the files.
            pub fn as_str(self) -> &'static str {
                self.spelling()
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// Whether a delivery replaces what the feed said before or adds to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cadence {
    /// 全量: a delivery is the whole truth of its day and replaces the one before.
    Snapshot,
    /// 增量: a delivery adds to all before.
    Increment,
}

words! { Cadence, "a cadence",
    Snapshot: "snapshot";
    Increment: "increment";
}

/// Sharing class of government data (共享属性), as the sharing catalogue names it; the strictest is greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SharingClass {
    /// 无条件共享: any department may have it.
    Unconditional,
    /// 有条件共享: departments with a stated purpose may have it.
    Conditional,
    /// 不予共享: nobody else may have it.
    Withheld,
}

words! { SharingClass, "a sharing class",
    Unconditional: "无条件", "unconditional";
    Conditional: "有条件", "conditional";
    Withheld: "不予", "withheld";
}

/// The coordinate system of a delivery's longitudes and latitudes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Crs {
    /// China Geodetic Coordinate System 2000 (GB 22021), the lake's own.
    Cgcs2000,
    /// WGS 84; within a metre of CGCS2000.
    Wgs84,
    /// GCJ-02 火星坐标: the obfuscated system of Chinese web maps, up to 700 m off.
    Gcj02,
    /// BD-09: Baidu's, GCJ-02 shifted once more.
    Bd09,
}

words! { Crs, "a coordinate system",
    Cgcs2000: "cgcs2000", "CGCS2000";
    Wgs84: "wgs84", "WGS84", "WGS-84";
    Gcj02: "gcj02", "GCJ02", "GCJ-02";
    Bd09: "bd09", "BD09", "BD-09";
}

/// How a column's text becomes its standard form: the contract's `standard`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standard {
    /// Any text: blanks and width put right.
    Text,
    /// The row's own number in the department's register, kept as text.
    RecordNumber,
    /// A person's name.
    Name,
    /// An identity document number (GB 11643 and others).
    IdNumber,
    /// The kind of document: GA/T 2000.156, three digits.
    IdType,
    /// GB/T 2261.1, one digit.
    Sex,
    /// GB/T 3304, two digits.
    Ethnicity,
    /// GB/T 4761, two digits.
    RelationToHead,
    /// GB/T 2260, six digits.
    Division,
    /// GB/T 2261.2, two digits.
    MaritalStatus,
    /// A day.
    Date,
    /// A month, kept as its first day.
    Month,
    /// A moment, Beijing wall time.
    Timestamp,
    /// A phone number.
    Phone,
    /// Yuan, or another quantity with at most two decimals (m²).
    Amount,
    /// A share in percent; 50.00 is a half.
    SharePercent,
    /// A longitude or latitude in degrees.
    Coordinate,
    /// An address.
    Address,
    /// A code of the column's own list (`codes`).
    Coded,
    /// One ICD-10 code.
    Icd10,
    /// Several ICD-10 codes in one cell.
    Icd10List,
    /// Blood group, `1` to `5` (CV04.50.005).
    BloodGroup,
    /// A polygon: GeoJSON or WKT.
    Geometry,
}

words! { Standard, "a standard",
    Text: "text";
    RecordNumber: "record_number";
    Name: "name";
    IdNumber: "id_number";
    IdType: "id_type";
    Sex: "sex";
    Ethnicity: "ethnicity";
    RelationToHead: "relation_to_head";
    Division: "division";
    MaritalStatus: "marital_status";
    Date: "date";
    Month: "month";
    Timestamp: "timestamp";
    Phone: "phone";
    Amount: "amount";
    SharePercent: "share_percent";
    Coordinate: "coordinate";
    Address: "address";
    Coded: "coded";
    Icd10: "icd10";
    Icd10List: "icd10_list";
    BloodGroup: "blood_group";
    Geometry: "geometry";
}

impl Standard {
    /// The ODCS `logicalType` that a column of this standard has.
    pub fn logical_type(self) -> &'static str {
        match self {
            Standard::Date | Standard::Month => "date",
            Standard::Timestamp => "timestamp",
            Standard::Amount | Standard::SharePercent | Standard::Coordinate => "number",
            Standard::Icd10List => "array",
            Standard::Geometry => "object",
            _ => "string",
        }
    }

    /// Whether its values come from a code list.
    pub(crate) fn is_coded(self) -> bool {
        matches!(
            self,
            Standard::Coded
                | Standard::IdType
                | Standard::Sex
                | Standard::Ethnicity
                | Standard::RelationToHead
                | Standard::Division
                | Standard::MaritalStatus
                | Standard::BloodGroup
        )
    }

    /// The codes of a national list that is short.
    pub(crate) fn short_list(self) -> Option<&'static [&'static str]> {
        match self {
            Standard::Sex => Some(&["0", "1", "2", "9"]),
            Standard::MaritalStatus => Some(&["10", "20", "21", "22", "23", "30", "40", "90"]),
            Standard::BloodGroup => Some(&["1", "2", "3", "4", "5"]),
            _ => None,
        }
    }

    /// How many digits each code of a long national list has.
    pub(crate) fn code_digits(self) -> Option<usize> {
        match self {
            Standard::Ethnicity | Standard::RelationToHead => Some(2),
            Standard::IdType => Some(3),
            Standard::Division => Some(6),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    fn every_spelling_is_one_word_with_one_meaning<W: Word + fmt::Debug>() {
        for (at, (spelling, meaning)) in W::SPELLINGS.iter().enumerate() {
            assert_eq!(W::of(spelling), Some(*meaning));
            let twice = W::SPELLINGS.iter().skip(at + 1).any(|(s, _)| s == spelling);
            assert!(!twice, "{spelling} has two meanings");
        }
    }

    #[test]
    fn vocabularies_are_unambiguous() {
        every_spelling_is_one_word_with_one_meaning::<Cadence>();
        every_spelling_is_one_word_with_one_meaning::<SharingClass>();
        every_spelling_is_one_word_with_one_meaning::<Crs>();
        every_spelling_is_one_word_with_one_meaning::<Standard>();
    }

    #[test]
    fn the_chinese_word_of_a_sharing_class_is_shown() {
        assert_eq!(SharingClass::Withheld.to_string(), "不予");
        assert!(SharingClass::Withheld > SharingClass::Unconditional);
    }
}
