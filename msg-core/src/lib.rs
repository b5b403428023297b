//! msg-core
