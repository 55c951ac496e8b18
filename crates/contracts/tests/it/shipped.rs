use std::collections::BTreeSet;
use std::path::Path;

use rongtong_contracts::{
    Cadence, Contract, Crs, FeedName, FormatSpec, Linking, Pipeline, Problem, Standard,
    load_contract, load_linkage, load_pipeline,
};

use crate::{contract_files, workspace};

fn shown(problems: Vec<Problem>) -> String {
    problems
        .iter()
        .map(|problem| format!("{problem}\n"))
        .collect()
}

fn pipeline(name: &str) -> Pipeline {
    load_pipeline(&workspace().join("pipelines").join(name))
        .map_err(shown)
        .unwrap()
}

fn contract(feed: &str) -> Contract {
    let feed: FeedName = feed.parse().unwrap();
    let path = format!("schemas/{}/{}.odcs.yaml", feed.department, feed.feed);
    load_contract(&workspace().join(path))
        .map_err(shown)
        .unwrap()
}

#[test]
fn every_shipped_contract_is_whole_and_speaks_both_languages() {
    let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    for file in contract_files() {
        let contract = load_contract(&file).map_err(shown).unwrap();
        let name = &contract.feed;
        assert!(file.ends_with(format!("{}/{}.odcs.yaml", name.department, name.feed)));
        assert_eq!(contract.id, name.to_string());
        assert!(
            han(&contract.title_zh) && !han(&contract.title_en),
            "{name}"
        );
        for column in &contract.columns {
            assert!(
                han(&column.title_zh) && !han(&column.title_en),
                "{name} {}",
                column.name
            );
            assert!(han(&column.description), "{name} {}", column.name);
            let named = column.standard == Standard::Name || column.standard == Standard::IdNumber;
            assert!(!named || column.required, "{name} {}", column.name);
        }
    }
}

#[test]
fn both_pipelines_bind_the_same_feeds() {
    let (usual, csv) = (pipeline("residents"), pipeline("residents_csv"));
    let feeds = |pipeline: &Pipeline| -> BTreeSet<FeedName> {
        pipeline
            .bindings
            .iter()
            .map(|binding| binding.feed.clone())
            .collect()
    };
    assert_eq!(feeds(&usual), feeds(&csv));
    assert_eq!(feeds(&usual).len(), 10);
    assert_eq!(usual.authority, csv.authority);
    for binding in &csv.bindings {
        let FeedName { department, feed } = &binding.feed;
        assert_eq!(binding.paths, [format!("{department}/{feed}.csv")]);
        assert_eq!(
            binding.format,
            FormatSpec::Csv {
                delimiter: b',',
                quote: Some(b'"'),
                header_row: 1,
            }
        );
        assert_eq!(binding.encoding.name(), "UTF-8");
    }
}

/// The packings of FEEDS.md under the names of LAKE.md.
#[test]
fn the_usual_packings_are_bound() {
    let csv = FormatSpec::Csv {
        delimiter: b',',
        quote: Some(b'"'),
        header_row: 1,
    };
    let pipe = FormatSpec::Csv {
        delimiter: b'|',
        quote: None,
        header_row: 1,
    };
    let xlsx = FormatSpec::Xlsx {
        sheet: None,
        header_row: 1,
    };
    let xml = FormatSpec::Xml {
        record: "record".to_owned(),
    };
    let (snapshot, increment) = (Cadence::Snapshot, Cadence::Increment);
    let expected = [
        (
            "public_security/household_register.csv",
            csv.clone(),
            "gb18030",
            snapshot,
        ),
        (
            "public_security/residence_permit.csv",
            csv.clone(),
            "UTF-8",
            increment,
        ),
        (
            "civil_affairs/social_assistance.xlsx",
            xlsx.clone(),
            "UTF-8",
            increment,
        ),
        (
            "civil_affairs/marriage_register.xlsx",
            xlsx,
            "UTF-8",
            increment,
        ),
        (
            "social_security/insurance_enrolment.txt",
            pipe,
            "UTF-8",
            increment,
        ),
        (
            "health/health_record.ndjson",
            FormatSpec::Ndjson,
            "UTF-8",
            increment,
        ),
        (
            "health/death_certificate.ndjson",
            FormatSpec::Ndjson,
            "UTF-8",
            increment,
        ),
        ("housing/property_ownership.csv", csv, "gb18030", snapshot),
        ("housing/tenancy_filing.xml", xml, "UTF-8", increment),
        ("grid/cells.geojson", FormatSpec::Geojson, "UTF-8", snapshot),
    ];
    let pipeline = pipeline("residents");
    assert_eq!(pipeline.bindings.len(), expected.len());
    for (binding, (path, format, encoding, cadence)) in pipeline.bindings.iter().zip(expected) {
        assert_eq!(binding.paths, [path]);
        assert_eq!(binding.format, format, "{path}");
        assert_eq!(
            binding.encoding.name().to_lowercase(),
            encoding.to_lowercase(),
            "{path}"
        );
        assert_eq!(binding.cadence, cadence, "{path}");
    }
    assert_eq!(pipeline.name, "residents");
    assert_eq!(
        (pipeline.max_shrink_percent, pipeline.max_rejected_percent),
        (20.0, 5.0)
    );
    assert!(pipeline.archive && pipeline.restricted.is_empty());
    let owners = pipeline
        .binding(&"housing.property_ownership".parse().unwrap())
        .unwrap();
    assert_eq!(owners.crs, Some(Crs::Cgcs2000));
}

