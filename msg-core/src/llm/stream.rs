//! An answer piece by piece.

use super::{Finish, FinishReason, GenerateResponse, LlmError, Output, Reasoning, ToolCall, Usage};

/// One step of a stream.
#[derive(Clone, PartialEq)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub enum StreamEvent {
    /// The provider began: its model and request id, where told.
    Start {
        /// The model that answers.
        model: String,
        /// The provider's id of the request.
        request_id: Option<String>,
    },
    /// More text.
    Text(String),
    /// More of a thought.
    Reasoning(String),
    /// The seal of the thought before it.
    ReasoningSeal(String),
    /// A whole thought that the provider hides, as its seal.
    RedactedReasoning(String),
    /// More of a refusal.
    Refusal(String),
    /// A call begins. Calls may interleave; `index` tells them apart.
    ToolStart {
        /// Which call, from 0.
        index: u32,
        /// The provider's id of the call.
        id: String,
        /// The tool.
        name: String,
    },
    /// More of a call's arguments.
    ToolArguments {
        /// Which call.
        index: u32,
        /// JSON text.
        json: String,
    },
    /// What was used so far: a snapshot that replaces earlier ones.
    Usage(Usage),
    /// What the provider says that it cost, in millionths of a US dollar.
    Cost(i64),
    /// The provider ended the answer. Nothing but usage follows.
    Finish(Finish),
}

/// Turns the bytes of a stream into events: the same events for every way of cutting the bytes.
pub trait StreamDecoder: Send {
    /// Takes the next bytes and appends the events that they complete.
    ///
    /// # Errors
    /// What the provider reported inside the stream, or what could not be read.
    fn push(&mut self, bytes: &[u8], events: &mut Vec<StreamEvent>) -> Result<(), LlmError>;

    /// Says that no bytes follow.
    ///
    /// # Errors
    /// [`LlmErrorKind::Interrupted`](super::LlmErrorKind::Interrupted) when the provider's end is missing.
    fn finish(&mut self, events: &mut Vec<StreamEvent>) -> Result<(), LlmError>;
}

/// Puts events together to the whole answer.
#[derive(Default)]
#[cfg_attr(test, derive(Debug))]
pub struct Collector {
    response: GenerateResponse,
    calls: Vec<(u32, usize)>,
}

impl Collector {
    /// An empty answer. `issuer` goes onto every thought.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event.
    pub fn add(&mut self, event: &StreamEvent, issuer: &str) {
        match event {
            StreamEvent::Start { model, request_id } => {
                self.response.model.clone_from(model);
                if request_id.is_some() {
                    self.response.request_id.clone_from(request_id);
                }
            }
            StreamEvent::Text(more) => match self.response.output.last_mut() {
                Some(Output::Text(text)) => text.push_str(more),
                _ => self.response.output.push(Output::Text(more.clone())),
            },
            StreamEvent::Refusal(more) => match self.response.output.last_mut() {
                Some(Output::Refusal(text)) => text.push_str(more),
                _ => self.response.output.push(Output::Refusal(more.clone())),
            },
            StreamEvent::Reasoning(more) => match self.response.output.last_mut() {
                Some(Output::Reasoning(thought)) if thought.signature.is_none() => {
                    thought.text.push_str(more);
                }
                _ => self
                    .response
                    .output
                    .push(Output::Reasoning(Reasoning::new(more.as_str(), issuer))),
            },
            StreamEvent::ReasoningSeal(seal) => match self.response.output.last_mut() {
                Some(Output::Reasoning(thought)) if thought.signature.is_none() => {
                    thought.signature = Some(seal.clone());
                }
                // A thought of which only the seal is shown.
                _ => {
                    let thought = Reasoning {
                        signature: Some(seal.clone()),
                        ..Reasoning::new("", issuer)
                    };
                    self.response.output.push(Output::Reasoning(thought));
                }
            },
            StreamEvent::RedactedReasoning(seal) => {
                let thought = Reasoning::redacted(seal.as_str(), issuer);
                self.response.output.push(Output::Reasoning(thought));
            }
            StreamEvent::ToolStart { index, id, name } => {
                self.calls.push((*index, self.response.output.len()));
                let call = ToolCall {
                    id: id.clone(),
                    name: name.clone(),
                    arguments: String::new(),
                    complete: false,
                };
                self.response.output.push(Output::ToolCall(call));
            }
            StreamEvent::ToolArguments { index, json } => {
                let at = self
                    .calls
                    .iter()
                    .rev()
                    .find(|(known, _)| known == index)
                    .map(|(_, at)| *at);
                if let Some(Output::ToolCall(call)) =
                    at.and_then(|at| self.response.output.get_mut(at))
                {
                    call.arguments.push_str(json);
                }
            }
            StreamEvent::Usage(usage) => self.response.usage = *usage,
            StreamEvent::Cost(micros) => self.response.cost_micros = Some(*micros),
            StreamEvent::Finish(finish) => self.end(finish.clone()),
        }
    }

    fn end(&mut self, finish: Finish) {
        let cut_off = matches!(
            finish.reason,
            FinishReason::Length | FinishReason::ContentFilter | FinishReason::Error
        );
        for output in &mut self.response.output {
            if let Output::ToolCall(call) = output {
                call.complete = !cut_off;
            }
        }
        self.response.finish = finish;
    }

    /// The answer so far.
    #[must_use]
    pub const fn so_far(&self) -> &GenerateResponse {
        &self.response
    }

    /// The answer.
    #[must_use]
    pub fn into_response(self) -> GenerateResponse {
        self.response
    }
}

crate::open::veiled! {
    StreamEvent;
    Collector;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thought_keeps_its_own_seal() {
        let mut collector = Collector::new();
        for event in [
            StreamEvent::Reasoning("one".into()),
            StreamEvent::ReasoningSeal("a".into()),
            StreamEvent::ReasoningSeal("b".into()),
            StreamEvent::RedactedReasoning("c".into()),
            StreamEvent::RedactedReasoning("d".into()),
            StreamEvent::Reasoning("two".into()),
            StreamEvent::ReasoningSeal("e".into()),
        ] {
            collector.add(&event, "s");
        }
        let seals: Vec<_> = collector
            .into_response()
            .output
            .into_iter()
            .map(|output| {
                let Output::Reasoning(thought) = output else {
                    unreachable!("only thoughts came")
                };
                (
                    thought.text,
                    thought.signature.unwrap_or_default(),
                    thought.redacted,
                )
            })
            .collect();
        let seal = |text: &str, seal: &str, redacted| (text.to_owned(), seal.to_owned(), redacted);
        assert_eq!(
            seals,
            [
                seal("one", "a", false),
                seal("", "b", false),
                seal("", "c", true),
                seal("", "d", true),
                seal("two", "e", false)
            ]
        );
    }
}
