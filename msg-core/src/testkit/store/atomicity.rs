//! A batch is applied as a whole or not at all. For stores that promise it over all kinds of operation.
#![expect(
    clippy::missing_errors_doc,
    reason = "each check fails with the violation of the sentence above it"
)]

use super::scene::{SCHEME, Scene, accepted, subject, wrong_answer};
use crate::consent::{ConsentAct, ConsentState, OptOutScope};
use crate::digest::Digest;
use crate::error::ErrorKind;
use crate::id::{ConversationId, PartId};
use crate::message::{Address, Content, DeliveryState, Progress, Purpose};
use crate::store::{
    Answer, Cancel, Claimed, ConversationUpdate, IdentityLink, InboundLease, InboundOp,
    LinkStrength, Op, OpResult, PartState, Query, Selector, Speaker, StatusOp, Store, TraceAppend,
    TurnRecord,
};
use crate::testkit::{Outcome, Violation, ensure, ensure_eq};
use bytes::Bytes;

/// One operation of every kind, all of which can be applied, and what they are about.
struct Batch<'a> {
    scene: &'a Scene<'a>,
    waiting: PartId,
    claimed: Claimed,
    sent: PartId,
    other: Address,
}

impl<'a> Batch<'a> {
    async fn new(scene: &'a Scene<'a>) -> Result<Self, Violation> {
        let sent = scene.put(scene.part()).await?;
        let claimed = scene.claim_one().await?;
        scene.accept(&claimed, "sent").await?;
        scene.put(scene.part()).await?;
        let claimed = scene.claim_one().await?;
        // Not to Jo, who refuses in the batch: a store of several stores may hear of that before the cancel.
        let other = Address::in_app("al")?;
        let waiting = scene.part_to(&other, Purpose::Service);
        let waiting = scene.put(waiting).await?;
        Ok(Self {
            scene,
            waiting,
            claimed,
            sent,
            other,
        })
    }

    fn trace(&self) -> crate::id::TraceId {
        self.waiting.message.into()
    }

    fn enqueue(&self) -> Op {
        let part = self.scene.part_to(&self.other, Purpose::Service);
        let mut enqueue = self.scene.enqueue(vec![part]);
        enqueue.key = Some(("new".into(), Digest::of(b"new")));
        Op::Enqueue(Box::new(enqueue))
    }

    fn ops(&self) -> Result<Vec<Op>, Violation> {
        let (scene, now) = (self.scene, self.scene.now());
        let tenant = || scene.tenant.clone();
        let conversation = ConversationId::new("c1")?;
        let content = Content::text("hello");
        let by = Selector::Message(self.waiting.message);
        let read = DeliveryState::reached(Progress::Read);
        let mut update = ConversationUpdate::new(tenant(), conversation.clone());
        update.handed_off = Some(true);
        let out = ConsentAct::OptOut(OptOutScope::Channel);
        let link = IdentityLink::new(
            tenant(),
            scene.jo.clone(),
            subject("jo")?,
            LinkStrength::Declared,
            now,
        );
        let (key, until) = ("t/fake/1".to_owned(), scene.later(60));
        Ok(vec![
            self.enqueue(),
            scene.settle_op(&self.claimed, accepted("new")),
            Op::Cancel(Cancel::new(by, "host", now)),
            Op::Consent(Box::new(scene.event(out))),
            Op::Inbound(InboundOp::Lease { key, until, now }),
            Op::Turn(Box::new(TurnRecord::new(
                tenant(),
                conversation,
                now,
                Speaker::Person,
                content,
            ))),
            Op::Trace(TraceAppend::new(
                tenant(),
                self.trace(),
                now,
                vec![Bytes::from_static(b"{}")],
            )),
            Op::Status(Box::new(StatusOp::new(tenant(), SCHEME, "sent", read, now))),
            Op::Conversation(Box::new(update)),
            Op::Identity(Box::new(link)),
        ])
    }

    /// Everything that the batch would change.
    async fn seen(&self) -> Result<Vec<Answer>, Violation> {
        let scene = self.scene;
        let tenant = || scene.tenant.clone();
        let conversation = ConversationId::new("c1")?;
        let queries = [
            Query::Message(self.waiting.message),
            Query::Message(self.claimed.part.message),
            Query::Message(self.sent.message),
            Query::Parts {
                state: PartState::Queued,
                after: None,
                limit: 100,
            },
            Query::Consent {
                tenant: tenant(),
                address: scene.jo.key(),
                subject: None,
            },
            Query::Turns {
                tenant: tenant(),
                conversation: conversation.clone(),
                limit: 10,
            },
            Query::Conversation {
                tenant: tenant(),
                conversation,
            },
            Query::Trace(self.trace()),
            Query::Identity {
                tenant: tenant(),
                address: scene.jo.key(),
            },
            Query::Provider {
                tenant: tenant(),
                scheme: SCHEME.into(),
                provider_id: "new".into(),
            },
        ];
        let mut answers = Vec::new();
        for query in queries {
            answers.push(scene.store.query(query).await?);
        }
        Ok(answers)
    }
}

