//! The lake's tables as LAKE.md names them: columns, types, what they mean in both languages.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use rongtong_connector_kit::{data_type, standard_columns};
use rongtong_contracts::{Contract, ContractColumn, FeedName, Mention, Standard};
use rongtong_lake::TableSpec;

pub(crate) use crate::registry::tables::{TRAITS, records};

/// A single-valued attribute of `residents`.
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) sql_type: &'static str,
    /// Read from whole rows by a kernel of its own, not declared in contracts.
    pub(crate) derived: bool,
    comment: &'static str,
}

const fn declared(name: &'static str, sql_type: &'static str, comment: &'static str) -> Attribute {
    Attribute {
        name,
        sql_type,
        derived: false,
        comment,
    }
}

const fn derived(name: &'static str, sql_type: &'static str, comment: &'static str) -> Attribute {
    Attribute {
        name,
        sql_type,
        derived: true,
        comment,
    }
}

/// The single-valued attributes, in the order of the table.
pub(crate) const SINGLE: &[Attribute] = &[
    declared("name", "VARCHAR", "姓名 / name"),
    declared("sex", "VARCHAR", "性别 GB/T 2261.1 / sex"),
    declared("birth_date", "DATE", "出生日期 / birth date"),
    declared("ethnicity", "VARCHAR", "民族 GB/T 3304 / ethnicity"),
    declared("household_no", "VARCHAR", "户号 / household number"),
    declared(
        "relation_to_head",
        "VARCHAR",
        "与户主关系 GB/T 4761 / relation to the head of household",
    ),
    declared(
        "hukou_division",
        "VARCHAR",
        "户籍地区划 GB/T 2260 / division of the hukou",
    ),
    declared(
        "hukou_address",
        "VARCHAR",
        "户籍地址 / address of the hukou",
    ),
    declared("address", "VARCHAR", "现住址 / present address"),
    derived(
        "grid_code",
        "VARCHAR",
        "网格编码 / grid cell of the present address",
    ),
    declared("phone", "VARCHAR", "联系电话 / phone"),
    derived(
        "marital_status",
        "VARCHAR",
        "婚姻状况 GB/T 2261.2 / marital status",
    ),
    derived(
        "spouse_resident_key",
        "VARCHAR",
        "配偶的居民统一标识 / resident key of the spouse",
    ),
    declared("died_on", "DATE", "死亡日期 / day of death"),
    declared(
        "assistance_category",
        "VARCHAR",
        "救助类别 / kind of social assistance",
    ),
    declared(
        "assistance_monthly_amount",
        "DECIMAL(18,2)",
        "月补助金额（元） / assistance, CNY a month",
    ),
    derived(
        "property_count",
        "BIGINT",
        "不动产数量 / number of properties owned",
    ),
    derived(
        "property_area",
        "DECIMAL(18,2)",
        "不动产建筑面积合计（平方米） / floor area of properties owned, m²",
    ),
];

/// The parts of one insurance in `residents.insurances`.
pub(crate) fn insurance_fields() -> Fields {
    Fields::from(vec![
        field("kind", DataType::Utf8View, "险种类型 / kind of insurance"),
        field("status", DataType::Utf8View, "参保状态 / status"),
        field(
            "first_enrolled_on",
            DataType::Date32,
            "首次参保日期 / first enrolled on",
        ),
        field(
            "contribution_base",
            money(),
            "缴费基数（元/月） / contribution base, CNY a month",
        ),
    ])
}

/// `residents`.
pub(crate) fn residents() -> TableSpec {
    let mut fields = vec![
        key_field("resident_key", "居民统一标识 / resident key"),
        field(
            "key_basis",
            DataType::Utf8View,
            "标识依据 number|linked|unidentified / on what ground the key stands",
        ),
    ];
    for attribute in SINGLE {
        fields.push(field(
            attribute.name,
            sql_type(attribute.sql_type),
            attribute.comment,
        ));
        if attribute.name == "died_on" {
            let item = Field::new_list_field(DataType::Struct(insurance_fields()), true);
            fields.push(field(
                "insurances",
                DataType::List(Arc::new(item)),
                "参保情况 / insurances, one entry a kind",
            ));
        }
    }
    for attribute in SINGLE {
        let (zh, en) = attribute
            .comment
            .split_once(" / ")
            .unwrap_or((attribute.comment, attribute.name));
        let source = format!("{zh}——来源数据项 / feed that {en} comes from");
        let as_of = format!("{zh}——来源批次日期 / as-of date of that delivery");
        fields.push(field(
            &format!("{}_source", attribute.name),
            DataType::Utf8View,
            &source,
        ));
        fields.push(field(
            &format!("{}_as_of", attribute.name),
            DataType::Date32,
            &as_of,
        ));
    }
    spec(
        "residents",
        fields,
        "居民：每人一行，逐项注明来源 / residents: one row a person, each value with its source",
    )
}

