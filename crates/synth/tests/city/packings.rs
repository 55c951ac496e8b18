//! Each feed in its usual packing: headings as in FEEDS.md, as many rows as the truth tells of.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use rongtong_synth::{CityOptions, Dirt};

use crate::support::{City, delimited};

/// Headings of FEEDS.md, in its order.
const HEADINGS: [(&str, &str, &str); 10] = [
    (
        "public_security/household_register",
        "csv",
        "公民身份号码,姓名,性别,民族,出生日期,户号,与户主关系,户籍地区划,户籍地址,更新时间",
    ),
    (
        "public_security/residence_permit",
        "csv",
        "证件类型,证件号码,姓名,性别,出生日期,居住地址,联系电话,申报日期,更新时间",
    ),
    (
        "civil_affairs/social_assistance",
        "xlsx",
        "救助编号,证件号码,姓名,救助类别,月补助金额,起始年月,更新时间",
    ),
    (
        "civil_affairs/marriage_register",
        "xlsx",
        "登记号,登记类型,登记日期,男方姓名,男方证件号,女方姓名,女方证件号",
    ),
    (
        "social_security/insurance_enrolment",
        "txt",
        "个人编号,社会保障号码,姓名,性别,出生日期,险种类型,参保状态,缴费基数,首次参保日期,联系电话,更新时间",
    ),
    (
        "health/health_record",
        "ndjson",
        "ehrId,idNo,name,sex,birthDate,phone,address,chronic,abo,updatedAt",
    ),
    (
        "health/death_certificate",
        "ndjson",
        "certNo,idNo,name,sex,birthDate,deathDate,cause",
    ),
    (
        "housing/property_ownership",
        "csv",
        "不动产单元号,权利人,证件号,共有比例,坐落,建筑面积,经度,纬度,登记时间",
    ),
    (
        "housing/tenancy_filing",
        "xml",
        "备案号,承租人,证件号,联系电话,坐落,起租日期,月租金,更新时间",
    ),
    ("grid/cells", "geojson", "grid_code,grid_name"),
];

fn native() -> City {
    City::write(&CityOptions {
        residents: 6000,
        dirt: Dirt::Hard,
        ..CityOptions::default()
    })
}

#[test]
fn files_lie_where_lake_md_says() {
    let city = native();
    let paths: Vec<String> = city
        .report
        .feeds
        .iter()
        .map(|f| f.path.display().to_string())
        .collect();
    assert_eq!(
        paths,
        HEADINGS.map(|(path, ext, _)| format!("{path}.{ext}"))
    );
    let truth: Vec<_> = crate::support::files(city.dir())
        .into_keys()
        .filter(|path| !paths.contains(&path.display().to_string()))
        .collect();
    assert_eq!(
        truth,
        [
            "truth/homes.csv",
            "truth/mentions.csv",
            "truth/residents.csv"
        ]
        .map(std::path::PathBuf::from)
    );
}

#[test]
fn the_truth_tells_of_every_row() {
    for city in [native(), City::csv(3000, 4, Dirt::Usual)] {
        let mut rows: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for mention in city.mentions() {
            rows.entry(mention.feed).or_default().insert(mention.row);
        }
        for feed in city.report.feeds.iter().filter(|feed| feed.feed != "cells") {
            let told = &rows[&format!("{}.{}", feed.department, feed.feed)];
            assert_eq!(told.len() as u64, feed.rows);
            assert_eq!(
                (told.first(), told.last()),
                (Some(&1), Some(&(feed.rows as usize)))
            );
        }
    }
}

#[test]
fn delimited_feeds_have_their_encoding_headings_and_rows() {
    let city = native();
    for at in [0, 1, 4, 7] {
        let (path, ext, headings) = HEADINGS[at];
        let bytes = city.bytes(&format!("{path}.{ext}"));
        let (text, delimiter) = match at {
            0 | 7 => {
                assert!(
                    String::from_utf8(bytes.clone()).is_err(),
                    "{path} is no UTF-8"
                );
                let text = encoding_rs::GB18030
                    .decode_without_bom_handling_and_without_replacement(&bytes);
                (text.unwrap().into_owned(), ',')
            }
            1 => {
                assert!(bytes.starts_with(b"\xEF\xBB\xBF"));
                let text = String::from_utf8(bytes).unwrap();
                assert!(text.lines().count() > 100 && !text.replace("\r\n", "").contains('\r'));
                (text, ',')
            }
            _ => (String::from_utf8(bytes).unwrap(), '|'),
        };
        if at == 4 {
            assert!(!text.contains('"'), "nothing is quoted");
        }
        let (found, rows) = delimited(&text, delimiter);
        assert_eq!(found.join(","), headings);
        assert_eq!(rows.len() as u64, city.report.feeds[at].rows);
        let torn: BTreeSet<usize> = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.is_none())
            .map(|(at, _)| at + 1)
            .collect();
        let feed = path.replace('/', ".");
        let told = city
            .mentions()
            .into_iter()
            .filter(|m| m.feed == feed && m.has("row_width"))
            .map(|m| m.row)
            .collect();
        assert_eq!(torn, told);
    }
}

