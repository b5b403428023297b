//! Leases: who may settle, what counts, what is ambiguous, what is poison.
#![expect(
    clippy::missing_errors_doc,
    reason = "each check fails with the violation of the sentence above it"
)]

use super::scene::{Scene, accepted, dead};
use crate::channel::{Advice, Failure, FailureClass, FailureScope};
use crate::error::ErrorKind;
use crate::id::PartId;
use crate::store::{
    Claimed, LeaseToken, Op, POISON, PartState, Query, Settle, Settlement, Store, reason,
};
use crate::testkit::{Outcome, Violation, ensure, ensure_eq};
use std::collections::HashSet;

/// A claim gives the part, its tenant and its body, and each claim has a token of its own.
pub async fn a_claim_gives_what_was_enqueued(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut tokens = HashSet::new();
    for body in ["one", "two", "three"] {
        let mut part = scene.part();
        part.body = body.into();
        let id = scene.put(part).await?;
        let claimed = scene.claim_one().await?;
        ensure_eq!(claimed.part, id, "the claimed part");
        ensure_eq!(claimed.tenant, scene.tenant, "its tenant");
        ensure_eq!(claimed.body, body, "its body");
        ensure_eq!(claimed.attempt, 1, "its attempt");
        ensure!(tokens.insert(claimed.token), "two claims have one token");
    }
    Ok(())
}

/// A leased part is not claimed again.
pub async fn a_leased_part_is_not_claimed_again(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    scene.claim_one().await?;
    scene.is(part, PartState::Leased, "a claimed part").await?;
    scene.claims(&[], "nothing while it is leased").await
}

/// The attempt is counted at the claim, before anything is known of its end.
pub async fn an_attempt_counts_at_its_claim(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    for attempt in 1..=2 {
        let claimed = scene.claim_one().await?;
        ensure_eq!(claimed.attempt, attempt, "attempt of the claim");
        let seen = scene.read(part).await?.attempts;
        ensure_eq!(seen, attempt, "attempts of a leased part");
        scene.settle(&claimed, scene.requeue(true)).await?;
    }
    Ok(())
}

/// An accepted part is finished, with the time and the provider's id.
pub async fn accepted_is_finished(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    scene.advance(2);
    scene.accept(&claimed, "p1").await?;
    let record = scene.read(part).await?;
    ensure_eq!(record.state, PartState::Accepted, "state");
    ensure_eq!(record.accepted_at, Some(scene.now()), "time of acceptance");
    ensure_eq!(record.provider_id.as_deref(), Some("p1"), "provider's id");
    scene.advance(3600);
    scene.claims(&[], "nothing of a finished part").await
}

/// What was settled is settled: the same token works once.
pub async fn a_claim_is_settled_once(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    scene.accept(&claimed, "p1").await?;
    let again = scene.settle_op(&claimed, dead());
    scene.refused(vec![again], ErrorKind::Fenced).await?;
    scene
        .is(part, PartState::Accepted, "after a second settlement")
        .await
}

/// Claims a part twice; gives the stale and the valid claim.
async fn claimed_twice(scene: &Scene<'_>) -> Result<(Claimed, Claimed), Violation> {
    scene.put(scene.part()).await?;
    let stale = scene.claim_one().await?;
    scene.settle(&stale, scene.requeue(true)).await?;
    Ok((stale, scene.claim_one().await?))
}

/// The token of an earlier claim does not settle a later one.
pub async fn a_stale_token_settles_nothing(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let (stale, valid) = claimed_twice(&scene).await?;
    for settlement in [accepted("p1"), dead(), Settlement::Released] {
        let op = scene.settle_op(&stale, settlement);
        scene.refused(vec![op], ErrorKind::Fenced).await?;
    }
    scene
        .is(valid.part, PartState::Leased, "after stale settlements")
        .await?;
    scene.accept(&valid, "p1").await
}

/// The token of one part does not settle another part.
pub async fn a_token_settles_only_its_part(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    scene.put(scene.part()).await?;
    scene.put(scene.part()).await?;
    let claimed = scene.claim(2).await?;
    let [one, two] = claimed.as_slice() else {
        return Err(Violation::new("wanted two claims"));
    };
    let settle = Settle::new(one.part, Some(two.token), accepted("p1"), scene.now());
    scene
        .refused(vec![Op::Settle(Box::new(settle))], ErrorKind::Fenced)
        .await?;
    scene
        .is(one.part, PartState::Leased, "after another part's token")
        .await
}

