//! The command line as plain data: the commands, the options of all of them, and
//! those that several share. What one command takes is beside that command.
//!
//! Nothing is looked up or checked here beyond the shape of the words;
//! `settings` and the commands do that, so that all problems can be reported
//! together.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, Parser, Subcommand, ValueEnum};
use goalpost_core::calendar::Grain;

use crate::commands::check::CheckArgs;
use crate::commands::compare::CompareArgs;
use crate::commands::demo::DemoArgs;
use crate::commands::docs::DocsArgs;
use crate::commands::explain::ExplainArgs;
use crate::commands::goals::GoalsArgs;
use crate::commands::lint::LintArgs;
use crate::commands::list::ListArgs;
use crate::commands::run::RunArgs;
use crate::commands::test::TestArgs;

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
