//! `cargo xtask fuzz`: the fuzz targets in their property-test form, which needs no nightly toolchain.

use crate::command;
use crate::failure::Outcome;
use crate::workspace::Workspace;

/// Hands the arguments to the runner in `fuzz/`, which knows its targets and says what it does not know. `--optimized`
/// is ours: a long run is worth compiling everything once more, the twenty seconds of `ci` are not.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let (optimized, rest): (Vec<_>, Vec<_>) = arguments
        .iter()
        .partition(|argument| *argument == "--optimized");
    let profile = if optimized.is_empty() { "dev" } else { "fuzz" };
    command::run(
        command::cargo(workspace)
            .args([
                "run",
                "--quiet",
                "--package",
                "fuzz",
                "--profile",
                profile,
                "--",
            ])
            .args(rest),
    )
}
