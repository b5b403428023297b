use crate::support::*;
use msg_channels::layer::Failover;
use msg_core::ErrorKind;
use msg_core::capability::Capabilities;
use msg_core::channel::*;
use msg_core::message::{ChannelKind, ContentKind};
use msg_core::testkit::{ScriptedAdapter, block_on};
use proptest::prelude::*;
use std::sync::Arc;

fn two() -> (Arc<Named>, Arc<Named>, Failover) {
    let (a, b) = (Named::sms("a"), Named::sms("b"));
    let failover = Failover::new("either", vec![Arc::clone(&a) as _, Arc::clone(&b) as _]);
    (a, b, failover.unwrap())
}

fn via(outcome: &SendOutcome) -> Option<&str> {
    match outcome {
        SendOutcome::Accepted(receipt) | SendOutcome::AlreadyAccepted(receipt) => {
            receipt.via.as_deref()
        }
        SendOutcome::Ambiguous(unknown) => unknown.via.as_deref(),
        SendOutcome::Rejected(_) => None,
    }
}

#[test]
fn the_next_provider_is_asked_only_when_the_failure_says_so() {
    use FailureClass as Class;
    use FailureScope as Scope;
    let same = || Advice::RetrySame;
    let cases = [
        (fault(), true),
        (busy(Scope::Account, 5), true),
        (busy(Scope::Provider, 5), true),
        (
            rejected(Class::QuotaOrBilling, Scope::Account, Advice::FixConfig),
            true,
        ),
        (
            rejected(Class::CredentialInvalid, Scope::Account, Advice::FixConfig),
            true,
        ),
        (rejected(Class::HeldBack, Scope::Provider, same()), true),
        (
            rejected(
                Class::RegionBlocked,
                Scope::Recipient,
                Advice::RetryOtherProvider,
            ),
            true,
        ),
        (rejected(Class::HeldBack, Scope::Message, same()), false),
        (busy(Scope::Recipient, 5), false),
        (busy(Scope::Sender, 5), false),
        (rejected(Class::Transient, Scope::Recipient, same()), false),
        (
            rejected(Class::InvalidRecipient, Scope::Recipient, Advice::Suppress),
            false,
        ),
        (
            rejected(Class::OptedOut, Scope::Recipient, Advice::Suppress),
            false,
        ),
        (
            rejected(Class::ContentInvalid, Scope::Part, Advice::FixContent),
            false,
        ),
        (
            rejected(
                Class::UnreachableOnChannel,
                Scope::Recipient,
                Advice::RetryOtherChannel,
            ),
            false,
        ),
        (unknown(), false),
    ];
    for (outcome, on) in cases {
        let (a, b, failover) = two();
        a.inner.answer(outcome.clone());
        let given = send(&failover, &part(1));
        assert_eq!(b.count(), usize::from(on), "{outcome:?}");
        if on {
            assert_eq!(via(&given), Some("b"));
        }
    }
}

#[test]
fn an_unknown_outcome_names_its_provider_and_ends_it() {
    let (a, b, failover) = two();
    a.inner.answer(unknown());
    let outcome = send(&failover, &part(1));
    assert_eq!(via(&outcome), Some("a"));
    assert!(matches!(outcome, SendOutcome::Ambiguous(_)));
    assert_eq!(b.count(), 0);
}

#[test]
fn a_recipient_stays_with_the_provider_that_took_the_last_part() {
    let (a, b, failover) = two();
    a.inner.answer(fault());
    send(&failover, &part(1));
    assert_eq!((a.count(), b.count()), (1, 1));
    assert_eq!(via(&send(&failover, &part_to(7, phone(1)))), Some("b"));
    assert_eq!(a.count(), 1, "it is not even asked");
    assert_eq!(via(&send(&failover, &part(2))), Some("a"));
    b.inner.answer(fault());
    assert_eq!(via(&send(&failover, &part_to(8, phone(1)))), Some("a"));
    assert_eq!(via(&send(&failover, &part_to(9, phone(1)))), Some("a"));
}

