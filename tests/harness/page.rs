//! A page: prose, blocks that are files, and console blocks with commands, in the
//! order in which they are read.

use std::ops::Range;

/// A page as read.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// What is done, in its order.
    pub(crate) steps: Vec<Step>,
    /// Whether it uses data beside the repository.
    pub(crate) needs_shared_data: bool,
}

/// What a block asks for.
#[derive(Debug)]
pub(crate) enum Step {
    /// The project is begun, and begun anew where a command came before it.
    Begin,
    /// A folder of the repository is copied into the project.
    Setup {
        /// The folder.
        path: String,
        /// The line of the block's fence.
        line: usize,
    },
    /// A file is written into the project.
    File(File),
    /// A command is run.
    Command(Command),
}

/// A block that becomes a file.
#[derive(Debug)]
pub(crate) struct File {
    /// Where, relative to the project.
    pub(crate) path: String,
    /// The lines of the block, each ended by `\n`.
    pub(crate) text: String,
    /// How the text becomes bytes, in the order written.
    pub(crate) treatments: Vec<String>,
    /// The line of the block's fence.
    pub(crate) line: usize,
}

/// A command and what it should print.
#[derive(Debug)]
pub(crate) struct Command {
    /// The command after `$ `.
    pub(crate) text: String,
    /// What follows it, without blank lines at the end.
    pub(crate) expected: String,
    /// Its line in the page.
    pub(crate) line: usize,
    /// The lines that hold what is expected.
    lines: Range<usize>,
}

/// A fenced block.
struct Block<'a> {
    info: &'a str,
    /// Lines between the fences, as 0-based indices.
    inside: Range<usize>,
}

impl Page {
    /// Reads a page; a problem starts with its line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let lines: Vec<&str> = text.lines().collect();
        let needs_shared_data = lines.iter().any(|line| line.trim() == "needs: shared-data");
        let mut page = Self { steps: vec![Step::Begin], needs_shared_data };
        for block in blocks(&lines)? {
            let line = block.inside.start;
            let words = shlex::split(block.info).ok_or_else(|| format!("{line}: a quote is not closed"))?;
            let mut file = None;
            let mut treatments = Vec::new();
            for word in words.iter().skip(usize::from(!words.first().is_some_and(|word| word.contains('='))))
            {
                match word.split_once('=') {
                    Some(("file", path)) => file = Some(path.to_owned()),
                    Some(("setup", path)) => {
                        if matches!(page.steps.last(), Some(Step::Command(_))) {
                            page.steps.push(Step::Begin);
                        }
                        page.steps.push(Step::Setup { path: path.to_owned(), line });
                    }
                    Some(("encoding", name)) => treatments.push(name.to_owned()),
                    None => treatments.push(word.clone()),
                    Some((other, _)) => return Err(format!("{line}: `{other}=` means nothing on a block")),
                }
            }
            let body =
                |range: Range<usize>| lines[range].iter().map(|line| format!("{line}\n")).collect::<String>();
            if let Some(path) = file {
                if page.just_written(&path) {
                    return Err(format!("{line}: no command looks at `{path}` before it is written again"));
                }
                page.steps.push(Step::File(File { path, text: body(block.inside), treatments, line }));
            } else if words.first().is_some_and(|word| word == "console") {
                page.steps.extend(commands(&lines, block.inside).into_iter().map(Step::Command));
            }
        }
        if page.commands().next().is_none() {
            return Err("1: no command: add a ```console block with a line `$ goalpost …`".to_owned());
        }
        Ok(page)
    }

    /// Its commands in their order.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &Command> {
        self.steps.iter().filter_map(|step| match step {
            Step::Command(command) => Some(command),
            _ => None,
        })
    }

    /// Whether a file was written after the last command.
    fn just_written(&self, path: &str) -> bool {
        let since = self.steps.iter().rev().take_while(|step| !matches!(step, Step::Command(_)));
        since.into_iter().any(|step| matches!(step, Step::File(file) if file.path == path))
    }

    /// The page with these answers in place of what was expected.
    pub(crate) fn filled(&self, text: &str, answers: &[String]) -> String {
        let lines: Vec<&str> = text.lines().collect();
        let mut filled = String::new();
        let mut next = 0;
        for (command, answer) in self.commands().zip(answers) {
            let kept =
                if super::console::matches(&command.expected, answer) { &command.expected } else { answer };
            for line in &lines[next..command.lines.start] {
                filled.push_str(line);
                filled.push('\n');
            }
            filled.push_str(kept);
            // A blank line between an answer and the next command.
            if lines.get(command.lines.end).is_some_and(|line| line.starts_with("$ ")) {
                filled.push('\n');
            }
            next = command.lines.end;
        }
        for line in &lines[next..] {
            filled.push_str(line);
            filled.push('\n');
        }
        filled
    }
}

fn blocks<'a>(lines: &[&'a str]) -> Result<Vec<Block<'a>>, String> {
    let mut blocks = Vec::new();
    let mut index = 0;
    while index < lines.len() {
        let ticks = lines[index].len() - lines[index].trim_start_matches('`').len();
        if ticks < 3 {
            index += 1;
            continue;
        }
        let (fence, info) = lines[index].split_at(ticks);
        let start = index + 1;
        let length = lines[start..]
            .iter()
            .position(|line| line.trim_end() == fence)
            .ok_or_else(|| format!("{start}: this block is never closed"))?;
        blocks.push(Block { info: info.trim(), inside: start..start + length });
        index = start + length + 1;
    }
    Ok(blocks)
}

fn commands(lines: &[&str], inside: Range<usize>) -> Vec<Command> {
    let starts: Vec<usize> = inside.clone().filter(|index| lines[*index].starts_with("$ ")).collect();
    let ends = starts.iter().skip(1).copied().chain([inside.end]);
    let command = |(start, end): (usize, usize)| {
        let lines_of = start + 1..end;
        let mut expected: Vec<&str> = lines[lines_of.clone()].to_vec();
        while expected.last().is_some_and(|line| line.trim().is_empty()) {
            expected.pop();
        }
        Command {
            text: lines[start][2..].trim().to_owned(),
            expected: expected.iter().map(|line| format!("{}\n", line.trim_end())).collect(),
            line: start + 1,
            lines: lines_of,
        }
    };
    starts.iter().copied().zip(ends).map(command).collect()
}
