use crate::support::*;
use msg_channels::layer::{Layer as _, Retry, RetrySettings};
use msg_core::Clock;
use msg_core::channel::*;
use msg_core::testkit::{ManualClock, SeededIds};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

fn retry(clock: &Arc<ManualClock>) -> Retry {
    let ids = Arc::new(SeededIds::default());
    Retry::new(Arc::clone(clock) as _, Arc::clone(clock) as _, ids)
}

#[test]
fn a_passing_fault_is_tried_again_until_it_is_over() {
    let clock = Arc::new(ManualClock::default());
    let inner = Named::sms("a");
    let adapter = retry(&clock).layer(Arc::clone(&inner) as _);
    inner.inner.answer(fault());
    inner.inner.answer(fault());
    assert!(matches!(
        send(&*adapter, &part(1)),
        SendOutcome::Accepted(_)
    ));
    assert_eq!(inner.count(), 3);
    for _ in 0..3 {
        inner.inner.answer(fault());
    }
    assert_eq!(
        failure(send(&*adapter, &part(2))).class,
        FailureClass::Transient
    );
    assert_eq!(inner.count(), 6, "three sends, not more");
}

#[test]
fn only_what_surely_was_not_taken_is_sent_again() {
    use Advice::{FixConfig, RetryOtherProvider, RetrySame, Stop};
    let cases = [
        (unknown(), 1),
        (
            rejected(
                FailureClass::Transient,
                FailureScope::Part,
                RetryOtherProvider,
            ),
            1,
        ),
        (
            rejected(FailureClass::Transient, FailureScope::Part, Stop),
            1,
        ),
        (
            rejected(FailureClass::HeldBack, FailureScope::Part, RetrySame),
            1,
        ),
        (
            rejected(FailureClass::ProviderBug, FailureScope::Part, RetrySame),
            1,
        ),
        (
            rejected(FailureClass::Unknown, FailureScope::Part, RetrySame),
            1,
        ),
        (
            rejected(
                FailureClass::CredentialInvalid,
                FailureScope::Account,
                FixConfig,
            ),
            1,
        ),
        (SendOutcome::AlreadyAccepted(Receipt::new("x")), 1),
        (
            rejected(FailureClass::Transient, FailureScope::Part, RetrySame),
            2,
        ),
        (
            rejected(FailureClass::RateLimited, FailureScope::Account, RetrySame),
            2,
        ),
    ];
    for (first, sends) in cases {
        let clock = Arc::new(ManualClock::default());
        let inner = Named::sms("a");
        inner.inner.answer(first.clone());
        let adapter = retry(&clock).layer(Arc::clone(&inner) as _);
        let outcome = send(&*adapter, &part(1));
        assert_eq!(inner.count(), sends, "{first:?}");
        if sends == 1 {
            assert_eq!(outcome, first);
        }
    }
}

#[test]
fn a_wait_that_fits_is_kept_to_and_a_longer_one_is_given_on() {
    let clock = Arc::new(ManualClock::default());
    let start = clock.now();
    let inner = Named::sms("a");
    let adapter = retry(&clock).layer(Arc::clone(&inner) as _);
    inner.inner.answer(busy(FailureScope::Account, 5));
    assert!(matches!(
        send(&*adapter, &part(1)),
        SendOutcome::Accepted(_)
    ));
    assert_eq!(clock.now().duration_since(start).as_secs(), 5);
    inner.inner.answer(busy(FailureScope::Account, 6));
    let given = failure(send(&*adapter, &part(2)));
    assert_eq!(given.retry_after.unwrap().delay, Duration::from_secs(6));
    assert_eq!(clock.now().duration_since(start).as_secs(), 5);
    // Two that fit one by one, but not together.
    inner.inner.answer(busy(FailureScope::Account, 3));
    inner.inner.answer(busy(FailureScope::Account, 3));
    assert_eq!(
        failure(send(&*adapter, &part(3))).class,
        FailureClass::RateLimited
    );
    assert_eq!(clock.now().duration_since(start).as_secs(), 8);
}

#[test]
fn nothing_is_sent_after_its_time() {
    let clock = Arc::new(ManualClock::default());
    let inner = Named::sms("a");
    let adapter = retry(&clock).layer(Arc::clone(&inner) as _);
    inner.inner.answer(busy(FailureScope::Account, 4));
    let mut code = part(1);
    code.expires = Some(msg_core::time::after(clock.now(), Duration::from_secs(3)));
    assert_eq!(
        failure(send(&*adapter, &code)).class,
        FailureClass::RateLimited
    );
    assert_eq!(inner.count(), 1);
}

proptest! {
    /// The pauses are together never longer than allowed, none is longer than the doubled one of its turn, and they differ.
    #[test]
    fn pauses_are_bounded_and_spread(attempts in 1_u32..12, first in 1_u64..2000, longest in 0_u64..10_000) {
        let clock = Arc::new(ManualClock::default());
        let start = clock.now();
        let mut settings = RetrySettings::default();
        settings.attempts = attempts;
        settings.first = Duration::from_millis(first);
        settings.longest = Duration::from_millis(longest);
        let inner = Named::sms("a");
        for _ in 0..attempts {
            inner.inner.answer(fault());
        }
        let adapter = retry(&clock).with_settings(settings).layer(Arc::clone(&inner) as _);
        send(&*adapter, &part(1));
        let waited = Duration::try_from(clock.now().duration_since(start)).unwrap();
        prop_assert!(waited <= settings.longest);
        let doubled = settings.first.saturating_mul(2_u32.saturating_pow(attempts - 1) - 1);
        prop_assert!(waited <= doubled);
        prop_assert!(inner.count() <= attempts as usize);
    }
}

#[test]
fn what_failed_together_does_not_come_back_together() {
    let clock = Arc::new(ManualClock::default());
    let retry = retry(&clock);
    let mut pauses = Vec::new();
    for number in 0..64 {
        let inner = Named::sms("a");
        inner.inner.answer(fault());
        let before = clock.now();
        send(&*retry.layer(inner), &part(number));
        pauses.push(clock.now().duration_since(before).as_millis());
    }
    let (low, high) = (pauses.iter().min().unwrap(), pauses.iter().max().unwrap());
    assert!(
        *low < 40 && *high > 160 && *high <= 200,
        "{low} to {high} ms"
    );
}
