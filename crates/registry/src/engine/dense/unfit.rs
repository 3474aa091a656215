//! Why the operator gives up; the plans are run instead.

use datafusion::common::DataFusionError;

/// An error that nobody is shown.
pub(super) fn unfit(why: &str) -> DataFusionError {
    DataFusionError::NotImplemented(why.to_owned())
}
