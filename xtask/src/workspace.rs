//! Where the workspace is, what belongs to it, and what it publishes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command;
use crate::failure::{Failure, Outcome};

/// The crates that are published; everything else in the workspace serves them.
pub(crate) const PUBLISHED: [&str; 5] = [
    "msg-core",
    "msg-channels",
    "msg-llm",
    "msg-policy",
    "msg-store",
];

/// The crates that implement the contract. They never see each other.
pub(crate) const SIBLINGS: [&str; 4] = ["msg-channels", "msg-llm", "msg-policy", "msg-store"];

/// The root folder of the workspace.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the root upwards from the current folder: the folder whose manifest has a `[workspace]` table.
    pub(crate) fn locate() -> Outcome<Self> {
        let start = std::env::current_dir().map_err(|error| {
            Failure::new(format!("the current folder is not readable: {error}"))
        })?;
        start
            .ancestors()
            .find(|folder| {
                fs::read_to_string(folder.join("Cargo.toml"))
                    .is_ok_and(|text| text.contains("[workspace]"))
            })
            .map(|root| Self {
                root: root.to_owned(),
            })
            .ok_or_else(|| Failure::new(format!("no workspace at or above `{}`", start.display())))
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Reads a file whose path is relative to the root.
    pub(crate) fn read(&self, path: &str) -> Outcome<String> {
        fs::read_to_string(self.root.join(path))
            .map_err(|error| Failure::new(format!("`{path}` is not readable: {error}")))
    }

    /// Every file that is, or on the next commit would be, part of the repository; relative paths, sorted.
    pub(crate) fn files(&self) -> Outcome<Vec<String>> {
        let mut git = command::program("git", self);
        git.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        let mut files: Vec<String> = command::read(&mut git)?
            .split('\0')
            .filter(|path| !path.is_empty() && self.root.join(path).is_file())
            .map(str::to_owned)
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The target directory this program was built into, which is the one that child processes will use too.
    pub(crate) fn target(&self) -> PathBuf {
        // <target>/<profile>/xtask
        let built = std::env::current_exe().ok();
        built
            .as_deref()
            .and_then(|path| path.ancestors().nth(2))
            .map_or_else(|| self.root.join("target"), Path::to_owned)
    }
}
