//! `period` and `metrics`: the period of the evaluation, and other metrics.

use goalpost_core::calendar::{AsOf, BadPeriod, Calendar};
use goalpost_core::diagnostic::{Code, did_you_mean};
use goalpost_core::expr::{BinaryOp, Expr, ExprKind, PeriodBound};
use goalpost_core::measure::MeasureKind;
use goalpost_core::name::MetricName;
use rhai::{Dynamic, Engine, NativeCallContext};

use super::{column, measure, real_column_of, text_of};
use crate::host::{Call, Fallible, raise};
use crate::value::column::Origin;
use crate::value::measure::Formula;
use crate::value::weight::Weight;
use crate::value::{Metrics, PeriodOfRun, Value};

pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<PeriodOfRun>("period");
    engine.register_type_with_name::<Metrics>("metrics");
    engine.register_indexer_get(|context: NativeCallContext, _: &mut PeriodOfRun, name: Dynamic| {
        bound(&Call::of(&context), &Value::of(name))
    });
    engine.register_fn("contains", |context: NativeCallContext, _: PeriodOfRun, c: Dynamic| {
        contains(&Call::of(&context), Value::of(c))
    });
    engine.register_indexer_get(|context: NativeCallContext, _: &mut Metrics, name: Dynamic| {
        metric(&Call::of(&context), &Value::of(name))
    });
}

fn bound(call: &Call, name: &Value) -> Fallible<Dynamic> {
    let name = text_of(call, name, "the name of a bound")?;
    let bound = match &*name {
        "start" => PeriodBound::Start,
        "end" => PeriodBound::End,
        "now" => PeriodBound::Now,
        other => {
            return Err(raise(
                call.error(Code::UnknownName, format!("the period has no `{other}`"))
                    .help(did_you_mean(other, ["start", "end", "now"])),
            ));
        }
    };
    Ok(Dynamic::from(column(call, ExprKind::Period(bound), Origin::Nowhere, [])?))
}

/// Half-open: `start <= c and c < end`.
fn contains(call: &Call, value: Value) -> Fallible<Dynamic> {
    let date = real_column_of(call, value, "the value that the period should contain")?;
    let bound = |bound| Expr::new(ExprKind::Period(bound), call.at.clone());
    let compare = |op, other| Expr::new(ExprKind::Binary(op, date.expr.clone(), other), call.at.clone());
    let after = compare(BinaryOp::GreaterOrEqual, bound(PeriodBound::Start));
    let before = compare(BinaryOp::Less, bound(PeriodBound::End));
    let parts = [date.weight, date.weight, Weight::of([Weight::LEAF])];
    Ok(Dynamic::from(column(call, ExprKind::Binary(BinaryOp::And, after, before), date.rows, parts)?))
}

fn metric(call: &Call, name: &Value) -> Fallible<Formula> {
    let name = text_of(call, name, "the name of a metric")?;
    measure(call, MeasureKind::Metric(MetricName::from(name)), [])
}

/// Whether a label can be a period. That depends on the project's fiscal year,
/// which is not known here: one that no calendar reads is wrong for certain.
pub(crate) fn is_a_period(period: &str) -> Result<(), BadPeriod> {
    let calendars = [1, 4].map(|fiscal_year_start| Calendar { fiscal_year_start, ..Calendar::default() });
    let mut read = Ok(());
    for calendar in calendars {
        let Ok(as_of) = AsOf::parse("2000-01-01", &calendar) else { continue };
        match calendar.parse_period(period, &as_of) {
            Ok(_) => return Ok(()),
            Err(bad) => read = Err(bad),
        }
    }
    read
}
