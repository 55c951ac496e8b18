//! 住建 housing: property and tenancies.
//!
//! What its contracts can't say: owners and tenants may be organisations.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

use arrow::array::Array;
use rongtong_connector_kit::{Connector, Context, Finding, StandardBatch};
use rongtong_contracts::Contract;
use rongtong_standards::credit::{is_credit_code, is_organisation_name};
use rongtong_standards::identity::rules::ORGANISATION;

/// The department's connector.
#[must_use]
pub fn connector() -> Box<dyn Connector> {
    Box::new(Housing)
}

struct Housing;

impl Connector for Housing {
    fn department(&self) -> &'static str {
        "housing"
    }

    fn refine(&self, context: &Context<'_>, batch: &mut StandardBatch) {
        organisations(context.contract, batch);
    }
}

/// An organisation without a good credit code is known by its name, and so is one whose code is a person's number too. It is
/// no resident.
fn organisations(contract: &Contract, batch: &mut StandardBatch) {
    for (mention, spec) in batch.mentions.iter_mut().zip(&contract.mentions) {
        let identity = &mut mention.identity;
        let mut codes = Vec::new();
        for row in 0..batch.row_numbers.len() {
            let is_usable = identity.status[row].is_usable();
            let is_persons = is_usable && !is_credit_code(identity.number.value(row));
            let settled = identity.organisation[row] || is_persons || mention.name.is_null(row);
            if settled || !is_organisation_name(mention.name.value(row)) {
                continue;
            }
            if is_usable {
                codes.push(row);
            }
            identity.organisation[row] = true;
            mention.somebody[row] = false;
            batch.findings.push(Finding {
                row: batch.row_numbers.get(row).copied(),
                column: spec.name.clone(),
                rule: &ORGANISATION,
            });
        }
        identity.take_for_organisations(&codes);
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::StringViewArray;
    use rongtong_connector_kit::MentionColumns;
    use rongtong_contracts::load_contract;
    use rongtong_standards::identity::{IdStatus, identity_numbers};

    use super::*;

    #[test]
    fn passes_the_connector_suite() {
        let schemas = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../schemas");
        rongtong_connector_kit::suite::passes(super::connector().as_ref(), &schemas);
    }

    #[test]
    fn a_company_is_no_resident_though_its_code_could_be_a_persons() {
        // Each passes the checks of a credit code and of a foreign permanent resident's card.
        let code = "913101196904218800";
        let mut batch = owners(&[
            ("上海某某实业有限公司", code),
            ("老王记", code),
            ("张伟", "330106199001010018"),
            ("某某经营部", "91330106MAXXX12340"),
        ]);
        let schemas = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../schemas");
        let contract = load_contract(&schemas.join("housing/property_ownership.odcs.yaml"));
        organisations(&contract.unwrap(), &mut batch);
        let mention = &batch.mentions[0];
        assert_eq!(mention.somebody, [false, true, true, false]);
        assert_eq!(mention.identity.organisation, [true, false, false, true]);
        assert!(mention.identity.number.is_null(0));
        assert_eq!(mention.identity.status[0], IdStatus::Missing);
        assert_eq!(mention.identity.status[1], IdStatus::Valid);
        assert_eq!(mention.identity.status[3], IdStatus::Masked);
        let rows: Vec<_> = batch.findings.iter().map(|f| f.row).collect();
        assert_eq!(rows, [Some(1), Some(4)]);
    }

    /// The rows of owners, by name and number.
    fn owners(owners: &[(&str, &str)]) -> StandardBatch {
        let texts = |texts: Vec<&str>| StringViewArray::from(texts);
        let (names, numbers) = owners.iter().copied().unzip();
        let mention = MentionColumns {
            identity: identity_numbers(&texts(numbers), None, 20_600),
            name: texts(names),
            birth_date: None,
            sex: vec![0; owners.len()],
            own: StringViewArray::new_null(owners.len()),
            somebody: vec![true; owners.len()],
        };
        StandardBatch {
            row_numbers: (1..).take(owners.len()).collect(),
            mentions: vec![mention],
            ..StandardBatch::default()
        }
    }
}
