use crate::world::{AlwaysSay, World, conversation, customer, hello, tenant};
use msg_core::Clock;
use msg_core::channel::{AnswerReceived, ConsentSignal, Inbound, InboundEvent};
use msg_core::consent::{OptOutScope, Signal};
use msg_core::engine::Submitted;
use msg_core::id::ActionId;
use msg_core::message::interactive::Choice;
use msg_core::message::{Action, Content, Draft, Purpose};
use msg_core::store::{Answer, ConversationUpdate, InboundOp, Op, Query, Speaker, Store};
use msg_core::testkit::block_on;
use msg_core::trace::TraceEvent;
use std::sync::Arc;

fn talkative() -> World {
    World::with(|builder, _| builder.responder(Arc::new(AlwaysSay(Content::text("I am here")))))
}

#[test]
fn an_event_is_taken_once_however_often_it_is_delivered() {
    let world = talkative();
    let event = world.says("1", "hello");
    assert_eq!(world.accept(event.clone()).taken.len(), 1);
    let again = world.accept(event);
    assert_eq!((again.taken.len(), again.duplicates), (0, 1));
    assert_eq!(world.dispatch().accepted, 1);
    let query = Query::Turns {
        tenant: tenant(),
        conversation: conversation(),
        limit: 10,
    };
    let Answer::Turns(turns) = block_on(world.store.query(query)).unwrap() else {
        panic!()
    };
    let speakers: Vec<_> = turns.iter().map(|turn| turn.speaker.clone()).collect();
    assert_eq!(speakers, [Speaker::Person, Speaker::Host]);
}

#[test]
fn a_crash_between_recording_and_answering_loses_no_answer() {
    let world = talkative();
    let event = world.says("1", "hello");
    // What a crash leaves behind: the event is recorded, its answer is not.
    let key = "shop/in-app/1".to_owned();
    let now = world.clock.now();
    block_on(
        world
            .store
            .commit(vec![Op::Inbound(InboundOp::Done { key, now })]),
    )
    .unwrap();
    let report = world.accept(event);
    assert!(report.taken[0].reply.is_some());
    assert_eq!(world.dispatch().accepted, 1);
}

#[test]
fn somebody_elses_lease_is_busy_and_answered_with_503() {
    let world = talkative();
    let (key, now) = (
        "shop\u{1f}e\u{1f}in-app\u{1f}1".to_owned(),
        world.clock.now(),
    );
    let until = crate::world::in_seconds(&world, 60);
    block_on(
        world
            .store
            .commit(vec![Op::Inbound(InboundOp::Lease { key, until, now })]),
    )
    .unwrap();
    let report = world.accept(world.says("1", "hello"));
    assert_eq!((report.taken.len(), report.busy), (0, 1));
    assert_eq!(msg_core::engine::Reception::Taken(report).status(), 503);
}

#[test]
fn stop_writes_the_ledger_cancels_the_queue_and_is_not_answered() {
    let world = talkative();
    world.queue(hello());
    let report = world.accept(world.says("1", "STOP"));
    assert_eq!(
        report.taken[0].signal,
        Some(Signal::OptOut(OptOutScope::Channel))
    );
    assert!(report.taken[0].reply.is_none());
    assert_eq!(world.dispatch().claimed, 0);
    assert!(matches!(
        world.submit(hello()).result,
        Submitted::Denied { .. }
    ));
    let query = Query::ConsentEvents {
        tenant: tenant(),
        address: customer().key(),
    };
    let Answer::ConsentEvents(events) = block_on(world.store.query(query)).unwrap() else {
        panic!()
    };
    assert_eq!(events[0].evidence.verbatim.as_deref(), Some("STOP"));
    world.clock.advance(std::time::Duration::from_secs(1));
    world.accept(world.says("2", "START"));
    world.queue(hello());
}