/// `resident_homes`.
pub(crate) fn resident_homes() -> TableSpec {
    let fields = vec![
        key_field("resident_key", "居民统一标识 / resident key"),
        field(
            "relation",
            DataType::Utf8View,
            "居住关系 hukou 户籍|present 现住|owner 产权|tenant 承租 / how it is the resident's home",
        ),
        field("address", DataType::Utf8View, "地址 / address"),
        field(
            "unit_no",
            DataType::Utf8View,
            "不动产单元号 / real-estate unit number",
        ),
        field(
            "share_percent",
            money(),
            "共有比例（%） / share owned, percent",
        ),
        field(
            "longitude",
            DataType::Float64,
            "经度 CGCS2000 / longitude, degrees",
        ),
        field(
            "latitude",
            DataType::Float64,
            "纬度 CGCS2000 / latitude, degrees",
        ),
        field("grid_code", DataType::Utf8View, "网格编码 / grid cell"),
        field(
            "starts_on",
            DataType::Date32,
            "起始日期 / a home from this day on",
        ),
        field("feed", DataType::Utf8View, "来源数据项 / feed"),
    ];
    spec(
        "resident_homes",
        fields,
        "居民住所 / the homes of residents",
    )
}

/// `resident_health`, restricted.
pub(crate) fn resident_health() -> TableSpec {
    let fields = vec![
        key_field("resident_key", "居民统一标识 / resident key"),
        field(
            "blood_group",
            DataType::Utf8View,
            "ABO血型 CV04.50.005 / blood group",
        ),
        field(
            "chronic_icd10",
            data_type(Standard::Icd10List),
            "慢性病 ICD-10 / chronic diseases",
        ),
    ];
    restricted(spec(
        "resident_health",
        fields,
        "居民健康（受限） / health of residents, restricted",
    ))
}

/// `conflicts`.
pub(crate) fn conflicts() -> TableSpec {
    let fields = vec![
        key_field("resident_key", "居民统一标识 / resident key"),
        field("attribute", DataType::Utf8View, "属性 / attribute"),
        field(
            "feed",
            DataType::Utf8View,
            "落选的数据项 / feed whose value lost",
        ),
        field("value", DataType::Utf8View, "落选的值 / its value"),
        field(
            "winner_feed",
            DataType::Utf8View,
            "采信的数据项 / feed whose value won",
        ),
        field(
            "winner_value",
            DataType::Utf8View,
            "采信的值 / the value that won",
        ),
    ];
    spec("conflicts", fields, "数据冲突 / where feeds disagree")
}

/// `findings`.
pub(crate) fn findings() -> TableSpec {
    let mut fields = place_fields();
    fields.push(field(
        "column",
        DataType::Utf8View,
        "列 / column, null for the whole row",
    ));
    fields.push(field(
        "rule",
        DataType::Utf8View,
        "规则 / rule that was broken",
    ));
    fields.push(field(
        "severity",
        DataType::Utf8View,
        "处理 repaired 已修复|flagged 已标记|rejected 已隔离 / what became of it",
    ));
    spec(
        "findings",
        fields,
        "质量问题（不含值） / findings, never the value",
    )
}

/// `quarantine`, restricted.
pub(crate) fn quarantine() -> TableSpec {
    let mut fields = place_fields();
    fields.push(field(
        "column",
        DataType::Utf8View,
        "列 / column, null for the whole row",
    ));
    fields.push(field(
        "rule",
        DataType::Utf8View,
        "规则 / rule that was broken",
    ));
    fields.push(field(
        "raw",
        DataType::Utf8View,
        "原始行（JSON） / the row as received, JSON",
    ));
    restricted(spec(
        "quarantine",
        fields,
        "隔离区（受限） / rejected rows as received, restricted",
    ))
}

