//! The document that a library is read from.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A library as it is written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    /// Messages by id, each by language (`de`) or language and channel (`de@sms`).
    #[serde(default)]
    pub(super) messages: BTreeMap<String, BTreeMap<String, Value>>,
    /// Prompts by id.
    #[serde(default)]
    pub(super) prompts: BTreeMap<String, PromptSource>,
}

/// A prompt as it is written.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PromptSource {
    /// The instructions.
    pub(super) system: String,
    /// The model; empty takes the provider's default.
    #[serde(default)]
    pub(super) model: String,
    /// The most tokens of the answer.
    #[serde(default)]
    pub(super) max_tokens: Option<u32>,
    /// Randomness.
    #[serde(default)]
    pub(super) temperature: Option<f32>,
}