/// A stale token does not extend; neither does one that never was.
pub async fn a_stale_token_extends_nothing(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let (stale, valid) = claimed_twice(&scene).await?;
    let never = LeaseToken {
        epoch: valid.token.epoch,
        number: valid.token.number + 1000,
    };
    for token in [stale.token, never] {
        let until = scene.later(600);
        scene
            .refused(vec![Op::Extend { token, until }], ErrorKind::Fenced)
            .await?;
    }
    Ok(())
}

/// Extending a lease moves its end, and nothing else.
pub async fn extending_moves_the_end(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    let (token, until) = (claimed.token, scene.later(600));
    scene.one(Op::Extend { token, until }).await?;
    scene.advance(599);
    scene.claims(&[], "nothing while the lease holds").await?;
    scene
        .is(claimed.part, PartState::Leased, "before the new end")
        .await?;
    scene.advance(1);
    scene.claim(0).await?;
    scene
        .is(claimed.part, PartState::Ambiguous, "at the new end")
        .await
}

/// A lease that ran out leaves the part ambiguous, with a note, and it is never claimed again by itself.
pub async fn a_lease_that_ran_out_is_ambiguous(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    scene.claim_one().await?;
    scene.advance(60);
    scene.claims(&[], "nothing at the end of the lease").await?;
    let record = scene.read(part).await?;
    ensure_eq!(record.state, PartState::Ambiguous, "state");
    ensure_eq!(record.note.as_deref(), Some(reason::LEASE_ENDED), "note");
    ensure_eq!(record.attempts, 1, "attempts");
    for _ in 0..5 {
        scene.advance(3600);
        scene.claims(&[], "nothing later").await?;
    }
    Ok(())
}

/// A claim with a limit of 0 ends the leases that are over.
pub async fn a_claim_of_nothing_ends_leases(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    scene.claim_one().await?;
    scene.advance(60);
    scene.claim(0).await?;
    scene.is(part, PartState::Ambiguous, "after the end").await
}

/// Until somebody else settled the part, the token whose lease ran out still settles it: its holder knows best.
pub async fn the_last_token_still_settles(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    let late = scene.claim_one().await?;
    scene.advance(60);
    scene.claim(0).await?;
    let (token, until) = (late.token, scene.later(600));
    scene
        .refused(vec![Op::Extend { token, until }], ErrorKind::Fenced)
        .await?;
    scene.accept(&late, "p1").await?;
    scene
        .is(part, PartState::Accepted, "after a late settlement")
        .await?;

    let part = scene.put(scene.part()).await?;
    let late = scene.claim_one().await?;
    scene.advance(60);
    scene.claim(0).await?;
    scene
        .one(scene.resolve_op(part, scene.requeue(true)))
        .await?;
    let op = scene.settle_op(&late, accepted("p2"));
    scene.refused(vec![op], ErrorKind::Fenced).await?;
    scene
        .is(part, PartState::Queued, "somebody else settled it")
        .await
}

async fn ambiguous(scene: &Scene<'_>) -> Result<PartId, Violation> {
    let part = scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    let evidence = "timeout after the request was written".into();
    scene
        .settle(&claimed, Settlement::Ambiguous { evidence })
        .await?;
    Ok(part)
}

/// An ambiguous part keeps its evidence, is not claimed, and is settled without a token.
pub async fn an_ambiguous_part_is_settled_without_a_token(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = ambiguous(&scene).await?;
    let note = scene.read(part).await?.note;
    let wanted = Some("timeout after the request was written");
    ensure_eq!(note.as_deref(), wanted, "evidence");
    scene.claims(&[], "nothing while it is ambiguous").await?;
    scene.one(scene.resolve_op(part, accepted("p1"))).await?;
    scene
        .is(part, PartState::Accepted, "accepted after a look-up")
        .await?;

    let part = ambiguous(&scene).await?;
    scene
        .one(scene.resolve_op(part, scene.requeue(true)))
        .await?;
    let claimed = scene.claim_one().await?;
    ensure_eq!(claimed.part, part, "the part that surely was not sent");
    ensure_eq!(claimed.attempt, 2, "its attempt");
    scene.settle(&claimed, dead()).await
}

/// A settlement without a token is fenced on a part that is not ambiguous.
pub async fn only_an_ambiguous_part_needs_no_token(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    let refused = async || {
        let op = scene.resolve_op(part, accepted("p1"));
        scene.refused(vec![op], ErrorKind::Fenced).await
    };
    refused().await?;
    let claimed = scene.claim_one().await?;
    refused().await?;
    scene.settle(&claimed, dead()).await?;
    refused().await
}

