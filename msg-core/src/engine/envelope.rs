//! What the engine puts into the outbox with a part: all that dispatch needs.

use super::fallback::Onward;
use crate::error::{Error, ErrorKind, JsonFault};
use crate::message::{Content, Draft, Part};
use crate::plan::AnswerMap;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The version of the envelope's form.
const ENVELOPE: u16 = 1;

/// Room for a usual envelope, so that it is written without growing.
const USUAL: usize = 1024;

/// A part with its context.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Envelope<'a> {
    v: u16,
    /// The draft without its body: what dispatch checks may know.
    pub(super) draft: Cow<'a, Draft>,
    /// The part.
    pub(super) part: Cow<'a, Part>,
    /// The scheme of the adapter.
    pub(super) scheme: Cow<'a, str>,
    /// What goes into the transcript when the part is accepted: on the first part of a conversation's message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) turn: Option<Cow<'a, Content>>,
    /// Whether the message may take several ways.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) ways: bool,
    /// What the next way is planned from: on the first part of a way that is not the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) onward: Option<Cow<'a, Onward>>,
    /// What answers will mean: on the last part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) answers: Option<Cow<'a, AnswerMap>>,
}

impl<'a> Envelope<'a> {
    pub(super) fn new(draft: &'a Draft, part: &'a Part, scheme: &'a str) -> Self {
        Self {
            v: ENVELOPE,
            draft: Cow::Borrowed(draft),
            part: Cow::Borrowed(part),
            scheme: scheme.into(),
            turn: None,
            ways: draft.fallback.is_some(),
            onward: None,
            answers: None,
        }
    }

    pub(super) fn write(&self) -> Result<Bytes, Error> {
        let mut body = Vec::with_capacity(USUAL);
        serde_json::to_writer(&mut body, self).map_err(|error| {
            Error::new(ErrorKind::Invalid, "a part cannot be written as JSON")
                .with_source(JsonFault::from(&error))
        })?;
        Ok(Bytes::from(body))
    }
}

impl Envelope<'static> {
    pub(super) fn read(body: &[u8]) -> Result<Self, Error> {
        let envelope: Self = serde_json::from_slice(body).map_err(|error| {
            Error::new(ErrorKind::Corrupt, "a part of the outbox cannot be read")
                .with_source(JsonFault::from(&error))
        })?;
        if envelope.v > ENVELOPE {
            return Err(Error::new(
                ErrorKind::Corrupt,
                "a part of the outbox was written by a newer version",
            ));
        }
        Ok(envelope)
    }
}
