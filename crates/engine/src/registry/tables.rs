//! The registry's tables: columns, types, what they mean in both languages.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields};
use rongtong_lake::TableSpec;

use crate::tables::{field, key_field, place_fields, spec};

/// The parts of one bar in `evidence`.
pub(crate) fn step_fields() -> Fields {
    Fields::from(vec![
        field("comparison", DataType::Utf8View, "比较项 / comparison"),
        field("level", DataType::Utf8View, "一致程度 / level of agreement"),
        field(
            "weight",
            DataType::Float64,
            "权重（以2为底） / weight, base 2",
        ),
    ])
}

fn evidence() -> [Field; 3] {
    let item = Field::new_list_field(DataType::Struct(step_fields()), true);
    [
        field(
            "probability",
            DataType::Float64,
            "为同一人的概率 / chance that they are one person",
        ),
        field(
            "weight",
            DataType::Float64,
            "匹配权重（以2为底） / match weight, log odds to base 2",
        ),
        field(
            "evidence",
            DataType::List(Arc::new(item)),
            "逐项证据 / the evidence, bar by bar",
        ),
    ]
}

/// `links`.
pub(crate) fn links() -> TableSpec {
    let mut fields = vec![
        key_field("resident_key", "居民统一标识 / resident key"),
        key_field(
            "own_key",
            "未关联时的标识 / the key that the number or record has of its own",
        ),
        key_field(
            "other_key",
            "与之关联的标识 / own key of what it was tied to",
        ),
        key_field(
            "mention_key",
            "人员引用自身的标识 / the key the mention had of its own",
        ),
    ];
    fields.extend(place_fields());
    fields.push(field(
        "role",
        DataType::Utf8View,
        "人员引用 / mention of the row; null where no row in force states the number",
    ));
    fields.push(field(
        "decided_by",
        DataType::Utf8View,
        "决定者 model 模型|reviewer 复核人 / who decided",
    ));
    fields.extend(evidence());
    spec(
        "links",
        fields,
        "关联记录 / numbers and mentions that were tied to residents",
    )
}

/// `key_events`.
pub(crate) fn key_events() -> TableSpec {
    let fields = vec![
        key_field("resident_key", "居民统一标识 / resident key"),
        field(
            "event",
            DataType::Utf8View,
            "事件 merged 合并|split 拆分|number_changed 号码变更 / what happened to the key",
        ),
        key_field("successor_key", "后继标识 / the key that leads on"),
        field("as_of", DataType::Date32, "日期 / day of the data"),
        field("reason", DataType::Utf8View, "原因 / why"),
    ];
    spec(
        "key_events",
        fields,
        "标识变更 / merges, splits and changes of keys",
    )
}

/// `review`.
pub(crate) fn review() -> TableSpec {
    let mut fields = vec![
        key_field(
            "resident_key",
            "居民统一标识（较小者） / the smaller of the two keys",
        ),
        key_field(
            "other_key",
            "另一标识 / the key that may be the same person",
        ),
        key_field(
            "own_key",
            "该居民的记录标识 / own key of the record of the first",
        ),
        key_field(
            "other_own_key",
            "另一居民的记录标识 / own key of the record of the other",
        ),
    ];
    fields.extend(evidence());
    spec("review", fields, "待复核 / pairs that wait for a reviewer")
}

/// `decisions`: the reviewers' words that a release rests on. Who decided and why stays in the reviewers' file:
/// free text may name people.
pub(crate) fn decisions() -> TableSpec {
    let fields = vec![
        field(
            "decision",
            DataType::Utf8View,
            "决定 same 同一人|different 不同人 / what a reviewer decided",
        ),
        key_field("key", "标识（较小者） / the smaller of the two keys"),
        key_field("other_key", "另一标识 / the other key"),
    ];
    spec(
        "decisions",
        fields,
        "复核决定 / reviewers' decisions in force",
    )
}

/// `linkage`: what the linkage has learned.
pub(crate) fn linkage() -> TableSpec {
    let fields = vec![
        field(
            "context",
            DataType::Utf8View,
            "情境 strangers 无关|其他为共有特征 / among whom",
        ),
        field(
            "comparison",
            DataType::Utf8View,
            "比较项 / comparison; null for the pairs as a whole",
        ),
        field("level", DataType::Utf8View, "一致程度 / level of agreement"),
        field(
            "same",
            DataType::Float64,
            "同一人的记录对（期望数） / expected pairs of one person",
        ),
        field(
            "other",
            DataType::Float64,
            "不同人的记录对（期望数） / expected pairs of different people",
        ),
    ];
    spec(
        "linkage",
        fields,
        "关联模型参数 / what the linkage has learned",
    )
}
