//! Errors inside the store, and how they look outside.

use msg_core::{Error, ErrorKind, Retry};
use rusqlite::ErrorCode;
use std::sync::Arc;

/// Why something could not be done.
#[derive(Debug)]
pub(super) enum Fault {
    /// The operation does not fit what is stored; it has written nothing.
    Refused(Error),
    /// It failed, perhaps after it wrote something.
    Broken(Error),
    /// SQLite failed.
    Sql(rusqlite::Error),
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(corrupt("a record cannot be read or written").with_source(error))
    }
}

impl Fault {
    /// The error that the caller sees.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Refused(error) | Self::Broken(error) => error,
            Self::Sql(error) => storage(error),
        }
    }
}

pub(super) fn corrupt(message: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, message)
}

/// An error of SQLite in the caller's terms. SQLite's own text names tables and columns, never values.
pub(super) fn storage(error: rusqlite::Error) -> Error {
    let (kind, message) = describe(&error);
    Error::new(kind, message).with_source(error)
}

/// The same for one of several callers whose transaction failed.
pub(super) fn storage_shared(error: &Arc<rusqlite::Error>) -> Error {
    let (kind, message) = describe(error);
    Error::new(kind, message).with_source(Arc::clone(error))
}

fn describe(error: &rusqlite::Error) -> (ErrorKind, &'static str) {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (ErrorKind::Storage, "storage is full"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            ErrorKind::Storage,
            "the database is locked by another process",
        ),
        Some(ErrorCode::ReadOnly) => (ErrorKind::Storage, "the database is read-only"),
        Some(ErrorCode::CannotOpen) => (ErrorKind::Storage, "the database cannot be opened"),
        Some(ErrorCode::PermissionDenied) => {
            (ErrorKind::Storage, "the database may not be accessed")
        }
        Some(ErrorCode::SystemIoFailure) => (ErrorKind::Storage, "reading or writing failed"),
        Some(ErrorCode::NotADatabase) => (ErrorKind::Corrupt, "the file is not a database"),
        Some(ErrorCode::DatabaseCorrupt) => (ErrorKind::Corrupt, "the database is damaged"),
        Some(ErrorCode::TooBig) => (ErrorKind::Invalid, "a record is larger than SQLite takes"),
        Some(ErrorCode::ConstraintViolation) => {
            (ErrorKind::Conflict, "the record is there already")
        }
        _ => match error {
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..) => {
                (ErrorKind::Corrupt, "a stored record cannot be read")
            }
            _ => (ErrorKind::Internal, "an unexpected error of SQLite"),
        },
    }
}

/// Whether only the statement failed, and what it belongs to can be taken back alone.
pub(super) fn is_of_statement(error: &rusqlite::Error) -> bool {
    let (kind, _) = describe(error);
    matches!(
        kind,
        ErrorKind::Conflict | ErrorKind::Invalid | ErrorKind::Corrupt
    ) && !matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
    )
}

/// The same failure for one of several callers: an [`Error`] is not `Clone`.
pub(super) fn again(error: &Error) -> Error {
    Error::new(error.kind(), "the database could not be opened again")
        .with_context("cause", error.to_string())
        .with_retry(error.retry())
}

/// A failure of the file system while opening.
pub(super) fn file(message: &'static str, name: &str, error: std::io::Error) -> Error {
    let retry = match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied => Retry::Never,
        _ => Retry::Later,
    };
    Error::new(ErrorKind::Storage, message)
        .with_context("file", name)
        .with_context("cause", error.kind().to_string())
        .with_retry(retry)
        .with_source(error)
}
