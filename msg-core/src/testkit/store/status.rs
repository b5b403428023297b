//! Delivery states: joined in any order, parked until their part is known; and what was sent.
#![expect(
    clippy::missing_errors_doc,
    reason = "each check fails with the violation of the sentence above it"
)]

use super::ending::said;
use super::scene::{LEASE, SCHEME, Scene, accepted, dead, subject, wrong_answer};
use crate::channel::{Advice, Failure, FailureClass, FailureScope, Receipt};
use crate::id::{PartId, SubjectId, TenantId, TopicId};
use crate::message::{Address, Delivery, DeliveryState, Progress, Purpose, Stop};
use crate::policy::SentFact;
use crate::store::{
    Answer, Claimed, Deciding, Op, OpResult, PartRecord, Query, Settlement, StatusOp, Store,
};
use crate::testkit::{Outcome, Violation, ensure_eq};
use crate::time::{Timestamp, after};
use crate::trace::{StatusSeen, TraceEvent};

fn status(scene: &Scene<'_>, id: &str, state: DeliveryState) -> Op {
    let tenant = scene.tenant.clone();
    Op::Status(Box::new(StatusOp::new(
        tenant,
        SCHEME,
        id,
        state,
        scene.now(),
    )))
}

async fn sent(scene: &Scene<'_>, id: &str) -> Result<PartId, Violation> {
    let part = scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    scene.accept(&claimed, id).await?;
    Ok(part)
}

/// A status joins the state of its part and says which part it was.
pub async fn a_status_joins_its_part(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = sent(&scene, "p1").await?;
    let seen = scene.read(part).await?.delivery;
    let wanted = DeliveryState::reached(Progress::Accepted);
    ensure_eq!(seen, wanted, "delivery state of an accepted part");
    let read = DeliveryState::reached(Progress::Read);
    let delivered = DeliveryState::reached(Progress::Delivered);
    for state in [read, delivered, read] {
        let result = scene.one(status(&scene, "p1", state)).await?;
        ensure_eq!(result, OpResult::Status(Some(part)), "answer");
        ensure_eq!(scene.read(part).await?.delivery, read, "joined state");
    }
    Ok(())
}

/// A status of an unknown id is parked and joined when the part that has the id is settled; the trace then says so.
pub async fn a_status_may_come_before_its_part(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    for progress in [Progress::Delivered, Progress::Sent] {
        let state = DeliveryState::reached(progress);
        let result = scene.one(status(&scene, "p1", state)).await?;
        ensure_eq!(result, OpResult::Status(None), "answer to an unknown id");
    }
    let part = sent(&scene, "p1").await?;
    let seen = scene.read(part).await?.delivery;
    let wanted = DeliveryState::reached(Progress::Delivered);
    ensure_eq!(seen, wanted, "state after the part was settled");
    let said = said(&scene, part.message).await?;
    let said: Vec<_> = said.into_iter().map(|(_, event)| event).collect();
    let event = TraceEvent::from(StatusSeen::new(part, wanted));
    ensure_eq!(said, [event], "the trace of the part's message");
    Ok(())
}

/// In every order, each status twice, before or after the settlement, the state is the same.
pub async fn statuses_come_in_any_order(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let states = [
        DeliveryState::reached(Progress::Sent),
        DeliveryState::reached(Progress::Delivered),
        DeliveryState::stopped(Stop::Bounced),
    ];
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for (case, order) in orders.into_iter().enumerate() {
        for early in 0..=order.len() {
            let id = format!("p{case}-{early}");
            let mut part = None;
            for (place, which) in order.into_iter().chain(order).enumerate() {
                if place == early {
                    part = Some(sent(&scene, &id).await?);
                }
                let state = states.get(which).copied().unwrap_or_default();
                scene.one(status(&scene, &id, state)).await?;
            }
            let part = part.ok_or_else(|| Violation::new("the part was sent"))?;
            let seen = scene.read(part).await?.delivery;
            let wanted = DeliveryState::default()
                .join(DeliveryState::reached(Progress::Delivered))
                .join(DeliveryState::stopped(Stop::Bounced));
            ensure_eq!(seen, wanted, "order {order:?}, settled at {early}");
            let said = seen.delivery();
            ensure_eq!(
                said,
                Delivery::DeliveredThenBounced,
                "what a reader is told"
            );
        }
    }
    Ok(())
}

/// Every id of a receipt is the part's, and a query by any of them finds it.
pub async fn further_ids_are_the_part_too(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    let delivered = DeliveryState::reached(Progress::Delivered);
    scene.one(status(&scene, "p2", delivered)).await?;
    let mut receipt = Receipt::new("p1");
    receipt.further_ids = vec!["p2".into(), "p3".into()];
    let scheme = SCHEME.into();
    scene
        .settle(&claimed, Settlement::Accepted { scheme, receipt })
        .await?;
    ensure_eq!(scene.read(part).await?.delivery, delivered, "parked status");
    let read = DeliveryState::reached(Progress::Read);
    let result = scene.one(status(&scene, "p3", read)).await?;
    ensure_eq!(
        result,
        OpResult::Status(Some(part)),
        "status of a further id"
    );
    for id in ["p1", "p2", "p3"] {
        let found = by_provider(&scene, SCHEME, id).await?;
        let found: Vec<PartId> = found.iter().map(|part| part.id).collect();
        ensure_eq!(found, [part], "part of `{id}`");
    }
    Ok(())
}

