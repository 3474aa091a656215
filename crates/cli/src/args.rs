//! The command line as plain data, with its help texts.
//!
//! Nothing is looked up or checked here beyond the shape of the words;
//! `settings` and the commands do that, so that all problems can be reported
//! together.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, Parser, Subcommand, ValueEnum};
use goalpost_core::calendar::Grain;

use crate::demo::DemoOptions;

/// CRM metrics as code: KPIs and goals as short scripts, computed in one scan, gated in CI.
#[derive(Debug, Parser)]
#[command(name = "goalpost", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// What applies to every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The project's folder; otherwise the nearest one upwards with a goalpost.toml
    #[arg(short = 'C', long, global = true, value_name = "DIR", help_heading = EVERYWHERE)]
    pub(crate) project: Option<PathBuf>,
    /// Colour the output: auto (at a terminal, unless NO_COLOR is set), always, never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true, help_heading = EVERYWHERE)]
    pub(crate) color: ColorWhen,
    /// Memory to use before spilling to disk, e.g. 512MB or 2GiB
    #[arg(long, global = true, value_name = "SIZE", help_heading = EVERYWHERE)]
    pub(crate) memory_limit: Option<String>,
    /// Threads to compute with; one per core otherwise
    #[arg(long, global = true, value_name = "N", help_heading = EVERYWHERE)]
    pub(crate) threads: Option<usize>,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// At a terminal, unless NO_COLOR is set
    Auto,
    /// Always, also into files and pipes
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compute metrics by period and segment
    Run(RunArgs),
    /// Judge goals; fails when one is missed
    Check(CheckArgs),
    /// Compare metrics before and after a date, and say how sure one can be
    Compare(CompareArgs),
    /// List metrics, goals or tables, and what is missing for them
    List(ListArgs),
    /// Find what is wrong with goals, without computing anything
    Lint(LintArgs),
    /// List goals, or review how Specific, Measurable, Achievable, Relevant and Timely they are
    Goals(GoalsArgs),
    /// Say what a metric means and how it is computed
    Explain(ExplainArgs),
    /// Run the tests that scripts declare
    Test(TestArgs),
    /// Write the catalogue of metrics as Markdown
    Docs(DocsArgs),
    /// Write a complete, realistic example project
    Demo(DemoArgs),
}

