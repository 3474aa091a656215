//! The two windows of a comparison, read from the words given.
//!
//! Either a day with a length to both sides, or two windows of their own. They
//! are half-open, must not overlap, and are never moved or shortened: what they
//! lack is said in the answer.

use chrono::{Days, NaiveDate};
use goalpost_core::calendar::{AsOf, Calendar, Grain, Window, add_step};
use goalpost_core::comparison::Span;
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::{Step, StepUnit};
use goalpost_core::source::At;

use super::CompareArgs;
use crate::command_line::CommandLine;

/// Both ways of saying which windows are meant.
const FORMS: &str = "write --at 2026-01-01 --window 6mo, \
                     or --before 2025-01-01..2025-07-01 --after 2026-01-01..2026-07-01";

/// Checks that exactly one way of saying the windows is used, and whole.
pub(super) fn check(args: &CompareArgs, line: &CommandLine, problems: &mut Vec<Diagnostic>) {
    let given = |option: &Option<String>| option.is_some();
    let (day, pair) = ([given(&args.at), given(&args.window)], [given(&args.before), given(&args.after)]);
    let mut problem = |message: &str, option: &str| {
        let place = At(line.option(option, 0));
        problems.push(Diagnostic::error(Code::Usage, message).at(place).help(FORMS));
    };
    match (day, pair) {
        ([true, true], [false, false]) | ([false, false], [true, true]) => {}
        ([false, false], [false, false]) => problem("nothing says what is compared with what", ""),
        ([true, false], [false, false]) => {
            problem("--at says when, but not how long the windows are", "--at")
        }
        ([false, true], [false, false]) => problem("--window says how long, but not when", "--window"),
        ([false, false], [true, false]) => problem("there is a window before, but none after", "--before"),
        ([false, false], [false, true]) => problem("there is a window after, but none before", "--after"),
        ([true, _], _) => problem("--at and --before or --after both say which days are meant", "--at"),
        ([false, true], _) => problem("--window goes with --at, not with --before and --after", "--window"),
    }
}

/// Reads the windows, after [`check`]; nothing where there is a problem, which
/// is reported.
pub(super) fn read(
    args: &CompareArgs,
    calendar: &Calendar,
    as_of: &AsOf,
    line: &CommandLine,
    problems: &mut Vec<Diagnostic>,
) -> Option<(Span, Span)> {
    let (before, after, option) = match (&args.at, &args.window, &args.before, &args.after) {
        (Some(at), Some(window), None, None) => {
            let day = date(at, "--at", line, problems);
            let length = length(window, line, problems);
            let (day, length) = (day?, length?);
            let back = Step { count: -length.count, ..length };
            let before = Window { start: Some(add_step(day, back)), end: day };
            (before, Window { start: Some(day), end: add_step(day, length) }, "--at")
        }
        (None, None, Some(before), Some(after)) => {
            let before = window(before, "--before", calendar, as_of, line, problems);
            let after = window(after, "--after", calendar, as_of, line, problems);
            (before?, after?, "--after")
        }
        _ => return None,
    };
    let spans = (span(before, calendar), span(after, calendar));
    let problem = unfit(&spans, calendar, as_of)?;
    match problem {
        Ok(()) => Some(spans),
        Err(found) => {
            problems.push(found.at(At(line.option(option, 0))));
            None
        }
    }
}

/// Whether the windows can be compared at all.
fn unfit(
    (before, after): &(Span, Span),
    calendar: &Calendar,
    as_of: &AsOf,
) -> Option<Result<(), Diagnostic>> {
    let (starts, begins) = (before.window.start?, after.window.start?);
    let last = as_of.last_day(calendar);
    Some(if after.window.end <= starts {
        Err(Diagnostic::error(Code::BadDate, format!("{} is before {}", after.label, before.label))
            .label("the window after comes first")
            .help("change them over"))
    } else if before.window.end > begins {
        Err(Diagnostic::error(
            Code::BadDate,
            format!("{} and {} have days in common", before.label, after.label),
        )
        .label("begins before the other window has ended")
        .help("a window ends before its last date: 2025-01-01..2025-07-01 has no July"))
    } else if begins > last {
        let message = format!("{} has not begun as of {}", after.label, as_of.shown(calendar));
        Err(Diagnostic::error(Code::BadDate, message)
            .label("nothing of the window after has happened")
            .help("choose earlier windows, or a later --as-of"))
    } else {
        Ok(())
    })
}

