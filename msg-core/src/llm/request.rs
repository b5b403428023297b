//! What a model is asked.

use super::{Grants, Instructions, Offer, Source, Text};
use crate::id::ScopeId;
use crate::message::media::MediaBytes;
use crate::open::open_names;
use serde::{Deserialize, Serialize};

/// A request to a model.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct GenerateRequest {
    /// The model, in the provider's terms. Empty takes the provider's default.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// What the host instructs. Never text from the outside world.
    #[serde(default, skip_serializing_if = "no_rules")]
    pub system: Instructions,
    /// The conversation.
    pub turns: Vec<Turn>,
    /// What the model may call.
    #[serde(default, skip_serializing_if = "no_tools")]
    pub tools: Offer,
    /// Whether it must call one.
    #[serde(default)]
    pub tool_choice: ToolChoice,
    /// The form of the answer.
    #[serde(default)]
    pub output: OutputFormat,
    /// The most tokens that the answer may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Randomness, 0 to 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// Nucleus sampling, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f32>,
    /// A seed, where the provider takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// Texts that end the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// How much the model should think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
    /// What requests with the same beginning share, so that the provider's prompt cache is hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_key: Option<String>,
}

impl GenerateRequest {
    /// Asks with these instructions and turns.
    pub fn new(system: impl Into<Instructions>, turns: Vec<Turn>) -> Self {
        Self {
            model: String::new(),
            system: system.into(),
            turns,
            tools: Offer::default(),
            tool_choice: ToolChoice::Auto,
            output: OutputFormat::Text,
            max_tokens: None,
            temperature: None,
            top_p: None,
            seed: None,
            stop: Vec::new(),
            effort: None,
            cache_key: None,
        }
    }

    /// Sets the model.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// Sets the most tokens that the answer may have.
    #[must_use]
    pub const fn with_max_tokens(mut self, max: u32) -> Self {
        self.max_tokens = Some(max);
        self
    }

    /// Sets what the model may call. A tool that needs a scope is left out: nothing is granted here.
    #[must_use]
    pub fn with_tools(self, tools: Vec<Tool>, choice: ToolChoice) -> Self {
        self.with_granted_tools(tools, &Grants::none(), choice)
    }

    /// Sets what the model may call: of these tools those whose scopes are granted.
    #[must_use]
    pub fn with_granted_tools(
        mut self,
        tools: Vec<Tool>,
        grants: &Grants,
        choice: ToolChoice,
    ) -> Self {
        (self.tools, self.tool_choice) = (Offer::new(tools, grants), choice);
        self
    }

    /// Sets the form of the answer.
    #[must_use]
    pub fn with_output(mut self, output: OutputFormat) -> Self {
        self.output = output;
        self
    }
}

fn no_rules(system: &Instructions) -> bool {
    system.is_empty()
}

fn no_tools(tools: &Offer) -> bool {
    tools.is_empty()
}

/// Who speaks in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// The person, or what the host brings in for the person.
    User,
    /// The model.
    Assistant,
}

/// One turn of a conversation.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub pieces: Vec<Piece>,
}

impl Turn {
    /// Words in the person's place that the host wrote or vouches for. What a person wrote is [`Turn::outside`].
    pub fn user(text: impl Into<Text>) -> Self {
        Self {
            role: Role::User,
            pieces: vec![Piece::Text(text.into())],
        }
    }

    /// Text from the outside world: an inbound message, a transcription, a passage that was looked up. It is marked as
    /// data, and whose.
    pub fn outside(source: Source, text: impl AsRef<str>) -> Self {
        Self::user(Text::outside(source, text))
    }

    /// Text from the model.
    pub fn assistant(text: impl Into<Text>) -> Self {
        Self {
            role: Role::Assistant,
            pieces: vec![Piece::Text(text.into())],
        }
    }

    /// Several pieces.
    #[must_use]
    pub const fn new(role: Role, pieces: Vec<Piece>) -> Self {
        Self { role, pieces }
    }
}

/// A piece of a turn.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Piece {
    /// Text.
    Text(#[serde(with = "super::text::kept")] Text),
    /// A picture.
    Image(Image),
    /// A document, such as a PDF.
    Document(Document),
    /// A recording.
    Audio(Audio),
    /// A call that the model made.
    ToolCall(ToolCall),
    /// What a call brought.
    ToolResult(ToolResult),
    /// What the model thought, to be handed back to the one that issued it.
    Reasoning(super::Reasoning),
}

/// A picture for a model.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Image {
    /// At a URL that the provider fetches.
    Url(String),
    /// The bytes and their type.
    Bytes {
        /// Such as `image/png`.
        mime: String,
        /// The bytes.
        data: MediaBytes,
    },
}

/// A document for a model.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Document {
    /// Its name or title; may be empty. It has no marks: a name from outside is better left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where its content is.
    pub source: DocumentSource,
}

impl Document {
    /// A document.
    pub fn new(name: impl Into<String>, source: DocumentSource) -> Self {
        Self {
            name: name.into(),
            source,
        }
    }

