//! How far a part got: a lattice, so that reports may come in any order, twice, or early.

use serde::{Deserialize, Serialize};

/// The furthest that a part is known to have got.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// In the outbox.
    #[default]
    Pending,
    /// The provider took it.
    Accepted,
    /// The provider queued it.
    Queued,
    /// It went to the network.
    Submitted,
    /// The network took it.
    Sent,
    /// It is on the person's device or in the mailbox.
    Delivered,
    /// The person saw it.
    Read,
    /// The person listened to it.
    Played,
}

/// Why a part ended without arriving. The later one wins over the earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// It was taken back before it was sent.
    Cancelled,
    /// Its time was over.
    Expired,
    /// The provider or the network refused it.
    Failed,
    /// It came back, perhaps after it was delivered.
    Bounced,
}

/// What is known of a part: a join-semilattice. [`DeliveryState::join`] is commutative, associative and idempotent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeliveryState {
    /// The furthest that it got.
    pub progress: Progress,
    /// Why it ended, if a report said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
}

/// What a reader is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// It got this far.
    Reached(Progress),
    /// It ended without arriving.
    Stopped(Stop),
    /// It arrived and came back later.
    DeliveredThenBounced,
}

impl DeliveryState {
    /// It got this far.
    #[must_use]
    pub const fn reached(progress: Progress) -> Self {
        Self {
            progress,
            stop: None,
        }
    }

    /// It ended.
    #[must_use]
    pub const fn stopped(stop: Stop) -> Self {
        Self {
            progress: Progress::Pending,
            stop: Some(stop),
        }
    }

    /// What is known from both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            progress: self.progress.max(other.progress),
            stop: self.stop.max(other.stop),
        }
    }

    /// What a reader is told. A stop counts only below delivered; a bounce after that is told as such.
    #[must_use]
    pub fn delivery(self) -> Delivery {
        match self.stop {
            Some(Stop::Bounced) if self.progress >= Progress::Delivered => {
                Delivery::DeliveredThenBounced
            }
            Some(stop) if self.progress < Progress::Delivered => Delivery::Stopped(stop),
            _ => Delivery::Reached(self.progress),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_state() -> impl Strategy<Value = DeliveryState> {
        use Progress::{Accepted, Delivered, Pending, Played, Queued, Read, Sent, Submitted};
        let progress = prop::sample::select(vec![
            Pending, Accepted, Queued, Submitted, Sent, Delivered, Read, Played,
        ]);
        let stop = prop::option::of(prop::sample::select(vec![
            Stop::Cancelled,
            Stop::Expired,
            Stop::Failed,
            Stop::Bounced,
        ]));
        (progress, stop).prop_map(|(progress, stop)| DeliveryState { progress, stop })
    }

    proptest! {
        #[test]
        fn join_is_a_semilattice(a in any_state(), b in any_state(), c in any_state()) {
            prop_assert_eq!(a.join(b), b.join(a));
            prop_assert_eq!(a.join(b).join(c), a.join(b.join(c)));
            prop_assert_eq!(a.join(a), a);
            prop_assert!(a.join(b).progress >= a.progress);
        }
    }

    #[test]
    fn a_stop_wins_only_below_delivered() {
        let read = DeliveryState::reached(Progress::Read);
        assert_eq!(
            read.join(DeliveryState::stopped(Stop::Failed)).delivery(),
            Delivery::Reached(Progress::Read)
        );
        assert_eq!(
            read.join(DeliveryState::stopped(Stop::Bounced)).delivery(),
            Delivery::DeliveredThenBounced
        );
        let sent = DeliveryState::reached(Progress::Sent);
        assert_eq!(
            sent.join(DeliveryState::stopped(Stop::Failed)).delivery(),
            Delivery::Stopped(Stop::Failed)
        );
    }
}
