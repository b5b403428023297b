//! Layers under the engine: nothing is lost, nothing fails because of them, and the trace says what happened.

use crate::support::*;
use msg_channels::layer::*;
use msg_core::channel::*;
use msg_core::engine::Engine;
use msg_core::id::{MessageId, TenantId};
use msg_core::message::{Address, Content, DeliveryState, Draft, Progress, Purpose};
use msg_core::store::{MemoryStore, Outbox, PartRecord, PartState};
use msg_core::testkit::{ManualClock, SeededIds, block_on};
use msg_core::trace::TraceEvent;
use std::sync::Arc;
use std::time::Duration;

struct World {
    engine: Engine,
    clock: Arc<ManualClock>,
}

fn world(clock: &Arc<ManualClock>, adapter: Arc<dyn ChannelAdapter>) -> World {
    let ids = Arc::new(SeededIds::default());
    let engine = Engine::builder(Arc::new(MemoryStore::new()), Arc::clone(clock) as _, ids)
        .adapter(adapter)
        .without_checks("a test of the layers")
        .build()
        .unwrap();
    World {
        engine,
        clock: Arc::clone(clock),
    }
}

impl World {
    fn submit(&self, to: Address) -> MessageId {
        let tenant = TenantId::from_static("shop");
        let draft = Draft::new(tenant, to, Purpose::Service, Content::text("Hello"));
        block_on(self.engine.submit(draft)).unwrap().message
    }

    fn dispatch(&self) {
        while block_on(self.engine.dispatch_due(16)).unwrap().claimed > 0 {}
    }

    fn part(&self, message: MessageId) -> PartRecord {
        let outbox = Outbox::new(Arc::clone(self.engine.store()));
        block_on(outbox.message(message)).unwrap().remove(0)
    }

    fn outcomes(&self, message: MessageId) -> Vec<SendOutcome> {
        let records = block_on(self.engine.trace(message.into())).unwrap();
        let events = records
            .iter()
            .map(|record| record.read::<TraceEvent>().unwrap().event);
        events
            .filter_map(|event| match event {
                TraceEvent::Attempted(attempted) => Some(attempted.outcome),
                _ => None,
            })
            .collect()
    }
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::default())
}

/// A breaker that made retries fail without trying lost messages elsewhere (Symfony, issue 50162).
#[test]
fn an_open_breaker_never_makes_a_message_fail_for_good() {
    let clock = clock();
    let inner = Named::sms("a");
    let adapter = Breaker::new(Arc::clone(&clock) as _).layer(Arc::clone(&inner) as _);
    let world = world(&clock, adapter);
    let messages: Vec<_> = (0..8).map(|number| world.submit(phone(number))).collect();
    // The provider is down for a day: every trial fails, and many more messages are held back.
    for _ in 0..400 {
        inner.inner.answer(fault());
    }
    for _ in 0..24 * 12 {
        world.dispatch();
        world.clock.advance(Duration::from_mins(5));
    }
    assert!(inner.count() < 300, "{} calls in a day", inner.count());
    for message in &messages {
        assert_eq!(world.part(*message).state, PartState::Queued);
    }
    // It works again.
    while inner.count() < 400 {
        let _ = send(&*inner, &part(9));
    }
    for _ in 0..4 {
        world.clock.advance(Duration::from_mins(20));
        world.dispatch();
    }
    for message in messages {
        assert_eq!(world.part(message).state, PartState::Accepted);
    }
}

#[test]
fn what_is_stopped_is_kept_and_the_trace_says_why() {
    let clock = clock();
    let inner = Named::sms("a");
    let switch = KillSwitch::new();
    let world = world(&clock, switch.layer(Arc::clone(&inner) as _));
    switch.stop(Stopped::everything(), "wrong prices");
    let message = world.submit(phone(1));
    for _ in 0..100 {
        world.dispatch();
        world.clock.advance(Duration::from_secs(31));
    }
    assert_eq!(world.part(message).state, PartState::Queued);
    assert_eq!(inner.count(), 0);
    let held = failure(world.outcomes(message).remove(0));
    assert_eq!(held.detail, "stopped: wrong prices");
    switch.resume_all();
    world.dispatch();
    assert_eq!(world.part(message).state, PartState::Accepted);
}

#[test]
fn a_throttled_campaign_leaves_at_its_rate_and_whole() {
    let clock = clock();
    let inner = Named::sms("a");
    let limits = Limits::none().for_account(Rate::new(10, Duration::from_secs(1)).with_burst(5));
    let world = world(
        &clock,
        Throttle::new(limits, Arc::clone(&clock) as _).layer(Arc::clone(&inner) as _),
    );
    let messages: Vec<_> = (0..50).map(|number| world.submit(phone(number))).collect();
    let mut seconds = 0;
    while inner.count() < 50 {
        let before = inner.count();
        world.dispatch();
        assert!(inner.count() - before <= 5 + 1);
        world.clock.advance(Duration::from_millis(100));
        seconds += 1;
        assert!(seconds < 200, "it does not go on");
    }
    assert!(
        seconds >= 45,
        "{seconds} tenths of a second for 50 at ten a second, five at once"
    );
    for message in messages {
        assert_eq!(world.part(message).state, PartState::Accepted);
    }
}

#[test]
fn who_sent_is_in_the_trace_and_its_webhook_finds_the_message() {
    let clock = clock();
    let (a, b) = (Named::sms("a"), Named::sms("b"));
    let all = vec![Arc::clone(&a) as _, Arc::clone(&b) as _];
    let failover = Failover::new("either", all).unwrap();
    let world = world(&clock, KillSwitch::new().layer(Arc::new(failover)));
    a.inner.answer(fault());
    let message = world.submit(phone(1));
    world.dispatch();
    let outcomes = world.outcomes(message);
    let [SendOutcome::Accepted(receipt)] = outcomes.as_slice() else {
        panic!("{outcomes:?}");
    };
    assert_eq!(receipt.via.as_deref(), Some("b"));
    let call = |id: &str| {
        WebhookRequest::new(
            http::Method::POST,
            "https://example.org/hook",
            http::HeaderMap::new(),
            id.to_owned(),
        )
    };
    let tenant = TenantId::from_static("shop");
    let delivered = DeliveryState::reached(Progress::Delivered);
    let receive = |scheme| {
        block_on(
            world
                .engine
                .receive(&tenant, scheme, &call(&receipt.provider_id)),
        )
        .unwrap()
    };
    // The other provider knows a message by the same id: it is not this one.
    assert_eq!(receive("a").status(), 200);
    assert_ne!(
        world.part(message).delivery.join(delivered),
        world.part(message).delivery
    );
    assert_eq!(receive("b").status(), 200);
    assert_eq!(world.part(message).delivery.progress, Progress::Delivered);
}

#[test]
fn a_whole_stack_goes_on_to_the_other_provider_without_asking_the_broken_one() {
    let clock = clock();
    let (a, b) = (Named::sms("a"), Named::sms("b"));
    let breaker = Breaker::new(Arc::clone(&clock) as _);
    let all = vec![
        breaker.layer(Arc::clone(&a) as _),
        breaker.layer(Arc::clone(&b) as _),
    ];
    let failover = Failover::new("either", all).unwrap();
    for _ in 0..100 {
        a.inner.answer(fault());
    }
    let world = world(&clock, Arc::new(failover));
    let messages: Vec<_> = (0..50).map(|number| world.submit(phone(number))).collect();
    world.dispatch();
    for message in messages {
        assert_eq!(world.part(message).state, PartState::Accepted);
    }
    assert_eq!((a.count(), b.count()), (5, 50));
}
