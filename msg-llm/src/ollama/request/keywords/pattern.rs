//! Patterns that have a grammar.

use super::MOST_REPEATED;

/// Whether the pattern is read as what it says (`_visit_pattern` of the file that the module above names, and `parse_char` of
/// `llama-grammar.cpp` beside it): one that holds for the whole text, without groups that begin with `?`, without repetitions
/// that take as little as they can, and without classes and places that have a letter, such as `\d` and `\b`.
pub(super) fn is_taken(pattern: &str) -> bool {
    let Some(inner) = pattern.strip_prefix('^').and_then(|p| p.strip_suffix('$')) else {
        return false;
    };
    let (mut within, mut first, mut repeated, mut any) = (false, false, true, false);
    let mut depth = 0_u32;
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        let opens = std::mem::take(&mut first);
        match letter {
            '\\' => {
                // What is escaped in a class goes on as it is, and few escapes are known there.
                let known = if within {
                    "\\\"[]tnr"
                } else {
                    "\\\"[]tnr^$.()|{}*+?"
                };
                if !letters.next().is_some_and(|next| known.contains(next)) {
                    return false;
                }
                repeated = false;
            }
            '^' if within && opens => {}
            ']' if within => (within, repeated) = (false, false),
            _ if within => {}
            '^' | '$' => return false,
            '[' => (within, first) = (true, true),
            '(' => (depth, repeated) = (depth + 1, true),
            ')' if depth == 0 => return false,
            ')' => (depth, repeated) = (depth - 1, false),
            // Nothing to repeat, a group that begins with `?`, or a repetition of a repetition.
            '*' | '+' | '?' | '{' if repeated => return false,
            '|' | '*' | '+' | '?' => repeated = true,
            '{' => {
                let Some((bounds, rest)) = letters.as_str().split_once('}') else {
                    return false;
                };
                let (least, most) = bounds.split_once(',').unwrap_or((bounds, ""));
                let is_bound = |text: &str| text.parse().is_ok_and(|n: u64| n < MOST_REPEATED);
                if !is_bound(least) || !(most.is_empty() || is_bound(most)) {
                    return false;
                }
                letters = rest.chars();
                repeated = true;
            }
            _ => repeated = false,
        }
        any = true;
    }
    any && !within && depth == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_with_a_grammar() {
        for taken in [
            "^[A-Z]{2}[0-9]{4,6}$",
            "^(red|green)$",
            "^a\\.b+$",
            "^[^a-z]*x?$",
            "^\\$[0-9]+(\\.[0-9]{2})?$",
            "^[0-9]{3,}$",
        ] {
            assert!(is_taken(taken), "{taken}");
        }
        for refused in [
            "",
            "^",
            "$",
            "^$",
            "abc",
            "^abc",
            "abc$",
            "^\\d+$",
            "^[\\w-]+$",
            "^(?:a|b)$",
            "^(?=a)b$",
            "^a+?$",
            "^a**$",
            "^*a$",
            "^a^b$",
            "^a$b$",
            "^(a$",
            "^a)$",
            "^[a$",
            "^a\\$",
            "^a{2000}$",
            "^a{x}$",
            "^a{,3}$",
            "^a{3$",
            "^a{1,2,3}$",
            "^\\bword$",
        ] {
            assert!(!is_taken(refused), "{refused}");
        }
    }
}
