//! A first contract for a feed, from the profile of one delivery.

mod columns;
mod mentions;
mod yaml;

use std::fmt::Write as _;

use rongtong_contracts::{FeedName, Standard};

use crate::report::{PackingSeen, Profile};
use columns::DraftColumn;
use mentions::DraftMention;
use yaml::{comment, quoted, scalar};

/// An ODCS v3.1 contract for the feed, as YAML that `rongtong check` accepts.
///
/// It is a draft: what was guessed is marked `CHECK`, nothing is shared (不予) and the feed wins over no
/// other (authority in the last place) until a human says so. It holds headings, codes and counts,
/// never a value that may be personal.
pub fn draft_contract(profile: &Profile, feed: &FeedName) -> String {
    let columns = columns::plan(profile);
    let mentions = mentions::plan(&columns);
    let mut out = String::new();
    // Writing to a String can't fail.
    let _ = write(&mut out, profile, feed, &columns, &mentions);
    out
}

/// Behind every feed that has a place of its own.
const LAST_PLACE: u32 = 99;

fn write(
    out: &mut String,
    profile: &Profile,
    feed: &FeedName,
    columns: &[DraftColumn],
    mentions: &[DraftMention],
) -> std::fmt::Result {
    let FeedName {
        department,
        feed: name,
    } = feed;
    let more = if profile.complete {
        ""
    } else {
        " (the first; more follow)"
    };
    writeln!(
        out,
        "# 草稿 · Draft, from {} ({} rows{more}).",
        comment(&profile.file),
        profile.rows
    )?;
    writeln!(
        out,
        "# 凡标 CHECK 处均为推断，请核对后再启用。 · Lines with CHECK are guesses: read them before use."
    )?;
    if !profile.headings_recognised {
        writeln!(
            out,
            "# CHECK: 首行疑似数据，未采用为列名；请让来源部门提供列名行，并填写 physicalName。"
        )?;
        writeln!(
            out,
            "#        The first row may be data. Ask for a heading row, and write its headings into physicalName."
        )?;
    }
    binding(out, &profile.packing, feed)?;
    writeln!(out, "apiVersion: v3.1.0")?;
    writeln!(out, "kind: DataContract")?;
    writeln!(out, "id: {feed}")?;
    writeln!(out, "domain: {}", scalar(department))?;
    writeln!(out, "name: {}", scalar(name))?;
    writeln!(out, "version: 0.1.0")?;
    writeln!(out, "status: draft")?;
    writeln!(out, "description:")?;
    writeln!(
        out,
        "  purpose: {} # CHECK: 用途 · what the feed is for",
        quoted("待补充 / To be written")
    )?;
    writeln!(out, "\nschema:")?;
    writeln!(out, "  - name: {}", scalar(name))?;
    let title = format!("{name} / {name}");
    writeln!(
        out,
        "    businessName: {} # CHECK: 中文名 / English title",
        quoted(&title)
    )?;
    writeln!(out, "    logicalType: object")?;
    writeln!(out, "    physicalType: file")?;
    writeln!(out, "    properties:")?;
    for column in columns {
        let named = mentions.iter().any(|mention| mention.names(&column.name));
        columns::write(out, column, !mentions.is_empty(), named)?;
    }
    left_out(out, profile, columns)?;
    writeln!(out, "customProperties:")?;
    writeln!(
        out,
        "  # CHECK: increment 增量, or snapshot 全量 if each delivery is the whole state of its day."
    )?;
    writeln!(out, "  - {{ property: cadence, value: increment }}")?;
    writeln!(
        out,
        "  # CHECK: 无条件 / 有条件 / 不予; nothing is shared until somebody decides."
    )?;
    writeln!(out, "  - {{ property: sharing, value: 不予 }}")?;
    time_column(out, columns)?;
    mentions::write(out, mentions, columns)?;
    authority(out, mentions)
}

