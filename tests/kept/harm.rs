//! What can happen to what is kept: a run that is killed while it writes, two runs at
//! once, files that are damaged, a folder that takes nothing, values nobody may see.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use rand::RngExt;

use crate::world::World;
use crate::{is_long, seeds};

const ASKED: [&str; 6] = ["run", "kept_*", "--format", "json", "--as-of", "2026-04-15"];

#[test]
fn a_run_that_is_killed_leaves_nothing_wrong() {
    let mut world = World::new(11);
    let right = world.without(&ASKED);
    for time in 0..if is_long() { 200 } else { 6 } {
        // Something is new each time, so that something is written.
        let as_of = format!("2026-04-{:02}", 10 + time % 18);
        let mut run = world.program(&["run", "kept_*", "--as-of", &as_of]);
        let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        std::thread::sleep(Duration::from_millis(world.random.random_range(20..900)));
        run.kill().expect("killed");
        run.wait().expect("it ends");
        assert_eq!(world.with(&ASKED), right);
    }
    assert_eq!(world.with(&ASKED), right);
}

#[test]
fn two_runs_at_once_share_it() {
    let world = World::new(12);
    let right = world.without(&ASKED);
    for _ in 0..if is_long() { 50 } else { 2 } {
        let start = || {
            let mut run = world.program(&ASKED);
            run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
        };
        let runs: Vec<_> = (0..3).map(|_| start()).collect();
        for run in runs {
            assert!(run.wait_with_output().expect("it ends").stdout == right.out.as_bytes());
        }
        for pack in world.packs() {
            fs::remove_file(pack).expect("removed");
        }
    }
}

#[test]
fn damage_is_computed_anew_in_silence() {
    for seed in seeds(13..14, 13..60) {
        let mut world = World::new(seed);
        let right = world.without(&ASKED);
        assert_eq!(world.with(&ASKED), right);
        for _ in 0..if is_long() { 20 } else { 4 } {
            let pack = world.packs().pop().expect("a pack");
            let mut bytes = fs::read(&pack).expect("a pack");
            let at = world.random.random_range(0..bytes.len());
            match world.random.random_range(0..3) {
                0 => bytes.truncate(at),
                1 => bytes[at] ^= 1 << world.random.random_range(0..8),
                _ => bytes[at..].fill(0),
            }
            fs::write(&pack, bytes).expect("written");
            assert_eq!(world.with(&ASKED), right, "seed {seed}, {pack:?} at {at}");
        }
    }
}

#[test]
fn a_folder_that_takes_nothing_is_one_notice_and_no_more() {
    let world = World::new(14);
    let right = world.without(&ASKED);
    world.write(".goalpost", "a file where the folder would be");
    let said = world.with(&ASKED);
    assert_eq!((&said.out, said.code), (&right.out, right.code));
    let more = said.notices.replace(&right.notices, "");
    assert_eq!(more.matches("cache-unwritable").count(), 1, "{more}");
    assert!(more.contains("note"), "{more}");
}

#[test]
fn values_of_private_columns_are_not_kept() {
    const SECRET: &str = "zzsecretowner";
    let world = World::new(15);
    let deals = world.read("data/deals-1.csv").replace(",ann,", &format!(",{SECRET},"));
    world.write("data/deals-1.csv", &deals);
    let config = world.read("goalpost.toml");
    let private = format!("{config}\n[tables.deals.columns]\nowner = {{ private = true }}\n");
    let asked = ["run", "kept_*", "--by", "owner", "--as-of", "2026-04-15"];
    let is_kept = || {
        let packs = world.packs();
        assert!(!packs.is_empty());
        let has = |bytes: Vec<u8>| bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes());
        packs.iter().any(|pack| has(fs::read(pack).expect("a pack")))
    };
    for (config, kept) in
        [(private.clone(), false), (format!("{private}\n[cache]\nprivate = true\n"), true), (config, true)]
    {
        world.with(&["cache", "clear"]);
        world.write("goalpost.toml", &config);
        assert_eq!(world.with(&asked), world.without(&asked));
        world.agrees(&asked.map(str::to_owned), "again");
        assert_eq!(is_kept(), kept);
    }
}

#[test]
fn the_environment_or_the_configuration_says_where() {
    let world = World::new(16);
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut run = world.program(&ASKED);
    run.env("GOALPOST_CACHE_DIR", elsewhere.path().join("by-environment"));
    assert!(run.output().expect("it starts").status.success());
    assert!(elsewhere.path().join("by-environment/.gitignore").exists());
    assert!(!world.path(".goalpost").exists());
    let config = world.read("goalpost.toml");
    world.write("goalpost.toml", &format!("{config}\n[cache]\ndir = \"kept here\"\n"));
    world.with(&ASKED);
    assert!(world.path("kept here").is_dir() && !world.path(".goalpost").exists());
    world.write("goalpost.toml", &format!("{config}\n[cache]\nenabled = false\n"));
    world.with(&ASKED);
    assert!(!world.path(".goalpost").exists());
}
