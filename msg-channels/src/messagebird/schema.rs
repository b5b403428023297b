//! What MessageBird's SMS API takes and answers (messagebird/openapi-specs aac7e61, `SMS`).

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message<'a> {
    pub(super) originator: &'a str,
    pub(super) body: &'a str,
    pub(super) recipients: [&'a str; 1],
    pub(super) r#type: &'static str,
    pub(super) datacoding: &'static str,
    pub(super) reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) report_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) validity: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gateway: Option<u32>,
}

/// A message that was made, a list of them, or errors.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) errors: Vec<Problem>,
    #[serde(borrow)]
    pub(super) items: Vec<Known<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Problem {
    pub(super) code: Option<u32>,
}

/// A message that was sent before.
#[derive(Deserialize)]
pub(super) struct Known<'a> {
    #[serde(borrow, default)]
    pub(super) id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) reference: Option<Cow<'a, str>>,
}
