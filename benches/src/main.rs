//! Benchmarks against named peers, as ratios in one run: `cargo xtask bench`, or one of them by its name.

use std::io::{self, Write as _};

mod channels;
mod cpu;
mod engine;
mod inapp;
mod model;
mod outbound;
mod row;
mod server;
mod smtp;
mod sse;
mod store;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A benchmark by its name.
type Bench = (&'static str, fn() -> Result<Vec<row::Row>, Failure>);

const BENCHES: [Bench; 8] = [
    ("sse", || Ok(sse::run())),
    ("model", || cpu::on_one_core(model::run)?),
    ("engine", || cpu::on_one_core(engine::run)?),
    ("outbound", || cpu::on_one_core(outbound::run)?),
    ("channels", || cpu::on_one_core(channels::run)?),
    ("store", || Ok(store::run())),
    ("inapp", inapp::run),
    ("smtp", smtp::run),
];

fn main() -> Result<(), Failure> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some((_, calls)) = wanted.split_first().filter(|(it, _)| *it == "--calls") {
        return channels::calls(calls);
    }
    let known = |name: &String| BENCHES.iter().any(|(known, _)| known == name);
    if let Some(unknown) = wanted.iter().find(|name| !known(name)) {
        let names: Vec<_> = BENCHES.iter().map(|(name, _)| *name).collect();
        return Err(format!("no bench `{unknown}`; there are {}", names.join(", ")).into());
    }
    let mut out = io::stdout().lock();
    for (name, run) in BENCHES {
        if !wanted.is_empty() && !wanted.iter().any(|one| one == name) {
            continue;
        }
        for row in run()? {
            let (ratio, ours, theirs) = (row.ratio, row.ours, row.theirs);
            writeln!(
                out,
                "{}: {ratio:.2} x ({ours:.0} against {theirs:.0} {})",
                row.name, row.unit
            )?;
        }
    }
    Ok(())
}
