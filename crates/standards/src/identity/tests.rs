use proptest::prelude::*;

use super::*;
use crate::calendar;

fn as_of() -> i32 {
    calendar::days(2026, 6, 1).unwrap()
}

/// One number read: status, document, normalised number, the names of the broken rules.
fn read(cell: &str, stated: Option<&str>) -> (IdStatus, u16, Option<String>, Vec<&'static str>) {
    let column = column(&[Some(cell)], stated);
    (
        column.status[0],
        column.document[0],
        column
            .number
            .is_valid(0)
            .then(|| column.number.value(0).to_owned()),
        column.issues.iter().map(|issue| issue.rule.name).collect(),
    )
}

fn column(cells: &[Option<&str>], stated: Option<&str>) -> IdentityColumn {
    let types = StringViewArray::from(vec![stated; cells.len()]);
    identity_numbers(
        &StringViewArray::from(cells.to_vec()),
        Some(&types),
        as_of(),
    )
}

fn ok(
    status: IdStatus,
    document: u16,
    number: &str,
    rules: &[&'static str],
) -> (IdStatus, u16, Option<String>, Vec<&'static str>) {
    (status, document, Some(number.to_owned()), rules.to_vec())
}

// The example of GB 11643-1999.
const GB_EXAMPLE: &str = "11010519491231002X";
const MAN: &str = "440524188001010014";

#[test]
fn the_standards_own_examples() {
    for number in [GB_EXAMPLE, MAN] {
        assert_eq!(read(number, None), ok(IdStatus::Valid, 111, number, &[]));
        assert_eq!(number_of(body_of(number).unwrap()), number);
    }
    let column = column(&[Some(GB_EXAMPLE), Some(MAN)], None);
    assert_eq!(
        column.birth_date.value(0),
        calendar::days(1949, 12, 31).unwrap()
    );
    assert_eq!(
        column.birth_date.value(1),
        calendar::days(1880, 1, 1).unwrap()
    );
    assert_eq!(column.sex, [2, 1]);
    assert_eq!(
        column.body,
        [11_010_519_491_231_002, 44_052_418_800_101_001]
    );
}

#[test]
fn dirt_is_mended_and_named() {
    let wide: String = GB_EXAMPLE
        .chars()
        .map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap())
        .collect();
    let wide_blank = "110105\u{3000}19491231002X";
    for (cell, rules) in [
        (" 11010519491231002X\t\u{3000}", &[][..]),
        ("11010519491231002x", &["id_lower_case"]),
        ("110105 19491231 002X", &["id_inner_blanks"]),
        ("110105-19491231-002X", &["id_inner_blanks"]),
        (wide_blank, &["id_inner_blanks"]),
        (&wide, &["id_full_width"]),
        ("'11010519491231002X", &["id_quoted"]),
        ("=\"11010519491231002X\"", &["id_quoted"]),
        ("1101O519491231OO2X", &["id_look_alikes"]),
        ("llOl0519491231002X", &["id_look_alikes"]),
        ("I10105194912310O2x", &["id_lower_case", "id_look_alikes"]),
        ("11010519491231002×", &["id_look_alikes"]),
        ("110105491231002", &["id_fifteen_digits"]),
        (
            "' 110105 49123 1002",
            &["id_quoted", "id_inner_blanks", "id_fifteen_digits"],
        ),
    ] {
        let status = if rules.is_empty() {
            IdStatus::Valid
        } else {
            IdStatus::Repaired
        };
        assert_eq!(
            read(cell, None),
            ok(status, 111, GB_EXAMPLE, rules),
            "{cell}"
        );
    }
}

#[test]
fn a_persons_number_with_a_letter_is_no_organisation_whatever_its_code_says() {
    let cell = "34210l195601291902";
    assert!(crate::credit::is_credit_code(&cell.to_uppercase()));
    assert_eq!(
        read(cell, None),
        ok(
            IdStatus::Repaired,
            111,
            "342101195601291902",
            &["id_look_alikes"]
        )
    );
    assert!(!crate::credit::is_surely_organisation("342101195601291902"));
    let mistyped_century = "411521158002027518";
    assert!(crate::credit::is_credit_code(mistyped_century));
    assert!(!crate::credit::is_surely_organisation(mistyped_century));
}