/// LAKE.md, "Choosing".
#[test]
fn the_authority_is_that_of_the_lakes_page() {
    let household = "public_security.household_register";
    let permit = "public_security.residence_permit";
    let insurance = "social_security.insurance_enrolment";
    let record = "health.health_record";
    let death = "health.death_certificate";
    let marriage = "civil_affairs.marriage_register";
    let assistance = "civil_affairs.social_assistance";
    let owner = "housing.property_ownership";
    let tenant = "housing.tenancy_filing";
    let order: &[(&str, bool, &[&str])] = &[
        // Where they have it: neither assistance nor housing knows sex or birth date, marriage only the sex.
        (
            "name",
            false,
            &[
                household, permit, insurance, record, death, marriage, assistance, owner, tenant,
            ],
        ),
        (
            "sex",
            false,
            &[household, permit, insurance, record, death, marriage],
        ),
        (
            "birth_date",
            false,
            &[household, permit, insurance, record, death],
        ),
        ("ethnicity", false, &[household]),
        ("household_no", false, &[household]),
        ("relation_to_head", false, &[household]),
        ("hukou_division", false, &[household]),
        ("hukou_address", false, &[household]),
        ("address", false, &[permit, tenant, household, record]),
        ("phone", true, &[permit, record, insurance, tenant]),
        ("died_on", false, &[death]),
        ("assistance_category", false, &[assistance]),
        ("assistance_monthly_amount", false, &[assistance]),
        ("blood_group", false, &[record]),
        ("chronic_icd10", false, &[record]),
    ];
    let pipeline = pipeline("residents");
    for (attribute, newest, feeds) in order {
        let authority = &pipeline.authority[*attribute];
        let found: Vec<String> = authority.feeds.iter().map(ToString::to_string).collect();
        assert_eq!(&found, feeds, "{attribute}");
        assert_eq!(authority.newest, *newest, "{attribute}");
    }
    assert_eq!(pipeline.authority.len(), order.len());
    assert_eq!(
        pipeline.conflicts,
        ["birth_date", "died_on", "ethnicity", "name", "sex"]
    );
    let household = &pipeline.contracts[&household.parse().unwrap()];
    assert_eq!(household.mentions[0].attributes["address"], "hukou_address");
}

