//! The lake's tables as LAKE.md names them: columns, types, what they mean in both languages.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use rongtong_connector_kit::{data_type, standard_columns};
use rongtong_contracts::{Contract, ContractColumn, FeedName, Mention, Standard};
use rongtong_lake::{COMMENT, TableSpec};

pub(crate) use crate::registry::tables::{
    DECISIONS, KEY_EVENTS, LINKAGE, LINKS, RECORDS, RECORDS_SINCE, REVIEW, TRAITS, records,
    records_since,
};

pub(crate) const RESIDENTS: &str = "residents";
pub(crate) const HOMES: &str = "resident_homes";
pub(crate) const CONFLICTS: &str = "conflicts";
pub(crate) const FINDINGS: &str = "findings";
pub(crate) const QUARANTINE: &str = "quarantine";
pub(crate) const IDENTITIES: &str = "identities";
pub(crate) const DELIVERIES: &str = "deliveries";

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
        text("kind", "险种类型 / kind of insurance"),
        text("status", "参保状态 / status"),
        day("first_enrolled_on", "首次参保日期 / first enrolled on"),
        amount(
            "contribution_base",
            "缴费基数（元/月） / contribution base, CNY a month",
        ),
    ])
}

/// `residents`.
pub(crate) fn residents() -> TableSpec {
    let mut fields = vec![
        text("resident_key", "居民统一标识 / resident key"),
        text(
            "key_basis",
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
            fields.push(list(
                "insurances",
                DataType::Struct(insurance_fields()),
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
        fields.push(text(&format!("{}_source", attribute.name), &source));
        fields.push(day(&format!("{}_as_of", attribute.name), &as_of));
    }
    spec(
        RESIDENTS,
        fields,
        "居民：每人一行，逐项注明来源 / residents: one row a person, each value with its source",
    )
}

/// `resident_homes`.
pub(crate) fn resident_homes() -> TableSpec {
    let fields = vec![
        text("resident_key", "居民统一标识 / resident key"),
        text(
            "relation",
            "居住关系 hukou 户籍|present 现住|owner 产权|tenant 承租 / how it is the resident's home",
        ),
        text("address", "地址 / address"),
        text("unit_no", "不动产单元号 / real-estate unit number"),
        amount("share_percent", "共有比例（%） / share owned, percent"),
        measure("longitude", "经度 CGCS2000 / longitude, degrees"),
        measure("latitude", "纬度 CGCS2000 / latitude, degrees"),
        text("grid_code", "网格编码 / grid cell"),
        day("starts_on", "起始日期 / a home from this day on"),
        text("feed", "来源数据项 / feed"),
    ];
    spec(HOMES, fields, "居民住所 / the homes of residents")
}

/// `resident_health`, restricted.
pub(crate) fn resident_health() -> TableSpec {
    let fields = vec![
        text("resident_key", "居民统一标识 / resident key"),
        text("blood_group", "ABO血型 CV04.50.005 / blood group"),
        field(
            "chronic_icd10",
            data_type(Standard::Icd10List),
            "慢性病 ICD-10 / chronic diseases",
        ),
    ];
    spec(
        "resident_health",
        fields,
        "居民健康（受限） / health of residents, restricted",
    )
    .restricted()
}

/// `conflicts`.
pub(crate) fn conflicts() -> TableSpec {
    let fields = vec![
        text("resident_key", "居民统一标识 / resident key"),
        text("attribute", "属性 / attribute"),
        text("feed", "落选的数据项 / feed whose value lost"),
        text("value", "落选的值 / its value"),
        text("winner_feed", "采信的数据项 / feed whose value won"),
        text("winner_value", "采信的值 / the value that won"),
    ];
    spec(CONFLICTS, fields, "数据冲突 / where feeds disagree")
}

/// `findings`.
pub(crate) fn findings() -> TableSpec {
    let mut fields = place_fields();
    fields.push(text("column", "列 / column, null for the whole row"));
    fields.push(text("rule", "规则 / rule that was broken"));
    fields.push(text(
        "severity",
        "处理 repaired 已修复|flagged 已标记|rejected 已隔离 / what became of it",
    ));
    spec(
        FINDINGS,
        fields,
        "质量问题（不含值） / findings, never the value",
    )
}

/// `quarantine`, restricted.
pub(crate) fn quarantine() -> TableSpec {
    let mut fields = place_fields();
    fields.push(text("column", "列 / column, null for the whole row"));
    fields.push(text("rule", "规则 / rule that was broken"));
    fields.push(text("raw", "原始行（JSON） / the row as received, JSON"));
    spec(
        QUARANTINE,
        fields,
        "隔离区（受限） / rejected rows as received, restricted",
    )
    .restricted()
}

/// `identities`, restricted.
pub(crate) fn identities() -> TableSpec {
    let mut fields = vec![
        text("resident_key", "居民统一标识 / resident key"),
        text(
            "id_type",
            "证件类型 GA/T 2000.156 / kind of document, null where the number can't be used",
        ),
        text(
            "id_number",
            "证件号码，含错误号码 / document number, broken ones included",
        ),
    ];
    fields.extend(place_fields());
    fields.push(text("role", "人员引用 / mention of the row"));
    fields.push(text(
        "number_status",
        "号码本身的状态 / what the number alone says",
    ));
    fields.push(text(
        "mention_key",
        "不采信号码时的标识 / the key without the number",
    ));
    spec(
        IDENTITIES,
        fields,
        "证件号码（受限） / identity numbers, restricted",
    )
    .restricted()
}

/// `deliveries`, the ledger.
pub(crate) fn deliveries() -> TableSpec {
    let fields = vec![
        text("feed", "数据项 / feed"),
        text("_delivery", "批次 / delivery"),
        text("source_file", "文件 / file as delivered"),
        text("sm3", "SM3摘要 / SM3 of its bytes"),
        count("bytes", "字节数 / size in bytes"),
        time(
            "modified_at",
            "文件修改时间 / modification time of the file",
        ),
        day("as_of", "数据日期 / as-of date"),
        time("taken_at", "接收时间 / when it was taken"),
        text("release", "发布版本 / release that took or refused it"),
        text(
            "status",
            "状态 in_force 有效|superseded 已被替换|refused 已拒收 / whether it is in force",
        ),
        count("received", "接收行数 / rows received"),
        count("standard", "标准行数 / standard rows"),
        count("quarantined", "隔离行数 / quarantined rows"),
        text(
            "archived",
            "存档位置 / where it is archived, from the lake (or the restricted archive)",
        ),
    ];
    spec(DELIVERIES, fields, "批次台账 / ledger of deliveries")
}

/// `runs`.
pub(crate) fn runs() -> TableSpec {
    let fields = vec![
        text("run", "运行 / run"),
        text("release", "发布版本 / release it made"),
        text("pipeline", "流水线 / pipeline"),
        time("started_at", "开始时间 / started"),
        time("finished_at", "结束时间 / finished"),
        text("status", "结果 / result"),
        text("refused", "被拒收的数据项 / feeds refused"),
        text("version", "程序版本 / version of rongtong"),
    ];
    spec("runs", fields, "运行记录 / runs that made a release")
}

/// `standard/<department>/<feed>`.
pub(crate) fn standard(contract: &Contract) -> TableSpec {
    let mut fields = Vec::new();
    for column in &contract.columns {
        if column.standard == Standard::IdNumber {
            let (status, key) = number_columns(&column.name);
            fields.push(text(&status, "证件号码状态 valid|repaired|missing|malformed|masked|contested / state of the identity number"));
            fields.push(text(&key, "居民统一标识 / resident key"));
        } else {
            fields.push(field(
                &column.name,
                data_type(column.standard),
                &column.title(),
            ));
        }
    }
    fields.extend(place_fields().into_iter().skip(1));
    spec(&standard_name(&contract.feed), fields, &contract.title())
}

/// The name of a feed's standard table.
pub(crate) fn standard_name(feed: &FeedName) -> String {
    format!("standard/{}/{}", feed.department, feed.feed)
}

/// The feed of a standard table; `None` for all other tables.
pub(crate) fn feed_of(table: &str) -> Option<FeedName> {
    let (department, feed) = table.strip_prefix("standard/")?.split_once('/')?;
    FeedName::new(department, feed).ok()
}

/// What stands in place of a number column: its status and the resident key.
fn number_columns(column: &str) -> (String, String) {
    let role = column.strip_suffix("id_number").unwrap_or(column);
    (format!("{role}id_status"), format!("{role}resident_key"))
}

/// The columns of a feed's standard table that hold resident keys, in the order of the mentions.
pub(crate) fn key_columns(contract: &Contract) -> Vec<String> {
    let mentions = contract.mentions.iter();
    mentions.map(|mention| columns_of(mention).1).collect()
}

/// The columns of a mention's status and resident key.
pub(crate) fn columns_of(mention: &Mention) -> (String, String) {
    number_columns(mention.id_number.as_deref().unwrap_or("id_number"))
}

/// The standard column at a place.
pub(crate) fn standard_column(contract: &Contract, place: usize) -> Option<&ContractColumn> {
    standard_columns(contract).nth(place)
}

pub(crate) fn place_fields() -> Vec<Field> {
    vec![
        text("feed", "数据项 / feed"),
        text("_delivery", "批次 / delivery"),
        text("_source_file", "来源文件 / source file"),
        count("_source_row", "来源行号 / source row, 1 = first data row"),
    ]
}

fn field(name: &str, data_type: DataType, comment: &str) -> Field {
    let comment = HashMap::from([(COMMENT.to_owned(), comment.to_owned())]);
    Field::new(name, data_type, true).with_metadata(comment)
}

pub(crate) fn text(name: &str, comment: &str) -> Field {
    field(name, DataType::Utf8View, comment)
}

pub(crate) fn day(name: &str, comment: &str) -> Field {
    field(name, DataType::Date32, comment)
}

pub(crate) fn count(name: &str, comment: &str) -> Field {
    field(name, DataType::Int64, comment)
}

pub(crate) fn measure(name: &str, comment: &str) -> Field {
    field(name, DataType::Float64, comment)
}

pub(crate) fn list(name: &str, item: DataType, comment: &str) -> Field {
    let item = Arc::new(Field::new_list_field(item, true));
    field(name, DataType::List(item), comment)
}

fn time(name: &str, comment: &str) -> Field {
    let time = DataType::Timestamp(TimeUnit::Microsecond, None);
    field(name, time, comment)
}

fn amount(name: &str, comment: &str) -> Field {
    field(name, money(), comment)
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

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Every table of a lake of the product's feeds.
    fn all() -> Vec<TableSpec> {
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
        specs.extend(crate::registry::tables::all());
        specs.extend(crate::testing::pipeline().contracts.values().map(standard));
        specs
    }

    /// LAKE.md is the contract with readers: a change here is a change for them.
    #[test]
    fn names_and_types_are_those_readers_rely_on() {
        let mut text = String::new();
        for spec in all() {
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
        let both = |text: &str| text.contains(" / ") && !text.is_ascii();
        for spec in all() {
            assert!(both(&spec.comment), "{}", spec.name);
            for field in spec.schema.fields() {
                let comment = field.metadata().get(COMMENT).unwrap();
                assert!(both(comment), "{}.{}: {comment}", spec.name, field.name());
            }
        }
    }

    #[test]
    fn the_restricted_tables_are_those_that_a_pipeline_can_put_elsewhere() {
        let specs = all().into_iter().filter(|spec| spec.restricted);
        let mut restricted: Vec<String> = specs.map(|spec| spec.name).collect();
        restricted.push("archive".to_owned());
        restricted.sort();
        let mut placed = rongtong_contracts::RESTRICTED.to_vec();
        placed.sort_unstable();
        assert_eq!(restricted, placed);
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
    fn a_standard_table_tells_its_feed() {
        for contract in crate::testing::pipeline().contracts.values() {
            let feed = feed_of(&standard(contract).name);
            assert_eq!(feed.as_ref(), Some(&contract.feed));
        }
        for other in [RESIDENTS, "standard/health", "standard/a/b/c"] {
            assert_eq!(feed_of(other), None, "{other}");
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
