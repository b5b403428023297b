//! From one channel to the next: by refusal, by a status, by a receipt that does not come.

use crate::world::{World, conversation, customer, hello, in_seconds, phone, tenant};
use msg_core::Clock;
use msg_core::capability::{Capabilities, Field, Limit, Unit};
use msg_core::channel::{
    Advice, Ambiguous, Failure, FailureClass, FailureScope, Inbound, InboundEvent, InboundMessage,
    Receipt, RetryAfter, SendOutcome, StatusEvent,
};
use msg_core::engine::{ReachListener, Submission};
use msg_core::id::{MessageId, PartId};
use msg_core::message::{
    Address, ChannelFallback, ChannelKind, Content, Delivery, DeliveryState, Draft, Markup,
    Progress, Receipted, Stop,
};
use msg_core::plan::{LossPolicy, Severity};
use msg_core::policy::{Phase, Reason, Verdict};
use msg_core::store::{
    Answer, Cancel, Op, PartRecord, PartState, Query, Selector, Speaker, Store as _,
};
use msg_core::testkit::{ScriptedAdapter, block_on};
use msg_core::trace::{DuplicateReach, FallbackReason, FellBack, TraceEvent, replay};
use proptest::prelude::*;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);

fn rcs() -> Address {
    Address::phone(ChannelKind::Rcs, "+14155550132").unwrap()
}

/// What the host heard.
#[derive(Debug, Default)]
struct Heard(Mutex<Vec<(MessageId, DuplicateReach)>>);

impl ReachListener for Heard {
    fn duplicate_reach(&self, message: MessageId, reach: &DuplicateReach) {
        self.0.lock().unwrap().push((message, reach.clone()));
    }
}

struct Scene {
    world: World,
    rcs: Arc<ScriptedAdapter>,
    heard: Arc<Heard>,
}

impl Scene {
    fn new() -> Self {
        Self::with(ScriptedAdapter::new(ChannelKind::Rcs))
    }

    fn with(rcs: ScriptedAdapter) -> Self {
        let rcs = Arc::new(rcs);
        let heard = Arc::new(Heard::default());
        let world = World::with(|builder, _| {
            builder
                .adapter(Arc::clone(&rcs) as _)
                .reach_listener(Arc::clone(&heard) as _)
        });
        Self { world, rcs, heard }
    }

    fn later(&self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
    }

    fn status(&self, scheme: &str, provider_id: &str, state: DeliveryState) {
        self.status_with(scheme, provider_id, state, None);
    }

    fn status_with(
        &self,
        scheme: &str,
        provider_id: &str,
        state: DeliveryState,
        failure: Option<Failure>,
    ) {
        let mut status = StatusEvent::new(Receipt::new(provider_id), state);
        status.failure = failure;
        let dedupe = format!(
            "{scheme}/{provider_id}/{state:?}/{}",
            self.world.clock.now()
        );
        let event = InboundEvent::new(
            scheme,
            dedupe,
            self.world.clock.now(),
            Inbound::Status(status),
        );
        self.world.accept(event);
    }

    fn part(&self, message: &Submission, way: u16) -> Option<PartRecord> {
        let id = PartId::of_way(message.message, way, 0);
        self.world
            .parts(message)
            .into_iter()
            .find(|part| part.id == id)
    }

    fn watch(&self, message: &Submission, way: u16) -> Option<PartRecord> {
        let id = PartId::watch(message.message, way);
        self.world
            .parts(message)
            .into_iter()
            .find(|part| part.id == id)
    }

    /// Every step until nothing more happens.
    fn settle(&self) {
        while self.world.dispatch().claimed > 0 {}
    }

    fn fallbacks(&self, message: &Submission) -> Vec<FellBack> {
        let events = self.world.events(message.message).into_iter();
        let fell = events.filter_map(|event| match event {
            TraceEvent::FellBack(fell) => Some(fell),
            _ => None,
        });
        fell.collect()
    }

    fn duplicates(&self, message: &Submission) -> usize {
        let steps = self.world.steps(message.message);
        steps
            .iter()
            .filter(|step| *step == "duplicate_reach")
            .count()
    }
}

fn draft(fallback: ChannelFallback) -> Draft {
    let mut draft = hello().with_fallback(fallback);
    draft.to.addresses = vec![rcs(), phone()];
    draft
}

