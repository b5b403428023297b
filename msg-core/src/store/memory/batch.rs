//! A batch: checked as a whole, then applied without a way to fail.

use super::ledger::Ledger;
use super::log::{Conversations, Identities, Inbox, Traces};
use super::names::Tenants;
use super::outbox::Outbox;
use crate::consent::ConsentEvent;
use crate::error::{Error, ErrorKind};
use crate::id::{PartId, TenantId};
use crate::store::{
    ClaimRequest, Claimed, Enqueue, LeaseToken, Op, OpResult, PartState, Settle, Settlement,
};
use std::collections::BTreeSet;

/// Everything that a store in memory holds.
#[derive(Debug)]
pub(super) struct State {
    pub(super) tenants: Tenants,
    pub(super) outbox: Outbox,
    pub(super) ledger: Ledger,
    pub(super) traces: Traces,
    pub(super) conversations: Conversations,
    pub(super) identities: Identities,
    inbox: Inbox,
    last_lease: LeaseToken,
    ledger_seq: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            tenants: Tenants::default(),
            outbox: Outbox::default(),
            ledger: Ledger::default(),
            traces: Traces::default(),
            conversations: Conversations::default(),
            identities: Identities::default(),
            inbox: Inbox::default(),
            last_lease: LeaseToken {
                epoch: 1,
                number: 0,
            },
            ledger_seq: 0,
        }
    }
}

/// What earlier operations of a batch do that later ones must see when they are checked.
#[derive(Default)]
struct Ahead<'a> {
    parts: BTreeSet<PartId>,
    keys: BTreeSet<(&'a TenantId, &'a str)>,
    /// Settled parts, and whether each is ambiguous by then.
    settled: Vec<(PartId, bool)>,
}

impl State {
    pub(super) const fn ledger_seq(&self) -> u64 {
        self.ledger_seq
    }

    pub(super) fn restart(&mut self) {
        self.outbox.end_leases(None);
        self.trace_endings();
        self.last_lease = LeaseToken {
            epoch: self.last_lease.epoch + 1,
            number: 0,
        };
    }

    pub(super) fn claim(&mut self, request: &ClaimRequest) -> Vec<Claimed> {
        let ledger = &self.ledger;
        let refused = |entry: &super::outbox::Entry| {
            let part = &entry.new;
            let who = (part.address, part.subject.as_ref());
            let what = (&part.purpose, part.topic.as_ref());
            ledger.refusal(entry.tenant, who, what, request.now)
        };
        let leases = self.outbox.claim(request, &mut self.last_lease, refused);
        self.trace_endings();
        let seq = self.ledger_seq;
        let claimed = leases.into_iter().filter_map(|lease| {
            let entry = self.outbox.get(lease.seq)?;
            let tenant = self.tenants.name(entry.tenant)?;
            let body = entry.new.body.clone();
            let claimed = Claimed::new(entry.new.id, tenant, lease.token, body);
            Some(claimed.counted(lease.attempt, seq))
        });
        claimed.collect()
    }

    pub(super) fn commit(
        &mut self,
        batch: Vec<Op>,
        max_body: usize,
    ) -> Result<Vec<OpResult>, Error> {
        if let Some(results) = self.known(&batch)? {
            return Ok(results);
        }
        self.check(&batch, max_body)?;
        Ok(batch.into_iter().map(|op| self.apply(op)).collect())
    }

    /// The answer to a batch with a message that is there already: it is found before anything is applied.
    fn known(&self, batch: &[Op]) -> Result<Option<Vec<OpResult>>, Error> {
        let mut found = None;
        for (at, op) in batch.iter().enumerate() {
            let Op::Enqueue(enqueue) = op else { continue };
            let Some((key, digest)) = &enqueue.key else {
                continue;
            };
            let tenant = self.tenants.known(&enqueue.tenant);
            match tenant.and_then(|tenant| self.outbox.key(tenant, key)) {
                Some((there, _)) if there != *digest => {
                    return Err(Error::new(
                        ErrorKind::Conflict,
                        "the idempotency key was used for another payload",
                    ));
                }
                Some((_, message)) => found = found.or(Some((at, message))),
                None => {}
            }
        }
        Ok(found.map(|(found, message)| {
            let mut results = vec![OpResult::Skipped; batch.len()];
            if let Some(result) = results.get_mut(found) {
                *result = OpResult::Enqueued {
                    message,
                    new: false,
                };
            }
            results
        }))
    }

