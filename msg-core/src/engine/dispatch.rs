//! Sends what is due, after the last checks.

use super::envelope::Envelope;
use super::moved::moved_to;
use super::recorder::Recorder;
use super::submit::CheckedRef;
use super::{Engine, Inner};
use crate::channel::{Clearance, SendOutcome};
use crate::error::{Error, ErrorKind};
use crate::id::TraceId;
use crate::message::Part;
use crate::policy::{Decision, Evaluation, Facts, Phase, PolicyInput};
use crate::store::{ClaimRequest, Claimed, Deciding, Settlement};
use crate::time::{Timestamp, after};
use crate::trace::{Attempted, Held, Noted, Unchecked};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::Poll;

/// What one step of dispatch did. Counts parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dispatched {
    /// Leased in this step.
    pub claimed: usize,
    /// The provider took them.
    pub accepted: usize,
    /// To be tried again later.
    pub retried: usize,
    /// The last checks hold them back for a time.
    pub held: usize,
    /// The last checks forbid them, or a person must decide.
    pub stopped: usize,
    /// Nobody knows whether they left.
    pub ambiguous: usize,
    /// They cannot be sent.
    pub dead: usize,
    /// Watches over a receipt that were looked at: no part was sent.
    pub watched: usize,
    /// Their lease was over and somebody else settled them before this step could.
    pub fenced: usize,
}

/// What became of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Accepted,
    Retried,
    Held,
    Stopped,
    Ambiguous,
    Dead,
    Watched,
}

impl Dispatched {
    fn count(&mut self, fate: Fate) {
        *match fate {
            Fate::Accepted => &mut self.accepted,
            Fate::Retried => &mut self.retried,
            Fate::Held => &mut self.held,
            Fate::Stopped => &mut self.stopped,
            Fate::Ambiguous => &mut self.ambiguous,
            Fate::Dead => &mut self.dead,
            Fate::Watched => &mut self.watched,
        } += 1;
    }
}

/// How often consent may change while a part is checked before it is put back.
const RECHECKS: usize = 3;

impl Engine {
    /// Claims up to `limit` parts that are due, runs the last checks on each, and sends what they clear. The parts of
    /// one call are sent side by side; each is settled as soon as its outcome is known.
    ///
    /// # Errors
    /// The store's, when everything that was claimed is done. Parts whose facts could not be read go back into the
    /// queue. Parts whose settlement failed stay leased and become ambiguous when the lease ends.
    ///
    /// # Panics
    /// When a check or an adapter does, after the other parts are done. Its part becomes ambiguous like after a crash.
    pub async fn dispatch_due(&self, limit: usize) -> Result<Dispatched, Error> {
        let inner = &self.0;
        let now = inner.clock.now();
        let mut request = ClaimRequest::new(now, after(now, inner.settings.lease), limit);
        request.closed = inner.gates.closed(now);
        let claimed = inner.store.claim(request).await?;
        let mut done = Dispatched {
            claimed: claimed.len(),
            ..Dispatched::default()
        };
        let mut failure = None;
        for result in join::<Result<Fate, Error>>(
            claimed
                .into_iter()
                .map(|claim| Box::pin(inner.dispatch(claim)) as Pin<Box<_>>)
                .collect(),
        )
        .await
        {
            match result {
                Ok(fate) => done.count(fate),
                Err(error) if error.kind() == ErrorKind::Fenced => done.fenced += 1,
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(done), Err)
    }

    /// Sends a part without any check, on the grounds of an unchecked clearance, and records the reason in the trace
    /// of its message. Nothing else in the family does this.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] without an adapter for the address,
    /// [`ErrorKind::Invalid`] for a clearance that is not an unchecked one, or the store's.
    pub async fn send_unchecked(
        &self,
        part: Part,
        clearance: Clearance,
    ) -> Result<SendOutcome, Error> {
        let Some(reason) = clearance.unchecked_reason().map(str::to_owned) else {
            return Err(Error::invalid(
                "only an unchecked clearance may send without the outbox",
            ));
        };
        let adapter = self.0.adapter_for(&part.to).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "no adapter is set for the channel")
                .with_context("channel", part.to.channel().as_str())
        })?;
        let cleared = clearance.clear(part);
        // The reason is durable before anything leaves; the outcome follows.
        let mut recorder = Recorder::default();
        let noted = Noted::new("sending_unchecked".into(), reason.clone());
        recorder.add("noted", &noted)?;
        self.0.note(&cleared, recorder).await?;
        let outcome = adapter.send(&cleared).await;
        let mut recorder = Recorder::default();
        recorder.add(
            "unchecked",
            &Unchecked::new(outcome.clone(), cleared.id, reason),
        )?;
        self.0.note(&cleared, recorder).await?;
        Ok(outcome)
    }
}

