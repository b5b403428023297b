//! `cargo xtask ci`: the one definition of what must pass.
//!
//! The steps stand in the order in which they fail fastest. They share one target directory and one profile, so that
//! what one step has compiled the next one finds; only clippy and the tests compile the workspace's own code twice,
//! because a check and a build leave different things behind.

use std::time::{Duration, Instant};

use crate::command;
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;
use crate::{deps, examples, features, fuzz, layout, shared};

/// How a step ended, if it did not fail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Done,
    /// It could not be done here, and why.
    Skipped(String),
}

/// One thing that must hold.
struct Step {
    name: &'static str,
    what: &'static str,
    work: Work,
}

enum Work {
    Cargo(&'static [&'static str]),
    /// With one more variable in the environment.
    CargoWith(&'static [&'static str], (&'static str, &'static str)),
    Own(fn(&Workspace) -> Outcome<Ending>),
}

const STEPS: [Step; 11] = [
    Step {
        name: "fmt",
        what: "every file is formatted",
        work: Work::Cargo(&["fmt", "--all", "--check"]),
    },
    Step {
        name: "layout",
        what: "file budgets, names, backends, READMEs",
        work: Work::Own(|workspace| layout::run(workspace, &[]).map(|()| Ending::Done)),
    },
    Step {
        name: "deps",
        what: "dependency direction, counts, licences",
        work: Work::Own(|workspace| deps::run(workspace, &[]).map(|()| Ending::Done)),
    },
    Step {
        name: "clippy",
        what: "no warning on any target with all features",
        work: Work::Cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "-D",
            "warnings",
        ]),
    },
    Step {
        name: "features",
        what: "each feature of the published crates alone",
        work: Work::Own(features::run),
    },
    // Not nextest: one runner, one output, and the same command everywhere. Doctests are a step of their own.
    Step {
        name: "test",
        what: "unit and integration tests",
        work: Work::Cargo(&[
            "test",
            "--workspace",
            "--all-features",
            "--lib",
            "--bins",
            "--tests",
            "--no-fail-fast",
        ]),
    },
    Step {
        name: "doctest",
        what: "the examples in the documentation and the guides",
        work: Work::Cargo(&["test", "--workspace", "--all-features", "--doc"]),
    },
    Step {
        name: "doc",
        what: "the documentation builds without a warning",
        work: Work::CargoWith(
            &["doc", "--workspace", "--no-deps", "--all-features"],
            ("RUSTDOCFLAGS", "-D warnings"),
        ),
    },
    Step {
        name: "examples",
        what: "the examples print what they should, offline",
        work: Work::Own(|workspace| examples::run(workspace, &[]).map(|()| Ending::Done)),
    },
    Step {
        name: "fuzz",
        what: "twenty seconds of the fuzz targets in their property-test form",
        work: Work::Own(|workspace| {
            fuzz::run(workspace, &["--seconds".to_owned(), "20".to_owned()]).map(|()| Ending::Done)
        }),
    },
    Step {
        name: "shared",
        what: "the samples in ../shared",
        work: Work::Own(|workspace| shared::check(workspace, None)),
    },
];

/// Runs all steps, or the named ones in the order of the list, and stops at the first that fails.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    if arguments.iter().any(|argument| argument == "--list") {
        for step in &STEPS {
            println!("{:<10}{}", step.name, step.what);
        }
        return Ok(());
    }
    let steps = chosen(&STEPS, arguments)?;
    let started = Instant::now();
    let mut rows: Vec<(&str, String, Duration)> = Vec::new();
    let mut failed = None;
    for (at, step) in steps.iter().enumerate() {
        let place = format!("[{}/{}] {}", at + 1, steps.len(), step.name);
        let step_started = Instant::now();
        let ending = perform(workspace, step, &place);
        let took = step_started.elapsed();
        let word = match &ending {
            Ok(Ending::Done) => "ok".to_owned(),
            Ok(Ending::Skipped(why)) => format!("skipped: {why}"),
            Err(_) => "FAILED".to_owned(),
        };
        eprintln!("ci {place}: {word}, {:.1} s", took.as_secs_f64());
        rows.push((step.name, word, took));
        if let Err(failure) = ending {
            failed = Some(Failure::new(format!(
                "ci: the step `{}` failed: {failure}",
                step.name
            )));
            break;
        }
    }
    let not_run = steps
        .iter()
        .skip(rows.len())
        .map(|step| (step.name, "not run".to_owned(), Duration::ZERO));
    let rows: Vec<_> = rows.into_iter().chain(not_run).collect();
    eprint!("{}", table(&rows, started.elapsed()));
    failed.map_or(Ok(()), Err)
}

fn chosen<'a>(steps: &'a [Step], names: &[String]) -> Outcome<Vec<&'a Step>> {
    if let Some(unknown) = names
        .iter()
        .find(|name| steps.iter().all(|step| step.name != name.as_str()))
    {
        let known: Vec<_> = steps.iter().map(|step| step.name).collect();
        return Err(Failure::usage(format!(
            "ci has no step `{unknown}`; it has {}",
            known.join(", ")
        )));
    }
    Ok(steps
        .iter()
        .filter(|step| names.is_empty() || names.iter().any(|name| name == step.name))
        .collect())
}

fn perform(workspace: &Workspace, step: &Step, place: &str) -> Outcome<Ending> {
    let (arguments, variable) = match step.work {
        Work::Own(run) => {
            eprintln!("\nci {place}: {}", step.what);
            return run(workspace);
        }
        Work::Cargo(arguments) => (arguments, None),
        Work::CargoWith(arguments, variable) => (arguments, Some(variable)),
    };
    let mut cargo = command::cargo(workspace);
    cargo.args(arguments).envs(variable);
    let environment =
        variable.map_or_else(String::new, |(name, value)| format!("{name}='{value}' "));
    eprintln!(
        "\nci {place}: {} ({environment}{})",
        step.what,
        command::line(&cargo)
    );
    command::run(&mut cargo).map(|()| Ending::Done)
}

fn table(rows: &[(&str, String, Duration)], total: Duration) -> String {
    let line = |name: &str, took: Duration, word: &str| {
        format!("  {name:<10}{:>8.1} s  {word}", took.as_secs_f64())
            .trim_end()
            .to_owned()
    };
    let mut lines = vec![String::new()];
    lines.extend(
        rows.iter()
            .map(|(name, word, took)| line(name, *took, word)),
    );
    lines.extend([line("total", total, ""), String::new()]);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[&str]) -> Outcome<Vec<&'static str>> {
        let arguments: Vec<_> = arguments
            .iter()
            .map(|argument| (*argument).to_owned())
            .collect();
        chosen(&STEPS, &arguments).map(|steps| steps.iter().map(|step| step.name).collect())
    }

    #[test]
    fn without_names_every_step_runs_and_with_names_those_do_in_order() {
        assert_eq!(names(&[]).unwrap().len(), STEPS.len());
        assert_eq!(names(&["deps", "fmt"]).unwrap(), ["fmt", "deps"]);
    }

    #[test]
    fn an_unknown_step_is_a_usage_error() {
        assert_eq!(names(&["fmt", "lint"]).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn the_table_has_a_row_a_step_and_the_sum() {
        let rows = [("fmt", "ok".to_owned(), Duration::from_millis(1500))];
        assert_eq!(
            table(&rows, Duration::from_secs(2)),
            "\n  fmt            1.5 s  ok\n  total          2.0 s\n"
        );
    }
}
