//! The schema: numbered migrations, forward only.

use super::fault::storage;
use msg_core::{Error, ErrorKind};
use rusqlite::{Connection, TransactionBehavior};

/// Marks the file as ours: `msgs` in ASCII.
pub(super) const APPLICATION_ID: i32 = 0x6d73_6773;

/// The steps, each from the version of its place to the next one.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/001_first.sql"),
    include_str!("migrations/002_kept.sql"),
];

/// The version that this code reads and writes.
pub(super) const VERSION: usize = MIGRATIONS.len();

/// Refuses a database that is not ours or that a newer version wrote, and brings an older one up to date.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let version = check(connection)?;
    for (number, step) in MIGRATIONS.iter().enumerate().skip(version) {
        let apply = |connection: &mut Connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", version_code(number + 1))?;
            transaction.commit()
        };
        apply(connection)
            .map_err(|error| storage(error).with_context("migration", (number + 1).to_string()))?;
    }
    Ok(())
}

/// The version of the database, if it is ours and not newer than this code.
pub(super) fn check(connection: &Connection) -> Result<usize, Error> {
    let number = |pragma: &str| -> Result<i64, Error> {
        connection
            .pragma_query_value(None, pragma, |row| row.get(0))
            .map_err(storage)
    };
    let (application, version) = (number("application_id")?, number("user_version")?);
    let empty = connection
        .query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| {
            row.get(0)
        })
        .map_err(storage)?;
    if application != i64::from(APPLICATION_ID) && !(empty && application == 0 && version == 0) {
        return Err(Error::new(
            ErrorKind::Corrupt,
            "the database belongs to another application",
        )
        .with_context("application id", format!("{application:#010x}")));
    }
    match usize::try_from(version) {
        Ok(version) if version <= VERSION => Ok(version),
        _ => Err(
            Error::new(ErrorKind::Corrupt, "a newer version wrote the database")
                .with_context("version", version.to_string())
                .with_context("known up to", VERSION.to_string()),
        ),
    }
}

/// A version as the pragma takes it.
fn version_code(version: usize) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}
