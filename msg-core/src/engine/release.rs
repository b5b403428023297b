//! What a person released, and what it means for the checks at dispatch.

use super::recorder::Recorder;
use super::{Engine, Inner, unexpected_answer};
use crate::channel::SendOutcome;
use crate::error::Error;
use crate::id::{MessageId, PartId, TraceId};
use crate::policy::Approval;
use crate::store::{Answer, Op, OpResult, PartRecord, PartState, Query, Selector};
use crate::trace::{Released, TraceEvent, TraceRecord, verify};

impl Engine {
    /// Lets the parts of a message that wait for a person go on, and records who said so. Gives how many there were.
    ///
    /// `by` names the person as the host's records do: an id, not a name; it stands in the trace. At dispatch every check
    /// runs again; a review in the queue that a part was released from counts as answered, until the part has left or
    /// waits again. What a check denies stays denied, and what it holds is held.
    ///
    /// Releasing with [`Outbox::release`](crate::store::Outbox::release) instead records nothing: a check that asked for a
    /// person asks again.
    ///
    /// # Errors
    /// The store's.
    pub async fn release(
        &self,
        message: MessageId,
        by: impl Into<String> + Send,
    ) -> Result<u32, Error> {
        let (inner, by) = (&*self.0, by.into());
        let Answer::Parts(parts) = inner.store.query(Query::Message(message)).await? else {
            return Err(unexpected_answer());
        };
        let parked: Vec<_> = parts
            .into_iter()
            .filter(|part| part.state == PartState::Parked)
            .collect();
        let Some(tenant) = parked.first().map(|part| part.tenant.clone()) else {
            return Ok(0);
        };
        let trace = TraceId::from(message);
        let first = inner.first_queue(trace).await?;
        let mut recorder = Recorder::default();
        // A watch waits with its part, not for a person.
        let (watches, parked): (Vec<_>, Vec<_>) =
            parked.into_iter().partition(|part| part.id.is_watch());
        for PartRecord { id, note, .. } in parked {
            // A part that nobody claimed yet has no note: it waits since it was submitted.
            if let Some(queue) = note.or_else(|| first.clone()) {
                recorder.add("released", &Released::new(by.clone(), id, queue))?;
            }
        }
        let batch = vec![
            recorder.into_op(tenant, trace, inner.clock.now()),
            Op::Release(Selector::Message(message)),
        ];
        match inner.store.commit(batch).await?.pop() {
            Some(OpResult::Changed { changed, .. }) => {
                let watches = u32::try_from(watches.len()).unwrap_or(u32::MAX);
                Ok(changed.saturating_sub(watches))
            }
            _ => Err(unexpected_answer()),
        }
    }
}

impl Inner {
    pub(super) async fn records(&self, trace: TraceId) -> Result<Vec<TraceRecord>, Error> {
        match self.store.query(Query::Trace(trace)).await? {
            Answer::Trace(records) => Ok(records),
            _ => Err(unexpected_answer()),
        }
    }

    /// The queue that a message has waited in since it was submitted.
    async fn first_queue(&self, trace: TraceId) -> Result<Option<String>, Error> {
        let records = self.records(trace).await?;
        Ok(records.iter().find_map(|record| match event(record) {
            Some(TraceEvent::Enqueued(enqueued)) => enqueued.review,
            _ => None,
        }))
    }

    /// What people released a part from since it last left. A trace that is not whole proves nothing: then there is none,
    /// and a person is asked again.
    pub(super) async fn approvals(&self, part: PartId) -> Result<Vec<Approval>, Error> {
        let trace = TraceId::from(part.message);
        let records = self.records(trace).await?;
        if records.iter().any(|record| record.trace != trace) || verify(&records).is_err() {
            return Ok(Vec::new());
        }
        let mut approvals: Vec<Approval> = Vec::new();
        for event in records.iter().filter_map(event) {
            match event {
                TraceEvent::Released(released) if released.part == part => {
                    let approval = Approval::new(released.by, released.queue);
                    approvals.retain(|known| known.queue != approval.queue);
                    approvals.push(approval);
                }
                TraceEvent::Attempted(attempted)
                    if attempted.part == part && !surely_stayed(&attempted.outcome) =>
                {
                    approvals.clear();
                }
                TraceEvent::Lost(lost) if lost.part == part => approvals.clear(),
                TraceEvent::Poisoned(poisoned) if poisoned.part == part => approvals.clear(),
                _ => {}
            }
        }
        Ok(approvals)
    }
}

fn event(record: &TraceRecord) -> Option<TraceEvent> {
    record.read().ok().map(|line| line.event)
}

/// Whether a try that is made again did not use up what a person said: it surely did not leave.
fn surely_stayed(outcome: &SendOutcome) -> bool {
    matches!(outcome, SendOutcome::Rejected(failure) if failure.is_retryable())
}
