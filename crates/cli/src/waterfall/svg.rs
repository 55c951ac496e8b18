//! The waterfall as an SVG picture.
//!
//! Rectangles and text of our own rather than a plotting library: a waterfall needs no more, and text stays text,
//! so that Chinese labels are drawn with the reader's fonts.

use std::fmt::Write as _;

use rongtong_engine::Evidence;

use super::{Step, range, steps, words};

/// One waterfall and what stands above it.
pub struct Chart<'a> {
    /// Its title.
    pub title: String,
    /// What else is to be said, a line each.
    pub notes: Vec<String>,
    /// What it shows.
    pub evidence: &'a Evidence,
}

const WIDTH: f64 = 960.0;
const MARGIN: f64 = 24.0;
/// Where levels, bars and weights begin.
const LEVELS: f64 = 164.0;
const BARS: f64 = 400.0;
const BARS_END: f64 = WIDTH - 96.0;
const ROW: f64 = 26.0;
const LINE: f64 = 20.0;
/// For and against differ in lightness as well, for those who don't see colours.
const FOR: &str = "#1f77b4";
const AGAINST: &str = "#f2a65a";
const TOTAL: &str = "#444444";

/// A picture of all charts, one below the other.
pub fn document(charts: &[Chart<'_>]) -> String {
    let mut body = String::new();
    let mut y = MARGIN;
    for chart in charts {
        y = draw(&mut body, chart, y) + MARGIN;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{y}\" viewBox=\"0 0 {WIDTH} {y}\" \
         font-family=\"'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei','WenQuanYi Micro Hei',sans-serif\" \
         font-size=\"13\" fill=\"#222222\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{body}</svg>\n"
    )
}

/// Draws a chart from `y` down; where it ends. Writing to a string can't fail.
fn draw(out: &mut String, chart: &Chart<'_>, mut y: f64) -> f64 {
    y += LINE;
    let title = escaped(&chart.title);
    let _ = writeln!(
        out,
        "<text x=\"{MARGIN}\" y=\"{y}\" font-size=\"15\" font-weight=\"bold\">{title}</text>"
    );
    for note in &chart.notes {
        y += LINE;
        let note = escaped(note);
        let _ = writeln!(
            out,
            "<text x=\"{MARGIN}\" y=\"{y}\" fill=\"#555555\">{note}</text>"
        );
    }
    let steps = steps(chart.evidence);
    let scale = Scale::of(&steps);
    y += LINE + 6.0;
    let top = y + 6.0;
    let bottom = top + ROW * steps.len() as f64;
    for tick in scale.ticks() {
        let x = scale.x(tick);
        let colour = if tick == 0.0 { "#888888" } else { "#e2e2e2" };
        let _ = writeln!(
            out,
            "<line x1=\"{x:.1}\" y1=\"{top}\" x2=\"{x:.1}\" y2=\"{bottom}\" stroke=\"{colour}\"/>\n\
             <text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\" font-size=\"11\" fill=\"#777777\">{}</text>",
            label(tick)
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{y}\" text-anchor=\"end\" font-size=\"11\" fill=\"#777777\">bits 权重</text>",
        WIDTH - MARGIN
    );
    for (x, colour, word) in [
        (MARGIN, FOR, "for 支持"),
        (MARGIN + 80.0, AGAINST, "against 反对"),
    ] {
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>\n\
             <text x=\"{}\" y=\"{y}\" font-size=\"11\" fill=\"#777777\">{word}</text>",
            y - 9.0,
            x + 15.0
        );
    }
    let last = steps.len().saturating_sub(1);
    for (at, step) in steps.iter().enumerate() {
        row(out, step, &scale, top + ROW * at as f64, at == last);
    }
    bottom
}

fn row(out: &mut String, step: &Step, scale: &Scale, y: f64, total: bool) {
    let (base, middle) = (y + ROW * 0.68, y + ROW * 0.5);
    let weight = if total { " font-weight=\"bold\"" } else { "" };
    let (comparison, level) = (escaped(&step.comparison), escaped(&step.level));
    let _ = writeln!(
        out,
        "<text x=\"{MARGIN}\" y=\"{base:.1}\"{weight}>{comparison}</text>\n\
         <text x=\"{LEVELS}\" y=\"{base:.1}\"{weight}>{level}</text>\n\
         <text x=\"{}\" y=\"{base:.1}\" text-anchor=\"end\"{weight}>{}</text>",
        WIDTH - MARGIN,
        words::bits(step.weight)
    );
    let (left, right) = (
        scale.x(step.from.min(step.to)),
        scale.x(step.from.max(step.to)),
    );
    let colour = match (total, step.weight < 0.0) {
        (true, _) => TOTAL,
        (false, true) => AGAINST,
        (false, false) => FOR,
    };
    if words::bits(step.weight) == words::bits(0.0) {
        return;
    }
    let _ = writeln!(
        out,
        "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>",
        y + 4.0,
        (right - left).max(1.5),
        ROW - 8.0
    );
    if !total {
        // From the end of this bar to the next one.
        let x = scale.x(step.to);
        let _ = writeln!(
            out,
            "<line x1=\"{x:.1}\" y1=\"{middle:.1}\" x2=\"{x:.1}\" y2=\"{:.1}\" stroke=\"#999999\" stroke-dasharray=\"2 2\"/>",
            middle + ROW
        );
    }
}

/// Bits along the width of the bars.
struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    fn of(steps: &[Step]) -> Self {
        let (low, high) = range(steps);
        let wide = (high - low).max(1.0);
        // About eight ticks, at round numbers.
        let step = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0]
            .into_iter()
            .find(|step| wide / step <= 8.0)
            .unwrap_or(100.0);
        Self {
            low: (low / step).floor() * step,
            high: (high / step).ceil().max((low / step).floor() + 1.0) * step,
            step,
        }
    }

    fn x(&self, at: f64) -> f64 {
        BARS + (at - self.low) / (self.high - self.low) * (BARS_END - BARS)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> + use<> {
        let (low, step) = (self.low, self.step);
        let count = ((self.high - self.low) / step).round() as usize;
        (0..=count).map(move |at| low + step * at as f64)
    }
}

/// A tick in whole bits.
fn label(tick: f64) -> String {
    match tick {
        0.0 => "0".to_owned(),
        tick if tick < 0.0 => format!("−{:.0}", -tick),
        tick => format!("+{tick:.0}"),
    }
}

/// Text as XML holds it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_holds_every_bar_and_no_markup_of_others() {
        let evidence = super::super::tests::evidence();
        let chart = Chart {
            title: "a<b> & \"c\"".into(),
            notes: vec!["x.csv:3\u{7}".into()],
            evidence: &evidence,
        };
        let drawn = document(&[chart]);
        assert!(drawn.contains("a&lt;b&gt; &amp; &quot;c&quot;"), "{drawn}");
        assert!(drawn.contains("x.csv:3 <"), "{drawn}");
        for word in [
            "prior 先验",
            "same sound 同音",
            "not stated 无可比",
            "total 合计",
            "+12.00",
            "−8.00",
        ] {
            assert!(drawn.contains(word), "{word} in {drawn}");
        }
        // What weighs nothing has no bar.
        assert_eq!(drawn.matches("height=\"18.0\"").count(), 4);
        assert_eq!(
            drawn.matches("<text").count(),
            drawn.matches("</text>").count()
        );
    }

    #[test]
    fn a_scale_has_room_for_no_evidence_at_all() {
        let scale = Scale::of(&[]);
        assert!(scale.x(0.0) >= BARS && scale.x(0.0) <= BARS_END);
        assert!(scale.ticks().count() >= 2);
    }
}
