//! Candidate pairs with the evidence for them.

use std::sync::Arc;

use rayon::prelude::*;
use rongtong_standards::names::NameAgreement;

use super::blocking::Candidates;
use super::column::Column;
use super::dates::DateAgreement;
use super::learn::{Learned, probability};
use super::model::{Level, Model, Test};
use super::pattern::{Pattern, Patterns, level};
use super::records::{Records, frequencies};
use super::weights::{Said, Weights};

/// A pair with its evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The smaller record number.
    pub a: u32,
    /// The larger record number.
    pub b: u32,
    /// How they agree.
    pub pattern: Pattern,
    /// Log odds, base 2, that they are one person.
    pub odds: f64,
}

impl Scored {
    /// Chance that they are one person, other candidates left aside.
    #[must_use]
    pub fn probability(&self) -> f64 {
        probability(self.odds)
    }
}

/// One bar of the waterfall that leads from the prior to the odds.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The comparison; `prior` for the first bar.
    pub comparison: Arc<str>,
    /// The level, or the context for the first bar.
    pub level: Arc<str>,
    /// Weight, base 2.
    pub weight: f64,
}

/// Knows what each level says, and how frequent values are.
pub struct Scorer<'a> {
    model: &'a Model,
    records: &'a Records,
    weights: Weights,
    words: Words,
    /// For each comparison with term frequencies the share of people who have each value.
    shares: Vec<Option<Vec<f64>>>,
    /// How many records are settled.
    settled: f64,
}

impl<'a> Scorer<'a> {
    /// A scorer for pairs of these records.
    #[must_use]
    pub fn new(model: &'a Model, records: &'a Records, learned: &'a Learned) -> Self {
        let shares = model.comparisons.par_iter().map(|comparison| {
            let shares = || shares(records, comparison.column);
            comparison.term_frequency.then(shares)?
        });
        let shares = shares.collect();
        let settled = (0..).take(records.len).filter(|at| records.is_settled(*at));
        Self {
            model,
            records,
            weights: learned.weights(model),
            words: Words::of(model),
            shares,
            settled: (settled.count() + records.beyond.settled) as f64,
        }
    }

    /// The evidence for all candidate pairs.
    #[must_use]
    pub fn all(&self, candidates: &Candidates, patterns: &Patterns) -> Vec<Scored> {
        let both = candidates.pairs.par_iter().zip(&patterns.of);
        both.map(|((a, b, _), pattern)| self.score(*a, *b, *pattern))
            .collect()
    }

    /// The evidence for one pair.
    #[must_use]
    pub fn score(&self, a: u32, b: u32, pattern: Pattern) -> Scored {
        Scored {
            a,
            b,
            pattern,
            odds: self.odds_in(pattern.context(self.model), a, b, pattern),
        }
    }

    fn odds_in(&self, context: u8, a: u32, b: u32, pattern: Pattern) -> f64 {
        let compared = 0..self.model.comparisons.len();
        let weights = compared.map(|at| self.weight(context, at, pattern, a, b));
        weights.fold(self.prior(context, a, b), |odds, weight| odds + weight)
    }

    /// The odds of a rival of a pair, so that they can be put beside the pair's. In a narrower context agreement says less, for what
    /// makes it has said it before: who is likelier of two homes is weighed in one context, the wider.
    pub(crate) fn beside(&self, pair: &Scored, rival: &Scored) -> f64 {
        match self.model.wider(self.context(pair), self.context(rival)) {
            Some(wider) => {
                let odds = |at: &Scored| self.odds_in(wider, at.a, at.b, at.pattern);
                pair.odds + odds(rival) - odds(pair)
            }
            None => rival.odds,
        }
    }

    /// The evidence for a pair that need not be a candidate.
    #[must_use]
    pub fn compare(&self, a: u32, b: u32) -> Scored {
        self.score(a, b, Pattern::of(self.model, self.records, a, b))
    }

    /// What a pair says, bits, whatever was believed of strangers: what the comparisons say, and what it says to share a number,
    /// say, where those who do are mostly one person.
    #[must_use]
    pub fn evidence(&self, scored: &Scored) -> f64 {
        let prior = self.prior(self.context(scored), scored.a, scored.b);
        scored.odds - prior.min(0.0)
    }

    /// The context a pair stands in.
    pub(crate) fn context(&self, scored: &Scored) -> u8 {
        scored.pattern.context(self.model)
    }

