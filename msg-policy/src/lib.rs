//! msg-policy
#[cfg(feature = "pii")]
pub mod pii;
