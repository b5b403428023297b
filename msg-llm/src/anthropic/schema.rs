//! What comes over the wire, as strict as it must be and no stricter.
//!
//! Block and event types grow (server tools, compaction, fallback): what is not known is skipped. Everything may be absent,
//! and texts borrow from the answer.

use crate::place::{form, moved};
use crate::value::{Count, Objects, Presence, Text};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A whole answer, or the beginning of a streamed one.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow, default)]
    pub(super) id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) model: Text<'a>,
    #[serde(borrow, default)]
    pub(super) content: Option<Objects<Block<'a>>>,
    #[serde(borrow, default)]
    pub(super) stop_reason: Text<'a>,
    #[serde(borrow, default)]
    pub(super) stop_details: Option<StopDetails<'a>>,
    #[serde(default)]
    pub(super) usage: Option<Counts>,
    #[serde(default)]
    pub(super) error: Presence,
}

/// A piece of content; the type says which fields count.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Block<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Text<'a>,
    #[serde(borrow, default)]
    pub(super) text: Text<'a>,
    #[serde(borrow, default)]
    pub(super) thinking: Text<'a>,
    #[serde(borrow, default)]
    pub(super) signature: Text<'a>,
    #[serde(borrow, default)]
    pub(super) data: Text<'a>,
    #[serde(borrow, default)]
    pub(super) id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) input: Option<&'a RawValue>,
}

/// Why a model refused.
#[derive(Debug, Default, Deserialize)]
pub(super) struct StopDetails<'a> {
    #[serde(borrow, default)]
    pub(super) explanation: Text<'a>,
}

form! {
    /// One event of a stream; the type says which fields count.
    struct Event<'a> {
        "type" => kind: Text<'a>,
        "index" => index: Count,
        "message" => message: Option<Box<Message<'a>>>,
        "content_block" => content_block: Option<Box<Block<'a>>>,
        "delta" => delta: Delta<'a>,
        "usage" => usage: Option<Counts>,
        "error" => error: Presence,
    }

    /// More of a block, or the end of the message.
    struct Delta<'a> {
        "type" => kind: Text<'a>,
        "text" => text: Text<'a>,
        "thinking" => thinking: Text<'a>,
        "signature" => signature: Text<'a>,
        "partial_json" => partial_json: Text<'a>,
        "stop_reason" => stop_reason: Text<'a>,
        "stop_details" => stop_details: Option<StopDetails<'a>>,
    }
}

moved! {
    Message<'a> where 'a,
    Block<'a> where 'a,
    StopDetails<'a> where 'a,
    Counts,
}

/// Token counts. Those of a stream are snapshots of the whole answer.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Counts {
    #[serde(default)]
    pub(super) input_tokens: Count,
    #[serde(default)]
    pub(super) output_tokens: Count,
    #[serde(default)]
    pub(super) cache_read_input_tokens: Count,
    #[serde(default)]
    pub(super) cache_creation_input_tokens: Count,
    #[serde(default)]
    pub(super) output_tokens_details: Option<OutputDetails>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct OutputDetails {
    #[serde(default)]
    pub(super) thinking_tokens: Count,
}

impl Counts {
    /// Takes the later snapshot; what it does not tell stays.
    pub(super) fn update(&mut self, later: Self) {
        for (count, later) in [
            (&mut self.input_tokens, later.input_tokens),
            (&mut self.output_tokens, later.output_tokens),
            (
                &mut self.cache_read_input_tokens,
                later.cache_read_input_tokens,
            ),
            (
                &mut self.cache_creation_input_tokens,
                later.cache_creation_input_tokens,
            ),
        ] {
            if later.0.is_some() {
                *count = later;
            }
        }
        self.output_tokens_details = later.output_tokens_details.or(self.output_tokens_details);
    }
}
