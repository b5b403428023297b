//! What can be read.

use super::claim::LeaseToken;
use super::record::{
    ConversationRecord, FedRecord, IdentityLink, PartRecord, PartState, TurnRecord,
};
use crate::consent::{ConsentEvent, ConsentState};
use crate::id::{ConversationId, MessageId, PartId, SubjectId, TenantId, TraceId};
use crate::message::AddressKey;
use crate::policy::SentFact;
use crate::trace::TraceRecord;
use jiff::Timestamp;

/// A question to a store. Each says which answer it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Query {
    /// The parts of a message → [`Answer::Parts`].
    Message(MessageId),
    /// The part that a provider knows by this id → [`Answer::Parts`] with at most one.
    Provider {
        /// Whose.
        tenant: TenantId,
        /// The adapter.
        scheme: String,
        /// The provider's id.
        provider_id: String,
    },
    /// Parts in a state, by id → [`Answer::Parts`].
    Parts {
        /// The state.
        state: PartState,
        /// Only ids after this one.
        after: Option<PartId>,
        /// How many at most.
        limit: usize,
    },
    /// When the next part that is queued and first in its lane is due → [`Answer::Due`].
    NextDue,
    /// What an address allows, with the refusals of everything of its person → [`Answer::Consent`]: the fold of the
    /// events of the address, [with](crate::consent::ConsentState::with_person) the [fold](crate::consent::PersonState)
    /// of the events that name the person.
    Consent {
        /// Whose.
        tenant: TenantId,
        /// The address.
        address: AddressKey,
        /// The person.
        subject: Option<SubjectId>,
    },
    /// The events of an address, oldest first → [`Answer::ConsentEvents`].
    ConsentEvents {
        /// Whose.
        tenant: TenantId,
        /// The address.
        address: AddressKey,
    },
    /// What was accepted for an address, whoever the person was, and for a person on every address, each once, newest
    /// first; first parts of each [way](PartId::way) only, so that a message counts once on each channel →
    /// [`Answer::Sent`].
    ///
    /// Asked for a claim it tells what is on its way as well: leased by an earlier claim, or ambiguous, with the end of the
    /// lease as its time; and nothing of the claim's own message. So of two that leave at once the later one sees the
    /// earlier one, and never both each other: whoever decides by the answer sends neither too much nor nothing for ever.
    Sent {
        /// Whose.
        tenant: TenantId,
        /// The address.
        address: AddressKey,
        /// The person.
        subject: Option<SubjectId>,
        /// From when.
        since: Timestamp,
        /// The claim that is decided by it, if any.
        deciding: Option<Deciding>,
    },
    /// The last turns of a conversation by time, oldest first → [`Answer::Turns`].
    Turns {
        /// Whose.
        tenant: TenantId,
        /// The conversation.
        conversation: ConversationId,
        /// How many at most.
        limit: usize,
    },
    /// What is known of a conversation → [`Answer::Conversation`].
    Conversation {
        /// Whose.
        tenant: TenantId,
        /// The conversation.
        conversation: ConversationId,
    },
    /// The records of a trace, in order → [`Answer::Trace`].
    Trace(TraceId),
    /// Traces of a tenant by the time of their first record, newest first → [`Answer::Traces`].
    Traces {
        /// Whose.
        tenant: TenantId,
        /// From when.
        since: Timestamp,
        /// How many at most.
        limit: usize,
    },
    /// The records of all traces in the order of appending, after those that the reader [has
    /// read](super::Op::TraceFed) → [`Answer::TraceFeed`].
    TraceFeed {
        /// Who reads.
        reader: String,
        /// How many at most.
        limit: usize,
    },
    /// Who an address belongs to → [`Answer::Identities`], links that hold, newest first.
    Identity {
        /// Whose.
        tenant: TenantId,
        /// The address.
        address: AddressKey,
    },
    /// The addresses of a person → [`Answer::Identities`], links that hold, newest first.
    Addresses {
        /// Whose.
        tenant: TenantId,
        /// The person.
        subject: SubjectId,
    },
}

/// A claim that waits for the answer to [`Query::Sent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deciding {
    /// The message that it is of.
    pub message: MessageId,
    /// Its place among the claims.
    pub token: LeaseToken,
}

impl Deciding {
    /// Whether a claim may send a part of this message.
    #[must_use]
    pub const fn new(message: MessageId, token: LeaseToken) -> Self {
        Self { message, token }
    }
}

/// What a query answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is named by the query that asks for it")]
pub enum Answer {
    Parts(Vec<PartRecord>),
    Due(Option<Timestamp>),
    Consent(ConsentState),
    ConsentEvents(Vec<ConsentEvent>),
    Sent(Vec<SentFact>),
    Turns(Vec<TurnRecord>),
    Conversation(ConversationRecord),
    Trace(Vec<TraceRecord>),
    Traces(Vec<TraceId>),
    TraceFeed(Vec<FedRecord>),
    Identities(Vec<IdentityLink>),
}
