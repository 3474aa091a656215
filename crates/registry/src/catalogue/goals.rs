//! The check of goals against the metrics they judge. What is wrong whatever the metric
//! ([`Goal::contradictions`]) was said where the goal is declared.

use goalpost_core::Decimal;
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::goal::{Goal, Level, Rule};
use goalpost_core::measure::{AggregateFunction, Measure, MeasureKind};
use goalpost_core::name::{DimensionName, MetricName};
use goalpost_core::segment::Whom;
use goalpost_core::unit::{Direction, Kind, Unit};

use super::expr_check::{Checker, Problem};
use super::{Catalogue, Entry};

impl Catalogue {
    /// Reports everything that keeps a goal from being judged.
    pub(super) fn check_goal(&self, goal: &Goal, diagnostics: &mut Vec<Diagnostic>) {
        let Some(entry) = self.entries.get(&goal.metric) else {
            diagnostics.push(
                Diagnostic::error(
                    Code::UnknownMetric,
                    format!(
                        "the goal `{}` judges a metric that does not exist: `{}`",
                        goal.name, goal.metric
                    ),
                )
                .at(if goal.metric_at.span().is_some() {
                    goal.metric_at.clone()
                } else {
                    goal.at.clone().into()
                })
                .help(did_you_mean(goal.metric.as_str(), self.entries.keys().map(MetricName::as_str))),
            );
            return;
        };
        // What can be told without data.
        check_direction(goal, entry, diagnostics);
        self.check_confidence(goal, entry, diagnostics);
        self.check_percentages(goal, entry, diagnostics);
        self.check_whole(goal, entry, diagnostics);
        self.check_periods(goal, diagnostics);
        self.check_measures(goal, entry, diagnostics);
        // What lacks data is unavailable, and said where the goal is judged.
        if !self.needs_of_goal(goal).is_empty() {
            return;
        }
        self.check_segments(goal, entry, diagnostics);
    }

    /// Checks that levels and parts are measures that can be compared.
    fn check_measures(&self, goal: &Goal, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
        for (_, part) in &goal.parts {
            let whole = match &*part.kind {
                MeasureKind::Split(inner, _) => inner,
                _ => part,
            };
            self.check_measure(goal, whole, diagnostics);
        }
        for (_, level) in
            goal.rule.levels().into_iter().chain(goal.whole.as_ref().map(|whole| ("whole", whole)))
        {
            match level {
                Level::Duration(_) if entry.unit.kind() != goalpost_core::unit::Kind::DURATION => diagnostics
                    .push(
                        Diagnostic::error(
                            Code::TypeMismatch,
                            format!(
                                "the goal `{}` compares `{}` ({}) with a duration",
                                goal.name, goal.metric, entry.unit
                            ),
                        )
                        .at(goal.at.clone())
                        .help("give the level as a number in the metric's unit"),
                    ),
                Level::Duration(step) if step.unit.seconds().is_none() => diagnostics.push(
                    Diagnostic::error(
                        Code::TypeMismatch,
                        format!("the goal `{}` compares with {step}, which has no fixed length", goal.name),
                    )
                    .at(goal.at.clone())
                    .help("write it in days or weeks"),
                ),
                Level::Measure(measure) => {
                    let kind = self.check_measure(goal, measure, diagnostics);
                    if let Some(kind) = kind
                        && kind != entry.kind
                    {
                        diagnostics.push(
                            Diagnostic::error(
                                Code::TypeMismatch,
                                format!("the goal `{}` compares {} with {kind}", goal.name, entry.kind),
                            )
                            .at(measure.at.clone())
                            .help("compare the metric with a level of its own kind"),
                        );
                    }
                }
                _ => {}
            }
        }
    }

    /// The kind of a measure that was checked before.
    pub(crate) fn kind_of(&self, measure: &Measure) -> Option<Kind> {
        let measure = match &*measure.kind {
            MeasureKind::Split(inner, _) => inner,
            _ => measure,
        };
        Checker::new(self.shapes(), &self.calendar).measure(measure, &self.kinds)
    }

