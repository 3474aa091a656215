//! Sharing scans changes no figure.
//!
//! Random tables, and metrics of every kind that the engine fuses in a way of its
//! own: distinct counts over windows that overlap, stocks of means and medians,
//! semi-joins at moments, histories, spreads. Each is computed with fusion and
//! with scans of its own for every aggregate and window, at several grains, cut
//! and uncut, as of the end of the data and of an afternoon before it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use goalpost_core::calendar::{AsOf, Grain};
use goalpost_core::config;
use goalpost_core::definition::Layer;
use goalpost_core::name::TableName;
use goalpost_core::source::SourceFile;
use goalpost_registry::catalogue::Catalogue;
use goalpost_registry::run::{RunRequest, run};
use goalpost_registry::source::Sources;
use goalpost_registry::{EngineOptions, Fusion, Project};
use goalpost_script::Scripts;

use crate::draw::Draw;

const CONFIG: &str = r#"
[project]
currency = "USD"
time_zone = "Europe/London"

[tables.buys]
from = "buys.csv"
key = "id"
time = "on"
refs = { person = { table = "people", on = "who" } }

[tables.buys.columns]
on = { from = "on", type = "date" }
amount = { from = "amount", type = "money" }
paid_at = { from = "paid_at", type = "datetime" }

[tables.people]
from = "people.csv"
key = "id"
time = "since"

[tables.people.columns]
since = { from = "since", type = "date" }
until = { from = "until", type = "date" }
fee = { from = "fee", type = "money" }

[tables.clicks]
from = "clicks.csv"
time = "at"

[tables.clicks.columns]
at = { from = "at", type = "datetime" }
"#;

const SCRIPT: &str = r#"
let life = people.active(people.since, people.until);
let path = buys.per(buys.who, buys.on);
let big  = buys.where(buys.amount > 50);

