//! Records from rows.

use super::fault::{Fault, Result, corrupt};
use super::names::known;
use super::value::{
    ACCEPTED, AMBIGUOUS, CANCELLED, DEAD, PARKED, address_key, delivery_of, from_sql, maybe_time,
    micros, part_id, state_of, time,
};
use jiff::Timestamp;
use msg_core::id::{ConversationId, PartId, TenantId, TopicId, TraceId};
use msg_core::message::{ChannelKind, Purpose};
use msg_core::policy::SentFact;
use msg_core::store::{Answer, ConversationRecord, PartRecord, PartState};
use rusqlite::{Connection, Row, ToSql, params};
use uuid::Uuid;

/// The parts that `condition` selects; `index` says by which index, where the planner may not choose.
pub(super) fn parts(
    db: &Connection,
    index: &str,
    condition: &str,
    values: &[&dyn ToSql],
) -> Result<Answer> {
    // Cross joins keep the order: the part first, then what it names.
    let sql = format!(
        "SELECT p.message, p.idx, t.text, p.state, p.attempts, p.due, p.expires, p.address, c.text, u.text, o.text, \
         p.progress, p.stop, p.accepted_at, p.provider_id, p.note, p.failure, b.body \
         FROM part p {index} CROSS JOIN name t ON t.id = p.tenant CROSS JOIN name c ON c.id = p.channel \
         CROSS JOIN name u ON u.id = p.purpose CROSS JOIN body b ON b.part = p.id LEFT JOIN name o ON o.id = p.topic \
         {condition}"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(part(row)?);
    }
    Ok(Answer::Parts(found))
}

fn part(row: &Row<'_>) -> Result<PartRecord> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(from_sql);
    let channel = (ChannelKind::from(text(8)?), address_key(row, 7)?);
    let body = row.get::<_, Vec<u8>>(17)?.into();
    let mut record = PartRecord::new(
        part_id(row, 0, 1)?,
        TenantId::new(text(2)?)?,
        channel,
        Purpose::from(text(9)?),
        body,
    );
    record.state = state_of(row.get(3)?)?;
    record.attempts = row.get(4)?;
    record.due = time(row.get(5)?)?;
    record.expires = maybe_time(row.get(6)?)?;
    record.topic = topic(row, 10)?;
    record.delivery = delivery_of(row.get(11)?, row.get(12)?)?;
    record.accepted_at = maybe_time(row.get(13)?)?;
    record.provider_id = row.get(14)?;
    record.note = row.get(15)?;
    let failure = row.get_ref(16)?.as_str_or_null().map_err(from_sql)?;
    record.failure = failure.map(serde_json::from_str).transpose()?;
    Ok(record)
}

fn topic(row: &Row<'_>, column: usize) -> Result<Option<TopicId>> {
    let text = row.get_ref(column)?.as_str_or_null().map_err(from_sql)?;
    Ok(text.map(TopicId::new).transpose()?)
}

/// Parts in a state, by id.
pub(super) fn in_state(
    db: &Connection,
    state: PartState,
    after: Option<PartId>,
    limit: usize,
) -> Result<Answer> {
    // States that hold few parts have an index of their own; the others are found in the order of all ids.
    let (index, condition) = match state {
        PartState::Ambiguous | PartState::Parked | PartState::Cancelled | PartState::Dead => (
            "INDEXED BY part_kept",
            "WHERE p.state > 2 AND p.state <> 10 AND p.state = ?1 AND (p.message, p.idx) > (?2, ?3) \
             ORDER BY p.message, p.idx LIMIT ?4",
        ),
        PartState::Leased => (
            "INDEXED BY part_leased",
            "WHERE p.state = 2 AND p.state = ?1 AND (p.message, p.idx) > (?2, ?3) ORDER BY p.message, p.idx LIMIT ?4",
        ),
        PartState::Queued => (
            "INDEXED BY part_id",
            "WHERE p.state IN (0, 1) AND ?1 = 0 AND (p.message, p.idx) > (?2, ?3) ORDER BY p.message, p.idx LIMIT ?4",
        ),
        PartState::Accepted => (
            "INDEXED BY part_id",
            "WHERE p.state = ?1 AND (p.message, p.idx) > (?2, ?3) ORDER BY p.message, p.idx LIMIT ?4",
        ),
        _ => return Err(Fault::Refused(corrupt("a state of a newer version"))),
    };
    let code = match state {
        PartState::Ambiguous => AMBIGUOUS,
        PartState::Parked => PARKED,
        PartState::Cancelled => CANCELLED,
        PartState::Dead => DEAD,
        PartState::Accepted => ACCEPTED,
        PartState::Leased => super::value::LEASED,
        _ => 0,
    };
    // An empty blob comes before every id.
    let message = after.map_or(Vec::new(), |part| {
        part.message.as_uuid().as_bytes().to_vec()
    });
    let place = after.map_or(-1, |part| i64::from(part.index));
    parts(
        db,
        index,
        condition,
        &[&code, &message, &place, &at_most(limit)],
    )
}

/// A limit as SQLite takes it.
fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// What was accepted, as `sql` selects it.
pub(super) fn sent(db: &Connection, sql: &str, values: &[&dyn ToSql]) -> Result<Answer> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let text = |column: usize| row.get_ref(column)?.as_str().map_err(from_sql);
        let (channel, purpose) = (ChannelKind::from(text(1)?), Purpose::from(text(2)?));
        found.push(SentFact::new(
            time(row.get(0)?)?,
            channel,
            purpose,
            topic(row, 3)?,
        ));
    }
    Ok(Answer::Sent(found))
}

/// The last turns of a conversation, oldest first.
pub(super) fn turns(
    db: &Connection,
    tenant: &TenantId,
    conversation: &ConversationId,
    limit: usize,
) -> Result<Answer> {
    let mut statement = db.prepare_cached(
        "SELECT turn FROM turn WHERE tenant = ?1 AND conversation = ?2 ORDER BY at DESC, id DESC LIMIT ?3",
    )?;
    let tenant = known(db, tenant.as_str())?;
    let mut rows = statement.query(params![tenant, conversation.as_str(), at_most(limit)])?;
    let mut turns = Vec::new();
    while let Some(row) = rows.next()? {
        turns.push(serde_json::from_str(
            row.get_ref(0)?.as_str().map_err(from_sql)?,
        )?);
    }
    turns.reverse();
    Ok(Answer::Turns(turns))
}

/// What is known of a conversation.
pub(super) fn conversation(row: &Row<'_>) -> Result<ConversationRecord> {
    let mut record = ConversationRecord::default();
    record.last_inbound = maybe_time(row.get(0)?)?;
    record.handed_off = row.get(1)?;
    record.answers = row.get::<_, Option<Vec<u8>>>(2)?.map(Into::into);
    Ok(record)
}

/// Traces of a tenant by the time of their first record, newest first.
pub(super) fn traces(
    db: &Connection,
    tenant: &TenantId,
    since: Timestamp,
    limit: usize,
) -> Result<Answer> {
    let mut statement = db.prepare_cached(
        "SELECT trace FROM trace WHERE tenant = ?1 AND at >= ?2 AND seq = 0 ORDER BY at DESC, trace DESC LIMIT ?3",
    )?;
    let tenant = known(db, tenant.as_str())?;
    let mut rows = statement.query(params![tenant, micros(since), at_most(limit)])?;
    let mut traces = Vec::new();
    while let Some(row) = rows.next()? {
        traces.push(TraceId::from_uuid(Uuid::from_bytes(row.get(0)?)));
    }
    Ok(Answer::Traces(traces))
}
