//! The README of a published crate lists every feature of its manifest, and none that is not there; none is on by
//! default.

use super::Violation;

pub(super) fn check(krate: &str, manifest: &str, readme: &str) -> Vec<Violation> {
    let features = features(manifest);
    let listed = listed(readme);
    let mut found = Vec::new();
    if !manifest.lines().any(|line| line.trim() == "default = []") {
        found.push(Violation::new(
            &format!("{krate}/Cargo.toml"),
            0,
            "no feature is on by default: `default = []`",
        ));
    }
    // `default` is what stands in the table by being said to be empty; a leading underscore marks what is private.
    for feature in features
        .iter()
        .filter(|name| **name != "default" && !name.starts_with('_'))
    {
        if !listed.iter().any(|(_, name)| name == feature) {
            let what = format!(
                "the feature `{feature}` is not in a table whose first column is `feature`"
            );
            found.push(Violation::new(&format!("{krate}/README.md"), 0, what));
        }
    }
    for (line, name) in listed.iter().filter(|(_, name)| !features.contains(name)) {
        let what = format!("the feature `{name}` is not in Cargo.toml");
        found.push(Violation::new(&format!("{krate}/README.md"), *line, what));
    }
    found
}

/// The keys of the `[features]` table.
pub(crate) fn features(manifest: &str) -> Vec<&str> {
    let mut inside = false;
    let mut depth = 0_usize;
    let mut names = Vec::new();
    for line in manifest.lines() {
        let code = line.split('#').next().unwrap_or(line);
        if depth == 0 && code.trim_start().starts_with('[') {
            inside = code.trim() == "[features]";
            continue;
        }
        if !inside {
            continue;
        }
        if depth == 0
            && let Some((name, _)) = code.split_once('=')
        {
            names.push(name.trim().trim_matches('"'));
        }
        depth = (depth + code.matches('[').count()).saturating_sub(code.matches(']').count());
    }
    names
}

/// The first cell of each row of the tables whose first heading is `feature`, with its line.
fn listed(readme: &str) -> Vec<(usize, &str)> {
    let mut inside = false;
    let mut names = Vec::new();
    for (at, line) in readme.lines().enumerate() {
        let Some(row) = line.trim().strip_prefix('|') else {
            inside = false;
            continue;
        };
        let cell = row.split('|').next().unwrap_or(row).trim();
        if cell.eq_ignore_ascii_case("feature") || cell.eq_ignore_ascii_case("features") {
            inside = true;
        } else if inside && !cell.starts_with(['-', ':']) {
            names.push((at + 1, cell.trim_matches('`')));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[package]\nname = \"x\"\n\n[features]\ndefault = []\nfull = [\n    \"a\", # why = so\n]\n# A.\na = [\"dep:b\"]\n_inner = []\n\n[dependencies]\nb = { optional = true }\n";

    #[test]
    fn the_keys_of_the_table_are_the_features() {
        assert_eq!(features(MANIFEST), ["default", "full", "a", "_inner"]);
    }

    #[test]
    fn a_feature_that_is_not_listed_is_found() {
        let whole = "| Feature | what |\n|---|---|\n| `full` | all |\n| `a` | one |\n";
        assert_eq!(check("x", MANIFEST, whole), []);
        let found = check(
            "x",
            MANIFEST,
            "The feature `a`.\n\n| feature | what |\n|:--|---|\n| `full` | all |\n",
        );
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found.first().unwrap().what.contains("`a`"));
    }

    #[test]
    fn a_default_feature_is_found() {
        let found = check("x", "[features]\ndefault = [\"a\"]\n", "");
        assert_eq!(found.first().unwrap().path, "x/Cargo.toml", "{found:?}");
    }

    #[test]
    fn a_row_without_a_feature_is_found() {
        let text = "| feature | what |\n|---|---|\n| `full` | |\n| `a` | |\n| `gone` | |\n\n| kind | what |\n|---|---|\n| `z` | |\n";
        let found = check("x", MANIFEST, text);
        assert_eq!(
            found,
            [Violation::new(
                "x/README.md",
                5,
                "the feature `gone` is not in Cargo.toml"
            )]
        );
    }
}
