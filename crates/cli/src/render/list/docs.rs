//! The catalogue as Markdown: a page for each metric, and an index by area.
//!
//! Everything comes from the scripts: their comments, formulas, parameters and
//! tests. The pages say nothing of when or where they were written, so the same
//! project gives the same bytes. What comes from scripts is text, never markup,
//! apart from `` `names` ``, which are code and lead to the page of their metric.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use goalpost_core::case::{Case, Subject};
use goalpost_core::definition::{Layer, Param};
use goalpost_core::diagnostic::Code;
use goalpost_core::documentation::Documentation;
use goalpost_core::name::MetricName;
use goalpost_core::verdict::ExitCode;
use goalpost_registry::catalogue::Entry;

use super::human::{direction, layer, needs};
use crate::escape::visible;
use crate::load::Loaded;
use crate::render::markdown::escaped;

/// The first line of each page that is written to a folder.
pub(crate) const MARK: &str = "<!-- Written by `goalpost docs`: changes here are lost. -->";
/// The page that a folder shows first.
pub(crate) const INDEX: &str = "README.md";

/// The page of the codes of messages.
const MESSAGES: &str = "messages.md";

/// Parts of a comment under headings of their own: the word that their label
/// begins with, and the heading.
const HEADINGS: [(&str, &str); 9] = [
    ("formula", "Formula"),
    ("table", "Tables and columns"),
    ("unit", "Unit and direction"),
    ("parameter", "Parameters"),
    ("left out", "What is left out"),
    ("edge case", "Edge cases"),
    ("variant", "Variants"),
    ("example", "Worked example"),
    ("guide", "Source guides"),
];

/// A page and where it goes, relative to the folder of all pages.
#[derive(Debug)]
pub(crate) struct Page {
    /// With `/` between folders.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// The pages of a project.
pub(crate) struct Pages<'a> {
    loaded: &'a Loaded,
    /// Where each metric's page is.
    paths: BTreeMap<MetricName, String>,
}

impl<'a> Pages<'a> {
    /// The pages of the metrics that a project has, those of built-in scripts included.
    pub(crate) fn of(loaded: &'a Loaded) -> Self {
        let mut paths: BTreeMap<MetricName, String> = BTreeMap::new();
        for entry in loaded.project.catalogue.metrics() {
            let base = format!("{}/{}", slug(&area(entry)), slug(entry.metric.name.as_str()));
            // Names that differ in what a file's name cannot hold are numbered.
            let is_taken = |path: &String| paths.values().any(|known| known.eq_ignore_ascii_case(path));
            let path = std::iter::once(format!("{base}.md"))
                .chain((2..).map(|number| format!("{base}-{number}.md")))
                .find(|path| !is_taken(path));
            paths.insert(entry.metric.name.clone(), path.unwrap_or(base));
        }
        Self { loaded, paths }
    }

    /// All pages, the index first.
    pub(crate) fn all(&self) -> Vec<Page> {
        let mut pages = vec![
            Page { path: INDEX.to_owned(), text: self.index() },
            Page { path: MESSAGES.to_owned(), text: messages() },
        ];
        let metrics = self.loaded.project.catalogue.metrics();
        pages.extend(
            metrics.map(|entry| Page { path: self.path(&entry.metric.name), text: self.page(entry) }),
        );
        pages
    }

    /// The index: metrics by area.
    pub(crate) fn index(&self) -> String {
        let mut areas: BTreeMap<(Layer, String), Vec<&Entry>> = BTreeMap::new();
        for entry in self.loaded.project.catalogue.metrics() {
            areas.entry((entry.metric.layer.clone(), area(entry))).or_default().push(entry);
        }
        let mut text = format!("# Metrics of {}\n", escaped(&self.loaded.project.config.name));
        // What a team has written itself comes first.
        let own = areas.iter().filter(|((layer, _), _)| *layer != Layer::BuiltIn);
        let built_in = areas.iter().filter(|((layer, _), _)| *layer == Layer::BuiltIn);
        for ((_, area), entries) in own.chain(built_in) {
            let _ = writeln!(text, "\n## {}\n", escaped(area));
            text.push_str(
                "| metric | what it is | unit | better | available |\n| --- | --- | --- | --- | --- |\n",
            );
            for entry in entries {
                let metric = &entry.metric;
                let documentation = Documentation::parse(&metric.documentation);
                let what = match documentation.first_sentence() {
                    "" => escaped(&metric.title),
                    sentence => self.prose(sentence, ""),
                };
                let needs = needs(entry).iter().map(|need| code(need)).collect::<Vec<_>>().join(", ");
                let available = if needs.is_empty() { "yes".to_owned() } else { format!("needs {needs}") };
                let _ = writeln!(
                    text,
                    "| {} | {} | {} | {} | {} |",
                    self.link(&metric.name, ""),
                    what,
                    escaped(&entry.unit.to_string()),
                    direction(metric.better),
                    available.replace('|', "\\|"),
                );
            }
        }
        let _ = writeln!(text, "\nWhat the codes of messages mean: [messages]({MESSAGES}).");
        text
    }

