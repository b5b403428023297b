//! The wires that are measured.

/// A protocol of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Chat Completions of `OpenAI`.
    OpenAi,
    /// Responses of `OpenAI`.
    Responses,
    /// Messages of Anthropic.
    Anthropic,
    /// `generateContent` of Gemini.
    Gemini,
    /// Mistral.
    Mistral,
    /// Version 2 of Cohere.
    Cohere,
    /// Ollama's own protocol.
    Ollama,
    /// A deployment at Azure.
    Azure,
    /// Converse of Amazon Bedrock, with a bearer key.
    Bedrock,
}

impl Wire {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::OpenAi,
        Self::Responses,
        Self::Anthropic,
        Self::Gemini,
        Self::Mistral,
        Self::Cohere,
        Self::Ollama,
        Self::Azure,
        Self::Bedrock,
    ];

    /// Its name, which is that of the feature of `msg-llm`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Responses => "openai-responses",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Mistral => "mistral",
            Self::Cohere => "cohere",
            Self::Ollama => "ollama",
            Self::Azure => "azure-openai",
            Self::Bedrock => "bedrock",
        }
    }

    /// The wire of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wire| wire.name() == name)
    }
}
