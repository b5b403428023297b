//! Every licence of what is linked is one that a user of `MIT OR Apache-2.0` can accept without asking a lawyer.

use super::tree::Tree;

/// Permissive licences that need nothing but their text kept (SPDX identifiers).
const ACCEPTED: [&str; 13] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "ISC",
    "Zlib",
    "BSL-1.0",
    "Unicode-3.0",
    "Unlicense",
    // The list of root certificates: data, not code.
    "CDLA-Permissive-2.0",
];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    tree.packages()
        .filter(|package| !is_accepted(&package.licence))
        .map(|package| {
            format!(
                "`{}` {}: the licence `{}` is not on the list",
                package.name, package.version, package.licence
            )
        })
        .collect()
}

/// Whether the expression can be met by accepted licences alone. Old manifests write `/` for `OR`.
fn is_accepted(expression: &str) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let accepted = alternatives(&mut words);
    accepted && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn alternatives(words: &mut Words<'_>) -> bool {
    let mut accepted = conjunction(words);
    while words.next_if_eq(&"OR").is_some() {
        // Both sides are read before they are joined: the words must be consumed either way.
        accepted = conjunction(words) || accepted;
    }
    accepted
}

fn conjunction(words: &mut Words<'_>) -> bool {
    let mut accepted = single(words);
    while words.next_if_eq(&"AND").is_some() {
        accepted = single(words) && accepted;
    }
    accepted
}

fn single(words: &mut Words<'_>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let accepted = alternatives(words);
        return words.next_if_eq(&")").is_some() && accepted;
    }
    let Some(name) = words.next() else {
        return false;
    };
    let mut name = name.to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        name = format!("{name} WITH {}", words.next().unwrap_or_default());
    }
    ACCEPTED.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_met_or_not() {
        for good in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
            "Apache-2.0 AND ISC",
        ] {
            assert!(is_accepted(good), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR ISC) AND MPL-2.0",
            "GPL-2.0 WITH x",
            "(MIT",
        ] {
            assert!(!is_accepted(bad), "{bad}");
        }
    }

    #[test]
    fn a_package_without_an_accepted_licence_is_found() {
        let tree = Tree::read("a v1.0.0\tMIT\nb v2.0.0\tAGPL-3.0\nc v1.0.0\t\n").unwrap();
        let found = check(&tree);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.first().unwrap().contains("AGPL-3.0"));
    }
}
