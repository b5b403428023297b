//! Phrases as data, compiled into one automaton.

use crate::fold::{Also, fold, is_word};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use msg_core::{Error, ErrorKind};
use serde::Deserialize;
use std::ops::Range;

/// The shipped list.
const SHIPPED: &str = include_str!("../../data/risk-phrases.json");

/// Phrases up to this many bytes together become a DFA, which is several times faster than what is chosen for longer lists and takes
/// about 150 bytes of memory for each of theirs.
const DFA_BYTES: usize = 16 * 1024;

/// What a phrase is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Category {
    /// Promises nobody can keep.
    Guarantee,
    /// Legal advice, admissions, threats of law.
    Legal,
    /// Health advice and cures.
    Medical,
    /// Money advice, promised returns, requests for secrets.
    Financial,
    /// Violence and intimidation.
    Threat,
    /// Exclusion or contempt for what somebody is.
    Discrimination,
    /// What the host does not want said.
    Host,
}

impl Category {
    /// The stable lower-case name, which is also the code of the reason.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guarantee => "guarantee",
            Self::Legal => "legal",
            Self::Medical => "medical",
            Self::Financial => "financial",
            Self::Threat => "threat",
            Self::Discrimination => "discrimination",
            Self::Host => "host",
        }
    }
}

/// What a phrase leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// It is noted.
    Low,
    /// A person looks at the message.
    Medium,
    /// The message does not leave.
    High,
}

/// A phrase, matched as whole words in any case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Phrase {
    /// The words, one space between them.
    pub phrase: String,
    /// What it is about.
    pub category: Category,
    /// What it leads to.
    pub severity: Severity,
}

impl Phrase {
    /// A phrase.
    pub fn new(phrase: impl Into<String>, category: Category, severity: Severity) -> Self {
        Self {
            phrase: phrase.into(),
            category,
            severity,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    version: String,
    rows: Vec<Phrase>,
}

/// The shipped phrases and their version. A list to start from, in English.
pub(super) fn shipped() -> (String, Vec<Phrase>) {
    // The file is part of the crate and a test reads it.
    serde_json::from_str::<List>(SHIPPED).map_or_else(
        |_| (String::new(), Vec::new()),
        |list| (list.version, list.rows),
    )
}

/// A phrase found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    /// Position in the list.
    pub(super) phrase: usize,
}

/// The phrases, ready to search.
#[derive(Clone, Debug)]
pub(super) struct Automaton {
    pub(super) phrases: Vec<Phrase>,
    search: AhoCorasick,
}

impl Automaton {
    pub(super) fn new(phrases: Vec<Phrase>) -> Result<Self, Error> {
        if let Some(empty) = phrases.iter().position(|row| row.phrase.trim().is_empty()) {
            return Err(
                Error::invalid("a risk phrase has no words").with_context("row", empty.to_string())
            );
        }
        let size: usize = phrases.iter().map(|row| row.phrase.len()).sum();
        let search = AhoCorasick::builder()
            .kind((size <= DFA_BYTES).then_some(AhoCorasickKind::DFA))
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(phrases.iter().map(|row| row.phrase.trim().to_lowercase()))
            .map_err(|e| {
                Error::new(
                    ErrorKind::Invalid,
                    "the risk phrases are too many to compile",
                )
                .with_source(e)
            })?;
        Ok(Self { phrases, search })
    }

    /// Every phrase in `text`, by place. Disguised characters, odd spaces and line ends do not hide one.
    pub(super) fn find(&self, text: &str) -> Vec<Found> {
        let mut found: Vec<Found> = self.whole_words(text.as_bytes()).collect();
        if !text.is_ascii() {
            // Letters outside ASCII are only matched as they are, or in lower case where that has the same length.
            let lower = text.to_lowercase();
            if lower.len() == text.len() && lower != text {
                let more = self
                    .whole_words(lower.as_bytes())
                    .filter(|one| text.get(one.range.clone()).is_some());
                found.extend(more.collect::<Vec<_>>());
            }
        }
        if let Some(folded) = fold(text, Also::Spaces) {
            found.extend(self.whole_words(&folded.bytes).filter_map(|one| {
                let (start, end) = folded.original(text, one.range.start, one.range.end)?;
                Some(Found {
                    range: start..end,
                    phrase: one.phrase,
                })
            }));
        }
        found.sort_unstable_by_key(|one| (one.phrase, one.range.start, one.range.end));
        // The folded text finds again what the text itself gave, perhaps with the invisible characters around it.
        found
            .dedup_by(|next, kept| next.phrase == kept.phrase && next.range.start < kept.range.end);
        found.sort_unstable_by_key(|one| (one.range.start, one.range.end));
        found
    }

    fn whole_words<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = Found> + 'a {
        let inside = |i: Option<usize>| {
            i.and_then(|i| text.get(i))
                .is_some_and(|&b| is_word(b) || is_letter_byte(text, i))
        };
        self.search
            .find_overlapping_iter(text)
            .filter_map(move |hit| {
                let cut = inside(hit.start().checked_sub(1)) || inside(Some(hit.end()));
                (!cut).then(|| Found {
                    range: hit.range(),
                    phrase: hit.pattern().as_usize(),
                })
            })
    }
}

/// Whether the byte at `i` belongs to a character beyond Latin-1 punctuation in UTF-8 text: such a character next to a phrase is
/// taken for a letter unless it is one of the general punctuation marks (which begin with 0xE2).
fn is_letter_byte(text: &[u8], i: Option<usize>) -> bool {
    let Some(lead) = i
        .and_then(|i| text.get(..=i))
        .and_then(|head| head.iter().rfind(|b| **b & 0xc0 != 0x80))
    else {
        return false;
    };
    matches!(*lead, 0xc3..=0xdf)
}
