//! What happens when a store is opened: a new epoch, and the end of every lease of an older one.

use super::config::SqliteConfig;
use super::consent;
use super::fault::Result;
use super::lane::Due;
use super::names::Names;
use super::purge::Sweep;
use super::settle::end_leases;
use super::value::{signed, unsigned};
use super::writer::{Counts, Memory, Tx};
use rusqlite::Connection;

/// Raises the epoch and makes what was leased ambiguous, in one transaction.
pub(super) fn start(db: &Connection, config: &SqliteConfig) -> Result<Memory> {
    let mut memory = Memory {
        names: Names::default(),
        due: Due::default(),
        epoch: 0,
        counts: Counts::default(),
        sweep: Sweep::new(config.retention),
    };
    db.execute_batch("BEGIN IMMEDIATE")?;
    let started = begin(&mut Tx {
        db,
        memory: &mut memory,
    });
    match started {
        Ok(()) => db.execute_batch("COMMIT")?,
        Err(fault) => {
            // The connection is given up; an error of this would hide the one that matters.
            let _ = db.execute_batch("ROLLBACK");
            return Err(fault);
        }
    }
    resume(db, &mut memory)?;
    Ok(memory)
}

fn begin(tx: &mut Tx<'_>) -> Result<()> {
    let mut statement = tx
        .db
        .prepare_cached("UPDATE meta SET value = value + 1 WHERE key = 'epoch' RETURNING value")?;
    tx.memory.epoch = unsigned(statement.query_row([], |row| row.get(0))?);
    // Nobody knows the time yet: what dies of too many attempts counts as finished when its lease would have ended.
    end_leases(tx, None)
}

/// Reads what the writer keeps in memory. The epoch stays: leases that this process gave out are still good.
pub(super) fn resume(db: &Connection, memory: &mut Memory) -> Result<()> {
    memory.names.forget();
    memory.due = Due::load(db)?;
    let (ledger, ledger_digest) = consent::head(db)?;
    let number = |sql: &str, epoch: i64| -> Result<u64> {
        let count = db
            .prepare_cached(sql)?
            .query_row([epoch], |row| row.get(0))?;
        Ok(unsigned(count))
    };
    let epoch = signed(memory.epoch);
    let leased = "SELECT coalesce(max(lease), 0) FROM part INDEXED BY part_leased WHERE state = 2 AND lease_epoch = ?1";
    memory.counts = Counts {
        ledger,
        ledger_digest,
        early: number("SELECT count(*) FROM early WHERE ?1 > 0", epoch)?,
        lease: number(leased, epoch)?.max(memory.counts.lease),
    };
    Ok(())
}
