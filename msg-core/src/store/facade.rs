//! Typed views of a store: plain names for what operations and queries say.

use super::{
    Answer, Cancel, ConversationRecord, ConversationUpdate, Enqueue, FedRecord, IdentityLink, Op,
    OpResult, PartRecord, PartState, Query, Selector, Store, TraceAppend, TurnRecord,
};
use crate::consent::{ConsentEvent, ConsentState};
use crate::error::{Error, ErrorKind};
use crate::id::{ConversationId, MessageId, PartId, SubjectId, TenantId, TraceId};
use crate::message::AddressKey;
use crate::policy::SentFact;
use crate::trace::{TraceRecord, verify};
use jiff::Timestamp;
use std::sync::Arc;

/// How many parts a selector changed, and how many were too late to take back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Changed.
    pub changed: u32,
    /// Leased, ambiguous or sent. Of a cancel only.
    pub too_late: u32,
}

fn misfit() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the store answered another question than was asked",
    )
}

async fn one(store: &dyn Store, op: Op) -> Result<OpResult, Error> {
    store.commit(vec![op]).await?.pop().ok_or_else(misfit)
}

async fn done(store: &dyn Store, op: Op) -> Result<(), Error> {
    match one(store, op).await? {
        OpResult::Done => Ok(()),
        _ => Err(misfit()),
    }
}

/// Asks, and takes the answer that the query is documented to get.
macro_rules! ask {
    ($store:expr, $query:expr, $answer:ident) => {
        match $store.query($query).await? {
            Answer::$answer(answer) => Ok(answer),
            _ => Err(misfit()),
        }
    };
}

macro_rules! view {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name(Arc<dyn Store>);

        impl $name {
            /// A view of `store`. Cheap: it is a counted reference.
            #[must_use]
            pub const fn new(store: Arc<dyn Store>) -> Self {
                Self(store)
            }
        }
    };
}

view! {
    /// Parts on their way. Claims and settlements stay with [`Store`]: the engine batches them.
    Outbox
}

impl Outbox {
    /// Puts a message into the outbox. Gives the message that is there, and whether it is new.
    ///
    /// # Errors
    /// As [`Store::commit`]; [`ErrorKind::Conflict`] for a key that was used for another payload.
    pub async fn enqueue(&self, enqueue: Enqueue) -> Result<(MessageId, bool), Error> {
        match one(&*self.0, Op::Enqueue(Box::new(enqueue))).await? {
            OpResult::Enqueued { message, new } => Ok((message, new)),
            _ => Err(misfit()),
        }
    }

    /// Takes queued and parked parts back.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn cancel(&self, cancel: Cancel) -> Result<Changed, Error> {
        self.change(Op::Cancel(cancel)).await
    }

    /// Makes parked parts claimable. Records nothing in the trace: a check that asks for a person at dispatch asks again.
    /// [`Engine::release`](crate::engine::Engine::release) records who released them.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn release(&self, selector: Selector) -> Result<Changed, Error> {
        self.change(Op::Release(selector)).await
    }

    /// Makes dead parts claimable again, with a new budget of attempts.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn redrive(&self, selector: Selector) -> Result<Changed, Error> {
        self.change(Op::Redrive(selector)).await
    }

    async fn change(&self, op: Op) -> Result<Changed, Error> {
        match one(&*self.0, op).await? {
            OpResult::Changed { changed, too_late } => Ok(Changed { changed, too_late }),
            _ => Err(misfit()),
        }
    }

    /// The parts of a message, in order. Empty when there is no such message.
    ///
    /// # Errors
    /// As [`Store::query`].
    pub async fn message(&self, message: MessageId) -> Result<Vec<PartRecord>, Error> {
        ask!(self.0, Query::Message(message), Parts)
    }

    /// The part that a provider knows by this id.
    ///
    /// # Errors
    /// As [`Store::query`].
    pub async fn of_provider(
        &self,
        tenant: TenantId,
        scheme: &str,
        provider_id: &str,
    ) -> Result<Option<PartRecord>, Error> {
        let query = Query::Provider {
            tenant,
            scheme: scheme.into(),
            provider_id: provider_id.into(),
        };
        let parts: Result<Vec<PartRecord>, Error> = ask!(self.0, query, Parts);
        Ok(parts?.into_iter().next())
    }

    /// Parts in a state by id, `limit` at most, from the one behind `after` on.
    ///
    /// # Errors
    /// As [`Store::query`].
    pub async fn list(
        &self,
        state: PartState,
        after: Option<PartId>,
        limit: usize,
    ) -> Result<Vec<PartRecord>, Error> {
        let query = Query::Parts {
            state,
            after,
            limit,
        };
        ask!(self.0, query, Parts)
    }

    /// When the next part is due; none when nothing is queued.
    ///
    /// # Errors
    /// As [`Store::query`].
    pub async fn next_due(&self) -> Result<Option<Timestamp>, Error> {
        ask!(self.0, Query::NextDue, Due)
    }

    /// What was accepted for an address, and for a person on every address, newest first.
    ///
    /// # Errors
    /// As [`Store::query`].
    pub async fn sent(
        &self,
        tenant: TenantId,
        address: AddressKey,
        subject: Option<SubjectId>,
        since: Timestamp,
    ) -> Result<Vec<SentFact>, Error> {
        let query = Query::Sent {
            tenant,
            address,
            subject,
            since,
            deciding: None,
        };
        ask!(self.0, query, Sent)
    }
}

