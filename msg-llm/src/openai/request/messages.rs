//! Instructions and turns as messages.

use super::super::config::{ReasoningField, SystemRole};
use super::super::wire::SCHEME;
use super::{Dialect, Tagged};
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use msg_core::llm::{GenerateRequest, Image, Piece, Reasoning, Role, ToolCall, ToolResult, Turn};
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
                        field: self.dialect.reasoning_field,
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
                            unnamed: results,
                        })?;
                        results += usize::from(result.id.is_empty());
                    }
                    if turn
                        .pieces
                        .iter()
                        .any(|piece| !matches!(piece, Piece::ToolResult(_)))
                    {
                        seq.serialize_element(&User(turn))?;
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

/// An id for a call that has none: servers that give no ids still want them back.
pub(crate) enum CallId<'a> {
    Given(&'a str),
    Made(usize),
}

impl<'a> CallId<'a> {
    pub(crate) fn of(id: &'a str, number: usize) -> Self {
        if id.is_empty() {
            Self::Made(number)
        } else {
            Self::Given(id)
        }
    }
}

impl Serialize for CallId<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Given(id) => serializer.serialize_str(id),
            Self::Made(number) => serializer.collect_str(&format_args!("call_{number}")),
        }
    }
}

/// The result of a call.
struct Answered<'a> {
    result: &'a ToolResult,
    unnamed: usize,
}

impl Serialize for Answered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("role", "tool")?;
        map.serialize_entry("tool_call_id", &CallId::of(&self.result.id, self.unnamed))?;
        map.serialize_entry("content", &self.result.content)?;
        map.end()
    }
}

/// A turn of the person, without results of tools.
struct User<'a>(&'a Turn);

impl Serialize for User<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("role", "user")?;
        // A lone text goes as a text: some servers take no lists.
        let mut pieces = self
            .0
            .pieces
            .iter()
            .filter(|piece| !matches!(piece, Piece::ToolResult(_)));
        match (pieces.next(), pieces.next()) {
            (Some(Piece::Text(text)), None) => map.serialize_entry("content", text)?,
            _ => map.serialize_entry("content", &Parts(self.0))?,
        }
        map.end()
    }
}

struct Parts<'a>(&'a Turn);

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for piece in &self.0.pieces {
            match piece {
                Piece::Text(text) => seq.serialize_element(&Tagged {
                    tag: "text",
                    value: text,
                })?,
                Piece::Image(image) => {
                    seq.serialize_element(&Tagged {
                        tag: "image_url",
                        value: Picture {
                            url: PictureUrl(image),
                        },
                    })?;
                }
                _ => {}
            }
        }
        seq.end()
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
    field: ReasoningField,
    unnamed: usize,
}

impl Serialize for Assistant<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", "assistant")?;
        let has_calls = tool_calls(self.turn).next().is_some();
        let has_text = texts(self.turn).next().is_some();
        if has_text || !has_calls {
            map.serialize_entry("content", &Joined(|| texts(self.turn)))?;
        } else {
            map.serialize_entry("content", &())?;
        }
        let field = match self.field {
            ReasoningField::None => None,
            ReasoningField::ReasoningContent => Some("reasoning_content"),
            ReasoningField::Reasoning => Some("reasoning"),
        };
        if let Some(field) = field.filter(|_| thoughts(self.turn).next().is_some()) {
            map.serialize_entry(field, &Joined(|| thoughts(self.turn)))?;
        }
        if has_calls {
            map.serialize_entry(
                "tool_calls",
                &Calls {
                    turn: self.turn,
                    unnamed: self.unnamed,
                },
            )?;
        }
        map.end()
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

/// Thoughts that this scheme issued; another provider's are worth nothing here.
fn thoughts(turn: &Turn) -> impl Iterator<Item = &str> {
    let ours = |thought: &Reasoning| thought.issuer.is_empty() || thought.issuer == SCHEME;
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
}

impl Serialize for Calls<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        let mut unnamed = self.unnamed;
        for call in tool_calls(self.turn) {
            let id = CallId::of(&call.id, unnamed);
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
