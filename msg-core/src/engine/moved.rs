//! Follows a conversation to the address where its channel says that it goes on.

use super::envelope::Envelope;
use super::recorder::Recorder;
use super::{Inner, unexpected_answer};
use crate::channel::{Advice, FailureClass, SendOutcome};
use crate::consent::{ConsentAct, ConsentEvent, ConsentSource, ConsentState, Evidence};
use crate::error::Error;
use crate::id::{SubjectId, TenantId};
use crate::message::Address;
use crate::store::{Answer, Op, Query};
use crate::time::Timestamp;
use crate::trace::Noted;
use std::fmt;

/// A conversation goes on at another address: a group of Telegram that became a supergroup.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MovedAddress {
    /// Whose.
    pub tenant: TenantId,
    /// The person, when the host named one.
    pub subject: Option<SubjectId>,
    /// Where it was.
    pub from: Address,
    /// Where it is.
    pub to: Address,
}

/// The host's records of who is reached where. Hears what the engine learns about them.
pub trait AddressBook: fmt::Debug + Send + Sync + 'static {
    /// A channel said, in answer to a send, that a conversation goes on at another address, and the engine follows it there.
    ///
    /// Called at every send to the old address, so a call that was missed in a crash comes again with the next message;
    /// changing the same record twice must do no harm. Called between two sends: put the work aside if it takes long.
    fn moved(&self, moved: &MovedAddress);
}

const fn _dyn_compatible(_: &dyn AddressBook) {}

/// Where a part has to go instead. Only on the same channel, and only when the channel says that it is the same conversation:
/// with any other advice the host decides.
pub(super) fn moved_to(envelope: &Envelope<'_>, outcome: &SendOutcome) -> Option<Address> {
    let SendOutcome::Rejected(failure) = outcome else {
        return None;
    };
    let (old, new) = (&envelope.part.to, failure.moved_to.as_deref()?);
    let follows = failure.class == FailureClass::AddressMoved
        && failure.advice == Advice::Readdress
        && new.channel() == old.channel()
        && new != old;
    follows.then(|| new.clone())
}

impl Inner {
    /// Writes down for the new address what was allowed and refused at the old one, each with its own time, and tells the host.
    pub(super) async fn follow(
        &self,
        envelope: &Envelope<'_>,
        to: &Address,
        recorder: &mut Recorder,
    ) -> Result<(), Error> {
        let (tenant, from) = (&envelope.part.tenant, &envelope.part.to);
        // What the ledger knows of the new address already is newer, and counts alone.
        let mut carried = Vec::new();
        if self.ledger(tenant, to).await? == ConsentState::default() {
            carried = acts(self.ledger(tenant, from).await?);
        }
        let text = match carried.len() {
            0 => "it goes on at another address".to_owned(),
            acts => format!("it goes on at another address, with {acts} acts of consent"),
        };
        recorder.add("noted", &Noted::new("address_moved".to_owned(), text))?;
        let ops = carried.into_iter().map(|(act, source, at)| {
            let event = ConsentEvent::new(tenant.clone(), to, act, source, at);
            let evidence = Evidence::reference(format!("{}: address moved", envelope.scheme));
            let event = event.with_subject(envelope.draft.to.subject.clone());
            Op::Consent(Box::new(event.with_evidence(evidence)))
        });
        let ops: Vec<Op> = ops.collect();
        if !ops.is_empty() {
            self.store.commit(ops).await?;
        }
        if let Some(book) = &self.address_book {
            book.moved(&MovedAddress {
                tenant: tenant.clone(),
                subject: envelope.draft.to.subject.clone(),
                from: from.clone(),
                to: to.clone(),
            });
        }
        Ok(())
    }

    /// What the ledger knows of an address by itself.
    pub(super) async fn ledger(
        &self,
        tenant: &TenantId,
        address: &Address,
    ) -> Result<ConsentState, Error> {
        let query = Query::Consent {
            tenant: tenant.clone(),
            address: address.key(),
            subject: None,
        };
        match self.store.query(query).await? {
            Answer::Consent(state) => Ok(state),
            _ => Err(unexpected_answer()),
        }
    }
}

/// A state as the acts that lead to it. What START did not take back at the old address it does not at the new one: only what
/// it does comes from the channel.
fn acts(state: ConsentState) -> Vec<(ConsentAct, ConsentSource, Timestamp)> {
    let allowed = state.grants.into_iter().map(|grant| {
        let act = ConsentAct::OptIn {
            purpose: grant.purpose,
            topic: grant.topic,
            basis: grant.basis,
            expires: grant.expires,
            pending: grant.pending,
        };
        (act, ConsentSource::Channel, grant.at)
    });
    let refused = state.refusals.into_iter().map(|refusal| {
        let source = if refusal.resumable {
            ConsentSource::Channel
        } else {
            ConsentSource::Import
        };
        (ConsentAct::OptOut(refusal.scope), source, refusal.at)
    });
    allowed.chain(refused).collect()
}
