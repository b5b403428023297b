//! Which address belongs to whom.

use super::fault::Result;
use super::value::{from_sql, micros};
use super::writer::Tx;
use msg_core::store::{IdentityLink, OpResult};
use rusqlite::{Connection, ToSql, params};

/// Links an address to a person, or takes the link back: the last operation on the two counts.
pub(super) fn link(tx: &mut Tx<'_>, link: &IdentityLink) -> Result<OpResult> {
    let tenant = tx.memory.names.number(tx.db, link.tenant.as_str())?;
    let (address, subject) = (link.address.key(), link.subject.as_str());
    tx.db
        .prepare_cached("DELETE FROM identity WHERE tenant = ?1 AND address = ?2 AND subject = ?3")?
        .execute(params![tenant, address.as_bytes(), subject])?;
    if !link.revoked {
        tx.db
            .prepare_cached(
                "INSERT INTO identity (tenant, address, subject, at, link) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                tenant,
                address.as_bytes(),
                subject,
                micros(link.at),
                serde_json::to_string(link)?
            ])?;
    }
    Ok(OpResult::Done)
}

/// Links that hold, newest first. `sql` selects them.
pub(super) fn read(db: &Connection, sql: &str, values: &[&dyn ToSql]) -> Result<Vec<IdentityLink>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut links = Vec::new();
    while let Some(row) = rows.next()? {
        links.push(serde_json::from_str(
            row.get_ref(0)?.as_str().map_err(from_sql)?,
        )?);
    }
    Ok(links)
}
