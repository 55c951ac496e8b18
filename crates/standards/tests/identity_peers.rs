//! Identity verdicts against id-validator and python-stdnum: every difference is one of the classes
//! of docs/identity-numbers.md, and every class there occurs.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use arrow::array::{Array, StringViewArray};
use rongtong_standards::identity::{identity_numbers, number_of};
use rongtong_standards::{calendar, codes};

const NUMBERS: usize = 100_000;
const AS_OF: (i32, u32, u32) = (2026, 6, 1);

#[test]
fn every_difference_from_the_peers_is_explained() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = python(&root)?;
    let verdicts = Path::new(env!("CARGO_TARGET_TMPDIR")).join("identity-verdicts.tsv");
    std::fs::write(&verdicts, verdict_lines())?;
    let output = Command::new(&python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/compare_id.py"))
        .arg(&verdicts)
        .arg(format!("{:04}-{:02}-{:02}", AS_OF.0, AS_OF.1, AS_OF.2))
        .output()?;
    let classes = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "differences that no class explains:\n{errors}\n{classes}"
    );

    let found: BTreeSet<&str> = classes
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    let page = std::fs::read_to_string(root.join("docs/identity-numbers.md"))?;
    let documented: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|name| name.contains('/'))
        .collect();
    assert_eq!(
        found, documented,
        "classes found, and classes in docs/identity-numbers.md"
    );
    Ok(())
}

