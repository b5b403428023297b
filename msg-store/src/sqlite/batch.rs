//! One caller's batch: its operations in order, all or nothing.

use super::fault::{Fault, Result};
use super::job::Results;
use super::writer::Tx;
use super::{cancel, consent, enqueue, identity, inbound, settle, status, trace, transcript};
use msg_core::id::TenantId;
use msg_core::store::{Op, OpResult};
use msg_core::{Error, ErrorKind};

/// Whether an operation may well be refused after another one of the batch has written something. What the first one is
/// refused for, and keys that are there already, come before anything is written. A settlement is looked at beforehand: a
/// savepoint copies every page that is written in it, and nearly every claim still holds. What goes wrong nevertheless, as
/// an enqueue that breaks a rule, is rare: then all of the transaction is done again.
pub(super) fn may_fail_late(tx: &Tx<'_>, ops: &[Op]) -> bool {
    ops.iter().skip(1).any(|op| match op {
        Op::Settle(settle) => !settle::holds(tx, settle).unwrap_or(false),
        Op::Extend { .. } => true,
        _ => false,
    })
}

/// Applies a batch.
pub(super) fn apply(tx: &mut Tx<'_>, ops: &[Op]) -> Result<Results> {
    if let Some(results) = known(tx, ops)? {
        return Ok(results);
    }
    let mut keys = Vec::new();
    let mut results = Vec::with_capacity(ops.len());
    for (place, op) in ops.iter().enumerate() {
        let result = check(op, &mut keys).and_then(|()| one(tx, op));
        results.push(result.map_err(|fault| match fault {
            Fault::Refused(error) if place > 0 => Fault::Broken(error),
            fault => fault,
        })?);
    }
    Ok(results)
}

/// The answer to a batch with a message that is there already.
fn known(tx: &Tx<'_>, ops: &[Op]) -> Result<Option<Results>> {
    let mut found = None;
    for (place, op) in ops.iter().enumerate() {
        if let Op::Enqueue(enqueue) = op
            && let Some(message) = enqueue::known(tx, enqueue)?
        {
            found = found.or(Some((place, message)));
        }
    }
    Ok(found.map(|(place, message)| {
        let mut results = vec![OpResult::Skipped; ops.len()];
        if let Some(result) = results.get_mut(place) {
            *result = OpResult::Enqueued {
                message,
                new: false,
            };
        }
        results
    }))
}

/// What can be said of an operation without looking at what is stored; `keys` are those of the batch so far.
fn check<'a>(op: &'a Op, keys: &mut Vec<(&'a TenantId, &'a str)>) -> Result<()> {
    let Op::Enqueue(enqueue) = op else {
        return Ok(());
    };
    enqueue::check(enqueue)?;
    if let Some((key, _)) = &enqueue.key {
        let key = (&enqueue.tenant, key.as_str());
        if keys.contains(&key) {
            return Err(Fault::Refused(Error::invalid(
                "a batch has an idempotency key twice",
            )));
        }
        keys.push(key);
    }
    Ok(())
}

fn one(tx: &mut Tx<'_>, op: &Op) -> Result<OpResult> {
    match op {
        Op::Enqueue(op) => enqueue::enqueue(tx, op),
        Op::Settle(op) => settle::settle(tx, op),
        Op::Extend { token, until } => settle::extend(tx, *token, *until),
        Op::Cancel(op) => cancel::cancel(tx, op),
        Op::Release(selector) => cancel::release(tx, selector),
        Op::Redrive(selector) => cancel::redrive(tx, selector),
        Op::Consent(event) => consent::record(tx, event),
        Op::Inbound(op) => inbound::apply(tx, op),
        Op::Turn(turn) => transcript::turn(tx, turn),
        Op::Trace(append) => trace::append(tx, append),
        Op::TraceFed { reader, upto } => trace::fed(tx, reader, *upto),
        Op::Status(op) => status::join(tx, op),
        Op::Conversation(update) => transcript::conversation(tx, update),
        Op::Identity(link) => identity::link(tx, link),
        _ => Err(Fault::Refused(Error::new(
            ErrorKind::Unsupported,
            "an operation of a newer version",
        ))),
    }
}
