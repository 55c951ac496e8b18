//! What the cells of a column are.

use std::fmt;

use rongtong_contracts::Standard;
use serde::{Serialize, Serializer};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $word:literal, $zh:literal, $standard:ident, $personal:literal;)*) => {
        /// What the cells of a column seem to be.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// The word for it, such as `id_number`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $word,)* }
            }

            /// The word for it in Chinese.
            pub fn title_zh(self) -> &'static str {
                match self { $(Self::$kind => $zh,)* }
            }

            /// The standard of a contract that reads it.
            pub fn standard(self) -> Standard {
                match self { $(Self::$kind => Standard::$standard,)* }
            }

            /// Whether such a column says something about persons that must not be shown.
            pub fn is_personal(self) -> bool {
                match self { $(Self::$kind => $personal,)* }
            }
        }
    };
}

kinds! {
    /// Nothing is filled in.
    Empty, "empty", "空列", Text, false;
    /// Identity document numbers.
    IdNumber, "id_number", "证件号码", IdNumber, true;
    /// Kinds of identity documents (GA/T 2000.156).
    IdType, "id_type", "证件类型", IdType, false;
    /// Credit codes of organisations (GB 32100).
    CreditCode, "credit_code", "统一社会信用代码", Text, true;
    /// Names of persons.
    Name, "name", "姓名", Name, true;
    /// Names of organisations.
    Organisation, "organisation", "单位名称", Text, true;
    /// Sex (GB/T 2261.1).
    Sex, "sex", "性别", Sex, false;
    /// Ethnic groups (GB/T 3304).
    Ethnicity, "ethnicity", "民族", Ethnicity, false;
    /// Relation to the head of the household (GB/T 4761).
    RelationToHead, "relation_to_head", "与户主关系", RelationToHead, false;
    /// Marital status (GB/T 2261.2).
    MaritalStatus, "marital_status", "婚姻状况", MaritalStatus, false;
    /// Administrative divisions (GB/T 2260).
    Division, "division", "行政区划", Division, false;
    /// ABO blood groups.
    BloodGroup, "blood_group", "血型", BloodGroup, false;
    /// Phone numbers.
    Phone, "phone", "电话", Phone, true;
    /// Addresses.
    Address, "address", "地址", Address, true;
    /// Days.
    Date, "date", "日期", Date, true;
    /// Months.
    Month, "month", "年月", Month, true;
    /// Moments.
    Timestamp, "timestamp", "时间", Timestamp, true;
    /// Whole numbers.
    Integer, "integer", "整数", Amount, true;
    /// Numbers with decimals: money, areas.
    Decimal, "decimal", "小数", Amount, true;
    /// Shares.
    SharePercent, "share_percent", "份额", SharePercent, true;
    /// Longitudes, in degrees.
    Longitude, "longitude", "经度", Coordinate, true;
    /// Latitudes, in degrees.
    Latitude, "latitude", "纬度", Coordinate, true;
    /// ICD-10 codes, one in a cell.
    Icd10, "icd10", "ICD-10编码", Icd10, true;
    /// ICD-10 codes, several in a cell.
    Icd10List, "icd10_list", "ICD-10编码列表", Icd10List, true;
    /// Codes of some list.
    Code, "code", "代码", Coded, false;
    /// Numbers that name the row.
    RecordNumber, "record_number", "业务编号", RecordNumber, true;
    /// Polygons.
    Geometry, "geometry", "几何", Geometry, true;
    /// Anything else.
    Text, "text", "文本", Text, true;
}

impl Kind {
    /// The kind that a standard alone points to; none for `text`, which points to nothing.
    pub(crate) fn of(standard: Standard) -> Option<Self> {
        Some(match standard {
            Standard::Text => return None,
            Standard::RecordNumber => Self::RecordNumber,
            Standard::Name => Self::Name,
            Standard::IdNumber => Self::IdNumber,
            Standard::IdType => Self::IdType,
            Standard::Sex => Self::Sex,
            Standard::Ethnicity => Self::Ethnicity,
            Standard::RelationToHead => Self::RelationToHead,
            Standard::Division => Self::Division,
            Standard::MaritalStatus => Self::MaritalStatus,
            Standard::Date => Self::Date,
            Standard::Month => Self::Month,
            Standard::Timestamp => Self::Timestamp,
            Standard::Phone => Self::Phone,
            Standard::Amount => Self::Decimal,
            Standard::SharePercent => Self::SharePercent,
            Standard::Coordinate => Self::Longitude,
            Standard::Address => Self::Address,
            Standard::Coded => Self::Code,
            Standard::Icd10 => Self::Icd10,
            Standard::Icd10List => Self::Icd10List,
            Standard::BloodGroup => Self::BloodGroup,
            Standard::Geometry => Self::Geometry,
        })
    }

    /// Whether its cells are points in time.
    pub(crate) fn is_temporal(self) -> bool {
        matches!(self, Self::Date | Self::Month | Self::Timestamp)
    }

    /// Whether a national standard lists its codes.
    pub(crate) fn has_standard_codes(self) -> bool {
        matches!(
            self,
            Self::IdType
                | Self::Sex
                | Self::Ethnicity
                | Self::RelationToHead
                | Self::MaritalStatus
                | Self::Division
                | Self::BloodGroup
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
