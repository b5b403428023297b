//! msg-channels
