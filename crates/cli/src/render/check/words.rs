//! What the formats say of a verdict, in words: numbers by unit, what is aimed
//! at, why it stands so, what moved it.
//!
//! Everything here is made visible: no text of a script or of the data reaches
//! a terminal, a page or a log as more than text. What a format needs besides
//! (quotes, entities, percent signs) is the format's business.

use goalpost_core::Decimal;
use goalpost_core::diagnostic::Diagnostic;
use goalpost_core::goal::Severity;
use goalpost_core::report::{Aim, Cause, Paced, Segment, Verdict};
use goalpost_core::segment::label;
use goalpost_core::unit::{Direction, Unit};
use goalpost_core::verdict::{ExitCode, Gate, VerdictKind};

use super::Checked;
use crate::escape::visible;
use crate::format::{self, Format};

/// A verdict's value and what it is compared with, with as many decimals as it
/// takes that different numbers look different.
pub(crate) struct Figures {
    /// The value, or a dash.
    pub(crate) value: String,
    /// `target ≥ 33.0 %, limit 25.0 %`; empty where no level has a value.
    pub(crate) aim: String,
}

/// The mark of what has no value.
pub(crate) const NOTHING: &str = "–";

/// The figures of a verdict.
pub(crate) fn figures(verdict: &Verdict, currency: &str) -> Figures {
    let levels: Vec<(&str, Option<Decimal>)> = match &verdict.aim {
        Aim::Levels { target, limit, stretch, better } => {
            let sign = if *better == Direction::Higher { "target ≥ " } else { "target ≤ " };
            let limit = limit.filter(|limit| Some(*limit) != *target);
            vec![(sign, *target), ("limit ", limit), ("stretch ", *stretch)]
        }
        Aim::Between { low, high } => match (low, high) {
            (Some(_), Some(_)) => vec![("between ", *low), ("and ", *high)],
            _ => vec![("from ", *low), ("up to ", *high)],
        },
        Aim::Check => Vec::new(),
    };
    let numbers: Vec<Decimal> =
        verdict.value.into_iter().chain(levels.iter().filter_map(|(_, level)| *level)).collect();
    let mut texts = Format { unit: verdict.unit, currency }.values(&numbers).into_iter();
    let value = verdict.value.and_then(|_| texts.next()).unwrap_or_else(|| NOTHING.to_owned());
    let levels: Vec<String> = levels
        .iter()
        .filter_map(|(words, level)| level.and_then(|_| texts.next()).map(|text| format!("{words}{text}")))
        .collect();
    let aim = match &verdict.aim {
        Aim::Check => "checked by a function".to_owned(),
        Aim::Between { .. } => levels.join(" "),
        Aim::Levels { .. } => levels.join(", "),
    };
    Figures { value, aim }
}

/// `region=EMEA, kind=(none)`; empty where nothing is cut.
pub(crate) fn segment(segment: &Segment) -> String {
    let parts = segment.iter().map(|(name, value)| format!("{name}={}", label(value.as_deref())));
    visible(&joined(parts, ", ")).into_owned()
}

/// The goal with its segment: `close_rate (region=EMEA)`.
pub(crate) fn subject(verdict: &Verdict) -> String {
    let goal = visible(verdict.goal.as_str());
    match segment(&verdict.segment) {
        part if part.is_empty() => goal.into_owned(),
        part => format!("{goal} ({part})"),
    }
}

/// The subjects of all verdicts. They are the same from run to run; only where
/// a goal and segment is judged in several periods, each says which.
pub(crate) fn subjects(verdicts: &[Verdict]) -> Vec<String> {
    let plain: Vec<String> = verdicts.iter().map(subject).collect();
    let again = |text: &String| plain.iter().filter(|other| *other == text).count() > 1;
    let named = |(verdict, text): (&Verdict, &String)| match &verdict.period {
        Some(period) if again(text) => format!("{text} {}", visible(&period.label)),
        _ => text.clone(),
    };
    verdicts.iter().zip(&plain).map(named).collect()
}

/// The period's label; empty where none could be chosen.
pub(crate) fn period(verdict: &Verdict) -> &str {
    verdict.period.as_ref().map_or("", |period| period.label.as_str())
}

/// A kind in two words at most.
pub(crate) const fn kind(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::AtRisk => "at risk",
        VerdictKind::NoData => "no data",
        other => other.name(),
    }
}

