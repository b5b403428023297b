//! Message authentication codes (RFC 2104) with several keys, so that one can be replaced without losing a call.

use super::{Proof, believed};
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;
use subtle::{Choice, ConstantTimeEq as _};

/// The hash under a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hash {
    /// SHA-1, which is still sound under HMAC; only for providers that have nothing else.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// A key, made once.
#[derive(Clone)]
pub struct Mac(hmac::Key);

impl Mac {
    /// The key of these bytes.
    #[must_use]
    pub fn new(hash: Hash, key: &[u8]) -> Self {
        let hash = match hash {
            Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => hmac::HMAC_SHA256,
            Hash::Sha384 => hmac::HMAC_SHA384,
            Hash::Sha512 => hmac::HMAC_SHA512,
        };
        Self(hmac::Key::new(hash, key))
    }

    /// The code of these pieces, one after the other.
    #[must_use]
    pub fn sign(&self, pieces: &[&[u8]]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0);
        for piece in pieces {
            context.update(piece);
        }
        context.sign().as_ref().to_vec()
    }

    fn fits(&self, pieces: &[&[u8]], code: &[u8]) -> Choice {
        self.sign(pieces).ct_eq(code)
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mac")
    }
}

/// All keys that a webhook may prove itself with.
#[derive(Clone, Debug, Default)]
pub struct Macs(Vec<Mac>);

impl Macs {
    /// The keys of these secrets, whose text is the key.
    #[must_use]
    pub fn new(hash: Hash, secrets: &[SecretString]) -> Self {
        let key = |secret: &SecretString| Mac::new(hash, secret.expose_secret().as_bytes());
        Self(secrets.iter().map(key).collect())
    }

    /// These keys.
    #[must_use]
    pub const fn of(keys: Vec<Mac>) -> Self {
        Self(keys)
    }

    /// Whether one of the keys made this code of these pieces. All are tried.
    ///
    /// # Errors
    /// [`Rejection::WrongProof`](msg_core::channel::Rejection::WrongProof), also without a key.
    pub fn verify(&self, pieces: &[&[u8]], code: &[u8]) -> Proof {
        let any = |any: Choice, key: &Mac| any | key.fits(pieces, code);
        believed(self.0.iter().fold(Choice::from(0), any))
    }
}
