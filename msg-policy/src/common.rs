//! What several checks share.

use msg_core::Timestamp;
use msg_core::digest::Digest;
use msg_core::policy::{Reason, Verdict};
use std::fmt::Debug;
use std::time::Duration;

/// How long a message waits before it is checked again when something could not be known.
pub(crate) const RECHECK: Duration = Duration::from_mins(5);

/// What a check says when a fact it needs was not gathered: later, never "yes".
pub(crate) fn missing(now: Timestamp, fact: &'static str) -> Verdict {
    let reason = Reason::new("fact_missing", "a fact that decides this is not known").because(format!("fact: {fact}"));
    Verdict::hold(msg_core::time::after(now, RECHECK), reason)
}

/// Names a configuration: `version` of the code's rules and a short digest of the settings.
pub(crate) fn revision(version: u32, settings: &impl Debug) -> String {
    format!("{version}-{:.16}", Digest::of(format!("{settings:?}").as_bytes()))
}

/// Whether the place `code` (`US-FL`) lies in the jurisdiction `area` (`US` or `US-FL`).
pub(crate) fn within(code: &str, area: &str) -> bool {
    code.strip_prefix(area).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}