fn within_a_minute() -> Draft {
    draft(ChannelFallback::without_receipt_for(MINUTE))
}

fn refused(class: FailureClass, advice: Advice) -> SendOutcome {
    SendOutcome::Rejected(Failure::new(class, FailureScope::Recipient, advice))
}

fn delivered() -> DeliveryState {
    DeliveryState::reached(Progress::Delivered)
}

#[test]
fn a_refusal_of_the_channel_leads_to_the_next_one_in_the_same_commit() {
    let scene = Scene::new();
    scene.rcs.answer(refused(
        FailureClass::UnreachableOnChannel,
        Advice::RetryOtherChannel,
    ));
    let message = scene.world.queue(draft(ChannelFallback::on_refusal()));
    assert_eq!(scene.world.dispatch().dead, 1);
    let next = scene.part(&message, 1).unwrap();
    assert_eq!(
        (next.state, next.channel),
        (PartState::Queued, ChannelKind::Sms)
    );
    assert_eq!(scene.world.dispatch().accepted, 1);
    assert_eq!(scene.world.sms.sent()[0].to, phone());
    let why = FallbackReason::Refused;
    let part = PartId::new(message.message, 0);
    let fell = FellBack::new(ChannelKind::Rcs, Some(ChannelKind::Sms), part, why);
    assert_eq!(scene.fallbacks(&message), [fell]);
    let steps = scene.world.steps(message.message);
    let expected = [
        "submitted",
        "checked",
        "checked",
        "planned",
        "enqueued",
        "checked",
        "attempted",
        "checked",
        "composed",
        "checked",
        "planned",
        "fell_back",
        "enqueued",
        "checked",
        "attempted",
    ];
    assert_eq!(steps, expected);
    let records = scene.world.trace(message.message);
    assert!(
        replay(&records, scene.world.engine.policies())
            .unwrap()
            .is_identical()
    );
}

#[test]
fn without_the_hosts_word_a_refusal_is_the_end() {
    let scene = Scene::new();
    scene.rcs.answer(refused(
        FailureClass::UnreachableOnChannel,
        Advice::RetryOtherChannel,
    ));
    let mut draft = within_a_minute();
    draft.fallback = None;
    let message = scene.world.queue(draft);
    scene.settle();
    assert_eq!(scene.world.parts(&message).len(), 1);
    assert!(scene.world.sms.sent().is_empty());
}

#[test]
fn what_the_person_decided_and_what_is_too_late_goes_nowhere() {
    use FailureClass as Class;
    for (class, advice, on) in [
        (Class::BlockedByUser, Advice::Suppress, false),
        (Class::OptedOut, Advice::Suppress, false),
        (Class::BlockedByUser, Advice::RetryOtherChannel, false),
        (Class::OptedOut, Advice::RetryOtherChannel, false),
        (Class::Expired, Advice::RetryOtherChannel, false),
        (Class::TargetGone, Advice::FixContent, false),
        (Class::IdentityChanged, Advice::RetryOtherChannel, false),
        (Class::SpamSuspected, Advice::Stop, false),
        (Class::Unknown, Advice::ReviewByHuman, false),
        (Class::InvalidRecipient, Advice::Suppress, true),
        (Class::UnreachableOnChannel, Advice::Stop, true),
        (Class::CredentialInvalid, Advice::FixConfig, true),
        (Class::WindowClosed, Advice::UseTemplate, true),
        (Class::ContentTooLarge, Advice::FixContent, true),
        (Class::QuotaOrBilling, Advice::RetryOtherProvider, true),
    ] {
        let scene = Scene::new();
        scene.rcs.answer(refused(class.clone(), advice));
        let message = scene.world.queue(draft(ChannelFallback::on_refusal()));
        scene.settle();
        assert_eq!(scene.world.sms.sent().len(), usize::from(on), "{class}");
        assert_eq!(scene.fallbacks(&message).len(), usize::from(on), "{class}");
    }
}

