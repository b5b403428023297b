//! Instructions and turns as messages.

use super::super::quirk::{AudioPart, DocumentPart, ReasoningField, SystemRole, ToolIds};
use super::super::transcription::of_type;
use super::{Dialect, Tagged};
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use msg_core::llm::{
    Audio, Document, DocumentSource, GenerateRequest, Image, Piece, Reasoning, Role, ToolCall,
    ToolResult, Turn,
};
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

/// Instructions and turns. One turn is several messages when it has results of tools.
pub(super) struct Messages<'a> {
    pub(super) request: &'a GenerateRequest,
    pub(super) dialect: &'a Dialect,
}

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        if !self.request.system.is_empty() {
            let role = match self.dialect.system_role {
                SystemRole::System => "system",
                SystemRole::Developer => "developer",
            };
            seq.serialize_element(&Said {
                role,
                content: &self.request.system,
            })?;
        }
        // Calls and results without an id are told apart by their order.
        let (mut calls, mut results) = (0, 0);
        for turn in &self.request.turns {
            match turn.role {
                Role::Assistant => {
                    seq.serialize_element(&Assistant {
                        turn,
                        dialect: self.dialect,
                        unnamed: calls,
                    })?;
                    calls += tool_calls(turn).filter(|call| call.id.is_empty()).count();
                }
                Role::User => {
                    for piece in &turn.pieces {
                        let Piece::ToolResult(result) = piece else {
                            continue;
                        };
                        seq.serialize_element(&Answered {
                            result,
                            id: CallId::new(&result.id, results, self.dialect.tool_ids),
                        })?;
                        results += usize::from(result.id.is_empty());
                    }
                    if turn
                        .pieces
                        .iter()
                        .any(|piece| !matches!(piece, Piece::ToolResult(_)))
                    {
                        seq.serialize_element(&User {
                            turn,
                            documents: self.dialect.document_part,
                            audio: self.dialect.audio_part,
                        })?;
                    }
                }
                _ => return Err(S::Error::custom("an unknown speaker")),
            }
        }
        seq.end()
    }
}

#[derive(Serialize)]
struct Said<'a> {
    role: &'static str,
    content: &'a str,
}

/// The id of a call, in the form that the server takes. A call that has none gets one by its number: servers that give no
/// ids still want them back.
pub(crate) struct CallId<'a> {
    id: &'a str,
    number: usize,
    form: ToolIds,
}

impl<'a> CallId<'a> {
    pub(crate) const fn new(id: &'a str, number: usize, form: ToolIds) -> Self {
        Self { id, number, form }
    }
}

impl Serialize for CallId<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nine = self.form == ToolIds::Nine;
        match self.id {
            "" if nine => serializer.collect_str(&format_args!("call{:05}", self.number)),
            "" => serializer.collect_str(&format_args!("call_{}", self.number)),
            id if nine && !is_nine(id) => serializer.collect_str(&Nine(fnv(id))),
            id => serializer.serialize_str(id),
        }
    }
}

fn is_nine(id: &str) -> bool {
    id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// FNV-1a, 64 bits: the same id gives the same number everywhere and always.
fn fnv(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Nine letters and digits of a number.
struct Nine(u64);

impl std::fmt::Display for Nine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use std::fmt::Write as _;
        let mut rest = self.0;
        for _ in 0..9 {
            // 36 is in range, and digits are always found there.
            let digit = u32::try_from(rest % 36).unwrap_or_default();
            f.write_char(char::from_digit(digit, 36).unwrap_or('0'))?;
            rest /= 36;
        }
        Ok(())
    }
}

/// The result of a call.
struct Answered<'a> {
    result: &'a ToolResult,
    id: CallId<'a>,
}

impl Serialize for Answered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("role", "tool")?;
        map.serialize_entry("tool_call_id", &self.id)?;
        map.serialize_entry("content", self.result.content.as_str())?;
        map.end()
    }
}

/// A turn of the person, without results of tools.
struct User<'a> {
    turn: &'a Turn,
    documents: DocumentPart,
    audio: AudioPart,
}

impl Serialize for User<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("role", "user")?;
        // A lone text goes as a text: some servers take no lists.
        let mut pieces = self
            .turn
            .pieces
            .iter()
            .filter(|piece| !matches!(piece, Piece::ToolResult(_)));
        match (pieces.next(), pieces.next()) {
            (Some(Piece::Text(text)), None) => map.serialize_entry("content", text.as_str())?,
            _ => map.serialize_entry("content", &Parts(self))?,
        }
        map.end()
    }
}

