//! What the writer thread is asked to do.

use super::purge::Purged;
use super::reply::Reply;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::store::{ClaimRequest, Claimed, Op, OpResult};

/// The class of a job: the earlier one is applied first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Settlements: they end work that was done.
    Settle,
    /// Consent, cancellations, statuses and inbound keys.
    Consent,
    /// Claims.
    Claim,
    /// Everything that makes more work.
    Enqueue,
}

impl Class {
    pub(super) const COUNT: usize = 4;
}

pub(super) type Results = Vec<OpResult>;

/// One caller's wish.
pub(super) enum Job {
    Commit(Class, Vec<Op>, Option<Reply<Results>>),
    Claim(ClaimRequest, Reply<Vec<Claimed>>),
    Purge(Timestamp, Reply<Purged>),
}

impl Job {
    pub(super) fn commit(batch: Vec<Op>, reply: Reply<Results>) -> Self {
        Self::Commit(class_of(&batch), batch, Some(reply))
    }

    pub(super) const fn class(&self) -> Class {
        match self {
            Self::Commit(class, ..) => *class,
            Self::Claim(..) => Class::Claim,
            Self::Purge(..) => Class::Enqueue,
        }
    }

    /// Whether nobody waits for what it would change. A commit is done all the same: it may have been meant.
    pub(super) fn is_abandoned(&self) -> bool {
        match self {
            Self::Commit(..) => false,
            Self::Claim(_, reply) => reply.is_abandoned(),
            Self::Purge(_, reply) => reply.is_abandoned(),
        }
    }

    /// Answers with an error.
    pub(super) fn fail(self, error: Error) {
        match self {
            Self::Commit(_, _, reply) => {
                if let Some(reply) = reply {
                    let _ = reply.send(Err(error));
                }
            }
            Self::Claim(_, reply) => {
                let _ = reply.send(Err(error));
            }
            Self::Purge(_, reply) => {
                let _ = reply.send(Err(error));
            }
        }
    }

    /// About how many rows it touches.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Commit(_, batch, _) => batch.len().max(1),
            Self::Claim(request, _) => request.limit.clamp(1, super::queue::GROUP),
            Self::Purge(..) => super::purge::STEP,
        }
    }
}

/// A batch belongs to the most urgent class that one of its operations has, so that a STOP with its transcript turn is
/// not kept waiting behind a campaign.
fn class_of(batch: &[Op]) -> Class {
    let mut class = Class::Enqueue;
    for op in batch {
        match op {
            Op::Settle(_) | Op::Extend { .. } => return Class::Settle,
            Op::Consent(_)
            | Op::Cancel(_)
            | Op::Release(_)
            | Op::Redrive(_)
            | Op::Inbound(_)
            | Op::Status(_) => class = Class::Consent,
            _ => {}
        }
    }
    class
}
