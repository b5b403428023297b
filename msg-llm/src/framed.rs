//! The body of an answer that was asked for as a stream of server-sent events.
//!
//! Servers that were asked for a stream also send a whole answer, an error as JSON or a page, all with a good status: what
//! begins like one of these is collected and read at its end.

use crate::failure;
use crate::replay::replay;
use crate::sse::{SseDecoder, SseEvent};
use http::HeaderMap;
use msg_core::llm::{GenerateResponse, LlmError, LlmErrorKind, StreamDecoder, StreamEvent};

/// What one protocol makes of the events.
pub(crate) trait Reader: Send {
    /// The head of the answer, for the id of the request in errors.
    fn headers(&self) -> &HeaderMap;

    /// Takes the next event.
    fn event(
        &mut self,
        event: &SseEvent<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError>;

    /// No event follows.
    fn end(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), LlmError>;

    /// Reads a body that was no stream.
    fn whole(&self, body: &[u8]) -> Result<GenerateResponse, LlmError>;
}

/// What kind of body it turned out to be.
#[derive(Debug)]
enum Body {
    /// Nothing but white space yet.
    Unknown,
    /// Events.
    Events,
    /// A whole answer or a page.
    Whole(Vec<u8>),
}

/// Decodes one body.
pub(crate) struct Framed<R> {
    body: Body,
    sse: SseDecoder,
    limit: usize,
    reader: R,
}

impl<R: Reader> Framed<R> {
    /// For events, or a whole answer, of at most `limit` bytes.
    pub(crate) fn new(reader: R, limit: usize) -> Self {
        Self {
            body: Body::Unknown,
            sse: SseDecoder::new(limit),
            limit,
            reader,
        }
    }
}

impl<R: Reader> StreamDecoder for Framed<R> {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        let mut bytes = bytes;
        if matches!(self.body, Body::Unknown) {
            let first = bytes.iter().position(|byte| !byte.is_ascii_whitespace());
            let rest = first.and_then(|at| bytes.get(at..)).unwrap_or_default();
            match rest.first() {
                // It may belong to the first line of an event stream, so the decoder below sees it.
                None => {}
                // No line of an event stream begins so.
                Some(b'{' | b'[' | b'<') => {
                    self.body = Body::Whole(Vec::new());
                    bytes = rest;
                }
                Some(_) => self.body = Body::Events,
            }
        }
        if let Body::Whole(whole) = &mut self.body {
            if whole.len().saturating_add(bytes.len()) > self.limit {
                return Err(failure::of_kind(
                    LlmErrorKind::Malformed,
                    "the answer is too large",
                    self.reader.headers(),
                ));
            }
            whole.extend_from_slice(bytes);
            return Ok(());
        }
        let mut feed = self.sse.feed(bytes);
        loop {
            match feed.next_event() {
                Ok(Some(event)) => self.reader.event(&event, events)?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    let failed = failure::of_kind(
                        LlmErrorKind::Malformed,
                        "an event of the stream is too large",
                        self.reader.headers(),
                    );
                    return Err(failed.with_source(error));
                }
            }
        }
    }

    fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        if let Body::Whole(whole) = &self.body {
            replay(self.reader.whole(whole)?, events);
            return Ok(());
        }
        self.reader.end(events)
    }
}
