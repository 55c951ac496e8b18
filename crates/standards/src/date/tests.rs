use arrow::array::{Array, Date32Array, TimestampMicrosecondArray};
use proptest::prelude::*;

use super::*;
use crate::kernel::testing::{check_shape, column, names};

const NOW: DateRange = DateRange::up_to(20_600);

fn one_day(cell: &str) -> (Option<i32>, Vec<&'static str>) {
    let out = date(&column(&[cell]), &NOW);
    let values = out.values.as_any().downcast_ref::<Date32Array>().unwrap();
    (values.iter().next().unwrap(), names(&out.issues))
}

fn one_month(cell: &str) -> (Option<i32>, Vec<&'static str>) {
    let out = month(&column(&[cell]));
    let values = out.values.as_any().downcast_ref::<Date32Array>().unwrap();
    (values.iter().next().unwrap(), names(&out.issues))
}

fn one_time(cell: &str) -> (Option<i64>, Vec<&'static str>) {
    let out = timestamp(&column(&[cell]));
    let values = out
        .values
        .as_any()
        .downcast_ref::<TimestampMicrosecondArray>()
        .unwrap();
    (values.iter().next().unwrap(), names(&out.issues))
}

fn at(year: i32, month: u32, day: u32, seconds: i64) -> i64 {
    (i64::from(days(year, month, day).unwrap()) * 86_400 + seconds) * 1_000_000
}

#[test]
fn every_dress_of_one_day() {
    for cell in [
        "20240305",
        "2024-03-05",
        "2024-3-5",
        "2024/3/5",
        "2024/03/05",
        "2024.3.5",
        "2024年3月5日",
        "2024年03月05日",
        "2024年3月5号",
        "2024年3月5",
        "2024 年 3 月 5 日",
        "2024-03-05 00:00:00",
        "2024-03-05 18:41:12",
        "2024/3/5 0:00",
        "2024-03-05T18:41:12",
        "2024-03-05T18:41:12.123",
        "2024-03-05T18:41:12+08:00",
        "2024-03-05T15:59:59Z",
        "2024-03-04T16:00:00.000Z",
        "20240305184112",
        "202403051841",
        "20240305184112123",
        "20240305 18:41:12",
        "20240305T184112",
        "２０２４－０３－０５",
        "'20240305",
        " 2024-03-05 ",
        "2024-03-05Z",
        "2024-03-05+08:00",
        "20240305.0",
        "1709631672000",
        "1709631672",
        "2024年3月5日18时41分12秒",
        "2024—03—05",
    ] {
        assert_eq!(one_day(cell), (days(2024, 3, 5), vec![]), "{cell:?}");
    }
    for cell in ["45356", "45356.5", "45356.0", "45356.99999"] {
        assert_eq!(
            one_day(cell),
            (days(2024, 3, 5), vec!["date_serial"]),
            "{cell:?}"
        );
    }
    assert_eq!(one_day("44256").0, days(2021, 3, 1));
}

#[test]
fn births_sent_as_instants_in_summer_time() {
    assert_eq!(one_day("1988-06-30T15:00:00Z").0, days(1988, 7, 1));
    assert_eq!(one_day("1988-01-31T16:00:00Z").0, days(1988, 2, 1));
    assert_eq!(one_day("1988-07-01T00:00:00+08:00").0, days(1988, 7, 1));
}

#[test]
fn placeholders() {
    for cell in [
        "00000000",
        "19000101",
        "99991231",
        "99999999",
        "1900-01-01",
        "1900/1/1",
        "9999-12-31",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "0001-01-01",
        "1900-01-01 00:00:00",
        "1899-12-30",
        "11111111",
        "0",
        "1900年1月1日",
    ] {
        assert_eq!(one_day(cell), (None, vec!["date_placeholder"]), "{cell:?}");
    }
    assert_eq!(
        one_time("1900-01-01 00:00:00"),
        (None, vec!["date_placeholder"])
    );
    assert_eq!(one_month("190001"), (None, vec!["date_placeholder"]));
    assert_eq!(one_month("999912"), (None, vec!["date_placeholder"]));
}

#[test]
fn impossible_days() {
    for cell in [
        "20010230",
        "2023-02-29",
        "2024-13-01",
        "2024年4月31日",
        "20240300",
        "2030-01-01",
        "1799-12-31",
        "2024-03-05 25:00:00",
        "2024-03-05 24:00:01",
    ] {
        assert_eq!(one_day(cell), (None, vec!["date_impossible"]), "{cell:?}");
    }
}

#[test]
fn malformed_days() {
    for cell in [
        "240305",
        "24-3-5",
        "24年3月5日",
        "5/3/2024",
        "2024-03",
        "202403",
        "2024-0305",
        "2024-03/05",
        "2024-03-05x",
        "2024-03-05T",
        "abc",
        "2024年3-5",
        "2024030518",
        "01234",
        "99998",
        "45356.",
        "3.30106E+17",
        "2024-03-05 1",
        "长期",
        "１",
    ] {
        assert_eq!(one_day(cell), (None, vec!["date_malformed"]), "{cell:?}");
    }
    for cell in ["", "无", "NULL", "-", " \\N "] {
        assert_eq!(one_day(cell), (None, vec![]), "{cell:?}");
    }
}