/// What one try came to.
enum Tried {
    /// It was given to the adapter, which answered.
    Sent(SendOutcome),
    /// It was not, and is settled.
    Settled(Fate),
}

/// What the last checks said.
struct LastWord {
    evaluation: Evaluation,
    facts: Facts,
    now: Timestamp,
}

impl Inner {
    /// Adds events to the trace of a part's message.
    async fn note(&self, part: &Part, recorder: Recorder) -> Result<(), Error> {
        let trace = TraceId::from(part.id.message);
        let op = recorder.into_op(part.tenant.clone(), trace, self.clock.now());
        self.store.commit(vec![op]).await.map(|_| ())
    }

    /// Gives a claim back, because what must be known or written down before it leaves could not be: it did not leave.
    pub(super) async fn give_up(
        &self,
        claim: &Claimed,
        recorder: &mut Recorder,
        why: Error,
    ) -> Error {
        let recorder = std::mem::take(recorder);
        match self
            .settle_with(claim, Settlement::Released, recorder, Vec::new())
            .await
        {
            // Should this fail too, the lease ends by itself.
            Ok(()) | Err(_) => why,
        }
    }

    /// Checks, clears, sends and settles one claimed part, at its new address if the channel names one.
    async fn dispatch(&self, claim: Claimed) -> Result<Fate, Error> {
        if claim.part.is_watch() {
            return self.look_after(&claim).await;
        }
        let mut envelope = match Envelope::read(&claim.body) {
            Ok(envelope) => envelope,
            Err(error) => return self.bury_unreadable(&claim, &error).await,
        };
        let mut recorder = Recorder::default();
        let mut tried = self.attempt(&claim, &envelope, &mut recorder).await?;
        if let Tried::Sent(outcome) = &tried
            && let Some(to) = moved_to(&envelope, outcome)
        {
            if let Err(error) = self.follow(&envelope, &to, &mut recorder).await {
                return Err(self.give_up(&claim, &mut recorder, error).await);
            }
            envelope.part.to_mut().to = to;
            tried = self.attempt(&claim, &envelope, &mut recorder).await?;
        }
        match tried {
            Tried::Sent(outcome) => {
                self.settle_outcome(&claim, &envelope, outcome, recorder)
                    .await
            }
            Tried::Settled(fate) => Ok(fate),
        }
    }

