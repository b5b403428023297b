//! Amazon Bedrock: the Converse API, whole (`Converse`) and streamed (`ConverseStream`), for every model behind it.
//!
//! Provider documentation: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>. Checked against
//! the model `bedrock-runtime` 2023-09-30 of botocore.
//!
//! | what | how |
//! |---|---|
//! | keys | signature version 4 with a key of an account, or a bearer key of Bedrock |
//! | whole answers and streams | both read into the same form; the binary stream with both checksums and a size limit |
//! | tools | parallel calls, streamed arguments, results with errors, forced choice; a call cut off by a limit is never complete |
//! | output | text, or JSON of a schema; JSON without a schema is refused, because the protocol cannot say it |
//! | pictures, documents and recordings | as data or on S3 (`s3://…`); other URLs are refused, because Bedrock fetches none |
//! | vectors | [`BedrockEmbeddings`]: Titan Text Embeddings and Cohere Embed |
//! | thoughts | with their seal, also hidden ones; they go back unchanged to this scheme and to no other |
//! | prompt cache | a request with a `cache_key` marks its tools, its instructions and its end for the cache |
//! | usage | cached and written input apart; thinking is not told apart from output |
//! | errors | every exception, with any status and also inside a good stream |
//!
//! The protocol cannot forbid calls: [`ToolChoice::None`](msg_core::llm::ToolChoice) leaves the tools out. It knows no seed.
//!
//! ```
//! use msg_core::llm::{GenerateRequest, LlmWire, Turn};
//! use msg_llm::bedrock::{Bedrock, BedrockConfig};
//!
//! let config = BedrockConfig::new("us-east-1").with_bearer_key("key".to_owned()).with_model("amazon.nova-lite-v1:0");
//! let wire = Bedrock::new(config)?;
//! let request = wire.encode(&GenerateRequest::new("Be brief.", vec![Turn::user("Hello")]), false)?;
//! assert_eq!(
//!     request.uri(),
//!     "https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-lite-v1%3A0/converse"
//! );
//! # Ok::<(), msg_core::llm::LlmError>(())
//! ```
//!
//! With a transport it is a provider: `HttpProvider::new(wire, transport)`.

mod config;
mod embeddings;
mod failing;
mod request;
mod response;
mod schema;
mod stream;
mod wire;

pub use config::{BedrockConfig, DEFAULT_EVENT_LIMIT, Guardrail, Key};
pub use embeddings::BedrockEmbeddings;
pub use wire::Bedrock;
