//! Writes a city: `cargo run -p rongtong-synth --example city -- DIR [RESIDENTS] [SEED] [native|csv] [clean|usual|hard] [1|2]`;
//! the last word 2 writes the second day's deliveries.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use rongtong_synth::{CityOptions, CityReport, Dirt, Packing, write_city, write_second_day};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(report) => {
            print(&report);
            ExitCode::SUCCESS
        }
        Err(error) => {
            say_wrong(error.as_ref());
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> Result<CityReport, Box<dyn Error>> {
    let word = |at: usize| arguments.get(at).map(String::as_str);
    let dir = word(0).ok_or("name a folder to write to")?;
    let options = CityOptions {
        residents: word(1).unwrap_or("20000").parse()?,
        seed: word(2).unwrap_or("1").parse()?,
        packing: match word(3) {
            None | Some("native") => Packing::Native,
            Some("csv") => Packing::Csv,
            Some(_) => return Err("the packing is native or csv".into()),
        },
        dirt: match word(4) {
            None | Some("usual") => Dirt::Usual,
            Some("clean") => Dirt::Clean,
            Some("hard") => Dirt::Hard,
            Some(_) => return Err("the dirt is clean, usual or hard".into()),
        },
        ..CityOptions::default()
    };
    Ok(match word(5) {
        Some("2") => write_second_day(&options, Path::new(dir))?,
        _ => write_city(&options, Path::new(dir))?,
    })
}

#[allow(clippy::print_stdout)]
fn print(report: &CityReport) {
    println!("{} residents, {} cells", report.residents, report.cells);
    for feed in &report.feeds {
        println!(
            "{:>9} rows, {:>4} unusable  {}",
            feed.rows,
            feed.unusable,
            feed.path.display()
        );
    }
    for (fault, count) in &report.faults {
        println!("{count:>9} {fault}");
    }
}

#[allow(clippy::print_stderr)]
fn say_wrong(error: &dyn Error) {
    eprintln!("{error}");
}
