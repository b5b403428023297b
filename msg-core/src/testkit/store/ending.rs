//! What the store does by itself is in the trace of the message.
#![expect(
    clippy::missing_errors_doc,
    reason = "each check fails with the violation of the sentence above it"
)]

use super::scene::{Scene, dead, subject, wrong_answer};
use crate::consent::{ConsentAct, OptOutScope, Refusal};
use crate::id::{PartId, TraceId};
use crate::message::{Address, Purpose};
use crate::store::{
    Answer, Cancel, FedRecord, NewPart, Op, OpResult, POISON, Query, Selector, Settlement, Store,
    TraceAppend, reason,
};
use crate::testkit::{Outcome, Violation, ensure, ensure_eq};
use crate::time::Timestamp;
use crate::trace::{Cancelled, Expired, Lost, Noted, Poisoned, TraceEvent, canonical, verify};
use bytes::Bytes;

type Said = Vec<(Timestamp, TraceEvent)>;

/// What a trace says, and when. It must be one chain.
pub(super) async fn said(scene: &Scene<'_>, trace: impl Into<TraceId>) -> Result<Said, Violation> {
    let records = match scene.store.query(Query::Trace(trace.into())).await? {
        Answer::Trace(records) => records,
        other => return Err(wrong_answer(&other)),
    };
    verify(&records)?;
    let lines = records.iter().map(|record| {
        let line = record.read::<TraceEvent>()?;
        Ok((line.at, line.event))
    });
    lines.collect()
}

fn noted() -> TraceEvent {
    Noted::new("queued".into(), "by the host".into()).into()
}

/// An operation that appends an event to the trace of a message.
fn note(scene: &Scene<'_>, trace: impl Into<TraceId>) -> Result<Op, Violation> {
    let event = canonical::to_vec(&noted()).map_err(|error| Violation::new(error.to_string()))?;
    let events = vec![Bytes::from(event)];
    let append = TraceAppend::new(scene.tenant.clone(), trace.into(), scene.now(), events);
    Ok(Op::Trace(append))
}

/// Puts a message of two parts there, with the note that it is queued.
async fn message(scene: &Scene<'_>, first: NewPart) -> Result<[PartId; 2], Violation> {
    let mut second = first.clone();
    second.id = PartId::new(first.id.message, 1);
    let ids = [first.id, second.id];
    let enqueue = scene.enqueue(vec![first, second]);
    let batch = vec![Op::Enqueue(Box::new(enqueue)), note(scene, ids[0].message)?];
    scene.store.commit(batch).await?;
    Ok(ids)
}

fn cancelled(part: PartId, why: &str, refusal: Option<&Refusal>) -> TraceEvent {
    Cancelled::new(Some(part), why.into())
        .because(refusal.cloned())
        .into()
}

fn refused(part: PartId, refusal: &Refusal) -> TraceEvent {
    cancelled(part, reason::CONSENT_WITHDRAWN, Some(refusal))
}

/// An opt-out says of every part that it cancels, queued or parked, that it did, with the refusal, in the trace of the
/// part's message: not before the record before it, though the person said so earlier. Of others it says nothing.
pub async fn what_an_opt_out_cancels_is_traced(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let mut event = scene.event(ConsentAct::OptOut(OptOutScope::Everything));
    event.subject = Some(subject("jo")?);
    scene.advance(10);
    let queued = message(&scene, scene.part()).await?;
    let mut parked = scene.part_to(&Address::email("jo@example.org")?, Purpose::Service);
    parked.subject = Some(subject("jo")?);
    parked.parked = true;
    let parked = message(&scene, parked).await?;
    let other = scene.part_to(&Address::in_app("al")?, Purpose::Service);
    let other = message(&scene, other).await?;
    let now = scene.now();
    let refusal = Refusal::of(&event).ok_or_else(|| Violation::new("an opt-out refuses"))?;
    scene.advance(10);
    scene.one(Op::Consent(Box::new(event.clone()))).await?;
    for [first, second] in [queued, parked] {
        let wanted = vec![
            (now, noted()),
            (now, refused(first, &refusal)),
            (now, refused(second, &refusal)),
        ];
        ensure_eq!(said(&scene, first.message).await?, wanted, "the trace");
    }
    let wanted = vec![(now, noted())];
    let seen = said(&scene, other[0].message).await?;
    ensure_eq!(seen, wanted, "the trace of another person's message");
    scene.one(Op::Consent(Box::new(event))).await?;
    let seen = said(&scene, queued[0].message).await?.len();
    ensure_eq!(seen, 3, "records after the refusal came again");
    Ok(())
}

/// A cancellation says of every part that it took back that it did, and why, at its time; of what was too late, nothing.
pub async fn what_a_selector_cancels_is_traced(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let leased = scene.put(scene.part()).await?;
    scene.claim_one().await?;
    let [first, second] = message(&scene, scene.part()).await?;
    let before = scene.now();
    scene.advance(5);
    let by = Selector::Address(scene.tenant.clone(), scene.jo.key());
    let cancel = Cancel::new(by, "campaign stopped", scene.now());
    scene.one(Op::Cancel(cancel.clone())).await?;
    scene.one(Op::Cancel(cancel)).await?;
    let wanted = vec![
        (before, noted()),
        (scene.now(), cancelled(first, "campaign stopped", None)),
        (scene.now(), cancelled(second, "campaign stopped", None)),
    ];
    ensure_eq!(said(&scene, first.message).await?, wanted, "the trace");
    let seen = said(&scene, leased.message).await?;
    ensure_eq!(seen, [], "the trace of what was too late");
    Ok(())
}

