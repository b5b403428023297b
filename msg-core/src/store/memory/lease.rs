//! Claims, their ends, and delivery states.

use super::outbox::{Entry, Known, Outbox, ProviderId};
use super::ready::Seq;
use crate::channel::{Failure, Receipt};
use crate::consent::Refusal;
use crate::id::PartId;
use crate::message::{DeliveryState, Progress, Stop};
use crate::store::{
    ClaimRequest, Ending, LONGEST_DUE_EVERY, LeaseToken, POISON, PartState, Settle, Settlement,
    early_status, reason,
};
use jiff::Timestamp;

/// What a claim gives out.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) seq: Seq,
    pub(super) token: LeaseToken,
    pub(super) attempt: u32,
}

impl Outbox {
    /// Leases parts that are due; `refused` says what their person refused. `last` is the last lease given out.
    pub(super) fn claim(
        &mut self,
        request: &ClaimRequest,
        last: &mut LeaseToken,
        refused: impl Fn(&Entry) -> Option<Refusal>,
    ) -> Vec<Lease> {
        self.end_leases(Some(request.now));
        let closed = self.ready.closed(&request.closed);
        let mut leases = Vec::new();
        while leases.len() < request.limit {
            let number = last.number + 1;
            let longest_due = number.is_multiple_of(LONGEST_DUE_EVERY);
            let Some(seq) = self.ready.pick(request.now, &closed, longest_due) else {
                break;
            };
            let Some(entry) = self.get(seq) else { break };
            if let Some(refusal) = refused(entry) {
                self.end(seq, request.now, &Ending::refused(&refusal));
            } else if let Some(expires) = entry.new.expires.filter(|end| request.now > *end) {
                self.end(seq, request.now, &Ending::Expired { expires });
            } else {
                last.number = number;
                leases.extend(self.lease(seq, *last, request.until));
            }
        }
        leases
    }

    fn lease(&mut self, seq: Seq, token: LeaseToken, until: Timestamp) -> Option<Lease> {
        let entry = self.get_mut(seq)?;
        entry.attempts = entry.attempts.saturating_add(1);
        entry.unsettled = entry.unsettled.saturating_add(1);
        entry.token = Some(token);
        let attempt = entry.attempts;
        // Out of the due index before the lease's end is set, which the index of leases goes by.
        self.move_to(seq, PartState::Leased);
        self.extend(seq, until);
        self.tokens.insert(token, seq);
        Some(Lease {
            seq,
            token,
            attempt,
        })
    }

    /// Moves the end of a lease.
    pub(super) fn extend(&mut self, seq: Seq, until: Timestamp) {
        let Some(entry) = self.get_mut(seq) else {
            return;
        };
        let before = std::mem::replace(&mut entry.until, until);
        self.leases.remove(&(before, seq));
        self.leases.insert((until, seq));
    }

    /// Ends the leases whose time is over at `now`; all of them when there is no `now`.
    pub(super) fn end_leases(&mut self, now: Option<Timestamp>) {
        while let Some((until, seq)) = self.leases.first().copied()
            && now.is_none_or(|now| until <= now)
        {
            let Some(entry) = self.get(seq) else { break };
            let attempts = entry.attempts;
            let ending = if entry.unsettled >= POISON {
                Ending::Poisoned { attempts }
            } else {
                Ending::Lost { attempt: attempts }
            };
            self.end(seq, now.unwrap_or(until), &ending);
        }
    }

    /// Changes a part by the store's own decision, which is to be said in the trace.
    pub(super) fn end(&mut self, seq: Seq, at: Timestamp, ending: &Ending<'_>) {
        let Some(entry) = self.get(seq) else { return };
        let event = ending.event(entry.new.id);
        self.endings.push((seq, at, event));
        match ending {
            Ending::Cancelled { why, .. } => self.cancel(seq, why),
            Ending::Expired { .. } => self.die(seq, Box::new(reason::expired())),
            Ending::Poisoned { .. } => {
                self.end_claim(seq);
                self.die(seq, Box::new(reason::poisoned()));
            }
            Ending::Lost { .. } => self.note(seq, PartState::Ambiguous, reason::LEASE_ENDED.into()),
        }
    }

