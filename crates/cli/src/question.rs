//! What several commands are asked: dimensions, a moment and parameters, read from
//! the words given.
//!
//! Every problem is collected with its place on the command line; whether a
//! metric or a parameter exists is found later.

use std::collections::BTreeMap;

use goalpost_core::Decimal;
use goalpost_core::calendar::{AsOf, Calendar};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::expr::Literal;
use goalpost_core::name::{DimensionName, ParamName};
use goalpost_core::source::At;

use crate::clock;
use crate::command_line::CommandLine;
use crate::options::Params;

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
    use crate::args::Cli;
    use crate::commands::Command;

    fn asked(words: &str) -> (ParamValues, Vec<String>) {
        let words: Vec<std::ffi::OsString> = words.split(' ').map(Into::into).collect();
        let line = CommandLine::new(&words);
        let cli = Cli::try_parse_from([std::ffi::OsString::from("goalpost")].into_iter().chain(words));
        let Ok(Cli { command: Command::Run(args), .. }) = cli else { unreachable!("not a run") };
        let mut problems = Vec::new();
        as_of(args.question.as_of.as_ref(), &Calendar::default(), &line, &mut problems);
        let params = params(&args.question.params, &line, &mut problems);
        let problems = problems.iter().map(|problem| {
            let column = problem.at.as_ref().map_or(0, |span| span.column);
            format!("{column} {}: {}", problem.code.name(), problem.message)
        });
        (params, problems.collect())
    }

    #[test]
    fn all_problems_are_reported_with_their_places() {
        let (_, problems) = asked("run --as-of soon --param x");
        assert_eq!(
            problems,
            ["22 bad-date: `soon` is not a date or time", "35 usage: `x` sets no parameter"]
        );
    }

    #[test]
    fn parameters_are_numbers_truths_or_texts() {
        let (params, problems) =
            asked("run --param a=6 --param b=true --param c=0-10 --param d= --param a=7");
        assert_eq!(problems, ["75 usage: the parameter `a` is set twice"]);
        let value = |name: &str| params.get(name).map(|(value, _)| value.to_string());
        assert_eq!(value("a").as_deref(), Some("6"));
        assert_eq!(value("b").as_deref(), Some("true"));
        assert_eq!(value("c").as_deref(), Some("\"0-10\""));
        assert_eq!(value("d").as_deref(), Some("\"\""));
    }
}
