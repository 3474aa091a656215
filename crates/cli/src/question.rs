//! What is asked: dates, periods and parameters, read from the words given.
//!
//! Every problem is collected with its place on the command line; whether a
//! metric or a parameter exists is found later.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use goalpost_core::Decimal;
use goalpost_core::calendar::{AsOf, Calendar, Grain};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::Literal;
use goalpost_core::name::{DimensionName, ParamName};
use goalpost_core::source::At;

use crate::args::{Params, RunArgs};
use crate::clock;
use crate::command_line::CommandLine;

/// The periods asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Range {
    /// The first day.
    pub(crate) from: Option<NaiveDate>,
    /// The first day after.
    pub(crate) to: Option<NaiveDate>,
    /// How many of the last periods.
    pub(crate) last: Option<u32>,
}

/// Reads `--from`, `--to` and `--last`.
pub(crate) fn range(args: &RunArgs, line: &CommandLine, problems: &mut Vec<Diagnostic>) -> Range {
    let mut day = |name: &str, text: Option<&String>| {
        let text = text?;
        let read = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok();
        if read.is_none() {
            problems.push(
                Diagnostic::error(Code::BadDate, format!("`{text}` is not a date"))
                    .at(At(line.option(name, 0)))
                    .label("not a day of the calendar")
                    .help("write year, month and day: 2026-04-01"),
            );
        }
        read
    };
    let (from, to) = (day("--from", args.from.as_ref()), day("--to", args.to.as_ref()));
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        problems.push(
            Diagnostic::error(Code::BadDate, format!("there is nothing between {from} and {to}"))
                .at(At(line.option("--to", 0)))
                .label("not after --from")
                .help("--to is the first day that is not included; it must be later than --from"),
        );
    }
    let last = args.last.as_ref().and_then(|text| {
        let read = text.trim().parse().ok().filter(|count| *count > 0);
        if read.is_none() {
            problems.push(
                Diagnostic::error(Code::Usage, format!("`{text}` is not a number of periods"))
                    .at(At(line.option("--last", 0)))
                    .help("write a whole number from 1: --last 6"),
            );
        }
        read
    });
    if args.last.is_some() && args.from.is_some() {
        problems.push(
            Diagnostic::error(Code::Usage, "--last and --from both say where the periods start")
                .at(At(line.option("--last", 0)))
                .help("leave one of them out"),
        );
    }
    let bounds = [("--from", &args.from), ("--to", &args.to), ("--last", &args.last)];
    for (name, _) in bounds.iter().filter(|(_, given)| args.grain.0 == Grain::All && given.is_some()) {
        problems.push(
            Diagnostic::error(Code::Usage, format!("{name} has no use with --grain all"))
                .at(At(line.option(name, 0)))
                .help(
                    "it speaks for everything before --as-of: leave the option out, or choose another grain",
                ),
        );
    }
    Range { from, to, last }
}

/// Reads `--by`: names of dimensions, each of them once.
pub(crate) fn dimensions(
    names: &[String],
    line: &CommandLine,
    problems: &mut Vec<Diagnostic>,
) -> Vec<DimensionName> {
    let mut dimensions: Vec<DimensionName> = Vec::with_capacity(names.len());
    for name in names {
        let name = DimensionName::from(name.trim());
        if dimensions.contains(&name) {
            problems.push(
                Diagnostic::error(Code::Usage, format!("--by names `{name}` twice"))
                    .at(At(line.option("--by", 0)))
                    .help("name each dimension once"),
            );
        } else {
            dimensions.push(name);
        }
    }
    dimensions
}

/// Reads `--as-of`; now, where it is not given.
pub(crate) fn as_of(
    text: Option<&String>,
    calendar: &Calendar,
    line: &CommandLine,
    problems: &mut Vec<Diagnostic>,
) -> AsOf {
    let now = || AsOf { at: clock::now() };
    let Some(text) = text else { return now() };
    AsOf::parse(text, calendar).unwrap_or_else(|_| {
        problems.push(
            Diagnostic::error(Code::BadDate, format!("`{text}` is not a date or time"))
                .at(At(line.option("--as-of", 0)))
                .label("not a moment of the calendar")
                .help("write 2026-04-01 (its first moment) or 2026-04-01T09:30"),
        );
        now()
    })
}

