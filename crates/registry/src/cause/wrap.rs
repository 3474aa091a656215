//! What lies around the parts of a formula: windows, named periods, totals.

use std::sync::Arc;

use goalpost_core::measure::{Measure, MeasureKind, WindowShape};
use goalpost_core::source::At;

/// What lies around a part: the outermost comes first.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wrap {
    Window(WindowShape),
    /// A period that the formula names.
    Fixed(Arc<str>),
    Total,
}

impl Wrap {
    /// A measure with this around it.
    pub(super) fn around(&self, inner: Measure) -> Measure {
        let kind = match self {
            Self::Window(shape) => MeasureKind::Window(inner, *shape),
            Self::Fixed(label) => MeasureKind::InPeriod(inner, Arc::clone(label)),
            Self::Total => MeasureKind::Total(inner),
        };
        Measure::new(kind, At::default())
    }
}

/// With one more inside of them.
pub(super) fn within(wraps: &[Wrap], wrap: Wrap) -> Vec<Wrap> {
    let mut all = wraps.to_vec();
    all.push(wrap);
    all
}