    /// Whether two records differ in what lasts for life.
    pub(crate) fn are_two_for_life(&self, x: u32, y: u32) -> bool {
        let (a, b) = (x.min(y), x.max(y));
        let compared = self.model.comparisons.iter();
        let mut lasting = compared.filter(|c| self.records.lasting.contains(&c.column));
        lasting.any(|c| usize::from(level(c, self.records, (a, b))) > c.levels.len())
    }

    /// The same of a pair.
    pub(crate) fn differs_for_life(&self, scored: &Scored) -> bool {
        self.for_life(scored).any(|level| level.is_none())
    }

    /// Whether a pair differs in what lasts for life, or agrees there in no more than the year of a date.
    pub(crate) fn hardly_agrees_for_life(&self, scored: &Scored) -> bool {
        let year = Test::Date(DateAgreement::Year);
        let mut levels = self.for_life(scored);
        levels.any(|level| level.is_none_or(|(_, level)| level.test == year))
    }

    /// Whether a pair is not quite the same in what lasts for life, be it by a slip.
    pub(crate) fn differs_at_all(&self, scored: &Scored) -> bool {
        let mut levels = self.for_life(scored);
        levels.any(|level| level.is_none_or(|(at, _)| at > 0))
    }

    /// On which levels a pair agrees in what lasts for life, the strongest is 0; `None` where it differs. What can't be
    /// compared is left out.
    fn for_life(&self, scored: &Scored) -> impl Iterator<Item = Option<(usize, &Level)>> {
        let pattern = scored.pattern;
        let compared = self.model.comparisons.iter().enumerate();
        let lasting = compared.filter(|(_, c)| self.records.lasting.contains(&c.column));
        lasting.filter_map(move |(at, comparison)| {
            let level = usize::from(pattern.level(at)).checked_sub(1)?;
            Some(comparison.levels.get(level).map(|found| (level, found)))
        })
    }

    /// Whether the names of a pair have nothing in common, or one part of two.
    pub(crate) fn has_unlike_names(&self, scored: &Scored) -> bool {
        use NameAgreement::{Given, Surname};
        let mut names = self.names(scored);
        names.any(|test| matches!(test, None | Some(Test::Name(Given | Surname))))
    }

    /// Whether a pair has two names, however alike they sound or look.
    pub(crate) fn has_two_names(&self, scored: &Scored) -> bool {
        let mut two = self.names(scored);
        two.any(|test| {
            use NameAgreement::{Compatible, Exact, Folded};
            !matches!(
                test,
                Some(Test::Exact | Test::Name(Exact | Folded | Compatible))
            )
        })
    }

    /// Whether two records have two numbers, and neither a name by which they could be one person all the same: newborn twins, by
    /// their certificates.
    pub(crate) fn has_numbers_alone(&self, scored: &Scored) -> bool {
        let compared = || self.model.comparisons.iter().enumerate();
        let mut numbers = compared().filter(|(_, c)| c.is_of_numbers());
        let mut names = compared().filter(|(_, c)| c.is_of_names()).peekable();
        let is_nameless = |column: usize| {
            let column = self.records.columns.get(column);
            let is_silent = |names: &Column| {
                [scored.a, scored.b]
                    .iter()
                    .all(|at| names.of(*at).is_empty())
            };
            column.is_none_or(is_silent)
        };
        numbers.any(|(at, c)| usize::from(scored.pattern.level(at)) > c.levels.len())
            && names.peek().is_some()
            && names.all(|(_, c)| is_nameless(c.column))
    }

    /// The evidence, bar by bar.
    #[must_use]
    pub fn steps(&self, scored: &Scored) -> Vec<Step> {
        let Scored { a, b, pattern, .. } = *scored;
        let context = pattern.context(self.model);
        let prior = Step {
            comparison: Arc::clone(&self.words.prior),
            level: word(&self.words.contexts, context),
            weight: self.prior(context, a, b),
        };
        let compared = self.words.comparisons.iter().enumerate();
        let bars = compared.map(|(at, (comparison, levels))| Step {
            comparison: Arc::clone(comparison),
            level: word(levels, pattern.level(at)),
            weight: self.weight(context, at, pattern, a, b),
        });
        std::iter::once(prior).chain(bars).collect()
    }

    /// Log odds, base 2, before anything is compared. Who may be any of the settled ones is each of them with
    /// one chance.
    fn prior(&self, context: u8, a: u32, b: u32) -> f64 {
        let reach = match (self.records.is_settled(a), self.records.is_settled(b)) {
            (true, false) => self.records.reach(b),
            (false, true) => self.records.reach(a),
            _ => None,
        };
        match reach {
            Some(reach) if context == 0 => (reach / self.settled.max(1.0)).log2(),
            _ => self.weights.prior(context),
        }
    }

