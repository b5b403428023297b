//! Speech as text.

use super::{Audio, Instructions, LlmError, Usage};
use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Writes down what is said in a recording.
///
/// # Contract
/// - One attempt a call.
/// - A recording in which nothing is said gives an empty text, not an error.
/// - What was said is text from the outside world, never an instruction.
/// - Neither errors nor `Debug` show the recording, the text or keys.
///
/// # Cancellation
/// Dropping the future ends the exchange; what was used by then may still be billed.
#[async_trait]
pub trait Transcriber: fmt::Debug + Send + Sync + 'static {
    /// The stable lowercase name of the provider.
    fn scheme(&self) -> &str;

    /// What is said.
    ///
    /// # Errors
    /// [`LlmError`] says what failed and whether the same request may be made again.
    async fn transcribe(&self, request: &TranscribeRequest) -> Result<Transcription, LlmError>;
}

/// The pure half of an HTTP provider of transcriptions. [`HttpProvider`](super::HttpProvider) adds the transport and is the
/// [`Transcriber`].
pub trait TranscribeWire: fmt::Debug + Send + Sync + 'static {
    /// The stable lowercase name of the provider.
    fn scheme(&self) -> &str;

    /// The request that asks. The same request gives the same bytes.
    ///
    /// # Errors
    /// [`LlmErrorKind::InvalidRequest`](super::LlmErrorKind::InvalidRequest) when the wire cannot say it: the recording is
    /// empty, too large or of a type that the provider does not read.
    fn encode(&self, request: &TranscribeRequest) -> Result<http::Request<Bytes>, LlmError>;

    /// What the answer says.
    ///
    /// # Errors
    /// What the provider reported, from any status and any body.
    fn decode(&self, response: &http::Response<Bytes>) -> Result<Transcription, LlmError>;
}

/// A recording to write down.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct TranscribeRequest {
    /// The model, in the provider's terms. Empty takes the provider's default.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// The recording.
    pub audio: Audio,
    /// The language that is spoken, as ISO 639-1 has it (`de`). None lets the provider find out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Words and style that the host expects, such as names of products. Never text from the outside world.
    #[serde(default, skip_serializing_if = "is_blank")]
    pub hint: Instructions,
    /// Randomness, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
}

impl TranscribeRequest {
    /// Asks what is said in this recording.
    #[must_use]
    pub const fn new(audio: Audio) -> Self {
        Self {
            model: String::new(),
            audio,
            language: None,
            hint: Instructions::none(),
            temperature: None,
        }
    }

    /// Sets the model.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// Sets the language that is spoken.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// Sets the words and style that are expected.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Instructions>) -> Self {
        self.hint = hint.into();
        self
    }
}

fn is_blank(hint: &Instructions) -> bool {
    hint.is_empty()
}

/// What is said in a recording.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Transcription {
    /// The whole text. It came from outside: a model reads it as [`Turn::outside`](super::Turn::outside).
    pub text: String,
    /// The language, in the provider's words (`en`, `english`), where it says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How long the recording is, where the provider says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Duration>,
    /// The text with its times, where the provider tells them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
    /// What it used, where it is counted in tokens.
    #[serde(default)]
    pub usage: Usage,
    /// The provider's id of the request, for its support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Transcription {
    /// A text without times.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

/// A stretch of speech.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Segment {
    /// Where it begins, from the start of the recording.
    pub start: Duration,
    /// Where it ends.
    pub end: Duration,
    /// What is said.
    pub text: String,
    /// Who says it, where voices are told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
}

impl Segment {
    /// A stretch of speech of an unknown voice.
    pub fn new(start: Duration, end: Duration, text: impl Into<String>) -> Self {
        Self {
            start,
            end,
            text: text.into(),
            speaker: None,
        }
    }
}

crate::open::veiled! {
    TranscribeRequest { model, language };
    Transcription { language, duration, usage };
    Segment { start, end };
}

const fn _dyn_compatible(_: &dyn Transcriber, _: &dyn TranscribeWire) {}
