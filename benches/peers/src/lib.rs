//! Model calls through `msg-llm` against bare HTTP clients and other crates, over one loopback server: `cargo xtask bench llm`.
//!
//! Every client sends the same question to the same server on the same core and must come back with the same text. What is
//! counted is the client's own thread: CPU by the scheduler, allocations, user instructions by callgrind, memory.

pub mod answers;
pub mod bare;
pub mod clients;
pub mod hand;
pub mod measure;
pub mod ours;
#[cfg(feature = "peers")]
pub mod peers;
pub mod process;
pub mod question;
pub mod report;
pub mod server;
pub mod wire;

/// Whatever went wrong: a benchmark has nobody to recover for.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
