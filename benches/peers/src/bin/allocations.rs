//! Counts allocations. A program of its own, because it counts in the allocator and that would weigh on the other figures.

use peers::Failure;
use peers::clients::{Client, Task, dispatch};
use peers::process::{Job, runtime};
use std::io::Write as _;
use tokio::runtime::Runtime;

/// Calls that are counted; those before are not, so that the connection stands and buffers have grown.
const CALLS: u32 = 20;
const BEFORE: u32 = 5;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let job = Job::read(&arguments)?;
    let runtime = runtime()?;
    // The client is built inside; counting starts when the runtime is not entered.
    let counted = runtime.block_on(dispatch(&job.client, job.wire, job.server, Keep))?;
    let [whole, stream] = counted(&runtime)?;
    writeln!(std::io::stdout(), "{whole} {stream}")?;
    Ok(())
}

type Count = Box<dyn FnOnce(&Runtime) -> Result<[f64; 2], Failure>>;

struct Keep;

impl Task for Keep {
    type Output = Count;

    async fn run<C: Client + 'static>(self, client: C) -> Result<Self::Output, Failure> {
        Ok(Box::new(move |runtime| {
            Ok([
                count(runtime, async || client.whole().await)?,
                count(runtime, async || client.stream().await)?,
            ])
        }))
    }
}

/// Allocations a call. All of it runs on this thread, the connection's task too.
#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn count(runtime: &Runtime, ask: impl AsyncFn() -> Result<usize, Failure>) -> Result<f64, Failure> {
    for _ in 0..BEFORE {
        runtime.block_on(ask())?;
    }
    let mut failed = None;
    let counted = allocation_counter::measure(|| {
        for _ in 0..CALLS {
            if let Err(error) = runtime.block_on(ask()) {
                failed = Some(error);
            }
        }
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(counted.count_total as f64 / f64::from(CALLS)),
    }
}
