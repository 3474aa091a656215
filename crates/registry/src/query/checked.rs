//! Arithmetic of queries that does not wrap.
//!
//! The engine adds, subtracts, multiplies, negates and sums whole numbers of 64
//! bits, and sums the widest decimals, modulo their width: one more than the
//! largest number is the smallest. Here such arithmetic is done in decimals of 38
//! digits and sums in 76, and cast back, which is an error where it does not fit.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, Result};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunction};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, Expr as Df, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Operator, Window,
    cast, lit,
};

/// A query's plan with arithmetic that fails rather than wraps.
pub(super) fn checked(state: &SessionState, plan: LogicalPlan) -> Result<LogicalPlan> {
    // Types are settled first, since they say where numbers end.
    let plan = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {})?;
    let plan = plan.transform_up_with_subqueries(|node| {
        let schema = merge_schema(&node.inputs());
        let node = node.map_expressions(|expr| {
            let name = expr.schema_name().to_string();
            let made = expr.transform_up(|part| operator(part, &schema))?;
            // A column keeps the name that what is above knows it by.
            Ok(match &made.data {
                Df::Alias(_) | Df::Column(_) => made,
                changed if made.transformed && changed.schema_name().to_string() != name => {
                    made.update_data(|data| data.alias(name))
                }
                _ => made,
            })
        })?;
        node.transform_data(|node| match node {
            LogicalPlan::Aggregate(aggregate) => sums(aggregate),
            LogicalPlan::Window(window) => running_sums(window),
            other => Ok(Transformed::no(other)),
        })
    })?;
    Ok(plan.data)
}

/// An operator between whole numbers, in decimals.
fn operator(expr: Df, schema: &DFSchema) -> Result<Transformed<Df>> {
    const WIDE: DataType = DataType::Decimal128(38, 0);
    let ty = match &expr {
        Df::BinaryExpr(BinaryExpr { op: Operator::Plus | Operator::Minus | Operator::Multiply, .. })
        | Df::Negative(_) => expr.get_type(schema).ok().filter(DataType::is_integer),
        _ => None,
    };
    let Some(ty) = ty else { return Ok(Transformed::no(expr)) };
    let (left, op, right) = match expr {
        Df::BinaryExpr(BinaryExpr { left, op, right }) => (*left, op, *right),
        Df::Negative(inner) => (lit(0_i64), Operator::Minus, *inner),
        other => return Ok(Transformed::no(other)),
    };
    let wide = |side: Df| Box::new(cast(side, WIDE));
    let result = Df::BinaryExpr(BinaryExpr::new(wide(left), op, wide(right)));
    Ok(Transformed::yes(cast(result, ty)))
}

/// The type that values are summed in, and that the sum is brought back to.
fn widened(name: &str, argument: &Df, schema: &DFSchema) -> Option<DataType> {
    let ty = argument.get_type(schema).ok()?;
    match (name, ty) {
        ("sum", ty) if ty.is_integer() => Some(DataType::Decimal128(20, 0)),
        ("sum" | "avg", DataType::Decimal128(digits, scale)) if digits > 28 => {
            Some(DataType::Decimal256(66, scale))
        }
        ("sum" | "avg", DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale)) => {
            Some(DataType::Decimal128(28, scale))
        }
        _ => None,
    }
}

/// Sums of an aggregation in wider numbers, cast back above it.
fn sums(aggregate: Aggregate) -> Result<Transformed<LogicalPlan>> {
    let input = std::sync::Arc::clone(aggregate.input.schema());
    let mut is_changed = false;
    let mut outputs = Vec::new();
    for expr in &aggregate.aggr_expr {
        outputs.push(match unaliased(expr) {
            Df::AggregateFunction(call) => match call.params.args.first() {
                Some(argument) => match widened(call.func.name(), argument, &input) {
                    Some(wide) => {
                        is_changed = true;
                        let mut params = call.params.clone();
                        params.args[0] = cast(argument.clone(), wide);
                        Df::AggregateFunction(AggregateFunction { func: call.func.clone(), params })
                    }
                    None => expr.clone(),
                },
                None => expr.clone(),
            },
            _ => expr.clone(),
        });
    }
    if !is_changed {
        return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
    }
    let groups = aggregate.schema.fields().len() - aggregate.aggr_expr.len();
    let names: Vec<Df> = outputs
        .into_iter()
        .enumerate()
        .map(|(place, output)| unaliased(&output).clone().alias(format!("#sum{place}")))
        .collect();
    let wide = Aggregate::try_new(aggregate.input, aggregate.group_expr, names)?;
    let plan = LogicalPlan::Aggregate(wide);
    back(plan, &aggregate.schema, groups)
}

/// Sums over windows in wider numbers, cast back above them.
fn running_sums(window: Window) -> Result<Transformed<LogicalPlan>> {
    let input = std::sync::Arc::clone(window.input.schema());
    let mut is_changed = false;
    let mut outputs = Vec::new();
    for expr in &window.window_expr {
        outputs.push(match unaliased(expr) {
            Df::WindowFunction(call) => match call.params.args.first() {
                Some(argument) => match widened(call.fun.name(), argument, &input) {
                    Some(wide) => {
                        is_changed = true;
                        let mut params = call.params.clone();
                        params.args[0] = cast(argument.clone(), wide);
                        Df::WindowFunction(Box::new(WindowFunction { fun: call.fun.clone(), params }))
                    }
                    None => expr.clone(),
                },
                None => expr.clone(),
            },
            _ => expr.clone(),
        });
    }
    if !is_changed {
        return Ok(Transformed::no(LogicalPlan::Window(window)));
    }
    let own = window.input.schema().fields().len();
    let names: Vec<Df> = outputs
        .into_iter()
        .enumerate()
        .map(|(place, output)| unaliased(&output).clone().alias(format!("#sum{place}")))
        .collect();
    let plan = LogicalPlan::Window(Window::try_new(names, window.input)?);
    back(plan, &window.schema, own)
}

/// Columns under the names and in the types that they had.
fn back(plan: LogicalPlan, before: &DFSchema, kept: usize) -> Result<Transformed<LogicalPlan>> {
    let columns: Vec<Column> = plan.schema().columns();
    let select: Vec<Df> = before
        .iter()
        .zip(columns)
        .enumerate()
        .map(|(place, ((qualifier, field), column))| {
            let column = Df::Column(column);
            if place < kept {
                return column;
            }
            cast(column, field.data_type().clone()).alias_qualified(qualifier.cloned(), field.name())
        })
        .collect();
    Ok(Transformed::yes(LogicalPlanBuilder::from(plan).project(select)?.build()?))
}

fn unaliased(expr: &Df) -> &Df {
    match expr {
        Df::Alias(alias) => unaliased(&alias.expr),
        other => other,
    }
}
