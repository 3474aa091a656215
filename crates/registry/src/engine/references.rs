//! References checked before they are joined: a key that is not unique would
//! multiply rows, and a sum with them.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::array::AsArray;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::DataFusionError;
use futures::{StreamExt, stream};
use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_core::name::{ColumnName, TableName};
use goalpost_core::schema::Reference;
use goalpost_core::source::Span;

use super::door;
use super::session::failed;
use crate::lower::rows::RowContext;
use crate::plan::needs::References;
use crate::scan::reading::{Key, Reading};

/// References by which some rows lead nowhere, with the table they start from and
/// how many do.
pub(crate) type Unmatched = BTreeMap<(TableName, ColumnName), u64>;

/// Checks that keys on the "one" side are unique (an error, with examples), but
/// for those that are known to be, and counts references that lead nowhere (a
/// warning).
pub(crate) async fn check(
    context: &RowContext<'_>,
    followed: &References,
    unique: &BTreeSet<(&TableName, &ColumnName)>,
    place: impl Fn(&TableName, &ColumnName) -> Option<Span>,
    at_once: usize,
) -> Result<(Vec<Diagnostic>, Unmatched), Vec<Diagnostic>> {
    let mut keys = unique.clone();
    let checks = followed.iter().map(|((from, _), reference)| {
        let is_new = keys.insert((&reference.table, &reference.key));
        async move {
            let duplicates = if is_new { duplicates(context, reference).await } else { Ok(Vec::new()) };
            (from, reference, duplicates, unmatched(context, from, reference).await)
        }
    });
    let found: Vec<_> = stream::iter(checks).buffered(at_once.max(1)).collect().await;
    let mut errors = Vec::new();
    let mut warnings = Vec::new();
    let mut lost = Unmatched::new();
    for (from, reference, duplicates, unmatched) in found {
        let at = place(from, &reference.name);
        match duplicates {
            Ok(examples) if examples.is_empty() => {}
            Ok(examples) => errors.push(
                Diagnostic::error(
                    Code::DuplicateKey,
                    format!(
                        "`{}` of {} is not unique, so following {from}.{} would count rows more than once: {}",
                        reference.key,
                        reference.table,
                        reference.name,
                        examples.join(", ")
                    ),
                )
                .at(goalpost_core::source::At(at.clone()))
                .help(format!("remove the duplicates from {}, or refer to a column that is unique", reference.table)),
            ),
            Err(error) => errors.push(failed(&error)),
        }
        match unmatched {
            Ok((0, _)) => {}
            Ok((rows, examples)) => {
                lost.insert((from.clone(), reference.name.clone()), rows);
                warnings.push(
                Diagnostic::warning(
                    Code::UnmatchedReference,
                    format!(
                        "{rows} rows of {from} have a `{}` that is not in {}, e.g. {}; what is reached through it is (none)",
                        reference.on,
                        reference.table,
                        examples.join(", ")
                    ),
                )
                .at(goalpost_core::source::At(at))
                .help("map the odd values with `values` in goalpost.toml, or complete the other table"),
            );
            }
            Err(error) => errors.push(failed(&error)),
        }
    }
    if errors.is_empty() { Ok((warnings, lost)) } else { Err(errors) }
}

/// How many rows lead nowhere by references that are not followed, but by which rows
/// meet in a join, or where a key is looked for.
pub(crate) async fn lost(
    context: &RowContext<'_>,
    meeting: &References,
    followed: &References,
    at_once: usize,
) -> Result<Unmatched, Diagnostic> {
    let others = meeting.iter().filter(|(name, _)| !followed.contains_key(*name));
    let counts = others.map(|(name, reference)| async move {
        let (rows, _) = unmatched(context, &name.0, reference).await?;
        Ok::<_, DataFusionError>((name.clone(), rows))
    });
    let counts: Vec<_> = stream::iter(counts).buffered(at_once.max(1)).collect().await;
    let counts: Result<Unmatched, DataFusionError> = counts.into_iter().collect();
    let mut lost = counts.map_err(|error| failed(&error))?;
    lost.retain(|_, rows| *rows > 0);
    Ok(lost)
}

/// Of groups of references, those that lead to one row at most, all of them. Those
/// checked before are known to.
pub(crate) async fn sound(
    context: &RowContext<'_>,
    checked: &References,
    groups: &[References],
) -> Result<Vec<bool>, Diagnostic> {
    let key = |reference: &Reference| (reference.table.clone(), reference.key.clone());
    let mut known: BTreeMap<(TableName, ColumnName), bool> =
        checked.values().map(|reference| (key(reference), true)).collect();
    let mut found = Vec::with_capacity(groups.len());
    for group in groups {
        let mut is_sound = true;
        for reference in group.values() {
            let is_unique = match known.get(&key(reference)) {
                Some(is_unique) => *is_unique,
                None => duplicates(context, reference).await.map_err(|error| failed(&error))?.is_empty(),
            };
            known.insert(key(reference), is_unique);
            is_sound &= is_unique;
        }
        found.push(is_sound);
    }
    Ok(found)
}

/// Values that occur more than once, with how often.
async fn duplicates(context: &RowContext<'_>, reference: &Reference) -> Result<Vec<String>, DataFusionError> {
    let reading = Reading::Repeated { key: theirs(reference), most: EXAMPLES };
    examples(&door::read(context, &reading).await?, "times")
}

/// How many rows refer to nothing, and to what.
async fn unmatched(
    context: &RowContext<'_>,
    from: &TableName,
    reference: &Reference,
) -> Result<(u64, Vec<String>), DataFusionError> {
    let (from, to) = (Key { table: from.clone(), column: reference.on.clone() }, theirs(reference));
    let reading = Reading::Unmatched { from: from.clone(), to: to.clone() };
    let mut total = 0;
    for batch in door::read(context, &reading).await? {
        if let Some(rows) = batch.column_by_name("rows") {
            let rows = cast(rows, &DataType::Int64)?;
            total += rows.as_primitive::<Int64Type>().iter().flatten().sum::<i64>();
        }
    }
    if total == 0 {
        return Ok((0, Vec::new()));
    }
    let reading = Reading::UnmatchedValues { from, to, most: EXAMPLES };
    let found = examples(&door::read(context, &reading).await?, "rows")?;
    Ok((u64::try_from(total).unwrap_or_default(), found))
}

/// The key that a reference leads to.
fn theirs(reference: &Reference) -> Key {
    Key { table: reference.table.clone(), column: reference.key.clone() }
}

/// Values that are shown.
const EXAMPLES: usize = 3;

fn examples(batches: &[RecordBatch], what: &str) -> Result<Vec<String>, DataFusionError> {
    let mut found = Vec::new();
    for batch in batches {
        let (Some(keys), Some(rows)) = (batch.column_by_name("key"), batch.column_by_name("rows")) else {
            continue;
        };
        let (keys, rows) = (cast(keys, &DataType::Utf8)?, cast(rows, &DataType::Int64)?);
        let keys = keys.as_string::<i32>();
        let rows = rows.as_primitive::<Int64Type>();
        for (key, rows) in keys.iter().zip(rows.iter()) {
            found.push(format!("{:?} ({} {what})", key.unwrap_or_default(), rows.unwrap_or_default()));
        }
    }
    Ok(found)
}
