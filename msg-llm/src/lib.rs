//! msg-llm
