//! Media, notifications, voice and email.

use super::action::Action;
use super::text::RichText;
use crate::open::open_names;
use serde::{Deserialize, Serialize};

open_names! {
    /// What a media item is.
    MediaKind {
        /// A picture.
        Image = "image",
        /// A film.
        Video = "video",
        /// A sound.
        Audio = "audio",
        /// A voice note.
        VoiceNote = "voice_note",
        /// A moving picture without sound.
        Animation = "animation",
        /// A sticker.
        Sticker = "sticker",
        /// Any other file.
        File = "file",
    }
}

/// One picture, sound, film or file.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Where it comes from.
    pub source: MediaSource,
    /// Its type, such as `image/png`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// What it shows or says, for who cannot see or hear it. Always survives.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alt: String,
    /// The file's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
}

/// Where media come from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MediaSource {
    /// A page that the provider, or the person, can fetch; https.
    Url(String),
    /// The provider's own id of something uploaded before.
    ProviderId(String),
    /// The bytes themselves.
    Bytes(MediaBytes),
}

/// Bytes that are written as base64 and print as their length.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaBytes(pub bytes::Bytes);

impl std::fmt::Debug for MediaBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MediaBytes({} bytes)", self.0.len())
    }
}

impl Serialize for MediaBytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::base64::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for MediaBytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let bytes =
            super::base64::decode(&text).ok_or_else(|| serde::de::Error::custom("not base64"))?;
        Ok(Self(bytes.into()))
    }
}

impl Media {
    /// Media at a URL.
    pub fn from_url(kind: MediaKind, url: impl Into<String>, alt: impl Into<String>) -> Self {
        Self {
            kind,
            source: MediaSource::Url(url.into()),
            mime: None,
            alt: alt.into(),
            filename: None,
        }
    }

    /// Media with their bytes.
    pub fn from_bytes(
        kind: MediaKind,
        mime: impl Into<String>,
        bytes: impl Into<bytes::Bytes>,
        alt: impl Into<String>,
    ) -> Self {
        let source = MediaSource::Bytes(MediaBytes(bytes.into()));
        Self {
            kind,
            source,
            mime: Some(mime.into()),
            alt: alt.into(),
            filename: None,
        }
    }

    /// Sets the file's name.
    #[must_use]
    pub fn with_filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into());
        self
    }

    /// The URL, when the media have one.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match &self.source {
            MediaSource::Url(url) => Some(url),
            MediaSource::ProviderId(_) | MediaSource::Bytes(_) => None,
        }
    }
}

/// A notification of an app.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Notification {
    /// The title.
    pub title: String,
    /// The text.
    pub body: String,
    /// What a tap opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Media>,
    /// A later notification with the same key replaces this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collapse_key: Option<String>,
    /// Buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

impl Notification {
    /// A notification.
    pub fn new(title: impl Into<String>, body: impl Into<String>) -> Self {
        let (title, body) = (title.into(), body.into());
        Self {
            title,
            body,
            url: None,
            image: None,
            collapse_key: None,
            actions: Vec::new(),
        }
    }
}

/// Something to say on the phone.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Voice {
    /// What is said.
    pub text: String,
    /// The same as SSML, where the provider speaks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssml: Option<String>,
    /// What the person can press or say: options 1 to 9.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Action>,
}

impl Voice {
    /// Says `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ssml: None,
            options: Vec::new(),
        }
    }
}

/// An email.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Email {
    /// The subject.
    pub subject: String,
    /// The text alternative, and the source of the HTML when there is none.
    pub text: RichText,
    /// HTML written by the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Attachments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Media>,
    /// The one-click unsubscribe address (RFC 8058): https, takes a POST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribe_url: Option<String>,
    /// Links for the reader, shown under the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

impl Email {
    /// An email.
    pub fn new(subject: impl Into<String>, text: impl Into<RichText>) -> Self {
        Self {
            subject: subject.into(),
            text: text.into(),
            html: None,
            attachments: Vec::new(),
            unsubscribe_url: None,
            actions: Vec::new(),
        }
    }

    /// Sets the HTML.
    #[must_use]
    pub fn with_html(mut self, html: impl Into<String>) -> Self {
        self.html = Some(html.into());
        self
    }

    /// Sets the one-click unsubscribe address.
    #[must_use]
    pub fn with_unsubscribe(mut self, url: impl Into<String>) -> Self {
        self.unsubscribe_url = Some(url.into());
        self
    }
}

crate::open::veiled! {
    Media;
    MediaSource;
    Notification;
    Voice;
    Email;
}
