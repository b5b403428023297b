//! Brevo's JSON, as far as this wire writes and reads it (<https://developers.brevo.com/reference/sendtransacemail>).

use crate::mail::sender::Base64;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `POST /v3/smtp/email`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Send<'a> {
    pub(super) sender: Person<'a>,
    pub(super) to: [Person<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reply_to: Option<Person<'a>>,
    pub(super) subject: &'a str,
    pub(super) text_content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) html_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) attachment: Vec<File<'a>>,
    pub(super) headers: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
pub(super) struct Person<'a> {
    pub(super) email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct File<'a> {
    pub(super) name: &'a str,
    pub(super) content: Base64<'a>,
}

/// The header that every event of the mail repeats under the same name. A host may use it for its own.
pub(super) const ECHO: &str = "X-Mailin-custom";

/// The answer to a mail, or why there is none. The words of a refusal may quote the mail, so they are not read.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    #[serde(default)]
    pub(super) message_id: Option<String>,
    #[serde(default)]
    pub(super) code: Option<String>,
}
