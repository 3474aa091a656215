//! Relations that hold between answers, whatever the tables.
//!
//! [`dirt`] draws tables of values from a seed, [`tables`] writes them in any format,
//! [`project`] makes a project of them, and [`ask`] asks it in this process and holds
//! cell against cell. A relation is a function of a seed that gives the number of
//! cells compared; [`hold`] runs it over a few seeds in `cargo test`, and over many
//! with `GOALPOST_RELATIONS=long`. `README.md` lists the relations and gives numbers.
//!
//! No number is known beforehand here: that figures are right is for the tests beside
//! the scripts, the suite and the second engine of `tests/oracle`.

mod ask;
mod changes;
mod demo;
mod dirt;
mod draw;
mod formats;
mod fusion;
mod judging;
mod leaves;
mod order;
mod plans;
mod project;
mod sums;
mod tables;
mod threads;

use std::io::Write as _;
use std::ops::Range;
use std::time::Instant;

/// One instance of a relation.
#[derive(Clone, Copy, Debug)]
struct Case {
    /// All tables, settings and questions follow from it.
    seed: u64,
    /// One metric among so many is asked.
    one_in: u64,
}

impl Case {
    /// Whether a part has to do.
    fn is_quick(self) -> bool {
        self.one_in > 1
    }

    fn asks(self, metric: &str) -> bool {
        // Others with every seed.
        let sum = metric.bytes().fold(self.seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        sum.is_multiple_of(self.one_in)
    }
}

/// Holds a relation over seeds: a few in a quick run with some of the metrics,
/// many in a long one with all of them.
fn hold(name: &str, quick: Range<u64>, long: Range<u64>, relation: fn(Case) -> usize) {
    let wanted = std::env::var("GOALPOST_RELATIONS").unwrap_or_default();
    let (seeds, one_in) = match wanted.split_once("..") {
        Some((from, to)) => (from.parse().expect("a seed")..to.parse().expect("a seed"), 1),
        None if wanted == "long" => (long, 1),
        None => (quick, 8),
    };
    let started = Instant::now();
    let shown = seeds.clone();
    let work = move || seeds.map(|seed| relation(Case { seed, one_in })).sum();
    // Plans of all metrics at once are deep, and threads of tests have a small stack.
    let work = std::thread::Builder::new().name(name.to_owned()).stack_size(64 << 20).spawn(work);
    let cells: usize = work.expect("a thread").join().expect("the relation holds");
    assert!(cells > 0, "{name}: nothing was compared");
    let seconds = started.elapsed().as_secs_f64();
    // Not the macro, whose output a passing test keeps to itself.
    let _ = writeln!(
        std::io::stderr(),
        "{name}: seeds {shown:?}, {cells} cells compared, 0 differences, {seconds:.1} s"
    );
}

#[test]
fn formats_say_the_same() {
    hold("formats", 1..2, 1..50, formats::relation);
}

#[test]
fn plans_say_the_same() {
    hold("plans", 2..3, 1..50, plans::relation);
}

#[test]
fn order_says_nothing() {
    hold("order", 3..4, 1..50, order::relation);
}

#[test]
fn conditions_split_a_measure() {
    hold("conditions", 1..2, 1..60, sums::conditions);
}

#[test]
fn segments_sum_to_the_whole() {
    hold("segments", 2..3, 1..60, sums::segments);
}

#[test]
fn periods_roll_up() {
    hold("periods", 3..4, 1..60, sums::periods);
}

#[test]
fn stocks_carry_over() {
    hold("stocks", 4..5, 1..60, sums::stocks);
}

#[test]
fn amounts_scale() {
    hold("amounts", 5..6, 1..40, changes::amounts);
}

#[test]
fn dates_shift() {
    hold("dates", 6..7, 1..40, changes::dates);
}

#[test]
fn names_are_only_names() {
    hold("names", 7..8, 1..40, changes::names);
}

#[test]
fn the_future_is_not_seen() {
    hold("future", 8..9, 1..40, changes::future);
}

#[test]
fn twice_the_rows() {
    hold("doubled", 9..10, 1..40, changes::doubled);
}

#[test]
fn words_of_goals_change_no_value() {
    hold("goals", 10..11, 1..40, judging::goals);
}

#[test]
fn what_cannot_be_read_does_not_pass() {
    hold("unreadable", 11..12, 1..40, judging::unreadable);
}

#[test]
fn the_demo_says_the_same() {
    hold("demo", 1..2, 1..4, demo::relation);
}
