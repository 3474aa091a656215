//! A check as text: one file per format of `--report`, all from one evaluation.
//!
//! - `words`: what the formats say of a verdict, made visible.
//! - `human`, `markdown`: for people. `json`, `csv`: for programs of one's own.
//! - `junit`, `github`, `sarif`, `tap`: for CI servers and code hosts.
//!
//! Every format says of a run that came to nothing why it did, so that a file
//! of an earlier run is not taken for this one's; and of a run that judged
//! nothing that it did not pass.

pub(crate) mod csv;
pub(crate) mod github;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod markdown;
pub(crate) mod sarif;
pub(crate) mod tap;
pub(crate) mod words;

use clap::ValueEnum;
use goalpost_core::diagnostic::{Diagnostic, Severity};
use goalpost_core::report::{CheckReport, Verdict};
use goalpost_core::verdict::ExitCode;

use crate::diagnostics::sorted;
use crate::places::Places;
use crate::settings::Surface;

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

/// A check that has ended, one way or another.
#[derive(Clone, Copy)]
pub(crate) struct Checked<'a> {
    /// The verdicts; nothing where the run failed before any.
    pub(crate) report: Option<&'a CheckReport>,
    /// Everything that was found on the way, in place of what the report has.
    pub(crate) diagnostics: &'a [Diagnostic],
    /// What the program exits with.
    pub(crate) exit: ExitCode,
    /// Where files lie in the repository.
    pub(crate) places: &'a Places,
}

impl<'a> Checked<'a> {
    /// The verdicts, none where the run failed before any.
    pub(crate) fn verdicts(&self) -> &'a [Verdict] {
        self.report.map_or(&[], |report| &report.verdicts)
    }

    /// The project's currency; empty where there are no verdicts to show in it.
    pub(crate) fn currency(&self) -> &'a str {
        self.report.map_or("", |report| report.currency.as_str())
    }

    /// The errors, by place, each once.
    pub(crate) fn errors(&self) -> Vec<&'a Diagnostic> {
        let mut found = sorted(self.diagnostics);
        found.retain(|diagnostic| diagnostic.severity == Severity::Error);
        found
    }

    /// What was found on the way and is no error, by place, each once.
    pub(crate) fn warnings(&self) -> Vec<&'a Diagnostic> {
        let mut found = sorted(self.diagnostics);
        found.retain(|diagnostic| diagnostic.severity != Severity::Error);
        found
    }

    /// Whether the verdicts are a judgement of the gate: neither an error nor
    /// an empty run.
    pub(crate) fn is_judged(&self) -> bool {
        matches!(self.exit, ExitCode::Success | ExitCode::Missed)
    }
}

/// The check in a format; `surface` is what a human one is read on.
pub(crate) fn written(format: CheckFormat, checked: &Checked<'_>, surface: Surface) -> String {
    match format {
        CheckFormat::Human => human::check(checked, surface),
        CheckFormat::Json => json::check(checked),
        CheckFormat::Junit => junit::check(checked),
        CheckFormat::Github => github::check(checked),
        CheckFormat::Sarif => sarif::check(checked),
        CheckFormat::Tap => tap::check(checked),
        CheckFormat::Markdown => markdown::check(checked),
        CheckFormat::Csv => csv::check(checked),
    }
}
