//! Durability: what was acknowledged is there after the store was opened again.
#![expect(
    clippy::missing_errors_doc,
    reason = "each check fails with the violation of the sentence above it"
)]

use super::Checking;
use super::ending::{feed, said};
use super::scene::{LEASE, SCHEME, Scene, accepted, dead, subject};
use crate::consent::{ConsentAct, OptOutScope, Standing};
use crate::digest::Digest;
use crate::error::ErrorKind;
use crate::id::{ConversationId, PartId, TraceId};
use crate::message::{Content, DeliveryState, Progress, Purpose};
use crate::store::{
    Answer, ConversationUpdate, IdentityLink, InboundLease, InboundOp, LinkStrength, NewPart, Op,
    OpResult, POISON, PartState, Query, Settlement, Speaker, StatusOp, Store, TraceAppend,
    TurnRecord, reason,
};
use crate::testkit::{Outcome, Violation, ensure, ensure_eq};
use crate::time::after;
use crate::trace::{Lost, Poisoned, TraceEvent, verify};
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;

/// A place that a store is kept in and can be opened again.
#[async_trait]
pub trait Reopen: fmt::Debug + Send + Sync {
    /// Opens the store; the first time an empty one.
    ///
    /// Whoever calls it has dropped every store that it gave before. Better than closing that one properly is to leave it
    /// as a crash would: what was acknowledged must be there all the same.
    async fn open(&self) -> Arc<dyn Store>;
}

/// One check of the suite of durable stores.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ReopenCheck {
    /// The name of the function.
    pub name: &'static str,
    /// Runs it on an empty place.
    pub run: fn(&dyn Reopen) -> Checking<'_>,
}

/// Messages and their keys are there after the store was opened again, and so is what became of them.
pub async fn messages_are_kept(place: &dyn Reopen) -> Outcome {
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    let mut kept = Vec::new();
    for settlement in [
        accepted("p1"),
        dead(),
        Settlement::Requeue {
            at: scene.later(3600),
            count: true,
            failure: None,
        },
        Settlement::Parked { queue: "q".into() },
    ] {
        let part = scene.put(scene.part().in_lane(kept.len() as u64)).await?;
        let mut claimed = scene.claim(10).await?;
        claimed.retain(|claimed| claimed.part == part);
        let claimed = claimed.pop().ok_or_else(|| Violation::new("no claim"))?;
        scene.settle(&claimed, settlement).await?;
        kept.push(part);
    }
    let mut enqueue = scene.enqueue(vec![scene.part()]);
    enqueue.key = Some(("order-1".into(), Digest::of(b"hello")));
    let keyed = enqueue.clone();
    kept.push(PartId::new(enqueue.message, 0));
    scene.one(Op::Enqueue(Box::new(enqueue))).await?;
    let mut before = Vec::new();
    for part in &kept {
        before.push(scene.read(*part).await?);
    }
    drop(scene);
    drop(store);
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    for (part, before) in kept.iter().zip(&before) {
        ensure_eq!(&scene.read(*part).await?, before, "a part after reopening");
    }
    let message = keyed.message;
    let again = scene.one(Op::Enqueue(Box::new(keyed))).await?;
    let wanted = OpResult::Enqueued {
        message,
        new: false,
    };
    ensure_eq!(again, wanted, "the same key after reopening");
    Ok(())
}

/// A batch that failed is not there after the store was opened again.
pub async fn a_failed_batch_stays_away(place: &dyn Reopen) -> Outcome {
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    let part = scene.part();
    let nobody = PartId::new(scene.message(), 0);
    let batch = vec![
        scene.put_op(part.clone()),
        scene.resolve_op(nobody, accepted("x")),
    ];
    scene.refused(batch, ErrorKind::NotFound).await?;
    drop(scene);
    drop(store);
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    let seen = scene.parts(Query::Message(part.id.message)).await?;
    ensure_eq!(seen, [], "parts of a failed batch");
    Ok(())
}

/// What was leased when the store was opened again is ambiguous at once, and is not claimed by itself.
pub async fn old_leases_are_ambiguous_at_once(place: &dyn Reopen) -> Outcome {
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    let leased = scene.put(scene.part().in_lane(7)).await?;
    let behind = scene.put(scene.part().in_lane(7)).await?;
    let before = scene.claim_one().await?;
    drop(scene);
    drop(store);
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    let record = scene.read(leased).await?;
    ensure_eq!(record.state, PartState::Ambiguous, "a lease of before");
    ensure_eq!(record.attempts, 1, "its attempts");
    let wanted = Some(reason::LEASE_ENDED);
    ensure_eq!(record.note.as_deref(), wanted, "its note");
    scene
        .claims(&[], "nothing while the head is ambiguous")
        .await?;
    scene
        .one(scene.resolve_op(leased, scene.requeue(true)))
        .await?;
    let again = scene.claim_one().await?;
    ensure_eq!((again.part, again.attempt), (leased, 2), "the next claim");
    ensure!(again.token != before.token, "two claims have one token");
    let late = scene.settle_op(&before, accepted("p1"));
    scene.refused(vec![late], ErrorKind::Fenced).await?;
    scene.accept(&again, "p1").await?;
    scene.claims(&[behind], "the next of the lane").await
}

