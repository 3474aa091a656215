//! The allocator, and how soon it gives back to the system what is free.
//!
//! Left alone it keeps that for a second, which for operators that hand large
//! blocks around is as much again as they hold. A process that was told how much
//! memory there is must not do so; the price is that blocks are asked for again.

use std::ffi::{c_int, c_long};

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Its option for the milliseconds after which free memory is given back.
const PURGE_DELAY: c_int = 15;

/// Below this, what is free is given back at once: it costs up to a fifth more
/// time, and there is no room for anything else.
const LITTLE: usize = 512 << 20;

/// Lets it keep no more than suits a limit of so many bytes.
#[expect(unsafe_code, reason = "a call of C that takes two numbers and may be made at any time")]
pub(crate) fn suit(limit: usize) {
    let delay: c_long = if limit < LITTLE { 0 } else { 50 };
    // SAFETY: the option exists, and nothing is pointed at.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, delay) };
}