#[test]
fn a_receipt_that_does_not_come_in_time_leads_on() {
    let scene = Scene::new();
    let message = scene.world.queue(within_a_minute());
    let first = scene.world.dispatch();
    assert_eq!((first.claimed, first.accepted), (1, 1));
    let watch = scene.watch(&message, 0).unwrap();
    assert_eq!(watch.due, in_seconds(&scene.world, 60));
    scene.later(59);
    assert_eq!(scene.world.dispatch().claimed, 0);
    scene.later(1);
    assert_eq!(scene.world.dispatch().watched, 1);
    assert_eq!(scene.world.dispatch().accepted, 1);
    assert_eq!(scene.world.sms.sent().len(), 1);
    assert_eq!(scene.fallbacks(&message)[0].why, FallbackReason::NoReceipt);
    // The last way is not watched: there is nowhere to go on to.
    assert!(scene.watch(&message, 1).is_none());
    let records = scene.world.trace(message.message);
    assert!(
        replay(&records, scene.world.engine.policies())
            .unwrap()
            .is_identical()
    );
}

#[test]
fn a_receipt_in_time_ends_the_wait() {
    for (counting, state, arrived) in [
        (Receipted::Delivered, delivered(), true),
        (
            Receipted::Delivered,
            DeliveryState::reached(Progress::Read),
            true,
        ),
        (Receipted::Read, delivered(), false),
        (
            Receipted::Read,
            DeliveryState::reached(Progress::Read),
            true,
        ),
        (
            Receipted::Delivered,
            DeliveryState::reached(Progress::Sent),
            false,
        ),
    ] {
        let scene = Scene::new();
        let fallback = ChannelFallback::without_receipt_for(MINUTE).counting(counting);
        let message = scene.world.queue(draft(fallback));
        scene.settle();
        scene.later(30);
        scene.status("rcs", "fake-1", state);
        let ended = scene.watch(&message, 0).unwrap().state == PartState::Cancelled;
        assert_eq!(ended, arrived, "{counting:?} {state:?}");
        scene.later(600);
        scene.settle();
        assert_eq!(
            scene.world.sms.sent().is_empty(),
            arrived,
            "{counting:?} {state:?}"
        );
        assert!(scene.heard.0.lock().unwrap().is_empty());
    }
}

#[test]
fn a_watch_looks_for_itself_when_a_status_came_without_it() {
    let scene = Scene::new();
    let message = scene.world.queue(within_a_minute());
    // The status is older than the send: the store joins it by itself.
    scene.status("rcs", "fake-1", delivered());
    scene.settle();
    assert_eq!(
        scene.watch(&message, 0).unwrap().state,
        PartState::Cancelled
    );
    scene.later(60);
    scene.settle();
    assert!(scene.world.sms.sent().is_empty());
}

#[test]
fn the_time_counts_from_the_provider_and_not_from_a_hold() {
    let night = Arc::new(Mutex::new(true));
    let (held, dark) = (Arc::clone(&night), 8 * 3600);
    let rcs = Arc::new(ScriptedAdapter::new(ChannelKind::Rcs));
    let world = World::with(|builder, _| {
        builder
            .adapter(Arc::clone(&rcs) as _)
            .check(crate::world::Closure::new(
                "night",
                Phase::Dispatch,
                move |input| {
                    if *held.lock().unwrap() {
                        let until = msg_core::time::after(input.now, Duration::from_secs(dark));
                        return Verdict::hold(until, Reason::new("night", "it is night"));
                    }
                    Verdict::allow()
                },
            ))
    });
    let heard = Arc::new(Heard::default());
    let scene = Scene { world, rcs, heard };
    let message = scene.world.queue(within_a_minute());
    scene.settle();
    for _ in 0..8 {
        scene.later(3500);
        scene.settle();
    }
    assert!(
        scene.fallbacks(&message).is_empty(),
        "another channel would be held too"
    );
    *night.lock().unwrap() = false;
    scene.later(3600);
    assert_eq!(scene.world.dispatch().accepted, 1);
    scene.later(59);
    scene.settle();
    assert!(scene.world.sms.sent().is_empty());
    scene.later(62);
    scene.settle();
    assert_eq!(scene.world.sms.sent().len(), 1);
}

#[test]
fn a_provider_that_takes_nothing_for_so_long_is_left() {
    let scene = Scene::new();
    let wait = RetryAfter::new(Duration::from_hours(1), FailureScope::Recipient);
    let busy = Failure::new(
        FailureClass::RateLimited,
        FailureScope::Recipient,
        Advice::RetrySame,
    );
    scene
        .rcs
        .answer(SendOutcome::Rejected(busy.with_retry_after(wait)));
    let message = scene.world.queue(within_a_minute());
    assert_eq!(scene.world.dispatch().retried, 1);
    scene.later(60);
    scene.settle();
    assert_eq!(scene.world.sms.sent().len(), 1);
    assert_eq!(scene.part(&message, 0).unwrap().state, PartState::Cancelled);
    scene.later(7200);
    scene.settle();
    assert_eq!(scene.rcs.sent().len(), 1, "it is not sent there any more");
}