    /// The page of a metric.
    pub(crate) fn page(&self, entry: &Entry) -> String {
        let metric = &entry.metric;
        let documentation = Documentation::parse(&metric.documentation);
        let mut text = format!("# {}\n\n", escaped(&metric.title));
        let _ = writeln!(
            text,
            "{} · [{}](../{INDEX}) · {}",
            code(metric.name.as_str()),
            escaped(&area(entry)),
            escaped(&layer(&metric.layer, &entry.replaces))
        );
        section(&mut text, "Definition", &self.paragraphs(&documentation.summary));
        for (word, heading) in HEADINGS {
            let mut body = String::new();
            for part in documentation.parts.iter().filter(|part| part.is(word)) {
                // What the label says besides: the guide that an example is from.
                let note = part.label.split_once('(').map(|(_, note)| note.trim_end_matches(')'));
                let note = note.map(|note| format!("{}: ", escaped(note)));
                body.push_str(&note.unwrap_or_default());
                body.push_str(&self.paragraphs(&part.text));
                body.push_str("\n\n");
            }
            body.push_str(&match word {
                "formula" => format!("As it is computed: {}", code(&metric.value.to_string())),
                "table" => availability(entry),
                "unit" if body.is_empty() => unit(entry),
                "parameter" => parameters(&self.loaded.definitions.params, &metric.documentation),
                _ => String::new(),
            });
            section(&mut text, heading, body.trim());
            if word == "unit" {
                let dimensions: Vec<String> =
                    entry.dimensions.iter().map(|name| code(name.as_str())).collect();
                let dimensions = dimensions.join(", ");
                let dimensions = if dimensions.is_empty() { "Nothing in this project." } else { &dimensions };
                section(&mut text, "Can be cut by", dimensions);
            }
        }
        let known = |label: &str| HEADINGS.iter().any(|(word, _)| starts_with(label, word));
        for part in documentation.parts.iter().filter(|part| !known(&part.label)) {
            section(&mut text, &escaped(&part.label), &self.paragraphs(&part.text));
        }
        section(&mut text, "Tests", &tests(&self.loaded.definitions.cases, &metric.name));
        section(&mut text, "Source", &code(&metric.at.file.name));
        text
    }

    fn path(&self, name: &MetricName) -> String {
        self.paths.get(name).cloned().unwrap_or_default()
    }

    /// A link to the page of a metric, from a page whose way up is `up`.
    fn link(&self, name: &MetricName, up: &str) -> String {
        format!("[{}]({up}{})", code(name.as_str()), self.path(name))
    }

    /// Paragraphs and list items.
    fn paragraphs(&self, paragraphs: &[String]) -> String {
        let mut text = String::new();
        for paragraph in paragraphs {
            let item = paragraph.strip_prefix("- ");
            let follows = text.lines().last().is_some_and(|line| line.starts_with("- "));
            if !text.is_empty() {
                text.push_str(if item.is_some() && follows { "\n" } else { "\n\n" });
            }
            if item.is_some() {
                text.push_str("- ");
            }
            text.push_str(&self.prose(item.unwrap_or(paragraph), "../"));
        }
        text
    }

    /// A text of a script: escaped, but for names in backquotes.
    fn prose(&self, text: &str, up: &str) -> String {
        let pieces: Vec<&str> = text.split('`').collect();
        if pieces.len().is_multiple_of(2) {
            return line_start(&escaped(text));
        }
        let pieces = pieces.iter().enumerate().map(|(i, piece)| match i % 2 {
            0 if i == 0 => line_start(&escaped(piece)),
            0 => escaped(piece),
            _ => match self.paths.get_key_value(*piece) {
                Some((name, _)) => self.link(name, up),
                None => code(piece),
            },
        });
        pieces.collect()
    }
}

