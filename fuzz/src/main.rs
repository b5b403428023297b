//! Fuzz targets in their property-test form: they run on a stable toolchain, in CI, on every commit.
//!
//! `cargo xtask fuzz --seconds 60 --target NAME` mutates the inputs of `fuzz/corpus/NAME` (and the seeds of the
//! table in `targets.rs`) until the time is over; `--optimized` compiles for speed first (five to ten times the
//! inputs). An input that panics, or does not end, is made smaller, printed as hexadecimal digits and written to the
//! corpus, where `cargo test` runs it from then on. A run prints its seed, and the same seed gives the same inputs.
//!
//! There is no cargo-fuzz project beside this: it needs a nightly toolchain and a C++ compiler, and could not be a
//! member of a workspace that builds with all features on stable. Every target has the signature that
//! `libfuzzer_sys::fuzz_target!` wants, so trying one under it is a matter of one line.

#![expect(
    clippy::print_stderr,
    reason = "a command line tool: printing is its work"
)]

mod arguments;
mod campaign;
mod corpus;
mod mutate;
mod rng;
mod targets;
mod trial;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    match arguments::parse(&given).and_then(|arguments| campaign::run(&arguments, &corpus_folder()))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("fuzz: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Beside the manifest when cargo runs this, below the current folder otherwise.
fn corpus_folder() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from("fuzz"), PathBuf::from)
        .join("corpus")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_and_every_kept_input_holds() {
        for row in targets::TARGETS {
            let kept = corpus::load(&corpus_folder(), row.name).unwrap();
            for input in row.seeds.iter().map(|seed| seed.to_vec()).chain(kept) {
                let failure = trial::fails(row.run, &input);
                assert_eq!(failure, None, "{}: {}", row.name, corpus::hex(&input));
            }
        }
    }
}
