//! SendGrid's JSON, as far as this wire writes and reads it
//! (<https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send>).

use crate::mail::sender::Base64;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// `POST /v3/mail/send`.
#[derive(Serialize)]
pub(super) struct Send<'a> {
    pub(super) personalizations: [Personalization<'a>; 1],
    pub(super) from: Person<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reply_to: Option<Person<'a>>,
    pub(super) subject: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) content: Vec<Content<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) attachments: Vec<File<'a>>,
    pub(super) headers: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
pub(super) struct Personalization<'a> {
    pub(super) to: [Person<'a>; 1],
    pub(super) custom_args: Echo<'a>,
}

#[derive(Clone, Copy, Serialize)]
pub(super) struct Person<'a> {
    pub(super) email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
}

/// What every event of the mail repeats.
#[derive(Serialize)]
pub(super) struct Echo<'a> {
    pub(super) msg_part: &'a str,
}

/// The field of an event that repeats [`Echo`].
pub(super) const ECHO: &str = "msg_part";

#[derive(Serialize)]
pub(super) struct Content<'a> {
    pub(super) r#type: &'static str,
    pub(super) value: &'a str,
}

#[derive(Serialize)]
pub(super) struct File<'a> {
    pub(super) content: Base64<'a>,
    pub(super) r#type: &'a str,
    pub(super) filename: &'a str,
    pub(super) disposition: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_id: Option<&'a str>,
}

/// What a refusal says.
#[derive(Default, Deserialize)]
pub(super) struct Refusal {
    #[serde(default)]
    pub(super) errors: Vec<Problem>,
}

/// One reason. Its words may quote the mail, so they are only compared.
#[derive(Deserialize)]
pub(super) struct Problem {
    #[serde(default)]
    pub(super) field: Value,
    #[serde(default)]
    pub(super) message: Value,
}