#[test]
fn months() {
    for cell in [
        "202403",
        "2024-03",
        "2024-3",
        "2024/3",
        "2024.3",
        "2024年3月",
        "2024年03月份",
        "20240305",
        "2024-03-05",
        "2024年3月5日",
        "2024-03-05 10:00:00",
        "２０２４０３",
        "'202403",
    ] {
        assert_eq!(one_month(cell), (days(2024, 3, 1), vec![]), "{cell:?}");
    }
    assert_eq!(one_month("45356"), (days(2024, 3, 1), vec!["date_serial"]));
    assert_eq!(one_month("202413"), (None, vec!["date_impossible"]));
    assert_eq!(one_month("240305"), (None, vec!["date_impossible"]));
    assert_eq!(one_month("2024"), (None, vec!["date_malformed"]));
    assert_eq!(one_month("2024.10"), (days(2024, 10, 1), vec![]));
    assert_eq!(one_month("2024.1"), (None, vec!["date_malformed"]));
}

#[test]
fn times() {
    let evening = at(2026, 5, 30, 67_272);
    for cell in [
        "2026-05-30 18:41:12",
        "2026-05-30T18:41:12",
        "2026/5/30 18:41:12",
        "20260530184112",
        "2026-05-30T18:41:12+08:00",
        "2026-05-30T10:41:12Z",
        "2026-05-30T10:41:12.000Z",
        "2026-05-30T12:41:12+0200",
        "1780137672",
        "1780137672000",
        "2026年5月30日 18:41:12",
        "2026-05-30  18:41:12.0",
    ] {
        assert_eq!(one_time(cell), (Some(evening), vec![]), "{cell:?}");
    }
    assert_eq!(
        one_time("2026-05-30 18:41:12.3456789").0,
        Some(evening + 345_678)
    );
    assert_eq!(one_time("1780137672345").0, Some(evening + 345_000));
    assert_eq!(one_time("2026-05-30"), (Some(at(2026, 5, 30, 0)), vec![]));
    assert_eq!(one_time("2026-05-30 24:00:00").0, Some(at(2026, 5, 31, 0)));
    assert_eq!(
        one_time("45356.5"),
        (Some(at(2024, 3, 5, 43_200)), vec!["date_serial"])
    );
    assert_eq!(
        one_time("44256"),
        (Some(at(2021, 3, 1, 0)), vec!["date_serial"])
    );
}

/// A calendar that counts by walking, to check the arithmetic against.
fn text_of(day: i32, form: usize) -> String {
    let (year, month, dom) = civil(day);
    match form {
        0 => format!("{year:04}{month:02}{dom:02}"),
        1 => format!("{year}-{month:02}-{dom:02}"),
        2 => format!("{year}/{month}/{dom}"),
        3 => format!("{year}年{month}月{dom}日"),
        4 => format!("{year}.{month}.{dom} 00:00:00"),
        _ => format!(" {year}-{month}-{dom}T00:00:00+08:00"),
    }
}

proptest! {
    #[test]
    fn every_form_of_a_day_is_that_day(day in FIRST_DAY..=LAST_DAY, form in 0..6_usize) {
        prop_assume!(!read::is_placeholder_day(day));
        let input = column(&[&text_of(day, form)]);
        let out = date(&input, &DateRange::PLAUSIBLE);
        prop_assert_eq!(names(&out.issues), Vec::<&str>::new());
        let values = out.values.as_any().downcast_ref::<Date32Array>().unwrap();
        prop_assert_eq!(values.value(0), day);
    }

    #[test]
    fn nothing_panics(cells in proptest::collection::vec("[0-9:/. T+Z年月日-]{0,24}|[12][0-9]{3}[-/][0-9]{1,2}[-/][0-9]{1,2}[ T]?[0-9:]{0,9}|.{0,16}", 0..8)) {
        let input = column(&cells.iter().map(String::as_str).collect::<Vec<_>>());
        check_shape(&input, &date(&input, &NOW));
        check_shape(&input, &month(&input));
        let times = timestamp(&input);
        check_shape(&input, &times);
    }

    #[test]
    fn standard_times_stay_as_they_are(micros in at(1800, 1, 2, 0)..at(2199, 12, 31, 0), fraction in 0..1_000_000_i64) {
        let seconds = micros.div_euclid(1_000_000);
        let day = seconds.div_euclid(86_400) as i32;
        prop_assume!(!read::is_placeholder_day(day));
        let (year, month, dom) = civil(day);
        let clock = seconds.rem_euclid(86_400);
        let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
        let text = format!("{year}-{month:02}-{dom:02} {hour:02}:{minute:02}:{second:02}");
        prop_assert_eq!(one_time(&text), (Some(seconds * 1_000_000), vec![]));
        prop_assert_eq!(one_time(&format!("{text}.{fraction:06}")), (Some(seconds * 1_000_000 + fraction), vec![]));
    }
}
