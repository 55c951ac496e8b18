//! A million damaged deliveries: no panic, no hang, bounded memory, every row counted.
//!
//! Small valid samples of each packing are changed in one to four places (bytes flipped, taken
//! out, put in, repeated, exchanged for what the grammar cares about; the end cut off) and read
//! to the end. Workbooks are mutated inside, with good checksums, so that the damage gets past
//! the container, and outside.
//!
//! A million inputs over all packings, the same each time, half a minute on two cores.
//! `RONGTONG_MUTATIONS` sets another number:
//!
//! ```text
//! RONGTONG_MUTATIONS=100000000 cargo test -p rongtong-formats --test mutations
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16LE};
use rongtong_formats::{Format, Limits, Packing};
use support::{
    Random, Table, formats, gzip, read, sheet_workbook, sheet_xml, workbook, write, zip_of, zstd,
};

/// Mutated inputs over all packings.
const DEFAULT: usize = 1_000_000;
/// No input of a few hundred bytes may keep a reader this long.
const PATIENCE: Duration = Duration::from_secs(60);
/// KiB. Inputs are under a KiB; a reader's block is one MiB, a zstd window up to 128.
const MEMORY: u64 = 512 << 10;

/// What is mutated and how it is then read.
struct Subject {
    name: String,
    packing: Packing,
    sample: Vec<u8>,
    /// What is put around the mutated bytes.
    wrap: fn(&[u8]) -> Vec<u8>,
    /// In how many of all inputs it comes.
    share: usize,
}

#[test]
fn damaged_deliveries_end_well() {
    let total = std::env::var("RONGTONG_MUTATIONS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(DEFAULT);
    let subjects = Arc::new(subjects());
    let shares: usize = subjects.iter().map(|s| s.share).sum();
    let workers = 2;
    let (sender, receiver) = channel();
    let threads: Vec<_> = (0..workers)
        .map(|worker| {
            let (subjects, sender) = (subjects.clone(), sender.clone());
            std::thread::spawn(move || {
                for (n, subject) in subjects.iter().enumerate() {
                    let count = (total * subject.share).div_ceil(shares * workers);
                    let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ (n * workers + worker) as u64);
                    for done in 0..count {
                        attack(subject, &mut random);
                        if done % 256 == 0 {
                            sender.send((worker, n)).unwrap();
                        }
                    }
                    sender.send((worker, n)).unwrap();
                }
            })
        })
        .collect();
    drop(sender);
    let mut last = (0, 0);
    loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(at) => last = at,
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                panic!("a reader hangs, near {}", subjects[last.1].name);
            }
        }
    }
    for thread in threads {
        thread.join().expect("no reader panics");
    }
    if let Some(peak) = peak_memory() {
        assert!(peak < MEMORY, "{peak} KiB at most");
    }
}

/// The most memory this process ever had, in KiB, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Reads one mutation of the subject's sample. `read` holds the count of rows to account.
fn attack(subject: &Subject, random: &mut Random) {
    let mut bytes = subject.sample.clone();
    for _ in 0..=random.below(4) {
        mutate(&mut bytes, random);
    }
    let size = bytes.len();
    let limits = Limits {
        // Small, so that batches, blocks and limits are met in a few hundred bytes.
        batch_rows: 1 + random.below(4),
        max_row_bytes: if random.below(8) == 0 { 64 } else { 1 << 16 },
        max_columns: if random.below(8) == 0 { 4 } else { 64 },
        max_depth: 8,
        ..Limits::default()
    };
    let packed = (subject.wrap)(&bytes);
    if let Ok(got) = read(packed, &subject.packing, &limits) {
        // Nothing is made out of nothing.
        let rows = got.table.rows.len() + got.broken.len();
        assert!(
            rows <= size,
            "{}: {rows} rows of {size} bytes",
            subject.name
        );
        let cells = got
            .table
            .rows
            .iter()
            .flatten()
            .map(String::len)
            .sum::<usize>();
        // One byte of a legacy encoding is up to 3 of UTF-8; a merged cell repeats.
        assert!(cells <= 4 * size * (1 + rows), "{}", subject.name);
    }
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    const GRAMMAR: &[&[u8]] = &[
        b"\"",
        b",",
        b"\n",
        b"\r",
        b"\r\n",
        b"\0",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b"\\",
        b"\\u",
        b"\\ud800",
        b"<",
        b">",
        b"</",
        b"/>",
        b"&",
        b"&#0;",
        b"&a;",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"<?",
        b"<!DOCTYPE",
        b"<record>",
        b"</record>",
        b"\xEF\xBB\xBF",
        b"\xFF",
        b"\x80",
        b"\xED\xA0\x80",
        b"1e999",
        b"-",
        b"null",
        b"999999999999999999999",
        b"|",
        b"\"\"",
        b"<row r=\"9\">",
        b"</c>",
        b"<v>",
        b"r=\"ZZZ1\"",
        b"t=\"s\"",
        b"s=\"99\"",
        b"A1:XFD1048576",
    ];
    let at = random.below(bytes.len() + 1);
    let to = (at + 1 + random.below(16)).min(bytes.len());
    match random.below(8) {
        0 => bytes.truncate(at),
        1 | 2 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        3 => bytes.insert(at, random.next() as u8),
        4 => drop(bytes.drain(at..to)),
        5 => {
            let piece = bytes[at..to].to_vec();
            let times = 1 + random.below(8);
            bytes.splice(at..at, piece.repeat(times));
        }
        6 => {
            let piece = GRAMMAR[random.below(GRAMMAR.len())];
            let to = if random.below(2) == 0 { at } else { to };
            bytes.splice(at..to, piece.iter().copied());
        }
        _ => {
            let from = random.below(bytes.len() + 1);
            let end = (from + random.below(32)).min(bytes.len());
            let piece = bytes[from..end].to_vec();
            bytes.splice(at..at, piece);
        }
    }
}

