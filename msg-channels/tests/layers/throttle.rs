use crate::support::*;
use msg_channels::layer::{Layer as _, Limits, Rate, Throttle};
use msg_core::channel::*;
use msg_core::testkit::ManualClock;
use std::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn what_cannot_go_now_is_given_back_with_the_time_when_it_can() {
    let clock = Arc::new(ManualClock::default());
    let inner = Named::sms("a");
    let limits = Limits::none()
        .for_recipient(Rate::new(1, SECOND))
        .for_account(Rate::new(10, SECOND).with_burst(2));
    let adapter = Throttle::new(limits, Arc::clone(&clock) as _).layer(Arc::clone(&inner) as _);
    assert!(matches!(
        send(&*adapter, &part(1)),
        SendOutcome::Accepted(_)
    ));
    let again = failure(send(&*adapter, &part(1)));
    assert_eq!(again.class, FailureClass::RateLimited);
    assert_eq!(again.advice, Advice::RetrySame);
    let wait = again.retry_after.unwrap();
    assert_eq!((wait.delay, wait.scope), (SECOND, FailureScope::Recipient));
    assert!(matches!(
        send(&*adapter, &part(2)),
        SendOutcome::Accepted(_)
    ));
    let third = failure(send(&*adapter, &part(3))).retry_after.unwrap();
    assert_eq!(third.scope, FailureScope::Account);
    assert_eq!(third.delay, Duration::from_millis(100));
    assert_eq!(inner.count(), 2, "what is given back is not sent");
    clock.advance(Duration::from_millis(100));
    assert!(matches!(
        send(&*adapter, &part(3)),
        SendOutcome::Accepted(_)
    ));
}

#[test]
fn what_the_provider_says_stops_what_it_is_about() {
    let clock = Arc::new(ManualClock::default());
    let inner = Named::sms("a");
    let throttle = Throttle::new(Limits::none(), Arc::clone(&clock) as _);
    let adapter = throttle.layer(Arc::clone(&inner) as _);
    inner.inner.answer(busy(FailureScope::Recipient, 60));
    send(&*adapter, &part(1));
    assert_eq!(
        failure(send(&*adapter, &part(1))).scope,
        FailureScope::Recipient
    );
    assert!(matches!(
        send(&*adapter, &part(2)),
        SendOutcome::Accepted(_)
    ));
    inner.inner.answer(busy(FailureScope::Account, 30));
    send(&*adapter, &part(2));
    let count = inner.count();
    assert_eq!(
        failure(send(&*adapter, &part(3)))
            .retry_after
            .unwrap()
            .delay
            .as_secs(),
        30
    );
    assert_eq!(inner.count(), count);
    clock.advance(Duration::from_secs(30));
    assert!(matches!(
        send(&*adapter, &part(3)),
        SendOutcome::Accepted(_)
    ));
    assert_eq!(
        failure(send(&*adapter, &part(1)))
            .retry_after
            .unwrap()
            .delay
            .as_secs(),
        30
    );
}

#[test]
fn an_absurd_wait_is_bounded_and_one_without_a_time_is_short() {
    let clock = Arc::new(ManualClock::default());
    let inner = Named::sms("a");
    let mut limits = Limits::none();
    limits.longest_wait = Duration::from_secs(100);
    let adapter = Throttle::new(limits, Arc::clone(&clock) as _).layer(Arc::clone(&inner) as _);
    inner
        .inner
        .answer(busy(FailureScope::Account, u64::MAX / 2));
    send(&*adapter, &part(1));
    assert_eq!(
        failure(send(&*adapter, &part(2)))
            .retry_after
            .unwrap()
            .delay
            .as_secs(),
        100
    );
    clock.advance(Duration::from_secs(100));
    let unsaid = rejected(
        FailureClass::RateLimited,
        FailureScope::Account,
        Advice::RetrySame,
    );
    inner.inner.answer(unsaid);
    send(&*adapter, &part(3));
    assert_eq!(
        failure(send(&*adapter, &part(4)))
            .retry_after
            .unwrap()
            .delay,
        SECOND
    );
    // A failure of another kind without a wait teaches nothing, nor does what another layer held back.
    clock.advance(SECOND);
    inner.inner.answer(fault());
    let held = Failure::new(
        FailureClass::HeldBack,
        FailureScope::Provider,
        Advice::RetrySame,
    );
    let wait = RetryAfter::new(Duration::from_mins(1), FailureScope::Provider);
    inner
        .inner
        .answer(SendOutcome::Rejected(held.with_retry_after(wait)));
    send(&*adapter, &part(5));
    send(&*adapter, &part(5));
    assert!(matches!(
        send(&*adapter, &part(5)),
        SendOutcome::Accepted(_)
    ));
}

#[test]
fn limits_are_tuned_while_messages_go_through() {
    let clock = Arc::new(ManualClock::default());
    let inner = Named::sms("a");
    let slow = Limits::none().for_account(Rate::new(1, Duration::from_hours(1)));
    let throttle = Throttle::new(slow, Arc::clone(&clock) as _);
    let adapter = throttle.layer(Arc::clone(&inner) as _);
    send(&*adapter, &part(1));
    assert_eq!(
        failure(send(&*adapter, &part(2)))
            .retry_after
            .unwrap()
            .delay
            .as_secs(),
        3600
    );
    throttle.set_limits(Limits::none().for_account(Rate::new(10, SECOND).with_burst(1)));
    let wait = failure(send(&*adapter, &part(2)))
        .retry_after
        .unwrap()
        .delay;
    assert!(wait <= Duration::from_millis(100), "{wait:?}");
    clock.advance(wait);
    assert!(matches!(
        send(&*adapter, &part(2)),
        SendOutcome::Accepted(_)
    ));
    throttle.set_limits(Limits::none());
    for number in 3..50 {
        assert!(matches!(
            send(&*adapter, &part(number)),
            SendOutcome::Accepted(_)
        ));
    }
}

#[test]
fn each_adapter_has_counters_of_its_own() {
    let clock = Arc::new(ManualClock::default());
    let limits = Limits::none().for_account(Rate::new(1, Duration::from_mins(1)));
    let throttle = Throttle::new(limits, clock);
    let (one, two) = (
        throttle.layer(Named::sms("a")),
        throttle.layer(Named::sms("b")),
    );
    assert!(matches!(send(&*one, &part(1)), SendOutcome::Accepted(_)));
    assert!(matches!(send(&*two, &part(1)), SendOutcome::Accepted(_)));
    assert!(matches!(send(&*two, &part(2)), SendOutcome::Rejected(_)));
}
