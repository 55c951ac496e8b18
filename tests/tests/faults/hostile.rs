//! 9 · Hostile deliveries: bombs, endless lines, tricks in names, and good deliveries damaged at random.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::{Bench, pack_gzip};

use crate::city::{marked, with_lake};
use crate::content::{content, newest_is_released};
use crate::runner::{Fault, lacks_nothing};
use crate::tries::{Chance, Tries, files_below, keep, watched};

pub const FAULT: Fault = Fault {
    name: "hostile",
    title: "9 hostile deliveries 恶意批次",
    short: 12,
    long: 200,
    lacks: lacks_nothing,
    run,
};

/// More memory than this at any moment does not hold.
const MOST_MEMORY_KB: u64 = 1 << 20;

const REGISTER: &str = "public_security/household_register.csv";
const PERMIT: &str = "public_security/residence_permit.csv";
const ASSISTANCE: &str = "civil_affairs/social_assistance.xlsx";
const HEALTH: &str = "health/health_record.ndjson";
const TENANCY: &str = "housing/tenancy_filing.xml";

type Maker = fn(&Path, bool);

/// The delivery that is replaced, and by what; the long form makes the large ones larger.
const CORPUS: [(&str, &str, Maker); 12] = [
    ("a zip bomb", TENANCY, zip_bomb),
    ("a gzip bomb", HEALTH, gzip_bomb),
    ("an xlsx bomb", ASSISTANCE, xlsx_bomb),
    ("a billion laughs", TENANCY, laughs),
    ("one endless line", REGISTER, endless_line),
    ("100,000 columns", PERMIT, columns),
    ("NUL bytes", PERMIT, nul_bytes),
    ("paths in the names of a zip", PERMIT, paths),
    ("formulas", PERMIT, formulas),
    ("two encodings in one file", REGISTER, encodings),
    ("a deep JSON", HEALTH, deep_json),
    ("nothing but noise", ASSISTANCE, noise),
];

/// Deliveries that are damaged at random, one of each packing.
const DAMAGED: [&str; 5] = [REGISTER, PERMIT, ASSISTANCE, HEALTH, TENANCY];

fn run(tries: &mut Tries) {
    let bench = marked(Bench::city(250, 69, Packing::Native, Dirt::Usual));
    let long = tries.long;
    let mut most = 0;
    for number in 0..tries.wanted as usize {
        let (what, name, maker) = match CORPUS.get(number) {
            Some((what, name, maker)) => (*what, *name, Some(*maker)),
            None => ("damaged at random", DAMAGED[number % DAMAGED.len()], None),
        };
        tries.once(&format!("{number} {name}: {what}"), |chance| {
            let bench = with_lake(&bench.with_feeds("hostile-feeds"), &bench.path("hostile"));
            let delivery = bench.delivery(name);
            match maker {
                Some(maker) => maker(&delivery, long),
                None => damage(&delivery, chance),
            }
            let before = files_below(bench.lake.parent().unwrap()).len();
            let (told, peak) = watched(&bench);
            keep(&bench, &told);
            most = most.max(peak);
            assert!(peak < MOST_MEMORY_KB, "{peak} KiB");
            match told.code {
                // Rows are rejected, or it was harmless.
                0 => {}
                // Refused; all others are released.
                3 => {
                    assert!(told.stderr.contains(feed(name).as_str()), "{}", told.stderr);
                    assert!(content(&bench.lake)["residents"].0 > 0);
                }
                // The pipeline's own limits stop it.
                1 => assert!(
                    told.stderr.contains("max_rejected_percent")
                        || told.stderr.contains("min_link_precision"),
                    "{}",
                    told.stderr
                ),
                code => panic!("exit code {code}: {}", told.stderr),
            }
            if told.code != 1 {
                newest_is_released(&bench.lake);
            }
            let beside = files_below(bench.lake.parent().unwrap());
            let beside = beside.iter().filter(|path| !path.starts_with(&bench.lake));
            assert!(
                beside.count() <= before + 1,
                "a file was written beside the lake"
            );
        });
        let _ = fs::remove_dir_all(bench.path("hostile"));
        let _ = fs::remove_dir_all(bench.path("hostile-feeds"));
    }
    tries.note = format!("at most {} MiB", most >> 10);
    let _ = crate::city::ran(&bench, &mut bench.work("run"), 0);
    tries.canary(&bench, &bench.lake);
}

fn feed(name: &str) -> String {
    let (path, _) = name.split_once('.').unwrap();
    path.replace('/', ".")
}

