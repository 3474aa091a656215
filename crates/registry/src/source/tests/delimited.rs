//! Delimited text: every kind of dirt either reads right or is an error.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Project, shown};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).expect("compressed");
    encoder.finish().expect("compressed")
}

#[test]
fn quoted_cells_hold_line_breaks_delimiters_and_quotes() {
    let project = Project::of("t.csv", "id,note\n1,\"two\nlines\"\n2,\"a, \"\"b\"\"\"\n3,\"\"\n");
    assert_eq!(project.rows(), "1|two\nlines\n2|a, \"b\"\n3|-");
}

#[test]
fn many_quoted_line_breaks_do_not_add_rows() {
    let mut text = String::from("id,note\n");
    for i in 0..50_000 {
        text.push_str(&format!("k{i},\"a\nb\"\n"));
    }
    let table = Project::of("t.csv", text).load().expect("rows");
    assert_eq!(table.rows, Some(50_000));
    assert_eq!(super::query(&table.provider, "select count(*), count(distinct id) from t"), "50000|50000");
}

#[test]
fn line_ends_byte_order_marks_and_blank_lines_do_no_harm() {
    for text in [
        "id,n\na,1\nb,2\n",
        "id,n\r\na,1\r\nb,2\r\n",
        "id,n\ra,1\rb,2\r",
        "\u{feff}id,n\na,1\nb,2",
        "\n\nid,n\n\na,1\n  \nb,2\n\n\n",
        "\"id\",\"n\"\n\"a\",\"1\"\n\"b\" ,2\n",
    ] {
        let project = Project::of("t.csv", text);
        assert_eq!(project.types(), "id text, n integer", "{text:?}");
        assert_eq!(project.rows(), "a|1\nb|2", "{text:?}");
    }
}

#[test]
fn endings_and_settings_choose_the_delimiter() {
    assert_eq!(Project::of("t.tsv", "id\tn\na\t1,5\n").rows(), "a|1,5");
    let project = Project::of("t.csv", "id;n\na;1,5\n").with("delimiter = \";\"\ndecimal_separator = \",\"");
    assert_eq!(project.rows(), "a|1.500000");
}

#[test]
fn gzip_is_recognised_even_when_the_name_hides_it() {
    let packed = gzip(b"id,n\na,1\n");
    assert_eq!(Project::of("t.csv.gz", &packed).rows(), "a|1");
    assert_eq!(Project::of("t.csv", &packed).rows(), "a|1");
    // Two members, as when compressed files are joined.
    let joined = [gzip(b"id,n\na,1\n"), gzip(b"b,2\n")].concat();
    assert_eq!(Project::of("t.csv.gz", joined).rows(), "a|1\nb|2");
}

#[test]
fn a_cut_off_download_is_an_error() {
    let packed = gzip("id,n\na,1\n".repeat(10_000).as_bytes());
    let problems = Project::of("t.csv.gz", &packed[..packed.len() / 2]).problems();
    assert!(
        problems
            .contains("error[unreadable-file] at t.csv.gz: `t.csv.gz` cannot be read: it ends in the middle"),
        "{problems}"
    );
}

#[test]
fn other_formats_under_a_wrong_name_are_told() {
    let problems = Project::of("t.csv", b"PK\x03\x04rest").problems();
    assert!(problems.contains("it is a zip archive or an Excel workbook, not text"), "{problems}");
    let problems = Project::of("t.csv", b"PAR1rest").problems();
    assert!(problems.contains("it is Parquet, not text"), "{problems}");
}

#[test]
fn encodings_are_stated_and_checked() {
    let latin = b"id,name\na,Andr\xe9\n";
    assert_eq!(
        Project::of("t.csv", latin).problems(),
        "error[bad-encoding] at t.csv:2: `t.csv` is not valid UTF-8\n  \
         help: set the table's `encoding`, e.g. \"windows-1252\" for files saved by Excel"
    );
    assert_eq!(Project::of("t.csv", latin).with("encoding = \"latin1\"").rows(), "a|André");
    let utf16: Vec<u8> = "\u{feff}id,name\na,André\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(Project::of("t.csv", &utf16).rows(), "a|André");
    let broken = b"id,name\na,b\nb,\x81\n";
    let problems = Project::of("t.csv", broken).with("encoding = \"shift_jis\"").problems();
    assert!(
        problems.starts_with("error[bad-encoding] at t.csv:3: `t.csv` is not valid Shift_JIS"),
        "{problems}"
    );
}

#[test]
fn characters_across_blocks_stay_whole() {
    // Blocks are cut at powers of two; three-byte characters never fit evenly.
    let cell = "€".repeat(1_000);
    let text = format!("id,note\n{}", format!("a,{cell}\n").repeat(1_500));
    let table = Project::of("t.csv", text).load().expect("rows");
    let found =
        super::query(&table.provider, "select count(*), min(note) = max(note), min(length(note)) from t");
    assert_eq!(found, "1500|true|1000");
}

