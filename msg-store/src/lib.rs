//! msg-store
