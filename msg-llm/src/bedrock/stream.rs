//! A stream of Converse events, whatever way the bytes are cut.

use super::failing;
use super::response::{self, finish, is_ours, owned, usage};
use super::schema::{Delta, Event, Start, ThoughtDelta};
use crate::eventstream::{EventMessage, EventStreamDecoder};
use crate::failure;
use crate::place;
use crate::replay::replay;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{LlmError, LlmErrorKind, StreamDecoder, StreamEvent, Usage};

/// The most blocks that may be open at once. They come one after the other; this only bounds what a broken server can cost.
const MOST_OPEN: usize = 1024;

/// The events that are read (`ConverseStreamOutput` of the model).
#[derive(Clone, Copy)]
enum Kind {
    Start,
    Begin,
    More,
    End,
    Stop,
    Metadata,
}

impl Kind {
    const fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"messageStart" => Self::Start,
            b"contentBlockStart" => Self::Begin,
            b"contentBlockDelta" => Self::More,
            b"contentBlockStop" => Self::End,
            b"messageStop" => Self::Stop,
            b"metadata" => Self::Metadata,
            _ => return None,
        })
    }
}

/// A decoder for the stream behind this head.
pub(super) fn decoder(head: &http::response::Parts, limit: usize) -> ConverseDecoder {
    ConverseDecoder {
        body: Body::Unknown,
        frames: EventStreamDecoder::new(limit),
        limit,
        status: head.status,
        state: State {
            headers: head.headers.clone(),
            started: false,
            ended: false,
            stop_reason: None,
            told: Usage::default(),
            open: Vec::new(),
            calls: 0,
        },
    }
}

/// Decodes one stream.
///
/// The finish event comes with the usage, which follows the end of the message, or with the end of the stream.
pub(super) struct ConverseDecoder {
    body: Body,
    frames: EventStreamDecoder,
    limit: usize,
    status: StatusCode,
    state: State,
}

/// What kind of body it turned out to be. Gateways also send a whole answer, or a page, to who asked for a stream.
enum Body {
    /// Nothing yet.
    Unknown,
    /// Messages of an event stream.
    Frames,
    /// A whole answer or a page.
    Whole(Vec<u8>),
}

/// What is known of the answer so far.
struct State {
    headers: HeaderMap,
    started: bool,
    ended: bool,
    stop_reason: Option<String>,
    told: Usage,
    /// The blocks that have begun and not ended, with the provider's numbers.
    open: Vec<(u64, Open)>,
    calls: u32,
}

/// A block of which more is to come.
enum Open {
    /// The seal of a thought, which is told when it ends.
    Seal(String),
    /// A thought that is hidden, which is told when it ends.
    Hidden(String),
    /// A call, and whether any of its arguments came.
    Call(u32, bool),
    /// A call of a tool of the service.
    Foreign,
}

impl StreamDecoder for ConverseDecoder {
    fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        if matches!(self.body, Body::Unknown) {
            self.body = match bytes.first() {
                None => return Ok(()),
                // A message begins with its length, of which the first byte is nearly always zero.
                Some(b'{' | b'[' | b'<' | b' ' | b'\t' | b'\r' | b'\n') => Body::Whole(Vec::new()),
                Some(_) => Body::Frames,
            };
        }
        if let Body::Whole(whole) = &mut self.body {
            if whole.len().saturating_add(bytes.len()) > self.limit {
                return Err(self
                    .state
                    .error(LlmErrorKind::Malformed, "the answer is too large"));
            }
            whole.extend_from_slice(bytes);
            return Ok(());
        }
        self.frames.push(bytes);
        loop {
            match self.frames.next_message() {
                Ok(Some(message)) => self.state.message(&message, events)?,
                Ok(None) => return Ok(()),
                // The answer is whole: what is broken behind it changes nothing.
                Err(_) if self.state.ended => return Ok(()),
                Err(error) => {
                    let failed = self
                        .state
                        .error(LlmErrorKind::Malformed, "the stream is not an event stream");
                    return Err(failed.with_source(error));
                }
            }
        }
    }

    fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        if let Body::Whole(whole) = &self.body {
            let answer = response::decode(self.status, &self.state.headers, whole)?;
            replay(answer, events);
            return Ok(());
        }
        if self.state.ended {
            return Ok(());
        }
        if self.state.stop_reason.is_none() {
            return Err(self.state.error(
                LlmErrorKind::Interrupted,
                "the stream ended before the answer did",
            ));
        }
        self.state.close(events);
        Ok(())
    }
}

impl State {
    fn error(&self, kind: LlmErrorKind, detail: &'static str) -> LlmError {
        failure::of_kind(kind, detail, &self.headers)
    }

    fn message(
        &mut self,
        message: &EventMessage<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        if self.ended {
            return Ok(());
        }
        if message.bytes(":message-type").unwrap_or(b"event") != b"event" {
            let name = message
                .text(":exception-type")
                .or_else(|| message.text(":error-code"))
                .unwrap_or_default();
            return Err(failing::inside(name, &self.headers, message.payload()));
        }
        let name = message.bytes(":event-type").unwrap_or_default();
        let Some(kind) = Kind::of(name) else {
            if name.ends_with(b"Exception") {
                let name = message.text(":event-type").unwrap_or_default();
                return Err(failing::inside(name, &self.headers, message.payload()));
            }
            // Such as `initial-response`, and whatever comes next.
            self.start(events);
            return Ok(());
        };
        self.start(events);
        let text = crate::sse::text(message.payload());
        let mut event = Event::default();
        if place::read(&text, &mut event).is_err() {
            return Err(self.error(LlmErrorKind::Malformed, "an event is not of this protocol"));
        }
        self.step(kind, &mut event, events)
    }

