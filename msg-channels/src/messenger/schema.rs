//! Messenger's own types. What it shares with Instagram is in the core of Meta's channels.

use serde::Serialize;

/// <https://developers.facebook.com/docs/messenger-platform/send-messages/utility-messages>
#[derive(Serialize)]
pub(super) struct Template<'a> {
    pub(super) name: &'a str,
    pub(super) language: Language<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) components: Vec<Component<'a>>,
}

#[derive(Serialize)]
pub(super) struct Language<'a> {
    pub(super) code: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Component<'a> {
    Header { parameters: Vec<TextParam<'a>> },
    Body { parameters: Vec<TextParam<'a>> },
    Buttons { parameters: Vec<ButtonParam<'a>> },
}

#[derive(Serialize)]
pub(super) struct TextParam<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter_name: Option<&'a str>,
    text: &'a str,
}

impl<'a> TextParam<'a> {
    pub(super) const fn new(name: Option<&'a str>, text: &'a str) -> Self {
        Self {
            r#type: "text",
            parameter_name: name,
            text,
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum ButtonParam<'a> {
    Postback { payload: &'a str },
    Url { url: &'a str },
}
