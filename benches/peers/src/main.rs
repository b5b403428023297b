//! `cargo xtask bench llm`: see the library.

use peers::Failure;
use peers::answers::{self, PIECES};
use peers::measure::{self, Compared, Kind, Measured};
use peers::process::{self, Job};
use peers::report::{Figures, HEAD};
use peers::server::serve;
use peers::wire::Wire;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Rounds of each client, in turns; the median counts.
const ROUNDS: usize = 15;
const QUICK_ROUNDS: usize = 3;
/// Whole answers of each caller in a round, for 16 and for 64 callers.
const CALLS_16: usize = 50;
const CALLS_64: usize = 15;
/// Streams of each of 16 callers in a round.
const STREAMS: usize = 4;
/// Whole answers of the one caller whose time is taken.
const SINGLE: usize = 150;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((first, job)) = arguments.split_first()
        && first == "child"
    {
        let numbers = process::child(&Job::read(job)?)?;
        let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
        return Ok(writeln!(io::stdout(), "{}", numbers.join(" "))?);
    }
    let mut quick = false;
    let (mut minimal, mut only) = (None, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--quick" => quick = true,
            "--wire" => {
                let name = rest.next().map(String::as_str).unwrap_or_default();
                only = Some(Wire::named(name).ok_or(format!("no wire `{name}`"))?);
            }
            "--minimal" => minimal = rest.next().map(PathBuf::from),
            unknown => return Err(format!("unknown argument `{unknown}`").into()),
        }
    }
    measure::stay_on_one_core()?;
    if let Some(program) = minimal {
        return first_call(&program);
    }
    // The other crates do not speak the other wires, or not all of them.
    let wires = if cfg!(feature = "peers") {
        &Wire::ALL[..1]
    } else {
        &Wire::ALL
    };
    writeln!(io::stderr(), "{HEAD}")?;
    for wire in wires
        .iter()
        .filter(|wire| only.is_none_or(|only| only == **wire))
    {
        for figures in compare(*wire, quick)? {
            writeln!(io::stderr(), "{}", figures.line())?;
            writeln!(io::stdout(), "{}", serde_json::to_string(&figures)?)?;
        }
    }
    Ok(())
}

/// What a program prints that asks one question.
fn first_call(program: &Path) -> Result<(), Failure> {
    let server = serve(answers::whole(Wire::OpenAi), answers::stream(Wire::OpenAi))?;
    let output = std::process::Command::new(program)
        .arg(format!("http://{server}/v1"))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(io::stdout().write_all(&output.stdout)?)
}

/// The figures of every client on a wire.
fn compare(wire: Wire, quick: bool) -> Result<Vec<Figures>, Failure> {
    let rounds = if quick { QUICK_ROUNDS } else { ROUNDS };
    let server = serve(answers::whole(wire), answers::stream(wire))?;
    let mut all = process::runtime()?.block_on(side_by_side(wire, server, rounds))?;
    let program = std::env::current_exe()?;
    let counting = program.with_file_name("allocations");
    let live = serve(answers::whole(wire), answers::live(wire))?;
    for figures in &mut all {
        let job = |work: &str, server| Job {
            client: figures.client.to_owned(),
            wire,
            work: work.to_owned(),
            server,
        };
        if let [whole, stream] = process::run(&counting, &job("all", server))?[..] {
            figures.call_allocations = whole;
            figures.piece_allocations = stream / pieces();
        }
        if wire == Wire::OpenAi
            && let [first, each] = process::run(&program, &job("memory", live))?[..]
        {
            (figures.first_call_mb, figures.live_stream_kb) = (Some(first), Some(each));
        }
        if !quick {
            let job = job("", server);
            figures.call_instructions = process::instructions(&program, &job, "whole")?;
            let stream = process::instructions(&program, &job, "stream")?;
            figures.piece_instructions = stream.map(|stream| stream / pieces());
        }
    }
    instruction_ratios(&mut all);
    Ok(all)
}

#[expect(clippy::cast_precision_loss, reason = "two hundred")]
fn pieces() -> f64 {
    PIECES as f64
}

fn instruction_ratios(all: &mut [Figures]) {
    let bare = all.iter().find(|figures| figures.client == "reqwest");
    let Some((call, piece)) = bare.map(|bare| (bare.call_instructions, bare.piece_instructions))
    else {
        return;
    };
    for figures in all {
        figures.call_instructions_ratio = ratio(figures.call_instructions, call);
        figures.piece_instructions_ratio = ratio(figures.piece_instructions, piece);
    }
}

fn ratio(own: Option<f64>, other: Option<f64>) -> Option<f64> {
    Some(own? / other?)
}

/// CPU and time of all clients, in turns.
async fn side_by_side(
    wire: Wire,
    server: SocketAddr,
    rounds: usize,
) -> Result<Vec<Figures>, Failure> {
    let clients = measure::clients(wire, server).await?;
    let cpu = async |kind, callers, each| {
        measure::rounds(&clients, rounds, "reqwest", |client: &dyn Measured| {
            client.cpu(kind, callers, each)
        })
        .await
    };
    let (call_16, call_64) = (
        cpu(Kind::Whole, 16, CALLS_16).await?,
        cpu(Kind::Whole, 64, CALLS_64).await?,
    );
    let piece = cpu(Kind::Stream, 16, STREAMS).await?;
    let latency = measure::rounds(&clients, rounds, "hyper", |client: &dyn Measured| {
        client.latency(SINGLE)
    })
    .await?;
    let rows = clients
        .iter()
        .zip(call_16)
        .zip(call_64)
        .zip(piece)
        .zip(latency);
    Ok(rows
        .map(|((((client, call_16), call_64), piece), latency)| {
            timed(wire, client.name(), [call_16, call_64, piece, latency])
        })
        .collect())
}

fn timed(wire: Wire, client: &'static str, compared: [Compared; 4]) -> Figures {
    let [call_16, call_64, piece, latency] = compared;
    Figures {
        wire: wire.name(),
        client,
        call_16_us: call_16.median,
        call_16_ratio: call_16.ratio,
        call_64_us: call_64.median,
        call_64_ratio: call_64.ratio,
        latency_us: latency.median,
        latency_over_hyper_us: latency.over,
        piece_us: piece.median / pieces(),
        piece_ratio: piece.ratio,
        ..Figures::default()
    }
}
