//! What `rongtong why` prints.

use rongtong_engine::{Lead, LinkPlace, Why, WhyAttribute, WhyLink};

use crate::style::Style;
use crate::table::{Side, Table};
use crate::waterfall::{self, Chart, words};

/// Rows of one link that are named in a picture; the rest are counted.
const MOST_PLACES: usize = 3;

/// The answer for a terminal.
pub fn render(why: &Why, style: Style) -> String {
    let mut text = String::new();
    for lead in &why.leads {
        text.push_str(&format!("{}\n", led(lead)));
    }
    let key = style.bold(&why.resident_key);
    text.push_str(&format!(
        "{key} ({}), release {}\n\n",
        why.key_basis, why.release
    ));
    text.push_str(&claims(&why.attributes).render(0, style));
    if !why.others.is_empty() {
        text.push_str(&format!("\n{}\n", style.bold("Other feeds say 其他来源")));
        text.push_str(&claims(&why.others).render(0, style));
    }
    if !why.links.is_empty() {
        text.push_str(&format!("\n{}\n", style.bold("Links 关联依据")));
    }
    for (at, link) in (1..).zip(&why.links) {
        text.push_str(&format!("{at}. {}\n", tied(link)));
        for place in &link.places {
            text.push_str(&format!("   {}\n", stands(place)));
        }
        text.push_str(&waterfall::render(&link.evidence, 3, style));
    }
    if !why.events.is_empty() {
        text.push_str(&format!("\n{}\n", style.bold("Events of the key 标识变更")));
        let mut table = Table::new(
            [
                "as of",
                "event 事件",
                "key 标识",
                "successor 后继",
                "why 原因",
            ]
            .map(|h| (h, Side::Left)),
        );
        for event in &why.events {
            table.row([
                &event.as_of,
                &event.event,
                &event.resident_key,
                &event.successor_key,
                &event.reason,
            ]);
        }
        text.push_str(&table.render(0, style));
    }
    text
}

/// The links as pictures.
pub fn charts(why: &Why) -> Vec<Chart<'_>> {
    let chart = |(at, link): (usize, &'_ WhyLink)| -> (String, Vec<String>) {
        let mut notes = vec![format!(
            "resident 居民 {}, decided by 决定者 {}",
            why.resident_key,
            words::decider(&link.decided_by)
        )];
        notes.extend(link.places.iter().take(MOST_PLACES).map(stands));
        let more = link.places.len().saturating_sub(MOST_PLACES);
        if more > 0 {
            notes.push(format!("… {more} more rows 另有 {more} 行"));
        }
        (
            format!("{at}. {} → {}", link.own_key, link.other_key),
            notes,
        )
    };
    let links = why.links.iter().enumerate();
    links
        .map(|(at, link)| {
            let (title, notes) = chart((at + 1, link));
            Chart {
                title,
                notes,
                evidence: &link.evidence,
            }
        })
        .collect()
}

fn led(lead: &Lead) -> String {
    let Lead {
        key, successor_key, ..
    } = lead;
    match (lead.how, &lead.as_of) {
        ("merged", Some(as_of)) => {
            format!("{key} was superseded by {successor_key} as of {as_of} · 标识已合并")
        }
        ("merged", None) => format!("{key} was superseded by {successor_key} · 标识已合并"),
        _ => format!("{key} is the own key of a record tied to {successor_key} · 记录已关联"),
    }
}

fn tied(link: &WhyLink) -> String {
    let WhyLink {
        own_key, other_key, ..
    } = link;
    format!(
        "{own_key} → {other_key}, decided by 决定者 {}",
        words::decider(&link.decided_by)
    )
}

fn stands(place: &LinkPlace) -> String {
    let LinkPlace {
        feed,
        source_file,
        source_row,
        role,
        ..
    } = place;
    format!("{feed} {source_file}:{source_row} {role}")
}

fn claims(claims: &[WhyAttribute]) -> Table {
    let mut table = Table::new([
        ("attribute", Side::Left),
        ("value 值", Side::Left),
        ("as received 原值", Side::Left),
        ("feed 来源", Side::Left),
        ("as of", Side::Left),
        ("file and row", Side::Left),
    ]);
    for claim in claims {
        table.row([
            claim.attribute.clone(),
            claim.value.clone(),
            claim.received.clone().unwrap_or_default(),
            claim.feed.clone(),
            claim.as_of.clone(),
            place(claim),
        ]);
    }
    table
}

/// Nothing for values that come from several rows.
fn place(claim: &WhyAttribute) -> String {
    match claim.source_file.is_empty() {
        true => String::new(),
        false => format!("{}:{}", claim.source_file, claim.source_row),
    }
}
