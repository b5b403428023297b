use crate::world::{Closure, World, customer, hello, in_seconds, phone, tenant};
use msg_core::Clock;
use msg_core::channel::{
    Advice, Ambiguous, Clearance, Failure, FailureClass, FailureScope, Receipt, RetryAfter,
    SendOutcome,
};
use msg_core::consent::{ConsentAct, ConsentEvent, ConsentSource, OptOutScope};
use msg_core::engine::Settings;
use msg_core::id::{MessageId, PartId};
use msg_core::message::part::TextPart;
use msg_core::message::{Content, Delivery, Draft, Part, Progress, Purpose, Stop, Styled};
use msg_core::policy::{Phase, Reason, Verdict};
use msg_core::store::{Op, PartState, Store};
use msg_core::testkit::block_on;
use msg_core::trace::{Expired, TraceEvent};
use std::time::Duration;

fn reject(class: FailureClass, advice: Advice) -> Failure {
    Failure::new(class, FailureScope::Recipient, advice)
}

#[test]
fn an_opt_out_while_the_message_is_queued_stops_it() {
    let world = World::new();
    let queued = world.queue(hello());
    let act = ConsentAct::OptOut(OptOutScope::Channel);
    let event = ConsentEvent::new(
        tenant(),
        &customer(),
        act,
        ConsentSource::Form,
        world.clock.now(),
    );
    block_on(world.store.commit(vec![Op::Consent(Box::new(event))])).unwrap();
    assert_eq!(world.dispatch().claimed, 0);
    assert!(world.chat.sent().is_empty());
    assert_eq!(world.parts(&queued)[0].state, PartState::Cancelled);
}

#[test]
fn the_switch_holds_and_lets_go() {
    let world = World::new();
    world.queue(hello());
    world.engine.stop_switch().stop_everything("drill");
    let step = world.dispatch();
    assert_eq!((step.claimed, step.held), (1, 1));
    assert!(world.chat.sent().is_empty());
    world.engine.stop_switch().resume();
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(world.dispatch().accepted, 1);
}

#[test]
fn a_channel_or_a_tenant_can_be_stopped_alone() {
    let world = World::new();
    world
        .engine
        .stop_switch()
        .stop_channel(customer().channel().clone(), "maintenance");
    world.queue(hello());
    world.queue(Draft::new(
        tenant(),
        phone(),
        Purpose::Service,
        Content::text("x"),
    ));
    let step = world.dispatch();
    assert_eq!((step.accepted, step.held), (1, 1));
}

#[test]
fn a_check_at_dispatch_has_the_last_word() {
    let world = World::with(|builder, _| {
        builder.check(Closure::new("last", Phase::Dispatch, |input| {
            assert!(input.content.is_none());
            Verdict::deny(Reason::new("no", "not any more"))
        }))
    });
    let queued = world.queue(hello());
    assert_eq!(world.dispatch().stopped, 1);
    assert!(world.chat.sent().is_empty());
    assert_eq!(
        world.parts(&queued)[0].note.as_deref(),
        Some("last: not any more")
    );
}

#[test]
fn a_passing_fault_is_tried_again_later_and_only_so_often() {
    let settings = {
        let mut settings = Settings::default();
        settings.max_attempts = 2;
        settings
    };
    let world = World::with(|builder, _| builder.settings(settings));
    let queued = world.queue(hello());
    for _ in 0..2 {
        world.chat.answer(SendOutcome::Rejected(reject(
            FailureClass::Transient,
            Advice::RetrySame,
        )));
    }
    assert_eq!(world.dispatch().retried, 1);
    assert_eq!(world.dispatch().claimed, 0, "not before its delay is over");
    world.clock.advance(Duration::from_secs(3));
    assert_eq!(world.dispatch().dead, 1);
    let part = &world.parts(&queued)[0];
    assert_eq!((part.state, part.attempts), (PartState::Dead, 2));
    assert_eq!(
        part.failure.as_ref().unwrap().class,
        FailureClass::Transient
    );
}