async fn by_provider(
    scene: &Scene<'_>,
    scheme: &str,
    id: &str,
) -> Result<Vec<PartRecord>, Violation> {
    let query = Query::Provider {
        tenant: scene.tenant.clone(),
        scheme: scheme.into(),
        provider_id: id.into(),
    };
    scene.parts(query).await
}

/// A provider's id belongs to its scheme and its tenant.
pub async fn ids_belong_to_their_scheme_and_tenant(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = sent(&scene, "p1").await?;
    let read = DeliveryState::reached(Progress::Read);
    let tenant = TenantId::new("bakery")?;
    for foreign in [
        StatusOp::new(scene.tenant.clone(), "other", "p1", read, scene.now()),
        StatusOp::new(tenant, SCHEME, "p1", read, scene.now()),
    ] {
        let result = scene.one(Op::Status(Box::new(foreign))).await?;
        ensure_eq!(result, OpResult::Status(None), "a foreign status");
    }
    let seen = scene.read(part).await?.delivery;
    let wanted = DeliveryState::reached(Progress::Accepted);
    ensure_eq!(seen, wanted, "state after foreign statuses");
    let found = by_provider(&scene, "other", "p1").await?;
    ensure_eq!(found, [], "part of another scheme's id");
    Ok(())
}

/// A settlement joins what it means: failed, or expired when the failure says so.
pub async fn a_settlement_joins_its_end(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let expired = Failure::new(FailureClass::Expired, FailureScope::Part, Advice::Stop);
    let cancelled = Settlement::Cancelled {
        reason: "kill switch".into(),
    };
    let late = Settlement::Dead {
        failure: Box::new(expired),
    };
    for (settlement, wanted) in [
        (accepted("p1"), DeliveryState::reached(Progress::Accepted)),
        (dead(), DeliveryState::stopped(Stop::Failed)),
        (late, DeliveryState::stopped(Stop::Expired)),
        (cancelled, DeliveryState::stopped(Stop::Cancelled)),
    ] {
        let part = scene.put(scene.part()).await?;
        let claimed = scene.claim_one().await?;
        scene.settle(&claimed, settlement).await?;
        ensure_eq!(scene.read(part).await?.delivery, wanted, "joined state");
    }
    Ok(())
}

async fn sent_since(
    scene: &Scene<'_>,
    address: &Address,
    person: Option<SubjectId>,
    since: Timestamp,
) -> Result<Vec<SentFact>, Violation> {
    let query = Query::Sent {
        tenant: scene.tenant.clone(),
        address: address.key(),
        subject: person,
        since,
        deciding: None,
    };
    match scene.store.query(query).await? {
        Answer::Sent(sent) => Ok(sent),
        other => Err(wrong_answer(&other)),
    }
}

/// What was sent to an address is told newest first, from a time on, a message once, with purpose and topic; what was
/// not accepted is not told.
pub async fn what_was_sent_is_told_newest_first(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut wanted = Vec::new();
    for topic in ["spring", "summer", "autumn"] {
        let mut first = scene.part_to(&scene.jo, Purpose::Marketing);
        first.topic = Some(TopicId::new(topic)?);
        let mut second = first.clone();
        second.id = PartId::new(first.id.message, 1);
        let fact = SentFact::new(
            scene.now(),
            first.channel.clone(),
            first.purpose.clone(),
            first.topic.clone(),
        );
        wanted.insert(0, fact);
        let enqueue = scene.enqueue(vec![first, second]);
        scene.one(Op::Enqueue(Box::new(enqueue))).await?;
        for claimed in scene.claim(2).await? {
            scene.accept(&claimed, &claimed.part.to_string()).await?;
        }
        scene.advance(10);
    }
    wanted.truncate(2);
    scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    scene.settle(&claimed, dead()).await?;
    let since = wanted.last().map_or(Timestamp::MIN, |fact| fact.at);
    let seen = sent_since(&scene, &scene.jo, None, since).await?;
    ensure_eq!(seen, wanted, "what was sent since then");
    let seen = sent_since(&scene, &Address::in_app("al")?, None, since).await?;
    ensure_eq!(seen, [], "what was sent to another address");
    Ok(())
}

