//! Finds out what became of sends whose outcome is unknown.

use super::builder::AmbiguousRule;
use super::envelope::Envelope;
use super::recorder::Recorder;
use super::settle::accepted_ops;
use super::{Engine, Inner, unexpected_answer};
use crate::channel::{FailureClass, SendOutcome};
use crate::error::Error;
use crate::id::{PartId, TraceId};
use crate::store::{Answer, Op, PartRecord, PartState, Query, Settle, Settlement};
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
            inner.look_into(&part, &mut done).await?;
        }
        Ok(done)
    }
}

impl Inner {
    async fn look_into(&self, record: &PartRecord, done: &mut Reconciliation) -> Result<(), Error> {
        let envelope = Envelope::read(&record.body)?;
        let adapter = self.adapter_named(&envelope.scheme);
        let outcome = match adapter.and_then(|adapter| adapter.reconciler()) {
            Some(reconciler) => Some(reconciler.look_up(&envelope.part).await),
            None => None,
        };
        let now = self.clock.now();
        let requeue = Settlement::Requeue {
            at: now,
            count: true,
            failure: None,
        };
        let (settlement, result) = match &outcome {
            Some(SendOutcome::Accepted(receipt) | SendOutcome::AlreadyAccepted(receipt)) => {
                done.accepted += 1;
                let scheme = envelope.scheme.to_string();
                (
                    Settlement::Accepted {
                        scheme,
                        receipt: receipt.clone(),
                    },
                    "the provider has it",
                )
            }
            Some(SendOutcome::Rejected(failure)) if failure.class == FailureClass::Transient => {
                done.requeued += 1;
                (requeue, "the provider does not have it")
            }
            Some(SendOutcome::Rejected(failure)) => {
                done.dead += 1;
                (
                    Settlement::Dead {
                        failure: Box::new(failure.clone()),
                    },
                    "the provider refused it",
                )
            }
            Some(SendOutcome::Ambiguous(_)) => {
                done.open += 1;
                return Ok(());
            }
            None if self.settings.rule(&record.purpose) == AmbiguousRule::Resend => {
                done.requeued += 1;
                (requeue, "sent again by rule: nobody can be asked")
            }
            None => {
                done.review += 1;
                (
                    Settlement::Parked {
                        queue: "unknown outcome".into(),
                    },
                    "held for review: nobody can be asked",
                )
            }
        };
        let accepted = matches!(settlement, Settlement::Accepted { .. });
        let mut recorder = Recorder::default();
        recorder.add(
            "reconciled",
            &Reconciled::new(outcome, record.id, result.into()),
        )?;
        let mut batch = vec![Op::Settle(Box::new(Settle::new(
            record.id, None, settlement, now,
        )))];
        if accepted {
            batch.extend(accepted_ops(&envelope, now)?);
        }
        batch.push(recorder.into_op(record.tenant.clone(), TraceId::from(record.id.message), now));
        self.store.commit(batch).await.map(|_| ())
    }
}
