//! The options of every command, and those that several share. What one command
//! takes is beside that command.
//!
//! Nothing is looked up or checked here beyond the shape of the words;
//! `settings` and the commands do that, so that all problems can be reported
//! together.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use goalpost_core::calendar::Grain;

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The project's folder; otherwise the nearest one upwards with a goalpost.toml
    #[arg(short = 'C', long, global = true, value_name = "DIR", help_heading = EVERYWHERE)]
    pub(crate) project: Option<PathBuf>,
    /// Colour the output: auto (at a terminal, unless NO_COLOR is set), always, never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true, help_heading = EVERYWHERE)]
    pub(crate) color: ColorWhen,
    /// Memory for rows and sums before they go to disk, e.g. 512MB [default: 1GiB]
    #[arg(long, global = true, value_name = "SIZE", help_heading = EVERYWHERE)]
    pub(crate) memory_limit: Option<String>,
    /// Threads to compute with; one per core otherwise
    #[arg(long, global = true, value_name = "N", help_heading = EVERYWHERE)]
    pub(crate) threads: Option<usize>,
    /// Use no answers of earlier runs, and keep none
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(crate) no_cache: bool,
    /// Say after the run what was read and computed, and how long each took
    #[arg(short, long, global = true, help_heading = EVERYWHERE)]
    pub(crate) verbose: bool,
    /// Show no progress at a terminal
    #[arg(short, long, global = true, help_heading = EVERYWHERE)]
    pub(crate) quiet: bool,
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

/// The heading of the options of every command.
const EVERYWHERE: &str = "Options of every command";
