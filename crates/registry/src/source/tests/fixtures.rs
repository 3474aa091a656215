//! Rows of tests: typed like an export's, under the names of scripts.

use std::collections::BTreeMap;

use goalpost_core::Decimal;
use goalpost_core::case::Fixture;
use goalpost_core::expr::Literal;
use goalpost_core::name::ColumnName;
use goalpost_core::source::{SourceFile, Span};

use super::{Project, load, rows, shown};
use crate::source::{LoadOptions, Sources};

fn fixture(table: &str, rows: &[&[(&str, Literal)]]) -> Fixture {
    let row = |row: &&[(&str, Literal)]| {
        row.iter().map(|(name, value)| (ColumnName::from(*name), value.clone())).collect()
    };
    let at = Span::at(&SourceFile::new("metrics.d/a.rhai", ""), 7, 5);
    Fixture { table: table.into(), rows: rows.iter().map(row).collect(), columns: BTreeMap::new(), at }
}

fn text(text: &str) -> Literal {
    Literal::Text(text.into())
}

#[test]
fn rows_are_typed_by_the_catalogue_and_the_config() {
    let project = Project::new(
        "[tables.deals]\nfrom = \"none.csv\"\nkey = \"number\"\n[tables.deals.columns]\n\
         outcome = { from = \"Stage\", values = { \"Closed Won\" = \"won\", \"*\" = \"open\" } }\n\
         closed_at = { from = \"Close\", format = \"%d/%m/%Y\" }\n",
    );
    let given = fixture(
        "deals",
        &[
            &[
                ("outcome", text("won")),
                ("closed_at", text("2026-01-10")),
                ("amount", Literal::Number(Decimal::new(1005, 1))),
            ],
            &[
                ("outcome", text("lost")),
                ("score", Literal::Number(Decimal::from(3))),
                ("closed_at", Literal::Null),
            ],
        ],
    );
    let (sources, problems) = Sources::from_fixtures(&project.config(), &[given]);
    assert!(problems.is_empty(), "{}", shown(&problems));
    let deals = &sources.schema().tables["deals"];
    assert_eq!(deals.key.as_ref().map(ColumnName::as_str), Some("number"));
    assert_eq!(deals.time.as_ref().map(ColumnName::as_str), Some("closed_at"));
    assert!(deals.reference("customer").is_some());
    let wanted = ["amount", "closed_at", "created_at", "outcome", "score"].map(ColumnName::from);
    let wanted = [("deals".into(), wanted.into())].into();
    let tables = super::load_columns(&sources, &wanted, &LoadOptions::default()).expect("rows");
    assert_eq!(rows(&tables[0].provider), "100.50|2026-01-10|-|won|-\n-|-|-|lost|3");
    assert_eq!(load(&sources, &["tickets"], &LoadOptions::default()).expect("empty")[0].rows, Some(0));
}

#[test]
fn mistakes_point_at_the_statement() {
    let project = Project::new("");
    let step = goalpost_core::expr::Step { count: 3, unit: goalpost_core::expr::StepUnit::Day };
    let given = fixture("deals", &[&[("outcome", text("win")), ("amount", Literal::Step(step))]]);
    let (sources, problems) = Sources::from_fixtures(&project.config(), &[given]);
    assert_eq!(
        shown(&problems),
        "error[bad-value] at metrics.d/a.rhai:7:5: a cell of `deals.amount` is a duration, 3 days\n  \
         help: give a text, a number, true or false; a date is a text such as \"2026-01-31\""
    );
    let problems = load(&sources, &["deals"], &LoadOptions::default()).expect_err("a bad word");
    assert_eq!(
        shown(&problems),
        "error[bad-value] at metrics.d/a.rhai:7:5: a cell of `deals.outcome` cannot be read as text\n  \
         label: \"win\": not one of won, lost, open: map it with `values`"
    );
}

#[test]
fn tables_of_ones_own_take_their_types_from_the_rows() {
    let given = fixture(
        "visits_of_mine",
        &[&[("id", text("7")), ("at", text("2026-01-01T10:00")), ("n", Literal::Number(Decimal::from(2)))]],
    );
    let (sources, problems) = Sources::from_fixtures(&Project::new("").config(), &[given]);
    assert!(problems.is_empty(), "{}", shown(&problems));
    assert_eq!(super::types(&sources, "visits_of_mine"), "at datetime, id text, n integer");
}
