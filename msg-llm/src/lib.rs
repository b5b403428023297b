//! msg-llm
#[cfg(feature = "openai")]
mod failure;
#[cfg(feature = "openai")]
pub mod openai;
pub mod sse;
