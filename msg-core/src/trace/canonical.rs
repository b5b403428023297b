//! Canonical JSON: one text for one value, so that a hash of it means something.
//!
//! The JSON Canonicalization Scheme of RFC 8785: no white space, object keys in the order of their UTF-16 code units, the
//! shortest escapes, numbers as ECMAScript prints them. It never depends on the map order of `serde_json`, which a feature of
//! any crate in a build can change.
//!
//! One deviation: RFC 8785 reads every number as a double, so it has no integers beyond 2^53. Here an integer type is
//! written with all its digits, because a rounded identifier or amount would let two different values hash alike.
//! A float is written as RFC 8785 says.

use std::cmp::Ordering;
use std::fmt;

mod key;
mod number;
mod writer;

use serde::Serialize;
use writer::Writer;

/// The canonical text of `value`.
///
/// # Errors
/// When the value has a number that is not finite, an object key that is not text, the same key twice, embedded raw JSON,
/// or when its own `Serialize` fails.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let mut out = Vec::with_capacity(256);
    write_into(&mut out, value)?;
    Ok(out)
}

/// Appends the canonical text of `value` to `out`, so that a buffer can be used again. On an error `out` is as it was.
///
/// # Errors
/// As [`to_vec`].
pub fn write_into<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    value: &T,
) -> Result<(), CanonicalError> {
    let before = out.len();
    let written = value.serialize(&mut Writer::new(out));
    if written.is_err() {
        out.truncate(before);
    }
    written
}

/// Why a value has no canonical text. It never carries what the value held.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CanonicalError {
    /// A float is infinite or not a number.
    NotFinite,
    /// An object key is neither text, a character, an integer, a boolean nor a unit variant.
    KeyNotText,
    /// An object has the same key twice.
    DuplicateKey,
    /// The value embeds raw JSON text, which cannot be reordered.
    RawJson,
    /// The value's own `Serialize` failed, with its message.
    Custom(Box<str>),
}

impl fmt::Display for CanonicalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite => f.write_str("canonical json has no number that is not finite"),
            Self::KeyNotText => f.write_str("an object key is not text"),
            Self::DuplicateKey => f.write_str("an object has the same key twice"),
            Self::RawJson => f.write_str("embedded raw json cannot be made canonical"),
            Self::Custom(message) => write!(f, "value cannot be serialized: {message}"),
        }
    }
}

impl std::error::Error for CanonicalError {}

impl serde::ser::Error for CanonicalError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Custom(message.to_string().into())
    }
}

/// Order of two keys, given as the bytes between their quotes in the output (RFC 8785, 3.2.3).
fn key_order(left: &[u8], right: &[u8]) -> Ordering {
    // Up to the first difference the keys are the same text. Two characters of ASCII, or none, are in the order of their
    // bytes, unless an escape began before.
    let same = left
        .iter()
        .zip(right)
        .take_while(|(left, right)| left == right);
    let (shared, escaped) = same.fold((0, false), |(shared, escaped), (byte, _)| {
        (shared + 1, escaped || *byte == b'\\')
    });
    let (next, other) = (left.get(shared), right.get(shared));
    let plain = |byte: Option<&u8>| byte.is_none_or(|byte| byte.is_ascii() && *byte != b'\\');
    if !escaped && plain(next) && plain(other) {
        return next.cmp(&other);
    }
    units(left).cmp(units(right))
}

/// UTF-16 code units of a key, its escapes undone.
fn units(key: &[u8]) -> impl Iterator<Item = u16> {
    let mut characters = std::str::from_utf8(key).unwrap_or_default().chars();
    let mut pending = None;
    std::iter::from_fn(move || {
        if let Some(low) = pending.take() {
            return Some(low);
        }
        let character = match characters.next()? {
            '\\' => match characters.next()? {
                'b' => '\u{8}',
                't' => '\t',
                'n' => '\n',
                'f' => '\u{c}',
                'r' => '\r',
                'u' => {
                    let code = characters
                        .by_ref()
                        .take(4)
                        .fold(0, |code, digit| code << 4 | digit.to_digit(16).unwrap_or(0));
                    char::from_u32(code)?
                }
                same => same,
            },
            plain => plain,
        };
        let mut buffer = [0; 2];
        let mut encoded = character.encode_utf16(&mut buffer).iter().copied();
        let first = encoded.next();
        pending = encoded.next();
        first
    })
}

#[cfg(test)]
mod tests;