#[test]
fn nothing_is_missing_without_an_issue() {
    for cell in ["", " ", "NULL", "null", "\\N", "-", "无", "\u{3000}", "'"] {
        assert_eq!(
            read(cell, Some("111")),
            (IdStatus::Missing, 0, None, vec![]),
            "{cell:?}"
        );
    }
    let column = column(&[None], None);
    assert_eq!(column.status, [IdStatus::Missing]);
}

#[test]
fn what_can_not_be_used_says_why() {
    for (cell, status, rule) in [
        ("11010519491231003X", IdStatus::Malformed, "id_check_failed"),
        ("11010519491321002X", IdStatus::Malformed, "id_check_failed"),
        ("110105********002X", IdStatus::Masked, "id_masked"),
        ("110105＊＊＊＊＊＊＊＊002X", IdStatus::Masked, "id_masked"),
        ("110105xxxxxxxx0021", IdStatus::Masked, "id_masked"),
        ("1101051949XX310021", IdStatus::Masked, "id_masked"),
        ("1.10105E+17", IdStatus::Malformed, "id_excel_damage"),
        ("1.10105e17", IdStatus::Malformed, "id_excel_damage"),
        ("1.10105194912E+17", IdStatus::Malformed, "id_excel_damage"),
        (
            "110105194912310000.0",
            IdStatus::Malformed,
            "id_excel_damage",
        ),
        ("110105194912310000", IdStatus::Malformed, "id_excel_damage"),
        ("111111111111111111", IdStatus::Malformed, "id_placeholder"),
        ("111111111111111", IdStatus::Malformed, "id_placeholder"),
        ("123456789012345678", IdStatus::Malformed, "id_placeholder"),
        ("000000000000000000", IdStatus::Malformed, "id_placeholder"),
        ("330106000000000000", IdStatus::Malformed, "id_placeholder"),
        ("330106000000000", IdStatus::Malformed, "id_placeholder"),
        ("110105194912", IdStatus::Malformed, "id_form"),
        ("1101051949123100", IdStatus::Malformed, "id_form"),
        ("王伟", IdStatus::Malformed, "id_form"),
        (
            "110105491331002",
            IdStatus::Malformed,
            "id_birth_impossible",
        ),
        (
            "160105491231002",
            IdStatus::Malformed,
            "id_province_unknown",
        ),
        ("11O105491231O02", IdStatus::Malformed, "id_form"),
        ("1101O519491231003X", IdStatus::Malformed, "id_check_failed"),
    ] {
        let (found, document, number, rules) = read(cell, Some("111"));
        assert_eq!((found, document, rules), (status, 0, vec![rule]), "{cell}");
        assert!(number.is_some(), "{cell}");
    }
    // These pass the check.
    for (body, rule) in [
        (16_010_519_491_231_002, "id_province_unknown"),
        (11_010_519_490_230_002, "id_birth_impossible"),
        (11_010_517_991_231_002, "id_birth_impossible"),
        (11_010_520_260_602_002, "id_birth_impossible"),
    ] {
        let (status, _, _, rules) = read(&number_of(body), None);
        assert_eq!((status, rules), (IdStatus::Malformed, vec![rule]), "{body}");
    }
    assert_eq!(
        read(&number_of(11_010_520_260_601_002), None).0,
        IdStatus::Valid
    );
}

#[test]
fn an_unknown_county_is_flagged_and_a_retired_one_is_not() {
    let unknown = number_of(11_019_919_491_231_002);
    assert_eq!(
        read(&unknown, None),
        ok(IdStatus::Valid, 111, &unknown, &["id_division_unknown"])
    );
    // 崇文区, abolished in 2010; 宣武区 likewise; 110102 with an old city-proper code elsewhere.
    for body in [
        11_010_319_491_231_002,
        11_010_419_491_231_002,
        33_010_119_491_231_002,
    ] {
        let number = number_of(body);
        assert_eq!(read(&number, None), ok(IdStatus::Valid, 111, &number, &[]));
    }
}

#[test]
fn centuries_of_fifteen_digits() {
    for (fifteen, body) in [
        ("330106200101995", 33_010_619_200_101_995),
        ("330106800101996", 33_010_618_800_101_996),
        ("330106800101999", 33_010_618_800_101_999),
    ] {
        assert_eq!(
            read(fifteen, None),
            ok(
                IdStatus::Repaired,
                111,
                &number_of(body),
                &["id_fifteen_digits"]
            )
        );
    }
}

