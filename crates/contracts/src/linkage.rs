//! A linkage as files declare it, in the terms that users of Splink know.

use std::fmt;
use std::path::PathBuf;

use crate::words::Word;

/// Whether the rows of a run are tied to people by more than their numbers: the pipeline's `linkage`.
#[derive(Debug, Clone, PartialEq)]
pub enum Linking {
    /// `off`: by good numbers alone.
    Off,
    /// `on`: by the default model.
    On,
    /// A file: by the model that it declares, over the columns of [`RESIDENT_COLUMNS`](crate::RESIDENT_COLUMNS).
    Declared(Box<Linkage>),
}

/// A linkage: what is compared, which pairs are looked at, where the thresholds lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Linkage {
    /// The file it was read from.
    pub path: PathBuf,
    /// `comparisons`; never empty.
    pub comparisons: Vec<LinkComparison>,
    /// `blocking_rules_to_generate_predictions`; never empty.
    pub rules: Vec<BlockingRule>,
    /// `contexts`.
    pub contexts: Vec<LinkContext>,
    /// From which probability on a pair is linked.
    pub link_probability: f64,
    /// From which probability on a pair is shown to a reviewer.
    pub review_probability: f64,
    /// Larger blocks are left out.
    pub max_records_in_block: u32,
    /// More pairs stop the linkage before any is compared.
    pub max_pairs: u32,
}

/// A linkage of tables: the file of `rongtong link`.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkJob {
    /// The model.
    pub linkage: Linkage,
    /// Which pairs count.
    pub link_type: LinkType,
    /// One or two, in the order of the file.
    pub tables: Vec<LinkTable>,
    /// The column that tells the rows of a table apart.
    pub unique_id: String,
    /// Line and column of that in the file, from 1.
    pub unique_id_at: (usize, usize),
    /// Whether a row of one table has at most one counterpart in the other.
    pub one_to_one: bool,
    /// `output.pairs`: where scored pairs go.
    pub pairs: Option<PathBuf>,
    /// `output.clusters`: where clusters go.
    pub clusters: Option<PathBuf>,
}

/// A table to be linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTable {
    /// The file's name without its ending; `source_dataset` in what is written.
    pub name: String,
    /// CSV or Parquet, by the ending.
    pub path: PathBuf,
    /// Line and column in the file, from 1.
    pub at: (usize, usize),
}

/// How one column of two records is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkComparison {
    /// `output_column_name`, else the column.
    pub name: String,
    /// The column.
    pub column: String,
    /// What the column holds, as far as the levels say.
    pub kind: Option<ColumnKind>,
    /// From the strongest to the weakest; "else" and "nothing to compare" are implied.
    pub levels: Vec<LinkLevel>,
    /// Whether agreement on a rare value weighs more.
    pub term_frequency: bool,
    /// Line and column in the file, from 1.
    pub at: (usize, usize),
}

/// One level of agreement.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkLevel {
    /// Its name, for people.
    pub name: String,
    /// When it holds.
    pub test: LevelTest,
}

/// When two values agree on a level.
#[derive(Debug, Clone, PartialEq)]
pub enum LevelTest {
    /// The values are the same.
    Exact,
    /// The column of one record is the named column of the other, both ways: given name and surname swapped.
    ColumnsReversed(String),
    /// Names agree at least so.
    Name(NameLevel),
    /// Dates agree at least so.
    Date(DateLevel),
    /// Days between the dates, at most.
    DaysApart(u32),
    /// Identity numbers agree at least so.
    IdNumber(NumberLevel),
    /// Jaro–Winkler similarity, at least.
    JaroWinkler(f64),
    /// Jaro similarity, at least.
    Jaro(f64),
    /// Levenshtein distance, at most.
    Levenshtein(u32),
    /// Damerau–Levenshtein distance, at most.
    DamerauLevenshtein(u32),
    /// The addresses name one home.
    SameHome,
    /// Every number of two addresses is the same, down to the room; the road may have been renamed.
    SameNumbers,
    /// The addresses name one building.
    SameBuilding,
}

/// A blocking rule: records whose keys are all equal are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockingRule {
    /// Its name, else its keys.
    pub name: String,
    /// The keys; never empty.
    pub keys: Vec<BlockingKey>,
    /// Whether pairs of two residents who are known already are looked at too.
    pub settled: bool,
    /// Blocks of more records are left out; `None` where the linkage's own limit counts.
    pub max_records_in_block: Option<u32>,
    /// Line and column in the file, from 1.
    pub at: (usize, usize),
}

/// One key of a blocking rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockingKey {
    /// The column.
    pub column: String,
    /// What of its value.
    pub part: KeyPart,
}

/// What of a value a blocking rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPart {
    /// All of it.
    Whole,
    /// `plain(…)`: a name with its variant characters folded.
    Plain,
    /// `sound(…)`: a name as it sounds.
    Sound,
    /// `surname(…)`: of a whole name.
    Surname,
    /// `given_name(…)`: of a whole name.
    GivenName,
    /// `near_name(…)`: of a whole name what a slip leaves whole.
    NearName,
    /// `year(…)`: of a date.
    Year,
    /// `month_day(…)`: of a date.
    MonthDay,
    /// `near_date(…)`: of a date what a slip leaves whole.
    NearDate,
    /// `quarters(…)`: of an identity number what slips leave whole.
    Quarters,
    /// `home(…)`: of an address.
    Home,
    /// `building(…)`: of an address.
    Building,
    /// `substr(…, start, length)`: characters, the first is 1.
    Substr {
        /// From 1.
        start: usize,
        /// At least 1.
        length: usize,
    },
}

