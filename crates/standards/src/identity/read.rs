//! One cell that isn't a clean 18-character number: what it is, and what had to be mended.

use std::borrow::Cow;

use super::IdStatus;
use super::eighteen::{self, Facts, Fault};
use super::rules::*;
use crate::rules::Rule;
use crate::{clean, credit};

/// What a cell turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// Nothing.
    Missing,
    /// An organisation's credit code.
    Organisation,
    /// A usable number of 18 characters, as its body.
    Person(u64, Facts, Repairs),
    /// A usable number of another document: its type and normalised number.
    Document(u16, Cow<'a, str>, Repairs),
    /// A number that can't be used, as cleaned text.
    Unusable(IdStatus, &'static Rule, Cow<'a, str>),
}

/// What had to be mended in a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Repairs {
    quoted: bool,
    full_width: bool,
    inner_blanks: bool,
    lower_case: bool,
    look_alikes: bool,
    fifteen: bool,
}

impl Repairs {
    /// The rules, in the order of the mending.
    pub(super) fn rules(self) -> impl Iterator<Item = &'static Rule> {
        [
            (self.quoted, &ID_QUOTED),
            (self.full_width, &ID_FULL_WIDTH),
            (self.inner_blanks, &ID_INNER_BLANKS),
            (self.lower_case, &ID_LOWER_CASE),
            (self.look_alikes, &ID_LOOK_ALIKES),
            (self.fifteen, &ID_FIFTEEN_DIGITS),
        ]
        .into_iter()
        .filter_map(|(mended, rule)| mended.then_some(rule))
    }

    pub(super) fn status(self) -> IdStatus {
        if self == Self::default() {
            IdStatus::Valid
        } else {
            IdStatus::Repaired
        }
    }
}

/// Reads one cell. `stated` is the GA/T 2000.156 code beside it, if any.
pub(super) fn read(cell: &str, stated: Option<u16>, as_of: i32) -> Found<'_> {
    if clean::is_nothing(cell) {
        return Found::Missing;
    }
    let mut repairs = Repairs::default();
    let received = unwrapped(cell, &mut repairs);
    if clean::is_nothing(&received) {
        return Found::Missing;
    }
    if let Some((status, rule)) = damage(&received) {
        return Found::Unusable(status, rule, received);
    }
    let number = standard_form(&received, &mut repairs);
    match form(&number, stated, as_of) {
        Form::Eighteen(body, facts) => Found::Person(body, facts, repairs),
        Form::LookAlikes(body, facts) => Found::Person(
            body,
            facts,
            Repairs {
                look_alikes: true,
                // The letter that stood for a digit is counted once.
                lower_case: repairs.lower_case && received.contains('x'),
                ..repairs
            },
        ),
        Form::Fifteen(body, facts) => Found::Person(
            body,
            facts,
            Repairs {
                fifteen: true,
                ..repairs
            },
        ),
        Form::Organisation => Found::Organisation,
        Form::Other(document, length) => {
            let mut number = number.into_owned();
            number.truncate(length);
            Found::Document(document, Cow::Owned(number), repairs)
        }
        Form::Fault(rule) => Found::Unusable(IdStatus::Malformed, rule, received),
    }
}

