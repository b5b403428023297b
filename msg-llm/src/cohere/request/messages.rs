//! Instructions and turns as messages.

use super::super::wire::SCHEME;
use crate::outgoing::{CallId, object};
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use msg_core::llm::{
    Document, DocumentSource, GenerateRequest, Image, Piece, Reasoning, Role, ToolCall, ToolResult,
    Turn,
};
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use std::fmt::{self, Display};

/// Instructions and turns. One turn is several messages when it has results of tools.
pub(super) struct Messages<'a>(pub(super) &'a GenerateRequest);

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        if !self.0.system.is_empty() {
            seq.serialize_element(&System {
                role: "system",
                content: &self.0.system,
            })?;
        }
        // Calls and results without an id are told apart by their order.
        let (mut calls, mut results) = (0, 0);
        for turn in &self.0.turns {
            match turn.role {
                Role::Assistant => {
                    let unnamed = calls;
                    seq.serialize_element(&Said { turn, unnamed })?;
                    calls += tool_calls(turn).filter(|call| call.id.is_empty()).count();
                }
                Role::User => {
                    for piece in &turn.pieces {
                        if let Piece::ToolResult(result) = piece {
                            let unnamed = results;
                            seq.serialize_element(&Brought { result, unnamed })?;
                            results += usize::from(result.id.is_empty());
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

/// What a call brought. An error is an object that says so: there is no other word for it.
struct Brought<'a> {
    result: &'a ToolResult,
    unnamed: usize,
}

impl Serialize for Brought<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("role", "tool")?;
        map.serialize_entry("tool_call_id", &CallId::of(&self.result.id, self.unnamed))?;
        if self.result.is_error {
            let content = serde_json::to_string(&Failed {
                error: &self.result.content,
            });
            map.serialize_entry("content", &content.map_err(S::Error::custom)?)?;
        } else {
            map.serialize_entry("content", self.result.content.as_str())?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Failed<'a> {
    error: &'a str,
}

/// A turn of the person, without results of tools.
struct Asked<'a>(&'a Turn);

impl Serialize for Asked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = self.0.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text)
            | Piece::Document(Document {
                source: DocumentSource::Text(text),
                ..
            }) => Some(Part::Text { text }),
            Piece::Image(image) => Some(Part::ImageUrl {
                image_url: Picture {
                    url: PictureUrl(image),
                },
            }),
            _ => None,
        });
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("role", "user")?;
        let mut pieces = self.0.pieces.iter();
        match (pieces.next(), pieces.next()) {
            (Some(Piece::Text(text)), None) => map.serialize_entry("content", text.as_str())?,
            _ => map.serialize_entry("content", &Parts(parts))?,
        }
        map.end()
    }
}

/// A list that is made while it is written.
struct Parts<I>(I);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for Parts<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part<'a> {
    Text { text: &'a str },
    Thinking { thinking: &'a str },
    ImageUrl { image_url: Picture<'a> },
}

#[derive(Serialize)]
struct Picture<'a> {
    url: PictureUrl<'a>,
}

/// A picture's URL, or its bytes as a data URL, encoded while it is written.
struct PictureUrl<'a>(&'a Image);

impl Serialize for PictureUrl<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Image::Url(url) => serializer.serialize_str(url),
            Image::Bytes { mime, data } => serializer.collect_str(&format_args!(
                "data:{mime};base64,{}",
                Base64Display::new(&data.0, &STANDARD)
            )),
            _ => Err(S::Error::custom("an unknown kind of picture")),
        }
    }
}

/// A turn of the model. What it thought before calls is its plan for them, otherwise a part of the content.
struct Said<'a> {
    turn: &'a Turn,
    unnamed: usize,
}

fn tool_calls(turn: &Turn) -> impl Iterator<Item = &ToolCall> {
    turn.pieces.iter().filter_map(|piece| match piece {
        Piece::ToolCall(call) => Some(call),
        _ => None,
    })
}

/// Thoughts that this scheme issued; another provider's are worth nothing here.
fn is_ours(thought: &Reasoning) -> bool {
    thought.issuer == SCHEME && !thought.text.is_empty()
}

impl Serialize for Said<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let texts = self.turn.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            _ => None,
        });
        let thoughts = self.turn.pieces.iter().filter_map(|piece| match piece {
            Piece::Reasoning(thought) if is_ours(thought) => Some(thought.text.as_str()),
            _ => None,
        });
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", "assistant")?;
        let has_calls = tool_calls(self.turn).next().is_some();
        let thought = thoughts.clone().next().is_some();
        if has_calls {
            if thought {
                map.serialize_entry("tool_plan", &Joined(thoughts))?;
            }
            if texts.clone().any(|text| !text.is_empty()) {
                map.serialize_entry("content", &Joined(texts))?;
            }
            map.serialize_entry("tool_calls", &Calls(self))?;
        } else if thought {
            let parts = self.turn.pieces.iter().filter_map(|piece| match piece {
                Piece::Text(text) => Some(Part::Text { text }),
                Piece::Reasoning(thought) if is_ours(thought) => Some(Part::Thinking {
                    thinking: &thought.text,
                }),
                _ => None,
            });
            map.serialize_entry("content", &Parts(parts))?;
        } else {
            map.serialize_entry("content", &Joined(texts))?;
        }
        map.end()
    }
}

struct Calls<'a>(&'a Said<'a>);

impl Serialize for Calls<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        let mut unnamed = self.0.unnamed;
        for call in tool_calls(self.0.turn) {
            let id = CallId::of(&call.id, unnamed);
            unnamed += usize::from(call.id.is_empty());
            let arguments = object(&call.arguments).ok_or_else(|| S::Error::custom("no object"))?;
            seq.serialize_element(&Made {
                id,
                kind: "function",
                function: Called {
                    name: &call.name,
                    arguments: arguments.get(),
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
