//! `cargo xtask bench llm`: model calls against bare HTTP clients on every wire, then against the other crates, and what the
//! smallest program costs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::command;
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

/// The package of the peers, which is no member of the workspace.
const MANIFEST: &str = "benches/peers/Cargo.toml";

/// Both packages are built with the profile of the first, so that they share what they have in common.
const PROFILE: [&str; 2] = ["--config", "profile.release.debug='line-tables-only'"];

#[derive(Default)]
struct Wanted {
    /// One wire only.
    wire: Option<String>,
    /// Without the other crates, which take minutes to build.
    alone: bool,
    /// Few rounds and no instructions.
    quick: bool,
}

pub(super) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let wanted = read(arguments)?;
    let target = workspace.target().join("peers");
    let program = target.join("release/peers");
    build(workspace, &target, &[])?;
    measure(workspace, &program, &wanted)?;
    smallest(workspace, &target, &program)?;
    if wanted.alone {
        return Ok(());
    }
    build(workspace, &target, &["--features", "peers"])?;
    measure(workspace, &program, &wanted)
}

fn read(arguments: &[String]) -> Outcome<Wanted> {
    let mut wanted = Wanted::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--wire" => wanted.wire = rest.next().cloned(),
            "--alone" => wanted.alone = true,
            "--quick" => wanted.quick = true,
            unknown => {
                return Err(Failure::usage(format!(
                    "bench llm takes --alone, --quick and --wire NAME, not `{unknown}`"
                )));
            }
        }
    }
    Ok(wanted)
}

fn build(workspace: &Workspace, target: &Path, features: &[&str]) -> Outcome {
    command::run(
        command::cargo(workspace)
            .args(["build", "--release", "--locked", "--bins"])
            .args(["--manifest-path", MANIFEST, "--target-dir"])
            .arg(target)
            .args(features),
    )
}

fn measure(workspace: &Workspace, program: &Path, wanted: &Wanted) -> Outcome {
    let mut bench = command::program(&program.to_string_lossy(), workspace);
    if let Some(name) = &wanted.wire {
        bench.args(["--wire", name]);
    }
    command::run(bench.args(wanted.quick.then_some("--quick")))
}

/// Crates, size without symbols, and memory after its only call of a program that asks one question.
fn smallest(workspace: &Workspace, target: &Path, program: &Path) -> Outcome {
    command::run(
        command::cargo(workspace)
            .args(["rustc", "--release", "--locked", "--package", "minimal"])
            .args(PROFILE)
            .arg("--target-dir")
            .arg(target)
            .args(["--", "-C", "strip=symbols"]),
    )?;
    let built: PathBuf = target.join("release/minimal");
    let bytes = std::fs::metadata(&built)
        .map_err(|error| Failure::new(format!("`{}`: {error}", built.display())))?
        .len();
    let tree = command::read(command::cargo(workspace).args([
        "tree",
        "--locked",
        "--package",
        "minimal",
        "--edges",
        "normal",
        "--prefix",
        "none",
    ]))?;
    let crates = crates(&tree);
    let said = command::read(
        command::program(&program.to_string_lossy(), workspace)
            .arg("--minimal")
            .arg(&built),
    )?;
    let said = said.trim();
    eprintln!(
        "smallest program: {crates} crates, {}.{:02} MB stripped, {said}",
        bytes / 1_000_000,
        bytes % 1_000_000 / 10_000
    );
    println!(
        "{{\"program\":\"minimal\",\"crates\":{crates},\"stripped_bytes\":{bytes},\"said\":\"{said}\"}}"
    );
    Ok(())
}

/// The different packages of a tree, itself not counted.
fn crates(tree: &str) -> usize {
    let packages: BTreeSet<&str> = tree
        .lines()
        .skip(1)
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    packages.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_once_and_the_root_does_not() {
        let tree = "minimal v0.1.0\na v1.0.0\nb v1.0.0\na v1.0.0 (*)\na v2.0.0\n";
        assert_eq!(crates(tree), 3);
    }

    #[test]
    fn an_unknown_argument_is_a_usage_error() {
        let failure = read(&["--fast".to_owned()]).err().unwrap();
        assert_eq!(failure.exit_code(), 2);
        let words = ["--quick", "--wire", "cohere"].map(str::to_owned);
        let wanted = read(&words).unwrap();
        assert!(wanted.quick && !wanted.alone && wanted.wire.as_deref() == Some("cohere"));
    }
}
