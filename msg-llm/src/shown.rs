//! Events for a snapshot: their `Debug` shows nothing of what people and models say.

use msg_core::llm::StreamEvent;
use serde_json::{Value, json};

/// One value for each event.
pub(crate) fn shown(events: &[StreamEvent]) -> Vec<Value> {
    events
        .iter()
        .map(|event| match event {
            StreamEvent::Start { model, request_id } => {
                json!({"start": {"model": model, "request_id": request_id}})
            }
            StreamEvent::Text(text) => json!({ "text": text }),
            StreamEvent::Reasoning(text) => json!({ "reasoning": text }),
            StreamEvent::ReasoningSeal(seal) => json!({ "seal": seal }),
            StreamEvent::RedactedReasoning(seal) => json!({ "redacted": seal }),
            StreamEvent::Refusal(text) => json!({ "refusal": text }),
            StreamEvent::ToolStart { index, id, name } => {
                json!({"call": {"index": index, "id": id, "name": name}})
            }
            StreamEvent::ToolArguments { index, json } => {
                json!({"arguments": {"index": index, "json": json}})
            }
            StreamEvent::Usage(usage) => json!({ "usage": usage }),
            StreamEvent::Cost(micros) => json!({ "cost": micros }),
            StreamEvent::Finish(finish) => json!({ "finish": finish }),
            _ => json!("new"),
        })
        .collect()
}
