//! What a person sees on stderr while a command works: bars on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use rongtong_contracts::{FeedName, Pipeline};
use rongtong_engine::{Progress, Stage};

use crate::failure::{FAILED, Failure};
use crate::memory::Limit;
use crate::style::Style;
use crate::table::count;

/// How often a bar moves by itself.
const TICK: Duration = Duration::from_millis(120);

/// Stderr as everything in the command shares it.
#[derive(Debug, Clone)]
pub struct Screen {
    quiet: bool,
    bars: Option<MultiProgress>,
    style: Style,
}

impl Screen {
    pub fn new(quiet: bool) -> Self {
        let bars = (!quiet && io::stderr().is_terminal()).then(MultiProgress::new);
        Self {
            quiet,
            bars,
            style: Style::of(&io::stderr()),
        }
    }

    pub fn style(&self) -> Style {
        self.style
    }

    /// Writes text as it is, above any bars. Nobody is left to tell when stderr is closed.
    pub fn say(&self, text: &str) {
        let write = || {
            let _ = io::stderr().lock().write_all(text.as_bytes());
        };
        match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }

    /// Something that needs somebody's attention, `--quiet` or not.
    pub fn warn(&self, what: &str) {
        self.say(&format!("{}: {what}\n", self.style.yellow("warning")));
    }

    /// Something good to know; nothing with `--quiet`.
    pub fn note(&self, what: &str) {
        if !self.quiet {
            self.say(&format!("{what}\n"));
        }
    }

    /// Takes the bars away.
    pub fn clear(&self) {
        if let Some(bars) = &self.bars {
            let _ = bars.clear();
        }
    }

    /// Shows one piece of work that says nothing of itself, until it is done.
    pub fn working(&self, word: &str, what: &str) -> Working {
        match &self.bars {
            Some(bars) => Working(Some(spinner(bars, word, what))),
            None => {
                self.line(word, what);
                Working(None)
            }
        }
    }

    /// A line that stays; nothing with `--quiet`.
    fn line(&self, word: &str, what: &str) {
        let word = self.style.green(&format!("{word:>12}"));
        self.note(&format!("{word} {what}"));
    }

    /// A watcher for one run.
    pub fn watch(&self) -> Watch {
        Watch {
            screen: self.clone(),
            bars: Mutex::default(),
            doing: Arc::new(Mutex::new("beginning")),
            limit: Mutex::default(),
        }
    }
}

/// Work under way; its bar goes when this is dropped.
#[derive(Debug)]
pub struct Working(Option<ProgressBar>);

impl Drop for Working {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Watches one run.
#[derive(Debug)]
pub struct Watch {
    screen: Screen,
    bars: Mutex<Bars>,
    /// What the stage under way does.
    doing: Arc<Mutex<&'static str>>,
    /// The run's memory, until the release is being made visible.
    limit: Mutex<Option<Limit>>,
}

#[derive(Debug, Default)]
struct Bars {
    /// The stage under way.
    stage: Option<ProgressBar>,
    /// Rows of the feeds under way.
    feeds: BTreeMap<FeedName, ProgressBar>,
}

impl Watch {
    /// Stops the run at the memory that its pipeline allows, if that allows but so much.
    ///
    /// # Errors
    /// [`Failure`] where the limit can't be kept.
    pub fn within_memory(
        self,
        pipeline: &Pipeline,
        tell: impl FnOnce(Failure) + Send + 'static,
    ) -> Result<Self, Failure> {
        let Some(megabytes) = pipeline.max_memory_mb else {
            return Ok(self);
        };
        let (path, doing) = (pipeline.path.clone(), Arc::clone(&self.doing));
        let over = move || {
            let doing = *doing.lock().unwrap_or_else(PoisonError::into_inner);
            let stopped = Failure::failed(format!(
                "the run took {megabytes} MB of memory, all that max_memory_mb allows, while {doing}: it was stopped, \
                 and the lake is as before"
            ));
            let path = path.display();
            tell(stopped.help(format!(
                "allow more in max_memory_mb of {path}, or deliver in smaller parts"
            )));
        };
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Limit::keep(megabytes, FAILED, over)?);
        Ok(self)
    }

