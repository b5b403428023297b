//! What a claim takes, and in which order.
#![expect(
    clippy::missing_errors_doc,
    reason = "each check fails with the violation of the sentence above it"
)]

use super::scene::{Scene, dead};
use crate::id::{AccountId, PartId};
use crate::message::{ChannelKind, Priority, Purpose};
use crate::store::{Answer, Cancel, Op, PartState, Query, Selector, Settlement, Store};
use crate::testkit::{Outcome, Violation, ensure, ensure_eq};

async fn in_lane(scene: &Scene<'_>, lane: u64) -> Result<PartId, Violation> {
    scene.put(scene.part().in_lane(lane)).await
}

/// Of the parts of a lane only the earliest unfinished one can be claimed, whatever their priority and due time.
pub async fn a_lane_leaves_in_order(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    scene.advance(60);
    let first = in_lane(&scene, 7).await?;
    let mut urgent = scene.part().in_lane(7);
    urgent.priority = Priority::Urgent;
    urgent.due = Scene::clock_start();
    let second = scene.put(urgent).await?;
    let third = in_lane(&scene, 7).await?;
    for part in [first, second, third] {
        let claimed = scene.claim_one().await?;
        ensure_eq!(claimed.part, part, "the head of the lane");
        scene
            .claims(&[], "nothing while the head is leased")
            .await?;
        scene.accept(&claimed, "p1").await?;
    }
    Ok(())
}

/// The parts of one message that share a lane leave in the order of the message.
pub async fn parts_of_a_message_leave_in_order(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let first = scene.part().in_lane(7);
    let mut second = first.clone();
    second.id = PartId::new(first.id.message, 1);
    let enqueue = scene.enqueue(vec![first.clone(), second.clone()]);
    scene.one(Op::Enqueue(Box::new(enqueue))).await?;
    for part in [first, second] {
        let claimed = scene.claim_one().await?;
        ensure_eq!(claimed.part, part.id, "the next part of the message");
        scene.accept(&claimed, "p1").await?;
    }
    Ok(())
}

/// Lanes do not wait for each other, and a part in no lane waits for none.
pub async fn lanes_do_not_wait_for_each_other(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let one = in_lane(&scene, 1).await?;
    in_lane(&scene, 1).await?;
    let two = in_lane(&scene, 2).await?;
    let free = scene.put(scene.part()).await?;
    let other = scene.put(scene.part()).await?;
    scene.claims(&[one, two, free, other], "heads").await
}

async fn frees(scene: &Scene<'_>, settlement: Settlement) -> Outcome {
    in_lane(scene, 7).await?;
    let next = in_lane(scene, 7).await?;
    let claimed = scene.claim_one().await?;
    scene.settle(&claimed, settlement).await?;
    scene.claims(&[next], "the next of the lane").await
}

/// A dead part frees its lane.
pub async fn a_dead_part_frees_its_lane(store: &dyn Store) -> Outcome {
    frees(&Scene::new(store)?, dead()).await
}

/// A part that is cancelled while it is leased frees its lane.
pub async fn a_cancelled_part_frees_its_lane(store: &dyn Store) -> Outcome {
    let reason = "kill switch".into();
    frees(&Scene::new(store)?, Settlement::Cancelled { reason }).await
}

/// A queued part that is taken back frees its lane.
pub async fn a_part_taken_back_frees_its_lane(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let first = in_lane(&scene, 7).await?;
    let next = in_lane(&scene, 7).await?;
    let cancel = Cancel::new(Selector::Message(first.message), "host", scene.now());
    scene.one(Op::Cancel(cancel)).await?;
    scene.claims(&[next], "the next of the lane").await
}

/// A parked and an ambiguous part hold their lanes.
pub async fn a_part_that_may_still_leave_holds_its_lane(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut parked = scene.part().in_lane(7);
    parked.parked = true;
    scene.put(parked).await?;
    in_lane(&scene, 7).await?;
    scene.claims(&[], "nothing behind a parked part").await?;
    in_lane(&scene, 8).await?;
    in_lane(&scene, 8).await?;
    let claimed = scene.claim_one().await?;
    let evidence = "timeout".into();
    scene
        .settle(&claimed, Settlement::Ambiguous { evidence })
        .await?;
    scene.claims(&[], "nothing behind an ambiguous part").await
}

/// A part that is to be tried again later keeps its place: what is behind it waits.
pub async fn a_part_tried_again_keeps_its_place(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let first = in_lane(&scene, 7).await?;
    in_lane(&scene, 7).await?;
    let claimed = scene.claim_one().await?;
    let settlement = Settlement::Requeue {
        at: scene.later(30),
        count: true,
        failure: None,
    };
    scene.settle(&claimed, settlement).await?;
    scene.claims(&[], "nothing while the head waits").await?;
    scene.advance(30);
    scene.claims(&[first], "the head again").await
}

