//! The two signatures of MessageBird (<https://developers.messagebird.com/api/#verifying-http-requests>).
//!
//! - `MessageBird-Signature-JWT`: a token under the signing key, with the hashes of the URL and of the body in it
//!   (messagebird/python-rest-api 2371520, `request_validator.py`).
//! - `MessageBird-Signature`, the old one: base64 of HMAC-SHA256 over the time, the sorted query and the hash of the body
//!   (the same, `signed_request.py`).

use super::super::config::MessageBirdConfig;
use crate::wire::proof::{
    Claims, Hash, Macs, Proof, authenticity, base64, fresh, header, hex, public_url, query,
    verify_hmac_jwt,
};
use jiff::Timestamp;
use msg_core::channel::{Authenticity, Rejection, WebhookRequest};
use ring::digest;
use secrecy::SecretString;
use std::fmt::Write as _;
use std::time::Duration;
use subtle::ConstantTimeEq as _;

/// The header of the new signature.
pub(crate) const JWT: &str = "messagebird-signature-jwt";
const OLD: &str = "messagebird-signature";
const TIME: &str = "messagebird-request-timestamp";

/// How far clocks may be apart: what the Python and PHP libraries allow.
const LEEWAY: Duration = Duration::from_secs(1);

/// How old a call with the old signature may be: below 100 seconds in the library for Node (`signature.js`), 10 in others,
/// which is less than a retry takes.
const RECENT: Duration = Duration::from_secs(99);

/// The signing keys, and what MessageBird calls.
#[derive(Debug)]
pub(crate) struct Signatures {
    secrets: Vec<SecretString>,
    keys: Macs,
    public_url: Option<String>,
}

impl Signatures {
    pub(crate) fn new(config: &MessageBirdConfig) -> Self {
        Self {
            keys: Macs::new(Hash::Sha256, &config.signing_keys),
            secrets: config.signing_keys.clone(),
            public_url: config.public_url.clone(),
        }
    }

    pub(crate) fn authenticate(&self, request: &WebhookRequest, now: Timestamp) -> Authenticity {
        let url = public_url(self.public_url.as_deref(), request);
        authenticity(if request.headers.contains_key(JWT) {
            self.token(request, &url, now)
        } else {
            self.old(request, &url, now)
        })
    }

    fn token(&self, request: &WebhookRequest, url: &str, now: Timestamp) -> Proof {
        let claims = verify_hmac_jwt(header(request, JWT)?, &self.secrets, now, LEEWAY)?;
        let text = |name: &str| claims.get(name).and_then(|it| it.as_str());
        let complete = ["nbf", "exp"].iter().all(|name| claims.contains_key(*name));
        if !complete || text("iss") != Some("MessageBird") {
            return Err(Rejection::MalformedProof);
        }
        hashes(text("url_hash"), url.as_bytes())?;
        match (request.body.is_empty(), payload_hash(&claims)) {
            (true, None) => Ok(()),
            (false, Some(hash)) => hashes(Some(hash), &request.body),
            // A body was added or taken away on the way.
            _ => Err(Rejection::WrongProof),
        }
    }

    fn old(&self, request: &WebhookRequest, url: &str, now: Timestamp) -> Proof {
        let code = base64(header(request, OLD)?)?;
        let time = header(request, TIME)?;
        let body = digest::digest(&digest::SHA256, &request.body);
        let said = format!("{time}\n{}\n", sorted(url));
        self.keys.verify(&[said.as_bytes(), body.as_ref()], &code)?;
        fresh(time, now, RECENT)
    }
}

fn payload_hash(claims: &Claims) -> Option<&str> {
    let hash = claims.get("payload_hash").and_then(|it| it.as_str());
    hash.filter(|it| !it.is_empty())
}

/// Whether `hash` is the SHA-256 of these bytes in hexadecimal.
fn hashes(hash: Option<&str>, bytes: &[u8]) -> Proof {
    let given = hex(hash.ok_or(Rejection::MalformedProof)?)?;
    let wanted = digest::digest(&digest::SHA256, bytes);
    if bool::from(wanted.as_ref().ct_eq(&given)) {
        Ok(())
    } else {
        Err(Rejection::WrongProof)
    }
}

/// The query, sorted by name and written as Python's `urlencode` does.
fn sorted(url: &str) -> String {
    let mut fields: Vec<_> = query(url).collect();
    fields.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut out = String::with_capacity(url.len());
    for (name, value) in &fields {
        if !out.is_empty() {
            out.push('&');
        }
        escape(name, &mut out);
        out.push('=');
        // The `+` of a time zone comes unescaped, and so as a space.
        if name == "statusDatetime" {
            escape(&value.replace(' ', "+"), &mut out);
        } else {
            escape(value, &mut out);
        }
    }
    out
}

fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests;