/// A mark that stands for a kind without colour.
pub(crate) const fn symbol(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Met => "✓",
        VerdictKind::AtRisk => "!",
        VerdictKind::Missed => "✗",
        VerdictKind::NoData => "?",
        VerdictKind::Incomplete => "%",
        VerdictKind::Inconclusive => "~",
        VerdictKind::Pending => "…",
        VerdictKind::Waived => "-",
    }
}

/// A verdict in one line: `missed in 2026-03: 19.0 %, target ≥ 25.0 %; below the limit`.
pub(crate) fn headline(verdict: &Verdict, currency: &str) -> String {
    let figures = figures(verdict, currency);
    let place = match period(verdict) {
        "" => String::new(),
        label => format!(" in {}", visible(label)),
    };
    let numbers = joined([figures.value, figures.aim], ", ");
    let reason = visible(&verdict.reason).into_owned();
    joined([format!("{}{place}: {numbers}", kind(verdict.kind)), reason], "; ")
}

/// What a reader needs who has to act, beside the reason: a line each.
pub(crate) fn details(verdict: &Verdict, currency: &str) -> Vec<String> {
    [
        pace(verdict, currency),
        interval(verdict),
        // What is incomplete for one reason has said so, with its numbers.
        left_out(verdict)
            .filter(|_| verdict.kind != VerdictKind::Incomplete || verdict.sample.gaps().len() > 1),
        verdict.cause.as_ref().map(|cause| moved_by(cause, verdict.unit, currency)),
        verdict.waiver.as_ref().map(|waiver| {
            let instead = kind(waiver.instead_of);
            let at = if waiver.at.file.name.is_empty() { String::new() } else { format!(" ({})", waiver.at) };
            format!("waived by {} until {}, else {instead}: {}{at}", waiver.by, waiver.expires, waiver.why)
        }),
        Some(about(verdict)),
    ]
    .into_iter()
    .flatten()
    .filter(|line| !line.is_empty())
    .map(|line| visible(&line).into_owned())
    .collect()
}

/// Metric, owner, due date and purpose.
fn about(verdict: &Verdict) -> String {
    let metric =
        (verdict.goal.as_str() != verdict.metric.as_str()).then(|| format!("metric {}", verdict.metric));
    let about = [
        metric,
        (verdict.severity == Severity::Advise).then(|| "advises only".to_owned()),
        verdict.owner.as_ref().map(|owner| format!("owner {owner}")),
        verdict.due.as_ref().map(|due| format!("due {due}")),
        verdict.why.clone(),
    ];
    joined(about.into_iter().flatten(), " · ")
}

/// How the running period does, for a goal that asks for pacing.
pub(crate) fn pace(verdict: &Verdict, currency: &str) -> Option<String> {
    let Paced { elapsed, expected, projected } = verdict.pace.as_ref()?;
    let numbers: Vec<Decimal> = verdict.value.into_iter().chain([*expected, *projected]).collect();
    let texts = Format { unit: verdict.unit, currency }.values(&numbers);
    let [.., expected, projected] = &texts[..] else { return None };
    let elapsed = Format { unit: Unit::Percent, currency }.value(*elapsed);
    Some(format!("expected {expected} by now, {elapsed} of the whole; at this pace {projected} at the end"))
}

/// The interval, where it leaves open on which side of a level the value lies.
fn interval(verdict: &Verdict) -> Option<String> {
    let (low, high) = verdict.interval?;
    let (low, high) = (Decimal::from_f64_retain(low)?, Decimal::from_f64_retain(high)?);
    let levels = match &verdict.aim {
        Aim::Levels { target, limit, .. } => [*target, *limit],
        Aim::Between { low, high } => [*low, *high],
        Aim::Check => [None, None],
    };
    let is_open = levels.into_iter().flatten().any(|level| low <= level && level <= high);
    if !is_open && verdict.kind != VerdictKind::Inconclusive {
        return None;
    }
    let format = Format { unit: verdict.unit, currency: "" };
    Some(format!(
        "interval {} to {} (n {})",
        format.value(low),
        format.value(high),
        format::count(verdict.n())
    ))
}

/// What the value's inputs lost, also where a policy allows it:
/// `rows left out of deals: no amount, 40 of 50 (80.0 %)`.
pub(crate) fn left_out(verdict: &Verdict) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut before = "";
    for gap in verdict.sample.gaps() {
        // What they are is said once for those that follow each other.
        let what = if gap.what() == before { String::new() } else { format!("{} ", gap.what()) };
        before = gap.what();
        parts.push(format!(
            "{what}{}, {} of {} ({})",
            gap.reason(),
            format::count(gap.left.rows),
            format::count(gap.looked_at),
            format::share(gap.share())
        ));
    }
    let parts = joined(parts, "; ");
    (!parts.is_empty()).then(|| visible(&parts).into_owned())
}

