use proptest::prelude::*;

use super::*;
use crate::identity::{self, number_of};

const NUMBER: &str = "33010619900307001X";

fn masked(cell: &str, own: Option<&str>) -> (Option<String>, usize) {
    let input = StringViewArray::from(vec![cell]);
    let own = own.map(|own| StringViewArray::from(vec![own]));
    let column = mask_hidden_numbers(&input, own.as_ref());
    let values = column
        .values
        .as_any()
        .downcast_ref::<StringViewArray>()
        .unwrap()
        .clone();
    (
        values.is_valid(0).then(|| values.value(0).to_owned()),
        column.issues.len(),
    )
}

fn number() -> String {
    number_of(identity::body_of_fifteen(b"330106900307001").unwrap())
}

#[test]
fn signs_that_divide_a_number_hide_none() {
    for sign in [
        "-", "_", ".", "/", ":", "·", "+", "~", "、", "|", "‐", "\u{ad}", "－",
    ] {
        let id = number();
        let cell = format!("档{}{sign}{}{sign}{}号", &id[..6], &id[6..14], &id[14..]);
        let (text, issues) = masked(&cell, None);
        let text = text.unwrap();
        assert!(issues == 1 && !text.contains("1990"), "{sign}: {text}");
    }
}

#[test]
fn the_example_is_what_it_says() {
    assert_eq!(&number()[..17], &NUMBER[..17]);
}

#[test]
fn numbers_inside_other_numbers_are_covered() {
    let number = number();
    let stars = "*".repeat(18);
    let full: String = number
        .chars()
        .map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap())
        .collect();
    for (cell, expected) in [
        (format!("{number}11"), format!("{stars}11")),
        (format!("A{number}"), format!("A{stars}")),
        (format!("残疾人证{number}43"), format!("残疾人证{stars}43")),
        (format!("证{full}号"), format!("证{stars}号")),
        (format!("99{number}"), format!("99{stars}")),
    ] {
        assert_eq!(masked(&cell, None), (Some(expected), 1), "{cell}");
    }
    assert_eq!(masked(&number, None), (None, 1));
    assert_eq!(masked(&number.to_lowercase(), None), (None, 1));
}

#[test]
fn the_own_number_is_covered_in_both_lengths() {
    let number = number();
    let fifteen = "330106900307001";
    let stars = "*".repeat(15);
    assert_eq!(
        masked(&format!("P{fifteen}"), Some(&number)),
        (Some(format!("P{stars}")), 1)
    );
    // A number that fails its check is covered where it is the row's own.
    let broken = "330106199003070012";
    assert_eq!(
        masked(&format!("P{broken}"), Some(broken)),
        (Some(format!("P{}", "*".repeat(18))), 1)
    );
    assert_eq!(masked(fifteen, Some(fifteen)), (None, 1));
    let split = format!("P{}-{} {}", &number[..6], &number[6..14], &number[14..]);
    assert_eq!(
        masked(&split, Some(&number)),
        (Some(format!("P{}", "*".repeat(20))), 1)
    );
    assert_eq!(masked(&format!("{number}0"), Some(fifteen)).1, 1);
}

/// The cell with all of `part` covered.
fn without(cell: &str, part: &str) -> String {
    cell.replace(part, &"*".repeat(part.chars().count()))
}

#[test]
fn neither_gaps_nor_look_alikes_hide_a_number() {
    let number = number();
    let (division, birth, rest) = (&number[..6], &number[6..14], &number[14..]);
    let letters = number.replace('0', "O").replace('1', "l");
    for part in [
        format!("{division}-{birth}-{rest}"),
        format!("{division} {birth} {rest}"),
        format!("{division}\u{3000}{birth}—{rest}"),
        number
            .chars()
            .map(|c| format!("{c} "))
            .collect::<String>()
            .trim_end()
            .into(),
        letters.clone(),
        letters.to_lowercase(),
        number.replace('X', "×"),
    ] {
        for cell in [format!("文三路1号 {part}"), format!("NO{part}室")] {
            let expected = (Some(without(&cell, &part)), 1);
            assert_eq!(masked(&cell, None), expected, "{cell}");
        }
    }
}

#[test]
fn fifteen_digits_by_themselves_are_covered_where_county_and_birth_date_exist() {
    for part in ["330106900307001", "33O1O69OO3O7OO1", "330106-900307-001"] {
        for cell in [
            format!("P{part}"),
            format!("李五（{part}）"),
            format!("NO{part} 13800001111"),
        ] {
            let expected = (Some(without(&cell, part)), 1);
            assert_eq!(masked(&cell, None), expected, "{cell}");
        }
    }
    for cell in [
        "3301069003070011",
        "1330106900307001",
        "330106901307001",
        "330199900307001",
        // A county, a day of this century and a counter: a file number.
        "330106240305001",
        "810000900307001",
        "330106-2005-12345",
        "33010690030-7001",
        "111111111111111",
    ] {
        assert_eq!(masked(cell, None), (Some(cell.to_owned()), 0), "{cell}");
    }
}

