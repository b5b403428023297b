//! Policy: checks are pure functions of recorded facts, and the strictest verdict wins.

mod check;
mod fact;
mod set;
pub mod vault;
mod verdict;

pub use check::{Phase, PolicyCheck, PolicyInput};
pub use fact::{Approval, ConversationFact, FactSource, Facts, Need, SentFact, StopFact};
pub use set::{CheckVerdict, Evaluation, PolicySet, REWRITE_QUEUE};
pub use vault::{PiiSpan, Vault};
pub use verdict::{Decision, Edit, Reason, Span, Verdict};

use std::fmt;
use std::ops::Range;

/// Finds personal data in a text. Pure.
pub trait Detector: fmt::Debug + Send + Sync + 'static {
    /// What was found: byte ranges on character boundaries, ascending, without overlap, each with its kind in
    /// uppercase (`EMAIL`).
    fn find(&self, text: &str) -> Vec<(Range<usize>, &'static str)>;
}
