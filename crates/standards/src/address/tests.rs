use proptest::prelude::*;

use super::*;
use crate::kernel::testing::{check_shape, column, one_text};

fn key(address: &str) -> Option<String> {
    building(address).map(|building| building.key)
}

#[test]
fn standard_form() {
    for (cell, expected) in [
        (
            "浙江省杭州市西湖区文三路100号3幢2单元501室",
            "浙江省杭州市西湖区文三路100号3幢2单元501室",
        ),
        (" 文三路 １００ 号　３幢 ５０１房 ", "文三路100号3幢501室"),
        ("文三路100号3幢501", "文三路100号3幢501室"),
        ("文三路100号501", "文三路100号501室"),
        ("文三路100号3－2－501", "文三路100号3-2-501室"),
        ("柳浪东苑5—301", "柳浪东苑5-301室"),
        ("柳浪东苑5幢301房间", "柳浪东苑5幢301室"),
        ("文三路100-102", "文三路100-102"),
        ("文三路100～102号", "文三路100-102号"),
        ("文三路100号", "文三路100号"),
        ("3幢 1单元 302户", "3幢1单元302室"),
        (
            "文三路100号3幢330106194903070012",
            "文三路100号3幢330106194903070012",
        ),
        ("No. 5 Wensan Rd", "No.5 Wensan Rd"),
        ("'文三路100号，", "文三路100号"),
        ("三里亭房", "三里亭房"),
        ("\u{3347A}里100号", "\u{3347A}里100号"),
        ("\u{3347A}\u{2EE5E}0", "\u{3347A}\u{2EE5E}0"),
    ] {
        assert_eq!(
            one_text(address, cell),
            (Some(expected.to_owned()), vec![]),
            "{cell:?}"
        );
    }
    for cell in ["??", "不详", "123", "---"] {
        assert_eq!(
            one_text(address, cell),
            (None, vec!["address_unusable"]),
            "{cell:?}"
        );
    }
    for cell in ["", "无", "NULL", "-"] {
        assert_eq!(one_text(address, cell), (None, vec![]), "{cell:?}");
    }
}

#[test]
fn keys() {
    for (address, expected) in [
        (
            "浙江省杭州市西湖区文三路100号3幢2单元501室",
            "文三路100号3幢",
        ),
        ("杭州市文三路100号3幢501", "文三路100号3幢"),
        ("西湖区文三路100号3-2-501", "文三路100号3幢"),
        ("浙江杭州西湖区文三路100号3号楼501", "文三路100号3幢"),
        ("杭州文三路100号3栋501室", "文三路100号3幢"),
        ("文三路一百号三幢五〇一室", "文三路100号3幢"),
        ("文三路100号3#楼501", "文三路100号3幢"),
        ("文三路 100号（近学院路） 3幢 501", "文三路100号3幢"),
        (
            "杭州市西湖区北山街道曙光路12号院3号楼1单元302",
            "曙光路12号3幢",
        ),
        ("曙光路12号院内3号楼", "曙光路12号3幢"),
        ("翠苑一区12幢3单元402", "翠苑1区12幢"),
        ("西湖区翠苑街道翠苑一区社区翠苑1区12幢402室", "翠苑1区12幢"),
        (
            "余杭区五常街道文一西路998号海创园2号楼",
            "文一西路998号海创园2幢",
        ),
        ("上城区清波街道柳浪东苑5-301", "柳浪东苑5幢"),
        ("柳浪东苑5幢1单元301室", "柳浪东苑5幢"),
        ("柳浪东苑5-1-301", "柳浪东苑5幢"),
        ("三墩镇双桥村12组34号", "双桥村12组34号"),
        ("杭州市西湖区三墩镇双桥村12组34号", "双桥村12组34号"),
        ("龙吴路98弄5号201", "龙吴路98弄5号"),
        ("龙吴路98弄5-201室", "龙吴路98弄5号"),
        ("文三路100号之一", "文三路100号之1"),
        ("文三路100之1号", "文三路100号之1"),
        ("文三路100号附1号", "文三路100号之1"),
        ("文三路100号附1房", "文三路100号之1"),
        ("文三路100", "文三路100号"),
        ("文三路100-501", "文三路100号"),
        ("文三路100-3", "文三路100-3号"),
        ("文三路100-3号", "文三路100-3号"),
        ("文三路100号五楼", "文三路100号"),
        ("文三路100号地下室", "文三路100号"),
        ("文三路100号第三幢501", "文三路100号3幢"),
        ("文三路100号东单元301", "文三路100号"),
        ("文三路100号浙江大厦1201室", "文三路100号浙江大厦"),
        ("浙江大厦A座1201", "浙江大厦A幢"),
        ("西溪花园(东区)3幢501", "西溪花园东区3幢"),
        ("西溪花园12-1幢501", "西溪花园12-1幢"),
        ("下沙街道2号大街100号3幢", "2号大街100号3幢"),
        ("朝晖六村12幢501", "朝晖6村12幢"),
        ("景芳三区5-301", "景芳3区5幢"),
        ("桐乡市乌镇子夜路18号", "子夜路18号"),
        ("乌镇大道18号", "乌镇大道18号"),
        ("杭州大厦1201", "杭州大厦"),
        ("南京西路100号", "南京西路100号"),
        ("古镇花园3幢", "古镇花园3幢"),
        ("广西壮族自治区南宁市青秀区民族大道12号", "民族大道12号"),
        (
            "北京市海淀区中关村南大街5号院2号楼1门301",
            "中关村南大街5号2幢",
        ),
        ("和平里北街3巷12号", "和平里北街3巷12号"),
        ("西城区辟才胡同12号", "辟才胡同12号"),
    ] {
        assert_eq!(key(address).as_deref(), Some(expected), "{address}");
    }
}

