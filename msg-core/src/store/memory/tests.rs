use super::*;
use crate::Timestamp;
use crate::channel::Receipt;
use crate::digest::Digest;
use crate::id::{MessageId, PartId, TenantId};
use crate::message::{Address, Purpose};
use crate::store::{Enqueue, NewPart, PartState, Settle, Settlement};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn message(number: u128) -> MessageId {
    MessageId::from_uuid(uuid::Uuid::from_u128(number))
}

fn part(number: u128, purpose: Purpose, due: i64) -> NewPart {
    let to = Address::in_app("jo").unwrap();
    NewPart::new(
        PartId::new(message(number), 0),
        &to,
        purpose,
        at(due),
        "body",
    )
}

fn enqueue(part: NewPart) -> Op {
    let tenant = TenantId::new("shop").unwrap();
    Op::Enqueue(Box::new(Enqueue::new(
        part.id.message,
        tenant,
        vec![part],
        at(0),
    )))
}

async fn parts(store: &MemoryStore, state: PartState) -> Vec<PartId> {
    let query = Query::Parts {
        state,
        after: None,
        limit: 100,
    };
    match store.query(query).await.unwrap() {
        Answer::Parts(parts) => parts.iter().map(|part| part.id).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_part_goes_through_its_life() {
    let store = MemoryStore::new();
    let lane = |number| part(number, Purpose::Transactional, 0).in_lane(7);
    for number in [1, 2] {
        store.commit(vec![enqueue(lane(number))]).await.unwrap();
    }
    let request = ClaimRequest::new(at(1), at(60), 10);
    let claimed = store.claim(request.clone()).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(
        store.query(Query::NextDue).await.unwrap(),
        Answer::Due(None)
    );
    let accepted = Settlement::Accepted {
        scheme: "inapp".into(),
        receipt: Receipt::new("p1"),
    };
    let settle = Settle::new(claimed[0].part, Some(claimed[0].token), accepted, at(2));
    store
        .commit(vec![Op::Settle(Box::new(settle.clone()))])
        .await
        .unwrap();
    let again = store.commit(vec![Op::Settle(Box::new(settle))]).await;
    assert_eq!(again.unwrap_err().kind(), crate::ErrorKind::Fenced);
    assert_eq!(
        parts(&store, PartState::Accepted).await,
        [PartId::new(message(1), 0)]
    );
    let claimed = store.claim(request).await.unwrap();
    assert_eq!(claimed[0].part.message, message(2));
    store.restart();
    assert_eq!(
        parts(&store, PartState::Ambiguous).await,
        [PartId::new(message(2), 0)]
    );
}

#[tokio::test]
async fn every_eighth_lease_goes_to_the_longest_due() {
    let store = MemoryStore::new();
    for number in 1..=20 {
        store
            .commit(vec![enqueue(part(number, Purpose::OneTimeCode, 10))])
            .await
            .unwrap();
    }
    for number in 100..=102 {
        store
            .commit(vec![enqueue(part(number, Purpose::Marketing, 5))])
            .await
            .unwrap();
    }
    let request = ClaimRequest::new(at(10), at(60), 16);
    let claimed = store.claim(request).await.unwrap();
    let bulk: Vec<usize> = (0..16)
        .filter(|at| claimed[*at].part.message >= message(100))
        .collect();
    assert_eq!(bulk, [7, 15]);
}

#[tokio::test]
async fn a_failing_operation_undoes_nothing_because_nothing_was_done() {
    let store = MemoryStore::new();
    let mut keyed = Enqueue::new(
        message(1),
        TenantId::new("shop").unwrap(),
        vec![part(1, Purpose::Marketing, 0)],
        at(0),
    );
    keyed.key = Some(("key".into(), Digest::of(b"one")));
    let stale = Settle::new(
        PartId::new(message(9), 0),
        None,
        Settlement::Released,
        at(0),
    );
    let batch = vec![
        Op::Enqueue(Box::new(keyed.clone())),
        Op::Settle(Box::new(stale)),
    ];
    let error = store.commit(batch).await.unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::NotFound);
    assert_eq!(parts(&store, PartState::Queued).await, []);
    let new = store
        .commit(vec![Op::Enqueue(Box::new(keyed))])
        .await
        .unwrap();
    assert_eq!(
        new,
        [OpResult::Enqueued {
            message: message(1),
            new: true
        }]
    );
}

#[tokio::test]
async fn a_claim_looks_at_few_parts_to_see_what_is_on_its_way() {
    let store = MemoryStore::new();
    let to = |number: u128, name: &str| {
        let address = Address::in_app(name).unwrap();
        let id = PartId::new(message(number), 0);
        enqueue(NewPart::new(id, &address, Purpose::Service, at(0), "body"))
    };
    for number in 0..40 {
        let other = to(number, &format!("other {number}"));
        store.commit(vec![other]).await.unwrap();
    }
    // Some are leased, some are ambiguous.
    store
        .claim(ClaimRequest::new(at(1), at(2), 20))
        .await
        .unwrap();
    let request = ClaimRequest::new(at(3), at(60), 20);
    store.claim(request.clone()).await.unwrap();
    store.commit(vec![to(100, "jo")]).await.unwrap();
    let looked = |name: &str| {
        let state = store.lock();
        let tenant = state.tenants.known(&TenantId::new("shop").unwrap());
        let address = Address::in_app(name).unwrap().key();
        let near = (address, None);
        state
            .outbox
            .perhaps_on_its_way(tenant.unwrap(), near)
            .count()
    };
    assert_eq!(looked("jo"), 1);
    // Who was written to often makes nobody look at all of it.
    for number in 101..200 {
        store.commit(vec![to(number, "jo")]).await.unwrap();
    }
    assert_eq!(looked("jo"), 40);
    store.restart();
    assert_eq!(looked("jo"), 40);
    let Answer::Parts(lost) = store
        .query(Query::Parts {
            state: PartState::Ambiguous,
            after: None,
            limit: 100,
        })
        .await
        .unwrap()
    else {
        panic!("not parts");
    };
    for part in lost {
        let park = Settlement::Parked {
            queue: "legal".into(),
        };
        let settle = Settle::new(part.id, None, park, at(4));
        store
            .commit(vec![Op::Settle(Box::new(settle))])
            .await
            .unwrap();
    }
    assert_eq!(looked("jo"), 0);
}
