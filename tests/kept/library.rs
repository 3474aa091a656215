//! What of a run is known from one before, seen from within.

use std::path::Path;
use std::time::{Duration, SystemTime};

use goalpost_core::calendar::{AsOf, Grain};
use goalpost_core::config;
use goalpost_core::definition::Layer;
use goalpost_core::name::MetricName;
use goalpost_core::report::RunReport;
use goalpost_core::source::SourceFile;
use goalpost_registry::catalogue::Catalogue;
use goalpost_registry::kept::{Kept, KeptOptions, Status};
use goalpost_registry::run::{RunRequest, run};
use goalpost_registry::source::Sources;
use goalpost_registry::{EngineOptions, Project};
use goalpost_script::Scripts;

use crate::world::World;

const METRICS: [&str; 6] =
    ["kept_won", "kept_share", "kept_tickets", "kept_open", "kept_time", "kept_buyers"];

/// Asks for some metrics at a moment, and says what was known. Plans are deep, and
/// threads of tests have a small stack.
fn ask(world: &World, metrics: &[&str], as_of: &str) -> (RunReport, Status) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(64 << 20);
        let thread = thread.spawn_scoped(scope, || asked(world, metrics, as_of));
        thread.expect("a thread").join().expect("an answer")
    })
}

fn asked(world: &World, metrics: &[&str], as_of: &str) -> (RunReport, Status) {
    let (root, text) = (world.path(""), world.read("goalpost.toml"));
    let config = config::read(&SourceFile::new("goalpost.toml", text)).expect("a configuration");
    let kept = Kept::new(KeptOptions {
        folder: Path::new(&root).join("cache"),
        max_size: 1 << 30,
        private: false,
        // So that the state of files speaks for them.
        now: SystemTime::now() + Duration::from_secs(60),
    });
    let (sources, problems) = Sources::open_with(&config, &root, kept.clone());
    assert!(problems.is_empty(), "{problems:?}");
    let own = SourceFile::new("metrics.d/own.rhai", world.read("metrics.d/own.rhai"));
    let tables = config.tables.keys().cloned().collect();
    let scripts = Scripts { layers: vec![(Layer::Project, vec![own])], tables, ..Scripts::default() };
    let (catalogue, _) = Catalogue::build(goalpost_script::load(&scripts), sources.schema(), &config);
    let as_of = AsOf::parse(as_of, &config.calendar).expect("a moment");
    let project = Project { config, sources, catalogue };
    let request = RunRequest {
        metrics: metrics.iter().map(|name| MetricName::from(*name)).collect(),
        grain: Grain::Month,
        from: None,
        to: None,
        last: None,
        by: Vec::new(),
        as_of,
    };
    let report = run(&project, &request, &EngineOptions::default()).expect("an answer");
    kept.write(SystemTime::now() + Duration::from_secs(60)).expect("written");
    let status = kept.status();
    (report, status)
}

fn cells(report: &RunReport) -> String {
    format!("{:?}", report.cells)
}

#[test]
fn unchanged_everything_is_known() {
    let world = World::new(21);
    let (first, before) = ask(&world, &METRICS, "2026-04-15T12:00");
    assert!(before.computed > 5, "{before:?}");
    assert_eq!(before.reused, 0);
    let (second, after) = ask(&world, &METRICS, "2026-04-15T12:00");
    assert_eq!(after.computed, 0, "{after:?}");
    assert!(after.reused > 5);
    assert_eq!(cells(&first), cells(&second));
    assert_eq!(first.diagnostics, second.diagnostics);
}

#[test]
fn a_minute_later_everything_is_known_unless_something_happened_in_it() {
    let world = World::new(22);
    ask(&world, &METRICS, "2026-05-27T12:00");
    // No ticket is opened or resolved after that.
    let (_, later) = ask(&world, &METRICS, "2026-05-27T12:01");
    assert_eq!(later.computed, 0, "{later:?}");
    // On the day before some are.
    world.write("data/tickets.csv", &format!("{}t99,2026-05-27T12:03,\n", world.read("data/tickets.csv")));
    let (before, _) = ask(&world, &METRICS, "2026-05-27T12:01");
    let (after, status) = ask(&world, &METRICS, "2026-05-27T12:04");
    assert!(status.computed > 0, "{status:?}");
    assert_ne!(cells(&before), cells(&after));
}

#[test]
fn only_what_is_about_the_changed_table_is_found_out_again() {
    let world = World::new(23);
    let (_, all) = ask(&world, &METRICS, "2026-04-15");
    world.write("data/tickets.csv", &format!("{}t99,2026-03-27T12:03,\n", world.read("data/tickets.csv")));
    let (_, some) = ask(&world, &METRICS, "2026-04-15");
    assert!(some.computed > 0 && some.computed < all.computed, "{some:?}");
    assert!(some.reused > 0, "{some:?}");
    let (_, none) = ask(&world, &["kept_won", "kept_buyers"], "2026-04-15");
    assert!(none.computed < some.computed, "{none:?}");
}