    fn start(&mut self, events: &mut Vec<StreamEvent>) {
        if !self.started {
            self.started = true;
            events.push(StreamEvent::Start {
                model: String::new(),
                request_id: failure::request_id(&self.headers),
            });
        }
    }

    fn step(
        &mut self,
        kind: Kind,
        event: &mut Event<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        let index = event.content_block_index.0.unwrap_or(0);
        match kind {
            Kind::Begin => {
                if let Some(start) = event.start.take() {
                    self.begin(index, *start, events)?;
                }
            }
            Kind::More => self.more(index, &mut event.delta, events)?,
            Kind::End => {
                if let Some(at) = self.open.iter().position(|(known, _)| *known == index) {
                    let (_, block) = self.open.remove(at);
                    block.end(events);
                }
            }
            Kind::Stop => self.stop_reason = Some(event.stop_reason.take().unwrap_or_default()),
            Kind::Metadata => {
                if let Some(snapshot) = event.usage.map(usage).filter(|usage| *usage != self.told) {
                    self.told = snapshot;
                    events.push(StreamEvent::Usage(snapshot));
                }
                if self.stop_reason.is_some() {
                    self.close(events);
                }
            }
            // It says nothing new.
            Kind::Start => {}
        }
        Ok(())
    }

    fn begin(
        &mut self,
        index: u64,
        start: Start<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        let Some(call) = start.tool_use else {
            return Ok(());
        };
        let block = if is_ours(&call) {
            let number = self.calls;
            self.calls = self.calls.saturating_add(1);
            events.push(StreamEvent::ToolStart {
                index: number,
                id: owned(call.id),
                name: owned(call.name),
            });
            Open::Call(number, false)
        } else {
            Open::Foreign
        };
        self.add(index, block)
    }

    fn add(&mut self, index: u64, block: Open) -> Result<(), LlmError> {
        if self.open.len() >= MOST_OPEN {
            return Err(self.error(LlmErrorKind::Malformed, "the answer has too many blocks"));
        }
        self.open.push((index, block));
        Ok(())
    }

    fn more(
        &mut self,
        index: u64,
        delta: &mut Delta<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        events.extend(delta.text.take().map(StreamEvent::Text));
        if let Some(json) = delta.tool_use.as_mut().and_then(|call| call.input.take())
            && let Some((_, Open::Call(number, any))) =
                self.open.iter_mut().rfind(|(known, _)| *known == index)
        {
            *any = true;
            events.push(StreamEvent::ToolArguments {
                index: *number,
                json,
            });
        }
        match delta.reasoning_content.take() {
            Some(thought) => self.thought(index, *thought, events),
            None => Ok(()),
        }
    }

    fn thought(
        &mut self,
        index: u64,
        thought: ThoughtDelta<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        let text = thought.text.some();
        events.extend(text.map(|text| StreamEvent::Reasoning(text.into())));
        let known = self.open.iter_mut().rfind(|(known, _)| *known == index);
        let known = known.map(|(_, block)| block);
        if let Some(more) = thought.signature.some() {
            match known {
                Some(Open::Seal(seal)) => seal.push_str(&more),
                _ => return self.add(index, Open::Seal(more.into())),
            }
        } else if let Some(more) = thought.redacted_content.some() {
            match known {
                Some(Open::Hidden(hidden)) => join(hidden, &more),
                _ => return self.add(index, Open::Hidden(more.into())),
            }
        }
        Ok(())
    }

    fn close(&mut self, events: &mut Vec<StreamEvent>) {
        self.ended = true;
        for (_, block) in self.open.drain(..) {
            block.end(events);
        }
        let reason = self.stop_reason.as_deref().filter(|raw| !raw.is_empty());
        events.push(StreamEvent::Finish(finish(reason, self.calls > 0)));
    }
}

/// Bytes that come in pieces are joined as bytes: the padding of a piece belongs at the end.
fn join(hidden: &mut String, more: &str) {
    match (STANDARD.decode(hidden.as_str()), STANDARD.decode(more)) {
        (Ok(mut bytes), Ok(more)) => {
            bytes.extend_from_slice(&more);
            *hidden = STANDARD.encode(bytes);
        }
        _ => hidden.push_str(more),
    }
}

impl Open {
    fn end(self, events: &mut Vec<StreamEvent>) {
        match self {
            Self::Seal(seal) => events.push(StreamEvent::ReasoningSeal(seal)),
            Self::Hidden(seal) => events.push(StreamEvent::RedactedReasoning(seal)),
            Self::Call(index, false) => events.push(StreamEvent::ToolArguments {
                index,
                json: "{}".to_owned(),
            }),
            Self::Call(_, true) | Self::Foreign => {}
        }
    }
}

#[cfg(test)]
mod tests;
