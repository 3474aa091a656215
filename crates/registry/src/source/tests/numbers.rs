//! Numbers: the same value to the last digit, whatever the file that holds it.

use std::str::FromStr;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Decimal128Array, Float64Array, StringArray};
use goalpost_core::Decimal;
use proptest::prelude::*;

use super::parquet::write;
use super::{Project, load, rows};
use crate::source::LoadOptions;

const COLUMNS: &str = "[tables.t.columns]\namount = { type = \"money\" }\n";

fn project(file: &str) -> Project {
    Project::new(&format!("[tables.t]\nfrom = \"{file}\"\n{COLUMNS}"))
}

/// The amounts of a project, without trailing zeros.
fn amounts(project: &Project) -> Vec<Option<Decimal>> {
    let table = project.load().expect("rows");
    let rows = rows(&table.provider);
    rows.lines().map(|row| Decimal::from_str(row).ok().map(|amount| amount.normalize())).collect()
}

fn of_text(texts: &[String]) -> Vec<Option<Decimal>> {
    amounts(&project("t.csv").file("t.csv", format!("amount\n{}\n", texts.join("\n"))))
}

fn of_json(texts: &[String]) -> Vec<Option<Decimal>> {
    let rows: Vec<String> = texts.iter().map(|text| format!("{{\"amount\": {text}}}")).collect();
    amounts(&project("t.json").file("t.json", rows.join("\n")))
}

fn of_parquet(values: ArrayRef) -> Vec<Option<Decimal>> {
    let project = project("t.parquet");
    write(&project.path("t.parquet"), vec![("amount", values)]);
    amounts(&project)
}

/// Numbers of up to 15 digits, up to twelve of them decimals.
fn exact() -> impl Strategy<Value = Decimal> {
    (-999_999_999_999_999_i64..=999_999_999_999_999, 0_u32..=12, 0_u32..=14)
        .prop_map(|(number, scale, fewer)| Decimal::new(number / 10_i64.pow(fewer), scale).normalize())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn an_exact_amount_is_the_same_in_all_formats(amounts in prop::collection::vec(exact(), 1..20)) {
        // Three decimals after one to three digits are a question of their own.
        let may_be_grouped = |amount: &Decimal| amount.scale() == 3 && amount.abs() < Decimal::from(1000);
        let amounts: Vec<Decimal> = amounts.into_iter().filter(|amount| !may_be_grouped(amount)).collect();
        prop_assume!(!amounts.is_empty());
        let expected: Vec<Option<Decimal>> = amounts.iter().copied().map(Some).collect();
        let texts: Vec<String> = amounts.iter().map(Decimal::to_string).collect();
        let doubles: Vec<f64> = texts.iter().map(|text| text.parse().expect("a number")).collect();
        let wide = |amount: &Decimal| amount.mantissa() * 10_i128.pow(12 - amount.scale());
        let decimals: Decimal128Array = amounts.iter().map(|amount| Some(wide(amount))).collect();
        let wider: Decimal128Array = amounts.iter().map(|amount| Some(wide(amount) * 1_000_000)).collect();
        prop_assert_eq!(&of_text(&texts), &expected);
        prop_assert_eq!(&of_json(&texts), &expected);
        prop_assert_eq!(&of_parquet(Arc::new(Float64Array::from(doubles))), &expected);
        prop_assert_eq!(&of_parquet(Arc::new(StringArray::from(texts))), &expected);
        let decimals = decimals.with_precision_and_scale(28, 12).expect("fits");
        prop_assert_eq!(&of_parquet(Arc::new(decimals)), &expected);
        let wider = wider.with_precision_and_scale(38, 18).expect("fits");
        prop_assert_eq!(&of_parquet(Arc::new(wider)), &expected);
    }

    #[test]
    fn a_double_is_the_same_however_it_is_printed(doubles in prop::collection::vec(-1e9..1e9_f64, 1..20)) {
        let expected = of_parquet(Arc::new(Float64Array::from(doubles.clone())));
        // At 15 significant digits, and at twelve decimals.
        for (read, double) in expected.iter().zip(&doubles) {
            let meant = Decimal::from_scientific(&format!("{double:.14e}")).expect("a number").round_dp_with_strategy(
                12,
                rust_decimal::RoundingStrategy::MidpointAwayFromZero,
            );
            prop_assert_eq!(*read, Some(meant.normalize()), "{}", double);
        }
        let shortest: Vec<String> = doubles.iter().map(f64::to_string).collect();
        let all_digits: Vec<String> = doubles.iter().map(|double| format!("{double:.16e}")).map(|text| {
            Decimal::from_scientific(&text).expect("a number").to_string()
        }).collect();
        prop_assert_eq!(&of_text(&shortest), &expected);
        prop_assert_eq!(&of_text(&all_digits), &expected);
        prop_assert_eq!(&of_json(&shortest), &expected);
        prop_assert_eq!(&of_json(&all_digits), &expected);
        prop_assert_eq!(&of_parquet(Arc::new(StringArray::from(shortest))), &expected);
    }
}

#[test]
fn a_number_far_down_decides_for_all_parts_of_a_table() {
    let mut text = String::from("id,amount\n");
    for id in 0..20_000 {
        text.push_str(&format!("{id},1.25\n"));
    }
    text.push_str("20000,0.000000000001\n20001,0.1234567890123\n");
    let project = project("t.csv").file("t.csv", text);
    let sources = project.sources();
    for memory in [1 << 30, 1] {
        let options = LoadOptions { threads: 4, memory, least_part: 10_000, ..LoadOptions::default() };
        let tables = load(&sources, &["t"], &options).expect("rows");
        let total = super::query(&tables[0].provider, "select count(amount), sum(amount) from t");
        assert_eq!(total, "20001|25000.000000000001", "{memory}");
        let bad = &tables[0].bad_cells.values().next().expect("a bad cell");
        assert_eq!((bad.count, bad.examples[0].why.as_str()), (1, "13 decimals, and at most 12 can be kept"));
    }
}

#[test]
fn a_declared_scale_is_kept() {
    let texts = ["0.5", "0.125", "33.333333333333336"].map(str::to_owned);
    let project = Project::new(
        "[tables.t]\nfrom = \"t.csv\"\n[tables.t.columns]\namount = { type = \"money\", scale = 2 }\n",
    )
    .file("t.csv", format!("amount\n{}\n", texts.join("\n")));
    assert_eq!(
        project.rows_and_warnings(),
        "0.50\n-\n33.33\nwarning[bad-value] at t.csv:3: a cell of `t.amount` cannot be read as money and is left blank\n  \
         label: \"0.125\": 3 decimals, more than the column keeps: set a higher `scale`"
    );
}
