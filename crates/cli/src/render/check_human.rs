//! Verdicts for people: one line each, with what to know below those that need it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use goalpost_core::Decimal;
use goalpost_core::report::{Aim, CheckReport, Segment, Verdict};
use goalpost_core::unit::Direction;
use goalpost_core::verdict::{ExitCode, VerdictKind};

use super::check_json::KINDS;
use super::grid::none;
use crate::escape::visible;
use crate::format::Format;
use crate::settings::Colour;

/// A check and what it means for the gate.
pub(crate) fn check(report: &CheckReport, exit: ExitCode, colour: Colour) -> String {
    let lines: Vec<Line> = report.verdicts.iter().map(|verdict| line(verdict, &report.currency)).collect();
    let width =
        |column: fn(&Line) -> &str| lines.iter().map(|line| width_of(column(line))).max().unwrap_or(0);
    let (goal, place, value) = (width(|l| &l.goal), width(|l| &l.place), width(|l| &l.value));
    let mut text = String::new();
    for (verdict, line) in report.verdicts.iter().zip(&lines) {
        let style = style(verdict.kind, colour);
        let word = format!("{} {:<12}", symbol(verdict.kind), words(verdict.kind));
        let main = format!(
            "{style}{word}{style:#} {}  {}  {}  {}",
            padded(&line.goal, goal),
            padded(&line.place, place),
            set_right(&line.value, value),
            line.levels
        );
        let _ = writeln!(text, "{}", main.trim_end());
        for detail in &line.details {
            let _ = writeln!(text, "    {detail}");
        }
    }
    if !lines.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{}", summary(report, exit));
    text
}

/// The parts of a verdict's line.
struct Line {
    goal: String,
    place: String,
    value: String,
    levels: String,
    details: Vec<String>,
}

fn line(verdict: &Verdict, currency: &str) -> Line {
    let Aim::Levels { target, limit, better, .. } = verdict.aim.clone() else {
        return Line {
            goal: visible(verdict.goal.as_str()).into_owned(),
            place: String::new(),
            value: String::new(),
            levels: String::new(),
            details: details(verdict),
        };
    };
    let limit = limit.filter(|limit| Some(*limit) != target);
    let numbers: Vec<Decimal> = [verdict.value, target, limit].into_iter().flatten().collect();
    let mut texts = Format { unit: verdict.unit, currency }.values(&numbers).into_iter();
    let mut take = |number: Option<Decimal>| number.and_then(|_| texts.next());
    let (value, target, limit) = (take(verdict.value), take(target), take(limit));
    let sign = if better == Direction::Higher { "≥" } else { "≤" };
    let levels =
        [target.map(|target| format!("target {sign} {target}")), limit.map(|limit| format!("limit {limit}"))];
    let period = verdict.period.as_ref().map_or("", |period| period.label.as_str());
    let place = [period.to_owned(), segment(&verdict.segment)];
    Line {
        goal: visible(verdict.goal.as_str()).into_owned(),
        place: joined(place, " "),
        value: value.unwrap_or_else(|| "–".to_owned()),
        levels: joined(levels.into_iter().flatten(), ", "),
        details: details(verdict),
    }
}

/// What a reader needs who has to act: why it stands so, who answers, where it is written.
fn details(verdict: &Verdict) -> Vec<String> {
    if verdict.kind == VerdictKind::Met {
        return Vec::new();
    }
    let metric =
        (verdict.goal.as_str() != verdict.metric.as_str()).then(|| format!("metric {}", verdict.metric));
    let about = [
        metric,
        verdict.owner.as_ref().map(|owner| format!("owner {owner}")),
        verdict.due.as_ref().map(|due| format!("due {due}")),
        verdict.why.clone(),
    ];
    [verdict.reason.clone(), joined(about.into_iter().flatten(), " · "), format!("at {}", verdict.at)]
        .into_iter()
        .filter(|line| !line.is_empty())
        .map(|line| visible(&line).into_owned())
        .collect()
}

fn segment(segment: &Segment) -> String {
    let parts = segment.iter().map(|(name, value)| format!("{name}={}", none(value.as_deref())));
    visible(&joined(parts, ", ")).into_owned()
}

fn summary(report: &CheckReport, exit: ExitCode) -> String {
    let count = |kind| report.verdicts.iter().filter(|verdict| verdict.kind == kind).count();
    let parts = KINDS.into_iter().map(|kind| (count(kind), words(kind))).filter(|(count, _)| *count > 0);
    let counts = joined(parts.map(|(count, word)| format!("{count} {word}")), ", ");
    let gate = match exit {
        ExitCode::Success => "the gate passes",
        ExitCode::Missed => "the gate fails",
        ExitCode::NothingJudged => "nothing was judged",
        ExitCode::Usage | ExitCode::Data => "the gate could not be judged",
    };
    let counts = if counts.is_empty() { "no goals".to_owned() } else { counts };
    format!("{counts} as of {}: {gate} (exit code {})", report.as_of, exit as u8)
}

const fn symbol(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Met => "✓",
        VerdictKind::AtRisk => "!",
        VerdictKind::Missed => "✗",
        VerdictKind::NoData => "?",
        VerdictKind::Inconclusive => "~",
        VerdictKind::Pending => "…",
        VerdictKind::Waived => "-",
    }
}

const fn words(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::AtRisk => "at risk",
        VerdictKind::NoData => "no data",
        other => other.name(),
    }
}

fn style(kind: VerdictKind, colour: Colour) -> Style {
    let colour = match (colour, kind) {
        (Colour::Plain, _) => return Style::new(),
        (Colour::Ansi, VerdictKind::Met) => AnsiColor::Green,
        (Colour::Ansi, VerdictKind::Missed | VerdictKind::NoData) => AnsiColor::Red,
        (Colour::Ansi, VerdictKind::AtRisk | VerdictKind::Inconclusive) => AnsiColor::Yellow,
        (Colour::Ansi, VerdictKind::Pending | VerdictKind::Waived) => AnsiColor::Cyan,
    };
    colour.on_default().bold()
}

fn joined(parts: impl IntoIterator<Item = String>, between: &str) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
}

fn width_of(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(width_of(text))))
}

fn set_right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(width_of(text))))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::sample;

    #[test]
    fn verdicts_line_up_and_explain_themselves() {
        assert_snapshot!(check(&sample::check(), ExitCode::Missed, Colour::Plain), @r"
        ✓ met          close_rate            2026-02                 25.0 %  target ≥ 25.0 %, limit 20.0 %
        ✗ missed       close rate by region  2026-02 region=EMEA  19.9999 %  target ≥ 25.0000 %, limit 20.0000 %
            below the limit
            metric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026
            at metrics.d/goals.rhai:3:1
        ! at risk      resolution_time       2026-02              5.0 hours  target ≤ 4.0 hours, limit 8.0 hours
            between limit and target
            at metrics.d/goals.rhai:3:1
        ? no data      close_rate                                         –  target ≥ 25.0 %, limit 20.0 %
            no ended deals
            owner sales-ops · due 2026-12-31 · board plan 2026
            at metrics.d/goals.rhai:3:1

        1 met, 1 at risk, 1 missed, 1 no data as of 2026-03-15T00:00:00+00:00: the gate fails (exit code 1)
        ");
    }

    #[test]
    fn colour_is_for_the_word_only() {
        let text = check(&sample::check(), ExitCode::Missed, Colour::Ansi);
        assert!(text.contains("\u{1b}[1m\u{1b}[31m✗ missed"), "{text:?}");
    }
}
