//! From when to when a run goes: `--from`, `--to` and `--last`, read from the words given.

use chrono::NaiveDate;
use goalpost_core::calendar::{AsOf, Calendar, Grain};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::source::At;

use super::RunArgs;
use crate::command_line::CommandLine;
use crate::format;

/// The periods asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Range {
    /// The first day.
    pub(super) from: Option<NaiveDate>,
    /// The first day after.
    pub(super) to: Option<NaiveDate>,
    /// How many of the last periods.
    pub(super) last: Option<u32>,
}

/// Reads `--from`, `--to` and `--last`.
pub(super) fn range(args: &RunArgs, line: &CommandLine, problems: &mut Vec<Diagnostic>) -> Range {
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

/// The most periods of a run: those of 54 years by day. Each is a column or a line for
/// every metric and segment, so that more of them are a slip of the pen.
const MOST: u64 = 20_000;

/// Says where the periods asked for are more than a run answers, before any is made.
pub(super) fn too_many(
    range: Range,
    grain: Grain,
    (calendar, as_of): (&Calendar, &AsOf),
    line: &CommandLine,
) -> Option<Diagnostic> {
    let end = range.to.unwrap_or_else(|| as_of.visible_end(calendar));
    let count = |grain| match (range.from, range.last) {
        (Some(from), _) => calendar.count(grain, from, end),
        (None, last) => last.map_or(0, u64::from),
    };
    let asked = count(grain);
    if grain == Grain::All || asked <= MOST {
        return None;
    }
    let (option, asked) = (if range.from.is_some() { "--from" } else { "--last" }, format::count(asked));
    let what = match range.from {
        Some(from) => format!("--grain {grain} makes {asked} periods from {from} up to {end}"),
        None => format!("--last asks for {asked} periods"),
    };
    let message = format!("{what}, and a run answers at most {}", format::count(MOST));
    let coarser =
        [Grain::Week, Grain::Month, Grain::Quarter, Grain::Year].into_iter().filter(|&other| other > grain);
    let fits = coarser.map(|other| (other, count(other))).find(|(_, count)| *count <= MOST);
    let help = match (fits, range.from) {
        (Some((other, count)), Some(_)) => {
            format!("begin later, or ask by {other}: --grain {other} makes them {}", format::count(count))
        }
        (None, Some(_)) => "begin later".to_owned(),
        (_, None) => format!("ask for at most {}", format::count(MOST)),
    };
    Some(Diagnostic::error(Code::Usage, message).at(At(line.option(option, 0))).help(help))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Cli;
    use crate::commands::Command;

    fn asked(words: &str) -> (Range, Vec<String>) {
        let words: Vec<std::ffi::OsString> = words.split(' ').map(Into::into).collect();
        let line = CommandLine::new(&words);
        let cli = Cli::try_parse_from([std::ffi::OsString::from("goalpost")].into_iter().chain(words));
        let Ok(Cli { command: Command::Run(args), .. }) = cli else { unreachable!("not a run") };
        let mut problems = Vec::new();
        let range = range(&args, &line, &mut problems);
        let problems = problems.iter().map(|problem| {
            let column = problem.at.as_ref().map_or(0, |span| span.column);
            format!("{column} {}: {}", problem.code.name(), problem.message)
        });
        (range, problems.collect())
    }

    #[test]
    fn dates_and_periods_are_read() {
        let (range, problems) = asked("run --from 2026-01-01 --to=2026-04-01");
        assert_eq!(problems, [""; 0]);
        assert_eq!(range.from, NaiveDate::from_ymd_opt(2026, 1, 1));
        assert_eq!(range.to, NaiveDate::from_ymd_opt(2026, 4, 1));
        assert_eq!(asked("run --last 6").0.last, Some(6));
    }

    #[test]
    fn all_problems_are_reported_with_their_places() {
        let (_, problems) = asked("run --from 2026-02-30 --to 01.04.2026 --last 0");
        assert_eq!(
            problems,
            [
                "21 bad-date: `2026-02-30` is not a date",
                "37 bad-date: `01.04.2026` is not a date",
                "55 usage: `0` is not a number of periods",
                "55 usage: --last and --from both say where the periods start",
            ]
        );
        let (_, problems) = asked("run --from 2026-04-01 --to 2026-04-01 --grain all");
        assert_eq!(
            problems,
            [
                "37 bad-date: there is nothing between 2026-04-01 and 2026-04-01",
                "21 usage: --from has no use with --grain all",
                "37 usage: --to has no use with --grain all",
            ]
        );
    }
}
