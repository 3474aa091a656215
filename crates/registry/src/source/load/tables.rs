//! Reading the wanted columns of the wanted tables, once, on several threads.
//!
//! Work is cut into parts (a file, a run of row groups) that any thread takes;
//! what comes out is put together in the order of the files, so that the number
//! of threads changes nothing. Everything that is wrong in any part is reported.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use goalpost_core::config::{CellUnit, Duplicates, FileKind};
use goalpost_core::diagnostic::{Code, Diagnostic, Severity};
use goalpost_core::name::{ColumnName, TableName};

use super::job::{Done, Job, Work, run};
use super::loaded::LoadedTable;
use super::{duplicates, findings, keyless, look, proof, same_rows, shares};
use crate::progress::{Held, Progress, TableRead};
use crate::source::bind::columns::BoundColumn;
use crate::source::bind::select::RowRule;
use crate::source::cell::convert::{BadCells, arrow_type};
use crate::source::cell::unreadable;
use crate::source::find::file::DataFile;
use crate::source::find::guard;
use crate::source::keep::batches::{self, StoredPart};
use crate::source::keep::room::Room;
use crate::source::open::file::OpenFile;
use crate::source::open::sources::{Content, Sources, TableSource, empty_table};
use crate::source::parquet;
use crate::source::parquet::again;
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
    /// Who is told how far it is.
    pub(crate) progress: Arc<Progress>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { threads, memory: 256 << 20, temp_dir: None, least_part: 16 << 20, progress: Arc::default() }
    }
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
            match self.plan(name, columns, Purpose::Compute) {
                Ok(mut plan) => {
                    let source = plan.source;
                    let proved =
                        |found: &parquet::InPlace| proof::holds(found, &source.content, options.threads);
                    plan.in_place = plan.in_place.take().filter(proved);
                    plans.push(plan);
                }
                Err(wrong) => problems.extend(wrong),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let tables = plans.iter().map(|plan| plan.source.name.to_string()).collect();
        let _reading = options.progress.reading(tables);
        let room = Room::new(options.memory, options.temp_dir.clone(), Arc::clone(&options.progress));
        let done = read_settled(&mut plans, options, &room, &mut problems);
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

    /// The Parquet files of a table that cannot be read, each with why.
    pub(crate) fn damaged(&self, name: &TableName) -> Vec<Diagnostic> {
        let Some(Content::Files(files)) = self.tables.get(name).map(|source| &source.content) else {
            return Vec::new();
        };
        let files = files.iter().filter(|file| file.parquet.is_some());
        files.filter_map(|file| again::fault(&file.file)).collect()
    }

    pub(super) fn plan<'a>(
        &'a self,
        name: &TableName,
        wanted: &BTreeSet<ColumnName>,
        purpose: Purpose,
    ) -> Result<Plan<'a>, Vec<Diagnostic>> {
        let unknown = |what: String| vec![Diagnostic::error(Code::EngineFailed, what)];
        let source = self.tables.get(name).ok_or_else(|| unknown(format!("there is no table `{name}`")))?;
        let is_wanted = |bound: &&BoundColumn| wanted.contains(&bound.column.name);
        let mut columns: Vec<Cow<'a, BoundColumn>> =
            source.columns.iter().filter(is_wanted).map(Cow::Borrowed).collect();
        if columns.len() < wanted.len() {
            return Err(unknown(format!("table `{name}` lacks a column of {wanted:?}")));
        }
        if columns.is_empty() {
            columns.extend(source.columns.first().map(Cow::Borrowed));
        }
        let schema = schema(&columns);
        let key = match (&source.content, &source.duplicates) {
            (Content::Given(_), _) | (_, Duplicates::Count) => Vec::new(),
            _ => source.columns.iter().filter(|bound| source.identity.contains(&bound.column.name)).collect(),
        };
        let may_repeat = key.is_empty() && same_rows::may_repeat(source);
        let beside = match may_repeat {
            true => same_rows::beside(source, wanted.len(), |bound| wanted.contains(&bound.column.name)),
            false => Vec::new(),
        };
        let mut plan = Plan {
            source,
            may_repeat,
            beside,
            columns,
            schema,
            key,
            purpose,
            used: None,
            part_files: Vec::new(),
            in_place: None,
            failed: false,
        };
        if let Content::Files(files) = &source.content {
            let lacking: Vec<Diagnostic> = files.iter().flat_map(|file| plan.lacking(file)).collect();
            if !lacking.is_empty() {
                return Err(lacking);
            }
            if purpose == Purpose::Compute && !plan.leaves_out() {
                plan.in_place = plan.scanned(files).map_err(|problem| vec![problem])?;
            }
        }
        Ok(plan)
    }
}

