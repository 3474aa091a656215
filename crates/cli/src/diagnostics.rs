//! Diagnostics as text for people: code, place, excerpt with a caret, help.
//!
//! Also the exit code that they ask for. What is wrong and what to do about it
//! is decided by whoever found it.

use std::cmp::Reverse;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Element, Level, Origin, Renderer, Snippet};
use goalpost_core::diagnostic::{Code, Diagnostic, Severity, capped};
use goalpost_core::source::Span;
use goalpost_core::verdict::ExitCode;

use crate::escape::{visible, visible_lines, visible_source};
use crate::settings::{Colour, Surface};

/// Errors first, then by place, each finding once.
pub(crate) fn sorted(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    fn place(at: Option<&Span>) -> (&str, u32, u32) {
        at.map_or(("", 0, 0), |span| (span.file.name.as_str(), span.line, span.column))
    }
    let mut sorted: Vec<&Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        if !sorted.contains(&diagnostic) {
            sorted.push(diagnostic);
        }
    }
    sorted.sort_by(|a, b| {
        let key = |d: &Diagnostic| (Reverse(d.severity), d.code);
        let (a_place, b_place) = (place(a.at.as_ref()), place(b.at.as_ref()));
        (Reverse(a.severity), a_place, key(a)).cmp(&(Reverse(b.severity), b_place, key(b)))
    });
    sorted
}

/// The exit code that errors ask for: 2 where something was written or asked
/// wrongly, else 3 where data could not be read or computed, else 1 where a
/// test of a script does not hold; nothing without errors.
pub(crate) fn exit_code(diagnostics: &[Diagnostic]) -> Option<ExitCode> {
    let codes = [ExitCode::Usage, ExitCode::Data, ExitCode::Missed];
    let asked: Vec<ExitCode> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|error| match error.code {
            Code::ExpectationFailed => ExitCode::Missed,
            code if code.is_data() => ExitCode::Data,
            _ => ExitCode::Usage,
        })
        .collect();
    codes.into_iter().find(|code| asked.contains(code))
}

/// Whether any of them is an error.
pub(crate) fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// All findings as text, with a count at the end where there are several.
pub(crate) fn render(diagnostics: &[Diagnostic], surface: Surface) -> String {
    let renderer = match surface.colour {
        Colour::Plain => Renderer::plain(),
        Colour::Ansi => Renderer::styled(),
    };
    let renderer = renderer.term_width(surface.width.max(60));
    let capped = capped(diagnostics.to_vec());
    let sorted = sorted(&capped);
    let mut text = String::new();
    for diagnostic in &sorted {
        text.push_str(&one(diagnostic, &renderer));
        text.push_str("\n\n");
    }
    if sorted.len() > 1 {
        text.push_str(&counted(&sorted));
        text.push('\n');
    } else {
        text.truncate(text.trim_end().len());
        if !text.is_empty() {
            text.push('\n');
        }
    }
    text
}

fn one(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(visible(&diagnostic.message)).id(diagnostic.code.name());
    let mut elements: Vec<Element<'_>> = Vec::new();
    let places: Vec<(AnnotationKind, &Span, &str)> = diagnostic
        .at
        .iter()
        .map(|span| (AnnotationKind::Primary, span, diagnostic.label.as_str()))
        .chain(diagnostic.related.iter().map(|(span, label)| (AnnotationKind::Context, span, label.as_str())))
        .collect();
    let mut files: Vec<&str> = Vec::new();
    for (_, span, _) in &places {
        if files.contains(&span.file.name.as_str()) {
            continue;
        }
        files.push(&span.file.name);
        let here: Vec<_> = places.iter().filter(|(_, other, _)| other.file.name == span.file.name).collect();
        elements.extend(excerpt(&here));
    }
    if let Some(help) = &diagnostic.help {
        elements.push(Level::HELP.message(visible_lines(help)).into());
    }
    renderer.render(&[title.elements(elements)])
}

/// The places in one file: its lines with marks, or just where it is when
/// there is no line to show.
fn excerpt<'a>(places: &[&(AnnotationKind, &'a Span, &'a str)]) -> Vec<Element<'a>> {
    let file = &places[0].1.file;
    let path = visible(&file.name).into_owned();
    let marked: Vec<_> = places.iter().filter(|(_, span, _)| span.line > 0).collect();
    let lines: Vec<String> = visible_source(&file.text).lines().map(str::to_owned).collect();
    let shown = |span: &Span| (span.line as usize) <= lines.len();
    let (Some(first), Some(last)) = (
        marked.iter().filter(|(_, span, _)| shown(span)).map(|(_, span, _)| span.line).min(),
        marked.iter().filter(|(_, span, _)| shown(span)).map(|(_, span, _)| span.line).max(),
    ) else {
        return places
            .iter()
            .flat_map(|(_, span, label)| {
                let mut origin = Origin::path(path.clone());
                if span.line > 0 {
                    origin = origin.line(span.line as usize);
                }
                if span.line > 0 && span.column > 0 {
                    origin = origin.char_column(span.column as usize);
                }
                let label = (!label.is_empty()).then(|| Level::NOTE.message(visible(label)).into());
                std::iter::once(Element::from(origin)).chain(label)
            })
            .collect();
    };
    let window = &lines[first as usize - 1..last as usize];
    let mut snippet: Snippet<'_, Annotation<'_>> =
        Snippet::source(window.join("\n")).path(path).line_start(first as usize);
    for (kind, span, label) in marked.into_iter().filter(|(_, span, _)| shown(span)) {
        let mut annotation = kind.span(bytes(window, first, span));
        if !label.is_empty() {
            annotation = annotation.label(visible(label));
        }
        snippet = snippet.annotation(annotation);
    }
    vec![snippet.into()]
}