#[test]
fn a_429_closes_the_account_and_counts_no_attempt() {
    let world = World::new();
    let first = world.queue(Draft::new(
        tenant(),
        phone(),
        Purpose::Service,
        Content::text("1"),
    ));
    let wait = RetryAfter::new(Duration::from_secs(30), FailureScope::Account);
    let failure = reject(FailureClass::RateLimited, Advice::RetrySame).with_retry_after(wait);
    world.sms.answer(SendOutcome::Rejected(failure));
    assert_eq!(world.dispatch().retried, 1);
    let other = msg_core::message::Address::phone("sms".into(), "+14155550199").unwrap();
    world.queue(Draft::new(
        tenant(),
        other,
        Purpose::Service,
        Content::text("2"),
    ));
    assert_eq!(world.dispatch().claimed, 0, "the whole account waits");
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(world.dispatch().accepted, 2);
    assert_eq!(world.parts(&first)[0].attempts, 1);
}

#[test]
fn an_absurd_wait_closes_an_account_for_a_day_at_most() {
    let world = World::new();
    let queue = |text| {
        let content = Content::text(text);
        world.queue(Draft::new(tenant(), phone(), Purpose::Service, content))
    };
    queue("1");
    let wait = RetryAfter::new(Duration::MAX, FailureScope::Account);
    let failure = reject(FailureClass::RateLimited, Advice::RetrySame).with_retry_after(wait);
    world.sms.answer(SendOutcome::Rejected(failure));
    assert_eq!(world.dispatch().retried, 1);
    queue("2");
    world
        .clock
        .advance(Duration::from_hours(24) - Duration::from_secs(1));
    assert_eq!(world.dispatch().claimed, 0);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.dispatch().accepted, 2);
}

#[test]
fn an_unknown_outcome_is_looked_into_and_never_blindly_sent_again() {
    let world = World::new();
    let queued = world.queue(hello());
    world
        .chat
        .answer(SendOutcome::Ambiguous(Ambiguous::new("timeout")));
    assert_eq!(world.dispatch().ambiguous, 1);
    world.clock.advance(Duration::from_hours(24));
    assert_eq!(world.dispatch().claimed, 0);
    let open = block_on(world.engine.reconcile(None, 10)).unwrap();
    assert_eq!(open.open, 1, "the provider cannot tell yet");
    world
        .chat
        .answer_look_up(SendOutcome::Accepted(Receipt::new("late")));
    assert_eq!(
        block_on(world.engine.reconcile(None, 10)).unwrap().accepted,
        1
    );
    assert_eq!(world.chat.sent().len(), 1);
    let part = &world.parts(&queued)[0];
    assert_eq!(
        (part.state, part.provider_id.as_deref()),
        (PartState::Accepted, Some("late"))
    );
}

#[test]
fn when_nobody_can_be_asked_a_person_decides_unless_a_rule_says_resend() {
    let lost = |world: &World, purpose| {
        let queued = world.queue(Draft::new(tenant(), phone(), purpose, Content::text("x")));
        world
            .sms
            .answer(SendOutcome::Ambiguous(Ambiguous::new("timeout")));
        world.dispatch();
        block_on(world.engine.reconcile(None, 10)).unwrap();
        world.parts(&queued)[0].state
    };
    assert_eq!(lost(&World::new(), Purpose::OneTimeCode), PartState::Parked);
    let lenient = || {
        let mut settings = Settings::default();
        settings.resend_ambiguous = vec![Purpose::OneTimeCode];
        World::with(|builder, _| builder.settings(settings))
    };
    assert_eq!(lost(&lenient(), Purpose::OneTimeCode), PartState::Queued);
    assert_eq!(lost(&lenient(), Purpose::Marketing), PartState::Parked);
}

