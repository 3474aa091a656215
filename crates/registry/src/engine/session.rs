//! The session and its limits, the errors it gives, and what it tells of plans.

use std::sync::Arc;

use datafusion::arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use goalpost_core::diagnostic::{Code, Diagnostic};

use super::EngineOptions;
use super::bounded::{QueryTime, is_limit};
use super::memory::Turns;
use crate::lower;
use crate::lower::rows::RowContext;
use crate::scan::Scan;
use crate::scan::reading::Reading;
use crate::source::not_put_aside;

/// What operators get whatever is left.
const LEAST: usize = 1 << 20;

/// Rows below which one thread is faster than several.
const SMALL: u64 = 100_000;

/// A session within the limits of the options, for tables of so many rows that
/// take so many bytes of memory.
pub(crate) fn session(
    options: &EngineOptions,
    rows: u64,
    held: usize,
) -> Result<SessionContext, Box<Diagnostic>> {
    let threads = if rows < SMALL { 1 } else { options.threads() };
    let mut config = SessionConfig::new().with_target_partitions(threads).with_information_schema(false);
    config = config.with_extension(Arc::new(QueryTime(options.query_time)));
    config = config.with_extension(Arc::clone(&options.progress));
    config = config.with_extension(Arc::<Turns>::default());
    let limit = options.memory_limit.saturating_sub(held).max(LEAST);
    // What a sort keeps back to merge what it spilled, out of its own share.
    let merging = (limit / 64).clamp(64 << 10, 10 << 20);
    config = config.with_sort_spill_reservation_bytes(merging);
    let config = options.planning.configure(config);
    let five = std::num::NonZeroUsize::new(5).unwrap_or(std::num::NonZeroUsize::MIN);
    let pool = TrackConsumersPool::new(FairSpillPool::new(limit), five);
    let mut disk = DiskManagerBuilder::default();
    if let Some(folder) = &options.temp_dir {
        disk = disk.with_mode(DiskManagerMode::Directories(vec![folder.clone()]));
    }
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_disk_manager_builder(disk)
        .build_arc()
        .map_err(|error| Box::new(failed(&error)))?;
    let builder =
        SessionStateBuilder::new().with_config(config).with_runtime_env(runtime).with_default_features();
    Ok(SessionContext::new_with_state(options.planning.rules(builder).build()))
}

/// An engine's error as a diagnostic.
pub(crate) fn failed(error: &DataFusionError) -> Diagnostic {
    if is_limit(error) {
        return Diagnostic::error(Code::ScriptLimit, error.find_root().message().into_owned())
            .help("let it read fewer rows, or join on equal columns");
    }
    match error.find_root() {
        DataFusionError::ResourcesExhausted(what) if what.contains("disk space") => not_spilled(what),
        DataFusionError::IoError(reason) => not_spilled(reason),
        DataFusionError::ArrowError(cause, _) if matches!(**cause, ArrowError::IoError(..)) => {
            match &**cause {
                // Without the engine's words for it.
                ArrowError::IoError(_, reason) => not_spilled(reason),
                other => not_spilled(other),
            }
        }
        // Only files that are scanned where they are get to the engine as they are.
        root @ (DataFusionError::ParquetError(_) | DataFusionError::ObjectStore(_)) => {
            Diagnostic::error(Code::UnreadableFile, format!("a Parquet file cannot be read: {root}"))
                .help("check whether it is damaged, or was written to while it was read")
        }
        DataFusionError::ArrowError(cause, _) if matches!(**cause, ArrowError::ParquetError(_)) => {
            Diagnostic::error(Code::UnreadableFile, format!("a Parquet file cannot be read: {cause}"))
                .help("check whether it is damaged, or was written to while it was read")
        }
        DataFusionError::ResourcesExhausted(what) => {
            Diagnostic::error(Code::OutOfMemory, format!("the memory limit was reached: {what}"))
                .help("give it more with `--memory-limit 4GiB`, or ask for fewer segments at once")
        }
        root => Diagnostic::error(Code::EngineFailed, format!("the engine could not compute a plan: {root}"))
            .help("this is a defect of Goalpost if the data is readable; `goalpost explain METRIC` shows the plan"),
    }
}

/// An error of the temporary folder: the engine does not read or write any other file itself.
fn not_spilled(reason: &dyn std::fmt::Display) -> Diagnostic {
    not_put_aside(&std::env::temp_dir().display().to_string(), &reason.to_string())
}

/// Whether an error is one of a scan's surroundings, not of what it computes: each
/// of its aggregates would fail alike.
pub(crate) fn is_outside(error: &DataFusionError) -> bool {
    let code = failed(error).code;
    matches!(code, Code::UnreadableFile | Code::SpillFailed | Code::OutOfMemory | Code::ScriptLimit)
}

/// A scan as the engine would run it.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The optimised logical plan.
    pub(crate) logical: String,
    /// The same as SQL, where it can be said.
    pub(crate) sql: Option<String>,
}

/// The plans of scans.
pub(crate) async fn plans(context: &RowContext<'_>, scans: &[Scan]) -> Result<Vec<Plan>, Diagnostic> {
    let mut found = Vec::new();
    for scan in scans {
        let frame = lower::plan(context, &Reading::Groups(scan.clone())).map_err(|error| failed(&error))?;
        let sql =
            datafusion::sql::unparser::plan_to_sql(frame.logical_plan()).ok().map(|sql| sql.to_string());
        let plan = frame.into_optimized_plan().map_err(|error| failed(&error))?;
        found.push(Plan { logical: plan.display_indent().to_string(), sql });
    }
    Ok(found)
}