/// A part that is not there is not found.
pub async fn settling_nothing_is_not_found(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let nobody = PartId::new(scene.message(), 0);
    let op = scene.resolve_op(nobody, accepted("p1"));
    scene.refused(vec![op], ErrorKind::NotFound).await
}

/// A part whose claims end without a settlement is dead after [`POISON`] of them; others go on.
pub async fn poison_is_dead(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part().in_lane(7)).await?;
    let next = scene.put(scene.part().in_lane(7)).await?;
    for attempt in 1..=POISON {
        let claimed = scene.claim_one().await?;
        ensure_eq!(claimed.part, part, "claim {attempt}");
        scene.advance(60);
        scene.claim(0).await?;
        if attempt < POISON {
            let what = "before the last attempt";
            scene.is(part, PartState::Ambiguous, what).await?;
            scene
                .one(scene.resolve_op(part, scene.requeue(true)))
                .await?;
        }
    }
    let record = scene.read(part).await?;
    ensure_eq!(
        record.state,
        PartState::Dead,
        "state after {POISON} attempts"
    );
    let wanted = Some(Box::new(reason::poisoned()));
    ensure_eq!(record.failure, wanted, "failure");
    scene.claims(&[next], "the next of the lane").await
}

/// A settlement with its token ends the row: a part that is tried again often is not poison.
pub async fn a_settlement_ends_the_row_of_poison(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    for _ in 0..POISON {
        scene.claim_one().await?;
        scene.advance(60);
        scene.claim(0).await?;
        scene
            .is(part, PartState::Ambiguous, "after a lost lease")
            .await?;
        scene
            .one(scene.resolve_op(part, scene.requeue(true)))
            .await?;
        let claimed = scene.claim_one().await?;
        scene.settle(&claimed, scene.requeue(true)).await?;
    }
    scene.is(part, PartState::Queued, "after all").await
}

/// Requeueing sets the due time and keeps the failure; the attempt counts or not, as it is said.
pub async fn requeueing_counts_as_it_is_said(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    let failure = Failure::new(
        FailureClass::RateLimited,
        FailureScope::Account,
        Advice::RetrySame,
    );
    for (count, attempts) in [(true, 1), (false, 1), (true, 2), (false, 2)] {
        let claimed = scene.claim_one().await?;
        let at = scene.later(30);
        let settlement = Settlement::Requeue {
            at,
            count,
            failure: Some(Box::new(failure.clone())),
        };
        scene.settle(&claimed, settlement).await?;
        let record = scene.read(part).await?;
        ensure_eq!(record.state, PartState::Queued, "state");
        ensure_eq!(record.attempts, attempts, "attempts, counted: {count}");
        ensure_eq!(record.due, at, "due time");
        ensure_eq!(record.failure.as_deref(), Some(&failure), "failure");
        scene.advance(29);
        scene.claims(&[], "nothing before it is due again").await?;
        scene.advance(1);
    }
    Ok(())
}

/// What was released is as if it had not been claimed.
pub async fn released_is_as_if_not_claimed(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    let before = scene.read(part).await?;
    let claimed = scene.claim_one().await?;
    scene.settle(&claimed, Settlement::Released).await?;
    ensure_eq!(scene.read(part).await?, before, "the released part");
    let again = scene.claim_one().await?;
    ensure_eq!(again.attempt, 1, "attempt of the next claim");
    Ok(())
}

/// A dead part keeps its failure and is listed; a parked one keeps its queue.
pub async fn ends_keep_their_reasons(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let lost = scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    let Settlement::Dead { failure } = dead() else {
        return Err(Violation::new("a dead settlement is one"));
    };
    scene.settle(&claimed, dead()).await?;
    let record = scene.read(lost).await?;
    ensure_eq!(record.failure, Some(failure), "failure of a dead part");
    let query = Query::Parts {
        state: PartState::Dead,
        after: None,
        limit: 10,
    };
    let listed = scene.parts(query).await?;
    ensure_eq!(listed, [record], "dead parts");
    let waiting = scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    let queue = "legal".to_owned();
    scene.settle(&claimed, Settlement::Parked { queue }).await?;
    let record = scene.read(waiting).await?;
    ensure_eq!(record.state, PartState::Parked, "a part that waits");
    ensure_eq!(record.note.as_deref(), Some("legal"), "its queue");
    scene.claims(&[], "nothing while it is parked").await
}
