//! What a model answers.

use super::ToolCall;
use serde::{Deserialize, Serialize};

/// A model's answer.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct GenerateResponse {
    /// The model that answered, in the provider's terms.
    pub model: String,
    /// What it said, in order.
    pub output: Vec<Output>,
    /// Why it ended.
    pub finish: Finish,
    /// What it used.
    #[serde(default)]
    pub usage: Usage,
    /// The provider's id of the request, for its support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What the provider says that it cost, in millionths of a US dollar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_micros: Option<i64>,
}

impl GenerateResponse {
    /// An answer of text that ended by itself.
    pub fn text_only(model: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            output: vec![Output::Text(text.into())],
            finish: Finish::new(FinishReason::Stop, "stop"),
            ..Self::default()
        }
    }

    /// All text of the answer, without reasoning and refusals.
    #[must_use]
    pub fn text(&self) -> String {
        self.output
            .iter()
            .filter_map(|output| {
                if let Output::Text(text) = output {
                    Some(text.as_str())
                } else {
                    None
                }
            })
            .collect()
    }

    /// The calls that the model finished in an answer that was not cut off. Whether one may run says
    /// [`GenerateRequest::admit`](super::GenerateRequest::admit), which knows what was offered.
    pub fn finished_calls(&self) -> impl Iterator<Item = &ToolCall> {
        let cut_off = self.is_cut_off();
        self.output.iter().filter_map(move |output| match output {
            Output::ToolCall(call) if call.complete && !cut_off => Some(call),
            _ => None,
        })
    }

    /// Whether the model refused.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.output
            .iter()
            .any(|output| matches!(output, Output::Refusal(_)))
    }
}

/// A piece of an answer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Output {
    /// Text.
    Text(String),
    /// A call of a tool.
    ToolCall(ToolCall),
    /// What it thought.
    Reasoning(Reasoning),
    /// Why it does not answer.
    Refusal(String),
}

/// What a model thought. Its signature is good only for who issued it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Reasoning {
    /// The text, where the provider shows it.
    pub text: String,
    /// The provider's seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// Whether the provider hides the thought: then there is no text, and the seal is all that is handed back.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub redacted: bool,
    /// Who issued it: the scheme and endpoint.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub issuer: String,
}

impl Reasoning {
    /// A thought without a seal.
    pub fn new(text: impl Into<String>, issuer: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            signature: None,
            redacted: false,
            issuer: issuer.into(),
        }
    }

    /// A thought that the provider hides behind its seal.
    pub fn redacted(seal: impl Into<String>, issuer: impl Into<String>) -> Self {
        Self {
            text: String::new(),
            signature: Some(seal.into()),
            redacted: true,
            issuer: issuer.into(),
        }
    }
}

/// Why an answer ended, unified. What is not known is [`FinishReason::Other`], never `Stop`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// The limit of tokens was reached.
    Length,
    /// It wants tools to run.
    ToolCalls,
    /// The provider's filter cut it.
    ContentFilter,
    /// The provider failed.
    Error,
    /// Something else, or nothing was said.
    #[default]
    Other,
}

/// Why an answer ended: unified, and as the provider said it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finish {
    /// Unified.
    pub reason: FinishReason,
    /// The provider's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

impl Finish {
    /// A reason and the provider's word.
    pub fn new(reason: FinishReason, raw: impl Into<String>) -> Self {
        Self {
            reason,
            raw: Some(raw.into()),
        }
    }
}

/// What an answer used, in tokens. None is "not reported", which is not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Usage {
    /// Input that was neither read from nor written to a cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<u64>,
    /// Input that was read from a cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<u64>,
    /// Input that was written to a cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<u64>,
    /// Output without reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<u64>,
    /// Reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<u64>,
}

impl Usage {
    /// All input, cached or not, as far as it was reported.
    #[must_use]
    pub fn total_input(&self) -> Option<u64> {
        sum([self.input, self.cache_read, self.cache_write])
    }

    /// Both together. What only one of them reports is taken from that one.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            input: sum([self.input, other.input]),
            cache_read: sum([self.cache_read, other.cache_read]),
            cache_write: sum([self.cache_write, other.cache_write]),
            output: sum([self.output, other.output]),
            reasoning: sum([self.reasoning, other.reasoning]),
        }
    }

    /// All output, reasoning included, as far as it was reported.
    #[must_use]
    pub fn total_output(&self) -> Option<u64> {
        sum([self.output, self.reasoning])
    }
}

fn sum<const N: usize>(counts: [Option<u64>; N]) -> Option<u64> {
    counts.into_iter().flatten().reduce(u64::saturating_add)
}

crate::open::veiled! {
    GenerateResponse { model, finish, usage };
    Output;
    Reasoning;
}