/// Values of parameters with their places.
pub(crate) type ParamValues = BTreeMap<ParamName, (Literal, At)>;

/// Reads `--param NAME=VALUE`.
pub(crate) fn params(params: &Params, line: &CommandLine, problems: &mut Vec<Diagnostic>) -> ParamValues {
    let mut values = ParamValues::new();
    for (nth, text) in params.params.iter().enumerate() {
        let at = At(line.option("--param", nth));
        let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.trim().is_empty()) else {
            problems.push(
                Diagnostic::error(Code::Usage, format!("`{text}` sets no parameter"))
                    .at(at)
                    .help("write NAME=VALUE: --param new_customer_months=6"),
            );
            continue;
        };
        let name = ParamName::from(name.trim());
        if values.contains_key(&name) {
            problems
                .push(Diagnostic::error(Code::Usage, format!("the parameter `{name}` is set twice")).at(at));
            continue;
        }
        values.insert(name, (literal(value), at));
    }
    values
}

/// A number, true or false where it reads like one, else a text.
fn literal(value: &str) -> Literal {
    match value {
        "true" => Literal::Bool(true),
        "false" => Literal::Bool(false),
        _ => match Decimal::from_str_exact(value) {
            Ok(number) => Literal::Number(number),
            Err(_) => Literal::Text(value.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    fn asked(words: &str) -> (Range, ParamValues, Vec<String>) {
        let words: Vec<std::ffi::OsString> = words.split(' ').map(Into::into).collect();
        let line = CommandLine::new(&words);
        let cli = Cli::try_parse_from([std::ffi::OsString::from("goalpost")].into_iter().chain(words));
        let Ok(Cli { command: Command::Run(args), .. }) = cli else { unreachable!("not a run") };
        let mut problems = Vec::new();
        let range = range(&args, &line, &mut problems);
        as_of(args.question.as_of.as_ref(), &Calendar::default(), &line, &mut problems);
        let params = params(&args.question.params, &line, &mut problems);
        let problems = problems.iter().map(|problem| {
            let column = problem.at.as_ref().map_or(0, |span| span.column);
            format!("{column} {}: {}", problem.code.name(), problem.message)
        });
        (range, params, problems.collect())
    }

    #[test]
    fn dates_and_periods_are_read() {
        let (range, _, problems) = asked("run --from 2026-01-01 --to=2026-04-01");
        assert_eq!(problems, [""; 0]);
        assert_eq!(range.from, NaiveDate::from_ymd_opt(2026, 1, 1));
        assert_eq!(range.to, NaiveDate::from_ymd_opt(2026, 4, 1));
        assert_eq!(asked("run --last 6").0.last, Some(6));
    }

    #[test]
    fn all_problems_are_reported_with_their_places() {
        let (_, _, problems) = asked("run --from 2026-02-30 --to 01.04.2026 --last 0 --as-of soon --param x");
        assert_eq!(
            problems,
            [
                "21 bad-date: `2026-02-30` is not a date",
                "37 bad-date: `01.04.2026` is not a date",
                "55 usage: `0` is not a number of periods",
                "55 usage: --last and --from both say where the periods start",
                "65 bad-date: `soon` is not a date or time",
                "78 usage: `x` sets no parameter",
            ]
        );
        let (_, _, problems) = asked("run --from 2026-04-01 --to 2026-04-01 --grain all");
        assert_eq!(
            problems,
            [
                "37 bad-date: there is nothing between 2026-04-01 and 2026-04-01",
                "21 usage: --from has no use with --grain all",
                "37 usage: --to has no use with --grain all",
            ]
        );
    }

    #[test]
    fn parameters_are_numbers_truths_or_texts() {
        let (_, params, problems) =
            asked("run --param a=6 --param b=true --param c=0-10 --param d= --param a=7");
        assert_eq!(problems, ["75 usage: the parameter `a` is set twice"]);
        let value = |name: &str| params.get(name).map(|(value, _)| value.to_string());
        assert_eq!(value("a").as_deref(), Some("6"));
        assert_eq!(value("b").as_deref(), Some("true"));
        assert_eq!(value("c").as_deref(), Some("\"0-10\""));
        assert_eq!(value("d").as_deref(), Some("\"\""));
    }
}
