//! Archives: members, what must not be read, nesting.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::io::{Cursor, Write};

use encoding_rs::UTF_8;
use rongtong_formats::{Format, FormatError, Limits, Note, Packing, open, open_reader};
use support::{gzip, read, zip_of, zstd};

fn csv() -> Packing {
    Packing {
        format: Format::csv(b',', Some(b'"')),
        encoding: UTF_8,
    }
}

fn error(bytes: Vec<u8>) -> FormatError {
    read(bytes, &csv(), &Limits::default()).err().unwrap()
}

#[test]
fn members_in_order_of_their_names() {
    let bytes = zip_of(
        &[
            ("b.csv", b"a\n2\n"),
            ("__MACOSX/._b.csv", b"\x00\x05\x16\x07"),
            ("区/a.csv", b"a\n3\n"),
            ("a.csv", b"a\n1\n"),
        ],
        true,
    );
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&bytes).unwrap();
    let mut parts = open(file.path(), &csv(), &Limits::default()).unwrap();
    assert_eq!(
        parts.notes(),
        [Note::MemberSkipped {
            member: "__MACOSX/._b.csv".into()
        }]
    );
    let names: Vec<_> = parts
        .by_ref()
        .map(|part| part.unwrap().member.unwrap())
        .collect();
    assert_eq!(names, ["a.csv", "b.csv", "区/a.csv"]);
}

#[test]
fn names_in_gb18030() {
    // What Chinese Windows writes: no UTF-8 flag, bytes of the code page.
    let mut bytes = zip_of(&[("abcd.csv", b"a\n1\n")], false);
    let name = encoding_rs::GB18030.encode("户籍").0.into_owned();
    for at in memchr::memmem::find_iter(&bytes.clone(), b"abcd") {
        bytes[at..at + 4].copy_from_slice(&name);
    }
    let mut parts = open_reader(Box::new(Cursor::new(bytes)), &csv(), &Limits::default()).unwrap();
    assert_eq!(parts.next().unwrap().unwrap().member.unwrap(), "户籍.csv");
}

#[test]
fn members_that_must_not_be_read() {
    let good = zip_of(&[("aa/x.csv", b"a\n1\n")], false);
    let renamed = |name: &[u8; 8]| {
        let mut bytes = good.clone();
        for at in memchr::memmem::find_iter(&good, b"aa/x.csv") {
            bytes[at..at + 8].copy_from_slice(name);
        }
        bytes
    };
    for name in [
        b"../x.csv",
        b"/a/x.csv",
        b"C:/x.csv",
        b"..\\x.csv",
        b"a/../csv",
    ] {
        assert!(
            matches!(error(renamed(name)), FormatError::Member { .. }),
            "{name:?}"
        );
    }
    let mut encrypted = good.clone();
    let directory = memchr::memmem::find(&good, b"PK\x01\x02").unwrap();
    encrypted[6] |= 1;
    encrypted[directory + 8] |= 1;
    assert!(matches!(error(encrypted), FormatError::Member { .. }));
    assert!(matches!(
        error(zip_of(&[], false)),
        FormatError::BadContainer { .. }
    ));
    let limits = Limits {
        max_members: 1,
        ..Limits::default()
    };
    let two = zip_of(&[("a", b""), ("b", b"")], false);
    let got = read(two, &csv(), &limits);
    assert!(matches!(
        got,
        Err(FormatError::TooManyMembers { found: 2, limit: 1 })
    ));
}

#[test]
fn damaged_members() {
    let good = zip_of(&[("a.csv", b"a\n12345\n")], false);
    let mut flipped = good.clone();
    let at = memchr::memmem::find(&good, b"12345").unwrap();
    flipped[at] = b'9';
    assert!(matches!(error(flipped), FormatError::BadContainer { .. }));
    // The directory says more bytes than there are.
    let mut larger = good.clone();
    let directory = memchr::memmem::find(&good, b"PK\x01\x02").unwrap();
    larger[directory + 24] += 1;
    assert!(matches!(error(larger), FormatError::CutShort { .. }));
    let mut smaller = good;
    smaller[directory + 24] -= 1;
    assert!(matches!(error(smaller), FormatError::BadContainer { .. }));
}

#[test]
fn containers_in_containers_and_foreign_ones() {
    let text = b"a\n1\n";
    for inner in [gzip(text), zstd(text), zip_of(&[("a", text)], false)] {
        for outer in [gzip(&inner), zstd(&inner), zip_of(&[("a", &inner)], false)] {
            assert!(matches!(error(outer), FormatError::Nested { .. }));
        }
    }
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    assert!(matches!(
        error(tar.clone()),
        FormatError::WrongFormat { .. }
    ));
    assert!(matches!(error(gzip(&tar)), FormatError::Nested { .. }));
    assert!(matches!(
        error(b"Rar!\x1A\x07\x01\0".to_vec()),
        FormatError::WrongFormat { .. }
    ));
}

#[test]
fn cut_short_containers_are_errors_after_the_rows_before() {
    let text: String = std::iter::once("a\n".to_owned())
        .chain((0..50_000).map(|n| format!("{n}\n")))
        .collect();
    for whole in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
        let cut = whole[..whole.len() / 2].to_vec();
        assert!(matches!(error(cut), FormatError::CutShort { .. }));
    }
}

#[test]
fn errors_say_nothing_of_the_content() {
    let secret = "330106199001011234";
    let texts = [
        format!("{{\"{secret}\":1,\"{secret}\":2}}"),
        format!("<r><record><a>{secret}&{secret};</a></record></r>"),
        format!("a\n\"{secret}"),
        format!("[{secret} {secret}]"),
    ];
    for text in texts {
        for format in support::formats() {
            let packing = Packing {
                format,
                encoding: UTF_8,
            };
            if let Err(error) = read(text.clone().into_bytes(), &packing, &Limits::default()) {
                assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
            }
        }
    }
}