    /// A document of plain text that came from outside, such as a passage that was looked up.
    pub fn outside(name: impl Into<String>, text: impl AsRef<str>) -> Self {
        let text = Text::outside(Source::Document, text);
        Self::new(name, DocumentSource::Text(text))
    }
}

/// The content of a document.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DocumentSource {
    /// At a URL that the provider fetches.
    Url(String),
    /// Plain text, and whose it is.
    Text(#[serde(with = "super::text::kept")] Text),
    /// The bytes and their type.
    Bytes {
        /// Such as `application/pdf`.
        mime: String,
        /// The bytes.
        data: MediaBytes,
    },
}

/// A recording for a model.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Audio {
    /// At a URL that the provider fetches.
    Url(String),
    /// The bytes and their type.
    Bytes {
        /// Such as `audio/wav`.
        mime: String,
        /// The bytes.
        data: MediaBytes,
    },
}

impl Audio {
    /// A recording of these bytes.
    pub fn new(mime: impl Into<String>, data: impl Into<bytes::Bytes>) -> Self {
        Self::Bytes {
            mime: mime.into(),
            data: MediaBytes(data.into()),
        }
    }

    /// The type and the bytes, where they are given and not a URL.
    #[must_use]
    pub fn data(&self) -> Option<(&str, &bytes::Bytes)> {
        match self {
            Self::Bytes { mime, data } => Some((mime, &data.0)),
            Self::Url(_) => None,
        }
    }
}

/// Something that a model may call.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Tool {
    /// Its name: letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// What it does.
    pub description: String,
    /// JSON Schema of its arguments.
    pub parameters: serde_json::Value,
    /// Whether the provider must keep to the schema.
    #[serde(default)]
    pub strict: bool,
    /// The scopes that it needs, all of them. A tool that needs none may be called for anybody, a stranger included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<ScopeId>,
}

impl Tool {
    /// A tool.
    pub fn new(
        name: impl Into<String>,
        description: impl Into<String>,
        parameters: serde_json::Value,
    ) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            parameters,
            strict: false,
            scopes: Vec::new(),
        }
    }

    /// Adds a scope that it needs.
    #[must_use]
    pub fn with_scope(mut self, scope: ScopeId) -> Self {
        self.scopes.push(scope);
        self
    }
}

/// Whether the model must call a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolChoice {
    /// As it likes.
    #[default]
    Auto,
    /// It must not.
    None,
    /// It must call one.
    Required,
    /// It must call this one.
    Named(String),
}

/// A call that a model made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct ToolCall {
    /// The provider's id of the call; empty where it gives none.
    pub id: String,
    /// The tool.
    pub name: String,
    /// The arguments as JSON text, as the model wrote them.
    pub arguments: String,
    /// Whether the model finished the arguments. An unfinished call must not run, even if its text is valid JSON.
    pub complete: bool,
}

impl ToolCall {
    /// A finished call.
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            arguments: arguments.into(),
            complete: true,
        }
    }
}

/// What a call brought.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct ToolResult {
    /// The id of the call.
    pub id: String,
    /// The tool.
    pub name: String,
    /// The result as text or JSON text.
    #[serde(with = "super::text::kept")]
    pub content: Text,
    /// Whether it is an error.
    #[serde(default)]
    pub is_error: bool,
}

impl ToolResult {
    /// A result. What a tool brings is text from outside, and marked so.
    pub fn new(id: impl Into<String>, name: impl Into<String>, content: impl AsRef<str>) -> Self {
        let content = Text::outside(Source::Tool, content);
        Self::of(id, name, content)
    }

    /// A result that the host vouches for: nothing in it came from outside. It is sent as it is, JSON as JSON.
    pub fn by_host(
        id: impl Into<String>,
        name: impl Into<String>,
        content: impl Into<String>,
    ) -> Self {
        Self::of(id, name, Text::by_host(content))
    }

    fn of(id: impl Into<String>, name: impl Into<String>, content: Text) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            content,
            is_error: false,
        }
    }
}

/// The form of an answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutputFormat {
    /// Text.
    #[default]
    Text,
    /// Some JSON object.
    Json,
    /// JSON of this schema.
    Schema {
        /// The name of the schema: letters, digits, `_` and `-`.
        name: String,
        /// JSON Schema.
        schema: serde_json::Value,
        /// Whether the provider must keep to it.
        strict: bool,
    },
}

open_names! {
    /// How much a model should think.
    Effort {
        /// Not at all.
        None = "none",
        /// As little as possible.
        Minimal = "minimal",
        /// A little.
        Low = "low",
        /// As usual.
        Medium = "medium",
        /// A lot.
        High = "high",
    }
}

crate::open::veiled! {
    GenerateRequest { model };
    Turn { role };
    Piece;
    Image;
    Document;
    DocumentSource;
    Audio;
    Tool { name };
    ToolCall { name };
    ToolResult;
}
