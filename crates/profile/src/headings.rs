//! Whether the heading row is one, or the first of the data.

use rongtong_standards::clean;

use crate::forms;
use crate::known::Known;
use crate::personal::is_name_like;

/// Where headings come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// A row that looks like headings.
    Seen,
    /// The first row, which looks like data.
    Doubtful,
    /// Keys and element names: they are no row.
    Keys,
}

/// Headings as they may be shown.
pub(crate) struct Headings {
    /// Whether the row holds headings at all.
    pub(crate) recognised: bool,
    /// For each column; none where the heading is blank or may be data.
    pub(crate) shown: Vec<Option<String>>,
}

/// Judges headings. Of a row that may be data nothing is shown; of a row of headings, each that
/// looks like data is held back.
pub(crate) fn check(headings: &[String], row: Row, known: &Known) -> Headings {
    let recognised = match row {
        Row::Keys => true,
        Row::Seen => are_headings(headings, known),
        Row::Doubtful => {
            are_headings(headings, known) && headings.iter().any(|heading| known.has(heading))
        }
    };
    let shown = headings.iter().map(|heading| {
        let heading = clean::trim(heading);
        let usable = recognised && !heading.is_empty() && !is_data_like(heading);
        usable.then(|| heading.to_owned())
    });
    Headings {
        recognised,
        shown: shown.collect(),
    }
}

fn are_headings(headings: &[String], known: &Known) -> bool {
    let filled: Vec<&str> = headings
        .iter()
        .map(|h| clean::trim(h))
        .filter(|h| !h.is_empty())
        .collect();
    if filled.is_empty() || filled.iter().any(|heading| is_number(heading)) {
        return false;
    }
    if filled.iter().any(|heading| known.has(heading)) {
        return true;
    }
    let composed = filled
        .iter()
        .filter(|heading| !known.candidates(heading).is_empty())
        .count();
    let doubtful = filled
        .iter()
        .filter(|heading| is_data_like(heading) || is_name_like(heading))
        .count();
    doubtful == 0 || (composed * 2 >= filled.len() && doubtful * 2 < filled.len())
}

/// A number, a date: no department calls a column so.
fn is_number(heading: &str) -> bool {
    let plain = clean::half_width(heading);
    let number = plain
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".,-+*xX".contains(&byte));
    let date =
        forms::form_of(&plain).is_some_and(|form| forms::is_day(form) || forms::is_time(form));
    number && plain.bytes().filter(u8::is_ascii_digit).count() > 3 || date
}

/// Too long, or with too many digits, to be shown as a heading.
fn is_data_like(heading: &str) -> bool {
    let digits = heading.chars().filter(|c| c.is_numeric()).count();
    is_number(heading)
        || digits > 8
        || longest_run(heading) > 6
        || heading.chars().count() > 60
        || heading.chars().any(char::is_control)
}

fn longest_run(heading: &str) -> usize {
    heading
        .split(|c: char| !c.is_numeric())
        .map(|run| run.chars().count())
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(row: &[&str]) -> bool {
        let row: Vec<String> = row.iter().map(|cell| (*cell).to_owned()).collect();
        check(&row, Row::Seen, &Known::new(None).unwrap()).recognised
    }

    #[test]
    fn headings_are_told_from_data() {
        assert!(recognised(&["姓名", "证件号码", "2023年金额"]));
        assert!(recognised(&["AAC001", "AAC002", "AAE140"]));
        assert!(recognised(&["补贴对象", "所在小区", "审批结果"]));
        assert!(!recognised(&["王伟", "330106199001011234", "男"]));
        assert!(!recognised(&["李娜", "女", "汉族"]));
        assert!(!recognised(&["1", "2001-03-27", "低保"]));
        assert!(!recognised(&["13912345678", "姓名"]));
    }

    #[test]
    fn a_heading_that_is_a_number_is_held_back() {
        let row = [
            "name".to_owned(),
            "330106199001011234".to_owned(),
            " ".to_owned(),
        ];
        let headings = check(&row, Row::Keys, &Known::new(None).unwrap());
        assert_eq!(headings.shown, [Some("name".to_owned()), None, None]);
    }
}
