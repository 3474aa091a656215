//! The SMART review for people: a line per goal, and below it what is missing.

use std::fmt::Write as _;

use goalpost_core::Decimal;
use goalpost_core::review::{Facts, History, letters};
use goalpost_core::segment::label;
use goalpost_core::unit::{Direction, Unit};

use crate::escape::visible;
use crate::format::Format;

/// The review of goals, in their order.
pub(crate) fn review(facts: &[Facts], currency: &str) -> String {
    if facts.is_empty() {
        return "no goals: write `goal(\"close_rate\", #{ target: 0.25 });` in metrics.d/goals.rhai\n"
            .to_owned();
    }
    let names: Vec<String> = facts.iter().map(|facts| visible(facts.goal.as_str()).into_owned()).collect();
    let width =
        names.iter().map(|name| unicode_width::UnicodeWidthStr::width(name.as_str())).max().unwrap_or(0);
    let mut text = String::new();
    let mut smart = 0;
    for (facts, name) in facts.iter().zip(&names) {
        let letters = letters(facts);
        let word: String =
            letters.iter().map(|letter| if letter.missing.is_none() { letter.letter } else { '·' }).collect();
        smart += usize::from(letters.iter().all(|letter| letter.missing.is_none()));
        let gap = " ".repeat(width.saturating_sub(unicode_width::UnicodeWidthStr::width(name.as_str())));
        let _ = writeln!(text, "{name}{gap}  {word}  {}", shown(facts, currency));
        for letter in &letters {
            if let Some(missing) = &letter.missing {
                let _ = writeln!(text, "    {}  {}", letter.letter, visible(missing));
            }
        }
    }
    let _ = writeln!(text, "\n{smart} of {} goals are SMART", facts.len());
    text
}

/// What history shows, in a line.
fn shown(facts: &Facts, currency: &str) -> String {
    let format = Format { unit: facts.unit, currency };
    let History { judged, met, furthest, needed, best, projection } = &facts.history;
    let mut parts = Vec::new();
    if let Ok(value) = facts.value
        && furthest.is_empty()
    {
        parts.push(format!("now {}", format.value(value)));
    }
    if *judged > 0 {
        parts.push(format!("met in {met} of {judged}"));
    }
    let whom: Vec<String> =
        furthest.iter().map(|(name, value)| format!("{name}={}", label(value.as_deref()))).collect();
    let whom = if whom.is_empty() { String::new() } else { format!("{} ", whom.join(", ")) };
    match needed {
        Some(needed) if *needed > Decimal::ZERO => {
            let signed = |change: Decimal| match facts.better {
                Some(Direction::Lower) => changed(-change, facts.unit),
                _ => changed(change, facts.unit),
            };
            let best = best
                .map_or_else(|| "no change seen".to_owned(), |best| format!("best seen {}", signed(best)));
            parts.push(format!("{whom}needs {}, {best}", signed(*needed)));
        }
        Some(_) => parts.push(format!("{whom}reached")),
        None => {}
    }
    if let Some(projection) = projection {
        let reaches = if projection.reaches { "reaches it" } else { "falls short" };
        parts.push(format!(
            "{} as in {}: {} {reaches}",
            projection.period.label,
            projection.from.label,
            format.value(projection.value)
        ));
    }
    visible(&parts.join(" · ")).into_owned()
}

/// A change with its sign: of scores and percentages in points, else relative.
fn changed(change: Decimal, unit: Unit) -> String {
    let hundredfold = change.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(change).round_dp(1);
    match unit {
        Unit::Points => format!("{:+} points", change.round_dp(1)),
        Unit::Percent => format!("{hundredfold:+} points"),
        _ => format!("{hundredfold:+} %"),
    }
}
