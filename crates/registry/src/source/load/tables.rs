//! Reading the wanted columns of the wanted tables, once, on several threads.
//!
//! Work is cut into parts (a file, a run of row groups) that any thread takes;
//! what comes out is put together in the order of the files, so that the number
//! of threads changes nothing. Everything that is wrong in any part is reported.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use goalpost_core::config::FileKind;
use goalpost_core::diagnostic::{Code, Diagnostic, Severity};
use goalpost_core::name::{ColumnName, TableName};
use tempfile::TempDir;

use super::findings;
use super::job::{Done, Job, Work, run};
use crate::source::bind::columns::BoundColumn;
use crate::source::cell::convert::{BadCells, arrow_type};
use crate::source::keep::batches;
use crate::source::keep::room::Room;
use crate::source::open::sources::{Content, OpenFile, Sources, TableSource, empty_table};
use crate::source::parquet;
use crate::source::text::csv::Skipped;
use crate::source::text::reader;
use crate::source::text::split::split;

/// How a load may use the machine.
#[derive(Clone, Debug)]
pub(crate) struct LoadOptions {
    /// Threads that read; also the number of partitions of large tables.
    pub(crate) threads: usize,
    /// Bytes of converted data that may stay in memory.
    pub(crate) memory: usize,
    /// Where data beyond that goes; the system's temporary folder when absent.
    pub(crate) temp_dir: Option<PathBuf>,
    /// Parts of a file smaller than this, in bytes, are not worth a thread.
    pub(crate) least_part: u64,
}

impl Default for LoadOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { threads, memory: 256 << 20, temp_dir: None, least_part: 16 << 20 }
    }
}

/// A table, ready for plans.
#[derive(Debug)]
pub(crate) struct LoadedTable {
    /// Its name.
    pub(crate) name: TableName,
    /// Its wanted columns.
    pub(crate) provider: Arc<dyn TableProvider>,
    /// How many rows it has.
    pub(crate) rows: Option<u64>,
    /// Cells that could not be read and are null.
    #[cfg_attr(not(test), expect(dead_code, reason = "a run does not count them per metric yet"))]
    pub(crate) bad_cells: BTreeMap<ColumnName, BadCells>,
    /// What is odd about it.
    pub(crate) warnings: Vec<Diagnostic>,
    /// Keeps files that the provider scans.
    _folder: Option<Arc<TempDir>>,
}

impl Sources {
    /// Reads tables; each provider has exactly the wanted columns (or any one,
    /// where only rows are counted), in the order of the source.
    ///
    /// Files are read on threads of its own, so this blocks where it is awaited.
    pub(crate) async fn load(
        &self,
        wanted: &BTreeMap<TableName, BTreeSet<ColumnName>>,
        options: &LoadOptions,
    ) -> Result<Vec<LoadedTable>, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut plans = Vec::new();
        for (name, columns) in wanted {
            match self.plan(name, columns) {
                Ok(plan) => plans.push(plan),
                Err(wrong) => problems.extend(wrong),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let room = Room::new(options.memory, options.temp_dir.clone());
        let all: u64 = plans.iter().map(Plan::text_size).sum();
        let each = (all / options.threads.max(1) as u64).max(options.least_part);
        let jobs: Vec<Job<'_>> =
            plans.iter().enumerate().flat_map(|(i, plan)| plan.jobs(i, options.threads, each)).collect();
        let mut done: Vec<Vec<(usize, Done)>> = plans.iter().map(|_| Vec::new()).collect();
        let mut failed = BTreeSet::new();
        for (job, result) in run(&jobs, &plans, options.threads, &room) {
            let problem = match result {
                Some(Ok(part)) => {
                    done[job.table].push((job.file, part));
                    continue;
                }
                Some(Err(problem)) => problem,
                None => crashed(&plans[job.table].source.name),
            };
            problems.push(problem);
            failed.insert(job.table);
        }
        drop(jobs);
        for table in failed {
            plans[table].failed = true;
        }
        let mut loaded = Vec::new();
        for (i, (plan, parts)) in plans.into_iter().zip(done).enumerate() {
            // A part that failed was reported; what is wrong with the others still counts.
            match plan.assemble(parts, options, &room, i) {
                Ok(table) => loaded.push(table),
                Err(wrong) => problems.extend(wrong),
            }
        }
        if problems.is_empty() { Ok(loaded) } else { Err(problems) }
    }

    fn plan<'a>(
        &'a self,
        name: &TableName,
        wanted: &BTreeSet<ColumnName>,
    ) -> Result<Plan<'a>, Vec<Diagnostic>> {
        let unknown = |what: String| vec![Diagnostic::error(Code::EngineFailed, what)];
        let source = self.tables.get(name).ok_or_else(|| unknown(format!("there is no table `{name}`")))?;
        let mut columns: Vec<&BoundColumn> =
            source.columns.iter().filter(|bound| wanted.contains(&bound.column.name)).collect();
        if columns.len() < wanted.len() {
            return Err(unknown(format!("table `{name}` lacks a column of {wanted:?}")));
        }
        if columns.is_empty() {
            columns.extend(source.columns.first());
        }
        let fields = columns
            .iter()
            .map(|bound| Field::new(bound.column.name.as_str(), arrow_type(bound.column.ty), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let mut plan = Plan { source, columns, schema, in_place: None, failed: false };
        if let Content::Files(files) = &source.content {
            let lacking: Vec<Diagnostic> = files.iter().flat_map(|file| plan.lacking(file)).collect();
            if !lacking.is_empty() {
                return Err(lacking);
            }
            plan.in_place = plan.scanned(files).map_err(|problem| vec![problem])?;
        }
        Ok(plan)
    }
}

/// What is to be read of a table.
pub(in crate::source) struct Plan<'a> {
    /// The table.
    pub(in crate::source) source: &'a TableSource,
    /// Its wanted columns.
    pub(in crate::source) columns: Vec<&'a BoundColumn>,
    /// Their Arrow types.
    pub(in crate::source) schema: SchemaRef,
    /// The table as it is scanned, if it need not be converted.
    in_place: Option<Arc<dyn TableProvider>>,
    /// Whether a part of it could not be read.
    failed: bool,
}

