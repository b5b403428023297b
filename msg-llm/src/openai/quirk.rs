//! What differs between servers that speak this protocol, as data.

use serde::Deserialize;

/// The name of the limit of output tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MaxTokensField {
    /// `max_completion_tokens` at OpenAI, whose reasoning models refuse the other, and `max_tokens` elsewhere.
    #[default]
    Auto,
    /// `max_tokens`: most compatible servers know only this.
    MaxTokens,
    /// `max_completion_tokens`: OpenAI, Azure, Cerebras.
    MaxCompletionTokens,
}

/// The role of the host's instructions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SystemRole {
    /// `system`: every server; OpenAI reads it as `developer` where a model wants that.
    #[default]
    System,
    /// `developer`.
    Developer,
}

/// Where an assistant message carries thoughts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReasoningField {
    /// Thoughts are not handed back, as OpenAI wants it.
    #[default]
    None,
    /// The field `reasoning_content`: DeepSeek, llama.cpp, vLLM.
    ReasoningContent,
    /// The field `reasoning`: OpenRouter, Groq.
    Reasoning,
    /// A part of the content: Mistral.
    Thinking,
}

/// How the effort of thinking is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EffortField {
    /// `"reasoning_effort": "low"`.
    #[default]
    ReasoningEffort,
    /// `"reasoning": {"effort": "low"}`: OpenRouter.
    Reasoning,
}

/// The name of the seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SeedField {
    /// `seed`.
    #[default]
    Seed,
    /// `random_seed`: Mistral.
    RandomSeed,
}

impl SeedField {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::RandomSeed => "random_seed",
        }
    }
}

/// What ids of calls look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolIds {
    /// As the provider gave them.
    #[default]
    AsGiven,
    /// Nine letters and digits (Mistral): another provider's id becomes one that is always the same for it.
    Nine,
}

/// How a document is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DocumentPart {
    /// A `file` part with its data: OpenAI. It takes no URL.
    #[default]
    File,
    /// A `document_url` part, whose URL may be a data URL: Mistral.
    DocumentUrl,
}

/// How a recording is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AudioPart {
    /// `"input_audio": {"data": …, "format": "wav"}`, wav and mp3 only: OpenAI.
    #[default]
    InputAudio,
    /// `"input_audio": DATA`, of any type: Mistral.
    Bare,
}

/// The name of a vector's dimension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DimensionField {
    /// `dimensions`.
    #[default]
    Dimensions,
    /// `output_dimension`: Mistral.
    OutputDimension,
}

/// What a server does not take. A request that needs it is refused before it leaves, unless the variant says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Lack {
    /// Tools.
    Tools,
    /// A choice that names the tool: then only that tool is sent, and a call required.
    NamedChoice,
    /// A choice that requires a call.
    RequiredChoice,
    /// A choice that forbids calls: then the tools are not sent.
    NoneChoice,
    /// `strict` in a tool: then it is not sent.
    StrictTools,
    /// JSON of a schema.
    JsonSchema,
    /// Some JSON object.
    JsonObject,
    /// Pictures.
    Images,
    /// Documents that are not text.
    Documents,
    /// Recordings.
    Audio,
    /// Texts that end the answer.
    Stop,
    /// A seed.
    Seed,
    /// An effort of thinking.
    Effort,
    /// `prompt_cache_key`: then it is not sent, as it is only a hint.
    CacheKey,
    /// The model in the body: then it is not sent, as the address says it.
    Model,
}
