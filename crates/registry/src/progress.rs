//! How far a run is, and what it has read and computed, for whoever waits for it.
//!
//! Readers and the engine note what they do; nothing of it reaches an answer.
//! [`Progress::now`] may be asked at any time, and a listener is told of each step
//! as it begins and ends: it may stamp them, since no clock is read here.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What happens in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Files begin to be read.
    Reading,
    /// A table is there to compute with.
    Table(TableRead),
    /// All files are read.
    Read,
    /// The engine begins to compute something over some rows.
    Computing {
        /// What tells it from others that are at work.
        task: usize,
        /// The rows, as a script writes them.
        over: String,
    },
    /// It is done.
    Computed {
        /// The number that it began with.
        task: usize,
        /// How many rows it has looked at.
        rows: u64,
    },
}

/// A table that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRead {
    /// Its name.
    pub name: String,
    /// How many files it has.
    pub files: u64,
    /// How large they are.
    pub bytes: u64,
    /// How many rows it has, where that is known.
    pub rows: Option<u64>,
    /// Where its rows are.
    pub held: Held,
}

/// Where the rows of a table are when they are computed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// They were read and are kept for the run.
    Here,
    /// In their files, of which each scan reads the columns that it needs.
    InPlace,
}

/// What is going on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Now {
    /// What is being done, if anything.
    pub doing: Option<Doing>,
    /// The tables, or the rows, that it is done with.
    pub over: Vec<String>,
    /// Rows so far; all of those that are looked at, where it is not known how far that is.
    pub rows: u64,
    /// From 0 to 1, where it is known.
    pub share: Option<f64>,
}

/// Kinds of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Files are read.
    Reading,
    /// The engine computes.
    Computing,
}

type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// How far a run is.
#[derive(Default)]
pub struct Progress {
    listener: Option<Listener>,
    rows: AtomicU64,
    read: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Tables that are being read.
    reading: Vec<String>,
    to_read: u64,
    tasks: BTreeMap<usize, Running>,
    begun: usize,
    /// Of the tasks that were planned together.
    planned: usize,
    done: usize,
}

struct Running {
    over: String,
    /// Rows so far and in all, as far as they are known.
    rows: Option<Count>,
}

type Count = Box<dyn Fn() -> Rows + Send>;

/// Rows that a task has looked at, and those that there are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) done: Option<u64>,
    pub(crate) all: Option<u64>,
}

impl Rows {
    fn share(self) -> f64 {
        match (self.done, self.all) {
            (Some(done), Some(all)) if all > 0 => (done as f64 / all as f64).min(1.0),
            _ => 0.0,
        }
    }
}

impl Progress {
    /// With a listener, who is told from any thread and must not take long.
    pub fn told_to(listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Box::new(listener)), ..Self::default() }
    }

    /// What is going on now.
    pub fn now(&self) -> Now {
        let state = self.state();
        if !state.reading.is_empty() {
            let read = self.read.load(Ordering::Relaxed);
            let share = (state.to_read > 0).then(|| (read as f64 / state.to_read as f64).min(1.0));
            let rows = self.rows.load(Ordering::Relaxed);
            return Now { doing: Some(Doing::Reading), over: state.reading.clone(), rows, share };
        }
        if state.tasks.is_empty() {
            return Now::default();
        }
        let counts: Vec<Rows> = state
            .tasks
            .values()
            .map(|task| task.rows.as_ref().map_or_else(Rows::default, |count| count()))
            .collect();
        let rows = counts.iter().filter_map(|rows| rows.done.or(rows.all)).sum();
        let done = state.done as f64 + counts.iter().map(|rows| rows.share()).sum::<f64>();
        let share = (done / state.planned.max(state.done + counts.len()) as f64).min(1.0);
        let mut over: Vec<String> = state.tasks.values().map(|task| task.over.clone()).collect();
        over.dedup();
        Now { doing: Some(Doing::Computing), over, rows, share: Some(share) }
    }

    /// Tables begin to be read; until the answer is dropped.
    pub(crate) fn reading(&self, tables: Vec<String>) -> Reading<'_> {
        self.tell(&Event::Reading);
        self.rows.store(0, Ordering::Relaxed);
        self.read.store(0, Ordering::Relaxed);
        let mut state = self.state();
        (state.reading, state.to_read) = (tables, 0);
        Reading { progress: self }
    }

    /// A table is there.
    pub(crate) fn table(&self, table: TableRead) {
        self.tell(&Event::Table(table));
    }

    /// So many more bytes are going to be read.
    pub(crate) fn to_read(&self, bytes: u64) {
        self.state().to_read += bytes;
    }

    /// A part of them begins to be read.
    pub(crate) fn part(&self, bytes: u64) -> Part<'_> {
        Part { progress: self, left: bytes }
    }

    /// So many tasks follow.
    pub(crate) fn plan(&self, tasks: usize) {
        let mut state = self.state();
        (state.planned, state.done) = (tasks, 0);
    }

    /// The engine begins to compute something; until the answer is dropped.
    pub(crate) fn computing(&self, over: String) -> Task<'_> {
        let mut state = self.state();
        let number = state.begun;
        state.begun += 1;
        state.tasks.insert(number, Running { over: over.clone(), rows: None });
        drop(state);
        self.tell(&Event::Computing { task: number, over });
        Task { progress: self, number }
    }

    fn tell(&self, event: &Event) {
        if let Some(listener) = &self.listener {
            listener(event);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").finish_non_exhaustive()
    }
}