// Distinct counts: one window each, overlapping ones, without a start, by conditions.
metric("d_month",      #{ value: buys.count_distinct(buys.who), by: [buys.kind, buys.person.team] });
metric("d_big",        #{ value: big.count_distinct(buys.who), by: [buys.kind, buys.person.team] });
metric("d_trailing",   #{ value: buys.count_distinct(buys.who).trailing(3, "months"), by: [buys.kind, buys.person.team] });
metric("d_big_long",   #{ value: big.count_distinct(buys.who).trailing(70, "days"), by: [buys.kind, buys.person.team] });
metric("d_all_time",   #{ value: buys.count_distinct(buys.who).all_time() + buys.count_distinct(buys.who).previous(1), by: [buys.kind, buys.person.team] });
metric("d_to_date",    #{ value: big.count_distinct([buys.who, buys.kind]).to_date("year"), by: [buys.kind, buys.person.team] });
metric("d_paid",       #{ value: buys.count_distinct(buys.who).trailing(2, "months"), time: buys.paid_at, by: [buys.kind, buys.person.team] });
metric("d_clicks",     #{ value: clicks.count_distinct(clicks.who).trailing(2, "weeks"), by: [clicks.kind] });

// Medians share a scan; over windows that overlap they are layered.
metric("m_month",      #{ value: buys.median(buys.amount), by: [buys.kind, buys.person.team] });
metric("m_trailing",   #{ value: big.percentile(buys.amount, 0.9).trailing(2, "months"), by: [buys.kind, buys.person.team] });

// Stocks that do not add up, and what looks at the period itself.
metric("s_median",     #{ value: life.at_end().median(people.fee), by: [people.team] });
metric("s_age",        #{ value: life.at_end().mean(period.now - people.since), unit: "days", by: [people.team] });
metric("s_age_median", #{ value: life.during().median(period.now - people.since), unit: "days", by: [people.team] });
metric("s_distinct",   #{ value: life.at_start().count_distinct(people.team), by: [people.team] });
metric("s_young",      #{ value: life.at_end().share(people.since >= period.now - 60.days), by: [people.team] });
metric("w_spread",     #{ value: people.spread(people.fee, people.since, people.until), by: [people.team] });
metric("w_paid_late",  #{ value: buys.where(not period.contains(buys.paid_at)).sum(buys.amount), by: [buys.kind, buys.person.team] });

// Semi-joins: in the period, at two moments, under conditions, and at none.
metric("j_active",     #{ value: life.during().share(people.id in clicks.where(period.contains(clicks.at)).who), by: [people.team] });
metric("j_bought",     #{ value: life.during().share(people.id in buys.where(period.contains(buys.on) and buys.amount > 50).who), by: [people.team] });
metric("j_lost",       #{ value: life.at_start().where(people.id not in life.at_end().id).sum(people.fee), by: [people.team] });
metric("j_teams",      #{ value: life.at_end().where(people.team in life.at_start().team).count(), by: [people.team] });
metric("j_ever",       #{ value: buys.where(buys.who in clicks.who).count(), by: [buys.kind, buys.person.team] });
metric("j_moment",     #{ value: buys.where(buys.who in life.at_end().id).sum(buys.amount), by: [buys.kind, buys.person.team] });

// Histories: of all rows, of some, at a moment, of each other.
metric("h_first",      #{ value: buys.where(path.rank() == 1).sum(buys.amount), by: [buys.kind, buys.person.team] });
metric("h_last",       #{ value: buys.where(path.rank_from_end() == 1).count(), by: [buys.kind, buys.person.team] });
metric("h_gap",        #{ value: buys.mean(buys.on - path.previous(buys.on)), unit: "days", by: [buys.kind, buys.person.team] });
metric("h_next",       #{ value: buys.median(path.next(buys.on) - buys.on), unit: "days", by: [buys.kind, buys.person.team] });
metric("h_share",      #{ value: buys.sum(buys.amount / path.count()), by: [buys.kind, buys.person.team] });
metric("h_since",      #{ value: buys.where(buys.on < path.first(buys.on) + 2.months).count_distinct(buys.who), by: [buys.kind, buys.person.team] });
metric("h_ends",       #{ value: buys.sum(path.last(buys.amount) - path.first(buys.amount)), by: [buys.kind, buys.person.team] });
metric("h_sum",        #{ value: buys.where(path.sum(buys.amount) > 200 and path.count() > 2).count(), by: [buys.kind, buys.person.team] });
metric("h_some",       #{ value: buys.where(big.per(buys.who, buys.on).rank() == 2).count(), by: [buys.kind, buys.person.team] });
metric("h_moment",     #{ value: life.at_end().share(life.at_end().per(people.team).count() > 3
                                                     and life.at_end().per(people.team).sum(people.fee) > 100), by: [people.team] });
metric("h_ranked",     #{ value: life.at_end().where(life.at_end().per(people.team, people.since).rank() <= 2).sum(people.fee), by: [people.team] });
metric("p_clicks",     #{ value: buys.join(clicks, buys.who == clicks.who and clicks.at <= buys.on).count_distinct(buys.id), time: buys.on, by: [buys.kind, buys.person.team] });
metric("p_firsts",     #{ value: buys.where(path.rank() == 1).join(clicks, buys.who == clicks.who).count(), time: buys.on, by: [buys.kind, buys.person.team] });
"#;

impl Draw {
    /// A day from October 2025 to June 2026, or nothing.
    fn day(&mut self, blank_in: u64) -> String {
        if self.one_in(blank_in) {
            return String::new();
        }
        let first: chrono::NaiveDate = "2025-10-01".parse().expect("a date");
        (first + chrono::Days::new(self.below(270))).to_string()
    }

    /// A moment of such a day, some of them around the midnights of London.
    fn moment(&mut self, blank_in: u64) -> String {
        let day = self.day(blank_in);
        if day.is_empty() {
            return day;
        }
        let hours = [0, 12, 22, 23];
        let hour = hours[usize::try_from(self.below(4)).expect("small")];
        format!("{day}T{hour:02}:{:02}:00Z", self.below(60))
    }
}

/// Three tables with blanks, backward lives, and references that lead nowhere.
fn write_tables(folder: &Path, seed: u64) {
    let mut draw = Draw::plain(seed);
    let teams = ["red", "blue", "green", ""];
    let kinds = ["new", "old", ""];
    let pick = |draw: &mut Draw, of: &[&str]| {
        of[usize::try_from(draw.below(of.len() as u64)).expect("small")].to_owned()
    };
    let mut people = String::from("id,team,since,until,fee\n");
    for id in 0..25 {
        let (team, since, until) = (pick(&mut draw, &teams), draw.day(12), draw.day(3));
        let _ = writeln!(people, "p{id},{team},{since},{until},{}.{:02}", draw.below(90), draw.below(100));
    }
    let mut buys = String::from("id,who,kind,on,paid_at,amount\n");
    for id in 0..160 {
        let who = if draw.one_in(9) { String::new() } else { format!("p{}", draw.below(25)) };
        let (kind, on, paid_at) = (pick(&mut draw, &kinds), draw.day(15), draw.moment(6));
        let amount = if draw.one_in(8) { String::new() } else { format!("{}.50", draw.below(100)) };
        let _ = writeln!(buys, "b{id},{who},{kind},{on},{paid_at},{amount}");
    }
    let mut clicks = String::from("who,kind,at\n");
    for _ in 0..120 {
        let who = if draw.one_in(9) { String::new() } else { format!("p{}", draw.below(30)) };
        let _ = writeln!(clicks, "{who},{},{}", pick(&mut draw, &kinds), draw.moment(10));
    }
    for (name, text) in [("people", people), ("buys", buys), ("clicks", clicks)] {
        std::fs::write(folder.join(format!("{name}.csv")), text).expect("a file");
    }
}

fn project(folder: &Path) -> Project {
    let config = config::read(&SourceFile::new("goalpost.toml", CONFIG)).expect("a configuration");
    let (sources, problems) = Sources::open(&config, folder);
    assert!(problems.is_empty(), "{problems:?}");
    let metrics = folder.join("metrics.d");
    std::fs::create_dir_all(&metrics).expect("a folder");
    std::fs::write(metrics.join("all.rhai"), SCRIPT).expect("a file");
    let (own, problems) = goalpost_script::read_folder(&metrics, "metrics.d");
    assert!(problems.is_empty(), "{problems:?}");
    let tables: BTreeSet<TableName> = config.tables.keys().cloned().collect();
    let layers = vec![(Layer::Project, own)];
    let scripts = Scripts { layers, tables, params: BTreeMap::new(), ..Scripts::default() };
    let definitions = goalpost_script::load(&scripts);
    assert!(definitions.diagnostics.is_empty(), "{:?}", definitions.diagnostics);
    let (catalogue, problems) = Catalogue::build(definitions, sources.schema(), &config);
    assert!(problems.is_empty(), "{problems:?}");
    Project { config, sources, catalogue }
}

/// Every figure of a request, a line each.
fn figures(project: &Project, request: &RunRequest, fusion: Fusion) -> Vec<String> {
    let options = EngineOptions { fusion, threads: Some(2), ..EngineOptions::default() };
    let report = run(project, request, &options).expect("a report");
    let cells = report.cells.iter();
    cells
        .map(|cell| format!("{} {} {:?} {:?}", cell.metric, cell.period.label, cell.segment, cell.computed))
        .collect()
}

/// Metrics that are cut by the team of a person, and those cut by two columns of a purchase.
const BY_TEAM: [&str; 7] = ["s_", "w_spread", "j_active", "j_bought", "j_lost", "j_teams", "h_moment"];
const BY_KIND: [&str; 9] = ["d_big", "d_trailing", "d_all", "d_to", "m_", "w_paid", "j_moment", "h_", "p_"];

#[test]
fn shared_scans_give_the_figures_of_separate_ones() {
    let all: &[&str] = &["d_", "m_", "s_", "w_", "j_", "h_", "p_"];
    let (end, afternoon) = ("2026-07-01", "2026-05-17T15:00");
    let (month, week) = ((Grain::Month, Some(6)), (Grain::Week, Some(4)));
    let team: &[&str] = &["team"];
    let kind: &[&str] = &["kind", "person.team"];
    let asked = [
        (1, all, &[] as &[&str], month, end),
        (1, all, &[], week, "2026-04-02"),
        (1, all, &[], (Grain::All, None), afternoon),
        (2, all, &[], month, afternoon),
        (2, &BY_TEAM, team, month, afternoon),
        (3, &BY_TEAM, team, week, end),
        (3, &BY_KIND, kind, month, afternoon),
    ];
    let mut values = 0;
    for (seed, prefixes, by, (grain, last), as_of) in asked {
        let folder = tempfile::tempdir().expect("a folder");
        write_tables(folder.path(), seed);
        let project = project(folder.path());
        let names = project.catalogue.metrics().map(|entry| entry.metric.name.clone());
        let is_asked = |name: &str| {
            // Stocks of people have no kind.
            prefixes.iter().any(|prefix| name.starts_with(prefix))
                && !(by == kind && ["h_moment", "h_ranked"].contains(&name))
        };
        let request = RunRequest {
            metrics: names.filter(|name| is_asked(name.as_str())).collect(),
            grain,
            from: None,
            to: None,
            last,
            by: by.iter().map(|name| (*name).into()).collect(),
            as_of: AsOf::parse(as_of, &project.config.calendar).expect("a moment"),
        };
        let shared = figures(&project, &request, Fusion::Shared);
        let separate = figures(&project, &request, Fusion::Separate);
        let differ: Vec<_> = shared.iter().zip(&separate).filter(|(a, b)| a != b).take(5).collect();
        assert!(differ.is_empty(), "seed {seed}, {grain:?} as of {as_of} by {by:?}: {differ:#?}");
        assert_eq!(shared.len(), separate.len());
        values += shared.iter().filter(|figure| figure.contains("Value(")).count();
    }
    // The comparison is of figures, not of reasons why there are none.
    assert!(values > 1_500, "only {values} figures have a value");
}
