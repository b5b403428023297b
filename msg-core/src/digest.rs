//! SHA-256 as a value: content hashes, plan digests and the links of a trace's hash chain.

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// Bytes in a digest.
pub const DIGEST_BYTES: usize = 32;

/// A SHA-256 digest. It prints and serializes as 64 lower-case hexadecimal digits.
///
/// It identifies content, it does not authenticate it: anyone can compute the digest of a changed text.
///
/// ```
/// use msg_core::digest::Digest;
/// let head = Digest::of(b"first");
/// let next = Digest::chain(&head, b"second");
/// assert_eq!(next.to_string().parse(), Ok(next));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; DIGEST_BYTES]);

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of `previous` followed by `bytes`: one link of a hash chain. A change of any earlier link changes it.
    #[must_use]
    pub fn chain(previous: &Self, bytes: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(previous.0);
        hash.update(bytes);
        Self(hash.finalize().into())
    }

    /// The digest with these bytes, as a store gives them back.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; DIGEST_BYTES]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; DIGEST_BYTES] {
        &self.0
    }

    /// Appends the hexadecimal digits.
    pub(crate) fn push_to(&self, out: &mut String) {
        // The digits are ASCII, so this never fails.
        out.push_str(std::str::from_utf8(&self.hex()).unwrap_or_default());
    }

    /// Hexadecimal digits without allocation.
    fn hex(&self) -> [u8; DIGEST_BYTES * 2] {
        let mut out = [0; DIGEST_BYTES * 2];
        for (pair, byte) in out.chunks_exact_mut(2).zip(self.0) {
            for (digit, nibble) in pair.iter_mut().zip([byte >> 4, byte & 0x0F]) {
                *digit = if nibble < 10 {
                    b'0' + nibble
                } else {
                    b'a' + nibble - 10
                };
            }
        }
        out
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.hex()).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A text is not a digest: it is not exactly 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseDigestError;

impl fmt::Display for ParseDigestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a digest is 64 hexadecimal digits")
    }
}

impl std::error::Error for ParseDigestError {}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != DIGEST_BYTES * 2 {
            return Err(ParseDigestError);
        }
        let mut bytes = [0; DIGEST_BYTES];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = pair
                .iter()
                .try_fold(0, |value, digit| Some(value << 4 | nibble(*digit)?))
                .ok_or(ParseDigestError)?;
        }
        Ok(Self(bytes))
    }
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hex = self.hex();
        serializer.serialize_str(std::str::from_utf8(&hex).map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Hex;
        impl Visitor<'_> for Hex {
            type Value = Digest;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("64 hexadecimal digits")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Digest, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Hex)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// FIPS 180-4 example: the digest of `abc`.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn known_answer() {
        assert_eq!(Digest::of(b"abc").to_string(), ABC);
        assert_eq!(ABC.to_uppercase().parse(), Ok(Digest::of(b"abc")));
        assert_eq!(
            format!("{:?}", Digest::of(b"abc")),
            format!("Digest({ABC})")
        );
    }

    #[test]
    fn a_chain_is_the_digest_of_the_previous_and_the_bytes() {
        let head = Digest::of(b"a");
        let joined: Vec<u8> = head.as_bytes().iter().copied().chain(*b"bc").collect();
        assert_eq!(Digest::chain(&head, b"bc"), Digest::of(&joined));
        assert_ne!(
            Digest::chain(&Digest::of(b"A"), b"bc"),
            Digest::chain(&head, b"bc")
        );
    }

    #[test]
    fn serialized_form() {
        insta::assert_json_snapshot!(Digest::of(b"abc"), @r#""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#);
        assert!(serde_json::from_str::<Digest>("\"ba78\"").is_err());
        assert!(serde_json::from_str::<Digest>("7").is_err());
    }

    proptest! {
        #[test]
        fn text_and_serde_round_trip(bytes: [u8; DIGEST_BYTES]) {
            let digest = Digest::from_bytes(bytes);
            prop_assert_eq!(digest.to_string().parse(), Ok(digest));
            prop_assert_eq!(serde_json::from_str::<Digest>(&serde_json::to_string(&digest).unwrap()).unwrap(), digest);
        }

        #[test]
        fn parsing_takes_anything(text in "\\PC{0,70}") {
            let parsed = text.parse::<Digest>();
            prop_assert_eq!(parsed.is_ok(), text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()));
        }
    }
}
