//! The `goalpost` program.

use std::io::Write as _;
use std::process::ExitCode;

use goalpost_registry::sink::Format;

mod demo;

/// `goalpost demo DIR [--deals N] [--seed S] [--format csv|parquet] [--until D]`, until the command line is there.
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some("demo"), Some(folder)) = (arguments.next().as_deref(), arguments.next()) else {
        return ExitCode::from(2);
    };
    let mut options = demo::DemoOptions::new(folder.into());
    while let (Some(name), Some(value)) = (arguments.next(), arguments.next()) {
        match name.as_str() {
            "--deals" => options.deals = value.parse().unwrap_or(options.deals),
            "--seed" => options.seed = value.parse().unwrap_or(options.seed),
            "--format" if value == "parquet" => options.format = Format::Parquet,
            "--until" => options.until = value.parse().unwrap_or(options.until),
            _ => return ExitCode::from(2),
        }
    }
    let mut out = std::io::stderr();
    match demo::write(&options) {
        Ok(summary) => {
            let _ =
                writeln!(out, "{} rows, {} bytes, as of {}", summary.rows(), summary.bytes(), summary.as_of);
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(out, "{}: {}", error.code.name(), error.message);
            ExitCode::from(3)
        }
    }
}
