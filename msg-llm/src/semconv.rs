//! The words of OpenTelemetry for generative models, shared by spans and metrics.

#[cfg(feature = "tracing")]
use msg_core::llm::FinishReason;

/// What is done: the words of the conventions, and for ranks and transcriptions, which have none there, words of our own.
pub(crate) const CHAT: &str = "chat";
pub(crate) const EMBED: &str = "embeddings";
pub(crate) const RERANK: &str = "rerank";
pub(crate) const TRANSCRIBE: &str = "transcribe";

/// The name that the conventions have for a provider; its scheme where they have none.
pub(crate) fn provider_name(scheme: &str) -> &str {
    match scheme {
        "openai" | "openai-responses" => "openai",
        "azure-openai" => "azure.ai.openai",
        "bedrock" => "aws.bedrock",
        "gemini" => "gcp.gemini",
        "mistral" => "mistral_ai",
        "moonshot" => "moonshot_ai",
        "xai" => "x_ai",
        other => other,
    }
}

/// The unified reason of an end.
#[cfg(feature = "tracing")]
pub(crate) const fn reason(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
        FinishReason::ToolCalls => "tool_calls",
        FinishReason::ContentFilter => "content_filter",
        FinishReason::Error => "error",
        _ => "other",
    }
}
