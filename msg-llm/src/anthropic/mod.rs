//! Anthropic Messages: the Claude models at their maker and at every server that speaks the protocol.
//!
//! Provider documentation: <https://docs.anthropic.com/en/api/messages>. Checked against the types of the official Python
//! client, versions 0.121.0 and 2.11.0.
//!
//! | what | how |
//! |---|---|
//! | whole answers and streams | both read into the same form; a stream without its end is `Interrupted` with what had come |
//! | tools | parallel calls, streamed arguments, results with errors, forced choice; a call cut off by a limit is never complete |
//! | output | text, or JSON of a schema; JSON without a schema is refused, because the protocol cannot say it |
//! | pictures and documents | by URL or as data: JPEG, PNG, GIF, WebP, PDF, plain text |
//! | thoughts | with their seal, also hidden ones; they go back unchanged to this scheme and to no other |
//! | prompt cache | a request with a `cache_key` marks its instructions or tools, and its end, for the cache |
//! | usage | cached and written input and thinking apart; the last snapshot of a stream counts, nothing is added up |
//! | refusals | a finish reason of their own, with the explanation if there is one |
//! | server tools | their blocks are passed over: they run at the provider |
//! | errors | every shape, in any status, also inside a good stream |
//!
//! A seed is not sent: the protocol has none. Citations are not read.
//!
//! ```
//! use msg_core::llm::{GenerateRequest, LlmWire, Turn};
//! use msg_llm::anthropic::{Anthropic, AnthropicConfig};
//!
//! let wire = Anthropic::new(AnthropicConfig::default().with_api_key("sk-…".replace('…', "x")).with_model("claude-haiku-4-5"))?;
//! let request = wire.encode(&GenerateRequest::new("Be brief.", vec![Turn::user("Hello")]), false)?;
//! assert_eq!(request.uri(), "https://api.anthropic.com/v1/messages");
//! # Ok::<(), msg_core::llm::LlmError>(())
//! ```
//!
//! With a transport it is a provider: `HttpProvider::new(wire, transport)`.

mod config;
mod request;
mod response;
mod schema;
mod stream;
mod wire;

pub use config::{
    ANTHROPIC_BASE_URL, ANTHROPIC_VERSION, AnthropicConfig, CacheTtl, Credential,
    DEFAULT_EVENT_LIMIT, DEFAULT_MAX_TOKENS, ThinkingMode,
};
pub use wire::Anthropic;