#[test]
fn an_unknown_outcome_is_never_sent_again_where_it_may_have_left() {
    let scene = Scene::with(ScriptedAdapter::new(ChannelKind::Rcs).with_reconciler());
    scene
        .rcs
        .answer(SendOutcome::Ambiguous(Ambiguous::new("timeout")));
    let message = scene.world.queue(within_a_minute());
    assert_eq!(scene.world.dispatch().ambiguous, 1);
    scene.later(60);
    scene.settle();
    assert_eq!(scene.world.sms.sent().len(), 1);
    let lost = refused(FailureClass::Transient, Advice::RetrySame);
    scene.rcs.answer_look_up(lost);
    block_on(scene.world.engine.reconcile(None, 10)).unwrap();
    scene.later(3600);
    scene.settle();
    assert_eq!(scene.rcs.sent().len(), 1);
    assert_eq!(scene.part(&message, 0).unwrap().state, PartState::Cancelled);
}

#[test]
fn a_late_receipt_shows_two_and_the_host_hears_it_once() {
    let scene = Scene::new();
    let message = scene.world.queue(within_a_minute());
    scene.settle();
    scene.later(60);
    scene.settle();
    scene.status("sms", "fake-1", delivered());
    assert_eq!(scene.duplicates(&message), 0);
    scene.later(3600);
    scene.status("rcs", "fake-1", delivered());
    assert_eq!(scene.duplicates(&message), 1);
    scene.status("rcs", "fake-1", DeliveryState::reached(Progress::Read));
    scene.status("sms", "fake-1", DeliveryState::reached(Progress::Read));
    assert_eq!(scene.duplicates(&message), 1);
    let heard = scene.heard.0.lock().unwrap();
    let [(of, reach)] = heard.as_slice() else {
        panic!("{heard:?}");
    };
    assert_eq!(*of, message.message);
    assert_eq!(reach.first.channel, ChannelKind::Rcs);
    assert_eq!(reach.second.part, PartId::of_way(message.message, 1, 0));
    assert_eq!(reach.second.channel, ChannelKind::Sms);
}

#[test]
fn a_receipt_that_comes_before_the_next_way_left_takes_it_back() {
    let scene = Scene::new();
    let message = scene.world.queue(within_a_minute());
    scene.settle();
    scene.later(60);
    assert_eq!(scene.world.dispatch().watched, 1);
    scene.status("rcs", "fake-1", delivered());
    assert_eq!(scene.part(&message, 1).unwrap().state, PartState::Cancelled);
    scene.settle();
    assert!(scene.world.sms.sent().is_empty());
    assert_eq!(scene.duplicates(&message), 0);
}

#[test]
fn a_status_that_says_it_did_not_arrive_leads_on_at_once() {
    for stop in [Stop::Failed, Stop::Expired, Stop::Bounced] {
        let scene = Scene::new();
        let message = scene.world.queue(within_a_minute());
        scene.settle();
        scene.later(5);
        scene.status("rcs", "fake-1", DeliveryState::stopped(stop));
        scene.settle();
        assert_eq!(scene.world.sms.sent().len(), 1, "{stop:?}");
        assert_eq!(
            scene.fallbacks(&message)[0].why,
            FallbackReason::Undelivered
        );
        assert_eq!(
            scene.watch(&message, 0).unwrap().state,
            PartState::Cancelled
        );
        scene.later(600);
        scene.status("rcs", "fake-1", DeliveryState::stopped(stop));
        scene.settle();
        assert_eq!(scene.world.sms.sent().len(), 1, "{stop:?}");
    }
}

#[test]
fn a_status_that_came_before_the_answer_leads_on_too() {
    let scene = Scene::new();
    scene.world.queue(draft(ChannelFallback::on_refusal()));
    scene.status("rcs", "fake-1", DeliveryState::stopped(Stop::Failed));
    scene.settle();
    assert_eq!(scene.world.sms.sent().len(), 1);
}

