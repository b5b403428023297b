//! The key to send: only the engine's dispatch step mints it.

use crate::digest::Digest;
use jiff::Timestamp;
use std::fmt;

/// Why something may leave: the proof that goes with a cleared part.
///
/// It cannot be copied: who is given a cleared part cannot clear another one with its proof.
#[derive(Debug, PartialEq, Eq)]
pub struct Clearance {
    grounds: Grounds,
}

#[derive(Debug, PartialEq, Eq)]
enum Grounds {
    Checked { policies: Digest, at: Timestamp },
    Unchecked { reason: Box<str> },
}

impl Clearance {
    /// Minted after the dispatch checks of this policy set allowed the part.
    pub(crate) const fn checked(policies: Digest, at: Timestamp) -> Self {
        Self {
            grounds: Grounds::Checked { policies, at },
        }
    }

    /// The one escape: lets something leave without any check.
    ///
    /// Every use can be found by this name. [`Engine::send_unchecked`](crate::engine::Engine::send_unchecked) writes
    /// the reason into the trace.
    pub fn unchecked(reason: impl Into<Box<str>>) -> Self {
        Self {
            grounds: Grounds::Unchecked {
                reason: reason.into(),
            },
        }
    }

    /// Clears `value` on these grounds.
    pub const fn clear<T>(self, value: T) -> Cleared<T> {
        Cleared {
            value,
            clearance: self,
        }
    }

    /// The reason of an unchecked clearance.
    #[must_use]
    pub fn unchecked_reason(&self) -> Option<&str> {
        match &self.grounds {
            Grounds::Unchecked { reason } => Some(reason),
            Grounds::Checked { .. } => None,
        }
    }

    /// The digest of the policy set that allowed it, and when.
    #[must_use]
    pub const fn checked_by(&self) -> Option<(&Digest, Timestamp)> {
        match &self.grounds {
            Grounds::Checked { policies, at } => Some((policies, *at)),
            Grounds::Unchecked { .. } => None,
        }
    }
}

/// Something that may leave. There is no other way to make one than a [`Clearance`].
pub struct Cleared<T> {
    value: T,
    clearance: Clearance,
}

impl<T> Cleared<T> {
    /// Why it may leave.
    #[must_use]
    pub const fn clearance(&self) -> &Clearance {
        &self.clearance
    }

    /// The value, no longer cleared.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> std::ops::Deref for Cleared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> fmt::Debug for Cleared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cleared")
            .field("clearance", &self.clearance)
            .finish_non_exhaustive()
    }
}
