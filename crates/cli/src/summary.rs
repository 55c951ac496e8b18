//! The end of a run as a person reads it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rongtong_connector_kit::rules;
use rongtong_engine::{FeedReport, FeedState, RunReport, RunStatus, Stage};

use crate::style::Style;
use crate::table::{Side, Table, count};

/// The whole summary: feeds, findings, residents, conflicts, where the lake lies.
pub fn render(report: &RunReport, style: Style) -> String {
    let mut text = format!("{}\n", style.bold(&headline(report)));
    let mut part = |title: &str, body: String| {
        if !body.is_empty() {
            let _ = write!(text, "\n{}\n{body}", style.bold(title));
        }
    };
    part("Feeds 数据项 (rows of this run)", feeds(report, style));
    part("Findings 质量问题", findings(report, style));
    if report.release.is_some() {
        part("Lake 治理湖", lake(report));
    }
    text
}

/// How long each stage took; rows a second are of the rows that this run received.
pub fn timings(report: &RunReport, style: Style) -> String {
    let received: u64 = report.feeds.values().map(|feed| feed.received).sum();
    let mut table = Table::new([
        ("stage", Side::Left),
        ("seconds", Side::Right),
        ("share", Side::Right),
        ("rows/s", Side::Right),
    ]);
    let all: f64 = report.stages.values().sum();
    for stage in Stage::ALL {
        let Some(seconds) = report.stages.get(stage.as_str()) else {
            continue;
        };
        let speed = received as f64 / seconds.max(1e-6);
        table.row([
            stage.as_str().to_owned(),
            format!("{seconds:.2}"),
            format!("{:.0} %", 100.0 * seconds / all.max(1e-6)),
            count(speed as u64),
        ]);
    }
    format!(
        "\n{}\n{}",
        style.bold("Stages 阶段"),
        table.render(2, style)
    )
}

fn headline(report: &RunReport) -> String {
    let release = report.release.as_deref().unwrap_or("none");
    let seconds = format!("{:.1} s", report.seconds);
    match (report.status, &report.release) {
        (RunStatus::Released, _) => format!("Release {release} 发布版本, {seconds}"),
        (RunStatus::ReleasedWithRefusals, _) => {
            format!("Release {release} 发布版本, without the feeds that were refused, {seconds}")
        }
        (RunStatus::NothingNew, Some(_)) => {
            format!("Nothing new 无新批次; release {release} stays in force, {seconds}")
        }
        (RunStatus::NothingNew, None) => {
            format!("Nothing new 无新批次, and no release yet, {seconds}")
        }
        (RunStatus::Refused, Some(_)) => {
            format!(
                "All that was new was refused 新批次均被拒绝; release {release} has the rows of before, {seconds}"
            )
        }
        (RunStatus::Refused, None) => {
            format!("All that came was refused 批次均被拒绝; no release yet, {seconds}")
        }
    }
}

fn feeds(report: &RunReport, style: Style) -> String {
    let mut table = Table::new([
        ("feed", Side::Left),
        ("state", Side::Left),
        ("received 接收", Side::Right),
        ("standard 入库", Side::Right),
        ("quarantined 隔离", Side::Right),
    ]);
    let (mut received, mut standard, mut quarantined) = (0, 0, 0);
    for (name, feed) in &report.feeds {
        received += feed.received;
        standard += feed.standard;
        quarantined += feed.quarantined;
        let counts = match feed.state {
            FeedState::Taken => [feed.received, feed.standard, feed.quarantined].map(count),
            _ => Default::default(),
        };
        table.row(
            [name.clone(), state(feed).to_owned()]
                .into_iter()
                .chain(counts),
        );
    }
    if received > 0 {
        let counts = [received, standard, quarantined].map(count);
        table.row(
            [String::from("all"), String::new()]
                .into_iter()
                .chain(counts),
        );
    }
    table.render(2, style)
}

fn state(feed: &FeedReport) -> &'static str {
    match feed.state {
        FeedState::Taken => "taken",
        FeedState::Unchanged => "unchanged",
        FeedState::Absent => "absent",
        FeedState::Refused => "refused",
    }
}

