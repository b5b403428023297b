//! Traces: each an unbroken chain of records.

use super::fault::Result;
use super::value::{digest, micros, signed, unsigned};
use super::writer::Tx;
use msg_core::id::TraceId;
use msg_core::store::{OpResult, TraceAppend};
use msg_core::trace::{Head, TraceRecord, link};
use rusqlite::{Connection, params};

/// Appends events to a trace, each linked to the one before.
pub(super) fn append(tx: &mut Tx<'_>, append: &TraceAppend) -> Result<OpResult> {
    if append.events.is_empty() {
        return Ok(OpResult::Done);
    }
    let tenant = tx.memory.names.number(tx.db, append.tenant.as_str())?;
    let at = micros(append.at);
    let trace = append.trace.as_uuid();
    let mut last = head(tx.db, append.trace)?;
    for event in &append.events {
        let record = link(append.trace, last, append.at, event);
        tx.db
            .prepare_cached(
                "INSERT INTO trace (trace, seq, tenant, at, digest, line) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                trace.as_bytes(),
                signed(record.seq),
                tenant,
                at,
                record.digest.as_bytes(),
                record.line.as_ref()
            ])?;
        last = Some(Head {
            seq: record.seq,
            digest: record.digest,
        });
    }
    Ok(OpResult::Done)
}

fn head(db: &Connection, trace: TraceId) -> Result<Option<Head>> {
    let mut statement = db.prepare_cached(
        "SELECT seq, digest FROM trace WHERE trace = ?1 ORDER BY seq DESC LIMIT 1",
    )?;
    let mut rows = statement.query([trace.as_uuid().as_bytes()])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(Head {
        seq: unsigned(row.get(0)?),
        digest: digest(row, 1)?,
    }))
}

/// The records of a trace, in order.
pub(super) fn read(db: &Connection, trace: TraceId) -> Result<Vec<TraceRecord>> {
    let mut statement =
        db.prepare_cached("SELECT seq, digest, line FROM trace WHERE trace = ?1 ORDER BY seq")?;
    let mut rows = statement.query([trace.as_uuid().as_bytes()])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(TraceRecord {
            trace,
            seq: unsigned(row.get(0)?),
            digest: digest(row, 1)?,
            line: row.get::<_, Vec<u8>>(2)?.into(),
        });
    }
    Ok(records)
}
