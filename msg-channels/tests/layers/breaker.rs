use crate::support::*;
use msg_channels::layer::{Breaker, BreakerSettings, BreakerState, Layer as _};
use msg_core::Clock;
use msg_core::channel::*;
use msg_core::id::AccountId;
use msg_core::testkit::ManualClock;
use proptest::prelude::*;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

fn settings(faults: u32) -> BreakerSettings {
    let mut settings = BreakerSettings::default();
    settings.faults = faults;
    settings.first = Duration::from_secs(10);
    settings.longest = Duration::from_mins(1);
    settings
}

struct Scene {
    clock: Arc<ManualClock>,
    inner: Arc<Named>,
    breaker: Breaker,
    adapter: Arc<dyn ChannelAdapter>,
}

fn scene(faults: u32) -> Scene {
    let clock = Arc::new(ManualClock::default());
    let inner = Named::sms("a");
    let breaker = Breaker::new(Arc::clone(&clock) as _).with_settings(settings(faults));
    let adapter = breaker.layer(Arc::clone(&inner) as _);
    Scene {
        clock,
        inner,
        breaker,
        adapter,
    }
}

impl Scene {
    fn send(&self, number: u32) -> SendOutcome {
        send(&*self.adapter, &part(number))
    }

    fn open(&self) {
        for number in 0..3 {
            self.inner.inner.answer(fault());
            self.send(number);
        }
        assert!(matches!(self.state(), BreakerState::Open { .. }));
    }

    fn state(&self) -> BreakerState {
        self.breaker.state("a", None)
    }

