#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

#[cfg(feature = "openai")]
mod failure;
#[cfg(feature = "openai")]
mod framed;
#[cfg(feature = "openai")]
pub mod openai;
#[cfg(feature = "openai-responses")]
pub mod openai_responses;
#[cfg(feature = "prompts")]
pub mod prompts;
#[cfg(any(feature = "openai", feature = "scripted"))]
mod replay;
#[cfg(feature = "scripted")]
pub mod scripted;
#[cfg(all(test, feature = "openai"))]
mod shown;
pub mod sse;
#[cfg(feature = "openai")]
mod value;
