//! The linkage of residents that a pipeline has unless it declares its own.

use rongtong_standards::names::NameAgreement;

use crate::linkage::{
    Comparison, Context, DateAgreement, Level, Model, NumberAgreement, Part, Rule, RuleKey, Test,
};

/// The columns of resident records, in order.
pub mod columns {
    /// Identity numbers as stated, broken ones included.
    pub const NUMBER: usize = 0;
    /// Names.
    pub const NAME: usize = 1;
    /// Birth dates, stated or in the number.
    pub const BIRTH_DATE: usize = 2;
    /// Sex.
    pub const SEX: usize = 3;
    /// Phones.
    pub const PHONE: usize = 4;
    /// Addresses: of the hukou, present, or owned.
    pub const ADDRESS: usize = 5;
    /// The feed's own record of the person.
    pub const RECORD: usize = 6;
    /// Those a row names beside the person, and who of them shares the person's household.
    pub const COMPANION: usize = 7;
    /// Their names, in that order.
    pub const NAMES: [&str; 8] = [
        "id_number",
        "name",
        "birth_date",
        "sex",
        "phone",
        "address",
        "record",
        "companion",
    ];
}

/// The default model.
#[must_use]
pub fn default_model() -> Model {
    use columns::{ADDRESS, BIRTH_DATE, COMPANION, NAME, NUMBER, PHONE, RECORD, SEX};
    Model {
        comparisons: vec![
            number(),
            name(),
            birth_date(),
            exact("sex", SEX, false),
            exact("phone", PHONE, true),
            Comparison {
                levels: vec![
                    level("exact", Test::Exact),
                    level("same_home", Test::SameHome),
                    level("same_numbers", Test::SameNumbers),
                    level("same_building", Test::SameBuilding),
                ],
                ..exact("address", ADDRESS, false)
            },
            exact("record", RECORD, false),
            exact("companion", COMPANION, true),
        ],
        rules: vec![
            rule("record", &[(RECORD, Part::Whole)], true),
            rule("id_number", &[(NUMBER, Part::Whole)], true),
            rule(
                "name sound + birth date",
                &[(NAME, Part::Sound), (BIRTH_DATE, Part::Whole)],
                true,
            ),
            // Two numbers with two birth dates may be one person's as well: the number was corrected.
            rule(
                "name + building",
                &[(NAME, Part::Plain), (ADDRESS, Part::Building)],
                true,
            ),
            rule("phone", &[(PHONE, Part::Whole)], false),
            rule("home", &[(ADDRESS, Part::Home)], false),
            rule("id_number quarters", &[(NUMBER, Part::Quarters)], false),
            rule(
                "name sound + companion",
                &[(NAME, Part::Sound), (COMPANION, Part::Whole)],
                false,
            ),
            rule(
                "near name + birth date",
                &[(NAME, Part::NearName), (BIRTH_DATE, Part::Whole)],
                false,
            ),
            rule(
                "name + near birth date",
                &[(NAME, Part::Plain), (BIRTH_DATE, Part::NearDate)],
                false,
            ),
            // What many bear says too little alone.
            Rule {
                most_records_in_block: Some(20),
                ..rule("name", &[(NAME, Part::Plain)], false)
            },
        ],
        contexts: vec![
            context("one record", &[&[(RECORD, 0)]]),
            Context {
                apart: vec![NAME, PHONE, ADDRESS],
                ..context("one number", &[&[(NUMBER, 0)]])
            },
            Context {
                settled: true,
                apart: vec![NUMBER, PHONE, ADDRESS],
                ..context("two numbers, one birthday", &[&[(BIRTH_DATE, 0)]])
            },
            Context {
                settled: true,
                apart: vec![NUMBER, BIRTH_DATE, PHONE, ADDRESS],
                ..context("two numbers", &[])
            },
            context(
                "one birthday in a household",
                &[&HOUSEHOLD, &[(BIRTH_DATE, 0)]],
            ),
            context("one household", &[&HOUSEHOLD]),
        ],
        link: 0.9,
        review: 0.2,
        most_records_in_block: 100,
        most_pairs: 200_000_000,
    }
}

/// One phone, or one home.
const HOUSEHOLD: [(usize, usize); 2] = [(columns::PHONE, 0), (columns::ADDRESS, 1)];

fn context(name: &str, when: &[&[(usize, usize)]]) -> Context {
    Context {
        name: name.into(),
        when: when.iter().map(|any| any.to_vec()).collect(),
        settled: false,
        apart: Vec::new(),
    }
}

fn number() -> Comparison {
    let levels = [
        ("same", NumberAgreement::Same),
        ("masked", NumberAgreement::Masked),
        ("slip", NumberAgreement::Slip),
        ("two_slips", NumberAgreement::TwoSlips),
        ("close", NumberAgreement::Close),
        ("broken_different", NumberAgreement::BrokenDifferent),
    ];
    Comparison {
        levels: levels
            .map(|(name, least)| level(name, Test::Number(least)))
            .into(),
        ..exact("id_number", columns::NUMBER, false)
    }
}

fn name() -> Comparison {
    let but_different = |least: &NameAgreement| *least != NameAgreement::Different;
    let levels = NameAgreement::ALL.into_iter().filter(but_different);
    Comparison {
        levels: levels
            .map(|least| level(least.as_str(), Test::Name(least)))
            .collect(),
        ..exact("name", columns::NAME, true)
    }
}

fn birth_date() -> Comparison {
    let levels = [
        ("same", DateAgreement::Same),
        ("slip", DateAgreement::Slip),
        ("near", DateAgreement::Near),
        ("year", DateAgreement::Year),
    ];
    Comparison {
        levels: levels
            .map(|(name, least)| level(name, Test::Date(least)))
            .into(),
        ..exact("birth_date", columns::BIRTH_DATE, false)
    }
}

fn exact(name: &str, column: usize, term_frequency: bool) -> Comparison {
    Comparison {
        name: name.into(),
        column,
        levels: vec![level("exact", Test::Exact)],
        term_frequency,
    }
}

fn level(name: &str, test: Test) -> Level {
    Level {
        name: name.into(),
        test,
    }
}

fn rule(name: &str, keys: &[(usize, Part)], settled: bool) -> Rule {
    let key = |(column, part): &(usize, Part)| RuleKey {
        column: *column,
        part: *part,
    };
    Rule {
        name: name.into(),
        keys: keys.iter().map(key).collect(),
        settled,
        most_records_in_block: None,
    }
}
