//! From the text of `goalpost.toml` to a validated [`Config`].
//!
//! The text is parsed with its spans and walked section by section; every
//! problem is reported with its place and the rest is read all the same. Only a
//! text that is not TOML stops it, because what follows would be guesswork.
//!
//! ```toml
//! [project]
//! name = "Acme"                       # default "project"
//! currency = "USD"                    # needed: ISO 4217
//! time_zone = "Europe/London"         # IANA name, default "UTC"
//! fiscal_year_start = "april"         # month or 1-12, default "january"
//! week_start = "monday"               # default "monday"
//! packs = ["packs/saas"]              # folders of scripts, between the built-in ones and metrics.d
//!
//! [params]                            # values of the scripts' parameters
//! new_customer_months = 6
//!
//! [business]                          # what business_time counts; default Monday to Friday, 9 to 17
//! days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
//! hours = "09:00-17:30"
//! holidays = ["2026-12-25"]
//!
//! [goals]                             # what goals mean that do not say it themselves
//! severity = "block"                  # or "advise": a miss is shown, and the gate passes
//! no_data = "fail"                    # or "warn", "skip"
//! incomplete = "fail"                 # the same, where too many rows were left out
//! min_sample = 30                     # fewer rows are inconclusive; default: any
//! confidence = 0.95                   # a rate whose interval holds the level is inconclusive; default: no
//! pacing = "pending"                  # the running period; or "linear", "business_days", "seasonal"
//! max_dropped = 0.05                  # more rows left out than this is incomplete; 1 is any
//! may_miss = { periods = 1, of = 6 }  # of the last periods, so many may miss; default: none
//!
//! [engine]
//! memory_limit = "2GiB"               # default 1 GiB
//!
//! [cache]                             # what is kept from one run to the next
//! enabled = true
//! dir = "../cache"                    # relative to the project; default ".goalpost/cache"
//! max_size = "4GiB"                   # default 1 GiB; what was used longest ago goes
//! private = false                     # whether what is made of private columns is kept as well
//!
//! [tables.deals]
//! from = "data/deals-*.csv"           # needed: path, glob or folder
//! preset = "hubspot"                  # whose export it is: hubspot, salesforce, pipedrive, zendesk
//! format = "csv"                      # csv, tsv, parquet, json; default: by the file's ending
//! delimiter = ";"                     # default: comma, tab for tsv
//! encoding = "windows-1252"           # default utf-8
//! null_values = ["N/A", "-"]          # null besides the empty cell
//! decimal_separator = ","             # default "."
//! time = "closed_at"                  # default time column
//! key = "id"                          # the column that identifies a row; ["order_id", "line"] for several
//! keep = "last"                       # of rows with the same key, by the order of files; "first", or { last = "updated_at" }
//! duplicates = "error"                # or "count": rows are events, and each counts
//! where = { is_test = false, team = ["emea", "apac"] }   # rows that count; also { not = … }, { blank = true }, { at_least = …, below = … }
//! skip_rows = 3                       # lines above the header
//! skip_footer = 1                     # rows below the last one, such as totals
//! refs = { customer = { table = "customers", on = "customer_id" } }   # and key = …, where it is not the table's
//! on_bad_value = "null"               # or "error"
//! allow_empty = false
//!
//! [tables.deals.columns]
//! owner     = "Deal owner"            # the header in the source
//! amount    = { from = "Amount (EUR)", type = "money", scale = 2 }   # decimals kept, at most 12; default: what its numbers have
//! closed_at = { from = "Close Date", type = "date", format = "%d/%m/%Y" }
//! probability = { unit = "percent" }  # 40 is 40 %; or "fraction": 0.4 is; default: what the column's numbers show
//! opened_at = { format = "%d/%m/%Y, %I:%M %p", time_zone = "Asia/Kolkata" }   # the zone of its times; default: the project's
//! outcome   = { from = "Deal Stage", values = { "Closed Won" = "won", "Closed Lost" = "lost", "*" = "open" } }
//! signed_at = { format = "epoch_ms" }  # or "epoch_s": counted from 1970; "excel": days of a spreadsheet
//! region    = { null_values = ["n/a"] }  # null besides those of the table
//! handle_time = { type = "duration" }   # 1:30:00, 2d 3h, 90 min; format = "mm:ss" or "hh:mm" for 90:15; microseconds in SQL
//! talk_time = { unit = "minutes" }     # a duration by numbers: milliseconds, seconds, … weeks
//! email     = { private = true }
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use toml::de::DeTable;

