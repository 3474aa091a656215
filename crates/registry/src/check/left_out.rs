//! What a figure lacks: rows that were left out of its inputs, against what its
//! goal allows.

use goalpost_core::Decimal;
use goalpost_core::goal::Policies;
use goalpost_core::number::Exact;
use goalpost_core::sample::{Input, Sample};

/// A figure that too many rows of any of its inputs are missing from is no figure.
///
/// Rows without a key are not missing, they count, and their number says nothing of
/// what they do: one total doubles a sum of a thousand rows. So none may be there
/// unless somebody has said how many.
pub(super) fn too_many_left_out(sample: &Sample, policies: &Policies) -> Option<String> {
    let most = policies.most_dropped();
    let missing = beyond(sample, most, |input| !is_counted(input));
    let doubtful = beyond(sample, policies.max_dropped.unwrap_or_default(), is_counted);
    let mut said = Vec::new();
    if !missing.is_empty() {
        said.push(format!("{}, and at most {} may be", missing.join("; "), percent(most)));
    }
    if !doubtful.is_empty() {
        let may = match policies.max_dropped {
            Some(most) => format!("at most {} are allowed", percent(most)),
            None => "without `max_dropped` none is allowed".to_owned(),
        };
        said.push(format!("{}: each may be a total or be there twice, and {may}", doubtful.join("; ")));
    }
    (!said.is_empty()).then(|| said.join("; "))
}

/// Those inputs of which a larger share is missing, or in doubt, in words.
fn beyond(sample: &Sample, most: Decimal, is_meant: impl Fn(&Input) -> bool) -> Vec<String> {
    let most = Exact::from(most);
    let mut said: Vec<String> = Vec::new();
    for input in sample.inputs.iter().filter(|input| is_meant(input)) {
        // A third that was written down is as good as a third.
        if !input.share_left_out().is_some_and(|share| share > most && !share.is_close(&most)) {
            continue;
        }
        let what = match (is_counted(input), input.dropped()) {
            (false, _) => "were left out",
            (true, 1) => "counts in doubt",
            (true, _) => "count in doubt",
        };
        let (dropped, all) = (input.dropped(), input.looked_at);
        let sentence = format!("{dropped} of {all} rows of {} {what} ({})", input.rows, left_out(input));
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    said
}

/// Whether what is odd about its rows does not keep them from counting.
fn is_counted(input: &Input) -> bool {
    input.left_out.iter().any(|left| left.why.is_counted())
}

fn percent(share: Decimal) -> String {
    format!("{} %", (share * Decimal::ONE_HUNDRED).round_dp(1).normalize())
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
