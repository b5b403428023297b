//! JSON web tokens (RFC 7519) under a shared secret.

use super::{Hash, Mac, Macs, Proof};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use msg_core::channel::Rejection;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::time::Duration;

/// The longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 16 << 10;

/// The claims of a token whose signature was right.
pub type Claims = Map<String, Value>;

#[derive(Deserialize)]
struct Head {
    alg: String,
}

/// The claims of a token that one of the secrets signed with HMAC (`HS256`, `HS384`, `HS512`) and that is good now: `exp`
/// is not over and `nbf` has begun, each with `leeway`. `none` and every other algorithm are refused.
///
/// # Errors
/// [`Rejection::MalformedProof`], [`Rejection::WrongProof`], or [`Rejection::Stale`].
pub fn verify_hmac_jwt(
    token: &str,
    secrets: &[SecretString],
    now: Timestamp,
    leeway: Duration,
) -> Proof<Claims> {
    let malformed = || Rejection::MalformedProof;
    if token.len() > MAX_TOKEN {
        return Err(malformed());
    }
    let (signed, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
    let (head, claims) = signed.split_once('.').ok_or_else(malformed)?;
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed());
    let head: Head = serde_json::from_slice(&decode(head)?).map_err(|_| malformed())?;
    let hash = match head.alg.as_str() {
        "HS256" => Hash::Sha256,
        "HS384" => Hash::Sha384,
        "HS512" => Hash::Sha512,
        _ => return Err(malformed()),
    };
    let key = |secret: &SecretString| Mac::new(hash, secret.expose_secret().as_bytes());
    let keys = Macs::of(secrets.iter().map(key).collect());
    keys.verify(&[signed.as_bytes()], &decode(signature)?)?;
    let claims: Claims = serde_json::from_slice(&decode(claims)?).map_err(|_| malformed())?;
    within(&claims, now, leeway)?;
    Ok(claims)
}

/// Whether the token is good now.
fn within(claims: &Claims, now: Timestamp, leeway: Duration) -> Proof {
    let leeway = SignedDuration::try_from(leeway).unwrap_or(SignedDuration::MAX);
    let late = |at: Timestamp| now.duration_since(at) > leeway;
    let early = |at: Timestamp| at.duration_since(now) > leeway;
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => {
            let at = super::super::arrival::unix_time(value);
            at.map(Some).ok_or(Rejection::MalformedProof)
        }
    };
    if time("exp")?.is_some_and(late) || time("nbf")?.is_some_and(early) {
        return Err(Rejection::Stale);
    }
    Ok(())
}
