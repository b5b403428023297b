//! What a check says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What a check says, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What is to happen.
    pub decision: Decision,
    /// Why. May be empty for [`Decision::Allow`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
}

/// What is to happen, mildest first. Exhaustive on purpose: a new decision must break whoever acts on them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It may go on.
    Allow,
    /// It may go on after these edits.
    Rewrite(Vec<Edit>),
    /// Not before this time; then it is checked again.
    Hold(Timestamp),
    /// A person decides, in this queue.
    Review(Cow<'static, str>),
    /// It must not go on.
    Deny,
}

impl Decision {
    const fn strictness(&self) -> u8 {
        match self {
            Self::Allow => 0,
            Self::Rewrite(_) => 1,
            Self::Hold(_) => 2,
            Self::Review(_) => 3,
            Self::Deny => 4,
        }
    }

    /// The stricter of two. Of two holds the later one; rewrites are put together; of two reviews the first.
    #[must_use]
    pub fn strictest(self, other: Self) -> Self {
        match (self, other) {
            (Self::Rewrite(mut edits), Self::Rewrite(more)) => {
                edits.extend(more);
                Self::Rewrite(edits)
            }
            (Self::Hold(a), Self::Hold(b)) => Self::Hold(a.max(b)),
            (a, b) if b.strictness() > a.strictness() => b,
            (a, _) => a,
        }
    }
}

/// A change to what is said.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Edit {
    /// Puts other words into a span.
    Replace {
        /// Where.
        span: Span,
        /// What stands there then.
        with: String,
    },
    /// Sets the line that must follow the text.
    Footer(String),
    /// Sets the line that must precede the text.
    Disclosure(String),
}

/// A place in the text: the runs that [`Content::for_each_text`](crate::message::Content::for_each_text) visits are
/// numbered from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Span {
    /// Which run.
    pub run: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Bytes `start..end` of run `run`. Texts beyond 4 GiB saturate.
    #[must_use]
    pub fn new(run: usize, range: std::ops::Range<usize>) -> Self {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            run: narrow(run),
            start: narrow(range.start),
            end: narrow(range.end),
        }
    }
}

/// Why a check says what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// A stable code, unique within the check: `quiet_hours`.
    pub code: Cow<'static, str>,
    /// Why in plain words, for a person. Never a body, an address or a secret.
    pub text: Cow<'static, str>,
    /// Where in the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    /// What it rests on: a rule's id and source, a fact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

impl Reason {
    /// A reason.
    pub fn new(code: impl Into<Cow<'static, str>>, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code: code.into(),
            text: text.into(),
            spans: Vec::new(),
            evidence: Vec::new(),
        }
    }

    /// Adds a place in the text.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.spans.push(span);
        self
    }

    /// Adds what it rests on.
    #[must_use]
    pub fn because(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }
}

impl Verdict {
    /// It may go on.
    #[must_use]
    pub const fn allow() -> Self {
        Self {
            decision: Decision::Allow,
            reasons: Vec::new(),
        }
    }

    /// A decision with one reason.
    #[must_use]
    pub fn new(decision: Decision, reason: Reason) -> Self {
        Self {
            decision,
            reasons: vec![reason],
        }
    }

    /// Not before this time.
    #[must_use]
    pub fn hold(until: Timestamp, reason: Reason) -> Self {
        Self::new(Decision::Hold(until), reason)
    }

    /// A person decides.
    pub fn review(queue: impl Into<Cow<'static, str>>, reason: Reason) -> Self {
        Self::new(Decision::Review(queue.into()), reason)
    }

    /// It must not go on.
    #[must_use]
    pub fn deny(reason: Reason) -> Self {
        Self::new(Decision::Deny, reason)
    }
}

crate::open::veiled! {
    Edit;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_decision() -> impl Strategy<Value = Decision> {
        prop_oneof![
            Just(Decision::Allow),
            Just(Decision::Rewrite(vec![Edit::Footer("x".into())])),
            (0..9_i64).prop_map(|s| Decision::Hold(Timestamp::from_second(s).unwrap())),
            Just(Decision::Review("legal".into())),
            Just(Decision::Deny),
        ]
    }

    proptest! {
        #[test]
        fn the_strictest_wins_in_any_order(a in any_decision(), b in any_decision(), c in any_decision()) {
            let left = a.clone().strictest(b.clone()).strictest(c.clone());
            prop_assert_eq!(&left, &a.clone().strictest(b.clone().strictest(c.clone())));
            prop_assert_eq!(a.clone().strictest(b.clone()).strictness(), b.strictest(a.clone()).strictness());
            prop_assert!(left.strictness() >= a.strictness() && left.strictness() >= c.strictness());
        }
    }
}
