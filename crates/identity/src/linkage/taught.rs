//! What was learned, in words, as later runs recall it.

use super::learn::Learned;
use super::model::Model;

/// What was learned of one level.
#[derive(Debug, Clone, PartialEq)]
pub struct Taught {
    /// Among whom: `strangers`, or a context of the model.
    pub context: String,
    /// The comparison; `None` for the pairs as a whole.
    pub comparison: Option<String>,
    /// Its level.
    pub level: Option<String>,
    /// Expected pairs of one person.
    pub same: f64,
    /// Expected pairs of different people.
    pub other: f64,
}

impl Learned {
    /// What was learned, in words.
    #[must_use]
    pub fn taught(&self, model: &Model) -> Vec<Taught> {
        let mut all = Vec::new();
        for (context, (same, pairs)) in self.pairs.iter().enumerate() {
            let named = |comparison, level, same, other| Taught {
                context: model.context_name(context).to_owned(),
                comparison,
                level,
                same,
                other,
            };
            all.push(named(None, None, *same, pairs - same));
            for (at, comparison) in model.comparisons.iter().enumerate() {
                for level in 1..=comparison.levels.len() + 1 {
                    let count = |of: &Vec<Vec<Vec<f64>>>| {
                        let levels = of.get(context).and_then(|c| c.get(at));
                        levels
                            .and_then(|l| l.get(level - 1))
                            .copied()
                            .unwrap_or(0.0)
                    };
                    let word = comparison.level_name(u8::try_from(level).unwrap_or(u8::MAX));
                    let (name, word) = (Some(comparison.name.clone()), Some(word.to_owned()));
                    all.push(named(name, word, count(&self.m), count(&self.u)));
                }
            }
        }
        all
    }

    /// What was learned for a model; `None` if there is nothing, or the model is another.
    #[must_use]
    pub fn recall(model: &Model, taught: &[Taught]) -> Option<Self> {
        let contexts = 0..=model.contexts.len();
        let blank = || -> Vec<Vec<f64>> {
            let levels = model.comparisons.iter().map(|c| c.levels.len() + 1);
            levels.map(|levels| vec![f64::NAN; levels]).collect()
        };
        let mut learned = Self {
            m: contexts.clone().map(|_| blank()).collect(),
            u: contexts.clone().map(|_| blank()).collect(),
            pairs: vec![(f64::NAN, f64::NAN); model.contexts.len() + 1],
            made: contexts.clone().map(|at| model.made(at)).collect(),
        };
        for taught in taught {
            let context = contexts
                .clone()
                .find(|at| model.context_name(*at) == taught.context)?;
            let (Some(comparison), Some(level)) = (&taught.comparison, &taught.level) else {
                learned.pairs[context] = (taught.same, taught.same + taught.other);
                continue;
            };
            let at = model
                .comparisons
                .iter()
                .position(|c| c.name == *comparison)?;
            let level = (1..=model.comparisons[at].levels.len() + 1).find(|l| {
                model.comparisons[at].level_name(u8::try_from(*l).unwrap_or(0)) == level
            })?;
            learned.m[context][at][level - 1] = taught.same;
            learned.u[context][at][level - 1] = taught.other;
        }
        let (m, u) = (
            learned.m.iter().flatten().flatten(),
            learned.u.iter().flatten().flatten(),
        );
        let pairs = learned.pairs.iter().flat_map(|(same, all)| [same, all]);
        let whole = m.chain(u).chain(pairs).all(|count| count.is_finite());
        whole.then_some(learned)
    }
}