/// What moved the value: `since 2026-Q1 (41.2 %) -4.4 points: won -3.1 points, …; mostly region EMEA`.
fn moved_by(cause: &Cause, unit: Unit, currency: &str) -> String {
    let effect = |effect: Decimal| changed(effect, unit, currency);
    let parts: Vec<String> =
        cause.parts.iter().map(|part| format!("{} {}", part.name, effect(part.effect))).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    let before = Format { unit, currency }.value(cause.before);
    let mut text = format!("since {} ({before}) {}{parts}", cause.against.label, effect(cause.change));
    if let (Some(dimension), [first, ..]) = (&cause.dimension, &cause.segments[..]) {
        const MOST: usize = 2;
        let mut named: Vec<String> = cause
            .segments
            .iter()
            .take(MOST)
            .map(|segment| format!("{} {}", label(segment.value.as_deref()), effect(segment.effect)))
            .collect();
        // Whether it became more or less of the whole, or better or worse itself.
        if let (Some(mix), Some(rate), Some(text)) = (first.mix, first.rate, named.first_mut()) {
            text.push_str(&format!(" (mix {}, rate {})", effect(mix), effect(rate)));
        }
        text.push_str(&format!("; mostly {dimension} {}", named.join(", ")));
    }
    text
}

/// A change in the metric's unit, of a percentage or a score in points. Never
/// relative to what was before: effects that cancel out would look like many times
/// the whole.
fn changed(effect: Decimal, unit: Unit, currency: &str) -> String {
    let text = match unit {
        Unit::Percent => {
            let points = effect.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(effect);
            format!("{} points", Format { unit: Unit::Points, currency }.value(points))
        }
        Unit::Points => format!("{} points", Format { unit, currency }.value(effect)),
        // With as many decimals as it takes to tell it from no change.
        _ if effect.is_zero() => Format { unit, currency }.value(effect),
        _ => {
            let texts = Format { unit, currency }.values(&[effect, Decimal::ZERO]);
            texts.into_iter().next().unwrap_or_default()
        }
    };
    // What is rounded to nothing has no sign.
    let is_up = effect > Decimal::ZERO && text.contains(|c: char| ('1'..='9').contains(&c));
    if is_up { format!("+{text}") } else { text }
}

/// How many verdicts of each kind, and what it means: `5 met, 1 missed as of …: the gate fails (exit code 1)`.
pub(crate) fn summary(checked: &Checked<'_>) -> String {
    let as_of = checked.report.map(|report| format!(" as of {}", report.as_of)).unwrap_or_default();
    format!("{}{as_of}: {} (exit code {})", counts(checked), gate(checked), checked.exit as u8)
}

/// How many verdicts of each kind.
pub(crate) fn counts(checked: &Checked<'_>) -> String {
    let count = |kind| checked.verdicts().iter().filter(|verdict| verdict.kind == kind).count();
    let parts = VerdictKind::ALL.into_iter().map(|one| (count(one), kind(one)));
    let counts =
        joined(parts.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")), ", ");
    match (counts.is_empty(), checked.report) {
        (false, _) => counts,
        (true, Some(_)) => "no goals".to_owned(),
        (true, None) => "no verdicts".to_owned(),
    }
}

/// What the exit code means for the gate.
pub(crate) const fn gate(checked: &Checked<'_>) -> &'static str {
    match checked.exit {
        ExitCode::Success => "the gate passes",
        ExitCode::Missed => "the gate fails",
        ExitCode::NothingJudged => "nothing was judged",
        ExitCode::Usage | ExitCode::Data => "the gate could not be judged",
    }
}

/// A diagnostic in one line with its remedy, without its place.
pub(crate) fn problem(diagnostic: &Diagnostic) -> String {
    let help = diagnostic.help.as_ref().map(|help| format!("help: {}", help.replace('\n', "; ")));
    let parts = [
        Some(diagnostic.message.clone()),
        Some(diagnostic.label.clone()).filter(|label| !label.is_empty()),
        help,
    ];
    visible(&joined(parts.into_iter().flatten(), "; ")).into_owned()
}

/// How bad a finding is, in a word.
pub(crate) const fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        goalpost_core::diagnostic::Severity::Error => "error",
        goalpost_core::diagnostic::Severity::Warning => "warning",
        goalpost_core::diagnostic::Severity::Note => "note",
    }
}

