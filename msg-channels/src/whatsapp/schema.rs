//! The JSON of the Cloud API: what is sent, and what answers it. What comes in as a webhook is read field by field, because
//! what has no place must be kept.

use crate::graph::Fields;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A message: `POST /{phone number id}/messages`.
#[derive(Serialize)]
pub(super) struct Call<'a> {
    pub messaging_product: &'static str,
    #[serde(flatten)]
    pub to: To<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Context<'a>>,
    pub r#type: &'static str,
    #[serde(flatten)]
    pub says: Says<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub biz_opaque_callback_data: Option<String>,
}

#[derive(Serialize)]
pub(super) struct To<'a> {
    #[serde(rename = "recipient_type")]
    pub kind: &'static str,
    #[serde(rename = "to", skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    #[serde(rename = "recipient", skip_serializing_if = "Option::is_none")]
    pub user: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Context<'a> {
    pub message_id: &'a str,
}

/// The field that is named like the type.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Says<'a> {
    Text(Text<'a>),
    Image(File<'a>),
    Video(File<'a>),
    Audio(File<'a>),
    Document(File<'a>),
    Sticker(File<'a>),
    Location(Place<'a>),
    Contacts(Vec<Contact<'a>>),
    Reaction(Reaction<'a>),
    Interactive(Interactive<'a>),
    Template(Template<'a>),
}

impl Says<'_> {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Video(_) => "video",
            Self::Audio(_) => "audio",
            Self::Document(_) => "document",
            Self::Sticker(_) => "sticker",
            Self::Location(_) => "location",
            Self::Contacts(_) => "contacts",
            Self::Reaction(_) => "reaction",
            Self::Interactive(_) => "interactive",
            Self::Template(_) => "template",
        }
    }
}

#[derive(Serialize)]
pub(super) struct Text<'a> {
    pub body: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub preview_url: bool,
}

/// Media by id or link.
#[derive(Serialize, Default)]
pub(super) struct File<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub voice: bool,
}

/// Coordinates are text, so that no digit is lost.
#[derive(Serialize)]
pub(super) struct Place<'a> {
    pub latitude: &'a str,
    pub longitude: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Contact<'a> {
    pub name: Name<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Phone<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Mail<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org: Option<Company<'a>>,
}

/// One part of the name is needed beside the whole.
#[derive(Serialize)]
pub(super) struct Name<'a> {
    pub formatted_name: &'a str,
    pub first_name: &'a str,
}

#[derive(Serialize)]
pub(super) struct Phone<'a> {
    pub phone: &'a str,
}

#[derive(Serialize)]
pub(super) struct Mail<'a> {
    pub email: &'a str,
}

#[derive(Serialize)]
pub(super) struct Company<'a> {
    pub company: &'a str,
}

/// An empty emoji takes the reaction back.
#[derive(Serialize)]
pub(super) struct Reaction<'a> {
    pub message_id: &'a str,
    pub emoji: &'a str,
}

#[derive(Serialize)]
pub(super) struct Interactive<'a> {
    pub r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<Header<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Line<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<Line<'a>>,
    pub action: Value,
}

#[derive(Serialize)]
pub(super) struct Line<'a> {
    pub text: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Header<'a> {
    Text { text: &'a str },
    Image { image: File<'a> },
    Video { video: File<'a> },
    Document { document: File<'a> },
}

#[derive(Serialize)]
pub(super) struct Template<'a> {
    pub name: &'a str,
    pub language: Language<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Value>,
}

#[derive(Serialize)]
pub(super) struct Language<'a> {
    pub code: Cow<'a, str>,
}

/// `POST /{phone number id}/messages` that marks everything up to a message as read, and may show that somebody types.
#[derive(Serialize)]
pub(super) struct Seen<'a> {
    pub messaging_product: &'static str,
    pub status: &'static str,
    pub message_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typing_indicator: Option<Indicator>,
}

#[derive(Serialize)]
pub(super) struct Indicator {
    pub r#type: &'static str,
}

/// What answers a message.
#[derive(Deserialize)]
pub(super) struct Taken {
    #[serde(default)]
    pub messages: Vec<TakenMessage>,
    #[serde(default)]
    pub success: bool,
}

#[derive(Deserialize)]
pub(super) struct TakenMessage {
    pub id: String,
}

/// What answers an upload.
#[derive(Deserialize)]
pub(super) struct Uploaded {
    pub id: String,
}

/// Where media are.
#[derive(Deserialize)]
pub(super) struct Where<'a> {
    #[serde(borrow)]
    pub url: Cow<'a, str>,
    #[serde(borrow)]
    pub id: Cow<'a, str>,
}

/// One change of a webhook whose value is an object, as it is read.
#[derive(Deserialize)]
pub(super) struct Opened<'a> {
    #[serde(borrow)]
    pub field: Cow<'a, str>,
    #[serde(borrow)]
    pub value: Fields<'a>,
}

/// One change of a webhook, as it is kept.
#[derive(Deserialize)]
pub(super) struct Change<'a> {
    #[serde(borrow)]
    pub field: Cow<'a, str>,
    #[serde(borrow)]
    pub value: &'a RawValue,
}
