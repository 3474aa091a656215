//! A small project with the dirt of exports, and the program that is asked about it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A project in a folder of its own.
pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) random: StdRng,
    /// The moment that is asked about.
    pub(crate) as_of: String,
}

/// What the program says.
#[derive(PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) notices: String,
    pub(crate) code: Option<i32>,
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {:?}\n--- out\n{}\n--- notices\n{}", self.code, self.out, self.notices)
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("a text");
        Self { out: text(output.stdout), notices: text(output.stderr), code: output.status.code() }
    }
}

const CONFIG: &str = r#"[project]
currency = "EUR"
time_zone = "Europe/Berlin"

[tables.deals]
from = "data/deals-*.csv"
key = "id"
time = "closed_at"
keep = "last"
refs = { customer = { table = "customers", on = "customer_id" } }

[tables.customers]
from = "data/customers.csv"

[tables.tickets]
from = "data/tickets.csv"
time = "opened_at"
duplicates = "count"

[tables.tickets.columns]
opened_at = { type = "datetime" }
resolved_at = { type = "datetime" }
"#;

const SCRIPT: &str = r#"/// Won deals.
let won = deals.where(deals.outcome == "won");
metric("kept_won", #{ value: won.sum(deals.amount), time: deals.closed_at, unit: "money", better: "higher", by: [deals.owner, deals.customer.region] });
/// The share of deals that are won.
metric("kept_share", #{ value: deals.share(deals.outcome == "won"), time: deals.closed_at, unit: "percent", better: "higher", by: [deals.owner] });
/// Tickets by the moment that they are opened.
metric("kept_tickets", #{ value: tickets.count(), time: tickets.opened_at, unit: "count", better: "lower" });
/// Tickets that are open.
metric("kept_open", #{ value: tickets.active(tickets.opened_at, tickets.resolved_at).at_end().count(), unit: "count", better: "lower" });
/// How long a ticket takes.
metric("kept_time", #{ value: tickets.median(tickets.resolved_at - tickets.opened_at), time: tickets.opened_at, unit: "hours", better: "lower" });
/// Customers who bought.
metric("kept_buyers", #{ value: won.count_distinct(deals.customer_id), time: deals.closed_at, unit: "count", better: "higher" });
goal("kept_won", #{ target: 900, limit: 300, every: "month", owner: "sales" });
goal("kept_tickets", #{ target: 4, limit: 9, every: "month", owner: "support" });
"#;

impl World {
    /// The project of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let random = StdRng::seed_from_u64(seed);
        let mut world = Self { folder, random, as_of: "2026-04-15T12:00".to_owned() };
        for folder in ["data", "metrics.d"] {
            std::fs::create_dir(world.path(folder)).expect("a folder");
        }
        world.write("goalpost.toml", CONFIG);
        world.write("metrics.d/own.rhai", SCRIPT);
        for part in 1..3 {
            let rows: String = (0..12).map(|row| world.deal(part * 100 + row)).collect();
            let header = "id,customer_id,owner,amount,outcome,closed_at\n";
            world.write(&format!("data/deals-{part}.csv"), &format!("{header}{rows}"));
        }
        world.write("data/customers.csv", "id,region\nc1,EMEA\nc2,AMER\nc3,APAC\n");
        let rows: String = (0..20).map(|row| world.ticket(row)).collect();
        world.write("data/tickets.csv", &format!("id,opened_at,resolved_at\n{rows}"));
        world
    }

    /// The example of this repository.
    pub(crate) fn example() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme"), folder.path());
        Self { folder, random: StdRng::seed_from_u64(1), as_of: "2026-07-01".to_owned() }
    }

    /// One of some things.
    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.random.random_range(0..of.len())]
    }

    /// A deal, now and then with dirt in it.
    pub(crate) fn deal(&mut self, id: usize) -> String {
        let customer = self.one(&["c1", "c2", "c3", "c9", ""]);
        let owner = self.one(&["ann", "bob", ""]);
        let amount = self.one(&["100", "250.50", "99.999", "", "unknown", "1,200.00"]);
        let amount = if amount.contains(',') { format!("\"{amount}\"") } else { amount.to_owned() };
        let outcome = self.one(&["won", "won", "lost", "open"]);
        let (month, day) = (self.random.random_range(1..6), self.random.random_range(1..28));
        format!("d{id},{customer},{owner},{amount},{outcome},2026-{month:02}-{day:02}\n")
    }

    /// A ticket, now and then with dirt in it.
    pub(crate) fn ticket(&mut self, id: usize) -> String {
        let (month, day) = (self.random.random_range(1..5), self.random.random_range(1..28));
        let hour = self.random.random_range(0..24);
        let resolved = match self.random.random_range(0..4) {
            0 => String::new(),
            1 => "soon".to_owned(),
            _ => format!("2026-{:02}-{day:02}T{hour:02}:59", month + 1),
        };
        format!("t{id},2026-{month:02}-{day:02}T{hour:02}:15,{resolved}\n")
    }

    /// A path in the project.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A text of the project.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a text")
    }

    /// Writes a text of the project.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    /// Something to ask.
    pub(crate) fn question(&mut self) -> Vec<String> {
        let as_of = self.as_of.clone();
        let words: &[&str] = self.one(&[
            &["run", "kept_*", "--format", "json"],
            &["run", "kept_*", "--by", "owner"],
            &["check", "--format", "json"],
            &["check"],
            &["explain", "kept_won", "--rows", "--period", "2026-03"],
            &["goals", "--review"],
            &["compare", "kept_share", "kept_time", "--at", "2026-03-01", "--window", "1mo"],
        ]);
        words.iter().map(|word| (*word).to_owned()).chain(["--as-of".to_owned(), as_of]).collect()
    }

    /// The program, about to be asked.
    pub(crate) fn program<S: AsRef<std::ffi::OsStr>>(&self, words: &[S]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_goalpost"));
        program.args(words).arg("-C").arg(self.folder.path()).env_clear();
        program
    }

    /// What it says with what is kept.
    pub(crate) fn with<S: AsRef<std::ffi::OsStr>>(&self, words: &[S]) -> Said {
        self.program(words).output().expect("it starts").into()
    }

    /// What it says without.
    pub(crate) fn without<S: AsRef<std::ffi::OsStr>>(&self, words: &[S]) -> Said {
        self.program(words).arg("--no-cache").output().expect("it starts").into()
    }

    /// Holds one against the other.
    pub(crate) fn agrees(&self, words: &[String], context: &str) {
        let (with, without) = (self.with(words), self.without(words));
        assert!(with == without, "{context}\n{words:?}\nwith what is kept: {with:?}\nwithout: {without:?}");
    }

    /// The packs of what is kept.
    pub(crate) fn packs(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.path(".goalpost/cache")) else { return Vec::new() };
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let mut packs: Vec<PathBuf> =
            paths.filter(|path| path.extension().is_some_and(|ending| ending == "pack")).collect();
        packs.sort();
        packs
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let target = to.join(entry.file_name());
        if entry.file_name() == ".goalpost" {
            continue;
        }
        if entry.path().is_dir() {
            std::fs::create_dir(&target).expect("a folder");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}
