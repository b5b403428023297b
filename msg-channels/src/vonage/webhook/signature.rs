//! The two signatures of Vonage (<https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks>;
//! <https://developer.vonage.com/en/getting-started/concepts/signing-messages>; vonage-node-sdk babd2d8, `signature.ts`).
//!
//! - A token, `Authorization: Bearer`, signed with HMAC-SHA256; its claim `payload_hash` is the SHA-256 of the body.
//! - `sig` among the fields of a call of the SMS API: HMAC over `&name=value` of the sorted others, `&` and `=` in a value
//!   written as `_`. Its length tells the hash; MD5 is not believed.

use crate::wire::fields::Fields;
use crate::wire::proof::{
    Hash, Macs, Proof, authenticity, bearer, hex, near, sha256, verify_hmac_jwt,
};
use jiff::Timestamp;
use msg_core::channel::{Authenticity, Rejection, WebhookRequest};
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use subtle::ConstantTimeEq as _;

/// How long a token is believed: Vonage tries a call again for a day.
const MAX_AGE: Duration = Duration::from_hours(24);
/// How far its clock may differ.
const LEEWAY: Duration = Duration::from_mins(1);

/// The signature secrets that a webhook may be signed with.
pub(crate) struct Signatures {
    secrets: Vec<SecretString>,
    hashes: [(usize, Macs); 3],
}

impl fmt::Debug for Signatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signatures({})", self.secrets.len())
    }
}

impl Signatures {
    pub(crate) fn new(secrets: &[SecretString]) -> Self {
        Self {
            hashes: [
                (20, Macs::new(Hash::Sha1, secrets)),
                (32, Macs::new(Hash::Sha256, secrets)),
                (64, Macs::new(Hash::Sha512, secrets)),
            ],
            secrets: secrets.to_vec(),
        }
    }

    pub(crate) fn authenticate(&self, request: &WebhookRequest, now: Timestamp) -> Authenticity {
        authenticity(self.verify(request, now))
    }

    /// A token that came decides alone.
    fn verify(&self, request: &WebhookRequest, now: Timestamp) -> Proof {
        match bearer(request) {
            Ok(token) => self.token(token, &request.body, now),
            Err(Rejection::MissingProof) => self.sig(request),
            Err(other) => Err(other),
        }
    }

    fn token(&self, token: &str, body: &[u8], now: Timestamp) -> Proof {
        let claims = verify_hmac_jwt(token, &self.secrets, now, LEEWAY)?;
        let malformed = || Rejection::MalformedProof;
        let hash = claims.get("payload_hash").and_then(Value::as_str);
        let hash = hex(hash.ok_or_else(malformed)?)?;
        if !bool::from(sha256(body).ct_eq(hash.as_slice())) {
            return Err(Rejection::WrongProof);
        }
        let issued = claims.get("iat").and_then(crate::wire::arrival::unix_time);
        near(issued.ok_or_else(malformed)?, now, MAX_AGE)
    }

    fn sig(&self, request: &WebhookRequest) -> Proof {
        let fields = fields(request);
        let sig = fields.get("sig").ok_or(Rejection::MissingProof)?;
        let code = hex(sig)?;
        let mut said = String::new();
        for (name, value) in fields.iter().filter(|(name, _)| *name != "sig") {
            said.push('&');
            said.push_str(name);
            said.push('=');
            said.push_str(&value.replace(['&', '='], "_"));
        }
        let mut keys = self.hashes.iter();
        let (_, keys) = keys
            .find(|(length, _)| *length == code.len())
            .ok_or(Rejection::MalformedProof)?;
        keys.verify(&[said.as_bytes()], &code)
    }
}

/// The fields of a call, sorted: its query, or its form or JSON. A field that comes twice proves nothing, because the
/// signature does not say which one is read.
fn fields(request: &WebhookRequest) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    if let Ok(Value::Object(object)) = serde_json::from_slice(&request.body) {
        for (name, value) in object {
            let text = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            all.insert(name, text);
        }
        return all;
    }
    for (name, value) in Fields::of(request).iter() {
        let again = all.insert(name.to_owned(), value.to_owned());
        if again.is_some() {
            return BTreeMap::new();
        }
    }
    all
}

#[cfg(test)]
mod tests;
