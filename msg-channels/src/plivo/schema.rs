//! What Plivo's API takes and answers (<https://www.plivo.com/docs/messaging/api/messages>; plivo-go `MessageCreateParams`).

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Serialize)]
pub(super) struct Message<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) src: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) powerpack_uuid: Option<&'a str>,
    pub(super) dst: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) text: &'a str,
    pub(super) r#type: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) media_urls: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "message_expiry")]
    pub(super) expiry: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) log: Option<bool>,
}

/// `202` with the ids, or an error in words.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer<'a> {
    #[serde(borrow)]
    pub(super) message_uuid: Vec<Cow<'a, str>>,
    pub(super) invalid_number: Vec<serde::de::IgnoredAny>,
}
