//! A decoder for server-sent events that is pushed bytes and does no I/O.
//!
//! The whole event stream interpretation of the WHATWG HTML standard (section 9.2.6): a byte order mark, line ends of LF, CR or
//! CRLF also when cut between two reads, comments, `event`, `data` over several lines, `id`, `retry`, unknown fields,
//! dispatch on a blank line only. An event that the stream's end cuts off is never dispatched.
//!
//! Bytes may be cut anywhere, also inside a character. An event whose data is one line that lies in one read borrows from that
//! read: nothing is copied or allocated for it.
//!
//! ```
//! use msg_llm::sse::SseDecoder;
//! let mut decoder = SseDecoder::new(1024);
//! decoder.push("data: hel".into());
//! assert!(decoder.next_event().unwrap().is_none());
//! decoder.push("lo\n\n".into());
//! assert_eq!(decoder.next_event().unwrap().unwrap().text(), "hello");
//! ```

use bytes::{Bytes, BytesMut};
use std::borrow::Cow;
use std::fmt;

mod state;
use state::State;

/// Bytes as text; those that are not UTF-8 become U+FFFD. The strict check is ten times as fast as the lossy conversion, and text
/// is nearly always sound.
#[inline]
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// One dispatched event. It borrows from the decoder until the next call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SseEvent<'a> {
    name: &'a str,
    data: &'a [u8],
    id: &'a str,
    is_bare: bool,
}

impl<'a> SseEvent<'a> {
    /// The event type: the `event` field, or `message` when the event has none.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        if self.name.is_empty() {
            "message"
        } else {
            self.name
        }
    }

    /// The data as it came: its lines joined by LF, not yet checked to be UTF-8. What parses bytes (JSON) takes this.
    #[inline]
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// The data as text; bytes that are not UTF-8 become U+FFFD, as the standard asks.
    #[inline]
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        text(self.data)
    }

    /// The last event id in force, which later events inherit; empty when the stream has set none.
    #[must_use]
    pub const fn id(&self) -> &'a str {
        self.id
    }

    /// Whether it is a bare line; see [`SseDecoder::with_lines`].
    #[cfg(any(
        feature = "anthropic",
        feature = "cohere",
        feature = "gemini",
        feature = "openai"
    ))]
    pub(crate) const fn is_bare(&self) -> bool {
        self.is_bare
    }
}

impl fmt::Debug for SseEvent<'_> {
    /// Leaves the data out: it is message text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseEvent")
            .field("name", &self.name())
            .field("bytes", &self.data.len())
            .finish_non_exhaustive()
    }
}

/// Why a stream cannot be decoded further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SseError {
    /// A line, or the data of one event, is longer than the decoder's limit.
    EventTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}

impl fmt::Display for SseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EventTooLarge { limit } => {
                write!(f, "a server-sent event is larger than {limit} bytes")
            }
        }
    }
}

impl std::error::Error for SseError {}

/// Decodes one stream. Push what was read, then take events until there is none, and again.
///
/// The events are the same for every way of cutting the bytes into reads, and so is the error, if there is one.
pub struct SseDecoder {
    chunk: Bytes,
    position: usize,
    state: State,
}

impl fmt::Debug for SseDecoder {
    /// Leaves the buffered bytes out: they are message text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseDecoder")
            .field("unread", &self.chunk.len().saturating_sub(self.position))
            .field("limit", &self.state.limit)
            .finish_non_exhaustive()
    }
}

impl SseDecoder {
    /// A decoder that accepts lines and event data of at most `limit` bytes each.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            chunk: Bytes::new(),
            position: 0,
            state: State::new(limit),
        }
    }

    /// Takes a bare line of JSON, which the standard skips, for an event: proxies write errors so into a stream of events, and
    /// some servers the events themselves.
    #[cfg(any(
        feature = "anthropic",
        feature = "cohere",
        feature = "gemini",
        feature = "openai"
    ))]
    pub(crate) const fn with_lines(mut self) -> Self {
        self.state.lines = true;
        self
    }

    /// Adds what was read. Events not yet taken are kept.
    #[inline]
    pub fn push(&mut self, bytes: Bytes) {
        // A half-built event may point into the old chunk.
        self.state.detach(&self.chunk);
        let unread = self.chunk.get(self.position..).unwrap_or_default();
        if unread.is_empty() {
            self.chunk = bytes;
        } else {
            let mut joined = BytesMut::with_capacity(unread.len().saturating_add(bytes.len()));
            joined.extend_from_slice(unread);
            joined.extend_from_slice(&bytes);
            self.chunk = joined.freeze();
        }
        self.position = 0;
    }

    /// Decodes a read in place. Events of earlier pushes come first; what is not taken is copied and comes with the next
    /// call, so nothing is lost, but a caller that takes all events copies nothing.
    #[inline]
    pub fn feed<'a>(&'a mut self, bytes: &'a [u8]) -> SseFeed<'a> {
        if self.position < self.chunk.len() {
            self.push(Bytes::copy_from_slice(bytes));
            return SseFeed {
                decoder: self,
                bytes: &[],
                position: 0,
            };
        }
        SseFeed {
            decoder: self,
            bytes,
            position: 0,
        }
    }

    /// The next complete event, or `None` until more bytes are pushed.
    ///
    /// # Errors
    /// [`SseError::EventTooLarge`]; from then on every call returns it.
    #[inline]
    pub fn next_event(&mut self) -> Result<Option<SseEvent<'_>>, SseError> {
        self.state.advance(&self.chunk, &mut self.position)
    }

    /// The reconnection time that the server asked for last, in milliseconds.
    #[must_use]
    pub const fn retry_millis(&self) -> Option<u64> {
        self.state.retry
    }

    /// The last event id as of the last blank line: what a reconnect sends as `Last-Event-ID`. Empty when there is none.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        &self.state.last_id
    }
}

/// The events of one read; see [`SseDecoder::feed`].
pub struct SseFeed<'a> {
    decoder: &'a mut SseDecoder,
    bytes: &'a [u8],
    position: usize,
}

impl fmt::Debug for SseFeed<'_> {
    /// Leaves the bytes out: they are message text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseFeed")
            .field("decoder", &self.decoder)
            .finish_non_exhaustive()
    }
}

impl SseFeed<'_> {
    /// The next complete event, or `None` when the read holds no more.
    ///
    /// # Errors
    /// [`SseError::EventTooLarge`]; from then on every call returns it.
    #[inline]
    pub fn next_event(&mut self) -> Result<Option<SseEvent<'_>>, SseError> {
        if self.bytes.is_empty() {
            return self.decoder.next_event();
        }
        self.decoder.state.advance(self.bytes, &mut self.position)
    }
}

impl Drop for SseFeed<'_> {
    fn drop(&mut self) {
        self.decoder.state.detach(self.bytes);
        let unread = self.bytes.get(self.position..).unwrap_or_default();
        if !unread.is_empty() {
            self.decoder.push(Bytes::copy_from_slice(unread));
        }
    }
}

#[cfg(test)]
mod tests;