/// `identities`, restricted.
pub(crate) fn identities() -> TableSpec {
    let mut fields = vec![
        key_field("resident_key", "居民统一标识 / resident key"),
        field(
            "id_type",
            DataType::Utf8View,
            "证件类型 GA/T 2000.156 / kind of document, null where the number can't be used",
        ),
        field(
            "id_number",
            DataType::Utf8View,
            "证件号码，含错误号码 / document number, broken ones included",
        ),
    ];
    fields.extend(place_fields());
    fields.push(field(
        "role",
        DataType::Utf8View,
        "人员引用 / mention of the row",
    ));
    fields.push(field(
        "number_status",
        DataType::Utf8View,
        "号码本身的状态 / what the number alone says",
    ));
    fields.push(key_field(
        "mention_key",
        "不采信号码时的标识 / the key without the number",
    ));
    restricted(spec(
        "identities",
        fields,
        "证件号码（受限） / identity numbers, restricted",
    ))
}

/// `deliveries`, the ledger.
pub(crate) fn deliveries() -> TableSpec {
    let time = DataType::Timestamp(TimeUnit::Microsecond, None);
    let fields = vec![
        field("feed", DataType::Utf8View, "数据项 / feed"),
        field("_delivery", DataType::Utf8View, "批次 / delivery"),
        field(
            "source_file",
            DataType::Utf8View,
            "文件 / file as delivered",
        ),
        field("sm3", DataType::Utf8View, "SM3摘要 / SM3 of its bytes"),
        field("bytes", DataType::Int64, "字节数 / size in bytes"),
        field(
            "modified_at",
            time.clone(),
            "文件修改时间 / modification time of the file",
        ),
        field("as_of", DataType::Date32, "数据日期 / as-of date"),
        field("taken_at", time, "接收时间 / when it was taken"),
        field(
            "release",
            DataType::Utf8View,
            "发布版本 / release that took or refused it",
        ),
        field(
            "status",
            DataType::Utf8View,
            "状态 in_force 有效|superseded 已被替换|refused 已拒收 / whether it is in force",
        ),
        field("received", DataType::Int64, "接收行数 / rows received"),
        field("standard", DataType::Int64, "标准行数 / standard rows"),
        field(
            "quarantined",
            DataType::Int64,
            "隔离行数 / quarantined rows",
        ),
        field(
            "archived",
            DataType::Utf8View,
            "存档位置 / where it is archived, from the lake (or the restricted archive)",
        ),
    ];
    spec("deliveries", fields, "批次台账 / ledger of deliveries")
}

/// `runs`.
pub(crate) fn runs() -> TableSpec {
    let time = DataType::Timestamp(TimeUnit::Microsecond, None);
    let fields = vec![
        field("run", DataType::Utf8View, "运行 / run"),
        field("release", DataType::Utf8View, "发布版本 / release it made"),
        field("pipeline", DataType::Utf8View, "流水线 / pipeline"),
        field("started_at", time.clone(), "开始时间 / started"),
        field("finished_at", time, "结束时间 / finished"),
        field("status", DataType::Utf8View, "结果 / result"),
        field(
            "refused",
            DataType::Utf8View,
            "被拒收的数据项 / feeds refused",
        ),
        field(
            "version",
            DataType::Utf8View,
            "程序版本 / version of rongtong",
        ),
    ];
    spec("runs", fields, "运行记录 / runs that made a release")
}

/// `standard/<department>/<feed>`.
pub(crate) fn standard(contract: &Contract) -> TableSpec {
    let mut fields = Vec::new();
    for column in &contract.columns {
        if column.standard == Standard::IdNumber {
            let (status, key) = number_columns(&column.name);
            fields.push(field(&status, DataType::Utf8View, "证件号码状态 valid|repaired|missing|malformed|masked|contested / state of the identity number"));
            fields.push(key_field(&key, "居民统一标识 / resident key"));
        } else {
            fields.push(field(
                &column.name,
                data_type(column.standard),
                &column.title(),
            ));
        }
    }
    fields.extend(place_fields().into_iter().skip(1));
    let mut spec = spec(&standard_name(&contract.feed), fields, &contract.title());
    spec.restricted = false;
    spec
}

/// The name of a feed's standard table.
pub(crate) fn standard_name(feed: &FeedName) -> String {
    format!("standard/{}/{}", feed.department, feed.feed)
}

/// What stands in place of a number column: its status and the resident key.
pub(crate) fn number_columns(column: &str) -> (String, String) {
    let role = column.strip_suffix("id_number").unwrap_or(column);
    (format!("{role}id_status"), format!("{role}resident_key"))
}

