//! The rules of direction, each a pure function over a resolved tree.

use super::tree::Tree;

/// The one registry that dependencies come from, as `Cargo.lock` spells it.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub(super) fn absent(whose: &str, tree: &Tree, names: &[&str]) -> Vec<String> {
    names
        .iter()
        .filter(|name| !tree.versions(name).is_empty())
        .map(|name| format!("{whose}: `{name}` must not be in its tree (`cargo tree -i {name}` shows who brings it)"))
        .collect()
}

pub(super) fn at_most(whose: &str, tree: &Tree, most: usize) -> Option<String> {
    (tree.len() > most).then(|| format!("{whose}: {} crates, at most {most}", tree.len()))
}

/// Exactly one: none at all means that the rule looks at the wrong thing.
pub(super) fn one_version(tree: &Tree, name: &str) -> Option<String> {
    let versions = tree.versions(name);
    (versions.len() != 1).then(|| {
        format!(
            "`{name}`: exactly one version is linked, not [{}]",
            versions.join(", ")
        )
    })
}

/// Packages of the lock file that come from anywhere but the registry or the workspace.
pub(super) fn foreign_sources(lock: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut name = "";
    for line in lock.lines() {
        match line.split_once(" = ") {
            Some(("name", value)) => name = value.trim_matches('"'),
            Some(("source", value)) if value.trim_matches('"') != REGISTRY => {
                found.push(format!(
                    "`{name}` comes from {value}, not from the registry"
                ));
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        Tree::read(
            "msg-core v0.1.0\tMIT\nrustls v0.23.1\tMIT\nrustls v0.22.0\tMIT\ntokio v1.54.1\tMIT\n",
        )
        .unwrap()
    }

    #[test]
    fn a_crate_that_must_not_be_there_is_found() {
        assert_eq!(absent("x", &tree(), &["openssl", "tokio"]).len(), 1);
        assert_eq!(absent("x", &tree(), &["toki", "openssl"]).len(), 0);
    }

    #[test]
    fn too_many_crates_are_found() {
        assert_eq!(at_most("x", &tree(), 4), None);
        assert!(at_most("x", &tree(), 3).is_some());
    }

    #[test]
    fn two_versions_and_none_are_found() {
        assert_eq!(one_version(&tree(), "tokio"), None);
        assert!(
            one_version(&tree(), "rustls")
                .unwrap()
                .contains("0.22.0, 0.23.1")
        );
        assert!(one_version(&tree(), "reqwest").is_some());
    }

    #[test]
    fn a_source_that_is_not_the_registry_is_found() {
        let lock = format!(
            "name = \"a\"\nsource = \"{REGISTRY}\"\nname = \"own\"\n\nname = \"b\"\nsource = \"git+https://x/y\"\n"
        );
        let found = foreign_sources(&lock);
        assert_eq!(found.len(), 1);
        assert!(found.first().unwrap().starts_with("`b`"));
    }
}
