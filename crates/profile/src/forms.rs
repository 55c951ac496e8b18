//! How a date is written.

use std::collections::BTreeMap;

use rongtong_standards::clean;

use crate::report::FormCount;

/// Days since 1899-12-30 in plain numbers, 1927 to 2064.
const SERIALS: std::ops::RangeInclusive<u32> = 10_000..=60_000;
/// Anything else.
const OTHER: &str = "other";

/// Counts the forms of all cells, most frequent first.
pub(crate) fn count<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<FormCount> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for cell in cells {
        let cell = clean::half_width(clean::trim(cell));
        *counts.entry(form_of(&cell).unwrap_or(OTHER)).or_default() += 1;
    }
    let mut forms: Vec<FormCount> = counts
        .into_iter()
        .map(|(form, cells)| FormCount {
            form: form.to_owned(),
            cells,
        })
        .collect();
    forms.sort_by(|a, b| b.cells.cmp(&a.cells).then_with(|| a.form.cmp(&b.form)));
    forms
}

/// The form of a trimmed, half-width cell; none if it isn't one of a date.
pub(crate) fn form_of(cell: &str) -> Option<&'static str> {
    if !(4..=40).contains(&cell.len()) {
        return None;
    }
    if cell.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits(cell);
    }
    if let Some((whole, fraction)) = cell.split_once('.')
        && whole.parse().is_ok_and(|days| SERIALS.contains(&days))
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some("Excel serial with time");
    }
    let mask = mask(cell)?;
    FORMS
        .iter()
        .find(|(pattern, _)| *pattern == mask)
        .map(|(_, form)| *form)
}

/// Whether a form is of days.
pub(crate) fn is_day(form: &str) -> bool {
    form.contains('D') && !is_time(form)
}

/// Whether a form is of months.
pub(crate) fn is_month(form: &str) -> bool {
    form.contains('Y') && form.contains('M') && !form.contains('D') && !is_time(form)
}

/// Whether a form has a time of day.
pub(crate) fn is_time(form: &str) -> bool {
    form.contains('H') || form.contains("time") || form.starts_with("Unix")
}

fn digits(cell: &str) -> Option<&'static str> {
    let number = |from: usize, to: usize| cell.get(from..to)?.parse::<u32>().ok();
    let year = number(0, 4)?;
    let year_like = (1800..=2199).contains(&year) || matches!(year, 0 | 9999);
    let month_like = |month: u32| month <= 12 || month == 99;
    match cell.len() {
        8 if year_like && month_like(number(4, 6)?) => Some("YYYYMMDD"),
        14 if year_like && month_like(number(4, 6)?) => Some("YYYYMMDDHHMMSS"),
        6 if (1900..=2099).contains(&year) && (1..=12).contains(&number(4, 6)?) => Some("YYYYMM"),
        5 if SERIALS.contains(&number(0, 5)?) => Some("Excel serial"),
        10 if cell.starts_with('1') => Some("Unix seconds"),
        13 if cell.starts_with('1') => Some("Unix milliseconds"),
        _ => None,
    }
}

/// Digit runs as `4` (four digits), `2` (one or two) or `f`; the rest as it stands.
fn mask(cell: &str) -> Option<String> {
    let mut mask = String::new();
    let mut run = 0;
    let mut fraction = false;
    let close = |run: &mut usize, fraction: bool, mask: &mut String| {
        match (*run, fraction) {
            (0, _) => {}
            (_, true) => mask.push('f'),
            (1 | 2, _) => mask.push('2'),
            (4, _) => mask.push('4'),
            _ => return None,
        }
        *run = 0;
        Some(())
    };
    for c in cell.chars() {
        if c.is_ascii_digit() {
            run += 1;
            continue;
        }
        close(&mut run, fraction, &mut mask)?;
        fraction = c == '.' && mask.contains(':');
        if c.is_whitespace() && mask.ends_with(' ') {
            continue;
        }
        mask.push(c);
    }
    close(&mut run, fraction, &mut mask)?;
    Some(mask)
}

