//! What is only appended or replaced: traces, transcripts, conversations, identities, inbound keys.

use super::names::{TenantNo, Tenants};
use crate::id::{ConversationId, SubjectId, TraceId};
use crate::message::AddressKey;
use crate::store::{
    ConversationRecord, ConversationUpdate, FedRecord, IdentityLink, InboundLease, InboundOp,
    OpResult, TurnRecord, not_before,
};
use crate::trace::{Chain, Head, TraceRecord};
use bytes::Bytes;
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Traces, each an unbroken chain.
#[derive(Debug, Default)]
pub(super) struct Traces {
    records: HashMap<TraceId, Vec<TraceRecord>>,
    by_start: BTreeSet<(TenantNo, Timestamp, TraceId)>,
    /// Every record in the order of appending: its place is its number, from 1.
    feed: Vec<(TenantNo, TraceId, usize)>,
    /// How far each reader of the feed is.
    read: HashMap<String, u64>,
}

impl Traces {
    pub(super) fn append(
        &mut self,
        tenant: TenantNo,
        trace: TraceId,
        at: Timestamp,
        events: &[Bytes],
    ) {
        if events.is_empty() {
            return;
        }
        let records = self.records.entry(trace).or_default();
        if records.is_empty() {
            self.by_start.insert((tenant, at, trace));
        }
        let head = records.last().map(|last| Head {
            seq: last.seq,
            digest: last.digest,
        });
        let mut chain = Chain::new(trace, head, at);
        records.reserve(events.len());
        for event in events {
            self.feed.push((tenant, trace, records.len()));
            records.push(chain.link(event));
        }
    }

    /// Appends what the store did by itself, not before the record before it.
    pub(super) fn end(&mut self, tenant: TenantNo, trace: TraceId, at: Timestamp, event: &Bytes) {
        let records = self.records.entry(trace).or_default();
        let at = not_before(at, records.last().map(|last| last.line.as_ref()));
        self.append(tenant, trace, at, std::slice::from_ref(event));
    }

    /// Records after what a reader has read, oldest first.
    pub(super) fn feed(&self, reader: &str, limit: usize, tenants: &Tenants) -> Vec<FedRecord> {
        let read = self.read.get(reader).copied().unwrap_or(0);
        let skipped = usize::try_from(read).unwrap_or(usize::MAX);
        let all = self.feed.iter().zip(1..).skip(skipped).take(limit);
        all.filter_map(|((tenant, trace, at), number)| {
            let record = self.records.get(trace)?.get(*at)?.clone();
            Some(FedRecord::new(number, tenants.name(*tenant)?, record))
        })
        .collect()
    }

    /// A reader has read so far. Never moves back.
    pub(super) fn fed(&mut self, reader: String, upto: u64) {
        let read = self.read.entry(reader).or_default();
        *read = upto.max(*read);
    }

    pub(super) fn read(&self, trace: TraceId) -> Vec<TraceRecord> {
        self.records.get(&trace).cloned().unwrap_or_default()
    }

    pub(super) fn list(&self, tenant: TenantNo, since: Timestamp, limit: usize) -> Vec<TraceId> {
        let oldest = (tenant, since, TraceId::from_uuid(Uuid::nil()));
        let newest = (tenant, Timestamp::MAX, TraceId::from_uuid(Uuid::max()));
        let newest_first = self.by_start.range(oldest..=newest).rev();
        newest_first
            .map(|(_, _, trace)| *trace)
            .take(limit)
            .collect()
    }
}

/// Transcripts and what is known of their conversations.
#[derive(Debug, Default)]
pub(super) struct Conversations(HashMap<(TenantNo, ConversationId), Conversation>);

#[derive(Debug, Default)]
struct Conversation {
    /// By time; of one instant in the order of recording.
    turns: Vec<TurnRecord>,
    record: ConversationRecord,
}

impl Conversations {
    pub(super) fn add(&mut self, tenant: TenantNo, turn: TurnRecord) {
        let key = (tenant, turn.conversation.clone());
        let turns = &mut self.0.entry(key).or_default().turns;
        let place = turns.partition_point(|earlier| earlier.at <= turn.at);
        turns.insert(place, turn);
    }

    pub(super) fn update(&mut self, tenant: TenantNo, update: ConversationUpdate) {
        let key = (tenant, update.conversation);
        let record = &mut self.0.entry(key).or_default().record;
        record.last_inbound = record.last_inbound.max(update.last_inbound);
        record.handed_off = update.handed_off.unwrap_or(record.handed_off);
        record.answers = update.answers.or(record.answers.take());
    }

    pub(super) fn turns(&self, key: &(TenantNo, ConversationId), limit: usize) -> Vec<TurnRecord> {
        let turns = self.0.get(key).map_or(&[][..], |of| &of.turns);
        let skipped = turns.len().saturating_sub(limit);
        turns.iter().skip(skipped).cloned().collect()
    }

    pub(super) fn record(&self, key: &(TenantNo, ConversationId)) -> ConversationRecord {
        let found = self.0.get(key);
        found.map(|of| of.record.clone()).unwrap_or_default()
    }
}

/// Which address belongs to whom. Only links that hold are kept.
#[derive(Debug, Default)]
pub(super) struct Identities {
    addresses: HashMap<(TenantNo, AddressKey), Vec<IdentityLink>>,
    people: HashMap<(TenantNo, SubjectId), Vec<IdentityLink>>,
}

impl Identities {
    pub(super) fn link(&mut self, tenant: TenantNo, link: IdentityLink) {
        let of_address = self
            .addresses
            .entry((tenant, link.address.key()))
            .or_default();
        of_address.retain(|old| old.subject != link.subject);
        let of_person = self
            .people
            .entry((tenant, link.subject.clone()))
            .or_default();
        of_person.retain(|old| old.address != link.address);
        if !link.revoked {
            of_address.push(link.clone());
            of_person.push(link);
        }
    }

    pub(super) fn of_address(&self, tenant: TenantNo, address: AddressKey) -> Vec<IdentityLink> {
        newest_first(self.addresses.get(&(tenant, address)))
    }

    pub(super) fn of_person(&self, tenant: TenantNo, subject: SubjectId) -> Vec<IdentityLink> {
        newest_first(self.people.get(&(tenant, subject)))
    }
}

fn newest_first(links: Option<&Vec<IdentityLink>>) -> Vec<IdentityLink> {
    let mut links: Vec<_> = links.into_iter().flatten().rev().cloned().collect();
    links.sort_by_key(|link| std::cmp::Reverse(link.at));
    links
}

/// Inbound keys.
#[derive(Debug, Default)]
pub(super) struct Inbox(HashMap<String, Seen>);

#[derive(Clone, Copy, Debug)]
enum Seen {
    Leased(Timestamp),
    Done,
}

impl Inbox {
    pub(super) fn apply(&mut self, op: InboundOp) -> OpResult {
        match op {
            InboundOp::Lease { key, until, now } => OpResult::Inbound(match self.0.get(&key) {
                Some(Seen::Done) => InboundLease::Done,
                Some(Seen::Leased(end)) if *end > now => InboundLease::Busy,
                _ => {
                    self.0.insert(key, Seen::Leased(until));
                    InboundLease::Fresh
                }
            }),
            InboundOp::Done { key, .. } => {
                self.0.insert(key, Seen::Done);
                OpResult::Done
            }
            InboundOp::Release { key } => {
                if let Some(Seen::Leased(_)) = self.0.get(&key) {
                    self.0.remove(&key);
                }
                OpResult::Done
            }
        }
    }
}
