//! Whether doubles are what was written: each the nearest to a number of at most 15
//! digits with the decimals of its column, which a cast then gives back.
//!
//! A pass over these columns alone costs a fraction of converting their table, and
//! nothing has to be kept.

use std::ops::Range;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::Float64Type;
use goalpost_core::diagnostic::Diagnostic;

use super::damage::unreadable;
use super::open::{Contents, reader};
use crate::source::cell::number;
use crate::source::find::file::DataFile;
use crate::source::find::guard::guarded;

/// Values that are looked at together.
const AT_ONCE: usize = 1 << 15;

/// A column of doubles, and the decimals that are kept of them.
#[derive(Clone, Debug)]
pub(in crate::source) struct Double {
    pub(super) column: String,
    pub(super) scale: u8,
}

/// Whether all doubles in a run of row groups are what was written.
pub(in crate::source) fn are_written(
    file: &DataFile,
    contents: &Contents,
    groups: Range<usize>,
    doubles: &[Double],
) -> Result<bool, Diagnostic> {
    let mut wanted: Vec<(usize, &Double)> = Vec::with_capacity(doubles.len());
    for double in doubles {
        match contents.schema().index_of(&double.column) {
            Ok(place) => wanted.push((place, double)),
            Err(_) => return Ok(false),
        }
    }
    // The reader gives columns in the order of the file.
    wanted.sort_by_key(|(place, _)| *place);
    let mut order: Vec<usize> = wanted.iter().map(|(place, _)| *place).collect();
    order.dedup();
    guarded(file, || {
        let batches = reader(file, contents, &order)?
            .with_row_groups(groups.collect())
            .with_batch_size(AT_ONCE)
            .build();
        for batch in batches.map_err(|error| unreadable(file, &error))? {
            let batch = batch.map_err(|error| unreadable(file, &error))?;
            for (place, double) in &wanted {
                let column = order.binary_search(place).map(|column| batch.column(column));
                let values = column.ok().and_then(|column| column.as_primitive_opt::<Float64Type>());
                let power = number::power(double.scale);
                let is_written = |value: f64| number::written(value, power).is_some();
                let all = values.is_some_and(|values| match values.null_count() {
                    0 => values.values().iter().all(|value| is_written(*value)),
                    _ => values.iter().flatten().all(is_written),
                });
                if !all {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    })
}
