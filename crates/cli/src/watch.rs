//! What is said of a run while it works, and what `-v` says after it.
//!
//! A line at a terminal says what is read and computed, once that takes longer
//! than a second; it is gone before anything else is said. Neither reaches an
//! answer: they only look at the [`Progress`] that the work notes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use goalpost_registry::progress::{Doing, Event, Held, Now, Progress, TableRead};
use unicode_width::UnicodeWidthChar;

use crate::clock::Stopwatch;
use crate::escape::visible;
use crate::format::{bytes, count};
use crate::output;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// The width of the terminal where a line is shown while work goes on.
    pub(crate) line: Option<usize>,
    /// Whether the run is reported when it is over.
    pub(crate) report: bool,
}

/// Work shorter than this shows no line.
const SHORT: Duration = Duration::from_secs(1);
/// How long a line stays as it is.
const STILL: Duration = Duration::from_millis(100);

/// A run that is watched.
pub(crate) struct Watch {
    progress: Arc<Progress>,
    line: Option<Line>,
    log: Option<Arc<Mutex<Log>>>,
}

impl Watch {
    /// From now on.
    pub(crate) fn begin(told: Told) -> Self {
        let log = told.report.then(|| Arc::new(Mutex::new(Log::new())));
        let progress = Arc::new(match log.clone() {
            Some(log) => Progress::told_to(move |event| {
                log.lock().unwrap_or_else(PoisonError::into_inner).note(event);
            }),
            None => Progress::default(),
        });
        let line = told.line.and_then(|width| Line::begin(Arc::clone(&progress), width));
        Self { progress, line, log }
    }

    /// What the work notes.
    pub(crate) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// The work is over: the line goes. What is to be said of it.
    pub(crate) fn end(mut self) -> String {
        self.line = None;
        self.log.map_or_else(String::new, |log| log.lock().unwrap_or_else(PoisonError::into_inner).report())
    }
}