#[test]
fn the_form_decides_before_the_stated_type() {
    let permit = number_of(81_000_019_900_307_001);
    let taiwan = number_of(83_000_019_900_307_002);
    let foreign = number_of(93_384_019_900_307_001);
    for (cell, document) in [(&permit, 154), (&taiwan, 154), (&foreign, 553)] {
        for stated in [None, Some("111"), Some("414")] {
            assert_eq!(read(cell, stated), ok(IdStatus::Valid, document, cell, &[]));
        }
    }
    let column = column(&[Some(&foreign)], None);
    assert_eq!(column.body, [93_384_019_900_307_001]);
    assert_eq!(column.sex, [1]);
    assert!(column.birth_date.is_valid(0));
    for (cell, number, document) in [
        ("USA330106900307", "USA330106900307", 553),
        ("H12345678", "H12345678", 516),
        ("H1234567801", "H12345678", 516),
        ("M1234567802", "M12345678", 516),
    ] {
        for stated in [None, Some("414"), Some("111"), Some("990")] {
            assert_eq!(
                read(cell, stated),
                ok(IdStatus::Valid, document, number, &[]),
                "{cell}"
            );
        }
    }
    assert_eq!(
        read("h1234567801", None),
        ok(IdStatus::Repaired, 516, "H12345678", &["id_lower_case"])
    );
}

#[test]
fn other_documents_go_by_their_stated_type() {
    assert_eq!(
        read("E12345678", Some("414")),
        ok(IdStatus::Valid, 414, "E12345678", &[])
    );
    assert_eq!(
        read("E12345678", Some("03")),
        ok(IdStatus::Valid, 414, "E12345678", &[])
    );
    assert_eq!(
        read("E12345678", Some("护照")),
        ok(IdStatus::Valid, 414, "E12345678", &[])
    );
    assert_eq!(
        read("E12345678", None),
        ok(IdStatus::Valid, 414, "E12345678", &[])
    );
    assert_eq!(read("e1234 5678", Some("414")).0, IdStatus::Repaired);
    assert_eq!(
        read("02345671", Some("511")),
        ok(IdStatus::Valid, 511, "02345671", &[])
    );
    assert_eq!(
        read("LO123456", Some("414")),
        ok(IdStatus::Valid, 414, "LO123456", &[])
    );
    // The form of China's own passports is theirs alone.
    for passport in ["E12345678", "EA1234567", "G12345678"] {
        let read = read(passport, Some("111"));
        assert_eq!(read, ok(IdStatus::Valid, 414, passport, &[]));
    }
    for (cell, stated) in [
        ("02345671", None),
        ("K1234567", Some("111")),
        ("H1234567", Some("516")),
        ("E123", Some("414")),
        ("UNKNOWN", Some("414")),
        ("护照123456", Some("414")),
        ("12345678", Some("511")),
        ("00000000", Some("414")),
        ("E12345678901234567890", Some("414")),
    ] {
        assert_eq!(read(cell, stated).0, IdStatus::Malformed, "{cell}");
    }
}

#[test]
fn organisations_are_no_residents() {
    for cell in [
        "91350100M000100Y43",
        "91350100m000100y43",
        " 9135 0100M000100Y43",
        "91110000802100433B",
    ] {
        let column = column(&[Some(cell)], None);
        assert_eq!(column.status, [IdStatus::Missing]);
        assert_eq!((column.document[0], column.body[0]), (0, 0));
        assert!(column.organisation[0]);
        assert!(column.number.is_null(0));
        assert_eq!(column.issues.len(), 1);
        assert_eq!(column.issues[0].rule, &rules::ORGANISATION);
    }
    // XXX is no mask where the whole is a code.
    let code = code_of("91330106MAXXX1234");
    assert!(column(&[Some(&code)], None).organisation[0]);
    // A code that fails its check is nobody's number.
    assert_eq!(read("91350100M000100Y44", None).0, IdStatus::Malformed);
}

#[test]
fn a_number_may_turn_out_to_be_an_organisations() {
    let mut column = column(&[Some(GB_EXAMPLE), Some(MAN), None], None);
    column.take_for_organisations(&[0]);
    assert_eq!(
        column.status,
        [IdStatus::Missing, IdStatus::Valid, IdStatus::Missing]
    );
    assert_eq!(
        (column.organisation[0], column.organisation[1]),
        (true, false)
    );
    assert_eq!(
        (column.body[0], column.document[0], column.sex[0]),
        (0, 0, 0)
    );
    assert!(column.number.is_null(0) && column.birth_date.is_null(0));
    assert_eq!(column.number.value(1), MAN);
    assert!(column.birth_date.is_valid(1) && column.number.is_null(2));
    assert!(column.names_somebody(1) && !column.names_somebody(0));
}

