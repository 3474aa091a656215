//! Work on several threads, with results in order.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs the work on so many threads; results come in the order of the items,
/// `None` for one that panicked.
pub(super) fn in_parallel<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(usize, &T) -> R + Sync,
) -> Vec<Option<R>> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(i) else { return done };
            // Nothing of the item's is used again after a panic.
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(i, item)));
            done.push((i, result.ok()));
        }
    };
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(items.len())).map(|_| scope.spawn(take)).collect();
        let mut done = take();
        for other in others {
            done.extend(other.join().unwrap_or_default());
        }
        for (i, result) in done {
            results[i] = result;
        }
    });
    results
}
