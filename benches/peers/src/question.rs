//! What every client asks, about 600 characters in two roles.

/// The model.
pub const MODEL: &str = "model-1";
/// The key.
pub const KEY: &str = "key";
/// The largest answer where a protocol wants one told.
pub const MAX_TOKENS: u32 = 4096;

/// Instructions, about 300 characters.
#[must_use]
pub fn system() -> String {
    "Answer in one sentence. ".repeat(13)
}

/// The question, about 300 characters.
#[must_use]
pub fn user() -> String {
    "Where is my order, please? ".repeat(11)
}
