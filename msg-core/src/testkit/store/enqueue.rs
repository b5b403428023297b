//! Enqueueing: what is there afterwards, and idempotency keys.
#![expect(
    clippy::missing_errors_doc,
    reason = "each check fails with the violation of the sentence above it"
)]

use super::scene::Scene;
use crate::digest::Digest;
use crate::error::ErrorKind;
use crate::id::{AccountId, ConversationId, PartId, TenantId, TopicId};
use crate::message::DeliveryState;
use crate::store::{Enqueue, Op, OpResult, PartRecord, PartState, Query, Store, TraceAppend};
use crate::testkit::{Outcome, Violation, ensure, ensure_eq};
use bytes::Bytes;

fn keyed(scene: &Scene<'_>, key: &str, payload: &str) -> Enqueue {
    let mut enqueue = scene.enqueue(vec![scene.part()]);
    enqueue.key = Some((key.into(), Digest::of(payload.as_bytes())));
    enqueue
}

async fn put(scene: &Scene<'_>, enqueue: Enqueue) -> Result<OpResult, Violation> {
    scene.one(Op::Enqueue(Box::new(enqueue))).await
}

async fn queued(scene: &Scene<'_>) -> Result<Vec<PartRecord>, Violation> {
    let query = Query::Parts {
        state: PartState::Queued,
        after: None,
        limit: 100,
    };
    scene.parts(query).await
}

/// What was enqueued is there, part by part, with every field.
pub async fn what_is_enqueued_is_there(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut part = scene.part();
    part.due = scene.later(5);
    part.expires = Some(scene.later(9));
    part.topic = Some(TopicId::new("spring")?);
    part.account = Some(AccountId::new("main")?);
    part.conversation = Some(ConversationId::new("c1")?);
    part.body = Bytes::from_static(&[0, 159, 146, 150]);
    let mut second = part.clone();
    second.id = PartId::new(part.id.message, 1);
    second.parked = true;
    let result = put(&scene, scene.enqueue(vec![part.clone(), second.clone()])).await?;
    let message = part.id.message;
    ensure_eq!(
        result,
        OpResult::Enqueued { message, new: true },
        "answer to a new message"
    );
    let wanted = |part: &crate::store::NewPart, state| PartRecord {
        id: part.id,
        tenant: scene.tenant.clone(),
        state,
        attempts: 0,
        due: part.due,
        expires: part.expires,
        address: part.address,
        channel: part.channel.clone(),
        purpose: part.purpose.clone(),
        topic: part.topic.clone(),
        delivery: DeliveryState::default(),
        accepted_at: None,
        provider_id: None,
        note: None,
        failure: None,
        body: part.body.clone(),
    };
    let seen = scene.parts(Query::Message(message)).await?;
    let wanted = [
        wanted(&part, PartState::Queued),
        wanted(&second, PartState::Parked),
    ];
    ensure_eq!(seen, wanted, "the parts of the message");
    Ok(())
}

/// The same key with the same payload is the message that is there; no second one comes to be.
pub async fn same_key_and_payload_is_the_same_message(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let first = keyed(&scene, "order-1", "hello");
    let message = first.message;
    put(&scene, first).await?;
    let again = put(&scene, keyed(&scene, "order-1", "hello")).await?;
    let wanted = OpResult::Enqueued {
        message,
        new: false,
    };
    ensure_eq!(again, wanted, "answer to the same key and payload");
    ensure_eq!(queued(&scene).await?.len(), 1, "queued parts");
    Ok(())
}

/// The same key with another payload is a conflict, and changes nothing.
pub async fn same_key_with_other_payload_is_a_conflict(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    put(&scene, keyed(&scene, "order-1", "hello")).await?;
    let other = Op::Enqueue(Box::new(keyed(&scene, "order-1", "bye")));
    scene.refused(vec![other], ErrorKind::Conflict).await?;
    ensure_eq!(queued(&scene).await?.len(), 1, "queued parts");
    Ok(())
}

/// When the message is there already, no other operation of the batch is applied, neither before nor after it.
pub async fn a_known_key_applies_nothing_of_its_batch(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let first = keyed(&scene, "order-1", "hello");
    let message = first.message;
    put(&scene, first).await?;
    let trace = scene.message().into();
    let event = || {
        let events = vec![Bytes::from_static(b"{}")];
        Op::Trace(TraceAppend::new(
            scene.tenant.clone(),
            trace,
            scene.now(),
            events,
        ))
    };
    let again = Op::Enqueue(Box::new(keyed(&scene, "order-1", "hello")));
    let results = store.commit(vec![event(), again, event()]).await?;
    let known = OpResult::Enqueued {
        message,
        new: false,
    };
    let wanted = [OpResult::Skipped, known, OpResult::Skipped];
    ensure_eq!(results, wanted, "answers of the batch");
    let answer = store.query(Query::Trace(trace)).await?;
    ensure_eq!(
        answer,
        crate::store::Answer::Trace(Vec::new()),
        "trace of the batch"
    );
    Ok(())
}

