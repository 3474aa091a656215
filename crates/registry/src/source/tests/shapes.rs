//! Parquet columns of other shapes: texts kept as bytes, members of structs.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BinaryArray, FixedSizeBinaryArray, Int64Array, LargeBinaryArray, ListArray, StringArray,
    StructArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{Field, Fields, Int64Type};

use super::Project;
use super::parquet::write;

fn project(columns: Vec<(&str, ArrayRef)>) -> Project {
    let project = Project::new("[tables.t]\nfrom = \"t.parquet\"\n");
    write(&project.path("t.parquet"), columns);
    project
}

fn members(members: Vec<(&str, ArrayRef)>, nulls: Option<Vec<bool>>) -> ArrayRef {
    let fields: Fields =
        members.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = members.into_iter().map(|(_, array)| array).collect();
    Arc::new(StructArray::new(fields, arrays, nulls.map(NullBuffer::from)))
}

#[test]
fn bytes_that_are_texts_are_texts() {
    let bytes: [[u8; 4]; 3] = [[0xff, 0, 1, 2], [1, 2, 3, 4], [5, 6, 7, 8]];
    let uuids = FixedSizeBinaryArray::try_from_iter(bytes.iter()).expect("of one size");
    let project = project(vec![
        ("id", Arc::new(BinaryArray::from(vec![Some(&b"a1"[..]), None, Some("né".as_bytes())]))),
        ("amount", Arc::new(LargeBinaryArray::from(vec![Some(&b"12.50"[..]), Some(b" "), Some(b"7")]))),
        ("day", Arc::new(BinaryArray::from(vec![Some(&b"2026-01-31"[..]), None, Some(b"2026-02-01")]))),
        ("uuid", Arc::new(uuids)),
    ])
    .with("columns = { amount = { type = \"money\" }, day = { type = \"date\" } }");
    assert_eq!(project.types(), "id text, amount money(2), day date");
    assert_eq!(project.rows(), "a1|12.50|2026-01-31\n-|-|-\nné|7.00|2026-02-01");
}

#[test]
fn bytes_that_are_no_text_after_all_are_bad_cells() {
    let mut names: Vec<&[u8]> = vec![b"x"; 1_500];
    names[1_200] = b"\xff\xfe";
    let project = project(vec![("name", Arc::new(BinaryArray::from(names)))])
        .with("columns = { name = { type = \"text\" } }");
    let table = project.load().expect("rows");
    assert_eq!(table.bad_cells.values().map(|bad| bad.count).sum::<u64>(), 1);
    assert_eq!(table.warnings[0].at.as_ref().map(|at| at.line), Some(1_201));
}

#[test]
fn a_damaged_text_is_a_bad_cell_and_its_column_is_there() {
    let outcomes: Vec<&[u8]> = vec![b"won", b"w\xffn", b"lost"];
    let project = project(vec![
        ("outcome", Arc::new(BinaryArray::from(outcomes))),
        ("stage", Arc::new(LargeBinaryArray::from(vec![Some(&b"\xfe"[..]), Some(b"open"), Some(b"new")]))),
        ("hash", Arc::new(BinaryArray::from(vec![Some(&b"\xff\xfe"[..]), Some(b"\xc0"), Some(b"ab")]))),
    ])
    .with("columns = { outcome = { type = \"text\" }, stage = { type = \"text\" } }");
    assert_eq!(project.types(), "outcome text, stage text");
    let table = project.load().expect("rows");
    assert_eq!(table.bad_cells.values().map(|bad| bad.count).sum::<u64>(), 2);
}

#[test]
fn members_of_structs_are_columns_by_their_path() {
    let region = members(vec![("name", Arc::new(StringArray::from(vec!["EMEA", "APAC", "x", ""])))], None);
    let customer = members(
        vec![("id", Arc::new(Int64Array::from(vec![7, 8, 9, 10]))), ("region", region)],
        Some(vec![true, true, false, true]),
    );
    let tags = ListArray::from_iter_primitive::<Int64Type, _, _>(vec![Some(vec![Some(1)]); 4]);
    let project = project(vec![
        ("n", Arc::new(Int64Array::from(vec![1, 2, 3, 4]))),
        ("customer", customer),
        ("tags", Arc::new(tags)),
    ])
    .with("key = \"customer_id\"\nwhere = { area = [\"EMEA\", \"APAC\"] }\ncolumns = { area = \"customer.region.name\" }");
    assert_eq!(project.types(), "n integer, customer_id text, area text");
    assert_eq!(project.rows(), "1|7|EMEA\n2|8|APAC");
}

#[test]
fn structs_read_as_the_same_json() {
    let json = "{\"n\": 1, \"a\": {\"b\": \"x\", \"c\": {\"d\": true}}}\n{\"n\": 2}\n{\"n\": 3, \"a\": {}}\n";
    let from_json = Project::of("t.jsonl", json);
    let c = members(
        vec![("d", Arc::new(datafusion::arrow::array::BooleanArray::from(vec![true, false, false])))],
        Some(vec![true, false, false]),
    );
    let a = members(
        vec![("b", Arc::new(StringArray::from(vec![Some("x"), Some("hidden"), None]))), ("c", c)],
        Some(vec![true, false, true]),
    );
    let from_parquet = project(vec![("n", Arc::new(Int64Array::from(vec![1, 2, 3]))), ("a", a)]);
    assert_eq!(from_parquet.types(), "n integer, a_b text, a_c_d bool");
    assert_eq!(from_parquet.rows(), from_json.rows());
}
