//! The headers of a message: a name, a type and a value each.

use super::EventStreamError;
use std::collections::HashSet;

/// Up to so many headers are compared in pairs.
const FEW: usize = 16;

/// The value of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderValue<'a> {
    /// True or false.
    Bool(bool),
    /// A number of one, two, four or eight bytes.
    Number(i64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Text.
    Text(&'a str),
    /// A time, in milliseconds since 1970.
    Millis(i64),
    /// A UUID.
    Uuid([u8; 16]),
}

/// Headers in order. It ends after an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers<'a> {
    rest: &'a [u8],
}

impl<'a> Headers<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn cut(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.cut(N)?.try_into().ok()
    }

    fn counted(&mut self) -> Option<&'a [u8]> {
        let count = u16::from_be_bytes(self.array()?);
        self.cut(usize::from(count))
    }

    /// The types of the AWS event stream encoding, 0 to 9.
    fn header(&mut self) -> Option<(&'a str, HeaderValue<'a>)> {
        let [length] = self.array()?;
        let name = std::str::from_utf8(self.cut(usize::from(length))?).ok()?;
        if name.is_empty() {
            return None;
        }
        let [kind] = self.array()?;
        let value = match kind {
            0 => HeaderValue::Bool(true),
            1 => HeaderValue::Bool(false),
            2 => HeaderValue::Number(i8::from_be_bytes(self.array()?).into()),
            3 => HeaderValue::Number(i16::from_be_bytes(self.array()?).into()),
            4 => HeaderValue::Number(i32::from_be_bytes(self.array()?).into()),
            5 => HeaderValue::Number(i64::from_be_bytes(self.array()?)),
            6 => HeaderValue::Bytes(self.counted()?),
            7 => HeaderValue::Text(std::str::from_utf8(self.counted()?).ok()?),
            8 => HeaderValue::Millis(i64::from_be_bytes(self.array()?)),
            9 => HeaderValue::Uuid(self.array()?),
            _ => return None,
        };
        Some((name, value))
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Result<(&'a str, HeaderValue<'a>), EventStreamError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let header = self.header();
        if header.is_none() {
            self.rest = &[];
        }
        Some(header.ok_or(EventStreamError::Header))
    }
}

/// Reads all headers once. Names must differ (as in the decoder of botocore): which of two would count is anybody's guess.
pub(super) fn check(fields: &[u8]) -> Result<(), EventStreamError> {
    let all = Headers::new(fields);
    let mut seen = HashSet::new();
    for (count, header) in all.clone().enumerate() {
        let (name, _) = header?;
        let known = if count < FEW {
            all.clone()
                .take(count)
                .any(|before| matches!(before, Ok((known, _)) if known == name))
        } else {
            if count == FEW {
                seen.extend(all.clone().take(FEW).flatten().map(|(known, _)| known));
            }
            !seen.insert(name)
        };
        if known {
            return Err(EventStreamError::DuplicateHeader);
        }
    }
    Ok(())
}