fn date(text: &str, option: &str, line: &CommandLine, problems: &mut Vec<Diagnostic>) -> Option<NaiveDate> {
    let read = plain_date(text);
    if read.is_none() {
        problems.push(
            Diagnostic::error(Code::BadDate, format!("`{text}` is not a date"))
                .at(At(line.option(option, 0)))
                .label("not a day of the calendar")
                .help("write year, month and day: 2026-04-01"),
        );
    }
    read
}

/// A date with a year of four digits, as any other option takes them.
fn plain_date(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| is_plain)
}

/// A length like `6mo`; at least one and at most a hundred years.
fn length(text: &str, line: &CommandLine, problems: &mut Vec<Diagnostic>) -> Option<Step> {
    let (number, unit) = text.trim().split_at(text.trim().find(|c: char| !c.is_ascii_digit()).unwrap_or(0));
    let unit = match unit.trim() {
        "d" | "day" | "days" => Some((StepUnit::Day, 36_525)),
        "w" | "week" | "weeks" => Some((StepUnit::Week, 5_218)),
        "mo" | "month" | "months" => Some((StepUnit::Month, 1_200)),
        "q" | "quarter" | "quarters" => Some((StepUnit::Quarter, 400)),
        "y" | "year" | "years" => Some((StepUnit::Year, 100)),
        _ => None,
    };
    let read = number.parse().ok().zip(unit).filter(|(count, (_, most))| (1..=*most).contains(count));
    if read.is_none() {
        let meant = if text.trim().ends_with('m') { "; a month is `mo`" } else { "" };
        problems.push(
            Diagnostic::error(Code::BadDate, format!("`{text}` is not the length of a window"))
                .at(At(line.option("--window", 0)))
                .label("expected a whole number and a unit")
                .help(format!("write 6mo, 26w, 180d, 2q or 1y{meant}")),
        );
    }
    read.map(|(count, (unit, _))| Step { count, unit })
}

/// A window: days `A..B`, or a period by its label.
fn window(
    text: &str,
    option: &str,
    calendar: &Calendar,
    as_of: &AsOf,
    line: &CommandLine,
    problems: &mut Vec<Diagnostic>,
) -> Option<Window> {
    let mut problem = |message: String, help: &str| {
        let found = Diagnostic::error(Code::BadDate, message).at(At(line.option(option, 0)));
        problems.push(found.help(help));
        None
    };
    let Some((from, to)) = text.split_once("..") else {
        return match calendar.parse_period(text, as_of) {
            Ok(period) if period.grain != Grain::All => Some(period.window()),
            _ => problem(
                format!("`{text}` is no window"),
                "write days like 2025-01-01..2025-07-01, which has no July, or a period like 2025-Q1",
            ),
        };
    };
    match (plain_date(from), plain_date(to)) {
        (Some(from), Some(to)) if from < to => Some(Window { start: Some(from), end: to }),
        (Some(from), Some(to)) => problem(
            format!("there is nothing between {from} and {to}"),
            "the second date is the first day that is not included; it must be later than the first",
        ),
        (start, _) => {
            let both = "a window has both dates, each with year, month and day: 2025-01-01..2025-07-01";
            match if start.is_none() { from } else { to } {
                "" if start.is_none() => problem(format!("`{text}` has no start"), both),
                "" => problem(format!("`{text}` has no end"), both),
                bad => problem(format!("`{bad}` is not a date"), both),
            }
        }
    }
}

