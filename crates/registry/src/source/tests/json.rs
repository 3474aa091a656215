//! JSON: lines, documents, arrays, nesting.

use super::{Project, shown};

#[test]
fn objects_come_on_lines_one_after_another_or_in_an_array() {
    for text in [
        "{\"id\":\"a\",\"n\":1}\n{\"n\":2,\"id\":\"b\"}\n",
        "{\"id\":\"a\",\n \"n\":1}\n\n{\"id\":\"b\",\"n\":2}",
        "[{\"id\":\"a\",\"n\":1},\n{\"id\":\"b\",\"n\":2}]\n",
        "\u{feff}[\n  {\"id\": \"a\", \"n\": 1}\n  , {\"id\": \"b\", \"n\": \"2\"} ]",
    ] {
        let project = Project::of("t.json", text);
        assert_eq!(project.types(), "id text, n integer", "{text}");
        assert_eq!(project.rows(), "a|1\nb|2", "{text}");
    }
}

#[test]
fn members_may_be_absent_nested_and_of_any_kind() {
    let project = Project::of(
        "t.jsonl",
        "{\"id\":1,\"properties\":{\"amount\":12.5,\"closeDate\":\"2026-01-31\"},\"tags\":[\"a\",\"b\"]}\n\
         {\"id\":2,\"won\":true,\"properties\":{\"amount\":null}}\n",
    );
    assert_eq!(
        project.types(),
        "id text, properties_amount decimal(6), properties_close_date date, tags text, won bool"
    );
    assert_eq!(project.rows(), "1|12.500000|2026-01-31|[\"a\",\"b\"]|-\n2|-|-|-|true");
}

#[test]
fn numbers_of_json_are_rounded_to_the_scale() {
    let project =
        Project::of("t.jsonl", "{\"x\":0.30000000000000004}\n{\"x\":1e3}\n{\"x\":12345678901234}\n")
            .with("columns = { x = { type = \"money\" } }");
    assert_eq!(project.rows(), "0.30\n1000.00\n12345678901234.00");
}

#[test]
fn mistakes_are_told_with_their_line() {
    let problems = |text: &str| Project::of("t.json", text).problems();
    assert!(
        problems("{\"id\":1}\n{\"id\":}\n")
            .starts_with("error[unreadable-file] at t.json:2: `t.json` is not valid JSON"),
        "{}",
        problems("{\"id\":1}\n{\"id\":}\n")
    );
    assert!(problems("[{\"id\":1},\n{\"id\":2}").contains("the array is not closed"));
    assert!(problems("{\"id\":1}\n{\"id\":").starts_with("error[unreadable-file] at t.json:2"));
    assert!(problems("[1, 2]").contains("every row must be an object, and this is a number"));
    assert!(problems("{\"id\":1} x").starts_with("error[unreadable-file] at t.json:1"));
}

#[test]
fn invalid_bytes_and_empty_files_are_errors() {
    let (_, problems) = Project::of("t.json", b"{\"id\":\"a\"}\n{\"id\":\"\xe9\"}\n").open();
    assert!(shown(&problems).starts_with("error[bad-encoding] at t.json:2"), "{}", shown(&problems));
    let (_, problems) = Project::of("t.json", "[]").open();
    assert!(shown(&problems).starts_with("error[empty-table]"), "{}", shown(&problems));
}
