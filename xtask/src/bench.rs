//! `cargo xtask bench`: the benchmarks, which need the release profile and are no part of `ci`.

mod llm;

use crate::command;
use crate::failure::Outcome;
use crate::workspace::Workspace;

/// Hands the names to the `benches` crate: readable lines on standard error, JSON lines on standard output. `llm` is another
/// package and has to be named, and named first.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    if let Some((first, rest)) = arguments.split_first()
        && first == "llm"
    {
        return llm::run(workspace, rest);
    }
    command::run(
        command::cargo(workspace)
            .args(["run", "--quiet", "--release", "--package", "benches", "--"])
            .args(arguments),
    )
}
