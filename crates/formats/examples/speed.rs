//! How fast text becomes batches: `cargo run --release -p rongtong-formats --example speed`.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::Cursor;
use std::time::Instant;

use encoding_rs::{Encoding, GB18030, UTF_8};
use rongtong_formats::{Format, Limits, Packing, open_reader};

fn main() -> Result<(), Box<dyn Error>> {
    let csv = rows(
        1_000_000,
        "公民身份号码,姓名,性别,民族,出生日期,户号,与户主关系,户籍地区划,户籍地址,更新时间\n",
        |n| {
            format!(
                "33010619900101{n:04},张三丰,男,01,19900101,3301{n:08},01,330106,浙江省杭州市西湖区文三路{n}号3幢2单元501室,2026-05-30 18:41:12\n",
            )
        },
    );
    let ascii = rows(1_000_000, "a,b,c,d,e\n", |n| {
        format!("{n:018},\"quoted {n}\",1990-01-01,,2026-05-30 18:41:12\n")
    });
    let ndjson = rows(500_000, "", |n| {
        format!(
            "{{\"ehrId\":\"E{n}\",\"idNo\":\"33010619900101{n:04}\",\"name\":\"张三丰\",\"sex\":1,\"birthDate\":\"1990-01-01\",\"phone\":\"13800000000\",\"address\":\"浙江省杭州市西湖区文三路{n}号\",\"chronic\":null}}\n",
        )
    });
    let xml = format!(
        "<records>{}</records>",
        rows(300_000, "", |n| {
            format!(
                "<record><备案号>{n}</备案号><承租人>张三丰</承租人><证件号>33010619900101{n:04}</证件号><坐落>西湖区文三路{n}号</坐落></record>\n",
            )
        })
    );
    let comma = Format::csv(b',', Some(b'"'));
    let record = Format::Xml {
        record: "record".into(),
    };
    run("csv, ASCII, quotes", &ascii, comma.clone(), UTF_8)?;
    run("csv, UTF-8", &csv, comma.clone(), UTF_8)?;
    run(
        "csv, UTF-8, no quotes",
        &csv,
        Format::csv(b',', None),
        UTF_8,
    )?;
    run("csv, GB18030", &csv, comma, GB18030)?;
    run("ndjson, UTF-8", &ndjson, Format::Ndjson, UTF_8)?;
    run("xml, UTF-8", &xml, record, UTF_8)?;
    Ok(())
}

fn rows(count: usize, head: &str, row: impl Fn(usize) -> String) -> String {
    (0..count).fold(head.to_owned(), |mut text, n| {
        text.push_str(&row(n));
        text
    })
}

/// Reads the text once to warm up and three times for the best.
fn run(
    name: &str,
    text: &str,
    format: Format,
    encoding: &'static Encoding,
) -> Result<(), Box<dyn Error>> {
    let bytes = encoding.encode(text).0.into_owned();
    let packing = Packing { format, encoding };
    let mut best = f64::MAX;
    let mut count = 0;
    for _ in 0..4 {
        count = 0;
        let start = Instant::now();
        let input = Box::new(Cursor::new(bytes.clone()));
        let copied = start.elapsed();
        for part in open_reader(input, &packing, &Limits::default())? {
            let mut reader = part?.reader;
            while let Some(batch) = reader.next_batch()? {
                count += batch.received();
            }
        }
        best = best.min((start.elapsed() - copied).as_secs_f64());
    }
    let megabytes = bytes.len() as f64 / 1e6;
    println!(
        "{name}: {count} rows, {megabytes:.0} MB, {:.0} MB/s",
        megabytes / best
    );
    Ok(())
}
