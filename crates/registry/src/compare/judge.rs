//! The test of one metric in one segment, from what was read for it.

use goalpost_core::Decimal;
use goalpost_core::calendar::Window;
use goalpost_core::comparison::{Change, Method};
use goalpost_core::measure::AggregateFunction;
use goalpost_core::outcome::{Computed, Outcome};
use goalpost_core::statistics::blocks::{Blocks, Series};
use goalpost_core::statistics::bootstrap::{REPLICATES, Replicates};
use goalpost_core::statistics::means::welch;
use goalpost_core::statistics::proportions::{self, Proportion, ProportionTest};
use goalpost_core::statistics::ranks::mann_whitney;
use goalpost_core::statistics::ratios::{self, CountRatio};
use goalpost_core::statistics::{Finding, quantiles};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

use super::method::{self, Approach, Common, Pair, Plan};
use super::sample::{DayCell, Samples};
use super::term::{Asks, Term, days_of, float};
use crate::plan::Leaves;
use crate::plan::align::{BySegment, SegmentKey};

/// Every row draws the same numbers, so that what a metric comes to does not
/// depend on what else is compared.
const SEED: u64 = 1;

/// Days that a window needs at least to be drawn from.
const LEAST_DAYS: usize = 14;
/// Rows that a window needs at least to be drawn from.
const LEAST_ROWS: u64 = 10;
/// Values that the normal approximation of the rank test needs.
const LEAST_RANKED: u64 = 8;
/// Values beyond a percentile that its bootstrap needs.
const LEAST_BEYOND: f64 = 5.0;
/// Values below which a mean is not yet normal by itself.
const FEW_VALUES: u64 = 30;

/// What the tests draw from.
pub(crate) struct Evidence<'a> {
    pub(crate) leaves: &'a Leaves,
    pub(crate) asks: &'a Asks,
    /// By place of the asks.
    pub(crate) values: &'a [BySegment],
    pub(crate) samples: &'a Samples,
}

/// What a test came to in a segment.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) method: Method,
    pub(crate) finding: Finding,
    pub(crate) agrees: bool,
    pub(crate) notes: Vec<String>,
}

impl Judged {
    fn plain(method: Method, finding: Finding) -> Self {
        Self { method, finding, agrees: true, notes: Vec::new() }
    }
}

/// A metric in one segment, as it was computed.
pub(crate) struct Measured<'a> {
    pub(crate) key: &'a SegmentKey,
    pub(crate) change: &'a Change,
    /// Rows behind the values.
    pub(crate) n: Pair<u64>,
}