    fn later(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

#[test]
fn faults_in_a_row_open_it_and_a_trial_closes_it() {
    let scene = scene(3);
    scene.open();
    let held = failure(scene.send(9));
    assert_eq!(held.class, FailureClass::HeldBack);
    assert!(held.is_free() && held.is_retryable());
    let wait = held.retry_after.unwrap();
    assert_eq!(
        (wait.delay.as_secs(), wait.scope),
        (10, FailureScope::Provider)
    );
    assert_eq!(scene.inner.count(), 3, "nothing is sent while it is open");
    scene.later(10);
    assert_eq!(scene.state(), BreakerState::HalfOpen);
    assert!(matches!(scene.send(9), SendOutcome::Accepted(_)));
    assert_eq!(scene.state(), BreakerState::Closed);
    // It begins anew: two faults do not open it.
    scene.inner.inner.answer(fault());
    scene.inner.inner.answer(fault());
    scene.send(10);
    scene.send(11);
    assert_eq!(scene.state(), BreakerState::Closed);
}

#[test]
fn a_trial_that_fails_opens_it_for_longer_up_to_a_bound() {
    let scene = scene(3);
    scene.open();
    for open_for in [20, 40, 60, 60] {
        let before = scene.inner.count();
        let wait = failure(scene.send(5)).retry_after.unwrap().delay;
        scene.clock.advance(wait);
        scene.inner.inner.answer(fault());
        let trial = failure(scene.send(5));
        assert_eq!(
            trial.class,
            FailureClass::HeldBack,
            "it is not its message's fault"
        );
        assert_eq!(trial.retry_after.unwrap().delay.as_secs(), open_for);
        assert_eq!(scene.inner.count(), before + 1, "one trial");
        let wait = failure(scene.send(6)).retry_after.unwrap().delay;
        assert_eq!(wait.as_secs(), open_for);
    }
    scene.later(60);
    assert!(matches!(scene.send(7), SendOutcome::Accepted(_)));
    assert_eq!(scene.state(), BreakerState::Closed);
}

#[test]
fn only_faults_of_the_provider_count() {
    use FailureClass as Class;
    use FailureScope as Scope;
    let retry = || Advice::RetrySame;
    let cases = [
        (unknown(), true),
        (rejected(Class::Transient, Scope::Provider, retry()), true),
        (rejected(Class::Transient, Scope::Account, retry()), true),
        (
            rejected(Class::ProviderBug, Scope::Provider, Advice::Stop),
            true,
        ),
        (rejected(Class::Transient, Scope::Recipient, retry()), false),
        (
            rejected(Class::InvalidRecipient, Scope::Recipient, Advice::Suppress),
            false,
        ),
        (
            rejected(Class::ContentInvalid, Scope::Part, Advice::FixContent),
            false,
        ),
        (rejected(Class::RateLimited, Scope::Account, retry()), false),
        (
            rejected(Class::CredentialInvalid, Scope::Account, Advice::FixConfig),
            false,
        ),
        (
            rejected(Class::QuotaOrBilling, Scope::Account, Advice::FixConfig),
            false,
        ),
    ];
    for (outcome, counts) in cases {
        let scene = scene(3);
        for number in 0..3 {
            scene.inner.inner.answer(outcome.clone());
            assert_eq!(scene.send(number), outcome);
        }
        let open = matches!(scene.state(), BreakerState::Open { .. });
        assert_eq!(open, counts, "{outcome:?}");
    }
}

#[test]
fn an_answer_between_two_faults_begins_anew() {
    let scene = scene(3);
    let invalid = rejected(
        FailureClass::InvalidRecipient,
        FailureScope::Recipient,
        Advice::Suppress,
    );
    for outcome in [fault(), fault(), invalid, fault(), fault()] {
        scene.inner.inner.answer(outcome);
        scene.send(1);
    }
    assert_eq!(scene.state(), BreakerState::Closed);
}

#[test]
fn what_another_layer_held_back_says_nothing() {
    let scene = scene(3);
    let held = rejected(
        FailureClass::HeldBack,
        FailureScope::Provider,
        Advice::RetrySame,
    );
    for outcome in [fault(), fault(), held.clone(), fault()] {
        scene.inner.inner.answer(outcome);
        scene.send(1);
    }
    assert!(matches!(scene.state(), BreakerState::Open { .. }));
    scene.later(10);
    scene.inner.inner.answer(held);
    scene.send(2);
    assert_eq!(
        scene.state(),
        BreakerState::HalfOpen,
        "the trial is still to come"
    );
    assert!(matches!(scene.send(3), SendOutcome::Accepted(_)));
}

#[test]
fn each_account_has_a_circuit_of_its_own() {
    let scene = scene(1);
    let mut main = part(1);
    main.from = Some(AccountId::from_static("main"));
    scene.inner.inner.answer(fault());
    send(&*scene.adapter, &main);
    assert!(matches!(
        send(&*scene.adapter, &main),
        SendOutcome::Rejected(_)
    ));
    assert!(matches!(scene.send(2), SendOutcome::Accepted(_)));
    let account = AccountId::from_static("main");
    assert!(matches!(
        scene.breaker.state("a", Some(&account)),
        BreakerState::Open { .. }
    ));
    scene.breaker.reset();
    assert!(matches!(
        send(&*scene.adapter, &main),
        SendOutcome::Accepted(_)
    ));
}

/// An adapter that answers only when it is told to.
#[derive(Debug)]
struct Slow(AtomicBool, Arc<Named>);

#[async_trait::async_trait]
impl ChannelAdapter for Slow {
    fn scheme(&self) -> &'static str {
        "a"
    }
    fn channel(&self) -> &msg_core::message::ChannelKind {
        self.1.channel()
    }
    fn capabilities(&self) -> &msg_core::capability::Capabilities {
        self.1.capabilities()
    }
    async fn send(&self, part: &Cleared<msg_core::message::Part>) -> SendOutcome {
        let answers = |_: &mut Context<'_>| {
            if self.0.load(Ordering::Acquire) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        };
        std::future::poll_fn(answers).await;
        self.1.send(part).await
    }
    fn webhook(&self) -> Option<&dyn WebhookWire> {
        None
    }
    fn reconciler(&self) -> Option<&dyn Reconciler> {
        None
    }
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn there_is_one_trial_at_a_time_and_one_that_is_dropped_gives_its_turn_back() {
    let scene = scene(3);
    let slow = Arc::new(Slow(AtomicBool::new(false), Arc::clone(&scene.inner)));
    let adapter = scene.breaker.layer(Arc::clone(&slow) as _);
    scene.open();
    scene.later(10);
    let cleared = Clearance::unchecked("a test").clear(part(1));
    {
        let mut trial = pin!(adapter.send(&cleared));
        assert!(poll(trial.as_mut()).is_pending());
        assert_eq!(
            failure(send(&*adapter, &part(2))).class,
            FailureClass::HeldBack
        );
        // Whoever waited for it goes away.
    }
    let mut trial = pin!(adapter.send(&cleared));
    assert!(poll(trial.as_mut()).is_pending());
    assert_eq!(
        failure(send(&*adapter, &part(2))).class,
        FailureClass::HeldBack
    );
    slow.0.store(true, Ordering::Release);
    assert!(matches!(
        poll(trial.as_mut()),
        Poll::Ready(SendOutcome::Accepted(_))
    ));
    assert_eq!(scene.state(), BreakerState::Closed);
}

#[test]
fn an_old_answer_does_not_close_what_opened_after_it_was_asked() {
    let scene = scene(3);
    let slow = Arc::new(Slow(AtomicBool::new(false), Arc::clone(&scene.inner)));
    let adapter = scene.breaker.layer(Arc::clone(&slow) as _);
    let cleared = Clearance::unchecked("a test").clear(part(1));
    let mut old = pin!(adapter.send(&cleared));
    assert!(poll(old.as_mut()).is_pending());
    scene.open();
    slow.0.store(true, Ordering::Release);
    assert!(matches!(
        poll(old.as_mut()),
        Poll::Ready(SendOutcome::Accepted(_))
    ));
    assert!(matches!(scene.state(), BreakerState::Open { .. }));
}

proptest! {
    /// Whatever happens: it never stays shut, however the clock jumps. A provider that works again is found again.
    #[test]
    fn it_always_recovers(steps in prop::collection::vec((0_u8..5, 0_u64..100), 0..60)) {
        let scene = scene(2);
        let mut accepted_waits = Vec::new();
        for (what, seconds) in steps {
            match what {
                0 => scene.later(seconds),
                1 => scene.clock.go_back(Duration::from_secs(seconds * 1000)),
                2 => {
                    scene.inner.inner.answer(unknown());
                    scene.send(1);
                }
                _ => {
                    scene.inner.inner.answer(fault());
                    scene.send(1);
                }
            }
            if let BreakerState::Open { until } = scene.state() {
                let wait = until.duration_since(scene.clock.now()).as_secs();
                prop_assert!(wait <= 60);
                accepted_waits.push(wait);
            }
        }
        // The provider works again. What the script still has is used up first.
        for _ in 0..80 {
            scene.later(61);
            if matches!(scene.send(2), SendOutcome::Accepted(_)) {
                break;
            }
        }
        prop_assert!(matches!(scene.send(3), SendOutcome::Accepted(_)));
        prop_assert_eq!(scene.state(), BreakerState::Closed);
    }
}