    /// Takes the token away: nobody settles the claim any more.
    fn end_claim(&mut self, seq: Seq) {
        if let Some(token) = self.get_mut(seq).and_then(|entry| entry.token.take()) {
            self.tokens.remove(&token);
        }
    }

    /// Ends a claim that was checked before.
    pub(super) fn settle(&mut self, seq: Seq, settle: Settle) {
        self.end_claim(seq);
        if let Some(entry) = self.get_mut(seq) {
            entry.note = None;
            if settle.token.is_some() {
                entry.unsettled = 0;
            }
        }
        match settle.settlement {
            Settlement::Accepted { scheme, receipt } => {
                self.accept(seq, &scheme, &receipt, settle.now);
            }
            Settlement::Requeue { at, count, failure } => {
                if !count {
                    self.uncount(seq);
                }
                if let Some(entry) = self.get_mut(seq) {
                    entry.new.due = at;
                    entry.failure = failure.or(entry.failure.take());
                }
                self.move_to(seq, PartState::Queued);
            }
            Settlement::Ambiguous { evidence } => self.note(seq, PartState::Ambiguous, evidence),
            Settlement::Parked { queue } => self.note(seq, PartState::Parked, queue),
            Settlement::Dead { failure } => self.die(seq, failure),
            Settlement::Cancelled { reason } => self.cancel(seq, &reason),
            Settlement::Released => {
                self.uncount(seq);
                self.move_to(seq, PartState::Queued);
            }
        }
    }

    fn uncount(&mut self, seq: Seq) {
        if let Some(entry) = self.get_mut(seq) {
            entry.attempts = entry.attempts.saturating_sub(1);
        }
    }

    fn note(&mut self, seq: Seq, state: PartState, note: String) {
        self.move_to(seq, state);
        if let Some(entry) = self.get_mut(seq) {
            entry.note = Some(note);
        }
    }

    fn cancel(&mut self, seq: Seq, reason: &str) {
        self.note(seq, PartState::Cancelled, reason.into());
        self.join(seq, DeliveryState::stopped(Stop::Cancelled));
    }

    fn die(&mut self, seq: Seq, failure: Box<Failure>) {
        self.move_to(seq, PartState::Dead);
        self.join(seq, reason::stopped_by(&failure));
        if let Some(entry) = self.get_mut(seq) {
            entry.failure = Some(failure);
        }
    }

    fn accept(&mut self, seq: Seq, scheme: &str, receipt: &Receipt, now: Timestamp) {
        self.move_to(seq, PartState::Accepted);
        self.join(seq, DeliveryState::reached(Progress::Accepted));
        let Some(entry) = self.get_mut(seq) else {
            return;
        };
        entry.accepted_at = Some(now);
        entry.provider_id = Some(receipt.provider_id.clone());
        let (tenant, part) = (entry.tenant, entry.new.id);
        for id in std::iter::once(&receipt.provider_id).chain(&receipt.further_ids) {
            let key = (tenant, scheme.into(), id.clone());
            if let Some(Known::Parked(state)) = self.provider_ids.insert(key, Known::Part(seq)) {
                self.join(seq, state);
                self.endings.push((seq, now, early_status(part, state)));
            }
        }
        self.note_sent(seq, now);
    }

    fn join(&mut self, seq: Seq, state: DeliveryState) {
        if let Some(entry) = self.get_mut(seq) {
            entry.delivery = entry.delivery.join(state);
        }
    }

    /// Joins a status, or parks it when nobody knows its id yet.
    pub(super) fn status(&mut self, id: ProviderId, state: DeliveryState) -> Option<PartId> {
        match self.provider_ids.get_mut(&id) {
            Some(Known::Part(seq)) => {
                let seq = *seq;
                self.join(seq, state);
                self.get(seq).map(|entry| entry.new.id)
            }
            Some(Known::Parked(parked)) => {
                *parked = parked.join(state);
                None
            }
            None => {
                self.provider_ids.insert(id, Known::Parked(state));
                None
            }
        }
    }
}