impl Evidence<'_> {
    /// Tests a metric in a segment.
    ///
    /// # Errors
    /// Why it cannot be tested.
    pub(crate) fn judge(&self, plan: &Plan, measured: &Measured<'_>) -> Result<Judged, String> {
        let mut judged = self.approach(&plan.approach, measured)?;
        // A bootstrap of the whole formula has its factors inside.
        if judged.method != Method::BootstrapDays {
            let finding = &mut judged.finding;
            let ends = (finding.interval.0 * plan.factor, finding.interval.1 * plan.factor);
            finding.interval = (ends.0.min(ends.1), ends.0.max(ends.1));
            finding.difference *= plan.factor;
        }
        Ok(judged)
    }

    fn approach(&self, approach: &Approach, measured: &Measured<'_>) -> Result<Judged, String> {
        match approach {
            Approach::None(why) => Err(why.clone()),
            Approach::Share(asks) => {
                let share = |ask| self.share(ask, measured.key);
                proportions(Pair { before: share(asks.before)?, after: share(asks.after)? })
            }
            Approach::CountRatio(ratio) => self.count_ratio(ratio, measured),
            Approach::Mean(leaf, windows) => self.mean(*leaf, *windows, measured.key),
            Approach::Percentile(leaf, p, windows) => self.percentile(*leaf, *p, *windows, measured.key),
            Approach::Days(terms) => self.days(terms, measured),
        }
    }

    /// What was asked, in a segment; leaves that are not cut are the same everywhere.
    fn asked(&self, ask: usize, key: &SegmentKey) -> &Computed {
        let is_cut =
            self.asks.leaves.get(ask).is_none_or(|(leaf, _)| !self.leaves.get(*leaf).dimensions.is_empty());
        let whole = SegmentKey::new();
        self.values[ask].get(if is_cut { key } else { &whole })
    }

    fn share(&self, ask: usize, key: &SegmentKey) -> Result<Proportion, String> {
        let computed = self.asked(ask, key);
        let value = computed.outcome.value().ok_or("there are no rows in a window")?;
        let hits = value.checked_mul(Decimal::from(computed.n())).map(|hits| hits.round());
        let hits = hits.and_then(|hits| u64::try_from(hits).ok()).ok_or("it counts too many rows")?;
        Ok(Proportion { hits, n: computed.n() })
    }

    fn count(&self, ask: usize, key: &SegmentKey) -> Result<u64, String> {
        let value = self.asked(ask, key).outcome.value().ok_or("there are no rows in a window")?;
        u64::try_from(value.round()).map_err(|_| "it counts fewer rows than none".to_owned())
    }

    fn count_ratio(&self, ratio: &method::CountRatio, measured: &Measured<'_>) -> Result<Judged, String> {
        let one = |hits, base| -> Result<Proportion, String> {
            Ok(Proportion { hits: self.count(hits, measured.key)?, n: self.count(base, measured.key)? })
        };
        let counted = Pair {
            before: one(ratio.hits.before, ratio.base.before)?,
            after: one(ratio.hits.after, ratio.base.after)?,
        };
        let common = match ratio.common {
            Common::All => counted.map(|one| one.hits),
            Common::Counted(asks) => Pair {
                before: self.count(asks.before, measured.key)?,
                after: self.count(asks.after, measured.key)?,
            },
            Common::Either(asks) => {
                let both = |one: Proportion, either: u64| (one.hits + one.n).saturating_sub(either);
                Pair {
                    before: both(counted.before, self.count(asks.before, measured.key)?),
                    after: both(counted.after, self.count(asks.after, measured.key)?),
                }
            }
        };
        if common.before == counted.before.hits && common.after == counted.after.hits {
            let rest = |one: Proportion| Proportion { hits: one.n - one.hits, n: one.n };
            return proportions(if ratio.is_rest { counted.map(rest) } else { counted });
        }
        if !matches!(ratio.common, Common::Either(_)) {
            return self.approach(&ratio.otherwise, measured);
        }
        if counted.before.hits.min(counted.after.hits) < LEAST_ROWS {
            return Err(format!("it counts fewer than {LEAST_ROWS} in a window"));
        }
        let of = |one: Proportion, common| CountRatio { hits: one.hits, base: one.n, common };
        let finding = ratios::compare(of(counted.before, common.before), of(counted.after, common.after));
        let mut finding = finding.ok_or("it does not vary")?;
        if ratio.is_rest {
            finding.difference = -finding.difference;
            finding.interval = (-finding.interval.1, -finding.interval.0);
        }
        Ok(Judged::plain(Method::RatioOfCounts, finding))
    }

    fn mean(&self, leaf: usize, windows: Pair<Window>, key: &SegmentKey) -> Result<Judged, String> {
        let key = self.key_of(leaf, key);
        let moments = |window| {
            let found = self.samples.moments.get(&(leaf, window)).and_then(|segments| segments.get(&key));
            match found {
                Some(Some(moments)) => Ok(*moments),
                _ => Err("a window has fewer than two values, or numbers too large to square"),
            }
        };
        let (before, after) = (moments(windows.before)?, moments(windows.after)?);
        let finding = welch(&before, &after).ok_or("all values of a window are the same")?;
        let mut judged = Judged::plain(Method::Welch, finding);
        if before.n.min(after.n) < FEW_VALUES {
            judged.notes.push(format!(
                "fewer than {FEW_VALUES} values in a window: the test holds as far as they are about normal"
            ));
        }
        Ok(judged)
    }

    fn percentile(
        &self,
        leaf: usize,
        p: Decimal,
        windows: Pair<Window>,
        key: &SegmentKey,
    ) -> Result<Judged, String> {
        let key = self.key_of(leaf, key);
        let histogram = |window| {
            let found = self.samples.histograms.get(&(leaf, window)).and_then(|segments| segments.get(&key));
            found.ok_or("a window has no values")
        };
        let (before, after) = (histogram(windows.before)?, histogram(windows.after)?);
        let fewest = before.n().min(after.n());
        let fraction = float(p);
        let mut random = random();
        if p != Decimal::new(5, 1) {
            if fewest as f64 * fraction.min(1.0 - fraction) < LEAST_BEYOND {
                return Err("a window has too few values beyond the percentile".to_owned());
            }
            let finding = quantiles::compare(before, after, fraction, &mut random)
                .ok_or("it comes to the same in every draw")?;
            return Ok(Judged::plain(Method::BootstrapRows, finding));
        }
        if fewest < LEAST_RANKED {
            return Err(format!("a window has fewer than {LEAST_RANKED} values"));
        }
        let ranks = mann_whitney(before, after).ok_or("all values are the same")?;
        let medians = quantiles::quantile(before, fraction).zip(quantiles::quantile(after, fraction));
        let (earlier, later) = medians.ok_or("a window has no values")?;
        let difference = later - earlier;
        let interval = quantiles::compare(before, after, fraction, &mut random)
            .map_or((difference, difference), |found| found.interval);
        let agrees = difference != 0.0 && (difference > 0.0) == (ranks.larger > 0.5);
        let mut notes = Vec::new();
        if !agrees && ranks.p < goalpost_core::statistics::SIGNIFICANCE {
            notes.push("values tend the other way than their medians: look at the distribution".to_owned());
        }
        let finding = Finding { difference, interval, p: ranks.p };
        Ok(Judged { method: Method::MannWhitney, finding, agrees, notes })
    }

    fn key_of(&self, leaf: usize, key: &SegmentKey) -> SegmentKey {
        if self.leaves.get(leaf).dimensions.is_empty() { SegmentKey::new() } else { key.clone() }
    }

    fn days(&self, terms: &Pair<Term>, measured: &Measured<'_>) -> Result<Judged, String> {
        let mut made_of = Vec::new();
        terms.before.days(&mut made_of);
        terms.after.days(&mut made_of);
        let mut windows: Vec<Window> = made_of.iter().map(|(_, window)| *window).collect();
        windows.sort_unstable();
        windows.dedup();
        if windows.iter().any(|window| days_of(*window) < LEAST_DAYS) {
            return Err(format!("a window has fewer than {LEAST_DAYS} days to draw from"));
        }
        let rows = if measured.change.per_days.is_some() || is_total(terms, self.leaves) {
            measured.n.before.max(measured.n.after)
        } else {
            measured.n.before.min(measured.n.after)
        };
        if rows < LEAST_ROWS {
            return Err(format!("there are fewer than {LEAST_ROWS} rows to draw from"));
        }
        let parts: Vec<Part> =
            made_of.iter().map(|(leaf, window)| self.part(*leaf, *window, &windows, measured.key)).collect();
        let scale = measured.change.per_days.map_or(1.0, |(later, earlier)| later as f64 / earlier as f64);
        let given = |ask: usize| self.asked(ask, measured.key).outcome.value().map(float);
        let difference = |draws: Option<&[Vec<(usize, usize)>]>| {
            let day = |leaf: usize, window: Window| {
                let part = parts.iter().find(|part| part.leaf == leaf && part.window == window)?;
                part.value(draws.map(|draws| draws[part.place].as_slice()))
            };
            Some(terms.after.value(&day, &given)? - scale * terms.before.value(&day, &given)?)
        };
        let actual = difference(None).ok_or("its parts have no value of their own")?;
        let expected = float(measured.change.difference);
        if (actual - expected).abs() > 1e-6 * (1.0 + expected.abs()) {
            return Err("its days do not add up to it".to_owned());
        }
        let mut random = random();
        let mut draws: Vec<Vec<(usize, usize)>> = vec![Vec::new(); windows.len()];
        let mut values = Vec::with_capacity(REPLICATES);
        for _ in 0..REPLICATES {
            for (window, drawn) in windows.iter().zip(&mut draws) {
                Blocks::of(days_of(*window)).draw(&mut random, drawn);
            }
            values.extend(difference(Some(&draws)));
        }
        if values.len() * 100 < REPLICATES * 99 {
            return Err("it has no value in too many draws of its days".to_owned());
        }
        let pieces = windows.iter().map(|window| Blocks::of(days_of(*window)).count()).min().unwrap_or(0);
        let finding = Replicates::new(actual, values, pieces).and_then(|replicates| replicates.finding());
        let finding = finding.ok_or("it comes to the same in every draw of its days")?;
        let mut judged = Judged::plain(Method::BootstrapDays, finding);
        if terms.after.has_given() || terms.before.has_given() {
            judged.notes.push("stocks and plans in it are taken as they are, without chance".to_owned());
        }
        Ok(judged)
    }

    fn part(&self, leaf: usize, window: Window, windows: &[Window], key: &SegmentKey) -> Part {
        let cells = self.samples.days.get(&leaf).and_then(|segments| segments.get(&self.key_of(leaf, key)));
        let start = window.start.unwrap_or(window.end);
        let mut days = vec![DayCell::default(); days_of(window)];
        for (day, cell) in cells.into_iter().flat_map(|cells| cells.range(start..window.end)) {
            if let Ok(place) = usize::try_from((*day - start).num_days()) {
                days[place] = *cell;
            }
        }
        let series = |number: fn(&DayCell) -> f64| Series::new(&days.iter().map(number).collect::<Vec<_>>());
        let ask = self.asks.leaves.iter().position(|known| *known == (leaf, window));
        let outside = ask.is_some_and(|ask| matches!(self.asked(ask, key).outcome, Outcome::NoData(_)));
        let function = self.leaves.get(leaf).function;
        let (above, below) = match function {
            AggregateFunction::Count => (series(|cell| cell.rows), None),
            AggregateFunction::Share => (series(|cell| cell.sum), Some(series(|cell| cell.rows))),
            AggregateFunction::Mean => (series(|cell| cell.sum), Some(series(|cell| cell.known))),
            _ => (series(|cell| cell.sum), None),
        };
        let place = windows.iter().position(|known| *known == window).unwrap_or(0);
        Part { leaf, window, place, above, below, outside }
    }
}