#[test]
fn a_block_that_a_status_tells_ends_the_message() {
    let scene = Scene::new();
    let message = scene.world.queue(within_a_minute());
    scene.settle();
    let blocked = Failure::new(
        FailureClass::BlockedByUser,
        FailureScope::Recipient,
        Advice::Suppress,
    );
    let failed = DeliveryState::stopped(Stop::Failed);
    scene.status_with("rcs", "fake-1", failed, Some(blocked));
    assert_eq!(
        scene.watch(&message, 0).unwrap().state,
        PartState::Cancelled
    );
    scene.later(600);
    scene.settle();
    assert!(scene.world.sms.sent().is_empty());
}

#[test]
fn a_channel_without_receipts_is_not_watched() {
    let mut silent = Capabilities::everything(Markup::Plain);
    silent.receipts = false;
    let scene = Scene::with(ScriptedAdapter::new(ChannelKind::Rcs).with_capabilities(silent));
    let message = scene.world.queue(within_a_minute());
    assert!(scene.watch(&message, 0).is_none());
    scene.settle();
    scene.later(3600);
    scene.settle();
    assert!(scene.world.sms.sent().is_empty());
}

#[test]
fn a_chain_takes_every_channel_once_and_in_order() {
    let scene = Scene::new();
    let mut draft = within_a_minute();
    draft.to.addresses = vec![rcs(), phone(), customer()];
    let message = scene.world.queue(draft);
    scene.settle();
    for _ in 0..5 {
        scene.later(60);
        scene.settle();
    }
    assert_eq!(scene.rcs.sent().len(), 1);
    assert_eq!(scene.world.sms.sent().len(), 1);
    assert_eq!(scene.world.chat.sent().len(), 1);
    let channels: Vec<_> = scene
        .fallbacks(&message)
        .into_iter()
        .map(|fell| (fell.channel, fell.next.unwrap()))
        .collect();
    let expected = [
        (ChannelKind::Rcs, ChannelKind::Sms),
        (ChannelKind::Sms, ChannelKind::InApp),
    ];
    assert_eq!(channels, expected);
    // One message, one turn of the transcript.
    let turns = Query::Turns {
        tenant: tenant(),
        conversation: conversation(),
        limit: 10,
    };
    let Answer::Turns(turns) = block_on(scene.world.store.query(turns)).unwrap() else {
        panic!("not turns");
    };
    let ours = turns.iter().filter(|turn| turn.speaker == Speaker::Host);
    assert_eq!(ours.count(), 1);
}

#[test]
fn each_channel_gets_its_own_words_and_its_own_plan() {
    let scene = Scene::new();
    let mut draft = draft(ChannelFallback::without_receipt_for(MINUTE));
    draft
        .alternatives
        .insert(ChannelKind::Rcs, Content::text("rich words"));
    draft.to.addresses = vec![rcs(), phone()];
    scene.world.queue(draft);
    scene.settle();
    scene.later(60);
    scene.settle();
    let words = |adapter: &ScriptedAdapter| format!("{:?}", adapter.sent()[0].body.tag());
    assert_eq!(words(&scene.rcs), words(&scene.world.sms));
    let said = |adapter: &ScriptedAdapter| serde_json::to_string(&adapter.sent()[0].body).unwrap();
    assert!(said(&scene.rcs).contains("rich words"));
    assert!(said(&scene.world.sms).contains("Hello"));
}

#[test]
fn a_stop_ends_the_wait_for_a_receipt() {
    let scene = Scene::new();
    let message = scene.world.queue(within_a_minute());
    scene.settle();
    let all = Selector::Message(message.message);
    let cancel = Cancel::new(all, "the order was cancelled", scene.world.clock.now());
    block_on(scene.world.store.commit(vec![Op::Cancel(cancel)])).unwrap();
    scene.later(600);
    scene.settle();
    assert!(scene.world.sms.sent().is_empty());
    assert_eq!(
        scene.watch(&message, 0).unwrap().state,
        PartState::Cancelled
    );
}

const LONG: &str = "one two three four five six seven eight nine ten eleven twelve";

