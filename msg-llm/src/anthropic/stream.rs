//! A stream of message events, whatever way the bytes are cut.

use super::response::{self, arguments, finish, owned, refusal, usage};
use super::schema::{Block, Counts, Delta, Event, Message};
use crate::failure;
use crate::framed::{Framed, Reader};
use crate::place;
use crate::sse::SseEvent;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{GenerateResponse, LlmError, LlmErrorKind, StreamEvent, Usage};

/// The most blocks that may be open at once. They come one after the other; this only bounds what a broken server can cost.
const MOST_OPEN: usize = 1024;

/// A decoder for the stream behind this head.
pub(super) fn decoder(head: &http::response::Parts, limit: usize) -> Framed<State> {
    Framed::new(State::new(head), limit)
}

/// What is known of the answer so far.
pub(super) struct State {
    headers: HeaderMap,
    started: bool,
    /// The stream has said that it ends.
    ended: bool,
    stop_reason: Option<String>,
    refusal: Option<String>,
    counts: Counts,
    told: Usage,
    /// The blocks that have begun and not ended, with the provider's numbers.
    open: Vec<(u64, Open)>,
    calls: u32,
}

/// A block of which more is to come.
enum Open {
    /// Its seal, which is told when the thought ends.
    Thought(Option<String>),
    Call {
        index: u32,
        /// Whether any of the arguments came.
        any: bool,
        /// The arguments that came with the beginning; they count if no others come.
        input: String,
    },
    /// Text needs no state; the pieces of server tools and unknown blocks are passed over.
    Text,
    Foreign,
}

impl Reader for State {
    fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    fn event(
        &mut self,
        event: &SseEvent<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        let text = event.text();
        let text = text.trim_ascii();
        // After the end, and empty events that keep a connection open.
        if self.ended || text.is_empty() {
            return Ok(());
        }
        let mut read = Event::default();
        if place::read(text, &mut read).is_err() {
            let error = failure::inside(&self.headers, text.as_bytes());
            return Err(error.unwrap_or_else(|| {
                self.error(LlmErrorKind::Malformed, "an event is not of this protocol")
            }));
        }
        if read.error.0 || event.name() == "error" || read.kind.0.as_deref() == Some("error") {
            let error = failure::inside(&self.headers, text.as_bytes());
            return Err(error
                .unwrap_or_else(|| self.error(LlmErrorKind::Unavailable, "the provider failed")));
        }
        self.step(&mut read, events)
    }

    fn end(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        if self.ended {
            return Ok(());
        }
        if self.stop_reason.is_none() {
            return Err(self.error(
                LlmErrorKind::Interrupted,
                "the stream ended before the answer did",
            ));
        }
        self.close(events);
        Ok(())
    }

    fn whole(&self, body: &[u8]) -> Result<GenerateResponse, LlmError> {
        response::decode(StatusCode::OK, &self.headers, body)
    }
}

impl State {
    fn new(head: &http::response::Parts) -> Self {
        Self {
            headers: head.headers.clone(),
            started: false,
            ended: false,
            stop_reason: None,
            refusal: None,
            counts: Counts::default(),
            told: Usage::default(),
            open: Vec::new(),
            calls: 0,
        }
    }

    fn error(&self, kind: LlmErrorKind, detail: &'static str) -> LlmError {
        failure::of_kind(kind, detail, &self.headers)
    }