    fn weight(&self, context: u8, comparison: usize, pattern: Pattern, a: u32, b: u32) -> f64 {
        let level = pattern.level(comparison);
        if level == 0 {
            return 0.0;
        }
        let Said { weight, u } = self.weights.said(context, comparison, level);
        let Some(share) = self.common_share(comparison, a, b) else {
            return weight;
        };
        // A value that many have says less, a rare one more. In a context the structure sets a floor: a
        // family's namesake is no rarer for the name's being rare.
        let rare = match context {
            0 => share,
            _ => share.max(u),
        };
        weight + (u / rare).log2()
    }

    /// How many settled records are expected to have the name of a record; 0 where names are not counted.
    pub(crate) fn namesakes(&self, record: u32) -> f64 {
        let counted = self.model.comparisons.iter().zip(&self.shares);
        let of_names = counted.filter(|(c, _)| c.is_of_names());
        let of_names = of_names.filter_map(|(c, shares)| {
            let column = self.records.columns.get(c.column)?;
            let shares = shares.as_ref()?;
            let counts = column.of(record).iter();
            let counts = counts.filter_map(|id| Some(shares.get(*id as usize)? * self.settled));
            counts.reduce(f64::max)
        });
        of_names.fold(0.0, f64::max)
    }

    /// How the names of a pair agree: by which test, if by any.
    fn names(&self, scored: &Scored) -> impl Iterator<Item = Option<Test>> {
        let compared = self.model.comparisons.iter().enumerate();
        compared.filter_map(move |(at, c)| {
            let level = usize::from(scored.pattern.level(at)).checked_sub(1);
            let level = level.filter(|_| c.is_of_names());
            Some(c.levels.get(level?).map(|level| level.test))
        })
    }

    /// The share of the rarest value that both have, where the comparison counts terms.
    fn common_share(&self, comparison: usize, a: u32, b: u32) -> Option<f64> {
        let shares = self.shares.get(comparison)?.as_ref()?;
        let column = self
            .records
            .columns
            .get(self.model.comparisons.get(comparison)?.column)?;
        let other = column.of(b);
        let common = column.of(a).iter().filter(|id| other.contains(id));
        let share = common.filter_map(|id| shares.get(*id as usize).copied());
        share.reduce(f64::min)
    }
}

/// The words that bars say, each once.
struct Words {
    prior: Arc<str>,
    contexts: Vec<Arc<str>>,
    /// For each comparison its name, and those of its levels from "nothing to compare" to "else".
    comparisons: Vec<(Arc<str>, Vec<Arc<str>>)>,
}

impl Words {
    fn of(model: &Model) -> Self {
        let contexts = 0..=model.contexts.len();
        let comparisons = model.comparisons.iter().map(|comparison| {
            let levels = (0..=comparison.levels.len() + 1).filter_map(|at| u8::try_from(at).ok());
            let levels = levels.map(|level| comparison.level_name(level).into());
            (comparison.name.as_str().into(), levels.collect())
        });
        Self {
            prior: "prior".into(),
            contexts: contexts.map(|at| model.context_name(at).into()).collect(),
            comparisons: comparisons.collect(),
        }
    }
}

fn word(words: &[Arc<str>], at: u8) -> Arc<str> {
    words.get(usize::from(at)).cloned().unwrap_or_default()
}

/// The share of people who have each value: of settled records, where there are such; else of all but one, for a
/// pair is about whether two records are one person.
fn shares(records: &Records, column: usize) -> Option<Vec<f64>> {
    let beyond = records.beyond.values.get(&column);
    let column = records.columns.get(column)?;
    let ids = records.counted(column);
    let all = frequencies(&ids);
    let settled: Vec<u32> = (0..)
        .take(records.len)
        .filter(|at| records.is_settled(*at))
        .flat_map(|at| column.of(at))
        .copied()
        .collect();
    let (counts, total) = match settled.is_empty() && beyond.is_none() {
        true => (
            all.iter().map(|count| count.saturating_sub(1)).collect(),
            ids.len(),
        ),
        false => (frequencies(&settled), settled.len()),
    };
    let (more, more_values) = beyond.map_or((&[][..], 0), |(more, all)| (more, *all));
    let total = total + more_values;
    let of = |counts: &[u32], at: usize| counts.get(at).copied().unwrap_or(0);
    let count = |at: usize| f64::from((of(&counts, at) + of(more, at)).max(1));
    let shares = (0..all.len()).map(|at| count(at) / total.max(1) as f64);
    Some(shares.collect())
}