/// A batch with one operation that fails changes nothing, wherever in the batch it stands.
pub async fn a_failed_batch_changed_nothing(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let batch = Batch::new(&scene).await?;
    let before = batch.seen().await?;
    let number = store.ledger_seq();
    let length = batch.ops()?.len();
    for at in 0..=length {
        let mut ops = batch.ops()?;
        let nobody = PartId::new(scene.message(), 0);
        ops.insert(at, scene.resolve_op(nobody, accepted("x")));
        scene.refused(ops, ErrorKind::NotFound).await?;
        let after = batch.seen().await?;
        for (before, after) in before.iter().zip(&after) {
            ensure_eq!(after, before, "after a failure at place {at}");
        }
        ensure_eq!(store.ledger_seq(), number, "the ledger's number");
    }
    // The inbound lease was not taken either, the key of the enqueue is free, and the claim still holds.
    let results = store.commit(batch.ops()?).await?;
    ensure_eq!(results.len(), length, "answers");
    let fresh = OpResult::Inbound(InboundLease::Fresh);
    ensure!(
        results.contains(&fresh),
        "wanted a fresh key in {results:?}"
    );
    let new = results
        .iter()
        .any(|result| matches!(result, OpResult::Enqueued { new: true, .. }));
    ensure!(new, "wanted a new message in {results:?}");
    scene
        .is(batch.claimed.part, PartState::Accepted, "the claim")
        .await
}

/// Operations that contradict each other within a batch fail as a whole: one claim is not settled twice, a settled one
/// is not extended, one part is not enqueued twice.
pub async fn a_batch_sees_its_own_changes(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    let claimed = scene.claim_one().await?;
    let settle = || scene.settle_op(&claimed, accepted("p1"));
    scene
        .refused(vec![settle(), settle()], ErrorKind::Fenced)
        .await?;
    let (token, until) = (claimed.token, scene.later(600));
    let extend = Op::Extend { token, until };
    scene
        .refused(vec![settle(), extend], ErrorKind::Fenced)
        .await?;
    let twice = scene.part();
    let batch = vec![scene.put_op(twice.clone()), scene.put_op(twice)];
    scene.refused(batch, ErrorKind::Conflict).await?;
    scene
        .is(part, PartState::Leased, "after the failures")
        .await?;
    scene.accept(&claimed, "p1").await
}

/// Every operation answers at its own place.
pub async fn answers_stand_in_their_places(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let batch = Batch::new(&scene).await?;
    let ops = batch.ops()?;
    let results = store.commit(ops).await?;
    let changed = OpResult::Changed {
        changed: 1,
        too_late: 0,
    };
    let Some(OpResult::Enqueued { new: true, .. }) = results.first() else {
        return Err(Violation::new(format!(
            "wanted an enqueue first: {results:?}"
        )));
    };
    let wanted = [
        OpResult::Done,
        changed,
        OpResult::Done,
        OpResult::Inbound(InboundLease::Fresh),
        OpResult::Done,
        OpResult::Done,
        OpResult::Status(Some(batch.sent)),
        OpResult::Done,
        OpResult::Done,
    ];
    ensure_eq!(results.get(1..).unwrap_or_default(), wanted, "answers");
    Ok(())
}

/// A commit of a STOP is one step: whoever reads the refusal finds what waited cancelled.
pub async fn a_stop_is_one_step(store: &dyn Store) -> Outcome {
    let scene = Scene::new(store)?;
    let part = scene.put(scene.part()).await?;
    let out = scene.event(ConsentAct::OptOut(OptOutScope::Channel));
    let nobody = PartId::new(scene.message(), 0);
    let failing = scene.resolve_op(nobody, accepted("x"));
    let batch = vec![Op::Consent(Box::new(out.clone())), failing];
    scene.refused(batch, ErrorKind::NotFound).await?;
    let answer = store
        .query(Query::Consent {
            tenant: scene.tenant.clone(),
            address: scene.jo.key(),
            subject: None,
        })
        .await?;
    let Answer::Consent(state) = answer else {
        return Err(wrong_answer(&answer));
    };
    ensure_eq!(state, ConsentState::default(), "state after a failed batch");
    scene.is(part, PartState::Queued, "what waited").await?;
    scene.one(Op::Consent(Box::new(out))).await?;
    scene.is(part, PartState::Cancelled, "what waited").await
}
