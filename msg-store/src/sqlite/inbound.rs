//! Inbound keys: leased, then done.

use super::fault::{Fault, Result};
use super::value::{key_of, micros};
use super::writer::Tx;
use msg_core::store::{InboundLease, InboundOp, OpResult};
use msg_core::{Error, ErrorKind};
use rusqlite::{OptionalExtension as _, params};

/// Leases a key, ends it or gives it back.
pub(super) fn apply(tx: &Tx<'_>, op: &InboundOp) -> Result<OpResult> {
    match op {
        InboundOp::Lease { key, until, now } => {
            let key = key_of(&[key]);
            let known: Option<Option<i64>> = tx
                .db
                .prepare_cached("SELECT until FROM inbound WHERE key = ?1")?
                .query_row([key], |row| row.get(0))
                .optional()?;
            let lease = match known {
                Some(None) => InboundLease::Done,
                Some(Some(end)) if end > micros(*now) => InboundLease::Busy,
                _ => {
                    put(tx, &key, Some(micros(*until)), micros(*now))?;
                    InboundLease::Fresh
                }
            };
            Ok(OpResult::Inbound(lease))
        }
        InboundOp::Done { key, now } => {
            put(tx, &key_of(&[key]), None, micros(*now))?;
            Ok(OpResult::Done)
        }
        InboundOp::Release { key } => {
            tx.db
                .prepare_cached("DELETE FROM inbound WHERE key = ?1 AND until IS NOT NULL")?
                .execute([key_of(&[key])])?;
            Ok(OpResult::Done)
        }
        _ => Err(Fault::Refused(Error::new(
            ErrorKind::Unsupported,
            "an inbound operation of a newer version",
        ))),
    }
}

fn put(tx: &Tx<'_>, key: &[u8], until: Option<i64>, at: i64) -> Result<()> {
    tx.db
        .prepare_cached("INSERT OR REPLACE INTO inbound (key, until, at) VALUES (?1, ?2, ?3)")?
        .execute(params![key, until, at])?;
    Ok(())
}
