//! Which cells belong to which column: headers, files, folders.

use super::{Project, shown};

#[test]
fn columns_follow_their_headers_whatever_the_order() {
    let project = Project::new("[tables.t]\nfrom = \"data\"\n")
        .file("data/a.csv", "id,name,n\n1,x,10\n")
        .file("data/b.csv", "N,ID, Name \n20,2,y\n")
        .file("data/.hidden.csv", "z\n1\n")
        .file("data/readme.md", "no data");
    assert_eq!(project.types(), "id text, name text, n integer");
    assert_eq!(project.rows(), "1|x|10\n2|y|20");
}

#[test]
fn globs_take_files_in_the_order_of_their_names() {
    let project = Project::new("[tables.t]\nfrom = \"data/d-*.csv\"\n")
        .file("data/d-2.csv", "id\nb\n")
        .file("data/d-1.csv", "id\na\n")
        .file("data/e.csv", "id\nz\n");
    assert_eq!(project.rows(), "a\nb");
}

#[test]
fn names_are_snake_case_and_mappings_win() {
    let project = Project::of("t.csv", "Record ID,Deal Stage,Amount,amount (USD),Extra,\n1,Won,1,2.5,x,\n")
        .with("[tables.t.columns]\namount = { from = \"Amount (usd)\", type = \"money\" }\nstage = \"deal stage\"\nwon = { from = \"Deal Stage\", values = { Won = \"true\", \"*\" = \"false\" }, type = \"bool\" }");
    assert_eq!(
        project.types(),
        "record_id text, stage text, won bool, amount_2 integer, amount money(2), extra text, column_6 text"
    );
    assert_eq!(project.rows(), "1|Won|true|1|2.50|x|-");
}

#[test]
fn a_mapping_to_nothing_suggests_the_nearest_header() {
    let project = Project::of("t.csv", "id,Close Date\n1,x\n")
        .with("[tables.t.columns]\nclosed = { from = \"Closed Date\" }");
    let (_, problems) = project.open();
    assert_eq!(
        shown(&problems),
        "error[bad-header] at goalpost.toml:7:1: table `t` has no column `Closed Date` in its files\n  \
         help: did you mean `Close Date`? known: Close Date, id"
    );
}

#[test]
fn a_wrong_delimiter_is_seen_in_the_header() {
    let (_, problems) = Project::of("t.csv", "id;amount\n1;2\n").open();
    assert_eq!(
        shown(&problems),
        "error[bad-header] at t.csv:1: `t.csv` has a single column when it is cut at `,`, but its header holds `;`\n  \
         help: set the table's `delimiter = \";\"`"
    );
}

#[test]
fn a_file_that_lacks_a_column_is_an_error_where_the_column_is_used() {
    let project = Project::new("[tables.t]\nfrom = \"data\"\n")
        .file("data/a.csv", "id,n\n1,10\n")
        .file("data/b.csv", "id\n2\n");
    assert_eq!(
        project.problems(),
        "error[bad-header] at data/b.csv:1: `data/b.csv` has no column `n`\n  \
         help: all files of a table need the columns that are used, in any order"
    );
    let wanted = [("t".into(), ["id".into()].into())].into();
    let tables = super::load_columns(&project.sources(), &wanted, &Default::default()).expect("rows");
    assert_eq!(super::rows(&tables[0].provider), "1\n2");
    let (_, problems) = project.with("[tables.t.columns]\nn = { type = \"integer\" }").open();
    assert!(shown(&problems).starts_with("error[bad-header] at data/b.csv:1"), "{}", shown(&problems));
}

#[test]
fn doubled_headers_are_an_error_with_both_places() {
    let (_, problems) = Project::of("t.csv", "id,Notes,n,notes\n1,a,2,b\n").open();
    assert_eq!(
        shown(&problems),
        "error[bad-header] at t.csv:1: `t.csv` has two columns `notes`, the 2nd and the 4th\n  \
         help: rename or remove one of them"
    );
}

#[test]
fn an_empty_file_among_others_is_an_error() {
    let project =
        Project::new("[tables.t]\nfrom = \"data\"\n").file("data/a.csv", "id\n1\n").file("data/b.csv", "");
    assert_eq!(
        project.problems(),
        "error[bad-header] at data/b.csv: `data/b.csv` is empty: it has no header"
    );
}

#[test]
fn only_rows_are_counted_when_no_column_is_wanted() {
    let project = Project::of("t.csv", "id,n\na,1\nb,2\n");
    let wanted = [("t".into(), [].into())].into();
    let tables = super::load_columns(&project.sources(), &wanted, &Default::default()).expect("rows");
    assert_eq!(tables[0].rows, Some(2));
    assert_eq!(super::query(&tables[0].provider, "select count(*) from t"), "2");
}

#[test]
fn references_and_keys_become_part_of_the_schema() {
    let project = Project::new(
        "[tables.deals]\nfrom = \"deals.csv\"\nrefs = { rep = { table = \"reps\", on = \"agent\" } }\n\
         [tables.reps]\nfrom = \"reps.csv\"\nkey = \"name\"\n",
    )
    .file("deals.csv", "id,agent,outcome,created_at\n1,007,won,2026-01-01\n")
    .file("reps.csv", "name,manager\n007,M\n");
    let sources = project.sources();
    assert_eq!(super::types(&sources, "deals"), "id text, agent text, outcome text, created_at date");
    assert_eq!(super::types(&sources, "reps"), "name text, manager text");
    let deals = &sources.schema().tables["deals"];
    let rep = deals.reference("rep").expect("a reference");
    assert_eq!((rep.on.as_str(), rep.table.as_str(), rep.key.as_str()), ("agent", "reps", "name"));
    assert_eq!(deals.key.as_ref().map(|key| key.as_str()), Some("id"));
    let described = sources.describe();
    assert_eq!(described[0].rows, Some(1));
    assert_eq!(described[0].files, ["deals.csv"]);
    assert!(described[0].missing.iter().any(|column| column.as_str() == "amount"));
}