    /// The run is over: the bars go.
    pub fn done(&self) {
        self.free();
        self.with(|bars, _| bars.clear());
    }

    /// The memory is watched no more.
    fn free(&self) {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn with(&self, change: impl FnOnce(&mut Bars, &MultiProgress)) {
        if let Some(multi) = &self.screen.bars {
            change(
                &mut self.bars.lock().unwrap_or_else(PoisonError::into_inner),
                multi,
            );
        }
    }
}

impl Progress for Watch {
    fn stage(&self, stage: Stage) {
        let (word, title) = said(stage);
        *self.doing.lock().unwrap_or_else(PoisonError::into_inner) = title;
        // From here on the lake may be another.
        if stage == Stage::Publish {
            self.free();
        }
        self.with(|bars, multi| {
            bars.clear();
            bars.stage = Some(spinner(multi, word, title));
        });
        if self.screen.bars.is_none() && stage != Stage::Standardise {
            self.screen.line(word, title);
        }
    }

    fn rows(&self, feed: &FeedName, rows: u64) {
        self.with(|bars, multi| {
            let bar = bars.feeds.entry(feed.clone()).or_insert_with(|| {
                let bar = multi.add(ProgressBar::no_length().with_style(style(
                    "{prefix:>12.green} {msg} {human_pos} rows {elapsed:.dim}",
                )));
                bar.set_prefix(said(Stage::Standardise).0);
                bar.set_message(feed.to_string());
                bar.enable_steady_tick(TICK);
                bar
            });
            bar.set_position(rows);
        });
    }

    fn refused(&self, feed: &FeedName, _: &str) {
        self.with(|bars, _| bars.feed_over(feed));
        self.screen.line("refused", &feed.to_string());
    }

    fn feed_done(&self, feed: &FeedName, rows: u64) {
        self.with(|bars, _| bars.feed_over(feed));
        self.screen.line(
            said(Stage::Standardise).0,
            &format!("{feed}, {} rows", count(rows)),
        );
    }

    fn fused(&self, done: usize, of: usize) {
        let (done, of) = (done as u64, of as u64);
        self.with(|bars, _| {
            if let Some(bar) = &bars.stage {
                bar.set_style(style(
                    "{prefix:>12.green} {bar:30} {human_pos}/{human_len} residents",
                ));
                bar.set_prefix(said(Stage::Fuse).0);
                bar.set_length(of);
                bar.set_position(done);
            }
        });
    }
}

impl Bars {
    fn feed_over(&mut self, feed: &FeedName) {
        if let Some(bar) = self.feeds.remove(feed) {
            bar.finish_and_clear();
        }
    }

    fn clear(&mut self) {
        for bar in std::mem::take(&mut self.feeds).into_values() {
            bar.finish_and_clear();
        }
        if let Some(bar) = self.stage.take() {
            bar.finish_and_clear();
        }
    }
}

/// A stage's word, and what it does.
fn said(stage: Stage) -> (&'static str, &'static str) {
    let does = match stage {
        Stage::Plan => "looking for new deliveries",
        Stage::Standardise => "reading deliveries into standard rows",
        Stage::Load => "reading what the lake holds",
        Stage::Resolve => "tying mentions to residents",
        Stage::Write => "writing rows, numbers and findings",
        Stage::Fuse => "choosing between feeds",
        Stage::Publish => "making the release visible",
    };
    (stage.as_str(), does)
}

fn spinner(multi: &MultiProgress, word: &str, what: &str) -> ProgressBar {
    let shape = style("{prefix:>12.green} {msg} {spinner} {elapsed:.dim}");
    let bar = multi.add(ProgressBar::new_spinner().with_style(shape));
    bar.set_prefix(word.to_owned());
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(TICK);
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
