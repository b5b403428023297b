//! Reading Rust source just well enough for the layout rules: what is code, what is text, and where the tests begin.
//!
//! Not a parser. It knows comments, strings and characters, so that a rule never trips over what stands inside them.

/// The source with the content of comments, strings and characters turned into blanks; every line keeps its place.
pub(crate) fn blanked(source: &str) -> String {
    let mut blanker = Blanker {
        rest: source.chars().collect(),
        at: 0,
        out: String::with_capacity(source.len()),
    };
    while blanker.step() {}
    blanker.out
}

/// How many lines stand before the tests of the file. A file that is nothing but tests has none.
pub(crate) fn lines_before_tests(source: &str) -> usize {
    if source
        .lines()
        .any(|line| line.trim_end() == "#![cfg(test)]")
    {
        return 0;
    }
    let lines: Vec<&str> = source.lines().collect();
    let start = lines.iter().enumerate().position(|(at, line)| {
        // Only a module with a body ends the code: `#[cfg(test)] use …` in the middle of a file does not.
        line.starts_with("#[cfg(test)]")
            && lines
                .iter()
                .skip(at)
                .map(|line| line.strip_prefix("#[cfg(test)]").unwrap_or(line).trim())
                .find(|line| !line.is_empty() && !line.starts_with("#[") && !line.starts_with("//"))
                .is_some_and(|line| line.contains("mod ") && line.ends_with('{'))
    });
    start.unwrap_or(lines.len())
}

/// The identifiers and single punctuation characters of blanked source, each with its line number from 1.
pub(crate) fn tokens(blanked: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in blanked.lines().enumerate() {
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let length = if is_word(first) {
                rest.find(|c: char| !is_word(c)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            let (token, after) = rest.split_at(length);
            if !first.is_whitespace() {
                found.push((number + 1, token));
            }
            rest = after;
        }
    }
    found
}

/// The lower-case words that a name in any of Rust's spellings is made of.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous_was_upper = true;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            previous_was_upper = true;
            continue;
        }
        if words.is_empty() || (c.is_uppercase() && !previous_was_upper) {
            words.push(String::new());
        }
        previous_was_upper = c.is_uppercase();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

struct Blanker {
    rest: Vec<char>,
    at: usize,
    out: String,
}

impl Blanker {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest.get(self.at + ahead).copied()
    }

    /// Moves over one character, which is kept or turned into a blank.
    fn take(&mut self, keep: bool) {
        if let Some(c) = self.peek(0) {
            self.out.push(if keep || c == '\n' { c } else { ' ' });
            self.at += 1;
        }
    }

    fn take_many(&mut self, count: usize, keep: bool) {
        for _ in 0..count {
            self.take(keep);
        }
    }

    /// Moves over one comment, literal, identifier or other character; false at the end.
    fn step(&mut self) -> bool {
        let Some(c) = self.peek(0) else { return false };
        match (c, self.peek(1)) {
            ('/', Some('/')) => {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.take(false);
                }
            }
            ('/', Some('*')) => self.block_comment(),
            ('"', _) => self.quoted('"'),
            ('\'', Some('\\')) => self.quoted('\''),
            // Three characters make a literal; otherwise it is a lifetime.
            ('\'', Some(_)) if self.peek(2) == Some('\'') => self.quoted('\''),
            _ if is_word(c) => self.word(),
            _ => self.take(true),
        }
        true
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while let Some(c) = self.peek(0) {
            match (c, self.peek(1)) {
                ('/', Some('*')) => {
                    depth += 1;
                    self.take_many(2, false);
                }
                ('*', Some('/')) => {
                    depth -= 1;
                    self.take_many(2, false);
                }
                _ => self.take(false),
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn quoted(&mut self, quote: char) {
        self.take(true);
        while let Some(c) = self.peek(0) {
            if c == quote {
                self.take(true);
                return;
            }
            self.take_many(if c == '\\' { 2 } else { 1 }, false);
        }
    }

    /// An identifier or number, or the prefix of a raw string together with that string.
    fn word(&mut self) {
        let start = self.at;
        while self.peek(0).is_some_and(is_word) {
            self.take(true);
        }
        let word: String = self.rest.iter().take(self.at).skip(start).collect();
        if !matches!(word.as_str(), "r" | "br" | "cr") {
            return;
        }
        let hashes = self
            .rest
            .iter()
            .skip(self.at)
            .take_while(|c| **c == '#')
            .count();
        if self.peek(hashes) == Some('"') {
            self.take_many(hashes + 1, true);
            self.raw_string(hashes);
        }
    }

    fn raw_string(&mut self, hashes: usize) {
        while let Some(c) = self.peek(0) {
            let closes = c == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'));
            if closes {
                self.take_many(hashes + 1, true);
                return;
            }
            self.take(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_become_blanks_and_code_stays() {
        for (source, expected) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("x\"y")"#, r#"f("    ")"#),
            ("r#\"a\"b\"# c", "r#\"   \"# c"),
            ("br\"q\" x", "br\" \" x"),
            ("'a' 'b: &'static str", "' ' 'b: &'static str"),
            (r"'\'' x", r"'  ' x"),
            ("r#type", "r#type"),
            ("\"one\ntwo\"", "\"   \n   \""),
        ] {
            assert_eq!(blanked(source), expected, "{source}");
        }
    }

    #[test]
    fn a_file_ends_where_its_test_module_begins() {
        assert_eq!(
            lines_before_tests("a\nb\n#[cfg(test)]\nmod tests {\n}\n"),
            2
        );
        assert_eq!(
            lines_before_tests("a\n#[cfg(test)]\n#[path = \"x\"]\nmod tests {\n}\n"),
            1
        );
        assert_eq!(lines_before_tests("#![cfg(test)]\nfn a() {}\n"), 0);
        // None of these ends the code, so a file cannot hide behind them.
        assert_eq!(lines_before_tests("#[cfg(test)]\nuse a;\nb\nc\n"), 4);
        assert_eq!(lines_before_tests("#[cfg(test)]\nmod tests;\nb\n"), 3);
        assert_eq!(
            lines_before_tests("mod a {\n    #[cfg(test)]\n    mod tests {\n}\n}\n"),
            5
        );
    }

    #[test]
    fn names_fall_into_their_words() {
        assert_eq!(words("HttpURLReader"), ["http", "urlreader"]);
        assert_eq!(words("quiet_hours"), ["quiet", "hours"]);
        assert_eq!(words("own-check"), ["own", "check"]);
        assert_eq!(words("SendOutcome2"), ["send", "outcome2"]);
    }

    #[test]
    fn tokens_know_their_line() {
        assert_eq!(
            tokens("fn a(\n b)"),
            [(1, "fn"), (1, "a"), (1, "("), (2, "b"), (2, ")")]
        );
    }
}
