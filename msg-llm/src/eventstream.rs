//! A decoder for Amazon's binary event streams (`application/vnd.amazon.eventstream`) that is pushed bytes and does no I/O.
//!
//! A message is a prelude (its length, the length of its headers, a checksum of both), headers, a payload and a checksum of all
//! of it. Both checksums (CRC-32 of IEEE 802.3) are checked, the lengths before anything is kept. Bytes may be cut anywhere.
//!
//! ```
//! use msg_llm::eventstream::EventStreamDecoder;
//! let mut decoder = EventStreamDecoder::new(1024);
//! // The smallest message: no headers, no payload.
//! decoder.push(&[0, 0, 0, 16, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff]);
//! assert!(decoder.next_message()?.is_some_and(|message| message.payload().is_empty()));
//! # Ok::<(), msg_llm::eventstream::EventStreamError>(())
//! ```

use std::fmt;

mod crc;
mod header;
pub use header::{HeaderValue, Headers};

/// The largest headers (`_MAX_HEADERS_LENGTH` of botocore 1.43).
const MOST_HEADERS: usize = 128 * 1024;

/// The prelude with its checksum.
const PRELUDE: usize = 12;

/// What a message is larger by than headers and payload.
const FRAME: usize = PRELUDE + 4;

/// Why a stream cannot be decoded further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventStreamError {
    /// The checksum of the prelude is wrong.
    PreludeChecksum,
    /// The checksum of the message is wrong.
    MessageChecksum,
    /// The lengths contradict each other.
    Length,
    /// A header cannot be read.
    Header,
    /// Two headers have one name.
    DuplicateHeader,
    /// The payload is larger than the decoder's limit, or the headers than the format's.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}

impl fmt::Display for EventStreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PreludeChecksum => f.write_str("prelude crc"),
            Self::MessageChecksum => f.write_str("message crc"),
            Self::Length => f.write_str("message length"),
            Self::Header => f.write_str("header"),
            Self::DuplicateHeader => f.write_str("duplicate header"),
            Self::TooLarge { limit } => write!(f, "larger than {limit} bytes"),
        }
    }
}

impl std::error::Error for EventStreamError {}

/// One message. It borrows from the decoder until the next call.
#[derive(Clone, PartialEq, Eq)]
pub struct EventMessage<'a> {
    headers: Headers<'a>,
    payload: &'a [u8],
}

impl<'a> EventMessage<'a> {
    /// The headers, in order.
    #[must_use]
    pub fn headers(&self) -> Headers<'a> {
        self.headers.clone()
    }

    /// The text of the header with this name; none if it is absent or no text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        std::str::from_utf8(self.bytes(name)?).ok()
    }

    /// The bytes of that text.
    pub(crate) fn bytes(&self, name: &str) -> Option<&'a [u8]> {
        self.headers.clone().text(name)
    }

    /// The payload.
    #[must_use]
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }
}

impl fmt::Debug for EventMessage<'_> {
    /// Leaves headers and payload out: they are message text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventMessage")
            .field("bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

/// Decodes one stream. Push what was read, then take messages until there is none, and again.
///
/// The messages are the same for every way of cutting the bytes into reads, and so is the error, if there is one.
pub struct EventStreamDecoder {
    buffer: Vec<u8>,
    /// How much of the buffer was taken.
    taken: usize,
    limit: usize,
    failed: Option<EventStreamError>,
}

impl fmt::Debug for EventStreamDecoder {
    /// Leaves the buffered bytes out: they are message text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStreamDecoder")
            .field("unread", &self.buffer.len().saturating_sub(self.taken))
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

impl EventStreamDecoder {
    /// A decoder that accepts payloads of at most `limit` bytes.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self {
            buffer: Vec::new(),
            taken: 0,
            limit,
            failed: None,
        }
    }

    /// Adds what was read. Messages not yet taken are kept.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        if self.taken > 0 {
            self.buffer.drain(..self.taken);
            self.taken = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether bytes are left that are no whole message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.taken >= self.buffer.len()
    }

    /// The next whole message, or `None` until more bytes are pushed.
    ///
    /// # Errors
    /// [`EventStreamError`]; from then on every call returns it.
    pub fn next_message(&mut self) -> Result<Option<EventMessage<'_>>, EventStreamError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        match measure(
            self.buffer.get(self.taken..).unwrap_or_default(),
            self.limit,
        ) {
            Ok(None) => Ok(None),
            Ok(Some(total)) => {
                let from = self.taken;
                self.taken = from.saturating_add(total);
                let message = self.buffer.get(from..self.taken).unwrap_or_default();
                match read(message) {
                    Some(message) => Ok(Some(message)),
                    None => Err(EventStreamError::Length),
                }
            }
            Err(error) => {
                self.failed = Some(error);
                self.buffer = Vec::new();
                self.taken = 0;
                Err(error)
            }
        }
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

