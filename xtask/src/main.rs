//! The one definition of what must pass, and the tools of the workspace: `cargo xtask help` lists them.
//!
//! No dependencies: it starts within seconds on a machine that has compiled nothing yet.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool: printing is its work"
)]

mod bench;
mod ci;
mod command;
mod deps;
mod eval;
mod examples;
mod failure;
mod features;
mod fuzz;
mod layout;
mod shared;
mod source;
mod workspace;

use std::process::ExitCode;

use failure::{Failure, Outcome};
use workspace::Workspace;

/// One subcommand.
struct Task {
    name: &'static str,
    /// What stands behind the name in the help.
    arguments: &'static str,
    about: &'static str,
    run: fn(&Workspace, &[String]) -> Outcome,
}

const TASKS: [Task; 8] = [
    Task {
        name: "ci",
        arguments: "[STEP...] [--list]",
        about: "everything that must pass, or only the named steps of it",
        run: ci::run,
    },
    Task {
        name: "layout",
        arguments: "",
        about: "file budgets, names, the seven files of a backend, READMEs",
        run: layout::run,
    },
    Task {
        name: "deps",
        arguments: "",
        about: "dependency direction, counts, licences and sources",
        run: deps::run,
    },
    Task {
        name: "examples",
        arguments: "[NAME...] [--bless]",
        about: "runs the examples offline and compares what they print",
        run: examples::run,
    },
    Task {
        name: "fuzz",
        arguments: "[--seconds N] [--target T] [--optimized]",
        about: "runs the fuzz targets in their property-test form",
        run: fuzz::run,
    },
    Task {
        name: "bench",
        arguments: "[NAME...] | llm [OPTION...]",
        about: "benchmarks, in release; `llm` (--alone, --quick, --wire NAME) against other crates",
        run: bench::run,
    },
    Task {
        name: "eval",
        arguments: "KIND FILE...",
        about: "answers evaluation cases: JSON lines in, JSON lines out",
        run: eval::run,
    },
    Task {
        name: "shared",
        arguments: "[--dir PATH]",
        about: "the checks against the samples of ../shared, if it is there",
        run: shared::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn dispatch(arguments: &[String]) -> Outcome {
    let Some((name, rest)) = arguments.split_first() else {
        return Err(Failure::usage(help()));
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", help());
        return Ok(());
    }
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        return Err(Failure::usage(format!(
            "no task is called `{name}`\n{}",
            help()
        )));
    };
    if rest
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        println!(
            "cargo xtask {} {}\n    {}",
            task.name, task.arguments, task.about
        );
        return Ok(());
    }
    (task.run)(&Workspace::locate()?, rest)
}

fn help() -> String {
    let mut lines = vec![
        "usage: cargo xtask TASK [ARGUMENTS]".to_owned(),
        String::new(),
    ];
    lines.extend(TASKS.iter().map(|task| {
        let call = format!("{} {}", task.name, task.arguments);
        format!("  {call:<46}{}", task.about)
    }));
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn an_unknown_task_is_a_usage_error_that_lists_the_tasks() {
        let failure = dispatch(&words("frobnicate")).unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        let text = failure.to_string();
        assert!(text.contains("`frobnicate`"), "{text}");
        for task in &TASKS {
            assert!(text.contains(task.about), "{text}");
        }
    }

    #[test]
    fn help_of_a_task_runs_nothing() {
        dispatch(&words("ci --help")).unwrap();
    }
}