    fn check(&self, batch: &[Op], max_body: usize) -> Result<(), Error> {
        let mut ahead = Ahead::default();
        for op in batch {
            match op {
                Op::Enqueue(enqueue) => self.check_enqueue(enqueue, max_body, &mut ahead)?,
                Op::Settle(settle) => self.check_settle(settle, &mut ahead)?,
                Op::Extend { token, .. } => self.check_extend(*token, &ahead)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn check_enqueue<'a>(
        &self,
        enqueue: &'a Enqueue,
        max_body: usize,
        ahead: &mut Ahead<'a>,
    ) -> Result<(), Error> {
        if enqueue.parts.is_empty() {
            return Err(Error::invalid("a message has no part"));
        }
        if let Some((key, _)) = &enqueue.key
            && !ahead.keys.insert((&enqueue.tenant, key))
        {
            return Err(Error::invalid("a batch has an idempotency key twice"));
        }
        for part in &enqueue.parts {
            if part.id.message != enqueue.message {
                return Err(Error::invalid("a part is of another message")
                    .with_context("part", part.id.to_string()));
            }
            if part.body.len() > max_body {
                return Err(
                    Error::invalid("the body of a part is larger than the store takes")
                        .with_context("bytes", part.body.len().to_string())
                        .with_context("limit", max_body.to_string()),
                );
            }
            if self.outbox.find(part.id).is_some() || !ahead.parts.insert(part.id) {
                return Err(Error::new(ErrorKind::Conflict, "the part is there already")
                    .with_context("part", part.id.to_string()));
            }
        }
        Ok(())
    }

    fn check_settle(&self, settle: &Settle, ahead: &mut Ahead<'_>) -> Result<(), Error> {
        if ahead.parts.contains(&settle.part) {
            return Err(fenced(settle.part));
        }
        let Some((_, entry)) = self.outbox.find(settle.part) else {
            return Err(Error::new(ErrorKind::NotFound, "no such part")
                .with_context("part", settle.part.to_string()));
        };
        let before = ahead
            .settled
            .iter()
            .rev()
            .find(|(part, _)| *part == settle.part);
        let holds = match (before, settle.token) {
            (Some((_, ambiguous)), None) => *ambiguous,
            (Some(_), Some(_)) => false,
            (None, None) => entry.state == PartState::Ambiguous,
            (None, Some(token)) => entry.token == Some(token),
        };
        if !holds {
            return Err(fenced(settle.part));
        }
        let ambiguous = matches!(settle.settlement, Settlement::Ambiguous { .. });
        ahead.settled.push((settle.part, ambiguous));
        Ok(())
    }

    fn check_extend(&self, token: LeaseToken, ahead: &Ahead<'_>) -> Result<(), Error> {
        let seq = self.outbox.tokens.get(&token).copied();
        let held = seq
            .and_then(|seq| self.outbox.get(seq))
            .filter(|entry| entry.state == PartState::Leased)
            .filter(|entry| ahead.settled.iter().all(|(part, _)| *part != entry.new.id));
        held.map(|_| ())
            .ok_or_else(|| Error::new(ErrorKind::Fenced, "the lease is not held any more"))
    }

    fn apply(&mut self, op: Op) -> OpResult {
        match op {
            Op::Enqueue(enqueue) => {
                let message = enqueue.message;
                let tenant = self.tenants.number(&enqueue.tenant);
                self.outbox.enqueue(tenant, *enqueue);
                OpResult::Enqueued { message, new: true }
            }
            Op::Settle(settle) => {
                if let Some((seq, _)) = self.outbox.find(settle.part) {
                    self.outbox.settle(seq, *settle);
                    self.trace_endings();
                }
                OpResult::Done
            }
            Op::Extend { token, until } => {
                if let Some(seq) = self.outbox.tokens.get(&token).copied() {
                    self.outbox.extend(seq, until);
                }
                OpResult::Done
            }
            Op::Cancel(cancel) => {
                let result = self.outbox.cancel_selected(&cancel, &self.tenants);
                self.trace_endings();
                result
            }
            Op::Release(selector) => {
                self.outbox
                    .requeue_selected(&selector, PartState::Parked, &self.tenants)
            }
            Op::Redrive(selector) => {
                self.outbox
                    .requeue_selected(&selector, PartState::Dead, &self.tenants)
            }
            Op::Consent(event) => self.consent(*event),
            Op::Status(status) => {
                let tenant = self.tenants.number(&status.tenant);
                let id = (tenant, status.scheme, status.provider_id);
                OpResult::Status(self.outbox.status(id, status.state))
            }
            Op::Inbound(op) => self.inbox.apply(op),
            log => self.log(log),
        }
    }

    fn consent(&mut self, event: ConsentEvent) -> OpResult {
        let tenant = self.tenants.number(&event.tenant);
        self.outbox.cancel_covered(tenant, &event);
        self.trace_endings();
        self.ledger.record(tenant, event);
        self.ledger_seq += 1;
        OpResult::Done
    }

    /// Says in the traces what the store ended by itself.
    fn trace_endings(&mut self) {
        for (seq, at, event) in std::mem::take(&mut self.outbox.endings) {
            if let Some(entry) = self.outbox.get(seq) {
                let trace = entry.new.id.message.into();
                self.traces.end(entry.tenant, trace, at, &event);
            }
        }
    }

    /// Operations that only append or replace.
    fn log(&mut self, op: Op) -> OpResult {
        match op {
            Op::Turn(turn) => {
                let tenant = self.tenants.number(&turn.tenant);
                self.conversations.add(tenant, *turn);
            }
            Op::Trace(append) => {
                let tenant = self.tenants.number(&append.tenant);
                self.traces
                    .append(tenant, append.trace, append.at, &append.events);
            }
            Op::TraceFed { reader, upto } => self.traces.fed(reader, upto),
            Op::Conversation(update) => {
                let tenant = self.tenants.number(&update.tenant);
                self.conversations.update(tenant, *update);
            }
            Op::Identity(link) => {
                let tenant = self.tenants.number(&link.tenant);
                self.identities.link(tenant, *link);
            }
            _ => {}
        }
        OpResult::Done
    }
}

fn fenced(part: PartId) -> Error {
    Error::new(
        ErrorKind::Fenced,
        "the claim does not hold the part any more",
    )
    .with_context("part", part.to_string())
}
