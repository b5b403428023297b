//! Instructions and turns as messages.

use super::super::wire::SCHEME;
use crate::outgoing::object;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use msg_core::llm::{
    Document, DocumentSource, GenerateRequest, Image, Piece, Role, ToolResult, Turn,
};
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt::{self, Display};

/// Instructions and turns. One turn is several messages when it has results of tools.
pub(super) struct Messages<'a>(pub(super) &'a GenerateRequest);

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let request = self.0;
        let mut seq = serializer.serialize_seq(None)?;
        if !request.system.is_empty() {
            seq.serialize_element(&System {
                role: "system",
                content: &request.system,
            })?;
        }
        for turn in &request.turns {
            match turn.role {
                Role::Assistant => seq.serialize_element(&Said(turn))?,
                Role::User => {
                    for piece in &turn.pieces {
                        if let Piece::ToolResult(result) = piece {
                            seq.serialize_element(&Brought { request, result })?;
                        }
                    }
                    let is_result = |piece: &Piece| matches!(piece, Piece::ToolResult(_));
                    if !turn.pieces.iter().all(is_result) {
                        seq.serialize_element(&Asked(turn))?;
                    }
                }
                _ => return Err(S::Error::custom("an unknown speaker")),
            }
        }
        seq.end()
    }
}

#[derive(Serialize)]
struct System<'a> {
    role: &'static str,
    content: &'a str,
}

/// Several texts as one, without joining them first.
struct Joined<I>(I);

impl<'a, I: Iterator<Item = &'a str> + Clone> Serialize for Joined<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut texts = self.0.clone();
        let first = texts.next().unwrap_or_default();
        if texts.next().is_none() {
            return serializer.serialize_str(first);
        }
        serializer.collect_str(self)
    }
}

impl<'a, I: Iterator<Item = &'a str> + Clone> Display for Joined<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.clone().try_for_each(|text| f.write_str(text))
    }
}

/// What a call brought. The tool is told by its name; newer servers also read the id of the call.
struct Brought<'a> {
    request: &'a GenerateRequest,
    result: &'a ToolResult,
}

impl Brought<'_> {
    fn tool(&self) -> &str {
        if !self.result.name.is_empty() || self.result.id.is_empty() {
            return &self.result.name;
        }
        let pieces = self.request.turns.iter().flat_map(|turn| &turn.pieces);
        let calls = pieces.filter_map(|piece| match piece {
            Piece::ToolCall(call) if call.id == self.result.id => Some(call.name.as_str()),
            _ => None,
        });
        calls.last().unwrap_or_default()
    }
}

impl Serialize for Brought<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", "tool")?;
        if self.result.is_error {
            let error = &self.result.content;
            let content = serde_json::to_string(&Failed { error });
            map.serialize_entry("content", &content.map_err(S::Error::custom)?)?;
        } else {
            map.serialize_entry("content", self.result.content.as_str())?;
        }
        let tool = self.tool();
        if !tool.is_empty() {
            map.serialize_entry("tool_name", tool)?;
        }
        if !self.result.id.is_empty() {
            map.serialize_entry("tool_call_id", &self.result.id)?;
        }
        map.end()
    }
}

/// An error of a tool, for which the protocol has no word.
#[derive(Serialize)]
struct Failed<'a> {
    error: &'a str,
}

/// A turn of the person, without results of tools. Pictures stand beside the text.
struct Asked<'a>(&'a Turn);

impl Serialize for Asked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pieces = || self.0.pieces.iter();
        let before = std::iter::once(None).chain(pieces().map(Some));
        let texts = before.zip(pieces()).flat_map(|(before, piece)| {
            let apart = before.is_some_and(|before| is_document(before) || is_document(piece));
            [if apart { "\n\n" } else { "" }, text(piece)]
        });
        let texts = texts.filter(|text| !text.is_empty());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", "user")?;
        map.serialize_entry("content", &Joined(texts))?;
        let is_picture = |piece: &Piece| matches!(piece, Piece::Image(_));
        if self.0.pieces.iter().any(is_picture) {
            map.serialize_entry("images", &Pictures(self.0))?;
        }
        map.end()
    }
}

const fn is_document(piece: &Piece) -> bool {
    matches!(piece, Piece::Document(_))
}

/// What is said in words. A document has a paragraph of its own.
fn text(piece: &Piece) -> &str {
    match piece {
        Piece::Text(text)
        | Piece::Document(Document {
            source: DocumentSource::Text(text),
            ..
        }) => text,
        _ => "",
    }
}

struct Pictures<'a>(&'a Turn);

impl Serialize for Pictures<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for piece in &self.0.pieces {
            if let Piece::Image(Image::Bytes { data, .. }) = piece {
                seq.serialize_element(&Base64(&data.0))?;
            }
        }
        seq.end()
    }
}

struct Base64<'a>(&'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &STANDARD))
    }
}

/// A turn of the model: its text, its thoughts, and the calls that it made.
struct Said<'a>(&'a Turn);

impl Serialize for Said<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let texts = self.0.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            _ => None,
        });
        let thoughts = self.0.pieces.iter().filter_map(|piece| match piece {
            Piece::Reasoning(thought) if thought.issuer == SCHEME => Some(thought.text.as_str()),
            _ => None,
        });
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", "assistant")?;
        map.serialize_entry("content", &Joined(texts))?;
        if thoughts.clone().any(|thought| !thought.is_empty()) {
            map.serialize_entry("thinking", &Joined(thoughts))?;
        }
        let is_call = |piece: &Piece| matches!(piece, Piece::ToolCall(_));
        if self.0.pieces.iter().any(is_call) {
            map.serialize_entry("tool_calls", &Calls(self.0))?;
        }
        map.end()
    }
}

struct Calls<'a>(&'a Turn);

impl Serialize for Calls<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for piece in &self.0.pieces {
            if let Piece::ToolCall(call) = piece {
                let arguments =
                    object(&call.arguments).ok_or_else(|| S::Error::custom("no object"))?;
                seq.serialize_element(&Made {
                    id: &call.id,
                    kind: "function",
                    function: Called {
                        name: &call.name,
                        arguments,
                    },
                })?;
            }
        }
        seq.end()
    }
}

#[derive(Serialize)]
struct Made<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    function: Called<'a>,
}

#[derive(Serialize)]
struct Called<'a> {
    name: &'a str,
    arguments: &'a RawValue,
}
