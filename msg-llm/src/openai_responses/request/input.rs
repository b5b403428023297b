//! Turns as input items.

use super::Dialect;
use crate::openai::ToolIds;
use crate::openai::request::messages::{CallId, DataUrl, Joined, PictureUrl, name};
use msg_core::llm::{
    Document, DocumentSource, GenerateRequest, Piece, Reasoning, Role, ToolCall, ToolResult, Turn,
};
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

/// The turns. One turn is several items when it has calls, results or thoughts.
pub(super) struct Input<'a> {
    pub(super) request: &'a GenerateRequest,
    pub(super) dialect: &'a Dialect,
}

impl Serialize for Input<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        // Calls and results without an id are told apart by their order.
        let (mut calls, mut results) = (0, 0);
        for turn in &self.request.turns {
            match turn.role {
                Role::Assistant => self.assistant(turn, &mut calls, &mut seq)?,
                Role::User => self.user(turn, &mut results, &mut seq)?,
                _ => return Err(S::Error::custom("an unknown speaker")),
            }
        }
        seq.end()
    }
}

impl Input<'_> {
    /// Items in the order of the pieces: a thought belongs before the call or text that came of it.
    fn assistant<S: SerializeSeq>(
        &self,
        turn: &Turn,
        calls: &mut usize,
        seq: &mut S,
    ) -> Result<(), S::Error> {
        let mut pieces = turn.pieces.as_slice();
        while let [first, rest @ ..] = pieces {
            pieces = rest;
            match first {
                Piece::Text(_) => {
                    let more = rest
                        .iter()
                        .take_while(|p| matches!(p, Piece::Text(_)))
                        .count();
                    let (texts, behind) = rest.split_at_checked(more).unwrap_or((&[], rest));
                    pieces = behind;
                    let said = std::iter::once(first).chain(texts);
                    seq.serialize_element(&Said(|| said.clone().filter_map(text)))?;
                }
                Piece::ToolCall(call) => {
                    seq.serialize_element(&Called {
                        call,
                        unnamed: *calls,
                    })?;
                    *calls += usize::from(call.id.is_empty());
                }
                Piece::Reasoning(thought) => {
                    if let Some(seal) = seal(thought, self.dialect) {
                        seq.serialize_element(&Thought { thought, seal })?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn user<S: SerializeSeq>(
        &self,
        turn: &Turn,
        results: &mut usize,
        seq: &mut S,
    ) -> Result<(), S::Error> {
        for piece in &turn.pieces {
            if let Piece::ToolResult(result) = piece {
                seq.serialize_element(&Answered {
                    result,
                    unnamed: *results,
                    is_custom: self.is_custom(&result.id),
                })?;
                *results += usize::from(result.id.is_empty());
            }
        }
        let any = turn
            .pieces
            .iter()
            .any(|piece| !matches!(piece, Piece::ToolResult(_)));
        if any {
            seq.serialize_element(&User(turn))?;
        }
        Ok(())
    }

    /// Whether the call of this id is one of a custom tool.
    fn is_custom(&self, id: &str) -> bool {
        let pieces = self.request.turns.iter().flat_map(|turn| &turn.pieces);
        let mut calls = pieces.filter_map(|piece| match piece {
            Piece::ToolCall(call) => Some(call),
            _ => None,
        });
        !id.is_empty() && calls.any(|call| call.id == id && custom(call).is_some())
    }
}

/// What a custom tool was given: its argument is one text, those of other tools are an object.
fn custom(call: &ToolCall) -> Option<String> {
    if !call.arguments.starts_with('"') {
        return None;
    }
    serde_json::from_str(&call.arguments).ok()
}

fn text(piece: &Piece) -> Option<&str> {
    if let Piece::Text(text) = piece {
        Some(text)
    } else {
        None
    }
}

/// The seals of a turn's thoughts that can be handed back.
pub(super) fn sealed<'a>(turn: &'a Turn, dialect: &'a Dialect) -> impl Iterator<Item = Seal<'a>> {
    turn.pieces.iter().filter_map(move |piece| match piece {
        Piece::Reasoning(thought) => seal(thought, dialect),
        _ => None,
    })
}

/// What knows a thought again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seal<'a> {
    id: &'a str,
    content: Option<&'a str>,
}

/// The seal of a thought, if this server issued it and can open it: without a store only the encrypted content does.
fn seal<'a>(thought: &'a Reasoning, dialect: &Dialect) -> Option<Seal<'a>> {
    let seal = thought
        .signature
        .as_deref()
        .filter(|_| *thought.issuer == *dialect.scheme)?;
    let (id, content) = seal
        .split_once(' ')
        .map_or((seal, None), |(id, content)| (id, Some(content)));
    (content.is_some() || dialect.store).then_some(Seal { id, content })
}

/// A thought, as the item that it was.
struct Thought<'a> {
    thought: &'a Reasoning,
    seal: Seal<'a>,
}

