//! From what a file declares to what the engine runs.

use rongtong_contracts::{
    ColumnKind, DateLevel, KeyPart, LevelTest, Linkage, NameLevel, NumberLevel,
};
use rongtong_identity::linkage::{
    Comparison, Context, DateAgreement, Level, Model, NumberAgreement, Part, Rule, RuleKey, Test,
};
use rongtong_identity::residents::columns;
use rongtong_standards::names::NameAgreement;

/// A model over the columns of resident records. Columns that aren't there, which the loader doesn't let
/// through, would compare nothing.
pub(crate) fn resident_model(linkage: &Linkage) -> Model {
    model(linkage, &mut |column, _| {
        let place = columns::NAMES.iter().position(|name| *name == column);
        place.unwrap_or(columns::NAMES.len())
    })
}

/// The columns that records of tables have: each column of the tables, as each kind that it is compared as.
#[derive(Debug, Default)]
pub(crate) struct RecordColumns {
    pub(crate) columns: Vec<(String, ColumnKind)>,
}

/// A model over columns of tables, and those columns.
pub(crate) fn table_model(linkage: &Linkage) -> (Model, RecordColumns) {
    // What a column is compared as says what its whole value is.
    let usual = |column: &str| {
        let kinds = linkage.comparisons.iter().filter(|c| c.column == column);
        kinds
            .filter_map(|c| c.kind)
            .next()
            .unwrap_or(ColumnKind::Text)
    };
    let mut columns = RecordColumns::default();
    let model = model(linkage, &mut |column, kind| {
        let wanted = (column.to_owned(), kind.unwrap_or_else(|| usual(column)));
        let known = columns.columns.iter().position(|known| *known == wanted);
        known.unwrap_or_else(|| {
            columns.columns.push(wanted);
            columns.columns.len() - 1
        })
    });
    (model, columns)
}

fn model(linkage: &Linkage, place: &mut impl FnMut(&str, Option<ColumnKind>) -> usize) -> Model {
    let mut comparisons = Vec::new();
    for declared in &linkage.comparisons {
        let column = place(&declared.column, declared.kind);
        let levels = declared.levels.iter().map(|level| Level {
            name: level.name.clone(),
            test: test(&level.test, place),
        });
        comparisons.push(Comparison {
            name: declared.name.clone(),
            column,
            levels: levels.collect(),
            term_frequency: declared.term_frequency,
        });
    }
    let rules = linkage.rules.iter().map(|rule| {
        let keys = rule.keys.iter().map(|key| RuleKey {
            column: place(&key.column, key.part.kind()),
            part: part(key.part),
        });
        Rule {
            name: rule.name.clone(),
            keys: keys.collect(),
            settled: rule.settled,
            most_records_in_block: rule.max_records_in_block.map(|most| most as usize),
        }
    });
    let rules = rules.collect();
    let contexts = linkage.contexts.iter().map(|context| Context {
        name: context.name.clone(),
        when: context.when.clone(),
        settled: context.settled,
        apart: context.apart.clone(),
    });
    Model {
        comparisons,
        rules,
        contexts: contexts.collect(),
        link: linkage.link_probability,
        review: linkage.review_probability,
        most_records_in_block: linkage.max_records_in_block as usize,
        most_pairs: u64::from(linkage.max_pairs),
    }
}

fn test(test: &LevelTest, place: &mut impl FnMut(&str, Option<ColumnKind>) -> usize) -> Test {
    let size = |number: u32| number as usize;
    match test {
        LevelTest::Exact => Test::Exact,
        LevelTest::ColumnsReversed(other) => {
            Test::ColumnsReversed(place(other, Some(ColumnKind::Text)))
        }
        LevelTest::Name(least) => Test::Name(name(*least)),
        LevelTest::Date(least) => Test::Date(date(*least)),
        LevelTest::DaysApart(most) => Test::DaysApart(*most),
        LevelTest::IdNumber(least) => Test::Number(number(*least)),
        LevelTest::JaroWinkler(least) => Test::JaroWinkler(*least),
        LevelTest::Jaro(least) => Test::Jaro(*least),
        LevelTest::Levenshtein(most) => Test::Levenshtein(size(*most)),
        LevelTest::DamerauLevenshtein(most) => Test::DamerauLevenshtein(size(*most)),
        LevelTest::SameHome => Test::SameHome,
        LevelTest::SameNumbers => Test::SameNumbers,
        LevelTest::SameBuilding => Test::SameBuilding,
    }
}

const fn name(level: NameLevel) -> NameAgreement {
    match level {
        NameLevel::Exact => NameAgreement::Exact,
        NameLevel::Folded => NameAgreement::Folded,
        NameLevel::SameSound => NameAgreement::SameSound,
        NameLevel::LookAlike => NameAgreement::LookAlike,
        NameLevel::Accent => NameAgreement::Accent,
        NameLevel::Compatible => NameAgreement::Compatible,
        NameLevel::Near => NameAgreement::Near,
        NameLevel::Surname => NameAgreement::Surname,
        NameLevel::Given => NameAgreement::Given,
    }
}

const fn date(level: DateLevel) -> DateAgreement {
    match level {
        DateLevel::Same => DateAgreement::Same,
        DateLevel::Slip => DateAgreement::Slip,
        DateLevel::Near => DateAgreement::Near,
        DateLevel::Year => DateAgreement::Year,
    }
}

const fn number(level: NumberLevel) -> NumberAgreement {
    match level {
        NumberLevel::Same => NumberAgreement::Same,
        NumberLevel::Masked => NumberAgreement::Masked,
        NumberLevel::Slip => NumberAgreement::Slip,
        NumberLevel::TwoSlips => NumberAgreement::TwoSlips,
        NumberLevel::Close => NumberAgreement::Close,
        NumberLevel::BrokenDifferent => NumberAgreement::BrokenDifferent,
    }
}

const fn part(part: KeyPart) -> Part {
    match part {
        KeyPart::Whole => Part::Whole,
        KeyPart::Plain => Part::Plain,
        KeyPart::Sound => Part::Sound,
        KeyPart::Surname => Part::Surname,
        KeyPart::GivenName => Part::Given,
        KeyPart::NearName => Part::NearName,
        KeyPart::Year => Part::Year,
        KeyPart::MonthDay => Part::MonthDay,
        KeyPart::NearDate => Part::NearDate,
        KeyPart::Quarters => Part::Quarters,
        KeyPart::Home => Part::Home,
        KeyPart::Building => Part::Building,
        KeyPart::Substr { start: 1, length } => Part::First(length),
        KeyPart::Substr { start, length } => Part::Slice(start.saturating_sub(1), length),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rongtong_contracts::{RESIDENT_COLUMNS, load_linkage};
    use rongtong_identity::residents::default_model;

    use super::*;

    #[test]
    fn the_example_file_is_the_default_model() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/linkage.default.yaml");
        let declared = match load_linkage(&file) {
            Ok(linkage) => resident_model(&linkage),
            Err(problems) => panic!("{problems:#?}"),
        };
        let ours = default_model();
        for (one, other) in declared.comparisons.iter().zip(&ours.comparisons) {
            assert_eq!(one, other);
        }
        for (one, other) in declared.rules.iter().zip(&ours.rules) {
            assert_eq!(one, other);
        }
        assert_eq!(declared, ours);
    }

    #[test]
    fn files_may_name_the_columns_that_residents_have() {
        let named: Vec<&str> = RESIDENT_COLUMNS.iter().map(|(name, _)| *name).collect();
        assert_eq!(named, columns::NAMES);
    }
}
