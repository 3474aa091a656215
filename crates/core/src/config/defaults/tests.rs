//! Canonical defaults, before and after the columns of the sources are known.

use super::*;
use crate::config::read;
use crate::source::SourceFile;

fn config(tables: &str) -> Config {
    let text = format!("[project]\ncurrency = \"USD\"\n{tables}");
    read(&SourceFile::new("goalpost.toml", text)).expect("a good config")
}

fn found(tables: &[(&str, &[(&str, ColumnType)])]) -> BTreeMap<TableName, Vec<Column>> {
    let column = |(name, ty): &(&str, ColumnType)| Column {
        name: ColumnName::from(*name),
        ty: *ty,
        declared: false,
        source: (*name).to_owned(),
        untyped: None,
    };
    let table = |(name, columns): &(&str, &[(&str, ColumnType)])| {
        (TableName::from(*name), columns.iter().map(column).collect())
    };
    tables.iter().map(table).collect()
}

fn references(table: &Table) -> Vec<String> {
    let shown = |r: &Reference| format!("{}: {} -> {}.{}", r.name, r.on, r.table, r.key);
    table.references.iter().map(shown).collect()
}

fn messages(problems: &[Diagnostic]) -> Vec<String> {
    let shown = |problem: &Diagnostic| {
        let line = problem.at.as_ref().map_or(0, |at| at.line);
        format!("{line} {} {}", problem.code.name(), problem.message)
    };
    problems.iter().map(shown).collect()
}

const TEXT: ColumnType = ColumnType::Text;
const DEALS: &[(&str, ColumnType)] = &[
    ("id", TEXT),
    ("customer_id", TEXT),
    ("owner", TEXT),
    ("closed_at", ColumnType::Date),
    ("created_at", ColumnType::DateTime),
];

#[test]
fn a_canonical_table_brings_its_defaults() {
    let config = config("[tables.deals]\nfrom = \"d\"\n[tables.customers]\nfrom = \"c\"\nkey = \"number\"\n");
    let outline = with_canonical_defaults(&config, &config.tables["deals"]);
    assert_eq!(outline.columns["amount"].ty, Some(ColumnType::Money(2)));
    assert_eq!(outline.columns["closed_at"].ty, None);
    assert!(outline.columns["outcome"].canonical.is_some_and(|column| column.required));
    assert_eq!(outline.time, Some(DefaultOr { value: ColumnName::from("closed_at"), declared: None }));

    let (schema, problems) =
        schema(&config, found(&[("deals", DEALS), ("customers", &[("number", TEXT), ("region", TEXT)])]));
    assert_eq!(messages(&problems), [""; 0]);
    let deals = &schema.tables["deals"];
    assert_eq!(deals.time.as_ref().map(ColumnName::as_str), Some("closed_at"));
    assert_eq!(deals.key.as_ref().map(ColumnName::as_str), Some("id"));
    // The reference leads to the key that the project names; campaigns are not there.
    assert_eq!(references(deals), ["customer: customer_id -> customers.number"]);
    // The default time column of customers is not there, and nobody asked for it.
    assert_eq!(schema.tables["customers"].time, None);
}

#[test]
fn the_config_overrides_them() {
    let config = config(
        "[tables.deals]\nfrom = \"d\"\ntime = \"created_at\"\nkey = \"owner\"\n\
         refs = { client = { table = \"customers\", on = \"customer_id\" } }\n\
         columns.amount = { type = \"money\", scale = 1 }\n[tables.customers]\nfrom = \"c\"\n",
    );
    let outline = with_canonical_defaults(&config, &config.tables["deals"]);
    assert_eq!(outline.columns["amount"].ty, Some(ColumnType::Money(1)));
    let (schema, problems) = schema(&config, found(&[("deals", DEALS), ("customers", &[("id", TEXT)])]));
    assert_eq!(messages(&problems), [""; 0]);
    let deals = &schema.tables["deals"];
    assert_eq!(deals.time.as_ref().map(ColumnName::as_str), Some("created_at"));
    assert_eq!(deals.key.as_ref().map(ColumnName::as_str), Some("owner"));
    // One way to the customers is enough: two would be ambiguous.
    assert_eq!(references(deals), ["client: customer_id -> customers.id"]);
}

#[test]
fn amounts_keep_the_decimals_of_the_currency() {
    let config = Config { currency: "KWD".to_owned(), ..config("[tables.orders]\nfrom = \"o\"\n") };
    let outline = with_canonical_defaults(&config, &config.tables["orders"]);
    assert_eq!(outline.columns["amount"].ty, Some(ColumnType::Money(3)));
}

#[test]
fn what_the_config_says_must_be_there() {
    let config = config(
        "[tables.deals]\nfrom = \"d\"\ntime = \"owner\"\nkey = \"deal_id\"\n\
         refs = { customer = { table = \"customers\", on = \"custmer_id\" }, rep = { table = \"reps\", on = \"owner\" } }\n\
         [tables.customers]\nfrom = \"c\"\n[tables.reps]\nfrom = \"r\"\nkey = \"number\"\n",
    );
    let tables: &[(&str, &[_])] =
        &[("deals", DEALS), ("customers", &[("id", TEXT)]), ("reps", &[("number", ColumnType::Integer)])];
    let (schema, problems) = schema(&config, found(tables));
    assert_eq!(
        messages(&problems),
        [
            "5 config-reference the time column `deals.owner` is of type text",
            "6 config-reference the key column `deal_id` is not in table `deals`",
            "7 config-reference the reference column `custmer_id` is not in table `deals`",
            "7 config-reference reference `rep` compares `deals.owner`, which is of type text, with `reps.number`, \
             which is of type integer",
        ]
    );
    assert_eq!(references(&schema.tables["deals"]), [""; 0]);
}

#[test]
fn tables_that_could_not_be_read_are_left_out() {
    let config = config("[tables.deals]\nfrom = \"d\"\n[tables.customers]\nfrom = \"c\"\n");
    let (schema, problems) = schema(&config, found(&[("deals", DEALS)]));
    assert_eq!(messages(&problems), [""; 0]);
    assert_eq!(schema.tables.len(), 1);
    assert_eq!(references(&schema.tables["deals"]), [""; 0]);
}