    /// Checks and sends a part to where its envelope says; settles it when it is not sent now.
    async fn attempt(
        &self,
        claim: &Claimed,
        envelope: &Envelope<'_>,
        recorder: &mut Recorder,
    ) -> Result<Tried, Error> {
        let word = match self.last_word(claim, envelope).await {
            Ok(word) => word,
            Err(error) => return Err(self.give_up(claim, recorder, error).await),
        };
        let Some(word) = word else {
            return self.put_back(claim, self.clock.now(), recorder).await;
        };
        let policies = self.policies.digest();
        recorder.add(
            "checked",
            &CheckedRef {
                evaluation: &word.evaluation,
                facts: &word.facts,
                now: word.now,
                phase: Phase::Dispatch,
                policies,
                to: &envelope.part.to,
            },
        )?;
        if word.evaluation.decision != Decision::Allow {
            let recorder = std::mem::take(recorder);
            let fate = self.hold_back(claim, &word.evaluation, recorder).await?;
            return Ok(Tried::Settled(fate));
        }
        let Some(adapter) = self.adapter_named(&envelope.scheme) else {
            let at = after(word.now, self.settings.max_delay);
            recorder.add(
                "held",
                &Held::new(Some(claim.part), at, "its adapter is not set".into()),
            )?;
            return self.put_back(claim, at, recorder).await;
        };
        let cleared =
            Clearance::checked(*policies, word.now).clear(envelope.part.clone().into_owned());
        let outcome = adapter.send(&cleared).await;
        let attempt = Attempted::new(
            claim.attempt,
            outcome,
            claim.part,
            envelope.scheme.to_string(),
        );
        recorder.add("attempted", &attempt)?;
        Ok(Tried::Sent(attempt.outcome))
    }

    /// Puts a part back as if it had not been tried, to be claimed again at `at`.
    async fn put_back(
        &self,
        claim: &Claimed,
        at: Timestamp,
        recorder: &mut Recorder,
    ) -> Result<Tried, Error> {
        let settlement = Settlement::Requeue {
            at,
            count: false,
            failure: None,
        };
        self.settle_with(claim, settlement, std::mem::take(recorder), Vec::new())
            .await?;
        Ok(Tried::Settled(Fate::Held))
    }

    /// The verdict on facts that are as new as the ledger: if somebody's consent changed meanwhile it is asked again.
    async fn last_word(
        &self,
        claim: &Claimed,
        envelope: &Envelope<'_>,
    ) -> Result<Option<LastWord>, Error> {
        let deciding = Some(Deciding::new(claim.part.message, claim.token));
        for _ in 0..RECHECKS {
            let seq = self.store.ledger_seq();
            let now = self.clock.now();
            let to = &envelope.part.to;
            let mut facts = self
                .gather((Phase::Dispatch, deciding), &envelope.draft, to, now)
                .await?;
            let evaluate = |facts: &Facts| {
                let draft = &envelope.draft;
                let input = PolicyInput::new(Phase::Dispatch, now, draft, to, facts);
                self.policies.evaluate(&input)
            };
            let mut evaluation = evaluate(&facts);
            if let Decision::Review(_) | Decision::Rewrite(_) = evaluation.decision {
                facts.approved = self.approvals(envelope.part.id).await?;
                evaluation = evaluate(&facts);
            }
            if self.store.ledger_seq() == seq {
                return Ok(Some(LastWord {
                    evaluation,
                    facts,
                    now,
                }));
            }
        }
        Ok(None)
    }
}

/// Drives futures side by side on the caller's task. Polls every unfinished one at each wake: meant for the tens of
/// parts of one dispatch step. One that panics does not take the others with it: the panic goes on when they are done.
async fn join<T>(futures: Vec<Pin<Box<dyn Future<Output = T> + Send + '_>>>) -> Vec<T> {
    let mut slots: Vec<_> = futures
        .into_iter()
        .map(|future| (Some(future), None))
        .collect();
    let mut panic = None;
    std::future::poll_fn(|cx| {
        let mut waiting = false;
        for (future, output) in &mut slots {
            if let Some(running) = future {
                match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(cx))) {
                    Ok(Poll::Ready(value)) => (*future, *output) = (None, Some(value)),
                    Ok(Poll::Pending) => waiting = true,
                    // It is never polled again, so nobody sees what it left half done.
                    Err(cause) => (*future, panic) = (None, Some(cause)),
                }
            }
        }
        if waiting {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
    if let Some(cause) = panic {
        resume_unwind(cause);
    }
    slots.into_iter().filter_map(|(_, output)| output).collect()
}