/// The credit code that begins so.
fn code_of(body: &str) -> String {
    let mut codes = "0123456789ABCDEFGHJKLMNPQRTUWXY"
        .chars()
        .map(|check| format!("{body}{check}"));
    codes
        .find(|code| crate::credit::is_credit_code(code))
        .unwrap()
}

#[test]
fn debug_shows_no_number() {
    let shown = format!("{:?}", column(&[Some(GB_EXAMPLE)], None));
    assert!(!shown.contains("110105"), "{shown}");
}

#[test]
fn rule_names_are_unique() {
    let mut names: Vec<_> = crate::rules::all().map(|rule| rule.name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}

/// The bodies of valid numbers.
fn bodies() -> impl Strategy<Value = u64> {
    let divisions: Vec<u64> = codes::divisions()
        .iter()
        .map(|division| u64::from(division.code))
        .collect();
    (
        prop::sample::select(divisions),
        1850u64..2026,
        1u64..=12,
        1u64..=28,
        0u64..1000,
    )
        .prop_map(|(division, year, month, day, sequence)| {
            division * 100_000_000_000 + (year * 10_000 + month * 100 + day) * 1_000 + sequence
        })
}

proptest! {
    #[test]
    fn body_and_number_are_one(body in bodies()) {
        let number = number_of(body);
        prop_assert_eq!(number.len(), 18);
        prop_assert_eq!(body_of(&number), Some(body));
        prop_assert_eq!(number_of(body_of(&number).unwrap()), number);
    }

    #[test]
    fn no_single_change_passes(body in bodies(), at in 0usize..18, to in 0u8..11) {
        let mut changed = number_of(body).into_bytes();
        let to = if to == 10 { b'X' } else { b'0' + to };
        prop_assume!(changed[at] != to);
        changed[at] = to;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert_eq!(body_of(&changed), None);
        let (status, ..) = read(&changed, None);
        prop_assert!(!status.is_usable(), "{}", changed);
    }

    #[test]
    fn no_swap_of_neighbours_passes(body in bodies(), at in 0usize..17) {
        let mut changed = number_of(body).into_bytes();
        prop_assume!(changed[at] != changed[at + 1]);
        changed.swap(at, at + 1);
        let changed = String::from_utf8(changed).unwrap();
        prop_assert_eq!(body_of(&changed), None);
        prop_assert!(!read(&changed, None).0.is_usable());
    }

    #[test]
    fn every_mask_is_seen(body in bodies(), from in 0usize..15, length in 3usize..12, mask in "[*x]") {
        let mut number = number_of(body);
        let to = (from + length).min(18);
        number.replace_range(from..to, &mask.repeat(to - from));
        prop_assert_eq!(read(&number, None).0, IdStatus::Masked);
    }

    #[test]
    fn any_text_gives_as_many_rows(
        cells in prop::collection::vec(prop::option::of("\\PC{0,24}|[0-9OlIxX*'E+. -]{0,22}|[A-Z0-9]{18}"), 0..20),
        types in prop::collection::vec(prop::option::of("[0-9]{0,3}|护照"), 0..20),
    ) {
        let numbers = StringViewArray::from(cells.iter().map(Option::as_deref).collect::<Vec<_>>());
        let types = StringViewArray::from(types.iter().map(Option::as_deref).collect::<Vec<_>>());
        let column = identity_numbers(&numbers, Some(&types), as_of());
        let rows = numbers.len();
        prop_assert_eq!(column.status.len(), rows);
        prop_assert_eq!(column.document.len(), rows);
        prop_assert_eq!(column.body.len(), rows);
        prop_assert_eq!(column.number.len(), rows);
        prop_assert_eq!(column.birth_date.len(), rows);
        prop_assert_eq!(column.sex.len(), rows);
        prop_assert_eq!(column.organisation.len(), rows);
        for row in 0..rows {
            let usable = column.status[row].is_usable();
            prop_assert_eq!(usable, column.document[row] != 0);
            prop_assert_eq!(column.status[row] == IdStatus::Missing, column.number.is_null(row));
            if column.body[row] != 0 {
                prop_assert_eq!(number_of(column.body[row]), column.number.value(row));
            }
        }
    }
}
