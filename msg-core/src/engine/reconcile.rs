//! Finds out what became of sends whose outcome is unknown.

use super::builder::AmbiguousRule;
use super::envelope::Envelope;
use super::recorder::Recorder;
use super::settle::{accepted, accepted_ops};
use super::{Engine, Inner, unexpected_answer};
use crate::channel::{FailureClass, SendOutcome};
use crate::error::{Error, ErrorKind};
use crate::id::{PartId, TraceId};
use crate::store::{Answer, Op, PartRecord, PartState, Query, Settle, Settlement};
use crate::time::Timestamp;
use crate::trace::Reconciled;

/// What one step of reconciliation did. Counts parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reconciliation {
    /// The provider had taken them.
    pub accepted: usize,
    /// The provider had not, or a rule says so: they are queued again.
    pub requeued: usize,
    /// A person decides.
    pub review: usize,
    /// They cannot be sent.
    pub dead: usize,
    /// Nobody can tell yet.
    pub open: usize,
    /// Settled meanwhile by whoever sent them.
    pub settled: usize,
    /// Where the next step goes on.
    pub next: Option<PartId>,
}

impl Engine {
    /// Looks into up to `limit` ambiguous parts after `from`: asks the provider where it can be asked, else follows the
    /// rule of the purpose. Never sends.
    ///
    /// # Errors
    /// The store's.
    pub async fn reconcile(
        &self,
        from: Option<PartId>,
        limit: usize,
    ) -> Result<Reconciliation, Error> {
        let inner = &self.0;
        let query = Query::Parts {
            state: PartState::Ambiguous,
            after: from,
            limit,
        };
        let Answer::Parts(parts) = inner.store.query(query).await? else {
            return Err(unexpected_answer());
        };
        let mut done = Reconciliation {
            next: parts.last().map(|part| part.id),
            ..Reconciliation::default()
        };
        for part in parts {
            match inner.look_into(&part).await {
                Ok(found) => done.count(found),
                // Whoever sent it came back late and settled it: there is nothing left to find out.
                Err(error) if error.kind() == ErrorKind::Fenced => done.settled += 1,
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
}

/// What was found out about one part, or decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Accepted,
    Requeued,
    Review,
    Dead,
    Open,
}

impl Reconciliation {
    const fn count(&mut self, found: Found) {
        *match found {
            Found::Accepted => &mut self.accepted,
            Found::Requeued => &mut self.requeued,
            Found::Review => &mut self.review,
            Found::Dead => &mut self.dead,
            Found::Open => &mut self.open,
        } += 1;
    }
}

impl Inner {
    async fn look_into(&self, record: &PartRecord) -> Result<Found, Error> {
        if record.id.is_watch() {
            // Looking again harms nothing.
            let again = (requeue(self.clock.now()), "a watch looks again");
            self.end(record, None, again, Vec::new()).await?;
            return Ok(Found::Requeued);
        }
        let Ok(envelope) = Envelope::read(&record.body) else {
            // It must not stand in the way of the others for ever.
            let settlement = parked("held for review: it cannot be read");
            self.end(record, None, settlement, Vec::new()).await?;
            return Ok(Found::Review);
        };
        let adapter = self.adapter_named(&envelope.scheme);
        let outcome = match adapter.and_then(|adapter| adapter.reconciler()) {
            Some(reconciler) => Some(reconciler.look_up(&envelope.part).await),
            None => None,
        };
        let now = self.clock.now();
        let (found, settlement) = match &outcome {
            Some(SendOutcome::Ambiguous(_)) => return Ok(Found::Open),
            Some(SendOutcome::Accepted(receipt) | SendOutcome::AlreadyAccepted(receipt)) => {
                let settlement = accepted(&envelope, receipt.clone());
                (Found::Accepted, (settlement, "the provider has it"))
            }
            Some(SendOutcome::Rejected(failure)) if failure.class != FailureClass::Transient => {
                let failure = Box::new(failure.clone());
                let settlement = Settlement::Dead { failure };
                (Found::Dead, (settlement, "the provider refused it"))
            }
            // However it came about, no part is tried more often than this.
            _ if record.attempts >= self.settings.max_attempts => {
                let why = "held for review: it was tried too often";
                (Found::Review, parked(why))
            }
            Some(SendOutcome::Rejected(_)) => {
                let why = "the provider does not have it";
                (Found::Requeued, (requeue(now), why))
            }
            None if self.settings.rule(&record.purpose) == AmbiguousRule::Resend => {
                let why = "sent again by rule: nobody can be asked";
                (Found::Requeued, (requeue(now), why))
            }
            None => (
                Found::Review,
                parked("held for review: nobody can be asked"),
            ),
        };
        let (found, settlement) = match found {
            Found::Requeued | Found::Review if self.has_gone_on(&envelope, record).await? => {
                (Found::Dead, taken_back())
            }
            _ => (found, settlement),
        };
        let more = match found {
            Found::Accepted => accepted_ops(&envelope, now)?,
            Found::Dead => vec![self.cancel_rest(record.id)],
            _ => Vec::new(),
        };
        self.end(record, outcome, settlement, more).await?;
        if envelope.ways {
            self.look_at_ways(record.id.message, None).await?;
        }
        Ok(found)
    }

    /// Whether the message took another channel meanwhile: then it must not be sent on this one any more.
    async fn has_gone_on(
        &self,
        envelope: &Envelope<'_>,
        record: &PartRecord,
    ) -> Result<bool, Error> {
        if !envelope.ways {
            return Ok(false);
        }
        let parts = self.parts_of(record.id.message).await?;
        Ok(parts.iter().any(|part| part.id.way() > record.id.way()))
    }

    /// Commits what was found out, with what follows from it.
    async fn end(
        &self,
        record: &PartRecord,
        outcome: Option<SendOutcome>,
        (settlement, result): (Settlement, &'static str),
        more: Vec<Op>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let mut recorder = Recorder::default();
        let event = Reconciled::new(outcome, record.id, result.into());
        recorder.add("reconciled", &event)?;
        let settle = Settle::new(record.id, None, settlement, now);
        let trace = TraceId::from(record.id.message);
        let seen = recorder.into_op(record.tenant.clone(), trace, now);
        let mut batch = vec![seen, Op::Settle(Box::new(settle))];
        batch.extend(more);
        self.store.commit(batch).await.map(|_| ())
    }
}

const fn requeue(at: Timestamp) -> Settlement {
    Settlement::Requeue {
        at,
        count: true,
        failure: None,
    }
}

fn taken_back() -> (Settlement, &'static str) {
    let reason = "the message went on to another channel".into();
    (
        Settlement::Cancelled { reason },
        "taken back: the message went on to another channel",
    )
}

fn parked(why: &'static str) -> (Settlement, &'static str) {
    let queue = "unknown outcome".into();
    (Settlement::Parked { queue }, why)
}