#[test]
fn when_none_takes_it_the_message_waits_for_the_soonest() {
    let (a, b, failover) = two();
    let scope = FailureScope::Account;
    a.inner.answer(busy(scope.clone(), 60));
    b.inner.answer(busy(scope.clone(), 20));
    let given = failure(send(&failover, &part(1)));
    assert_eq!(given.retry_after.as_ref().unwrap().delay.as_secs(), 20);
    assert_eq!(given.detail, "a: rate_limited; b: rate_limited");
    // One that will never work does not end what the other may do later, whichever comes first.
    let key = || {
        rejected(
            FailureClass::CredentialInvalid,
            FailureScope::Account,
            Advice::FixConfig,
        )
    };
    for (first, second) in [(key(), fault()), (fault(), key())] {
        a.inner.answer(first);
        b.inner.answer(second);
        let given = failure(send(&failover, &part(2)));
        assert!(given.is_retryable(), "{given:?}");
    }
    // But what one says about the person holds.
    let gone = rejected(
        FailureClass::InvalidRecipient,
        FailureScope::Recipient,
        Advice::Suppress,
    );
    a.inner.answer(fault());
    b.inner.answer(gone);
    let given = failure(send(&failover, &part(3)));
    assert_eq!(given.class, FailureClass::InvalidRecipient);
}

#[test]
fn what_is_planned_fits_all_of_them() {
    let cards = Capabilities::text_only().with_content(&[ContentKind::Card, ContentKind::Poll]);
    let polls = Capabilities::text_only().with_content(&[ContentKind::Poll]);
    let old = phone(1);
    let b = ScriptedAdapter::new(ChannelKind::Sms)
        .with_capabilities(polls)
        .with_recipient(old.clone(), Capabilities::text_only());
    let a = ScriptedAdapter::new(ChannelKind::Sms).with_capabilities(cards);
    let all = vec![Named::over("a", a) as _, Named::over("b", b) as _];
    let failover = Failover::new("either", all).unwrap();
    let carried = failover.capabilities();
    assert!(carried.carries(ContentKind::Poll) && !carried.carries(ContentKind::Card));
    assert!(
        !failover
            .capabilities_for(&old, None)
            .unwrap()
            .carries(ContentKind::Poll)
    );
    assert!(failover.capabilities_for(&phone(2), None).is_none());
}

#[test]
fn webhooks_find_their_provider() {
    let (_, _, failover) = two();
    assert_eq!(failover.behind("a").unwrap().scheme(), "a");
    assert_eq!(failover.behind("b").unwrap().scheme(), "b");
    assert!(
        failover.behind("behind").is_some(),
        "also one behind a provider"
    );
    assert!(failover.behind("c").is_none());
    assert!(failover.webhook().is_none());
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    let kind = |providers: Vec<Arc<dyn ChannelAdapter>>| {
        Failover::new("either", providers).unwrap_err().kind()
    };
    assert_eq!(kind(vec![]), ErrorKind::Invalid);
    assert_eq!(
        kind(vec![Named::sms("a"), Named::sms("a")]),
        ErrorKind::Invalid
    );
    assert_eq!(kind(vec![Named::sms("either")]), ErrorKind::Invalid);
    let rcs = Named::over("b", ScriptedAdapter::new(ChannelKind::Rcs));
    assert_eq!(kind(vec![Named::sms("a"), rcs]), ErrorKind::Invalid);
}

fn asking(scheme: &str) -> Arc<Named> {
    Named::over(
        scheme,
        ScriptedAdapter::new(ChannelKind::Sms).with_reconciler(),
    )
}

