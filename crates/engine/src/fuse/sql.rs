//! The query that chooses between feeds, written from the pipeline's authority orders.

use std::collections::BTreeSet;

use rongtong_contracts::{Authority, Pipeline};

use super::claims::{claim, claimed};
use super::disputes::Dispute;
use crate::tables::{self, Attribute, SINGLE};

/// What health knows, in the rows that [`fused`] gives.
pub(crate) const HEALTH: [&str; 2] = ["health/blood_group", "health/chronic_icd10"];

/// The query over claims: the columns of `residents`, then the claims that may lose to them, then [`HEALTH`].
pub(crate) fn fused(pipeline: &Pipeline) -> String {
    let schema = tables::residents().schema;
    let residents = schema.fields().iter().map(|field| field.name().clone());
    let claims: BTreeSet<String> = disputes(pipeline)
        .into_iter()
        .map(|dispute| quoted(&dispute.claim))
        .collect();
    let [blood, chronic] = ["blood_group", "chronic_icd10"]
        .map(|attribute| choice(pipeline, attribute).map(|c| c.value));
    let blood = blood.unwrap_or_else(|| "CAST(NULL AS VARCHAR)".into());
    let chronic = chronic.unwrap_or_else(|| "CAST(NULL AS VARCHAR[])".into());
    let health = [blood, chronic]
        .into_iter()
        .zip(HEALTH)
        .map(|(value, name)| format!("{value} AS {}", quoted(name)));
    let columns: Vec<String> = residents.chain(claims).chain(health).collect();
    format!(
        "{} SELECT {} FROM fused",
        winners(pipeline),
        columns.join(", ")
    )
}

/// The claims that stand beside a winner in `conflicts`.
pub(crate) fn disputes(pipeline: &Pipeline) -> Vec<Dispute> {
    let single = |attribute: &&String| SINGLE.iter().any(|single| single.name == **attribute);
    let attributes = pipeline.conflicts.iter().filter(single);
    attributes
        .flat_map(|attribute| {
            feeds(pipeline, attribute).into_iter().map(|feed| Dispute {
                attribute: attribute.clone(),
                claim: claim(&feed, attribute),
                feed,
            })
        })
        .collect()
}

/// The claims with, for each attribute, the winner, its feed and its as-of.
fn winners(pipeline: &Pipeline) -> String {
    let chosen: Vec<String> = SINGLE
        .iter()
        .map(|attribute| winner(pipeline, attribute))
        .collect();
    let located = "CASE WHEN grid_code IS NOT NULL THEN grid_source() END AS grid_code_source, \
                   CASE WHEN grid_code IS NOT NULL THEN grid_as_of() END AS grid_code_as_of";
    format!(
        "WITH chosen AS (SELECT *, {} FROM claims), \
         located AS (SELECT *, grid_cell(address) AS grid_code FROM chosen), \
         fused AS (SELECT *, {located} FROM located)",
        chosen
            .into_iter()
            .filter(|c| !c.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    )
}

fn winner(pipeline: &Pipeline, attribute: &Attribute) -> String {
    let name = attribute.name;
    if attribute.derived {
        return String::new();
    }
    let Choice {
        value,
        source,
        as_of,
    } = choice(pipeline, name).unwrap_or_else(|| Choice {
        value: format!("CAST(NULL AS {})", attribute.sql_type),
        source: "CAST(NULL AS VARCHAR)".into(),
        as_of: "CAST(NULL AS DATE)".into(),
    });
    format!("{value} AS {name}, {source} AS {name}_source, {as_of} AS {name}_as_of")
}

struct Choice {
    value: String,
    source: String,
    as_of: String,
}

/// Expressions that choose between the feeds that claim `attribute`; `None` if none does.
fn choice(pipeline: &Pipeline, attribute: &str) -> Option<Choice> {
    let authority = pipeline.authority.get(attribute)?;
    let feeds = feeds(pipeline, attribute);
    let mut cases: Vec<Case> = feeds
        .iter()
        .map(|feed| Case::of_claim(authority, feed, attribute, &feeds))
        .collect();
    if matches!(attribute, "sex" | "birth_date") {
        cases.extend(
            number_feeds(pipeline)
                .iter()
                .map(|feed| Case::of_number(feed, attribute)),
        );
    }
    if cases.is_empty() {
        return None;
    }
    let case = |then: fn(&Case) -> &str| {
        let whens: Vec<String> = cases
            .iter()
            .map(|c| format!("WHEN {} THEN {}", c.when, then(c)))
            .collect();
        format!("CASE {} END", whens.join(" "))
    };
    Some(Choice {
        value: case(|c| &c.value),
        source: case(|c| &c.source),
        as_of: case(|c| &c.as_of),
    })
}

/// One feed's claim: when it wins, and what it then gives.
struct Case {
    when: String,
    value: String,
    source: String,
    as_of: String,
}

impl Case {
    fn of_claim(authority: &Authority, feed: &str, attribute: &str, feeds: &[String]) -> Self {
        let name = claim(feed, attribute);
        let value = quoted(&name);
        let newness = |feed: &String| quoted(&format!("{}@newness", claim(feed, attribute)));
        let when = match authority.newest && feeds.len() > 1 {
            false => format!("{value} IS NOT NULL"),
            true => {
                let all: Vec<String> = feeds.iter().map(newness).collect();
                format!(
                    "{} = greatest({})",
                    newness(&feed.to_owned()),
                    all.join(", ")
                )
            }
        };
        Self {
            when,
            value,
            source: format!("'{feed}'"),
            as_of: quoted(&format!("{name}@as_of")),
        }
    }

    fn of_number(feed: &str, attribute: &str) -> Self {
        let value = quoted(&claim(feed, &format!("number_{attribute}")));
        let as_of = quoted(&claim(feed, "number@as_of"));
        Self {
            when: format!("{value} IS NOT NULL"),
            value,
            source: format!("'{feed}'"),
            as_of,
        }
    }
}

/// The feeds that claim an attribute, the authority first.
fn feeds(pipeline: &Pipeline, attribute: &str) -> Vec<String> {
    let Some(authority) = pipeline.authority.get(attribute) else {
        return Vec::new();
    };
    let claims = |feed: &&rongtong_contracts::FeedName| {
        let contract = pipeline.contracts.get(feed);
        contract.is_some_and(|contract| claimed(pipeline, contract).any(|(a, _)| a == attribute))
    };
    authority
        .feeds
        .iter()
        .filter(claims)
        .map(ToString::to_string)
        .collect()
}

/// The feeds that state identity numbers, in the authority order for names.
fn number_feeds(pipeline: &Pipeline) -> Vec<String> {
    let names = pipeline
        .authority
        .get("name")
        .map(|a| a.feeds.as_slice())
        .unwrap_or_default();
    let states = |feed: &&rongtong_contracts::FeedName| {
        let contract = pipeline.contracts.get(feed);
        contract.is_some_and(|c| c.mentions.iter().any(|m| m.id_number.is_some()))
    };
    names
        .iter()
        .filter(states)
        .map(ToString::to_string)
        .collect()
}

/// A column name in SQL. Names come from contracts, which allow lower-case words only.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
