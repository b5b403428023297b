//! What a model is asked.

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
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// The conversation.
    pub turns: Vec<Turn>,
    /// What the model may call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
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
    pub fn new(system: impl Into<String>, turns: Vec<Turn>) -> Self {
        Self {
            model: String::new(),
            system: system.into(),
            turns,
            tools: Vec::new(),
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

    /// Sets what the model may call.
    #[must_use]
    pub fn with_tools(mut self, tools: Vec<Tool>, choice: ToolChoice) -> Self {
        (self.tools, self.tool_choice) = (tools, choice);
        self
    }

    /// Sets the form of the answer.
    #[must_use]
    pub fn with_output(mut self, output: OutputFormat) -> Self {
        self.output = output;
        self
    }
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
    /// Text from the person.
    pub fn user(text: impl Into<String>) -> Self {
        Self {
            role: Role::User,
            pieces: vec![Piece::Text(text.into())],
        }
    }

    /// Text from the model.
    pub fn assistant(text: impl Into<String>) -> Self {
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
    Text(String),
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
    /// Its name or title; may be empty.
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
}

/// The content of a document.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DocumentSource {
    /// At a URL that the provider fetches.
    Url(String),
    /// Plain text.
    Text(String),
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
        }
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
    pub content: String,
    /// Whether it is an error.
    #[serde(default)]
    pub is_error: bool,
}

impl ToolResult {
    /// A result.
    pub fn new(id: impl Into<String>, name: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            content: content.into(),
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