#[test]
fn the_provider_that_may_have_it_is_asked_and_after_a_restart_all_are() {
    let (a, b) = (asking("a"), asking("b"));
    let build = || Failover::new("either", vec![Arc::clone(&a) as _, Arc::clone(&b) as _]).unwrap();
    let look = |failover: &Failover| {
        let reconciler = failover.reconciler().unwrap();
        block_on(reconciler.look_up(&part(1)))
    };
    let failover = build();
    a.inner.answer(fault());
    b.inner.answer(unknown());
    send(&failover, &part(1));
    b.inner
        .answer_look_up(SendOutcome::Accepted(Receipt::new("b-1")));
    assert_eq!(via(&look(&failover)), Some("b"));
    // Only that one: the other could not tell.
    b.inner.answer_look_up(fault());
    assert_eq!(failure(look(&failover)).class, FailureClass::Transient);
    // The memory is gone.
    let failover = build();
    a.inner.answer_look_up(fault());
    b.inner
        .answer_look_up(SendOutcome::Accepted(Receipt::new("b-1")));
    assert_eq!(via(&look(&failover)), Some("b"));
    a.inner.answer_look_up(fault());
    b.inner.answer_look_up(unknown());
    assert!(matches!(look(&failover), SendOutcome::Ambiguous(_)));
    a.inner.answer_look_up(fault());
    b.inner.answer_look_up(fault());
    assert_eq!(failure(look(&failover)).class, FailureClass::Transient);
}

#[test]
fn where_one_cannot_be_asked_nobody_says_it_is_not_there() {
    let all = vec![asking("a") as _, Named::sms("b") as _];
    assert!(Failover::new("either", all).unwrap().reconciler().is_none());
}

proptest! {
    /// A part is never given to another provider after one that may have it, and is accepted at most once.
    #[test]
    fn nothing_is_sent_twice_by_guesswork(script in prop::collection::vec(0_u8..6, 0..40)) {
        let providers = [Named::sms("a"), Named::sms("b"), Named::sms("c")];
        let all = providers.iter().map(|one| Arc::clone(one) as _).collect();
        let failover = Failover::new("either", all).unwrap();
        let mut script = script.into_iter();
        for number in 0..10 {
            let mut outcomes = Vec::new();
            for provider in &providers {
                let outcome = match script.next().unwrap_or(0) {
                    1 => fault(),
                    2 => unknown(),
                    3 => busy(FailureScope::Account, 3),
                    4 => rejected(FailureClass::InvalidRecipient, FailureScope::Recipient, Advice::Suppress),
                    5 => rejected(FailureClass::Unknown, FailureScope::Part, Advice::Stop),
                    _ => SendOutcome::Accepted(Receipt::new("x")),
                };
                provider.inner.answer(outcome.clone());
                outcomes.push(outcome);
            }
            let part = part(number);
            let outcome = send(&failover, &part);
            let asked: Vec<_> = providers
                .iter()
                .zip(&outcomes)
                .filter(|(provider, _)| provider.inner.sent().iter().any(|sent| sent.id == part.id))
                .collect();
            let maybe = asked.iter().filter(|(_, outcome)| !matches!(outcome, SendOutcome::Rejected(_)));
            prop_assert!(maybe.count() <= 1);
            match &outcome {
                SendOutcome::Rejected(_) => {
                    prop_assert!(asked.iter().all(|(_, outcome)| matches!(outcome, SendOutcome::Rejected(_))));
                }
                other => prop_assert!(via(other).is_some()),
            }
            // What was not asked for is used up, so that it is no answer to the next part.
            for provider in &providers {
                if !provider.inner.sent().iter().any(|sent| sent.id == part.id) {
                    send(&**provider, &self::part(number + 5000));
                }
            }
        }
    }
}

#[test]
fn its_debug_shows_no_recipient() {
    let (_, _, failover) = two();
    let sent = part_to(1, phone(4321));
    send(&failover, &sent);
    let shown = format!("{failover:?}");
    assert!(
        !shown.contains("4321") && !shown.contains("hello"),
        "{shown}"
    );
}
