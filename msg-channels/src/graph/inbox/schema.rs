//! The Send API's types (<https://developers.facebook.com/docs/messenger-platform/reference/send-api>).

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// A call of `/messages`.
#[derive(Default, Serialize)]
pub(crate) struct Call<'a> {
    pub(crate) recipient: Recipient<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) messaging_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tag: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<Message<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sender_action: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payload: Option<Reacted<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<Answered<'a>>,
}

/// Whom a call is for: a field and its value.
#[derive(Clone, Copy, Default)]
pub(crate) struct Recipient<'a> {
    pub(crate) field: &'static str,
    pub(crate) value: &'a str,
}

impl Serialize for Recipient<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.field, self.value)?;
        map.end()
    }
}

#[derive(Serialize)]
pub(crate) struct Answered<'a> {
    pub(crate) mid: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Reacted<'a> {
    pub(crate) message_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reaction: Option<&'a str>,
}

#[derive(Default, Serialize)]
pub(crate) struct Message<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attachment: Option<Attachment<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) attachments: Vec<Attachment<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) quick_replies: Vec<QuickReply<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) template: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Attachment<'a> {
    pub(crate) r#type: &'static str,
    pub(crate) payload: Payload<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Payload<'a> {
    Url { url: &'a str },
    Saved { attachment_id: &'a str },
    Template(Template<'a>),
}

/// <https://developers.facebook.com/docs/messenger-platform/send-messages/templates>
#[derive(Serialize)]
#[serde(tag = "template_type", rename_all = "snake_case")]
pub(crate) enum Template<'a> {
    Button {
        text: &'a str,
        buttons: Vec<Button<'a>>,
    },
    Generic {
        elements: Vec<Element<'a>>,
    },
    Media {
        elements: [MediaElement<'a>; 1],
    },
    Product {
        elements: [ProductElement<'a>; 1],
    },
}

#[derive(Serialize)]
pub(crate) struct Element<'a> {
    pub(crate) title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subtitle: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) buttons: Vec<Button<'a>>,
}

#[derive(Serialize)]
pub(crate) struct MediaElement<'a> {
    pub(crate) media_type: &'static str,
    pub(crate) attachment_id: &'a str,
    pub(crate) buttons: Vec<Button<'a>>,
}

#[derive(Serialize)]
pub(crate) struct ProductElement<'a> {
    pub(crate) id: &'a str,
}

/// <https://developers.facebook.com/docs/messenger-platform/send-messages/buttons>
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Button<'a> {
    WebUrl { url: &'a str, title: &'a str },
    Postback { title: &'a str, payload: &'a str },
    PhoneNumber { title: &'a str, payload: &'a str },
}

/// <https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies>
#[derive(Serialize)]
#[serde(tag = "content_type", rename_all = "snake_case")]
pub(crate) enum QuickReply<'a> {
    Text { title: &'a str, payload: &'a str },
    UserPhoneNumber,
    UserEmail,
}

/// The answer to a call.
#[derive(Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    pub(crate) message_id: Option<String>,
    /// Missing where the recipient was not named by an id.
    #[serde(default)]
    pub(crate) recipient_id: Option<String>,
    /// What some sender actions answer.
    #[serde(default)]
    pub(crate) success: Option<bool>,
}

/// The answer to an upload.
#[derive(Deserialize)]
pub(crate) struct Uploaded {
    pub(crate) attachment_id: String,
}
