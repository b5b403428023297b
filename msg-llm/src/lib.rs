//! msg-llm
pub mod sse;
