//! Resolve: every mention of every feed gets its resident key.

use rongtong_connector_kit::{Finding, rules};
use rongtong_contracts::Pipeline;
use rongtong_identity::{Mentions, Resolve};
use rongtong_standards::identity::IdStatus;

use crate::found::FoundIn;
use crate::rows::FeedRows;

/// What resolving changed in one feed.
#[derive(Debug, Default)]
pub(crate) struct ResolvedFeed {
    /// Whether a mention's key or status is another than before.
    pub(crate) changed: bool,
    /// Contested numbers.
    pub(crate) found: FoundIn,
}

/// Resolves all feeds together; the result stands in their mentions. One entry a feed.
pub(crate) fn resolve(
    pipeline: &Pipeline,
    feeds: &mut [FeedRows],
    resolver: &dyn Resolve,
) -> Vec<ResolvedFeed> {
    let names = pipeline
        .authority
        .get("name")
        .map(|a| a.feeds.as_slice())
        .unwrap_or_default();
    let mut batches = Vec::new();
    for feed in feeds.iter() {
        let rank = names
            .iter()
            .position(|name| *name == feed.contract.feed)
            .unwrap_or(names.len());
        let rank = u16::try_from(rank).unwrap_or(u16::MAX);
        for batch in &feed.batches {
            batches.extend(batch.mentions.iter().map(|mention| Mentions {
                rank,
                status: &mention.number_status,
                document: &mention.document,
                body: &mention.body,
                number: &mention.number,
                number_birth_date: &mention.number_birth_date,
                number_sex: &mention.number_sex,
                name: &mention.name,
                birth_date: mention.birth_date.as_ref(),
                sex: &mention.sex,
                time: &batch.time,
                as_of: &batch.as_of,
                columns: &batch.columns,
                mention_key: &mention.mention_key,
            }));
        }
    }
    let mut resolved = resolver.resolve(&batches).into_iter();
    feeds
        .iter_mut()
        .map(|feed| {
            let mut result = ResolvedFeed::default();
            for batch in &mut feed.batches {
                for (mention, spec) in batch.mentions.iter_mut().zip(&feed.contract.mentions) {
                    let Some(now) = resolved.next() else { continue };
                    result.changed |= mention.key != now.keys || mention.status != now.status;
                    for (row, status) in now.status.iter().enumerate() {
                        if *status == IdStatus::Contested {
                            let origin = feed.origins[batch.origin[row] as usize].clone();
                            let finding = Finding {
                                row: Some(batch.row[row]),
                                column: spec.id_number.clone(),
                                rule: &rules::ID_CONTESTED,
                            };
                            result.found.findings.push((origin, finding));
                        }
                    }
                    mention.key = now.keys;
                    mention.status = now.status;
                    mention.basis = now.basis;
                }
            }
            result
        })
        .collect()
}
