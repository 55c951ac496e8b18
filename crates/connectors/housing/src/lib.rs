//! 住建 housing: property and tenancies.
//!
//! What its contracts can't say: owners may be organisations, and coordinates come in the system that
//! the binding names, sometimes with their axes swapped.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Array};
use arrow::datatypes::Float64Type;
use rongtong_connector_kit::{Connector, Context, Finding, StandardBatch, standard_columns};
use rongtong_contracts::{Contract, Crs, Standard};
use rongtong_standards::credit::is_organisation_name;
use rongtong_standards::geo::{self, Datum};
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
        coordinates(context, batch);
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

/// Brings coordinates to CGCS2000.
fn coordinates(context: &Context<'_>, batch: &mut StandardBatch) {
    let datum = match context.crs() {
        Crs::Cgcs2000 => Datum::Cgcs2000,
        Crs::Wgs84 => Datum::Wgs84,
        Crs::Gcj02 => Datum::Gcj02,
        Crs::Bd09 => Datum::Bd09,
    };
    let place = |name: &Option<String>| {
        let name = name.as_ref()?;
        standard_columns(context.contract)
            .position(|c| c.name == *name && c.standard == Standard::Coordinate)
    };
    for home in &context.contract.homes {
        let (Some(x), Some(y)) = (place(&home.longitude), place(&home.latitude)) else {
            continue;
        };
        let degrees = |at: usize| -> Vec<Option<f64>> {
            batch.columns[at]
                .as_primitive::<Float64Type>()
                .iter()
                .collect()
        };
        let (mut longitudes, mut latitudes) = (degrees(x), degrees(y));
        let issues = geo::standardise(&mut longitudes, &mut latitudes, datum);
        batch.columns[x] = Arc::new(Float64Array::from(longitudes));
        batch.columns[y] = Arc::new(Float64Array::from(latitudes));
        batch
            .findings
            .extend(issues.into_iter().map(|issue| Finding {
                row: batch.row_numbers.get(issue.row as usize).copied(),
                column: home.longitude.clone(),
                rule: issue.rule,
            }));
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
