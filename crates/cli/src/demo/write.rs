//! The folder: tables on two threads, then the files around them.
//!
//! `goalpost.toml` comes last, so that a folder left unfinished is no project.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use goalpost_core::diagnostic::{Code, Diagnostic};
use goalpost_registry::write::{Format, Written};

use super::chunks::{Outcome, Rows};
use super::options::{DemoOptions, DemoSummary};
use super::tables::{self, Table};
use super::template;
use super::timeline::Timeline;
use super::world::World;

/// Tables written at the same time.
const THREADS: usize = 2;

/// Writes the project.
///
/// # Errors
/// `usage` for options that make no sense and for a folder that is not empty;
/// `write-failed` with the path.
pub(crate) fn write(options: &DemoOptions) -> Outcome<DemoSummary> {
    options.checked()?;
    empty(&options.folder)?;
    let data = options.folder.join("data");
    make_folder(&data)?;
    let world = World::new(options.seed, options.deals, Timeline::until(options.until));
    let mut tables = write_tables(&world, &data, options.format)?;
    tables.sort_by_key(|(name, _)| *name);
    let as_of = super::timeline::date(world.timeline.end);
    let summary = DemoSummary { folder: options.folder.clone(), tables, as_of };
    for (path, text) in template::files(options, &world, &summary) {
        let path = options.folder.join(path);
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        fs::write(&path, text).map_err(|error| failed(&path, &error))?;
    }
    Ok(summary)
}

fn write_tables(world: &World, data: &Path, format: Format) -> Outcome<Vec<(&'static str, Written)>> {
    let next = AtomicUsize::new(0);
    let failing = AtomicBool::new(false);
    let work = || -> Outcome<Vec<(&'static str, Written)>> {
        let mut done = Vec::new();
        while !failing.load(Ordering::Relaxed)
            && let Some(table) = tables::ALL.get(next.fetch_add(1, Ordering::Relaxed))
        {
            match write_table(world, table, data, format) {
                Ok(written) => done.push((table.name, written)),
                Err(error) => {
                    failing.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
        Ok(done)
    };
    let results = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(broken()))).collect::<Vec<_>>()
    });
    let mut all = Vec::new();
    for result in results {
        all.extend(result?);
    }
    Ok(all)
}

fn write_table(world: &World, table: &Table, data: &Path, format: Format) -> Outcome<Written> {
    let path = data.join(format!("{}.{}", table.name, format.name()));
    let mut rows = Rows::create(&path, table.columns, format)?;
    (table.fill)(world, &mut rows)?;
    rows.finish()
}

fn empty(folder: &Path) -> Outcome {
    let used = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Err(failed(folder, &error)),
    };
    if used {
        let message = format!("`{}` is not empty", folder.display());
        return Err(Box::new(
            Diagnostic::error(Code::Usage, message).help("name a folder that is not there yet"),
        ));
    }
    Ok(())
}

fn make_folder(folder: &Path) -> Outcome {
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))
}

fn failed(path: &Path, error: &dyn fmt::Display) -> Box<Diagnostic> {
    let message = format!("`{}` could not be written: {error}", path.display());
    Box::new(Diagnostic::error(Code::WriteFailed, message).help("check that the folder exists and has room"))
}

fn broken() -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Code::WriteFailed, "a table could not be generated"))
}
