//! The parts that a load is cut into: what each reads, and running them on threads.
//!
//! A part reads a file of text (or a stretch of it), a run of row groups, or the
//! rows of a test, into batches of its own. Putting parts together is `tables`'s.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::ColumnName;

use super::footer::{self, Footer};
use super::look::{self, Look, Seen};
use super::parallel::in_parallel;
use super::same_rows::{self, RowHashes};
use super::tables::{Plan, Purpose};
use crate::progress;
use crate::source::bind::feed::Feed;
use crate::source::cell::convert::{BadCells, ColumnReader};
use crate::source::cell::records::{Records, Rows};
use crate::source::find::file::DataFile;
use crate::source::keep::batches::{BATCH, Batches, StoredPart};
use crate::source::keep::room::Room;
use crate::source::open::file::OpenFile;
use crate::source::open::given;
use crate::source::open::given_rows::GivenRows;
use crate::source::parquet::{self, Origin};
use crate::source::text::csv::Skipped;
use crate::source::text::reader::TextReader;
use crate::source::text::split::Part;

/// A part of a table, read.
pub(in crate::source) struct Done {
    /// Its batches.
    pub(in crate::source) part: StoredPart,
    /// Cells that could not be read, by column.
    pub(in crate::source) bad: Vec<BadCells>,
    /// Rows that were not taken.
    pub(in crate::source) skipped: Skipped,
    /// How many cells the header has.
    pub(in crate::source) header: usize,
    /// Rows that were cut off its end.
    pub(in crate::source) footer: Footer,
    /// What was seen beside the wanted columns.
    pub(super) seen: Seen,
    /// A hash of each row, where rows of several files may be the same.
    pub(super) rows: same_rows::Part,
}

/// A part, the reason why it could not be read, or nothing after a panic.
pub(in crate::source) type Outcome = Option<Result<Done, Diagnostic>>;

/// Runs all jobs; a file that turns out to be cut in the wrong place is read as a
/// whole. Their numbers begin with the first that no other job of the load has.
pub(in crate::source) fn run<'j, 'a>(
    jobs: &'j [Job<'a>],
    plans: &[Plan<'a>],
    threads: usize,
    room: &Room,
    first: usize,
) -> Vec<(&'j Job<'a>, Outcome)> {
    let work = |number: usize, job: &Job<'a>| job.run(&plans[job.table], first + number, room);
    let mut results: Vec<(&Job<'a>, Outcome)> = jobs.iter().zip(in_parallel(threads, jobs, work)).collect();
    let is_cut_wrong = |(job, result): &(&Job<'a>, Outcome)| {
        matches!(job.work, Work::Text(_, Some(_)))
            && matches!(result, Some(Err(problem)) if problem.code == Code::UnclosedQuote)
    };
    let again: BTreeSet<(usize, usize)> =
        results.iter().filter(|result| is_cut_wrong(result)).map(|(job, _)| (job.table, job.file)).collect();
    for (number, place) in again.into_iter().enumerate() {
        let Some(first) = results.iter().position(|(job, _)| (job.table, job.file) == place) else {
            continue;
        };
        let job = results[first].0;
        let Work::Text(file, _) = job.work else { continue };
        let whole = Job { table: job.table, file: job.file, work: Work::Text(file, None) };
        let result = in_parallel(1, &[whole], |_, whole| work(jobs.len() + number, whole)).pop().flatten();
        results[first].1 = result;
        let mut i = 0;
        results.retain(|(job, _)| {
            i += 1;
            i - 1 == first || (job.table, job.file) != place
        });
    }
    results
}

/// A part of a table to be read.
pub(in crate::source) struct Job<'a> {
    /// The number of its table.
    pub(in crate::source) table: usize,
    /// The number of its file.
    pub(in crate::source) file: usize,
    /// What is read.
    pub(in crate::source) work: Work<'a>,
}

