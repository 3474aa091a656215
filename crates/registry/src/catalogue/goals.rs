//! The check of goals against the metrics they judge.

use goalpost_core::Decimal;
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean};
use goalpost_core::goal::{Goal, Level, NoDataPolicy, Rule};
use goalpost_core::measure::{AggregateFunction, Measure, MeasureKind};
use goalpost_core::name::{DimensionName, MetricName};
use goalpost_core::unit::{Direction, Kind, Unit};

use super::row_type::{Checker, Problem};
use super::{Availability, Catalogue, Entry};

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
        if let Availability::Missing(needs) = &entry.availability {
            if self.policies(goal).no_data.unwrap_or_default() != NoDataPolicy::Fail {
                return;
            }
            let names: Vec<String> = needs.iter().map(ToString::to_string).collect();
            let lines: Vec<&str> = needs.iter().map(|need| need.example.as_str()).collect();
            diagnostics.push(
                Diagnostic::error(
                    Code::Unavailable,
                    format!(
                        "the goal `{}` judges `{}`, which needs {}",
                        goal.name,
                        goal.metric,
                        names.join(", ")
                    ),
                )
                .at(goal.at.clone())
                .help(format!(
                    "map it in goalpost.toml: {}; or let the goal pass over it with `no_data: \"skip\"`",
                    lines.join("; ")
                )),
            );
            return;
        }
        self.check_measures(goal, entry, diagnostics);
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
                Level::BySegment(_) if goal.by.is_empty() && goal.segment.is_empty() => diagnostics.push(
                    Diagnostic::error(
                        Code::GoalInvalid,
                        format!("the goal `{}` has levels by segment, but is not judged by any", goal.name),
                    )
                    .at(goal.at.clone())
                    .help("add `by: [\"region\"]` with the dimension that the levels belong to"),
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

    /// The kind of a measure of a goal, with everything that is wrong with it.
    fn check_measure(
        &self,
        goal: &Goal,
        measure: &Measure,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Kind> {
        let mut checker = Checker::new(self.shapes(), &self.calendar);
        let kinds = self.entries.iter().map(|(name, entry)| (name.clone(), Some(entry.kind))).collect();
        let kind = checker.measure(measure, &kinds);
        for problem in checker.problems {
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

    /// Only amounts and counts add up over segments.
    fn check_whole(&self, goal: &Goal, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
        if goal.whole.is_none() {
            return;
        }
        let problem = if !matches!(goal.rule, Rule::Levels { .. }) {
            "it is not judged by a target"
        } else if goal.by.is_empty() {
            "it is not judged by segment"
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
            Some(Direction::Lower) => Decimal::TWO,
            _ => Decimal::TEN,
        };
        for (_, level) in goal.rule.levels() {
            let numbers: Vec<Decimal> = match level {
                Level::Number(number) => vec![*number],
                Level::BySegment(levels) => levels.iter().map(|(_, number)| *number).collect(),
                Level::Duration(_) | Level::Measure(_) | Level::Function(_) => Vec::new(),
            };
            let Some(number) = numbers.into_iter().find(|number| *number > most) else { continue };
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
                .help(format!("a percentage is a fraction: write {number}.percent for {number} %")),
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
    let Some(target) = fixed(target) else { return };
    let stricter = |a: Decimal, b: Decimal| match better {
        Direction::Higher => a > b,
        Direction::Lower => a < b,
    };
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
    if limit.as_ref().and_then(fixed).is_some_and(|limit| stricter(limit, target)) {
        wrong(
            "limit",
            "stricter",
            "the limit is the line that fails the gate, the target is the aim: swap them",
        );
    }
    if stretch.as_ref().and_then(fixed).is_some_and(|stretch| stricter(target, stretch)) {
        wrong("stretch", "easier", "the stretch is more than the target: swap them");
    }
}

fn fixed(level: &Level) -> Option<Decimal> {
    match level {
        Level::Number(value) => Some(*value),
        _ => None,
    }
}

/// Whether a formula is a share of rows, which never exceeds 1.
fn is_share(measure: &Measure) -> bool {
    matches!(&*measure.kind, MeasureKind::Aggregate(aggregate) if aggregate.function == AggregateFunction::Share)
}
