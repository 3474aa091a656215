//! Diagnostics: what is wrong, where, and what to do.
//!
//! They are data; only the command line turns them into text. Every code is
//! listed in [`Code::ALL`] with its explanation, and a test of the program proves
//! that each is triggered by some case.

use std::collections::BTreeMap;

use crate::source::{At, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know; changes no result.
    Note,
    /// A result may not be what the reader thinks.
    Warning,
    /// There is no result.
    Error,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// What happened, in one sentence without a full stop.
    pub message: String,
    /// Where; absent only where no file is to blame.
    pub at: Option<Span>,
    /// A few words under the caret.
    pub label: String,
    /// Other places that matter, with a few words each.
    pub related: Vec<(Span, String)>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            at: None,
            label: String::new(),
            related: Vec::new(),
            help: None,
        }
    }

    /// An error that no input should be able to cause.
    pub fn defect(message: impl Into<String>) -> Self {
        Self::error(Code::EngineFailed, message).help("this is a defect of Goalpost: please report it")
    }

    /// A warning.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// A note.
    pub fn note(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::error(code, message) }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, at: impl Into<At>) -> Self {
        self.at = at.into().0;
        self
    }

    /// Says a few words under the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $exit:ident;)*) => {
        /// The code of a diagnostic, stable across versions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {$(
            $(#[doc = $doc])+
            $name,
        )*}

        impl Code {
            /// All codes, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The kebab-case name.
            pub const fn name(self) -> &'static str {
                match self {$(Self::$name => $text,)*}
            }

            /// What it means, in a few sentences.
            pub fn explanation(self) -> String {
                match self {$(Self::$name => [$($doc),+].map(str::trim).join(" "),)*}
            }

            /// Whether an error with this code is about data (exit 3) rather than
            /// about what was written or asked (exit 2).
            pub const fn is_data(self) -> bool {
                match self {$(Self::$name => codes!(@ $exit),)*}
            }
        }
    };
    (@ asked) => { false };
    (@ data) => { true };
}

codes! {
    /// No folder here or above holds a `goalpost.toml`.
    NoProject = "no-project", asked;
    /// `goalpost.toml` is not valid TOML.
    ConfigSyntax = "config-syntax", asked;
    /// A key of `goalpost.toml` is not known, or one that is needed is missing.
    ConfigKey = "config-key", asked;
    /// A value of `goalpost.toml` is of the wrong type or not one of the values allowed.
    ConfigValue = "config-value", asked;
    /// A reference, key or time column in `goalpost.toml` names something that is not there.
    ConfigReference = "config-reference", asked;
    /// A script is not valid Rhai, or uses a form that Goalpost does not allow.
    ScriptSyntax = "script-syntax", asked;
    /// A script failed while it was loaded.
    ScriptError = "script-error", asked;
    /// A script used more operations, depth, size or time than it may.
    ScriptLimit = "script-limit", asked;
    /// A script imports something outside its own layer.
    ScriptImport = "script-import", asked;
    /// An operator or function is used on values that it is not made for.
    ScriptType = "script-type", asked;
    /// A name in a script is not known.
    UnknownName = "unknown-name", asked;
    /// A metric is not known.
    UnknownMetric = "unknown-metric", asked;
    /// A goal is not known, or a pattern selects none.
    UnknownGoal = "unknown-goal", asked;
    /// A table is not known to the project.
    UnknownTable = "unknown-table", asked;
    /// A column or reference is not in its table.
    UnknownColumn = "unknown-column", asked;
    /// A metric cannot be cut by this dimension.
    UnknownDimension = "unknown-dimension", asked;
    /// A key in a map given to `metric`, `goal` and the like is not known.
    UnknownKey = "unknown-key", asked;
    /// A parameter is not declared by any script.
    UnknownParam = "unknown-param", asked;
    /// Two definitions of one layer share a name.
    Duplicate = "duplicate", asked;
    /// Metrics refer to each other in a circle.
    Cycle = "cycle", asked;
    /// Types do not fit: an amount added to a number of days, a text summed.
    TypeMismatch = "type-mismatch", asked;
    /// An aggregate has no time column to place its rows in periods.
    NoTime = "no-time", asked;
    /// A date, period or time is not written as one, or does not exist.
    BadDate = "bad-date", asked;
    /// A metric needs tables or columns that the project does not map.
    Unavailable = "unavailable", asked;
    /// Something of the language or of the configuration that this version does not do.
    Unsupported = "unsupported", asked;
    /// A baseline cannot be read, or is not one.
    BadBaseline = "bad-baseline", asked;
    /// A baseline records goals or segments that are not there any more.
    StaleBaseline = "stale-baseline", asked;
    /// A command line option or its value makes no sense here.
    Usage = "usage", asked;
    /// A script's function failed while a value was computed.
    FunctionFailed = "function-failed", asked;
    /// A sum over a join counts a row of one side once for every row of the other that it meets.
    FanOut = "fan-out", asked;
    /// A query given to `sql` cannot be planned, or asks for more than reading.
    BadQuery = "bad-query", asked;
    /// A goal has no use: its limit is on the wrong side of its target, or its metric has no direction.
    GoalInvalid = "goal-invalid", asked;
    /// A goal lacks what a reader needs to act on it, such as an owner.
    GoalIncomplete = "goal-incomplete", asked;
    /// The due date of a goal has passed, so no later period is judged.
    GoalOverdue = "goal-overdue", asked;
    /// Two goals judge the same in the same way.
    GoalRepeated = "goal-repeated", asked;
    /// A waiver's date has passed: it excuses nothing any more.
    ExpiredWaiver = "expired-waiver", asked;
    /// A waiver excuses nothing, because what it is about is not judged or not missed.
    UnusedWaiver = "unused-waiver", asked;
    /// A test of a script expects something else than what was computed.
    ExpectationFailed = "expectation-failed", asked;
    /// A data file or folder is not there, or a pattern matches nothing.
    MissingFile = "missing-file", data;
    /// A data file cannot be read as what it should be.
    UnreadableFile = "unreadable-file", data;
    /// A table has no rows at all.
    EmptyTable = "empty-table", data;
    /// A header is missing, doubled, or differs between the files of a table.
    BadHeader = "bad-header", data;
    /// Cells could not be read as the type of their column.
    BadValue = "bad-value", data;
    /// Dates of an export can be read with the day first or the month first, and nothing in it says which.
    AmbiguousDates = "ambiguous-dates", data;
    /// Shares of a column can be fractions or percentages, and nothing in it says which.
    AmbiguousShares = "ambiguous-shares", data;
    /// A row has more or fewer cells than the header.
    RaggedRow = "ragged-row", data;
    /// A row that reads as data is cut off the end of a file by `skip_footer`.
    CutRow = "cut-row", data;
    /// A quote is opened and never closed.
    UnclosedQuote = "unclosed-quote", data;
    /// Bytes are not valid in the encoding of the file.
    BadEncoding = "bad-encoding", data;
    /// A key that should be unique is not.
    DuplicateKey = "duplicate-key", data;
    /// Rows of a table with a key have none: they count, and each may be a total, or a row that is there already, so that a goal over the table is incomplete unless its `max_dropped` allows them.
    MissingKey = "missing-key", data;
    /// Two files of a table hold the same, or some of the same rows.
    DuplicateFile = "duplicate-file", data;
    /// Rows that an export marks as deleted are counted, because nobody has said whether they are to.
    DeletedRows = "deleted-rows", data;
    /// Rows hold a reference that is not in the other table.
    UnmatchedReference = "unmatched-reference", data;
    /// Amounts in more than one currency would be added.
    MixedCurrencies = "mixed-currencies", data;
    /// Rows were left out of a figure: no date, no value, or a negative duration.
    RowsLeftOut = "rows-left-out", data;
    /// The engine could not compute the plan.
    EngineFailed = "engine-failed", data;
    /// An aggregate has more digits than exact numbers have.
    NumberTooLarge = "number-too-large", data;
    /// The memory limit was reached.
    OutOfMemory = "out-of-memory", data;
    /// The temporary folder could not take what did not fit into memory.
    SpillFailed = "spill-failed", data;
    /// The output could not be written.
    WriteFailed = "write-failed", data;
    /// What was found out cannot be kept for the next run; no figure depends on it.
    CacheUnwritable = "cache-unwritable", data;
    /// A file was found that does not belong where it is; it is not read.
    IgnoredFile = "ignored-file", asked;
}

