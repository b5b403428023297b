//! Benchmarks against named peers, as ratios in one run: `cargo xtask bench`, or one of them by its name.

use std::io::{self, Write as _};

mod engine;
mod model;
mod row;
mod sse;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A benchmark by its name.
type Bench = (&'static str, fn() -> Result<Vec<row::Row>, Failure>);

const BENCHES: [Bench; 3] =
    [("sse", || Ok(sse::run())), ("model", || Ok(model::run()?)), ("engine", || Ok(engine::run()))];

fn main() -> Result<(), Failure> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|name| !BENCHES.iter().any(|(known, _)| known == name)) {
        let known: Vec<_> = BENCHES.iter().map(|(name, _)| *name).collect();
        return Err(format!("no bench `{unknown}`; there are {}", known.join(", ")).into());
    }
    let mut out = io::stdout().lock();
<<<<<<< HEAD
    for (name, run) in BENCHES {
        if !wanted.is_empty() && !wanted.iter().any(|one| one == name) {
            continue;
        }
        for row in run()? {
            let (name, ratio, ours, theirs, unit) = (row.name, row.ratio, row.ours, row.theirs, row.unit);
            writeln!(out, "{name}: {ratio:.2} x ({ours:.0} against {theirs:.0} {unit})")?;
        }
=======
    let name = std::env::args().nth(1).unwrap_or_default();
    let rows = if name == "engine" {
        engine::run()
    } else {
        sse::run()
    };
    for row in rows {
        writeln!(
            out,
            "{}: {:.1} x ({:.0} against {:.0} {})",
            row.name, row.ratio, row.ours, row.theirs, row.unit
        )?;
>>>>>>> 1e4247f (Answers by number on every channel: where no number is shown, the order counts)
    }
    Ok(())
}
