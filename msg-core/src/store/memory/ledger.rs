//! The consent ledger: events and what they add up to, by address and by person.

use super::names::TenantNo;
use crate::consent::{ConsentEvent, ConsentState, OptOutScope, Refusal};
use crate::id::{SubjectId, TopicId};
use crate::message::{AddressKey, Purpose};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Debug, Default)]
pub(super) struct Ledger {
    addresses: HashMap<(TenantNo, AddressKey), Account>,
    people: HashMap<(TenantNo, SubjectId), Account>,
}

#[derive(Debug, Default)]
struct Account {
    events: Vec<Arc<ConsentEvent>>,
    newest: Option<Timestamp>,
    state: ConsentState,
}

impl Account {
    fn record(&mut self, event: Arc<ConsentEvent>) {
        // Only a strictly newer event may be added to the fold: the order within an instant is the fold's to choose.
        if self.newest < Some(event.at) {
            self.newest = Some(event.at);
            self.state.apply(&event);
            self.events.push(event);
        } else {
            self.events.push(event);
            self.state = ConsentState::fold(self.events.iter().map(AsRef::as_ref));
        }
    }
}

impl Ledger {
    pub(super) fn record(&mut self, tenant: TenantNo, event: ConsentEvent) {
        let event = Arc::new(event);
        if let Some(subject) = &event.subject {
            self.people
                .entry((tenant, subject.clone()))
                .or_default()
                .record(Arc::clone(&event));
        }
        self.addresses
            .entry((tenant, event.address))
            .or_default()
            .record(event);
    }

    /// The refusal of the address, or the one of everything by its person, that covers this.
    pub(super) fn refusal(
        &self,
        tenant: TenantNo,
        address: AddressKey,
        subject: Option<&SubjectId>,
        (purpose, topic): (&Purpose, Option<&TopicId>),
    ) -> Option<Refusal> {
        if self.addresses.is_empty() {
            return None;
        }
        let of_address = self.addresses.get(&(tenant, address)).and_then(|of| {
            let mut all = of.state.refusals.iter();
            all.find(|refusal| refusal.scope.covers(purpose, topic))
        });
        let of_person = || {
            let mut all = self.person(tenant, subject)?.state.refusals.iter();
            all.find(|refusal| refusal.scope == OptOutScope::Everything)
        };
        of_address.or_else(of_person).cloned()
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
            Some(person) => state.with_person(&person.state),
            None => state,
        }
    }

    /// Oldest first; of one instant in the order of recording.
    pub(super) fn events(&self, tenant: TenantNo, address: AddressKey) -> Vec<ConsentEvent> {
        let own = self.addresses.get(&(tenant, address));
        let mut events: Vec<ConsentEvent> = own
            .into_iter()
            .flat_map(|of| of.events.iter().map(|event| event.as_ref().clone()))
            .collect();
        events.sort_by_key(|event| event.at);
        events
    }

    fn person(&self, tenant: TenantNo, subject: Option<&SubjectId>) -> Option<&Account> {
        self.people.get(&(tenant, subject?.clone()))
    }
}
