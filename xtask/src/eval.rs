//! `cargo xtask eval`: answers evaluation cases.
//!
//! The answers come from the crates of the workspace, so the code that gives them is a crate of its own, `xtask/eval`:
//! in here it would make every `cargo xtask` wait until `msg-core` is compiled, and fail when it does not compile.

use crate::command;
use crate::failure::Outcome;
use crate::workspace::Workspace;

/// Hands kind and files to the `eval` crate, which has the table of kinds.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    command::run(
        command::cargo(workspace)
            .args(["run", "--quiet", "--package", "eval", "--"])
            .args(arguments),
    )
}
