//! What a store gives back.

use crate::channel::Failure;
use crate::id::{ConversationId, MessageId, PartId, SubjectId, TenantId, TopicId};
use crate::message::{Address, AddressKey, ChannelKind, Content, DeliveryState, Purpose};
use crate::open::open_names;
use crate::trace::TraceRecord;
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a part stands in the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PartState {
    /// To be sent.
    Queued,
    /// Somebody sends it.
    Leased,
    /// Nobody knows whether it left.
    Ambiguous,
    /// It waits for a person.
    Parked,
    /// The provider took it.
    Accepted,
    /// It was taken back.
    Cancelled,
    /// It could not be sent.
    Dead,
}

impl PartState {
    /// Whether it holds its lane: nothing behind it may leave.
    #[must_use]
    pub const fn holds_lane(self) -> bool {
        matches!(
            self,
            Self::Queued | Self::Leased | Self::Ambiguous | Self::Parked
        )
    }
}

/// A part of the outbox.
#[derive(Clone, PartialEq)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct PartRecord {
    /// Which part of which message.
    pub id: PartId,
    /// Whose.
    pub tenant: TenantId,
    /// Where it stands.
    pub state: PartState,
    /// How many attempts were made.
    pub attempts: u32,
    /// From when it may be claimed.
    pub due: Timestamp,
    /// Until when.
    pub expires: Option<Timestamp>,
    /// Where it goes.
    pub address: AddressKey,
    /// The channel.
    pub channel: ChannelKind,
    /// What it is for.
    pub purpose: Purpose,
    /// The topic.
    pub topic: Option<TopicId>,
    /// How far it got.
    pub delivery: DeliveryState,
    /// When the provider took it.
    pub accepted_at: Option<Timestamp>,
    /// The provider's first id.
    pub provider_id: Option<String>,
    /// Why it was cancelled, why it is ambiguous, in which queue it waits.
    pub note: Option<String>,
    /// The last failure.
    pub failure: Option<Box<Failure>>,
    /// What the engine put there.
    pub body: Bytes,
}

impl PartRecord {
    /// A queued part that was never tried and is due at once, as a store begins to build the record of one.
    #[must_use]
    pub fn new(
        id: PartId,
        tenant: TenantId,
        (channel, address): (ChannelKind, AddressKey),
        purpose: Purpose,
        body: Bytes,
    ) -> Self {
        Self {
            id,
            tenant,
            state: PartState::Queued,
            attempts: 0,
            due: Timestamp::UNIX_EPOCH,
            expires: None,
            address,
            channel,
            purpose,
            topic: None,
            delivery: DeliveryState::default(),
            accepted_at: None,
            provider_id: None,
            note: None,
            failure: None,
            body,
        }
    }
}

open_names! {
    /// Who spoke in a turn.
    Speaker {
        /// The person.
        Person = "person",
        /// The host's messages.
        Host = "host",
        /// Somebody of the host's staff.
        Staff = "staff",
    }
}

/// One turn of a transcript.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TurnRecord {
    /// Whose.
    pub tenant: TenantId,
    /// The conversation.
    pub conversation: ConversationId,
    /// When.
    pub at: Timestamp,
    /// Who spoke.
    pub speaker: Speaker,
    /// What was said.
    pub content: Content,
    /// The host's message, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
}

impl TurnRecord {
    /// A turn.
    #[must_use]
    pub const fn new(
        tenant: TenantId,
        conversation: ConversationId,
        at: Timestamp,
        speaker: Speaker,
        content: Content,
    ) -> Self {
        Self {
            tenant,
            conversation,
            at,
            speaker,
            content,
            message: None,
        }
    }
}

/// What is known of a conversation.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct ConversationRecord {
    /// When the person last wrote.
    pub last_inbound: Option<Timestamp>,
    /// Whether a person of the host's staff owns it.
    pub handed_off: bool,
    /// What the last message's answers mean.
    pub answers: Option<Bytes>,
}

/// A record of a trace, as the feed of all traces gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FedRecord {
    /// Its number in the feed. Grows in the order of appending, perhaps with gaps.
    pub number: u64,
    /// Whose.
    pub tenant: TenantId,
    /// The record.
    pub record: TraceRecord,
}

impl FedRecord {
    /// A record with its number, as a store makes it.
    #[must_use]
    pub const fn new(number: u64, tenant: TenantId, record: TraceRecord) -> Self {
        Self {
            number,
            tenant,
            record,
        }
    }
}

open_names! {
    /// How sure a link is.
    LinkStrength {
        /// The person proved it, by a code.
        Verified = "verified",
        /// The person said so.
        Declared = "declared",
        /// The host says so.
        Asserted = "asserted",
        /// It was inferred.
        Inferred = "inferred",
    }
}

/// Links an address to a person. Links can be taken back; people are never merged by guesswork.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IdentityLink {
    /// Whose.
    pub tenant: TenantId,
    /// The address.
    pub address: Address,
    /// The person.
    pub subject: SubjectId,
    /// How sure it is.
    pub strength: LinkStrength,
    /// Since when.
    pub at: Timestamp,
    /// Whether this takes the link back.
    #[serde(default)]
    pub revoked: bool,
}

impl IdentityLink {
    /// A link.
    #[must_use]
    pub const fn new(
        tenant: TenantId,
        address: Address,
        subject: SubjectId,
        strength: LinkStrength,
        at: Timestamp,
    ) -> Self {
        Self {
            tenant,
            address,
            subject,
            strength,
            at,
            revoked: false,
        }
    }
}

crate::open::veiled! {
    PartRecord { id, tenant, state, attempts, due, channel, purpose, delivery, note };
    ConversationRecord { last_inbound, handed_off };
    TurnRecord { tenant, at, speaker, content };
}
