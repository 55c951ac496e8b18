//! The least that any program can do with six feeds: reads them as columns of text with arrow-csv, on both cores,
//! and writes these columns as Parquet. Nothing is cleaned, checked, hashed or fused.
#![allow(clippy::print_stderr)]

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rongtong_benches::Result;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(out), files) = (arguments.next(), arguments) else {
        eprintln!("floor OUT_DIR FILE.csv …");
        return ExitCode::from(2);
    };
    match all(&out, files.collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The largest first: so the threads end together.
fn all(out: &Path, mut files: Vec<PathBuf>) -> Result<()> {
    std::fs::create_dir_all(out)?;
    files.sort_by_cached_key(|file| {
        std::cmp::Reverse(std::fs::metadata(file).map_or(0, |file| file.len()))
    });
    let queue = Mutex::new(VecDeque::from(files));
    let threads = std::thread::available_parallelism()?.get();
    std::thread::scope(|scope| {
        let work = || -> Result<()> {
            loop {
                let next = queue
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .pop_front();
                match next {
                    Some(file) => one(out, &file)?,
                    None => return Ok(()),
                }
            }
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err("a thread of the floor came to nothing".into()))
        })
    })
}

fn one(out: &Path, file: &Path) -> Result<()> {
    let mut headings = String::new();
    BufReader::new(File::open(file)?).read_line(&mut headings)?;
    let fields: Vec<Field> = headings
        .trim_end()
        .split(',')
        .map(|heading| Field::new(heading, DataType::Utf8, true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let reader = arrow_csv::ReaderBuilder::new(Arc::clone(&schema))
        .with_header(true)
        .with_batch_size(8_192)
        .build(File::open(file)?)?;
    let name = file.with_extension("parquet");
    let name = name.file_name().ok_or("a file without a name")?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .build();
    let mut writer = ArrowWriter::try_new(File::create(out.join(name))?, schema, Some(properties))?;
    for batch in reader {
        writer.write(&batch?)?;
    }
    writer.close()?;
    Ok(())
}
