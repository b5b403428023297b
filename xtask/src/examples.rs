//! `cargo xtask examples`: runs every example offline and compares what it prints with a committed file.
//!
//! An example is a crate in `examples/` and one row here. It ends by itself and prints the same on every run. One that
//! is a server has `--self-test`: it listens on a free port of the loopback, answers real requests that it sends to
//! itself, prints the exchange and ends.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::command;
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

/// An example that has not ended by then waits for something that is not there.
const PATIENCE: Duration = Duration::from_mins(2);

/// What would let an example reach a network.
const NETWORK: [&str; 4] = [
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_MODEL",
    "SMTP_URL",
];

struct Example {
    name: &'static str,
    /// `{tmp}` stands for an empty folder that is removed afterwards.
    arguments: &'static [&'static str],
    /// What standard output is compared with; relative to the example's folder.
    expected: &'static str,
}

const EXAMPLES: [Example; 4] = [
    Example {
        name: "quickstart",
        arguments: &[
            "--db",
            "{tmp}/quickstart.db",
            "--script",
            "examples/quickstart/script.txt",
        ],
        expected: "expected.jsonl",
    },
    Example {
        name: "own-channel",
        arguments: &[],
        expected: "expected.txt",
    },
    Example {
        name: "own-check",
        arguments: &[],
        expected: "expected.txt",
    },
    Example {
        name: "webhook-server",
        arguments: &["--self-test"],
        expected: "expected.txt",
    },
];

/// Runs all examples, or the named ones; `--bless` writes what they print instead of comparing it.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let (flags, names): (Vec<_>, Vec<_>) = arguments
        .iter()
        .partition(|argument| argument.starts_with("--"));
    if let Some(flag) = flags.iter().find(|flag| flag.as_str() != "--bless") {
        return Err(Failure::usage(format!(
            "examples knows `--bless`, not `{flag}`"
        )));
    }
    let folders = folders(workspace)?;
    let known: Vec<&str> = EXAMPLES.iter().map(|example| example.name).collect();
    if let Some(unknown) = names
        .iter()
        .map(|name| name.as_str())
        .find(|name| !known.contains(name))
    {
        return Err(Failure::usage(format!(
            "no example is called `{unknown}`; there are {}",
            known.join(", ")
        )));
    }
    if let Some(missing) = folders
        .iter()
        .find(|folder| !known.contains(&folder.as_str()))
    {
        return Err(Failure::new(format!(
            "`examples/{missing}` is not run: it needs a row in xtask/src/examples.rs"
        )));
    }
    let mut different = Vec::new();
    for example in EXAMPLES
        .iter()
        .filter(|example| names.is_empty() || names.iter().any(|name| *name == example.name))
    {
        if let Err(failure) = play(workspace, example, !flags.is_empty()) {
            eprintln!("examples: {}: {failure}", example.name);
            different.push(example.name);
        }
    }
    if different.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "examples: not as expected: {}",
        different.join(", ")
    )))
}

/// The crates that are there, whether or not the table knows them.
fn folders(workspace: &Workspace) -> Outcome<Vec<String>> {
    let entries = fs::read_dir(workspace.root().join("examples"))
        .map_err(|error| Failure::new(format!("`examples` is not readable: {error}")))?;
    Ok(entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect())
}

fn play(workspace: &Workspace, example: &Example, bless: bool) -> Outcome {
    // Alone, with exactly the features that its own manifest asks for, as a reader of it would build it.
    command::run(command::cargo(workspace).args(["build", "--quiet", "--package", example.name]))?;
    let folder = Folder::new(workspace, example.name)?;
    let started = Instant::now();
    let output = output(workspace, example, &folder.0)?;
    let took = started.elapsed();
    let expected_path = workspace
        .root()
        .join("examples")
        .join(example.name)
        .join(example.expected);
    if bless {
        fs::write(&expected_path, &output).map_err(|error| {
            Failure::new(format!(
                "`{}` is not writable: {error}",
                expected_path.display()
            ))
        })?;
        eprintln!(
            "examples: {}: wrote {} lines of {}",
            example.name,
            output.lines().count(),
            example.expected
        );
        return Ok(());
    }
    let expected = fs::read_to_string(&expected_path).map_err(|error| {
        let path = format!("examples/{}/{}", example.name, example.expected);
        Failure::new(format!(
            "`{path}` is not readable: {error}; `--bless` writes it"
        ))
    })?;
    if let Some(difference) = difference(&expected, &output) {
        return Err(Failure::new(format!(
            "{difference}\nif that is right, `cargo xtask examples --bless` accepts it"
        )));
    }
    eprintln!(
        "examples: {}: {} lines as expected, {:.1} s",
        example.name,
        output.lines().count(),
        took.as_secs_f64()
    );
    Ok(())
}