/// The bytes that a span marks in the joined lines; the whole line where it names no column.
fn bytes(window: &[String], first: u32, span: &Span) -> Range<usize> {
    let index = (span.line - first) as usize;
    let before: usize = window[..index].iter().map(|line| line.len() + 1).sum();
    let line = &window[index];
    let offset = |chars: usize| line.char_indices().nth(chars).map_or(line.len(), |(byte, _)| byte);
    if span.column == 0 {
        return before + line.len() - line.trim_start().len()..before + line.trim_end().len();
    }
    let start = span.column as usize - 1;
    let length = (span.length as usize).max(1);
    before + offset(start)..before + offset(start.saturating_add(length)).max(offset(start))
}

fn counted(diagnostics: &[&Diagnostic]) -> String {
    let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let parts: Vec<String> = kinds
        .into_iter()
        .map(|(severity, word)| (diagnostics.iter().filter(|d| d.severity == severity).count(), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use goalpost_core::source::SourceFile;
    use insta::assert_snapshot;

    use super::*;

    const PLAIN: Surface = Surface { width: 100, ..Surface::of_file(Colour::Plain) };

    #[test]
    fn a_place_is_quoted_with_a_caret_and_help() {
        let file = SourceFile::new("metrics.d/a.rhai", "let x = 1;\r\ngoal(\"close_rte\", #{});\r\n");
        let error = Diagnostic::error(Code::UnknownMetric, "no metric is called `close_rte`")
            .at(file.span(17..28))
            .label("not known")
            .help("did you mean `close_rate`?\nknown: close_rate");
        assert_snapshot!(render(&[error], PLAIN), @r#"
        error[unknown-metric]: no metric is called `close_rte`
         --> metrics.d/a.rhai:2:6
          |
        2 | goal("close_rte", #{});
          |      ^^^^^^^^^^^ not known
          |
          = help: did you mean `close_rate`?
                  known: close_rate
        "#);
    }

    #[test]
    fn other_places_and_places_without_text_are_shown_too() {
        let a = SourceFile::new("a.rhai", "one\ntwo\n");
        let b = SourceFile::new("b.rhai", "\tthree\n");
        let data = SourceFile::new("data/deals.csv", "");
        let twice = Diagnostic::error(Code::Duplicate, "`x` is defined twice")
            .at(a.span(4..7))
            .related(b.span(1..6), "first here");
        let cell = Diagnostic::warning(Code::BadValue, "3 cells of `amount` are no numbers")
            .at(Span::at(&data, 7, 3))
            .label("`n/a`");
        let empty = Diagnostic::error(Code::EmptyTable, "no rows").at(Span::whole(&data));
        assert_snapshot!(render(&[cell, twice, empty], PLAIN), @r"
        error[duplicate]: `x` is defined twice
         --> a.rhai:2:1
          |
        2 | two
          | ^^^
          |
         ::: b.rhai:1:2
          |
        1 |     three
          |     ----- first here

        error[empty-table]: no rows
        --> data/deals.csv

        warning[bad-value]: 3 cells of `amount` are no numbers
        --> data/deals.csv:7:3
         = note: `n/a`

        2 errors, 1 warning
        ");
    }

    #[test]
    fn text_from_outside_cannot_reach_the_terminal() {
        let file = SourceFile::new("a\u{1b}[2J.rhai", "x\u{1b}[31m = \u{202e}1\u{0};");
        let error = Diagnostic::error(Code::ScriptSyntax, "bad\u{1b}]0;x\u{7}")
            .at(file.span(0..100))
            .label("here\r\nforged")
            .help("do\u{9b}31m");
        let text = render(&[error], PLAIN);
        let harmless = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
        assert!(text.chars().all(harmless), "{text:?}");
    }

    #[test]
    fn any_place_can_be_rendered() {
        let file = SourceFile::new("a.rhai", "äö\n\n日本");
        for line in 0..6 {
            for column in 0..6 {
                for length in [0, 1, 9] {
                    let span = Span { file: std::sync::Arc::clone(&file), line, column, length };
                    let error = Diagnostic::error(Code::ScriptError, "x").at(span.clone()).related(span, "y");
                    assert!(render(&[error], PLAIN).contains("error[script-error]: x"));
                }
            }
        }
    }

    #[test]
    fn errors_of_use_come_before_errors_of_data() {
        let asked = Diagnostic::error(Code::UnknownMetric, "");
        let data = Diagnostic::error(Code::MissingFile, "");
        let warning = Diagnostic::warning(Code::BadValue, "");
        assert_eq!(exit_code(&[]), None);
        assert_eq!(exit_code(std::slice::from_ref(&warning)), None);
        assert_eq!(exit_code(&[warning.clone(), data.clone()]), Some(ExitCode::Data));
        assert_eq!(exit_code(&[data, asked, warning]), Some(ExitCode::Usage));
        let failed = Diagnostic::error(Code::ExpectationFailed, "");
        assert_eq!(exit_code(&[failed]), Some(ExitCode::Missed));
    }
}
