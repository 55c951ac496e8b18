//! Taking a name apart: its characters, what separates them, its surname and its script.

use crate::clean::narrow;
use crate::name::{is_han, is_middle_dot, is_private};

use super::characters::{CHARACTERS, Readings};
use super::unit::{Gap, Kind, Unit};
use super::{latin, spelling, surnames};

pub(super) struct Parsed {
    pub(super) units: Vec<Unit>,
    /// How many characters are the surname.
    pub(super) surname: u8,
    /// Whether the name is in letters.
    pub(super) latin: bool,
    /// The syllables of a name in letters that is pinyin.
    pub(super) syllables: Option<Vec<u16>>,
}

pub(super) fn parse(name: &str) -> Parsed {
    let mut units = characters(name);
    let has = |kind| units.iter().any(|unit: &Unit| unit.kind() == kind);
    let (han, letters) = (has(Kind::Han), has(Kind::Letter));
    if han && letters {
        units = without_letters(&units);
    }
    let latin = letters && !han;
    let surname = if latin { 0 } else { surname(&units) };
    read_surname(&mut units, surname);
    Parsed {
        syllables: latin.then(|| syllables(&units)).flatten(),
        surname,
        latin,
        units,
    }
}

fn characters(name: &str) -> Vec<Unit> {
    let mut units = Vec::with_capacity(name.len().div_ceil(3));
    let mut gap = Gap::None;
    for c in name.chars() {
        let c = narrow(c);
        let (kind, folded) = match c {
            _ if is_middle_dot(c) => {
                gap = Gap::Dot;
                continue;
            }
            '\'' | '’' | '‘' | '`' | 'ʼ' => {
                gap = gap.max(Gap::Mark);
                continue;
            }
            '某' | '*' | '×' => (Kind::Mask, c),
            '?' | '□' | '■' | '〓' | '◇' | '○' | '\u{FFFD}' => (Kind::Wild, c),
            _ if is_private(c) => (Kind::Wild, c),
            _ if is_han(c) => (Kind::Han, CHARACTERS.folded(c)),
            _ if c.is_alphanumeric() => (Kind::Letter, plain_letter(c)),
            _ => {
                gap = gap.max(Gap::Blank);
                continue;
            }
        };
        if units.is_empty() {
            gap = Gap::None;
        }
        units.push(Unit::new(kind, gap, c, folded));
        gap = Gap::None;
    }
    units
}

/// The capital letter without its accent.
fn plain_letter(c: char) -> char {
    let capital = c.to_uppercase().next().unwrap_or(c);
    match capital {
        'À'..='Å' | 'Ā' | 'Ă' | 'Ą' | 'Ǎ' => 'A',
        'Ç' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' => 'C',
        'È'..='Ë' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' => 'E',
        'Ğ' | 'Ĝ' | 'Ģ' => 'G',
        'Ì'..='Ï' | 'Ī' | 'Į' | 'İ' | 'Ǐ' => 'I',
        'Ñ' | 'Ń' | 'Ň' => 'N',
        'Ò'..='Ö' | 'Ø' | 'Ō' | 'Ő' | 'Ǒ' => 'O',
        'Ś' | 'Ş' | 'Š' => 'S',
        'Ù'..='Ü' | 'Ū' | 'Ů' | 'Ű' | 'Ǔ' | 'Ǖ' | 'Ǘ' | 'Ǚ' | 'Ǜ' => 'U',
        'Ý' | 'Ÿ' => 'Y',
        'Ź' | 'Ż' | 'Ž' => 'Z',
        _ => capital,
    }
}

/// Among Han characters letters stand for a character: as its pinyin, or X for one that is masked.
fn without_letters(units: &[Unit]) -> Vec<Unit> {
    let mut out = Vec::with_capacity(units.len());
    let runs = units.chunk_by(|a, b| {
        let letters = a.kind() == Kind::Letter && b.kind() == Kind::Letter;
        letters && b.gap() == Gap::None
    });
    for run in runs {
        let [first, ..] = run else { continue };
        if first.kind() != Kind::Letter {
            out.extend_from_slice(run);
        } else if run.iter().all(|unit| unit.folded() == 'X') {
            let mask = |unit: &Unit| Unit::new(Kind::Mask, unit.gap(), 'X', 'X');
            out.extend(run.iter().map(mask));
        } else if let Some(syllables) = spelling::syllables(run) {
            let sounds = syllables.into_iter().take_while(|sound| *sound != 0);
            for (sound, gap) in sounds.zip([first.gap()].into_iter().chain([Gap::None; 24])) {
                out.push(Unit::syllable(gap, sound));
            }
        } else {
            out.extend_from_slice(run);
        }
    }
    out
}

/// The characters of the surname: none in names of parts, nor in names too long to have one.
fn surname(units: &[Unit]) -> u8 {
    let [first, second, ..] = units else { return 0 };
    if units.iter().any(|unit| unit.gap() == Gap::Dot) {
        return 0;
    }
    let compound = first.kind() == Kind::Han
        && second.kind() == Kind::Han
        && surnames::is_compound(first.folded(), second.folded());
    match units.len() {
        3..=5 if compound => 2,
        2..=4 => 1,
        _ => 0,
    }
}

/// Puts a surname's own reading before the usual one, and leaves out all others.
fn read_surname(units: &mut [Unit], surname: u8) {
    match (surname, units) {
        (1, [first, ..]) => {
            if let Some(sound) = surnames::read_as_surname(first.folded()) {
                first.sounds = with_first(sound, first.sounds);
            }
        }
        (2, [first, second, ..]) => {
            if let Some([one, two]) = surnames::compound_read(first.folded(), second.folded()) {
                first.sounds = with_first(one, first.sounds);
                second.sounds = with_first(two, second.sounds);
            }
        }
        _ => {}
    }
}

fn with_first(sound: u16, readings: Readings) -> Readings {
    let usual = readings.first().copied().unwrap_or_default();
    [sound, if usual == sound { 0 } else { usual }, 0, 0]
}

/// The syllables of all words, if every word is pinyin.
fn syllables(units: &[Unit]) -> Option<Vec<u16>> {
    let mut all = Vec::new();
    for word in latin::words(units) {
        let found = spelling::syllables(word)?;
        all.extend(found.into_iter().take_while(|sound| *sound != 0));
    }
    Some(all)
}