/// What the codes of messages mean, and what they do to the exit code.
fn messages() -> String {
    let mut text = "# Messages\n\n`error[code]` stops a run with the exit code given here; `warning[code]` does not.\n\n".to_owned();
    text.push_str("| code | what it means | exit code |\n| --- | --- | ---: |\n");
    for found in Code::ALL {
        let exit = if found.is_data() { ExitCode::Data } else { ExitCode::Usage };
        let meaning = prose_without_links(&found.explanation());
        let _ = writeln!(text, "| {} | {meaning} | {} |", code(found.name()), exit as u8);
    }
    text
}

/// A text of the program itself: escaped, but for code in backquotes.
fn prose_without_links(text: &str) -> String {
    let pieces = text.split('`').enumerate();
    pieces.map(|(i, piece)| if i % 2 == 0 { escaped(piece) } else { code(piece) }).collect()
}

/// The folder of a built-in script, the name of a pack, or `project`.
fn area(entry: &Entry) -> String {
    match &entry.metric.layer {
        Layer::Project => "project".to_owned(),
        Layer::Pack(_, name) => name.clone(),
        Layer::BuiltIn => {
            let folders: Vec<&str> = entry.metric.at.file.name.split('/').collect();
            match folders.as_slice() {
                [_, area, .., _] => (*area).to_owned(),
                _ => "general".to_owned(),
            }
        }
    }
}

/// A name as the name of a file, in every file system.
fn slug(name: &str) -> String {
    let slug: String =
        name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-') { c } else { '-' }).collect();
    if slug.is_empty() { "-".to_owned() } else { slug }
}

fn starts_with(label: &str, word: &str) -> bool {
    label.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word))
}

fn availability(entry: &Entry) -> String {
    let needs = needs(entry);
    if needs.is_empty() {
        return "This project has all of it.".to_owned();
    }
    let needs: Vec<String> = needs.iter().map(|need| code(need)).collect();
    format!("This project lacks {}.", needs.join(", "))
}

fn unit(entry: &Entry) -> String {
    match direction(entry.metric.better) {
        "" => format!("Shown as {}.", escaped(&entry.unit.to_string())),
        better => format!("Shown as {}; {better} is better.", escaped(&entry.unit.to_string())),
    }
}

/// The parameters that a comment names, with the values in force.
fn parameters(params: &[Param], documentation: &str) -> String {
    let named = |param: &&Param| documentation.contains(&format!("`{}`", param.name));
    let items = params.iter().filter(named).map(|param| {
        let mut item = format!("- {}", code(&format!("{} = {}", param.name, param.value)));
        if param.value != param.default {
            let _ = write!(item, " (by default {})", code(&param.default.to_string()));
        }
        if !param.documentation.is_empty() {
            let _ = write!(item, ": {}", escaped(&param.documentation));
        }
        if !param.allowed.is_empty() {
            let allowed: Vec<String> = param.allowed.iter().map(|value| code(&value.to_string())).collect();
            let _ = write!(item, "; one of {}", allowed.join(", "));
        }
        item
    });
    items.collect::<Vec<_>>().join("\n")
}

/// The tests that expect something of a metric, in the order of their files.
fn tests(cases: &[Case], metric: &MetricName) -> String {
    let shows = |case: &&Case| {
        case.expectations
            .iter()
            .any(|expectation| matches!(&expectation.subject, Subject::Metric(name) if name == metric))
    };
    let items = cases
        .iter()
        .filter(shows)
        .map(|case| format!("- {} ({})", escaped(&case.name), code(&case.at.file.name)));
    items.collect::<Vec<_>>().join("\n")
}

/// A heading with what is below it; nothing where there is nothing to say.
fn section(text: &mut String, heading: &str, body: &str) {
    if !body.is_empty() {
        let _ = writeln!(text, "\n## {heading}\n\n{body}");
    }
}

/// A text as code, however many backquotes it holds.
fn code(text: &str) -> String {
    let text = visible(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The first characters of a paragraph must not make it a list or a heading.
fn line_start(text: &str) -> String {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    if digits > 0 && text[digits..].starts_with(['.', ')']) {
        return format!("{}\\{}", &text[..digits], &text[digits..]);
    }
    if text.starts_with(['-', '+', '=']) { format!("\\{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_files() {
        assert_eq!(slug("close_rate"), "close_rate");
        assert_eq!(slug("../odd name/é"), "---odd-name-é");
        assert_eq!(slug(""), "-");
    }

    #[test]
    fn code_holds_backquotes() {
        assert_eq!(code("deals.amount"), "`deals.amount`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
    }

    #[test]
    fn paragraphs_stay_paragraphs() {
        assert_eq!(line_start("2026. A year"), "2026\\. A year");
        assert_eq!(line_start("- not a list"), "\\- not a list");
        assert_eq!(line_start("10 deals"), "10 deals");
    }
}
