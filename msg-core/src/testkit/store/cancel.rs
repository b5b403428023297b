//! Selectors: what is taken back, released, redriven.
#![expect(
    clippy::missing_errors_doc,
    reason = "each check fails with the violation of the sentence above it"
)]

use super::scene::{Scene, dead, subject};
use crate::id::{ConversationId, PartId, TenantId, TopicId};
use crate::message::{Address, Delivery, DeliveryState, Purpose, Stop};
use crate::store::{Cancel, NewPart, Op, OpResult, PartState, Selector, Settlement, Store};
use crate::testkit::{Outcome, Violation, ensure_eq};

/// Cancels by a selector that means the first part and not the second.
async fn cancels(scene: &Scene<'_>, meant: NewPart, other: NewPart, by: Selector) -> Outcome {
    let (meant, other) = (scene.put(meant).await?, scene.put(other).await?);
    let cancel = Cancel::new(by, "campaign stopped", scene.now());
    let result = scene.one(Op::Cancel(cancel)).await?;
    let wanted = OpResult::Changed {
        changed: 1,
        too_late: 0,
    };
    ensure_eq!(result, wanted, "answer");
    let record = scene.read(meant).await?;
    ensure_eq!(
        record.state,
        PartState::Cancelled,
        "the part that was meant"
    );
    ensure_eq!(record.note.as_deref(), Some("campaign stopped"), "its note");
    let seen = record.delivery.delivery();
    ensure_eq!(seen, Delivery::Stopped(Stop::Cancelled), "its delivery");
    scene.claims(&[other], "the part that was not meant").await
}

/// A message is taken back with all its parts.
pub async fn cancel_by_message(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let (meant, other) = (scene.part(), scene.part());
    let by = Selector::Message(meant.id.message);
    cancels(&scene, meant, other, by).await
}

/// A message is taken back from one part on.
pub async fn cancel_by_message_from_a_part(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let first = scene.part();
    let part = |index| {
        let mut part = first.clone();
        part.id = PartId::new(first.id.message, index);
        part
    };
    let enqueue = scene.enqueue((0..4).map(part).collect());
    scene.one(Op::Enqueue(Box::new(enqueue))).await?;
    let by = Selector::MessageFrom(part(2).id);
    let cancel = Cancel::new(by, "edited", scene.now());
    let result = scene.one(Op::Cancel(cancel)).await?;
    let wanted = OpResult::Changed {
        changed: 2,
        too_late: 0,
    };
    ensure_eq!(result, wanted, "answer");
    scene
        .claims(&[part(0).id, part(1).id], "the parts before it")
        .await
}

/// A message is taken back from one part on, on one of its ways: what goes another way, and the watch over an earlier one,
/// stay.
pub async fn cancel_from_a_part_stays_on_its_way(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let first = scene.part();
    let message = first.id.message;
    let put = |id| {
        let mut part = first.clone();
        part.id = id;
        part
    };
    let ids = [
        PartId::watch(message, 0),
        PartId::of_way(message, 1, 0),
        PartId::of_way(message, 1, 1),
        PartId::watch(message, 1),
        PartId::of_way(message, 2, 0),
    ];
    let enqueue = scene.enqueue(ids.into_iter().map(put).collect());
    scene.one(Op::Enqueue(Box::new(enqueue))).await?;
    let [earlier, .., later] = ids;
    let by = Selector::MessageFrom(PartId::of_way(message, 1, 0));
    let result = scene
        .one(Op::Cancel(Cancel::new(by, "delivered", scene.now())))
        .await?;
    let wanted = OpResult::Changed {
        changed: 3,
        too_late: 0,
    };
    ensure_eq!(result, wanted, "answer");
    scene
        .claims(&[earlier, later], "the parts of other ways")
        .await
}

/// Everything to an address is taken back, of this tenant only.
pub async fn cancel_by_address(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let other = scene.part_to(&Address::in_app("al")?, Purpose::Transactional);
    let by = Selector::Address(scene.tenant.clone(), scene.jo.key());
    let mut foreign = scene.enqueue(vec![scene.part()]);
    foreign.tenant = TenantId::new("bakery")?;
    let foreign_part = PartId::new(foreign.message, 0);
    scene.one(Op::Enqueue(Box::new(foreign))).await?;
    let claimed = scene.claim_one().await?;
    scene
        .settle(&claimed, Settlement::Parked { queue: "q".into() })
        .await?;
    cancels(&scene, scene.part(), other, by).await?;
    scene
        .is(foreign_part, PartState::Parked, "another tenant's part")
        .await
}

/// Everything to a person is taken back, on every address.
pub async fn cancel_by_subject(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut meant = scene.part_to(&Address::in_app("jo at work")?, Purpose::Transactional);
    meant.subject = Some(subject("jo")?);
    let mut other = scene.part();
    other.subject = Some(subject("al")?);
    let by = Selector::Subject(scene.tenant.clone(), subject("jo")?, None);
    cancels(&scene, meant, other, by).await
}

/// What a person would get of one purpose is taken back; other purposes stay.
pub async fn cancel_by_subject_and_purpose(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut meant = scene.part_to(&scene.jo, Purpose::Marketing);
    meant.subject = Some(subject("jo")?);
    let mut other = scene.part_to(&scene.jo, Purpose::Service);
    other.subject = Some(subject("jo")?);
    let of = Some(Purpose::Marketing);
    let by = Selector::Subject(scene.tenant.clone(), subject("jo")?, of);
    cancels(&scene, meant, other, by).await
}

/// Everything of a conversation is taken back.
pub async fn cancel_by_conversation(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let (mut meant, mut other) = (scene.part(), scene.part());
    meant.conversation = Some(ConversationId::new("c1")?);
    other.conversation = Some(ConversationId::new("c2")?);
    let by = Selector::Conversation(scene.tenant.clone(), ConversationId::new("c1")?);
    cancels(&scene, meant, other, by).await
}

