use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::{Cadence, FeedName, SharingClass, Standard};

/// What a feed means (数据契约): its columns, whom its rows name, and whose word it is.
#[derive(Debug, Clone)]
pub struct Contract {
    /// The feed: ODCS `domain` and `name`.
    pub feed: FeedName,
    /// ODCS `id`.
    pub id: String,
    /// ODCS `version`.
    pub version: String,
    /// ODCS `status`: `active`, `draft` …
    pub status: String,
    /// The feed's title in Chinese, from `businessName` (`中文 / English`).
    pub title_zh: String,
    /// The feed's title in English.
    pub title_en: String,
    /// What the feed holds, in both languages; empty if nothing is said.
    pub description: String,
    /// The columns, in their canonical order. Never empty; names are unique, and so are headings.
    pub columns: Vec<ContractColumn>,
    /// Whom a row names, in the order of the file; empty for feeds about no person, such as grid cells.
    pub mentions: Vec<Mention>,
    /// Where the people named live by this feed.
    pub homes: Vec<Home>,
    /// The column that says how new a row is; a date or timestamp.
    pub time_column: Option<String>,
    /// What a delivery is unless the binding says otherwise.
    pub cadence: Cadence,
    /// Who may have the feed; columns can be stricter.
    pub sharing: SharingClass,
    /// The feed's place among those that know an attribute. A pipeline can override it: use
    /// [`crate::Pipeline::authority`].
    pub authority: BTreeMap<String, Rank>,
    /// Attributes whose conflicts this contract wants kept, beside those that always are.
    pub conflicts: Vec<String>,
    /// The file it was read from.
    pub path: PathBuf,
}

impl Contract {
    /// The column of that canonical name.
    pub fn column(&self, name: &str) -> Option<&ContractColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// One column of a feed.
#[derive(Debug, Clone)]
pub struct ContractColumn {
    /// Canonical name, such as `id_number`.
    pub name: String,
    /// Headings that deliveries give it: `physicalName` first, then `aliases`. Never empty.
    pub headings: Vec<String>,
    /// How its text becomes its standard form.
    pub standard: Standard,
    /// Whether a delivery without this column is refused. Cells may be empty all the same.
    pub required: bool,
    /// Title in Chinese.
    pub title_zh: String,
    /// Title in English.
    pub title_en: String,
    /// What it holds, in both languages; may be empty.
    pub description: String,
    /// How sensitive it is: `public`, `internal`, `personal`, `sensitive`, or a word of your own.
    pub classification: String,
    /// Who may have it; the contract's class unless the column says otherwise.
    pub sharing: SharingClass,
    /// The published list its codes are from, such as `GB/T 3304`.
    pub code_list: Option<String>,
    /// The column's own code list; empty unless the standard is [`Standard::Coded`].
    pub codes: Vec<Code>,
    /// Codes that say "not known": they never win over another feed's value.
    pub unknown_codes: Vec<String>,
    /// Line in the contract's file, from 1.
    pub line: usize,
}

impl ContractColumn {
    /// Title for people who read either language: `中文 / English`.
    pub fn title(&self) -> String {
        both_titles(&self.title_zh, &self.title_en)
    }
}

/// One code of a column's own list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// As it stands in the lake.
    pub code: String,
    /// What it means, in Chinese; deliveries may hold it in place of the code.
    pub label: String,
    /// What it means, in English; empty if not said.
    pub label_en: String,
    /// Other texts that deliveries hold in place of the code.
    pub aliases: Vec<String>,
}

/// The part of a row that names a resident (人员引用). Fields hold canonical column names, each of them a
/// column of the contract with the fitting [`Standard`].
///
/// It names somebody by `name`, `id_number` or both, and can be told from others in the feed by
/// `record_number` or `identifying`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mention {
    /// What the person is in the row: `holder`, `husband`, `wife`, `tenant` …; unique in the contract.
    pub role: String,
    /// Column of the name.
    pub name: Option<String>,
    /// Column of the identity document's number.
    pub id_number: Option<String>,
    /// Column of the document's kind.
    pub id_type: Option<String>,
    /// Column of the sex.
    pub sex: Option<String>,
    /// Column of the birth date.
    pub birth_date: Option<String>,
    /// GB/T 2261.1 code that the role itself says: `1` for a husband, `2` for a wife.
    pub fixed_sex: Option<String>,
    /// Column of the row's own number in the department's register.
    pub record_number: Option<String>,
    /// Columns that tell people without a number apart where the row has no number of its own.
    pub identifying: Vec<String>,
    /// What the row says of the person: attribute of `residents` → column. Holds `name`, `sex` and
    /// `birth_date` too where there are columns for them; `fixed_sex` is not in it.
    pub attributes: BTreeMap<String, String>,
}

/// A home that a row gives to the person of its first mention; fields hold canonical column names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// `hukou`, `present`, `owner` or `tenant`.
    pub relation: String,
    /// Column of the address.
    pub address: String,
    /// Column of the real-estate unit number.
    pub unit_no: Option<String>,
    /// Column of the share owned, in percent.
    pub share_percent: Option<String>,
    /// Column of the longitude.
    pub longitude: Option<String>,
    /// Column of the latitude.
    pub latitude: Option<String>,
    /// Column of the day from which on it is a home.
    pub starts_on: Option<String>,
}

/// A feed's place among the feeds that know an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rank {
    /// Place, 1 first.
    pub place: u32,
    /// Whether the newest value wins whatever the place, which then only breaks ties.
    pub newest: bool,
    /// Line in the contract's file, from 1.
    pub line: usize,
}

pub(crate) fn both_titles(zh: &str, en: &str) -> String {
    if zh == en {
        zh.to_owned()
    } else {
        format!("{zh} / {en}")
    }
}

impl Contract {
    /// Title for people who read either language: `中文 / English`.
    pub fn title(&self) -> String {
        both_titles(&self.title_zh, &self.title_en)
    }
}
