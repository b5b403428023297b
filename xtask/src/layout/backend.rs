//! A backend is a folder of seven files with fixed names, so that who has read one knows where everything is.

use super::{SourceFile, Violation};

/// Where backends live, and the files each has beside `wire.rs`, which is what makes a folder a backend.
const KINDS: [(&str, [&str; 6]); 2] = [
    (
        "msg-channels/src/",
        [
            "mod.rs",
            "config.rs",
            "request.rs",
            "response.rs",
            "webhook.rs",
            "schema.rs",
        ],
    ),
    // A model is asked and never calls back; what it sends piece by piece is the stream.
    (
        "msg-llm/src/",
        [
            "mod.rs",
            "config.rs",
            "request.rs",
            "response.rs",
            "stream.rs",
            "schema.rs",
        ],
    ),
];

/// What the documentation at the top of a backend's `mod.rs` shows, and what a line of it starts with and contains.
const SHOWN: [(&str, &str, &str); 3] = [
    ("a link to the provider", "//! ", "https://"),
    ("a capability table", "//! |", "|"),
    ("an example", "//! ```", ""),
];

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (root, names) in KINDS {
        for folder in files.iter().filter_map(|file| backend(root, &file.path)) {
            for name in names {
                let path = format!("{folder}/{name}");
                match files.iter().find(|file| file.path == path) {
                    None => found.push(Violation::new(&path, 0, "a backend has this file")),
                    Some(file) if name == "mod.rs" => found.extend(undocumented(file)),
                    Some(_) => {}
                }
            }
        }
    }
    found
}

/// The folder, if the path is the glue file of a backend.
fn backend<'a>(root: &str, path: &'a str) -> Option<&'a str> {
    let folder = path.strip_suffix("/wire.rs")?;
    let name = folder.strip_prefix(root)?;
    (!name.contains('/')).then_some(folder)
}

fn undocumented(file: &SourceFile) -> Vec<Violation> {
    SHOWN
        .into_iter()
        .filter(|(_, start, part)| {
            !file.text.lines().any(|line| {
                line.strip_prefix(start)
                    .is_some_and(|rest| rest.contains(part))
            })
        })
        .map(|(what, ..)| {
            Violation::new(
                &file.path,
                0,
                format!("the module documentation lacks {what}"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCS: &str = "//! See <https://example.com>.\n//!\n//! | a | b |\n//! ```\n//! ```\n";

    fn folder(root: &str, names: &[&str]) -> Vec<SourceFile> {
        names
            .iter()
            .map(|name| SourceFile::new(format!("{root}{name}"), DOCS))
            .collect()
    }

    #[test]
    fn a_whole_backend_passes_and_each_missing_file_is_named() {
        let names = [
            "wire.rs",
            "mod.rs",
            "config.rs",
            "request.rs",
            "response.rs",
            "webhook.rs",
            "schema.rs",
        ];
        assert_eq!(check(&folder("msg-channels/src/pigeon/", &names)), []);
        for missing in names.into_iter().skip(1) {
            let rest: Vec<_> = names.into_iter().filter(|name| *name != missing).collect();
            let found = check(&folder("msg-channels/src/pigeon/", &rest));
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(
                found.first().unwrap().path,
                format!("msg-channels/src/pigeon/{missing}")
            );
        }
    }

    #[test]
    fn a_model_has_a_stream_where_a_channel_has_a_webhook() {
        let names = [
            "wire.rs",
            "mod.rs",
            "config.rs",
            "request.rs",
            "response.rs",
            "stream.rs",
            "schema.rs",
        ];
        assert_eq!(check(&folder("msg-llm/src/oracle/", &names)), []);
        assert_eq!(check(&folder("msg-channels/src/oracle/", &names)).len(), 1);
    }

    #[test]
    fn what_has_no_glue_file_is_no_backend() {
        assert_eq!(
            check(&folder("msg-channels/src/smtp/", &["mod.rs", "config.rs"])),
            []
        );
        assert_eq!(check(&folder("msg-core/src/channel/", &["wire.rs"])), []);
        assert_eq!(check(&folder("msg-channels/src/", &["wire.rs"])), []);
    }

    #[test]
    fn a_bare_module_documentation_is_found() {
        let found = undocumented(&SourceFile::new(
            "msg-channels/src/pigeon/mod.rs",
            "//! Pigeons.\n",
        ));
        assert_eq!(found.len(), 3, "{found:?}");
    }
}