/// How the delivery would be bound, for the pipeline file.
fn binding(out: &mut String, packing: &PackingSeen, feed: &FeedName) -> std::fmt::Result {
    let extension = if packing.format == "csv" && packing.delimiter != Some(',') {
        "txt"
    } else {
        &packing.format
    };
    writeln!(out, "#\n# 接入 · To bind it, in the pipeline's feeds:")?;
    writeln!(out, "#   {feed}:")?;
    writeln!(
        out,
        "#     path: {}/{}.{extension}",
        feed.department, feed.feed
    )?;
    writeln!(out, "#     format: {}", packing.format)?;
    if let Some(encoding) = packing
        .encoding
        .as_ref()
        .filter(|encoding| *encoding != "UTF-8")
    {
        writeln!(out, "#     encoding: {encoding}")?;
    }
    match packing.delimiter {
        None | Some(',') => {}
        Some('|') => writeln!(out, "#     delimiter: pipe")?,
        Some('\t') => writeln!(out, "#     delimiter: tab")?,
        Some(';') => writeln!(out, "#     delimiter: semicolon")?,
        Some(other) => writeln!(
            out,
            "#     delimiter: {}",
            comment(&quoted(&other.to_string()))
        )?,
    }
    if packing.delimiter.is_some() && packing.quote.is_none() {
        writeln!(out, "#     quote: none")?;
    }
    if let Some(row) = packing.header_row.filter(|row| *row != 1) {
        writeln!(out, "#     header_row: {row}")?;
    }
    if let Some(sheet) = &packing.sheet {
        writeln!(out, "#     sheet: {}", comment(&quoted(sheet)))?;
    }
    if let Some(record) = &packing.record {
        writeln!(out, "#     record: {}", comment(record))?;
    }
    writeln!(out)
}

fn left_out(out: &mut String, profile: &Profile, columns: &[DraftColumn]) -> std::fmt::Result {
    let missing = profile.columns.iter().filter(|column| {
        !columns
            .iter()
            .any(|drafted| drafted.profile.position == column.position)
    });
    for column in missing {
        let heading = column.heading.as_deref().map_or("—".into(), comment);
        writeln!(
            out,
            "      # CHECK: column {} ({heading}) is left out: its heading is blank, repeated or may be data. 该列列名为空、重复或疑似数据，未列入。",
            column.position
        )?;
    }
    Ok(())
}

/// The column that says which of two rows is newer.
fn time_column(out: &mut String, columns: &[DraftColumn]) -> std::fmt::Result {
    let rank = |column: &DraftColumn| {
        let heading = column.profile.heading.as_deref().unwrap_or_default();
        let hit = |words: &[&str]| {
            words
                .iter()
                .any(|word| heading.to_lowercase().contains(word))
        };
        match column.standard {
            Standard::Timestamp | Standard::Date if column.base == "updated_at" => 4,
            Standard::Timestamp if hit(&["更新", "修改", "update", "modif"]) => 4,
            Standard::Timestamp => 3,
            Standard::Date if hit(&["更新", "登记", "申报", "申请", "办理", "填报"]) => {
                2
            }
            _ => 0,
        }
    };
    let best = columns
        .iter()
        .rev()
        .max_by_key(|column| rank(column))
        .filter(|column| rank(column) > 0);
    match best {
        Some(column) => {
            writeln!(
                out,
                "  # CHECK: which of two rows about one person is newer. 以此列判断记录新旧。"
            )?;
            writeln!(
                out,
                "  - {{ property: timeColumn, value: {} }}",
                scalar(&column.name)
            )
        }
        None => writeln!(
            out,
            "  # CHECK: no column says when a row was changed; add timeColumn if one does. 未见更新时间列。"
        ),
    }
}

fn authority(out: &mut String, mentions: &[DraftMention]) -> std::fmt::Result {
    let fed = [
        (
            "name",
            mentions.iter().any(|mention| mention.name.is_some()),
        ),
        (
            "sex",
            mentions
                .iter()
                .any(|mention| mention.sex.is_some() || mention.fixed_sex.is_some()),
        ),
        (
            "birth_date",
            mentions.iter().any(|mention| mention.birth_date.is_some()),
        ),
    ];
    if !fed.iter().any(|(_, fed)| *fed) {
        return Ok(());
    }
    writeln!(out, "  - property: authority")?;
    writeln!(
        out,
        "    # CHECK: 1 wins over 2; in the last place this feed only fills gaps. 数字小者优先，{LAST_PLACE} 仅作补缺。"
    )?;
    writeln!(out, "    value:")?;
    for (attribute, _) in fed.iter().filter(|(_, fed)| *fed) {
        writeln!(out, "      {attribute}: {LAST_PLACE}")?;
    }
    Ok(())
}
