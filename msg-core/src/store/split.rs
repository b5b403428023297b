//! A store made of several: the host's own ledger, traces in another engine.

mod relay;

use super::{Answer, ClaimRequest, Claimed, Op, OpResult, Query, Store, StoreCaps};
use crate::error::Error;
use async_trait::async_trait;
use relay::Turn;
use std::sync::Arc;

/// Routes each kind of operation and query to a store of its own.
///
/// # What is given up
/// - A batch is not one transaction. The stores are written in the order ledger, outbox, transcript, identities, traces;
///   kinds that share a store are written to it together, and between kinds that is the order of the operations too. When
///   one fails, those before it keep what they were given,
///   and the error says which in its context `applied`. [`StoreCaps::atomic_across_kinds`] is false, unless all kinds
///   are in one store.
/// - A crash or an error between the ledger and the outbox's copy leaves a refusal that the outbox does not know. Recording
///   the event again mends it; it is harmless to record an event twice.
/// - When an enqueue finds its message there, what was to be written to the ledger in the same batch has been written.
///   What comes after the outbox is [skipped](OpResult::Skipped), as the contract says.
///
/// - What the outbox [ends by itself](super::Ending) it writes into its own traces, and from there it is copied to the
///   store of traces before the call returns. While that store fails, and after a crash between the two, the copy is
///   missing until a later cancellation, claim or read of a trace makes it. So keep traces elsewhere from the first day:
///   traces that are in the outbox's store already are copied too, and what they say would then stand twice.
///
/// # What is kept
/// - Every ending comes into the store of traces, once: the outbox's store remembers how far its feed was copied.
/// - A refusal stops what waits and what is claimed later: consent events go to the ledger and, as a copy, to the outbox.
///   So they must be recorded through this store, not behind its back.
/// - [`Store::ledger_seq`] is the ledger's, and claims carry the number that it had before the claim: whoever sends sees
///   every event that came after.
#[derive(Clone, Debug)]
pub struct SplitStore {
    ledger: Arc<dyn Store>,
    outbox: Arc<dyn Store>,
    transcript: Arc<dyn Store>,
    identities: Arc<dyn Store>,
    traces: Arc<dyn Store>,
    /// One copy of endings at a time.
    copying: Arc<Turn>,
}

/// The kinds in the order of writing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ledger,
    Outbox,
    Transcript,
    Identities,
    Traces,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Ledger,
        Self::Outbox,
        Self::Transcript,
        Self::Identities,
        Self::Traces,
    ];

    const fn of(op: &Op) -> Self {
        match op {
            Op::Consent(_) => Self::Ledger,
            Op::Turn(_) | Op::Conversation(_) => Self::Transcript,
            Op::Identity(_) => Self::Identities,
            Op::Trace(_) | Op::TraceFed { .. } => Self::Traces,
            Op::Enqueue(_)
            | Op::Settle(_)
            | Op::Extend { .. }
            | Op::Cancel(_)
            | Op::Release(_)
            | Op::Redrive(_)
            | Op::Inbound(_)
            | Op::Status(_) => Self::Outbox,
        }
    }

    const fn asked_by(query: &Query) -> Self {
        match query {
            Query::Consent { .. } | Query::ConsentEvents { .. } => Self::Ledger,
            Query::Turns { .. } | Query::Conversation { .. } => Self::Transcript,
            Query::Identity { .. } | Query::Addresses { .. } => Self::Identities,
            Query::Trace(_) | Query::Traces { .. } | Query::TraceFeed { .. } => Self::Traces,
            Query::Message(_)
            | Query::Provider { .. }
            | Query::Parts { .. }
            | Query::NextDue
            | Query::Sent { .. } => Self::Outbox,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Outbox => "outbox",
            Self::Transcript => "transcript",
            Self::Identities => "identities",
            Self::Traces => "traces",
        }
    }
}

/// What one of the stores is given of a batch.
struct Share<'a> {
    store: &'a Arc<dyn Store>,
    kind: Kind,
    ops: Vec<Op>,
    /// The place of each operation in the batch; empty for copies, whose answers nobody waits for.
    places: Vec<usize>,
}

