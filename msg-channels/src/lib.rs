//! msg-channels

#[cfg(feature = "smtp")]
pub mod smtp;
