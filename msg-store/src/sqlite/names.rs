//! Numbers for names that repeat on every row: tenants, channels, accounts, purposes, topics, schemes.

use super::fault::Result;
use msg_core::id::TenantId;
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::HashMap;

/// Numbers that the writer keeps at hand; past this it forgets them all and looks them up again.
const KEPT: usize = 16_384;

/// Which number a name has.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<Box<str>, i64>,
    tenants: HashMap<i64, TenantId>,
}

impl Names {
    /// The number of a name, new if it was never seen.
    pub(super) fn number(&mut self, connection: &Connection, text: &str) -> Result<i64> {
        if let Some(number) = self.numbers.get(text) {
            return Ok(*number);
        }
        let number = match known(connection, text)? {
            Some(number) => number,
            None => connection
                .prepare_cached("INSERT INTO name (text) VALUES (?1)")?
                .insert([text])?,
        };
        if self.numbers.len() >= KEPT {
            self.numbers.clear();
        }
        self.numbers.insert(text.into(), number);
        Ok(number)
    }

    /// The tenant of a number.
    pub(super) fn tenant(&mut self, connection: &Connection, number: i64) -> Result<TenantId> {
        if let Some(tenant) = self.tenants.get(&number) {
            return Ok(tenant.clone());
        }
        let tenant = TenantId::new(text(connection, number)?)?;
        if self.tenants.len() >= KEPT {
            self.tenants.clear();
        }
        self.tenants.insert(number, tenant.clone());
        Ok(tenant)
    }

    /// Forgets all numbers: the rows may have gone with a transaction that was taken back.
    pub(super) fn forget(&mut self) {
        self.numbers.clear();
        self.tenants.clear();
    }
}

/// The numbers that a reader has seen. A name that is committed keeps its number for good.
#[derive(Debug, Default)]
pub(super) struct Seen(HashMap<Box<str>, i64>);

impl Seen {
    /// The number of a name, if it has one.
    pub(super) fn number(&mut self, connection: &Connection, text: &str) -> Result<Option<i64>> {
        if let Some(number) = self.0.get(text) {
            return Ok(Some(*number));
        }
        let found = known(connection, text)?;
        if let Some(number) = found {
            if self.0.len() >= KEPT {
                self.0.clear();
            }
            self.0.insert(text.into(), number);
        }
        Ok(found)
    }
}

/// The number of a name that was seen.
pub(super) fn known(connection: &Connection, text: &str) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT id FROM name WHERE text = ?1")?;
    Ok(statement.query_row([text], |row| row.get(0)).optional()?)
}

/// The name of a number.
pub(super) fn text(connection: &Connection, number: i64) -> Result<String> {
    let mut statement = connection.prepare_cached("SELECT text FROM name WHERE id = ?1")?;
    Ok(statement.query_row([number], |row| row.get(0))?)
}
