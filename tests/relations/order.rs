//! The order of rows, the number of files that they are in, and tables and columns
//! that nobody asks for change nothing.

use goalpost_core::schema::ColumnType;

use crate::Case;
use crate::ask::{ask, same};
use crate::dirt::World;
use crate::draw::Draw;
use crate::project::{Layout, built_in, place};
use crate::tables::{Column, Style, Table, Value};

/// Rows in another order; rows in several files.
pub(crate) fn relation(case: Case) -> usize {
    let world = World::of(case);
    let mut draw = Draw::new(case.seed, "order");
    let style = *draw.pick(&Style::ALL);
    let answer = |tables: &[Table], files| {
        let place = place(tables, &world.setting, Layout { style, files }, built_in());
        ask(&place.project, &world.question)
    };
    let first = answer(&world.tables, 1);
    let mut mixed = world.tables.clone();
    mixed.iter_mut().for_each(|table| draw.shuffle(&mut table.rows));
    same(&first, &answer(&mixed, 1), &format!("{world}, {style:?}: rows in another order"));
    let files = 2 + draw.place(5);
    same(&first, &answer(&world.tables, files), &format!("{world}, {style:?}: 1 file and {files}"));
    let more = with_more(world.tables.clone(), &mut draw);
    same(&first, &answer(&more, 1), &format!("{world}, {style:?}: another table and columns"));
    3 * first.cells.len()
}

/// A table of the project's own, and a column more in each table.
fn with_more(mut tables: Vec<Table>, draw: &mut Draw) -> Vec<Table> {
    let column = |name: &str, ty| Column { name: name.to_owned(), ty };
    for table in &mut tables {
        table.columns.push(column("note", ColumnType::Text));
        for row in &mut table.rows {
            row.push(if draw.one_in(3) { Value::Blank } else { Value::Text(format!("n{}", draw.below(9))) });
        }
    }
    let rows = (0..20).map(|number| {
        let day =
            chrono::NaiveDate::from_ymd_opt(2019, 1, 1).expect("a day") + chrono::Days::new(number * 200);
        vec![Value::Text(format!("e{number}")), Value::Date(day), Value::Scaled(700)]
    });
    tables.push(Table {
        name: "errands".to_owned(),
        columns: vec![
            column("id", ColumnType::Text),
            column("at", ColumnType::Date),
            column("amount", ColumnType::Decimal(2)),
        ],
        rows: rows.collect(),
    });
    tables
}
