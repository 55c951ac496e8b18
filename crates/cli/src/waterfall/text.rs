//! The waterfall in a terminal.

use rongtong_engine::Evidence;

use super::{range, steps, words};
use crate::style::Style;
use crate::table::{Side, Table};

/// Columns of the terminal that the bars have.
const WIDTH: usize = 36;

/// A table of the comparisons with a bar each, every line indented by `indent` blanks.
pub fn render(evidence: &Evidence, indent: usize, style: Style) -> String {
    let steps = steps(evidence);
    let (low, high) = range(&steps);
    let column = |at: f64| match high > low {
        // Between 0 and WIDTH.
        true => (((at - low) / (high - low)) * WIDTH as f64).round() as usize,
        false => 0,
    };
    let zero = column(0.0);
    let mut table = Table::new([
        ("comparison 比较项", Side::Left),
        ("agreement 一致程度", Side::Left),
        ("bits 权重", Side::Right),
        ("against 反对 ▒   █ for 支持", Side::Left),
    ]);
    for step in &steps {
        let (from, to) = (
            column(step.from.min(step.to)),
            column(step.from.max(step.to)),
        );
        // What weighs anything is seen.
        let to = if words::bits(step.weight) == words::bits(0.0) {
            from
        } else {
            to.max(from + 1)
        };
        let block = if step.weight < 0.0 { "▒" } else { "█" };
        let painted = match step.weight < 0.0 {
            true => style.yellow(&block.repeat(to - from)),
            false => style.green(&block.repeat(to - from)),
        };
        let axis = |places: std::ops::Range<usize>| -> String {
            places
                .map(|at| if at == zero { '│' } else { ' ' })
                .collect()
        };
        let bar = format!("{}{painted}{}", axis(0..from), axis(to..WIDTH + 1));
        table.row([
            step.comparison.clone(),
            step.level.clone(),
            words::bits(step.weight),
            bar.trim_end().to_owned(),
        ]);
    }
    table.render(indent, style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_follow_each_other_along_one_axis() {
        let drawn = render(&super::super::tests::evidence(), 2, Style::default());
        insta::assert_snapshot!(drawn);
    }
}
