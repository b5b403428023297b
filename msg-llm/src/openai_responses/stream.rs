//! A stream of typed events, whatever way the bytes are cut.

use super::response::{cost, decode, finish, read, reason, seal, thought, usage};
use super::schema::{Event, Item, Plain, Snapshot, quoted};
use crate::failure;
use crate::framed::Reader;
use crate::openai::response::owned;
use crate::sse::SseEvent;
use http::{HeaderMap, StatusCode};
use msg_core::llm::{GenerateResponse, LlmError, LlmErrorKind, Output, StreamEvent, Usage};

/// The most items in one answer: this only bounds what a broken server can cost.
const MOST_ITEMS: usize = 4096;

/// Reads one stream.
pub(super) struct ResponsesReader {
    headers: HeaderMap,
    started: bool,
    /// The stream has said that it ends.
    ended: bool,
    items: Vec<Slot>,
    calls: u32,
    usage: Option<Usage>,
}

/// What is known of an item.
#[derive(Debug, Default)]
struct Slot {
    /// The server's number.
    number: Option<u64>,
    /// Which call it is, if its start was told.
    call: Option<u32>,
    /// Which kind of its text was told: the others repeat it in other words.
    told: Option<Told>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Text,
    Arguments,
    Summary,
    Thought,
}

impl ResponsesReader {
    /// For the body behind this head.
    pub(super) const fn new(headers: HeaderMap) -> Self {
        Self {
            headers,
            started: false,
            ended: false,
            items: Vec::new(),
            calls: 0,
            usage: None,
        }
    }

    fn error(&self, kind: LlmErrorKind, detail: &'static str) -> LlmError {
        failure::of_kind(kind, detail, &self.headers)
    }