#[test]
fn an_open_quote_is_an_error_where_it_begins() {
    let mut text = String::from("id,note\na,fine\nb,\"open\n");
    text.push_str(&"c,x\n".repeat(300_000));
    assert_eq!(
        Project::of("t.csv", text).problems(),
        "error[unclosed-quote] at t.csv:3: a quote is opened in `t.csv` and never closed\n  \
         label: the record that begins here runs to the end of the file\n  \
         help: close the quote; a quote inside a quoted cell is written twice"
    );
}

#[test]
fn an_open_quote_that_a_later_one_closes_swallows_no_row() {
    // The quote of line 2 runs until that of line 3; what follows shows it.
    let problems = Project::of("t.csv", "id,note\na,\"open\nb,\"closed\"\nc,x\n").problems();
    assert!(
        problems.starts_with(
            "error[unclosed-quote] at t.csv:3: a quoted cell of `t.csv` goes on after its closing quote"
        ),
        "{problems}"
    );
}

#[test]
fn a_quote_inside_an_unquoted_cell_is_a_character() {
    assert_eq!(Project::of("t.csv", "id,size\na,5\" pipe\nb,6\" pipe\n").rows(), "a|5\" pipe\nb|6\" pipe");
}

#[test]
fn ragged_rows_are_an_error_and_never_shift_cells() {
    assert_eq!(
        Project::of("t.csv", "id,name,n\na,x,1\nb,Smith, John,2\nc,y\nd,z,3\n").problems(),
        "error[ragged-row] at t.csv:3: 2 rows of `t.csv` have more or fewer cells than the header, which has 3\n  \
         label: 4 cells\n  t.csv:4: 2 cells\n  \
         help: a cell that holds the delimiter or a line break must be quoted"
    );
}

#[test]
fn rows_without_any_cell_are_skipped_and_told() {
    let project = Project::of("t.csv", "id,n\na,1\n,\n , \nb,2\n");
    assert_eq!(
        project.rows_and_warnings(),
        "a|1\nb|2\nwarning[rows-left-out] at t.csv:3: 2 of 4 rows (50 %) of `t.csv` hold nothing in any column and were skipped"
    );
}

#[test]
fn empty_tables_are_errors_unless_allowed() {
    let empty = "  help: check the export; if it may be empty, set `allow_empty = true` for the table";
    let error =
        format!("error[empty-table] at goalpost.toml:5:8: table `t` has no rows: `t.csv` is empty\n{empty}");
    assert_eq!(Project::of("t.csv", "").problems(), error);
    assert_eq!(Project::of("t.csv", "\n\n").problems(), error);
    let error = format!("error[empty-table] at goalpost.toml:5:8: table `t` has no rows\n{empty}");
    assert_eq!(Project::of("t.csv", "id,n\n").problems(), error);
    let project = Project::of("t.csv", "id,n\n").with("allow_empty = true");
    assert_eq!(project.load().expect("a table").rows, Some(0));
    let project =
        Project::of("t.csv", "").with("allow_empty = true\n[tables.t.columns]\nn = { type = \"integer\" }");
    assert_eq!(project.types(), "n integer");
    assert_eq!(project.load().expect("a table").rows, Some(0));
}

#[test]
fn long_cells_pass() {
    let cell = "x".repeat(5 << 20);
    let table = Project::of("t.csv", format!("id,note\na,\"{cell}\"\nb,y\n")).load().expect("rows");
    assert_eq!(super::query(&table.provider, "select length(note) from t order by id"), "5242880\n1");
}

#[test]
fn missing_files_name_what_is_there() {
    let project = Project::new("[tables.t]\nfrom = \"data/deals.csv\"\n[tables.u]\nfrom = \"data/x-*.csv\"\n[tables.v]\nfrom = \"empty\"\n")
        .file("data/deal.csv", "id\n1\n")
        .file("data/orders.csv", "id\n1\n");
    std::fs::create_dir(project.path("empty")).expect("a folder");
    let (_, problems) = project.open();
    assert_eq!(
        shown(&problems),
        "error[missing-file] at goalpost.toml:5:8: `data/deals.csv`, where table `t` should come from, is not there\n  \
         help: did you mean `deal.csv`? `data` holds: deal.csv, orders.csv\n\
         error[missing-file] at goalpost.toml:7:8: no file matches `data/x-*.csv`, where table `u` should come from\n  \
         help: `data` holds: deal.csv, orders.csv\n\
         error[missing-file] at goalpost.toml:9:8: folder `empty`, where table `v` should come from, holds no data file\n  \
         help: expected .csv, .tsv, .json, .jsonl or .parquet files"
    );
}