impl Serialize for Thought<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Part<'a> {
            #[serde(rename = "type")]
            kind: &'static str,
            text: &'a str,
        }
        let part = Part {
            kind: "summary_text",
            text: &self.thought.text,
        };
        let summary = if part.text.is_empty() {
            &[]
        } else {
            std::slice::from_ref(&part)
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", "reasoning")?;
        map.serialize_entry("id", self.seal.id)?;
        map.serialize_entry("summary", summary)?;
        if let Some(content) = self.seal.content {
            map.serialize_entry("encrypted_content", content)?;
        }
        map.end()
    }
}

/// What the model said.
struct Said<F>(F);

impl<'a, F, I> Serialize for Said<F>
where
    F: Fn() -> I,
    I: Iterator<Item = &'a str>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("role", "assistant")?;
        map.serialize_entry("content", &Joined(&self.0))?;
        map.end()
    }
}

struct Called<'a> {
    call: &'a ToolCall,
    unnamed: usize,
}

impl Serialize for Called<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let custom = custom(self.call);
        let mut map = serializer.serialize_map(Some(4))?;
        let kind = if custom.is_some() {
            "custom_tool_call"
        } else {
            "function_call"
        };
        map.serialize_entry("type", kind)?;
        map.serialize_entry(
            "call_id",
            &CallId::new(&self.call.id, self.unnamed, ToolIds::AsGiven),
        )?;
        map.serialize_entry("name", &self.call.name)?;
        match custom {
            Some(input) => map.serialize_entry("input", &input)?,
            // An empty text is no JSON; a call without arguments has an empty object.
            None if self.call.arguments.is_empty() => map.serialize_entry("arguments", "{}")?,
            None => map.serialize_entry("arguments", &self.call.arguments)?,
        }
        map.end()
    }
}

struct Answered<'a> {
    result: &'a ToolResult,
    unnamed: usize,
    is_custom: bool,
}

impl Serialize for Answered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        let kind = if self.is_custom {
            "custom_tool_call_output"
        } else {
            "function_call_output"
        };
        map.serialize_entry("type", kind)?;
        map.serialize_entry(
            "call_id",
            &CallId::new(&self.result.id, self.unnamed, ToolIds::AsGiven),
        )?;
        map.serialize_entry("output", self.result.content.as_str())?;
        map.end()
    }
}

/// A turn of the person, without results of tools.
struct User<'a>(&'a Turn);

impl Serialize for User<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("role", "user")?;
        let mut pieces = self
            .0
            .pieces
            .iter()
            .filter(|piece| !matches!(piece, Piece::ToolResult(_)));
        match (pieces.next(), pieces.next()) {
            (Some(Piece::Text(text)), None) => map.serialize_entry("content", text.as_str())?,
            _ => map.serialize_entry("content", &Parts(self.0))?,
        }
        map.end()
    }
}

struct Parts<'a>(&'a Turn);

#[derive(Serialize)]
#[serde(tag = "type")]
enum Part<'a> {
    #[serde(rename = "input_text")]
    Text { text: &'a str },
    #[serde(rename = "input_image")]
    Image {
        image_url: PictureUrl<'a>,
        // The specification requires it.
        detail: &'static str,
    },
    #[serde(rename = "input_file")]
    File(File<'a>),
}

#[derive(Serialize)]
#[serde(untagged)]
enum File<'a> {
    Url {
        file_url: &'a str,
    },
    Bytes {
        filename: &'a str,
        file_data: DataUrl<'a>,
    },
}

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for piece in &self.0.pieces {
            match piece {
                Piece::Text(text) => seq.serialize_element(&Part::Text { text })?,
                Piece::Image(image) => seq.serialize_element(&Part::Image {
                    image_url: PictureUrl(image),
                    detail: "auto",
                })?,
                Piece::Document(document) => {
                    let part = file(document).ok_or_else(|| S::Error::custom("a new document"))?;
                    seq.serialize_element(&part)?;
                }
                _ => {}
            }
        }
        seq.end()
    }
}

fn file(document: &Document) -> Option<Part<'_>> {
    Some(match &document.source {
        DocumentSource::Url(file_url) => Part::File(File::Url { file_url }),
        DocumentSource::Text(text) => Part::Text { text },
        DocumentSource::Bytes { mime, data } => Part::File(File::Bytes {
            filename: name(document),
            file_data: DataUrl {
                mime,
                data: &data.0,
            },
        }),
        _ => return None,
    })
}
