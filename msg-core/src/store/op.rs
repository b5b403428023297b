//! What can be committed.

use super::claim::LeaseToken;
use super::record::{IdentityLink, TurnRecord};
use crate::channel::{Failure, Receipt};
use crate::consent::ConsentEvent;
use crate::digest::Digest;
use crate::id::{
    AccountId, ConversationId, MessageId, PartId, SubjectId, TenantId, TopicId, TraceId,
};
use crate::message::{Address, AddressKey, ChannelKind, DeliveryState, Priority, Purpose};
use bytes::Bytes;
use jiff::Timestamp;

/// One operation of a batch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Op {
    /// Puts the parts of a message into the outbox.
    Enqueue(Box<Enqueue>),
    /// Ends a claim.
    Settle(Box<Settle>),
    /// Makes a claim's lease longer.
    Extend {
        /// The claim.
        token: LeaseToken,
        /// The lease's new end.
        until: Timestamp,
    },
    /// Takes queued parts back.
    Cancel(Cancel),
    /// Makes parked parts (waiting for a person) claimable.
    Release(Selector),
    /// Makes dead parts claimable again, with a new budget of attempts.
    Redrive(Selector),
    /// Records a consent event.
    Consent(Box<ConsentEvent>),
    /// Leases, ends or gives back an inbound key.
    Inbound(InboundOp),
    /// Adds a turn to a transcript.
    Turn(Box<TurnRecord>),
    /// Appends events to a trace.
    Trace(TraceAppend),
    /// Remembers how far a reader of the [feed of traces](super::Query::TraceFeed) is. Never moves back.
    TraceFed {
        /// Who reads.
        reader: String,
        /// The number of the last record that it has.
        upto: u64,
    },
    /// Joins a delivery state.
    Status(Box<StatusOp>),
    /// Changes what is known of a conversation.
    Conversation(Box<ConversationUpdate>),
    /// Links an address to a person.
    Identity(Box<IdentityLink>),
}

/// What an operation answers, at the place of the operation in its batch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpResult {
    /// Done.
    Done,
    /// Not applied: an enqueue of the batch found its message in the outbox.
    Skipped,
    /// A message is in the outbox. When it is not new, no other operation of the batch was applied.
    Enqueued {
        /// The message that is there.
        message: MessageId,
        /// Whether this batch put it there.
        new: bool,
    },
    /// How many parts were changed, and how many a cancel could not take back because they are leased, ambiguous or sent.
    Changed {
        /// Changed.
        changed: u32,
        /// Leased, ambiguous or sent. Of a cancel only.
        too_late: u32,
    },
    /// Where an inbound key stands.
    Inbound(InboundLease),
    /// The part whose delivery state was joined; none when the status was parked.
    Status(Option<PartId>),
}

/// The parts of a message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Enqueue {
    /// The message.
    pub message: MessageId,
    /// Whose.
    pub tenant: TenantId,
    /// Its idempotency key and the digest of its payload.
    pub key: Option<(String, Digest)>,
    /// Its parts, in order. Never empty.
    pub parts: Vec<NewPart>,
    /// The time of the operation.
    pub now: Timestamp,
}

impl Enqueue {
    /// Parts without an idempotency key.
    #[must_use]
    pub const fn new(
        message: MessageId,
        tenant: TenantId,
        parts: Vec<NewPart>,
        now: Timestamp,
    ) -> Self {
        Self {
            message,
            tenant,
            key: None,
            parts,
            now,
        }
    }
}

/// A part that goes into the outbox.
#[derive(Clone, PartialEq)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct NewPart {
    /// Which part of which message.
    pub id: PartId,
    /// Parts of one lane leave in order. None has no order to keep.
    pub lane: Option<u64>,
    /// Its class.
    pub priority: Priority,
    /// Not claimed before.
    pub due: Timestamp,
    /// Not claimed after.
    pub expires: Option<Timestamp>,
    /// Whether it waits for a person.
    pub parked: bool,
    /// Where it goes.
    pub address: AddressKey,
    /// The channel.
    pub channel: ChannelKind,
    /// The person, when known.
    pub subject: Option<SubjectId>,
    /// What it is for.
    pub purpose: Purpose,
    /// The topic.
    pub topic: Option<TopicId>,
    /// The conversation.
    pub conversation: Option<ConversationId>,
    /// The account that sends it.
    pub account: Option<AccountId>,
    /// What the engine needs to send it. Opaque to the store.
    pub body: Bytes,
}

impl NewPart {
    /// A part that is due at once.
    pub fn new(
        id: PartId,
        address: &Address,
        purpose: Purpose,
        due: Timestamp,
        body: impl Into<Bytes>,
    ) -> Self {
        Self {
            id,
            lane: None,
            priority: purpose.priority(),
            due,
            expires: None,
            parked: false,
            address: address.key(),
            channel: address.channel().clone(),
            subject: None,
            purpose,
            topic: None,
            conversation: None,
            account: None,
            body: body.into(),
        }
    }

    /// Sets the lane.
    #[must_use]
    pub const fn in_lane(mut self, lane: u64) -> Self {
        self.lane = Some(lane);
        self
    }
}

/// Ends a claim.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settle {
    /// The part.
    pub part: PartId,
    /// The claim; none for a part that is ambiguous, which has no lease.
    pub token: Option<LeaseToken>,
    /// What became of it.
    pub settlement: Settlement,
    /// The time of the operation.
    pub now: Timestamp,
}

