#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

mod open;

pub mod capability;
pub mod channel;
pub mod consent;
pub mod digest;
pub mod engine;
mod error;
pub mod http;
pub mod id;
pub mod llm;
pub mod message;
pub mod plan;
pub mod policy;
pub mod store;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod time;
pub mod trace;

pub use error::{Error, ErrorKind, JsonFault, Retry};
pub use open::Unknown;
pub use time::{Clock, Timer, Timestamp};
