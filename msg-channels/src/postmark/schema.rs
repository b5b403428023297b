//! Postmark's JSON, as far as this wire writes and reads it (<https://postmarkapp.com/developer/api/email-api>).

use crate::mail::sender::Base64;
use serde::{Deserialize, Serialize};

/// `POST /email`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Send<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reply_to: Option<String>,
    pub(super) subject: &'a str,
    pub(super) text_body: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) html_body: Option<&'a str>,
    pub(super) headers: Vec<Line<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) attachments: Vec<File<'a>>,
    pub(super) metadata: Echo<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_stream: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct File<'a> {
    pub(super) name: &'a str,
    pub(super) content: Base64<'a>,
    pub(super) content_type: &'a str,
    #[serde(rename = "ContentID", skip_serializing_if = "Option::is_none")]
    pub(super) content_id: Option<String>,
}

/// What every event of the mail repeats.
#[derive(Serialize)]
pub(super) struct Echo<'a> {
    pub(super) msg_part: &'a str,
}

/// Where an event repeats [`Echo`].
pub(super) const ECHO: &str = "/Metadata/msg_part";

/// The answer to a mail.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Answer {
    pub(super) error_code: i64,
    #[serde(rename = "MessageID", default)]
    pub(super) message_id: Option<String>,
}

/// The answer to a search.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Found {
    pub(super) messages: Vec<Message>,
}

#[derive(Deserialize)]
pub(super) struct Message {
    #[serde(rename = "MessageID")]
    pub(super) message_id: String,
}
