//! Questions: measures over windows, computed together in one go.
//!
//! All questions of a run share one [`Leaves`] and so one set of scans.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::prelude::SessionContext;
use goalpost_core::calendar::{AsOf, Calendar, Grain, Window};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::RelationSource;
use goalpost_core::name::TableName;
use goalpost_core::outcome::{Computed, Outcome};
use tokio::runtime::Runtime;

use crate::engine::door;
use crate::engine::doubt::Doubts;
use crate::engine::fuse::{Fused, fuse};
use crate::engine::listing::{self, Class};
use crate::engine::range::{self, Days};
use crate::engine::rollup::Answers;
use crate::engine::{EngineOptions, currency, memory, references, run, session};
use crate::lower::rows::RowContext;
use crate::lower::tables::Tables;
use crate::plan::align::BySegment;
use crate::plan::evaluate::Evaluator;
use crate::plan::needs::{Needs, References};
use crate::plan::windows::{Demand, TimeContext, demand};
use crate::plan::{Leaves, Node};
use crate::project::Project;
use crate::scan::listing::Listing;
use crate::scan::reading::Reading;
use crate::source::LoadOptions;

/// A measure over windows.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) node: Node,
    pub(crate) grain: Grain,
    pub(crate) windows: Vec<Window>,
}

/// What has to be read for questions.
pub(crate) fn needs(project: &Project, leaves: &Leaves, questions: &[Question]) -> Needs {
    Needs::of(questions.iter().map(|question| &question.node), leaves, project.catalogue.shapes())
}

/// What the questions of a run came to.
pub(crate) struct Answered {
    /// By question and window.
    pub(crate) values: Vec<Vec<BySegment>>,
    /// Rows without a time, by leaf, and how many rows it has in all.
    pub(crate) undated: BTreeMap<usize, (u64, u64)>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Answered {
    /// The answers to no question.
    pub(crate) fn nothing() -> Self {
        Self { values: Vec::new(), undated: BTreeMap::new(), diagnostics: Vec::new() }
    }
}

/// Threads and a session for small data, kept from one load to the next.
pub struct Bench {
    pub(crate) options: EngineOptions,
    runtime: Arc<Runtime>,
    context: SessionContext,
}

impl Bench {
    /// Threads and a session within the limits of the options.
    ///
    /// # Errors
    /// When the machine gives no threads, or no folder to spill to.
    pub fn new(options: EngineOptions) -> Result<Self, Box<Diagnostic>> {
        let runtime = Arc::new(threads(&options)?);
        let context = session::session(&options, 0, 0)?;
        Ok(Self { options, runtime, context })
    }
}

fn threads(options: &EngineOptions) -> Result<Runtime, Box<Diagnostic>> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(options.threads()).build().map_err(|error| {
        Box::new(Diagnostic::error(Code::EngineFailed, format!("no threads to work with: {error}")))
    })
}

/// The tables of a run, loaded, with what its questions need of them.
pub(crate) struct Loaded<'a> {
    project: &'a Project,
    leaves: &'a Leaves,
    /// Those that were checked.
    references: References,
    /// Those by which rows meet that do not follow them.
    meeting: References,
    as_of: AsOf,
    options: &'a EngineOptions,
    runtime: Arc<Runtime>,
    context: SessionContext,
    tables: Tables<'a>,
    warnings: Vec<Diagnostic>,
    /// Cells that could not be read and references that lead nowhere.
    doubts: Doubts,
}

impl<'a> Loaded<'a> {
    /// Reads the tables, and checks what would make sums wrong: references
    /// whose keys are not unique, amounts in several currencies.
    pub(crate) fn load(
        project: &'a Project,
        leaves: &'a Leaves,
        needs: Needs,
        as_of: AsOf,
        options: &'a EngineOptions,
    ) -> Result<Self, Vec<Diagnostic>> {
        let runtime = Arc::new(threads(options).map_err(|error| vec![*error])?);
        Self::load_in(project, leaves, needs, as_of, options, runtime, |rows, held| {
            session::session(options, rows, held)
        })
    }

    /// The same on threads and a session that are there already.
    pub(crate) fn load_on(
        bench: &'a Bench,
        project: &'a Project,
        leaves: &'a Leaves,
        needs: Needs,
        as_of: AsOf,
    ) -> Result<Self, Vec<Diagnostic>> {
        let runtime = Arc::clone(&bench.runtime);
        Self::load_in(project, leaves, needs, as_of, &bench.options, runtime, |_, _| {
            Ok(bench.context.clone())
        })
    }

