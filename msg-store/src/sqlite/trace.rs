//! Traces: each an unbroken chain of records.

use super::fault::Result;
use super::value::{digest, from_sql, message_id, micros, part_id, signed, unsigned};
use super::writer::Tx;
use bytes::Bytes;
use jiff::Timestamp;
use msg_core::id::{PartId, TenantId, TraceId};
use msg_core::message::DeliveryState;
use msg_core::store::{Ending, FedRecord, OpResult, TraceAppend, early_status, not_before};
use msg_core::trace::{Chain, Head, TraceRecord};
use rusqlite::{Connection, params};

/// Appends events to a trace, each linked to the one before.
pub(super) fn append(tx: &mut Tx<'_>, append: &TraceAppend) -> Result<OpResult> {
    if append.events.is_empty() {
        return Ok(OpResult::Done);
    }
    let tenant = tx.memory.names.number(tx.db, append.tenant.as_str())?;
    let mut chain = Chain::new(append.trace, head(tx.db, append.trace)?, append.at);
    for event in &append.events {
        insert(tx.db, tenant, append.at, &chain.link(event))?;
    }
    Ok(OpResult::Done)
}

fn insert(db: &Connection, tenant: i64, at: Timestamp, record: &TraceRecord) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO trace (trace, seq, tenant, at, digest, line) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        record.trace.as_uuid().as_bytes(),
        signed(record.seq),
        tenant,
        micros(at),
        record.digest.as_bytes(),
        record.line.as_ref()
    ])?;
    Ok(())
}

/// Says in the trace of its message what the store does to a part by itself. In the transaction of the change: neither is
/// there without the other.
pub(super) fn end(tx: &Tx<'_>, id: i64, at: Timestamp, ending: &Ending<'_>) -> Result<()> {
    say(tx, id, at, |part| ending.event(part))
}

/// The same for the status that was there before its part.
pub(super) fn early(tx: &Tx<'_>, id: i64, at: Timestamp, state: DeliveryState) -> Result<()> {
    say(tx, id, at, |part| early_status(part, state))
}

fn say(tx: &Tx<'_>, id: i64, at: Timestamp, event: impl FnOnce(PartId) -> Bytes) -> Result<()> {
    let (part, tenant) = tx
        .db
        .prepare_cached("SELECT message, idx, tenant FROM part WHERE id = ?1")?
        .query_row([id], |row| Ok((part_id(row, 0, 1), row.get(2))))?;
    let part = part?;
    let trace = TraceId::from(part.message);
    let mut statement = tx.db.prepare_cached(
        "SELECT seq, digest, line FROM trace WHERE trace = ?1 ORDER BY seq DESC LIMIT 1",
    )?;
    let mut rows = statement.query([trace.as_uuid().as_bytes()])?;
    let (last, at) = match rows.next()? {
        Some(row) => {
            let line = row.get_ref(2)?.as_blob().map_err(from_sql)?;
            let last = Head {
                seq: unsigned(row.get(0)?),
                digest: digest(row, 1)?,
            };
            (Some(last), not_before(at, Some(line)))
        }
        None => (None, at),
    };
    let record = Chain::new(trace, last, at).link(&event(part));
    insert(tx.db, tenant?, at, &record)
}

/// Remembers how far a reader of the feed is.
pub(super) fn fed(tx: &Tx<'_>, reader: &str, upto: u64) -> Result<OpResult> {
    tx.db
        .prepare_cached(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) \
             ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)",
        )?
        .execute(params![reader_key(reader), signed(upto)])?;
    Ok(OpResult::Done)
}

/// Readers have keys of their own among what the file says about itself.
fn reader_key(reader: &str) -> String {
    format!("feed/{reader}")
}

/// The records of all traces that a reader has not read, in the order of appending: that of their rows.
pub(super) fn feed(db: &Connection, reader: &str, limit: usize) -> Result<Vec<FedRecord>> {
    let mut statement = db.prepare_cached(
        "SELECT t.id, n.text, t.trace, t.seq, t.digest, t.line FROM trace t CROSS JOIN name n ON n.id = t.tenant \
         WHERE t.id > coalesce((SELECT value FROM meta WHERE key = ?1), 0) ORDER BY t.id LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![reader_key(reader), limit])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let record = TraceRecord {
            trace: message_id(row, 2)?.into(),
            seq: unsigned(row.get(3)?),
            digest: digest(row, 4)?,
            line: row.get::<_, Vec<u8>>(5)?.into(),
        };
        let tenant = TenantId::new(row.get::<_, String>(1)?)?;
        records.push(FedRecord::new(unsigned(row.get(0)?), tenant, record));
    }
    Ok(records)
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