/// The name nearest to a misspelt one, if any is near enough to be meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(wanted.len()) / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// A list of names for a message: sorted, at most `most` of them.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>, most: usize) -> String {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    names.dedup();
    let more = names.len().saturating_sub(most);
    let shown = names[..names.len() - more].join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// Problems of one kind that are told one by one.
const MOST_OF_A_KIND: usize = 50;

/// The first problems of each kind, in their order, and how many more there are.
/// What a machine wrote has one mistake a thousand times.
pub fn capped(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut counts: BTreeMap<(Code, Severity), usize> = BTreeMap::new();
    let mut kept = Vec::new();
    for problem in found {
        let count = counts.entry((problem.code, problem.severity)).or_default();
        *count += 1;
        if *count <= MOST_OF_A_KIND {
            kept.push(problem);
        }
    }
    for ((code, _), count) in counts {
        if let Some(more) = count.checked_sub(MOST_OF_A_KIND).filter(|more| *more > 0) {
            let message = format!("and {more} more with the code `{}`", code.name());
            kept.push(
                Diagnostic::note(code, message)
                    .help("they may be one mistake: mend the first and look again"),
            );
        }
    }
    kept
}

/// The help for an unknown name: the nearest one, and the valid ones unless
/// they are so many that the nearest one would get lost.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    const MOST: usize = 12;
    let all = listed(known.clone(), MOST);
    let many = known.clone().into_iter().nth(MOST).is_some();
    match nearest(name, known) {
        Some(near) if many => format!("did you mean `{near}`?"),
        Some(near) => format!("did you mean `{near}`? known: {all}"),
        None if all.is_empty() => "none is known".to_owned(),
        None => format!("known: {all}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_explained() {
        let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for code in Code::ALL {
            assert!(code.explanation().ends_with('.'), "{}", code.name());
            assert!(code.name().chars().all(|c| c.is_ascii_lowercase() || c == '-'));
        }
    }

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let known = ["close_rate", "churn_rate", "won_revenue"];
        assert_eq!(nearest("close_rte", known), Some("close_rate"));
        assert_eq!(nearest("Closerate", known), Some("close_rate"));
        assert_eq!(nearest("nps", known), None);
    }

    #[test]
    fn help_is_short_where_names_are_many() {
        let few = ["close_rate", "churn_rate"];
        assert_eq!(
            did_you_mean("close_rte", few),
            "did you mean `close_rate`? known: churn_rate, close_rate"
        );
        assert_eq!(did_you_mean("nps", few), "known: churn_rate, close_rate");
        let many: Vec<String> = (10..30).map(|n| format!("metric_{n}")).collect();
        let many = || many.iter().map(String::as_str);
        assert_eq!(did_you_mean("metric_1", many()), "did you mean `metric_10`?");
        assert!(did_you_mean("nps", many()).ends_with("metric_21 and 8 more"));
    }
}