fn python(root: &Path) -> Result<PathBuf, String> {
    let named = std::env::var_os("RONGTONG_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| root.join(".venv/bin/python"));
    let has_peers = Command::new(&python)
        .args(["-c", "import id_validator, stdnum.cn.ric"])
        .output();
    match has_peers {
        Ok(output) if output.status.success() => Ok(python),
        _ => Err("no Python with id-validator and python-stdnum: run tests/setup, or set RONGTONG_PYTHON".into()),
    }
}

/// One line for each number: what it is, and our verdict.
fn verdict_lines() -> String {
    let mut dice = Dice(20_260_601);
    let cells: Vec<(&str, String)> = (0..NUMBERS).map(|at| cell(at, &mut dice)).collect();
    let numbers = StringViewArray::from_iter_values(cells.iter().map(|(_, cell)| cell));
    let as_of = calendar::days(AS_OF.0, AS_OF.1, AS_OF.2).unwrap_or_default();
    let column = identity_numbers(&numbers, None, as_of);
    let mut lines = String::new();
    let mut issues = column.issues.iter().peekable();
    for (row, (kind, cell)) in cells.iter().enumerate() {
        let mut rules = Vec::new();
        while let Some(issue) = issues.next_if(|issue| issue.row as usize == row) {
            rules.push(issue.rule.name);
        }
        let number = if column.number.is_valid(row) {
            column.number.value(row)
        } else {
            ""
        };
        let birth = if column.birth_date.is_valid(row) {
            let (year, month, day) = calendar::civil(column.birth_date.value(row));
            format!("{year:04}-{month:02}-{day:02}")
        } else {
            String::new()
        };
        let usable = u8::from(column.status[row].is_usable());
        let (document, sex, rules) = (column.document[row], column.sex[row], rules.join(","));
        let _ = writeln!(
            lines,
            "{kind}\t{cell}\t{usable}\t{document}\t{number}\t{birth}\t{sex}\t{rules}"
        );
    }
    lines
}

/// A cell of one kind; the kinds take turns.
fn cell(at: usize, dice: &mut Dice) -> (&'static str, String) {
    let body = body(dice);
    let number = number_of(body);
    let fifteen = || format!("{}{}", &number[..6], &number[8..17]);
    match at % 36 {
        0..=5 => ("valid", number),
        6 => ("lower x", number.to_lowercase()),
        7 => ("blanks around", format!(" {number}\u{3000}")),
        8 => (
            "inner blanks",
            format!("{} {} {}", &number[..6], &number[6..14], &number[14..]),
        ),
        9 => (
            "full width",
            number
                .chars()
                .filter_map(|c| char::from_u32(c as u32 + 0xFEE0))
                .collect(),
        ),
        10 => (
            "look-alikes",
            number.replace('0', "O").replacen('1', "l", 1),
        ),
        11 => ("quoted", format!("'{number}")),
        12 | 13 => ("15 digits", fifteen()),
        14 => (
            "15 digits, over a hundred",
            format!("{}{}", &fifteen()[..12], 996 + dice.roll(4)),
        ),
        15 => (
            "15 with a letter",
            format!("{}O{}", &fifteen()[..13], dice.roll(10)),
        ),
        16 => ("15, permit", format!("810000{}", &fifteen()[6..])),
        17 => ("mistyped", mistyped(&number, dice)),
        18 => ("swapped", swapped(&number, dice)),
        19 => (
            "masked",
            format!("{}********{}", &number[..6], &number[14..]),
        ),
        20 => ("excel", format!("{}.{}E+17", &number[..1], &number[1..6])),
        21 => ("zeroed", format!("{}000", &number[..15])),
        22 => {
            let length = if dice.roll(2) == 0 { 15 } else { 18 };
            ("placeholder", dice.roll(10).to_string().repeat(length))
        }
        23 => (
            "no such day",
            number_of(with_birth(body, 20_010_200 + 30 + dice.roll(2))),
        ),
        24 => (
            "future birth",
            number_of(with_birth(body, 20_270_101 + dice.roll(70) * 10_000)),
        ),
        25 => (
            "this year, later",
            number_of(with_birth(body, 20_260_701 + dice.roll(5) * 100)),
        ),
        26 => (
            "before 1800",
            number_of(with_birth(body, 17_000_101 + dice.roll(90) * 10_000)),
        ),
        27 => (
            "unknown county",
            number_of(with_division(body, 330_190 + dice.roll(9))),
        ),
        28 => (
            "unknown province",
            number_of(with_division(body, 160_101 + dice.roll(4) * 10_000)),
        ),
        29 => {
            let newer = [
                350_404, 431_181, 450_181, 500_157, 653_228, 659_012, 332_801,
            ];
            (
                "county of newer editions",
                number_of(with_division(body, newer[dice.roll(7) as usize])),
            )
        }
        30 => (
            "residence permit",
            number_of(with_division(body, 810_000 + dice.roll(3) * 10_000)),
        ),
        31 => (
            "foreign 2023",
            number_of(with_division(body, 933_000 + dice.roll(1_000))),
        ),
        32 => ("foreign 2017", format!("USA{}", &number[..12])),
        33 => ("travel permit", format!("H{}", &number[6..14])),
        34 => match dice.roll(5) {
            0 => ("empty", String::new()),
            1 => ("credit code", "91350100M000100Y43".to_owned()),
            2 => ("passport", format!("E{}", &number[6..14])),
            3 => ("a name", "王伟".to_owned()),
            _ => ("17 characters", number[..17].to_owned()),
        },
        _ => ("19 characters", format!("{number}{}", dice.roll(10))),
    }
}

/// The body of a number: any division of any year, any day since 1900.
fn body(dice: &mut Dice) -> u64 {
    let divisions = codes::divisions();
    let division = u64::from(divisions[dice.roll(divisions.len() as u64) as usize].code);
    let date = (1900 + dice.roll(126)) * 10_000 + (1 + dice.roll(12)) * 100 + 1 + dice.roll(28);
    division * 100_000_000_000 + date * 1_000 + dice.roll(1_000)
}

fn with_birth(body: u64, birth: u64) -> u64 {
    body / 100_000_000_000 * 100_000_000_000 + birth * 1_000 + body % 1_000
}

fn with_division(body: u64, division: u64) -> u64 {
    division * 100_000_000_000 + body % 100_000_000_000
}

fn mistyped(number: &str, dice: &mut Dice) -> String {
    let mut bytes = number.as_bytes().to_vec();
    let at = dice.roll(17) as usize;
    bytes[at] = b'0' + (bytes[at] - b'0' + 1 + dice.roll(9) as u8) % 10;
    String::from_utf8_lossy(&bytes).into_owned()
}

fn swapped(number: &str, dice: &mut Dice) -> String {
    let mut bytes = number.as_bytes().to_vec();
    let at = dice.roll(16) as usize;
    bytes.swap(at, at + 1);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// SplitMix64: the same numbers in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
}