/// A situation in which agreement is structural rather than chance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkContext {
    /// Its name, for people.
    pub name: String,
    /// Comparison and the weakest of its levels (0 = strongest) that makes the situation.
    pub when: Vec<Vec<(usize, usize)>>,
    /// Only two residents that are each known by a good number stand in it.
    pub settled: bool,
    /// Comparisons, by place, that are learned apart in it.
    pub apart: Vec<usize>,
}

/// Which pairs count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkType {
    /// Pairs within one table.
    DedupeOnly,
    /// Pairs across two tables.
    LinkOnly,
}

words! { LinkType, "a link type",
    DedupeOnly: "dedupe_only";
    LinkOnly: "link_only";
}

/// What a column holds, and so how its values are read and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColumnKind {
    /// Text, compared character by character.
    Text,
    /// Names of Chinese residents.
    Name,
    /// Days.
    Date,
    /// Identity numbers.
    IdNumber,
    /// Addresses.
    Address,
    /// Values of which only equality counts.
    Equality,
}

words! { ColumnKind, "a kind of column",
    Text: "text";
    Name: "name_zh";
    Date: "date";
    IdNumber: "id_number";
    Address: "address";
    Equality: "exact";
}

/// How two names agree at least; see `rongtong_standards::names`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameLevel {
    /// The same.
    Exact,
    /// The same once variant characters are folded.
    Folded,
    /// Every character has a reading in common.
    SameSound,
    /// Characters look alike.
    LookAlike,
    /// Characters that sound alike to southern ears.
    Accent,
    /// Equal wherever both can be read.
    Compatible,
    /// One character differs, or the order.
    Near,
    /// The surname only.
    Surname,
    /// The given name only.
    Given,
}

words! { NameLevel, "a level of name_zh",
    Exact: "exact";
    Folded: "folded";
    SameSound: "same_sound";
    LookAlike: "look_alike";
    Accent: "accent";
    Compatible: "compatible";
    Near: "near";
    Surname: "surname";
    Given: "given";
}

/// How two dates agree at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateLevel {
    /// The same day.
    Same,
    /// A digit mistyped, two neighbours swapped, or day and month swapped.
    Slip,
    /// Two of year, month and day.
    Near,
    /// The year.
    Year,
}

words! { DateLevel, "a level of date",
    Same: "same";
    Slip: "slip";
    Near: "near";
    Year: "year";
}

/// How two identity numbers agree at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberLevel {
    /// The same.
    Same,
    /// One is masked and shows nothing else.
    Masked,
    /// One is broken by one slip.
    Slip,
    /// One is broken, two characters are wrong.
    TwoSlips,
    /// Both are whole and nearly the same.
    Close,
    /// One is broken, and they have nothing to do with each other.
    BrokenDifferent,
}

words! { NumberLevel, "a level of id_number",
    Same: "same";
    Masked: "masked";
    Slip: "slip";
    TwoSlips: "two_slips";
    Close: "close";
    BrokenDifferent: "broken_different";
}

impl LevelTest {
    /// The kind of column it needs; `None`: any.
    #[must_use]
    pub const fn kind(&self) -> Option<ColumnKind> {
        match self {
            Self::Exact => None,
            Self::Name(_) => Some(ColumnKind::Name),
            Self::Date(_) | Self::DaysApart(_) => Some(ColumnKind::Date),
            Self::IdNumber(_) => Some(ColumnKind::IdNumber),
            Self::SameHome | Self::SameNumbers | Self::SameBuilding => Some(ColumnKind::Address),
            Self::ColumnsReversed(_)
            | Self::JaroWinkler(_)
            | Self::Jaro(_)
            | Self::Levenshtein(_)
            | Self::DamerauLevenshtein(_) => Some(ColumnKind::Text),
        }
    }
}

impl KeyPart {
    /// The kind of column it needs; `None`: any.
    #[must_use]
    pub const fn kind(self) -> Option<ColumnKind> {
        match self {
            Self::Whole => None,
            Self::Plain | Self::Sound | Self::Surname | Self::GivenName | Self::NearName => {
                Some(ColumnKind::Name)
            }
            Self::Year | Self::MonthDay | Self::NearDate => Some(ColumnKind::Date),
            Self::Quarters => Some(ColumnKind::IdNumber),
            Self::Home | Self::Building => Some(ColumnKind::Address),
            Self::Substr { .. } => Some(ColumnKind::Text),
        }
    }
}

impl fmt::Display for BlockingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = &self.column;
        let function = match self.part {
            KeyPart::Whole => return f.write_str(column),
            KeyPart::Substr { start, length } => {
                return write!(f, "substr({column}, {start}, {length})");
            }
            KeyPart::Plain => "plain",
            KeyPart::Sound => "sound",
            KeyPart::Surname => "surname",
            KeyPart::GivenName => "given_name",
            KeyPart::NearName => "near_name",
            KeyPart::Year => "year",
            KeyPart::MonthDay => "month_day",
            KeyPart::NearDate => "near_date",
            KeyPart::Quarters => "quarters",
            KeyPart::Home => "home",
            KeyPart::Building => "building",
        };
        write!(f, "{function}({column})")
    }
}
