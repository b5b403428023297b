//! The outbox: parts, their lanes and every change of their state.

use super::index::Index;
use super::names::TenantNo;
use super::ready::{Gate, Ready, Seq, Slot};
use crate::channel::Failure;
use crate::digest::Digest;
use crate::id::{MessageId, PartId};
use crate::message::DeliveryState;
use crate::store::{Enqueue, LeaseToken, NewPart, PartRecord, PartState};
use bytes::Bytes;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A part with everything that is known of it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) tenant: TenantNo,
    /// As it was enqueued; `due` moves when the part is to be tried again.
    pub(super) new: NewPart,
    pub(super) state: PartState,
    pub(super) attempts: u32,
    /// Claims in a row that ended without a settlement with their token.
    pub(super) unsettled: u32,
    /// The claim that holds the part, or held it until its lease ended.
    pub(super) token: Option<LeaseToken>,
    pub(super) until: Timestamp,
    pub(super) delivery: DeliveryState,
    pub(super) accepted_at: Option<Timestamp>,
    pub(super) provider_id: Option<String>,
    pub(super) note: Option<String>,
    pub(super) failure: Option<Box<Failure>>,
    gate: Gate,
}

impl Entry {
    const fn slot(&self, seq: Seq) -> Slot {
        Slot {
            class: self.new.priority,
            gate: self.gate,
            due: self.new.due,
            seq,
        }
    }

    pub(super) fn record(&self, tenant: crate::id::TenantId) -> PartRecord {
        PartRecord {
            id: self.new.id,
            tenant,
            state: self.state,
            attempts: self.attempts,
            due: self.new.due,
            expires: self.new.expires,
            address: self.new.address,
            channel: self.new.channel.clone(),
            purpose: self.new.purpose.clone(),
            topic: self.new.topic.clone(),
            delivery: self.delivery,
            accepted_at: self.accepted_at,
            provider_id: self.provider_id.clone(),
            note: self.note.clone(),
            failure: self.failure.clone(),
            body: self.new.body.clone(),
        }
    }
}

/// An adapter's scheme and a provider's id.
pub(super) type ProviderId = (TenantNo, String, String);

/// What is known of a provider's id.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    Part(Seq),
    /// A status that came before its part was settled.
    Parked(DeliveryState),
}

/// Parts are never forgotten: the place in `entries` is the order of enqueueing.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pub(super) entries: Vec<Entry>,
    pub(super) by_id: BTreeMap<PartId, Seq>,
    keys: HashMap<TenantNo, HashMap<String, (Digest, MessageId)>>,
    pub(super) ready: Ready,
    /// Unfinished parts by lane.
    lanes: HashMap<u64, BTreeSet<Seq>>,
    /// Leases by their end.
    pub(super) leases: BTreeSet<(Timestamp, Seq)>,
    pub(super) tokens: HashMap<LeaseToken, Seq>,
    /// Parts in states that hold few or that people look through.
    pub(super) rare: BTreeSet<(PartState, PartId)>,
    /// How many of them are ambiguous.
    pub(super) ambiguous: usize,
    pub(super) index: Index,
    pub(super) provider_ids: HashMap<ProviderId, Known>,
    /// What the store did by itself and is not in its trace yet: a step of the store does not end before it is.
    pub(super) endings: Vec<(Seq, Timestamp, Bytes)>,
}

/// Whether parts of a state are kept in [`Outbox::rare`]. The others are many and change on every message's path.
pub(super) const fn is_rare(state: PartState) -> bool {
    matches!(
        state,
        PartState::Ambiguous | PartState::Parked | PartState::Cancelled | PartState::Dead
    )
}

impl Outbox {
    pub(super) fn get(&self, seq: Seq) -> Option<&Entry> {
        self.entries.get(usize::try_from(seq).ok()?)
    }

    pub(super) fn get_mut(&mut self, seq: Seq) -> Option<&mut Entry> {
        self.entries.get_mut(usize::try_from(seq).ok()?)
    }

    pub(super) fn find(&self, id: PartId) -> Option<(Seq, &Entry)> {
        let seq = *self.by_id.get(&id)?;
        Some((seq, self.get(seq)?))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Seq, &Entry)> {
        (0..).zip(&self.entries)
    }

    /// The payload digest and the message of an idempotency key.
    pub(super) fn key(&self, tenant: TenantNo, key: &str) -> Option<(Digest, MessageId)> {
        self.keys.get(&tenant)?.get(key).copied()
    }