/// Masks and what they are called. Both `2024-3-5` and `2024-03-05` have one form.
const FORMS: &[(&str, &str)] = &[
    ("4-2-2", "YYYY-MM-DD"),
    ("4/2/2", "YYYY/M/D"),
    ("4.2.2", "YYYY.M.D"),
    ("4年2月2日", "YYYY年M月D日"),
    ("4年2月2号", "YYYY年M月D日"),
    ("2-2-4", "DD-MM-YYYY or MM-DD-YYYY"),
    ("2/2/4", "DD/MM/YYYY or MM/DD/YYYY"),
    ("2/2/2", "two-digit year, YY/M/D"),
    ("2-2-2", "two-digit year, YY-M-D"),
    ("4-2", "YYYY-MM"),
    ("4/2", "YYYY/M"),
    ("4.2", "YYYY.M"),
    ("4年2月", "YYYY年M月"),
    ("4-2-2 2:2:2", "YYYY-MM-DD HH:MM:SS"),
    ("4-2-2 2:2:2.f", "YYYY-MM-DD HH:MM:SS.f"),
    ("4-2-2 2:2", "YYYY-MM-DD HH:MM"),
    ("4-2-2T2:2:2", "YYYY-MM-DDTHH:MM:SS"),
    ("4-2-2T2:2:2.f", "YYYY-MM-DDTHH:MM:SS.f"),
    ("4-2-2T2:2:2Z", "YYYY-MM-DDTHH:MM:SSZ"),
    ("4-2-2T2:2:2.fZ", "YYYY-MM-DDTHH:MM:SS.fZ"),
    ("4-2-2T2:2:2+2:2", "YYYY-MM-DDTHH:MM:SS+HH:MM"),
    ("4-2-2T2:2:2.f+2:2", "YYYY-MM-DDTHH:MM:SS.f+HH:MM"),
    ("4/2/2 2:2:2", "YYYY/M/D HH:MM:SS"),
    ("4/2/2 2:2", "YYYY/M/D HH:MM"),
    ("4年2月2日 2:2:2", "YYYY年M月D日 HH:MM:SS"),
    ("4年2月2日2时2分2秒", "YYYY年M月D日H时M分S秒"),
    ("4年2月2日2时2分", "YYYY年M月D日H时M分"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_the_feeds_are_known() {
        let cases = [
            ("20010327", "YYYYMMDD"),
            ("2001-03-27", "YYYY-MM-DD"),
            ("2001/3/27", "YYYY/M/D"),
            ("2001年3月27日", "YYYY年M月D日"),
            ("2001-03-27 00:00:00", "YYYY-MM-DD HH:MM:SS"),
            (
                "2001-03-27T01:02:03.123+08:00",
                "YYYY-MM-DDTHH:MM:SS.f+HH:MM",
            ),
            ("202403", "YYYYMM"),
            ("2024年3月", "YYYY年M月"),
            ("45292", "Excel serial"),
            ("45292.5", "Excel serial with time"),
            ("99991231", "YYYYMMDD"),
            ("1717200000", "Unix seconds"),
        ];
        for (cell, form) in cases {
            assert_eq!(form_of(cell), Some(form), "{cell}");
        }
        for cell in [
            "330106",
            "13912345678",
            "文三路",
            "330106199001011234",
            "110",
            "5000",
            "120.12345",
        ] {
            assert_eq!(form_of(cell), None, "{cell}");
        }
    }

    #[test]
    fn every_form_is_a_day_a_month_or_a_time() {
        for (_, form) in FORMS {
            let kinds = [is_day(form), is_month(form), is_time(form)];
            let day_first = form.starts_with("two") || form.starts_with("DD");
            assert!(
                kinds.iter().filter(|is| **is).count() == 1 || day_first,
                "{form}"
            );
        }
        assert!(!is_day("Excel serial"));
    }
}
