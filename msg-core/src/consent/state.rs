//! What the ledger's events add up to.

use super::event::{Basis, ConsentAct, ConsentEvent, ConsentSource, OptOutScope};
use super::person::PersonState;
use crate::id::TopicId;
use crate::message::{AddressKey, Purpose};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What one address allows: the fold of its events. Small: one entry a purpose, topic and scope.
///
/// A refusal stays until it is taken back. An opt-in that came later does not end it but is an exception from it, for what
/// the opt-in names and nothing else: [`ConsentState::refusing`] weighs the two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsentState {
    /// What was allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// What was refused, and when. Later grants may be exceptions: ask [`Self::refusing`] whether one holds.
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
    /// Whether [`ConsentAct::Resume`] takes it back: it is of the channel, or a keyword or a setting of the channel gave it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resumable: bool,
}

impl Refusal {
    /// What an opt-out refuses; none of an event that is not one.
    #[must_use]
    pub fn of(event: &ConsentEvent) -> Option<Self> {
        event.opts_out().map(|scope| Self {
            scope: scope.clone(),
            at: event.at,
            resumable: *scope == OptOutScope::Channel
                || matches!(
                    event.source,
                    ConsentSource::Keyword | ConsentSource::Channel
                ),
        })
    }
}

impl Grant {
    /// Whether it is an exception from a refusal for messages of this purpose and topic.
    ///
    /// Only when it came later, is confirmed and in force, and names the purpose, and the topic when it names one. A
    /// refusal of one topic yields only to a grant that names this topic.
    fn excepts(
        &self,
        refusal: &Refusal,
        (purpose, topic): (&Purpose, Option<&TopicId>),
        now: Timestamp,
    ) -> bool {
        let names = match &self.topic {
            Some(own) => topic == Some(own),
            None => !matches!(refusal.scope, OptOutScope::Topic(_)),
        };
        names && self.purpose == *purpose && self.at > refusal.at && self.holds(now)
    }