    pub(super) fn enqueue(&mut self, tenant: TenantNo, enqueue: Enqueue) {
        if let Some((key, digest)) = enqueue.key {
            let keys = self.keys.entry(tenant).or_default();
            keys.insert(key, (digest, enqueue.message));
        }
        for part in enqueue.parts {
            self.add(tenant, part);
        }
    }

    fn add(&mut self, tenant: TenantNo, new: NewPart) {
        let seq = Seq::try_from(self.entries.len()).unwrap_or(Seq::MAX);
        self.by_id.insert(new.id, seq);
        self.index.add(tenant, &new, seq);
        let state = if new.parked {
            PartState::Parked
        } else {
            PartState::Queued
        };
        let gate = self.ready.gate(&new.channel, new.account.as_ref());
        let lane = new.lane;
        self.entries.push(Entry {
            tenant,
            new,
            state,
            attempts: 0,
            unsettled: 0,
            token: None,
            until: Timestamp::MIN,
            delivery: DeliveryState::default(),
            accepted_at: None,
            provider_id: None,
            note: None,
            failure: None,
            gate,
        });
        self.enter_lane(seq, lane);
        self.enter_state(seq);
    }

    /// Changes the state of a part, and every index that follows from it.
    pub(super) fn move_to(&mut self, seq: Seq, state: PartState) {
        self.leave_state(seq);
        let Some(entry) = self.get_mut(seq) else {
            return;
        };
        let before = std::mem::replace(&mut entry.state, state);
        let lane = entry.new.lane;
        match (before.holds_lane(), state.holds_lane()) {
            (true, false) => self.leave_lane(seq, lane),
            (false, true) => self.enter_lane(seq, lane),
            _ => {}
        }
        self.enter_state(seq);
    }

    fn leave_state(&mut self, seq: Seq) {
        let Some(entry) = self.get(seq) else { return };
        let (state, id, slot, until) = (entry.state, entry.new.id, entry.slot(seq), entry.until);
        match state {
            PartState::Queued => self.ready.remove(slot),
            PartState::Leased => {
                self.leases.remove(&(until, seq));
            }
            _ => {
                if self.rare.remove(&(state, id)) && state == PartState::Ambiguous {
                    self.ambiguous = self.ambiguous.saturating_sub(1);
                }
            }
        }
    }

    fn enter_state(&mut self, seq: Seq) {
        let Some(entry) = self.get(seq) else { return };
        let (state, id, slot, until) = (entry.state, entry.new.id, entry.slot(seq), entry.until);
        match state {
            PartState::Queued if self.is_first(seq, entry.new.lane) => self.ready.insert(slot),
            PartState::Leased => {
                self.leases.insert((until, seq));
            }
            state if is_rare(state) => {
                let new = self.rare.insert((state, id));
                self.ambiguous += usize::from(new && state == PartState::Ambiguous);
            }
            _ => {}
        }
    }

    /// Whether nothing unfinished stands before the part in its lane.
    fn is_first(&self, seq: Seq, lane: Option<u64>) -> bool {
        lane.and_then(|lane| self.lanes.get(&lane)?.first())
            .is_none_or(|first| *first == seq)
    }

    /// A part that is redriven may come in before others.
    fn enter_lane(&mut self, seq: Seq, lane: Option<u64>) {
        let Some(lane) = lane else { return };
        let queue = self.lanes.entry(lane).or_default();
        let before = queue.first().copied();
        queue.insert(seq);
        if let Some(before) = before.filter(|before| *before > seq)
            && let Some(slot) = self.queued_slot(before)
        {
            self.ready.remove(slot);
        }
    }

    fn leave_lane(&mut self, seq: Seq, lane: Option<u64>) {
        let Some(lane) = lane else { return };
        let Some(queue) = self.lanes.get_mut(&lane) else {
            return;
        };
        let was_first = queue.first() == Some(&seq);
        queue.remove(&seq);
        let next = queue.first().copied();
        if queue.is_empty() {
            self.lanes.remove(&lane);
        }
        if let Some(slot) = next
            .filter(|_| was_first)
            .and_then(|next| self.queued_slot(next))
        {
            self.ready.insert(slot);
        }
    }

    fn queued_slot(&self, seq: Seq) -> Option<Slot> {
        self.get(seq)
            .filter(|entry| entry.state == PartState::Queued)
            .map(|entry| entry.slot(seq))
    }
}
