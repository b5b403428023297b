//! The seam for recognising what a person means by a word.

use std::fmt;

/// What a message says about consent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signal {
    /// No more messages, this far.
    OptOut(super::OptOutScope),
    /// Messages again.
    Resume,
    /// Asks what this is.
    Help,
}

/// Recognises words such as STOP, START and HELP. Pure: the same text gives the same answer.
pub trait KeywordMatcher: fmt::Debug + Send + Sync + 'static {
    /// What `text` says about consent, if anything. `language` is BCP 47 when known.
    fn recognize(&self, text: &str, language: Option<&str>) -> Option<Signal>;
}
