//! What a profile says. Nothing in here is a value of a personal column.

use std::collections::BTreeMap;

use rongtong_contracts::{Code, Standard};
use serde::{Serialize, Serializer};

use crate::kind::Kind;

/// A delivery as its bytes show it. `Display` is a page for people, `Serialize` for machines.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// The file's name, without its folder.
    pub file: String,
    /// Its size as received.
    pub bytes: u64,
    /// How it is packed.
    pub packing: PackingSeen,
    /// Whether the heading row holds headings. If not, it may be data, and none of it is shown.
    pub headings_recognised: bool,
    /// Rows looked at, broken ones included.
    pub rows: u64,
    /// Whether these are all rows.
    pub complete: bool,
    /// Rows that can't be split into columns, by rule.
    pub broken: BTreeMap<String, u64>,
    /// Members of a zip that were read as one table.
    pub parts: Vec<String>,
    /// Members, sheets and the like that were not read.
    pub unread: Vec<UnreadPart>,
    /// The columns, in order.
    pub columns: Vec<ColumnProfile>,
}

/// How a delivery is packed, in the words of a pipeline's binding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackingSeen {
    /// `csv`, `xlsx`, `ndjson`, `json`, `xml`, `geojson`.
    pub format: String,
    /// `gzip`, `zstd`, `zip`; none: not compressed.
    pub compression: Option<String>,
    /// The encoding's name; none for workbooks.
    pub encoding: Option<String>,
    /// Between cells, of delimited text.
    pub delimiter: Option<char>,
    /// Around cells, of delimited text.
    pub quote: Option<char>,
    /// The row of the headings, from 1, where there is one.
    pub header_row: Option<u32>,
    /// The sheet that was read, where it isn't the first.
    pub sheet: Option<String>,
    /// The element that is a record, of XML.
    pub record: Option<String>,
    /// What else the bytes show: byte order mark, line ends, doubts.
    pub remarks: Vec<String>,
}

/// Something in the delivery that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadPart {
    /// What it is, by name.
    pub name: String,
    /// Why it wasn't read.
    pub why: String,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnProfile {
    /// Its position, from 1.
    pub position: usize,
    /// Its heading; none where it is blank, or may be data.
    pub heading: Option<String>,
    /// What its cells seem to be.
    pub kind: Kind,
    /// The share of filled cells that the kind's standard reads, 0 to 1; none where any text fits, and
    /// of an empty column.
    pub fit: Option<f64>,
    /// Cells that say something.
    pub filled: u64,
    /// Empty or blank cells.
    pub empty: u64,
    /// Cells with a word for nothing, by word (`NULL`, `\N`, `-`, `无`).
    pub null_words: BTreeMap<String, u64>,
    /// Different filled cells, as received.
    pub distinct: u64,
    /// Whether no filled cell occurs twice.
    pub unique: bool,
    /// Characters of the shortest filled cell.
    pub min_chars: u32,
    /// Characters of the longest filled cell.
    pub max_chars: u32,
    /// Filled cells with blanks around them or full-width characters.
    pub untidy: u64,
    /// Whether its values may be personal: then none is shown anywhere.
    pub personal: bool,
    /// The codes of a coded column, most frequent first.
    pub codes: Vec<CodeCount>,
    /// Different values of a coded column that are too rare or too long to be shown.
    pub codes_withheld: u64,
    /// How dates are written.
    pub forms: Vec<FormCount>,
    /// Rules that cells break when the kind's standard reads them.
    pub findings: Vec<Finding>,
    /// Canonical columns it may be, likeliest first.
    pub candidates: Vec<Candidate>,
    /// What a human should look at.
    pub hints: Vec<Hint>,
}

/// One code and how often it stands in the column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeCount {
    /// The code.
    pub code: String,
    /// Its label, where the cells or a standard give one.
    pub label: Option<String>,
    /// Cells.
    pub cells: u64,
}

/// One way of writing dates and how often it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FormCount {
    /// Such as `YYYYMMDD`, `YYYY年M月D日`, `Excel serial`.
    pub form: String,
    /// Cells.
    pub cells: u64,
}

/// One rule and how many cells break it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// `repaired` or `flagged`.
    pub severity: &'static str,
    /// What is wrong, in English.
    pub title: &'static str,
    /// What is wrong, in Chinese.
    pub title_zh: &'static str,
    /// Cells.
    pub cells: u64,
}

/// Why a column is thought to be a canonical one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A contract has its heading.
    Contract,
    /// Its heading is a common one.
    Heading,
    /// Its cells look like it.
    Content,
}

/// A canonical column that a column may be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// The canonical name, such as `id_number`.
    pub name: String,
    /// Why.
    pub origin: Origin,
    /// The feeds whose contracts have it under this heading.
    pub feeds: Vec<String>,
    /// The standard it has there.
    #[serde(serialize_with = "standard")]
    pub standard: Standard,
    /// Its title in English.
    pub title_en: String,
    /// The code list of the contract.
    #[serde(skip)]
    pub(crate) codes: Vec<Code>,
}

/// Something for a human to look at, in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hint {
    /// Identity numbers stand inside the text of a column that isn't one of numbers.
    HiddenNumbers,
    /// The heading says one thing, the cells another.
    HeadingDisagrees,
    /// Nothing is filled in.
    Empty,
    /// The same value in every filled cell.
    Constant,
    /// A heading that an earlier column has too.
    HeadingTwice,
    /// A column without a usable heading.
    NoHeading,
    /// Organisations stand among the persons.
    Organisations,
    /// Several ways of writing dates.
    MixedForms,
    /// The coordinate system isn't known from the numbers.
    CoordinateSystem,
    /// Longitudes under the latitude's heading, or the other way round.
    AxesSwapped,
}

impl Hint {
    /// What it says, in English.
    pub fn text(self) -> &'static str {
        match self {
            Self::HiddenNumbers => "identity numbers hide in this text; they will be covered",
            Self::HeadingDisagrees => "the heading says something else than the cells",
            Self::Empty => "nothing is filled in",
            Self::Constant => "every filled cell is the same",
            Self::HeadingTwice => {
                "an earlier column has this heading too; such a delivery is refused"
            }
            Self::NoHeading => "no usable heading; the column can't be bound",
            Self::Organisations => "organisations stand among the persons",
            Self::MixedForms => "dates are written in several ways",
            Self::CoordinateSystem => "say in the binding which coordinate system this is (crs)",
            Self::AxesSwapped => "longitude and latitude seem to be swapped",
        }
    }

    /// What it says, in Chinese.
    pub fn text_zh(self) -> &'static str {
        match self {
            Self::HiddenNumbers => "文本中夹带公民身份号码，入湖时遮盖",
            Self::HeadingDisagrees => "列名与内容不符",
            Self::Empty => "整列为空",
            Self::Constant => "所有值相同",
            Self::HeadingTwice => "列名重复，此类批次将被拒收",
            Self::NoHeading => "没有可用的列名，无法接入",
            Self::Organisations => "人员中夹有单位",
            Self::MixedForms => "日期写法不一",
            Self::CoordinateSystem => "请在接入中注明坐标系（crs）",
            Self::AxesSwapped => "经纬度疑似颠倒",
        }
    }
}

fn standard<S: Serializer>(standard: &Standard, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(standard.as_str())
}
