//! What several checks share.

use msg_core::digest::Digest;
use std::fmt::Debug;

/// How long a message waits before it is checked again when something could not be known.
#[cfg(any(feature = "consent", feature = "frequency", feature = "quiet-hours"))]
pub(crate) const RECHECK: std::time::Duration = std::time::Duration::from_mins(5);

/// What a check says when a fact it needs was not gathered: later, never "yes".
#[cfg(any(feature = "consent", feature = "frequency"))]
pub(crate) fn missing(now: msg_core::Timestamp, fact: &'static str) -> msg_core::policy::Verdict {
    use msg_core::policy::{Reason, Verdict};
    let reason = Reason::new("fact_missing", "a fact that decides this is not known")
        .because(format!("fact: {fact}"));
    Verdict::hold(msg_core::time::after(now, RECHECK), reason)
}

/// Names a configuration: `version` of the code's rules and a short digest of the settings.
pub(crate) fn revision(version: u32, settings: &impl Debug) -> String {
    format!(
        "{version}-{:.16}",
        Digest::of(format!("{settings:?}").as_bytes())
    )
}

/// Whether the place `code` (`US-FL`) lies in the jurisdiction `area` (`US` or `US-FL`).
#[cfg(any(feature = "consent", feature = "frequency", feature = "quiet-hours"))]
pub(crate) fn within(code: &str, area: &str) -> bool {
    code.strip_prefix(area)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}