    fn step(
        &mut self,
        event: &mut Event<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        let index = event.index.0.unwrap_or(0);
        match event.kind.0.as_deref() {
            Some("message_start") => self.start(taken(&mut event.message), events),
            Some("content_block_start") => {
                return self.begin(index, taken(&mut event.content_block), events);
            }
            Some("content_block_delta") => self.more(index, &mut event.delta, events),
            Some("content_block_stop") => {
                if let Some(at) = self.open.iter().position(|(known, _)| *known == index) {
                    let (_, block) = self.open.remove(at);
                    block.end(events);
                }
            }
            Some("message_delta") => {
                if let Some(reason) = event.delta.stop_reason.take() {
                    self.refusal = refusal(Some(&reason), event.delta.stop_details.take());
                    self.stop_reason = Some(reason);
                }
                self.count(event.usage, events);
            }
            Some("message_stop") => {
                if !self.started {
                    return Err(self.error(LlmErrorKind::Malformed, "the stream is empty"));
                }
                self.close(events);
            }
            // `ping`, and whatever comes next.
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, message: Message<'_>, events: &mut Vec<StreamEvent>) {
        if !self.started {
            self.started = true;
            let request_id =
                failure::request_id(&self.headers).or_else(|| message.id.some().map(String::from));
            events.push(StreamEvent::Start {
                model: owned(message.model),
                request_id,
            });
        }
        self.count(message.usage, events);
    }

    fn count(&mut self, counts: Option<Counts>, events: &mut Vec<StreamEvent>) {
        let Some(counts) = counts else { return };
        self.counts.update(counts);
        let snapshot = usage(self.counts);
        if snapshot != self.told {
            self.told = snapshot;
            events.push(StreamEvent::Usage(snapshot));
        }
    }

    fn begin(
        &mut self,
        index: u64,
        block: Block<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        if self.open.len() >= MOST_OPEN {
            return Err(self.error(LlmErrorKind::Malformed, "the answer has too many blocks"));
        }
        let open = match block.kind.0.as_deref() {
            Some("text") => {
                events.extend(block.text.some().map(|text| StreamEvent::Text(text.into())));
                Open::Text
            }
            Some("thinking") => {
                let text = block.thinking.some();
                events.extend(text.map(|text| StreamEvent::Reasoning(text.into())));
                Open::Thought(block.signature.some().map(Into::into))
            }
            Some("redacted_thinking") => {
                let seal = block.data.some();
                events.extend(seal.map(|seal| StreamEvent::RedactedReasoning(seal.into())));
                Open::Foreign
            }
            Some("tool_use") => {
                let index = self.calls;
                self.calls = self.calls.saturating_add(1);
                events.push(StreamEvent::ToolStart {
                    index,
                    id: owned(block.id),
                    name: owned(block.name),
                });
                Open::Call {
                    index,
                    any: false,
                    input: arguments(block.input),
                }
            }
            _ => Open::Foreign,
        };
        self.open.push((index, open));
        Ok(())
    }

    fn more(&mut self, index: u64, delta: &mut Delta<'_>, events: &mut Vec<StreamEvent>) {
        let block = self.open.iter_mut().rfind(|(known, _)| *known == index);
        match (delta.kind.0.as_deref(), block.map(|(_, block)| block)) {
            (Some("text_delta"), Some(Open::Text) | None) => {
                events.extend(delta.text.take().map(StreamEvent::Text));
            }
            (Some("thinking_delta"), Some(Open::Thought(_)) | None) => {
                events.extend(delta.thinking.take().map(StreamEvent::Reasoning));
            }
            // The whole seal, not a piece of it: the official clients replace what they had.
            (Some("signature_delta"), Some(Open::Thought(seal))) => {
                if let Some(told) = delta.signature.take() {
                    *seal = Some(told);
                }
            }
            (Some("input_json_delta"), Some(Open::Call { index, any, .. })) => {
                if let Some(json) = delta.partial_json.take() {
                    *any = true;
                    let index = *index;
                    events.push(StreamEvent::ToolArguments { index, json });
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, events: &mut Vec<StreamEvent>) {
        self.ended = true;
        for (_, block) in self.open.drain(..) {
            block.end(events);
        }
        events.extend(self.refusal.take().map(StreamEvent::Refusal));
        events.push(StreamEvent::Finish(finish(
            self.stop_reason.as_deref(),
            self.calls > 0,
        )));
    }
}

/// What a box held, or an empty one.
fn taken<T: Default>(held: &mut Option<Box<T>>) -> T {
    held.take().map(|held| *held).unwrap_or_default()
}

impl Open {
    fn end(self, events: &mut Vec<StreamEvent>) {
        match self {
            Self::Thought(seal) => events.extend(seal.map(StreamEvent::ReasoningSeal)),
            Self::Call {
                index,
                any: false,
                input: json,
            } => events.push(StreamEvent::ToolArguments { index, json }),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