/// What takes the process down at every attempt is dead after [`POISON`] of them.
pub async fn what_crashes_the_process_is_poison(place: &dyn Reopen) -> Outcome {
    let mut part = None;
    for attempt in 1..=POISON {
        let store = place.open().await;
        let scene = Scene::new(&*store)?;
        match part {
            None => part = Some(scene.put(scene.part()).await?),
            Some(part) => {
                let what = format!("before attempt {attempt}");
                scene.is(part, PartState::Ambiguous, &what).await?;
                scene
                    .one(scene.resolve_op(part, scene.requeue(true)))
                    .await?;
            }
        }
        scene.claim_one().await?;
    }
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    let part = part.ok_or_else(|| Violation::new("no attempt was made"))?;
    let record = scene.read(part).await?;
    ensure_eq!(
        record.state,
        PartState::Dead,
        "state after {POISON} crashes"
    );
    ensure_eq!(
        record.failure,
        Some(Box::new(reason::poisoned())),
        "failure"
    );
    Ok(())
}

/// A refusal holds after the store was opened again, for what waited and for what comes.
pub async fn refusals_are_kept(place: &dyn Reopen) -> Outcome {
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    let waiting = scene.put(scene.part()).await?;
    let event = scene
        .event(ConsentAct::OptOut(OptOutScope::Everything))
        .with_subject(Some(subject("jo")?));
    scene.one(Op::Consent(Box::new(event.clone()))).await?;
    drop(scene);
    drop(store);
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    scene
        .is(waiting, PartState::Cancelled, "what waited")
        .await?;
    for person in [None, Some(subject("jo")?)] {
        let state = scene.consent(&scene.jo, person).await?;
        let standing = state.standing(&Purpose::Service, None, scene.now());
        let wanted = Standing::OptedOut(OptOutScope::Everything);
        ensure_eq!(standing, wanted, "standing after reopening");
    }
    let query = Query::ConsentEvents {
        tenant: scene.tenant.clone(),
        address: scene.jo.key(),
    };
    let events = store.query(query).await?;
    ensure_eq!(events, Answer::ConsentEvents(vec![event]), "events");
    // Ids of the first scene would come again: this one is of a later time.
    scene.advance(1);
    let later: NewPart = scene.part();
    let later = scene.put(later).await?;
    scene.claims(&[], "nothing to a person who refused").await?;
    scene
        .is(later, PartState::Cancelled, "what came later")
        .await
}

/// What was worked on is not worked on again, and a status that came early waits for its part.
pub async fn inbound_keys_and_parked_statuses_are_kept(place: &dyn Reopen) -> Outcome {
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    let (key, now) = ("t/fake/1".to_owned(), scene.now());
    let lease = || {
        Op::Inbound(InboundOp::Lease {
            key: key.clone(),
            until: after(now, LEASE),
            now,
        })
    };
    scene.one(lease()).await?;
    let done = InboundOp::Done {
        key: key.clone(),
        now,
    };
    scene.one(Op::Inbound(done)).await?;
    let delivered = DeliveryState::reached(Progress::Delivered);
    let tenant = scene.tenant.clone();
    let status = StatusOp::new(tenant, SCHEME, "p1", delivered, now);
    scene.one(Op::Status(Box::new(status))).await?;
    drop(scene);
    drop(store);
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    let result = scene.one(lease()).await?;
    ensure_eq!(result, OpResult::Inbound(InboundLease::Done), "the key");
    let part = scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    scene.accept(&claimed, "p1").await?;
    ensure_eq!(
        scene.read(part).await?.delivery,
        delivered,
        "delivery state"
    );
    Ok(())
}

/// Transcripts, conversations and links are kept; a trace goes on as one chain.
pub async fn logs_are_kept(place: &dyn Reopen) -> Outcome {
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    let (tenant, now) = (scene.tenant.clone(), scene.now());
    let conversation = ConversationId::new("c1")?;
    let content = Content::text("hello");
    let turn = TurnRecord::new(
        tenant.clone(),
        conversation.clone(),
        now,
        Speaker::Person,
        content,
    );
    let mut update = ConversationUpdate::new(tenant.clone(), conversation.clone());
    update.last_inbound = Some(now);
    let link = IdentityLink::new(
        tenant.clone(),
        scene.jo.clone(),
        subject("jo")?,
        LinkStrength::Verified,
        now,
    );
    let trace: TraceId = scene.message().into();
    let append = || {
        let events = vec![Bytes::from_static(b"{}")];
        Op::Trace(TraceAppend::new(tenant.clone(), trace, now, events))
    };
    let batch = vec![
        Op::Turn(Box::new(turn)),
        Op::Conversation(Box::new(update)),
        Op::Identity(Box::new(link)),
        append(),
    ];
    store.commit(batch).await?;
    let queries = [
        Query::Turns {
            tenant: tenant.clone(),
            conversation: conversation.clone(),
            limit: 10,
        },
        Query::Conversation {
            tenant: tenant.clone(),
            conversation,
        },
        Query::Identity {
            tenant: tenant.clone(),
            address: scene.jo.key(),
        },
        Query::Traces {
            tenant: tenant.clone(),
            since: now,
            limit: 10,
        },
    ];
    let mut before = Vec::new();
    for query in &queries {
        before.push(store.query(query.clone()).await?);
    }
    drop(scene);
    drop(store);
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    for (query, before) in queries.into_iter().zip(before) {
        ensure_eq!(
            store.query(query).await?,
            before,
            "an answer after reopening"
        );
    }
    scene.one(append()).await?;
    let Answer::Trace(records) = store.query(Query::Trace(trace)).await? else {
        return Err(Violation::new("an answer to another question"));
    };
    verify(&records)?;
    ensure_eq!(records.len(), 2, "records of the trace");
    Ok(())
}