#[test]
fn json_lines_are_objects_with_the_feed_s_keys() {
    let city = native();
    for at in [5, 6] {
        let (path, ext, headings) = HEADINGS[at];
        let text = city.text(&format!("{path}.{ext}"));
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines.len() as u64, city.report.feeds[at].rows);
        let feed = path.replace('/', ".");
        let told = city
            .mentions()
            .into_iter()
            .filter(|m| m.feed == feed && m.has("row_unparsable"))
            .count();
        let cut = lines.iter().filter(|line| !line.ends_with('}')).count();
        assert_eq!(cut, told);
        for key in headings.split(',') {
            let with = lines
                .iter()
                .filter(|line| line.contains(&format!("\"{key}\":")))
                .count();
            assert!(with * 3 > lines.len(), "{key}");
        }
    }
}

#[test]
fn the_xml_has_a_record_for_each_row() {
    let city = native();
    let (path, ext, headings) = HEADINGS[8];
    let text = city.text(&format!("{path}.{ext}"));
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<records>"));
    assert!(text.ends_with("</records>\n"));
    assert_eq!(
        text.matches("<record>").count() as u64,
        city.report.feeds[8].rows
    );
    assert_eq!(
        text.matches("<record>").count(),
        text.matches("</record>").count()
    );
    for heading in headings.split(',') {
        let open = text.matches(&format!("<{heading}>")).count();
        assert_eq!(open, text.matches(&format!("</{heading}>")).count());
        assert!(open > 100);
    }
}

#[test]
fn spreadsheets_have_typed_cells_and_a_row_for_each() {
    let city = native();
    for at in [2, 3] {
        let (path, ext, headings) = HEADINGS[at];
        let bytes = city.bytes(&format!("{path}.{ext}"));
        let mut book = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut part = |name: &str| {
            let mut text = String::new();
            book.by_name(name)
                .unwrap()
                .read_to_string(&mut text)
                .unwrap();
            text
        };
        let sheet = part("xl/worksheets/sheet1.xml");
        assert_eq!(
            sheet.matches("<row ").count() as u64,
            city.report.feeds[at].rows + 1
        );
        let first = sheet.split("</row>").next().unwrap();
        let found: Vec<&str> = first
            .split("<t xml:space=\"preserve\">")
            .skip(1)
            .map(|t| t.split('<').next().unwrap())
            .collect();
        assert_eq!(found.join(","), headings);
        assert!(sheet.contains(" s=\"") && sheet.contains("t=\"inlineStr\""));
        let workbook = part("xl/workbook.xml");
        assert!(workbook.find("数据") < workbook.find("填表说明"));
        // The one sheet counts from 1904 and ends with its total.
        assert_eq!(workbook.contains("date1904=\"1\""), at == 2);
        assert_eq!(sheet.contains("合计"), at == 2);
        assert_eq!(sheet.contains("<mergeCell "), at == 2);
    }
}

#[test]
fn the_grid_is_geojson_or_wkt() {
    let city = native();
    let text = city.text("grid/cells.geojson");
    let cells = city.report.cells;
    assert_eq!(text.matches("\"type\": \"Feature\",").count(), cells);
    assert_eq!(text.matches("\"grid_code\"").count(), cells);
    assert_eq!(text.matches('[').count(), text.matches(']').count());

    let city = City::csv(100, 1, Dirt::Usual);
    let (headings, rows) = city.feed("grid.cells");
    assert_eq!(headings, ["grid_code", "grid_name", "geometry"]);
    for row in rows.into_iter().flatten() {
        assert!(row[2].starts_with("POLYGON ((") && row[2].ends_with("))"));
        let points: Vec<&str> = row[2][10..row[2].len() - 2].split(", ").collect();
        assert_eq!((points.len(), points[0]), (5, points[4]));
    }
}
