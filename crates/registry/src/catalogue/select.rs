//! Selecting metrics and goals by name or pattern; what selects nothing is an error.

use glob::Pattern;
use goalpost_core::diagnostic::{Code, Diagnostic, did_you_mean, listed};
use goalpost_core::name::{GoalName, MetricName};

use super::{Availability, Catalogue, needs};

impl Catalogue {
    /// The metrics that names and patterns (`close_*`) select, in the order asked.
    /// Without any, all that are available. A pattern skips what is unavailable; a
    /// name of something unavailable is an error that says what it needs.
    ///
    /// # Errors
    /// A diagnostic for each name or pattern that selects nothing.
    pub fn select_metrics(&self, patterns: &[String]) -> Result<Vec<MetricName>, Vec<Diagnostic>> {
        let available = |name: &MetricName| {
            self.metric(name).is_some_and(|entry| entry.availability == Availability::Available)
        };
        let names: Vec<&MetricName> = self.entries.keys().collect();
        if patterns.is_empty() {
            return Ok(names.into_iter().filter(|name| available(name)).cloned().collect());
        }
        let mut problems = Vec::new();
        let mut selected: Vec<MetricName> = Vec::new();
        for pattern in patterns {
            if let Some(entry) = self.entries.get(pattern.as_str()) {
                match self.unavailable(&entry.metric.name) {
                    None => selected.push(entry.metric.name.clone()),
                    Some(problem) => problems.push(problem),
                }
                continue;
            }
            let found = matching(pattern, names.iter().map(|name| name.as_str()));
            let found: Vec<MetricName> = found.into_iter().map(MetricName::from).collect();
            let (able, unable): (Vec<_>, Vec<_>) = found.into_iter().partition(available);
            match (able.is_empty(), unable.is_empty()) {
                (true, true) => problems.push(nothing(
                    Code::UnknownMetric,
                    "metric",
                    pattern,
                    names.iter().map(|name| name.as_str()),
                )),
                (true, false) => problems.push(self.all_unavailable(pattern, &unable)),
                (false, _) => selected.extend(able),
            }
        }
        finish(selected, problems)
    }

    /// A pattern of which nothing can be computed here.
    fn all_unavailable(&self, pattern: &str, found: &[MetricName]) -> Diagnostic {
        let missing =
            |name: &MetricName| self.metric(name).map_or(&[][..], |entry| entry.availability.missing());
        let words: Vec<String> =
            found.iter().map(|name| format!("{name} needs {}", needs::listed(missing(name)))).collect();
        let words = listed(words.iter().map(String::as_str), 5);
        let first = found.first().map(missing).unwrap_or_default();
        Diagnostic::error(
            Code::Unavailable,
            format!("nothing that `{pattern}` matches can be computed: {words}"),
        )
        .help(needs::remedy(first))
    }

    /// The goals that names and patterns select; without any, all.
    ///
    /// # Errors
    /// A diagnostic for each name or pattern that selects nothing.
    pub fn select_goals(&self, patterns: &[String]) -> Result<Vec<GoalName>, Vec<Diagnostic>> {
        let names: Vec<&GoalName> = self.goals.iter().map(|entry| &entry.goal.name).collect();
        if patterns.is_empty() {
            return Ok(names.into_iter().cloned().collect());
        }
        let mut problems = Vec::new();
        let mut selected: Vec<GoalName> = Vec::new();
        for pattern in patterns {
            let found = matching(pattern, names.iter().map(|name| name.as_str()));
            if found.is_empty() {
                problems.push(nothing(
                    Code::UnknownGoal,
                    "goal",
                    pattern,
                    names.iter().map(|name| name.as_str()),
                ));
            }
            selected.extend(found.into_iter().map(GoalName::from));
        }
        finish(selected, problems)
    }
}

fn matching<'a>(pattern: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    match Pattern::new(pattern) {
        Ok(pattern) => names.filter(|name| pattern.matches(name)).collect(),
        Err(_) => names.filter(|name| *name == pattern).collect(),
    }
}

fn nothing<'a>(
    code: Code,
    what: &str,
    pattern: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Diagnostic {
    let message = if pattern.contains(['*', '?', '[']) {
        format!("no {what} matches `{pattern}`")
    } else {
        format!("there is no {what} `{pattern}`")
    };
    Diagnostic::error(code, message).help(did_you_mean(pattern, names))
}

fn finish<T: PartialEq>(selected: Vec<T>, problems: Vec<Diagnostic>) -> Result<Vec<T>, Vec<Diagnostic>> {
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut unique: Vec<T> = Vec::new();
    for name in selected {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    Ok(unique)
}