/// RCS that carries forty characters a part, and a text of two parts.
fn in_two_parts() -> (Scene, Submission) {
    let forty = Limit::new(40, Unit::Graphemes, "test");
    let short = Capabilities::text_only().with_limit(Field::Text, forty);
    let scene = Scene::with(ScriptedAdapter::new(ChannelKind::Rcs).with_capabilities(short));
    let mut draft = draft(ChannelFallback::on_refusal());
    draft.body = Content::text(LONG).into();
    draft.loss_policy = LossPolicy::AllowUpTo(Severity::Major);
    let message = scene.world.queue(draft);
    let parts = scene.world.parts(&message);
    assert_eq!(parts.len(), 2, "{:?}", scene.world.events(message.message));
    assert_eq!(scene.world.dispatch().accepted, 1);
    let unreachable = FailureClass::UnreachableOnChannel;
    scene
        .rcs
        .answer(refused(unreachable, Advice::RetryOtherChannel));
    (scene, message)
}

#[test]
fn what_arrived_in_part_goes_nowhere_else() {
    let (scene, message) = in_two_parts();
    scene.status("rcs", "fake-1", delivered());
    scene.settle();
    assert!(scene.world.sms.sent().is_empty());
    assert!(scene.fallbacks(&message).is_empty());
}

#[test]
fn what_was_only_taken_in_part_goes_on_whole() {
    let (scene, message) = in_two_parts();
    scene.settle();
    let said = serde_json::to_string(&scene.world.sms.sent()[0].body).unwrap();
    assert!(said.contains(LONG), "{said}");
    assert_eq!(scene.fallbacks(&message).len(), 1);
}

#[test]
fn a_watch_waits_for_a_part_that_is_being_sent() {
    let scene = Scene::new();
    let message = scene.world.queue(within_a_minute());
    let now = scene.world.clock.now();
    let until = msg_core::time::after(now, Duration::from_mins(3));
    let request = msg_core::store::ClaimRequest::new(now, until, 1);
    let claims = block_on(scene.world.store.claim(request)).unwrap();
    assert_eq!(claims[0].part, PartId::new(message.message, 0));
    scene.later(60);
    assert_eq!(scene.world.dispatch().watched, 1);
    assert!(scene.part(&message, 1).is_none());
    let settlement = msg_core::store::Settlement::Accepted {
        scheme: "rcs".into(),
        receipt: Receipt::new("fake-1"),
    };
    let (part, token) = (claims[0].part, Some(claims[0].token));
    let settle = msg_core::store::Settle::new(part, token, settlement, scene.world.clock.now());
    block_on(scene.world.store.commit(vec![Op::Settle(Box::new(settle))])).unwrap();
    scene.later(5);
    scene.settle();
    assert!(
        scene.part(&message, 1).is_none(),
        "its time begins when it was taken"
    );
    scene.later(60);
    scene.settle();
    assert_eq!(scene.world.sms.sent().len(), 1);
}

#[test]
fn who_answers_stop_does_not_get_the_message_elsewhere() {
    let scene = Scene::new();
    let message = scene.world.queue(within_a_minute());
    scene.settle();
    let stop = InboundMessage::new(rcs(), conversation(), "m-1", Content::text("STOP"));
    let event = InboundEvent::new(
        "rcs",
        "m-1",
        scene.world.clock.now(),
        Inbound::Message(stop),
    );
    scene.world.accept(event);
    scene.later(60);
    scene.settle();
    assert!(scene.world.sms.sent().is_empty());
    assert_eq!(scene.fallbacks(&message)[0].next, None);
    assert!(
        scene
            .world
            .steps(message.message)
            .contains(&"noted".to_owned())
    );
}

#[test]
fn a_watch_waits_with_a_message_that_waits_for_a_person() {
    let rcs_adapter = Arc::new(ScriptedAdapter::new(ChannelKind::Rcs));
    let world = World::with(|builder, _| {
        builder
            .adapter(Arc::clone(&rcs_adapter) as _)
            .check(crate::world::Closure::new("ask", Phase::After, |input| {
                if *input.to.channel() == ChannelKind::Rcs {
                    return Verdict::review("legal", Reason::new("ask", "a person reads it"));
                }
                Verdict::allow()
            }))
    });
    let heard = Arc::new(Heard::default());
    let scene = Scene {
        world,
        rcs: rcs_adapter,
        heard,
    };
    let message = scene.world.submit(within_a_minute());
    scene.later(7200);
    scene.settle();
    assert_eq!(scene.watch(&message, 0).unwrap().state, PartState::Parked);
    let released = block_on(scene.world.engine.release(message.message, "jo")).unwrap();
    assert_eq!(released, 1, "the watch is no part");
    scene.settle();
    assert_eq!(scene.rcs.sent().len(), 1);
    scene.later(59);
    scene.settle();
    assert!(
        scene.world.sms.sent().is_empty(),
        "the time counts from when it left"
    );
    scene.later(61);
    scene.settle();
    assert_eq!(scene.world.sms.sent().len(), 1);
    let steps = scene.world.steps(message.message);
    assert_eq!(steps.iter().filter(|step| *step == "released").count(), 1);
}

