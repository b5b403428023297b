//! What comes over the wire, as strict as it must be and no stricter: what is not needed is skipped, what is needed may be
//! absent or null, and texts borrow from the answer.

use crate::place::{Few, form, moved};
use crate::value::{Count, Presence, Text};
use serde::Deserialize;
use serde_json::value::RawValue;

form! {
    /// A whole answer or a piece of a stream: they have the same form.
    struct Answer<'a> {
        "candidates" => candidates: Option<Few<Candidate<'a>>>,
        "promptFeedback" => prompt_feedback: Option<Feedback<'a>>,
        "usageMetadata" => usage_metadata: Option<Counts>,
        "modelVersion" => model_version: Text<'a>,
        "responseId" => response_id: Text<'a>,
        "error" => error: Presence,
    }

    /// One of several answers.
    struct Candidate<'a> {
        "index" => index: Count,
        "content" => content: Content<'a>,
        "finishReason" => finish_reason: Text<'a>,
        "finishMessage" => finish_message: Text<'a>,
    }

    /// What the model said.
    struct Content<'a> {
        "parts" => parts: Few<Part<'a>>,
    }

    /// A piece of what the model said.
    struct Part<'a> {
        "text" => text: Text<'a>,
        "thought" => thought: Option<bool>,
        "thoughtSignature" => thought_signature: Text<'a>,
        "functionCall" => function_call: Option<Box<Call<'a>>>,
        "executableCode" => executable_code: Presence,
    }

    /// Token counts.
    struct Counts {
        "promptTokenCount" => prompt: Count,
        "cachedContentTokenCount" => cached: Count,
        "candidatesTokenCount" => candidates: Count,
        "toolUsePromptTokenCount" => tool_use: Count,
        "thoughtsTokenCount" => thoughts: Count,
    }
}

moved! {
    Call<'a> where 'a,
    Feedback<'a> where 'a,
}

/// A call of a tool, always whole.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Call<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) args: Option<&'a RawValue>,
}

/// What the provider says about the prompt.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Feedback<'a> {
    #[serde(borrow)]
    pub(super) block_reason: Text<'a>,
    #[serde(borrow)]
    pub(super) block_reason_message: Text<'a>,
}