#[test]
fn what_names_no_building_has_no_key() {
    for address in [
        "",
        "文三路",
        "杭州市西湖区",
        "翠苑一区",
        "双桥村",
        "双桥村12组",
        "3幢501",
        "100号",
        "龙吴路98弄",
        "文三路100-3-501",
        "123",
        "ABC",
        "柳浪东苑",
        "浙江省杭州市",
    ] {
        assert_eq!(key(address), None, "{address}");
    }
}

#[test]
fn buildings_that_differ_have_different_keys() {
    let all = [
        "文三路100号3幢",
        "文三路100号5幢",
        "文三路10号3幢",
        "文二路100号3幢",
        "文三路100号",
        "文三路甲100号",
        "文三路100-1号",
        "文三路100号之2",
        "西溪花园东区3幢",
        "西溪花园西区3幢",
        "西溪花园(北区)3幢",
        "翠苑一区12幢",
        "翠苑二区12幢",
        "双桥村12组34号",
        "双桥村34号",
        "龙吴路98弄5号",
        "龙吴路89弄5号",
        "水乡人家3幢",
        "山水人家3幢",
        "浙江大厦A座",
        "浙江大厦B座",
        "文三路100号旁",
        "西溪花园3幢东楼",
    ];
    let keys: std::collections::BTreeSet<_> = all
        .iter()
        .map(|address| key(address).unwrap_or_default())
        .collect();
    assert_eq!(keys.len(), all.len(), "{keys:?}");
}

#[test]
fn districts_and_towns_tell_buildings_apart() {
    let one = building("杭州市西湖区三墩镇双桥村12号").unwrap();
    assert_eq!(
        (one.district, one.town.as_deref()),
        (Some("西湖区"), Some("三墩镇"))
    );
    assert!(one.may_be(&building("双桥村12号").unwrap()));
    assert!(one.may_be(&building("西湖区双桥村12号").unwrap()));
    assert!(!one.may_be(&building("余杭区双桥村12号").unwrap()));
    assert!(!one.may_be(&building("西湖区转塘镇双桥村12号").unwrap()));
    assert_eq!(format!("{one:?}"), "Building(..)");
}

/// Addresses of many kinds, without places and without a room.
fn core() -> impl Strategy<Value = String> {
    let road = prop::sample::select(vec![
        "文三路",
        "文一西路",
        "曙光路",
        "民族大道",
        "南山路",
        "平海街",
        "孩儿巷",
        "2号大街",
    ]);
    let estate = prop::sample::select(vec![
        "翠苑一区",
        "柳浪东苑",
        "西溪花园",
        "朝晖六村",
        "古荡新村",
        "金地自在城",
        "SOHO公社",
    ]);
    let village = prop::sample::select(vec!["双桥村", "外桐坞", "茅家埠村"]);
    let number = 1..300_u32;
    prop_oneof![
        (road.clone(), number.clone()).prop_map(|(road, n)| format!("{road}{n}号")),
        (road.clone(), number.clone(), 1..30_u32)
            .prop_map(|(road, n, b)| format!("{road}{n}号{b}幢")),
        (road, number.clone(), estate.clone(), 1..30_u32)
            .prop_map(|(road, n, e, b)| format!("{road}{n}号{e}{b}号楼")),
        (estate, 1..60_u32).prop_map(|(estate, b)| format!("{estate}{b}幢")),
        (village, 1..20_u32, number).prop_map(|(village, g, n)| format!("{village}{g}组{n}号")),
    ]
}

proptest! {
    #[test]
    fn places_in_front_and_rooms_behind_change_nothing(
        core in core(),
        places in prop::sample::select(vec![
            "浙江省", "杭州市", "浙江省杭州市", "浙江杭州市", "浙江省杭州市西湖区", "西湖区", "西湖区北山街道", "杭州西湖区", "杭州市余杭区五常街道",
            "浙江省嘉兴市海宁市", "中国浙江省杭州市", "北山街道", "浙江省杭州市西湖区三墩镇",
        ]),
        room in prop::sample::select(vec!["501室", "2单元501室", "501", "-501", "501房", "二单元五〇一室", "5楼", "-501室", "3层", "１０２室", "东单元501", "甲单元302"]),
    ) {
        let expected = key(&core);
        prop_assert!(expected.is_some(), "{}", core);
        prop_assert_eq!(&key(&format!("{places}{core}")), &expected);
        prop_assert_eq!(&key(&format!("{core}{room}")), &expected);
        prop_assert_eq!(&key(&format!(" {places} {core} {room}")), &expected);
    }

    #[test]
    fn what_a_glance_calls_standard_is(cell in "[文三路号幢单元室楼层房之0-9A-Ca-c-]{0,14}[0-9A-Ca-c]室") {
        let mut brought = String::new();
        if is_standard(&cell) {
            prop_assert!(brought_into(&cell, &mut brought));
            prop_assert_eq!(brought, cell);
        }
    }

    #[test]
    fn standard_addresses_stay_as_they_are(cells in prop::collection::vec("[文三路号幢栋单元室房村组弄区市省镇乡街道之附0-9A-C#（）() 　－-]{0,16}|.{0,16}", 0..8)) {
        let input = column(&cells.iter().map(String::as_str).collect::<Vec<_>>());
        let once = address(&input);
        check_shape(&input, &once);
        let values = once.values.as_any().downcast_ref::<StringViewArray>().unwrap();
        let twice = address(values);
        prop_assert_eq!(&twice.values, &once.values);
        prop_assert_eq!(twice.issues.len(), 0);
        for (cell, value) in cells.iter().zip(values) {
            // The standard form names the building that the cell named.
            prop_assert_eq!(building(cell), value.and_then(building));
        }
    }
}
