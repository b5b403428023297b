//! Benchmarks against named peers, as ratios in one run.

use std::io::{self, Write as _};

mod model;
mod row;
mod sse;

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut out = io::stdout().lock();
    for row in sse::run().into_iter().chain(model::run()?) {
        writeln!(
            out,
            "{}: {:.2} x ({:.0} against {:.0} {})",
            row.name, row.ratio, row.ours, row.theirs, row.unit
        )?;
    }
    Ok(())
}