/// `goalpost run`.
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES)]
pub(crate) struct RunArgs {
    /// Metrics by name or pattern (*, ?, [a-z]); every available one otherwise
    #[arg(value_name = "METRIC")]
    pub(crate) metrics: Vec<String>,
    /// The size of the periods: day, week, month, quarter, year or all
    #[arg(long, value_name = "GRAIN", default_value = "month", hide_possible_values = true)]
    pub(crate) grain: GrainArg,
    /// Periods from this day on
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// Periods up to, not including, this day
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    /// Only the last N periods
    #[arg(long, value_name = "N")]
    pub(crate) last: Option<String>,
    /// Dimensions to cut by, by comma: owner,rep.manager
    #[arg(long, value_name = "DIM,…", value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// What the run speaks for.
    #[command(flatten)]
    pub(crate) question: Question,
    /// How to write the result: table, json, csv or markdown
    #[arg(long, value_name = "FORMAT", default_value = "table", hide_possible_values = true)]
    pub(crate) format: RunFormat,
    /// Write the result to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// `goalpost check`.
#[derive(Debug, Args)]
#[command(after_help = CHECK_EXAMPLES)]
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

/// `goalpost compare`.
#[derive(Debug, Args)]
#[command(after_help = COMPARE_EXAMPLES)]
pub(crate) struct CompareArgs {
    /// Metrics by name or pattern (*, ?, [a-z]); every available one otherwise
    #[arg(value_name = "METRIC")]
    pub(crate) metrics: Vec<String>,
    /// The day of the change: the window before ends here and the one after begins
    #[arg(long, value_name = "DATE")]
    pub(crate) at: Option<String>,
    /// How long both windows of --at are: 6mo, 26w, 180d, 2q or 1y
    #[arg(long, value_name = "LENGTH")]
    pub(crate) window: Option<String>,
    /// The window before: a period (2025-Q4), or days from A up to, not including, B
    #[arg(long, value_name = "A..B")]
    pub(crate) before: Option<String>,
    /// The window after, in the same way
    #[arg(long, value_name = "A..B")]
    pub(crate) after: Option<String>,
    /// Dimensions to cut by, by comma: owner,rep.manager
    #[arg(long, value_name = "DIM,…", value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// What the run speaks for.
    #[command(flatten)]
    pub(crate) question: Question,
    /// How to write the result: table, json, csv or markdown
    #[arg(long, value_name = "FORMAT", default_value = "table", hide_possible_values = true)]
    pub(crate) format: RunFormat,
    /// Write the result to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// `goalpost list`.
#[derive(Debug, Args)]
#[command(after_help = LIST_EXAMPLES)]
pub(crate) struct ListArgs {
    /// What to list: metrics, goals or tables; everything otherwise
    #[arg(value_name = "WHAT", hide_possible_values = true)]
    pub(crate) what: Option<ListWhat>,
    /// How to write the result: table or json
    #[arg(long, value_name = "FORMAT", default_value = "table", hide_possible_values = true)]
    pub(crate) format: ListFormat,
    /// Parameters.
    #[command(flatten)]
    pub(crate) params: Params,
}

/// `goalpost lint`.
#[derive(Debug, Args)]
#[command(after_help = LINT_EXAMPLES)]
pub(crate) struct LintArgs {
    /// The moment that due dates and waivers are compared with.
    #[command(flatten)]
    pub(crate) question: Question,
}

/// `goalpost goals`.
#[derive(Debug, Args)]
#[command(after_help = GOALS_EXAMPLES)]
pub(crate) struct GoalsArgs {
    /// Goals by name or pattern (*, ?, [a-z]); every goal otherwise
    #[arg(value_name = "GOAL")]
    pub(crate) goals: Vec<String>,
    /// Review each goal by the five letters of SMART, with what history shows
    #[arg(long)]
    pub(crate) review: bool,
    /// What the review speaks for.
    #[command(flatten)]
    pub(crate) question: Question,
}

/// `goalpost explain`.
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// The metric, or the code of a message such as bad-value
    #[arg(value_name = "METRIC")]
    pub(crate) metric: String,
    /// The size of the periods that the plan is for
    #[arg(long, value_name = "GRAIN", default_value = "month", hide_possible_values = true)]
    pub(crate) grain: GrainArg,
    /// Dimensions that the plan cuts by, by comma
    #[arg(long, value_name = "DIM,…", value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// List the rows behind a value instead, and the rows left out of it
    #[arg(long)]
    pub(crate) rows: bool,
    /// The period whose rows are listed, e.g. 2026-03 or 2026-Q1; otherwise the last one of --grain
    /// that is over
    #[arg(long, value_name = "PERIOD", requires = "rows")]
    pub(crate) period: Option<String>,
    /// Only rows of this segment, e.g. region=EMEA; may be given several times
    #[arg(long, value_name = "DIM=VALUE", requires = "rows")]
    pub(crate) segment: Vec<String>,
    /// Rows listed of each kind; 20 otherwise
    #[arg(long, value_name = "N", requires = "rows")]
    pub(crate) limit: Option<String>,
    /// How to write the rows: table, json or csv; table otherwise
    #[arg(long, value_name = "FORMAT", requires = "rows", hide_possible_values = true)]
    pub(crate) format: Option<RowsFormat>,
    /// What the run speaks for.
    #[command(flatten)]
    pub(crate) question: Question,
}

/// `goalpost test`.
#[derive(Debug, Args)]
#[command(after_help = TEST_EXAMPLES)]
pub(crate) struct TestArgs {
    /// Only tests whose name contains this
    #[arg(value_name = "PATTERN")]
    pub(crate) pattern: Option<String>,
    /// Run the tests of the built-in metrics too
    #[arg(long)]
    pub(crate) built_in: bool,
    /// Parameters.
    #[command(flatten)]
    pub(crate) params: Params,
}

/// `goalpost docs`.
#[derive(Debug, Args)]
#[command(after_help = DOCS_EXAMPLES)]
pub(crate) struct DocsArgs {
    /// A metric, whose page is printed, or a folder to write all pages to; the index otherwise
    #[arg(value_name = "METRIC|DIR")]
    pub(crate) what: Option<String>,
    /// Parameters.
    #[command(flatten)]
    pub(crate) params: Params,
}

/// `goalpost demo`.
#[derive(Debug, Args)]
#[command(after_help = DEMO_EXAMPLES)]
pub(crate) struct DemoArgs {
    /// The folder to write; it must not exist or be empty
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// How many deals; every other table follows, 1000 to 100000000
    #[arg(long, value_name = "N", default_value_t = DemoOptions::DEFAULT_DEALS)]
    pub(crate) deals: u64,
    /// The same seed writes the same bytes
    #[arg(long, value_name = "S", default_value_t = DemoOptions::DEFAULT_SEED)]
    pub(crate) seed: u64,
    /// The last day of the data; the end of a quarter otherwise
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<String>,
    /// How to write the data: csv or parquet
    #[arg(long, value_name = "FORMAT", default_value = "csv", hide_possible_values = true)]
    pub(crate) format: DemoFormat,
}

/// What a run speaks for.
#[derive(Debug, Default, Args)]
pub(crate) struct Question {
    /// The moment to speak for: everything strictly before it has happened. A date means its first
    /// moment. Now otherwise
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// Parameters.
    #[command(flatten)]
    pub(crate) params: Params,
}

/// Values of parameters.
#[derive(Debug, Default, Args)]
pub(crate) struct Params {
    /// Set a parameter that a script declares; may be given several times
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) params: Vec<String>,
}