fn output(workspace: &Workspace, example: &Example, folder: &Path) -> Outcome<String> {
    let program = workspace.target().join("debug").join(format!(
        "{}{}",
        example.name,
        std::env::consts::EXE_SUFFIX
    ));
    let (printed, errors) = (folder.join("stdout"), folder.join("stderr"));
    let file = |path: &Path| {
        File::create(path)
            .map_err(|error| Failure::new(format!("`{}` is not writable: {error}", path.display())))
    };
    let mut child = command::program(&program.to_string_lossy(), workspace);
    command::clean(&mut child);
    for variable in NETWORK {
        child.env_remove(variable);
    }
    child
        .args(
            example
                .arguments
                .iter()
                .map(|argument| argument.replace("{tmp}", &folder.to_string_lossy())),
        )
        .stdin(Stdio::null())
        .stdout(file(&printed)?)
        .stderr(file(&errors)?);
    let status = wait(&mut child)?;
    if !status.success() {
        let errors = fs::read_to_string(&errors).unwrap_or_default();
        return Err(Failure::new(format!(
            "`{}` ended with {status}\n{}",
            command::line(&child),
            errors.trim_end()
        )));
    }
    fs::read_to_string(&printed)
        .map_err(|error| Failure::new(format!("what it printed is not readable: {error}")))
}

/// Waits for the end, but not for ever.
fn wait(command: &mut Command) -> Outcome<ExitStatus> {
    let failed = |error: std::io::Error| Failure::new(format!("it could not be run: {error}"));
    let mut child = command.spawn().map_err(failed)?;
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok(status);
        }
        if started.elapsed() > PATIENCE {
            child.kill().and_then(|()| child.wait()).map_err(failed)?;
            return Err(Failure::new(format!(
                "it did not end within {} s",
                PATIENCE.as_secs()
            )));
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// The first line in which two texts differ, as a reader wants to see it.
fn difference(expected: &str, printed: &str) -> Option<String> {
    if expected == printed {
        return None;
    }
    let (mut left, mut right) = (expected.lines(), printed.lines());
    let mut number = 0_usize;
    loop {
        number += 1;
        match (left.next(), right.next()) {
            (Some(left), Some(right)) if left == right => {}
            (None, None) => return Some("only the line endings differ".to_owned()),
            (left, right) => {
                let show = |line: Option<&str>| line.unwrap_or("(the end)").to_owned();
                return Some(format!(
                    "line {number}\n  expected: {}\n  printed:  {}",
                    show(left),
                    show(right)
                ));
            }
        }
    }
}

/// A folder of one run that goes away with it.
struct Folder(PathBuf);

impl Folder {
    fn new(workspace: &Workspace, name: &str) -> Outcome<Self> {
        let path = workspace
            .target()
            .join("examples-run")
            .join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(|error| {
            Failure::new(format!("`{}` could not be made: {error}", path.display()))
        })?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is in the target directory and harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_shown() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(
            difference("a\nb\n", "a\nc\n").unwrap(),
            "line 2\n  expected: b\n  printed:  c"
        );
        assert_eq!(
            difference("a\n", "a\nc\n").unwrap(),
            "line 2\n  expected: (the end)\n  printed:  c"
        );
        assert!(difference("a\n", "a").is_some());
    }

    #[test]
    fn a_program_that_fails_shows_its_status() {
        assert!(
            wait(Command::new("sh").args(["-c", "exit 0"]))
                .unwrap()
                .success()
        );
        assert!(
            !wait(Command::new("sh").args(["-c", "exit 3"]))
                .unwrap()
                .success()
        );
        assert!(wait(&mut Command::new("there-is-no-such-program")).is_err());
    }
}
