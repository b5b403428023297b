//! Signatures by a provider's public key.

use super::{Proof, base64, hex};
use msg_core::channel::Rejection;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use std::fmt;

/// What stands before the 65 bytes of a P-256 point in its `SubjectPublicKeyInfo` (RFC 5480): id-ecPublicKey, prime256v1.
const P256_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A public key that signs webhooks.
#[derive(Clone)]
pub struct PublicKey(UnparsedPublicKey<Vec<u8>>);

impl PublicKey {
    /// An Ed25519 key (RFC 8032) of 32 bytes as hex.
    ///
    /// # Errors
    /// [`Rejection::MalformedProof`] when it is not one.
    pub fn ed25519_hex(key: &str) -> Proof<Self> {
        Self::ed25519(hex(key.trim())?)
    }

    /// An Ed25519 key of 32 bytes.
    ///
    /// # Errors
    /// [`Rejection::MalformedProof`] when it is not one.
    pub fn ed25519(key: Vec<u8>) -> Proof<Self> {
        if key.len() == 32 {
            Ok(Self::of(&signature::ED25519, key))
        } else {
            Err(Rejection::MalformedProof)
        }
    }

    /// A P-256 key for ECDSA with SHA-256, as base64 of its `SubjectPublicKeyInfo`, with or without PEM lines around it.
    /// Its signatures are ASN.1.
    ///
    /// # Errors
    /// [`Rejection::MalformedProof`] when it is not one.
    pub fn p256(key: &str) -> Proof<Self> {
        let lines = key.lines().filter(|line| !line.starts_with("-----"));
        let text: String = lines.flat_map(str::split_whitespace).collect();
        let bytes = base64(&text)?;
        match bytes.strip_prefix(&P256_HEAD) {
            Some(point) if point.len() == 65 => {
                Ok(Self::of(&signature::ECDSA_P256_SHA256_ASN1, point.to_vec()))
            }
            _ => Err(Rejection::MalformedProof),
        }
    }

    fn of(algorithm: &'static dyn VerificationAlgorithm, key: Vec<u8>) -> Self {
        Self(UnparsedPublicKey::new(algorithm, key))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey")
    }
}

/// All keys that a webhook may prove itself with.
#[derive(Clone, Debug, Default)]
pub struct PublicKeys(pub Vec<PublicKey>);

impl PublicKeys {
    /// Whether one of the keys made this signature of `message`.
    ///
    /// # Errors
    /// [`Rejection::WrongProof`], also without a key.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Proof {
        let fits = |key: &PublicKey| key.0.verify(message, signature).is_ok();
        if self.0.iter().any(fits) {
            Ok(())
        } else {
            Err(Rejection::WrongProof)
        }
    }
}
