//! One word per thing: names that could stand on anything are not used for files and types.

use super::{SourceFile, Violation};
use crate::source;

/// What a name may not be made of; plurals count.
const EMPTY_WORDS: [&str; 7] = [
    "manager",
    "service",
    "helper",
    "util",
    "handler",
    "driver",
    "connector",
];

/// Names that a foreign trait or a provider's own vocabulary forces on us: (file, name). An entry that is no longer
/// needed is a violation itself.
const FORCED: [(&str, &str); 0] = [];

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    check_with(files, &FORCED)
}

fn check_with(files: &[SourceFile], forced: &[(&str, &str)]) -> Vec<Violation> {
    let mut used = Vec::new();
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let parts = file
            .path
            .strip_suffix(".rs")
            .unwrap_or(&file.path)
            .split('/')
            .map(|part| (0, part));
        for (line, name) in parts.chain(defined(&file.code)) {
            let Some(word) = empty_word(name) else {
                continue;
            };
            if let Some(entry) = forced
                .iter()
                .find(|entry| **entry == (file.path.as_str(), name))
            {
                used.push(*entry);
            } else {
                let what = format!("`{name}`: `{word}` says nothing, name it after what it does");
                found.push(Violation::new(&file.path, line, what));
            }
        }
    }
    for (path, name) in forced.iter().filter(|entry| !used.contains(entry)) {
        found.push(Violation::new(
            path,
            0,
            format!("`{name}` is excused in the layout rules and is not there"),
        ));
    }
    found
}

/// The types and modules that the code defines.
fn defined(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let tokens = source::tokens(code);
    let names: Vec<_> = tokens
        .windows(2)
        .filter_map(|window| match window {
            [
                (_, "struct" | "enum" | "union" | "trait" | "type" | "mod"),
                (line, name),
            ] => Some((*line, *name)),
            _ => None,
        })
        .collect();
    names.into_iter()
}

fn empty_word(name: &str) -> Option<&'static str> {
    let words = source::words(name);
    EMPTY_WORDS.into_iter().find(|empty| {
        words
            .iter()
            .any(|word| word == empty || word.strip_suffix('s') == Some(empty))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_names_of_types_and_modules_are_found() {
        let text = "/// A ChannelManager.\npub struct SendHandler;\nmod utils {}\ntrait Fine {}\nfn service() {}\n";
        let found = check_with(&[SourceFile::new("a/src/fine.rs", text)], &[]);
        let places: Vec<_> = found.iter().map(|violation| violation.line).collect();
        assert_eq!(places, [2, 3], "{found:?}");
    }

    #[test]
    fn empty_names_of_files_and_folders_are_found_and_similar_words_are_not() {
        for path in [
            "a/src/helpers.rs",
            "a/src/service/x.rs",
            "a/src/sms_driver.rs",
        ] {
            assert_eq!(
                check_with(&[SourceFile::new(path, "")], &[]).len(),
                1,
                "{path}"
            );
        }
        for path in ["a/src/handlebars.rs", "a/src/utilise.rs", "a/helper.md"] {
            assert_eq!(check_with(&[SourceFile::new(path, "")], &[]), [], "{path}");
        }
    }

    #[test]
    fn an_excuse_holds_for_one_name_in_one_file_and_must_be_needed() {
        let files = [SourceFile::new("a.rs", "type Service = X;\n")];
        assert_eq!(check_with(&files, &[("a.rs", "Service")]), []);
        assert_eq!(check_with(&files, &[("b.rs", "Service")]).len(), 2);
    }
}