/// The most urgent class comes first.
pub async fn the_most_urgent_comes_first(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut wanted = Vec::new();
    for purpose in [
        Purpose::Marketing,
        Purpose::Conversational,
        Purpose::Transactional,
        Purpose::OneTimeCode,
    ] {
        let part = scene.part_to(&scene.jo, purpose);
        wanted.insert(0, scene.put(part).await?);
        scene.advance(1);
    }
    scene.claims(&wanted, "parts by urgency").await
}

/// Within a class the earliest due comes first; of one instant the earliest enqueued.
pub async fn the_earliest_due_comes_first(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut ids = Vec::new();
    for due in [3, 1, 2, 1] {
        let mut part = scene.part();
        part.due = scene.later(due);
        ids.push(scene.put(part).await?);
    }
    scene.advance(10);
    let wanted = match ids.as_slice() {
        [three, one, two, one_too] => [*one, *one_too, *two, *three],
        _ => return Err(Violation::new("four parts were put")),
    };
    scene.claims(&wanted, "parts by due time").await
}

/// No class starves: while urgent parts never run out, bulk that is due longer goes with one lease of eight at least.
pub async fn bulk_is_not_starved(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let bulk = scene
        .put(scene.part_to(&scene.jo, Purpose::Marketing))
        .await?;
    scene.advance(1);
    for round in 0..16 {
        for _ in 0..2 {
            let urgent = scene.part_to(&scene.jo, Purpose::OneTimeCode);
            scene.put(urgent).await?;
        }
        let claimed = scene.claim(1).await?;
        ensure_eq!(claimed.len(), 1, "leases of round {round}");
        if claimed.iter().any(|claimed| claimed.part == bulk) {
            ensure!(round > 0, "bulk went before urgent");
            return Ok(());
        }
    }
    Err(Violation::new("bulk got none of sixteen leases"))
}

/// A claim takes no more than its limit; a limit of none takes nothing.
pub async fn a_claim_keeps_its_limit(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    for _ in 0..5 {
        scene.put(scene.part()).await?;
    }
    for (limit, wanted) in [(0, 0), (2, 2), (100, 3)] {
        let seen = scene.claim(limit).await?.len();
        ensure_eq!(seen, wanted, "parts for a limit of {limit}");
    }
    Ok(())
}

/// What is refused or over does not count towards the limit, and frees its lane for the same claim.
pub async fn what_a_claim_ends_does_not_count(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut over = scene.part().in_lane(7);
    over.expires = Some(scene.now());
    let over = scene.put(over).await?;
    let next = in_lane(&scene, 7).await?;
    scene.advance(1);
    let claimed = scene.claim(1).await?;
    let seen: Vec<PartId> = claimed.iter().map(|claimed| claimed.part).collect();
    ensure_eq!(seen, [next], "the part behind one whose time is over");
    scene
        .is(over, PartState::Dead, "the part whose time is over")
        .await
}

/// A closed channel waits, and so does a closed account; an account of none closes every account of its channel.
pub async fn what_is_closed_waits(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let (main, spare) = (AccountId::new("main")?, AccountId::new("spare")?);
    let with = |account: &AccountId| {
        let mut part = scene.part();
        part.account = Some(account.clone());
        part
    };
    scene.put(with(&main)).await?;
    let open = scene.put(with(&spare)).await?;
    let mut request = scene.request(10);
    request.closed = vec![(ChannelKind::InApp, None)];
    let seen = store.claim(request).await?.len();
    ensure_eq!(seen, 0, "claims from a closed channel");
    let mut request = scene.request(10);
    request.closed = vec![
        (ChannelKind::InApp, Some(main)),
        (ChannelKind::Sms, None),
        (ChannelKind::Email, Some(spare)),
    ];
    let seen: Vec<PartId> = store.claim(request).await?.iter().map(|c| c.part).collect();
    ensure_eq!(seen, [open], "claims from the open account");
    Ok(())
}

/// `NextDue` is the earliest due time of what is queued and first in its lane.
pub async fn next_due_is_that_of_the_next_part(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let next_due = async |wanted, what: &str| -> Outcome {
        let answer = store.query(Query::NextDue).await?;
        ensure_eq!(answer, Answer::Due(wanted), "{what}");
        Ok(())
    };
    next_due(None, "an empty outbox").await?;
    let mut head = scene.part().in_lane(7);
    head.due = scene.later(20);
    scene.put(head).await?;
    let mut behind = scene.part().in_lane(7);
    behind.due = scene.later(10);
    scene.put(behind).await?;
    let mut parked = scene.part();
    parked.parked = true;
    scene.put(parked).await?;
    next_due(Some(scene.later(20)), "a head with an earlier part behind").await?;
    let mut sooner = scene.part_to(&scene.jo, Purpose::Marketing);
    sooner.due = scene.later(15);
    scene.put(sooner).await?;
    next_due(Some(scene.later(15)), "a sooner part of another class").await?;
    scene.advance(15);
    scene.claim_one().await?;
    next_due(Some(scene.later(5)), "after the sooner one was claimed").await
}
