//! CPU time of one thread, and what it says of two ways to do the same.

#![expect(
    clippy::future_not_send,
    reason = "all of it runs on the one thread that is measured"
)]

use crate::Failure;
use crate::row::Row;
use futures_util::future::try_join_all;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::hint::black_box;
use std::io;
use std::time::Duration;

/// Rounds of each side, in turns; the median of their ratios counts.
const ROUNDS: usize = 11;
/// Requests at once, as performance.md measures it: a busy host, not one lonely caller.
pub(crate) const CALLERS: usize = 16;

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

/// Runs on one core, with every thread that is started meanwhile: whether a loopback server wakes a thread on this core or on
/// another one costs more than a whole request, and the scheduler decides it anew for every connection.
pub(crate) fn on_one_core<T: Send>(run: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    std::thread::scope(|scope| {
        let pinned = scope.spawn(|| {
            let allowed = sched_getaffinity(None)?;
            let first = (0..CpuSet::MAX_CPU).find(|core| allowed.is_set(*core));
            let mut one = CpuSet::new();
            one.set(first.unwrap_or_default());
            sched_setaffinity(None, &one)?;
            Ok(run())
        });
        pinned.join().map_err(|_| "the benchmark panicked")?
    })
}

/// Compares the CPU that two ways to do the same take on this thread. Each gives a number that must be the same. `requests`
/// is how often each of [`CALLERS`] callers asks in one round.
pub(crate) async fn compare(
    name: &str,
    requests: usize,
    ours: impl AsyncFn() -> Result<usize, Failure>,
    theirs: impl AsyncFn() -> Result<usize, Failure>,
) -> Result<Row, Failure> {
    let (expected, found) = (theirs().await?, ours().await?);
    if expected != found {
        return Err(format!("{name}: {found} characters instead of {expected}").into());
    }
    let (mut mine, mut others, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let a = cpu(requests, &ours).await?;
        let b = cpu(requests, &theirs).await?;
        mine.push(a);
        others.push(b);
        ratios.push(b / a);
    }
    Ok(Row {
        name: name.to_owned(),
        ratio: median(&mut ratios),
        ours: median(&mut mine),
        theirs: median(&mut others),
        unit: "us CPU",
    })
}

/// Microseconds of this thread's CPU a request.
#[expect(clippy::cast_precision_loss, reason = "a measurement, not a count")]
async fn cpu(
    requests: usize,
    ask: &impl AsyncFn() -> Result<usize, Failure>,
) -> Result<f64, Failure> {
    let before = time()?;
    let caller = async || {
        for _ in 0..requests {
            black_box(ask().await?);
        }
        Ok::<_, Failure>(())
    };
    try_join_all((0..CALLERS).map(|_| caller())).await?;
    let took = time()?.saturating_sub(before);
    Ok(took.as_secs_f64() * 1e6 / (requests * CALLERS) as f64)
}

/// The middle value.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
