//! What comes over the wire, as strict as it must be and no stricter: what is not needed is skipped, what is needed may be
//! absent or null, and texts borrow from the answer.

use crate::place::{form, moved};
use crate::value::{Count, Presence, Text};
use serde::Deserialize;
use serde_json::value::RawValue;

form! {
    /// A whole answer or a piece of a stream: they have the same form.
    struct Answer<'a> {
        "model" => model: Text<'a>,
        "message" => message: Option<Message<'a>>,
        "done" => done: Option<bool>,
        "done_reason" => done_reason: Text<'a>,
        "prompt_eval_count" => prompt_eval_count: Count,
        "eval_count" => eval_count: Count,
        "error" => error: Presence,
    }

    /// What the model said, all of it or one more piece.
    struct Message<'a> {
        "content" => content: Text<'a>,
        "thinking" => thinking: Text<'a>,
        "tool_calls" => tool_calls: Option<Vec<Call<'a>>>,
    }
}

moved! {
    Vec<Call<'a>> where 'a,
}

/// A call of a tool, always whole.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Call<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) function: Option<Function<'a>>,
}

/// What is called.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Function<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    /// An object; servers that imitate Ollama send its text.
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
}
