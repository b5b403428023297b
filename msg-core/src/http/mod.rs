//! The HTTP seam: requests in, responses out. No wire knows which client is behind it.

mod private;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "sigv4")]
pub mod sigv4;

#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;
pub use private::{is_private_host, is_public};

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::stream::BoxStream;
use std::fmt;
use std::time::Duration;

/// A body that arrives piece by piece.
pub type ByteStream = BoxStream<'static, Result<Bytes, HttpError>>;

/// Time and size limits of one exchange. Each phase has a limit of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpLimits {
    /// Until the response's head is there, from the start.
    pub header: Duration,
    /// Between two pieces of a body.
    pub idle: Duration,
    /// For the whole exchange. None for streams that may run for long.
    pub total: Option<Duration>,
    /// The largest body that is read, in bytes.
    pub body: usize,
}

impl Default for HttpLimits {
    /// 30 s to the head, 30 s between pieces, 60 s in all, 4 MiB.
    fn default() -> Self {
        Self {
            header: Duration::from_secs(30),
            idle: Duration::from_secs(30),
            total: Some(Duration::from_mins(1)),
            body: 4 << 20,
        }
    }
}

impl HttpLimits {
    /// Limits for a stream from a model: no total, more time to think between two pieces.
    #[must_use]
    pub fn streaming() -> Self {
        Self {
            header: Duration::from_mins(2),
            idle: Duration::from_mins(2),
            total: None,
            body: 64 << 20,
        }
    }
}

/// What went wrong with an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HttpErrorKind {
    /// The request is not valid. It did not leave.
    Request,
    /// The host was not found or refused the connection. The request did not leave.
    Connect,
    /// The address is private and was refused. The request did not leave.
    Forbidden,
    /// No head in time. The request may have arrived.
    HeaderTimeout,
    /// No piece of the body in time. The request arrived.
    IdleTimeout,
    /// The whole exchange took too long. The request may have arrived.
    TotalTimeout,
    /// The connection broke. The request may have arrived.
    Interrupted,
    /// The body is larger than allowed. The request arrived.
    TooLarge,
}

/// A failed exchange. Neither `Display` nor `Debug` shows the URL, which may carry a token.
#[derive(Debug)]
pub struct HttpError {
    kind: HttpErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl HttpError {
    /// An error of this kind.
    #[must_use]
    pub const fn new(kind: HttpErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Sets the cause. Whoever calls makes sure that it shows no URL.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> HttpErrorKind {
        self.kind
    }

    /// Whether the server may have seen the request: then the outcome is unknown.
    #[must_use]
    pub const fn may_have_arrived(&self) -> bool {
        !matches!(
            self.kind,
            HttpErrorKind::Request | HttpErrorKind::Connect | HttpErrorKind::Forbidden
        )
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            HttpErrorKind::Request => "the request is not valid",
            HttpErrorKind::Connect => "no connection",
            HttpErrorKind::Forbidden => "the address is private",
            HttpErrorKind::HeaderTimeout => "no answer in time",
            HttpErrorKind::IdleTimeout => "the answer stalled",
            HttpErrorKind::TotalTimeout => "the exchange took too long",
            HttpErrorKind::Interrupted => "the connection broke",
            HttpErrorKind::TooLarge => "the answer is too large",
        })
    }
}

impl std::error::Error for HttpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Sends requests.
///
/// # Contract
/// One attempt, no redirects, no cookies, no decompression surprises: what the server said is what comes back, for
/// every status. An error says truly whether the request may have arrived.
#[async_trait]
pub trait HttpTransport: fmt::Debug + Send + Sync + 'static {
    /// Sends a request and reads the whole answer.
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: &HttpLimits,
    ) -> Result<http::Response<Bytes>, HttpError>;

    /// Sends a request and hands the answer over piece by piece.
    async fn stream(
        &self,
        request: http::Request<Bytes>,
        limits: &HttpLimits,
    ) -> Result<http::Response<ByteStream>, HttpError>;

    /// Fetches something from an address that came from outside: https only, private addresses refused.
    async fn fetch(
        &self,
        url: &str,
        limits: &HttpLimits,
    ) -> Result<http::Response<Bytes>, HttpError>;
}

const fn _dyn_compatible(_: &dyn HttpTransport) {}
