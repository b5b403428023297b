//! CPU time of the calling thread.

use std::io;
use std::time::Duration;

/// For how long this thread has run so far, by the scheduler of Linux: what neighbours take does not count.
pub(crate) fn time() -> io::Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = text
        .split_ascii_whitespace()
        .next()
        .and_then(|nanos| nanos.parse().ok());
    nanos
        .map(Duration::from_nanos)
        .ok_or_else(|| io::Error::other("no CPU time in schedstat"))
}
