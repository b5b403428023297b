//! What every check needs: a tenant, a person, a clock, ids, and short words for common steps.

use crate::channel::{Advice, Failure, FailureClass, FailureScope, Receipt};
use crate::consent::{ConsentAct, ConsentEvent, ConsentSource, ConsentState, OptOutScope};
use crate::error::ErrorKind;
use crate::id::{IdSource, MessageId, PartId, SubjectId, TenantId};
use crate::message::{Address, Purpose};
use crate::store::{
    Answer, ClaimRequest, Claimed, Enqueue, NewPart, Op, OpResult, PartRecord, PartState, Query,
    Settle, Settlement, Store,
};
use crate::testkit::{ManualClock, Outcome, SeededIds, Violation, ensure_eq};
use crate::time::{Clock, Timestamp, after};
use std::time::Duration;

type Found<T> = Result<T, Violation>;

/// How long the leases of a scene are.
pub(super) const LEASE: Duration = Duration::from_mins(1);

/// The scheme that a scene sends through.
pub(super) const SCHEME: &str = "fake";

/// A store under test with one tenant and one person.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) clock: ManualClock,
    ids: SeededIds,
    pub(super) tenant: TenantId,
    pub(super) jo: Address,
}

impl<'a> Scene<'a> {
    pub(super) fn new(store: &'a dyn Store) -> Found<Self> {
        Ok(Self {
            store,
            clock: ManualClock::default(),
            ids: SeededIds::default(),
            tenant: TenantId::new("shop")?,
            jo: Address::in_app("jo")?,
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// When the clock of every scene starts.
    pub(super) fn clock_start() -> Timestamp {
        ManualClock::default().now()
    }

    /// So many seconds from now.
    pub(super) fn later(&self, seconds: u64) -> Timestamp {
        after(self.now(), Duration::from_secs(seconds))
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(super) fn message(&self) -> MessageId {
        MessageId::from_uuid(self.ids.next(self.now()))
    }

    /// The only part of a new transactional message to Jo, due now, in no lane.
    pub(super) fn part(&self) -> NewPart {
        self.part_to(&self.jo, Purpose::Transactional)
    }

    pub(super) fn part_to(&self, to: &Address, purpose: Purpose) -> NewPart {
        let id = PartId::new(self.message(), 0);
        NewPart::new(id, to, purpose, self.now(), "body")
    }

    /// All the parts of one message.
    pub(super) fn enqueue(&self, parts: Vec<NewPart>) -> Enqueue {
        let first = parts.first().map(|part| part.id.message);
        let message = first.unwrap_or_else(|| self.message());
        Enqueue::new(message, self.tenant.clone(), parts, self.now())
    }

    pub(super) fn put_op(&self, part: NewPart) -> Op {
        Op::Enqueue(Box::new(self.enqueue(vec![part])))
    }

    pub(super) async fn put(&self, part: NewPart) -> Found<PartId> {
        let id = part.id;
        self.one(self.put_op(part)).await?;
        Ok(id)
    }

    /// Commits one operation.
    pub(super) async fn one(&self, op: Op) -> Found<OpResult> {
        let mut results = self.store.commit(vec![op]).await?;
        match (results.pop(), results.is_empty()) {
            (Some(result), true) => Ok(result),
            _ => Err(Violation::new("want one result for a batch of one")),
        }
    }

    /// Commits a batch that must fail with an error of this kind.
    pub(super) async fn refused(&self, batch: Vec<Op>, kind: ErrorKind) -> Outcome {
        match self.store.commit(batch).await {
            Ok(results) => Err(Violation::new(format!(
                "wanted the batch to fail as {}, saw {results:?}",
                kind.as_str()
            ))),
            Err(error) => {
                ensure_eq!(error.kind(), kind, "kind of the error");
                Ok(())
            }
        }
    }

    pub(super) fn request(&self, limit: usize) -> ClaimRequest {
        ClaimRequest::new(self.now(), after(self.now(), LEASE), limit)
    }

    pub(super) async fn claim(&self, limit: usize) -> Found<Vec<Claimed>> {
        Ok(self.store.claim(self.request(limit)).await?)
    }

    /// Claims the one part that can be claimed.
    pub(super) async fn claim_one(&self) -> Found<Claimed> {
        let mut claimed = self.claim(2).await?;
        match (claimed.pop(), claimed.is_empty()) {
            (Some(one), true) => Ok(one),
            (one, _) => Err(Violation::new(format!(
                "wanted one part to be claimable, saw {}",
                if one.is_none() { "none" } else { "two" }
            ))),
        }
    }

    /// Checks which parts can be claimed, in order.
    pub(super) async fn claims(&self, wanted: &[PartId], what: &str) -> Outcome {
        let claimed = self.claim(100).await?;
        let seen: Vec<PartId> = claimed.iter().map(|claimed| claimed.part).collect();
        ensure_eq!(seen, wanted, "{what}");
        Ok(())
    }

    pub(super) fn settle_op(&self, claimed: &Claimed, settlement: Settlement) -> Op {
        let token = Some(claimed.token);
        let settle = Settle::new(claimed.part, token, settlement, self.now());
        Op::Settle(Box::new(settle))
    }

    pub(super) async fn settle(&self, claimed: &Claimed, settlement: Settlement) -> Outcome {
        self.one(self.settle_op(claimed, settlement)).await?;
        Ok(())
    }

    pub(super) async fn accept(&self, claimed: &Claimed, provider_id: &str) -> Outcome {
        self.settle(claimed, accepted(provider_id)).await
    }

    /// Settles an ambiguous part, which has no token.
    pub(super) fn resolve_op(&self, part: PartId, settlement: Settlement) -> Op {
        Op::Settle(Box::new(Settle::new(part, None, settlement, self.now())))
    }

    pub(super) fn requeue(&self, count: bool) -> Settlement {
        Settlement::Requeue {
            at: self.now(),
            count,
            failure: None,
        }
    }

    pub(super) async fn parts(&self, query: Query) -> Found<Vec<PartRecord>> {
        match self.store.query(query).await? {
            Answer::Parts(parts) => Ok(parts),
            other => Err(wrong_answer(&other)),
        }
    }

    pub(super) async fn read(&self, part: PartId) -> Found<PartRecord> {
        let parts = self.parts(Query::Message(part.message)).await?;
        let found = parts.into_iter().find(|record| record.id == part);
        found.ok_or_else(|| Violation::new("a part that was enqueued is not there"))
    }

    pub(super) async fn is(&self, part: PartId, state: PartState, what: &str) -> Outcome {
        ensure_eq!(self.read(part).await?.state, state, "{what}");
        Ok(())
    }

    pub(super) fn event(&self, act: ConsentAct) -> ConsentEvent {
        let source = ConsentSource::Keyword;
        ConsentEvent::new(self.tenant.clone(), &self.jo, act, source, self.now())
    }

    /// Jo refuses this far.
    pub(super) async fn opt_out(&self, scope: OptOutScope) -> Outcome {
        let event = self.event(ConsentAct::OptOut(scope));
        self.one(Op::Consent(Box::new(event))).await?;
        Ok(())
    }

    pub(super) async fn consent(
        &self,
        address: &Address,
        subject: Option<SubjectId>,
    ) -> Found<ConsentState> {
        let query = Query::Consent {
            tenant: self.tenant.clone(),
            address: address.key(),
            subject,
        };
        match self.store.query(query).await? {
            Answer::Consent(state) => Ok(state),
            other => Err(wrong_answer(&other)),
        }
    }
}

pub(super) fn accepted(provider_id: &str) -> Settlement {
    Settlement::Accepted {
        scheme: SCHEME.into(),
        receipt: Receipt::new(provider_id),
    }
}

pub(super) fn dead() -> Settlement {
    let class = FailureClass::InvalidRecipient;
    let failure = Failure::new(class, FailureScope::Recipient, Advice::Stop);
    Settlement::Dead {
        failure: Box::new(failure),
    }
}

pub(super) fn subject(name: &str) -> Found<SubjectId> {
    Ok(SubjectId::new(name)?)
}

pub(super) fn wrong_answer(answer: &Answer) -> Violation {
    Violation::new(format!("an answer to another question: {answer:?}"))
}