/// A message that took two ways counts once for each that accepted it, however many parts it has there; what watches over
/// a way never counts.
pub async fn a_message_counts_once_a_way(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let since = scene.now();
    let first = scene.part();
    let message = first.id.message;
    let put = |id| {
        let mut part = first.clone();
        part.id = id;
        part
    };
    let ids = [
        first.id,
        PartId::new(message, 1),
        PartId::watch(message, 0),
        PartId::of_way(message, 1, 0),
        PartId::of_way(message, 1, 1),
    ];
    let enqueue = scene.enqueue(ids.into_iter().map(put).collect());
    scene.one(Op::Enqueue(Box::new(enqueue))).await?;
    let claims = scene.claim(5).await?;
    ensure_eq!(claims.len(), 5, "parts that are leased");
    let other = scene.put(scene.part()).await?;
    let deciding = scene.claim_one().await?;
    ensure_eq!(deciding.part, other, "the part that decides");
    let query = Query::Sent {
        tenant: scene.tenant.clone(),
        address: scene.jo.key(),
        subject: None,
        since,
        deciding: Some(Deciding::new(other.message, deciding.token)),
    };
    match scene.store.query(query).await? {
        Answer::Sent(sent) => ensure_eq!(sent.len(), 2, "what is on its way"),
        other => return Err(wrong_answer(&other)),
    }
    for claimed in &claims {
        scene.accept(claimed, &claimed.part.to_string()).await?;
    }
    let seen = sent_since(&scene, &scene.jo, None, since).await?;
    ensure_eq!(seen.len(), 2, "what was sent");
    Ok(())
}

/// What was sent to a person is told over all addresses.
pub async fn what_was_sent_to_a_person_is_told(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let since = scene.now();
    let work = Address::in_app("jo at work")?;
    for (address, person) in [(&scene.jo, "jo"), (&work, "jo"), (&scene.jo, "al")] {
        let mut part = scene.part_to(address, Purpose::Service);
        part.subject = Some(subject(person)?);
        scene.put(part).await?;
        let claimed = scene.claim_one().await?;
        scene.accept(&claimed, &claimed.part.to_string()).await?;
    }
    let seen = sent_since(&scene, &work, Some(subject("jo")?), since).await?;
    ensure_eq!(seen.len(), 2, "messages to the person");
    let seen = sent_since(&scene, &work, None, since).await?;
    ensure_eq!(seen.len(), 1, "messages to the address");
    Ok(())
}

/// What was sent to an address counts for the person whose address it is now, also when nobody or somebody else was named
/// then; each message once.
pub async fn what_was_sent_to_the_address_counts_for_the_person(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let since = scene.now();
    for person in [None, Some("jo"), Some("al")] {
        let mut part = scene.part();
        part.subject = person.map(subject).transpose()?;
        scene.put(part).await?;
        let claimed = scene.claim_one().await?;
        scene.accept(&claimed, &claimed.part.to_string()).await?;
    }
    let seen = sent_since(&scene, &scene.jo, Some(subject("jo")?), since).await?;
    ensure_eq!(seen.len(), 3, "messages to the address and the person");
    Ok(())
}

/// For a claim the store tells what earlier claims have on their way, with the end of the lease: leased or ambiguous; and
/// neither what later claims have nor the claim's own message.
pub async fn what_is_on_its_way_is_told_to_later_claims(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let jo = Some(subject("jo")?);
    let work = Address::in_app("jo at work")?;
    for address in [&scene.jo, &work, &scene.jo] {
        let mut part = scene.part_to(address, Purpose::Service);
        part.subject = jo.clone();
        scene.put(part).await?;
    }
    let claims = scene.claim(3).await?;
    let [first, second, third] = claims.as_slice() else {
        return Err(Violation::new(
            "three parts are due, and not three are leased",
        ));
    };
    let (now, ends) = (scene.now(), after(scene.now(), LEASE));
    let told = async |claim: &Claimed, person: &Option<SubjectId>| -> Result<_, Violation> {
        let query = Query::Sent {
            tenant: scene.tenant.clone(),
            address: scene.jo.key(),
            subject: person.clone(),
            since: now,
            deciding: Some(Deciding::new(claim.part.message, claim.token)),
        };
        match scene.store.query(query).await? {
            Answer::Sent(sent) => Ok(sent.iter().map(|fact| fact.at).collect::<Vec<_>>()),
            other => Err(wrong_answer(&other)),
        }
    };
    ensure_eq!(told(first, &jo).await?, [], "before the first");
    ensure_eq!(told(second, &jo).await?, [ends], "before the second");
    ensure_eq!(told(third, &jo).await?, [ends, ends], "before the third");
    ensure_eq!(told(third, &None).await?, [ends], "to the address");
    scene.accept(first, "p1").await?;
    let evidence = "timeout".into();
    scene
        .settle(third, Settlement::Ambiguous { evidence })
        .await?;
    ensure_eq!(told(first, &jo).await?, [ends], "what is ambiguous");
    let seen = told(second, &jo).await?;
    ensure_eq!(seen, [ends, now], "what is ambiguous and what was sent");
    scene.settle(second, Settlement::Released).await?;
    ensure_eq!(told(third, &jo).await?, [now], "after one was put back");
    scene.put(scene.part()).await?;
    scene.advance(LEASE.as_secs());
    let latest = scene.claim(2).await?;
    let latest = latest
        .last()
        .ok_or_else(|| Violation::new("nothing is due"))?;
    let seen = told(latest, &jo).await?;
    ensure_eq!(seen.len(), 3, "what is leased, ambiguous and sent");
    ensure_eq!(
        sent_since(&scene, &scene.jo, jo, now).await?.len(),
        1,
        "what was sent"
    );
    Ok(())
}
