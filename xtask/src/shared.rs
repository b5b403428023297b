//! `cargo xtask shared`: our answers against the samples in `../shared`, and the requests of every channel against the
//! providers' specifications there. It lies beside the repository where it is developed and is no part of it. Without it
//! there is nothing to compare with, and this says so.

use std::path::{Path, PathBuf};

use crate::ci::Ending;
use crate::command;
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

/// The kinds whose every answer must be the expected one, as far as it can be compared, and the file that has it.
const SAMPLES: [(&str, &str); 8] = [
    ("segments", "eval/sms-segments.jsonl"),
    ("sse", "eval/sse-framing.jsonl"),
    ("zones", "eval/phone-zones.jsonl"),
    ("quiet-hours", "eval/quiet-hours.jsonl"),
    ("webhooks", "eval/webhook-signature.jsonl"),
    ("webhooks", "eval/webhook-payload.jsonl"),
    ("webhooks", "eval/webhook-crypto.jsonl"),
    ("responses", "eval/api-error.jsonl"),
];

/// Checks every sample file; `--dir PATH` says where they are.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let folder = match arguments {
        [] => None,
        [flag, path] if flag == "--dir" => Some(Path::new(path)),
        _ => return Err(Failure::usage("shared takes nothing or `--dir PATH`")),
    };
    if let Ending::Skipped(why) = check(workspace, folder)? {
        eprintln!("shared: skipped: {why}");
    }
    Ok(())
}

/// The same as a step: what is not there is skipped, what differs fails.
pub(crate) fn check(workspace: &Workspace, folder: Option<&Path>) -> Outcome<Ending> {
    let folder = folder.map_or_else(|| workspace.root().join("../shared"), Path::to_owned);
    if !folder.is_dir() {
        return Ok(Ending::Skipped("../shared is not there".to_owned()));
    }
    for (kind, file) in SAMPLES {
        let path: PathBuf = folder.join(file);
        if !path.is_file() {
            return Err(Failure::new(format!("`{}` is not there", path.display())));
        }
        command::run(
            command::cargo(workspace)
                .args(["run", "--quiet", "--package", "eval", "--", "--check", kind])
                .arg(path),
        )?;
    }
    command::run(
        command::cargo(workspace)
            .args(["run", "--quiet", "--package", "eval", "--", "requests"])
            .arg("--channels")
            .arg(folder.join("specs")),
    )?;
    Ok(Ending::Done)
}