    /// Whether it is confirmed and its time is not over.
    fn holds(&self, now: Timestamp) -> bool {
        !self.pending && self.expires.is_none_or(|at| at > now)
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
                let waiting = self.grants.iter_mut();
                waiting
                    .filter(|grant| grant.purpose == *purpose)
                    .for_each(|grant| grant.pending = false);
            }
            ConsentAct::OptOut(scope) => {
                if let Some(refusal) = Refusal::of(event) {
                    self.refusals
                        .retain(|old| (&old.scope, old.resumable) != (scope, refusal.resumable));
                    self.refusals.push(refusal);
                }
                self.grants
                    .retain(|grant| !scope.covers(&grant.purpose, grant.topic.as_ref()));
            }
            ConsentAct::Resume => self
                .refusals
                .retain(|refusal| refusal.at >= event.at || !refusal.resumable),
        }
    }

    /// The state of `address`, which this is, together with what its person refused on other addresses.
    ///
    /// Only refusals of everything reach other addresses. The latest of them stands in the state that comes out, unless the
    /// address itself refused everything later: exceptions from it are the grants of this address that are newer.
    #[must_use]
    pub fn with_person(mut self, address: AddressKey, person: &PersonState) -> Self {
        if let Some(theirs) = person.elsewhere(address)
            && !self.refusals.iter().any(|own| {
                own.scope == OptOutScope::Everything && !own.resumable && own.at >= theirs.at
            })
        {
            self.refusals.push(theirs);
        }
        self
    }

    /// The refusals that cover messages of a purpose and topic and hold at `now`: no later grant is an exception for them.
    pub fn refusing(
        &self,
        purpose: &Purpose,
        topic: Option<&TopicId>,
        now: Timestamp,
    ) -> impl Iterator<Item = &Refusal> {
        self.refusals.iter().filter(move |refusal| {
            refusal.scope.covers(purpose, topic)
                && !self
                    .grants
                    .iter()
                    .any(|grant| grant.excepts(refusal, (purpose, topic), now))
        })
    }

    /// Where the person stands on a purpose and topic at `now`.
    #[must_use]
    pub fn standing(&self, purpose: &Purpose, topic: Option<&TopicId>, now: Timestamp) -> Standing {
        if let Some(refusal) = self.refusing(purpose, topic, now).next() {
            return Standing::OptedOut(refusal.scope.clone());
        }
        let mut standing = Standing::Unknown;
        for grant in self.grants.iter().filter(|grant| {
            grant.purpose == *purpose && (grant.topic.is_none() || grant.topic.as_ref() == topic)
        }) {
            if grant.holds(now) {
                return Standing::OptedIn(grant.basis.clone());
            }
            standing = if grant.expires.is_some_and(|at| at <= now) {
                Standing::Expired
            } else {
                Standing::Pending
            };
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

    fn topic(name: &str) -> TopicId {
        TopicId::new(name).unwrap()
    }

    /// Whether messages of the purpose and topic are refused at second 90.
    fn refused(state: &ConsentState, purpose: &Purpose, of: Option<&str>) -> bool {
        let (of, now) = (of.map(topic), Timestamp::from_second(90).unwrap());
        state.refusing(purpose, of.as_ref(), now).next().is_some()
    }

    fn allows(second: i64, purpose: Purpose, of: Option<&str>) -> ConsentEvent {
        let act = ConsentAct::OptIn {
            purpose,
            topic: of.map(topic),
            basis: Basis::Express,
            expires: None,
            pending: false,
        };
        event(second, act)
    }

    #[test]
    fn an_opt_in_is_an_exception_for_what_it_names() {
        let stop = event(1, ConsentAct::OptOut(OptOutScope::Channel));
        let one = ConsentState::fold(&[stop.clone(), allows(2, Purpose::Marketing, Some("news"))]);
        assert!(!refused(&one, &Purpose::Marketing, Some("news")));
        assert!(refused(&one, &Purpose::Marketing, Some("sale")));
        assert!(refused(&one, &Purpose::Marketing, None));
        assert!(refused(&one, &Purpose::Service, Some("news")));
        let sale = event(1, ConsentAct::OptOut(OptOutScope::Topic(topic("sale"))));
        let wide = ConsentState::fold(&[stop, sale, allows(2, Purpose::Marketing, None)]);
        assert!(!refused(&wide, &Purpose::Marketing, None));
        assert!(!refused(&wide, &Purpose::Marketing, Some("news")));
        assert!(refused(&wide, &Purpose::Marketing, Some("sale")));
        assert!(refused(&wide, &Purpose::Service, None));
    }

    #[test]
    fn an_exception_ends_with_its_time() {
        let stop = event(1, ConsentAct::OptOut(OptOutScope::Channel));
        let events = [stop, event(2, opt_in(false, Some(10)))];
        assert_eq!(standing(&events, 9), Standing::OptedIn(Basis::Express));
        let wanted = Standing::OptedOut(OptOutScope::Channel);
        assert_eq!(standing(&events, 10), wanted);
    }

    #[test]
    fn what_was_said_elsewhere_yields_to_this_address_alone() {
        let mail = Address::email("jo@example.org").unwrap();
        let mut everything = event(2, ConsentAct::OptOut(OptOutScope::Everything));
        (everything.address, everything.source) = (mail.key(), ConsentSource::Keyword);
        let mut news = allows(3, Purpose::Marketing, Some("news"));
        news.address = mail.key();
        let mut start = event(4, ConsentAct::Resume);
        start.address = mail.key();
        let sms = allows(1, Purpose::Marketing, None);
        let person = PersonState::fold([&sms, &everything, &news, &start]);
        let phone = sms.address;
        let sms = ConsentState::fold([&sms]).with_person(phone, &person);
        assert!(refused(&sms, &Purpose::Marketing, None));
        assert!(refused(&sms, &Purpose::Marketing, Some("news")));
        let own = ConsentState::fold([&everything, &news]).with_person(mail.key(), &person);
        assert!(!refused(&own, &Purpose::Marketing, Some("news")));
        assert!(refused(&own, &Purpose::Marketing, Some("sale")));
        let started = ConsentState::fold([&everything, &news, &start]);
        let started = started.with_person(mail.key(), &person);
        assert!(!refused(&started, &Purpose::Service, None));
        let again = ConsentState::fold(&[allows(5, Purpose::Service, None)]);
        let again = again.with_person(phone, &person);
        assert!(!refused(&again, &Purpose::Service, None));
        assert!(refused(&again, &Purpose::Marketing, None));
    }

    #[test]
    fn start_restores_what_stop_stopped() {
        // The first is of the channel, whoever gave it.
        let scopes = [
            OptOutScope::Channel,
            OptOutScope::Purpose(Purpose::Marketing),
            OptOutScope::Topic(topic("news")),
            OptOutScope::Everything,
        ];
        for (source, left) in [
            (ConsentSource::Keyword, &scopes[..0]),
            (ConsentSource::Channel, &scopes[..0]),
            (ConsentSource::Form, &scopes[1..]),
            (ConsentSource::FreeText, &scopes[1..]),
        ] {
            let mut events: Vec<_> = scopes
                .iter()
                .map(|scope| event(1, ConsentAct::OptOut(scope.clone())))
                .collect();
            for event in &mut events {
                event.source = source.clone();
            }
            events.push(event(2, ConsentAct::Resume));
            let state = ConsentState::fold(&events);
            let seen: Vec<_> = state.refusals.into_iter().map(|r| r.scope).collect();
            assert_eq!(seen, left, "{source:?}");
        }
        // A form's refusal is not forgotten because a word said the same later.
        let scope = OptOutScope::Topic(topic("news"));
        let (mut form, word) = (
            event(1, ConsentAct::OptOut(scope.clone())),
            event(2, ConsentAct::OptOut(scope)),
        );
        form.source = ConsentSource::Form;
        let state = ConsentState::fold(&[form, word, event(3, ConsentAct::Resume)]);
        assert!(refused(&state, &Purpose::Service, Some("news")));
    }

    mod laws {
        use super::*;
        use proptest::prelude::*;

        const TOPICS: [Option<&str>; 3] = [None, Some("news"), Some("sale")];
        const PURPOSES: [Purpose; 2] = [Purpose::Marketing, Purpose::Service];
        const PLACES: [&str; 2] = ["+14155550132", "+14155550133"];

        fn any_event() -> impl Strategy<Value = ConsentEvent> {
            let what = (0..9_u8, 0..2_usize, 0..3_usize, any::<bool>());
            (0..12_i64, 0..2_usize, any::<bool>(), what).prop_map(|(at, place, form, what)| {
                let (kind, purpose, of, limited) = what;
                let purpose = PURPOSES[purpose].clone();
                let act = match kind {
                    0..=2 => ConsentAct::OptIn {
                        purpose,
                        topic: TOPICS[of].map(topic),
                        basis: Basis::Express,
                        expires: limited.then(|| Timestamp::from_second(8).unwrap()),
                        pending: false,
                    },
                    3 => ConsentAct::OptOut(OptOutScope::Channel),
                    4 | 5 => ConsentAct::OptOut(OptOutScope::Everything),
                    6 => ConsentAct::OptOut(OptOutScope::Purpose(purpose)),
                    7 => {
                        ConsentAct::OptOut(OptOutScope::Topic(topic(TOPICS[of].unwrap_or("news"))))
                    }
                    _ => ConsentAct::Resume,
                };
                let mut event = event(at, act);
                event.address = Address::phone(ChannelKind::Sms, PLACES[place])
                    .unwrap()
                    .key();
                event.source = if form {
                    ConsentSource::Form
                } else {
                    ConsentSource::Keyword
                };
                event
            })
        }

        /// The sentences of the module, read off the events one by one.
        fn by_the_book(
            events: &[ConsentEvent],
            address: AddressKey,
            (purpose, of): (&Purpose, Option<&TopicId>),
            now: Timestamp,
        ) -> bool {
            events.iter().any(|no| {
                let Some(scope) = no.opts_out() else {
                    return false;
                };
                let here = no.address == address;
                let reaches = here || *scope == OptOutScope::Everything;
                let by_word = *scope == OptOutScope::Channel || no.source == ConsentSource::Keyword;
                let later = |act: fn(&ConsentAct) -> bool| {
                    events.iter().filter(move |yes| {
                        yes.address == address && yes.at > no.at && act(&yes.act)
                    })
                };
                let resumed =
                    here && by_word && later(|act| *act == ConsentAct::Resume).next().is_some();
                let excepted = later(|act| matches!(act, ConsentAct::OptIn { .. })).any(|yes| {
                    let ConsentAct::OptIn {
                        purpose: granted,
                        topic,
                        expires,
                        ..
                    } = &yes.act
                    else {
                        return false;
                    };
                    let named = topic.is_some() && topic.as_ref() == of;
                    let wide = topic.is_none() && !matches!(scope, OptOutScope::Topic(_));
                    // The newest opt-in of its kind counts, and the last recorded of one instant.
                    let place = events.iter().position(|e| std::ptr::eq(e, yes));
                    let replaced = events.iter().enumerate().any(|(at, e)| {
                        let same = matches!(&e.act, ConsentAct::OptIn { purpose, topic: t, .. }
                            if purpose == granted && t == topic);
                        e.address == address && same && (e.at, Some(at)) > (yes.at, place)
                    });
                    // An opt-out ends the opt-ins before it, and they do not come back when it is taken back itself.
                    let ended = events.iter().any(|e| {
                        let covers = |scope: &OptOutScope| scope.covers(granted, topic.as_ref());
                        e.address == address && e.at >= yes.at && e.opts_out().is_some_and(covers)
                    });
                    granted == purpose
                        && (named || wide)
                        && !replaced
                        && !ended
                        && expires.is_none_or(|at| at > now)
                });
                reaches && scope.covers(purpose, of) && !resumed && !excepted
            })
        }

        proptest! {
            #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

            #[test]
            fn the_fold_says_what_the_events_say(
                events in prop::collection::vec(any_event(), 0..10),
                now in 0..14_i64,
            ) {
                let now = Timestamp::from_second(now).unwrap();
                let person = PersonState::fold(&events);
                for place in PLACES {
                    let address = Address::phone(ChannelKind::Sms, place).unwrap().key();
                    let own = events.iter().filter(|event| event.address == address);
                    let state = ConsentState::fold(own).with_person(address, &person);
                    for purpose in &PURPOSES {
                        for of in TOPICS {
                            let of = of.map(topic);
                            let seen = state.refusing(purpose, of.as_ref(), now).next().is_some();
                            let wanted = by_the_book(&events, address, (purpose, of.as_ref()), now);
                            prop_assert_eq!(seen, wanted, "{:?} {:?}", purpose, of);
                        }
                    }
                }
            }
        }
    }
}
