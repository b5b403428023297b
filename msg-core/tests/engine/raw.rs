//! Provider JSON goes as it is, and through the checks like anything else.

use crate::world::{Closure, World, customer, hello, phone};
use msg_core::ErrorKind;
use msg_core::engine::{Engine, Submitted};
use msg_core::message::{ChannelKind, Content, Draft, PartBody};
use msg_core::plan::{LossPolicy, Severity};
use msg_core::policy::{Decision, Edit, Phase, PolicyInput, Reason, Span, Verdict};
use msg_core::store::MemoryStore;
use msg_core::testkit::{ManualClock, ScriptedAdapter, SeededIds, block_on};
use msg_core::trace::{TraceEvent, replay};
use serde_json::{Value, json};
use std::sync::Arc;

fn raw(value: Value) -> Draft {
    let mut draft = hello();
    draft.raw.insert(ChannelKind::InApp, value);
    draft
}

fn said(input: &PolicyInput<'_>) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(content) = input.content {
        content.for_each_text(&mut |text| said.push(text.to_owned()));
    }
    said
}

fn digest(world: &World, value: Value) -> msg_core::digest::Digest {
    let sent = world.queue(raw(value));
    let events = world.events(sent.message);
    let planned = events.into_iter().find_map(|event| match event {
        TraceEvent::Planned(planned) => Some(planned.digest),
        _ => None,
    });
    planned.unwrap()
}

#[test]
fn the_bytes_of_raw_are_in_the_digest_of_the_plan() {
    let world = World::new();
    let one = digest(&world, json!({"text": "one", "n": 1}));
    assert_eq!(one, digest(&world, json!({"n": 1, "text": "one"})));
    assert_ne!(one, digest(&world, json!({"text": "one", "n": 2})));
    assert_ne!(one, digest(&world, json!({"text": "two", "n": 1})));
}

#[test]
fn a_risky_word_deep_in_raw_is_seen_and_denied() {
    let world = World::with(|builder, _| {
        builder.check(Closure::new("risk", Phase::After, |input| {
            if said(input).iter().any(|text| text.contains("guaranteed")) {
                return Verdict::deny(Reason::new("risk", "a promise"));
            }
            Verdict::allow()
        }))
    });
    let deep = json!({"a": [{"b": {"c": "guaranteed returns"}}]});
    assert!(matches!(
        world.submit(raw(deep)).result,
        Submitted::Denied { .. }
    ));
    // What is checked is what leaves: not the body that it replaces.
    let mut draft = raw(json!({"text": "hello"}));
    draft.body = Content::text("guaranteed").into();
    world.queue(draft);
    world.dispatch();
    assert_eq!(
        world.chat.sent()[0].body,
        PartBody::Raw(msg_core::message::part::RawPart(json!({"text": "hello"})))
    );
}

#[test]
fn raw_is_for_its_channel_only_and_replays() {
    let world = World::with(|builder, _| {
        builder.check(Closure::new("secret", Phase::After, |input| {
            if said(input).iter().any(|text| text == "only here") {
                return Verdict::deny(Reason::new("secret", "not here"));
            }
            Verdict::allow()
        }))
    });
    let mut draft = raw(json!({"text": "only here"}));
    draft.to.addresses = vec![customer(), phone()];
    let sent = world.queue(draft);
    world.dispatch();
    assert!(matches!(world.sms.sent()[0].body, PartBody::Text(_)));
    let trace = world.trace(sent.message);
    assert!(
        replay(&trace, world.engine.policies())
            .unwrap()
            .is_identical()
    );
}

#[test]
fn nobody_changes_raw_so_a_person_decides() {
    let world = World::with(|builder, _| {
        builder.check(Closure::new("pii", Phase::After, |_| {
            let with = "***".to_owned();
            let edits = vec![Edit::Replace {
                span: Span::new(0, 0..3),
                with,
            }];
            Verdict::new(Decision::Rewrite(edits), Reason::new("pii", "a number"))
        }))
    });
    let parked = world.submit(raw(json!({"text": "123 is yours"})));
    let queue = "rewrite of raw".to_owned();
    assert_eq!(parked.result, Submitted::Review { queue });
    block_on(world.engine.release(parked.message, "staff-7")).unwrap();
    assert_eq!(world.dispatch().accepted, 1);
    let body = &world.chat.sent()[0].body;
    assert!(matches!(body, PartBody::Raw(raw) if raw.0 == json!({"text": "123 is yours"})));
}

#[test]
fn a_line_that_raw_cannot_take_is_a_loss() {
    let world = World::new();
    let mut draft = raw(json!({"text": "hi"})).with_footer("STOP to end");
    draft.loss_policy = LossPolicy::AllowUpTo(Severity::Cosmetic);
    assert!(matches!(
        world.submit(draft).result,
        Submitted::Denied { .. }
    ));
}

#[test]
fn an_engine_without_checks_needs_a_reason_which_is_in_the_trace() {
    let builder = || {
        let store = Arc::new(MemoryStore::new());
        let clock = Arc::new(ManualClock::default());
        Engine::builder(store, clock, Arc::new(SeededIds::default()))
            .adapter(Arc::new(ScriptedAdapter::new(ChannelKind::InApp)))
    };
    assert_eq!(builder().build().unwrap_err().kind(), ErrorKind::Invalid);
    let engine = builder().without_checks("a load test").build().unwrap();
    let sent = block_on(engine.submit(hello())).unwrap();
    block_on(engine.dispatch_due(9)).unwrap();
    let trace = block_on(engine.trace(sent.message.into())).unwrap();
    let evidence = trace
        .iter()
        .any(|record| match record.read().unwrap().event {
            TraceEvent::Checked(checked) => checked.evaluation.verdicts.iter().any(|one| {
                one.check.as_str() == "without_checks"
                    && one.verdict.reasons[0].evidence == ["a load test"]
            }),
            _ => false,
        });
    assert!(evidence);
    assert!(replay(&trace, engine.policies()).unwrap().is_identical());
    let other = builder().without_checks("another").build().unwrap();
    assert_ne!(engine.policies().digest(), other.policies().digest());
}
