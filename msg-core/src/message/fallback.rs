//! When a message goes on to the next address of its recipient.

use super::state::Progress;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Lets a message that was put into the outbox go on to the next address of its [recipient](super::Recipient): RCS, then SMS.
///
/// Without it the addresses are tried only while the message is planned: by capability, and by what the checks allow. With it
/// the next one is also tried when the channel refuses the message, at once or in a later status, and, if a time is set,
/// when no receipt came within it. Every way is planned anew for its channel, passes every check, and is recorded in the
/// same trace.
///
/// One success is intended: what still waits for another way is taken back when a receipt comes. A receipt that comes too
/// late for that is told as [`DuplicateReach`](crate::trace::DuplicateReach).
///
/// Nothing goes on to another address when the person blocked the sender or opted out, at the provider or by answering STOP
/// at the address that it left, when the time of the message is over, or when a check forbids it at the last moment: those say something about the message, not about the channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChannelFallback {
    /// How long a way may go without a receipt, from when its provider took the message, or from when it was to leave if no
    /// provider took it. None waits for ever. Not used on a channel that gives no receipts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_receipt: Option<Duration>,
    /// What counts as a receipt; at least delivered.
    #[serde(default, skip_serializing_if = "is_delivered")]
    pub receipt: Receipted,
}

/// What counts as a receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Receipted {
    /// It is on the person's device or in the mailbox.
    #[default]
    Delivered,
    /// The person saw it.
    Read,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde calls"
)]
const fn is_delivered(receipt: &Receipted) -> bool {
    matches!(receipt, Receipted::Delivered)
}

impl Receipted {
    /// How far a part must have got.
    #[must_use]
    pub const fn progress(self) -> Progress {
        match self {
            Self::Delivered => Progress::Delivered,
            Self::Read => Progress::Read,
        }
    }
}

impl ChannelFallback {
    /// Goes on when a channel refuses.
    #[must_use]
    pub fn on_refusal() -> Self {
        Self::default()
    }

    /// Goes on when a channel refuses, or gives no receipt within this time.
    #[must_use]
    pub fn without_receipt_for(within: Duration) -> Self {
        Self {
            without_receipt: Some(within),
            ..Self::default()
        }
    }

    /// Sets what counts as a receipt.
    #[must_use]
    pub const fn counting(mut self, receipt: Receipted) -> Self {
        self.receipt = receipt;
        self
    }
}
