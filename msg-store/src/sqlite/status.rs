//! Delivery states that providers report, in any order and at any time.

use super::fault::Result;
use super::part::provider_key;
use super::value::{delivery_codes, delivery_of, micros, part_id};
use super::writer::Tx;
use msg_core::store::{OpResult, StatusOp};
use rusqlite::{OptionalExtension as _, params};

/// Joins a state, or parks it when no part is known by the provider's id yet.
pub(super) fn join(tx: &mut Tx<'_>, status: &StatusOp) -> Result<OpResult> {
    let key = provider_key(status.tenant.as_str(), &status.scheme, &status.provider_id);
    let part = {
        let mut statement = tx.db.prepare_cached(
            "SELECT message, idx, id, progress, stop FROM receipt JOIN part ON id = part WHERE key = ?1",
        )?;
        let mut rows = statement.query([key])?;
        match rows.next()? {
            Some(row) => {
                let delivery = delivery_of(row.get(3)?, row.get(4)?)?;
                Some((part_id(row, 0, 1)?, row.get::<_, i64>(2)?, delivery))
            }
            None => None,
        }
    };
    if let Some((part, id, before)) = part {
        let joined = before.join(status.state);
        if joined != before {
            let (progress, stop) = delivery_codes(joined);
            tx.db
                .prepare_cached("UPDATE part SET progress = ?2, stop = ?3 WHERE id = ?1")?
                .execute(params![id, progress, stop])?;
        }
        return Ok(OpResult::Status(Some(part)));
    }
    let parked: Option<(i64, Option<i64>)> = tx
        .db
        .prepare_cached("SELECT progress, stop FROM early WHERE key = ?1")?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let state = if let Some((progress, stop)) = parked {
        delivery_of(progress, stop)?.join(status.state)
    } else {
        tx.memory.counts.early += 1;
        status.state
    };
    let (progress, stop) = delivery_codes(state);
    tx.db
        .prepare_cached(
            "INSERT OR REPLACE INTO early (key, progress, stop, at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![key, progress, stop, micros(status.now)])?;
    Ok(OpResult::Status(None))
}
