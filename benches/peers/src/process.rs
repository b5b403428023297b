//! What only a process of its own can tell: memory, user instructions and, in the program that counts them, allocations.

use crate::Failure;
use crate::answers::LIVE_PIECES;
use crate::clients::{Client, Task, dispatch};
use crate::measure::Kind;
use crate::wire::Wire;
use futures_util::future::try_join_all;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use tokio::runtime::Runtime;

/// Streams that are alive at once.
pub const LIVE: u32 = 1000;
/// Calls by which two runs under callgrind differ; what both need to start falls out.
const COUNTED: u64 = 50;
/// Calls before, so that the connection stands and buffers have grown.
const BEFORE: u64 = 10;

/// What a child process is to do; it goes through the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The client by its name.
    pub client: String,
    /// The wire.
    pub wire: Wire,
    /// The work by its name.
    pub work: String,
    /// The server.
    pub server: SocketAddr,
}

impl Job {
    /// Reads the arguments of a child.
    pub fn read(arguments: &[String]) -> Result<Self, Failure> {
        let [client, wire, work, server] = arguments else {
            return Err("a job is a client, a wire, a work and a server".into());
        };
        Ok(Self {
            client: client.clone(),
            wire: Wire::named(wire).ok_or("no such wire")?,
            work: work.clone(),
            server: server.parse()?,
        })
    }

    fn write(&self, command: &mut Command) {
        let server = self.server.to_string();
        command.args([self.client.as_str(), self.wire.name(), &self.work, &server]);
    }
}

/// A runtime on this thread alone.
pub fn runtime() -> Result<Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

/// Does a job in this process; the numbers that it gives.
pub fn child(job: &Job) -> Result<Vec<f64>, Failure> {
    let work = match job.work.split_once('-') {
        Some(("whole", count)) => Work::Calls(Kind::Whole, count.parse()?),
        Some(("stream", count)) => Work::Calls(Kind::Stream, count.parse()?),
        _ if job.work == "memory" => Work::Memory,
        _ => return Err(format!("no work `{}`", job.work).into()),
    };
    runtime()?.block_on(dispatch(&job.client, job.wire, job.server, work))
}

enum Work {
    Calls(Kind, u64),
    Memory,
}

impl Task for Work {
    type Output = Vec<f64>;

    async fn run<C: Client + 'static>(self, client: C) -> Result<Self::Output, Failure> {
        match self {
            Self::Calls(kind, count) => {
                for _ in 0..count {
                    match kind {
                        Kind::Whole => client.whole().await?,
                        Kind::Stream => client.stream().await?,
                    };
                }
                Ok(Vec::new())
            }
            Self::Memory => {
                client.whole().await?;
                let first = status("VmRSS:")?;
                let streams = try_join_all((0..LIVE).map(|_| begin(&client))).await?;
                let peak = status("VmHWM:")?;
                drop(streams);
                Ok(vec![first / 1024.0, (peak - first) / f64::from(LIVE)])
            }
        }
    }
}

/// A stream that was read as far as the server goes.
async fn begin<C: Client>(client: &C) -> Result<C::Stream, Failure> {
    let mut stream = client.open().await?;
    let mut pieces = 0;
    while pieces < LIVE_PIECES {
        let length = client.next(&mut stream).await?.ok_or("the stream ended")?;
        pieces += usize::from(length > 0);
    }
    Ok(stream)
}

/// A line of `/proc/self/status`, in KB.
fn status(name: &str) -> Result<f64, Failure> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_ascii_whitespace().next());
    Ok(number.ok_or("no such line in the status")?.parse()?)
}

/// The numbers that a program gives for a job.
pub fn run(program: &Path, job: &Job) -> Result<Vec<f64>, Failure> {
    let mut command = Command::new(program);
    command.arg("child");
    job.write(&mut command);
    let output = command.output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{} {}: {told}", job.client, job.work).into());
    }
    let numbers = String::from_utf8(output.stdout)?;
    Ok(numbers
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?)
}

/// User instructions a request, by callgrind; none where it is not installed.
#[expect(clippy::cast_precision_loss, reason = "a measurement, not a count")]
pub fn instructions(program: &Path, job: &Job, kind: &str) -> Result<Option<f64>, Failure> {
    let collected = |calls: u64| {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        command.arg(program).arg("child");
        let work = format!("{kind}-{calls}");
        Job {
            work,
            ..job.clone()
        }
        .write(&mut command);
        let Ok(output) = command.output() else {
            return Ok(None);
        };
        let told = String::from_utf8_lossy(&output.stderr);
        let line = told.lines().find_map(|line| line.split_once("Collected :"));
        match line.and_then(|(_, number)| number.trim().parse::<u64>().ok()) {
            Some(number) if output.status.success() => Ok(Some(number)),
            _ => Err(Failure::from(format!("callgrind: {told}"))),
        }
    };
    let (Some(few), Some(many)) = (collected(BEFORE)?, collected(BEFORE + COUNTED)?) else {
        return Ok(None);
    };
    Ok(Some(many.saturating_sub(few) as f64 / COUNTED as f64))
}
