//! The wait for a receipt is in the file: a process that ends does not forget to go on to the next channel.
#![cfg(test)]
#![cfg(feature = "sqlite")]

use msg_core::channel::{Inbound, InboundEvent, Receipt, StatusEvent};
use msg_core::engine::{Engine, Submission};
use msg_core::id::{PartId, TenantId};
use msg_core::message::{
    Address, ChannelFallback, ChannelKind, Content, DeliveryState, Draft, Progress, Purpose,
    Recipient,
};
use msg_core::store::PartState;
use msg_core::testkit::{ManualClock, ScriptedAdapter, SeededIds, block_on};
use msg_core::{Clock, store::Outbox};
use msg_store::sqlite::SqliteStore;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A process: what it holds is gone when it ends, the file and the clock go on.
struct Process {
    engine: Engine,
    rcs: Arc<ScriptedAdapter>,
    sms: Arc<ScriptedAdapter>,
}

fn start(path: &Path, clock: &Arc<ManualClock>) -> Process {
    let store = Arc::new(SqliteStore::open(path).unwrap());
    let rcs = Arc::new(ScriptedAdapter::new(ChannelKind::Rcs));
    let sms = Arc::new(ScriptedAdapter::new(ChannelKind::Sms));
    let engine = Engine::builder(
        store,
        Arc::clone(clock) as _,
        Arc::new(SeededIds::default()),
    )
    .adapter(Arc::clone(&rcs) as _)
    .adapter(Arc::clone(&sms) as _)
    .without_checks("a test of the store")
    .build()
    .unwrap();
    Process { engine, rcs, sms }
}

fn submit(process: &Process) -> Submission {
    let number = |channel| Address::phone(channel, "+14155550132").unwrap();
    let to = Recipient::new(number(ChannelKind::Rcs)).or(number(ChannelKind::Sms));
    let tenant = TenantId::from_static("shop");
    let draft = Draft::new(tenant, to, Purpose::Transactional, Content::text("Hello"));
    let fallback = ChannelFallback::without_receipt_for(Duration::from_mins(1));
    block_on(process.engine.submit(draft.with_fallback(fallback))).unwrap()
}

fn settle(process: &Process) {
    while block_on(process.engine.dispatch_due(8)).unwrap().claimed > 0 {}
}

fn delivered(process: &Process, scheme: &str, now: msg_core::Timestamp) {
    let status = StatusEvent::new(
        Receipt::new("fake-1"),
        DeliveryState::reached(Progress::Delivered),
    );
    let event = InboundEvent::new(scheme, format!("{scheme}-1"), now, Inbound::Status(status));
    let tenant = TenantId::from_static("shop");
    block_on(process.engine.accept(&tenant, vec![event])).unwrap();
}

#[test]
fn a_deadline_outlives_its_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.db");
    let clock = Arc::new(ManualClock::default());
    let first = start(&path, &clock);
    let message = submit(&first).message;
    settle(&first);
    assert_eq!(first.rcs.sent().len(), 1);
    drop(first);
    clock.advance(Duration::from_secs(61));
    let second = start(&path, &clock);
    settle(&second);
    assert_eq!(second.sms.sent().len(), 1);
    assert!(second.rcs.sent().is_empty());
    let outbox = Outbox::new(Arc::clone(second.engine.store()));
    let parts = block_on(outbox.message(message)).unwrap();
    let state = |id| {
        let part = parts.iter().find(|part| part.id == id);
        part.map(|part| part.state)
    };
    assert_eq!(state(PartId::new(message, 0)), Some(PartState::Accepted));
    assert_eq!(state(PartId::watch(message, 0)), Some(PartState::Cancelled));
    assert_eq!(
        state(PartId::of_way(message, 1, 0)),
        Some(PartState::Accepted)
    );
    // Both receipts, in the third process.
    drop(outbox);
    drop(second);
    let third = start(&path, &clock);
    delivered(&third, "sms", clock.now());
    delivered(&third, "rcs", clock.now());
    let records = block_on(third.engine.trace(message.into())).unwrap();
    let told = records.iter().filter(|record| {
        let event = record.read::<msg_core::trace::TraceEvent>().unwrap().event;
        event.tag() == "duplicate_reach"
    });
    assert_eq!(told.count(), 1);
}

#[test]
fn a_receipt_in_another_process_ends_the_wait() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.db");
    let clock = Arc::new(ManualClock::default());
    let first = start(&path, &clock);
    submit(&first);
    settle(&first);
    drop(first);
    let second = start(&path, &clock);
    delivered(&second, "rcs", clock.now());
    drop(second);
    clock.advance(Duration::from_mins(10));
    let third = start(&path, &clock);
    settle(&third);
    assert!(third.sms.sent().is_empty());
}
