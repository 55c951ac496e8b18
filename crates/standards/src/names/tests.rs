use std::collections::BTreeSet;

use proptest::prelude::*;

use super::NameAgreement::{
    Accent, Compatible, Different, Exact, Folded, Given, LookAlike, Near, SameSound, Surname,
};
use super::*;

/// Real cases, both ways.
const CASES: &[(&str, &str, NameAgreement)] = &[
    ("王伟", "王伟", Exact),
    ("王某之女", "王某之女", Exact),
    ("张?", "张?", Exact),
    ("LI", "*À", Different),
    ("阿依古丽·买买提", "阿依古丽•买买提", Exact),
    ("SMITH JOHN", "SMITH JOHN", Exact),
    // Traditional and variant characters, dots, blanks, accents.
    ("張偉", "张伟", Folded),
    ("劉志峯", "刘志峰", Folded),
    ("陳麗華", "陈丽华", Folded),
    ("歐陽娜娜", "欧阳娜娜", Folded),
    ("沢口靖子", "泽口靖子", Folded),
    ("龑\u{F9B5}", "䶮例", Folded),
    ("阿依古丽·买买提", "阿依古丽买买提", Folded),
    ("LI XIAOMING", "LIXIAOMING", Folded),
    ("O'BRIEN JEAN-PAUL", "OBRIEN JEAN PAUL", Folded),
    ("GARCÍA MARÍA", "GARCIA MARIA", Folded),
    // By ear.
    ("王佳", "王嘉", SameSound),
    ("王伟", "王维", SameSound),
    ("李静怡", "李婧仪", SameSound),
    ("張偉", "章玮", SameSound),
    ("单晓", "山小", SameSound),
    ("单丽", "丹丽", SameSound),
    ("解放", "谢放", SameSound),
    ("曾丽", "增丽", SameSound),
    ("区志", "欧志", SameSound),
    ("尉迟恭", "玉池宫", SameSound),
    ("万俟雪", "莫奇雪", SameSound),
    ("陈乐", "陈悦", SameSound),
    ("陈乐", "陈勒", SameSound),
    ("王娜", "王诺", SameSound),
    ("张伟", "ZHANG WEI", SameSound),
    ("张伟", "ZHANGWEI", SameSound),
    ("西安安", "XI'AN AN", SameSound),
    ("吕布", "LV BU", SameSound),
    ("吕布", "LYU BU", SameSound),
    ("吕布", "LÜ BU", SameSound),
    ("LV BU", "LYU BU", SameSound),
    ("单晓明", "SHAN XIAOMING", SameSound),
    ("阿依古丽·买买提", "阿衣古力·麦麦提", SameSound),
    ("阿依古丽·买买提", "阿依古力买买提", SameSound),
    // By eye.
    ("张晴", "张睛", LookAlike),
    ("王未", "王末", LookAlike),
    ("李土根", "李士根", LookAlike),
    ("杨涛", "扬滔", SameSound),
    ("陈涛", "陈铸", LookAlike),
    ("李玟", "李玫", LookAlike),
    ("侯晴", "候睛", LookAlike),
    ("张晴佳", "張睛嘉", LookAlike),
    ("张俊", "张峻", SameSound),
    ("刘翔", "刘翊", LookAlike),
    // By southern ears.
    ("王娜", "黄娜", Accent),
    ("程凌", "陈琳", Accent),
    ("胡南", "吴兰", Accent),
    ("张晴", "章群", Different),
    // What can be read.
    ("张?", "张伟", Compatible),
    ("张??", "张伟", Compatible),
    ("张?明", "张小明", Compatible),
    ("张□", "張偉", Compatible),
    ("张\u{E123}三", "张燚三", Compatible),
    ("张*", "张小明", Compatible),
    ("张**", "张小明", Compatible),
    ("王某", "王小明", Compatible),
    ("王某某", "王小明", Compatible),
    ("王某之女", "王小明之女", Compatible),
    ("欧阳某", "欧阳娜娜", Compatible),
    ("张YI三", "张燚三", Compatible),
    ("张YAO", "张垚", Compatible),
    ("张XX", "张小明", Compatible),
    ("张?", "张?三", Surname),
    ("?伟", "张伟", Different),
    ("?小明", "张小明", Given),
    // Nearly.
    ("王佳怡", "王佳悦", Near),
    ("王佳怡", "王子怡", Near),
    ("王佳怡", "王怡佳", Near),
    ("张伟", "张伟伟", Near),
    ("王小明", "王明", Near),
    ("欧阳娜", "欧阳娜娜", Near),
    ("阿依古丽·买买提", "阿依古丽", Compatible),
    ("阿依古丽·买买提", "阿依古丽·买买", Compatible),
    ("阿依古丽买买提", "阿依古丽", Compatible),
    ("古丽卡德尔", "古丽", Compatible),
    ("阿不都热合曼·吐尔逊", "阿不都热合·吐尔逊", Near),
    ("SMITH JOHN", "JOHN SMITH", Compatible),
    ("THI JOHN SCHMIDT", "JOHN SCHMIDT", Compatible),
    ("SCHMIDT J", "JOHN J SCHMIDT", Different),
    ("IVANOV ANTON", "IVANOV ANTONN", Near),
    ("WEI ZHANG", "张伟", Compatible),
    // The surname.
    ("王伟", "王芳", Surname),
    ("李娜", "李丽", Surname),
    ("王佳怡", "王子轩", Surname),
    ("王某之女", "王婷", Surname),
    ("王婷之女", "王婷", Surname),
    ("王婷之子", "李婷", Different),
    ("欧阳娜娜", "欧阳震华", Surname),
    ("欧阳娜", "欧娜", Different),
    ("张伟", "ZHANG LI", Surname),
    ("买买提·吐尔逊", "古丽娜尔·吐尔逊", Surname),
    ("SMITH JOHN", "SMITH MARY", Surname),
    // The given name.
    ("王佳怡", "李佳怡", Given),
    ("欧阳娜娜", "王娜娜", Given),
    ("王燚", "李燚", Given),
    ("王伟", "李伟", Different),
    ("王婷", "李婷", Different),
    ("阿依古丽·买买提", "阿依古丽·库尔班", Given),
    ("GARCIA SOFIA", "ROSSI SOFIA", Given),
    // Nothing.
    ("王伟", "李芳", Different),
    ("王佳怡", "李子轩", Different),
    ("王伟", "SMITH JOHN", Different),
    ("阿依古丽·买买提", "玛依拉·库尔班", Different),
];

