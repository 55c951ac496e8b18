//! Problems of contracts and pipelines, each with the line it stands on.

use std::fmt::Write as _;

use rongtong_contracts::Problem;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::style::Style;

/// Longest part of a line that is shown, in terminal cells.
const WIDEST: usize = 120;

/// A problem as people read it: what is wrong, where, the line with the place marked, what to do.
///
/// ```text
/// error: `encodng` is no key of a feed
///   --> pipelines/residents/pipeline.yaml:25:5
///    |
/// 25 |     encodng: GB18030
///    |     ^^^^^^^
///    = help: write `encoding`
/// ```
pub fn render(problem: &Problem, style: Style) -> String {
    let mut text = format!(
        "{}{}\n",
        style.red("error"),
        style.bold(&format!(": {}", problem.what))
    );
    let number = problem.line.to_string();
    let gutter = if problem.line == 0 { 1 } else { number.len() };
    let pad = " ".repeat(gutter);
    let arrow = style.blue("-->");
    let bar = style.blue("|");
    let _ = match problem.line {
        0 => writeln!(text, "{pad}{arrow} {}", problem.file.display()),
        line => writeln!(
            text,
            "{pad}{arrow} {}:{line}:{}",
            problem.file.display(),
            problem.column
        ),
    };
    if let Some(line) = line_of(problem) {
        let (line, marks) = marked(&line, problem);
        let _ = writeln!(text, "{pad} {bar}");
        let _ = writeln!(text, "{} {bar} {line}", style.blue(&number));
        let _ = writeln!(text, "{pad} {bar} {}", style.red(&marks));
    }
    let _ = writeln!(
        text,
        "{pad} {} {}: {}",
        style.blue("="),
        style.bold("help"),
        problem.remedy
    );
    text
}

fn line_of(problem: &Problem) -> Option<String> {
    let at = problem.line.checked_sub(1)?;
    let text = std::fs::read(&problem.file).ok()?;
    String::from_utf8_lossy(&text)
        .lines()
        .nth(at)
        .map(|line| line.replace('\t', " "))
}

/// The line, cut where it is too wide, and the carets under the offending text.
fn marked(line: &str, problem: &Problem) -> (String, String) {
    let before: String = line
        .chars()
        .take(problem.column.saturating_sub(1))
        .collect();
    let rest = line.get(before.len()..).unwrap_or_default();
    let first = problem.text.lines().next().unwrap_or_default();
    let width = match rest.starts_with(first) {
        true => first.width(),
        false => 1,
    };
    let from = before.width();
    let carets = width.clamp(1, WIDEST.saturating_sub(from).max(1));
    (
        cut(line.trim_end(), WIDEST.max(from + carets)),
        format!("{}{}", " ".repeat(from), "^".repeat(carets)),
    )
}

fn cut(line: &str, width: usize) -> String {
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    let kept: String = line.chars().take_while(fits).collect();
    if kept.len() < line.len() {
        kept + "…"
    } else {
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn problem(file: PathBuf, line: usize, column: usize, text: &str) -> Problem {
        Problem {
            file,
            line,
            column,
            text: text.into(),
            what: "wrong".into(),
            remedy: "mend it".into(),
        }
    }

    fn shown(content: &str, line: usize, column: usize, text: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pipeline.yaml");
        std::fs::write(&file, content).unwrap();
        let text = render(&problem(file.clone(), line, column, text), Style::default());
        text.replace(&file.display().to_string(), "pipeline.yaml")
    }

    #[test]
    fn the_carets_stand_under_the_text_behind_wide_characters_too() {
        assert_eq!(
            shown("a: 1\n\u{7b}标题: 户籍, typ: x}\n", 2, 10, "typ"),
            "error: wrong\n --> pipeline.yaml:2:10\n  |\n2 | {标题: 户籍, typ: x}\n  |              ^^^\n  = help: mend it\n"
        );
    }

    #[test]
    fn places_outside_the_file_do_not_matter() {
        assert_eq!(
            shown("a: 1\n", 9, 3, "x"),
            "error: wrong\n --> pipeline.yaml:9:3\n  = help: mend it\n"
        );
        let whole = render(&problem("no/such.yaml".into(), 0, 0, ""), Style::default());
        assert_eq!(
            whole,
            "error: wrong\n --> no/such.yaml\n  = help: mend it\n"
        );
        assert!(shown("a: 1\n", 1, 99, "x").contains("^\n"));
    }

    #[test]
    fn endless_lines_are_cut() {
        let text = shown(
            &format!("a: {}\n", "字".repeat(5_000)),
            1,
            4,
            &"字".repeat(5_000),
        );
        assert!(text.lines().all(|line| line.width() < 130), "{text}");
        assert!(text.contains('…'));
    }
}
