//! Turns as messages.

use super::super::wire::SCHEME;
use super::{CachePoint, Source, paper, picture, recording};
use crate::outgoing::{CallId, object};
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use msg_core::digest::Digest;
use msg_core::llm::{Piece, Reasoning, Role, ToolCall, ToolResult, Turn};
use serde::ser::{Error as _, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::collections::HashSet;

/// The name of a document that has none; the protocol wants one, and neutral ones tempt the model least (`DocumentBlock.name`).
const NAMELESS: &str = "document";

/// The longest name of a document (`DocumentBlockNameString`).
const LONGEST_NAME: usize = 200;

/// The longest id of a call (`ToolUseId`).
const LONGEST_ID: usize = 64;

/// How many hexadecimal digits of a digest tell long ids apart.
const ID_DIGITS: usize = 16;

/// Turns. Those of one speaker that follow each other are one message: speakers must alternate.
pub(super) struct Messages<'a> {
    pub(super) turns: &'a [Turn],
    /// The mark behind the last block.
    pub(super) cache: Option<CachePoint>,
}

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Calls and results without an id are told apart by their order.
        let (mut calls, mut results) = (0, 0);
        let mut names = Names::default();
        let mut messages: Vec<Message<'_>> = Vec::with_capacity(self.turns.len());
        let spoken: Vec<&Turn> = self
            .turns
            .iter()
            .filter(|turn| turn.pieces.iter().any(is_said))
            .collect();
        for turns in spoken.chunk_by(|before, after| before.role == after.role) {
            let Some(speaker) = turns.first().map(|turn| turn.role) else {
                continue;
            };
            let (role, unnamed) = match speaker {
                Role::User => ("user", &mut results),
                Role::Assistant => ("assistant", &mut calls),
                _ => return Err(S::Error::custom("an unknown speaker")),
            };
            let mut content = Vec::new();
            for piece in pieces(turns) {
                content.push(block(piece, unnamed, &mut names).map_err(S::Error::custom)?);
            }
            messages.push(Message { role, content });
        }
        if let (Some(cache), Some(last)) = (self.cache, messages.last_mut()) {
            last.content.push(Block::CachePoint(cache));
        }
        let mut seq = serializer.serialize_seq(Some(messages.len()))?;
        for message in &messages {
            seq.serialize_element(message)?;
        }
        seq.end()
    }
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Vec<Block<'a>>,
}

/// What is said, results of tools first.
fn pieces<'a>(turns: &[&'a Turn]) -> impl Iterator<Item = &'a Piece> {
    let of = move |results: bool| {
        turns
            .iter()
            .flat_map(|turn| &turn.pieces)
            .filter(move |piece| matches!(piece, Piece::ToolResult(_)) == results)
    };
    of(true).chain(of(false)).filter(|piece| is_said(piece))
}

/// Left out: blank texts, which the service refuses, and thoughts that another scheme issued or that have no seal.
fn is_said(piece: &Piece) -> bool {
    match piece {
        Piece::Text(text) => !text.trim().is_empty(),
        Piece::Reasoning(thought) => is_sealed(thought),
        _ => true,
    }
}