#[test]
fn real_cases() {
    let mut wrong = Vec::new();
    for (a, b, expected) in CASES {
        let (left, right) = (NameForm::of(a), NameForm::of(b));
        for (left, right) in [(&left, &right), (&right, &left)] {
            let agreement = left.compare(right);
            if agreement != *expected {
                wrong.push(format!("{a} {b}: {agreement:?}, not {expected:?}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_level_is_reached_and_named() {
    let reached: BTreeSet<_> = CASES.iter().map(|(_, _, agreement)| *agreement).collect();
    assert_eq!(reached, BTreeSet::from(NameAgreement::ALL));
    assert!(NameAgreement::ALL.is_sorted());
    let words: BTreeSet<_> = NameAgreement::ALL.map(NameAgreement::as_str).into();
    assert_eq!(words.len(), NameAgreement::ALL.len());
}

#[test]
fn keys_follow_the_levels() {
    let keys = |name| {
        let form = NameForm::of(name);
        (
            form.plain_key(),
            form.sound_key(),
            form.surname_key(),
            form.given_key(),
        )
    };
    for (a, b, agreement) in CASES {
        let (a, b) = (keys(a), keys(b));
        match agreement {
            Exact | Folded => {
                assert_eq!(a.0, b.0);
                assert_eq!(a.1, b.1);
            }
            Surname if a.2 != 0 && b.2 != 0 => assert_eq!(a.2, b.2),
            Given if a.3 != 0 && b.3 != 0 => assert_eq!(a.3, b.3),
            _ => assert_ne!(a.0, b.0),
        }
    }
    // By their usual readings; a surname's by its own.
    for (a, b) in [
        ("王佳怡", "汪嘉仪"),
        ("单晓", "珊小"),
        ("尉迟恭", "玉池宫"),
        ("张伟", "ZHANG WEI"),
        ("吕布", "LYU BU"),
        ("陈乐", "陈悦"),
    ] {
        assert_eq!(keys(a).1, keys(b).1, "{a} {b}");
    }
    assert_ne!(keys("王伟").1, keys("王芳").1);
    let (_, _, surname, given) = keys("歐陽娜");
    assert_eq!(surname, keys("欧阳震华").2);
    assert_eq!(given, keys("王娜").3);
    assert_eq!((keys("张?").3, keys("SMITH JOHN").2), (0, 0));
}

#[test]
fn names_with_unreadable_or_masked_characters() {
    for name in ["张?", "张□", "王某", "张*", "张\u{E000}", "张XX", "某某"] {
        assert!(NameForm::of(name).is_wild(), "{name}");
    }
    for name in ["张伟", "JOHN", "张YAO", "阿依古丽·买买提"] {
        assert!(!NameForm::of(name).is_wild(), "{name}");
    }
}

#[test]
fn debug_keeps_the_name_to_itself() {
    assert_eq!(format!("{:?}", NameForm::of("张伟")), "NameForm(…)");
}

#[test]
fn characters_are_known() {
    // Only the last appendix of the block and some units of measure have no Mandarin reading.
    let silent = ('\u{4E00}'..='\u{9FFF}').filter(|c| sounds(*c).count() == 0);
    assert!(silent.count() < 100);
    assert!(
        ('\u{3400}'..='\u{4DBF}')
            .filter(|c| sounds(*c).count() == 0)
            .count()
            < 1500
    );
    assert!(sounds('单').count() == 3 && sounds('伟').eq(sounds('維')));
    assert_eq!(sounds('A').count(), 0);
    assert_eq!(
        (folded('偉'), folded('𬀩'), folded('A'), folded('乾')),
        ('伟', '𬀩', 'A', '乾')
    );
    assert!(look_alike('未', '末') && look_alike('陳', '阵') && !look_alike('怡', '悦'));
}

#[test]
fn folding_is_done_at_once_and_looks_go_both_ways() {
    for c in '\u{2E80}'..='\u{FAFF}' {
        assert_eq!(folded(folded(c)), folded(c), "{c}");
        assert!(!look_alike(c, c), "{c}");
    }
    for a in "未己日晴涛佳俊博侯".chars() {
        for b in '\u{4E00}'..='\u{9FFF}' {
            assert_eq!(look_alike(a, b), look_alike(b, a), "{a} {b}");
        }
    }
}

/// Twins and cousins differ in one character: that must stay visible.
#[test]
fn common_characters_of_given_names_are_kept_apart() {
    let women = "怡悦欣涵萱雅婷琪瑶妍梦雯静玥宁晨钰心颖慧敏霞燕玲雪丹萍红莉洁晶蕾倩莹";
    for a in women.chars() {
        for b in women.chars() {
            assert!(!look_alike(a, b), "{a} {b}");
        }
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[王张单欧尉][阳迟伟偉维佳嘉怡悦未末?某*]{0,3}",
        "[阿依古丽买麦提]{1,4}[·•]?[阿依古丽买麦提]{0,4}",
        "[王张][A-DXYUI]{0,3}[伟三]?",
        "(ZHANG|LV|LYU|WEI|LI)[ '-]?(WEI|BU|XIAN|JOHN)?",
        ".{0,12}",
    ]
}

proptest! {
    #[test]
    fn comparing_goes_both_ways(a in name(), b in name()) {
        let (a, b) = (NameForm::of(&a), NameForm::of(&b));
        prop_assert_eq!(a.compare(&b), b.compare(&a));
        prop_assert_eq!(a.compare(&a.clone()), Exact);
        if matches!(a.compare(&b), Exact | Folded) {
            prop_assert_eq!(a.plain_key(), b.plain_key());
            prop_assert_eq!(a.sound_key(), b.sound_key());
        }
    }

    #[test]
    fn what_is_folded_agrees(name in "[张王][\u{4E00}-\u{9FFF}]{1,3}") {
        let written: String = name.chars().map(folded).collect();
        let agreement = NameForm::of(&name).compare(&NameForm::of(&written));
        prop_assert!(agreement <= Folded);
    }
}
