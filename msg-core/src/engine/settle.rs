//! What an outcome means for the outbox, the ledger, the transcript and the gates.

use super::Inner;
use super::dispatch::Fate;
use super::envelope::Envelope;
use super::fallback::leads_on;
use super::recorder::Recorder;
use crate::channel::{Advice, Failure, FailureClass, FailureScope, Receipt, SendOutcome};
use crate::consent::{ConsentAct, ConsentEvent, ConsentSource, Evidence, OptOutScope};
use crate::error::{Error, ErrorKind};
use crate::id::{PartId, TraceId};
use crate::message::Progress;
use crate::policy::{Decision, Evaluation, REWRITE_QUEUE};
use crate::store::{
    Cancel, Claimed, ConversationUpdate, Op, PartRecord, Selector, Settle, Settlement, Speaker,
    TurnRecord,
};
use crate::time::{Timestamp, after};
use crate::trace::{Cancelled, FallbackReason, Held, Noted, canonical};
use std::time::Duration;

impl Inner {
    /// Puts back or takes back what the last checks did not allow.
    pub(super) async fn hold_back(
        &self,
        claim: &Claimed,
        evaluation: &Evaluation,
        mut recorder: Recorder,
    ) -> Result<Fate, Error> {
        let why = evaluation
            .reasons()
            .map(|(check, reason)| format!("{check}: {}", reason.text))
            .collect::<Vec<_>>()
            .join("; ");
        let (settlement, fate) = match &evaluation.decision {
            Decision::Hold(until) => {
                recorder.add("held", &Held::new(Some(claim.part), *until, why))?;
                (
                    Settlement::Requeue {
                        at: *until,
                        count: false,
                        failure: None,
                    },
                    Fate::Held,
                )
            }
            Decision::Review(queue) => (
                Settlement::Parked {
                    queue: queue.to_string(),
                },
                Fate::Stopped,
            ),
            // What leaves was planned long ago: a check that wants other words now needs a person.
            Decision::Rewrite(_) => (
                Settlement::Parked {
                    queue: REWRITE_QUEUE.into(),
                },
                Fate::Stopped,
            ),
            Decision::Allow | Decision::Deny => {
                recorder.add("cancelled", &Cancelled::new(Some(claim.part), why.clone()))?;
                (Settlement::Cancelled { reason: why }, Fate::Stopped)
            }
        };
        let cancelled = matches!(settlement, Settlement::Cancelled { .. });
        let rest = cancelled.then(|| self.cancel_rest(claim.part));
        self.settle_with(claim, settlement, recorder, rest.into_iter().collect())
            .await?;
        Ok(fate)
    }

    /// A part that cannot be read can never be sent.
    pub(super) async fn bury_unreadable(
        &self,
        claim: &Claimed,
        error: &Error,
    ) -> Result<Fate, Error> {
        let failure = Failure::new(
            FailureClass::ConfigInvalid,
            FailureScope::Part,
            Advice::ReviewByHuman,
        );
        let failure = Box::new(failure.with_detail(error.to_string()));
        let text = format!(
            "part {} cannot be read: {}",
            claim.part,
            error.kind().as_str()
        );
        let mut recorder = Recorder::default();
        recorder.add("noted", &Noted::new("unreadable".into(), text))?;
        self.settle_with(claim, Settlement::Dead { failure }, recorder, Vec::new())
            .await?;
        Ok(Fate::Dead)
    }

    /// Settles what an adapter answered, with everything that follows from it, in one commit.
    pub(super) async fn settle_outcome(
        &self,
        claim: &Claimed,
        envelope: &Envelope<'_>,
        outcome: SendOutcome,
        recorder: Recorder,
    ) -> Result<Fate, Error> {
        let now = self.clock.now();
        match outcome {
            SendOutcome::Accepted(receipt) | SendOutcome::AlreadyAccepted(receipt) => {
                let settlement = accepted(envelope, receipt);
                self.settle_with(claim, settlement, recorder, accepted_ops(envelope, now)?)
                    .await?;
                if envelope.ways {
                    // A status may have come before the provider's answer.
                    self.look_at_ways(claim.part.message, None).await?;
                }
                Ok(Fate::Accepted)
            }
            SendOutcome::Ambiguous(unknown) => {
                let settlement = Settlement::Ambiguous {
                    evidence: unknown.evidence,
                };
                self.settle_with(claim, settlement, recorder, Vec::new())
                    .await?;
                Ok(Fate::Ambiguous)
            }
            SendOutcome::Rejected(failure) => {
                self.settle_rejected(claim, envelope, failure, recorder)
                    .await
            }
        }
    }

