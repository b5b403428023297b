//! Turns as messages.

use super::super::wire::SCHEME;
use crate::outgoing::{CallId, object};
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use msg_core::llm::{
    Document, DocumentSource, Image, Piece, Reasoning, Role, ToolCall, ToolResult, Turn,
};
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Turns. Those of one speaker that follow each other are one message: the results of all calls of a turn must come in one.
pub(super) struct Messages<'a>(pub(super) &'a [Turn]);

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        // Calls and results without an id are told apart by their order.
        let (mut calls, mut results) = (0, 0);
        for turns in self.0.chunk_by(|before, after| before.role == after.role) {
            let Some(role) = turns.first().map(|turn| turn.role) else {
                continue;
            };
            let (role, unnamed) = match role {
                Role::User => ("user", &mut results),
                Role::Assistant => ("assistant", &mut calls),
                _ => return Err(S::Error::custom("an unknown speaker")),
            };
            let said = Blocks {
                turns,
                unnamed: *unnamed,
            };
            *unnamed += said.unnamed_here();
            if let Some(content) = said.content() {
                seq.serialize_element(&Message { role, content })?;
            }
        }
        seq.end()
    }
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Content<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    /// A lone text.
    Text(&'a str),
    Blocks(Blocks<'a>),
}

/// The blocks of one message.
struct Blocks<'a> {
    turns: &'a [Turn],
    /// How many calls, or results, without an id came before.
    unnamed: usize,
}

impl<'a> Blocks<'a> {
    /// What is said, results of tools first, as the API wants them. Left out: empty texts, which it refuses, and thoughts that
    /// another scheme issued or that have no seal, which are worth nothing here.
    fn pieces(&self) -> impl Iterator<Item = &'a Piece> + use<'a> {
        let turns = self.turns;
        let of = move |results: bool| {
            turns
                .iter()
                .flat_map(|turn| &turn.pieces)
                .filter(move |piece| matches!(piece, Piece::ToolResult(_)) == results)
        };
        of(true).chain(of(false)).filter(|piece| match piece {
            Piece::Text(text) => !text.is_empty(),
            Piece::Reasoning(thought) => seal(thought).is_some(),
            _ => true,
        })
    }

    fn unnamed_here(&self) -> usize {
        self.pieces().filter(|piece| is_unnamed(piece)).count()
    }

    /// None if nothing is left to say.
    fn content(self) -> Option<Content<'a>> {
        let mut pieces = self.pieces();
        match (pieces.next(), pieces.next()) {
            (None, _) => None,
            (Some(Piece::Text(text)), None) => Some(Content::Text(text)),
            _ => Some(Content::Blocks(self)),
        }
    }
}

fn is_unnamed(piece: &Piece) -> bool {
    match piece {
        Piece::ToolCall(call) => call.id.is_empty(),
        Piece::ToolResult(result) => result.id.is_empty(),
        _ => false,
    }
}

/// The seal of a thought that this scheme issued.
fn seal(thought: &Reasoning) -> Option<&str> {
    let ours = thought.issuer.is_empty() || thought.issuer == SCHEME;
    thought
        .signature
        .as_deref()
        .filter(|seal| ours && !seal.is_empty())
}

impl Serialize for Blocks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        let mut unnamed = self.unnamed;
        for piece in self.pieces() {
            seq.serialize_element(&Block { piece, unnamed })?;
            unnamed += usize::from(is_unnamed(piece));
        }
        seq.end()
    }
}

struct Block<'a> {
    piece: &'a Piece,
    unnamed: usize,
}

impl Serialize for Block<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.piece {
            Piece::Text(text) => {
                map.serialize_entry("type", "text")?;
                map.serialize_entry("text", text.as_str())?;
            }
            Piece::Image(image) => {
                map.serialize_entry("type", "image")?;
                map.serialize_entry("source", &Picture(image))?;
            }
            Piece::Document(document) => paper(document, &mut map)?,
            Piece::ToolCall(call) => made(call, self.unnamed, &mut map)?,
            Piece::ToolResult(result) => answered(result, self.unnamed, &mut map)?,
            Piece::Reasoning(thought) => thinking(thought, &mut map)?,
            _ => return Err(S::Error::custom("an unknown piece")),
        }
        map.end()
    }
}

fn paper<M: SerializeMap>(document: &Document, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("type", "document")?;
    map.serialize_entry("source", &Paper(&document.source))?;
    if !document.name.is_empty() {
        map.serialize_entry("title", &document.name)?;
    }
    Ok(())
}

fn made<M: SerializeMap>(call: &ToolCall, unnamed: usize, map: &mut M) -> Result<(), M::Error> {
    let input: &RawValue = object(&call.arguments)
        .ok_or_else(|| M::Error::custom("the arguments of a call are not an object"))?;
    map.serialize_entry("type", "tool_use")?;
    map.serialize_entry("id", &CallId::of(&call.id, unnamed))?;
    map.serialize_entry("name", &call.name)?;
    map.serialize_entry("input", input)
}

fn answered<M: SerializeMap>(
    result: &ToolResult,
    unnamed: usize,
    map: &mut M,
) -> Result<(), M::Error> {
    map.serialize_entry("type", "tool_result")?;
    map.serialize_entry("tool_use_id", &CallId::of(&result.id, unnamed))?;
    if !result.content.is_empty() {
        map.serialize_entry("content", result.content.as_str())?;
    }
    if result.is_error {
        map.serialize_entry("is_error", &true)?;
    }
    Ok(())
}

fn thinking<M: SerializeMap>(thought: &Reasoning, map: &mut M) -> Result<(), M::Error> {
    if thought.redacted {
        map.serialize_entry("type", "redacted_thinking")?;
        return map.serialize_entry("data", &thought.signature);
    }
    map.serialize_entry("type", "thinking")?;
    map.serialize_entry("thinking", &thought.text)?;
    map.serialize_entry("signature", &thought.signature)
}

/// The source of a picture.
struct Picture<'a>(&'a Image);

impl Serialize for Picture<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Image::Url(url) => At { kind: "url", url }.serialize(serializer),
            Image::Bytes { mime, data } => encoded(mime, &data.0).serialize(serializer),
            _ => Err(S::Error::custom("an unknown kind of picture")),
        }
    }
}

/// The source of a document.
struct Paper<'a>(&'a DocumentSource);

impl Serialize for Paper<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            DocumentSource::Url(url) => At { kind: "url", url }.serialize(serializer),
            DocumentSource::Text(text) => plain(text).serialize(serializer),
            DocumentSource::Bytes { mime, data } => match std::str::from_utf8(&data.0) {
                Ok(text) if mime == "text/plain" => plain(text).serialize(serializer),
                _ => encoded(mime, &data.0).serialize(serializer),
            },
            _ => Err(S::Error::custom("an unknown kind of document")),
        }
    }
}

#[derive(Serialize)]
struct At<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

#[derive(Serialize)]
struct Given<'a, T> {
    #[serde(rename = "type")]
    kind: &'static str,
    media_type: &'a str,
    data: T,
}

const fn plain(text: &str) -> Given<'_, &str> {
    Given {
        kind: "text",
        media_type: "text/plain",
        data: text,
    }
}

/// Bytes, encoded while they are written.
fn encoded<'a>(mime: &'a str, bytes: &'a [u8]) -> Given<'a, Encoded<'a>> {
    Given {
        kind: "base64",
        media_type: mime,
        data: Encoded(bytes),
    }
}

struct Encoded<'a>(&'a [u8]);

impl Serialize for Encoded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &STANDARD))
    }
}
