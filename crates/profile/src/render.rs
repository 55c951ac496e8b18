//! A profile as a page for people.

use std::fmt::{self, Write as _};

use crate::report::{ColumnProfile, Profile};

/// Codes and forms named on the page; the machine form has all.
const NAMED: usize = 12;

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} — {} bytes", self.file, self.bytes)?;
        let mut pairs = vec![("format 格式", self.packing.format.clone())];
        let mut pair = |title, value: Option<String>| {
            pairs.extend(value.map(|value| (title, value)));
        };
        let packing = &self.packing;
        pair("compression 压缩", packing.compression.clone());
        pair("encoding 编码", packing.encoding.clone());
        pair("delimiter 分隔符", packing.delimiter.map(visible));
        if packing.delimiter.is_some() {
            pair(
                "quote 引号",
                Some(packing.quote.map_or("none 无".into(), visible)),
            );
        }
        pair(
            "heading row 列名行",
            packing.header_row.map(|row| row.to_string()),
        );
        pair("sheet 工作表", packing.sheet.clone());
        pair("record 记录元素", packing.record.clone());
        if !packing.remarks.is_empty() {
            pair("remarks 备注", Some(packing.remarks.join("; ")));
        }
        let more = if self.complete {
            ""
        } else {
            " (the first; more follow 仅前若干行)"
        };
        pair("rows 行数", Some(format!("{}{more}", self.rows)));
        for (rule, rows) in &self.broken {
            pair("broken 无法拆分", Some(format!("{rows} ({rule})")));
        }
        pair("columns 列数", Some(self.columns.len().to_string()));
        if !self.parts.is_empty() {
            pair("members 成员", Some(self.parts.join(", ")));
        }
        for unread in &self.unread {
            pair(
                "not read 未读",
                Some(format!("{} ({})", unread.name, unread.why)),
            );
        }
        for (title, value) in &pairs {
            writeln!(f, "  {} {value}", padded(title, 20))?;
        }
        if !self.headings_recognised {
            writeln!(
                f,
                "\n  The first row may be data: no headings are shown, and that row is not counted.\n  \
                 首行疑似数据而非列名：不予显示，亦未计入行数。"
            )?;
        }
        table(f, &self.columns)?;
        self.columns
            .iter()
            .try_for_each(|column| details(f, column))
    }
}

fn table(f: &mut fmt::Formatter<'_>, columns: &[ColumnProfile]) -> fmt::Result {
    let heads = [
        "#",
        "heading 列名",
        "type 类型",
        "fit 符合",
        "empty 空值",
        "distinct 不同值",
        "length 长度",
        "canonical 标准列",
    ];
    let rows = columns.iter().map(|column| {
        let nothing = column.empty + column.null_words.values().sum::<u64>();
        let distinct = if column.unique {
            format!("{} (unique 唯一)", column.distinct)
        } else {
            column.distinct.to_string()
        };
        [
            column.position.to_string(),
            column.heading.clone().unwrap_or_else(|| "—".into()),
            format!("{} {}", column.kind, column.kind.title_zh()),
            column.fit.map_or_else(|| "—".into(), percent),
            percent_of(nothing, nothing + column.filled),
            distinct,
            format!("{}–{}", column.min_chars, column.max_chars),
            column
                .candidates
                .first()
                .map_or_else(|| "—".into(), |candidate| candidate.name.clone()),
        ]
    });
    let rows: Vec<[String; 8]> = std::iter::once(heads.map(str::to_owned))
        .chain(rows)
        .collect();
    let mut widths = [0; 8];
    for row in &rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width(cell));
        }
    }
    writeln!(f)?;
    for row in &rows {
        let mut line = String::new();
        for (cell, widest) in row.iter().zip(widths) {
            write!(line, "  {}", padded(cell, widest))?;
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

fn details(f: &mut fmt::Formatter<'_>, column: &ColumnProfile) -> fmt::Result {
    let mut lines: Vec<String> = Vec::new();
    let listed = |title: &str, items: Vec<String>, lines: &mut Vec<String>| {
        let rest = items.len().saturating_sub(NAMED);
        let mut text = items.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
        if rest > 0 {
            text.push_str(&format!(", … (+{rest})"));
        }
        if !text.is_empty() {
            lines.push(format!("{title}: {text}"));
        }
    };
    let words = column
        .null_words
        .iter()
        .map(|(word, cells)| format!("{word} ×{cells}"));
    listed("words for nothing 空值写法", words.collect(), &mut lines);
    let forms = column
        .forms
        .iter()
        .map(|form| format!("{} ×{}", form.form, form.cells));
    listed("date forms 日期写法", forms.collect(), &mut lines);
    let codes = column.codes.iter().map(|code| match &code.label {
        Some(label) => format!("{} {label} ×{}", code.code, code.cells),
        None => format!("{} ×{}", code.code, code.cells),
    });
    listed("codes 代码", codes.collect(), &mut lines);
    if column.codes_withheld > 0 {
        lines.push(format!(
            "codes not shown 未显示代码: {}",
            column.codes_withheld
        ));
    }
    if column.untidy > 0 {
        lines.push(format!(
            "blanks or full-width 空格或全角: {}",
            column.untidy
        ));
    }
    for finding in &column.findings {
        lines.push(format!(
            "{} ×{} ({}): {} {}",
            finding.rule, finding.cells, finding.severity, finding.title, finding.title_zh
        ));
    }
    for candidate in column
        .candidates
        .iter()
        .filter(|candidate| !candidate.feeds.is_empty())
    {
        lines.push(format!(
            "as {} in 同名列见于 {}",
            candidate.name,
            candidate.feeds.join(", ")
        ));
    }
    for hint in &column.hints {
        lines.push(format!("! {} {}", hint.text(), hint.text_zh()));
    }
    if lines.is_empty() {
        return Ok(());
    }
    let heading = column.heading.as_deref().unwrap_or("—");
    writeln!(f, "\n  {} {heading}", column.position)?;
    lines.iter().try_for_each(|line| writeln!(f, "    {line}"))
}

fn percent(share: f64) -> String {
    percent_text(share * 100.0)
}

fn percent_of(part: u64, whole: u64) -> String {
    match (part, whole) {
        (0, _) | (_, 0) => "0%".into(),
        _ => percent_text(part as f64 * 100.0 / whole as f64),
    }
}

/// Never `100%` or `0%` for nearly all and nearly none.
fn percent_text(percent: f64) -> String {
    if percent >= 100.0 {
        "100%".into()
    } else if percent <= 0.0 {
        "0%".into()
    } else {
        format!("{:.1}%", percent.clamp(0.1, 99.9))
    }
}

fn visible(c: char) -> String {
    match c {
        '\t' => "tab".into(),
        ' ' => "blank".into(),
        c if c.is_control() => format!("0x{:02X}", c as u32),
        c => c.to_string(),
    }
}

/// Columns that a text takes on a terminal: ideographs take two.
fn width(text: &str) -> usize {
    let wide = |c: char| matches!(c as u32, 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x20000..=0x3FFFD);
    text.chars().map(|c| 1 + usize::from(wide(c))).sum()
}

fn padded(text: &str, to: usize) -> String {
    let blanks = to.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(blanks))
}