    /// The kind of a measure of a goal, with everything that is wrong with it.
    fn check_measure(
        &self,
        goal: &Goal,
        measure: &Measure,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Kind> {
        let kind = Checker::new(self.shapes(), &self.calendar).measure(measure, &self.kinds);
        let (_, problems) = self.needs_of_measure(measure);
        for problem in problems {
            diagnostics.push(match problem {
                Problem::Wrong(diagnostic) => diagnostic,
                Problem::Missing { table, column, at, help } => {
                    let what = column.map_or_else(|| table.to_string(), |column| format!("{table}.{column}"));
                    Diagnostic::error(Code::Unavailable, format!("the goal `{}` needs {what}", goal.name))
                        .at(at)
                        .help(help)
                }
            });
        }
        for name in super::order::references(measure) {
            if !self.entries.contains_key(&name) {
                diagnostics.push(
                    Diagnostic::error(Code::UnknownMetric, format!("there is no metric `{name}`"))
                        .at(measure.at.clone())
                        .help(did_you_mean(name.as_str(), self.entries.keys().map(MetricName::as_str))),
                );
            }
        }
        kind
    }

    /// A goal that asks for a certainty that its metric cannot tell.
    fn check_confidence(&self, goal: &Goal, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
        let asked = goal.policies.confidence.is_some_and(|confidence| !confidence.is_zero());
        if asked && !self.has_interval(&entry.metric.value) {
            diagnostics.push(
                Diagnostic::error(
                    Code::GoalInvalid,
                    format!(
                        "the goal `{}` asks for a confidence, and `{}` has no interval",
                        goal.name, goal.metric
                    ),
                )
                .at(goal.at.clone())
                .help("only a share of rows (`t.share(…)`) has one; ask for a `min_sample` instead"),
            );
        }
    }

    fn has_interval(&self, measure: &Measure) -> bool {
        match &*measure.kind {
            MeasureKind::Metric(name) => {
                self.entries.get(name).is_some_and(|entry| self.has_interval(&entry.metric.value))
            }
            MeasureKind::Window(inner, _) | MeasureKind::InPeriod(inner, _) | MeasureKind::Total(inner) => {
                self.has_interval(inner)
            }
            _ => is_share(measure),
        }
    }

    /// A goal needs a period between its first and its last day.
    fn check_periods(&self, goal: &Goal, diagnostics: &mut Vec<Diagnostic>) {
        let Some(from) = goal.from else { return };
        let period = self.calendar.period(goal.every, from);
        let problem = match (period.start, goal.due) {
            (None, _) => "`from` has no use with `every: \"all\"`, which looks at everything".to_owned(),
            (Some(start), Some(due)) => {
                let first = if start < from { self.calendar.period(goal.every, period.end) } else { period };
                let day_after = due.succ_opt().unwrap_or(due);
                if first.end <= day_after {
                    return;
                }
                format!("no whole {} lies between `from` {from} and `due` {due}", goal.every)
            }
            (Some(_), None) => return,
        };
        diagnostics.push(
            Diagnostic::error(
                Code::GoalInvalid,
                format!("the goal `{}` is never judged: {problem}", goal.name),
            )
            .at(goal.at.clone())
            .help("move one of the dates, or choose a smaller `every`"),
        );
    }

    /// Only amounts and counts add up over segments.
    fn check_whole(&self, goal: &Goal, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
        if goal.whole.is_none() {
            return;
        }
        let problem = if !matches!(goal.rule, Rule::Levels { .. }) {
            "it is not judged by a target"
        } else if goal.by.is_empty() {
            "it is not judged by segment"
        } else if !goal.segment.is_empty() {
            "`where` leaves segments out, and the whole would still have them"
        } else if goal
            .rule
            .levels()
            .iter()
            .any(|(key, level)| *key == "target" && matches!(level, Level::Function(_)))
        {
            "a target that is a function has no value before there is one to judge"
        } else if !matches!(entry.unit, Unit::Count | Unit::Money) {
            "its metric does not add up over segments"
        } else {
            return;
        };
        diagnostics.push(
            Diagnostic::error(
                Code::GoalInvalid,
                format!(
                    "the goal `{}` names a `whole` for its targets to add up to, but {problem}",
                    goal.name
                ),
            )
            .at(goal.at.clone())
            .help("`whole` is for counts and amounts with a target by segment, such as quotas by owner"),
        );
    }

    /// A percentage written as a number: `5` is 500 %. Where less is better such
    /// a goal is always met, where more is better it never is.
    fn check_percentages(&self, goal: &Goal, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
        if entry.unit != Unit::Percent {
            return;
        }
        let most = match entry.metric.better {
            _ if is_share(&entry.metric.value) => Decimal::ONE,
            // Less than 500 % is met by anything, at least 500 % by nothing: the
            // one must not pass for the other.
            Some(Direction::Lower) => Decimal::ONE,
            _ => Decimal::TEN,
        };
        let least = is_share(&entry.metric.value).then_some(Decimal::ZERO);
        for (_, level) in goal.rule.levels() {
            let numbers: Vec<Decimal> = match level {
                Level::Number(number) => vec![*number],
                Level::BySegment(levels) => levels.iter().map(|(_, number)| *number).collect(),
                Level::Duration(_) | Level::Measure(_) | Level::Function(_) => Vec::new(),
            };
            let is_off = |number: &Decimal| *number > most || least.is_some_and(|least| *number < least);
            let Some(number) = numbers.into_iter().find(is_off) else { continue };
            let number = number.normalize();
            let Some(percent) = number.checked_mul(Decimal::ONE_HUNDRED) else { continue };
            diagnostics.push(
                Diagnostic::error(
                    Code::GoalInvalid,
                    format!(
                        "the goal `{}` compares `{}` with {} %",
                        goal.name,
                        goal.metric,
                        percent.normalize()
                    ),
                )
                .at(goal.at.clone())
                .help(match number.is_sign_negative() {
                    true => "a share is never below 0".to_owned(),
                    false => format!(
                        "a percentage is a fraction: write {number}.percent for {number} %; \
                         if {} % is meant, say it with a function: |g| {number}",
                        percent.normalize()
                    ),
                }),
            );
            return;
        }
    }

    fn check_segments(&self, goal: &Goal, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
        let filters = goal.segment.iter().chain(&goal.require).map(|filter| (&filter.dimension, &filter.at));
        for (name, at) in goal.by.iter().map(|(name, at)| (name, at)).chain(filters) {
            if !self.can_cut(&entry.metric, name) {
                let offered = entry.dimensions.iter().map(DimensionName::as_str);
                diagnostics.push(
                    Diagnostic::error(
                        Code::UnknownDimension,
                        format!(
                            "the goal `{}` is judged by `{name}`, but `{}` cannot be cut by it",
                            goal.name, goal.metric
                        ),
                    )
                    .at(if at.span().is_some() { at.clone() } else { goal.at.clone().into() })
                    .help(did_you_mean(name.as_str(), offered)),
                );
            }
        }
        let levels = goal.rule.levels().into_iter().filter_map(|(key, level)| match level {
            Level::Measure(measure) => Some((key, measure)),
            _ => None,
        });
        let parts = goal.parts.iter().map(|(name, part)| (name.as_str(), part));
        let filters = goal.segment.iter().chain(&goal.require).map(|filter| &filter.dimension);
        let dimensions: Vec<&DimensionName> = goal.by.iter().map(|(name, _)| name).chain(filters).collect();
        for (key, measure) in levels.chain(parts) {
            let whole = match &*measure.kind {
                MeasureKind::Split(inner, _) => inner,
                _ => measure,
            };
            let only = self.sources(whole).len() <= 1;
            for name in &dimensions {
                if !self.reaches(whole, &entry.metric, only, name) {
                    diagnostics.push(
                        Diagnostic::error(
                            Code::UnknownDimension,
                            format!("the goal `{}` is judged by `{name}`, and its `{key}` cannot be cut by it", goal.name),
                        )
                        .at(if measure.at.span().is_some() { measure.at.clone() } else { goal.at.clone().into() })
                        .help("use rows that have the dimension, or `.total()` of what is the same for all segments"),
                    );
                }
            }
        }
    }
}

/// Checks that levels have a side on which better is, and lie on the right ones.
fn check_direction(goal: &Goal, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
    if !matches!(goal.rule, Rule::Levels { .. }) {
        return;
    }
    match entry.metric.better {
        Some(better) => check_sides(goal, better, diagnostics),
        None => diagnostics.push(
            Diagnostic::error(
                Code::GoalInvalid,
                format!(
                    "`{}` has no direction, so the goal `{}` cannot tell better from worse",
                    goal.metric, goal.name
                ),
            )
            .at(goal.at.clone())
            .related(entry.metric.at.clone(), "the metric")
            .help("add `better: \"higher\"` or `better: \"lower\"` to the metric"),
        ),
    }
}

/// Checks that limit, target and stretch lie in this order.
fn check_sides(goal: &Goal, better: Direction, diagnostics: &mut Vec<Diagnostic>) {
    let Rule::Levels { target, limit, stretch } = &goal.rule else { return };
    let stricter = |a: Decimal, b: Decimal| match better {
        Direction::Higher => a > b,
        Direction::Lower => a < b,
    };
    let any_stricter = |a: &Level, b: &Level| pairs(a, b).into_iter().any(|(a, b)| stricter(a, b));
    let word = if better == Direction::Higher { "higher" } else { "lower" };
    let mut wrong = |key: &str, how: &str, help: &str| {
        diagnostics.push(
            Diagnostic::error(
                Code::GoalInvalid,
                format!(
                    "the {key} of the goal `{}` is {how} than its target, though {word} is better",
                    goal.name
                ),
            )
            .at(goal.at.clone())
            .help(help),
        );
    };
    if limit.as_ref().is_some_and(|limit| any_stricter(limit, target)) {
        wrong(
            "limit",
            "stricter",
            "the limit is the line that fails the gate, the target is the aim: swap them",
        );
    }
    if stretch.as_ref().is_some_and(|stretch| any_stricter(target, stretch)) {
        wrong("stretch", "easier", "the stretch is more than the target: swap them");
    }
}

/// Numbers of two levels that count for the same values, as far as they are
/// written down: those of the same segment, or of every segment.
fn pairs(a: &Level, b: &Level) -> Vec<(Decimal, Decimal)> {
    let one = |level: &Level| match level {
        Level::Number(number) => Some(*number),
        Level::Duration(step) => {
            step.unit.seconds().map(|unit| Decimal::from(unit.saturating_mul(step.count)))
        }
        _ => None,
    };
    let is_duration = |level: &Level| matches!(level, Level::Duration(_));
    match (a, b) {
        (Level::BySegment(a), Level::BySegment(b)) => {
            let of = |levels: &[(Whom, Decimal)], whom: &Whom| {
                let found = levels.iter().find(|(known, _)| known == whom);
                let others = || levels.iter().find(|(known, _)| *known == Whom::Others);
                found.or_else(others).map(|(_, number)| *number)
            };
            let named = a.iter().chain(b).map(|(whom, _)| whom);
            named.filter_map(|whom| of(a, whom).zip(of(b, whom))).collect()
        }
        (Level::BySegment(levels), other) => one(other)
            .filter(|_| !is_duration(other))
            .map_or_else(Vec::new, |number| levels.iter().map(|(_, level)| (*level, number)).collect()),
        (other, Level::BySegment(levels)) => one(other)
            .filter(|_| !is_duration(other))
            .map_or_else(Vec::new, |number| levels.iter().map(|(_, level)| (number, *level)).collect()),
        // A number beside a duration is in the metric's unit, the other in seconds.
        (a, b) if is_duration(a) == is_duration(b) => one(a).zip(one(b)).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Whether a formula is a share of rows, which never exceeds 1.
fn is_share(measure: &Measure) -> bool {
    matches!(&*measure.kind, MeasureKind::Aggregate(aggregate) if aggregate.function == AggregateFunction::Share)
}
