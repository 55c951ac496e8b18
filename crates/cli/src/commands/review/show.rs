//! `rongtong review show`.

use std::io::Write as _;

use clap::Args;
use rongtong_engine::{Evidence, KnownBy, Side as Resident, WhyLink};
use rongtong_identity::ResidentKey;
use serde::Serialize;

use super::{Pair, Place, decision};
use crate::commands::program;
use crate::failure::Failure;
use crate::out::Out;
use crate::style::Style;
use crate::table::{Side, Table};
use crate::waterfall;

/// Show both residents side by side, and the evidence · 并列显示两位居民及证据
///
/// Shows personal data, never an identity number: it is meant for those who may see it.
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    pair: Pair,
    #[command(flatten)]
    place: Place,
    /// Print one JSON object · 以 JSON 输出
    #[arg(long)]
    json: bool,
}

/// What is known of a pair. Personal data: no `Debug`.
#[derive(Serialize)]
struct Shown {
    release: String,
    /// Place among the pairs that wait; null if it doesn't wait.
    number: Option<usize>,
    /// The residents: two, or one if the keys are tied to one.
    residents: Vec<Resident>,
    /// Why they may be, or are, one person; null if the pair was never doubtful.
    evidence: Option<Evidence>,
    /// The link, if the keys are tied already.
    link: Option<WhyLink>,
    /// What was decided of the pair: `true`, one person.
    decided_same: Option<bool>,
}

pub async fn execute(options: Options) -> Result<u8, Failure> {
    let pipeline = options.place.pipeline().await?;
    let (desk, decisions) = options.place.open(pipeline.as_ref()).await?;
    let waiting = desk.waiting().await?;
    let (one, other, pair) = options.pair.of(&waiting)?;
    let mut keys: Vec<ResidentKey> = match pair {
        Some(pair) => [&pair.resident_key, &pair.other_key]
            .into_iter()
            .filter_map(|key| ResidentKey::parse(key))
            .collect(),
        None => vec![one, other],
    };
    let mut link = None;
    if pair.is_none()
        && let Some((resident, found)) = desk.link(one, other).await?
    {
        (keys, link) = (vec![resident], Some(found));
    }
    let mut residents = Vec::new();
    for key in keys {
        let resident = desk.side(key).await?;
        residents.push(resident.ok_or_else(|| unknown(key))?);
    }
    let shown = Shown {
        release: desk.release(),
        number: pair.map(|pair| pair.number),
        residents,
        evidence: pair
            .map(|pair| pair.evidence.clone())
            .or_else(|| link.as_ref().map(|link| link.evidence.clone())),
        link,
        decided_same: decisions.of(one, other),
    };
    let mut out = Out::stdout();
    match options.json {
        true => out.json(&shown)?,
        false => out.write_all(render(&shown, Style::of(&std::io::stdout())).as_bytes())?,
    }
    out.flush()?;
    Ok(0)
}

fn unknown(key: ResidentKey) -> Failure {
    Failure::wrong(format!("no resident has the key {key} in the newest release"))
        .help("`rongtong review list` has the pairs that wait; `rongtong why` follows a key to its successor")
}

fn render(shown: &Shown, style: Style) -> String {
    let heading = match (shown.number, &shown.link) {
        (Some(number), _) => format!(
            "Pair {number} of release {} · 第 {number} 对",
            shown.release
        ),
        (None, Some(link)) => {
            format!("{} is tied to {} · 已关联", link.own_key, link.other_key)
        }
        (None, None) => "This pair doesn't wait for a reviewer · 该对不在待复核之列".to_owned(),
    };
    let mut text = format!("{}\n", style.bold(&heading));
    if let Some(same) = shown.decided_same {
        text.push_str(&format!("decided 已决定: {}\n", decision(same)));
    }
    text.push_str(&format!("\n{}", beside(&shown.residents).render(0, style)));
    match &shown.evidence {
        Some(evidence) => {
            text.push_str(&format!("\n{}\n", style.bold("Evidence 证据")));
            text.push_str(&waterfall::render(evidence, 0, style));
        }
        None => text.push_str(
            "\nNo evidence was kept: the model never took them for one person · 无证据\n",
        ),
    }
    let program = program();
    if let (Some(link), None) = (&shown.link, shown.decided_same) {
        let resident = shown.residents.first().map(|r| r.resident_key.as_str());
        // A record can be taken from a resident of another key only.
        let resident = resident
            .filter(|key| *key != link.own_key)
            .unwrap_or(&link.other_key);
        text.push_str(&format!(
            "\ntwo people 不同人: {program} review reject {} {resident}\n",
            link.own_key
        ));
    }
    if let (Some(number), None) = (shown.number, shown.decided_same) {
        text.push_str(&format!(
            "\none person 同一人: {program} review accept {number}    two people 不同人: {program} review reject {number}\n"
        ));
    }
    text
}

/// One column a resident.
fn beside(residents: &[Resident]) -> Table {
    let keys = residents
        .iter()
        .map(|resident| resident.resident_key.clone());
    let headings = std::iter::once(String::new()).chain(keys);
    let mut table = Table::new(headings.map(|heading| (heading, Side::Left)));
    let mut line = |title: &str, of: &dyn Fn(&Resident) -> Option<String>| {
        let cells: Vec<String> = residents
            .iter()
            .map(|r| of(r).unwrap_or_default())
            .collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            table.row(std::iter::once(title.to_owned()).chain(cells));
        }
    };
    line("name 姓名", &|r| r.name.clone());
    line("sex 性别", &|r| r.sex.as_deref().map(sex));
    line("birth date 出生日期", &|r| r.birth_date.clone());
    line("phone 电话", &|r| r.phone.clone());
    line("address 现住址", &|r| r.address.clone());
    line("hukou 户籍地址", &|r| r.hukou_address.clone());
    line("key rests on 标识依据", &|r| r.key_basis.clone());
    let most = residents
        .iter()
        .map(|r| r.known_by.len())
        .max()
        .unwrap_or(0);
    for at in 0..most {
        let title = if at == 0 { "known by 来源" } else { "" };
        line(title, &|r| r.known_by.get(at).map(known));
    }
    table
}

/// Codes of GB/T 2261.1.
fn sex(code: &str) -> String {
    match code {
        "1" => "1 男 male".to_owned(),
        "2" => "2 女 female".to_owned(),
        code => code.to_owned(),
    }
}

/// `health.health_record (number masked 号码脱敏, 2 rows)`.
fn known(known: &KnownBy) -> String {
    let status = match known.id_status.as_str() {
        "valid" => "valid 有效",
        "repaired" => "repaired 已修复",
        "missing" => "missing 缺失",
        "malformed" => "malformed 错误",
        "masked" => "masked 脱敏",
        "contested" => "contested 有争议",
        other => other,
    };
    let role = match known.role.is_empty() {
        true => String::new(),
        false => format!(" {}", known.role),
    };
    let rows = match known.rows {
        1 => String::new(),
        rows => format!(", {rows} rows"),
    };
    format!("{}{role}: number 号码 {status}{rows}", known.feed)
}
