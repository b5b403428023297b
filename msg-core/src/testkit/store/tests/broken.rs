//! A store in memory with one fault.

use crate::consent::ConsentAct;
use crate::error::{Error, ErrorKind};
use crate::id::{PartId, TenantId};
use crate::store::{
    Answer, ClaimRequest, Claimed, Ending, LeaseToken, MemoryStore, Op, OpResult, PartRecord,
    PartState, Query, Settle, Settlement, Store, StoreCaps, TraceAppend, reason,
};
use crate::time::Timestamp;
use async_trait::async_trait;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

/// What is wrong. Each hook changes what goes in or what comes out; most faults use one.
#[derive(Clone, Copy)]
pub(super) struct Fault {
    /// The check that must see it.
    pub(super) check: &'static str,
    pub(super) op: fn(&mut Op),
    pub(super) results: fn(&mut Vec<OpResult>),
    pub(super) error: fn(Error) -> Result<Vec<OpResult>, Error>,
    pub(super) request: fn(&mut ClaimRequest),
    pub(super) claims: fn(&mut Vec<Claimed>),
    pub(super) query: fn(&mut Query),
    pub(super) answer: fn(&mut Answer),
    pub(super) part: fn(&mut PartRecord),
    pub(super) seq: fn(u64) -> u64,
    pub(super) twist: Twist,
}

/// Faults that need to know what was done before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twist {
    None,
    /// A batch with a known message is applied all the same.
    AppliesTheRest,
    /// Every operation is a commit of its own.
    OneByOne,
    /// A claim is over at once.
    ClaimsAgain,
    /// A lease that ran out is queued again by itself.
    RequeuesTheLost,
    /// A claim of nothing does nothing.
    IdleClaim,
    /// Whatever the token, a settlement is taken for the latest claim's.
    AnyToken,
    /// A lease that ran out cannot be settled by its token.
    FencesTheLate,
    /// An opt-out takes leased parts away from their senders.
    StopsLeased,
    /// A status of an unknown id is forgotten.
    NoParking,
    /// A clock that jumps back ends the leases.
    JumpBackEndsLeases,
    /// The store says in the trace what a settlement cancelled.
    TracesSettlements,
}

impl Fault {
    pub(super) const fn of(check: &'static str) -> Self {
        Self {
            check,
            op: |_| {},
            results: |_| {},
            error: Err,
            request: |_| {},
            claims: |_| {},
            query: |_| {},
            answer: |_| {},
            part: |_| {},
            seq: |seq| seq,
            twist: Twist::None,
        }
    }
}

pub(super) struct BrokenStore {
    inner: Arc<MemoryStore>,
    fault: Fault,
    /// The latest token of each part, and the latest time.
    seen: Mutex<(HashMap<PartId, LeaseToken>, Timestamp)>,
}

impl fmt::Debug for BrokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BrokenStore({})", self.fault.check)
    }
}

impl BrokenStore {
    pub(super) fn new(fault: Fault) -> Self {
        Self::over(Arc::new(MemoryStore::new()), fault)
    }

    pub(super) fn over(inner: Arc<MemoryStore>, fault: Fault) -> Self {
        let seen = Mutex::new((HashMap::new(), Timestamp::MIN));
        Self { inner, fault, seen }
    }

    async fn state(&self, part: PartId) -> Option<PartState> {
        match self.inner.query(Query::Message(part.message)).await {
            Ok(Answer::Parts(parts)) => parts
                .iter()
                .find(|record| record.id == part)
                .map(|record| record.state),
            _ => None,
        }
    }

    async fn one_by_one(&self, batch: Vec<Op>) -> Result<Vec<OpResult>, Error> {
        let mut results = Vec::new();
        for op in batch {
            results.extend(self.inner.commit(vec![op]).await?);
        }
        Ok(results)
    }

    /// Says in the trace what settlements of the batch cancel.
    async fn trace_settlements(&self, batch: &mut Vec<Op>) -> Result<Vec<OpResult>, Error> {
        let asked = batch.len();
        let said = batch.iter().filter_map(|op| {
            let Op::Settle(settle) = op else { return None };
            let Settlement::Cancelled { reason: why } = &settle.settlement else {
                return None;
            };
            let ending = Ending::Cancelled { why, refusal: None };
            let (tenant, trace) = (TenantId::new("shop").unwrap(), settle.part.message.into());
            let events = vec![ending.event(settle.part)];
            Some(Op::Trace(TraceAppend::new(
                tenant, trace, settle.now, events,
            )))
        });
        let said: Vec<Op> = said.collect();
        batch.extend(said);
        let mut results = self.inner.commit(std::mem::take(batch)).await?;
        results.truncate(asked);
        Ok(results)
    }

