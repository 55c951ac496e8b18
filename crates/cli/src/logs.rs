//! Logs on stderr.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::args::LogFormat;
use crate::watch::Screen;

/// What is logged unless `RUST_LOG` says otherwise.
const DEFAULT: &str = "warn";

/// Starts logging in the format asked for.
pub fn init(format: LogFormat, screen: &Screen) {
    let asked = std::env::var("RUST_LOG").unwrap_or_default();
    let filter = match EnvFilter::builder().parse(if asked.is_empty() { DEFAULT } else { &asked }) {
        Ok(filter) => filter,
        Err(error) => {
            screen.warn(&format!(
                "RUST_LOG is not understood ({error}); logging at level {DEFAULT}"
            ));
            EnvFilter::new(DEFAULT)
        }
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Beside(screen.clone()));
    // Only a second call could fail, and there is none.
    let _ = match format {
        LogFormat::Text => lines.with_ansi(screen.style().is_coloured()).try_init(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
    };
}

/// Writes log lines above the progress bars.
struct Beside(Screen);

impl<'a> MakeWriter<'a> for Beside {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line {
            screen: self.0.clone(),
            bytes: Vec::new(),
        }
    }
}

struct Line {
    screen: Screen,
    bytes: Vec<u8>,
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.screen.say(&String::from_utf8_lossy(&self.bytes));
    }
}