    fn read(
        &mut self,
        event: Event<'_>,
        text: &str,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        let kind = event.kind.some().unwrap_or_default();
        match &*kind {
            "response.output_text.delta" => {
                self.slot(event.output_index.0)?.told = Some(Told::Text);
                let delta = event.delta.some();
                events.extend(delta.map(|delta| StreamEvent::Text(delta.into())));
            }
            "response.refusal.delta" => {
                self.slot(event.output_index.0)?.told = Some(Told::Text);
                let delta = event.delta.some();
                events.extend(delta.map(|delta| StreamEvent::Refusal(delta.into())));
            }
            "response.reasoning_summary_text.delta" => {
                self.think(event.output_index.0, Told::Summary, event.delta, events)?;
            }
            "response.reasoning_text.delta" => {
                self.think(event.output_index.0, Told::Thought, event.delta, events)?;
            }
            "response.function_call_arguments.delta" => {
                let delta = event.delta.some().unwrap_or_default();
                self.arguments(event.output_index.0, &delta, events)?;
            }
            "response.function_call_arguments.done" => {
                let told = self.slot(event.output_index.0)?.told.is_some();
                let whole = owned(event.arguments);
                let rest = if told { "" } else { &whole };
                self.arguments(event.output_index.0, rest, events)?;
            }
            // Its pieces are passed over: as JSON they are one text.
            "response.custom_tool_call_input.done" => {
                let told = self.slot(event.output_index.0)?.told.is_some();
                if !told {
                    self.arguments(event.output_index.0, &quoted(&event.input), events)?;
                }
            }
            "response.output_item.added" => {
                let item = event.item.map(|item| *item).unwrap_or_default();
                self.added(event.output_index.0, item, events)?;
            }
            "response.output_item.done" => {
                let item = event.item.map(|item| *item).unwrap_or_default();
                self.done(event.output_index.0, item, events)?;
            }
            "response.created" | "response.in_progress" | "response.queued" => {
                self.snapshot(event.response.as_deref(), events);
            }
            "response.completed" | "response.incomplete" | "response.cancelled" => {
                let snapshot = event.response.map(|response| *response).unwrap_or_default();
                self.finished(snapshot, events);
            }
            "response.failed" | "error" => {
                // What a failed answer used is billed too.
                self.snapshot(event.response.as_deref(), events);
                return Err(self.reported(text));
            }
            // Errors in the shapes of other servers, without a type.
            _ if event.error.0 || kind.is_empty() => {
                if let Some(error) = failure::inside(&self.headers, text.as_bytes()) {
                    return Err(error);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The error that a failed answer or an error event tells.
    fn reported(&self, text: &str) -> LlmError {
        let inner = serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .and_then(|event| event.get("response")?.get("error").cloned())
            .filter(|error| !error.is_null())
            .map(|error| serde_json::json!({ "error": error }).to_string());
        let body = inner.as_deref().unwrap_or(text);
        failure::inside(&self.headers, body.as_bytes())
            .unwrap_or_else(|| self.error(LlmErrorKind::Unavailable, "the provider failed"))
    }

    /// The item of this number; without a number it is the last one.
    fn slot(&mut self, number: Option<u64>) -> Result<&mut Slot, LlmError> {
        let known = match number {
            Some(_) => self.items.iter().rposition(|slot| slot.number == number),
            None => self.items.len().checked_sub(1),
        };
        let at = match known {
            Some(at) => at,
            None if self.items.len() < MOST_ITEMS => {
                self.items.push(Slot {
                    number,
                    ..Slot::default()
                });
                self.items.len() - 1
            }
            None => {
                return Err(self.error(LlmErrorKind::Malformed, "the answer has too many items"));
            }
        };
        let headers = &self.headers;
        self.items
            .get_mut(at)
            .ok_or_else(|| failure::of_kind(LlmErrorKind::Malformed, "an item is missing", headers))
    }

    fn think(
        &mut self,
        number: Option<u64>,
        kind: Told,
        delta: Plain<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        let slot = self.slot(number)?;
        if *slot.told.get_or_insert(kind) == kind
            && let Some(delta) = delta.some()
        {
            events.push(StreamEvent::Reasoning(delta.into()));
        }
        Ok(())
    }

    fn arguments(
        &mut self,
        number: Option<u64>,
        json: &str,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        let slot = self.slot(number)?;
        // Arguments of other tools, or of a call that was never announced, wait for the whole item.
        if let Some(index) = slot.call
            && !json.is_empty()
        {
            slot.told = Some(Told::Arguments);
            let json = json.to_owned();
            events.push(StreamEvent::ToolArguments { index, json });
        }
        Ok(())
    }

    fn added(
        &mut self,
        number: Option<u64>,
        item: Item<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        if number.is_none() {
            if self.items.len() >= MOST_ITEMS {
                return Err(self.error(LlmErrorKind::Malformed, "the answer has too many items"));
            }
            self.items.push(Slot::default());
        }
        if item.is_call() && self.slot(number)?.call.is_none() {
            // What a custom tool gets is quoted once it is whole.
            let arguments = if item.is_custom() {
                String::new()
            } else {
                owned(item.arguments)
            };
            let id = item.call_id.some().or_else(|| item.id.some());
            let (id, name) = (id.map(String::from).unwrap_or_default(), owned(item.name));
            let index = self.calls;
            self.calls += 1;
            self.slot(number)?.call = Some(index);
            events.push(StreamEvent::ToolStart { index, id, name });
            self.arguments(number, &arguments, events)?;
        } else {
            self.slot(number)?;
        }
        Ok(())
    }

    /// An item is whole: what was not told piece by piece is told now, and a thought gets its seal.
    fn done(
        &mut self,
        number: Option<u64>,
        item: Item<'_>,
        events: &mut Vec<StreamEvent>,
    ) -> Result<(), LlmError> {
        let slot = self.slot(number)?;
        let (told, call) = (slot.told, slot.call);
        match item.kind.0.as_deref() {
            Some("message") if told.is_none() => {
                slot.told = Some(Told::Text);
                tell(item, events);
            }
            _ if item.is_call() && told.is_none() => {
                let json = item.json();
                if call.is_none() {
                    self.added(number, item, events)?;
                }
                if self.slot(number)?.told.is_none() {
                    self.arguments(number, &json, events)?;
                }
            }
            Some("reasoning") => {
                let text = if told.is_none() {
                    thought(&item)
                } else {
                    String::new()
                };
                slot.told = told.or(Some(Told::Thought));
                if !text.is_empty() {
                    events.push(StreamEvent::Reasoning(text));
                }
                events.extend(seal(item).map(StreamEvent::ReasoningSeal));
            }
            _ => {}
        }
        Ok(())
    }

    fn snapshot(&mut self, snapshot: Option<&Snapshot<'_>>, events: &mut Vec<StreamEvent>) {
        let Some(snapshot) = snapshot else { return };
        if !self.started {
            self.started = true;
            let told = |text: &crate::value::Text<'_>| text.0.as_deref().map(str::to_owned);
            events.push(StreamEvent::Start {
                model: told(&snapshot.model).unwrap_or_default(),
                request_id: failure::request_id(&self.headers)
                    .or_else(|| told(&snapshot.id).filter(|id| !id.is_empty())),
            });
        }
        if let Some(counts) = snapshot.usage {
            let counted = usage(counts);
            if self.usage != Some(counted) {
                self.usage = Some(counted);
                events.push(StreamEvent::Usage(counted));
            }
            events.extend(cost(counts).map(StreamEvent::Cost));
        }
    }

    fn finished(&mut self, snapshot: Snapshot<'_>, events: &mut Vec<StreamEvent>) {
        self.snapshot(Some(&snapshot), events);
        let why = reason(&snapshot);
        // A server that sends no items on the way has them all here.
        if self.items.is_empty() {
            for item in snapshot.output.unwrap_or_default().0 {
                self.calls += tell_call(&item, self.calls, events);
                tell(item, events);
            }
        }
        self.ended = true;
        events.push(StreamEvent::Finish(finish(why, self.calls > 0)));
    }
}

/// Tells a whole message or thought.
fn tell(item: Item<'_>, events: &mut Vec<StreamEvent>) {
    let mut output = Vec::new();
    read(item, "", &mut output);
    for piece in output {
        match piece {
            Output::Text(text) => events.push(StreamEvent::Text(text)),
            Output::Refusal(text) => events.push(StreamEvent::Refusal(text)),
            Output::Reasoning(thought) => {
                if !thought.text.is_empty() {
                    events.push(StreamEvent::Reasoning(thought.text));
                }
                events.extend(thought.signature.map(StreamEvent::ReasoningSeal));
            }
            _ => {}
        }
    }
}

/// Tells a whole call, and says how many that were.
fn tell_call(item: &Item<'_>, index: u32, events: &mut Vec<StreamEvent>) -> u32 {
    if !item.is_call() {
        return 0;
    }
    let text = |text: &crate::value::Text<'_>| text.0.as_deref().unwrap_or_default().to_owned();
    let id = Some(text(&item.call_id)).filter(|id| !id.is_empty());
    events.push(StreamEvent::ToolStart {
        index,
        id: id.unwrap_or_else(|| text(&item.id)),
        name: text(&item.name),
    });
    let json = item.json();
    if !json.is_empty() {
        events.push(StreamEvent::ToolArguments { index, json });
    }
    1
}

impl Reader for ResponsesReader {
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
        // After the end, empty events that keep a connection open, and the mark that OpenRouter adds.
        if self.ended || text.is_empty() || text == "[DONE]" {
            return Ok(());
        }
        let Ok(read) = serde_json::from_str::<Event<'_>>(text) else {
            let error = failure::inside(&self.headers, text.as_bytes());
            return Err(error.unwrap_or_else(|| {
                self.error(LlmErrorKind::Malformed, "an event is not of this protocol")
            }));
        };
        self.read(read, text, events)
    }

    fn end(&mut self, _events: &mut Vec<StreamEvent>) -> Result<(), LlmError> {
        if self.ended {
            return Ok(());
        }
        Err(self.error(
            LlmErrorKind::Interrupted,
            "the stream ended before the answer did",
        ))
    }

    fn whole(&self, body: &[u8]) -> Result<GenerateResponse, LlmError> {
        decode(StatusCode::OK, &self.headers, body, "")
    }
}

#[cfg(test)]
mod tests;