    /// Twists of a commit; none when the batch goes on as it is.
    async fn twist(&self, batch: &mut Vec<Op>) -> Option<Result<Vec<OpResult>, Error>> {
        match self.fault.twist {
            Twist::OneByOne => Some(self.one_by_one(std::mem::take(batch)).await),
            Twist::AppliesTheRest => {
                let results = self.inner.commit(batch.clone()).await;
                if let Ok(results) = &results
                    && results.contains(&OpResult::Skipped)
                {
                    batch.retain(|op| !matches!(op, Op::Enqueue(_)));
                    let _ = self.inner.commit(std::mem::take(batch)).await;
                }
                Some(results)
            }
            Twist::AnyToken => {
                let seen = self.seen.lock().unwrap();
                for op in batch {
                    if let Op::Settle(settle) = op {
                        settle.token = seen.0.get(&settle.part).copied().or(settle.token);
                    }
                }
                None
            }
            Twist::FencesTheLate => {
                for op in batch {
                    if let Op::Settle(settle) = op
                        && settle.token.is_some()
                        && self.state(settle.part).await == Some(PartState::Ambiguous)
                    {
                        return Some(Err(Error::new(ErrorKind::Fenced, "too late")));
                    }
                }
                None
            }
            Twist::StopsLeased => {
                let stop = batch.iter().any(|op| {
                    matches!(op, Op::Consent(event) if matches!(event.act, ConsentAct::OptOut(_)))
                });
                let claims = self.seen.lock().unwrap().0.clone();
                for (part, token) in claims.into_iter().filter(|_| stop) {
                    let reason = reason::CONSENT_WITHDRAWN.into();
                    let settlement = Settlement::Cancelled { reason };
                    let settle = Settle::new(part, Some(token), settlement, Timestamp::MIN);
                    let _ = self.inner.commit(vec![Op::Settle(Box::new(settle))]).await;
                }
                None
            }
            Twist::TracesSettlements => Some(self.trace_settlements(batch).await),
            Twist::NoParking => match batch.as_slice() {
                [Op::Status(status)] => {
                    let query = Query::Provider {
                        tenant: status.tenant.clone(),
                        scheme: status.scheme.clone(),
                        provider_id: status.provider_id.clone(),
                    };
                    let known = self.inner.query(query).await;
                    let unknown = matches!(known, Ok(Answer::Parts(parts)) if parts.is_empty());
                    unknown.then(|| Ok(vec![OpResult::Status(None)]))
                }
                _ => None,
            },
            _ => None,
        }
    }

    async fn requeue(&self, part: PartId, token: Option<LeaseToken>, now: Timestamp) {
        let settlement = Settlement::Requeue {
            at: now,
            count: true,
            failure: None,
        };
        let settle = Settle::new(part, token, settlement, now);
        let _ = self.inner.commit(vec![Op::Settle(Box::new(settle))]).await;
    }

    async fn before_claim(&self, request: &ClaimRequest) {
        let jumped_back = {
            let mut seen = self.seen.lock().unwrap();
            let back = request.now < seen.1;
            seen.1 = request.now;
            back
        };
        if self.fault.twist == Twist::JumpBackEndsLeases && jumped_back {
            self.inner.restart();
        }
        if self.fault.twist == Twist::RequeuesTheLost {
            let nothing = ClaimRequest::new(request.now, request.until, 0);
            let _ = self.inner.claim(nothing).await;
            let query = Query::Parts {
                state: PartState::Ambiguous,
                after: None,
                limit: 1000,
            };
            if let Ok(Answer::Parts(lost)) = self.inner.query(query).await {
                for part in lost {
                    self.requeue(part.id, None, request.now).await;
                }
            }
        }
    }
}

#[async_trait]
impl Store for BrokenStore {
    async fn commit(&self, mut batch: Vec<Op>) -> Result<Vec<OpResult>, Error> {
        batch.iter_mut().for_each(self.fault.op);
        let results = match self.twist(&mut batch).await {
            Some(results) => results,
            None => self.inner.commit(batch).await,
        };
        let mut results = results.or_else(self.fault.error)?;
        (self.fault.results)(&mut results);
        Ok(results)
    }

    async fn claim(&self, mut request: ClaimRequest) -> Result<Vec<Claimed>, Error> {
        if self.fault.twist == Twist::IdleClaim && request.limit == 0 {
            return Ok(Vec::new());
        }
        self.before_claim(&request).await;
        (self.fault.request)(&mut request);
        let now = request.now;
        let mut claims = self.inner.claim(request).await?;
        for claim in &claims {
            if self.fault.twist == Twist::ClaimsAgain {
                self.requeue(claim.part, Some(claim.token), now).await;
            }
            let mut seen = self.seen.lock().unwrap();
            seen.0.insert(claim.part, claim.token);
        }
        (self.fault.claims)(&mut claims);
        Ok(claims)
    }

    async fn query(&self, mut query: Query) -> Result<Answer, Error> {
        (self.fault.query)(&mut query);
        let mut answer = self.inner.query(query).await?;
        if let Answer::Parts(parts) = &mut answer {
            parts.iter_mut().for_each(self.fault.part);
        }
        (self.fault.answer)(&mut answer);
        Ok(answer)
    }

    fn ledger_seq(&self) -> u64 {
        (self.fault.seq)(self.inner.ledger_seq())
    }

    fn caps(&self) -> StoreCaps {
        self.inner.caps()
    }
}