    fn load_in(
        project: &'a Project,
        leaves: &'a Leaves,
        needs: Needs,
        as_of: AsOf,
        options: &'a EngineOptions,
        runtime: Arc<Runtime>,
        session: impl FnOnce(u64, usize) -> Result<SessionContext, Box<Diagnostic>>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let columns = needs.to_read();
        let load = LoadOptions {
            threads: options.threads(),
            memory: memory::for_rows(options.memory_limit),
            temp_dir: options.temp_dir.clone(),
            progress: Arc::clone(&options.progress),
            ..LoadOptions::default()
        };
        let tables = Tables::load(&project.sources, columns, load)?;
        let context = session(rows_of(&tables), tables.held()).map_err(|error| vec![*error])?;
        let warnings = tables.said().values().flat_map(|said| said.warnings.iter().cloned()).collect();
        let doubts = doubts(&tables);
        let mut loaded = Self {
            project,
            leaves,
            references: needs.references,
            meeting: needs.meeting,
            as_of,
            options,
            runtime,
            context,
            tables,
            warnings,
            doubts,
        };
        loaded.check(&needs.currencies)?;
        Ok(loaded)
    }

    fn check(
        &mut self,
        currencies: &[(TableName, goalpost_core::name::ColumnName)],
    ) -> Result<(), Vec<Diagnostic>> {
        let state = self.context.state();
        let rows = self.rows(&state);
        let place = |table: &TableName, name: &goalpost_core::name::ColumnName| {
            let table = self.project.config.tables.get(table)?;
            table
                .references
                .get(name)
                .map(|reference| reference.at.clone())
                .or_else(|| Some(table.at.clone()))
        };
        let at_once = self.options.at_once();
        let said = self.tables.said().iter();
        let unique = said.filter_map(|(table, said)| Some((table, said.unique.as_ref()?)));
        let unique = unique.collect();
        let (references, meeting, currencies) = self.runtime.block_on(async {
            let references = references::check(&rows, &self.references, &unique, place, at_once).await;
            let meeting = references::lost(&rows, &self.meeting, &self.references, at_once).await;
            let currencies = currency::check(&rows, currencies, &self.project.config, at_once).await;
            (references, meeting, currencies)
        });
        let mut errors = Vec::new();
        match references {
            Ok((warnings, unmatched)) => {
                self.warnings.extend(warnings);
                self.doubts.unmatched = unmatched;
            }
            Err(found) => errors.extend(found),
        }
        match meeting {
            Ok(lost) => self.doubts.unmatched.extend(lost),
            Err(error) => errors.push(error),
        }
        errors.extend(currencies);
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors.into_iter().flat_map(|error| self.told(error)).collect())
        }
    }

    /// An error of the engine as it is told. The engine does not know which file a
    /// reader failed on; where one cannot be read, that is what is wrong.
    fn told(&self, error: Diagnostic) -> Vec<Diagnostic> {
        let wrong = self.tables.wrong();
        if !wrong.is_empty() {
            return wrong;
        }
        if !matches!(error.code, Code::UnreadableFile | Code::EngineFailed) {
            return vec![error];
        }
        let damaged = self.tables.said().keys().flat_map(|table| self.project.sources.damaged(table));
        let damaged: Vec<Diagnostic> = damaged.collect();
        if damaged.is_empty() { vec![error] } else { damaged }
    }

    fn rows<'b>(&'b self, state: &'b datafusion::execution::context::SessionState) -> RowContext<'b> {
        RowContext {
            state,
            tables: &self.tables,
            shapes: self.project.catalogue.shapes(),
            calendar: &self.project.config.calendar,
            business: &self.project.config.business,
            as_of: &self.as_of,
        }
    }

    /// The first and last day of the data on any time axis of the leaves, up to
    /// as-of; `None` without a dated row. It may be less where that is enough.
    pub(crate) fn range(&self, enough: impl Fn(Days) -> bool) -> Result<Option<Days>, Vec<Diagnostic>> {
        let state = self.context.state();
        let rows = self.rows(&state);
        self.runtime
            .block_on(range::range(&rows, self.leaves, self.options.at_once(), enough))
            .map_err(|error| self.told(error))
    }

    /// Which groups of nodes that were not asked can be: those that follow
    /// references to one row each. Of the others the run's own questions know
    /// nothing, so they are merely not asked.
    pub(crate) fn sound(&self, groups: &[Vec<&Node>]) -> Result<Vec<bool>, Vec<Diagnostic>> {
        let shapes = self.project.catalogue.shapes();
        let groups: Vec<References> = groups
            .iter()
            .map(|nodes| Needs::of(nodes.iter().copied(), self.leaves, shapes).references)
            .collect();
        let state = self.context.state();
        let rows = self.rows(&state);
        let sound = references::sound(&rows, &self.references, &groups);
        self.runtime.block_on(sound).map_err(|error| self.told(error))
    }

    /// How many rows the largest table has that nodes aggregate; a very large
    /// number where that is not known.
    pub(crate) fn rows_behind(&self, nodes: &[Node]) -> u64 {
        let places: BTreeSet<usize> = nodes.iter().flat_map(Node::leaves).collect();
        let rows = places.into_iter().map(|place| {
            let RelationSource::Table(name) = &self.leaves.get(place).relation.source else { return None };
            self.tables.said().get(name).and_then(|said| said.rows)
        });
        rows.map(|rows| rows.unwrap_or(u64::MAX)).max().unwrap_or(0)
    }

    /// The scans for questions, and how each leaf is read off them.
    pub(crate) fn fused(&self, questions: &[Question]) -> Fused {
        let mut needs = Demand::new();
        for question in questions {
            let context = self.time(question.grain);
            for window in &question.windows {
                demand(&question.node, *window, &context, &mut needs);
            }
        }
        let end = self.as_of.visible_end(&self.project.config.calendar);
        fuse(self.leaves, &needs, self.options.fusion, end, (&self.doubts, self.project.catalogue.shapes()))
    }

    fn time(&self, grain: Grain) -> TimeContext<'_> {
        TimeContext { calendar: &self.project.config.calendar, as_of: self.as_of, grain }
    }

    /// Computes the questions.
    pub(crate) fn answer(&self, questions: &[Question]) -> Result<Answered, Vec<Diagnostic>> {
        let fused = self.fused(questions);
        let state = self.context.state();
        let rows = self.rows(&state);
        let groups = self
            .runtime
            .block_on(run::run(&rows, &fused.scans, self.options.at_once()))
            .map_err(|error| self.told(error))?;
        let calendar = &self.project.config.calendar;
        let end = self.as_of.visible_end(calendar);
        let mut answers = Answers::new(self.leaves, &fused, groups, calendar, end);
        let mut diagnostics = self.warnings.clone();
        let mut values = Vec::new();
        let mut defects: Vec<Diagnostic> = Vec::new();
        let mut answer = |place, window| {
            answers.get(place, window).unwrap_or_else(|| {
                let leaf = self.leaves.get(place);
                let what = format!("the {} of {} was not computed", leaf.function.name(), leaf.relation);
                defects.push(Diagnostic::defect(what).at(leaf.relation.at.clone()));
                BySegment::everywhere(Computed::without(Outcome::NoData(String::new())))
            })
        };
        for question in questions {
            let context = self.time(question.grain);
            let mut evaluator =
                Evaluator { leaves: self.leaves, answer: &mut answer, context, diagnostics: Vec::new() };
            values.push(
                question.windows.iter().map(|window| evaluator.evaluate(&question.node, *window)).collect(),
            );
            for found in evaluator.diagnostics {
                if !diagnostics.contains(&found) {
                    diagnostics.push(found);
                }
            }
        }
        if !defects.is_empty() {
            return Err(defects);
        }
        let undated = self.leaves.iter().map(|(place, _)| (place, answers.undated(place))).collect();
        Ok(Answered { values, undated, diagnostics })
    }

    /// Reads, one after the other so that each has all the memory.
    pub(crate) fn read(&self, readings: &[Reading]) -> Result<Vec<Vec<RecordBatch>>, Vec<Diagnostic>> {
        let state = self.context.state();
        let rows = self.rows(&state);
        let results = self.runtime.block_on(async {
            let mut results = Vec::with_capacity(readings.len());
            for reading in readings {
                results.push(door::read(&rows, reading).await?);
            }
            Ok::<_, DataFusionError>(results)
        });
        results.map_err(|error| self.told(session::failed(&error)))
    }

    /// All time up to as-of.
    pub(crate) fn until_now(&self) -> Window {
        Window { start: None, end: self.as_of.visible_end(self.calendar()) }
    }

    /// The calendar that days are of.
    pub(crate) fn calendar(&self) -> &Calendar {
        &self.project.config.calendar
    }

    /// Lists rows, by kind.
    pub(crate) fn list(&self, listing: &Listing) -> Result<Vec<Class>, Vec<Diagnostic>> {
        let state = self.context.state();
        let rows = self.rows(&state);
        self.runtime.block_on(listing::list(&rows, listing)).map_err(|error| self.told(error))
    }

    /// The plans of the scans, as the engine would run them.
    pub(crate) fn plans(&self, fused: &Fused) -> Result<Vec<session::Plan>, Vec<Diagnostic>> {
        let state = self.context.state();
        let rows = self.rows(&state);
        self.runtime.block_on(session::plans(&rows, &fused.scans)).map_err(|error| vec![error])
    }
}

/// What could not be read of the tables, and rows of which nothing tells which they are.
fn doubts(tables: &Tables<'_>) -> Doubts {
    let mut doubts = Doubts::default();
    for (table, said) in tables.said() {
        doubts.rows.insert(table.clone(), said.rows.unwrap_or_default());
        let lacking = said.lacking.iter().map(|column| (table.clone(), column.clone()));
        doubts.lacking.extend(lacking);
        let cells = said.bad_cells.iter();
        doubts.cells.extend(cells.map(|(column, count)| ((table.clone(), column.clone()), *count)));
        if said.keyless > 0 {
            doubts.keyless.insert(table.clone(), (tables.sources.key_of(table), said.keyless));
        }
    }
    doubts
}

fn rows_of(tables: &Tables<'_>) -> u64 {
    tables.said().values().map(|said| said.rows.unwrap_or(u64::MAX)).fold(0, u64::saturating_add)
}