/// What a part is.
pub(in crate::source) enum Work<'a> {
    /// A file of text, or a part of it.
    Text(&'a OpenFile, Option<Part>),
    /// A run of row groups.
    Parquet(&'a OpenFile, &'a parquet::Contents, Range<usize>),
    /// The same, of rows that are not kept because they are scanned where they are.
    Look(&'a OpenFile, &'a parquet::Contents, Range<usize>),
    /// Rows of a test.
    Given(&'a GivenRows),
}

impl<'a> Job<'a> {
    /// The file that it reads; none for rows of a test.
    pub(super) fn data_file(&self) -> Option<&DataFile> {
        match &self.work {
            Work::Text(file, _) | Work::Parquet(file, ..) | Work::Look(file, ..) => Some(&file.file),
            Work::Given(_) => None,
        }
    }

    /// How much of its file it reads.
    pub(super) fn bytes(&self) -> u64 {
        match &self.work {
            Work::Text(_, Some(part)) => part.to - part.from,
            Work::Text(file, None) => file.file.size,
            Work::Parquet(file, contents, groups) | Work::Look(file, contents, groups) => {
                file.file.size / parquet::groups(contents).max(1) as u64 * groups.len() as u64
            }
            Work::Given(_) => 0,
        }
    }

    fn run(&self, plan: &Plan<'a>, number: usize, room: &Room) -> Result<Done, Diagnostic> {
        let mut sink = Sink {
            columns: plan.columns.iter().map(|bound| ColumnReader::new(&bound.rules)).collect(),
            look: Look::new(plan),
            rows: plan.may_repeat.then(|| RowHashes::new(&plan.beside)),
            batches: Batches::new(Arc::clone(&plan.schema), room, format!("part-{number}")),
            schema: &plan.schema,
            pending: 0,
            purpose: plan.purpose,
            part: room.progress().part(self.bytes()),
        };
        let (mut skipped, mut header, mut footer) = (Skipped::default(), 0, Footer::default());
        match &self.work {
            Work::Text(file, part) => (skipped, header, footer) = sink.text(file, part.as_ref(), plan)?,
            Work::Parquet(file, contents, groups) => sink.parquet(file, contents, groups.clone(), plan)?,
            Work::Look(file, contents, groups) => sink.look(file, contents, groups.clone(), plan)?,
            Work::Given(rows) => sink.given(rows, plan)?,
        }
        sink.flush()?;
        let bad = sink.columns.iter_mut().map(|column| std::mem::take(&mut column.bad)).collect();
        let rows = sink.rows.map(|rows| rows.done).unwrap_or_default();
        Ok(Done {
            part: sink.batches.finish()?,
            bad,
            skipped,
            header,
            footer,
            seen: sink.look.finish(),
            rows,
        })
    }
}

/// Where the values of a part go.
struct Sink<'a> {
    columns: Vec<ColumnReader<'a>>,
    look: Look<'a>,
    rows: Option<RowHashes<'a>>,
    batches: Batches<'a>,
    schema: &'a SchemaRef,
    pending: usize,
    purpose: Purpose,
    part: progress::Part<'a>,
}

impl<'a> Sink<'a> {
    fn text(
        &mut self,
        file: &OpenFile,
        part: Option<&Part>,
        plan: &Plan<'a>,
    ) -> Result<(Skipped, usize, Footer), Diagnostic> {
        // Columns that share a header share a slot.
        let feed = Feed::of(plan.columns().chain(look::columns(plan)).chain(plan.beside.iter().copied()));
        let (wanted, others) = feed.slots.split_at(plan.columns.len());
        let (looked, beside) = others.split_at(others.len() - plan.beside.len());
        let mut reader = TextReader::open(&file.file, &plan.source.format, &feed.headers, part)?;
        let mut records = Records::new(feed.headers.len());
        let mut taken = reader.taken();
        loop {
            reader.fill(&mut records)?;
            if records.is_empty() {
                let footer = match plan.source.format.skip_footer {
                    0 => Footer::default(),
                    _ => footer::read(&mut reader, file, plan.source)?,
                };
                let (skipped, header) = reader.skipped();
                return Ok((skipped, header, footer));
            }
            self.look.text(reader.text(), &mut records, looked, &file.file);
            let rows = Rows { text: reader.text(), records: &records };
            if let Some(hashes) = &mut self.rows {
                hashes.text(rows, beside);
            }
            for ((column, bound), slots) in self.columns.iter_mut().zip(&plan.columns).zip(wanted) {
                column.read_from(rows, slots, bound.derivation.as_deref(), &file.file.shown);
            }
            self.part.bytes(reader.taken() - taken);
            taken = reader.taken();
            self.added(records.len())?;
        }
    }

