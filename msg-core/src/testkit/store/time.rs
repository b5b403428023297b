//! Time: holds, expiry and leases under a clock that is moved by hand and jumps.
#![expect(
    clippy::missing_errors_doc,
    reason = "each check fails with the violation of the sentence above it"
)]

use super::scene::Scene;
use crate::channel::FailureClass;
use crate::message::{DeliveryState, Stop};
use crate::store::{PartState, Store, reason};
use crate::testkit::ids::mix;
use crate::testkit::{Outcome, ensure, ensure_eq};
use std::time::Duration;

const MONTH: u64 = 30 * 86_400;

/// Nothing is claimed before it is due, not by a nanosecond; at its time it is.
pub async fn nothing_leaves_before_it_is_due(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut part = scene.part();
    part.due = scene.later(30);
    let part = scene.put(part).await?;
    scene.claims(&[], "before it is due").await?;
    scene.clock.advance(Duration::new(29, 999_999_999));
    scene.claims(&[], "a nanosecond before it is due").await?;
    scene.clock.advance(Duration::from_nanos(1));
    scene.claims(&[part], "when it is due").await
}

/// What is claimed at its last instant is sent; after it, the part is dead and says so, and is not claimed.
pub async fn nothing_leaves_after_its_time(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let expiring = || {
        let mut part = scene.part();
        part.expires = Some(scene.later(30));
        part
    };
    let in_time = scene.put(expiring()).await?;
    scene.advance(30);
    scene.claims(&[in_time], "at its last instant").await?;
    let late = scene.put(expiring()).await?;
    scene.clock.advance(Duration::new(30, 1));
    scene.claims(&[], "a nanosecond after its time").await?;
    let record = scene.read(late).await?;
    ensure_eq!(record.state, PartState::Dead, "state");
    ensure_eq!(record.attempts, 0, "attempts");
    let wanted = DeliveryState::stopped(Stop::Expired);
    ensure_eq!(record.delivery, wanted, "delivery");
    let class = record.failure.as_ref().map(|failure| &failure.class);
    ensure_eq!(class, Some(&FailureClass::Expired), "failure");
    ensure_eq!(record.failure, Some(Box::new(reason::expired())), "failure");
    Ok(())
}

/// What is to be tried again after its time is over is dead at that time, and frees its lane.
pub async fn a_retry_does_not_outlive_its_part(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut part = scene.part().in_lane(7);
    part.expires = Some(scene.later(30));
    let part = scene.put(part).await?;
    let next = scene.put(scene.part().in_lane(7)).await?;
    let claimed = scene.claim_one().await?;
    scene.settle(&claimed, scene.requeue(true)).await?;
    scene.advance(31);
    scene.claims(&[next], "the next of the lane").await?;
    scene
        .is(part, PartState::Dead, "the part whose time was over")
        .await
}

/// A clock that jumps back neither ends a lease nor lets anything leave early.
pub async fn a_clock_may_jump_back(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let leased = scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    let mut held = scene.part();
    held.due = scene.later(30);
    let held = scene.put(held).await?;
    scene.clock.go_back(Duration::from_secs(MONTH));
    scene.claims(&[], "a month earlier").await?;
    scene.is(leased, PartState::Leased, "the lease").await?;
    scene.accept(&claimed, "p1").await?;
    scene.advance(MONTH);
    scene.claims(&[], "back in the present").await?;
    scene.advance(30);
    scene.claims(&[held], "when it is due").await
}

/// A clock that jumps forwards ends leases, but nothing is sent a second time by it.
pub async fn a_clock_may_jump_forwards(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    for _ in 0..20 {
        scene.put(scene.part()).await?;
    }
    let claimed = scene.claim(20).await?;
    ensure_eq!(claimed.len(), 20, "claims");
    scene.advance(MONTH);
    scene.claims(&[], "nothing a month later").await?;
    for claimed in &claimed {
        let what = "a lease that the jump ended";
        scene.is(claimed.part, PartState::Ambiguous, what).await?;
    }
    scene.clock.go_back(Duration::from_secs(MONTH));
    scene.claims(&[], "nothing after the jump back").await?;
    for claimed in &claimed {
        scene.accept(claimed, &claimed.part.to_string()).await?;
    }
    Ok(())
}

/// Under a clock that jumps as it likes, no part is claimed before it is due, after its time or twice.
pub async fn jumps_send_nothing_early_late_or_twice(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut claimed = std::collections::HashSet::new();
    for round in 0..200u64 {
        let random = mix(round);
        let by = Duration::from_secs((random >> 8) % MONTH);
        match random % 4 {
            0 => scene.clock.go_back(by),
            1 => scene.clock.advance(by),
            _ => scene.clock.advance(Duration::from_secs(random >> 58)),
        }
        let mut part = scene.part();
        part.due = scene.later((random >> 16) % 120);
        part.expires = Some(scene.later((random >> 24) % 240));
        scene.put(part).await?;
        for lease in scene.claim(10).await? {
            let record = scene.read(lease.part).await?;
            ensure!(record.due <= scene.now(), "claimed before it was due");
            let in_time = record.expires.is_none_or(|end| scene.now() <= end);
            ensure!(in_time, "claimed after its time");
            ensure!(claimed.insert(lease.part), "claimed twice");
        }
    }
    ensure!(claimed.len() > 20, "only {} of 200 claimed", claimed.len());
    Ok(())
}