/// Whether a verdict is one that people have to look at.
pub(crate) fn needs_attention(verdict: &Verdict) -> bool {
    verdict.gate == Gate::Fails || !matches!(verdict.kind, VerdictKind::Met | VerdictKind::Pending)
}

/// The parts that are not empty, with something between them.
pub(crate) fn joined(parts: impl IntoIterator<Item = String>, between: &str) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::render::fixture;

    #[test]
    fn every_aim_reads_as_a_sentence() {
        let verdicts = fixture::every_kind().verdicts;
        let lines: Vec<String> = verdicts.iter().map(|verdict| headline(verdict, "USD")).collect();
        assert_snapshot!(lines.join("\n"), @"
        met in 2026-02: 25.0 %, target ≥ 25.0 %, limit 20.0 %, stretch 30.0 %; at or above the target
        missed in 2026-02: 19.9999 %, target ≥ 25.0000 %, limit 20.0000 %; below the limit
        at risk in 2026-02: 5.0 hours, target ≤ 4.0 hours, limit 8.0 hours; between limit and target
        pending in 2026-02: $400,000.00, target ≥ $1,000,000.00; 2026-02 is not over; behind
        missed in 2026-02: $900.00, target ≥ $1,200.00, limit $1,000.00; below the limit
        waived in 2026-02: 19.9999 %, target ≥ 25.0000 %, limit 20.0000 %; below the limit
        inconclusive in 2026-02: 30.0 %, between 20.0 % and 40.0 %; 11 rows are too few to tell
        missed in 2026-02: 50.0 %, checked by a function; half of it is one customer
        no data: –, target ≥ 25.0 %, limit 20.0 %; no ended deals
        incomplete in 2026-02: 25.0 %, target ≥ 25.0 %, limit 20.0 %, stretch 30.0 %; 40 % of the rows were left out (no amount: 40), and at most 5 % may be
        incomplete in 2026-02: 25.0 %, target ≥ 25.0 %, limit 20.0 %, stretch 30.0 %; 40 % of the rows were left out (no amount: 40), and at most 5 % may be
        ");
    }

    #[test]
    fn details_are_complete_and_short() {
        let verdicts = fixture::every_kind().verdicts;
        let lines: Vec<String> = verdicts
            .iter()
            .map(|verdict| format!("{}\n  {}", kind(verdict.kind), details(verdict, "USD").join("\n  ")))
            .collect();
        assert_snapshot!(lines.join("\n"), @"
        met
          owner sales-ops · due 2026-12-31 · board plan 2026
        missed
          interval 18.0 % to 22.0 % (n 1,204)
          since 2026-01 (25.0 %) -5.0 points: won -6.0 points, ended +1.0 points; mostly rep 017 -4.0 points (mix -1.0 points, rate -3.0 points)
          metric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026
        at risk
          
        pending
          expected $500,000.00 by now, 50.0 % of the whole; at this pace $800,000.00 at the end
          owner sales-ops · due 2026-12-31 · board plan 2026
        missed
          since 2026-01 ($1,000.00) -$100.00: won_revenue -$100.00
          metric won_revenue · advises only · owner sales-ops · due 2026-12-31 · board plan 2026
        waived
          waived by dana until 2026-09-30, else missed: the new CRM (metrics.d/goals.rhai:20:1)
          metric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026
        inconclusive
          interval 10.0 % to 50.0 % (n 11)
          owner sales-ops · due 2026-12-31 · board plan 2026
        missed
          owner sales-ops · due 2026-12-31 · board plan 2026
        no data
          metric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026
        incomplete
          metric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026
        incomplete
          metric close_rate · owner sales-ops · due 2026-12-31 · board plan 2026
        ");
    }

    #[test]
    fn a_subject_judged_twice_says_when() {
        let verdicts = fixture::check().verdicts;
        let twice = [verdicts[0].clone(), verdicts[0].clone(), verdicts[1].clone()];
        assert_eq!(
            subjects(&twice),
            ["close_rate 2026-02", "close_rate 2026-02", "close rate by region (region=EMEA)"]
        );
        assert_eq!(subjects(&twice[1..]), ["close_rate", "close rate by region (region=EMEA)"]);
    }
}
