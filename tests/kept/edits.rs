//! Edits of a project, each drawn from its seed.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use rand::RngExt;

use crate::world::World;

/// An edit, and what it is.
type Edit = (&'static str, fn(&mut World));

/// Does anything to the project; says what.
pub(crate) fn any(world: &mut World) -> String {
    let edits: [Edit; 17] = [
        ("rows are appended", append),
        ("a cell changes, and neither the size nor the time of the file", quietly),
        ("files are touched", touch),
        ("a file is gone", delete),
        ("a file is called otherwise", rename),
        ("there is a column more", widen),
        ("a column is read otherwise", map),
        ("the zone is another", zone),
        ("a minute has passed", minute),
        ("a day has passed", day),
        ("a script is another", script),
        ("two files have changed places", swap),
        ("a file is there twice, in another order", copy),
        ("rows count that did not, or the other way round", rule),
        ("a file is of the future", future),
        ("a customer moves", customer),
        ("a deal loses its id, or gets it back", key),
    ];
    let (said, edit) = world.one(&edits);
    edit(world);
    said.to_owned()
}

fn append(world: &mut World) {
    let id = world.random.random_range(1_000..2_000);
    let (deal, ticket) = (world.deal(id), world.ticket(id));
    for (name, row) in [("data/deals-2.csv", deal), ("data/tickets.csv", ticket)] {
        if world.path(name).exists() {
            world.write(name, &format!("{}{row}", world.read(name)));
        }
    }
}

fn quietly(world: &mut World) {
    let path = world.path("data/tickets.csv");
    let time = fs::metadata(&path).and_then(|data| data.modified()).expect("a time");
    let text = world.read("data/tickets.csv");
    let changed = match text.contains(":15,") {
        true => text.replacen(":15,", ":45,", 1),
        false => text.replacen(":45,", ":15,", 1),
    };
    world.write("data/tickets.csv", &changed);
    File::options().append(true).open(&path).and_then(|file| file.set_modified(time)).expect("set");
}

fn touch(world: &mut World) {
    for name in ["data/tickets.csv", "data/customers.csv"] {
        set(world, name, SystemTime::now() - Duration::from_secs(86_400));
    }
}

fn future(world: &mut World) {
    set(world, "data/tickets.csv", SystemTime::now() + Duration::from_secs(86_400 * 365));
}

fn set(world: &World, name: &str, time: SystemTime) {
    let file = File::options().append(true).open(world.path(name)).expect("a file");
    file.set_modified(time).expect("set");
}

fn delete(world: &mut World) {
    // One is always left.
    let _ = fs::remove_file(world.path("data/deals-2.csv"));
}

fn rename(world: &mut World) {
    let (one, other) = (world.path("data/deals-1.csv"), world.path("data/deals-9.csv"));
    let (from, to) = if one.exists() { (one, other) } else { (other, one) };
    let _ = fs::rename(from, to);
}

fn widen(world: &mut World) {
    let text = world.read("data/tickets.csv");
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let number = header.split(',').count();
    let rows = lines.enumerate().map(|(row, line)| format!("{line},v{row}\n"));
    let text = format!("{header},more_{number}\n{}", rows.collect::<String>());
    world.write("data/tickets.csv", &text);
}

/// Puts one of two texts in the place of the other.
fn flip(world: &World, name: &str, one: &str, other: &str) {
    let text = world.read(name);
    let flipped = if text.contains(other) { text.replace(other, one) } else { text.replace(one, other) };
    world.write(name, &flipped);
}

fn map(world: &mut World) {
    flip(
        world,
        "goalpost.toml",
        "opened_at = { type = \"datetime\" }",
        "opened_at = { type = \"datetime\", time_zone = \"Asia/Kolkata\" }",
    );
}

fn zone(world: &mut World) {
    flip(world, "goalpost.toml", "Europe/Berlin", "America/New_York");
}

fn minute(world: &mut World) {
    let minute = world.random.random_range(0..60);
    world.as_of = format!("{}:{minute:02}", &world.as_of[..13]);
}

fn day(world: &mut World) {
    let (day, hour) = (world.random.random_range(10..28), world.random.random_range(0..24));
    world.as_of = format!("2026-04-{day}T{hour:02}:00");
}

fn script(world: &mut World) {
    flip(world, "metrics.d/own.rhai", "deals.outcome == \"won\"", "deals.outcome != \"lost\"");
}

fn swap(world: &mut World) {
    let [one, other] = ["data/deals-1.csv", "data/deals-2.csv"].map(|name| world.path(name));
    let aside = world.path("aside");
    if one.exists() && other.exists() {
        fs::rename(&one, &aside).expect("renamed");
        fs::rename(&other, &one).expect("renamed");
        fs::rename(&aside, &other).expect("renamed");
    }
}

fn copy(world: &mut World) {
    let Some(name) =
        ["data/deals-1.csv", "data/deals-9.csv"].into_iter().find(|name| world.path(name).exists())
    else {
        return;
    };
    let text = world.read(name);
    let (header, rows) = text.split_once('\n').expect("a header");
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    world.write("data/deals-5.csv", &format!("{header}\n{}\n", rows.join("\n")));
}

fn rule(world: &mut World) {
    flip(world, "goalpost.toml", "keep = \"last\"", "keep = \"first\"");
}

fn customer(world: &mut World) {
    flip(world, "data/customers.csv", "c2,AMER", "c2,EMEA");
}

fn key(world: &mut World) {
    let names = ["data/deals-1.csv", "data/deals-9.csv"];
    if let Some(name) = names.into_iter().find(|name| world.path(name).exists()) {
        flip(world, name, "\nd101,", "\n,");
    }
}
