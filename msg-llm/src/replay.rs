//! A whole answer as the events that a stream of it would have.

use msg_core::llm::{GenerateResponse, Output, StreamEvent, Usage};

/// Appends the events of `response`: collected again they are the same response.
pub(crate) fn replay(response: GenerateResponse, events: &mut Vec<StreamEvent>) {
    events.push(StreamEvent::Start {
        model: response.model,
        request_id: response.request_id,
    });
    let mut index = 0;
    for output in response.output {
        match output {
            Output::Text(text) => events.push(StreamEvent::Text(text)),
            Output::Reasoning(thought) if thought.redacted => {
                events.extend(thought.signature.map(StreamEvent::RedactedReasoning));
            }
            Output::Reasoning(thought) => {
                events.push(StreamEvent::Reasoning(thought.text));
                events.extend(thought.signature.map(StreamEvent::ReasoningSeal));
            }
            Output::Refusal(text) => events.push(StreamEvent::Refusal(text)),
            Output::ToolCall(call) => {
                events.push(StreamEvent::ToolStart {
                    index,
                    id: call.id,
                    name: call.name,
                });
                events.push(StreamEvent::ToolArguments {
                    index,
                    json: call.arguments,
                });
                index += 1;
            }
            _ => {}
        }
    }
    if response.usage != Usage::default() {
        events.push(StreamEvent::Usage(response.usage));
    }
    events.extend(response.cost_micros.map(StreamEvent::Cost));
    events.push(StreamEvent::Finish(response.finish));
}
