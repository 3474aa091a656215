//! How plans are made, where nothing of it may change an answer.
//!
//! A run leaves all of it to the engine. Tests hold the answers of other plans
//! against it: rewritten otherwise or not at all, on more partitions than the
//! tables ask for, in smaller batches.

use std::sync::Arc;

use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::optimizer::Optimizer;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::SessionConfig;

use super::dense::Grouping;
use super::percentile::Percentiles;

/// What the engine may choose in planning a scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planning {
    /// Partitions, however small the tables are; `None` for as many as pay.
    pub partitions: Option<usize>,
    /// Rows of a batch; `None` for the engine's own number.
    pub batch_rows: Option<usize>,
    /// Which rules rewrite plans.
    pub rules: Rules,
    /// Whether operators may tell those below, while they run, what they need no longer.
    pub dynamic_filters: DynamicFilters,
    /// Who groups rows.
    pub grouping: Grouping,
    /// From which numbers percentiles are taken.
    pub percentiles: Percentiles,
}

/// Rules that rewrite plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rules {
    /// All that the engine has.
    #[default]
    All,
    /// Those without which no plan runs, and of the others each whose bit is set.
    Some(u64),
}

/// Filters that operators find while they run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DynamicFilters {
    /// As the engine has them.
    #[default]
    On,
    /// None.
    Off,
}

/// Rules that are no choice: they replace what no operator can run, or see to it
/// that operators get the order and the partitions that they build on.
const NEEDED: [&str; 11] = [
    // It turns `coalesce` into what can be run.
    "simplify_expressions",
    "rewrite_set_comparison",
    "replace_distinct_aggregate",
    "decorrelate_predicate_subquery",
    "scalar_subquery_to_join",
    "decorrelate_lateral_join",
    "join_selection",
    "OutputRequirements",
    "EnsureRequirements",
    "EnsureCooperative",
    "SanityCheckPlan",
];

impl Rules {
    fn keeps(self, place: usize, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(bits) => NEEDED.contains(&name) || bits >> (place % 64) & 1 == 1,
        }
    }
}

impl Planning {
    /// Changes what is set.
    pub(super) fn configure(self, mut config: SessionConfig) -> SessionConfig {
        config = config.with_extension(Arc::new(self.grouping));
        config = config.with_extension(Arc::new(self.percentiles));
        if let Some(partitions) = self.partitions {
            config = config.with_target_partitions(partitions.max(1));
        }
        if let Some(rows) = self.batch_rows {
            config = config.with_batch_size(rows.max(1));
        }
        if self.rules != Rules::All {
            // Of what is not simplified the engine is of two minds whether it can be null.
            config.options_mut().execution.skip_physical_aggregate_schema_check = true;
        }
        if self.dynamic_filters == DynamicFilters::Off {
            let options = &mut config.options_mut().optimizer;
            options.enable_dynamic_filter_pushdown = false;
            options.enable_topk_dynamic_filter_pushdown = false;
            options.enable_join_dynamic_filter_pushdown = false;
            options.enable_aggregate_dynamic_filter_pushdown = false;
        }
        config
    }

    /// Leaves rules out.
    pub(super) fn rules(self, builder: SessionStateBuilder) -> SessionStateBuilder {
        if self.rules == Rules::All {
            return builder;
        }
        let logical = Optimizer::new().rules;
        let physical = PhysicalOptimizer::new().rules;
        let first_physical = logical.len();
        let logical =
            logical.into_iter().enumerate().filter(|(place, rule)| self.rules.keeps(*place, rule.name()));
        let physical = physical
            .into_iter()
            .enumerate()
            .filter(|(place, rule)| self.rules.keeps(first_physical + place, rule.name()));
        builder
            .with_optimizer_rules(logical.map(|(_, rule)| rule).collect())
            .with_physical_optimizer_rules(physical.map(|(_, rule)| rule).collect())
    }
}
