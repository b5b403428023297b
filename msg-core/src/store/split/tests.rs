use super::*;
use crate::Timestamp;
use crate::consent::{ConsentAct, ConsentEvent, ConsentSource, OptOutScope};
use crate::digest::Digest;
use crate::error::ErrorKind;
use crate::id::{MessageId, PartId, TenantId, TraceId};
use crate::message::{Address, Purpose};
use crate::store::{Enqueue, MemoryStore, NewPart, Settle, Settlement};
use crate::trace::{TraceEvent, verify};
use std::sync::atomic::{AtomicBool, Ordering};

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

fn apart() -> SplitStore {
    SplitStore::new(memory())
        .with_ledger(memory())
        .with_transcript(memory())
        .with_identities(memory())
        .with_traces(memory())
}

#[cfg(feature = "testkit")]
#[test]
fn stores_apart_keep_the_contract_but_for_atomicity() {
    use crate::testkit::{block_on, store::run};
    let report = block_on(run(async || Arc::new(apart())));
    let report = report.into_result().unwrap();
    let given_up = ["a_failed_batch_changed_nothing", "a_stop_is_one_step"];
    assert_eq!(report.skipped, given_up);
    let traces_apart = async || Arc::new(SplitStore::new(memory()).with_traces(memory()));
    let report = block_on(run(traces_apart)).into_result().unwrap();
    assert_eq!(report.skipped, given_up);
    let report = block_on(run(async || Arc::new(SplitStore::new(memory()))));
    assert_eq!(report.into_result().unwrap().skipped, [""; 0]);
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn stop() -> Op {
    let (tenant, jo) = (TenantId::new("shop"), Address::in_app("jo"));
    let act = ConsentAct::OptOut(OptOutScope::Channel);
    let source = ConsentSource::Keyword;
    Op::Consent(Box::new(ConsentEvent::new(
        tenant.unwrap(),
        &jo.unwrap(),
        act,
        source,
        at(1),
    )))
}

fn failing() -> Op {
    let nobody = PartId::new(MessageId::from_uuid(uuid::Uuid::nil()), 0);
    Op::Settle(Box::new(Settle::new(
        nobody,
        None,
        Settlement::Released,
        at(1),
    )))
}

fn enqueue(number: u128) -> Op {
    let jo = Address::in_app("jo").unwrap();
    let message = MessageId::from_uuid(uuid::Uuid::from_u128(number));
    let id = PartId::new(message, 0);
    let part = NewPart::new(id, &jo, Purpose::Service, at(1), "body");
    let tenant = TenantId::new("shop").unwrap();
    let mut enqueue = Enqueue::new(message, tenant, vec![part], at(1));
    enqueue.key = Some(("key".into(), Digest::of(b"payload")));
    Op::Enqueue(Box::new(enqueue))
}

#[tokio::test]
async fn an_error_says_what_was_applied_and_a_refusal_reaches_the_outbox_all_the_same() {
    let store = apart();
    store.commit(vec![enqueue(1)]).await.unwrap();
    // The failing operation comes first in the batch, the ledger first in the order of writing.
    let error = store.commit(vec![failing(), stop()]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        error
            .context()
            .contains(&("applied", "ledger, outbox".into()))
    );
    assert_eq!(store.ledger_seq(), 1);
    let claims = store.claim(ClaimRequest::new(at(2), at(60), 9)).await;
    assert_eq!(claims.unwrap(), []);
}

#[tokio::test]
async fn a_known_message_skips_the_rest_but_not_a_refusal() {
    let store = apart();
    store.commit(vec![enqueue(1)]).await.unwrap();
    let results = store.commit(vec![stop(), enqueue(2)]).await.unwrap();
    assert_eq!(results[0], OpResult::Done);
    assert!(matches!(results[1], OpResult::Enqueued { new: false, .. }));
    let claims = store.claim(ClaimRequest::new(at(2), at(60), 9)).await;
    assert_eq!(claims.unwrap(), []);
}

#[tokio::test]
async fn one_store_stays_one_transaction() {
    let store = SplitStore::new(memory());
    assert!(store.caps().atomic_across_kinds);
    store.commit(vec![stop(), failing()]).await.unwrap_err();
    assert_eq!(store.ledger_seq(), 0);
    assert!(!apart().caps().atomic_across_kinds);
}

/// A store in memory that can be down, or down for the notes of readers only; it lets others go first.
#[derive(Debug, Default)]
struct Unsteady {
    inner: MemoryStore,
    down: AtomicBool,
    forgets: AtomicBool,
}

impl Unsteady {
    fn check(&self, fails: bool) -> Result<(), Error> {
        if fails || self.down.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Storage, "down"));
        }
        Ok(())
    }
}