struct Parts<'a>(&'a User<'a>);

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for piece in &self.0.turn.pieces {
            match piece {
                Piece::Text(text) => seq.serialize_element(&Tagged {
                    tag: "text",
                    value: text.as_str(),
                })?,
                Piece::Image(image) => {
                    seq.serialize_element(&Tagged {
                        tag: "image_url",
                        value: Picture {
                            url: PictureUrl(image),
                        },
                    })?;
                }
                Piece::Document(document) => match (&document.source, self.0.documents) {
                    (DocumentSource::Text(text), _) => seq.serialize_element(&Tagged {
                        tag: "text",
                        value: text.as_str(),
                    })?,
                    (_, DocumentPart::File) => seq.serialize_element(&Tagged {
                        tag: "file",
                        value: File {
                            filename: name(document),
                            file_data: DocumentUrl(document),
                        },
                    })?,
                    (_, DocumentPart::DocumentUrl) => seq.serialize_element(&Linked {
                        kind: "document_url",
                        document_url: DocumentUrl(document),
                        document_name: name(document),
                    })?,
                },
                Piece::Audio(audio) => match self.0.audio {
                    AudioPart::InputAudio => seq.serialize_element(&Tagged {
                        tag: "input_audio",
                        value: Recording {
                            data: Encoded(recorded(audio)),
                            format: audio_format(audio).unwrap_or_default(),
                        },
                    })?,
                    AudioPart::Bare => seq.serialize_element(&Tagged {
                        tag: "input_audio",
                        value: Encoded(recorded(audio)),
                    })?,
                },
                _ => {}
            }
        }
        seq.end()
    }
}

/// The name of a recording's format, of those that `input_audio` takes.
pub(super) fn audio_format(audio: &Audio) -> Option<&'static str> {
    let (mime, _) = audio.data()?;
    let (_, end) = of_type(mime)?;
    matches!(end, "wav" | "mp3").then_some(end)
}

/// The bytes of a recording. One at a URL was refused before.
fn recorded(audio: &Audio) -> &[u8] {
    audio.data().map_or(&[], |(_, data)| data)
}

#[derive(Serialize)]
struct Recording<'a> {
    data: Encoded<'a>,
    format: &'static str,
}

/// Bytes as base64, encoded while they are written.
struct Encoded<'a>(&'a [u8]);

impl Serialize for Encoded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &STANDARD))
    }
}

/// Servers want a name with data.
pub(crate) fn name(document: &Document) -> &str {
    if document.name.is_empty() {
        "document"
    } else {
        &document.name
    }
}

#[derive(Serialize)]
struct File<'a> {
    filename: &'a str,
    file_data: DocumentUrl<'a>,
}

#[derive(Serialize)]
struct Linked<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    document_url: DocumentUrl<'a>,
    document_name: &'a str,
}

/// A document's URL, or its bytes as a data URL.
struct DocumentUrl<'a>(&'a Document);

impl Serialize for DocumentUrl<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.source {
            DocumentSource::Url(url) => serializer.serialize_str(url),
            DocumentSource::Bytes { mime, data } => {
                let data = &data.0;
                DataUrl { mime, data }.serialize(serializer)
            }
            _ => Err(S::Error::custom("an unknown kind of document")),
        }
    }
}

#[derive(Serialize)]
struct Picture<'a> {
    url: PictureUrl<'a>,
}

/// A picture's URL, or its bytes as a data URL, encoded while it is written.
pub(crate) struct PictureUrl<'a>(pub(crate) &'a Image);

impl Serialize for PictureUrl<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Image::Url(url) => serializer.serialize_str(url),
            Image::Bytes { mime, data } => {
                let data = &data.0;
                DataUrl { mime, data }.serialize(serializer)
            }
            _ => Err(S::Error::custom("an unknown kind of picture")),
        }
    }
}

/// Bytes as a data URL, encoded while it is written.
pub(crate) struct DataUrl<'a> {
    pub(crate) mime: &'a str,
    pub(crate) data: &'a [u8],
}

impl Serialize for DataUrl<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!(
            "data:{};base64,{}",
            self.mime,
            Base64Display::new(self.data, &STANDARD)
        ))
    }
}

/// A turn of the model: its text, the calls that it made, and its thoughts where the server wants them back.
struct Assistant<'a> {
    turn: &'a Turn,
    dialect: &'a Dialect,
    unnamed: usize,
}

impl Assistant<'_> {
    fn thoughts(&self) -> impl Iterator<Item = &str> {
        thoughts(self.turn, &self.dialect.scheme)
    }
}

