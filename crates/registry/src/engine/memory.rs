//! Reading within the memory limit: one budget for a run, and what is done where it is too small.
//!
//! What loading keeps and what operators hold come out of the same limit; only a
//! quarter may be rows, the rest of which goes to disk. Operators share what is
//! left: the more of them are at work, the less each may hold before it spills or
//! gives up. So what runs out of memory beside others is read again with all others
//! waiting: on one thread, and then with joins that sort and can spill. A join that
//! is known to be too large for the first is read in the second way at once.

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{DataFusionError, Result};
use datafusion::dataframe::DataFrame;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;
use tokio::sync::RwLock;

use super::bounded::{self, Joins};
use crate::lower;
use crate::lower::rows::RowContext;
use crate::progress::Task;
use crate::scan::reading::Reading;

/// The share of the limit that loaded rows may take before they go to disk.
const OF_ROWS: usize = 4;

/// Memory below which scans run one at a time: each holds buffers that no limit knows of.
const OF_A_SCAN: usize = 256 << 20;

/// Bytes that loaded rows may take.
pub(crate) const fn for_rows(limit: usize) -> usize {
    limit / OF_ROWS
}

/// How many of as many readings as there are threads may run beside each other.
pub(crate) fn at_once(limit: usize, threads: usize) -> usize {
    threads.min(limit / OF_A_SCAN).max(1)
}

/// Who reads: many beside each other, or one alone.
#[derive(Debug, Default)]
pub(crate) struct Turns(RwLock<()>);

/// Reads in whatever way there is memory for.
pub(super) async fn read(
    context: &RowContext<'_>,
    reading: &Reading,
    task: &Task<'_>,
) -> Result<Vec<RecordBatch>> {
    let plan = |state: &SessionState| lower::plan(&RowContext { state, ..*context }, reading);
    within(context.state, plan, task).await
}

async fn within(
    state: &SessionState,
    plan: impl Fn(&SessionState) -> Result<DataFrame>,
    task: &Task<'_>,
) -> Result<Vec<RecordBatch>> {
    let turns = state.config().get_extension::<Turns>().unwrap_or_default();
    let beside = turns.0.read().await;
    let mut found = bounded::collect(plan(state)?, Joins::Held, task).await;
    drop(beside);
    for joins in [Joins::Held, Joins::Merged] {
        if !found.as_ref().is_err_and(is_out_of_memory) {
            break;
        }
        let _alone = turns.0.write().await;
        let config = config(state.config().clone(), joins);
        let state = SessionStateBuilder::new_from_existing(state.clone()).with_config(config).build();
        found = bounded::collect(plan(&state)?, joins, task).await;
    }
    found
}

/// How one reads that is alone. Joins hold one side whole; merged ones sort both,
/// and sorts can spill. The engine plans those for more than one thread only.
fn config(config: SessionConfig, joins: Joins) -> SessionConfig {
    match joins {
        Joins::Held => config.with_target_partitions(1),
        Joins::Merged => {
            let mut config = config.with_target_partitions(2);
            config.options_mut().optimizer.prefer_hash_join = false;
            config
        }
    }
}

fn is_out_of_memory(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array};
    use datafusion::arrow::datatypes::Int64Type;
    use datafusion::common::JoinType;
    use datafusion::functions_aggregate::expr_fn::{count, sum};
    use datafusion::prelude::{col, lit};

    use super::*;
    use crate::engine::{EngineOptions, session};
    use crate::progress::Progress;

    #[test]
    fn the_limit_is_shared_out() {
        assert_eq!(for_rows(1 << 30), 256 << 20);
        // A scan at a time below half a gigabyte, whatever the threads.
        assert_eq!([256, 511, 512, 1024].map(|limit| at_once(limit << 20, 2)), [1, 1, 2, 2]);
        assert_eq!(at_once(1, 8), 1);
    }

    /// Two tables of so many numbers from 0 on, joined, within so many bytes.
    async fn joined(rows: i64, memory_limit: usize, kind: JoinType) -> Result<(i64, Option<i64>)> {
        let options = EngineOptions { memory_limit, threads: Some(2), ..EngineOptions::default() };
        let context = session::session(&options, u64::MAX, 0)
            .map_err(|error| DataFusionError::External(error.message.into()))?;
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
        for name in ["a", "b"] {
            context.register_batch(name, RecordBatch::try_from_iter([(name, Arc::clone(&numbers))])?)?;
        }
        let (a, b) = (
            context.table("a").await?.into_unoptimized_plan(),
            context.table("b").await?.into_unoptimized_plan(),
        );
        let plan = |state: &SessionState| {
            let side =
                |plan: &datafusion::logical_expr::LogicalPlan| DataFrame::new(state.clone(), plan.clone());
            let joined = side(&a).join(side(&b), kind, &["a"], &["b"], None)?;
            joined.aggregate(Vec::new(), vec![count(lit(1)).alias("n"), sum(col("a")).alias("s")])
        };
        let progress = Progress::default();
        let found = within(&context.state(), plan, &progress.computing("a".to_owned())).await?;
        let number =
            |place: usize| found[0].column(place).as_primitive::<Int64Type>().iter().next().flatten();
        Ok((number(0).unwrap_or(0), number(1)))
    }

    #[test]
    fn a_join_that_does_not_fit_merges_what_is_sorted() {
        let runtime = tokio::runtime::Runtime::new().expect("threads");
        let rows = 150_000;
        let wanted = (rows, Some(rows * (rows - 1) / 2));
        for limit in [1 << 30, 4 << 20] {
            let joined = |kind| runtime.block_on(joined(rows, limit, kind)).expect("joined");
            for kind in [JoinType::Inner, JoinType::Left, JoinType::LeftSemi] {
                assert_eq!(joined(kind), wanted, "{limit} {kind}");
            }
            assert_eq!(joined(JoinType::LeftAnti), (0, None), "{limit}");
        }
    }
}
