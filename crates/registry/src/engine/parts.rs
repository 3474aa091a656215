//! Parts: the outputs of a scan that a leaf is made of.

use goalpost_core::calendar::Window;
use goalpost_core::expr::{BinaryOp, Expr, Literal};
use goalpost_core::measure::AggregateFunction;
use goalpost_core::unit::Kind;

use super::doubt::Doubt;
use crate::plan::Leaf;
use crate::scan::{Output, OutputFunction, Scan};

/// The outputs of a scan that a leaf is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    pub(crate) rows: usize,
    pub(crate) nulls: Option<usize>,
    pub(crate) negatives: Option<usize>,
    /// Rows without a time; in a cube they are a bucket of their own.
    pub(crate) undated: Option<usize>,
    pub(crate) value: Option<usize>,
    /// By reason, in the order of the leaf's doubts.
    pub(crate) doubtful: [Option<Doubtful>; REASONS],
}

/// How many reasons there are to doubt a row.
pub(crate) const REASONS: usize = 3;

/// The outputs that count doubtful rows, for one reason.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doubtful {
    /// Those that may belong to the leaf.
    pub(crate) rows: usize,
    /// Of these, those that were taken in.
    pub(crate) counted: usize,
    /// Of those taken in, the ones without a value.
    pub(crate) nulls: Option<usize>,
}

impl Parts {
    /// Rows only.
    pub(crate) const fn of_rows(rows: usize) -> Self {
        Self { rows, nulls: None, negatives: None, undated: None, value: None, doubtful: [None; REASONS] }
    }
}

/// Adds what a leaf is made of to a scan: in a cube without a window, where what
/// does not add up has no value; for a window with the value of any function. Of
/// an argument that is divided afterwards, the `numerator` is added up.
pub(super) fn parts(
    scan: &mut Scan,
    leaf: &Leaf,
    numerator: Option<&Expr>,
    filters: &[Expr],
    doubts: &[Doubt],
    window: Option<Window>,
) -> Parts {
    let mut found = certain(scan, leaf, numerator, filters, window);
    for (place, doubt) in found.doubtful.iter_mut().zip(doubts) {
        *place = Some(doubtful(scan, leaf, filters, doubt, window));
    }
    found
}

fn doubtful(
    scan: &mut Scan,
    leaf: &Leaf,
    filters: &[Expr],
    doubt: &Doubt,
    window: Option<Window>,
) -> Doubtful {
    let mut count = |filters: &[Expr], more: Vec<Expr>| {
        let filters = filters.iter().cloned().chain(more).collect();
        scan.output(Output { window, ..Output::count(filters) })
    };
    let argument = leaf.argument.as_ref().filter(|_| leaf.function != AggregateFunction::Share);
    Doubtful {
        rows: count(&doubt.perhaps, vec![doubt.condition.clone()]),
        counted: count(filters, vec![doubt.condition.clone()]),
        nulls: argument.map(|argument| {
            let blank = argument.clone().is_null();
            count(filters, vec![doubt.condition.clone(), blank])
        }),
    }
}

fn certain(
    scan: &mut Scan,
    leaf: &Leaf,
    numerator: Option<&Expr>,
    filters: &[Expr],
    window: Option<Window>,
) -> Parts {
    let with = |more: Expr| {
        let mut filters = filters.to_vec();
        filters.push(more);
        filters
    };
    let count = |filters: Vec<Expr>| Output { window, ..Output::count(filters) };
    let rows = scan.output(count(filters.to_vec()));
    let Some(argument) = &leaf.argument else {
        return Parts::of_rows(rows);
    };
    if leaf.function == AggregateFunction::Share {
        let value = scan.output(count(with(argument.clone())));
        return Parts { value: Some(value), ..Parts::of_rows(rows) };
    }
    let nulls = scan.output(count(with(argument.clone().is_null())));
    let negatives = (leaf.kind == Kind::DURATION).then(|| {
        let negative = Expr::binary(BinaryOp::Less, argument.clone(), Expr::literal(Literal::NO_TIME));
        scan.output(count(with(negative)))
    });
    let function = match leaf.function {
        AggregateFunction::Sum | AggregateFunction::Mean | AggregateFunction::Spread => {
            Some(OutputFunction::Sum)
        }
        AggregateFunction::Min => Some(OutputFunction::Min),
        AggregateFunction::Max => Some(OutputFunction::Max),
        // In a cube the value of these comes from scans of their own.
        AggregateFunction::Median | AggregateFunction::Percentile(_) | AggregateFunction::CountDistinct => {
            window.map(|_| value_function(leaf))
        }
        AggregateFunction::Count | AggregateFunction::Share => None,
    };
    let value = function.map(|function| {
        let mut filters = without_negatives(leaf, filters.to_vec());
        if numerator.is_some() {
            // What is divided by nothing has no value, whatever is above the line.
            filters.push(argument.clone().is_known());
        }
        let argument = Some(numerator.unwrap_or(argument).clone());
        scan.output(Output { function, argument, filters, window })
    });
    Parts { nulls: Some(nulls), negatives, value, ..Parts::of_rows(rows) }
}

/// What the engine aggregates for a function whose values do not add up.
pub(super) fn value_function(leaf: &Leaf) -> OutputFunction {
    match leaf.function {
        AggregateFunction::CountDistinct => OutputFunction::CountDistinct,
        AggregateFunction::Percentile(p) => OutputFunction::Percentile(p),
        _ => OutputFunction::Percentile(goalpost_core::Decimal::new(5, 1)),
    }
}

/// Leaves out rows whose duration is negative: they are dirt, and counted.
pub(super) fn without_negatives(leaf: &Leaf, mut filters: Vec<Expr>) -> Vec<Expr> {
    if leaf.kind == Kind::DURATION
        && leaf.function != AggregateFunction::CountDistinct
        && let Some(argument) = &leaf.argument
    {
        filters.push(Expr::binary(
            BinaryOp::GreaterOrEqual,
            argument.clone(),
            Expr::literal(Literal::NO_TIME),
        ));
    }
    filters
}
