//! Amazon's JSON, as far as this wire writes and reads it
//! (<https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html>).

use crate::mail::sender::Base64;
use serde::{Deserialize, Serialize};

/// `POST /v2/email/outbound-emails`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Send<'a> {
    pub(super) from_email_address: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from_email_address_identity_arn: Option<&'a str>,
    pub(super) destination: Destination<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reply_to_addresses: Option<[&'a str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) feedback_forwarding_email_address: Option<&'a str>,
    pub(super) content: Content<'a>,
    pub(super) email_tags: Vec<Named<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) configuration_set_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tenant_name: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Destination<'a> {
    pub(super) to_addresses: [&'a str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Content<'a> {
    pub(super) simple: Simple<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Simple<'a> {
    pub(super) subject: Words<'a>,
    pub(super) body: Body<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) headers: Vec<Named<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) attachments: Vec<File<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<Words<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) html: Option<Words<'a>>,
}

/// A text and its alphabet; without one Amazon takes it for ASCII.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Words<'a> {
    pub(super) data: &'a str,
    pub(super) charset: &'static str,
}

impl<'a> Words<'a> {
    pub(super) const fn new(data: &'a str) -> Self {
        Self {
            data,
            charset: "UTF-8",
        }
    }
}

/// A header line or a tag.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct File<'a> {
    #[serde(rename = "FileName")]
    pub(super) name: &'a str,
    pub(super) raw_content: Base64<'a>,
    pub(super) content_type: &'a str,
    pub(super) content_transfer_encoding: &'static str,
    pub(super) content_disposition: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_id: Option<&'a str>,
}

/// The tag that carries the part's id.
pub(super) const TAG: &str = "msg_part";

/// Where a published event repeats [`TAG`].
pub(super) const ECHO: &str = "/mail/tags/msg_part/0";

/// The answer to a mail.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Answer {
    #[serde(default)]
    pub(super) message_id: Option<String>,
}