    async fn settle_rejected(
        &self,
        claim: &Claimed,
        envelope: &Envelope<'_>,
        failure: Failure,
        recorder: Recorder,
    ) -> Result<Fate, Error> {
        let now = self.clock.now();
        let part = &envelope.part;
        let free = failure.is_free();
        if failure.is_retryable() && (free || claim.attempt < self.settings.max_attempts) {
            let at = match &failure.retry_after {
                Some(wait) => {
                    let until = after(now, wait.delay.min(self.settings.max_retry_after));
                    if !matches!(
                        wait.scope,
                        FailureScope::Part | FailureScope::Message | FailureScope::Recipient
                    ) {
                        self.gates
                            .close(part.to.channel().clone(), part.from.clone(), until);
                    }
                    until
                }
                None => after(now, self.delay(claim.part, claim.attempt)),
            };
            let settlement = Settlement::Requeue {
                at,
                count: !free,
                failure: Some(Box::new(failure)),
            };
            self.settle_with(claim, settlement, recorder, Vec::new())
                .await?;
            return Ok(Fate::Retried);
        }
        let mut more = vec![self.cancel_rest(claim.part)];
        if failure.advice == Advice::Suppress {
            more.push(suppression(envelope, &failure, now));
        }
        let settlement = Settlement::Dead {
            failure: Box::new(failure),
        };
        self.give_to_next(claim, envelope, settlement, (recorder, more))
            .await?;
        Ok(Fate::Dead)
    }

    /// Ends a part that its channel refused; in the same commit its message goes on to the next one, if it may.
    async fn give_to_next(
        &self,
        claim: &Claimed,
        envelope: &Envelope<'_>,
        settlement: Settlement,
        (recorder, more): (Recorder, Vec<Op>),
    ) -> Result<(), Error> {
        let Settlement::Dead { failure } = &settlement else {
            return Err(Error::new(ErrorKind::Internal, "only a refusal leads on"));
        };
        if !envelope.ways || !leads_on(failure) {
            return self.settle_with(claim, settlement, recorder, more).await;
        }
        let parts = self.parts_of(claim.part.message).await?;
        let way = claim.part.way();
        let arrived = |part: &PartRecord| {
            part.id.way() == way && part.delivery.progress >= Progress::Delivered
        };
        if parts.iter().any(arrived) {
            return self.settle_with(claim, settlement, recorder, more).await;
        }
        let (tried, rest) = (recorder.clone(), more.clone());
        let why = FallbackReason::Refused;
        let (recorder, next) = self.go_on((&parts, way), why, recorder).await?;
        let batch = more.into_iter().chain(next).collect();
        let settled = self.settle_with(claim, settlement.clone(), recorder, batch);
        match settled.await {
            // Another process went on meanwhile.
            Err(error) if error.kind() == ErrorKind::Conflict => {
                self.settle_with(claim, settlement, tried, rest).await
            }
            other => other,
        }
    }

    /// The delay before the next attempt: it triples, with 20 % of jitter either way that follows from the part's id,
    /// so that parallel retries spread and a replay repeats.
    fn delay(&self, part: PartId, attempt: u32) -> Duration {
        let factor = 3_u32.saturating_pow(attempt.saturating_sub(1).min(20));
        let delay = self
            .settings
            .first_delay
            .saturating_mul(factor)
            .min(self.settings.max_delay);
        let seed = part
            .message
            .as_uuid()
            .as_u128()
            .wrapping_mul(u128::from(attempt) + 1)
            >> 64;
        let percent = u32::try_from(seed % 41).unwrap_or(20) + 80;
        delay * percent / 100
    }

