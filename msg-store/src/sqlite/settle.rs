//! Ends claims, and leases whose time is over.

use super::fault::{Fault, Result};
use super::part::{Hot, hot_columns, provider_key};
use super::trace;
use super::value::{
    ACCEPTED, AMBIGUOUS, LEASED, PARKED, delivery_codes, delivery_of, micros, micros_up, signed,
    time,
};
use super::writer::Tx;
use jiff::Timestamp;
use msg_core::channel::Receipt;
use msg_core::message::{DeliveryState, Progress};
use msg_core::store::{Ending, LeaseToken, OpResult, POISON, Settle, Settlement};
use msg_core::{Error, ErrorKind};
use rusqlite::{OptionalExtension as _, params};

/// Ends a claim, or says what became of an ambiguous part.
pub(super) fn settle(tx: &mut Tx<'_>, settle: &Settle) -> Result<OpResult> {
    let part = || settle.part.to_string();
    let Some(hot) = tx.hot(settle.part)? else {
        let error = Error::new(ErrorKind::NotFound, "no such part");
        return Err(Fault::Refused(error.with_context("part", part())));
    };
    if !may_end(&hot, settle) {
        let error = Error::new(
            ErrorKind::Fenced,
            "the claim does not hold the part any more",
        );
        return Err(Fault::Refused(error.with_context("part", part())));
    }
    apply(tx, hot, settle)?;
    Ok(OpResult::Done)
}

/// Whether the claim of a settlement holds its part now.
pub(super) fn holds(tx: &Tx<'_>, settle: &Settle) -> Result<bool> {
    Ok(tx
        .hot(settle.part)?
        .is_some_and(|hot| may_end(&hot, settle)))
}

fn may_end(hot: &Hot, settle: &Settle) -> bool {
    match settle.token {
        Some(token) => hot.token == Some((signed(token.epoch), signed(token.number))),
        None => hot.state == AMBIGUOUS,
    }
}

fn apply(tx: &mut Tx<'_>, mut hot: Hot, settle: &Settle) -> Result<()> {
    // A settlement without the token does not end the row of lost claims.
    if settle.token.is_some() {
        hot.unsettled = 0;
    }
    let now = micros(settle.now);
    match &settle.settlement {
        Settlement::Accepted { scheme, receipt } => {
            accept(tx, &hot, (scheme, receipt), settle.now)?;
            tx.settle_lane(hot.lane)?;
        }
        Settlement::Requeue { at, count, failure } => {
            hot.due = micros_up(*at);
            hot.attempts = hot.attempts.saturating_sub(u32::from(!count));
            let failure = failure.as_deref().map(serde_json::to_string).transpose()?;
            free(tx, &hot, failure.as_deref())?;
        }
        Settlement::Released => {
            hot.attempts = hot.attempts.saturating_sub(1);
            free(tx, &hot, None)?;
        }
        Settlement::Ambiguous { evidence } => keep(tx, &hot, AMBIGUOUS, evidence)?,
        Settlement::Parked { queue } => keep(tx, &hot, PARKED, queue)?,
        Settlement::Dead { failure } => {
            tx.set_unsettled(&hot)?;
            tx.die(hot.id, hot.delivery, failure, now)?;
            tx.settle_lane(hot.lane)?;
        }
        Settlement::Cancelled { reason } => {
            tx.set_unsettled(&hot)?;
            tx.cancel(hot.id, hot.delivery, reason, now)?;
            tx.settle_lane(hot.lane)?;
        }
        _ => {
            return Err(Fault::Refused(Error::new(
                ErrorKind::Unsupported,
                "a settlement of a newer version",
            )));
        }
    }
    Ok(())
}

/// Puts a part back into the queue, at its old place in its lane.
fn free(tx: &mut Tx<'_>, hot: &Hot, failure: Option<&str>) -> Result<()> {
    tx.db
        .prepare_cached(
            "UPDATE part SET due = ?2, attempts = ?3, unsettled = ?4, failure = coalesce(?5, failure), note = NULL, \
             lease = NULL, lease_epoch = NULL, lease_until = NULL WHERE id = ?1",
        )?
        .execute(params![hot.id, hot.due, hot.attempts, hot.unsettled, failure])?;
    tx.requeue(hot.id, hot.lane, hot.ready())
}

/// Keeps a part where nobody claims it. When its lease ended tells when it left, if it did.
fn keep(tx: &Tx<'_>, hot: &Hot, state: i64, note: &str) -> Result<()> {
    tx.db
        .prepare_cached(
            "UPDATE part SET state = ?2, note = ?3, unsettled = ?4, lease = NULL, lease_epoch = NULL WHERE id = ?1",
        )?
        .execute(params![hot.id, state, note, hot.unsettled])?;
    Ok(())
}

