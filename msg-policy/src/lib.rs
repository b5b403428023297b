//! msg-policy
