//! What comes over the wire, as strict as it must be and no stricter. Blocks of tools that ran at the service, pictures,
//! citations and whatever comes next are skipped; everything may be absent, and texts borrow from the answer.

use crate::value::{Count, Text};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A whole answer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer<'a> {
    #[serde(borrow, default)]
    pub(super) output: Option<Said<'a>>,
    #[serde(borrow, default)]
    pub(super) stop_reason: Text<'a>,
    #[serde(default)]
    pub(super) usage: Option<Counts>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Said<'a> {
    #[serde(borrow, default)]
    pub(super) message: Option<Message<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow, default)]
    pub(super) content: Option<Vec<Block<'a>>>,
}

/// A union: one field is there.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Block<'a> {
    #[serde(borrow, default)]
    pub(super) text: Text<'a>,
    #[serde(borrow, default)]
    pub(super) tool_use: Option<ToolUse<'a>>,
    #[serde(borrow, default)]
    pub(super) reasoning_content: Option<Thought<'a>>,
    /// Text with its citations.
    #[serde(borrow, default)]
    pub(super) citations_content: Option<Cited<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ToolUse<'a> {
    #[serde(borrow, default, rename = "toolUseId")]
    pub(super) id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) input: Option<&'a RawValue>,
    /// `server_tool_use` ran at the service (`ToolUseType`).
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Thought<'a> {
    #[serde(borrow, default)]
    pub(super) reasoning_text: Option<ThoughtText<'a>>,
    #[serde(borrow, default)]
    pub(super) redacted_content: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ThoughtText<'a> {
    #[serde(borrow, default)]
    pub(super) text: Text<'a>,
    #[serde(borrow, default)]
    pub(super) signature: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Cited<'a> {
    #[serde(borrow, default)]
    pub(super) content: Option<Vec<CitedText<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct CitedText<'a> {
    #[serde(borrow, default)]
    pub(super) text: Text<'a>,
}

/// The payload of any event of a stream; its type stands in a header.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a> {
    #[serde(default)]
    pub(super) content_block_index: Count,
    #[serde(borrow, default)]
    pub(super) start: Option<Start<'a>>,
    #[serde(borrow, default)]
    pub(super) delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    pub(super) stop_reason: Text<'a>,
    #[serde(default)]
    pub(super) usage: Option<Counts>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Start<'a> {
    #[serde(borrow, default)]
    pub(super) tool_use: Option<ToolUse<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delta<'a> {
    #[serde(borrow, default)]
    pub(super) text: Text<'a>,
    #[serde(borrow, default)]
    pub(super) tool_use: Option<Arguments<'a>>,
    #[serde(borrow, default)]
    pub(super) reasoning_content: Option<ThoughtDelta<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Arguments<'a> {
    #[serde(borrow, default)]
    pub(super) input: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThoughtDelta<'a> {
    #[serde(borrow, default)]
    pub(super) text: Text<'a>,
    #[serde(borrow, default)]
    pub(super) signature: Text<'a>,
    #[serde(borrow, default)]
    pub(super) redacted_content: Text<'a>,
}

/// Token counts: cached input stands beside the input.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Counts {
    #[serde(default, rename = "inputTokens")]
    pub(super) input: Count,
    #[serde(default, rename = "outputTokens")]
    pub(super) output: Count,
    #[serde(default, rename = "cacheReadInputTokens")]
    pub(super) cache_read: Count,
    #[serde(default, rename = "cacheWriteInputTokens")]
    pub(super) cache_write: Count,
}
