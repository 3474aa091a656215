//! What cells become, and what is said about those that become nothing.

use super::{Project, shared_data};
use crate::source::{LoadOptions, Sources};
use goalpost_core::config;
use goalpost_core::source::SourceFile;

#[test]
fn types_are_guessed_from_all_cells() {
    let project = Project::of(
        "t.csv",
        "id,zip,phone,n,x,flag,day,at,price,share,word,nothing,long\n\
         1,00123,+44 20,1,0.5,yes,2026-01-31,2026-01-31 09:30,\"$1,234.5\",45%,a,,12345678901234567890\n\
         2,80331,+49 89,-20,3,no,,2026-02-01T00:00:00Z,$2,5%,1,,1\n",
    );
    assert_eq!(
        project.types(),
        "id text, zip text, phone text, n integer, x decimal(6), flag bool, day date, at datetime, \
         price money(2), share decimal(6), word text, nothing text, long text"
    );
    assert_eq!(
        project.rows(),
        "1|00123|+44 20|1|0.500000|true|2026-01-31|2026-01-31T09:30:00Z|1234.50|0.450000|a|-|12345678901234567890\n\
         2|80331|+49 89|-20|3.000000|false|-|2026-02-01T00:00:00Z|2.00|0.050000|1|-|1"
    );
}

#[test]
fn a_late_misfit_makes_a_small_file_text() {
    let mut text = String::from("id,n\n");
    (0..2_000).for_each(|i| text.push_str(&format!("{i},{i}\n")));
    text.push_str("x,n/a\n");
    assert_eq!(Project::of("t.csv", text.clone()).types(), "id text, n text");
    assert_eq!(Project::of("t.csv", text).with("null_values = [\"n/a\"]").types(), "id text, n integer");
}

#[test]
fn canonical_tables_bring_types_and_words() {
    let config = "[tables.deals]\nfrom = \"deals.csv\"\n";
    let deals = "id,outcome,amount,created_at,closed_at\n\
                 1,Won,100,2026-01-01,2026-01-31 12:00:00\n\
                 2,lost,5.255,2026-01-02,\n\
                 3,Engaging,7,,\n";
    let project = Project::new(config).file("deals.csv", deals);
    let sources = project.sources();
    assert_eq!(
        super::types(&sources, "deals"),
        "id text, outcome text, amount money(2), created_at date, closed_at datetime"
    );
    let tables = super::load(&sources, &["deals"], &LoadOptions::default()).expect("rows");
    assert_eq!(
        super::rows(&tables[0].provider),
        "1|won|100.00|2026-01-01|2026-01-31T12:00:00Z\n2|lost|-|2026-01-02|-\n3|-|7.00|-|-"
    );
    assert_eq!(
        super::shown(&tables[0].warnings),
        "warning[bad-value] at deals.csv:4: a cell of `deals.outcome` cannot be read as text and is left blank\n  \
         label: \"Engaging\": not one of won, lost, open: map it with `values`\n\
         warning[bad-value] at deals.csv:3: a cell of `deals.amount` cannot be read as money and is left blank\n  \
         label: \"5.255\": may be thousands, or a number with three decimals: set `decimal_separator`, or a higher `scale`"
    );
    assert_eq!(tables[0].bad_cells["outcome"].count, 1);
}

#[test]
fn cells_that_could_not_be_read_are_marked_and_blank_ones_are_not() {
    let project = Project::of("t.csv", "id,n\na,1\nb,\nc,x\nd,4\ne,y\n")
        .with("[tables.t.columns]\nn = { type = \"integer\" }");
    let marked =
        super::query(&project.load().expect("rows").provider, "select id, \"n#unreadable\" as bad from t");
    assert_eq!(marked, "a|false\nb|false\nc|true\nd|false\ne|true");
}

#[test]
fn bad_cells_are_counted_with_examples_or_stop_the_run() {
    let mut text = String::from("id,n\n");
    for i in 0..20_000 {
        text.push_str(if i % 1_000 == 7 { "k,many\n" } else { "k,1\n" });
    }
    let project = Project::of("t.csv", text).with("columns = { n = { type = \"integer\" } }");
    let table = project.load().expect("rows");
    assert_eq!(table.bad_cells["n"].count, 20);
    let lines: Vec<u32> = table.bad_cells["n"].examples.iter().map(|example| example.at.line).collect();
    assert_eq!(lines, [9, 1009, 2009, 3009, 4009]);
    assert_eq!(
        super::query(&table.provider, "select count(*), count(n), sum(n) from t"),
        "20000|19980|19980"
    );
    let problems = project.with("on_bad_value = \"error\"").problems();
    assert!(
        problems.starts_with("error[bad-value] at t.csv:9: 20 cells of `t.n` cannot be read as integer\n  label: \"many\": not a number"),
        "{problems}"
    );
}

