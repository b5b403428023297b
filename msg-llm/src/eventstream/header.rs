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

    /// The name, the type and the bytes of the next header. The types of the AWS event stream encoding, 0 to 9.
    fn raw(&mut self) -> Option<Raw<'a>> {
        let [length] = self.array()?;
        let name = self.cut(usize::from(length))?;
        let [kind] = self.array()?;
        let value = match kind {
            0 | 1 => self.cut(0)?,
            2 => self.cut(1)?,
            3 => self.cut(2)?,
            4 => self.cut(4)?,
            5 | 8 => self.cut(8)?,
            6 | TEXT => self.counted()?,
            9 => self.cut(16)?,
            _ => return None,
        };
        (!name.is_empty()).then_some(Raw { name, kind, value })
    }

    /// The bytes of the text with this name, of headers that were checked.
    pub(super) fn text(mut self, name: &str) -> Option<&'a [u8]> {
        while let Some(header) = self.raw() {
            if header.kind == TEXT && header.name == name.as_bytes() {
                return Some(header.value);
            }
        }
        None
    }
}

/// The type of a text.
const TEXT: u8 = 7;

/// A header whose texts are not yet known to be some.
#[derive(Clone, Copy)]
struct Raw<'a> {
    name: &'a [u8],
    kind: u8,
    value: &'a [u8],
}

impl<'a> Raw<'a> {
    /// Whether what should be text is. Nearly all of it is ASCII, which is found out in a fraction of the time.
    fn is_sound(&self) -> bool {
        let is_text = |bytes: &[u8]| bytes.is_ascii() || std::str::from_utf8(bytes).is_ok();
        is_text(self.name) && (self.kind != TEXT || is_text(self.value))
    }

    fn read(self) -> Option<(&'a str, HeaderValue<'a>)> {
        let value = self.value;
        let value = match self.kind {
            0 => HeaderValue::Bool(true),
            1 => HeaderValue::Bool(false),
            2 => HeaderValue::Number(i8::from_be_bytes(value.try_into().ok()?).into()),
            3 => HeaderValue::Number(i16::from_be_bytes(value.try_into().ok()?).into()),
            4 => HeaderValue::Number(i32::from_be_bytes(value.try_into().ok()?).into()),
            5 => HeaderValue::Number(i64::from_be_bytes(value.try_into().ok()?)),
            6 => HeaderValue::Bytes(value),
            TEXT => HeaderValue::Text(std::str::from_utf8(value).ok()?),
            8 => HeaderValue::Millis(i64::from_be_bytes(value.try_into().ok()?)),
            9 => HeaderValue::Uuid(value.try_into().ok()?),
            _ => return None,
        };
        Some((std::str::from_utf8(self.name).ok()?, value))
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Result<(&'a str, HeaderValue<'a>), EventStreamError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let header = self.raw().and_then(Raw::read);
        if header.is_none() {
            self.rest = &[];
        }
        Some(header.ok_or(EventStreamError::Header))
    }
}

/// Reads all headers once. Names must differ (as in the decoder of botocore): which of two would count is anybody's guess.
pub(super) fn check(fields: &[u8]) -> Result<(), EventStreamError> {
    let mut rest = Headers::new(fields);
    let mut few: [&[u8]; FEW] = [&[]; FEW];
    let mut many = None;
    let mut count = 0;
    while !rest.rest.is_empty() {
        let header = rest.raw().filter(Raw::is_sound);
        let name = header.ok_or(EventStreamError::Header)?.name;
        let known = few.iter().take(count).any(|known| *known == name)
            || match few.get_mut(count) {
                Some(free) => {
                    *free = name;
                    false
                }
                None => !many.get_or_insert_with(HashSet::new).insert(name),
            };
        if known {
            return Err(EventStreamError::DuplicateHeader);
        }
        count += 1;
    }
    Ok(())
}
