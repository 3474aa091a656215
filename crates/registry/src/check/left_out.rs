//! What a figure lacks: rows that were left out of its inputs, against what its
//! goal allows.

use goalpost_core::Decimal;
use goalpost_core::goal::Policies;
use goalpost_core::number::Exact;
use goalpost_core::sample::{Input, Sample};

/// A figure that too many rows of any of its inputs are missing from is no figure.
pub(super) fn too_many_left_out(sample: &Sample, policies: &Policies) -> Option<String> {
    let most = policies.most_dropped();
    let most_of_rows = Exact::from(most);
    // A third that was written down is as good as a third.
    let is_beyond = |input: &&Input| {
        input.share_left_out().is_some_and(|share| share > most_of_rows && !share.is_close(&most_of_rows))
    };
    let mut said: Vec<String> = Vec::new();
    for input in sample.inputs.iter().filter(is_beyond) {
        let sentence = format!(
            "{} of {} rows of {} were left out ({})",
            input.dropped(),
            input.looked_at,
            input.rows,
            left_out(input)
        );
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    let percent = (most * Decimal::ONE_HUNDRED).round_dp(1).normalize();
    (!said.is_empty()).then(|| format!("{}, and at most {percent} % may be", said.join("; ")))
}

/// Rows left out, by reason.
pub(super) fn left_out(input: &Input) -> String {
    let reasons: Vec<String> = input.left_out.iter().map(|left| format!("{left}: {}", left.rows)).collect();
    reasons.join(", ")
}

/// Whether all rows of an input are there and none of them has a value.
pub(super) fn has_no_value(input: &Input) -> bool {
    input.n == 0 && !input.left_out.is_empty() && input.left_out.iter().all(|left| left.why.lacks_value())
}
