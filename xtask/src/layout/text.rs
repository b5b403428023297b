//! What must not stand in any file: paths of one machine, unfinished work, tests that are switched off in silence.

use super::{SourceFile, Violation};

/// Folders that exist on somebody's machine and mean nothing on any other.
const MACHINE_ROOTS: [&str; 4] = ["work", "root", "home", "Users"];

/// Macros that stand where code is missing.
const UNFINISHED: [&str; 2] = ["todo", "unimplemented"];

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in files {
        for (at, line) in file.text.lines().enumerate() {
            if let Some(root) = machine_path(line) {
                let what = format!("a path under `/{root}` exists on one machine only");
                found.push(Violation::new(&file.path, at + 1, what));
            }
        }
        for (at, line) in file.code.lines().enumerate() {
            if let Some(name) = UNFINISHED.into_iter().find(|name| calls(line, name)) {
                found.push(Violation::new(
                    &file.path,
                    at + 1,
                    format!("`{name}!`: finish it or leave it out"),
                ));
            }
            if line.replace(' ', "").contains("#[ignore]") {
                found.push(Violation::new(
                    &file.path,
                    at + 1,
                    "an ignored test says why: `#[ignore = \"…\"]`",
                ));
            }
        }
    }
    found
}

/// Whether the line calls the macro of this name (and not one whose name ends in it).
fn calls(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let (before, from) = line.split_at(at);
        !before.ends_with(|c: char| c == '_' || c.is_alphanumeric())
            && from
                .strip_prefix(name)
                .is_some_and(|after| after.starts_with('!'))
    })
}

/// The root that a path in the line starts at; a path inside an address (`https://host/home/…`) is none.
fn machine_path(line: &str) -> Option<&'static str> {
    line.match_indices('/').find_map(|(at, _)| {
        let (before, from) = line.split_at(at);
        if before.ends_with(|c: char| c.is_alphanumeric() || ".-_}/".contains(c)) {
            return None;
        }
        MACHINE_ROOTS.into_iter().find(|root| {
            let rest = from
                .strip_prefix('/')
                .and_then(|rest| rest.strip_prefix(root));
            rest.and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '.'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&[SourceFile::new(path, text)])
            .iter()
            .map(|violation| violation.line)
            .collect()
    }

    #[test]
    fn paths_of_one_machine_are_found_in_every_kind_of_file() {
        for root in MACHINE_ROOTS {
            assert_eq!(lines("a.md", &format!("ok\nsee (/{root}/x/y)\n")), [2]);
            assert_eq!(lines("a.rs", &format!("// \"/{root}/x\"\n")), [1]);
        }
        for fine in [
            "https://host/home/x",
            "a/work/b",
            "/workshop/x",
            "./root/x",
            "either/or",
            "`/root/`",
        ] {
            assert_eq!(lines("a.md", fine), [0; 0], "{fine}");
        }
    }

    #[test]
    fn unfinished_code_is_found_and_a_word_about_it_is_not() {
        let macros = UNFINISHED.map(|name| format!("{name}!()"));
        for call in macros {
            assert_eq!(lines("a.rs", &format!("fn a() {{\n    {call}\n}}\n")), [2]);
            assert_eq!(
                lines("a.rs", &format!("// {call}\nlet x = \"{call}\";\n")),
                [0; 0]
            );
            assert_eq!(lines("a.rs", &format!("my_{call};\n")), [0; 0]);
        }
    }

    #[test]
    fn an_ignored_test_needs_a_reason() {
        assert_eq!(lines("a.rs", "#[test]\n#[ignore]\nfn a() {}\n"), [2]);
        assert_eq!(
            lines(
                "a.rs",
                "#[test]\n#[ignore = \"needs a network\"]\nfn a() {}\n"
            ),
            [0; 0]
        );
    }
}