fn damage(delivery: &Path, chance: &mut Chance) {
    let mut bytes = fs::read(delivery).unwrap();
    for _ in 0..=chance.below(20) {
        let at = usize::try_from(chance.below(bytes.len() as u64)).unwrap();
        match chance.below(4) {
            0 => bytes[at] ^= 1 << chance.below(8),
            1 => bytes[at] = 0,
            2 => bytes.truncate(at.max(64)),
            _ => {
                let from = at.saturating_sub(100);
                let part = bytes[from..at].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    fs::write(delivery, bytes).unwrap();
}

fn large(long: bool) -> usize {
    if long { 2 << 30 } else { 160 << 20 }
}

/// Zeros, or blanks, in a zip of their own.
fn zipped(delivery: &Path, member: &str, start: &str, fill: u8, length: usize) {
    let mut zip = zip::ZipWriter::new(fs::File::create(delivery).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file(member, options.large_file(true)).unwrap();
    zip.write_all(start.as_bytes()).unwrap();
    let block = vec![fill; 1 << 20];
    for _ in 0..length >> 20 {
        zip.write_all(&block).unwrap();
    }
    zip.finish().unwrap();
}

fn zip_bomb(delivery: &Path, long: bool) {
    zipped(delivery, "tenancy.xml", "<备案><记录>", b' ', large(long));
}

fn xlsx_bomb(delivery: &Path, long: bool) {
    let start = "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>";
    zipped(
        delivery,
        "xl/worksheets/sheet1.xml",
        start,
        b'a',
        large(long),
    );
}

fn gzip_bomb(delivery: &Path, long: bool) {
    fs::write(delivery, vec![b'{'; large(long)]).unwrap();
    let packed = delivery.with_extension("packed");
    pack_gzip(delivery, &packed);
    fs::rename(packed, delivery).unwrap();
}

fn laughs(delivery: &Path, _: bool) {
    let mut text = String::from("<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a0 \"哈\">");
    for level in 1..20 {
        let before = format!("&a{};", level - 1).repeat(10);
        text.push_str(&format!("<!ENTITY a{level} \"{before}\">"));
    }
    text.push_str("]><x><y>&a19;</y></x>");
    fs::write(delivery, text).unwrap();
}

fn endless_line(delivery: &Path, long: bool) {
    // Sparse: two gigabytes of zeros without a line's end.
    let file = fs::File::options().write(true).open(delivery).unwrap();
    file.set_len(large(long) as u64).unwrap();
}

fn columns(delivery: &Path, _: bool) {
    let heading: Vec<String> = (0..100_000).map(|n| format!("列{n}")).collect();
    let row = vec!["1"; 100_000].join(",");
    fs::write(delivery, format!("{}\n{row}\n", heading.join(","))).unwrap();
}

fn nul_bytes(delivery: &Path, _: bool) {
    let text = fs::read_to_string(delivery).unwrap();
    fs::write(delivery, text.replace("区", "\0")).unwrap();
}

fn paths(delivery: &Path, _: bool) {
    let text = fs::read(delivery).unwrap();
    let mut zip = zip::ZipWriter::new(fs::File::create(delivery).unwrap());
    for name in [
        "../../evil.csv",
        "/tmp/evil.csv",
        "a/../../../evil.csv",
        "C:\\evil.csv",
    ] {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(name, options).unwrap();
        zip.write_all(&text).unwrap();
    }
    zip.finish().unwrap();
}

fn formulas(delivery: &Path, _: bool) {
    let text = fs::read_to_string(delivery).unwrap();
    let mut lines = text.lines();
    let heading = lines.next().unwrap();
    let width = heading.split(',').count();
    let evil = vec!["=cmd|'/c calc'!A1"; width].join(",");
    let mut kept: Vec<&str> = lines.collect();
    kept.push(&evil);
    fs::write(delivery, format!("{heading}\n{}\n", kept.join("\n"))).unwrap();
}

fn encodings(delivery: &Path, _: bool) {
    let mut bytes = fs::read(delivery).unwrap();
    bytes.extend("浙江省,测试,人员\n".as_bytes());
    bytes.extend([0xFF, 0xFE, b'a', 0, b'\n', 0]);
    fs::write(delivery, bytes).unwrap();
}

fn deep_json(delivery: &Path, _: bool) {
    let deep = format!(
        "{{\"档案编号\":{}1{}}}\n",
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    fs::write(delivery, deep).unwrap();
}

fn noise(delivery: &Path, _: bool) {
    let mut chance = 0x2545_F491_4F6C_DD1D_u64;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        chance.to_le_bytes()[3]
    })
    .take(1 << 20)
    .collect();
    fs::write(delivery, bytes).unwrap();
}
