//! How long files are, how many methods a trait has, and (as a figure) how much of the contract is written down.

use std::fmt;

use super::{SourceFile, Violation};
use crate::source;

const HARD_LINES: usize = 600;
const MEDIAN_LINES: usize = 180;
const FACADE_LINES: usize = 150;
const TRAIT_METHODS: usize = 10;

/// Figures to print, whether or not they hold.
#[derive(Debug, Default)]
pub(super) struct Figures {
    files: usize,
    lines: usize,
    median: usize,
    p95: usize,
    longest: Option<(usize, String)>,
    /// Lines of documentation and of code in `msg-core`.
    written: (usize, usize),
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} Rust files, {} lines without tests; median {} (at most {MEDIAN_LINES}), p95 {}",
            self.files, self.lines, self.median, self.p95
        )?;
        if let Some((lines, path)) = &self.longest {
            write!(f, ", longest {lines} ({path}; at most {HARD_LINES})")?;
        }
        let (documentation, code) = self.written;
        write!(
            f,
            "; msg-core has {documentation} lines of documentation for {code} of code (wanted: one for four)"
        )
    }
}

pub(super) fn check(files: &[SourceFile]) -> (Figures, Vec<Violation>) {
    let mut violations = Vec::new();
    let mut sized = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.is_rust() && !is_test_file(&file.path))
    {
        let lines = source::lines_before_tests(&file.text);
        if lines == 0 {
            continue;
        }
        violations.extend(too_long(&file.path, lines));
        violations.extend(wide_traits(&file.path, &file.code));
        sized.push((lines, file.path.clone()));
    }
    sized.sort();
    let figures = Figures {
        written: written(files),
        ..figures(&sized)
    };
    if figures.median > MEDIAN_LINES {
        let what = format!(
            "the median file has {} lines before its tests, at most {MEDIAN_LINES}",
            figures.median
        );
        violations.push(Violation::new("(all Rust files)", 0, what));
    }
    (figures, violations)
}

/// Files that hold nothing but tests have no budget.
fn is_test_file(path: &str) -> bool {
    path.split('/')
        .any(|part| part == "tests" || part == "tests.rs")
}

fn figures(sorted: &[(usize, String)]) -> Figures {
    let at = |percent: usize| {
        let last = sorted.len().saturating_sub(1);
        sorted
            .get(last * percent / 100)
            .map_or(0, |(lines, _)| *lines)
    };
    Figures {
        files: sorted.len(),
        lines: sorted.iter().map(|(lines, _)| lines).sum(),
        median: at(50),
        p95: at(95),
        longest: sorted.last().cloned(),
        written: (0, 0),
    }
}

fn too_long(path: &str, lines: usize) -> Option<Violation> {
    let is_facade = path.starts_with("msg-") && path.ends_with("/src/lib.rs");
    let most = if is_facade { FACADE_LINES } else { HARD_LINES };
    (lines > most).then(|| {
        Violation::new(
            path,
            0,
            format!("{lines} lines before the tests, at most {most}"),
        )
    })
}

fn wide_traits(path: &str, code: &str) -> Vec<Violation> {
    let tokens = source::tokens(code);
    let mut found = Vec::new();
    for (at, window) in tokens.windows(2).enumerate() {
        let [(line, "trait"), (_, name)] = window else {
            continue;
        };
        let mut depth = 0_usize;
        let mut methods = 0_usize;
        for (_, token) in tokens.iter().skip(at) {
            match *token {
                "{" => depth += 1,
                "}" if depth <= 1 => break,
                "}" => depth -= 1,
                // A trait alias or a mention in a macro has no body.
                ";" if depth == 0 => break,
                "fn" if depth == 1 => methods += 1,
                _ => {}
            }
        }
        if methods > TRAIT_METHODS {
            let what = format!("the trait `{name}` has {methods} methods, at most {TRAIT_METHODS}");
            found.push(Violation::new(path, *line, what));
        }
    }
    found
}

/// Printed, not held to: a rule would be met with filler, and that every public item is documented is held by rustc.
fn written(files: &[SourceFile]) -> (usize, usize) {
    let (mut documentation, mut code) = (0_usize, 0_usize);
    for file in files.iter().filter(|file| {
        file.path.starts_with("msg-core/src/") && file.is_rust() && !is_test_file(&file.path)
    }) {
        let before_tests = source::lines_before_tests(&file.text);
        for line in file.text.lines().take(before_tests).map(str::trim_start) {
            if line.starts_with("///") || line.starts_with("//!") {
                documentation += 1;
            } else if !line.is_empty() && !line.starts_with("//") {
                code += 1;
            }
        }
    }
    (documentation, code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust(path: &str, lines: usize) -> SourceFile {
        SourceFile::new(path, "//! x\n".repeat(lines))
    }

    #[test]
    fn a_file_above_the_budget_is_found_and_one_at_it_is_not() {
        let (_, violations) = check(&[rust("a/src/x.rs", 600), rust("a/src/z.rs", 1)]);
        assert_eq!(violations, []);
        let (figures, violations) = check(&[rust("a/src/x.rs", 601), rust("a/src/z.rs", 1)]);
        assert_eq!(
            violations,
            [Violation::new(
                "a/src/x.rs",
                0,
                "601 lines before the tests, at most 600"
            )]
        );
        assert_eq!(figures.longest, Some((601, "a/src/x.rs".to_owned())));
    }

    #[test]
    fn tests_do_not_count() {
        let long = format!(
            "//! x\n#[cfg(test)]\nmod tests {{\n{}}}\n",
            "// x\n".repeat(700)
        );
        let files = [
            SourceFile::new("a/src/x.rs", long),
            rust("a/tests/y.rs", 900),
            rust("a/src/b/tests.rs", 900),
        ];
        let (figures, violations) = check(&files);
        assert_eq!(violations, []);
        assert_eq!(figures.files, 1);
    }

    #[test]
    fn a_facade_is_short() {
        assert_eq!(too_long("msg-core/src/lib.rs", 150), None);
        assert!(too_long("msg-core/src/lib.rs", 151).is_some());
        assert_eq!(too_long("docs/src/lib.rs", 151), None);
    }

    #[test]
    fn the_median_is_held() {
        let files: Vec<_> = (0..5)
            .map(|at| rust(&format!("a/src/{at}.rs"), 179 + at))
            .collect();
        let (figures, violations) = check(&files);
        assert_eq!(figures.median, 181);
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(check(files.get(..4).unwrap()).1.is_empty());
    }

    #[test]
    fn a_trait_with_eleven_methods_is_found() {
        let source = |count: usize| {
            let methods = "fn a() { fn inner() {} }\n".repeat(count);
            format!(
                "// trait Other {{\npub trait Wide: Sized {{\n{methods}}}\nimpl X {{ {methods} }}\n"
            )
        };
        assert_eq!(wide_traits("a.rs", &source::blanked(&source(10))), []);
        let found = wide_traits("a.rs", &source::blanked(&source(11)));
        assert_eq!(
            found,
            [Violation::new(
                "a.rs",
                2,
                "the trait `Wide` has 11 methods, at most 10"
            )]
        );
    }

    #[test]
    fn documentation_and_code_of_the_core_are_counted() {
        let text = "//! x\n\n// why\ncode\n    /// y\ncode\n#[cfg(test)]\nmod tests {\n}\n";
        let files = [
            SourceFile::new("msg-core/src/a.rs", text),
            SourceFile::new("msg-core/src/tests.rs", text),
            SourceFile::new("msg-llm/src/a.rs", text),
        ];
        assert_eq!(written(&files), (2, 2));
    }
}