/// FEEDS.md, "Departments and feeds": headings and canonical columns in its order.
#[test]
fn the_columns_are_those_of_the_feeds_page() {
    let expected = [
        (
            "public_security.household_register",
            "公民身份号码→id_number 姓名→name 性别→sex 民族→ethnicity 出生日期→birth_date 户号→household_no 与户主关系→relation_to_head 户籍地区划→hukou_division 户籍地址→hukou_address 更新时间→updated_at",
        ),
        (
            "public_security.residence_permit",
            "证件类型→id_type 证件号码→id_number 姓名→name 性别→sex 出生日期→birth_date 居住地址→address 联系电话→phone 申报日期→reported_on 更新时间→updated_at",
        ),
        (
            "civil_affairs.social_assistance",
            "救助编号→assistance_no 证件号码→id_number 姓名→name 救助类别→category 月补助金额→monthly_amount 起始年月→start_month 更新时间→updated_at",
        ),
        (
            "civil_affairs.marriage_register",
            "登记号→registration_no 登记类型→kind 登记日期→registered_on 男方姓名→husband_name 男方证件号→husband_id_number 女方姓名→wife_name 女方证件号→wife_id_number",
        ),
        (
            "social_security.insurance_enrolment",
            "个人编号→person_no 社会保障号码→id_number 姓名→name 性别→sex 出生日期→birth_date 险种类型→insurance_kind 参保状态→status 缴费基数→contribution_base 首次参保日期→first_enrolled_on 联系电话→phone 更新时间→updated_at",
        ),
        (
            "health.health_record",
            "ehrId→record_no idNo→id_number name→name sex→sex birthDate→birth_date phone→phone address→address chronic→chronic_icd10 abo→blood_group updatedAt→updated_at",
        ),
        (
            "health.death_certificate",
            "certNo→certificate_no idNo→id_number name→name sex→sex birthDate→birth_date deathDate→died_on cause→cause_icd10",
        ),
        (
            "housing.property_ownership",
            "不动产单元号→unit_no 权利人→name 证件号→id_number 共有比例→share_percent 坐落→address 建筑面积→floor_area 经度→longitude 纬度→latitude 登记时间→updated_at",
        ),
        (
            "housing.tenancy_filing",
            "备案号→filing_no 承租人→name 证件号→id_number 联系电话→phone 坐落→address 起租日期→starts_on 月租金→monthly_rent 更新时间→updated_at",
        ),
        (
            "grid.cells",
            "grid_code→grid_code grid_name→grid_name geometry→geometry",
        ),
    ];
    for (feed, columns) in expected {
        let contract = contract(feed);
        let found: Vec<String> = contract
            .columns
            .iter()
            .map(|column| format!("{}→{}", column.headings[0], column.name))
            .collect();
        assert_eq!(found.join(" "), columns, "{feed}");
    }
}

#[test]
fn a_marriage_names_two_people() {
    let contract = contract("civil_affairs.marriage_register");
    let [husband, wife] = &contract.mentions[..] else {
        panic!("two mentions")
    };
    assert_eq!(
        (husband.role.as_str(), wife.role.as_str()),
        ("husband", "wife")
    );
    assert_eq!(husband.id_number.as_deref(), Some("husband_id_number"));
    assert_eq!(wife.attributes["name"], "wife_name");
    assert_eq!(husband.fixed_sex.as_deref(), Some("1"));
    assert_eq!(wife.fixed_sex.as_deref(), Some("2"));
    assert_eq!(contract.time_column.as_deref(), Some("registered_on"));
}

#[test]
fn a_column_has_its_heading_first_and_then_the_aliases() {
    let contract = contract("public_security.household_register");
    let headings = &contract.column("id_number").unwrap().headings;
    assert_eq!(headings[0], "公民身份号码");
    assert!(headings.iter().any(|heading| heading == "身份证号"));
}

/// The shipped pipeline with more lines, in a folder.
fn with_lines(lines: &str, folder: &Path) -> Pipeline {
    let root = workspace();
    let shipped = std::fs::read_to_string(root.join("pipelines/residents/pipeline.yaml")).unwrap();
    let shipped = shipped.replace("../../schemas", &root.join("schemas").to_string_lossy());
    let text = format!("{lines}\n{shipped}");
    std::fs::write(folder.join("pipeline.yaml"), text).unwrap();
    load_pipeline(folder).map_err(shown).unwrap()
}

#[test]
fn what_is_restricted_of_records_is_so_of_those_since() {
    let folder = tempfile::tempdir().unwrap();
    let places = |lines: &str| with_lines(lines, folder.path()).restricted;
    let beside = places("restricted:\n  records: s3://closed/linking/");
    assert_eq!(beside["records_since"], "s3://closed/linking_since");
    let apart = places("restricted:\n  records: /closed/a\n  records_since: /closed/b");
    assert_eq!(apart["records_since"], "/closed/b");
    let neither = places("restricted:\n  identities: /closed/a");
    assert!(!neither.contains_key("records_since"));
}

#[test]
fn a_pipeline_may_declare_its_own_linkage() {
    let model = workspace().join("docs/linkage.default.yaml");
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(&model, folder.path().join("own.yaml")).unwrap();
    let linking = |word: &str| with_lines(&format!("linkage: {word}"), folder.path()).linkage;
    assert_eq!(linking("off"), Linking::Off);
    assert_eq!(linking("on"), Linking::On);
    assert_eq!(pipeline("residents").linkage, Linking::On);
    let Linking::Declared(declared) = linking("own.yaml") else {
        panic!("the file was not read");
    };
    let example = load_linkage(&model).map_err(shown).unwrap();
    assert_eq!(
        (declared.comparisons, declared.rules),
        (example.comparisons, example.rules)
    );
}