/// What the characters of a number in standard form are.
enum Form {
    Eighteen(u64, Facts),
    LookAlikes(u64, Facts),
    Fifteen(u64, Facts),
    Organisation,
    /// Another document, and how many characters of the number identify.
    Other(u16, usize),
    Fault(&'static Rule),
}

/// The number's own form decides before the stated type.
fn form(number: &str, stated: Option<u16>, as_of: i32) -> Form {
    let bytes = number.as_bytes();
    if is_placeholder(bytes) {
        return Form::Fault(&ID_PLACEHOLDER);
    }
    let eighteen = <&[u8; 18]>::try_from(bytes).ok();
    let read = eighteen.and_then(|eighteen| read_eighteen(eighteen, as_of));
    if let Some(Ok((body, facts))) = read {
        return Form::Eighteen(body, facts);
    }
    let mended = without_look_alikes(number);
    let mended = mended
        .as_deref()
        .and_then(|mended| mended.as_bytes().try_into().ok());
    let mended = mended.and_then(|mended| read_eighteen(mended, as_of));
    // Before organisations: one in 31 such numbers passes the check of their code by chance, while no code has the
    // birth date and the check of a person.
    if let Some(Ok((body, facts))) = mended {
        return Form::LookAlikes(body, facts);
    }
    if let Some(eighteen) = eighteen {
        if credit::is_surely_organisation(number) {
            return Form::Organisation;
        }
        if let Some(Err(fault)) = read {
            return Form::Fault(fault_rule(fault, eighteen));
        }
    }
    if bytes.len() == 15 && bytes.iter().all(u8::is_ascii_digit) {
        return fifteen(bytes, as_of);
    }
    if let Some((document, length)) = fixed_form(bytes) {
        return Form::Other(document, length);
    }
    match stated {
        // These have a form of their own, and it was none of them.
        None | Some(111 | 112 | 154 | 516 | 553) => {}
        Some(document) if is_free_form(bytes) => return Form::Other(document, bytes.len()),
        Some(_) => {}
    }
    let is_own_form = match stated {
        None => is_passport(bytes),
        Some(_) => is_chinese_passport(bytes),
    };
    if is_own_form {
        return Form::Other(414, bytes.len());
    }
    Form::Fault(if mended.is_some() {
        &ID_CHECK_FAILED
    } else {
        &ID_FORM
    })
}

/// The text without quotation marks, full-width characters and blanks.
fn unwrapped<'a>(cell: &'a str, repairs: &mut Repairs) -> Cow<'a, str> {
    let cell = clean::trim(cell);
    let bare = cell
        .trim_start_matches(|c| c == '=' || is_quote(c))
        .trim_end_matches(is_quote);
    repairs.quoted = bare.len() != cell.len();
    let bare = clean::trim(bare);
    if bare.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Cow::Borrowed(bare);
    }
    let narrow = clean::half_width(bare);
    // A wide blank is one blank, not a full-width character of the number.
    repairs.full_width = bare
        .chars()
        .any(|c| c != '\u{3000}' && clean::narrow(c) != c);
    let tight = clean::without_blanks(&narrow);
    repairs.inner_blanks = tight.len() != narrow.len();
    Cow::Owned(tight.into_owned())
}

/// Upper case, without hyphens.
fn standard_form<'a>(received: &'a str, repairs: &mut Repairs) -> Cow<'a, str> {
    let has_hyphens = received.contains(['-', '—', '–']);
    repairs.inner_blanks |= has_hyphens;
    repairs.lower_case = received.bytes().any(|byte| byte.is_ascii_lowercase());
    if !has_hyphens && !repairs.lower_case {
        return Cow::Borrowed(received);
    }
    let characters = received.chars().filter(|c| !matches!(c, '-' | '—' | '–'));
    Cow::Owned(characters.map(|c| c.to_ascii_uppercase()).collect())
}

/// A mask, or the traces of Excel.
fn damage(text: &str) -> Option<(IdStatus, &'static Rule)> {
    if is_masked(text) {
        return Some((IdStatus::Masked, &ID_MASKED));
    }
    is_excel_number(text).then_some((IdStatus::Malformed, &ID_EXCEL_DAMAGE))
}

fn is_masked(text: &str) -> bool {
    if text.contains(['*', '●', '•', '■', '█', '＊']) {
        return true;
    }
    let longest = |is_mask: fn(u8) -> bool| {
        text.as_bytes()
            .split(|byte| !is_mask(*byte))
            .map(<[u8]>::len)
            .max()
            .unwrap_or(0)
    };
    let crosses = longest(|byte| matches!(byte, b'x' | b'X'));
    let only_digits = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'x' | b'X'));
    // Residents' numbers don't begin with 9: where one of such codes passes its check, XXX belongs to it.
    let is_code =
        || text.starts_with('9') && credit::is_surely_organisation(&text.to_ascii_uppercase());
    (crosses >= 3 || crosses == 2 && only_digits && text.len() >= 12) && !is_code()
}

/// `3.30106E+17`, or a whole number with `.0` behind it.
fn is_excel_number(text: &str) -> bool {
    let is_number = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_digit())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    if let Some((mantissa, exponent)) = text.split_once(['E', 'e']) {
        let digits = exponent.strip_prefix('+').unwrap_or(exponent);
        let is_scientific = digits.len() < exponent.len() || mantissa.contains('.');
        return is_scientific && is_number(mantissa) && is_number(digits);
    }
    let whole = text.trim_end_matches('0').strip_suffix('.');
    whole.is_some_and(|whole| whole.len() >= 15 && is_number(whole))
}

/// Whether a number is none but fills its place: all characters the same, or counting up or down.
#[must_use]
pub fn is_placeholder(number: impl AsRef<[u8]>) -> bool {
    let number = number.as_ref();
    let steps = |step: u8| {
        number.windows(2).all(|pair| {
            let next = pair[0].wrapping_sub(b'0').wrapping_add(step) % 10 + b'0';
            pair[0].is_ascii_digit() && pair[1] == next
        })
    };
    let same = number.windows(2).all(|pair| pair[0] == pair[1]);
    number.len() > 1 && (same || steps(1) || steps(9))
}