    fn parquet(
        &mut self,
        file: &OpenFile,
        contents: &parquet::Contents,
        groups: Range<usize>,
        plan: &Plan<'_>,
    ) -> Result<(), Diagnostic> {
        let origin = |bound| Origin::of(bound, contents);
        let wanted: Vec<Origin<'_>> = plan.columns().map(origin).collect();
        let looked: Vec<Origin<'_>> = look::columns(plan).map(origin).collect();
        let beside: Vec<Origin<'_>> = plan.beside.iter().copied().map(origin).collect();
        let origins = wanted.iter().chain(&looked).chain(&beside);
        parquet::ingest(&file.file, contents, groups, origins, |mut rows| {
            self.look.arrived(&mut rows, &looked)?;
            if let Some(hashes) = &mut self.rows {
                hashes.arrived(&rows, &beside)?;
            }
            for (column, origin) in self.columns.iter_mut().zip(&wanted) {
                rows.append(origin, column)?;
            }
            self.added(rows.rows().len())
        })
    }

    fn look(
        &mut self,
        file: &OpenFile,
        contents: &parquet::Contents,
        groups: Range<usize>,
        plan: &Plan<'_>,
    ) -> Result<(), Diagnostic> {
        let origin = |bound| Origin::of(bound, contents);
        let looked: Vec<Origin<'_>> = look::columns(plan).map(origin).collect();
        let beside: Vec<Origin<'_>> = plan.beside.iter().copied().map(origin).collect();
        let wanted: Vec<Origin<'_>> = match self.rows.is_some() {
            true => plan.columns().map(origin).collect(),
            false => Vec::new(),
        };
        let origins = wanted.iter().chain(&looked).chain(&beside);
        parquet::ingest(&file.file, contents, groups, origins, |mut rows| {
            self.look.arrived(&mut rows, &looked)?;
            let Some(hashes) = &mut self.rows else { return Ok(()) };
            hashes.arrived(&rows, &beside)?;
            let mut values = Vec::new();
            for (column, origin) in self.columns.iter_mut().zip(&wanted) {
                rows.append(origin, column)?;
                values.push(column.finish());
            }
            hashes.finish(&values);
            Ok(())
        })
    }

    fn given(&mut self, rows: &GivenRows, plan: &Plan<'_>) -> Result<(), Diagnostic> {
        let names: Vec<&ColumnName> = plan.columns.iter().map(|bound| &bound.column.name).collect();
        let records = rows.records(&names);
        let file = given::shown(&plan.source.name);
        for (slot, column) in self.columns.iter_mut().enumerate() {
            column.read(Rows { text: "", records: &records }, slot, &file);
            for example in &mut column.bad.examples {
                // The statement that gives the rows says more than the number of the row.
                example.at = rows.at.clone().unwrap_or_else(|| example.at.clone());
            }
        }
        self.added(rows.len())
    }

    fn added(&mut self, rows: usize) -> Result<(), Diagnostic> {
        self.part.rows(rows);
        self.pending += rows;
        if self.pending >= BATCH { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Diagnostic> {
        if std::mem::take(&mut self.pending) == 0 {
            return Ok(());
        }
        let batch = batch(&mut self.columns, self.schema)?;
        if let Some(hashes) = &mut self.rows {
            hashes.finish(&batch.columns()[..self.columns.len()]);
        }
        match self.purpose {
            Purpose::Compute => self.batches.push(batch),
            Purpose::Inspect => Ok(()),
        }
    }
}

fn batch(columns: &mut [ColumnReader<'_>], schema: &SchemaRef) -> Result<RecordBatch, Diagnostic> {
    let (mut arrays, marks): (Vec<_>, Vec<_>) = columns.iter_mut().map(ColumnReader::finish_marked).unzip();
    arrays.extend(marks);
    RecordBatch::try_new(Arc::clone(schema), arrays)
        .map_err(|error| Diagnostic::error(Code::EngineFailed, format!("rows do not fit together: {error}")))
}
