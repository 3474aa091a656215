//! Verdicts for people: one line each, with what to know below those that need it.
//!
//! On a terminal that is too narrow for the lines, each verdict takes several
//! short ones; in files and pipes lines stay whole.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use goalpost_core::report::Verdict;
use goalpost_core::verdict::{Gate, VerdictKind};

use super::Checked;
use super::words::{details, figures, joined, kind, left_out, pace, period, segment, summary, symbol};
use crate::diagnostics;
use crate::escape::{no_commands, visible};
use crate::settings::{Colour, Lines, Surface};

/// A check and what it means for the gate.
pub(crate) fn check(checked: &Checked<'_>, surface: Surface) -> String {
    let mut text = String::new();
    if checked.report.is_none() {
        text.push_str(&diagnostics::render(checked.diagnostics, surface));
        text.push('\n');
    }
    let lines: Vec<Line<'_>> =
        checked.verdicts().iter().map(|verdict| line(verdict, checked.currency())).collect();
    let widths = Widths::of(&lines);
    for line in &lines {
        match surface.lines {
            Lines::Broken if widths.total() > surface.width => narrow(line, surface, &mut text),
            _ => wide(line, &widths, surface, &mut text),
        }
    }
    if !lines.is_empty() {
        text.push('\n');
    }
    let end = broken(&summary(checked), surface, 0).join("\n");
    let _ = writeln!(text, "{end}");
    no_commands(&text)
}

/// The parts of a verdict's line.
struct Line<'a> {
    verdict: &'a Verdict,
    goal: String,
    place: String,
    value: String,
    aim: String,
    details: Vec<String>,
}

fn line<'a>(verdict: &'a Verdict, currency: &str) -> Line<'a> {
    let figures = figures(verdict, currency);
    let place = [visible(period(verdict)).into_owned(), segment(&verdict.segment)];
    let reason = || visible(&verdict.reason).into_owned();
    let mut below = Vec::new();
    if verdict.kind != VerdictKind::Met || verdict.gate == Gate::Fails {
        below.push(reason());
        below.extend(details(verdict, currency));
        below.push(visible(&format!("at {}", verdict.at)).into_owned());
    } else {
        // Who has met a goal needs to know no more, unless the period still runs or
        // it was met without some of the rows.
        below.extend(pace(verdict, currency).into_iter().flat_map(|pace| [reason(), pace]));
        below.extend(left_out(verdict));
    }
    below.retain(|line| !line.is_empty());
    Line {
        verdict,
        goal: visible(verdict.goal.as_str()).into_owned(),
        place: joined(place, " "),
        value: figures.value,
        aim: figures.aim,
        details: below,
    }
}

/// Columns taken by the mark and the kind.
const MARK: usize = 15;

/// How wide each column has to be.
struct Widths {
    goal: usize,
    place: usize,
    value: usize,
    aim: usize,
}

impl Widths {
    fn of(lines: &[Line<'_>]) -> Self {
        let widest = |column: for<'a> fn(&'a Line<'_>) -> &'a str| {
            lines.iter().map(|line| width_of(column(line))).max().unwrap_or(0)
        };
        Self {
            goal: widest(|line| &line.goal),
            place: widest(|line| &line.place),
            value: widest(|line| &line.value),
            aim: widest(|line| &line.aim),
        }
    }

    fn total(&self) -> usize {
        MARK + self.goal + self.place + self.value + self.aim + 6
    }
}

/// A verdict whose parts stand below those of the others.
fn wide(line: &Line<'_>, widths: &Widths, surface: Surface, text: &mut String) {
    let main = format!(
        "{} {}  {}  {}  {}",
        mark(line.verdict, surface.colour),
        padded(&line.goal, widths.goal),
        padded(&line.place, widths.place),
        set_right(&line.value, widths.value),
        line.aim
    );
    let _ = writeln!(text, "{}", main.trim_end());
    below(&line.details, surface, text);
}

/// A verdict with a line for each part.
fn narrow(line: &Line<'_>, surface: Surface, text: &mut String) {
    let _ = writeln!(text, "{} {}", mark(line.verdict, surface.colour), line.goal);
    let parts = [joined([line.place.clone(), line.value.clone()], "  "), line.aim.clone()];
    below(&parts, surface, text);
    below(&line.details, surface, text);
}

fn below(parts: &[String], surface: Surface, text: &mut String) {
    const INDENT: usize = 4;
    for part in parts {
        for line in broken(part, surface, INDENT) {
            let _ = writeln!(text, "{}{line}", " ".repeat(INDENT));
        }
    }
}

/// A text broken between words where lines have to fit; a word that is wider
/// than a line is broken inside.
fn broken(text: &str, surface: Surface, indent: usize) -> Vec<String> {
    let room = surface.width.saturating_sub(indent).max(20);
    if surface.lines == Lines::Whole || width_of(text) <= room {
        return vec![text.to_owned()];
    }
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| width_of(line));
        if line > 0 && line + 1 + width_of(word) > room {
            lines.push(String::new());
        } else if line > 0
            && let Some(line) = lines.last_mut()
        {
            line.push(' ');
        }
        for c in word.chars() {
            let wide = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
            if lines.last().is_some_and(|line| width_of(line) + wide > room) {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
        }
    }
    lines
}

