use super::*;
use crate::Timestamp;
use crate::consent::{ConsentAct, ConsentEvent, ConsentSource, OptOutScope};
use crate::digest::Digest;
use crate::error::ErrorKind;
use crate::id::{MessageId, PartId, TenantId};
use crate::message::{Address, Purpose};
use crate::store::{Enqueue, MemoryStore, NewPart, Settle, Settlement};

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