/// A leaf over a window, by its days.
struct Part {
    leaf: usize,
    window: Window,
    /// The place of its window among those drawn.
    place: usize,
    above: Series,
    /// What it is divided by, of means and shares.
    below: Option<Series>,
    /// Whether its window lies outside of the data.
    outside: bool,
}

impl Part {
    /// Its value over all days, or over those drawn.
    fn value(&self, drawn: Option<&[(usize, usize)]>) -> Option<f64> {
        let sum = |series: &Series| drawn.map_or_else(|| series.total(), |drawn| series.over(drawn));
        if self.outside {
            return None;
        }
        match &self.below {
            None => Some(sum(&self.above)),
            Some(below) => {
                // Counts are whole; what is left of one after subtraction is nothing.
                let below = sum(below).round();
                (below > 0.0).then(|| sum(&self.above) / below)
            }
        }
    }
}

fn is_total(terms: &Pair<Term>, leaves: &Leaves) -> bool {
    matches!(&terms.after, Term::Days { leaf, .. }
        if matches!(leaves.get(*leaf).function, AggregateFunction::Count | AggregateFunction::Sum))
}

fn proportions(counted: Pair<Proportion>) -> Result<Judged, String> {
    let (finding, test) = proportions::compare(counted.before, counted.after)
        .ok_or("a window has no rows, or more rows above than below")?;
    let method = match test {
        ProportionTest::Pooled => Method::TwoProportions,
        ProportionTest::Exact => Method::FisherExact,
    };
    Ok(Judged::plain(method, finding))
}

fn random() -> impl FnMut() -> u64 {
    let mut generator = Pcg64::seed_from_u64(SEED);
    move || generator.next_u64()
}