fn accept(
    tx: &mut Tx<'_>,
    hot: &Hot,
    (scheme, receipt): (&str, &Receipt),
    at: Timestamp,
) -> Result<()> {
    let now = micros(at);
    let tenant = tx.memory.names.tenant(tx.db, hot.tenant)?;
    let mut delivery = hot
        .delivery
        .join(DeliveryState::reached(Progress::Accepted));
    for id in std::iter::once(&receipt.provider_id).chain(&receipt.further_ids) {
        let key = provider_key(tenant.as_str(), scheme, id);
        tx.db
            .prepare_cached("INSERT OR REPLACE INTO receipt (key, part) VALUES (?1, ?2)")?
            .execute(params![key, hot.id])?;
        if let Some(early) = tx.take_early(&key)? {
            delivery = delivery.join(early);
            trace::early(tx, hot.id, at, early)?;
        }
    }
    let further = match receipt.further_ids.as_slice() {
        [] => None,
        ids => Some(serde_json::to_string(ids)?),
    };
    let scheme = tx.memory.names.number(tx.db, scheme)?;
    let (progress, stop) = delivery_codes(delivery);
    tx.db
        .prepare_cached(
            "UPDATE part SET state = ?2, accepted_at = ?3, finished_at = ?3, scheme = ?4, provider_id = ?5, \
             further_ids = ?6, progress = ?7, stop = ?8, unsettled = ?9, note = NULL, \
             lease = NULL, lease_epoch = NULL, lease_until = NULL WHERE id = ?1",
        )?
        .execute(params![
            hot.id,
            ACCEPTED,
            now,
            scheme,
            receipt.provider_id,
            further,
            progress,
            stop,
            hot.unsettled,
        ])?;
    Ok(())
}

/// Makes a lease longer.
pub(super) fn extend(tx: &Tx<'_>, token: LeaseToken, until: Timestamp) -> Result<OpResult> {
    let held = if token.epoch == tx.memory.epoch {
        tx.db
            .prepare_cached(
                "UPDATE part INDEXED BY part_leased SET lease_until = ?2 WHERE state = 2 AND lease = ?1",
            )?
            .execute([signed(token.number), micros(until)])?
    } else {
        0
    };
    if held == 0 {
        return Err(Fault::Refused(Error::new(
            ErrorKind::Fenced,
            "the lease is not held any more",
        )));
    }
    Ok(OpResult::Done)
}

/// Ends the leases whose time is over at `now`; all of them when there is no `now`.
pub(super) fn end_leases(tx: &mut Tx<'_>, now: Option<Timestamp>) -> Result<()> {
    let ended: Vec<(Hot, i64)> = {
        let mut statement = tx.db.prepare_cached(concat!(
            "SELECT ",
            hot_columns!(),
            ", lease_until FROM part INDEXED BY part_leased WHERE state = 2 AND lease_until <= ?1 ORDER BY lease_until, id"
        ))?;
        let mut rows = statement.query([now.map_or(i64::MAX, micros)])?;
        let mut ended = Vec::new();
        while let Some(row) = rows.next()? {
            ended.push((Hot::read(row)?, row.get(14)?));
        }
        ended
    };
    for (hot, until) in ended {
        debug_assert_eq!(hot.state, LEASED);
        let (at, finished) = match now {
            Some(now) => (now, micros(now)),
            None => (time(until)?, until),
        };
        let attempts = hot.attempts;
        let (ending, dead) = if hot.unsettled >= POISON {
            (Ending::Poisoned { attempts }, true)
        } else {
            (Ending::Lost { attempt: attempts }, false)
        };
        tx.end(hot.id, hot.delivery, &ending, (at, finished))?;
        if dead {
            tx.settle_lane(hot.lane)?;
        }
    }
    Ok(())
}

impl Tx<'_> {
    fn set_unsettled(&self, hot: &Hot) -> Result<()> {
        self.db
            .prepare_cached("UPDATE part SET unsettled = ?2 WHERE id = ?1")?
            .execute(params![hot.id, hot.unsettled])?;
        Ok(())
    }

    /// The status that came before its part was settled.
    fn take_early(&mut self, key: &[u8]) -> Result<Option<DeliveryState>> {
        if self.memory.counts.early == 0 {
            return Ok(None);
        }
        let mut statement = self
            .db
            .prepare_cached("DELETE FROM early WHERE key = ?1 RETURNING progress, stop")?;
        let codes = statement
            .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((progress, stop)) = codes else {
            return Ok(None);
        };
        self.memory.counts.early = self.memory.counts.early.saturating_sub(1);
        delivery_of(progress, stop).map(Some)
    }
}