impl Serialize for Assistant<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", "assistant")?;
        let has_calls = tool_calls(self.turn).next().is_some();
        let has_text = texts(self.turn).next().is_some();
        let field = match self.dialect.reasoning_field {
            ReasoningField::None | ReasoningField::Thinking => None,
            ReasoningField::ReasoningContent => Some("reasoning_content"),
            ReasoningField::Reasoning => Some("reasoning"),
        };
        let has_thoughts = self.thoughts().next().is_some();
        if has_thoughts && self.dialect.reasoning_field == ReasoningField::Thinking {
            map.serialize_entry("content", &Thinking(self))?;
        } else if has_text || !has_calls {
            map.serialize_entry("content", &Joined(|| texts(self.turn)))?;
        } else {
            map.serialize_entry("content", &())?;
        }
        if let Some(field) = field.filter(|_| has_thoughts) {
            map.serialize_entry(field, &Joined(|| self.thoughts()))?;
        }
        if has_calls {
            map.serialize_entry(
                "tool_calls",
                &Calls {
                    turn: self.turn,
                    unnamed: self.unnamed,
                    form: self.dialect.tool_ids,
                },
            )?;
        }
        map.end()
    }
}

/// A content whose first part is what the model thought.
struct Thinking<'a>(&'a Assistant<'a>);

impl Serialize for Thinking<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let said = self.0;
        let mut seq = serializer.serialize_seq(None)?;
        seq.serialize_element(&Tagged {
            tag: "thinking",
            value: [Tagged {
                tag: "text",
                value: Joined(|| said.thoughts()),
            }],
        })?;
        if texts(said.turn).next().is_some() {
            seq.serialize_element(&Tagged {
                tag: "text",
                value: Joined(|| texts(said.turn)),
            })?;
        }
        seq.end()
    }
}

fn texts(turn: &Turn) -> impl Iterator<Item = &str> {
    turn.pieces.iter().filter_map(|piece| {
        if let Piece::Text(text) = piece {
            Some(text.as_str())
        } else {
            None
        }
    })
}

/// Thoughts that this endpoint issued; another provider's are worth nothing here.
fn thoughts<'a>(turn: &'a Turn, scheme: &'a str) -> impl Iterator<Item = &'a str> {
    let ours = move |thought: &Reasoning| thought.issuer.is_empty() || thought.issuer == scheme;
    turn.pieces.iter().filter_map(move |piece| match piece {
        Piece::Reasoning(thought) if ours(thought) && !thought.text.is_empty() => {
            Some(thought.text.as_str())
        }
        _ => None,
    })
}

fn tool_calls(turn: &Turn) -> impl Iterator<Item = &ToolCall> {
    turn.pieces.iter().filter_map(|piece| {
        if let Piece::ToolCall(call) = piece {
            Some(call)
        } else {
            None
        }
    })
}

/// Several texts as one.
pub(crate) struct Joined<F>(pub(crate) F);

impl<'a, F, I> Serialize for Joined<F>
where
    F: Fn() -> I,
    I: Iterator<Item = &'a str>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut texts = (self.0)();
        let first = texts.next().unwrap_or_default();
        if texts.next().is_none() {
            return serializer.serialize_str(first);
        }
        serializer.collect_str(&Concat(&self.0))
    }
}

struct Concat<'f, F>(&'f F);

impl<'a, F, I> std::fmt::Display for Concat<'_, F>
where
    F: Fn() -> I,
    I: Iterator<Item = &'a str>,
{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (self.0)().try_for_each(|text| f.write_str(text))
    }
}

struct Calls<'a> {
    turn: &'a Turn,
    unnamed: usize,
    form: ToolIds,
}

impl Serialize for Calls<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        let mut unnamed = self.unnamed;
        for call in tool_calls(self.turn) {
            let id = CallId::new(&call.id, unnamed, self.form);
            unnamed += usize::from(call.id.is_empty());
            // An empty text is no JSON; a call without arguments has an empty object.
            let arguments = if call.arguments.is_empty() {
                "{}"
            } else {
                &call.arguments
            };
            seq.serialize_element(&Made {
                id,
                kind: "function",
                function: Called {
                    name: &call.name,
                    arguments,
                },
            })?;
        }
        seq.end()
    }
}

#[derive(Serialize)]
struct Made<'a> {
    id: CallId<'a>,
    #[serde(rename = "type")]
    kind: &'static str,
    function: Called<'a>,
}

#[derive(Serialize)]
struct Called<'a> {
    name: &'a str,
    arguments: &'a str,
}
