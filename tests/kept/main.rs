//! What is kept from one run to the next changes no figure: after any edit, a run
//! that uses it says the same, to the byte, as one that does not.
//!
//! [`world`] is a project that is edited and asked; [`edits`] are drawn from a seed.
//! `cargo test` holds it over a few of them; `GOALPOST_KEPT=long` over many, and over
//! the whole catalogue after each, and `GOALPOST_KEPT=17..18` is one seed again.

mod edits;
mod harm;
mod library;
mod world;

use std::ops::Range;

use world::World;

/// The seeds of a test: a few, or what the environment names.
fn seeds(quick: Range<u64>, long: Range<u64>) -> Range<u64> {
    let wanted = std::env::var("GOALPOST_KEPT").unwrap_or_default();
    match wanted.split_once("..") {
        Some((from, to)) => from.parse().expect("a seed")..to.parse().expect("a seed"),
        None if wanted == "long" => long,
        None => quick,
    }
}

fn is_long() -> bool {
    std::env::var("GOALPOST_KEPT").is_ok()
}

#[test]
fn after_any_edits_a_run_says_what_it_says_without() {
    for seed in seeds(1..2, 1..200) {
        let mut world = World::new(seed);
        let steps = if is_long() { 24 } else { 8 };
        for step in 0..steps {
            let edit = if step == 0 { "nothing yet".to_owned() } else { edits::any(&mut world) };
            let context = format!("seed {seed}, step {step}: {edit}");
            let question = world.question();
            world.agrees(&question, &context);
            if step % 3 == 0 {
                // Unchanged, all of it is known.
                world.agrees(&question, &format!("{context}, again"));
            }
        }
    }
}

#[test]
fn every_metric_and_goal_of_the_example_says_the_same() {
    let world = World::example();
    let whole = ["run", "--as-of", "2026-07-01", "--format", "json"];
    let check = ["check", "--as-of", "2026-07-01", "--format", "json"];
    for question in [whole.as_slice(), check.as_slice()] {
        let anew = world.without(question);
        assert_eq!(world.with(question), anew, "{question:?}, found out");
        assert_eq!(world.with(question), anew, "{question:?}, known");
    }
    let verified = world.with(&["cache", "verify", "--as-of", "2026-07-01"]);
    assert!(verified.out.contains("kept answers were computed anew: they are the same"), "{verified:?}");
    if is_long() {
        let grains = ["week", "quarter", "year", "all"];
        for grain in grains {
            world.agrees(&["run", "--grain", grain, "--as-of", "2026-07-01T15:30"].map(str::to_owned), grain);
        }
    }
}
