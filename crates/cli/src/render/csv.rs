//! What all CSV documents share.
//!
//! Texts that a spreadsheet would run as a formula are made harmless; numbers
//! are left alone.

use goalpost_core::sample::Sample;

use crate::escape::visible;

/// A document: a header, and records of its length.
pub(crate) fn document(header: Vec<String>, records: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing to memory cannot fail, and every record has the header's length.
    for record in std::iter::once(header).chain(records) {
        let _ = writer.write_record(record);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A text that no spreadsheet takes for a formula.
pub(crate) fn text(value: &str) -> String {
    let shown = visible(value);
    if value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{shown}")
    } else {
        shown.into_owned()
    }
}

/// What the inputs of a value lost, by reason: `deals: no amount: 3 of 1207`.
pub(crate) fn left_out(sample: &Sample) -> String {
    let gaps = sample.gaps();
    let gaps: Vec<String> =
        gaps.iter().map(|gap| format!("{}: {} of {}", gap.reason(), gap.left.rows, gap.looked_at)).collect();
    text(&gaps.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_harmless() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(text(formula).starts_with('\''), "{formula:?}");
        }
        assert_eq!(text("EMEA"), "EMEA");
    }
}