    /// What follows a part that cannot be sent makes no sense without it.
    pub(super) fn cancel_rest(&self, part: PartId) -> Op {
        let next = PartId::new(part.message, part.index.saturating_add(1));
        Op::Cancel(Cancel::new(
            Selector::MessageFrom(next),
            "an earlier part was not sent",
            self.clock.now(),
        ))
    }

    /// Commits a settlement with what follows from it and its events. Who comes too late to settle leaves its events all
    /// the same, in a commit of their own: they are what happened.
    pub(super) async fn settle_with(
        &self,
        claim: &Claimed,
        settlement: Settlement,
        recorder: Recorder,
        more: Vec<Op>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        // Before what follows from them: the store says in the trace which status came early and what was taken back.
        let seen = recorder.into_op(claim.tenant.clone(), TraceId::from(claim.part.message), now);
        let settle = Settle::new(claim.part, Some(claim.token), settlement, now);
        let mut batch = vec![seen.clone(), Op::Settle(Box::new(settle))];
        batch.extend(more);
        match self.store.commit(batch).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::Fenced => {
                self.leave_events(claim, seen).await?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// The events of a claim that was over before it could be settled.
    async fn leave_events(&self, claim: &Claimed, seen: Op) -> Result<(), Error> {
        let text = format!(
            "attempt {} of part {} came back when its lease was over and settled by others",
            claim.attempt, claim.part
        );
        let mut late = Recorder::default();
        late.add("noted", &Noted::new("fenced".into(), text))?;
        let trace = TraceId::from(claim.part.message);
        let late = late.into_op(claim.tenant.clone(), trace, self.clock.now());
        self.store.commit(vec![seen, late]).await.map(|_| ())
    }
}

/// A part that a provider took: statuses come under the scheme of the adapter that it went through.
pub(super) fn accepted(envelope: &Envelope<'_>, receipt: Receipt) -> Settlement {
    let via = receipt.via.clone();
    Settlement::Accepted {
        scheme: via.unwrap_or_else(|| envelope.scheme.to_string()),
        receipt,
    }
}

/// What an accepted part adds: the turn of its message, and what answers mean from now on.
pub(super) fn accepted_ops(envelope: &Envelope<'_>, now: Timestamp) -> Result<Vec<Op>, Error> {
    let Some(conversation) = &envelope.part.conversation else {
        return Ok(Vec::new());
    };
    let tenant = &envelope.part.tenant;
    let mut ops = Vec::new();
    if let Some(content) = &envelope.turn {
        let content = content.clone().into_owned();
        let mut turn = TurnRecord::new(
            tenant.clone(),
            conversation.clone(),
            now,
            Speaker::Host,
            content,
        );
        turn.message = Some(envelope.part.id.message);
        ops.push(Op::Turn(Box::new(turn)));
    }
    if let Some(answers) = &envelope.answers {
        let mut update = ConversationUpdate::new(tenant.clone(), conversation.clone());
        let answers = canonical::to_vec(answers).map_err(super::recorder::unwritable)?;
        update.answers = Some(answers.into());
        ops.push(Op::Conversation(Box::new(update)));
    }
    Ok(ops)
}

/// A block or an opt-out that only the provider knew of goes into the ledger.
fn suppression(envelope: &Envelope<'_>, failure: &Failure, now: Timestamp) -> Op {
    let act = ConsentAct::OptOut(
        failure
            .opt_out
            .as_deref()
            .cloned()
            .unwrap_or(OptOutScope::Channel),
    );
    let part = &envelope.part;
    let evidence = Evidence::reference(format!(
        "{}: {} {}",
        envelope.scheme, failure.class, failure.provider_code.0
    ));
    let event = ConsentEvent::new(
        part.tenant.clone(),
        &part.to,
        act,
        ConsentSource::Channel,
        now,
    );
    Op::Consent(Box::new(
        event
            .with_subject(envelope.draft.to.subject.clone())
            .with_evidence(evidence),
    ))
}