use super::document::{Problems, Section};
use super::{Config, TableConfig, business, cache, general, goals, table};
use crate::canonical;
use crate::diagnostic::{Code, Diagnostic};
use crate::name::TableName;
use crate::source::SourceFile;

/// One slip can make the parser stumble over everything after it.
const MOST_SYNTAX_ERRORS: usize = 10;

/// Reads `goalpost.toml`.
///
/// # Errors
/// Every problem of the text, in its order.
pub fn read(file: &Arc<SourceFile>) -> Result<Config, Vec<Diagnostic>> {
    let mut problems = Problems::of(file);
    let (root, syntax) = DeTable::parse_recoverable(&file.text);
    if !syntax.is_empty() {
        for error in syntax.into_iter().take(MOST_SYNTAX_ERRORS) {
            let range = error.span().unwrap_or(0..0);
            let message = format!("not valid TOML: {}", error.message());
            problems.at(Code::ConfigSyntax, range, message, syntax_help(error.message()));
        }
        return Err(problems.sorted());
    }

    let mut document = Section::document(&root);
    let project = general::project(&mut document, &mut problems);
    let params = general::params(document.section("params", &mut problems), &mut problems);
    let memory_limit = general::engine(document.section("engine", &mut problems), &mut problems);
    let cache = cache::cache(document.section("cache", &mut problems), &mut problems);
    let business = business::business(document.section("business", &mut problems), &mut problems);
    let goals = goals::goals(document.section("goals", &mut problems), &mut problems);
    let tables = tables(document.section("tables", &mut problems), &project.currency, &mut problems);
    document.finish(&mut problems);

    match problems.sorted() {
        found if found.is_empty() => Ok(Config {
            name: project.name,
            currency: project.currency,
            calendar: project.calendar,
            business,
            goals,
            tables,
            params,
            packs: project.packs,
            memory_limit,
            cache,
        }),
        found => Err(found),
    }
}

fn tables(
    section: Option<Section<'_>>,
    currency: &str,
    problems: &mut Problems<'_>,
) -> BTreeMap<TableName, TableConfig> {
    let mut tables = BTreeMap::new();
    let Some(section) = section else { return tables };
    // References may lead to a table that is written further down, or wrongly.
    let names: BTreeSet<&str> = section.named().iter().map(|(name, _)| *name.get_ref()).collect();
    for (name, value) in section.named() {
        let path = section.path_of(name.get_ref());
        let surroundings = table::Surroundings { tables: &names, currency };
        if let Some(table) = Section::of(path, value, "a table", problems)
            .and_then(|section| table::table(&name, section, surroundings, problems))
        {
            tables.insert(table.name.clone(), table);
        }
    }
    check_reference_keys(&tables, problems);
    tables
}

/// A reference leads to a row by that row's key, so there must be one.
fn check_reference_keys(tables: &BTreeMap<TableName, TableConfig>, problems: &mut Problems<'_>) {
    for table in tables.values() {
        for (name, reference) in &table.references {
            let Some(target) = tables.get(&reference.table) else { continue };
            let canonical = canonical::table(target.name.as_str()).and_then(|table| table.key);
            let lacks = match target.key.len() {
                0 if canonical.is_none() => "which has no key",
                0 | 1 => continue,
                _ => "whose key is of several columns",
            };
            if reference.key.is_none() {
                let message =
                    format!("reference `{name}` of `{}` leads to `{}`, {lacks}", table.name, target.name);
                let help = format!(
                    "say which column identifies a row: `key = \"…\"` in [tables.{}] or in the reference",
                    target.name
                );
                problems.push(
                    Diagnostic::error(Code::ConfigReference, message).at(reference.at.clone()).help(help),
                );
            }
        }
    }
}

/// What to do about an error of syntax, by the words of the parser.
fn syntax_help(message: &str) -> &'static str {
    const KNOWN: &[(&str, &str)] = &[
        ("duplicate key", "write each key and each [section] once"),
        ("unclosed table", "close the name of the section with `]`, as in `[project]` or `[tables.deals]`"),
        ("unclosed array", "close the list with `]`, and put a comma between its values"),
        ("unclosed inline table", "close it with `}`, and put a comma between its keys"),
        ("must be quoted", "put texts in quotes: `currency = \"USD\"`"),
        (
            "string",
            "close the text with the quote it begins with; in \"…\" a `\\` is written twice, in '…' once",
        ),
        ("expected `=`", "write `key = value`, or `[section]` for a section"),
    ];
    let known = KNOWN.iter().find(|(words, _)| message.contains(words));
    known.map_or(
        "a line is `[section]`, `key = value` or a `# comment`; texts stand in quotes",
        |(_, help)| help,
    )
}