view! {
    /// The consent ledger.
    Ledger
}

impl Ledger {
    /// Records an event. An opt-out cancels what waits and is covered, in the same commit.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn record(&self, event: ConsentEvent) -> Result<(), Error> {
        done(&*self.0, Op::Consent(Box::new(event))).await
    }

    /// What an address allows, with its person's refusals of everything.
    ///
    /// # Errors
    /// As [`Store::query`].
    pub async fn state(
        &self,
        tenant: TenantId,
        address: AddressKey,
        subject: Option<SubjectId>,
    ) -> Result<ConsentState, Error> {
        let query = Query::Consent {
            tenant,
            address,
            subject,
        };
        ask!(self.0, query, Consent)
    }

    /// The events of an address, oldest first: what a regulator asks for.
    ///
    /// # Errors
    /// As [`Store::query`].
    pub async fn events(
        &self,
        tenant: TenantId,
        address: AddressKey,
    ) -> Result<Vec<ConsentEvent>, Error> {
        ask!(
            self.0,
            Query::ConsentEvents { tenant, address },
            ConsentEvents
        )
    }

    /// How many events this process knows of. Cheap; a change says that a refusal may have come.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.0.ledger_seq()
    }
}

view! {
    /// What was said in conversations, and what is known of them.
    Transcript
}

impl Transcript {
    /// Adds a turn.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn append(&self, turn: TurnRecord) -> Result<(), Error> {
        done(&*self.0, Op::Turn(Box::new(turn))).await
    }

    /// The last turns, `limit` at most, oldest first.
    ///
    /// # Errors
    /// As [`Store::query`].
    pub async fn turns(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        limit: usize,
    ) -> Result<Vec<TurnRecord>, Error> {
        let query = Query::Turns {
            tenant,
            conversation,
            limit,
        };
        ask!(self.0, query, Turns)
    }

    /// Changes what is known of a conversation.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn update(&self, update: ConversationUpdate) -> Result<(), Error> {
        done(&*self.0, Op::Conversation(Box::new(update))).await
    }

    /// What is known of a conversation; of one that nobody knows, nothing.
    ///
    /// # Errors
    /// As [`Store::query`].
    pub async fn conversation(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> Result<ConversationRecord, Error> {
        let query = Query::Conversation {
            tenant,
            conversation,
        };
        ask!(self.0, query, Conversation)
    }
}

view! {
    /// The records of messages from intent to receipt.
    Traces
}

impl Traces {
    /// Appends events to a trace.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn append(&self, append: TraceAppend) -> Result<(), Error> {
        done(&*self.0, Op::Trace(append)).await
    }

    /// The records of a trace, in order, verified: one unbroken chain from the first on.
    ///
    /// # Errors
    /// As [`Store::query`]; [`ErrorKind::Corrupt`] names the first record that does not fit.
    pub async fn read(&self, trace: TraceId) -> Result<Vec<TraceRecord>, Error> {
        let records: Result<Vec<TraceRecord>, Error> = ask!(self.0, Query::Trace(trace), Trace);
        let records = records?;
        verify(&records)?;
        Ok(records)
    }

    /// Traces by the time of their first record, newest first, `limit` at most.
    ///
    /// # Errors
    /// As [`Store::query`].
    pub async fn list(
        &self,
        tenant: TenantId,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<TraceId>, Error> {
        let query = Query::Traces {
            tenant,
            since,
            limit,
        };
        ask!(self.0, query, Traces)
    }
}

impl Traces {
    /// The records of all traces in the order of appending, those that `reader` has not read: for an archive or an event
    /// log that follows the traces. Gives the same ones again until [`Traces::fed`] says that they were taken over.
    ///
    /// # Errors
    /// As [`Store::query`].
    pub async fn feed(&self, reader: &str, limit: usize) -> Result<Vec<FedRecord>, Error> {
        let reader = reader.to_owned();
        ask!(self.0, Query::TraceFeed { reader, limit }, TraceFeed)
    }

    /// Remembers that `reader` has every record up to this [number](FedRecord::number).
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn fed(&self, reader: &str, upto: u64) -> Result<(), Error> {
        let reader = reader.to_owned();
        done(&*self.0, Op::TraceFed { reader, upto }).await
    }
}

view! {
    /// Which address belongs to whom.
    Identities
}

impl Identities {
    /// Links an address to a person, or takes the link back: [`IdentityLink::revoked`].
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn link(&self, link: IdentityLink) -> Result<(), Error> {
        done(&*self.0, Op::Identity(Box::new(link))).await
    }

    /// Who an address belongs to: links that hold, newest first. There may be several people; choosing one is a guess.
    ///
    /// # Errors
    /// As [`Store::query`].
    pub async fn people(
        &self,
        tenant: TenantId,
        address: AddressKey,
    ) -> Result<Vec<IdentityLink>, Error> {
        ask!(self.0, Query::Identity { tenant, address }, Identities)
    }

    /// The addresses of a person: links that hold, newest first.
    ///
    /// # Errors
    /// As [`Store::query`].
    pub async fn addresses(
        &self,
        tenant: TenantId,
        subject: SubjectId,
    ) -> Result<Vec<IdentityLink>, Error> {
        ask!(self.0, Query::Addresses { tenant, subject }, Identities)
    }
}

#[cfg(test)]
mod tests;
