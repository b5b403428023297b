//! Calls at the same time: none sees or spoils what another one does.
#![expect(
    clippy::missing_errors_doc,
    reason = "each check fails with the violation of the sentence above it"
)]

use super::scene::{Scene, accepted};
use crate::digest::Digest;
use crate::error::ErrorKind;
use crate::id::PartId;
use crate::store::{Op, OpResult, PartState, Store};
use crate::testkit::{Outcome, ensure, ensure_eq};
use std::collections::BTreeSet;
use std::pin::Pin;
use std::task::Poll;

/// A future and what it gave, once it has.
type Running<F> = (Pin<Box<F>>, Option<<F as Future>::Output>);

/// Runs futures at the same time on one task; gives what they gave, in their order.
async fn at_once<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<Running<F>> = futures
        .into_iter()
        .map(|future| (Box::pin(future), None))
        .collect();
    std::future::poll_fn(|context| {
        let mut all = true;
        for (future, output) in &mut running {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(ready) => *output = Some(ready),
                    Poll::Pending => all = false,
                }
            }
        }
        if all { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    running
        .into_iter()
        .filter_map(|(_, output)| output)
        .collect()
}

/// Of many messages with one key at the same time one is new, and all answers name it.
pub async fn one_key_makes_one_message(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let commits = (0..16).map(|_| {
        let mut enqueue = scene.enqueue(vec![scene.part()]);
        enqueue.key = Some(("order-1".into(), Digest::of(b"hello")));
        store.commit(vec![Op::Enqueue(Box::new(enqueue))])
    });
    let (mut messages, mut fresh) = (BTreeSet::new(), 0);
    for results in at_once(commits).await {
        for result in results? {
            if let OpResult::Enqueued { message, new } = result {
                messages.insert(message);
                fresh += u32::from(new);
            }
        }
    }
    ensure_eq!((messages.len(), fresh), (1, 1), "messages, and new ones");
    ensure_eq!(scene.claim(100).await?.len(), 1, "claimable parts");
    Ok(())
}

/// Claims at the same time share no part, and leave none behind.
pub async fn claims_share_nothing(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    for lane in 0..24 {
        scene.put(scene.part().in_lane(lane)).await?;
    }
    let claims = (0..8).map(|_| store.claim(scene.request(4)));
    let mut claimed: Vec<PartId> = Vec::new();
    for claims in at_once(claims).await {
        claimed.extend(claims?.iter().map(|claim| claim.part));
    }
    ensure_eq!(claimed.len(), 24, "claimed parts");
    let different: BTreeSet<PartId> = claimed.into_iter().collect();
    ensure_eq!(different.len(), 24, "different claimed parts");
    Ok(())
}

/// A batch that fails spoils no other batch that is committed at the same time.
pub async fn a_failed_batch_spoils_no_other(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut parts = Vec::new();
    let commits = (0..12).map(|number| {
        let part = scene.part();
        parts.push(part.id);
        let mut batch = vec![scene.put_op(part)];
        if number % 3 == 1 {
            let nobody = PartId::new(scene.message(), 0);
            batch.push(scene.resolve_op(nobody, accepted("x")));
        }
        store.commit(batch)
    });
    let commits: Vec<_> = commits.collect();
    let results = at_once(commits).await;
    for (number, (result, part)) in results.into_iter().zip(parts).enumerate() {
        if number % 3 == 1 {
            let kind = result.err().map(|error| error.kind());
            ensure_eq!(kind, Some(ErrorKind::NotFound), "the batch that fails");
            let there = scene.read(part).await.is_ok();
            ensure!(!there, "a part of batch {number}, which failed, is there");
        } else {
            ensure!(result.is_ok(), "batch {number} failed with another one");
            scene.is(part, PartState::Queued, "a batch beside").await?;
        }
    }
    Ok(())
}
