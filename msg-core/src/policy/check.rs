//! The contract of a policy check.

use super::{Facts, Need, Verdict};
use crate::id::CheckId;
use crate::message::{Address, Content, Draft};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// When a check runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// Before anything is composed: no content yet, no token spent.
    Before,
    /// After it is composed: the content is there.
    After,
    /// When a part is about to leave: the last word.
    Dispatch,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 3] = [Self::Before, Self::After, Self::Dispatch];
}

/// What a check may know. Everything in it is recorded in the trace, so that the check can be replayed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PolicyInput<'a> {
    /// When in the way of a message it runs.
    pub phase: Phase,
    /// The time, read once a phase.
    pub now: Timestamp,
    /// The draft: to whom, what for, in which language, who writes it. Its body, alternatives and fallback are
    /// empty: what is said is in [`PolicyInput::content`].
    pub draft: &'a Draft,
    /// The address that was chosen.
    pub to: &'a Address,
    /// What is said; none before it is composed, and none at dispatch, where it was already checked.
    pub content: Option<&'a Content>,
    /// The facts that checks asked for.
    pub facts: &'a Facts,
}

impl<'a> PolicyInput<'a> {
    /// An input without content and facts.
    #[must_use]
    pub const fn new(
        phase: Phase,
        now: Timestamp,
        draft: &'a Draft,
        to: &'a Address,
        facts: &'a Facts,
    ) -> Self {
        Self {
            phase,
            now,
            draft,
            to,
            content: None,
            facts,
        }
    }

    /// Sets the content.
    #[must_use]
    pub const fn with_content(mut self, content: Option<&'a Content>) -> Self {
        self.content = content;
        self
    }
}

/// Decides whether a message may go on.
///
/// # Contract
/// - Pure: no clock, no I/O, no randomness, no state. The same input gives the same verdict.
/// - A fact that the check needs and does not get never makes it allow: it holds, asks a person or denies.
/// - Reasons carry a stable code and say why in fixed words; never a body, an address or a secret.
pub trait PolicyCheck: fmt::Debug + Send + Sync + 'static {
    /// Its name, unique in a set.
    fn id(&self) -> &CheckId;

    /// When it runs.
    fn phases(&self) -> &[Phase];

    /// Which facts it reads.
    fn needs(&self) -> &[Need];

    /// Names its rules: another configuration has another revision. Goes into the trace.
    fn revision(&self) -> &str;

    /// The verdict.
    fn evaluate(&self, input: &PolicyInput<'_>) -> Verdict;
}

const fn _dyn_compatible(_: &dyn PolicyCheck) {}