/// A line that changes, on a thread of its own; it goes when this is dropped.
struct Line {
    goes_on: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Line {
    fn begin(progress: Arc<Progress>, width: usize) -> Option<Self> {
        let (goes_on, ended) = channel::<()>();
        let draw = move || {
            let (mut wait, mut is_there) = (SHORT, false);
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = STILL;
                if let Some(text) = line(&progress.now(), width) {
                    output::notify(&format!("{ERASE}{text}"));
                    is_there = true;
                }
            }
            if is_there {
                output::notify(ERASE);
            }
        };
        // Without a thread there is no line.
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(draw).ok()?;
        Some(Self { goes_on: Some(goes_on), thread: Some(thread) })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.goes_on = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// To the beginning of the line, which is blank then.
const ERASE: &str = "\r\u{1b}[2K";

/// What is going on, in less than a line.
fn line(now: &Now, width: usize) -> Option<String> {
    let doing = match now.doing? {
        Doing::Reading => "reading",
        Doing::Computing => "computing",
    };
    let mut done = String::new();
    if now.rows > 0 {
        let _ = write!(done, ": {} rows", count(now.rows));
    }
    if let Some(share) = now.share {
        let _ = write!(done, "{} {:.0} %", if done.is_empty() { ":" } else { "," }, (share * 100.0).floor());
    }
    let room = width.saturating_sub(doing.len() + 2 + done.len());
    Some(format!("{doing} {}{done}", cut(&visible(&now.over.join(", ")), room)))
}

/// A text in so many columns.
fn cut(text: &str, columns: usize) -> String {
    let width = |c: char| c.width().unwrap_or(0);
    if text.chars().map(width).sum::<usize>() <= columns {
        return text.to_owned();
    }
    let mut left = columns.saturating_sub(1);
    let fits = text.chars().take_while(|c| {
        let fits = width(*c) <= left;
        left = left.saturating_sub(width(*c));
        fits
    });
    fits.chain(['…']).collect()
}

/// What happened when.
struct Log {
    since: Stopwatch,
    tables: Vec<TableRead>,
    reading: Span,
    computing: Span,
    /// Those that are at work: when they began, over which rows.
    tasks: BTreeMap<usize, (Duration, String)>,
    computed: BTreeMap<String, Computed>,
}

/// What was computed over the same rows.
#[derive(Default)]
struct Computed {
    scans: u64,
    rows: u64,
    took: Duration,
}

/// How long at least one of several was at work.
#[derive(Default)]
struct Span {
    at_work: usize,
    since: Duration,
    took: Duration,
}

impl Span {
    fn begins(&mut self, now: Duration) {
        if self.at_work == 0 {
            self.since = now;
        }
        self.at_work += 1;
    }

    fn ends(&mut self, now: Duration) {
        self.at_work = self.at_work.saturating_sub(1);
        if self.at_work == 0 {
            self.took += now.saturating_sub(self.since);
        }
    }
}

impl Log {
    fn new() -> Self {
        Self {
            since: Stopwatch::start(),
            tables: Vec::new(),
            reading: Span::default(),
            computing: Span::default(),
            tasks: BTreeMap::new(),
            computed: BTreeMap::new(),
        }
    }

    fn note(&mut self, event: &Event) {
        let now = self.since.elapsed();
        match event {
            Event::Reading => self.reading.begins(now),
            Event::Table(table) => self.tables.push(table.clone()),
            Event::Read => self.reading.ends(now),
            Event::Computing { task, over } => {
                self.computing.begins(now);
                self.tasks.insert(*task, (now, over.clone()));
            }
            Event::Computed { task, rows } => {
                self.computing.ends(now);
                let Some((since, over)) = self.tasks.remove(task) else { return };
                let computed = self.computed.entry(over).or_default();
                computed.scans += 1;
                computed.rows += rows;
                computed.took += now.saturating_sub(since);
            }
        }
    }

    fn report(&self) -> String {
        let mut text = String::new();
        if !self.tables.is_empty() {
            let read = counted(self.tables.len() as u64, "table");
            let _ = writeln!(text, "read {read} in {}", seconds(self.reading.took));
        }
        for table in &self.tables {
            let rows = table.rows.map_or_else(String::new, |rows| format!(", {}", counted(rows, "row")));
            let held = match table.held {
                Held::Here => "",
                Held::InPlace => ", read again by each scan",
            };
            let (name, files) = (visible(&table.name), counted(table.files, "file"));
            let _ = writeln!(text, "  {name}: {files}, {}{rows}{held}", bytes(table.bytes));
        }
        let scans: u64 = self.computed.values().map(|computed| computed.scans).sum();
        if scans > 0 {
            let _ = writeln!(text, "computed {} in {}", counted(scans, "scan"), seconds(self.computing.took));
        }
        for (over, computed) in &self.computed {
            let (scans, rows) = (counted(computed.scans, "scan"), counted(computed.rows, "row"));
            let _ = writeln!(text, "  {}: {scans}, {rows}, {}", visible(over), seconds(computed.took));
        }
        let _ = writeln!(text, "took {}", seconds(self.since.elapsed()));
        text
    }
}

fn counted(n: u64, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {what}{plural}", count(n))
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(over: &[&str], rows: u64, share: Option<f64>) -> Now {
        let over = over.iter().map(|over| (*over).to_owned()).collect();
        Now { doing: Some(Doing::Reading), over, rows, share }
    }

    #[test]
    fn a_line_fits_whatever_is_read() {
        let all = now(&["deals", "tickets"], 4_200_000, Some(0.639));
        assert_eq!(line(&all, 80).as_deref(), Some("reading deals, tickets: 4,200,000 rows, 63 %"));
        // 39 columns at most, so that the cursor stays on the line.
        assert_eq!(line(&all, 40).as_deref(), Some("reading deals, t…: 4,200,000 rows, 63 %"));
        assert_eq!(line(&now(&["deals"], 0, Some(0.0)), 80).as_deref(), Some("reading deals: 0 %"));
        assert_eq!(line(&now(&["de\u{1b}als"], 0, None), 80).as_deref(), Some("reading de\\u{1b}als"));
        assert_eq!(line(&Now::default(), 80), None);
    }

    #[test]
    fn time_is_counted_once_where_two_are_at_work() {
        let mut span = Span::default();
        let at = Duration::from_secs;
        span.begins(at(1));
        span.begins(at(2));
        span.ends(at(4));
        span.ends(at(5));
        span.begins(at(9));
        span.ends(at(10));
        assert_eq!(span.took, at(5));
    }
}