fn subjects() -> Vec<Subject> {
    let table = sample();
    let plain: fn(&[u8]) -> Vec<u8> = <[u8]>::to_vec;
    let mut all = Vec::new();
    let texts = formats()
        .into_iter()
        .filter(|f| !matches!(f, Format::Xlsx { .. }));
    for format in texts {
        let encodings: [(&'static Encoding, usize); 3] = [(UTF_8, 6), (GB18030, 3), (UTF_16LE, 1)];
        for (encoding, share) in encodings {
            let sample = write(&table, &format, encoding);
            let packing = Packing {
                format: format.clone(),
                encoding,
            };
            let name = format!("{} {}", format.name(), encoding.name());
            let subject = |name: String, sample: Vec<u8>, wrap, share| Subject {
                name,
                packing: packing.clone(),
                sample,
                wrap,
                share,
            };
            if encoding == UTF_8 {
                // The containers' own bytes.
                all.push(subject(format!("{name} gzip"), gzip(&sample), plain, 1));
                all.push(subject(format!("{name} zstd"), zstd(&sample), plain, 1));
                let zip = zip_of(&[("a", &sample), ("b", &sample)], true);
                all.push(subject(format!("{name} zip"), zip, plain, 1));
            }
            all.push(subject(name, sample, plain, share));
        }
    }
    let workbooks = |name: &str, sample: Vec<u8>, wrap, share| Subject {
        name: name.into(),
        packing: Packing {
            format: Format::xlsx(),
            encoding: UTF_8,
        },
        sample,
        wrap,
        share,
    };
    all.push(workbooks("xlsx", workbook(&table), plain, 2));
    let inline = sheet_xml(&table).into_bytes();
    all.push(workbooks("xlsx sheet", inline, in_workbook, 4));
    all.push(workbooks("xlsx typed", TYPED.into(), in_workbook, 4));
    all
}

fn in_workbook(sheet: &[u8]) -> Vec<u8> {
    sheet_workbook(&String::from_utf8_lossy(sheet), "", false)
}

const TYPED: &str = "<worksheet><dimension ref=\"A1:D4\"/><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>a</t></is></c><c r=\"B1\" t=\"str\"><v>b</v></c><c r=\"C1\" t=\"str\"><v>c</v></c></row><row r=\"2\"><c r=\"A2\" s=\"1\"><v>45356.5</v></c><c r=\"B2\" t=\"b\"><v>1</v></c><c r=\"C2\" t=\"e\"><v>#N/A</v></c></row><row r=\"3\"><c r=\"B3\"><v>3.3E+17</v></c></row></sheetData><mergeCells count=\"1\"><mergeCell ref=\"A2:A3\"/></mergeCells></worksheet>";

fn sample() -> Table {
    let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
    Table {
        headings: row(["编号", "姓名", "note", "t"]),
        rows: vec![
            row(["330106199001011234", "张三", "a,b \"c\"", "2024-03-05"]),
            row(["33010619900101123X", "李\u{3000}四", "", "无"]),
            row(["1", "买买提·吐尔逊", "x<y & z", "2024/3/5"]),
        ],
    }
}
