//! What comes over the wire, as strict as it must be and no stricter. Blocks of tools that ran at the service, pictures,
//! citations and whatever comes next are skipped; everything may be absent, and texts borrow from the answer.

use crate::place::{Few, form, moved};
use crate::value::{Count, Text};
use serde::Deserialize;
use serde_json::value::RawValue;

form! {
    /// A whole answer.
    struct Answer<'a> {
        "output" => output: Said<'a>,
        "stopReason" => stop_reason: Text<'a>,
        "usage" => usage: Option<Counts>,
    }

    /// What the model said.
    struct Said<'a> {
        "message" => message: Message<'a>,
    }

    /// The message that it said.
    struct Message<'a> {
        "content" => content: Option<Few<Block<'a>>>,
    }

    /// A union: one field is there.
    struct Block<'a> {
        "text" => text: Text<'a>,
        "toolUse" => tool_use: Option<Box<ToolUse<'a>>>,
        "reasoningContent" => reasoning_content: Option<Box<Thought<'a>>>,
        // Text with its citations.
        "citationsContent" => citations_content: Option<Box<Cited<'a>>>,
    }

    /// The payload of any event of a stream; its type stands in a header.
    struct Event<'a> {
        "contentBlockIndex" => content_block_index: Count,
        "start" => start: Option<Box<Start<'a>>>,
        "delta" => delta: Delta<'a>,
        "stopReason" => stop_reason: Text<'a>,
        "usage" => usage: Option<Counts>,
    }

    /// More of a block.
    struct Delta<'a> {
        "text" => text: Text<'a>,
        "toolUse" => tool_use: Option<Arguments<'a>>,
        "reasoningContent" => reasoning_content: Option<Box<ThoughtDelta<'a>>>,
    }
}

moved! {
    ToolUse<'a> where 'a,
    Thought<'a> where 'a,
    Cited<'a> where 'a,
    Start<'a> where 'a,
    Arguments<'a> where 'a,
    ThoughtDelta<'a> where 'a,
    Counts,
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

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Start<'a> {
    #[serde(borrow, default)]
    pub(super) tool_use: Option<ToolUse<'a>>,
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
