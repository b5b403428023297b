#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

#[cfg(feature = "anthropic")]
pub mod anthropic;
#[cfg(feature = "azure-openai")]
pub mod azure_openai;
#[cfg(any(feature = "anthropic", feature = "openai"))]
mod failure;
#[cfg(any(feature = "anthropic", feature = "openai"))]
mod framed;
#[cfg(feature = "mistral")]
pub mod mistral;
#[cfg(feature = "openai")]
pub mod openai;
#[cfg(feature = "openai-responses")]
pub mod openai_responses;
#[cfg(feature = "anthropic")]
mod outgoing;
#[cfg(feature = "prompts")]
pub mod prompts;
#[cfg(any(feature = "anthropic", feature = "openai", feature = "scripted"))]
mod replay;
#[cfg(feature = "scripted")]
pub mod scripted;
#[cfg(all(test, any(feature = "anthropic", feature = "openai")))]
mod shown;
pub mod sse;
#[cfg(any(feature = "anthropic", feature = "openai"))]
mod value;
