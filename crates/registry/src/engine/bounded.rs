//! Running what a script wrote as a query, within a time.
//!
//! A query can ask for more pairs of rows than there will ever be time for. Joins
//! without an equality are refused when their sides are too large, and everything
//! else is stopped when its time is over.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DataFusionError, Result};
use datafusion::dataframe::DataFrame;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::MemoryLimit;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{ExecutionPlan, collect as run, execute_stream_partitioned};
use futures::channel::oneshot;
use futures::future::{Either, select};
use futures::{FutureExt, StreamExt};
use tokio::task::JoinSet;

use crate::progress::{Rows, Task};
use crate::query::QUERY;

/// Pairs of rows that a join without an equality may look at.
const MOST_PAIRS: usize = 2_000_000_000;

/// The time of a scan of a query, as the session knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueryTime(pub(crate) Duration);

/// How joins are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joins {
    /// One side is held whole, so it has to fit into memory.
    Held,
    /// Both sides are sorted, and what does not fit is put aside.
    Merged,
}

/// Runs a plan; one that a query is part of, unless it takes too long. An
/// operator that fails in an unforeseen way, as readers of damaged files do, is
/// an error like others.
pub(crate) async fn collect(frame: DataFrame, joins: Joins, task: &Task<'_>) -> Result<Vec<RecordBatch>> {
    let caught = AssertUnwindSafe(collected(frame, joins, task)).catch_unwind().await;
    caught.unwrap_or_else(|_| Err(DataFusionError::Execution(CRASHED.to_owned())))
}

/// Folds the rows of a plan, each of its parts on its own and all at once.
pub(crate) async fn folded<F: Send + 'static>(
    frame: DataFrame,
    task: &Task<'_>,
    begin: impl Fn() -> Result<F>,
    add: fn(&mut F, &RecordBatch) -> Result<()>,
) -> Result<Vec<F>> {
    let context = Arc::new(frame.task_ctx());
    let plan = frame.create_physical_plan().await?;
    let counted = Arc::clone(&plan);
    task.counted(move || rows(&*counted));
    let mut parts: JoinSet<Result<F>> = JoinSet::new();
    for mut part in execute_stream_partitioned(plan, context)? {
        let mut folded = begin()?;
        parts.spawn(async move {
            while let Some(batch) = part.next().await {
                add(&mut folded, &batch?)?;
            }
            Ok(folded)
        });
    }
    let mut found = Vec::with_capacity(parts.len());
    while let Some(part) = parts.join_next().await {
        found.push(part.map_err(|_| DataFusionError::Execution(CRASHED.to_owned()))??);
    }
    Ok(found)
}

/// What is said where an operator panicked.
const CRASHED: &str = "an operator failed in an unforeseen way";

async fn collected(frame: DataFrame, joins: Joins, task: &Task<'_>) -> Result<Vec<RecordBatch>> {
    let has_query = frame.logical_plan().exists(|node| {
        Ok(matches!(node, LogicalPlan::SubqueryAlias(alias) if alias.alias.table() == QUERY))
    })?;
    let context = Arc::new(frame.task_ctx());
    let plan = frame.create_physical_plan().await?;
    if joins == Joins::Held {
        fits(&*plan, context.runtime_env().memory_pool.memory_limit())?;
    }
    let counted = Arc::clone(&plan);
    task.counted(move || rows(&*counted));
    match context.session_config().get_extension::<QueryTime>().filter(|_| has_query) {
        Some(time) => within(plan, context, time.0).await,
        None => run(plan, context).await,
    }
}

/// Bytes that a join holds of a row besides its columns, and those of a text.
const OF_A_ROW: usize = 24;
const OF_A_TEXT: usize = 32;

/// Refuses a plan whose joins would hold more than half of the memory, as far as
/// rows are known: it would be in vain, after all of them were read.
fn fits(plan: &dyn ExecutionPlan, limit: MemoryLimit) -> Result<()> {
    let MemoryLimit::Finite(limit) = limit else { return Ok(()) };
    let held = held(plan);
    if held <= limit / 2 {
        return Ok(());
    }
    let what = format!("joins hold about {held} bytes of {limit}");
    Err(DataFusionError::ResourcesExhausted(what))
}