/// A key belongs to its tenant: another tenant's message with it is new.
pub async fn keys_belong_to_their_tenant(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    put(&scene, keyed(&scene, "order-1", "hello")).await?;
    let mut other = keyed(&scene, "order-1", "bye");
    other.tenant = TenantId::new("bakery")?;
    let message = other.message;
    let wanted = OpResult::Enqueued { message, new: true };
    let seen = put(&scene, other).await?;
    ensure_eq!(seen, wanted, "answer to another tenant's key");
    Ok(())
}

/// A key is remembered for three days at least.
pub async fn keys_are_kept_for_three_days(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    put(&scene, keyed(&scene, "order-1", "hello")).await?;
    // 72 hours is the retention window of durability.md 3.2, sentence 1.
    scene.advance(72 * 3600 - 1);
    scene.claim(10).await?;
    let again = put(&scene, keyed(&scene, "order-1", "hello")).await?;
    ensure!(
        matches!(again, OpResult::Enqueued { new: false, .. }),
        "wanted the key to be known after three days, saw {again:?}"
    );
    Ok(())
}

/// A part that is there cannot be enqueued again, whatever its state and its key.
pub async fn a_part_is_enqueued_once(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.part();
    scene.put(part.clone()).await?;
    let again = || scene.put_op(part.clone());
    scene.refused(vec![again()], ErrorKind::Conflict).await?;
    let claimed = scene.claim_one().await?;
    scene.accept(&claimed, "p1").await?;
    scene.refused(vec![again()], ErrorKind::Conflict).await
}

/// A message without parts, with a part of another message, and a key twice in a batch are invalid.
pub async fn a_broken_enqueue_is_invalid(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let none = Op::Enqueue(Box::new(scene.enqueue(Vec::new())));
    scene.refused(vec![none], ErrorKind::Invalid).await?;
    let foreign = Op::Enqueue(Box::new(scene.enqueue(vec![scene.part(), scene.part()])));
    scene.refused(vec![foreign], ErrorKind::Invalid).await?;
    let twice = || Op::Enqueue(Box::new(keyed(&scene, "order-1", "hello")));
    scene
        .refused(vec![twice(), twice()], ErrorKind::Invalid)
        .await?;
    ensure_eq!(queued(&scene).await?.len(), 0, "queued parts");
    Ok(())
}

/// A body of the largest size that the store promises comes back as it was.
pub async fn a_body_of_the_largest_size_is_kept(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let pattern = (0..=250u8).cycle().take(store.caps().max_body);
    let mut part = scene.part();
    part.body = pattern.collect();
    let id = scene.put(part.clone()).await?;
    ensure!(
        scene.read(id).await?.body == part.body,
        "a body of the largest size is not what it was"
    );
    let claimed = scene.claim_one().await?;
    ensure!(
        claimed.body == part.body,
        "a claimed body of the largest size is not what it was"
    );
    Ok(())
}

/// A larger body is refused, and nothing is kept of it.
pub async fn a_larger_body_is_invalid(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut part = scene.part();
    part.body = vec![7; store.caps().max_body + 1].into();
    let op = scene.put_op(part);
    scene.refused(vec![op], ErrorKind::Invalid).await?;
    ensure_eq!(queued(&scene).await?.len(), 0, "queued parts");
    Ok(())
}

/// Parts in a state are listed by id, page by page.
pub async fn parts_are_listed_by_state_in_pages(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(scene.put(scene.part()).await?);
    }
    let mut parked = scene.part();
    parked.parked = true;
    scene.put(parked).await?;
    ids.sort_unstable();
    let mut seen = Vec::new();
    loop {
        let query = Query::Parts {
            state: PartState::Queued,
            after: seen.last().copied(),
            limit: 2,
        };
        let page = scene.parts(query).await?;
        ensure!(
            page.len() <= 2,
            "a page of {} with a limit of 2",
            page.len()
        );
        if page.is_empty() || seen.len() > ids.len() {
            break;
        }
        seen.extend(page.iter().map(|part| part.id));
    }
    ensure_eq!(seen, ids, "queued parts by id");
    Ok(())
}
