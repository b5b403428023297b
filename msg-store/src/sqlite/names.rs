//! Numbers for names that repeat on every row: tenants, channels, accounts, purposes, topics, schemes.

use super::fault::Result;
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::HashMap;

/// Numbers that the writer keeps at hand; past this it forgets them all and looks them up again.
const KEPT: usize = 16_384;

/// Which number a name has.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<Box<str>, i64>);

impl Names {
    /// The number of a name, new if it was never seen.
    pub(super) fn number(&mut self, connection: &Connection, text: &str) -> Result<i64> {
        if let Some(number) = self.0.get(text) {
            return Ok(*number);
        }
        let number = match known(connection, text)? {
            Some(number) => number,
            None => connection
                .prepare_cached("INSERT INTO name (text) VALUES (?1)")?
                .insert([text])?,
        };
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        self.0.insert(text.into(), number);
        Ok(number)
    }

    /// Forgets all numbers: the rows may have gone with a transaction that was taken back.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

/// The number of a name that was seen.
pub(super) fn known(connection: &Connection, text: &str) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT id FROM name WHERE text = ?1")?;
    Ok(statement.query_row([text], |row| row.get(0)).optional()?)
}