impl Settle {
    /// Ends the claim of `token`.
    #[must_use]
    pub const fn new(
        part: PartId,
        token: Option<LeaseToken>,
        settlement: Settlement,
        now: Timestamp,
    ) -> Self {
        Self {
            part,
            token,
            settlement,
            now,
        }
    }
}

/// What became of a claimed or ambiguous part.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Settlement {
    /// The provider took it.
    Accepted {
        /// The adapter.
        scheme: String,
        /// The provider's ids.
        receipt: Receipt,
    },
    /// To be tried again from this time on.
    Requeue {
        /// From when.
        at: Timestamp,
        /// Whether the attempt counts. A 429 or a hold does not.
        count: bool,
        /// Why.
        failure: Option<Box<Failure>>,
    },
    /// Nobody knows whether it left.
    Ambiguous {
        /// What happened.
        evidence: String,
    },
    /// It waits for a person.
    Parked {
        /// In which queue.
        queue: String,
    },
    /// It cannot be sent.
    Dead {
        /// Why.
        failure: Box<Failure>,
    },
    /// It must not be sent any more.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// It never left this process: as if it had not been claimed.
    Released,
}

/// Which parts are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selector {
    /// All parts of a message.
    Message(MessageId),
    /// The parts of a message from this one on, of the same [way](PartId::way).
    MessageFrom(PartId),
    /// Everything to an address.
    Address(TenantId, AddressKey),
    /// Everything to a person, of a purpose or of all.
    Subject(TenantId, SubjectId, Option<Purpose>),
    /// Everything of a conversation.
    Conversation(TenantId, ConversationId),
    /// Everything of a topic or campaign.
    Topic(TenantId, TopicId),
    /// Everything of a tenant.
    Tenant(TenantId),
}

/// Takes queued parts back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cancel {
    /// Which.
    pub selector: Selector,
    /// Why.
    pub reason: String,
    /// The time of the operation.
    pub now: Timestamp,
}

impl Cancel {
    /// Takes `selector` back.
    pub fn new(selector: Selector, reason: impl Into<String>, now: Timestamp) -> Self {
        Self {
            selector,
            reason: reason.into(),
            now,
        }
    }
}

/// What is done with an inbound key. Keys carry tenant and scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InboundOp {
    /// Takes the lease, if nobody has it.
    Lease {
        /// The key.
        key: String,
        /// The lease's end.
        until: Timestamp,
        /// The time of the operation.
        now: Timestamp,
    },
    /// The event was worked on: never again.
    Done {
        /// The key.
        key: String,
        /// The time of the operation.
        now: Timestamp,
    },
    /// The work failed: whoever gets it next may try.
    Release {
        /// The key.
        key: String,
    },
}

/// Where an inbound key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InboundLease {
    /// The caller has the lease now.
    Fresh,
    /// Somebody has it.
    Busy,
    /// It was worked on.
    Done,
}

/// Events for a trace: canonical JSON each.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TraceAppend {
    /// Whose.
    pub tenant: TenantId,
    /// The trace.
    pub trace: TraceId,
    /// The time of the operation.
    pub at: Timestamp,
    /// The events, in order.
    pub events: Vec<Bytes>,
}

impl TraceAppend {
    /// Appends `events`.
    #[must_use]
    pub const fn new(tenant: TenantId, trace: TraceId, at: Timestamp, events: Vec<Bytes>) -> Self {
        Self {
            tenant,
            trace,
            at,
            events,
        }
    }
}

/// Joins a delivery state.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StatusOp {
    /// Whose.
    pub tenant: TenantId,
    /// The adapter.
    pub scheme: String,
    /// The provider's id.
    pub provider_id: String,
    /// What it says.
    pub state: DeliveryState,
    /// The time of the operation.
    pub now: Timestamp,
}

impl StatusOp {
    /// A state of a provider's message.
    pub fn new(
        tenant: TenantId,
        scheme: impl Into<String>,
        provider_id: impl Into<String>,
        state: DeliveryState,
        now: Timestamp,
    ) -> Self {
        Self {
            tenant,
            scheme: scheme.into(),
            provider_id: provider_id.into(),
            state,
            now,
        }
    }
}

/// Changes what is known of a conversation. A field that is none stays.
#[derive(Clone, PartialEq)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct ConversationUpdate {
    /// Whose.
    pub tenant: TenantId,
    /// The conversation.
    pub conversation: ConversationId,
    /// When the person last wrote. Never moves back.
    pub last_inbound: Option<Timestamp>,
    /// Whether a person of the host's staff owns it.
    pub handed_off: Option<bool>,
    /// What the last message's answers mean: canonical JSON of an answer map.
    pub answers: Option<Bytes>,
}

impl ConversationUpdate {
    /// Changes nothing yet.
    #[must_use]
    pub const fn new(tenant: TenantId, conversation: ConversationId) -> Self {
        Self {
            tenant,
            conversation,
            last_inbound: None,
            handed_off: None,
            answers: None,
        }
    }
}

crate::open::veiled! {
    NewPart { id, priority, due, expires, parked, channel, purpose };
    TraceAppend { tenant, trace, at };
    ConversationUpdate { tenant, last_inbound, handed_off };
}