/// A grain by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GrainArg(pub(crate) Grain);

impl ValueEnum for GrainArg {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [GrainArg; Grain::ALL.len()] = [
            GrainArg(Grain::Day),
            GrainArg(Grain::Week),
            GrainArg(Grain::Month),
            GrainArg(Grain::Quarter),
            GrainArg(Grain::Year),
            GrainArg(Grain::All),
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}

/// Formats of `goalpost run` and `goalpost compare`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunFormat {
    /// For reading at a terminal
    Table,
    /// One document, schema goalpost/run/2 or goalpost/compare/2
    Json,
    /// One line per metric, period and segment
    Csv,
    /// A table to paste
    Markdown,
}

/// Formats of `goalpost check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For reading at a terminal
    Human,
    /// One document, schema goalpost/check/2
    Json,
    /// JUnit XML: goals as test cases
    Junit,
    /// Annotations and job summary of GitHub Actions
    Github,
    /// SARIF 2.1.0: goals as rules
    Sarif,
    /// Test Anything Protocol, version 14
    Tap,
    /// A comment for a pull request
    Markdown,
    /// One line per verdict
    Csv,
}

impl CheckFormat {
    /// The name by which it is asked for.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Sarif => "sarif",
            Self::Tap => "tap",
            Self::Markdown => "markdown",
            Self::Csv => "csv",
        }
    }
}

/// Formats of `goalpost explain --rows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowsFormat {
    /// For reading at a terminal
    Table,
    /// One document, schema goalpost/rows/1
    Json,
    /// One line per row
    Csv,
}

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListWhat {
    /// Metrics with layer and availability
    Metrics,
    /// Goals with their levels
    Goals,
    /// Tables with columns, types and sources
    Tables,
}

