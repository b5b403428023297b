//! What the ledger's events add up to.

use super::event::{Basis, ConsentAct, ConsentEvent, OptOutScope};
use crate::id::TopicId;
use crate::message::Purpose;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What one address allows: the fold of its events. Small: one entry a purpose, topic and scope.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsentState {
    /// What was allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// What was refused, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Refusal>,
}

/// Something that was allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Grant {
    /// For what.
    pub purpose: Purpose,
    /// For one topic only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicId>,
    /// On which ground.
    pub basis: Basis,
    /// When.
    pub at: Timestamp,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Whether a second confirmation is still missing.
    #[serde(default)]
    pub pending: bool,
}

/// Something that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Refusal {
    /// How far it reaches.
    pub scope: OptOutScope,
    /// When.
    pub at: Timestamp,
}

impl Refusal {
    /// What an opt-out refuses; none of an event that is not one.
    #[must_use]
    pub fn of(event: &ConsentEvent) -> Option<Self> {
        event.opts_out().map(|scope| Self {
            scope: scope.clone(),
            at: event.at,
        })
    }
}

/// Where a person stands on one purpose and topic.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// Refused.
    OptedOut(OptOutScope),
    /// Allowed on this ground.
    OptedIn(Basis),
    /// Allowed, but the second confirmation is missing.
    Pending,
    /// Was allowed, and the time is over.
    Expired,
    /// Never said anything.
    Unknown,
}

