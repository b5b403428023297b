//! What the tests share.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test binary uses some of it"
)]

use jiff::Timestamp;
use msg_core::digest::Digest;
use msg_core::id::{MessageId, PartId, TenantId};
use msg_core::message::{Address, Purpose};
use msg_core::store::{Answer, Enqueue, NewPart, Op, Query, Store as _};
pub(crate) use msg_core::testkit::block_on;
use msg_store::sqlite::SqliteStore;
use uuid::Uuid;

/// A time in seconds since 1970.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A message by its number.
pub(crate) fn message(number: u64) -> MessageId {
    MessageId::from_uuid(Uuid::from_u64_pair(1, number))
}

/// A tenant by its number.
pub(crate) fn tenant(number: u8) -> TenantId {
    TenantId::new(format!("tenant {}", number % 2)).unwrap()
}

/// Puts a message with some parts into the outbox, due at once.
pub(crate) fn enqueue(number: u64, parts: u16) -> Op {
    let id = message(number);
    let address = Address::in_app("user").unwrap();
    let parts = (0..parts).map(|index| {
        let id = PartId::new(id, index);
        NewPart::new(id, &address, Purpose::Transactional, at(0), vec![7; 500])
    });
    let mut enqueue = Enqueue::new(id, tenant(0), parts.collect(), at(1));
    enqueue.key = Some((number.to_string(), Digest::of(b"payload")));
    Op::Enqueue(Box::new(enqueue))
}

/// How many parts of a message are in a store.
pub(crate) fn rows(store: &SqliteStore, number: u64) -> usize {
    match block_on(store.query(Query::Message(message(number)))).unwrap() {
        Answer::Parts(parts) => parts.len(),
        other => panic!("not parts: {other:?}"),
    }
}