#[test]
fn what_the_next_channel_may_not_carry_is_said_and_ends_there() {
    let rcs_adapter = Arc::new(ScriptedAdapter::new(ChannelKind::Rcs));
    let world = World::with(|builder, _| {
        builder
            .adapter(Arc::clone(&rcs_adapter) as _)
            .check(crate::world::Closure::new(
                "no-sms",
                Phase::Before,
                |input| {
                    if *input.to.channel() == ChannelKind::Sms {
                        return Verdict::deny(Reason::new("no-sms", "not by SMS"));
                    }
                    Verdict::allow()
                },
            ))
    });
    let heard = Arc::new(Heard::default());
    let scene = Scene {
        world,
        rcs: rcs_adapter,
        heard,
    };
    let message = scene.world.queue(within_a_minute());
    scene.settle();
    scene.later(60);
    scene.settle();
    assert!(scene.world.sms.sent().is_empty());
    assert_eq!(scene.fallbacks(&message)[0].next, None);
    assert_eq!(
        scene.watch(&message, 0).unwrap().state,
        PartState::Cancelled
    );
}

#[test]
fn a_crash_while_a_watch_is_looked_at_loses_nothing() {
    let scene = Scene::new();
    let message = scene.world.queue(within_a_minute());
    scene.settle();
    scene.later(60);
    // Somebody claims the watch and dies.
    let now = scene.world.clock.now();
    let until = msg_core::time::after(now, Duration::from_mins(3));
    let request = msg_core::store::ClaimRequest::new(now, until, 1);
    assert!(
        block_on(scene.world.store.claim(request)).unwrap()[0]
            .part
            .is_watch()
    );
    scene.world.store.restart();
    block_on(scene.world.engine.reconcile(None, 10)).unwrap();
    scene.settle();
    assert_eq!(scene.world.sms.sent().len(), 1);
    assert_eq!(scene.part(&message, 1).unwrap().state, PartState::Accepted);
}

/// Notes how many messages were sent.
#[derive(Debug)]
struct Count(Arc<Mutex<Vec<usize>>>, msg_core::id::CheckId);
impl msg_core::policy::PolicyCheck for Count {
    fn id(&self) -> &msg_core::id::CheckId {
        &self.1
    }
    fn phases(&self) -> &[Phase] {
        &[Phase::Dispatch]
    }
    fn needs(&self) -> &[msg_core::policy::Need] {
        const DAY: msg_core::policy::Need = msg_core::policy::Need::Sent(Duration::from_hours(24));
        std::slice::from_ref(const { &DAY })
    }
    fn revision(&self) -> &'static str {
        "1"
    }
    fn evaluate(&self, input: &msg_core::policy::PolicyInput<'_>) -> Verdict {
        let sent = input.facts.sent.as_ref().unwrap().len();
        self.0.lock().unwrap().push(sent);
        Verdict::allow()
    }
}

#[test]
fn a_watch_that_comes_after_the_next_way_says_so() {
    let scene = Scene::new();
    let message = scene.world.queue(within_a_minute());
    scene.settle();
    scene.later(60);
    let now = scene.world.clock.now();
    let until = msg_core::time::after(now, Duration::from_mins(3));
    let request = msg_core::store::ClaimRequest::new(now, until, 1);
    assert_eq!(block_on(scene.world.store.claim(request)).unwrap().len(), 1);
    // The watch is in somebody's hands when a status leads on.
    scene.status("rcs", "fake-1", DeliveryState::stopped(Stop::Failed));
    scene.world.store.restart();
    block_on(scene.world.engine.reconcile(None, 10)).unwrap();
    scene.settle();
    assert_eq!(scene.world.sms.sent().len(), 1);
    let watch = scene.watch(&message, 0).unwrap();
    let why = "the message went on to another channel";
    assert_eq!(
        (watch.state, watch.note.as_deref()),
        (PartState::Cancelled, Some(why))
    );
}