fn mark(verdict: &Verdict, colour: Colour) -> String {
    let style = style(verdict, colour);
    format!("{style}{} {:<12}{style:#}", symbol(verdict.kind), kind(verdict.kind))
}

/// Red for what fails the gate, whatever its kind; green for what is met.
fn style(verdict: &Verdict, colour: Colour) -> Style {
    if colour == Colour::Plain {
        return Style::new();
    }
    let colour = match (verdict.gate, verdict.kind) {
        (Gate::Fails, _) => AnsiColor::Red,
        (_, VerdictKind::Met) => AnsiColor::Green,
        (Gate::Warns, _) => AnsiColor::Yellow,
        (Gate::Passes | Gate::Silent, _) => AnsiColor::Cyan,
    };
    colour.on_default().bold()
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
    use crate::render::fixture;

    const PLAIN: Surface = Surface::of_file(Colour::Plain);

    #[test]
    fn verdicts_line_up_and_explain_themselves() {
        let report = fixture::check();
        assert_snapshot!(check(&fixture::checked(&report), PLAIN), @r"
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
    fn a_narrow_terminal_gets_short_lines() {
        let report = fixture::every_kind();
        let surface = Surface { width: 40, lines: Lines::Broken, ..PLAIN };
        let text = check(&fixture::checked(&report), surface);
        assert!(text.lines().all(|line| width_of(line) <= 40), "{text}");
        let first: Vec<&str> = text.lines().take(12).collect();
        assert_snapshot!(first.join("\n"), @"
        ✓ met          close_rate
            2026-02  25.0 %
            target ≥ 25.0 %, limit 20.0 %,
            stretch 30.0 %
        ✗ missed       close rate by region
            2026-02 region=EMEA  19.9999 %
            target ≥ 25.0000 %, limit 20.0000 %
            below the limit
            interval 18.0 % to 22.0 % (n 1,204)
            since 2026-01 (25.0 %) -5.0 points:
            won -6.0 points, ended +1.0 points;
            mostly rep 017 -4.0 points (mix -1.0
        ");
    }

    #[test]
    fn words_without_a_space_are_broken_inside() {
        let surface = Surface { width: 24, lines: Lines::Broken, ..PLAIN };
        assert_eq!(broken(&"x".repeat(25), surface, 4), ["x".repeat(20), "x".repeat(5)]);
        assert_eq!(broken("one two three four five six", surface, 4), ["one two three four", "five six"]);
        // A character of two columns does not stick out.
        assert_eq!(broken(&"北".repeat(11), surface, 4), ["北".repeat(10), "北".to_owned()]);
    }

    #[test]
    fn colour_is_for_the_word_only() {
        let report = fixture::check();
        let text = check(&fixture::checked(&report), Surface::of_file(Colour::Ansi));
        assert!(text.contains("\u{1b}[1m\u{1b}[31m✗ missed"), "{text:?}");
        let report = fixture::every_kind();
        let text = check(&fixture::checked(&report), Surface::of_file(Colour::Ansi));
        assert!(text.contains("\u{1b}[1m\u{1b}[33m✗ missed"), "a miss that advises is no failure: {text:?}");
    }

    #[test]
    fn nothing_in_a_name_is_obeyed() {
        let report = fixture::hostile();
        let text = check(&fixture::checked(&report), PLAIN);
        let is_obeyed = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{2028}".contains(c));
        assert!(!text.contains(is_obeyed), "{text:?}");
        assert!(
            text.lines().all(|line| !line.trim_start().starts_with("::") && !line.contains("##[")),
            "{text}"
        );
    }
}
