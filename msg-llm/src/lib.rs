#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

#[cfg(feature = "anthropic")]
pub mod anthropic;
#[cfg(feature = "azure-openai")]
pub mod azure_openai;
#[cfg(feature = "bedrock")]
pub mod bedrock;
#[cfg(feature = "cohere")]
pub mod cohere;
#[cfg(feature = "bedrock")]
pub mod eventstream;
#[cfg(any(
    feature = "anthropic",
    feature = "bedrock",
    feature = "cohere",
    feature = "gemini",
    feature = "ollama",
    feature = "openai"
))]
mod failure;
#[cfg(any(
    feature = "anthropic",
    feature = "cohere",
    feature = "gemini",
    feature = "openai"
))]
mod framed;
#[cfg(feature = "gemini")]
pub mod gemini;
#[cfg(any(feature = "gemini", feature = "ollama"))]
mod json;
#[cfg(any(feature = "cohere", feature = "gemini", feature = "ollama"))]
mod losses;
#[cfg(feature = "metrics")]
pub mod metered;
#[cfg(feature = "mistral")]
pub mod mistral;
#[cfg(feature = "ollama")]
mod ndjson;
#[cfg(feature = "ollama")]
pub mod ollama;
#[cfg(feature = "openai")]
pub mod openai;
#[cfg(feature = "openai-responses")]
pub mod openai_responses;
#[cfg(any(
    feature = "anthropic",
    feature = "bedrock",
    feature = "cohere",
    feature = "gemini",
    feature = "ollama"
))]
mod outgoing;
#[cfg(any(
    feature = "anthropic",
    feature = "bedrock",
    feature = "cohere",
    feature = "gemini",
    feature = "ollama"
))]
mod place;
#[cfg(feature = "prompts")]
pub mod prompts;
#[cfg(any(
    feature = "anthropic",
    feature = "bedrock",
    feature = "cohere",
    feature = "gemini",
    feature = "openai",
    feature = "scripted"
))]
mod replay;
#[cfg(feature = "scripted")]
pub mod scripted;
#[cfg(any(feature = "metrics", feature = "tracing"))]
mod semconv;
#[cfg(any(feature = "cohere", feature = "gemini", feature = "ollama"))]
mod server;
#[cfg(all(
    test,
    any(
        feature = "anthropic",
        feature = "bedrock",
        feature = "cohere",
        feature = "gemini",
        feature = "ollama",
        feature = "openai"
    )
))]
mod shown;
pub mod sse;
#[cfg(feature = "tracing")]
pub mod traced;
#[cfg(any(
    feature = "anthropic",
    feature = "bedrock",
    feature = "cohere",
    feature = "gemini",
    feature = "ollama",
    feature = "openai"
))]
mod value;
#[cfg(any(feature = "cohere", feature = "gemini", feature = "ollama"))]
mod whole;
