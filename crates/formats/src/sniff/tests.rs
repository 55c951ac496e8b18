use std::io::Write;

use encoding_rs::{BIG5, GB18030, UTF_8, UTF_16LE};

use super::*;

fn of(bytes: &[u8]) -> Sniff {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    sniff(file.path()).unwrap()
}

const TABLE: &str = "公民身份号码,姓名,性别,出生日期\n330106199001011234,张三,男,19900101\n330106199001011234,李四,女,19900101\n";

#[test]
fn encodings_of_chinese_text() {
    assert_eq!(
        (of(TABLE.as_bytes()).encoding, of(TABLE.as_bytes()).bom),
        (UTF_8, false)
    );
    let marked = format!("\u{FEFF}{TABLE}");
    assert_eq!(
        (of(marked.as_bytes()).encoding, of(marked.as_bytes()).bom),
        (UTF_8, true)
    );
    assert_eq!(of(&GB18030.encode(TABLE).0).encoding, GB18030);
    let traditional = TABLE
        .replace("公民身份号码", "國民身分證統一編號")
        .replace("姓名", "戶長姓名與聯絡電話");
    let (bytes, _, bad) = BIG5.encode(&traditional);
    // 张 is not in Big5.
    assert!(bad);
    let (bytes, _) = (bytes.replace_unmappable(), ());
    assert_eq!(of(&bytes).encoding, BIG5);
    let utf16: Vec<u8> = TABLE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(of(&utf16).encoding, UTF_16LE);
    assert_eq!(of(b"a,b\n1,2\n").encoding, UTF_8);
}

/// encoding_rs writes `&#24352;` for what an encoding lacks; `?` is what programs write.
trait Unmappable {
    fn replace_unmappable(&self) -> Vec<u8>;
}

impl Unmappable for [u8] {
    fn replace_unmappable(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut rest = self;
        while let Some(at) = memchr::memmem::find(rest, b"&#") {
            out.extend_from_slice(&rest[..at]);
            out.push(b'?');
            let end = memchr::memchr(b';', &rest[at..]).unwrap();
            rest = &rest[at + end + 1..];
        }
        out.extend_from_slice(rest);
        out
    }
}

#[test]
fn delimiters_quotes_newlines_and_headings() {
    for delimiter in [',', '\t', '|', ';', '\u{1}'] {
        let got = of(TABLE.replace(',', &delimiter.to_string()).as_bytes());
        let expected = Format::csv(delimiter as u8, Some(b'"'));
        assert_eq!(got.format, expected, "{delimiter:?}");
        assert_eq!(got.header_row, Some(1));
    }
    assert_eq!(of(TABLE.as_bytes()).newline, Some(Newline::Lf));
    let crlf = TABLE.replace('\n', "\r\n");
    assert_eq!(of(crlf.as_bytes()).newline, Some(Newline::CrLf));
    let titled = format!("某区户籍人口登记表,,,\n\n{TABLE}");
    assert_eq!(of(titled.as_bytes()).header_row, Some(3));
    let bare = TABLE.split_once('\n').unwrap().1;
    assert_eq!(of(bare.as_bytes()).header_row, None);
    let odd = "a|b\n\"x|1\ny\" z|2\n\"p\"q|3\n";
    assert_eq!(of(odd.as_bytes()).format, Format::csv(b'|', None));
}

#[test]
fn other_layouts() {
    let xml = |record: &str| Format::Xml {
        record: record.into(),
    };
    for (text, format) in [
        ("{\"a\":1}\n{\"a\":2}\n", Format::Ndjson),
        ("{\"a\":1}", Format::Ndjson),
        ("[{\"a\":1}]", Format::JsonArray),
        ("{\"code\":0,\"data\":[{\"a\":1}]}", Format::JsonArray),
        ("{\n  \"data\": [\n {\"a\":1}]}", Format::JsonArray),
        (
            "{\"type\":\"FeatureCollection\",\"features\":[]}",
            Format::Geojson,
        ),
        (
            "{\"type\":\"Feature\",\"properties\":{},\"geometry\":null}\n",
            Format::Geojson,
        ),
        (
            "<?xml version=\"1.0\"?><records><record><a>1</a></record></records>",
            xml("record"),
        ),
        (
            "<s:envelope><head><t>1</t></head><body><row><a>1</a></row><row><a>2</a></row></body>",
            xml("row"),
        ),
    ] {
        assert_eq!(of(text.as_bytes()).format, format, "{text}");
    }
}

#[test]
fn compressed() {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(TABLE.as_bytes()).unwrap();
    let got = of(&gz.finish().unwrap());
    assert_eq!(got.compression, Some(Compression::Gzip));
    assert_eq!(got.format, Format::csv(b',', Some(b'"')));
}