/// Bytes that the joins of a plan hold together.
fn held(plan: &dyn ExecutionPlan) -> usize {
    let children = plan.children();
    let below = children.iter().map(|child| held(&***child)).fold(0, usize::saturating_add);
    match children.first().filter(|_| plan.name() == "HashJoinExec") {
        Some(side) => below.saturating_add(size(&***side)),
        None => below,
    }
}

/// Bytes of the rows of a plan; 0 where they are not known.
fn size(plan: &dyn ExecutionPlan) -> usize {
    let found = StatisticsContext::new().compute(plan, &StatisticsArgs::new()).ok();
    let rows = found.and_then(|found| found.num_rows.get_value().copied()).unwrap_or(0);
    let columns = plan.schema();
    let width = columns.fields().iter().map(|field| field.data_type().primitive_width().unwrap_or(OF_A_TEXT));
    rows.saturating_mul(width.sum::<usize>() + OF_A_ROW)
}

/// Rows that came out of the sources of a plan so far, and those that they have.
fn rows(plan: &dyn ExecutionPlan) -> Rows {
    let children = plan.children();
    if children.is_empty() {
        let done = plan.metrics().and_then(|metrics| metrics.output_rows()).map(|rows| rows as u64);
        let found = StatisticsContext::new().compute(plan, &StatisticsArgs::new()).ok();
        let all = found.and_then(|found| found.num_rows.get_value().map(|rows| *rows as u64));
        return Rows { done, all };
    }
    let sum = |all: Option<u64>, one: Option<u64>| Some(all.unwrap_or(0) + one?).or(all);
    children
        .into_iter()
        .map(|child| rows(&**child))
        .fold(Rows::default(), |all, one| Rows { done: sum(all.done, one.done), all: sum(all.all, one.all) })
}

async fn within(
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    time: Duration,
) -> Result<Vec<RecordBatch>> {
    // A join gives the others a turn after each batch, so that it can be stopped.
    let plan = plan.transform_up(|node| {
        if !node.name().contains("Join") {
            return Ok(Transformed::no(node));
        }
        few_pairs(&*node)?;
        Ok(Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>))
    })?;
    let (late, is_late) = oneshot::channel::<()>();
    let (done, is_done) = channel::<()>();
    let watch = std::thread::Builder::new().name("query".to_owned()).spawn(move || {
        if is_done.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
            let _ = late.send(());
        }
    });
    let found = match watch {
        Ok(_) => match select(pin!(run(plan.data, context)), is_late).await {
            Either::Left((found, _)) => found,
            Either::Right(_) => Err(too_long(time)),
        },
        Err(_) => run(plan.data, context).await,
    };
    drop(done);
    found
}

/// What is said of a query that was stopped.
const STOPPED: &str = "the query took longer than";

fn too_long(time: Duration) -> DataFusionError {
    DataFusionError::Execution(format!("{STOPPED} {time:?}"))
}

/// Whether an error says that a query would take, or took, too long.
pub(crate) fn is_limit(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::Execution(what) if what.starts_with(STOPPED) || what.starts_with(PAIRS))
}

const PAIRS: &str = "the query pairs";

/// Refuses a join that looks at every pair of two large sides.
fn few_pairs(node: &dyn ExecutionPlan) -> Result<()> {
    if !matches!(node.name(), "NestedLoopJoinExec" | "CrossJoinExec") {
        return Ok(());
    }
    let mut pairs = 1_usize;
    for side in node.children() {
        let rows = StatisticsContext::new().compute(&**side, &StatisticsArgs::new())?.num_rows;
        pairs = pairs.saturating_mul(rows.get_value().copied().unwrap_or(1).max(1));
    }
    if pairs > MOST_PAIRS {
        let message = format!("{PAIRS} {pairs} rows: give its join a condition with `=`");
        return Err(DataFusionError::Execution(message));
    }
    Ok(())
}