#[async_trait]
impl Store for Unsteady {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<OpResult>, Error> {
        let notes = batch.iter().any(|op| matches!(op, Op::TraceFed { .. }));
        self.check(notes && self.forgets.load(Ordering::Relaxed))?;
        tokio::task::yield_now().await;
        self.inner.commit(batch).await
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claimed>, Error> {
        self.inner.claim(request).await
    }

    async fn query(&self, query: Query) -> Result<Answer, Error> {
        self.check(false)?;
        tokio::task::yield_now().await;
        self.inner.query(query).await
    }

    fn ledger_seq(&self) -> u64 {
        self.inner.ledger_seq()
    }

    fn caps(&self) -> StoreCaps {
        self.inner.caps()
    }
}

fn trace(number: u128) -> TraceId {
    MessageId::from_uuid(uuid::Uuid::from_u128(number)).into()
}

/// The tags of a trace, which is one chain.
async fn tags(store: &dyn Store) -> Vec<String> {
    let Answer::Trace(records) = store.query(Query::Trace(trace(1))).await.unwrap() else {
        panic!("another answer");
    };
    verify(&records).unwrap();
    let events = records.iter().map(|record| record.read().unwrap().event);
    events
        .map(|event: TraceEvent| event.tag().to_owned())
        .collect()
}

#[tokio::test]
async fn what_the_outbox_ends_is_in_the_store_of_traces_when_the_call_returns() {
    let traces = memory();
    let store = SplitStore::new(memory()).with_traces(Arc::clone(&traces));
    store.commit(vec![enqueue(1)]).await.unwrap();
    store.commit(vec![stop()]).await.unwrap();
    assert_eq!(tags(&*traces).await, ["cancelled"]);
    // A claim ends it: the refusal came before.
    let traces = memory();
    let store = SplitStore::new(memory()).with_traces(Arc::clone(&traces));
    store.commit(vec![stop()]).await.unwrap();
    store.commit(vec![enqueue(1)]).await.unwrap();
    store
        .claim(ClaimRequest::new(at(2), at(60), 9))
        .await
        .unwrap();
    assert_eq!(tags(&*traces).await, ["cancelled"]);
}

#[tokio::test]
async fn an_ending_outlives_a_store_of_traces_that_is_down() {
    let (outbox, traces) = (Arc::new(Unsteady::default()), Arc::new(Unsteady::default()));
    let split = || {
        let store = SplitStore::new(Arc::clone(&outbox) as _);
        store.with_traces(Arc::clone(&traces) as _)
    };
    let store = split();
    store.commit(vec![enqueue(1)]).await.unwrap();
    traces.down.store(true, Ordering::Relaxed);
    store.commit(vec![stop()]).await.unwrap();
    traces.down.store(false, Ordering::Relaxed);
    assert_eq!(tags(&*traces).await, [""; 0]);
    // Another process, after a crash of this one.
    assert_eq!(tags(&split()).await, ["cancelled"]);
    assert_eq!(tags(&*traces).await, ["cancelled"]);
}

#[tokio::test]
async fn an_ending_is_copied_once_though_the_note_of_it_is_lost() {
    let (outbox, traces) = (Arc::new(Unsteady::default()), memory());
    let store = SplitStore::new(Arc::clone(&outbox) as _).with_traces(Arc::clone(&traces));
    store.commit(vec![enqueue(1)]).await.unwrap();
    outbox.forgets.store(true, Ordering::Relaxed);
    store.commit(vec![stop()]).await.unwrap();
    assert_eq!(tags(&*traces).await, ["cancelled"]);
    outbox.forgets.store(false, Ordering::Relaxed);
    assert_eq!(tags(&store).await, ["cancelled"]);
    let reader = "split-store".to_owned();
    let left = outbox.query(Query::TraceFeed { reader, limit: 9 }).await;
    assert_eq!(left.unwrap(), Answer::TraceFeed(Vec::new()));
}

#[tokio::test]
async fn calls_side_by_side_copy_an_ending_once() {
    let (outbox, traces) = (Arc::new(Unsteady::default()), Arc::new(Unsteady::default()));
    let store = SplitStore::new(Arc::clone(&outbox) as _).with_traces(Arc::clone(&traces) as _);
    store.commit(vec![enqueue(1)]).await.unwrap();
    outbox.commit(vec![stop()]).await.unwrap();
    let seen = tokio::join!(tags(&store), tags(&store), tags(&store));
    assert_eq!(seen.0, ["cancelled"]);
    assert_eq!((&seen.0, &seen.0), (&seen.1, &seen.2));
}