impl ConsentState {
    /// The fold of events in any order.
    #[must_use]
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a ConsentEvent>) -> Self {
        let mut events: Vec<_> = events.into_iter().collect();
        // An opt-out comes last among events of one instant, so that it wins.
        events.sort_by_key(|event| (event.at, event.opts_out().is_some()));
        let mut state = Self::default();
        for event in events {
            state.apply(event);
        }
        state
    }

    /// Adds an event that is not older than those before it.
    pub fn apply(&mut self, event: &ConsentEvent) {
        match &event.act {
            ConsentAct::OptIn {
                purpose,
                topic,
                basis,
                expires,
                pending,
            } => {
                self.grants
                    .retain(|grant| (&grant.purpose, &grant.topic) != (purpose, topic));
                if !pending {
                    self.lift(event.at, purpose, topic.as_ref());
                }
                self.grants.push(Grant {
                    purpose: purpose.clone(),
                    topic: topic.clone(),
                    basis: basis.clone(),
                    at: event.at,
                    expires: *expires,
                    pending: *pending,
                });
            }
            ConsentAct::Confirm { purpose } => {
                let waiting = self
                    .grants
                    .iter_mut()
                    .filter(|grant| grant.pending && grant.purpose == *purpose);
                let topics: Vec<_> = waiting
                    .map(|grant| {
                        grant.pending = false;
                        grant.topic.clone()
                    })
                    .collect();
                for topic in topics {
                    self.lift(event.at, purpose, topic.as_ref());
                }
            }
            ConsentAct::OptOut(scope) => {
                self.refusals.retain(|refusal| refusal.scope != *scope);
                self.refusals.push(Refusal {
                    scope: scope.clone(),
                    at: event.at,
                });
                self.grants
                    .retain(|grant| !scope.covers(&grant.purpose, grant.topic.as_ref()));
            }
            ConsentAct::Resume => self.refusals.retain(|refusal| refusal.at >= event.at),
        }
    }

    /// A fresh opt-in ends earlier refusals that stood in its way: of the same topic or purpose, and of the channel.
    fn lift(&mut self, at: Timestamp, purpose: &Purpose, topic: Option<&TopicId>) {
        self.refusals
            .retain(|refusal| refusal.at >= at || !refusal.scope.covers(purpose, topic));
    }

    /// The state of an address together with that of its person, who may have refused everything on another address.
    ///
    /// Of the person's refusals only those of everything reach other addresses; the later one counts.
    #[must_use]
    pub fn with_person(mut self, person: &Self) -> Self {
        let everything = |refusal: &&Refusal| refusal.scope == OptOutScope::Everything;
        if let Some(theirs) = person.refusals.iter().find(everything) {
            let own = self
                .refusals
                .iter_mut()
                .find(|own| own.scope == OptOutScope::Everything);
            match own {
                Some(own) => own.at = own.at.max(theirs.at),
                None => self.refusals.push(theirs.clone()),
            }
        }
        self
    }

    /// Where the person stands on a purpose and topic at `now`.
    #[must_use]
    pub fn standing(&self, purpose: &Purpose, topic: Option<&TopicId>, now: Timestamp) -> Standing {
        if let Some(refusal) = self
            .refusals
            .iter()
            .find(|refusal| refusal.scope.covers(purpose, topic))
        {
            return Standing::OptedOut(refusal.scope.clone());
        }
        let mut standing = Standing::Unknown;
        for grant in self.grants.iter().filter(|grant| {
            grant.purpose == *purpose && (grant.topic.is_none() || grant.topic.as_ref() == topic)
        }) {
            if grant.expires.is_some_and(|at| at <= now) {
                standing = Standing::Expired;
            } else if grant.pending {
                standing = Standing::Pending;
            } else {
                return Standing::OptedIn(grant.basis.clone());
            }
        }
        standing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::ConsentSource;
    use crate::id::TenantId;
    use crate::message::{Address, ChannelKind};

    fn event(second: i64, act: ConsentAct) -> ConsentEvent {
        let address = Address::phone(ChannelKind::Sms, "+14155550132").unwrap();
        let at = Timestamp::from_second(second).unwrap();
        ConsentEvent::new(
            TenantId::new("t").unwrap(),
            &address,
            act,
            ConsentSource::Form,
            at,
        )
    }

    fn opt_in(pending: bool, expires: Option<i64>) -> ConsentAct {
        let expires = expires.map(|at| Timestamp::from_second(at).unwrap());
        ConsentAct::OptIn {
            purpose: Purpose::Marketing,
            topic: None,
            basis: Basis::Express,
            expires,
            pending,
        }
    }

    fn standing(events: &[ConsentEvent], now: i64) -> Standing {
        ConsentState::fold(events).standing(
            &Purpose::Marketing,
            None,
            Timestamp::from_second(now).unwrap(),
        )
    }

    #[test]
    fn an_opt_out_of_the_same_instant_wins_in_any_order() {
        let (yes, no) = (
            event(5, opt_in(false, None)),
            event(5, ConsentAct::OptOut(OptOutScope::Channel)),
        );
        for events in [[yes.clone(), no.clone()], [no, yes]] {
            assert_eq!(
                standing(&events, 9),
                Standing::OptedOut(OptOutScope::Channel)
            );
        }
    }

    #[test]
    fn a_pending_opt_in_lifts_nothing_until_it_is_confirmed() {
        let mut events = vec![
            event(1, ConsentAct::OptOut(OptOutScope::Channel)),
            event(2, opt_in(true, None)),
        ];
        assert_eq!(
            standing(&events, 9),
            Standing::OptedOut(OptOutScope::Channel)
        );
        events.push(event(
            3,
            ConsentAct::Confirm {
                purpose: Purpose::Marketing,
            },
        ));
        assert_eq!(standing(&events, 9), Standing::OptedIn(Basis::Express));
    }

    #[test]
    fn consent_expires_and_resume_grants_nothing_new() {
        let events = [event(1, opt_in(false, Some(10)))];
        assert_eq!(standing(&events, 9), Standing::OptedIn(Basis::Express));
        assert_eq!(standing(&events, 10), Standing::Expired);
        let events = [
            event(1, ConsentAct::OptOut(OptOutScope::Channel)),
            event(2, ConsentAct::Resume),
        ];
        assert_eq!(standing(&events, 9), Standing::Unknown);
    }
}
