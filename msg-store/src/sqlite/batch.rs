//! One caller's batch: its operations in order, all or nothing.

use super::fault::{Fault, Result};
use super::job::Results;
use super::writer::Tx;
use super::{cancel, consent, enqueue, identity, inbound, settle, status, trace, transcript};
use msg_core::store::{Op, OpResult};
use msg_core::{Error, ErrorKind};

/// Whether an operation can be refused after another one of the batch has written something. Refusals of the first
/// operation, and of enqueues because of their keys, come before anything is written.
pub(super) fn may_fail_late(ops: &[Op]) -> bool {
    ops.iter()
        .skip(1)
        .any(|op| matches!(op, Op::Settle(_) | Op::Extend { .. }))
}

/// Applies a batch.
pub(super) fn apply(tx: &mut Tx<'_>, ops: &[Op]) -> Result<Results> {
    for op in ops {
        if let Op::Enqueue(enqueue) = op
            && let Some(message) = enqueue::duplicate(tx, enqueue)?
        {
            return Ok(vec![OpResult::Enqueued {
                message,
                new: false,
            }]);
        }
    }
    let mut results = Vec::with_capacity(ops.len());
    for (place, op) in ops.iter().enumerate() {
        let result = one(tx, op).map_err(|fault| match fault {
            Fault::Refused(error) if place > 0 => Fault::Broken(error),
            fault => fault,
        });
        results.push(result?);
    }
    Ok(results)
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
        Op::Status(op) => status::join(tx, op),
        Op::Conversation(update) => transcript::conversation(tx, update),
        Op::Identity(link) => identity::link(tx, link),
        _ => Err(Fault::Refused(Error::new(
            ErrorKind::Unsupported,
            "an operation of a newer version",
        ))),
    }
}
