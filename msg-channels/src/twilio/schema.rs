//! What Twilio's API answers with, as far as it is read.

use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;

/// A message resource, or an error (<https://www.twilio.com/docs/usage/twilios-response>).
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer<'a> {
    #[serde(borrow)]
    pub(super) sid: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) status: Option<Status<'a>>,
    pub(super) error_code: Option<Value>,
    pub(super) code: Option<Value>,
    pub(super) success: Option<bool>,
}

/// Of a message a word, of an error the HTTP status.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Status<'a> {
    Word(#[serde(borrow)] Cow<'a, str>),
    Other(serde::de::IgnoredAny),
}

impl Answer<'_> {
    pub(super) fn word(&self) -> Option<&str> {
        match self.status.as_ref()? {
            Status::Word(word) => Some(word),
            Status::Other(_) => None,
        }
    }
}

/// A code as Twilio writes it: a number, sometimes as text. Anything that is no number is none.
pub(super) fn code_of(value: Option<&Value>) -> Option<String> {
    let digits = match value? {
        Value::Number(number) => number.as_u64()?.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    is_code(&digits).then_some(digits)
}

/// Whether a text is a code and says nothing else.
pub(super) fn is_code(text: &str) -> bool {
    (1..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && text != "0"
}