#[test]
fn what_a_program_wrote_is_kept_and_not_answered() {
    let world = talkative();
    let automatic = |id: &str, text: &str| {
        let mut event = world.says(id, text);
        let Inbound::Message(message) = &mut event.kind else {
            panic!()
        };
        message.automatic = true;
        world.accept(event)
    };
    let report = automatic("1", "I am on holiday");
    assert!(report.taken[0].reply.is_none() && report.taken[0].signal.is_none());
    let opt_out = Some(Signal::OptOut(OptOutScope::Channel));
    assert_eq!(automatic("2", "STOP").taken[0].signal, opt_out);
    world.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(automatic("3", "START").taken[0].signal, None);
}

#[test]
fn a_block_event_opts_out() {
    let world = World::new();
    let signal = ConsentSignal::new(customer(), Some(OptOutScope::Channel), "bot was blocked");
    world.accept(InboundEvent::new(
        "in-app",
        "b1",
        world.clock.now(),
        Inbound::Consent(signal),
    ));
    assert!(matches!(
        world.submit(hello()).result,
        Submitted::Denied { .. }
    ));
}

/// Who asks the channel for offers again gets offers, and nothing else that was refused.
#[test]
fn a_wish_for_one_purpose_lifts_no_other_refusal() {
    let world = World::new();
    world.accept(world.says("1", "STOP"));
    world.clock.advance(std::time::Duration::from_secs(1));
    let signal = ConsentSignal::wanting(customer(), Purpose::Marketing, "offers: resume");
    world.accept(InboundEvent::new(
        "in-app",
        "w1",
        world.clock.now(),
        Inbound::Consent(signal),
    ));
    let about = |purpose| Draft::new(tenant(), customer(), purpose, Content::text("Hi"));
    assert!(matches!(
        world.submit(about(Purpose::Service)).result,
        Submitted::Denied { .. }
    ));
    world.queue(about(Purpose::Marketing).in_conversation(conversation()));
}

#[test]
fn a_number_a_label_and_a_tap_are_the_same_answer() {
    let world = World::new();
    let id = |name: &str| ActionId::new(name).unwrap();
    let options = vec![
        Action::reply(id("track"), "Track order"),
        Action::reply(id("agent"), "Talk to us"),
    ];
    let choice = Content::Choice(Choice::new("How can we help?", options));
    let draft =
        Draft::new(tenant(), customer(), Purpose::Service, choice).in_conversation(conversation());
    world.queue(draft);
    world.dispatch();
    let query = Query::Conversation {
        tenant: tenant(),
        conversation: conversation(),
    };
    let Answer::Conversation(known) = block_on(world.store.query(query)).unwrap() else {
        panic!()
    };
    let answers: msg_core::plan::AnswerMap =
        serde_json::from_slice(&known.answers.unwrap()).unwrap();
    for said in ["2", "talk to us"] {
        assert_eq!(answers.resolve(said).unwrap().action, id("agent"), "{said}");
    }
    let handle = answers
        .handles
        .iter()
        .find(|(_, action)| **action == id("track"))
        .unwrap()
        .0
        .clone();
    let tap = AnswerReceived::new(customer(), conversation(), "fake-1", handle);
    let event = InboundEvent::new("in-app", "t1", world.clock.now(), Inbound::Answer(tap));
    assert_eq!(world.accept(event).taken.len(), 1);
}

#[test]
fn while_a_person_owns_the_conversation_nothing_is_generated() {
    let world = talkative();
    let mut update = ConversationUpdate::new(tenant(), conversation());
    update.handed_off = Some(true);
    block_on(world.store.commit(vec![Op::Conversation(Box::new(update))])).unwrap();
    assert!(
        world.accept(world.says("1", "hello")).taken[0]
            .reply
            .is_none()
    );
}

#[test]
fn an_unknown_kind_is_recorded_and_answered_by_nobody() {
    let world = talkative();
    let raw = serde_json::json!({"gift": 1});
    let kind = Inbound::Unsupported(msg_core::channel::Unsupported::new("gift", raw));
    let report = world.accept(InboundEvent::new("in-app", "g1", world.clock.now(), kind));
    let records = world.trace(report.taken[0].inbound);
    let TraceEvent::Received(received) = records[0].read().unwrap().event else {
        panic!()
    };
    assert!(matches!(*received.kind, Inbound::Unsupported(_)));
}