#[test]
fn the_own_number_is_covered_with_a_slip_in_it() {
    let own = number();
    let swapped = own.replacen("1990", "1909", 1);
    let mistyped = format!("{}5{}", &own[..12], &own[13..]);
    let other_check = format!("{}5", &own[..17]);
    for wrong in [&swapped, &mistyped, &other_check] {
        let cell = format!("A{wrong}");
        assert_eq!(
            masked(&cell, Some(&own)),
            (Some(without(&cell, wrong)), 1),
            "{cell}"
        );
        assert_eq!(masked(&cell, None).1, 0, "{cell}");
        // What is nearly a broken number may be anything.
        assert_eq!(masked(&cell, Some("330106199003079017")).1, 0, "{cell}");
    }
}

#[test]
fn the_own_document_is_covered() {
    for (cell, own) in [
        ("E87654321", "E87654321"),
        ("NO-K1234567", "K1234567"),
        ("文三路6号 通行证h12345678", "H12345678"),
        ("H1234567801", "H12345678"),
        ("L0 123456", "LO123456"),
        ("T02345671X", "02345671"),
        ("NO02345671", "02345671"),
        ("USA 1234 5678 9012", "USA123456789012"),
        ("1330106197606060", "330106197606060"),
        ("A330106197A06060238", "330106197A06060238"),
    ] {
        let (covered, issues) = masked(cell, Some(own));
        let covered = covered.unwrap_or_default();
        assert_eq!(issues, 1, "{cell}");
        assert!(
            covered.chars().filter(char::is_ascii_digit).count() <= 2,
            "{covered}"
        );
    }
    for (cell, own) in [
        ("13702345671", "02345671"),
        ("SB12345678", "12345678"),
        ("330106001001GB00001F00010001", "3301060"),
        ("文三路100号", "100"),
        ("SB00000000", "00000000"),
        ("合计1234567", "合计1234567"),
        ("330106********0238", "330106********0238"),
    ] {
        assert_eq!(
            masked(cell, Some(own)),
            (Some(cell.to_owned()), 0),
            "{cell}"
        );
    }
}

#[test]
fn other_text_is_left_alone() {
    for cell in [
        "",
        "浙江省杭州市西湖区文三路100号3幢2单元501室",
        "杭州市文三路100-3-2-501、102-3-2-502",
        "13800001111、13900002222",
        "13800001111 13900002222",
        "0571-87654321-8001",
        "2024030500000000001",
        "330106001001GB00001F00010001",
        "33010600700000123",
        "J330106-2024-000123",
        "浙(2024)杭州市不动产权第0123456号",
        "6222021202001234567",
        "6222 0212 0200 1234 567",
        "330106000012345",
    ] {
        for own in [
            Some(&*number()),
            Some("E12345678"),
            Some("110105194912"),
            None,
        ] {
            assert_eq!(masked(cell, own), (Some(cell.to_owned()), 0), "{cell}");
        }
    }
}

proptest! {
    #[test]
    fn no_output_contains_a_number(
        before in "[0-9A-Za-z\u{4E00}-\u{4E20}]{0,12}",
        division in prop::sample::select(vec![110101u64, 330106, 650102, 810000]),
        day in 1u64..28, month in 1u64..12, year in 1900u64..2024, sequence in 0u64..999,
        after in "[0-9Xx ]{0,20}",
    ) {
        let body = division * 100_000_000_000 + (year * 10_000 + month * 100 + day) * 1_000 + sequence;
        let number = number_of(body);
        let (output, issues) = masked(&format!("{before}{number}{after}"), None);
        prop_assert!(issues == 1);
        let output = output.unwrap_or_default();
        prop_assert!(!output.contains(&number));
        let characters: Vec<char> = output.chars().collect();
        let bytes: Vec<u8> = characters.iter().map(|c| u8::try_from(*c).unwrap_or(0)).collect();
        prop_assert!(!bytes.windows(18).any(search::is_eighteen));
    }

    #[test]
    fn the_own_number_never_stays(
        before in "[0-9A-Za-z]{0,12}", after in "[0-9A-Za-z]{0,12}", own in "[1-8][0-9]{14}|[1-8][0-9]{16}[0-9X]",
    ) {
        let (output, issues) = masked(&format!("{before}{own}{after}"), Some(&own));
        prop_assert!(issues == 1 && !output.unwrap_or_default().contains(&own));
    }

    #[test]
    fn a_document_never_stays(
        before in "[A-Za-z\u{4E00}-\u{4E20} -]{0,8}", after in "[A-Za-z\u{4E00}-\u{4E20} -]{0,8}",
        own in "[A-Z]{1,2}[0-9]{7,8}|[2-9][0-9]{7}",
    ) {
        prop_assume!(!identity::is_placeholder(&own));
        let (output, issues) = masked(&format!("{before}{own}{after}"), Some(&own));
        prop_assert!(issues == 1 && !output.unwrap_or_default().contains(&own));
    }

    #[test]
    fn any_text_keeps_its_length_in_characters(cell in "\\PC{0,60}", own in "\\PC{0,30}") {
        let (output, _) = masked(&cell, Some(&own));
        if let Some(output) = output {
            prop_assert_eq!(output.chars().count(), cell.chars().count());
        }
    }
}
