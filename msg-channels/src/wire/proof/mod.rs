//! Proofs of webhooks. Every comparison of a secret takes the same time whatever was given.
//!
//! A proof that fails says how ([`Rejection`]) and nothing of what was given.

mod jwt;
mod mac;
mod public_key;
mod standard;

pub use jwt::{Claims, verify_hmac_jwt};
pub use mac::{Hash, Mac, Macs};
pub use public_key::{PublicKey, PublicKeys};
pub use standard::{STANDARD_TOLERANCE, StandardSecrets};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Timestamp};
use msg_core::channel::{Authenticity, Rejection, WebhookRequest};
use secrecy::{ExposeSecret as _, SecretString};
use std::borrow::Cow;
use std::time::Duration;
use subtle::{Choice, ConstantTimeEq as _};

/// What one step of a proof ends in.
pub type Proof<T = ()> = Result<T, Rejection>;

/// A proof as what [`WebhookWire::authenticate`](msg_core::channel::WebhookWire::authenticate) says.
#[must_use]
pub fn authenticity(proof: Proof) -> Authenticity {
    match proof {
        Ok(()) => Authenticity::Genuine,
        Err(rejection) => Authenticity::Rejected(rejection),
    }
}

/// The header that carries a proof. Two of them are a forgery or a fault, so neither is believed.
///
/// # Errors
/// [`Rejection::MissingProof`] without it, [`Rejection::MalformedProof`] when there are two or it is not ASCII.
pub fn header<'a>(request: &'a WebhookRequest, name: &str) -> Proof<&'a str> {
    let mut all = request.headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Err(Rejection::MissingProof),
        (Some(value), None) => value.to_str().map_err(|_| Rejection::MalformedProof),
        _ => Err(Rejection::MalformedProof),
    }
}

/// The fields of the URL's query, decoded.
pub fn query(url: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    form_urlencoded::parse(query.as_bytes())
}

/// One field of the URL's query.
#[must_use]
pub fn query_field<'a>(url: &'a str, name: &str) -> Option<Cow<'a, str>> {
    query(url)
        .find(|(field, _)| field == name)
        .map(|(_, value)| value)
}

/// The URL as the provider called it: scheme, host and path prefix of `public`, where the host is behind a proxy and says
/// so, and the path and query of the call.
#[must_use]
pub fn public_url<'a>(public: Option<&str>, request: &'a WebhookRequest) -> Cow<'a, str> {
    let Some(public) = public else {
        return Cow::Borrowed(&request.url);
    };
    let rest = match request.url.split_once("://") {
        Some((_, rest)) => rest
            .find(['/', '?'])
            .and_then(|at| rest.get(at..))
            .unwrap_or_default(),
        None => &request.url,
    };
    Cow::Owned(format!("{}{rest}", public.trim_end_matches('/')))
}

/// Bytes as hex, upper or lower case.
///
/// # Errors
/// [`Rejection::MalformedProof`].
pub fn hex(text: &str) -> Proof<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|it| u8::try_from(it).ok())
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return Err(Rejection::MalformedProof);
    };
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    pairs
        .iter()
        .map(byte)
        .collect::<Option<_>>()
        .ok_or(Rejection::MalformedProof)
}

/// Bytes written as lowercase hex.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Bytes as padded base64 (RFC 4648, 4).
///
/// # Errors
/// [`Rejection::MalformedProof`].
pub fn base64(text: &str) -> Proof<Vec<u8>> {
    BASE64_STANDARD
        .decode(text)
        .map_err(|_| Rejection::MalformedProof)
}

/// Bytes written as padded base64.
#[must_use]
pub fn to_base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// The SHA-256 of these bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    for (to, from) in hash.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    hash
}

/// Whether a call is of now: `seconds` since 1970, at most `tolerance` before or after.
///
/// # Errors
/// [`Rejection::MalformedProof`] when it is no time, [`Rejection::Stale`] when it is another time.
pub fn fresh(seconds: &str, now: Timestamp, tolerance: Duration) -> Proof {
    let seconds = seconds
        .trim()
        .parse()
        .map_err(|_| Rejection::MalformedProof)?;
    let at = Timestamp::from_second(seconds).map_err(|_| Rejection::MalformedProof)?;
    near(at, now, tolerance)
}

/// Whether `at` is at most `tolerance` before or after `now`.
///
/// # Errors
/// [`Rejection::Stale`].
pub fn near(at: Timestamp, now: Timestamp, tolerance: Duration) -> Proof {
    let tolerance = SignedDuration::try_from(tolerance).unwrap_or(SignedDuration::MAX);
    if now.duration_since(at).abs() <= tolerance {
        Ok(())
    } else {
        Err(Rejection::Stale)
    }
}

/// Whether one of the secrets was given. All are compared.
///
/// # Errors
/// [`Rejection::WrongProof`].
pub fn one_of(secrets: &[SecretString], given: &[u8]) -> Proof {
    let equal = |secret: &SecretString| secret.expose_secret().as_bytes().ct_eq(given);
    believed(
        secrets
            .iter()
            .fold(Choice::from(0), |any, secret| any | equal(secret)),
    )
}

/// Whether the call has one of these passwords, each as `user:password` (RFC 7617).
///
/// # Errors
/// As [`header`], and [`Rejection::WrongProof`].
pub fn basic(pairs: &[SecretString], request: &WebhookRequest) -> Proof {
    let value = header(request, "authorization")?;
    let (kind, given) = value.split_once(' ').ok_or(Rejection::MalformedProof)?;
    if !kind.eq_ignore_ascii_case("basic") {
        return Err(Rejection::MalformedProof);
    }
    one_of(pairs, &base64(given.trim())?)
}

/// The token of `Authorization: Bearer`.
///
/// # Errors
/// As [`header`].
pub fn bearer(request: &WebhookRequest) -> Proof<&str> {
    let value = header(request, "authorization")?;
    let (kind, token) = value.split_once(' ').ok_or(Rejection::MalformedProof)?;
    if kind.eq_ignore_ascii_case("bearer") {
        Ok(token.trim())
    } else {
        Err(Rejection::MalformedProof)
    }
}

fn believed(choice: Choice) -> Proof {
    if bool::from(choice) {
        Ok(())
    } else {
        Err(Rejection::WrongProof)
    }
}

#[cfg(test)]
mod tests;
