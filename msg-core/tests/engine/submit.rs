use crate::world::{Closure, World, customer, hello, in_seconds, phone, tenant};
use msg_core::ErrorKind;
use msg_core::capability::{Capabilities, Field, Limit, Unit};
use msg_core::engine::Submitted;
use msg_core::message::{
    Address, ChannelKind, Content, Draft, PartBody, Purpose, Recipient, TemplateCall,
};
use msg_core::plan::{LossPolicy, Severity};
use msg_core::policy::{Decision, Edit, Phase, Reason, Span, Verdict};
use msg_core::store::PartState;
use msg_core::testkit::{ScriptedAdapter, block_on};
use std::sync::Arc;

fn text_of(body: &PartBody) -> String {
    match body {
        PartBody::Text(part) => part.text.text.clone(),
        other => panic!("not a text: {other:?}"),
    }
}

#[test]
fn what_is_submitted_is_sent_once_and_traced() {
    let world = World::new();
    let sent = world.queue(hello());
    assert_eq!(world.dispatch().accepted, 1);
    assert_eq!(world.dispatch().claimed, 0);
    let parts = world.chat.sent();
    assert_eq!(parts.len(), 1);
    assert_eq!(text_of(&parts[0].body), "Hello");
    assert_eq!(
        world.steps(sent.message),
        [
            "submitted",
            "checked",
            "checked",
            "planned",
            "enqueued",
            "checked",
            "attempted"
        ]
    );
}

#[test]
fn a_denial_queues_nothing_and_says_who_denied() {
    let world = World::with(|builder, _| {
        builder.check(Closure::new("never", Phase::Before, |_| {
            Verdict::deny(Reason::new("no", "because"))
        }))
    });
    let denied = world.submit(hello());
    let Submitted::Denied { reasons } = &denied.result else {
        panic!("{denied:?}")
    };
    assert_eq!(reasons[0].0.as_str(), "never");
    assert_eq!(world.dispatch().claimed, 0);
    assert_eq!(world.steps(denied.message), ["submitted", "checked"]);
}

#[test]
fn the_same_key_is_the_same_message_and_another_draft_is_a_conflict() {
    let world = World::new();
    let first = world.queue(hello().with_key("k"));
    let again = world.submit(hello().with_key("k"));
    assert_eq!(
        (again.message, &again.result),
        (first.message, &Submitted::Duplicate)
    );
    let other = Draft::new(
        tenant(),
        customer(),
        Purpose::Transactional,
        Content::text("Other"),
    )
    .with_key("k");
    assert_eq!(
        block_on(world.engine.submit(other)).unwrap_err().kind(),
        ErrorKind::Conflict
    );
    assert_eq!(world.dispatch().accepted, 1);
    assert_eq!(world.chat.sent().len(), 1);
}

#[test]
fn what_cannot_be_reached_is_an_error() {
    let world = World::new();
    let mail = Address::email("jo@example.org").unwrap();
    let draft = Draft::new(tenant(), mail, Purpose::Service, Content::text("x"));
    assert_eq!(
        block_on(world.engine.submit(draft)).unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let mut nobody = hello();
    nobody.to.addresses.clear();
    assert_eq!(
        block_on(world.engine.submit(nobody)).unwrap_err().kind(),
        ErrorKind::Invalid
    );
    let unknown = TemplateCall::new("nothing".parse().unwrap());
    let error = block_on(world.engine.submit(Draft::new(
        tenant(),
        customer(),
        Purpose::Service,
        unknown,
    )))
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "not found: no message template `nothing`"
    );
}

#[test]
fn a_hold_waits_and_is_checked_again() {
    let world = World::new();
    let until = in_seconds(&world, 60);
    let held = World::with(|builder, _| {
        builder.check(Closure::new("night", Phase::Before, move |_| {
            Verdict::hold(until, Reason::new("night", "it is late"))
        }))
    });
    assert_eq!(
        held.submit(hello()).result,
        Submitted::Queued {
            due: until,
            parts: 1
        }
    );
    assert_eq!(held.dispatch().claimed, 0);
    held.clock.set(until);
    assert_eq!(held.dispatch().accepted, 1);
}

