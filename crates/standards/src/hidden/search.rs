//! The closer look at one text: which of its characters belong to an identity number.

use std::ops::Range;
use std::sync::LazyLock;

use crate::{calendar, clean, codes, identity};

/// The digits of the shortest number that is known by itself.
pub(super) const SHORTEST: usize = 15;
/// Fewer digits make no document.
pub(super) const FEWEST_DIGITS: usize = 5;
/// The characters of the shortest document.
const SHORTEST_DOCUMENT: usize = 7;
/// In how many characters a copy of the row's own number may differ: one mistyped, or two swapped.
const SLIPS: usize = 2;
/// Birth dates up to here are plausible, whatever the day of the delivery.
static LATEST_BIRTH: LazyLock<i32> =
    LazyLock::new(|| calendar::days(2099, 12, 31).unwrap_or(i32::MAX));

/// Whether a row's own number is perhaps no run of digits as long as an identity number.
pub(super) fn is_document(own: &str) -> bool {
    let mut before_last = own.bytes().take(own.len().saturating_sub(1));
    own.len() >= SHORTEST_DOCUMENT
        && (own.len() < SHORTEST || !before_last.all(|byte| byte.is_ascii_digit()))
}

/// Looks through one text after the other.
#[derive(Default)]
pub(super) struct Search {
    text: Tight,
    own: Tight,
    /// Where numbers stand, counted in characters that are no gaps.
    found: Vec<Range<usize>>,
}

impl Search {
    /// Whether a number stands in the text; `own` is the row's own.
    pub(super) fn finds(&mut self, text: &str, own: Option<&str>) -> bool {
        self.found.clear();
        self.text.read(text);
        self.own.read(own.unwrap_or_default());
        let (text, own) = (&self.text, self.own.folded.as_slice());
        let number = Number::of(own);
        for (start, run) in runs(&text.folded) {
            let alone = |at: &Range<usize>| text.is_alone(at) && text.is_split_as_fifteen(at);
            let at = |at: Range<usize>| at.start + start..at.end + start;
            let fifteens = windows(run, 15).filter(|(_, window)| is_fifteen(window));
            let found = &mut self.found;
            found.extend(fifteens.map(|(place, _)| at(place)).filter(alone));
            let eighteens = windows(run, 18).filter(|(_, window)| is_eighteen(window));
            found.extend(eighteens.map(|(place, _)| at(place)));
            for (form, slips) in number.iter().flat_map(Number::forms) {
                let copies = windows(run, form.len())
                    .filter(|(_, window)| differences(window, form) <= slips);
                found.extend(copies.map(|(place, _)| at(place)));
            }
        }
        if number.is_none() && may_be_document(own) {
            let is_part = |at: &Range<usize>| is_lettered_or_long(own) || text.is_alone(at);
            let copies = windows(&text.folded, own.len()).filter(|(_, window)| *window == own);
            self.found
                .extend(copies.map(|(place, _)| place).filter(is_part));
        }
        !self.found.is_empty()
    }

    /// The text with what was found in it covered, gaps inside too.
    pub(super) fn covered(&self, text: &str) -> String {
        let places = |found: &Range<usize>| {
            let places = self.text.places.get(found.clone())?;
            Some(*places.first()?..=*places.last()?)
        };
        let covered: Vec<_> = self.found.iter().filter_map(places).collect();
        let characters = text.chars().enumerate();
        characters
            .map(
                |(at, c)| match covered.iter().any(|range| range.contains(&at)) {
                    true => '*',
                    false => c,
                },
            )
            .collect()
    }
}

/// Whether a character may stand between the parts of a number: a blank, a dash, or another sign that divides. `*` does not:
/// it stands for what was covered.
fn is_gap(c: char) -> bool {
    const SIGNS: &str =
        "、。·•‘’“”…《》〈〉【】〔〕「」\u{ad}\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2212}";
    match c.is_ascii() {
        true => c != '*' && (c.is_ascii_punctuation() || clean::is_blank(c)),
        false => clean::is_blank(c) || SIGNS.contains(c),
    }
}

/// A text without its gaps: blanks, dashes and other signs that divide.
#[derive(Default)]
struct Tight {
    /// The characters as a number would have them; 0 where none would.
    folded: Vec<u8>,
    /// Which of them are digits as they stand.
    is_digit: Vec<bool>,
    /// Their places in the text, counted in characters.
    places: Vec<usize>,
}

impl Tight {
    fn read(&mut self, text: &str) {
        self.folded.clear();
        self.is_digit.clear();
        self.places.clear();
        for (place, c) in text.chars().enumerate() {
            let c = clean::narrow(c);
            if is_gap(c) {
                continue;
            }
            self.folded.push(folded(c));
            self.is_digit.push(c.is_ascii_digit());
            self.places.push(place);
        }
    }

