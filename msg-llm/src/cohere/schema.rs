//! What comes over the wire, as strict as it must be and no stricter: what is not needed is skipped, what is needed may be
//! absent or null, and texts borrow from the answer.

use crate::place::{Few, form, moved};
use crate::value::{Count, Presence, Text};
use serde::Deserialize;

form! {
    /// A whole answer.
    struct Answer<'a> {
        "id" => id: Text<'a>,
        "message" => message: Option<Message<'a>>,
        "finish_reason" => finish_reason: Text<'a>,
        "usage" => usage: Option<Counts>,
        "error" => error: Presence,
    }

    /// An event of a stream.
    struct Event<'a> {
        "type" => kind: Text<'a>,
        "id" => id: Text<'a>,
        "index" => index: Count,
        "delta" => delta: Delta<'a>,
    }

    /// What an event brings.
    struct Delta<'a> {
        "message" => message: Message<'a>,
        "finish_reason" => finish_reason: Text<'a>,
        "usage" => usage: Option<Counts>,
        "error" => error: Presence,
    }

    /// What the model said, all of it or one more piece. A stream has one part where an answer has a list.
    struct Message<'a> {
        "tool_plan" => tool_plan: Text<'a>,
        "content" => content: Few<Part<'a>>,
        "tool_calls" => tool_calls: Few<Call<'a>>,
    }

    /// A part of the content, or its text alone.
    struct Part<'a> or text {
        "text" => text: Text<'a>,
        "thinking" => thinking: Text<'a>,
    }

    /// A call of a tool, whole or a piece.
    struct Call<'a> {
        "id" => id: Text<'a>,
        "function" => function: Function<'a>,
    }

    /// What is called.
    struct Function<'a> {
        "name" => name: Text<'a>,
        "arguments" => arguments: Text<'a>,
    }
}

moved! {
    Counts,
}

/// Token counts: what the model read and wrote, and what is billed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Counts {
    pub(super) tokens: Option<Tokens>,
    pub(super) billed_units: Option<Tokens>,
    pub(super) cached_tokens: Count,
}

/// One of the two.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Tokens {
    #[serde(rename = "input_tokens")]
    pub(super) input: Count,
    #[serde(rename = "output_tokens")]
    pub(super) output: Count,
    #[serde(rename = "reasoning_tokens")]
    pub(super) reasoning: Count,
    /// Billed only.
    #[serde(rename = "search_units")]
    pub(super) searches: Count,
}