/// The Arrow columns of some columns, and of the marks beside them.
fn schema(columns: &[Cow<'_, BoundColumn>]) -> SchemaRef {
    let fields =
        columns.iter().map(|bound| Field::new(bound.column.name.as_str(), arrow_type(bound.column.ty), true));
    let marks = columns.iter().map(|bound| unreadable::field(&bound.column.name));
    Arc::new(Schema::new(fields.chain(marks).collect::<Vec<_>>()))
}

/// Reads the parts of tables, each with the number of its file. Where numbers
/// turn out to have more decimals than was thought, or shares to be percentages,
/// the table is read again.
pub(super) fn read_settled(
    plans: &mut [Plan<'_>],
    options: &LoadOptions,
    room: &Room,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Vec<(usize, Done)>> {
    let all: Vec<usize> = (0..plans.len()).collect();
    let mut done = read(plans, &all, 0, options, room, problems);
    let mut first = 0;
    loop {
        let again: Vec<usize> = all.iter().copied().filter(|&i| plans[i].settle(&done[i])).collect();
        if again.is_empty() {
            return done;
        }
        first += 2 * done.iter().map(Vec::len).sum::<usize>();
        for &i in &again {
            for (_, done) in std::mem::take(&mut done[i]) {
                batches::drop(done.part, room);
            }
        }
        let parts = read(plans, &again, first, options, room, problems);
        for (i, parts) in parts.into_iter().enumerate().filter(|(i, _)| again.contains(i)) {
            done[i] = parts;
        }
    }
}

/// Reads the parts of some of the tables, the jobs numbered from the first number.
fn read(
    plans: &mut [Plan<'_>],
    tables: &[usize],
    first: usize,
    options: &LoadOptions,
    room: &Room,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Vec<(usize, Done)>> {
    let all: u64 = plans.iter().map(Plan::text_size).sum();
    let each = (all / options.threads.max(1) as u64).max(options.least_part);
    let jobs: Vec<Job<'_>> = tables.iter().flat_map(|&i| plans[i].jobs(i, options.threads, each)).collect();
    options.progress.to_read(jobs.iter().map(Job::bytes).sum());
    let mut done: Vec<Vec<(usize, Done)>> = plans.iter().map(|_| Vec::new()).collect();
    let mut failed = BTreeSet::new();
    for (job, result) in run(&jobs, plans, options.threads, room, first) {
        let problem = match result {
            Some(Ok(part)) => {
                done[job.table].push((job.file, part));
                continue;
            }
            Some(Err(problem)) => problem,
            None => crashed(&plans[job.table].source.name, job.data_file()),
        };
        problems.push(problem);
        failed.insert(job.table);
    }
    drop(jobs);
    for table in failed {
        plans[table].failed = true;
    }
    done
}

/// What a table is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To compute with its rows.
    Compute,
    /// To say what is wrong with it.
    Inspect,
}

/// What the parts of a table come to.
pub(super) struct Judged {
    /// Its rows that are kept.
    pub(super) stored: Vec<StoredPart>,
    /// Rows that count.
    pub(super) rows: u64,
    /// Those that were left out on purpose.
    pub(super) left_out: u64,
    /// Cells that could not be read.
    pub(super) bad_cells: BTreeMap<ColumnName, BadCells>,
    /// Rows that have no key, where the table has one.
    pub(super) keyless: u64,
    /// What stops a run.
    pub(super) problems: Vec<Diagnostic>,
    /// What is to be said.
    pub(super) warnings: Vec<Diagnostic>,
}

/// What is to be read of a table.
pub(in crate::source) struct Plan<'a> {
    /// The table.
    pub(in crate::source) source: &'a TableSource,
    /// Its wanted columns.
    pub(in crate::source) columns: Vec<Cow<'a, BoundColumn>>,
    /// Their Arrow types.
    pub(in crate::source) schema: SchemaRef,
    /// The columns of its key, where that is looked at.
    pub(super) key: Vec<&'a BoundColumn>,
    /// Whether rows of several of its files may be the same, and count twice.
    pub(super) may_repeat: bool,
    /// The columns that are looked at beside the wanted ones to tell.
    pub(super) beside: Vec<&'a BoundColumn>,
    /// What it is read for.
    pub(super) purpose: Purpose,
    /// The columns that matter, where not all that are read do.
    pub(super) used: Option<&'a BTreeSet<ColumnName>>,
    /// The file of each part that was read.
    pub(super) part_files: Vec<usize>,
    /// The table as it is scanned, if it need not be converted.
    in_place: Option<parquet::InPlace>,
    /// Whether a part of it could not be read.
    pub(super) failed: bool,
}

impl<'a> Plan<'a> {
    /// Its wanted columns.
    pub(super) fn columns(&self) -> impl Iterator<Item = &BoundColumn> {
        self.columns.iter().map(AsRef::as_ref)
    }

    /// Lets columns keep the decimals that cells of these parts turned out to
    /// have, and takes shares for what they turned out to be; says whether the
    /// table has to be read again.
    fn settle(&mut self, parts: &[(usize, Done)]) -> bool {
        let mut is_changed = false;
        for (i, column) in self.columns.iter_mut().enumerate().filter(|_| !self.failed) {
            let of_parts = || parts.iter().filter_map(move |(_, done)| done.bad.get(i));
            let wanted = of_parts().map(|bad| bad.decimals).max().unwrap_or(0);
            if wanted > 0 {
                is_changed |= column.to_mut().widen(wanted);
            }
            if shares::are_percentages(column, of_parts().map(|bad| &bad.shown)) {
                column.to_mut().set_unit(CellUnit::Percent);
                is_changed = true;
            }
        }
        if is_changed {
            self.schema = schema(&self.columns);
        }
        is_changed
    }

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

    fn scanned(&self, files: &[OpenFile]) -> Result<Option<parquet::InPlace>, Diagnostic> {
        let open: Option<Vec<_>> =
            files.iter().map(|file| Some((&file.file, file.parquet.as_ref()?))).collect();
        match open {
            Some(open) if !open.is_empty() => {
                let columns: Vec<&BoundColumn> = self.columns().collect();
                parquet::in_place(self.source.name.as_str(), &open, &columns)
            }
            _ => Ok(None),
        }
    }

    /// The table with so many rows, for those who are told.
    fn told(&self, rows: Option<u64>) -> TableRead {
        let sizes: Vec<u64> = match &self.source.content {
            Content::Files(files) => files.iter().map(|file| file.file.size).collect(),
            Content::Given(_) => Vec::new(),
        };
        TableRead {
            name: self.source.name.to_string(),
            files: sizes.len() as u64,
            bytes: sizes.iter().sum(),
            rows,
            held: if self.in_place.is_some() { Held::InPlace } else { Held::Here },
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
            Content::Files(files) if self.in_place.is_some() => {
                let is_looked_at = look::columns(self).next().is_some() || self.may_repeat;
                let of_file = |(i, file): (usize, &'a OpenFile)| -> Vec<Job<'a>> {
                    let Some(contents) = file.parquet.as_ref().filter(|_| is_looked_at) else {
                        return Vec::new();
                    };
                    let groups = parquet::row_groups(contents, threads).into_iter();
                    groups.map(|groups| job(i, Work::Look(file, contents, groups))).collect()
                };
                files.iter().enumerate().flat_map(of_file).collect()
            }
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

    /// Whether some rows may not count, so that it cannot be scanned where it is.
    fn leaves_out(&self) -> bool {
        matches!(self.source.duplicates, Duplicates::Keep(_)) && !self.key.is_empty()
            || self.source.rules.iter().any(RowRule::leaves_out)
    }

    fn assemble(
        mut self,
        parts: Vec<(usize, Done)>,
        options: &LoadOptions,
        room: &Room,
        number: usize,
    ) -> Result<LoadedTable, Vec<Diagnostic>> {
        let judged = self.judge(parts, options, room);
        if !judged.problems.is_empty() {
            return Err(judged.problems);
        }
        let rows = match &self.in_place {
            Some(_) => self.source.rows,
            None => Some(judged.rows),
        };
        options.progress.table(self.told(rows));
        let held = batches::held(&judged.stored);
        let (provider, lacking) = match self.in_place {
            Some(found) => (found.provider, found.lacking),
            None => {
                let lacking = batches::lacking(&self.schema, &judged.stored);
                let (threads, number) = (options.threads, number.to_string());
                let table = batches::table(&self.schema, judged.stored, threads, room, &number);
                (table.map_err(|problem| vec![problem])?, lacking)
            }
        };
        let unique = match self.key.as_slice() {
            [key] => Some(key.column.name.clone()),
            _ => None,
        };
        let (name, _folder) = (self.source.name.clone(), room.folder());
        let Judged { bad_cells, keyless, warnings, .. } = judged;
        Ok(LoadedTable { name, provider, rows, held, unique, bad_cells, lacking, keyless, warnings, _folder })
    }

    /// Puts parts together and says what is wrong with them.
    pub(super) fn judge(&mut self, parts: Vec<(usize, Done)>, options: &LoadOptions, room: &Room) -> Judged {
        let source = self.source;
        let name = &source.name;
        let mut judged = Judged {
            stored: Vec::new(),
            rows: 0,
            left_out: 0,
            bad_cells: BTreeMap::new(),
            keyless: 0,
            problems: Vec::new(),
            warnings: Vec::new(),
        };
        let mut bad = vec![BadCells::default(); self.columns.len()];
        let mut skipped: BTreeMap<usize, (Skipped, usize, u64)> = BTreeMap::new();
        let mut seen = Vec::new();
        let mut footers = Vec::new();
        let mut hashes = Vec::new();
        for (file, done) in parts {
            for (all, part) in bad.iter_mut().zip(done.bad) {
                all.append(part);
            }
            let (all, header, rows) = skipped.entry(file).or_default();
            all.append(done.skipped);
            *header = done.header;
            footers.push((file, done.footer));
            hashes.push((file, done.rows));
            *rows += done.seen.rows;
            self.part_files.push(file);
            judged.stored.push(done.part);
            seen.push(done.seen);
        }
        if let Content::Files(files) = &source.content {
            for (file, (skipped, header, rows)) in &skipped {
                judged.problems.extend(reader::ragged(&files[*file].file, skipped, *header, &source.format));
                judged.warnings.extend(findings::blank_rows(&files[*file].file, skipped, *rows));
                judged.warnings.extend(findings::headers_again(&files[*file].file, skipped));
            }
            for found in footers.iter().filter_map(|(file, footer)| footer.found(source, &files[*file].file))
            {
                match found.severity {
                    Severity::Error => judged.problems.push(found),
                    _ => judged.warnings.push(found),
                }
            }
        }
        let all: u64 = seen.iter().map(|seen| seen.rows).sum();
        let mut by_rule: Vec<u64> = (0..source.rules.len())
            .map(|i| seen.iter().filter_map(|seen| seen.by_rule.get(i)).sum())
            .collect();
        // Which row of a key is its last is asked of all rows, and only then whether
        // that one counts: a deal whose last state is deleted is gone.
        let superseded = match self.failed {
            true => 0,
            false => duplicates::settle(self, &seen, &mut by_rule, options, room, &mut judged),
        };
        if self.may_repeat && !self.failed && judged.problems.is_empty() {
            for found in same_rows::found(self, &hashes, options.threads) {
                match found.severity {
                    Severity::Error => judged.problems.push(found),
                    _ => judged.warnings.push(found),
                }
            }
        }
        let parts = self.part_files.iter().copied().zip(seen.iter().map(|seen| seen.keyless));
        if let Some((rows, found)) = keyless::found(source, &self.key, parts) {
            judged.keyless = rows;
            judged.warnings.push(found);
        }
        judged.left_out = superseded;
        for (i, (rule, about)) in source.rules.iter().zip(by_rule).enumerate() {
            let mut unread = BadCells::default();
            for bad in seen.iter_mut().filter_map(|seen| seen.bad.get_mut(i)) {
                unread.append(std::mem::take(bad));
            }
            judged.left_out += if rule.leaves_out() { about } else { 0 };
            judged.warnings.extend(findings::by_rule(source, rule, about, all));
            judged.problems.extend(findings::undecided(name, rule, &unread));
            judged.problems.extend(shares::undecided(name, &rule.column, &unread.shown));
        }
        judged.rows = match &source.content {
            Content::Given(rows) => rows.len() as u64,
            Content::Files(_) => all - judged.left_out,
        };
        let is_empty = match &self.in_place {
            Some(_) => source.rows == Some(0),
            None => judged.rows == 0,
        };
        if is_empty && !source.allow_empty && judged.problems.is_empty() && !self.failed {
            let message = match judged.left_out {
                0 => format!("table `{name}` has no rows"),
                _ => format!("table `{name}` has no rows: what its files hold is left out on purpose"),
            };
            judged.problems.push(empty_table(message, source.at.clone()));
        }
        for (bound, bad) in self.columns.iter().zip(bad) {
            let of_cells =
                (bad.count > 0).then(|| findings::bad_cells(name, bound, &bad, source.on_bad_value));
            for mut found in shares::ambiguous(name, bound, &bad.shown).into_iter().chain(of_cells) {
                if self.used.is_some_and(|used| !used.contains(&bound.column.name)) {
                    found.severity = Severity::Warning;
                }
                match found.severity {
                    Severity::Error => judged.problems.push(found),
                    _ => judged.warnings.push(found),
                }
            }
            if bad.count > 0 {
                judged.bad_cells.insert(bound.column.name.clone(), bad);
            }
        }
        judged
    }
}

fn crashed(table: &TableName, file: Option<&DataFile>) -> Diagnostic {
    match file {
        Some(file) => guard::crashed(file),
        None => {
            let message = format!("reading the rows given for table `{table}` failed in an unforeseen way");
            Diagnostic::error(Code::EngineFailed, message).help("please report this, with the test")
        }
    }
}
