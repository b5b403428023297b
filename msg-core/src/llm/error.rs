//! What a model provider can fail with.

use super::GenerateResponse;
use crate::open::open_names;
use std::fmt;
use std::time::Duration;

open_names! {
    /// What kind of failure it is.
    LlmErrorKind {
        /// The prompt is longer than the model can read.
        ContextLength = "context_length",
        /// Too many requests or tokens in too short a time.
        RateLimit = "rate_limit",
        /// The quota is used up: waiting does not help.
        Quota = "quota",
        /// The provider has too much to do.
        Overloaded = "overloaded",
        /// The key is wrong.
        Auth = "auth",
        /// The key may not do this.
        Permission = "permission",
        /// A bill is not paid.
        Billing = "billing",
        /// The request is not valid.
        InvalidRequest = "invalid_request",
        /// There is no such model, deployment or address: another one may serve.
        NotFound = "not_found",
        /// A filter refused the request.
        ContentFilter = "content_filter",
        /// It took too long.
        Timeout = "timeout",
        /// A stream ended without its end.
        Interrupted = "interrupted",
        /// The answer cannot be read.
        Malformed = "malformed",
        /// The provider cannot be reached or failed.
        Unavailable = "unavailable",
    }
}

/// In which phase of an exchange it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Before the request left.
    Connect,
    /// While waiting for the head of the answer.
    Header,
    /// While the answer was read.
    Body,
}

/// A failure of a model provider. `Display` and `Debug` show neither prompt, answer nor key.
#[non_exhaustive]
pub struct LlmError {
    /// What kind.
    pub kind: LlmErrorKind,
    /// Whether the same request may be made again.
    pub retryable: bool,
    /// When, if the provider said so.
    pub retry_after: Option<Duration>,
    /// In which phase.
    pub phase: Phase,
    /// The HTTP status, if there was one.
    pub status: Option<u16>,
    /// The provider's own code.
    pub code: Option<Box<str>>,
    /// The provider's id of the request.
    pub request_id: Option<Box<str>>,
    /// What happened, in our own words.
    pub detail: &'static str,
    /// What had come by then, of a stream that broke off.
    pub partial: Option<Box<GenerateResponse>>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl LlmError {
    /// A failure of this kind. Whether it may be repeated follows from the kind until it is set.
    #[must_use]
    pub fn new(kind: LlmErrorKind, detail: &'static str) -> Self {
        use LlmErrorKind::{Interrupted, Overloaded, RateLimit, Timeout, Unavailable};
        let retryable = matches!(
            kind,
            RateLimit | Overloaded | Timeout | Interrupted | Unavailable
        );
        let (retry_after, status, code, request_id, partial, source) =
            (None, None, None, None, None, None);
        Self {
            kind,
            retryable,
            retry_after,
            phase: Phase::Body,
            status,
            code,
            request_id,
            detail,
            partial,
            source,
        }
    }

    /// Sets the phase.
    #[must_use]
    pub const fn in_phase(mut self, phase: Phase) -> Self {
        self.phase = phase;
        self
    }

    /// Sets the cause, which must show neither URL nor payload.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for LlmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.detail)?;
        if let Some(status) = self.status {
            write!(f, " (status: {status})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for LlmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LlmError")
            .field("kind", &self.kind)
            .field("retryable", &self.retryable)
            .field("phase", &self.phase)
            .field("status", &self.status)
            .field("code", &self.code)
            .field("request_id", &self.request_id)
            .field("detail", &self.detail)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for LlmError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
