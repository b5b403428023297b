//! Copies what the outbox ended by itself to the store of traces.

use super::SplitStore;
use crate::error::{Error, ErrorKind};
use crate::id::TraceId;
use crate::store::{Answer, FedRecord, Op, Query, Store, TraceAppend};
use crate::trace::{Line, TraceRecord};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// The name under which a split store reads its outbox's feed.
const READER: &str = "split-store";

/// Records that are copied in one step at most.
const STEP: usize = 64;

impl SplitStore {
    /// Copies every ending that is not in the store of traces yet. A failure leaves the rest to the next call: the batch
    /// or the claim before it is done and must not look as if it were not, and the outbox's store has it all.
    pub(super) async fn copy_endings(&self) {
        if Arc::ptr_eq(&self.traces, &self.outbox) {
            return;
        }
        let _turn = self.copying.take().await;
        while let Ok(true) = self.copy_some().await {}
    }

    /// One step; whether there may be more.
    async fn copy_some(&self) -> Result<bool, Error> {
        let query = Query::TraceFeed {
            reader: READER.into(),
            limit: STEP,
        };
        let Answer::TraceFeed(fed) = self.outbox.query(query).await? else {
            return Err(misfit());
        };
        let Some(upto) = fed.last().map(|last| last.number) else {
            return Ok(false);
        };
        let mut traces: BTreeMap<TraceId, Vec<FedRecord>> = BTreeMap::new();
        for one in fed {
            traces.entry(one.record.trace).or_default().push(one);
        }
        let mut copies = Vec::new();
        for (trace, fed) in traces {
            let (own, there) = (
                read(&*self.outbox, trace).await?,
                read(&*self.traces, trace).await?,
            );
            missing(&own, &there, &fed, &mut copies)?;
        }
        if !copies.is_empty() {
            self.traces.commit(copies).await?;
        }
        let reader = READER.into();
        self.outbox
            .commit(vec![Op::TraceFed { reader, upto }])
            .await?;
        Ok(true)
    }
}

async fn read(store: &dyn Store, trace: TraceId) -> Result<Vec<TraceRecord>, Error> {
    match store.query(Query::Trace(trace)).await? {
        Answer::Trace(records) => Ok(records),
        _ => Err(misfit()),
    }
}

/// What of `fed`, records of one trace of the outbox's, is not in the trace `there`. A crash may have come between a copy
/// and the note of it; so the same event is there as often as the outbox has it, and no more.
fn missing(
    own: &[TraceRecord],
    there: &[TraceRecord],
    fed: &[FedRecord],
    copies: &mut Vec<Op>,
) -> Result<(), Error> {
    let own = own.iter().map(said).collect::<Result<Vec<_>, _>>()?;
    let mut known = there.iter().map(said).collect::<Result<Vec<_>, _>>()?;
    for one in fed {
        let seq = usize::try_from(one.record.seq).unwrap_or(usize::MAX);
        let Some((at, event)) = own.get(seq) else {
            return Err(misfit());
        };
        let count = |all: &[(Timestamp, Bytes)]| all.iter().filter(|(_, it)| it == event).count();
        let wanted = count(own.get(..=seq).unwrap_or_default());
        if count(&known) >= wanted {
            continue;
        }
        let at = known.last().map_or(*at, |(last, _)| *last.max(at));
        known.push((at, event.clone()));
        let (tenant, trace) = (one.tenant.clone(), one.record.trace);
        let append = TraceAppend::new(tenant, trace, at, vec![event.clone()]);
        copies.push(Op::Trace(append));
    }
    Ok(())
}

/// What a record says, and when.
fn said(record: &TraceRecord) -> Result<(Timestamp, Bytes), Error> {
    let line: Line<&RawValue> = record.read()?;
    let event = record.line.slice_ref(line.event.get().as_bytes());
    Ok((line.at, event))
}

fn misfit() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the store answered another question than was asked",
    )
}

/// Whose turn it is. Nothing but the standard library: whoever waits is woken when a turn ends, and looks again.
#[derive(Debug, Default)]
pub(super) struct Turn(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    taken: bool,
    wakers: Vec<Waker>,
}

/// A turn that lasts until it is dropped.
struct Taken<'a>(&'a Turn);

impl Turn {
    async fn take(&self) -> Taken<'_> {
        poll_fn(|cx| {
            let mut waiting = self.lock();
            if waiting.taken {
                waiting.wakers.push(cx.waker().clone());
                return Poll::Pending;
            }
            waiting.taken = true;
            Poll::Ready(())
        })
        .await;
        Taken(self)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.taken = false;
        let wakers = std::mem::take(&mut waiting.wakers);
        drop(waiting);
        wakers.into_iter().for_each(Waker::wake);
    }
}