#[test]
fn a_review_parks_the_message() {
    let world = World::with(|builder, _| {
        builder.check(Closure::new("risk", Phase::After, |_| {
            Verdict::review("legal", Reason::new("risk", "a promise"))
        }))
    });
    let parked = world.submit(hello());
    assert_eq!(
        parked.result,
        Submitted::Review {
            queue: "legal".into()
        }
    );
    assert_eq!(world.dispatch().claimed, 0);
    assert_eq!(world.parts(&parked)[0].state, PartState::Parked);
}

#[test]
fn a_rewrite_changes_the_text_even_beside_a_hold() {
    let world = World::new();
    let until = in_seconds(&world, 60);
    let strict = World::with(|builder, _| {
        builder
            .check(Closure::new("words", Phase::After, |_| Verdict {
                decision: Decision::Rewrite(vec![
                    Edit::Replace {
                        span: Span::new(0, 0..5),
                        with: "Good day".into(),
                    },
                    Edit::Footer("STOP to end".into()),
                ]),
                reasons: vec![],
            }))
            .check(Closure::new("later", Phase::After, move |_| {
                Verdict::hold(until, Reason::new("later", "wait"))
            }))
    });
    strict.queue(hello());
    strict.clock.set(until);
    assert_eq!(strict.dispatch().accepted, 1);
    let text = text_of(&strict.chat.sent()[0].body);
    assert!(
        text.starts_with("Good day") && text.ends_with("STOP to end"),
        "{text}"
    );
}

#[test]
fn the_second_address_is_tried_when_the_first_may_not_be_used() {
    let world = World::with(|builder, _| {
        builder.check(Closure::new("no-chat", Phase::Before, |input| {
            if *input.to.channel() == ChannelKind::InApp {
                Verdict::deny(Reason::new("no", "not here"))
            } else {
                Verdict::allow()
            }
        }))
    });
    let mut draft = hello();
    draft.to = Recipient::new(customer()).or(phone());
    world.queue(draft);
    world.dispatch();
    assert_eq!((world.chat.sent().len(), world.sms.sent().len()), (0, 1));
}

#[test]
fn a_loss_above_the_policy_is_not_sent() {
    let capabilities = Capabilities::text_only()
        .with_limit(Field::Text, Limit::new(10, Unit::Chars, "test"))
        .with_limit(Field::Parts, Limit::new(1, Unit::Items, "test"));
    let tiny = Arc::new(ScriptedAdapter::new(ChannelKind::Push).with_capabilities(capabilities));
    let world = World::with(|builder, _| builder.adapter(Arc::clone(&tiny) as _));
    let push = Address::new(ChannelKind::Push, "push-token".into(), "abc").unwrap();
    let say = |policy| {
        let text = Content::text("much longer than ten characters");
        let mut draft = Draft::new(tenant(), push.clone(), Purpose::Service, text);
        draft.loss_policy = policy;
        world.submit(draft).result
    };
    assert!(matches!(
        say(LossPolicy::AllowUpTo(Severity::Minor)),
        Submitted::Denied { .. }
    ));
    assert_eq!(
        say(LossPolicy::ReviewAbove(Severity::Minor)),
        Submitted::Review {
            queue: "loss".into()
        }
    );
    assert!(matches!(
        say(LossPolicy::AllowUpTo(Severity::Major)),
        Submitted::Queued { .. }
    ));
}

#[test]
fn a_template_is_rendered_for_the_language() {
    let world = World::new();
    let call = TemplateCall::new("thanks".parse().unwrap());
    let draft = Draft::new(tenant(), customer(), Purpose::Service, call).with_language("de");
    let sent = world.queue(draft);
    world.dispatch();
    assert_eq!(text_of(&world.chat.sent()[0].body), "Thanks (de)");
    assert!(world.steps(sent.message).contains(&"composed".to_owned()));
}