fn is_sealed(thought: &Reasoning) -> bool {
    let ours = thought.issuer.is_empty() || thought.issuer == SCHEME;
    ours && thought
        .signature
        .as_ref()
        .is_some_and(|seal| !seal.is_empty())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Block<'a> {
    Text(&'a str),
    Image {
        format: &'static str,
        source: Source<'a>,
    },
    Document {
        format: &'static str,
        name: String,
        source: Source<'a>,
    },
    Audio {
        format: &'static str,
        source: Source<'a>,
    },
    #[serde(rename_all = "camelCase")]
    ToolUse {
        tool_use_id: Id<'a>,
        name: &'a str,
        input: &'a RawValue,
    },
    #[serde(rename_all = "camelCase")]
    ToolResult {
        tool_use_id: Id<'a>,
        content: Vec<Told<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<&'static str>,
    },
    ReasoningContent(Thought<'a>),
    CachePoint(CachePoint),
}

#[derive(Serialize)]
struct Told<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Thought<'a> {
    ReasoningText {
        text: &'a str,
        signature: Option<&'a str>,
    },
    RedactedContent(&'a str),
}

fn block<'a>(
    piece: &'a Piece,
    unnamed: &mut usize,
    names: &mut Names,
) -> Result<Block<'a>, &'static str> {
    Ok(match piece {
        Piece::Text(text) => Block::Text(text),
        Piece::Image(image) => {
            let (format, source) = picture(image).map_err(|error| error.detail)?;
            Block::Image { format, source }
        }
        Piece::Document(document) => {
            let (format, source) = paper(document).map_err(|error| error.detail)?;
            Block::Document {
                format,
                name: names.give(&document.name),
                source,
            }
        }
        Piece::Audio(audio) => {
            let (format, source) = recording(audio).map_err(|error| error.detail)?;
            Block::Audio { format, source }
        }
        Piece::ToolCall(call) => made(call, unnamed)?,
        Piece::ToolResult(result) => answered(result, unnamed),
        Piece::Reasoning(thought) => Block::ReasoningContent(thinking(thought)),
        _ => return Err("an unknown piece"),
    })
}

fn made<'a>(call: &'a ToolCall, unnamed: &mut usize) -> Result<Block<'a>, &'static str> {
    Ok(Block::ToolUse {
        tool_use_id: id(&call.id, unnamed),
        name: &call.name,
        input: object(&call.arguments).ok_or("the arguments of a call are not an object")?,
    })
}

fn answered<'a>(result: &'a ToolResult, unnamed: &mut usize) -> Block<'a> {
    Block::ToolResult {
        tool_use_id: id(&result.id, unnamed),
        content: told(&result.content),
        status: result.is_error.then_some("error"),
    }
}

/// A text, of which a blank one is none: the service refuses it.
fn told(text: &str) -> Vec<Told<'_>> {
    let said = !text.trim().is_empty();
    said.then_some(Told { text }).into_iter().collect()
}

/// The id of a call; one that is too long is cut, with a digest of the whole behind it.
#[derive(Serialize)]
#[serde(untagged)]
enum Id<'a> {
    Fits(CallId<'a>),
    Cut(String),
}

fn id<'a>(id: &'a str, unnamed: &mut usize) -> Id<'a> {
    if id.chars().nth(LONGEST_ID).is_some() {
        let fits = |c: char| c.is_ascii_alphanumeric();
        let kept = id.chars().map(|c| if fits(c) { c } else { '_' });
        let mut short: String = kept.take(LONGEST_ID - ID_DIGITS).collect();
        short.extend(
            Digest::of(id.as_bytes())
                .to_string()
                .chars()
                .take(ID_DIGITS),
        );
        return Id::Cut(short);
    }
    let made = CallId::of(id, *unnamed);
    *unnamed += usize::from(id.is_empty());
    Id::Fits(made)
}

fn thinking(thought: &Reasoning) -> Thought<'_> {
    if thought.redacted {
        return Thought::RedactedContent(thought.signature.as_deref().unwrap_or_default());
    }
    Thought::ReasoningText {
        text: &thought.text,
        signature: thought.signature.as_deref(),
    }
}

/// The names of the documents of a request. The service refuses two that are the same, in one turn or in several.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    /// The name, with a number if it was given before.
    fn give(&mut self, name: &str) -> String {
        let clean = clean(name, LONGEST_NAME);
        let mut given = clean.clone();
        let mut number = 2_usize;
        // The service may not tell capitals apart.
        while !self.0.insert(given.to_ascii_lowercase()) {
            let suffix = format!("-{number}");
            given = clean
                .chars()
                .take(LONGEST_NAME.saturating_sub(suffix.len()))
                .collect();
            given.push_str(&suffix);
            number = number.saturating_add(1);
        }
        given
    }
}

/// The name with what `DocumentBlock.name` allows: letters, digits, single spaces, hyphens, round and square brackets.
fn clean(name: &str, most: usize) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-()[]".contains(c);
    let clean: String = name
        .chars()
        .map(|c| if allowed(c) { c } else { ' ' })
        .take(most)
        .collect();
    let words: Vec<&str> = clean.split_whitespace().collect();
    if words.is_empty() {
        return NAMELESS.to_owned();
    }
    words.join(" ")
}

/// Bytes, encoded while they are written.
pub(super) struct Encoded<'a>(pub(super) &'a [u8]);

impl Serialize for Encoded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &STANDARD))
    }
}
