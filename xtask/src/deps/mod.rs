//! `cargo xtask deps`: who may depend on whom, over what cargo itself resolves.
//!
//! The direction of the architecture, the crates that must stay out, the size of `msg-core`, and the licences and
//! sources of everything that is linked. Advisories are not looked up: that needs a network and a database, and belongs
//! to the host of the repository.

mod licence;
mod rules;
mod tree;

use crate::command;
use crate::failure::{Failure, Outcome};
use crate::workspace::{SIBLINGS, Workspace};
use tree::Tree;

/// At most this many crates with default features, itself, build scripts and macros included.
const CORE_CRATES: usize = 30;

/// Not in `msg-core` with default features: no runtime, no transport, no database, no clock and no randomness.
const NOT_IN_CORE: [&str; 9] = [
    "tokio",
    "reqwest",
    "hyper",
    "rustls",
    "rusqlite",
    "libsqlite3-sys",
    "fastrand",
    "getrandom",
    "rand",
];

/// Nowhere, with any feature: one TLS implementation is linked, and it needs no C tool chain beyond a compiler.
const NOWHERE: [&str; 5] = [
    "aws-lc-rs",
    "aws-lc-sys",
    "openssl",
    "openssl-sys",
    "native-tls",
];

/// Crates of which one version is linked.
const ONE_VERSION: [&str; 4] = ["rustls", "reqwest", "ring", "libsqlite3-sys"];

/// Checks what is in `Cargo.lock` and what cargo makes of the features.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    if let Some(argument) = arguments.first() {
        return Err(Failure::usage(format!(
            "deps takes no argument, not `{argument}`"
        )));
    }
    let core = resolve(workspace, "msg-core", "normal", &[])?;
    let core_built = resolve(workspace, "msg-core", "normal,build", &[])?;
    let mut violations = rules::absent("msg-core with default features", &core, &NOT_IN_CORE);
    violations.extend(rules::at_most(
        "msg-core with default features",
        &core_built,
        CORE_CRATES,
    ));
    eprintln!(
        "deps: msg-core links {} crates with default features, {} with build scripts",
        core.len(),
        core_built.len()
    );

    let core_full = resolve(
        workspace,
        "msg-core",
        "normal,build,dev",
        &["--all-features"],
    )?;
    violations.extend(rules::absent(
        "msg-core with all features",
        &core_full,
        &SIBLINGS,
    ));
    for name in SIBLINGS {
        let bare = resolve(workspace, name, "normal,build", &[])?;
        let full = resolve(workspace, name, "normal,build,dev", &["--all-features"])?;
        let others: Vec<&str> = SIBLINGS
            .into_iter()
            .filter(|other| *other != name)
            .collect();
        violations.extend(rules::absent(name, &full, &others));
        eprintln!("deps: {name} builds {} crates without features", bare.len());
    }

    let all = query(
        workspace,
        &["--workspace", "--all-features", "-e", "normal,build,dev"],
    )?;
    violations.extend(rules::absent("the workspace", &all, &NOWHERE));
    violations.extend(
        ONE_VERSION
            .iter()
            .filter_map(|name| rules::one_version(&all, name)),
    );
    let linked = query(
        workspace,
        &["--workspace", "--all-features", "-e", "normal,build"],
    )?;
    violations.extend(licence::check(&linked));
    // The benchmark against other crates is no member and never published: its licences are nobody's concern, its sources are.
    for lock in ["Cargo.lock", "benches/peers/Cargo.lock"] {
        violations.extend(rules::foreign_sources(&workspace.read(lock)?));
    }
    let twice = all.in_several_versions();
    eprintln!(
        "deps: {} crates in the whole workspace, tests included; in several versions: {}",
        all.len(),
        list(&twice)
    );

    for violation in &violations {
        eprintln!("deps: {violation}");
    }
    match violations.len() {
        0 => Ok(()),
        count => Err(Failure::new(format!(
            "deps: {count} violations, listed above"
        ))),
    }
}

fn resolve(workspace: &Workspace, package: &str, edges: &str, features: &[&str]) -> Outcome<Tree> {
    query(
        workspace,
        &[&["-p", package, "-e", edges], features].concat(),
    )
}

fn query(workspace: &Workspace, arguments: &[&str]) -> Outcome<Tree> {
    let mut cargo = command::cargo(workspace);
    // `--locked`: what is judged is what is committed.
    cargo
        .args([
            "tree",
            "--quiet",
            "--locked",
            "--prefix",
            "none",
            "--format",
            tree::FORMAT,
        ])
        .args(arguments);
    Tree::read(&command::read(&mut cargo)?)
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
