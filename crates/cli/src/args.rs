//! The command line as plain data: what applies to every command, and one of them.

use clap::Parser;

use crate::commands::Command;
use crate::options::Global;

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
    use clap::{CommandFactory, ValueEnum};
    use goalpost_core::calendar::Grain;

    use super::*;
    use crate::options::GrainArg;

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
