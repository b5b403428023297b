//! `cargo xtask bench`: the benchmarks, which need the release profile and are no part of `ci`.

use crate::command;
use crate::failure::Outcome;
use crate::workspace::Workspace;

/// Hands the names to the `benches` crate: readable lines on standard error, JSON lines on standard output.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    command::run(
        command::cargo(workspace)
            .args(["run", "--quiet", "--release", "--package", "benches", "--"])
            .args(arguments),
    )
}
