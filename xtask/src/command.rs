//! Child processes: started from the root, with the environment a user's own shell would have.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

/// `cargo`, the same one that started this program.
pub(crate) fn cargo(workspace: &Workspace) -> Command {
    let mut command = program(
        &std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
        workspace,
    );
    clean(&mut command);
    command
}

/// Any other program.
pub(crate) fn program(name: &str, workspace: &Workspace) -> Command {
    let mut command = Command::new(name);
    command.current_dir(workspace.root());
    command
}

/// Takes out what `cargo run` sets for the program it runs. Build scripts (ring's, for one) ask to run again when
/// these change, so leaving them in would build everything twice: once for `cargo xtask`, once for a plain `cargo`.
pub(crate) fn clean(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_set_by_cargo_run) {
            command.env_remove(name);
        }
    }
}

fn is_set_by_cargo_run(name: &str) -> bool {
    [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
        "CARGO_PRIMARY_",
    ]
    .iter()
    .any(|prefix| name.starts_with(prefix))
        || name == "OUT_DIR"
}

/// Runs to the end with the output going to the terminal.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let status = command
        .status()
        .map_err(|error| not_started(command, &error))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(match status.code() {
        Some(code) => format!("`{}` ended with exit code {code}", line(command)),
        None => format!("`{}` was stopped by a signal ({status})", line(command)),
    }))
}

/// Runs to the end and returns what it wrote to standard output; its errors go to the terminal.
pub(crate) fn read(command: &mut Command) -> Outcome<String> {
    command.stderr(Stdio::inherit());
    let output = command
        .output()
        .map_err(|error| not_started(command, &error))?;
    if !output.status.success() {
        return Err(Failure::new(format!(
            "`{}` failed ({})",
            line(command),
            output.status
        )));
    }
    String::from_utf8(output.stdout).map_err(|_| {
        Failure::new(format!(
            "`{}` wrote something that is not UTF-8",
            line(command)
        ))
    })
}

/// The command as one would type it.
pub(crate) fn line(command: &Command) -> String {
    let name = std::path::Path::new(command.get_program());
    let mut text = name
        .file_stem()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned();
    for argument in command.get_args() {
        let argument = argument.to_string_lossy();
        let separator = if argument.contains(' ') || argument.is_empty() {
            "'"
        } else {
            ""
        };
        // Writing to a string cannot fail.
        let _ = write!(text, " {separator}{argument}{separator}");
    }
    text
}

fn not_started(command: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!("`{}` could not be started: {error}", line(command)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_as_it_would_be_typed() {
        let mut command = Command::new("/somewhere/bin/cargo");
        command.args(["doc", "--flag", "two words"]);
        assert_eq!(line(&command), "cargo doc --flag 'two words'");
    }

    #[test]
    fn a_failing_program_is_a_failure_with_its_code() {
        let failure = run(Command::new("sh").args(["-c", "exit 7"])).unwrap_err();
        assert!(failure.to_string().ends_with("exit code 7"), "{failure}");
        assert!(read(Command::new("sh").args(["-c", "exit 7"])).is_err());
    }

    #[test]
    fn variables_of_cargo_run_are_recognised_and_the_users_own_are_not() {
        assert!(is_set_by_cargo_run("CARGO_PKG_VERSION"));
        assert!(is_set_by_cargo_run("CARGO_MANIFEST_DIR"));
        for own in [
            "CARGO_TARGET_DIR",
            "CARGO_HOME",
            "CARGO_BUILD_JOBS",
            "CARGO_TERM_COLOR",
            "PATH",
        ] {
            assert!(!is_set_by_cargo_run(own), "{own}");
        }
    }
}
