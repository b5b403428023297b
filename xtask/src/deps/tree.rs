//! What `cargo tree --prefix none` prints, as a set of packages.

use std::collections::{BTreeMap, BTreeSet};

use crate::failure::{Failure, Outcome};

/// Name and version, then the licence expression.
pub(super) const FORMAT: &str = "{p}\t{l}";

/// One package of one version.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// The licence expression of its manifest; empty when it has none.
    pub(super) licence: String,
}

/// Every package below one root (the root included), once.
#[derive(Debug, Default)]
pub(super) struct Tree {
    packages: BTreeSet<Package>,
}

impl Tree {
    pub(super) fn read(text: &str) -> Outcome<Self> {
        let packages = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(package)
            .collect::<Outcome<_>>()?;
        Ok(Self { packages })
    }

    pub(super) fn len(&self) -> usize {
        self.packages.len()
    }

    pub(super) fn packages(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter()
    }

    pub(super) fn versions(&self, name: &str) -> Vec<&str> {
        self.packages()
            .filter(|package| package.name == name)
            .map(|package| package.version.as_str())
            .collect()
    }

    /// `name (versions)` of each crate that is there more than once.
    pub(super) fn in_several_versions(&self) -> Vec<String> {
        let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for package in self.packages() {
            versions
                .entry(&package.name)
                .or_default()
                .push(&package.version);
        }
        versions.retain(|_, versions| versions.len() > 1);
        versions
            .into_iter()
            .map(|(name, versions)| format!("{name} ({})", versions.join(", ")))
            .collect()
    }
}

/// `serde v1.0.0 (proc-macro)<tab>MIT (*)`: what stands in brackets is cargo's remark, not part of the package.
fn package(line: &str) -> Outcome<Package> {
    let (package, licence) = line.split_once('\t').unwrap_or((line, ""));
    let mut words = package.split_whitespace();
    let parts = words
        .next()
        .zip(words.next().and_then(|word| word.strip_prefix('v')));
    let (name, version) = parts.ok_or_else(|| {
        Failure::new(format!(
            "`cargo tree` printed a line that is no package: `{line}`"
        ))
    })?;
    Ok(Package {
        name: name.to_owned(),
        version: version.to_owned(),
        licence: licence
            .strip_suffix("(*)")
            .unwrap_or(licence)
            .trim()
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_once_however_often_it_is_printed() {
        let text = "msg-core v0.1.0 (path+file:///x)\tMIT OR Apache-2.0\nserde v1.0.2\tMIT\n\nserde v1.0.2\tMIT (*)\nsyn v2.0.1 (proc-macro)\tMIT\nsyn v3.0.0\tMIT\n";
        let tree = Tree::read(text).unwrap();
        assert_eq!(tree.len(), 4);
        assert_eq!(tree.versions("serde"), ["1.0.2"]);
        assert_eq!(tree.in_several_versions(), ["syn (2.0.1, 3.0.0)"]);
    }

    #[test]
    fn a_line_that_is_no_package_is_a_failure() {
        assert!(Tree::read("warning: something\n").is_err());
    }
}
