//! `cargo xtask fuzz`: the fuzz targets in their property-test form, which needs no nightly toolchain.

use crate::command;
use crate::failure::Outcome;
use crate::workspace::Workspace;

/// Hands the arguments to the runner in `fuzz/`, which knows its targets and says what it does not know.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    command::run(
        command::cargo(workspace)
            .args(["run", "--quiet", "--package", "fuzz", "--"])
            .args(arguments),
    )
}
