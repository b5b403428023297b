//! `cargo xtask layout`: the shape of the tree, so that who knows one part of it knows all.
//!
//! Each rule is a pure function over paths and text and has a test that shows it failing. What a compiler can see
//! better is left to it and listed here, so that there is one place to look:
//!
//! | budget | enforced by |
//! |---|---|
//! | a file has at most 600 lines before its tests, the median is at most 180, a `lib.rs` of a published crate at most 150 | [`size`] |
//! | a trait has at most 10 methods | [`size`] |
//! | a function has at most 80 lines and 5 parameters | clippy: `too_many_lines`, `too_many_arguments` with `clippy.toml` |
//! | every public item is documented, `# Errors` included | rustc: `missing_docs`; clippy: `missing_errors_doc` |
//! | no panics, no printing, no `todo!`, no `#[allow]` | clippy: the lint table in `Cargo.toml` |
//! | one word per thing: names that say nothing are not used | [`names`] |
//! | a backend is a folder of seven files with fixed names | [`backend`] |
//! | no paths of one machine, no ignored test without a reason | [`text`] |
//! | a README lists every feature | [`readme`] |

mod backend;
mod names;
mod readme;
mod size;
mod text;

use std::fmt;
use std::path::Path;

use crate::failure::{Failure, Outcome};
use crate::source;
use crate::workspace::{PUBLISHED, Workspace};

/// One thing that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    path: String,
    /// From 1; 0 when it is about the whole file.
    line: usize,
    what: String,
}

impl Violation {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

/// A file of the tree as the rules see it.
#[derive(Debug)]
struct SourceFile {
    path: String,
    text: String,
    /// For Rust files, [`source::blanked`]; empty otherwise.
    code: String,
}

impl SourceFile {
    fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let code = if is_rust(&path) {
            source::blanked(&text)
        } else {
            String::new()
        };
        Self { path, text, code }
    }

    fn is_rust(&self) -> bool {
        is_rust(&self.path)
    }
}

fn is_rust(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs")
}

/// Checks the tree as it lies on the disk, committed or not.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    if let Some(argument) = arguments.first() {
        return Err(Failure::usage(format!(
            "layout takes no argument, not `{argument}`"
        )));
    }
    let mut files = Vec::new();
    for path in workspace.files()? {
        // What is not text (a certificate, a picture) has no layout.
        if let Ok(text) = workspace.read(&path) {
            files.push(SourceFile::new(path, text));
        }
    }
    let (figures, mut violations) = size::check(&files);
    violations.extend(names::check(&files));
    violations.extend(backend::check(&files));
    violations.extend(text::check(&files));
    for name in PUBLISHED {
        violations.extend(readme::check(
            name,
            &workspace.read(&format!("{name}/Cargo.toml"))?,
            &workspace.read(&format!("{name}/README.md"))?,
        ));
    }
    eprintln!("layout: {figures}");
    for violation in &violations {
        eprintln!("layout: {violation}");
    }
    match violations.len() {
        0 => Ok(()),
        count => Err(Failure::new(format!(
            "layout: {count} violations, listed above"
        ))),
    }
}