/// Formats of `goalpost list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For reading at a terminal
    Table,
    /// One document, schema goalpost/list/2
    Json,
}

/// Formats of demo data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoFormat {
    /// Comma-separated text, as exports are
    Csv,
    /// Parquet
    Parquet,
}

/// The heading of the options of every command.
const EVERYWHERE: &str = "Options of every command";

const EXAMPLES: &str = "\
Examples:
  goalpost demo acme                  write an example project
  goalpost run -C acme                compute every metric by month
  goalpost check -C acme              judge every goal; fails when one is missed
  goalpost explain close_rate         what a metric means and how it is computed

Exit codes:
  0  every judged goal is met (or at risk, without --strict)
  1  a goal is missed, has no data or is incomplete
  2  an error of use, configuration or script
  3  data could not be read or computed
  4  nothing was judged";

const LINT_EXAMPLES: &str = "\
Examples:
  goalpost lint                                     scripts and goals, as of today
  goalpost lint --as-of 2026-04-01

Exit codes:
  0  nothing was found
  1  there is something to mend
  2  an error of use, configuration or script";

const GOALS_EXAMPLES: &str = "\
Examples:
  goalpost goals                                    every goal with its levels
  goalpost goals --review                           how SMART each goal is
  goalpost goals 'sales*' --review --as-of 2026-04-01";

const RUN_EXAMPLES: &str = "\
Examples:
  goalpost run                                      every available metric, by month
  goalpost run close_rate won_revenue --last 6
  goalpost run 'churn*' --grain quarter --as-of 2026-04-01
  goalpost run close_rate --by owner,region --from 2026-01-01 --to 2026-04-01
  goalpost run --grain all --format json -o metrics.json
  goalpost run net_new_revenue --param new_customer_months=6";

const CHECK_EXAMPLES: &str = "\
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

const COMPARE_EXAMPLES: &str = "\
Examples:
  goalpost compare --at 2026-01-01 --window 6mo     every metric, half a year before and after
  goalpost compare close_rate churn_rate --at 2026-01-01 --window 6mo --by region
  goalpost compare --before 2025-01-01..2025-07-01 --after 2026-01-01..2026-07-01
  goalpost compare 'sales_cycle*' --before 2025-Q1 --after 2026-Q1 --format json

How sure one can be is in the interval of the difference (95 %) and in p, which is adjusted for
the number of rows tested (Holm). A change is clear where p is below 0.05.

Exit codes:
  0  something was compared, whatever it came to
  2  an error of use, configuration or script
  3  data could not be read or computed
  4  nothing has a value in both windows";

const LIST_EXAMPLES: &str = "\
Examples:
  goalpost list                       everything
  goalpost list metrics               with layer, dimensions and what is missing
  goalpost list tables --format json";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  goalpost explain close_rate
  goalpost explain churn_rate --grain quarter --by region
  goalpost explain close_rate --rows --period 2026-Q1 --segment region=EMEA
  goalpost explain bad-value          what error[bad-value] means";

const TEST_EXAMPLES: &str = "\
Examples:
  goalpost test                       every test of the project's scripts
  goalpost test 'open deals'          those whose name contains it";

const DOCS_EXAMPLES: &str = "\
Examples:
  goalpost docs                       the index of all metrics, by area
  goalpost docs close_rate            the page of a metric
  goalpost docs docs/metrics          write a page for each metric, and the index";

const DEMO_EXAMPLES: &str = "\
Examples:
  goalpost demo acme
  goalpost demo big --deals 1000000 --format parquet
  goalpost demo other --seed 7";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
        let grains: Vec<Grain> = GrainArg::value_variants().iter().map(|grain| grain.0).collect();
        assert_eq!(grains, Grain::ALL);
    }

    #[test]
    fn every_command_has_examples() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains(&format!("goalpost {}", command.get_name())), "{}", command.get_name());
        }
    }
}
