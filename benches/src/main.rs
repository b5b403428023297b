//! Benchmarks against named peers, as ratios in one run.

use std::io::{self, Write as _};

mod row;
mod sse;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for row in sse::run() {
        writeln!(
            out,
            "{}: {:.1} x ({:.0} against {:.0} {})",
            row.name, row.ratio, row.ours, row.theirs, row.unit
        )?;
    }
    Ok(())
}
