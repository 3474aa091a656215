//! The files around the data: configuration, scripts, README.
//!
//! They are templates in the folder of this name; `{{name}}` is replaced.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate};
use goalpost_registry::write::Format;

use super::company::{CLOSER, SLOW};
use super::dirt;
use super::options::{DemoOptions, DemoSummary};
use super::timeline::{date, quarter_start};
use super::world::World;

/// Paths below the project's folder with their texts, `goalpost.toml` last.
pub(super) fn files(
    options: &DemoOptions,
    world: &World,
    summary: &DemoSummary,
) -> Vec<(&'static str, String)> {
    let values = values(options, world, summary);
    [
        ("README.md", include_str!("template/README.md")),
        ("metrics.d/fast_answer_rate.rhai", include_str!("template/fast_answer_rate.rhai")),
        ("metrics.d/goals.rhai", include_str!("template/goals.rhai")),
        ("metrics.d/legal_review_time.rhai", include_str!("template/legal_review_time.rhai")),
        ("goalpost.toml", include_str!("template/goalpost.toml")),
    ]
    .map(|(path, template)| (path, filled(template, &values)))
    .into()
}

/// A template with its `{{names}}` replaced.
fn filled(template: &str, values: &[(&str, String)]) -> String {
    values
        .iter()
        .fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
}

fn values(options: &DemoOptions, world: &World, summary: &DemoSummary) -> Vec<(&'static str, String)> {
    let csv = options.format == Format::Csv;
    let year_end = NaiveDate::from_ymd_opt(options.until.year(), 12, 31).unwrap_or(options.until);
    let last_quarter = quarter_start(quarter_start(world.timeline.end) - 1);
    // What a month of the last closed quarter brings, by the weights of the years.
    let months = world.timeline.millionths(last_quarter, quarter_start(world.timeline.end)) / 3;
    let tickets = world.deals * months / 1_000_000;
    vec![
        ("ext", options.format.name().to_owned()),
        ("by_hand", if csv { r#", format = "%d/%m/%Y""#.to_owned() } else { String::new() }),
        ("command", command(options)),
        ("as_of", summary.as_of.to_string()),
        ("first_day", date(world.timeline.start).to_string()),
        ("last_day", options.until.to_string()),
        ("year_end", year_end.to_string()),
        ("running_quarter", date(quarter_start(world.timeline.end)).to_string()),
        ("crm", date(world.crm).to_string()),
        ("price_rise", date(world.price_rise).to_string()),
        ("short_staffed", date(world.short_staffed).to_string()),
        ("closer", world.reps[CLOSER as usize].name.clone()),
        ("slow", world.reps[SLOW as usize].name.clone()),
        ("sponsorship", world.campaigns.last().map(|campaign| campaign.id.clone()).unwrap_or_default()),
        ("tickets_target", rounded(tickets * 5 / 4).to_string()),
        ("tickets_limit", rounded(tickets * 3 / 2).to_string()),
        ("tables", tables(summary)),
        ("dirt", dirt_rows(csv)),
    ]
}

/// The command that writes this project.
fn command(options: &DemoOptions) -> String {
    let mut command = String::from("goalpost demo DIR");
    if options.deals != DemoOptions::DEFAULT_DEALS {
        let _ = write!(command, " --deals {}", options.deals);
    }
    if options.seed != DemoOptions::DEFAULT_SEED {
        let _ = write!(command, " --seed {}", options.seed);
    }
    if options.format != Format::Csv {
        let _ = write!(command, " --format {}", options.format.name());
    }
    if options.until != DemoOptions::default_until() {
        let _ = write!(command, " --until {}", options.until);
    }
    command
}

/// A number with two digits that count.
fn rounded(number: u64) -> u64 {
    let mut unit = 1;
    while number / unit >= 100 {
        unit *= 10;
    }
    number / unit * unit
}

fn tables(summary: &DemoSummary) -> String {
    let mut text = String::new();
    for (name, written) in &summary.tables {
        let _ = writeln!(text, "| {name} | {} |", written.rows);
    }
    text.trim_end().to_owned()
}

fn dirt_rows(csv: bool) -> String {
    let mut text = String::new();
    for dirt in dirt::ALL.iter().filter(|dirt| csv || !dirt.text_only) {
        let (whole, tenth) = (dirt.per_mille / 10, dirt.per_mille % 10);
        let _ = writeln!(text, "| {} | {whole}.{tenth} % | {} |", dirt.table, dirt.what);
    }
    text.trim_end().to_owned()
}
