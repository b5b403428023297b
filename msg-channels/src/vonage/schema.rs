//! What Vonage's API takes and answers (<https://developer.vonage.com/en/api/messages>; models of vonage-messages 1.8.1).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// One message. Which of the later fields it has says `message_type`.
#[derive(Default, Serialize)]
pub(super) struct Message<'a> {
    #[serde(rename = "message_type")]
    pub(super) kind: &'static str,
    pub(super) to: &'a str,
    pub(super) from: &'a str,
    pub(super) channel: &'static str,
    pub(super) client_ref: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ttl: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) webhook_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) webhook_version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) context: Option<Context<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<Resource<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) audio: Option<Resource<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) video: Option<Resource<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<Resource<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vcard: Option<Resource<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sticker: Option<Resource<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) content: Vec<Item<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) card: Option<Card<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) carousel: Option<Carousel<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) suggestions: Vec<Suggestion<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) template: Option<Template<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) custom: Option<Cow<'a, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rcs: Option<Rcs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) whatsapp: Option<WhatsApp<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) viber_service: Option<Viber<'a>>,
}

#[derive(Serialize)]
pub(super) struct Context<'a> {
    pub(super) message_uuid: &'a str,
}

#[derive(Default, Serialize)]
pub(super) struct Resource<'a> {
    pub(super) url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) caption: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
}

/// One of several media of an MMS.
#[derive(Serialize)]
pub(super) struct Item<'a> {
    pub(super) r#type: &'static str,
    #[serde(flatten)]
    pub(super) resource: Resource<'a>,
}

#[derive(Serialize)]
pub(super) struct Card<'a> {
    pub(super) title: &'a str,
    pub(super) text: &'a str,
    pub(super) media_url: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) media_description: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) suggestions: Vec<Suggestion<'a>>,
}

#[derive(Serialize)]
pub(super) struct Carousel<'a> {
    pub(super) cards: Vec<Card<'a>>,
}

/// A suggestion of RCS.
#[derive(Serialize)]
pub(super) struct Suggestion<'a> {
    pub(super) text: &'a str,
    pub(super) postback_data: &'a str,
    #[serde(flatten)]
    pub(super) act: Suggested<'a>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Suggested<'a> {
    Reply,
    Dial {
        phone_number: &'a str,
    },
    OpenUrl {
        url: &'a str,
        description: &'a str,
    },
    ViewLocation {
        latitude: &'a str,
        longitude: &'a str,
        pin_label: &'a str,
    },
    ShareLocation,
    CreateCalendarEvent {
        start_time: String,
        end_time: String,
        title: &'a str,
        description: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        fallback_url: Option<&'a str>,
    },
}

#[derive(Serialize)]
pub(super) struct Template<'a> {
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parameters: Vec<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Rcs {
    pub(super) card_width: &'static str,
}

#[derive(Serialize)]
pub(super) struct WhatsApp<'a> {
    pub(super) policy: &'static str,
    pub(super) locale: &'a str,
}

#[derive(Serialize)]
pub(super) struct Viber<'a> {
    pub(super) category: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ttl: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) action: Option<Tap<'a>>,
}

/// The button of a Viber message.
#[derive(Serialize)]
pub(super) struct Tap<'a> {
    pub(super) url: &'a str,
    pub(super) text: &'a str,
}

/// `202` with the id, or a problem (RFC 9457) whose type ends in the code.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer<'a> {
    #[serde(borrow)]
    pub(super) message_uuid: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) r#type: Option<Cow<'a, str>>,
}