/// A claim says of every candidate that it cancels or ends that it did, at its time: what the person refused, or that the
/// part's time was over.
pub async fn what_a_claim_ends_is_traced(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let event = scene.event(ConsentAct::OptOut(OptOutScope::Channel));
    let refusal = Refusal::of(&event).ok_or_else(|| Violation::new("an opt-out refuses"))?;
    scene.one(Op::Consent(Box::new(event))).await?;
    let [first, second] = message(&scene, scene.part()).await?;
    let mut late = scene.part_to(&Address::in_app("al")?, Purpose::Service);
    let expires = scene.later(3);
    late.expires = Some(expires);
    let late = message(&scene, late).await?;
    let before = scene.now();
    scene.advance(4);
    scene.claims(&[], "claims").await?;
    let wanted = vec![
        (before, noted()),
        (scene.now(), refused(first, &refusal)),
        (scene.now(), refused(second, &refusal)),
    ];
    let seen = said(&scene, first.message).await?;
    ensure_eq!(seen, wanted, "the trace of what was refused");
    let mut wanted = vec![(before, noted())];
    wanted.extend(late.map(|part| (scene.now(), Expired::new(expires, part).into())));
    let seen = said(&scene, late[0].message).await?;
    ensure_eq!(seen, wanted, "the trace of what came too late");
    Ok(())
}

/// A lease that ended without a settlement is in the trace each time, and so is that there were too many.
pub async fn a_lost_lease_is_traced(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    let mut wanted: Said = Vec::new();
    for attempt in 1..=POISON {
        scene.claim_one().await?;
        scene.advance(60);
        scene.claim(0).await?;
        if attempt < POISON {
            wanted.push((scene.now(), Lost::new(attempt, part).into()));
            scene
                .one(scene.resolve_op(part, scene.requeue(true)))
                .await?;
        } else {
            wanted.push((scene.now(), Poisoned::new(attempt, part).into()));
        }
    }
    ensure_eq!(said(&scene, part.message).await?, wanted, "the trace");
    Ok(())
}

/// What a settlement does says whoever settles: the store adds nothing to it, and nothing to what is released or
/// redriven.
pub async fn a_settlement_is_not_traced_by_the_store(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    let reason = "a check".to_owned();
    for settlement in [
        Settlement::Parked { queue: "q".into() },
        dead(),
        Settlement::Ambiguous {
            evidence: "timeout".into(),
        },
    ] {
        let claimed = scene.claim_one().await?;
        scene.settle(&claimed, settlement).await?;
        scene
            .one(Op::Release(Selector::Message(part.message)))
            .await?;
        scene
            .one(Op::Redrive(Selector::Message(part.message)))
            .await?;
    }
    scene
        .one(scene.resolve_op(part, Settlement::Cancelled { reason }))
        .await?;
    ensure_eq!(said(&scene, part.message).await?, [], "the trace");
    Ok(())
}

pub(super) async fn feed(
    scene: &Scene<'_>,
    reader: &str,
    limit: usize,
) -> Result<Vec<FedRecord>, Violation> {
    let reader = reader.to_owned();
    match scene
        .store
        .query(Query::TraceFeed { reader, limit })
        .await?
    {
        Answer::TraceFeed(records) => Ok(records),
        other => Err(wrong_answer(&other)),
    }
}

/// The feed gives the records of all traces in the order of appending, to each reader those that it has not read.
pub async fn the_feed_gives_what_was_not_read(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let (one, other) = (scene.message(), scene.message());
    for trace in [one, other, one] {
        scene.one(note(&scene, trace)?).await?;
    }
    let all = feed(&scene, "archive", 10).await?;
    let seen: Vec<_> = all
        .iter()
        .map(|fed| (fed.tenant.clone(), fed.record.trace, fed.record.seq))
        .collect();
    let wanted = [(one, 0), (other, 0), (one, 1)]
        .map(|(trace, seq)| (scene.tenant.clone(), trace.into(), seq));
    ensure_eq!(seen, wanted, "the feed");
    ensure!(
        all.is_sorted_by(|a, b| a.number < b.number),
        "numbers of the feed do not grow"
    );
    let [first, second, third] = all.as_slice() else {
        return Err(Violation::new("the feed has not three records"));
    };
    verify(&[first.record.clone(), third.record.clone()])?;
    for upto in [second.number, first.number] {
        let reader = "archive".to_owned();
        let done = scene.one(Op::TraceFed { reader, upto }).await?;
        ensure_eq!(done, OpResult::Done, "the answer");
    }
    let rest = feed(&scene, "archive", 10).await?;
    ensure_eq!(
        rest,
        std::slice::from_ref(third),
        "the feed after two were read"
    );
    let seen = feed(&scene, "another", 1).await?;
    ensure_eq!(
        seen,
        std::slice::from_ref(first),
        "the feed of another reader"
    );
    Ok(())
}
