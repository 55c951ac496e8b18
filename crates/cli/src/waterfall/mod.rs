//! Evidence as a waterfall: from the prior, comparison by comparison, to the total.

mod svg;
mod text;
pub mod words;

use rongtong_engine::Evidence;

pub use svg::{Chart, document};
pub use text::render;

/// One step of the waterfall, in bits.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    comparison: String,
    level: String,
    weight: f64,
    /// Where the bar begins and ends.
    from: f64,
    to: f64,
}

/// The bars one after the other, then the total from nought.
fn steps(evidence: &Evidence) -> Vec<Step> {
    let mut at = 0.0;
    let mut steps: Vec<Step> = Vec::with_capacity(evidence.bars.len() + 1);
    for bar in &evidence.bars {
        steps.push(Step {
            comparison: words::comparison(&bar.comparison),
            level: words::level(&bar.comparison, &bar.level),
            weight: bar.weight,
            from: at,
            to: at + bar.weight,
        });
        at += bar.weight;
    }
    steps.push(Step {
        comparison: words::comparison("total"),
        level: outcome(evidence),
        weight: evidence.weight,
        from: 0.0,
        to: evidence.weight,
    });
    steps
}

/// The chance, and whether it is less than the weight alone would say.
fn outcome(evidence: &Evidence) -> String {
    let alone = 1.0 / (1.0 + (-evidence.weight).exp2());
    let chance = words::percent(evidence.probability);
    match alone - evidence.probability > 0.0005 {
        true => format!("{chance} (rivals counted 已计竞争者)"),
        false => chance,
    }
}

/// The least and the greatest place that any bar reaches; nought is between them.
fn range(steps: &[Step]) -> (f64, f64) {
    let places = steps.iter().flat_map(|step| [step.from, step.to]);
    places.fold((0.0, 0.0), |(low, high), at| (low.min(at), high.max(at)))
}

#[cfg(test)]
mod tests {
    use rongtong_engine::Bar;

    use super::*;

    pub(super) fn evidence() -> Evidence {
        let bar = |comparison: &str, level: &str, weight| Bar {
            comparison: comparison.into(),
            level: level.into(),
            weight,
        };
        Evidence {
            probability: 0.5,
            weight: 3.0,
            bars: vec![
                bar("prior", "strangers", -8.0),
                bar("name", "same_sound", 12.0),
                bar("phone", "null", 0.0),
                bar("sex", "else", -1.0),
            ],
        }
    }

    #[test]
    fn each_bar_begins_where_the_last_one_ended() {
        let steps = steps(&evidence());
        let places: Vec<(f64, f64)> = steps.iter().map(|step| (step.from, step.to)).collect();
        assert_eq!(
            places,
            [(0.0, -8.0), (-8.0, 4.0), (4.0, 4.0), (4.0, 3.0), (0.0, 3.0)]
        );
        assert_eq!(range(&steps), (-8.0, 4.0));
        assert!(
            steps[4].level.starts_with("50.00 % (rivals"),
            "{}",
            steps[4].level
        );
    }
}
