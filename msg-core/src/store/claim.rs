//! Leases.

use crate::id::{AccountId, PartId, TenantId};
use crate::message::ChannelKind;
use bytes::Bytes;
use jiff::Timestamp;

/// Names one claim of one part. A later claim has another token, and a greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LeaseToken {
    /// Grows with every opening of the store by an owner.
    pub epoch: u64,
    /// Grows by one with every leased part of an epoch, from 1.
    pub number: u64,
}

/// Asks for parts to send.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimRequest {
    /// The time now.
    pub now: Timestamp,
    /// When the leases end.
    pub until: Timestamp,
    /// How many parts at most.
    pub limit: usize,
    /// Channels and accounts that must wait: an account of none closes the whole channel.
    pub closed: Vec<(ChannelKind, Option<AccountId>)>,
}

impl ClaimRequest {
    /// At most `limit` parts that are due at `now`, leased until `until`.
    #[must_use]
    pub const fn new(now: Timestamp, until: Timestamp, limit: usize) -> Self {
        Self {
            now,
            until,
            limit,
            closed: Vec::new(),
        }
    }
}

/// A part that the caller may send.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Claimed {
    /// The part.
    pub part: PartId,
    /// Whose.
    pub tenant: TenantId,
    /// The claim.
    pub token: LeaseToken,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// What the engine put there.
    pub body: Bytes,
    /// The number of consent events when it was claimed.
    pub ledger_seq: u64,
}

impl Claimed {
    /// A first attempt, as a store makes it.
    #[must_use]
    pub const fn new(part: PartId, tenant: TenantId, token: LeaseToken, body: Bytes) -> Self {
        Self {
            part,
            tenant,
            token,
            attempt: 1,
            body,
            ledger_seq: 0,
        }
    }

    /// Sets which attempt it is, and how many consent events there were.
    #[must_use]
    pub const fn counted(mut self, attempt: u32, ledger_seq: u64) -> Self {
        self.attempt = attempt;
        self.ledger_seq = ledger_seq;
        self
    }
}

crate::open::veiled! {
    Claimed { part, tenant, token, attempt };
}