/// What opening the store does to the parts of the process before it is in their traces, which go on as one chain.
pub async fn what_opening_ends_is_traced(place: &dyn Reopen) -> Outcome {
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    let part = scene.put(scene.part()).await?;
    drop(scene);
    drop(store);
    let mut wanted = Vec::new();
    for attempt in 1..=POISON {
        let store = place.open().await;
        let scene = Scene::new(&*store)?;
        if attempt > 1 {
            scene
                .one(scene.resolve_op(part, scene.requeue(true)))
                .await?;
        }
        scene.claim_one().await?;
        // Nobody knows the time when a store is opened: that of the lease's end counts.
        let ended: TraceEvent = if attempt < POISON {
            Lost::new(attempt, part).into()
        } else {
            Poisoned::new(attempt, part).into()
        };
        wanted.push((after(scene.now(), LEASE), ended));
    }
    let store = place.open().await;
    let seen = said(&Scene::new(&*store)?, part.message).await?;
    ensure_eq!(seen, wanted, "the trace after reopening");
    Ok(())
}

/// A reader of the feed goes on where it was.
pub async fn a_feed_goes_on_where_it_was(place: &dyn Reopen) -> Outcome {
    let store = place.open().await;
    let scene = Scene::new(&*store)?;
    let traces: [TraceId; 3] = [(); 3].map(|()| scene.message().into());
    for trace in traces {
        let events = vec![Bytes::from_static(b"{}")];
        let append = TraceAppend::new(scene.tenant.clone(), trace, scene.now(), events);
        scene.one(Op::Trace(append)).await?;
    }
    let all = feed(&scene, "archive", 10).await?;
    let Some(second) = all.get(1) else {
        return Err(Violation::new("the feed has not three records"));
    };
    let (reader, upto) = ("archive".to_owned(), second.number);
    scene.one(Op::TraceFed { reader, upto }).await?;
    drop(scene);
    drop(store);
    let store = place.open().await;
    let seen = feed(&Scene::new(&*store)?, "archive", 10).await?;
    let rest = all.get(2..).unwrap_or_default();
    ensure_eq!(seen, rest, "the feed after reopening");
    Ok(())
}

/// Hands the names of all checks of durable stores to another macro of this crate.
#[doc(hidden)]
#[macro_export]
macro_rules! __reopen_checks {
    ($then:ident [$($given:tt)*]) => {
        $crate::$then! { [$($given)*]
            messages_are_kept
            a_failed_batch_stays_away
            old_leases_are_ambiguous_at_once
            what_crashes_the_process_is_poison
            refusals_are_kept
            inbound_keys_and_parked_statuses_are_kept
            logs_are_kept
            what_opening_ends_is_traced
            a_feed_goes_on_where_it_was
        }
    };
}

/// Makes the constant of the names.
#[doc(hidden)]
#[macro_export]
macro_rules! __reopen_check_list {
    ([] $($name:ident)+) => {
        /// Every check of the suite.
        pub const REOPEN_CHECKS: &[ReopenCheck] = &[
            $(ReopenCheck {
                name: stringify!($name),
                run: |place| Box::pin($name(place)),
            },)+
        ];
    };
}

/// Makes one test of each name.
#[doc(hidden)]
#[macro_export]
macro_rules! __reopen_check_tests {
    ([$make:expr] $($name:ident)+) => {
        $(
            #[test]
            fn $name() -> Result<(), $crate::testkit::Violation> {
                let make = $make;
                let place = make();
                $crate::testkit::block_on($crate::testkit::store::reopen::$name(&place))
            }
        )+
    };
}

__reopen_checks!(__reopen_check_list[]);

/// Makes one `#[test]` of every check of the suite of [durable stores](crate::testkit::store::reopen).
///
/// The constructor is a `Fn() -> impl Reopen` that gives an empty place each time, such as a new directory.
#[macro_export]
macro_rules! reopen_conformance {
    ($make:expr) => {
        $crate::__reopen_checks! { __reopen_check_tests [$make] }
    };
}