/// Tables that are being read.
pub(crate) struct Reading<'p> {
    progress: &'p Progress,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.progress.state().reading.clear();
        self.progress.tell(&Event::Read);
    }
}

/// A part of a file that is being read. What it did not say was read is so at its end.
pub(crate) struct Part<'p> {
    progress: &'p Progress,
    left: u64,
}

impl Part<'_> {
    /// So many rows came.
    pub(crate) fn rows(&self, rows: usize) {
        self.progress.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// So many bytes were gone through.
    pub(crate) fn bytes(&mut self, bytes: u64) {
        let bytes = bytes.min(self.left);
        self.left -= bytes;
        self.progress.read.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        self.bytes(u64::MAX);
    }
}

/// Something that is being computed.
pub(crate) struct Task<'p> {
    progress: &'p Progress,
    number: usize,
}

impl Task<'_> {
    /// How its rows are counted.
    pub(crate) fn counted(&self, rows: impl Fn() -> Rows + Send + 'static) {
        if let Some(task) = self.progress.state().tasks.get_mut(&self.number) {
            task.rows = Some(Box::new(rows));
        }
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        let mut state = self.progress.state();
        let task = state.tasks.remove(&self.number);
        state.done += 1;
        drop(state);
        if self.progress.listener.is_some() {
            let rows = task.and_then(|task| task.rows).map_or_else(Rows::default, |count| count());
            let rows = rows.done.or(rows.all).unwrap_or(0);
            self.progress.tell(&Event::Computed { task: self.number, rows });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_is_going_on_is_known_while_it_does() {
        let progress = Progress::default();
        assert_eq!(progress.now(), Now::default());
        let reading = progress.reading(vec!["deals".to_owned()]);
        progress.to_read(1_000);
        let mut part = progress.part(400);
        part.rows(7);
        part.bytes(100);
        let now = progress.now();
        assert_eq!((now.doing, now.rows, now.share), (Some(Doing::Reading), 7, Some(0.1)));
        drop(part);
        assert_eq!(progress.now().share, Some(0.4));
        drop(reading);
        assert_eq!(progress.now().doing, None);
    }

    #[test]
    fn a_task_counts_among_those_that_were_planned() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let listener = Arc::clone(&told);
        let progress = Progress::told_to(move |event| listener.lock().expect("no panic").push(event.clone()));
        progress.plan(4);
        drop(progress.computing("leads".to_owned()));
        let task = progress.computing("deals".to_owned());
        task.counted(|| Rows { done: Some(30), all: Some(60) });
        let now = progress.now();
        // One of four, and half of another.
        assert_eq!((now.over, now.rows, now.share), (vec!["deals".to_owned()], 30, Some(0.375)));
        drop(task);
        let told = told.lock().expect("no panic");
        assert_eq!(told[0], Event::Computing { task: 0, over: "leads".to_owned() });
        assert_eq!(told[3], Event::Computed { task: 1, rows: 30 });
    }
}