#[test]
fn a_cap_counts_each_way_and_not_the_message_itself() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let counts = Arc::clone(&seen);
    let rcs_adapter = Arc::new(ScriptedAdapter::new(ChannelKind::Rcs));
    let id = msg_core::id::CheckId::new("count").unwrap();
    let world = World::with(|builder, _| {
        builder
            .adapter(Arc::clone(&rcs_adapter) as _)
            .check(Count(counts, id))
    });
    let heard = Arc::new(Heard::default());
    let scene = Scene {
        world,
        rcs: rcs_adapter,
        heard,
    };
    let jo = msg_core::id::SubjectId::new("jo").unwrap();
    let mut first = within_a_minute();
    first.to.subject = Some(jo.clone());
    scene.world.queue(first);
    scene.settle();
    scene.later(60);
    scene.settle();
    let mut second = hello();
    second.to.subject = Some(jo);
    scene.world.queue(second);
    scene.settle();
    // Neither way of the first message sees the message itself; the second message sees both.
    assert_eq!(*seen.lock().unwrap(), [0, 0, 2]);
}

/// What may happen to a message on its way.
#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Dispatch,
    Rcs(DeliveryState),
    Sms(DeliveryState),
    Crash,
}

fn any_step() -> impl Strategy<Value = Step> {
    let state = prop_oneof![
        Just(delivered()),
        Just(DeliveryState::reached(Progress::Sent)),
        Just(DeliveryState::reached(Progress::Read)),
        Just(DeliveryState::stopped(Stop::Failed)),
    ];
    prop_oneof![
        (1..90_u64).prop_map(Step::Wait),
        Just(Step::Dispatch),
        Just(Step::Dispatch),
        state.clone().prop_map(Step::Rcs),
        state.prop_map(Step::Sms),
        Just(Step::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever comes in whatever order: no channel gets the message twice; the next one gets it only when the one before
    /// refused it, lost it or kept silent; it is told exactly once when both show a receipt; and the trace replays.
    #[test]
    fn one_success_is_intended_and_two_are_told(
        refuses in any::<bool>(),
        watched in any::<bool>(),
        steps in prop::collection::vec(any_step(), 0..16),
    ) {
        let scene = Scene::new();
        if refuses {
            scene.rcs.answer(refused(FailureClass::UnreachableOnChannel, Advice::RetryOtherChannel));
        }
        let fallback = if watched {
            ChannelFallback::without_receipt_for(MINUTE)
        } else {
            ChannelFallback::on_refusal()
        };
        let message = scene.world.queue(draft(fallback));
        for step in &steps {
            match step {
                Step::Wait(seconds) => scene.later(*seconds),
                Step::Dispatch => { scene.world.dispatch(); }
                Step::Rcs(state) => scene.status("rcs", "fake-1", *state),
                Step::Sms(state) => scene.status("sms", "fake-1", *state),
                Step::Crash => {
                    scene.world.store.restart();
                    block_on(scene.world.engine.reconcile(None, 10)).unwrap();
                }
            }
        }
        scene.settle();
        scene.later(61);
        scene.settle();
        prop_assert_eq!(scene.rcs.sent().len(), 1);
        let (first, second) = (scene.part(&message, 0).unwrap(), scene.part(&message, 1));
        let sms = scene.world.sms.sent().len();
        prop_assert!(sms <= 1);
        let arrived = |part: &PartRecord| part.delivery.progress >= Progress::Delivered;
        let both = arrived(&first) && second.as_ref().is_some_and(arrived);
        prop_assert_eq!(scene.duplicates(&message), usize::from(both));
        prop_assert_eq!(scene.heard.0.lock().unwrap().len(), usize::from(both));
        let silent = !arrived(&first) && (watched || first.delivery.stop.is_some());
        if refuses || silent {
            prop_assert_eq!(sms, 1, "nothing reached the person");
        }
        if sms == 1 && !both {
            prop_assert!(!scene.fallbacks(&message).is_empty());
        }
        if let Delivery::Stopped(_) = first.delivery.delivery() && !watched && !refuses {
            prop_assert_eq!(sms, 1);
        }
        let records = scene.world.trace(message.message);
        prop_assert!(replay(&records, scene.world.engine.policies()).unwrap().is_identical());
    }
}
