//! Which reports a check writes, and where each goes.
//!
//! `--report FORMAT[=FILE]` may be given several times; `--format` and `-o` are
//! one more. Standard output takes one report: the one that is asked for there,
//! else the human one. Only the annotations of GitHub may follow the human
//! report, because a job's log is where both belong.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use clap::ValueEnum;
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::source::At;

use super::args::ReportArgs;
use crate::command_line::CommandLine;
use crate::render::check::CheckFormat;

/// A report that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Report {
    /// How it is written.
    pub(super) format: CheckFormat,
    /// Its file; standard output otherwise.
    pub(super) file: Option<PathBuf>,
}

/// Resolves what is asked for; problems come back beside what could be resolved.
/// No report goes to the file that a baseline is recorded in.
pub(super) fn asked(
    args: &ReportArgs,
    baseline: Option<&Path>,
    line: &CommandLine,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Report> {
    let mut reports: Vec<Report> = Vec::new();
    for (nth, text) in args.reports.iter().enumerate() {
        let at = At(line.option("--report", nth));
        match parsed(text) {
            Ok(report) => add(report, at, &mut reports, problems),
            Err(problem) => problems.push((*problem).at(at)),
        }
    }
    let is_printed = reports.iter().any(|report| report.file.is_none());
    if args.format.is_some() || args.output.is_some() || !is_printed {
        let format = args.format.unwrap_or(CheckFormat::Human);
        let place = line.option("--format", 0).or_else(|| line.option("--output", 0));
        let file = args.output.clone().filter(|file| file.as_os_str() != "-");
        add(Report { format, file }, At(place.or_else(|| line.option("-o", 0))), &mut reports, problems);
    }
    if let Some(file) = baseline
        && reports.iter().any(|report| report.file.as_deref().is_some_and(|other| is_same(other, file)))
    {
        problems.push(
            Diagnostic::error(
                Code::Usage,
                format!("a report and the baseline both go to `{}`", file.display()),
            )
            .at(At(line.option("--save-baseline", 0)))
            .help("give one of them a file of its own"),
        );
    }
    // The annotations come last, so that the end of the log is what failed.
    reports.sort_by_key(|report| report.file.is_none() && report.format == CheckFormat::Github);
    reports
}

/// Reads `FORMAT` or `FORMAT=FILE`.
fn parsed(text: &str) -> Result<Report, Box<Diagnostic>> {
    let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
    let formats = CheckFormat::value_variants();
    let Some(format) = formats.iter().find(|format| format.name() == name.trim()) else {
        let known = formats.iter().map(|format| format.name());
        let problem = Diagnostic::error(Code::Usage, format!("there is no report format `{name}`"));
        return Err(Box::new(problem.help(did_you_mean(name, known))));
    };
    match file {
        Some("") => {
            let problem = Diagnostic::error(Code::Usage, format!("`{text}` names no file"));
            let help = format!("write a path: {name}=FILE, or {name} alone for standard output");
            Err(Box::new(problem.help(help)))
        }
        Some("-") | None => Ok(Report { format: *format, file: None }),
        Some(file) => Ok(Report { format: *format, file: Some(PathBuf::from(file)) }),
    }
}

fn add(report: Report, at: At, reports: &mut Vec<Report>, problems: &mut Vec<Diagnostic>) {
    let may_follow = |other: &Report| {
        let pair = [other.format, report.format];
        pair.contains(&CheckFormat::Human) && pair.contains(&CheckFormat::Github)
    };
    let clash = reports.iter().find(|other| match (&other.file, &report.file) {
        (None, None) => !may_follow(other),
        (Some(other), Some(file)) => is_same(other, file),
        _ => false,
    });
    let Some(other) = clash else { return reports.push(report) };
    let place = report
        .file
        .as_ref()
        .map_or_else(|| "standard output".to_owned(), |file| format!("`{}`", file.display()));
    problems.push(
        Diagnostic::error(
            Code::Usage,
            format!("two reports go to {place}: {} and {}", other.format.name(), report.format.name()),
        )
        .at(at)
        .help(format!("give one of them a file of its own: {}=FILE", report.format.name())),
    );
}

/// Whether two paths are the same as written, `./` left aside.
fn is_same(one: &Path, other: &Path) -> bool {
    let parts = |path: &Path| -> Vec<_> {
        path.components()
            .filter(|part| *part != Component::CurDir)
            .map(|part| part.as_os_str().to_owned())
            .collect()
    };
    parts(one) == parts(other)
}

/// The reports that a command line asks for that could not be parsed: they
/// have to say so, or one of an earlier run would be taken for this one's.
pub(super) fn of_words(words: &[OsString]) -> Vec<Report> {
    let texts: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    if !texts.iter().any(|text| text == "check") {
        return Vec::new();
    }
    let values = |name: &str| -> Vec<String> {
        let next = |index: usize| texts.get(index + 1).map(|text| text.clone().into_owned());
        let value = |(index, text): (usize, &std::borrow::Cow<'_, str>)| match text.strip_prefix(name) {
            Some("") => next(index),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        texts.iter().enumerate().filter_map(value).collect()
    };
    let mut reports: Vec<Report> = values("--report").iter().filter_map(|text| parsed(text).ok()).collect();
    let format = values("--format").first().and_then(|name| CheckFormat::from_str(name, false).ok());
    let file = values("--output").into_iter().chain(values("-o")).next().map(PathBuf::from);
    if format.is_some() || file.is_some() {
        reports.push(Report { format: format.unwrap_or(CheckFormat::Human), file });
    }
    let mut places = Vec::new();
    reports.retain(|report| {
        let is_new = !places.contains(&report.file);
        places.push(report.file.clone());
        is_new
    });
    reports
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_by(words: &str) -> (Vec<String>, Vec<String>) {
        let words: Vec<OsString> = words.split(' ').map(Into::into).collect();
        let line = CommandLine::new(&words);
        let program = std::iter::once(OsString::from("goalpost")).chain(words);
        let cli = <crate::args::Cli as clap::Parser>::try_parse_from(program).expect("words of a check");
        let crate::commands::Command::Check(args) = cli.command else { unreachable!("not a check") };
        let mut problems = Vec::new();
        let reports = asked(&args.reports, args.narrowed.save_baseline.as_deref(), &line, &mut problems);
        let problems = problems.iter().map(|problem| {
            format!("{} {}", problem.at.as_ref().map_or(0, |span| span.column), problem.message)
        });
        (shown(&reports), problems.collect())
    }

    fn shown(reports: &[Report]) -> Vec<String> {
        let shown = |report: &Report| {
            let file = report.file.as_ref().map_or("-".to_owned(), |file| file.display().to_string());
            format!("{}={file}", report.format.name())
        };
        reports.iter().map(shown).collect()
    }

    #[test]
    fn one_report_is_printed_and_the_human_one_by_default() {
        let reports = |words: &str| {
            let (reports, problems) = asked_by(words);
            assert_eq!(problems, [""; 0], "{words}");
            reports.join(" ")
        };
        assert_eq!(reports("check"), "human=-");
        assert_eq!(reports("check --format json"), "json=-");
        assert_eq!(reports("check -o out.txt"), "human=out.txt");
        assert_eq!(reports("check --report junit=a.xml --report sarif=b"), "junit=a.xml sarif=b human=-");
        assert_eq!(reports("check --report tap=- --report csv=a=b.csv"), "tap=- csv=a=b.csv");
        assert_eq!(reports("check --report tap --format json -o v.json"), "tap=- json=v.json");
        assert_eq!(reports("check --report github"), "github=-");
        assert_eq!(reports("check --report=github --report=human"), "human=- github=-");
    }

    #[test]
    fn reports_do_not_share_a_place() {
        let problems = |words: &str| asked_by(words).1.join("; ");
        assert_eq!(
            problems("check --report tap --report json"),
            "38 two reports go to standard output: tap and json"
        );
        assert_eq!(problems("check --report tap=x --report csv=x"), "40 two reports go to `x`: tap and csv");
        assert_eq!(
            problems("check --report tap=x --save-baseline ./x"),
            "47 a report and the baseline both go to `./x`"
        );
        assert_eq!(
            problems("check --report tap --format csv"),
            "38 two reports go to standard output: tap and csv"
        );
        assert_eq!(
            problems("check --report junt=x --report tap="),
            "25 there is no report format `junt`; 41 `tap=` names no file"
        );
    }

    #[test]
    fn words_that_cannot_be_parsed_still_ask_for_reports() {
        let of =
            |words: &str| shown(&of_words(&words.split(' ').map(Into::into).collect::<Vec<_>>())).join(" ");
        assert_eq!(of("check --report junit=a.xml --nonsense --report=tap"), "junit=a.xml tap=-");
        assert_eq!(of("check --format json -o a.json --strickt"), "json=a.json");
        assert_eq!(of("check --report tap --report json --strickt"), "tap=-");
        assert_eq!(of("run --format json -o a.json --strickt"), "");
    }
}
