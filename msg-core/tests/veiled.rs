//! Promise five: what people write, their addresses and tokens never get into `Debug`.
#![cfg(test)]

use msg_core::channel::{
    AnswerReceived, ChannelNotice, Inbound, InboundEvent, InboundMessage, NoticeKind, Unsupported,
};
use msg_core::engine::Engine;
use msg_core::id::{ActionId, ConversationId, TemplateId, TenantId};
use msg_core::llm::{GenerateRequest, Instructions, Source, Text, Turn};
use msg_core::message::draft::{Body, TemplateCall};
use msg_core::message::{
    Action, Address, Card, ChannelKind, Content, Draft, Purpose, RichText, action::Url,
};
use msg_core::store::{Answer, ClaimRequest, MemoryStore, PartState, Query, Store};
use msg_core::testkit::{ManualClock, ScriptedAdapter, SeededIds, block_on};
use msg_core::time::after;
use msg_core::trace::TraceEvent;
use msg_core::{Clock, Timestamp};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

const SECRET: &str = "hunter2";

fn hides(what: &dyn Debug) {
    for shown in [format!("{what:?}"), format!("{what:#?}")] {
        assert!(!shown.contains(SECRET), "{shown}");
        // Bytes print as text too, or as a list of numbers.
        assert!(!shown.contains("104, 117, 110, 116"), "{shown}");
    }
}

fn draft() -> Draft {
    let to = Address::in_app(SECRET).unwrap();
    let card = Card::new(SECRET);
    let mut draft = Draft::new(
        TenantId::new("shop").unwrap(),
        to,
        Purpose::Service,
        Content::Card(card),
    )
    .in_conversation(ConversationId::new("c").unwrap())
    .with_footer(SECRET);
    draft.disclosure = Some(SECRET.into());
    draft.fallback_text = Some(SECRET.into());
    draft
        .alternatives
        .insert(ChannelKind::Email, Content::text(SECRET));
    draft.raw.insert(ChannelKind::Email, SECRET.into());
    draft
}

#[test]
fn what_is_said_is_not_shown() {
    hides(&draft());
    hides(&Content::text(SECRET));
    hides(&RichText::plain(SECRET));
    hides(&Card::new(SECRET));
    hides(&Action::new(
        ActionId::new("a").unwrap(),
        SECRET,
        Url::new(SECRET),
    ));
    hides(&Url::new(SECRET));
    let call = TemplateCall::new(TemplateId::new("t").unwrap()).with("name", SECRET);
    hides(&call);
    hides(&Body::from(call));
    let unknown: Content = serde_json::from_str(r#"{"hologram":{"text":"hunter2"}}"#).unwrap();
    hides(&unknown);
    if let Content::Unknown(unknown) = &unknown {
        hides(unknown);
    }
    hides(&GenerateRequest::new(SECRET, vec![Turn::user(SECRET)]));
    hides(&Turn::user(SECRET));
    hides(&Text::outside(Source::Person, SECRET));
    hides(&Instructions::from(SECRET));
}

#[test]
fn what_comes_in_is_not_shown() {
    let from = Address::in_app(SECRET).unwrap();
    let conversation = ConversationId::new("c").unwrap();
    let said = InboundMessage::new(
        from.clone(),
        conversation.clone(),
        "1",
        Content::text(SECRET),
    );
    hides(&said);
    let at = Timestamp::UNIX_EPOCH;
    hides(&InboundEvent::new("x", "1", at, Inbound::Message(said)));
    let mut tap = AnswerReceived::new(from.clone(), conversation, "1", SECRET);
    tap.label = Some(SECRET.into());
    hides(&tap);
    hides(&Unsupported::new("x", SECRET.into()));
    hides(&ChannelNotice::new(
        NoticeKind::Poll,
        Some(from),
        SECRET.into(),
    ));
}

#[test]
fn what_is_stored_is_not_shown() {
    let store = Arc::new(MemoryStore::new());
    let clock = Arc::new(ManualClock::default());
    let engine = Engine::builder(
        Arc::clone(&store) as _,
        Arc::clone(&clock) as _,
        Arc::new(SeededIds::default()),
    )
    .adapter(Arc::new(ScriptedAdapter::new(ChannelKind::InApp)))
    .without_checks("a test")
    .build()
    .unwrap();
    let submission = block_on(engine.submit(draft())).unwrap();
    hides(&submission);
    let now = clock.now();
    let claim = ClaimRequest::new(now, after(now, Duration::from_secs(9)), 1);
    let claimed = block_on(store.claim(claim)).unwrap();
    assert_eq!(claimed.len(), 1);
    hides(&claimed);
    clock.advance(Duration::from_mins(1));
    block_on(engine.dispatch_due(1)).unwrap();
    block_on(engine.reconcile(None, 9)).unwrap();
    hides(&engine);
    hides(&store);
    for query in [
        Query::Message(submission.message),
        Query::Trace(submission.message.into()),
        Query::Parts {
            state: PartState::Parked,
            after: None,
            limit: 9,
        },
        Query::Turns {
            tenant: TenantId::new("shop").unwrap(),
            conversation: ConversationId::new("c").unwrap(),
            limit: 9,
        },
    ] {
        let answer = block_on(store.query(query)).unwrap();
        hides(&answer);
        if let Answer::Trace(records) = answer {
            assert!(records.len() > 3);
            for record in records {
                hides(&record.read::<TraceEvent>().unwrap());
                hides(&record.read::<serde_json::Value>().map(|_| ()));
            }
        }
    }
}
