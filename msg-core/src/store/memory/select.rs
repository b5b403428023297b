//! Selectors, and reads of the outbox.

use super::index::Group;
use super::names::{TenantNo, Tenants};
use super::outbox::{Entry, Known, Outbox, ProviderId, is_rare};
use super::ready::Seq;
use crate::consent::{ConsentEvent, OptOutScope, Refusal};
use crate::id::{MessageId, PartId, SubjectId};
use crate::message::{AddressKey, DeliveryState};
use crate::policy::SentFact;
use crate::store::{Cancel, Deciding, Ending, OpResult, PartState, Selector};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::ops::Bound;

impl Outbox {
    pub(super) fn note_sent(&mut self, seq: Seq, now: Timestamp) {
        // Not by `get`: the index is changed while the entry is read.
        let Some(entry) = usize::try_from(seq)
            .ok()
            .and_then(|at| self.entries.get(at))
        else {
            return;
        };
        if entry.new.id.position() == 0 {
            self.index.note_sent(entry.tenant, &entry.new, (now, seq));
        }
    }

    fn select(&self, selector: &Selector, tenants: &Tenants) -> Vec<Seq> {
        let group = |tenant, group| {
            let number = tenants.known(tenant);
            number.map_or(&[][..], |number| self.index.members(number, group))
        };
        match selector {
            Selector::Message(message) => self.of_message(*message),
            Selector::MessageFrom(first) => self.between(*first, first.last_of_way()),
            Selector::Address(tenant, address) => group(tenant, Group::Address(*address)).to_vec(),
            Selector::Subject(tenant, subject, purpose) => {
                let all = group(tenant, Group::Subject(subject.clone()));
                let of_purpose = |entry: &Entry| {
                    purpose
                        .as_ref()
                        .is_none_or(|purpose| *purpose == entry.new.purpose)
                };
                all.iter()
                    .copied()
                    .filter(|seq| self.get(*seq).is_some_and(of_purpose))
                    .collect()
            }
            Selector::Conversation(tenant, conversation) => {
                group(tenant, Group::Conversation(conversation.clone())).to_vec()
            }
            Selector::Topic(tenant, topic) => group(tenant, Group::Topic(topic.clone())).to_vec(),
            Selector::Tenant(tenant) => {
                let number = tenants.known(tenant);
                self.iter()
                    .filter(|(_, entry)| Some(entry.tenant) == number)
                    .map(|(seq, _)| seq)
                    .collect()
            }
        }
    }

    /// The parts of a message.
    pub(super) fn of_message(&self, message: MessageId) -> Vec<Seq> {
        self.between(PartId::new(message, 0), PartId::new(message, u16::MAX))
    }

    fn between(&self, first: PartId, last: PartId) -> Vec<Seq> {
        self.by_id
            .range(first..=last)
            .map(|(_, seq)| *seq)
            .collect()
    }

    pub(super) fn cancel_selected(&mut self, cancel: &Cancel, tenants: &Tenants) -> OpResult {
        let (mut changed, mut too_late) = (0, 0);
        let ending = Ending::Cancelled {
            why: &cancel.reason,
            refusal: None,
        };
        for seq in self.select(&cancel.selector, tenants) {
            match self.get(seq).map(|entry| entry.state) {
                Some(PartState::Queued | PartState::Parked) => {
                    self.end(seq, cancel.now, &ending);
                    changed += 1;
                }
                Some(PartState::Leased | PartState::Ambiguous | PartState::Accepted) => {
                    too_late += 1;
                }
                _ => {}
            }
        }
        OpResult::Changed { changed, too_late }
    }

    /// Makes parts of `from` claimable; dead ones begin anew.
    pub(super) fn requeue_selected(
        &mut self,
        selector: &Selector,
        from: PartState,
        tenants: &Tenants,
    ) -> OpResult {
        let mut changed = 0;
        for seq in self.select(selector, tenants) {
            let Some(entry) = self.get_mut(seq).filter(|entry| entry.state == from) else {
                continue;
            };
            entry.note = None;
            if from == PartState::Dead {
                entry.attempts = 0;
                entry.unsettled = 0;
                entry.delivery = DeliveryState::default();
            }
            self.move_to(seq, PartState::Queued);
            changed += 1;
        }
        OpResult::Changed {
            changed,
            too_late: 0,
        }
    }

