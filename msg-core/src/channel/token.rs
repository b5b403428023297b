//! Tokens that a wire must fetch before it may send, and that end after a while.

use super::Failure;
use crate::time::{Timestamp, after};
use bytes::Bytes;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A token that ends.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Token {
    /// The token.
    pub secret: SecretString,
    /// How long it is good, from when it was asked for.
    pub lasts: Duration,
}

impl Token {
    /// A token.
    pub fn new(secret: impl Into<SecretString>, lasts: Duration) -> Self {
        let secret = secret.into();
        Self { secret, lasts }
    }
}

/// Fetches the tokens of a wire. Pure; [`HttpAdapter`](super::HttpAdapter) keeps a token until shortly before its end.
pub trait TokenWire: fmt::Debug + Send + Sync {
    /// The time, which dates what asks for a token and tells when one ends.
    fn now(&self) -> Timestamp;

    /// The request that asks for a token.
    ///
    /// # Errors
    /// A [`Failure`] when the configured key cannot ask.
    fn ask(&self) -> Result<http::Request<Bytes>, Box<Failure>>;

    /// The token in the answer to that request.
    ///
    /// # Errors
    /// A [`Failure`] when there is none; it never repeats the answer.
    fn read(&self, response: &http::Response<Bytes>) -> Result<Token, Box<Failure>>;

    /// Puts the token onto a request: as a bearer (RFC 6750, 2.1) unless the wire says otherwise.
    fn put(&self, token: &SecretString, request: &mut http::Request<Bytes>) {
        if let Ok(mut value) = HeaderValue::try_from(format!("Bearer {}", token.expose_secret())) {
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
    }
}

/// A token is not used in the last minute of its life: a request takes its time, and clocks differ.
const MARGIN: Duration = Duration::from_mins(1);

/// The token of one adapter.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Option<(SecretString, Timestamp)>>);

impl Kept {
    fn held(&self) -> std::sync::MutexGuard<'_, Option<(SecretString, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token, while it is good.
    pub(super) fn get(&self, now: Timestamp) -> Option<SecretString> {
        let held = self.held();
        let (token, ends) = held.as_ref()?;
        (now < *ends).then(|| token.clone())
    }

    /// Keeps a token that was asked for at `now`.
    pub(super) fn put(&self, token: Token, now: Timestamp) -> SecretString {
        let ends = after(now, token.lasts.saturating_sub(MARGIN));
        *self.held() = Some((token.secret.clone(), ends));
        token.secret
    }

    /// Drops this token, not one that came after it.
    pub(super) fn forget(&self, token: &SecretString) {
        let mut held = self.held();
        let same = |(kept, _): &mut (SecretString, Timestamp)| {
            kept.expose_secret() == token.expose_secret()
        };
        held.take_if(same);
    }
}

const fn _dyn_compatible(_: &dyn TokenWire) {}
