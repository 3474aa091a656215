//! Whether standard output was open when the program was started, and files that
//! grow too large.
//!
//! With standard output closed (`goalpost check >&-`) nobody reads the result, and
//! a gate must say so as with a full disk. But the runtime opens closed streams as
//! `/dev/null` before `main`, where writing always succeeds. So it is looked at
//! before the runtime does; where that cannot be done, a closed stream counts as
//! one that nobody minds.
//!
//! A file that grows beyond what the system allows (`ulimit -f`) would end the
//! program by a signal, without a word. Ignored, it is an error of writing like that
//! of a full disk.

use std::sync::atomic::{AtomicBool, Ordering};

static CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether standard output was closed from the beginning.
pub(crate) fn output_was_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "only the loader calls anything before the runtime; the functions called are safe"
)]
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_THE_RUNTIME: extern "C" fn() = look;

/// Called by the loader, on the only thread there is.
#[cfg(target_os = "linux")]
extern "C" fn look() {
    let is_there = |path: &str| std::fs::symlink_metadata(path).is_ok();
    signal(TOO_LARGE, IGNORED);
    // Without `/proc` nothing is known.
    CLOSED.store(is_there("/proc/self/fd") && !is_there("/proc/self/fd/1"), Ordering::Relaxed);
}

/// The signal of a file that grows too large, on the processors in use.
#[cfg(target_os = "linux")]
const TOO_LARGE: i32 = 25;
/// What is done about it: nothing.
#[cfg(target_os = "linux")]
const IGNORED: usize = 1;

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "a function of the system; to ignore a signal is safe")]
unsafe extern "C" {
    safe fn signal(number: i32, handler: usize) -> usize;
}
