//! The body of an answer that was asked for as a stream of server-sent events.
//!
//! Servers that were asked for a stream also send a whole answer, an error as JSON or a page, all with a good status: what
//! begins like one of these is collected and read at its end. Where one object stands on a line and more follows, each line is an
//! event, and so is a bare line of JSON among the events: an error of a proxy in most cases.

use crate::failure;
use crate::replay::replay;
use crate::sse::{SseDecoder, SseEvent};
use http::HeaderMap;
use msg_core::llm::{GenerateResponse, LlmError, LlmErrorKind, StreamDecoder, StreamEvent};
use serde::de::IgnoredAny;

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
    /// A whole answer or a page, unless more lines follow a first one that is an object.
    Whole(Whole),
}

/// A body that is not of events.
#[derive(Debug, Default)]
struct Whole {
    bytes: Vec<u8>,
    /// The length of the first line, once it is there.
    first: Option<usize>,
    /// The first line is an object.
    is_object: bool,
}

impl Whole {
    /// Adds what was read. True if it turns out to be one object a line, within the first `limit` bytes.
    fn add(&mut self, bytes: &[u8], limit: usize) -> bool {
        let before = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        if self.first.is_none()
            && let Some(at) = memchr::memchr(b'\n', bytes)
        {
            let line = self.bytes.get(..before + at).unwrap_or_default();
            self.is_object =
                line.starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(line).is_ok();
            self.first = Some(line.len());
        }
        let (Some(first), true) = (self.first, self.is_object) else {
            return false;
        };
        let within = self.bytes.get(..limit).unwrap_or(&self.bytes);
        let behind = within.get(first..).unwrap_or_default();
        !behind.iter().all(u8::is_ascii_whitespace)
    }
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
            sse: SseDecoder::new(limit).with_lines(),
            limit,
            reader,
        }
    }

    /// Reads the events of these bytes.
    #[inline]
    fn events(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
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

    fn whole(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        let Body::Whole(whole) = &mut self.body else {
            return Ok(());
        };
        if whole.add(bytes, self.limit) {
            let lines = std::mem::take(&mut whole.bytes);
            self.body = Body::Events;
            return self.events(&lines, events);
        }
        if whole.bytes.len() > self.limit {
            whole.bytes = Vec::new();
            return Err(failure::of_kind(
                LlmErrorKind::Malformed,
                "the answer is too large",
                self.reader.headers(),
            ));
        }
        Ok(())
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
                    self.body = Body::Whole(Whole::default());
                    // White space of earlier reads would stand before the first line, should lines follow.
                    self.sse = SseDecoder::new(self.limit).with_lines();
                    bytes = rest;
                }
                Some(_) => self.body = Body::Events,
            }
        }
        if matches!(self.body, Body::Whole(_)) {
            return self.whole(bytes, events);
        }
        self.events(bytes, events)
    }

    fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        if let Body::Whole(whole) = &self.body {
            replay(self.reader.whole(&whole.bytes)?, events);
            return Ok(());
        }
        // An event that the end of the body cuts off is none, unless it is an error, or a bare line and so whole.
        let mut feed = self.sse.feed(b"\n\n");
        while let Ok(Some(event)) = feed.next_event() {
            if event.is_bare() || failure::inside(self.reader.headers(), event.data()).is_some() {
                self.reader.event(&event, events)?;
            }
        }
        drop(feed);
        self.reader.end(events)
    }
}
