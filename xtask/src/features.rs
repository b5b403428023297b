//! Each feature of the published crates alone, with `cargo hack`, so that no feature leans on another by accident.
//!
//! Clippy is what runs, not `check`: its `-D warnings` reaches the workspace's own crates only, whereas `RUSTFLAGS`
//! would make cargo compile every dependency again. `--no-dev-deps` is left out on purpose: it rewrites the manifests
//! while it runs (and a run that is stopped leaves them rewritten), and resolver 3 already keeps the features of
//! dev-dependencies out of a library that is built without its tests. All features together is the clippy step's work,
//! and `default` is empty in every one of these crates.

use std::path::PathBuf;
use std::process::Stdio;

use crate::ci::Ending;
use crate::command;
use crate::failure::Outcome;
use crate::workspace::{PUBLISHED, Workspace};

/// The version that is installed if there is none; another one that is already there is used as it is.
const VERSION: &str = "0.6.46";

/// Installs what is missing and runs it.
pub(crate) fn run(workspace: &Workspace) -> Outcome<Ending> {
    let mut cargo = command::cargo(workspace);
    cargo.args([
        "hack",
        "clippy",
        "--each-feature",
        "--exclude-all-features",
        "--exclude-features",
        "default",
    ]);
    for name in PUBLISHED {
        cargo.args(["-p", name]);
    }
    // All of them, so that one run shows everything that is wrong.
    cargo.args(["--keep-going", "--quiet", "--", "-D", "warnings"]);
    if let Some(folder) = cargo_hack(workspace)? {
        // Cargo looks for its subcommands along the path.
        let own = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(folder).chain(std::env::split_paths(&own));
        if let Ok(path) = std::env::join_paths(folders) {
            cargo.env("PATH", path);
        }
    }
    eprintln!("features: {}", command::line(&cargo));
    command::run(&mut cargo).map(|()| Ending::Done)
}

/// The folder to put in front of the path so that `cargo hack` is found; `None` when it is found already.
fn cargo_hack(workspace: &Workspace) -> Outcome<Option<PathBuf>> {
    let mut version = command::cargo(workspace);
    version
        .args(["hack", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if version.status().is_ok_and(|status| status.success()) {
        return Ok(None);
    }
    // Beside what is built here, so that nothing of the user's own is replaced and `cargo clean` takes it away.
    let tools = workspace.target().join("tools");
    let folder = tools.join("bin");
    if !folder
        .join(format!("cargo-hack{}", std::env::consts::EXE_SUFFIX))
        .is_file()
    {
        eprintln!(
            "features: cargo-hack is not installed; installing {VERSION} into `{}`",
            tools.display()
        );
        let mut install = command::cargo(workspace);
        install
            .args([
                "install",
                "--locked",
                "cargo-hack",
                "--version",
                VERSION,
                "--root",
            ])
            .arg(&tools);
        command::run(&mut install)?;
    }
    Ok(Some(folder))
}
