//! Answers evaluation cases: `cargo xtask eval KIND FILE...` reads JSON lines and prints JSON lines.
//!
//! One answer a case, with the `id` of the case, in the order of the input, and nothing else on standard output. A case
//! that cannot be answered is `{"id": …, "error": "…"}`; no case ends the run. With `--check` nothing is printed but
//! what differs from the answers that the cases bring along. `requests` has no cases: see there.

#![expect(
    clippy::print_stderr,
    reason = "a command line tool: printing is its work"
)]

mod channels;
mod check;
mod eventstream;
mod kind;
mod line;
mod pii;
mod quiet_hours;
mod recordings;
mod requests;
mod responses;
mod segments;
mod sigv4;
mod sse;
mod webhooks;
mod zones;

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::process::ExitCode;

use kind::Kind;

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    match run(&given) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("eval: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(given: &[String]) -> Result<ExitCode, String> {
    // Not of lines: it asks a server of its own.
    if let Some((_, arguments)) = given
        .split_first()
        .filter(|(first, _)| *first == "requests")
    {
        let clean = requests::run(arguments)?;
        return Ok(if clean {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    let compare = given.first().is_some_and(|first| first == "--check");
    let (kind, files) = given
        .get(usize::from(compare)..)
        .and_then(<[String]>::split_first)
        .filter(|(_, files)| !files.is_empty())
        .ok_or_else(|| {
            format!(
                "usage: requests [--channels] [DIR], or [--check] KIND FILE..., where KIND is one of {}",
                kind::names()
            )
        })?;
    let kind = kind::find(kind)?;
    if compare {
        check::run(kind, files)
    } else {
        answer(kind, files).map(|()| ExitCode::SUCCESS)
    }
}

fn answer(kind: &Kind, files: &[String]) -> Result<(), String> {
    let mut out = BufWriter::new(io::stdout().lock());
    each_line(files, |bytes| {
        let answer = line::answered(kind, bytes);
        writeln!(out, "{answer}").map_err(|error| format!("standard output: {error}"))
    })?;
    out.flush()
        .map_err(|error| format!("standard output: {error}"))
}

/// Every line of every file that is not blank, as bytes: a line that is not UTF-8 is a bad case, not a bad file.
fn each_line(
    files: &[String],
    mut take: impl FnMut(&[u8]) -> Result<(), String>,
) -> Result<(), String> {
    let mut bytes = Vec::new();
    for path in files {
        let failed = |error: io::Error| format!("`{path}` is not readable: {error}");
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        loop {
            bytes.clear();
            if file.read_until(b'\n', &mut bytes).map_err(failed)? == 0 {
                break;
            }
            if !bytes.trim_ascii().is_empty() {
                take(bytes.trim_ascii())?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_call_says_what_there_is() {
        for (line, part) in [
            ("", "usage"),
            ("segments", "usage"),
            ("nonsense x", "`nonsense`"),
            ("segments /no/such", "/no/such"),
        ] {
            let given: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
            let failure = run(&given).unwrap_err();
            assert!(failure.contains(part), "{failure}");
        }
    }
}
