//! `rongtong review`: pairs that the model leaves to people.

mod decide;
mod list;
mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use rongtong_contracts::Pipeline;
use rongtong_engine::{Decisions, Desk, Waiting};
use rongtong_identity::ResidentKey;

use crate::commands;
use crate::failure::Failure;
use crate::watch::Screen;

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong review list --lake demo/lake
      the pairs that wait, likeliest first
  rongtong review show 1 --lake demo/lake
      both residents side by side, and the evidence
  rongtong review accept 1 --lake demo/lake --reason \"moved house\"
      one person; the next run merges them
  rongtong review reject 0123456789abcdef0123456789abcdef fedcba9876543210fedcba9876543210
      two people: of a pair that waits, of an own key and the resident it was
      tied to (`rongtong why`), or of a pair that was accepted by mistake

Decisions are lines of the pipeline's decisions file; the last one about a pair
counts. The next `rongtong run` applies them, also when no delivery is new.";

/// Decide the pairs that the model leaves to people · 复核疑似同一人的记录对
///
/// Between the probabilities from which on a pair is linked and shown, a person decides. Lists the pairs
/// that wait, shows both residents and the evidence, and writes decisions to the pipeline's decisions file.
/// Never shows an identity number.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES, arg_required_else_help = true)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::Options),
    Show(show::Options),
    Accept(decide::Options),
    Reject(decide::Different),
}

/// The lake, and the pipeline whose decisions count.
#[derive(Debug, Args)]
struct Place {
    /// The lake: a folder or an object-store URL · 治理湖的位置
    #[arg(long, value_name = "DIR", default_value = "lake")]
    lake: String,
    /// The pipeline that made the lake; default: the one of its name under pipelines/, here or beside the lake
    #[arg(long, value_name = "PIPELINE")]
    pipeline: Option<PathBuf>,
}

/// A pair: its number in `rongtong review list`, or two keys.
#[derive(Debug, Args)]
struct Pair {
    /// Number of the pair in `rongtong review list`, or a key · 序号或标识
    #[arg(value_name = "N|KEY")]
    first: String,
    /// The other key · 另一标识
    #[arg(value_name = "OTHER")]
    other: Option<String>,
}

pub async fn execute(options: Options, screen: &Screen) -> Result<u8, Failure> {
    match options.action {
        Action::List(options) => list::execute(options).await,
        Action::Show(options) => show::execute(options).await,
        Action::Accept(options) => decide::execute(options, true, screen).await,
        Action::Reject(options) => decide::execute(options.into(), false, screen).await,
    }
}

impl Place {
    /// The pipeline, if it was named or lies where pipelines usually lie.
    async fn pipeline(&self) -> Result<Option<Pipeline>, Failure> {
        match &self.pipeline {
            Some(path) => commands::pipeline(path).map(Some),
            None => commands::maker(&self.lake).await,
        }
    }

    /// The newest release, and what was decided so far.
    async fn open(&self, pipeline: Option<&Pipeline>) -> Result<(Desk, Decisions), Failure> {
        let restricted = pipeline.map(|p| p.restricted.clone()).unwrap_or_default();
        let desk = Desk::open(&self.lake, &restricted, None).await?;
        let decisions = pipeline
            .map(|pipeline| Decisions::read(&pipeline.decisions))
            .transpose()?;
        Ok((desk, decisions.unwrap_or_default()))
    }
}

impl Pair {
    /// The two keys, and the waiting pair if they are one: in any order, by resident or by own keys.
    fn of<'a>(
        &self,
        waiting: &'a [Waiting],
    ) -> Result<(ResidentKey, ResidentKey, Option<&'a Waiting>), Failure> {
        let Some(other) = &self.other else {
            return self.numbered(waiting);
        };
        let one = commands::resident_key(&self.first)?;
        let other = commands::resident_key(other)?;
        if one == other {
            return Err(Failure::wrong("both keys are the same one").help("name two keys"));
        }
        let (a, b) = (one.to_string(), other.to_string());
        let is = |x: &str, y: &str| x == a && y == b || x == b && y == a;
        let found = waiting
            .iter()
            .find(|w| is(&w.resident_key, &w.other_key) || is(&w.own_key, &w.other_own_key));
        Ok((one, other, found))
    }

    fn numbered<'a>(
        &self,
        waiting: &'a [Waiting],
    ) -> Result<(ResidentKey, ResidentKey, Option<&'a Waiting>), Failure> {
        let first = self.first.trim();
        if first.len() == 32 {
            return Err(Failure::wrong("a pair has two keys").help("name the other key too"));
        }
        // What isn't a number of the list isn't repeated: it may be an identity number.
        let number = first.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        match number.and_then(|at| waiting.get(at)) {
            Some(pair) => {
                let key = |text: &str| commands::resident_key(text);
                Ok((key(&pair.resident_key)?, key(&pair.other_key)?, Some(pair)))
            }
            None => Err(match waiting.len() {
                0 => Failure::wrong("no pair waits for a reviewer").help("name two keys"),
                all => Failure::wrong("no pair that waits has this number").help(format!(
                    "`rongtong review list` numbers them from 1 to {all}; or name two keys"
                )),
            }),
        }
    }
}

/// What a reviewer decided.
fn decision(same: bool) -> &'static str {
    match same {
        true => "same 同一人",
        false => "different 不同人",
    }
}

#[cfg(test)]
mod tests {
    use rongtong_engine::Evidence;

    use super::*;

    const KEYS: [&str; 4] = [
        "00000000000000000000000000000001",
        "00000000000000000000000000000002",
        "00000000000000000000000000000003",
        "00000000000000000000000000000004",
    ];

    fn waiting() -> Vec<Waiting> {
        let [resident_key, other_key, own_key, other_own_key] = KEYS.map(str::to_owned);
        let evidence = Evidence {
            probability: 0.5,
            weight: 0.0,
            bars: Vec::new(),
        };
        vec![Waiting {
            number: 1,
            resident_key,
            other_key,
            own_key,
            other_own_key,
            evidence,
        }]
    }

    fn pair(first: &str, other: Option<&str>) -> Pair {
        Pair {
            first: first.into(),
            other: other.map(str::to_owned),
        }
    }

    #[test]
    fn a_pair_is_named_by_number_or_by_keys_in_any_order() {
        let waiting = waiting();
        let keys = |pair: Pair| {
            let (one, other, found) = pair.of(&waiting).unwrap();
            ([one.to_string(), other.to_string()], found.is_some())
        };
        let [a, b, own, other_own] = KEYS;
        assert_eq!(keys(pair("1", None)), ([a, b].map(str::to_owned), true));
        assert_eq!(keys(pair(b, Some(a))), ([b, a].map(str::to_owned), true));
        assert_eq!(
            keys(pair(own, Some(other_own))),
            ([own, other_own].map(str::to_owned), true)
        );
        assert_eq!(
            keys(pair(a, Some(own))),
            ([a, own].map(str::to_owned), false)
        );
    }

    #[test]
    fn what_names_no_pair_is_refused_without_being_repeated() {
        let waiting = waiting();
        for (first, other) in [
            ("0", None),
            ("2", None),
            ("330106199001011234", None),
            (KEYS[0], None),
            (KEYS[0], Some(KEYS[0])),
            (KEYS[0], Some("330106199001011234")),
        ] {
            let refused = pair(first, other).of(&waiting).unwrap_err();
            assert_eq!(refused.exit_code(), 2);
            assert!(!format!("{refused:?}").contains("3301"), "{refused:?}");
        }
    }
}
