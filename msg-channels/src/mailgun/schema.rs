//! Mailgun's JSON, as far as this wire reads it. What it writes are forms.

use serde::Deserialize;

/// The field of a form that becomes a user variable, which every event of the mail repeats.
pub(super) const VARIABLE: &str = "v:msg_part";
/// Where an event of today repeats it.
pub(super) const ECHO: &str = "/user-variables/msg_part";
/// The field of an event of before 2018 that repeats it.
pub(super) const LEGACY_ECHO: &str = "msg_part";

/// The answer to a mail.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    pub(super) id: Option<String>,
    /// Its words may quote the mail, so they are only compared.
    #[serde(default)]
    pub(super) message: Option<String>,
}

/// The answer to a search.
#[derive(Deserialize)]
pub(super) struct Found {
    pub(super) items: Vec<serde_json::Value>,
}
