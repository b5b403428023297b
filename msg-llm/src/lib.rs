//! msg-llm
#[cfg(feature = "openai")]
mod failure;
#[cfg(feature = "openai")]
pub mod openai;
#[cfg(any(feature = "openai", feature = "scripted"))]
mod replay;
#[cfg(feature = "scripted")]
pub mod scripted;
pub mod sse;
