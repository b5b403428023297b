//! The consent ledger: events and what they add up to, by address and by person.

use super::names::TenantNo;
use crate::consent::{ConsentEvent, ConsentState, PersonState, Refusal};
use crate::id::{SubjectId, TopicId};
use crate::message::{AddressKey, Purpose};
use jiff::Timestamp;
use std::collections::HashMap;

#[derive(Debug, Default)]
pub(super) struct Ledger {
    addresses: HashMap<(TenantNo, AddressKey), Account>,
    people: HashMap<(TenantNo, SubjectId), PersonState>,
}

#[derive(Debug, Default)]
struct Account {
    events: Vec<ConsentEvent>,
    newest: Option<Timestamp>,
    state: ConsentState,
}

impl Account {
    fn record(&mut self, event: ConsentEvent) {
        // Only a strictly newer event may be added to the fold: the order within an instant is the fold's to choose.
        if self.newest < Some(event.at) {
            self.newest = Some(event.at);
            self.state.apply(&event);
            self.events.push(event);
        } else {
            self.events.push(event);
            self.state = ConsentState::fold(&self.events);
        }
    }
}

impl Ledger {
    pub(super) fn record(&mut self, tenant: TenantNo, event: ConsentEvent) {
        if let Some(subject) = &event.subject {
            let person = self.people.entry((tenant, subject.clone())).or_default();
            person.apply(&event);
        }
        self.addresses
            .entry((tenant, event.address))
            .or_default()
            .record(event);
    }

    /// What is refused at `now` by the address, or on another address of its person, of messages like these.
    pub(super) fn refusal(
        &self,
        tenant: TenantNo,
        (address, subject): (AddressKey, Option<&SubjectId>),
        (purpose, topic): (&Purpose, Option<&TopicId>),
        now: Timestamp,
    ) -> Option<Refusal> {
        if self.addresses.is_empty() {
            return None;
        }
        let own = self.addresses.get(&(tenant, address)).map(|of| &of.state);
        let person = self.person(tenant, subject);
        if !person.is_some_and(PersonState::refuses_everything) {
            return own?.refusing(purpose, topic, now).next().cloned();
        }
        let state = self.state(tenant, address, subject);
        state.refusing(purpose, topic, now).next().cloned()
    }

    /// The state of the address, with the person's refusal of everything.
    pub(super) fn state(
        &self,
        tenant: TenantNo,
        address: AddressKey,
        subject: Option<&SubjectId>,
    ) -> ConsentState {
        let own = self.addresses.get(&(tenant, address));
        let state = own.map(|of| of.state.clone()).unwrap_or_default();
        match self.person(tenant, subject) {
            Some(person) => state.with_person(address, person),
            None => state,
        }
    }

    /// Oldest first; of one instant in the order of recording.
    pub(super) fn events(&self, tenant: TenantNo, address: AddressKey) -> Vec<ConsentEvent> {
        let own = self.addresses.get(&(tenant, address));
        let mut events: Vec<ConsentEvent> = own
            .into_iter()
            .flat_map(|of| of.events.iter().cloned())
            .collect();
        events.sort_by_key(|event| event.at);
        events
    }

    fn person(&self, tenant: TenantNo, subject: Option<&SubjectId>) -> Option<&PersonState> {
        self.people.get(&(tenant, subject?.clone()))
    }
}
