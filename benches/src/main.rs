//! Benchmarks against named peers, as ratios in one run.
fn main() {}