/// The columns of a feed's standard table that hold resident keys, in the order of the mentions.
pub(crate) fn key_columns(contract: &Contract) -> Vec<String> {
    let mentions = contract.mentions.iter();
    let column = |mention: &Mention| {
        let number = mention.id_number.as_deref().unwrap_or("id_number");
        number_columns(number).1
    };
    mentions.map(column).collect()
}

/// The standard column at a place.
pub(crate) fn standard_column(contract: &Contract, place: usize) -> Option<&ContractColumn> {
    standard_columns(contract).nth(place)
}

pub(crate) fn place_fields() -> Vec<Field> {
    vec![
        field("feed", DataType::Utf8View, "数据项 / feed"),
        field("_delivery", DataType::Utf8View, "批次 / delivery"),
        field("_source_file", DataType::Utf8View, "来源文件 / source file"),
        field(
            "_source_row",
            DataType::Int64,
            "来源行号 / source row, 1 = first data row",
        ),
    ]
}

pub(crate) fn field(name: &str, data_type: DataType, comment: &str) -> Field {
    let comment = HashMap::from([("comment".to_owned(), comment.to_owned())]);
    Field::new(name, data_type, true).with_metadata(comment)
}

pub(crate) fn key_field(name: &str, comment: &str) -> Field {
    field(name, DataType::Utf8View, comment)
}

const fn money() -> DataType {
    DataType::Decimal128(18, 2)
}

fn sql_type(name: &str) -> DataType {
    match name {
        "DATE" => DataType::Date32,
        "DECIMAL(18,2)" => money(),
        "BIGINT" => DataType::Int64,
        _ => DataType::Utf8View,
    }
}

pub(crate) fn spec(name: &str, fields: Vec<Field>, comment: &str) -> TableSpec {
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    TableSpec::new(name, schema, comment)
}

fn restricted(mut spec: TableSpec) -> TableSpec {
    spec.restricted = true;
    spec
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::registry::tables::{decisions, key_events, linkage, links, review};

    fn registry() -> [TableSpec; 5] {
        [links(), key_events(), review(), linkage(), decisions()]
    }

    /// LAKE.md is the contract with readers: a change here is a change for them.
    #[test]
    fn names_and_types_are_those_readers_rely_on() {
        let pipeline = crate::testing::pipeline();
        let mut specs = vec![
            residents(),
            resident_homes(),
            resident_health(),
            conflicts(),
            findings(),
            quarantine(),
            identities(),
            deliveries(),
            runs(),
        ];
        specs.extend(registry());
        specs.extend(pipeline.contracts.values().map(standard));
        let mut text = String::new();
        for spec in &specs {
            let restricted = if spec.restricted { " (restricted)" } else { "" };
            writeln!(text, "{}{restricted}", spec.name).unwrap();
            for field in spec.schema.fields() {
                writeln!(text, "  {}: {}", field.name(), field.data_type()).unwrap();
            }
        }
        insta::assert_snapshot!("tables", text);
    }

    #[test]
    fn every_table_and_column_is_explained_in_both_languages() {
        let pipeline = crate::testing::pipeline();
        let both = |text: &str| text.contains(" / ") && !text.is_ascii();
        let mut specs: Vec<TableSpec> = pipeline.contracts.values().map(standard).collect();
        specs.extend([residents(), resident_homes(), findings(), deliveries()]);
        specs.extend(registry());
        for spec in specs {
            assert!(both(&spec.comment), "{}", spec.name);
            for field in spec.schema.fields() {
                let comment = field.metadata().get("comment").unwrap();
                assert!(both(comment), "{}.{}: {comment}", spec.name, field.name());
            }
        }
    }

    #[test]
    fn every_attribute_of_contracts_is_one_of_the_tables() {
        let health = resident_health().schema;
        for attribute in rongtong_contracts::ATTRIBUTES {
            let single = SINGLE.iter().any(|a| a.name == *attribute && !a.derived);
            assert!(
                single || health.column_with_name(attribute).is_some(),
                "{attribute}"
            );
        }
    }

    #[test]
    fn no_standard_table_has_an_identity_number() {
        for contract in crate::testing::pipeline().contracts.values() {
            let schema = standard(contract).schema;
            for column in &contract.columns {
                let number = column.standard == Standard::IdNumber;
                assert_eq!(schema.column_with_name(&column.name).is_none(), number);
            }
        }
        let husband = number_columns("husband_id_number");
        assert_eq!(
            husband,
            ("husband_id_status".into(), "husband_resident_key".into())
        );
        assert_eq!(
            number_columns("id_number"),
            ("id_status".into(), "resident_key".into())
        );
    }
}