/// Everything of a topic is taken back.
pub async fn cancel_by_topic(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let (mut meant, mut other) = (scene.part(), scene.part());
    meant.topic = Some(TopicId::new("spring")?);
    other.topic = Some(TopicId::new("summer")?);
    let by = Selector::Topic(scene.tenant.clone(), TopicId::new("spring")?);
    cancels(&scene, meant, other, by).await
}

/// Everything of a tenant is taken back, and nothing of another one.
pub async fn cancel_by_tenant(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let meant = scene.put(scene.part()).await?;
    let mut other = scene.enqueue(vec![scene.part()]);
    other.tenant = TenantId::new("bakery")?;
    let kept = PartId::new(other.message, 0);
    scene.one(Op::Enqueue(Box::new(other))).await?;
    let by = Selector::Tenant(scene.tenant.clone());
    let cancel = Cancel::new(by, "closed", scene.now());
    scene.one(Op::Cancel(cancel)).await?;
    scene
        .is(meant, PartState::Cancelled, "the tenant's part")
        .await?;
    scene.claims(&[kept], "the other tenant's part").await
}

/// Puts a part and moves it on; gives the part.
async fn put_and(scene: &Scene<'_>, settlement: Option<Settlement>) -> Result<PartId, Violation> {
    let part = scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    if let Some(settlement) = settlement {
        scene.settle(&claimed, settlement).await?;
    }
    Ok(part)
}

/// Queued and parked parts are taken back; leased, ambiguous and accepted ones are too late and stay; what has ended is
/// not counted.
pub async fn cancel_counts_what_was_too_late(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let evidence = "timeout".into();
    let ambiguous = put_and(&scene, Some(Settlement::Ambiguous { evidence })).await?;
    let accepted = put_and(&scene, Some(super::scene::accepted("p1"))).await?;
    let lost = put_and(&scene, Some(dead())).await?;
    let queue = "legal".into();
    let parked = put_and(&scene, Some(Settlement::Parked { queue })).await?;
    let leased = put_and(&scene, None).await?;
    let queued = scene.put(scene.part()).await?;
    let by = Selector::Address(scene.tenant.clone(), scene.jo.key());
    for (changed, round) in [(2, "first"), (0, "second")] {
        let cancel = Cancel::new(by.clone(), "host", scene.now());
        let result = scene.one(Op::Cancel(cancel)).await?;
        let wanted = OpResult::Changed {
            changed,
            too_late: 3,
        };
        ensure_eq!(result, wanted, "answer of the {round} cancel");
    }
    for (part, state) in [
        (ambiguous, PartState::Ambiguous),
        (accepted, PartState::Accepted),
        (lost, PartState::Dead),
        (leased, PartState::Leased),
        (parked, PartState::Cancelled),
        (queued, PartState::Cancelled),
    ] {
        scene.is(part, state, "after the cancel").await?;
    }
    Ok(())
}

/// Releasing makes parked parts claimable, and only those.
pub async fn release_makes_parked_parts_claimable(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut part = scene.part();
    part.parked = true;
    let part = scene.put(part).await?;
    scene.claims(&[], "nothing while it is parked").await?;
    let lost = put_and(&scene, Some(dead())).await?;
    let by = Selector::Address(scene.tenant.clone(), scene.jo.key());
    let result = scene.one(Op::Release(by)).await?;
    let wanted = OpResult::Changed {
        changed: 1,
        too_late: 0,
    };
    ensure_eq!(result, wanted, "answer");
    scene.is(lost, PartState::Dead, "a dead part").await?;
    scene.claims(&[part], "the released part").await
}

/// Redriving makes dead parts claimable with a new budget of attempts and an empty delivery state, and only those.
pub async fn redrive_begins_anew(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    scene.settle(&claimed, scene.requeue(true)).await?;
    let claimed = scene.claim_one().await?;
    scene.settle(&claimed, dead()).await?;
    let record = scene.read(part).await?;
    let seen = record.delivery.delivery();
    ensure_eq!(
        seen,
        Delivery::Stopped(Stop::Failed),
        "delivery of a dead part"
    );
    let mut parked = scene.part();
    parked.parked = true;
    let parked = scene.put(parked).await?;
    let by = Selector::Tenant(scene.tenant.clone());
    let result = scene.one(Op::Redrive(by)).await?;
    let wanted = OpResult::Changed {
        changed: 1,
        too_late: 0,
    };
    ensure_eq!(result, wanted, "answer");
    scene.is(parked, PartState::Parked, "a parked part").await?;
    let record = scene.read(part).await?;
    ensure_eq!(record.attempts, 0, "attempts of the redriven part");
    ensure_eq!(
        record.delivery,
        DeliveryState::default(),
        "its delivery state"
    );
    let claimed = scene.claim_one().await?;
    ensure_eq!((claimed.part, claimed.attempt), (part, 1), "the next claim");
    scene.accept(&claimed, "p1").await
}

/// A redriven part keeps its place in its lane: what came after it waits again.
pub async fn redrive_keeps_the_place_in_the_lane(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let first = scene.put(scene.part().in_lane(7)).await?;
    let claimed = scene.claim_one().await?;
    scene.settle(&claimed, dead()).await?;
    let next = scene.put(scene.part().in_lane(7)).await?;
    scene
        .one(Op::Redrive(Selector::Message(first.message)))
        .await?;
    let claimed = scene.claim_one().await?;
    ensure_eq!(claimed.part, first, "the head of the lane");
    scene.accept(&claimed, "p1").await?;
    scene.claims(&[next], "the next of the lane").await
}
