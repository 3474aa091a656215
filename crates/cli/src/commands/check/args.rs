//! What `goalpost check` takes.

use std::path::PathBuf;

use clap::Args;

use crate::options::Question;
use crate::render::check::CheckFormat;

/// `goalpost check`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CheckArgs {
    /// Goals by name or pattern (*, ?, [a-z]); every goal otherwise
    #[arg(value_name = "GOAL")]
    pub(crate) goals: Vec<String>,
    /// Fail at risk too
    #[arg(long)]
    pub(crate) strict: bool,
    /// Which goals, and against what they may fail.
    #[command(flatten)]
    pub(crate) narrowed: Narrowed,
    /// What the run speaks for.
    #[command(flatten)]
    pub(crate) question: Question,
    /// Where the verdicts go.
    #[command(flatten)]
    pub(crate) reports: ReportArgs,
}

/// What a check is narrowed to.
#[derive(Debug, Default, Args)]
pub(crate) struct Narrowed {
    /// Only goals that this owner answers for; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: Vec<String>,
    /// Only goals with this label; may be given several times
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// Only goals that block, or only those that advise: block or advise
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) severity: Vec<String>,
    /// Only goals on metrics of this area (sales, service, project, …); may be given several times
    #[arg(long, value_name = "AREA")]
    pub(crate) area: Vec<String>,
    /// Fail only on goals that got worse than this recorded run
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Record this run as a baseline
    #[arg(long, value_name = "FILE")]
    pub(crate) save_baseline: Option<PathBuf>,
}

/// Reports of a check, all from one evaluation.
#[derive(Debug, Default, Args)]
pub(crate) struct ReportArgs {
    /// Write a report, FORMAT or FORMAT=FILE; may be given several times. Formats: human, json, junit,
    /// github, sarif, tap, markdown, csv
    #[arg(long = "report", value_name = "FORMAT[=FILE]")]
    pub(crate) reports: Vec<String>,
    /// One more report: how to write it. Human otherwise
    #[arg(long, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) format: Option<CheckFormat>,
    /// The file of that report, written whole or not at all
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  goalpost check                                    every goal, as of now
  goalpost check close_rate --as-of 2026-04-01      repeats a past run
  goalpost check 'sales-*' --strict                 at risk fails too
  goalpost check --owner sales-ops --severity block
  goalpost check --report junit=goals.xml --report sarif=goals.sarif --report github
  goalpost check --save-baseline goals.json         then --baseline goals.json fails on what got worse

Exit codes:
  0  every judged goal is met (or at risk, without --strict)
  1  a goal is missed, has no data or is incomplete
  2  an error of use, configuration or script
  3  data could not be read or computed
  4  nothing was judged: no goal, or all are pending";
