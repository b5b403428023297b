//! One error for the whole family: kind, retry advice, context and source, never a payload.

use std::fmt;
use std::time::Duration;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong, in the caller's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller's input breaks a rule. Trying again changes nothing.
    Invalid,
    /// A name that nobody registered: a template, a channel, a provider.
    NotFound,
    /// The same key with a different payload.
    Conflict,
    /// The operation is not offered here.
    Unsupported,
    /// A lease that somebody else holds by now; the change was not made.
    Fenced,
    /// More work is queued than the bound allows. Try again later.
    Busy,
    /// Storage is full, locked or read-only.
    Storage,
    /// What is stored cannot be read: damaged, or written by a newer version.
    Corrupt,
    /// A peer could not be reached or did not answer in time.
    Unavailable,
    /// A budget or quota is used up.
    Exhausted,
    /// A bug in this library or in an implementation of its traits.
    Internal,
}

impl ErrorKind {
    /// The stable lowercase name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotFound => "not found",
            Self::Conflict => "conflict",
            Self::Unsupported => "unsupported",
            Self::Fenced => "fenced",
            Self::Busy => "busy",
            Self::Storage => "storage",
            Self::Corrupt => "corrupt",
            Self::Unavailable => "unavailable",
            Self::Exhausted => "exhausted",
            Self::Internal => "internal",
        }
    }
}

/// Whether the same call may be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Never: the same call fails the same way.
    Never,
    /// It may work later.
    Later,
    /// It may work after this time.
    After(Duration),
}

/// An error of the family.
///
/// `Display` is one lowercase line: `kind: message (key: value, …)`. Bodies, addresses and secrets are never in it.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    retry: Retry,
    message: std::borrow::Cow<'static, str>,
    context: Vec<(&'static str, String)>,
    source: Option<Source>,
}

impl Error {
    /// An error of `kind` that says what was wrong. Retry advice follows from the kind until it is set.
    pub fn new(kind: ErrorKind, message: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        let retry = match kind {
            ErrorKind::Busy | ErrorKind::Storage | ErrorKind::Unavailable => Retry::Later,
            _ => Retry::Never,
        };
        Self(Box::new(Inner {
            kind,
            retry,
            message: message.into(),
            context: Vec::new(),
            source: None,
        }))
    }

    /// Shorthand for [`ErrorKind::Invalid`].
    pub fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// Adds where or with what it happened. Never a body, an address or a secret.
    #[must_use]
    pub fn with_context(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.0.context.push((key, value.into()));
        self
    }

    /// Sets the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Sets the retry advice.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same call may be made again.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// Where or with what it happened.
    #[must_use]
    pub fn context(&self) -> &[(&'static str, String)] {
        &self.0.context
    }
}

/// Where a JSON text could not be read: what kind of fault, and its place. What `serde_json` says itself may quote a value
/// of the text, so it is no source of an [`Error`] about what a host or a person wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JsonFault {
    what: &'static str,
    line: usize,
    column: usize,
}

impl From<&serde_json::Error> for JsonFault {
    fn from(error: &serde_json::Error) -> Self {
        use serde_json::error::Category;
        Self {
            what: match error.classify() {
                Category::Io => "it cannot be read or written",
                Category::Syntax => "it is not JSON",
                Category::Data => "a value is not what it should be",
                Category::Eof => "it ends too early",
            },
            line: error.line(),
            column: error.column(),
        }
    }
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, line, column } = self;
        write!(f, "{what}, at line {line} column {column}")
    }
}

impl std::error::Error for JsonFault {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind.as_str(), self.0.message)?;
        for (i, (key, value)) in self.0.context.iter().enumerate() {
            write!(f, "{}{key}: {value}", if i == 0 { " (" } else { ", " })?;
        }
        f.write_str(if self.0.context.is_empty() { "" } else { ")" })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_json_quotes_nothing() {
        let error = serde_json::from_str::<u8>("\n  \"hunter2\"").unwrap_err();
        assert!(error.to_string().contains("hunter2"));
        let fault = JsonFault::from(&error);
        let error = Error::new(ErrorKind::Corrupt, "a part cannot be read").with_source(fault);
        assert_eq!(
            format!("{error:?}"),
            "corrupt: a part cannot be read: a value is not what it should be, at line 2 column 11"
        );
    }

    #[test]
    fn display_is_one_line_with_context() {
        let error = Error::new(ErrorKind::NotFound, "no template `greeting`")
            .with_context("language", "de");
        assert_eq!(
            error.to_string(),
            "not found: no template `greeting` (language: de)"
        );
        assert_eq!(error.retry(), Retry::Never);
        assert_eq!(
            Error::new(ErrorKind::Busy, "queue is full").retry(),
            Retry::Later
        );
    }
}