    /// Cancels what waits and is covered by an opt-out.
    pub(super) fn cancel_covered(&mut self, tenant: TenantNo, event: &ConsentEvent) {
        let Some(refusal) = Refusal::of(event) else {
            return;
        };
        let scope = &refusal.scope;
        let of_address = self.index.members(tenant, Group::Address(event.address));
        let person = event
            .subject
            .clone()
            .filter(|_| *scope == OptOutScope::Everything);
        let of_person = person.map_or(&[][..], |subject| {
            self.index.members(tenant, Group::Subject(subject))
        });
        let covered = |seq: &Seq| {
            self.get(*seq).is_some_and(|entry| {
                matches!(entry.state, PartState::Queued | PartState::Parked)
                    && scope.covers(&entry.new.purpose, entry.new.topic.as_ref())
            })
        };
        // In the order of enqueueing, each once: a part may be of the address and of the person.
        let all: BTreeSet<Seq> = of_address
            .iter()
            .chain(of_person)
            .copied()
            .filter(covered)
            .collect();
        for seq in all {
            self.end(seq, event.at, &Ending::refused(&refusal));
        }
    }

    /// Parts in a state, by id.
    pub(super) fn in_state(
        &self,
        state: PartState,
        after: Option<PartId>,
        limit: usize,
    ) -> Vec<Seq> {
        if is_rare(state) {
            let nil = PartId::new(MessageId::from_uuid(uuid::Uuid::nil()), 0);
            let from = match after {
                Some(after) => Bound::Excluded((state, after)),
                None => Bound::Included((state, nil)),
            };
            return self
                .rare
                .range((from, Bound::Unbounded))
                .take_while(|(of, _)| *of == state)
                .filter_map(|(_, id)| self.by_id.get(id).copied())
                .take(limit)
                .collect();
        }
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_id
            .range((from, Bound::Unbounded))
            .map(|(_, seq)| *seq)
            .filter(|seq| self.get(*seq).is_some_and(|entry| entry.state == state))
            .take(limit)
            .collect()
    }

    /// The part that a provider knows by this id.
    pub(super) fn of_provider(&self, id: &ProviderId) -> Option<Seq> {
        match self.provider_ids.get(id)? {
            Known::Part(seq) => Some(*seq),
            Known::Parked(_) => None,
        }
    }

    /// Parts among which is all that is on its way to an address or a person: everything that ever went to them, or
    /// everything that is on its way to anybody, whichever is less. So that a claim looks at few parts, however many are
    /// leased or ambiguous, and however often somebody was written to.
    pub(super) fn perhaps_on_its_way(
        &self,
        tenant: TenantNo,
        (address, subject): (AddressKey, Option<&SubjectId>),
    ) -> impl Iterator<Item = Seq> {
        let members = |group| self.index.members(tenant, group);
        let here = members(Group::Address(address));
        let theirs = subject.map_or(&[][..], |subject| members(Group::Subject(subject.clone())));
        let few = here.len() + theirs.len() <= self.leases.len() + self.ambiguous;
        let anybodys = (!few).then(|| {
            let lost = self.in_state(PartState::Ambiguous, None, usize::MAX);
            self.leases.iter().map(|(_, seq)| *seq).chain(lost)
        });
        let own = few.then(|| here.iter().chain(theirs).copied());
        own.into_iter()
            .flatten()
            .chain(anybodys.into_iter().flatten())
    }

    /// What was accepted, and for a claim what earlier claims have on its way, newest first.
    pub(super) fn sent(
        &self,
        tenant: TenantNo,
        (address, subject): (AddressKey, Option<SubjectId>),
        since: Timestamp,
        deciding: Option<Deciding>,
    ) -> Vec<SentFact> {
        let group = Group::Address(address);
        let mut found: BTreeSet<_> = self.index.sent(tenant, group, since).collect();
        if let Some(subject) = subject.clone() {
            found.extend(self.index.sent(tenant, Group::Subject(subject), since));
        }
        if let Some(deciding) = deciding {
            let near = self.perhaps_on_its_way(tenant, (address, subject.as_ref()));
            let on_its_way = near.filter_map(|seq| {
                let entry = self.get(seq)?;
                let to = entry.new.address == address
                    || (subject.is_some() && entry.new.subject == subject);
                let counts = entry.tenant == tenant && to && entry.new.id.position() == 0;
                let earlier = match entry.state {
                    PartState::Ambiguous => true,
                    PartState::Leased => entry.token.is_some_and(|token| token < deciding.token),
                    _ => false,
                };
                (counts && earlier && entry.until >= since).then_some((entry.until, seq))
            });
            found.extend(on_its_way);
        }
        let facts = found.into_iter().rev().filter_map(|(at, seq)| {
            let new = &self.get(seq)?.new;
            if deciding.is_some_and(|own| own.message == new.id.message) {
                return None;
            }
            let (channel, purpose) = (new.channel.clone(), new.purpose.clone());
            Some(SentFact::new(at, channel, purpose, new.topic.clone()))
        });
        facts.collect()
    }
}