#[test]
fn a_block_at_the_provider_goes_into_the_ledger() {
    let world = World::new();
    world.queue(hello());
    let second = world.queue(hello());
    world.chat.answer(SendOutcome::Rejected(reject(
        FailureClass::BlockedByUser,
        Advice::Suppress,
    )));
    assert_eq!(world.dispatch().dead, 1);
    assert_eq!(world.dispatch().claimed, 0);
    assert_eq!(world.parts(&second)[0].state, PartState::Cancelled);
    assert!(matches!(
        world.submit(hello()).result,
        msg_core::engine::Submitted::Denied { .. }
    ));
}

#[test]
fn after_a_part_that_cannot_be_sent_the_rest_is_not_sent() {
    let world = World::new();
    let both = Content::Mixed(vec![Content::text("one"), Content::text("two")]);
    let queued = world.queue(Draft::new(tenant(), customer(), Purpose::Service, both));
    assert_eq!(world.parts(&queued).len(), 2);
    world.chat.answer(SendOutcome::Rejected(reject(
        FailureClass::ContentInvalid,
        Advice::FixContent,
    )));
    assert_eq!(world.dispatch().dead, 1);
    assert_eq!(world.dispatch().claimed, 0);
    let states: Vec<_> = world.parts(&queued).iter().map(|part| part.state).collect();
    assert_eq!(states, [PartState::Dead, PartState::Cancelled]);
    // First what happened, then what follows from it.
    let steps = world.steps(queued.message);
    assert!(steps.ends_with(&["attempted".into(), "cancelled".into()]));
    let events = world.events(queued.message);
    let Some(TraceEvent::Cancelled(cancelled)) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(cancelled.part, Some(PartId::new(queued.message, 1)));
    assert_eq!(cancelled.why, "an earlier part was not sent");
}

#[test]
fn a_late_one_time_code_is_not_sent() {
    let world = World::new();
    let draft = Draft::new(
        tenant(),
        phone(),
        Purpose::OneTimeCode,
        Content::text("123456"),
    );
    let expires = in_seconds(&world, 60);
    let queued = world.queue(draft.expiring(expires));
    world.clock.advance(Duration::from_secs(61));
    assert_eq!(world.dispatch().claimed, 0);
    assert_eq!(
        world.parts(&queued)[0].delivery.delivery(),
        Delivery::Stopped(Stop::Expired)
    );
    let wanted = Expired::new(expires, PartId::new(queued.message, 0));
    assert_eq!(world.events(queued.message).last(), Some(&wanted.into()));
}

#[test]
fn the_escape_is_in_the_trace() {
    let world = World::new();
    let id = PartId::new(
        MessageId::from_uuid(msg_core::id::time_ordered(world.clock.now(), &[9; 16])),
        0,
    );
    let body = TextPart::new(Styled::plain("fire drill"));
    let part = Part::new(id, tenant(), customer(), Purpose::Emergency, body);
    let outcome = block_on(
        world
            .engine
            .send_unchecked(part, Clearance::unchecked("fire alarm")),
    )
    .unwrap();
    assert_eq!(outcome.provider_id(), Some("fake-1"));
    let records = world.trace(id.message);
    assert!(String::from_utf8_lossy(&records[0].line).contains("fire alarm"));
}

#[test]
fn an_accepted_part_says_so() {
    let world = World::new();
    let queued = world.queue(hello());
    world.dispatch();
    assert_eq!(
        world.parts(&queued)[0].delivery.delivery(),
        Delivery::Reached(Progress::Accepted)
    );
}

#[test]
fn a_clock_that_jumps_back_sends_nothing_twice() {
    let world = World::new();
    world.queue(hello());
    world.dispatch();
    world.clock.go_back(Duration::from_hours(48));
    assert_eq!(world.dispatch().claimed, 0);
    world.queue(hello());
    assert_eq!(world.dispatch().accepted, 1);
    assert_eq!(world.chat.sent().len(), 2);
}
