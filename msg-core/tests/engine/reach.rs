//! What a recipient and a conversation take away from what a channel carries.

use crate::world::{World, conversation, hello, tenant};
use msg_core::capability::{Capabilities, ReplyWindow, WindowState};
use msg_core::engine::Submitted;
use msg_core::id::SubjectId;
use msg_core::message::content::{Card, ProviderTemplate, TemplateCategory};
use msg_core::message::{
    Address, ChannelKind, Content, ContentKind, Draft, Markup, PartBody, Purpose,
};
use msg_core::plan::{LossKind, LossPolicy, Severity};
use msg_core::testkit::ScriptedAdapter;
use msg_core::trace::{Planned, TraceEvent};
use std::sync::Arc;
use std::time::Duration;

fn device(token: &str) -> Address {
    Address::new(ChannelKind::Push, "push-token".into(), token).unwrap()
}

fn world_of(adapter: ScriptedAdapter) -> (World, Arc<ScriptedAdapter>) {
    let adapter = Arc::new(adapter);
    let world = World::with(|builder, _| builder.adapter(Arc::clone(&adapter) as _));
    (world, adapter)
}

fn planned(world: &World, message: msg_core::id::MessageId) -> Planned {
    let events = world.events(message);
    let found = events.into_iter().find_map(|event| match event {
        TraceEvent::Planned(planned) => Some(planned),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn a_client_that_lacks_cards_gets_words_and_the_loss_is_recorded() {
    let old = device("old");
    let lacking = Capabilities::everything(Markup::Plain).without_content(&[ContentKind::Card]);
    let (world, push) =
        world_of(ScriptedAdapter::new(ChannelKind::Push).with_recipient(old.clone(), lacking));
    let card = |to| {
        let card = Content::Card(Card::new("Your order"));
        Draft::new(tenant(), to, Purpose::Service, card)
    };
    let new = world.queue(card(device("new")));
    let old = world.queue(card(old));
    world.dispatch();
    let sent = push.sent();
    assert!(
        matches!(sent[0].body, PartBody::Card(_)),
        "{:?}",
        sent[0].body
    );
    assert!(
        matches!(sent[1].body, PartBody::Text(_)),
        "{:?}",
        sent[1].body
    );
    assert!(planned(&world, new.message).losses.is_empty());
    assert!(!planned(&world, old.message).losses.is_empty());
}

#[test]
fn a_recipient_can_only_take_away() {
    let text = Capabilities::text_only();
    let everything = Capabilities::everything(Markup::Plain);
    let adapter = ScriptedAdapter::new(ChannelKind::Push)
        .with_capabilities(text)
        .with_recipient(device("new"), everything);
    let (world, push) = world_of(adapter);
    let card = Content::Card(Card::new("Your order"));
    world.queue(Draft::new(tenant(), device("new"), Purpose::Service, card));
    world.dispatch();
    assert!(matches!(push.sent()[0].body, PartBody::Text(_)));
}

fn in_window() -> (World, Arc<ScriptedAdapter>) {
    let window = ReplyWindow::new(24, "test").with_messages(2);
    let capabilities = Capabilities::everything(Markup::Plain).with_window(window);
    world_of(ScriptedAdapter::new(ChannelKind::Push).with_capabilities(capabilities))
}

fn words() -> Draft {
    let mut draft = hello();
    draft.to.addresses = vec![device("phone")];
    draft.loss_policy = LossPolicy::AllowUpTo(Severity::Major);
    draft
}

#[test]
fn outside_its_window_a_conversation_takes_only_templates() {
    let (world, push) = in_window();
    let refused = world.submit(words());
    assert!(
        matches!(refused.result, Submitted::Denied { .. }),
        "{refused:?}"
    );
    let record = planned(&world, refused.message);
    assert_eq!(record.losses[0].kind, LossKind::TemplateNeeded);
    assert!(!record.window.unwrap().open);

    world.accept(world.says("m-1", "hi"));
    let sent = world.queue(words());
    let open = WindowState::new(true, Some(2));
    assert_eq!(planned(&world, sent.message).window, Some(open));

    world.clock.advance(Duration::from_hours(24));
    assert!(matches!(
        world.submit(words()).result,
        Submitted::Denied { .. }
    ));
    let mut template = words();
    template.body = Content::Template(ProviderTemplate::new(
        "order_update".parse().unwrap(),
        "en",
        TemplateCategory::Utility,
    ))
    .into();
    world.queue(template);
    // One conversation: the words that were queued in the window leave first.
    world.dispatch();
    world.dispatch();
    let sent = push.sent();
    assert!(
        sent.iter()
            .any(|part| matches!(part.body, PartBody::Template(_)))
    );
}

#[test]
fn what_was_sent_since_the_person_wrote_counts_against_the_window() {
    let (world, push) = in_window();
    world.accept(world.says("m-1", "hi"));
    for _ in 0..2 {
        world.queue(words());
        world.clock.advance(Duration::from_secs(1));
        world.dispatch();
    }
    assert_eq!(push.sent().len(), 2);
    assert!(matches!(
        world.submit(words()).result,
        Submitted::Denied { .. }
    ));
    world.clock.advance(Duration::from_secs(1));
    world.accept(world.says("m-2", "and?"));
    world.queue(words());
}

#[test]
fn the_window_is_that_of_the_drafts_own_conversation() {
    let (world, _) = in_window();
    world.accept(world.says("m-1", "hi"));
    let mut other = words();
    other.conversation = None;
    assert!(matches!(
        world.submit(other).result,
        Submitted::Denied { .. }
    ));
    assert_eq!(words().conversation, Some(conversation()));
    world.queue(words());
}

#[test]
fn what_was_sent_to_another_address_of_the_person_does_not_count() {
    let (world, push) = in_window();
    world.accept(world.says("m-1", "hi"));
    let to = |name: &str| {
        let mut draft = words();
        draft.to.addresses = vec![device(name)];
        draft.to.subject = Some(SubjectId::new("jo").unwrap());
        draft
    };
    for _ in 0..2 {
        world.queue(to("phone"));
        world.clock.advance(Duration::from_secs(1));
        world.dispatch();
    }
    assert_eq!(push.sent().len(), 2);
    assert!(matches!(
        world.submit(to("phone")).result,
        Submitted::Denied { .. }
    ));
    let sent = world.queue(to("tablet"));
    let untouched = WindowState::new(true, Some(2));
    assert_eq!(planned(&world, sent.message).window, Some(untouched));
}