/// A window with its name: that of a period where it is one.
fn span(window: Window, calendar: &Calendar) -> Span {
    let start = window.start.unwrap_or(window.end);
    let last = window.end.checked_sub_days(Days::new(1)).unwrap_or(window.end);
    let is_window = |grain| {
        let period = calendar.period(grain, start);
        (period.start == Some(start) && period.end == window.end).then_some(period.label)
    };
    let grains = [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year];
    let label = if start <= last { grains.into_iter().find_map(is_window) } else { None };
    Span { label: label.unwrap_or_else(|| format!("{start}..{}", window.end)), window }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::Parser;

    use super::*;
    use crate::args::Cli;
    use crate::commands::Command;

    /// The labels of the windows, or the problems.
    fn asked(words: &str) -> Result<(String, String), Vec<String>> {
        let words: Vec<OsString> = words.split(' ').map(Into::into).collect();
        let line = CommandLine::new(&words);
        let cli = Cli::try_parse_from([OsString::from("goalpost")].into_iter().chain(words));
        let Ok(Cli { command: Command::Compare(args), .. }) = cli else { unreachable!("not a comparison") };
        let calendar = Calendar::default();
        let as_of = AsOf::parse("2026-08-01", &calendar).expect("a moment");
        let mut problems = Vec::new();
        check(&args, &line, &mut problems);
        let read = read(&args, &calendar, &as_of, &line, &mut problems);
        let shown = problems.iter().map(|problem| {
            let column = problem.at.as_ref().map_or(0, |span| span.column);
            format!("{column} {}: {}", problem.code.name(), problem.message)
        });
        match read {
            Some((before, after)) if problems.is_empty() => Ok((before.label, after.label)),
            _ => Err(shown.collect()),
        }
    }

    #[test]
    fn a_day_has_a_window_to_both_sides() {
        let windows = |length: &str| asked(&format!("compare --at 2026-01-01 --window {length}"));
        let both = |before: &str, after: &str| Ok((before.to_owned(), after.to_owned()));
        assert_eq!(windows("6mo"), both("2025-07-01..2026-01-01", "2026-01-01..2026-07-01"));
        assert_eq!(windows("1q"), both("2025-Q4", "2026-Q1"));
        assert_eq!(windows("1mo"), both("2025-12", "2026-01"));
        assert_eq!(windows("2w"), both("2025-12-18..2026-01-01", "2026-01-01..2026-01-15"));
        assert_eq!(windows("180d"), both("2025-07-05..2026-01-01", "2026-01-01..2026-06-30"));
        assert_eq!(windows("1y"), both("2025", "2026"));
        // Months clamp at their ends.
        let clamped = asked("compare --at 2026-03-31 --window 1mo");
        assert_eq!(clamped, both("2026-02-28..2026-03-31", "2026-03-31..2026-04-30"));
    }

    #[test]
    fn two_windows_may_leave_out_what_lies_between() {
        let found = asked("compare --before 2025-Q1 --after 2026-01-01..2026-04-01");
        assert_eq!(found, Ok(("2025-Q1".to_owned(), "2026-Q1".to_owned())));
    }

    #[test]
    fn what_makes_no_windows_is_said_with_its_place() {
        for (words, problem) in [
            ("compare", "0 usage: nothing says what is compared with what"),
            ("compare --at 2026-01-01", "23 usage: --at says when, but not how long the windows are"),
            ("compare --window 6mo", "27 usage: --window says how long, but not when"),
            ("compare --before 2025", "27 usage: there is a window before, but none after"),
            (
                "compare --at 2026-01-01 --window 6mo --before 2025",
                "23 usage: --at and --before or --after both say which days are meant",
            ),
            ("compare --at 2026-02-30 --window 6mo", "23 bad-date: `2026-02-30` is not a date"),
            ("compare --at 2026-01-01 --window 6m", "43 bad-date: `6m` is not the length of a window"),
            ("compare --at 2026-01-01 --window 0mo", "43 bad-date: `0mo` is not the length of a window"),
            ("compare --at 2026-01-01 --window 9999y", "43 bad-date: `9999y` is not the length of a window"),
            ("compare --before 2025..2026 --after 2026-Q1", "27 bad-date: `2025` is not a date"),
            ("compare --before ..2025-07-01 --after 2026-Q1", "27 bad-date: `..2025-07-01` has no start"),
            ("compare --before 2025-07-01.. --after 2026-Q1", "27 bad-date: `2025-07-01..` has no end"),
            ("compare --before 2025-H1 --after 2026-Q1", "27 bad-date: `2025-H1` is no window"),
            ("compare --before all --after 2026-Q1", "27 bad-date: `all` is no window"),
            (
                "compare --before 2025-02-01..2025-02-01 --after 2026-Q1",
                "27 bad-date: there is nothing between 2025-02-01 and 2025-02-01",
            ),
            ("compare --before 2026-Q1 --after 2025-Q1", "43 bad-date: 2025-Q1 is before 2026-Q1"),
            ("compare --before 2026-Q1 --after 2026", "43 bad-date: 2026-Q1 and 2026 have days in common"),
            (
                "compare --before 2026-Q1 --after 2026-Q4",
                "43 bad-date: 2026-Q4 has not begun as of 2026-08-01T00:00:00+00:00",
            ),
        ] {
            assert_eq!(asked(words), Err(vec![problem.to_owned()]), "{words}");
        }
    }
}
