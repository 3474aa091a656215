//! What a metric means and how it is computed, for people.

use std::fmt::Write as _;

use goalpost_core::diagnostic::Code;
use goalpost_core::explanation::Explanation;
use goalpost_core::verdict::ExitCode;

use super::human::{direction, layer};
use crate::escape::{visible, visible_lines};
use crate::render::grid::{Column, Grid};
use crate::render::table;

/// Explanations one below the other.
pub(crate) fn explain(found: &[Explanation]) -> String {
    found.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// What the code of a message means.
pub(crate) fn code(code: Code) -> String {
    let (about, exit) = match code.is_data() {
        true => ("about data", ExitCode::Data),
        false => ("about what was written or asked", ExitCode::Usage),
    };
    let name = code.name();
    format!(
        "{name}: {about}; an error ends the run with exit code {}\n\n    {}\n",
        exit as u8,
        code.explanation()
    )
}

fn one(found: &Explanation) -> String {
    let metric = &found.metric;
    let mut text = String::new();
    let _ = writeln!(text, "{}: {}", visible(metric.name.as_str()), visible(&metric.title));
    let mut facts = vec![found.unit.to_string()];
    if metric.better.is_some() {
        facts.push(format!("{} is better", direction(metric.better)));
    }
    facts.push(layer(&metric.layer, &found.replaces));
    facts.push(metric.at.to_string());
    let _ = writeln!(text, "{}", visible(&facts.join(" · ")));
    section(&mut text, "Documentation", &metric.documentation);
    section(&mut text, "Formula", &found.formula);
    section(&mut text, "Refers to", &listed(&found.dependencies));
    section(&mut text, "Can be cut by", &listed(&found.dimensions));
    let aggregates: Vec<String> = found
        .aggregates
        .iter()
        .map(|aggregate| match &aggregate.time {
            Some(time) => format!("{}, by {time}", aggregate.text),
            None => format!("{}, at a moment", aggregate.text),
        })
        .collect();
    section(&mut text, "Aggregates", &aggregates.join("\n"));
    let mut grid = Grid { columns: ["column", "type", "from"].map(Column::left).into(), ..Grid::default() };
    for column in &found.columns {
        grid.rows.push(vec![column.name.clone(), column.ty.clone(), column.source.clone()]);
    }
    if !grid.rows.is_empty() {
        section(&mut text, "Columns", &table::grid(&grid));
    }
    if let Some(lacking) = &found.lacking {
        section(
            &mut text,
            "Cannot be computed here",
            &format!("it needs {}\n{}", lacking.what, lacking.remedy),
        );
    }
    if let (Some(first), Some(last)) = (found.periods.first(), found.periods.last()) {
        let periods =
            if first == last { first.label.clone() } else { format!("{} … {}", first.label, last.label) };
        section(&mut text, "Plan", &format!("for {periods}"));
    }
    for (number, scan) in found.scans.iter().enumerate() {
        section(&mut text, &format!("Scan {}", number + 1), &scan.summary);
        section(&mut text, "  as the engine runs it", &scan.plan);
        section(&mut text, "  as SQL", scan.sql.as_deref().unwrap_or_default());
    }
    text
}

/// A heading with indented lines; nothing where there is nothing to say.
fn section(text: &mut String, heading: &str, body: &str) {
    if body.trim().is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{heading}");
    for line in visible_lines(body).lines() {
        let _ = writeln!(text, "{}", format!("    {line}").trim_end());
    }
}

fn listed(names: &[impl ToString]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
