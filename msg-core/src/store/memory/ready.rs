//! What can be claimed: queued parts that are first in their lane, by class, gate and due time.

use crate::id::AccountId;
use crate::message::{ChannelKind, Priority};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// The place of a part in the order of enqueueing.
pub(super) type Seq = u64;

/// The number of a channel with its account: what [`ClaimRequest::closed`](crate::store::ClaimRequest) closes.
pub(super) type Gate = u32;

type Name = (ChannelKind, Option<AccountId>);

/// Where a part stands in the index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) class: Priority,
    pub(super) gate: Gate,
    pub(super) due: Timestamp,
    pub(super) seq: Seq,
}

/// The due index. Insert, remove and pick are O(log n); a pick also passes by every closed gate.
#[derive(Debug, Default)]
pub(super) struct Ready {
    gates: HashMap<Name, Gate>,
    urgent: Class,
    high: Class,
    normal: Class,
    bulk: Class,
}

#[derive(Debug, Default)]
struct Class {
    /// By gate.
    queues: HashMap<Gate, BTreeSet<(Timestamp, Seq)>>,
    /// The first of each queue that has any. A closed gate costs one step, not its backlog.
    heads: BTreeSet<(Timestamp, Seq, Gate)>,
}

impl Class {
    fn insert(&mut self, slot: Slot) {
        let queue = self.queues.entry(slot.gate).or_default();
        let before = queue.first().copied();
        queue.insert((slot.due, slot.seq));
        let after = queue.first().copied();
        self.move_head(slot.gate, before, after);
    }

    fn remove(&mut self, slot: Slot) {
        let Some(queue) = self.queues.get_mut(&slot.gate) else {
            return;
        };
        let before = queue.first().copied();
        queue.remove(&(slot.due, slot.seq));
        let after = queue.first().copied();
        self.move_head(slot.gate, before, after);
    }

    fn move_head(
        &mut self,
        gate: Gate,
        before: Option<(Timestamp, Seq)>,
        after: Option<(Timestamp, Seq)>,
    ) {
        if before == after {
            return;
        }
        if let Some((due, seq)) = before {
            self.heads.remove(&(due, seq, gate));
        }
        if let Some((due, seq)) = after {
            self.heads.insert((due, seq, gate));
        }
    }

    fn first(&self, now: Timestamp, closed: &[Gate]) -> Option<(Timestamp, Seq)> {
        self.heads
            .iter()
            .take_while(|(due, _, _)| *due <= now)
            .find(|(_, _, gate)| !closed.contains(gate))
            .map(|(due, seq, _)| (*due, *seq))
    }
}

impl Ready {
    /// The gate of a channel and account.
    pub(super) fn gate(&mut self, channel: &ChannelKind, account: Option<&AccountId>) -> Gate {
        let next = Gate::try_from(self.gates.len()).unwrap_or(Gate::MAX);
        *self
            .gates
            .entry((channel.clone(), account.cloned()))
            .or_insert(next)
    }

    /// The gates that `closed` closes: an account of none closes every account of its channel.
    pub(super) fn closed(&self, closed: &[(ChannelKind, Option<AccountId>)]) -> Vec<Gate> {
        let is_closed = |(channel, account): &Name| {
            closed
                .iter()
                .any(|(shut, only)| shut == channel && (only.is_none() || only == account))
        };
        self.gates
            .iter()
            .filter(|(name, _)| !closed.is_empty() && is_closed(name))
            .map(|(_, gate)| *gate)
            .collect()
    }

    pub(super) fn insert(&mut self, slot: Slot) {
        self.class_mut(slot.class).insert(slot);
    }

    /// Does nothing when the part is not in the index.
    pub(super) fn remove(&mut self, slot: Slot) {
        self.class_mut(slot.class).remove(slot);
    }

    /// The part to claim next: of the most urgent class, or the one that is due the longest of all classes.
    pub(super) fn pick(&self, now: Timestamp, closed: &[Gate], longest_due: bool) -> Option<Seq> {
        let mut firsts = self
            .classes()
            .into_iter()
            .filter_map(|class| class.first(now, closed));
        let found = if longest_due {
            firsts.min()
        } else {
            firsts.next()
        };
        found.map(|(_, seq)| seq)
    }

    /// When the next part is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.classes()
            .into_iter()
            .filter_map(|class| class.heads.first())
            .map(|(due, _, _)| *due)
            .min()
    }

    const fn classes(&self) -> [&Class; 4] {
        [&self.urgent, &self.high, &self.normal, &self.bulk]
    }

    const fn class_mut(&mut self, class: Priority) -> &mut Class {
        match class {
            Priority::Urgent => &mut self.urgent,
            Priority::High => &mut self.high,
            Priority::Normal => &mut self.normal,
            Priority::Bulk => &mut self.bulk,
        }
    }
}
