//! 住建 housing: property and tenancies.
//!
//! What its contracts can't say: owners and tenants may be organisations.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

use arrow::array::Array;
use rongtong_connector_kit::{Connector, Context, Finding, StandardBatch};
use rongtong_contracts::Contract;
use rongtong_standards::credit::is_organisation_name;
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

/// An organisation without a good credit code is known by its name; it is no resident.
fn organisations(contract: &Contract, batch: &mut StandardBatch) {
    for (mention, spec) in batch.mentions.iter_mut().zip(&contract.mentions) {
        for row in 0..batch.row_numbers.len() {
            let known =
                mention.identity.organisation[row] || mention.identity.status[row].is_usable();
            if known || mention.name.is_null(row) || !is_organisation_name(mention.name.value(row))
            {
                continue;
            }
            mention.identity.organisation[row] = true;
            mention.somebody[row] = false;
            batch.findings.push(Finding {
                row: batch.row_numbers.get(row).copied(),
                column: spec.name.clone(),
                rule: &ORGANISATION,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn passes_the_connector_suite() {
        let schemas = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../schemas");
        rongtong_connector_kit::suite::passes(super::connector().as_ref(), &schemas);
    }
}
