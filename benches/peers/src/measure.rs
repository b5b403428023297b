//! CPU and time of clients, in turns on one core.

use crate::Failure;
use crate::clients::{Client, NAMES, Task, dispatch};
use crate::wire::Wire;
use futures_util::future::{LocalBoxFuture, try_join_all};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::hint::black_box;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole answer.
    Whole,
    /// A stream.
    Stream,
}

/// A client whose type does not matter any more. Only a whole round is behind a box, not a request.
pub trait Measured {
    /// Its name.
    fn name(&self) -> &'static str;

    /// The lengths of the texts of a whole answer and of a stream.
    fn lengths(&self) -> LocalBoxFuture<'_, Result<(usize, usize), Failure>>;

    /// Microseconds of this thread's CPU a request, of `callers` at once who ask `each` times.
    fn cpu(
        &self,
        kind: Kind,
        callers: usize,
        each: usize,
    ) -> LocalBoxFuture<'_, Result<f64, Failure>>;

    /// Median microseconds from question to answer of one caller who asks `each` times.
    fn latency(&self, each: usize) -> LocalBoxFuture<'_, Result<f64, Failure>>;
}

struct Named<C> {
    name: &'static str,
    client: C,
}

impl<C: Client> Named<C> {
    async fn ask(&self, kind: Kind) -> Result<usize, Failure> {
        match kind {
            Kind::Whole => self.client.whole().await,
            Kind::Stream => self.client.stream().await,
        }
    }
}

impl<C: Client> Measured for Named<C> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn lengths(&self) -> LocalBoxFuture<'_, Result<(usize, usize), Failure>> {
        Box::pin(async { Ok((self.client.whole().await?, self.client.stream().await?)) })
    }

    #[expect(clippy::cast_precision_loss, reason = "a measurement, not a count")]
    fn cpu(
        &self,
        kind: Kind,
        callers: usize,
        each: usize,
    ) -> LocalBoxFuture<'_, Result<f64, Failure>> {
        Box::pin(async move {
            let caller = async || {
                for _ in 0..each {
                    black_box(self.ask(kind).await?);
                }
                Ok::<_, Failure>(())
            };
            let before = time()?;
            try_join_all((0..callers).map(|_| caller())).await?;
            let took = time()?.saturating_sub(before);
            Ok(took.as_secs_f64() * 1e6 / (each * callers) as f64)
        })
    }

    fn latency(&self, each: usize) -> LocalBoxFuture<'_, Result<f64, Failure>> {
        Box::pin(async move {
            let mut took = Vec::with_capacity(each);
            for _ in 0..each {
                let started = Instant::now();
                black_box(self.client.whole().await?);
                took.push(started.elapsed().as_secs_f64() * 1e6);
            }
            Ok(median(&mut took))
        })
    }
}

struct Keep(&'static str);

impl Task for Keep {
    type Output = Box<dyn Measured>;

    async fn run<C: Client + 'static>(self, client: C) -> Result<Self::Output, Failure> {
        let name = self.0;
        Ok(Box::new(Named { name, client }))
    }
}

/// All clients of a wire; those that read something else than the first are a failure.
pub async fn clients(wire: Wire, server: SocketAddr) -> Result<Vec<Box<dyn Measured>>, Failure> {
    let mut clients = Vec::new();
    for name in NAMES {
        clients.push(dispatch(name, wire, server, Keep(name)).await?);
    }
    let mut expected = None;
    for client in &clients {
        let lengths = client.lengths().await?;
        if *expected.get_or_insert(lengths) != lengths {
            let name = client.name();
            return Err(
                format!("{name} read {lengths:?} instead of {expected:?} characters").into(),
            );
        }
    }
    Ok(clients)
}

/// Medians of the rounds of all clients, and the medians of their ratios to one of them in the same round.
pub async fn rounds(
    clients: &[Box<dyn Measured>],
    rounds: usize,
    reference: &str,
    ask: impl for<'a> Fn(&'a dyn Measured) -> LocalBoxFuture<'a, Result<f64, Failure>>,
) -> Result<Vec<Compared>, Failure> {
    let mut seen = vec![Vec::with_capacity(rounds); clients.len()];
    for round in 0..rounds {
        for turn in 0..clients.len() {
            // Nobody is always the first.
            let at = (turn + round) % clients.len();
            if let (Some(client), Some(seen)) = (clients.get(at), seen.get_mut(at)) {
                seen.push(ask(client.as_ref()).await?);
            }
        }
    }
    let reference = clients.iter().position(|client| client.name() == reference);
    let reference = reference
        .and_then(|at| seen.get(at))
        .cloned()
        .unwrap_or_default();
    Ok(seen
        .into_iter()
        .map(|values| Compared::new(values, &reference))
        .collect())
}

/// What a client needed.
#[derive(Debug, Clone, Copy)]
pub struct Compared {
    /// The median.
    pub median: f64,
    /// The median of the ratios to the reference.
    pub ratio: f64,
    /// The median of the differences to the reference.
    pub over: f64,
}

impl Compared {
    fn new(mut values: Vec<f64>, reference: &[f64]) -> Self {
        let pairs = || values.iter().zip(reference);
        let mut ratios: Vec<f64> = pairs().map(|(value, other)| value / other).collect();
        let mut over: Vec<f64> = pairs().map(|(value, other)| value - other).collect();
        Self {
            ratio: median(&mut ratios),
            over: median(&mut over),
            median: median(&mut values),
        }
    }
}

/// The middle value.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// For how long this thread has run so far, by the scheduler of Linux: what neighbours take does not count.
fn time() -> io::Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = text.split_ascii_whitespace().next();
    let nanos = nanos.and_then(|nanos| nanos.parse().ok());
    nanos
        .map(Duration::from_nanos)
        .ok_or_else(|| io::Error::other("no CPU time in schedstat"))
}

/// Keeps this thread, and every thread and process that it starts from now on, on one core: whether the loopback server wakes a
/// thread on this core or on another one costs more than a whole request, and the scheduler decides it anew for each connection.
pub fn stay_on_one_core() -> io::Result<()> {
    let allowed = sched_getaffinity(None)?;
    let first = (0..CpuSet::MAX_CPU).find(|core| allowed.is_set(*core));
    let mut one = CpuSet::new();
    one.set(first.unwrap_or_default());
    Ok(sched_setaffinity(None, &one)?)
}
