//! What reaches a person on every address.

use super::event::{ConsentEvent, OptOutScope};
use super::state::Refusal;
use crate::message::AddressKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a person refused everything: what the events that name the person say to each other's addresses.
///
/// Nothing that happens on one address changes what was refused on another: an opt-in there is an exception
/// [for that address](super::ConsentState::refusing), and START takes back what was stopped there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonState {
    /// The latest refusal of everything by the address that it was given at. Not optional: a state of another shape must
    /// not read as one that refuses nothing.
    everything: BTreeMap<AddressKey, Timestamp>,
}

impl PersonState {
    /// The fold of events in any order.
    #[must_use]
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a ConsentEvent>) -> Self {
        let mut state = Self::default();
        events.into_iter().for_each(|event| state.apply(event));
        state
    }

    /// Adds an event that names the person. The order does not matter.
    pub fn apply(&mut self, event: &ConsentEvent) {
        if event.opts_out() == Some(&OptOutScope::Everything) {
            let at = self.everything.entry(event.address).or_insert(event.at);
            *at = event.at.max(*at);
        }
    }

    /// Whether everything was ever refused, on any address.
    #[must_use]
    pub fn refuses_everything(&self) -> bool {
        !self.everything.is_empty()
    }

    /// The latest refusal of everything on another address than this one.
    #[must_use]
    pub fn elsewhere(&self, address: AddressKey) -> Option<Refusal> {
        let others = self.everything.iter().filter(|(of, _)| **of != address);
        others.map(|(_, at)| *at).max().map(|at| Refusal {
            scope: OptOutScope::Everything,
            at,
            resumable: false,
        })
    }
}
