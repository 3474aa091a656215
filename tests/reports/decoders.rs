//! Small strict readers of formats that have no library here: workflow commands
//! of GitHub Actions and the Test Anything Protocol.

/// A workflow command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WorkflowCommand {
    /// `error`, `warning`, `notice`, or whatever a text has smuggled in.
    pub(crate) name: String,
    /// Its properties in their order.
    pub(crate) properties: Vec<(String, String)>,
    /// The message.
    pub(crate) message: String,
}

impl WorkflowCommand {
    /// A property by name.
    pub(crate) fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a log as the runner does: a line is a command where it begins with
/// `::` after blanks (`::name key=value,key=value::message`), or has `##[name]`
/// anywhere. Values are unescaped as the toolkit escapes them.
pub(crate) fn workflow_commands(log: &str) -> Vec<WorkflowCommand> {
    let data = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
    // The percent sign comes last, or `%253A` would become `:`.
    let property = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
        text.replace("%25", "%")
    };
    let mut commands = Vec::new();
    for line in log.split(['\n', '\r']) {
        let trimmed = line.trim_start();
        if let Some((head, message)) = trimmed.strip_prefix("::").and_then(|rest| rest.split_once("::")) {
            let (name, pairs) = head.split_once(' ').unwrap_or((head, ""));
            let pairs = pairs.split(',').filter_map(|pair| pair.trim().split_once('='));
            commands.push(WorkflowCommand {
                name: name.to_owned(),
                properties: pairs.map(|(key, value)| (key.to_owned(), property(value))).collect(),
                message: data(message),
            });
        } else if let Some((_, rest)) = trimmed.split_once("##[") {
            let name = rest.split([']', ' ']).next().unwrap_or_default();
            commands.push(WorkflowCommand {
                name: name.to_owned(),
                properties: Vec::new(),
                message: String::new(),
            });
        }
    }
    commands
}

/// A point of a TAP stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// Whether it begins with `ok`.
    pub(crate) ok: bool,
    /// The description, unescaped.
    pub(crate) description: String,
    /// `SKIP` or `TODO`, or nothing.
    pub(crate) directive: String,
    /// Lines of its YAML block, without the indentation.
    pub(crate) yaml: Vec<String>,
}

/// A TAP stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tap {
    /// The points in their order.
    pub(crate) points: Vec<Point>,
    /// How many were planned.
    pub(crate) plan: Option<usize>,
    /// Why it broke off.
    pub(crate) bail_out: Option<String>,
}

/// Reads TAP 14; any line that is nothing of it is an error.
pub(crate) fn tap(text: &str) -> Result<Tap, String> {
    let mut lines = text.lines();
    if lines.next() != Some("TAP version 14") {
        return Err("no version".to_owned());
    }
    let mut found = Tap::default();
    while let Some(line) = lines.next() {
        if line.starts_with('#') {
            continue;
        }
        if let Some(count) = line.strip_prefix("1..") {
            found.plan = Some(count.parse().map_err(|_| line.to_owned())?);
        } else if let Some(why) = line.strip_prefix("Bail out!") {
            found.bail_out = Some(why.trim().to_owned());
        } else if line == "  ---" {
            let point = found.points.last_mut().ok_or("a block before any point")?;
            loop {
                match lines.next() {
                    Some("  ...") => break,
                    Some(line) if line.starts_with("  ") => point.yaml.push(line[2..].to_owned()),
                    other => return Err(format!("in a block: {other:?}")),
                }
            }
        } else {
            found.points.push(point(line, found.points.len() + 1)?);
        }
    }
    Ok(found)
}

fn point(line: &str, expected: usize) -> Result<Point, String> {
    let (ok, rest) = match line.strip_prefix("not ok ") {
        Some(rest) => (false, rest),
        None => (true, line.strip_prefix("ok ").ok_or_else(|| format!("neither ok nor not ok: {line}"))?),
    };
    let (number, rest) = rest.split_once(" - ").ok_or_else(|| format!("no description: {line}"))?;
    if number.parse() != Ok(expected) {
        return Err(format!("not number {expected}: {line}"));
    }
    let (mut description, mut directive) = (String::new(), String::new());
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => description.push(chars.next().filter(|c| "\\#".contains(*c)).ok_or(line)?),
            '#' => {
                directive = chars.as_str().split_whitespace().next().unwrap_or_default().to_owned();
                break;
            }
            c => description.push(c),
        }
    }
    Ok(Point { ok, description: description.trim().to_owned(), directive, yaml: Vec::new() })
}

#[test]
fn commands_are_read_as_the_runner_reads_them() {
    let log = "text ::error::no\n  ::error file=a%2Cb,line=3::x%0Ay %253A\nx ##[add-mask]y\n";
    let commands = workflow_commands(log);
    assert_eq!(commands.len(), 2);
    assert_eq!(commands[0].name, "error");
    assert_eq!(commands[0].property("file"), Some("a,b"));
    assert_eq!(commands[0].message, "x\ny %3A");
    assert_eq!(commands[1].name, "add-mask");
}

#[test]
fn what_is_no_tap_is_refused() {
    let good = "TAP version 14\n1..1\nnot ok 1 - a \\# b # TODO c\n  ---\n  x: 1\n  ...\n";
    let read = tap(good).expect("TAP");
    let expected =
        Point { ok: false, description: "a # b".into(), directive: "TODO".into(), yaml: vec!["x: 1".into()] };
    assert_eq!(read.points, [expected]);
    for bad in [
        "1..1\n",
        "TAP version 14\nsmuggled\n",
        "TAP version 14\nok 2 - x\n",
        "TAP version 14\nok 1 - x \\n\n",
        "TAP version 14\nok 1 - x\n  ---\nok 2 - y\n",
    ] {
        assert!(tap(bad).is_err(), "{bad:?}");
    }
}
