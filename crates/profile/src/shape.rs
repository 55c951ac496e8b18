//! What cells look like, before anything is read into them.

use arrow::array::StringViewArray;
use rongtong_standards::{clean, credit};

use crate::forms;
use crate::personal::is_name_like;

/// Of a sample of filled cells, how many look like what.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    pub(crate) cells: u64,
    /// Digits alone.
    pub(crate) whole: u64,
    /// Digits alone, more than one, a zero first.
    pub(crate) zero_first: u64,
    /// Ten digits or more: they name something, nobody counts that far.
    pub(crate) long: u64,
    /// Digits with a point among them.
    pub(crate) pointed: u64,
    /// Four decimals or more.
    pub(crate) fine: u64,
    /// Starting with a year of 19xx or 20xx.
    pub(crate) year_first: u64,
    pub(crate) han: u64,
    pub(crate) names: u64,
    pub(crate) addresses: u64,
    pub(crate) organisations: u64,
    pub(crate) credit_codes: u64,
    pub(crate) geometries: u64,
    pub(crate) shares: u64,
    pub(crate) days: u64,
    pub(crate) months: u64,
    pub(crate) times: u64,
    /// ASCII letters, digits, `-` and `_`, at least one digit.
    pub(crate) tokens: u64,
    /// A letter, two digits, and a point.
    pub(crate) diagnoses: u64,
    /// Several things split by `;` or `,`.
    pub(crate) lists: u64,
    /// Longitudes and latitudes of China.
    pub(crate) longitudes: u64,
    pub(crate) latitudes: u64,
}

impl Shape {
    pub(crate) fn of(sample: &StringViewArray) -> Self {
        let mut shape = Self::default();
        for cell in sample.iter().flatten() {
            shape.add(clean::half_width(clean::trim(cell)).as_ref());
        }
        shape
    }

    /// A count as a share of the cells.
    pub(crate) fn share(&self, count: u64) -> f64 {
        if self.cells == 0 {
            0.0
        } else {
            count as f64 / self.cells as f64
        }
    }

    fn add(&mut self, cell: &str) {
        let bytes = cell.as_bytes();
        let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
        let whole = digits == bytes.len();
        let has_han = cell.chars().any(rongtong_standards::name::is_han);
        let token = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let number: Option<f64> = plain_number(cell);
        let decimals = cell.split_once('.').map_or(0, |(_, tail)| tail.len());
        let form = forms::form_of(cell);
        let count = |counter: &mut u64, hit: bool| *counter += u64::from(hit);
        self.cells += 1;
        count(&mut self.whole, whole);
        count(
            &mut self.zero_first,
            whole && digits > 1 && bytes.starts_with(b"0"),
        );
        count(&mut self.long, whole && digits >= 10);
        count(&mut self.pointed, number.is_some() && decimals > 0);
        count(&mut self.fine, number.is_some() && decimals >= 4);
        count(
            &mut self.year_first,
            bytes.starts_with(b"19") || bytes.starts_with(b"20"),
        );
        count(&mut self.han, has_han);
        count(&mut self.names, is_name_like(cell));
        count(&mut self.addresses, is_address_like(cell));
        count(
            &mut self.organisations,
            has_han && credit::is_organisation_name(cell),
        );
        count(
            &mut self.credit_codes,
            bytes.len() == 18 && credit::is_credit_code(cell),
        );
        count(&mut self.geometries, is_geometry(cell));
        count(&mut self.shares, is_share(cell));
        count(&mut self.days, form.is_some_and(forms::is_day));
        count(&mut self.months, form.is_some_and(forms::is_month));
        count(&mut self.times, form.is_some_and(forms::is_time));
        count(&mut self.tokens, digits > 0 && bytes.iter().all(token));
        count(&mut self.diagnoses, is_pointed_diagnosis(cell));
        count(&mut self.lists, cell.contains([';', ',', '、']));
        count(
            &mut self.longitudes,
            number.is_some_and(|n| (73.0..=136.0).contains(&n)),
        );
        count(
            &mut self.latitudes,
            number.is_some_and(|n| (3.0..=54.0).contains(&n)),
        );
    }
}

fn plain_number(cell: &str) -> Option<f64> {
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    cell.bytes().all(plain).then(|| cell.parse().ok()).flatten()
}

fn is_address_like(cell: &str) -> bool {
    const MARKS: &[char] = &[
        '省', '市', '区', '县', '镇', '乡', '村', '路', '街', '道', '巷', '弄', '号', '幢', '栋',
        '室', '组', '苑', '园', '楼',
    ];
    cell.chars().count() >= 6 && cell.chars().filter(|c| MARKS.contains(c)).count() >= 2
}

fn is_geometry(cell: &str) -> bool {
    let start: String = cell
        .chars()
        .take(12)
        .collect::<String>()
        .to_ascii_uppercase();
    ["POLYGON", "MULTIPOLYGON"]
        .iter()
        .any(|word| start.starts_with(word))
        || (start.starts_with('{') && cell.contains("\"coordinates\""))
}

fn is_share(cell: &str) -> bool {
    let fraction = || {
        let (over, under) = cell.split_once('/')?;
        let small = |text: &str| text.len() <= 5 && text.parse::<u32>().is_ok();
        Some(small(over) && small(under))
    };
    let percent = cell
        .strip_suffix('%')
        .is_some_and(|number| plain_number(number).is_some());
    percent || cell == "共同共有" || fraction().unwrap_or(false)
}

fn is_pointed_diagnosis(cell: &str) -> bool {
    matches!(cell.as_bytes(), [a, b, c, b'.', ..]
        if a.is_ascii_alphabetic() && b.is_ascii_digit() && c.is_ascii_digit())
}