fn length(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(number(bytes, at)?).ok()
}

/// The length of the message that `bytes` begin with, checked in every way; none until it is whole.
///
/// Lengths beyond a limit are refused at once. Whatever else is wrong is told when the message is whole, its checksum first.
fn measure(bytes: &[u8], limit: usize) -> Result<Option<usize>, EventStreamError> {
    let Some(prelude) = bytes.get(..8) else {
        return Ok(None);
    };
    let Some(told) = number(bytes, 8) else {
        return Ok(None);
    };
    if crc::checksum(prelude) != told {
        return Err(EventStreamError::PreludeChecksum);
    }
    let (Some(total), Some(headers)) = (length(bytes, 0), length(bytes, 4)) else {
        return Err(EventStreamError::Length);
    };
    let rest = total.checked_sub(FRAME).ok_or(EventStreamError::Length)?;
    for (length, limit) in [
        (headers, MOST_HEADERS),
        (rest.saturating_sub(headers), limit),
    ] {
        if length > limit {
            return Err(EventStreamError::TooLarge { limit });
        }
    }
    let Some(message) = bytes.get(..total) else {
        return Ok(None);
    };
    let checked = message.get(..total.saturating_sub(4)).unwrap_or_default();
    if Some(crc::checksum(checked)) != number(message, checked.len()) {
        return Err(EventStreamError::MessageChecksum);
    }
    if headers > rest {
        return Err(EventStreamError::Length);
    }
    let fields = message.get(PRELUDE..PRELUDE.saturating_add(headers));
    header::check(fields.unwrap_or_default())?;
    Ok(Some(total))
}

/// The parts of a message that was measured.
fn read(message: &[u8]) -> Option<EventMessage<'_>> {
    let headers = length(message, 4)?;
    let end = message.len().checked_sub(4)?;
    let payload = PRELUDE.checked_add(headers)?;
    Some(EventMessage {
        headers: Headers::new(message.get(PRELUDE..payload)?),
        payload: message.get(payload..end)?,
    })
}

/// A message of these text headers and this payload, for tests.
#[cfg(test)]
pub(crate) fn message(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut fields = Vec::new();
    for (name, value) in headers {
        fields.push(u8::try_from(name.len()).unwrap());
        fields.extend_from_slice(name.as_bytes());
        fields.push(7);
        fields.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
        fields.extend_from_slice(value.as_bytes());
    }
    frame(&fields, payload)
}

#[cfg(test)]
fn frame(fields: &[u8], payload: &[u8]) -> Vec<u8> {
    let word = |length: usize| u32::try_from(length).unwrap().to_be_bytes();
    let mut all = word(FRAME + fields.len() + payload.len()).to_vec();
    all.extend_from_slice(&word(fields.len()));
    all.extend_from_slice(&crc::checksum(&all).to_be_bytes());
    all.extend_from_slice(fields);
    all.extend_from_slice(payload);
    all.extend_from_slice(&crc::checksum(&all).to_be_bytes());
    all
}

#[cfg(test)]
mod tests;
