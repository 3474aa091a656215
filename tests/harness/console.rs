//! Commands of a page: run them, write down what they print, compare.
//!
//! What is written down is standard output, then a line `[stderr]` and
//! standard error if there is any, then `[exit N]` unless it is 0. Folders that
//! differ from machine to machine are written as `[PROJECT]` and `[SHARED]`.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use super::page::Command;

/// Where a page runs.
pub(crate) struct Place {
    /// The folder of its project, which is also where commands run.
    pub(crate) project: PathBuf,
    /// Data beside the repository.
    pub(crate) shared: Option<PathBuf>,
}

/// What a command printed.
pub(crate) struct Answer {
    /// Standard output as it was.
    pub(crate) stdout: String,
    /// Everything as it is written down.
    pub(crate) shown: String,
}

/// What is done with what was printed before it is compared.
enum Filter {
    Everything,
    ExitOnly,
    LinesWith(String),
}

/// How long a command may take before something must be wrong.
const PATIENCE: Duration = Duration::from_secs(300);

/// Runs a command; a problem starts with its line.
pub(crate) fn answer(command: &Command, place: &Place) -> Result<Answer, String> {
    let problem = |text: &str| format!("{}: {text}", command.line);
    let mut words = shlex::split(&command.text).ok_or_else(|| problem("a quote is not closed"))?;
    let filter = match words.iter().position(|word| word == "|") {
        None => Filter::Everything,
        Some(bar) => {
            let after: Vec<String> = words.drain(bar..).skip(1).collect();
            match after.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["exit"] => Filter::ExitOnly,
                ["grep", text] => Filter::LinesWith(text.to_owned()),
                _ => return Err(problem("after a bar: `exit`, or `grep TEXT`")),
            }
        }
    };
    let named = words.iter().take_while(|word| word.contains('=') && !word.starts_with('-')).count();
    let variables: Vec<String> = words.drain(..named).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let output = match &words[..] {
        ["goalpost", arguments @ ..] => run(arguments, &variables, place)?,
        ["cat", path] => file(std::fs::read(place.project.join(path))),
        ["rm", path] => file(std::fs::remove_file(place.project.join(path)).map(|()| Vec::new())),
        ["ls", path] => file(names(&place.project.join(path))),
        _ => return Err(problem("only `goalpost`, `cat FILE`, `ls FOLDER` and `rm FILE` can be run")),
    };
    let (stdout, stderr) = (redacted(&output.stdout, place), redacted(&output.stderr, place));
    let mut shown = String::new();
    let mut append = |text: &str| {
        for line in text.trim_end().lines() {
            let wanted = match &filter {
                Filter::Everything => true,
                Filter::ExitOnly => false,
                Filter::LinesWith(wanted) => line.contains(wanted),
            };
            if wanted {
                shown.push_str(line.trim_end());
                shown.push('\n');
            }
        }
    };
    append(&stdout);
    if matches!(filter, Filter::Everything) && !stderr.is_empty() {
        append("[stderr]");
    }
    append(&stderr);
    if output.code != 0 {
        shown.push_str(&format!("[exit {}]\n", output.code));
    } else if matches!(filter, Filter::ExitOnly) {
        shown.push_str("[exit 0]\n");
    }
    Ok(Answer { stdout, shown })
}

/// Whether what was printed is what was expected. `[..]` in an expected line
/// stands for any text, and a line `...` for any lines.
pub(crate) fn matches(expected: &str, actual: &str) -> bool {
    let expected: Vec<&str> = expected.lines().collect();
    let actual: Vec<&str> = actual.lines().collect();
    lines_match(&expected, &actual)
}

fn lines_match(expected: &[&str], actual: &[&str]) -> bool {
    match expected {
        [] => actual.is_empty(),
        ["...", rest @ ..] => (0..=actual.len()).any(|skip| lines_match(rest, &actual[skip..])),
        [line, rest @ ..] => actual
            .split_first()
            .is_some_and(|(first, others)| line_matches(line, first) && lines_match(rest, others)),
    }
}

fn line_matches(expected: &str, actual: &str) -> bool {
    let mut parts = expected.split("[..]");
    let Some(mut rest) = parts.next().and_then(|first| actual.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// What a process printed and its exit code.
struct Output {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    code: i32,
}

fn run(arguments: &[&str], variables: &[String], place: &Place) -> Result<Output, String> {
    let mut process = Process::new(env!("CARGO_BIN_EXE_goalpost"));
    process
        .args(arguments)
        .current_dir(&place.project)
        // Nothing of the machine may matter: no colours, a far-off zone, an empty home.
        .env_clear()
        .env("HOME", &place.project)
        .env("TZ", "Pacific/Chatham")
        .envs(variables.iter().filter_map(|variable| variable.split_once('=')))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = process.spawn().map_err(|error| format!("0: goalpost cannot be run: {error}"))?;
    let (stdout, stderr) = (drained(child.stdout.take()), drained(child.stderr.take()));
    let started = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|error| format!("0: {error}"))? {
            Some(status) => break status,
            None if started.elapsed() > PATIENCE => {
                let _ = child.kill();
                return Err(format!("0: `goalpost {}` takes forever", arguments.join(" ")));
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let bytes = |reader: std::thread::JoinHandle<Vec<u8>>| reader.join().unwrap_or_default();
    Ok(Output { stdout: bytes(stdout), stderr: bytes(stderr), code: status.code().unwrap_or(-1) })
}

fn drained(stream: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}

fn file(result: std::io::Result<Vec<u8>>) -> Output {
    match result {
        Ok(stdout) => Output { stdout, stderr: Vec::new(), code: 0 },
        Err(error) => {
            Output { stdout: Vec::new(), stderr: format!("{:?}\n", error.kind()).into_bytes(), code: 1 }
        }
    }
}

fn names(folder: &std::path::Path) -> std::io::Result<Vec<u8>> {
    std::fs::metadata(folder)?;
    let names = super::listed(folder).into_iter().filter_map(|path| Some(path.file_name()?.to_owned()));
    Ok(names.map(|name| format!("{}\n", name.to_string_lossy())).collect::<String>().into_bytes())
}

fn redacted(bytes: &[u8], place: &Place) -> String {
    let mut text = String::from_utf8_lossy(bytes).replace(&*place.project.to_string_lossy(), "[PROJECT]");
    if let Some(shared) = &place.shared {
        text = text.replace(&*shared.to_string_lossy(), "[SHARED]");
    }
    text.replace("\r\n", "\n").chars().map(visible).collect()
}

/// Control characters as pictures, so that a page stays a text.
fn visible(c: char) -> char {
    match u32::from(c) {
        code @ 0..0x20 if c != '\n' && c != '\t' => char::from_u32(0x2400 + code).unwrap_or(c),
        _ => c,
    }
}