impl SplitStore {
    /// Everything in one store, for now.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            ledger: Arc::clone(&store),
            transcript: Arc::clone(&store),
            identities: Arc::clone(&store),
            traces: Arc::clone(&store),
            outbox: store,
            copying: Arc::default(),
        }
    }

    /// Keeps consent elsewhere.
    #[must_use]
    pub fn with_ledger(mut self, store: Arc<dyn Store>) -> Self {
        self.ledger = store;
        self
    }

    /// Keeps transcripts and conversations elsewhere.
    #[must_use]
    pub fn with_transcript(mut self, store: Arc<dyn Store>) -> Self {
        self.transcript = store;
        self
    }

    /// Keeps links of addresses and people elsewhere.
    #[must_use]
    pub fn with_identities(mut self, store: Arc<dyn Store>) -> Self {
        self.identities = store;
        self
    }

    /// Keeps traces elsewhere.
    #[must_use]
    pub fn with_traces(mut self, store: Arc<dyn Store>) -> Self {
        self.traces = store;
        self
    }

    const fn store(&self, kind: Kind) -> &Arc<dyn Store> {
        match kind {
            Kind::Ledger => &self.ledger,
            Kind::Outbox => &self.outbox,
            Kind::Transcript => &self.transcript,
            Kind::Identities => &self.identities,
            Kind::Traces => &self.traces,
        }
    }

    fn is_one_store(&self) -> bool {
        Kind::ALL
            .iter()
            .all(|kind| Arc::ptr_eq(self.store(*kind), &self.outbox))
    }

    /// The batch by store, in the order of writing; within a store in the order of the batch.
    fn shares(&self, batch: Vec<Op>) -> Vec<Share<'_>> {
        let mut shares: Vec<Share<'_>> = Vec::with_capacity(Kind::ALL.len());
        for kind in Kind::ALL {
            let store = self.store(kind);
            if !shares.iter().any(|share| Arc::ptr_eq(share.store, store)) {
                shares.push(Share {
                    store,
                    kind,
                    ops: Vec::new(),
                    places: Vec::new(),
                });
            }
        }
        let apart = !Arc::ptr_eq(&self.ledger, &self.outbox);
        let mut copies = Vec::new();
        for (place, op) in batch.into_iter().enumerate() {
            if apart && let Op::Consent(event) = &op {
                copies.push(Op::Consent(event.clone()));
            }
            let store = self.store(Kind::of(&op));
            give(&mut shares, store, op, place);
        }
        shares.retain(|share| !share.ops.is_empty());
        if !copies.is_empty() {
            // Right after the ledger, which then has the first share, and by themselves: what the ledger has the outbox
            // must know, whatever becomes of the rest of the batch.
            let share = Share {
                store: &self.outbox,
                kind: Kind::Outbox,
                ops: copies,
                places: Vec::new(),
            };
            shares.insert(1, share);
        }
        shares
    }

    async fn commit_shares(&self, batch: Vec<Op>) -> Result<Vec<OpResult>, Error> {
        let mut results = vec![OpResult::Skipped; batch.len()];
        let mut applied: Vec<&str> = Vec::new();
        for share in self.shares(batch) {
            let answers = match share.store.commit(share.ops).await {
                Ok(answers) => answers,
                Err(error) if applied.is_empty() => return Err(error),
                Err(error) => return Err(error.with_context("applied", applied.join(", "))),
            };
            let known = answers
                .iter()
                .any(|answer| matches!(answer, OpResult::Enqueued { new: false, .. }));
            for (place, answer) in share.places.into_iter().zip(answers) {
                if let Some(result) = results.get_mut(place) {
                    *result = answer;
                }
            }
            if known {
                break;
            }
            applied.push(share.kind.as_str());
        }
        Ok(results)
    }
}

fn give(shares: &mut [Share<'_>], store: &Arc<dyn Store>, op: Op, place: usize) {
    let share = shares
        .iter_mut()
        .find(|share| Arc::ptr_eq(share.store, store));
    if let Some(share) = share {
        share.ops.push(op);
        share.places.push(place);
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Store for SplitStore {
    async fn commit(&self, batch: Vec<Op>) -> Result<Vec<OpResult>, Error> {
        if self.is_one_store() {
            return self.outbox.commit(batch).await;
        }
        let ends = batch.iter().any(|op| match op {
            Op::Cancel(_) => true,
            Op::Consent(event) => event.opts_out().is_some(),
            _ => false,
        });
        let results = self.commit_shares(batch).await;
        if ends {
            self.copy_endings().await;
        }
        results
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claimed>, Error> {
        let before = self.ledger.ledger_seq();
        let mut claims = self.outbox.claim(request).await?;
        for claim in &mut claims {
            claim.ledger_seq = before;
        }
        self.copy_endings().await;
        Ok(claims)
    }

    async fn query(&self, query: Query) -> Result<Answer, Error> {
        let kind = Kind::asked_by(&query);
        if kind == Kind::Traces {
            self.copy_endings().await;
        }
        self.store(kind).query(query).await
    }

    fn ledger_seq(&self) -> u64 {
        self.ledger.ledger_seq()
    }

    fn caps(&self) -> StoreCaps {
        let all = Kind::ALL.map(|kind| self.store(kind).caps());
        let own = self.outbox.caps();
        StoreCaps {
            durable_on_ack: all.iter().all(|caps| caps.durable_on_ack),
            survives_power_loss: all.iter().all(|caps| caps.survives_power_loss),
            atomic_across_kinds: own.atomic_across_kinds && self.is_one_store(),
            shared_between_processes: all.iter().all(|caps| caps.shared_between_processes),
            max_body: own.max_body,
        }
    }
}

#[cfg(test)]
mod tests;