    /// Whether no digit touches what stands there.
    fn is_alone(&self, at: &Range<usize>) -> bool {
        let touches = |left: usize| {
            let pair = (self.places.get(left), self.places.get(left + 1));
            matches!(pair, (Some(left), Some(right)) if left + 1 == *right)
        };
        let is_digit = |at: usize| self.is_digit.get(at) == Some(&true);
        let before = at.start.checked_sub(1);
        let touched = before.is_some_and(|before| is_digit(before) && touches(before));
        !touched && (!is_digit(at.end) || !touches(at.end - 1))
    }

    /// Whether there are gaps only where the birth date and the sequence begin. Anywhere else, and two
    /// numbers side by side would make a third too often.
    fn is_split_as_fifteen(&self, at: &Range<usize>) -> bool {
        let places = self.places.get(at.clone()).unwrap_or_default();
        let mut pairs = places.windows(2).zip(1..);
        pairs.all(|(pair, at)| pair[0] + 1 == pair[1] || matches!(at, 6 | 12))
    }
}

/// A row's own number of 18 characters or 15 digits.
struct Number {
    long: [u8; 18],
    short: [u8; 15],
    /// In how many characters a copy may differ: in none where the number itself is broken.
    slips: usize,
}

impl Number {
    fn of(own: &[u8]) -> Option<Self> {
        let long: [u8; 18] = match own.len() {
            18 => own.try_into().ok()?,
            15 => identity::number_of(identity::body_of_fifteen(own)?)
                .as_bytes()
                .try_into()
                .ok()?,
            _ => return None,
        };
        let body = &long[..17];
        if !body.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut short = [0; 15];
        let digits = body[..6].iter().chain(&body[8..]);
        short
            .iter_mut()
            .zip(digits)
            .for_each(|(to, digit)| *to = *digit);
        Some(Self {
            long,
            short,
            slips: if is_eighteen(&long) { SLIPS } else { 0 },
        })
    }

    /// The number, without its check character too, which gives it away as well, and its other length.
    fn forms(&self) -> [(&[u8], usize); 3] {
        let forms: [&[u8]; 3] = [&self.long, &self.long[..17], &self.short];
        forms.map(|form| (form, self.slips))
    }
}

/// O as 0, I and L as 1, and all that looks like X.
fn folded(c: char) -> u8 {
    match c.to_ascii_uppercase() {
        'O' => b'0',
        'I' | 'L' => b'1',
        '×' | 'Х' | 'х' | 'Χ' | 'χ' => b'X',
        c if c.is_ascii_alphanumeric() => c as u8,
        _ => 0,
    }
}

/// The runs of digits long enough for a number, each with the X that may end one, and where they start.
fn runs(folded: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut end = 0;
    folded
        .split_inclusive(|byte| !byte.is_ascii_digit())
        .map(move |run| {
            let start = end;
            end += run.len();
            let run = match run {
                [digits @ .., last] if !last.is_ascii_digit() && *last != b'X' => digits,
                run => run,
            };
            (start, run)
        })
        .filter(|(_, run)| run.len() >= SHORTEST)
}

/// Each part of that length, and where it stands.
fn windows(text: &[u8], length: usize) -> impl Iterator<Item = (Range<usize>, &[u8])> {
    text.windows(length)
        .enumerate()
        .map(move |(at, window)| (at..at + length, window))
}

fn differences(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).map(|(a, b)| usize::from(a != b)).sum()
}

/// Whether 18 characters are a number: province, birth date and check.
pub(super) fn is_eighteen(window: &[u8]) -> bool {
    let Ok(number) = <&[u8; 18]>::try_from(window) else {
        return false;
    };
    // Most numbers of other kinds have no such century there.
    matches!(number[6..8], [b'1', b'8' | b'9'] | [b'2', b'0'])
        && identity::body_of_bytes(number)
            .is_some_and(|body| identity::facts(body, *LATEST_BIRTH).is_ok())
}

/// Whether 15 digits are plausibly a number of before 1999, which has no check: county and birth date. Departments number their
/// records so too, by county and day; but those are days of this century, and whoever was born on one of the last is very old.
fn is_fifteen(window: &[u8]) -> bool {
    matches!(window.get(6), Some(b'3'..=b'9'))
        && matches!(window.get(8), Some(b'0' | b'1'))
        && identity::body_of_fifteen(window)
            .and_then(|body| identity::facts(body, *LATEST_BIRTH).ok())
            .is_some_and(|facts| facts.document == 111 && codes::is_known_division(facts.division))
}

/// Whether a number of another form is long enough to be found again, and fills no place only.
fn may_be_document(own: &[u8]) -> bool {
    own.len() >= SHORTEST_DOCUMENT
        && !own.contains(&0)
        && own.iter().filter(|byte| byte.is_ascii_digit()).count() >= FEWEST_DIGITS
        && (own.len() >= SHORTEST || !identity::is_placeholder(own))
}

/// Whether a document's number is its own wherever it stands; a few digits may be part of any number.
fn is_lettered_or_long(own: &[u8]) -> bool {
    own.len() >= SHORTEST || !own.iter().all(u8::is_ascii_digit)
}
