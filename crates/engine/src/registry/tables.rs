//! The registry's tables: columns, types, what they mean in both languages.

use arrow::datatypes::{DataType, Field, Fields};
use rongtong_lake::TableSpec;

use crate::tables::{count, day, list, measure, place_fields, spec, text};

pub(crate) const LINKS: &str = "links";
pub(crate) const KEY_EVENTS: &str = "key_events";
pub(crate) const REVIEW: &str = "review";
pub(crate) const LINKAGE: &str = "linkage";
pub(crate) const DECISIONS: &str = "decisions";
pub(crate) const RECORDS: &str = "records";
pub(crate) const RECORDS_SINCE: &str = "records_since";

/// All of them.
pub(crate) fn all() -> [TableSpec; 7] {
    [
        links(),
        key_events(),
        review(),
        linkage(),
        decisions(),
        records(),
        records_since(),
    ]
}

/// The parts of one bar in `evidence`.
pub(crate) fn step_fields() -> Fields {
    Fields::from(vec![
        text("comparison", "比较项 / comparison"),
        text("level", "一致程度 / level of agreement"),
        measure("weight", "权重（以2为底） / weight, base 2"),
    ])
}

fn evidence() -> [Field; 3] {
    [
        measure(
            "probability",
            "为同一人的概率 / chance that they are one person",
        ),
        measure(
            "weight",
            "匹配权重（以2为底） / match weight, log odds to base 2",
        ),
        list(
            "evidence",
            DataType::Struct(step_fields()),
            "逐项证据 / the evidence, bar by bar",
        ),
    ]
}

/// `links`.
pub(crate) fn links() -> TableSpec {
    let mut fields = vec![
        text("resident_key", "居民统一标识 / resident key"),
        text(
            "own_key",
            "未关联时的标识 / the key that the number or record has of its own",
        ),
        text(
            "other_key",
            "与之关联的标识 / own key of what it was tied to",
        ),
        text(
            "mention_key",
            "人员引用自身的标识 / the key the mention had of its own",
        ),
    ];
    fields.extend(place_fields());
    fields.push(text(
        "role",
        "人员引用 / mention of the row; null where no row in force states the number",
    ));
    fields.push(text(
        "decided_by",
        "决定者 model 模型|reviewer 复核人 / who decided",
    ));
    fields.extend(evidence());
    spec(
        LINKS,
        fields,
        "关联记录 / numbers and mentions that were tied to residents",
    )
}

/// `key_events`.
pub(crate) fn key_events() -> TableSpec {
    let fields = vec![
        text("resident_key", "居民统一标识 / resident key"),
        text(
            "event",
            "事件 merged 合并|split 拆分|number_changed 号码变更 / what happened to the key",
        ),
        text("successor_key", "后继标识 / the key that leads on"),
        day("as_of", "日期 / day of the data"),
        text("reason", "原因 / why"),
    ];
    spec(
        KEY_EVENTS,
        fields,
        "标识变更 / merges, splits and changes of keys",
    )
}

/// `review`.
pub(crate) fn review() -> TableSpec {
    let mut fields = vec![
        text(
            "resident_key",
            "居民统一标识（较小者） / the smaller of the two keys",
        ),
        text(
            "other_key",
            "另一标识 / the key that may be the same person",
        ),
        text(
            "own_key",
            "该居民的记录标识 / own key of the record of the first",
        ),
        text(
            "other_own_key",
            "另一居民的记录标识 / own key of the record of the other",
        ),
    ];
    fields.extend(evidence());
    spec(REVIEW, fields, "待复核 / pairs that wait for a reviewer")
}

/// `decisions`: the reviewers' words that a release rests on. Who decided and why stays in the reviewers' file:
/// free text may name people.
pub(crate) fn decisions() -> TableSpec {
    let fields = vec![
        text(
            "decision",
            "决定 same 同一人|different 不同人 / what a reviewer decided",
        ),
        text("key", "标识（较小者） / the smaller of the two keys"),
        text("other_key", "另一标识 / the other key"),
    ];
    spec(
        DECISIONS,
        fields,
        "复核决定 / reviewers' decisions in force",
    )
}

/// The columns of `records` that hold traits, in the order of [`Trait::ALL`].
///
/// [`Trait::ALL`]: rongtong_identity::residents::Trait::ALL
pub(crate) const TRAITS: [&str; 7] = [
    "birth_dates",
    "phones",
    "addresses",
    "homes",
    "buildings",
    "households",
    "companions",
];

/// `records`: what is compared when a delivery is linked, without identity numbers; one row a record, and a last one
/// without key for values that too many share.
pub(crate) fn records() -> TableSpec {
    let comment = "关联依据（受限） / what linking goes by, restricted";
    spec(RECORDS, record_fields(), comment).restricted()
}

/// `records_since`: the records of residents who were looked at since `records` was written, in place of theirs there; a
/// resident of whom there is none any more has a row with nothing but the key.
pub(crate) fn records_since() -> TableSpec {
    let comment =
        "关联依据的增量（受限） / what linking goes by, of residents looked at since, restricted";
    spec(RECORDS_SINCE, record_fields(), comment).restricted()
}

fn record_fields() -> Vec<Field> {
    let mut fields = vec![
        text("resident_key", "居民统一标识 / resident key"),
        text(
            "own_key",
            "未关联时的标识 / the key it would have alone, where that is another",
        ),
        text(
            "lent_key",
            "所报号码的标识 / the key of the number it states, where another holds that",
        ),
        text(
            "standing",
            "号码依据 settled 确证|holder 持有|open 未定 / how it stands to a number",
        ),
        count(
            "feeds",
            "来源数据项（按位） / the feeds that state it, as bits",
        ),
        text("name", "姓名 / name"),
    ];
    let comments = [
        "出生日期（年月日） / birth dates, yyyymmdd",
        "电话散列 / hashes of phones",
        "地址散列 / hashes of addresses",
        "住所散列 / hashes of homes",
        "楼栋散列 / hashes of buildings",
        "家庭散列 / hashes of households",
        "同行人姓名散列 / hashes of the names of those named beside",
    ];
    let traits = TRAITS.iter().zip(comments);
    fields.extend(traits.map(|(name, comment)| list(name, DataType::Int64, comment)));
    fields.push(text(
        "rules",
        "规则摘要 / digest of the rules the release was made by",
    ));
    fields
}

/// `linkage`: what the linkage has learned.
pub(crate) fn linkage() -> TableSpec {
    let fields = vec![
        text("context", "情境 strangers 无关|其他为共有特征 / among whom"),
        text(
            "comparison",
            "比较项 / comparison; null for the pairs as a whole",
        ),
        text("level", "一致程度 / level of agreement"),
        measure(
            "same",
            "同一人的记录对（期望数） / expected pairs of one person",
        ),
        measure(
            "other",
            "不同人的记录对（期望数） / expected pairs of different people",
        ),
    ];
    spec(
        LINKAGE,
        fields,
        "关联模型参数 / what the linkage has learned",
    )
}
