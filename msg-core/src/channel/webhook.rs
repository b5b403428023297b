//! Webhooks: verified before they are parsed.

use super::InboundEvent;
use crate::error::Error;
use bytes::Bytes;
use jiff::Timestamp;
use std::fmt;

/// The largest webhook body that is looked at, in bytes. Providers stay far below: LINE and Meta batch to about 1 MB.
pub const MAX_WEBHOOK: usize = 4 << 20;

/// A webhook call as it came in: raw bytes, before any parse.
#[derive(Clone)]
#[non_exhaustive]
pub struct WebhookRequest {
    /// The method.
    pub method: http::Method,
    /// The public URL that the provider called, for schemes that sign it.
    pub url: String,
    /// The headers. Names are case-insensitive.
    pub headers: http::HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl WebhookRequest {
    /// A call.
    pub fn new(
        method: http::Method,
        url: impl Into<String>,
        headers: http::HeaderMap,
        body: impl Into<Bytes>,
    ) -> Self {
        Self {
            method,
            url: url.into(),
            headers,
            body: body.into(),
        }
    }

    /// A header as text; none when it is missing or not ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl fmt::Debug for WebhookRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "WebhookRequest({}, {} bytes)",
            self.method,
            self.body.len()
        )
    }
}

/// What an answer to a webhook must be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpReply {
    /// The status.
    pub status: u16,
    /// The content type.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
}

impl HttpReply {
    /// A plain text answer with status 200.
    pub fn text(body: impl Into<Bytes>) -> Self {
        Self {
            status: 200,
            content_type: "text/plain",
            body: body.into(),
        }
    }

    /// A JSON answer with status 200.
    pub fn json(body: impl Into<Bytes>) -> Self {
        Self {
            status: 200,
            content_type: "application/json",
            body: body.into(),
        }
    }
}

/// Why a webhook was not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// A header or field that proves the sender is missing.
    MissingProof,
    /// The proof is malformed.
    MalformedProof,
    /// The proof is wrong.
    WrongProof,
    /// The proof is too old or from the future.
    Stale,
    /// The body is too large.
    TooLarge,
    /// The key that made the proof is not known yet: the host fetches it and asks again, or the provider calls again.
    UnknownKey,
}

impl Rejection {
    /// The HTTP status that answers it.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::TooLarge => 413,
            // Providers deliver again after a fault of the server, not after a refusal.
            Self::UnknownKey => 503,
            _ => 401,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MissingProof => "the proof of the sender is missing",
            Self::MalformedProof => "the proof of the sender is malformed",
            Self::WrongProof => "the proof of the sender is wrong",
            Self::Stale => "the proof of the sender is too old or from the future",
            Self::TooLarge => "the body is too large",
            Self::UnknownKey => "the key of the sender is not known yet",
        })
    }
}

/// What a wire says about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authenticity {
    /// The provider sent it.
    Genuine,
    /// The provider wants this answer and nothing else.
    Challenge(HttpReply),
    /// It is not believed.
    Rejected(Rejection),
}

/// What verification ended in.
#[derive(Debug)]
pub enum Verification<'a> {
    /// It may be parsed.
    Verified(Verified<'a>),
    /// The provider wants this answer and nothing else.
    Challenge(HttpReply),
    /// It is not believed.
    Rejected(Rejection),
}

/// A call that was verified: the only key to [`WebhookWire::parse`]. Only [`WebhookWireExt::verify`] makes one.
#[derive(Debug)]
pub struct Verified<'a> {
    request: &'a WebhookRequest,
    received_at: Timestamp,
}

impl<'a> Verified<'a> {
    /// The call.
    #[must_use]
    pub const fn request(&self) -> &'a WebhookRequest {
        self.request
    }

    /// When it came in.
    #[must_use]
    pub const fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// Takes a call as verified, so that the suite of webhooks can hand over bodies that nobody signed.
    #[cfg(feature = "testkit")]
    pub(crate) const fn assume(request: &'a WebhookRequest, received_at: Timestamp) -> Self {
        Self {
            request,
            received_at,
        }
    }
}

/// Verifies and parses a provider's webhooks. Pure.
///
/// # Contract
/// - `authenticate` reads raw bytes, compares in constant time, accepts every configured secret (rotation), and allows
///   a skew of the provider's timestamp only as far as the provider documents.
/// - `parse` never fails because of a kind that it does not know: that becomes
///   [`Inbound::Unsupported`](super::Inbound::Unsupported). One bad item of a batch does not lose the others.
pub trait WebhookWire: fmt::Debug + Send + Sync {
    /// Whether the provider sent it. Called by [`WebhookWireExt::verify`].
    fn authenticate(&self, request: &WebhookRequest, now: Timestamp) -> Authenticity;

    /// The events of a verified call.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when the body is not what the provider sends at all; it says
    /// where, not what.
    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error>;

    /// The largest body that is looked at, in bytes: more than [`MAX_WEBHOOK`] only where the provider posts whole files, as
    /// with mail that came in.
    fn most_bytes(&self) -> usize {
        MAX_WEBHOOK
    }
}

mod sealed {
    pub trait Sealed {}
    impl<W: super::WebhookWire + ?Sized> Sealed for W {}
}

/// The one way to a [`Verified`] call. Implemented for every wire; never implement it.
pub trait WebhookWireExt: WebhookWire + sealed::Sealed {
    /// Verifies a call at `now`.
    fn verify<'a>(&self, request: &'a WebhookRequest, now: Timestamp) -> Verification<'a>;
}

impl<W: WebhookWire + ?Sized> WebhookWireExt for W {
    fn verify<'a>(&self, request: &'a WebhookRequest, now: Timestamp) -> Verification<'a> {
        if request.body.len() > self.most_bytes() {
            return Verification::Rejected(Rejection::TooLarge);
        }
        match self.authenticate(request, now) {
            Authenticity::Genuine => Verification::Verified(Verified {
                request,
                received_at: now,
            }),
            Authenticity::Challenge(reply) => Verification::Challenge(reply),
            Authenticity::Rejected(rejection) => Verification::Rejected(rejection),
        }
    }
}

const fn _dyn_compatible(_: &dyn WebhookWire) {}
