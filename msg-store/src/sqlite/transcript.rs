//! Turns of transcripts, and what is known of conversations.

use super::fault::Result;
use super::value::micros;
use super::writer::Tx;
use msg_core::store::{ConversationUpdate, OpResult, TurnRecord};
use rusqlite::params;

/// Adds a turn.
pub(super) fn turn(tx: &mut Tx<'_>, turn: &TurnRecord) -> Result<OpResult> {
    let tenant = tx.memory.names.number(tx.db, turn.tenant.as_str())?;
    tx.db
        .prepare_cached(
            "INSERT INTO turn (tenant, conversation, at, turn) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            tenant,
            turn.conversation.as_str(),
            micros(turn.at),
            serde_json::to_string(turn)?
        ])?;
    Ok(OpResult::Done)
}

/// Changes what is known of a conversation; the time of the last inbound never moves back.
pub(super) fn conversation(tx: &mut Tx<'_>, update: &ConversationUpdate) -> Result<OpResult> {
    let tenant = tx.memory.names.number(tx.db, update.tenant.as_str())?;
    tx.db
        .prepare_cached(
            "INSERT INTO conversation (tenant, conversation, last_inbound, handed_off, answers) \
             VALUES (?1, ?2, ?3, coalesce(?4, 0), ?5) \
             ON CONFLICT (tenant, conversation) DO UPDATE SET \
             last_inbound = coalesce(max(last_inbound, ?3), last_inbound, ?3), \
             handed_off = coalesce(?4, handed_off), answers = coalesce(?5, answers)",
        )?
        .execute(params![
            tenant,
            update.conversation.as_str(),
            update.last_inbound.map(micros),
            update.handed_off,
            update.answers.as_deref()
        ])?;
    Ok(OpResult::Done)
}