#[test]
fn what_would_have_helped_is_suggested() {
    let project = Project::of("t.csv", "id,day\n1,31/01/2026\n2,01/02/2026\n")
        .with("columns = { day = { type = \"date\" } }");
    let said = project.rows_and_warnings();
    assert!(said.contains("help: give the column `day` `format = \"%d/%m/%Y\"`"), "{said}");
    let project =
        Project::of("t.csv", "id,n\n1,\"1.234,50\"\n").with("columns = { n = { type = \"money\" } }");
    let said = project.rows_and_warnings();
    assert!(said.contains("help: set `decimal_separator = \",\"` for the table"), "{said}");
}

#[test]
fn a_guess_from_a_part_of_the_data_that_fails_is_an_error() {
    // More than the 8 MiB that are looked at as a whole, and more than the rows that are looked at then.
    let filler = "x".repeat(80);
    let rows = |last: &str| {
        format!("id,n,created_at,pad\n{}{last}\n", format!("k,1,2026-01-31,{filler}\n").repeat(110_000))
    };
    let load = |text: String| {
        let project = Project::new("[tables.deals]\nfrom = \"deals.csv\"\nduplicates = \"count\"\n")
            .file("deals.csv", text);
        super::load(&project.sources(), &["deals"], &LoadOptions::default()).map(|tables| tables[0].rows)
    };
    let problems = super::shown(&load(rows("k,2.5,2026-01-31 09:30,x")).expect_err("findings"));
    assert_eq!(
        problems,
        "error[bad-value] at deals.csv:110002: a cell of `deals.n` cannot be read as integer, which was guessed from the first rows\n  \
         label: \"2.5\": has a decimal, and the column keeps none\n  \
         help: declare what the column holds: `n = { type = \"…\" }`\n\
         error[bad-value] at deals.csv:110002: a cell of `deals.created_at` cannot be read as date, which was guessed from the first rows\n  \
         label: \"2026-01-31 09:30\": has a time of day, which a column of days would lose\n  \
         help: declare what the column holds: `created_at = { type = \"datetime\" }`"
    );
}

#[test]
fn formats_apply_and_zones_place_wall_clock_time() {
    let project = Project::new(
        "[project]\nname = \"Test\"\ncurrency = \"EUR\"\ntime_zone = \"Europe/Berlin\"\n[tables.t]\nfrom = \"t.csv\"\n\
         [tables.t.columns]\nday = { format = \"%d.%m.%Y\" }\nat = { format = \"%d.%m.%Y %H:%M\" }\n",
    )
    .file("t.csv", "day,at,iso\n31.01.2026,31.07.2026 09:30,2026-01-31T23:30:00\n");
    assert_eq!(project.types(), "day date, at datetime, iso datetime");
    assert_eq!(project.rows(), "2026-01-31|2026-07-31T07:30:00Z|2026-01-31T22:30:00Z");
}

#[test]
fn numbers_keep_every_digit() {
    let project = Project::of("t.csv", "a,b\n9999999999999999.99,0.1\n0.01,0.2\n")
        .with("columns = { a = { type = \"money\" }, b = { type = \"decimal\" } }");
    let table = project.load().expect("rows");
    assert_eq!(
        super::query(&table.provider, "select sum(a), sum(b) from t"),
        "10000000000000000.00|0.300000"
    );
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn published_figures_come_out_of_real_exports() {
    let Some(folder) = shared_data() else {
        eprintln!("skipped: the shared data is not here");
        return;
    };
    let text = "[project]\nname = \"Maven\"\ncurrency = \"USD\"\n\
        [tables.deals]\nfrom = \"sales_pipeline.csv\"\nrefs = { rep = { table = \"reps\", on = \"owner\" } }\n\
        [tables.deals.columns]\nid = \"opportunity_id\"\nowner = \"sales_agent\"\n\
        outcome = { from = \"deal_stage\", values = { Won = \"won\", Lost = \"lost\", \"*\" = \"open\" } }\n\
        created_at = \"engage_date\"\nclosed_at = \"close_date\"\namount = \"close_value\"\n\
        [tables.reps]\nfrom = \"sales_teams.csv\"\nkey = \"sales_agent\"\n";
    let config = config::read(&SourceFile::new("goalpost.toml", text)).expect("a config");
    let (sources, problems) = Sources::open(&config, &folder.join("maven_crm"));
    assert!(problems.is_empty(), "{}", super::shown(&problems));
    let tables = super::load(&sources, &["deals"], &LoadOptions::default()).expect("rows");
    assert!(tables[0].warnings.is_empty(), "{}", super::shown(&tables[0].warnings));
    let sql = "select outcome, count(*), sum(amount) from t group by outcome order by outcome";
    assert_eq!(super::query(&tables[0].provider, sql), "lost|2473|0.00\nopen|2089|-\nwon|4238|10005534.00");
}