fn read_eighteen(number: &[u8; 18], as_of: i32) -> Option<Result<(u64, Facts), Fault>> {
    let (body, check) = number.split_at(17);
    let is_form = body.iter().all(u8::is_ascii_digit)
        && check
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'X');
    if !is_form {
        return None;
    }
    let Some(body) = eighteen::body_of_bytes(number) else {
        return Some(Err(Fault::Check));
    };
    Some(eighteen::facts(body, as_of).map(|facts| (body, facts)))
}

fn fault_rule(fault: Fault, number: &[u8; 18]) -> &'static Rule {
    if number[6..14] == *b"00000000" {
        return &ID_PLACEHOLDER;
    }
    match fault {
        // Excel keeps 15 digits. One undamaged number in 1,100 ends so too: its check passes.
        Fault::Check if number.ends_with(b"000") => &ID_EXCEL_DAMAGE,
        Fault::Check => &ID_CHECK_FAILED,
        Fault::Province => &ID_PROVINCE_UNKNOWN,
        Fault::Birth => &ID_BIRTH_IMPOSSIBLE,
    }
}

fn fifteen(number: &[u8], as_of: i32) -> Form {
    if number.get(6..12) == Some(b"000000") {
        return Form::Fault(&ID_PLACEHOLDER);
    }
    let Some(body) = eighteen::body_of_fifteen(number) else {
        return Form::Fault(&ID_FORM);
    };
    match eighteen::facts(body, as_of) {
        Ok(facts) if facts.document == 111 => Form::Fifteen(body, facts),
        // Residence permits and foreigners' cards never had 15 digits.
        Ok(_) | Err(Fault::Province | Fault::Check) => Form::Fault(&ID_PROVINCE_UNKNOWN),
        Err(Fault::Birth) => Form::Fault(&ID_BIRTH_IMPOSSIBLE),
    }
}

/// Documents known by their form: foreign permanent residents' cards of 2017 (3 letters, 12 digits),
/// travel permits of Hong Kong and Macao residents (H or M, 8 digits for life, 2 for the reissue).
pub(super) fn fixed_form(number: &[u8]) -> Option<(u16, usize)> {
    let digits = |from: usize| {
        number
            .get(from..)
            .is_some_and(|rest| rest.iter().all(u8::is_ascii_digit))
    };
    match number {
        [b'H' | b'M', ..] if matches!(number.len(), 9 | 11) && digits(1) => Some((516, 9)),
        [a, b, c, ..] if number.len() == 15 && digits(3) => [a, b, c]
            .iter()
            .all(|byte| byte.is_ascii_uppercase())
            .then_some((553, 15)),
        _ => None,
    }
}

/// Passports and whatever else has no check: 5 to 20 letters and digits, at least one of them a digit.
fn is_free_form(number: &[u8]) -> bool {
    matches!(number.len(), 5..=20)
        && number.iter().all(u8::is_ascii_alphanumeric)
        && number.iter().any(u8::is_ascii_digit)
}

/// One or two letters and 7 or 8 digits: a passport even where nobody says so.
pub(super) fn is_passport(number: &[u8]) -> bool {
    let letters = number
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    matches!(letters, 1 | 2)
        && matches!(number.len() - letters, 7 | 8)
        && number.iter().skip(letters).all(u8::is_ascii_digit)
}

/// An ordinary passport of China: E and 8 digits, E with a letter and 7 digits, and G and 8 digits before 2012.
fn is_chinese_passport(number: &[u8]) -> bool {
    let digits = match number {
        [b'E' | b'G', digits @ ..] if digits.len() == 8 => digits,
        _ => return false,
    };
    match digits {
        [first, rest @ ..] if number.starts_with(b"E") && first.is_ascii_uppercase() => {
            rest.iter().all(u8::is_ascii_digit)
        }
        digits => digits.iter().all(u8::is_ascii_digit),
    }
}

/// O as 0, l and I as 1, and at the end what looks like X; `None` if there is nothing to change.
fn without_look_alikes(number: &str) -> Option<String> {
    let last = number.chars().count().checked_sub(1)?;
    let mended: String = number
        .chars()
        .enumerate()
        .map(|(at, c)| match c {
            'O' => '0',
            'L' | 'I' => '1',
            '×' | 'Х' | 'х' | 'Χ' | 'χ' if at == last => 'X',
            _ => c,
        })
        .collect();
    (mended != number).then_some(mended)
}

fn is_quote(c: char) -> bool {
    matches!(
        c,
        '\'' | '"' | '`' | '‘' | '’' | '“' | '”' | '＇' | '＂' | '´'
    )
}
