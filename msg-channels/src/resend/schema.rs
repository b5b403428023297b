//! Resend's JSON, as far as this wire writes and reads it (<https://resend.com/docs/api-reference/emails/send-email>).

use crate::mail::sender::Base64;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `POST /emails`.
#[derive(Serialize)]
pub(super) struct Send<'a> {
    pub(super) from: &'a str,
    pub(super) to: [&'a str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reply_to: Option<String>,
    pub(super) subject: &'a str,
    pub(super) text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) html: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) attachments: Vec<File<'a>>,
    pub(super) tags: [Tag<'a>; 1],
}

#[derive(Serialize)]
pub(super) struct File<'a> {
    pub(super) filename: &'a str,
    pub(super) content: Base64<'a>,
    pub(super) content_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_id: Option<&'a str>,
}

/// What every event of the mail repeats.
#[derive(Serialize)]
pub(super) struct Tag<'a> {
    pub(super) name: &'static str,
    pub(super) value: &'a str,
}

/// The name of the tag that is the part's id.
pub(super) const ECHO: &str = "msg_part";

/// The answer to a mail, or why there is none. The words of a refusal may quote the mail, so they are only compared.
#[derive(Default, Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) message: Option<String>,
}

/// A mail or a file that came in: where its bytes are.
#[derive(Default, Deserialize)]
pub(super) struct Received {
    #[serde(default)]
    pub(super) download_url: Option<String>,
    #[serde(default)]
    pub(super) raw: Option<Raw>,
}

#[derive(Default, Deserialize)]
pub(super) struct Raw {
    #[serde(default)]
    pub(super) download_url: Option<String>,
}
