//! Looks through a file for damage.

use super::fault::{Fault, Result, corrupt};
use super::value::{digest, from_sql};
use msg_core::digest::{DIGEST_BYTES, Digest};
use rusqlite::Connection;

/// Checks the file and the chain of the consent ledger.
pub(super) fn all(db: &Connection) -> Result<()> {
    let says: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if says != "ok" {
        return Err(Fault::Broken(
            corrupt("the database is damaged").with_context("first finding", says),
        ));
    }
    ledger(db)
}

/// Each event is chained to the one before it, from the first one on.
fn ledger(db: &Connection) -> Result<()> {
    let mut statement = db.prepare("SELECT seq, event, digest FROM consent_event ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let mut head = Digest::from_bytes([0; DIGEST_BYTES]);
    while let Some(row) = rows.next()? {
        let event = row.get_ref(1)?.as_bytes().map_err(from_sql)?;
        head = Digest::chain(&head, event);
        if head != digest(row, 2)? {
            let seq: i64 = row.get(0)?;
            let error = corrupt("an event of the consent ledger was changed");
            return Err(Fault::Broken(error.with_context("event", seq.to_string())));
        }
    }
    Ok(())
}