impl<'a> Plan<'a> {
    fn lacking(&self, file: &OpenFile) -> Vec<Diagnostic> {
        match file.file.kind {
            // A member that no object has is null.
            FileKind::Json => Vec::new(),
            _ => self
                .columns
                .iter()
                .flat_map(|bound| reader::lacking(&file.file, bound, |header| file.has(header)))
                .collect(),
        }
    }

    fn scanned(&self, files: &[OpenFile]) -> Result<Option<Arc<dyn TableProvider>>, Diagnostic> {
        let open: Option<Vec<_>> =
            files.iter().map(|file| Some((&file.file, file.parquet.as_ref()?))).collect();
        match open {
            Some(open) if !open.is_empty() => {
                parquet::in_place(self.source.name.as_str(), &open, &self.columns)
            }
            _ => Ok(None),
        }
    }

    /// How much text is to be read, in bytes.
    fn text_size(&self) -> u64 {
        match &self.source.content {
            Content::Files(files) => {
                files.iter().filter(|file| file.parquet.is_none()).map(|file| file.file.size).sum()
            }
            Content::Given(_) => 0,
        }
    }

    /// The work: Parquet for so many threads, texts in parts of about this size.
    fn jobs(&self, table: usize, threads: usize, each: u64) -> Vec<Job<'a>> {
        let job = |file, work| Job { table, file, work };
        match &self.source.content {
            _ if self.in_place.is_some() => Vec::new(),
            Content::Given(rows) => vec![job(0, Work::Given(rows))],
            Content::Files(files) => {
                let format = &self.source.format;
                let of_file = |(i, file): (usize, &'a OpenFile)| -> Vec<Job<'a>> {
                    if let Some(contents) = &file.parquet {
                        let groups = parquet::row_groups(contents, threads).into_iter();
                        return groups.map(|groups| job(i, Work::Parquet(file, contents, groups))).collect();
                    }
                    let parts = if threads > 1 { split(&file.file, format, each) } else { Vec::new() };
                    if parts.is_empty() {
                        return vec![job(i, Work::Text(file, None))];
                    }
                    parts.into_iter().map(|part| job(i, Work::Text(file, Some(part)))).collect()
                };
                files.iter().enumerate().flat_map(of_file).collect()
            }
        }
    }

    fn assemble(
        self,
        parts: Vec<(usize, Done)>,
        options: &LoadOptions,
        room: &Room,
        number: usize,
    ) -> Result<LoadedTable, Vec<Diagnostic>> {
        let source = self.source;
        let name = &source.name;
        let mut problems = Vec::new();
        let mut warnings = Vec::new();
        let mut bad = vec![BadCells::default(); self.columns.len()];
        let mut skipped: BTreeMap<usize, (Skipped, usize)> = BTreeMap::new();
        let mut stored = Vec::new();
        for (file, done) in parts {
            for (all, part) in bad.iter_mut().zip(done.bad) {
                all.append(part);
            }
            let (all, header) = skipped.entry(file).or_default();
            all.append(done.skipped);
            *header = done.header;
            stored.push(done.part);
        }
        if let Content::Files(files) = &source.content {
            for (file, (skipped, header)) in &skipped {
                problems.extend(reader::ragged(&files[*file].file, skipped, *header));
                warnings.extend(findings::blank_rows(&files[*file].file, skipped));
            }
        }
        let rows = match &self.in_place {
            Some(_) => source.rows,
            None => Some(stored.iter().map(|part| part.rows).sum()),
        };
        if rows == Some(0) && !source.allow_empty && problems.is_empty() && !self.failed {
            let message = format!("table `{name}` has no rows");
            problems.push(empty_table(message, source.at.clone()));
        }
        let mut bad_cells = BTreeMap::new();
        for (bound, bad) in self.columns.iter().zip(bad).filter(|(_, bad)| bad.count > 0) {
            let found = findings::bad_cells(name, bound, &bad, source.on_bad_value);
            match found.severity {
                Severity::Error => problems.push(found),
                _ => warnings.push(found),
            }
            bad_cells.insert(bound.column.name.clone(), bad);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let provider = match self.in_place {
            Some(provider) => provider,
            None => batches::table(&self.schema, stored, options.threads, room, &format!("{number}"))
                .map_err(|problem| vec![problem])?,
        };
        let name = name.clone();
        Ok(LoadedTable { name, provider, rows, bad_cells, warnings, _folder: room.folder() })
    }
}

fn crashed(table: &TableName) -> Diagnostic {
    Diagnostic::error(Code::EngineFailed, format!("reading table `{table}` failed in an unforeseen way"))
        .help("please report this, with the file if you can")
}
