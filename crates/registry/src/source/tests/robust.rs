//! Any bytes at all give rows or findings, never a panic; and however the work
//! is cut, the rows are those that another reader finds.

use std::fmt::Write;

use super::{Project, load, rows, shown};
use crate::source::LoadOptions;

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }

    /// A run of these pieces.
    fn text(&mut self, pieces: &[&str], most: usize) -> String {
        (0..self.next(most)).map(|_| pieces[self.next(pieces.len())]).collect()
    }
}

#[test]
fn any_bytes_give_rows_or_findings() {
    let mut numbers = Numbers(7);
    let pieces = [
        "id",
        ",",
        "\n",
        "\"",
        "\"\"",
        "\r",
        "\r\n",
        ";",
        "1",
        "-",
        "2026-01-31",
        "T09:30",
        "Z",
        "€",
        "$",
        "%",
        "(",
        ")",
        "e5",
        ".",
        " ",
        "\t",
        "true",
        "{",
        "}",
        "[",
        "]",
        ":",
        "null",
        "\\",
        "\u{feff}",
        "\0",
        "99999999999999999999",
    ];
    for round in 0..200 {
        let mut content = numbers.text(&pieces, 60).into_bytes();
        if round % 3 == 0 {
            let length = content.len();
            content.extend((0..numbers.next(20)).map(|_| numbers.next(256) as u8));
            content.rotate_left(numbers.next(length + 1));
        }
        for name in ["t.csv", "t.json", "t.csv.gz", "t.parquet"] {
            let _ = Project::of(name, &content).rows_and_warnings();
        }
        let typed = "columns = { id = { type = \"money\" } }\nencoding = \"shift_jis\"";
        let _ = Project::of("t.csv", [b"id\n", content.as_slice()].concat()).with(typed).rows_and_warnings();
    }
}

#[test]
fn delimited_text_reads_as_another_reader_reads_it() {
    let mut numbers = Numbers(11);
    for _ in 0..300 {
        let mut text = String::from("a,b\n");
        for _ in 0..numbers.next(30) {
            for end in [",", "\n"] {
                let cell = numbers.text(&["x", "1", ",", "\n", "\r\n", "\"", " ", "é"], 6);
                match cell.contains([',', '\n', '\r', '"']) || numbers.next(2) == 0 {
                    true => write!(text, "\"{}\"{end}", cell.replace('"', "\"\"")).expect("written"),
                    false => write!(text, "{cell}{end}").expect("written"),
                }
            }
        }
        let mut expected = Vec::new();
        for record in csv::Reader::from_reader(text.as_bytes()).records() {
            let record = record.expect("two cells");
            // White space around a cell is none of it.
            let cell = |i: usize| match record[i].trim_ascii() {
                "" => "-".to_owned(),
                text => text.to_owned(),
            };
            if record.iter().any(|cell| !cell.trim_ascii().is_empty()) {
                expected.push(format!("{}|{}", cell(0), cell(1)));
            }
        }
        let project = Project::of("t.csv", &text)
            .with("allow_empty = true\ncolumns = { a = { type = \"text\" }, b = { type = \"text\" } }");
        assert_eq!(project.rows(), expected.join("\n"), "{text:?}");
    }
}

#[test]
fn parts_of_a_file_give_the_rows_of_the_whole() {
    let mut plain = String::from("\u{feff}id,n,note\n");
    let mut quoted = plain.clone();
    let mut stray = plain.clone();
    for i in 0..4_000 {
        writeln!(plain, "k{i},{i},x").expect("written");
        writeln!(quoted, "k{i},{i},\"line one\nline, two\"").expect("written");
        // A single quote inside an unquoted cell turns the count of quotes around.
        writeln!(stray, "k{i},{i},{}", if i == 1_500 { "5\" pipe" } else { "\"a\nb\"" }).expect("written");
    }
    for text in [&plain, &quoted, &stray] {
        let project = Project::of("t.csv", text);
        let sources = project.sources();
        let whole = LoadOptions { threads: 1, ..LoadOptions::default() };
        let cut = LoadOptions { threads: 4, least_part: 1_000, ..LoadOptions::default() };
        let whole = load(&sources, &["t"], &whole).expect("rows");
        let cut = load(&sources, &["t"], &cut).expect("rows");
        assert_eq!(whole[0].rows, Some(4_000));
        assert_eq!(rows(&whole[0].provider), rows(&cut[0].provider));
    }
}

#[test]
fn parts_agree_on_what_is_wrong() {
    let mut text = String::from("id,n,note\n");
    for i in 0..4_000 {
        let number = if i % 500 == 3 { "many".to_owned() } else { i.to_string() };
        writeln!(text, "k{i},{number},\"a\nb\"").expect("written");
    }
    let said = |text: &str, threads| {
        let project = Project::of("t.csv", text).with("columns = { n = { type = \"integer\" } }");
        let options = LoadOptions { threads, least_part: 1_000, ..LoadOptions::default() };
        match load(&project.sources(), &["t"], &options) {
            Ok(tables) => shown(&tables[0].warnings),
            Err(problems) => shown(&problems),
        }
    };
    let warnings = said(&text, 1);
    assert!(warnings.starts_with("warning[bad-value] at t.csv:8: 8 cells of `t.n`"), "{warnings}");
    assert_eq!(said(&text, 4), warnings);
    text.push_str("x,1\ny,1,\"open\n");
    let problems = said(&text, 1);
    assert!(problems.starts_with("error[unclosed-quote] at t.csv:8003"), "{problems}");
    assert_eq!(said(&text, 4), problems);
}
