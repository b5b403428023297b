//! Puts parts into the outbox.

use super::fault::{Fault, Result};
use super::lane;
use super::lane::Gate;
use super::value::{
    Key, PARKED, READY, key_of, lane_code, message_id, micros, micros_up, priority_code,
};
use super::writer::Tx;
use msg_core::id::MessageId;
use msg_core::store::{Enqueue, NewPart, OpResult, StoreCaps};
use msg_core::{Error, ErrorKind};
use rusqlite::params;

/// The message that the key of `enqueue` stands for already. Writes nothing.
pub(super) fn known(tx: &Tx<'_>, enqueue: &Enqueue) -> Result<Option<MessageId>> {
    let Some((key, payload)) = &enqueue.key else {
        return Ok(None);
    };
    let mut statement = tx
        .db
        .prepare_cached("SELECT message, digest FROM idem WHERE key = ?1")?;
    let mut rows = statement.query([idempotency_key(enqueue, key)])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    if row.get_ref(1)?.as_blob().ok() != Some(payload.as_ref()) {
        return Err(Fault::Refused(Error::new(
            ErrorKind::Conflict,
            "the idempotency key was used with another payload",
        )));
    }
    message_id(row, 0).map(Some)
}

/// Puts the parts of a message into the outbox. It was checked, and its key looked up, before.
pub(super) fn enqueue(tx: &mut Tx<'_>, enqueue: &Enqueue) -> Result<OpResult> {
    let message = enqueue.message.as_uuid();
    if let Some((key, payload)) = &enqueue.key {
        tx.db
            .prepare_cached("INSERT INTO idem (key, digest, message, at) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                idempotency_key(enqueue, key),
                payload.as_bytes(),
                message.as_bytes(),
                micros(enqueue.now),
            ])?;
    }
    let tenant = tx.memory.names.number(tx.db, enqueue.tenant.as_str())?;
    for part in &enqueue.parts {
        insert(tx, tenant, part)?;
    }
    Ok(OpResult::Enqueued {
        message: enqueue.message,
        new: true,
    })
}

/// What can be said of an enqueue without looking at what is stored.
pub(super) fn check(enqueue: &Enqueue) -> Result<()> {
    let refuse = |message: &'static str| Err(Fault::Refused(Error::invalid(message)));
    if enqueue.parts.is_empty() {
        return refuse("a message without parts");
    }
    for part in &enqueue.parts {
        if part.id.message != enqueue.message {
            return refuse("a part of another message");
        }
        if part.body.len() > StoreCaps::EMBEDDED.max_body {
            return refuse("the body of a part is larger than the store takes");
        }
    }
    Ok(())
}

fn insert(tx: &mut Tx<'_>, tenant: i64, part: &NewPart) -> Result<()> {
    let (db, names) = (tx.db, &mut tx.memory.names);
    let (priority, due) = (priority_code(part.priority), micros_up(part.due));
    let lane = part.lane.map(lane_code);
    let state = if part.parked {
        PARKED
    } else {
        lane::entry_state(db, lane)?
    };
    let channel = names.number(db, part.channel.as_str())?;
    let account = match &part.account {
        Some(account) => names.number(db, account.as_str())?,
        None => 0,
    };
    let purpose = names.number(db, part.purpose.as_str())?;
    let topic = match &part.topic {
        Some(topic) => Some(names.number(db, topic.as_str())?),
        None => None,
    };
    let id = db
        .prepare_cached(
            "INSERT INTO part (message, idx, state, priority, due, expires, lane, tenant, channel, account, purpose, \
             topic, address, subject, conversation) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .insert(params![
            part.id.message.as_uuid().as_bytes(),
            part.id.index,
            state,
            priority,
            due,
            part.expires.map(micros),
            lane,
            tenant,
            channel,
            account,
            purpose,
            topic,
            part.address.as_bytes(),
            part.subject.as_ref().map(AsRef::<str>::as_ref),
            part.conversation.as_ref().map(AsRef::<str>::as_ref),
        ])?;
    db.prepare_cached("INSERT INTO body (part, body) VALUES (?1, ?2)")?
        .execute(params![id, part.body.as_ref()])?;
    if state == READY {
        let gate = Gate {
            channel,
            account,
            priority,
        };
        tx.memory.due.note(gate, due);
    }
    Ok(())
}

fn idempotency_key(enqueue: &Enqueue, key: &str) -> Key {
    key_of(&[enqueue.tenant.as_str(), key])
}