/// Findings over all feeds, the most frequent first.
fn findings(report: &RunReport, style: Style) -> String {
    let mut by_rule: BTreeMap<&str, u64> = BTreeMap::new();
    for (rule, found) in report.feeds.values().flat_map(|feed| &feed.findings) {
        *by_rule.entry(rule).or_default() += found;
    }
    let mut by_rule: Vec<_> = by_rule.into_iter().collect();
    by_rule.sort_by_key(|(rule, found)| (std::cmp::Reverse(*found), *rule));
    let mut table = Table::new([
        ("count", Side::Right),
        ("severity", Side::Left),
        ("rule", Side::Left),
        ("what it says", Side::Left),
    ]);
    for (name, found) in by_rule {
        let (severity, title) = rules::find(name).map_or(("", String::new()), |rule| {
            (
                rule.severity.as_str(),
                format!("{} {}", rule.title_zh, rule.title),
            )
        });
        table.row([count(found), severity.to_owned(), name.to_owned(), title]);
    }
    match table.is_empty() {
        true => String::new(),
        false => table.render(2, style),
    }
}

fn lake(report: &RunReport) -> String {
    let mut text = format!("  {} residents 居民", count(report.residents));
    let _ = write!(text, ", {} conflicts 冲突", count(report.conflicts));
    let mut by_attribute: Vec<_> = report.conflicts_by_attribute.iter().collect();
    by_attribute
        .sort_by_key(|(attribute, conflicts)| (std::cmp::Reverse(**conflicts), attribute.as_str()));
    let by_attribute: Vec<String> = by_attribute
        .into_iter()
        .map(|(attribute, conflicts)| format!("{attribute} {}", count(*conflicts)))
        .collect();
    if !by_attribute.is_empty() {
        let _ = write!(text, " ({})", by_attribute.join(", "));
    }
    let _ = writeln!(text, "\n  tables 表: {}", report.lake);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(
        state: FeedState,
        received: u64,
        quarantined: u64,
        findings: &[(&str, u64)],
    ) -> FeedReport {
        FeedReport {
            state,
            received,
            standard: received - quarantined,
            quarantined,
            findings: findings
                .iter()
                .map(|(rule, found)| ((*rule).to_owned(), *found))
                .collect(),
            refused: None,
        }
    }

    fn report(status: RunStatus) -> RunReport {
        RunReport {
            release: Some("000002".into()),
            status,
            seconds: 1.25,
            stages: BTreeMap::new(),
            feeds: [
                (
                    "health.health_record".into(),
                    feed(
                        FeedState::Taken,
                        12_345,
                        3,
                        &[("names_nobody", 3), ("id_contested", 40)],
                    ),
                ),
                (
                    "housing.tenancy_filing".into(),
                    feed(FeedState::Taken, 100, 0, &[("id_contested", 2)]),
                ),
                ("grid.cells".into(), feed(FeedState::Absent, 0, 0, &[])),
            ]
            .into(),
            residents: 20_431,
            looked_at: None,
            conflicts: 52,
            conflicts_by_attribute: [("name".into(), 50), ("sex".into(), 2)].into(),
            lake: "demo/lake".into(),
        }
    }

    #[test]
    fn a_release_is_told_in_full() {
        insta::assert_snapshot!(render(&report(RunStatus::Released), Style::default()));
    }

    #[test]
    fn stages_are_told_in_their_order() {
        let report = RunReport {
            stages: [("resolve", 1.0), ("plan", 0.25), ("standardise", 2.5)].into(),
            ..report(RunStatus::Released)
        };
        insta::assert_snapshot!(timings(&report, Style::default()));
    }

    #[test]
    fn every_end_has_its_headline() {
        use RunStatus::{NothingNew, Refused, Released, ReleasedWithRefusals};
        let mut lines = Vec::new();
        for status in [Released, ReleasedWithRefusals, NothingNew, Refused] {
            lines.push(headline(&report(status)));
            if !matches!(status, Released | ReleasedWithRefusals) {
                lines.push(headline(&RunReport {
                    release: None,
                    ..report(status)
                }));
            }
        }
        insta::assert_snapshot!(lines.join("\n"));
    }
}
