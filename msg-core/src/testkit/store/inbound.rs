//! Inbound keys: leased, worked on, never twice.
#![expect(
    clippy::missing_errors_doc,
    reason = "each check fails with the violation of the sentence above it"
)]

use super::scene::{LEASE, Scene};
use crate::store::{InboundLease, InboundOp, Op, OpResult, Store};
use crate::testkit::{Outcome, ensure_eq};
use crate::time::after;

async fn lease(scene: &Scene<'_>, key: &str, wanted: InboundLease, what: &str) -> Outcome {
    let (key, now) = (key.to_owned(), scene.now());
    let until = after(now, LEASE);
    let op = Op::Inbound(InboundOp::Lease { key, until, now });
    ensure_eq!(scene.one(op).await?, OpResult::Inbound(wanted), "{what}");
    Ok(())
}

async fn done(scene: &Scene<'_>, key: &str) -> Outcome {
    let (key, now) = (key.to_owned(), scene.now());
    let op = Op::Inbound(InboundOp::Done { key, now });
    ensure_eq!(scene.one(op).await?, OpResult::Done, "answer to done");
    Ok(())
}

async fn release(scene: &Scene<'_>, key: &str) -> Outcome {
    let key = key.to_owned();
    let op = Op::Inbound(InboundOp::Release { key });
    ensure_eq!(scene.one(op).await?, OpResult::Done, "answer to release");
    Ok(())
}

/// A key is fresh for the first, and busy for others while it is worked on; other keys are not touched.
pub async fn a_key_has_one_worker(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    lease(&scene, "t/fake/1", InboundLease::Fresh, "the first").await?;
    lease(&scene, "t/fake/1", InboundLease::Busy, "the second").await?;
    scene.advance(59);
    lease(&scene, "t/fake/1", InboundLease::Busy, "at the last second").await?;
    lease(&scene, "t/fake/2", InboundLease::Fresh, "another key").await
}

/// What was worked on is done, for ever, whatever comes.
pub async fn what_is_done_stays_done(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    lease(&scene, "t/fake/1", InboundLease::Fresh, "the first").await?;
    done(&scene, "t/fake/1").await?;
    lease(&scene, "t/fake/1", InboundLease::Done, "after the work").await?;
    release(&scene, "t/fake/1").await?;
    scene.advance(3 * 86_400);
    lease(&scene, "t/fake/1", InboundLease::Done, "days later").await
}

/// What was given back is fresh for the next.
pub async fn what_is_given_back_is_fresh(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    lease(&scene, "t/fake/1", InboundLease::Fresh, "the first").await?;
    release(&scene, "t/fake/1").await?;
    lease(
        &scene,
        "t/fake/1",
        InboundLease::Fresh,
        "after it came back",
    )
    .await
}

/// A lease that ran out is fresh again, and the new one holds.
pub async fn a_key_whose_lease_ran_out_is_fresh(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    lease(&scene, "t/fake/1", InboundLease::Fresh, "the first").await?;
    scene.advance(60);
    lease(&scene, "t/fake/1", InboundLease::Fresh, "after its time").await?;
    lease(
        &scene,
        "t/fake/1",
        InboundLease::Busy,
        "while the new one holds",
    )
    .await
}
