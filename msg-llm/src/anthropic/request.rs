//! A request as the JSON of Messages, written straight into one buffer.

use super::config::{CacheTtl, ThinkingMode};
use crate::outgoing::{check, invalid, size_hint};
use msg_core::llm::{
    DocumentSource, Effort, GenerateRequest, Image, LlmError, OutputFormat, Piece, Role, Tool,
    ToolChoice,
};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

mod messages;
use messages::Messages;

/// The smallest budget for thoughts that the API takes ("must be >= 1024", `ThinkingConfigEnabledParam` of the Python client).
const SMALLEST_BUDGET: u32 = 1024;

/// What differs from server to server.
#[derive(Debug)]
pub(super) struct Dialect {
    pub(super) model: String,
    pub(super) max_tokens: u32,
    pub(super) thinking: ThinkingMode,
    pub(super) summarize_thoughts: bool,
    pub(super) cache_ttl: CacheTtl,
}

/// The body that asks. The same request gives the same bytes, so that prompt caches are hit.
pub(super) fn body(
    request: &GenerateRequest,
    dialect: &Dialect,
    stream: bool,
) -> Result<Vec<u8>, LlmError> {
    check(request, &dialect.model)?;
    sayable(request)?;
    let body = Body {
        request,
        dialect,
        thinking: Thinking::of(request, dialect)?,
        stream,
    };
    let mut out = Vec::with_capacity(size_hint(request));
    serde_json::to_writer(&mut out, &body).map_err(|_| invalid("the request has no json form"))?;
    Ok(out)
}

/// What this protocol cannot say is refused here, before any byte is written.
fn sayable(request: &GenerateRequest) -> Result<(), LlmError> {
    if request.output == OutputFormat::Json {
        return Err(invalid("this protocol has json only with a schema"));
    }
    for turn in &request.turns {
        for piece in &turn.pieces {
            match (turn.role, piece) {
                (Role::User, Piece::Image(image)) => picture(image)?,
                (Role::User, Piece::Document(document)) => content(&document.source)?,
                (Role::User, Piece::Text(_) | Piece::ToolResult(_))
                | (Role::Assistant, Piece::Text(_) | Piece::ToolCall(_) | Piece::Reasoning(_)) => {}
                _ => {
                    return Err(invalid(
                        "a turn has a piece that its speaker cannot say in this protocol",
                    ));
                }
            }
        }
    }
    Ok(())
}

/// The types of `Base64ImageSourceParam`.
fn picture(image: &Image) -> Result<(), LlmError> {
    match image {
        Image::Url(_) => Ok(()),
        Image::Bytes { mime, .. }
            if matches!(
                mime.as_str(),
                "image/jpeg" | "image/png" | "image/gif" | "image/webp"
            ) =>
        {
            Ok(())
        }
        _ => Err(invalid("a picture is of a type that is not taken")),
    }
}

/// The types of `Base64PDFSourceParam` and `PlainTextSourceParam`.
fn content(source: &DocumentSource) -> Result<(), LlmError> {
    match source {
        DocumentSource::Url(_) | DocumentSource::Text(_) => Ok(()),
        DocumentSource::Bytes { mime, .. } if mime == "application/pdf" => Ok(()),
        DocumentSource::Bytes { mime, data }
            if mime == "text/plain" && std::str::from_utf8(&data.0).is_ok() =>
        {
            Ok(())
        }
        _ => Err(invalid("a document is of a type that is not taken")),
    }
}

/// What an effort becomes.
#[derive(Clone, Copy)]
enum Thinking<'a> {
    /// Nothing is said.
    Unsaid,
    Disabled,
    Adaptive(&'a str),
    Budget(u32),
}

impl<'a> Thinking<'a> {
    fn of(request: &'a GenerateRequest, dialect: &Dialect) -> Result<Self, LlmError> {
        let Some(effort) = &request.effort else {
            return Ok(Self::Unsaid);
        };
        if *effort == Effort::None {
            return Ok(Self::Disabled);
        }
        if dialect.thinking == ThinkingMode::Adaptive {
            // `OutputConfigParam` knows low, medium, high, xhigh and max.
            return Ok(Self::Adaptive(match effort {
                Effort::Minimal => "low",
                other => other.as_str(),
            }));
        }
        // The budget is part of the output limit and must leave room for the answer. The shares are ours.
        let limit = request.max_tokens.unwrap_or(dialect.max_tokens);
        let share = match effort {
            Effort::Minimal => 0,
            Effort::Low => limit / 5,
            Effort::Medium => limit / 2,
            _ => limit / 5 * 4,
        };
        if limit <= SMALLEST_BUDGET {
            return Err(invalid(
                "the output limit leaves no room for thoughts, which take 1024 tokens or more",
            ));
        }
        Ok(Self::Budget(share.max(SMALLEST_BUDGET)))
    }
}

/// The whole body.
struct Body<'a> {
    request: &'a GenerateRequest,
    dialect: &'a Dialect,
    thinking: Thinking<'a>,
    stream: bool,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            request, dialect, ..
        } = self;
        let cache = request.cache_key.is_some().then_some(Cache {
            kind: "ephemeral",
            ttl: (dialect.cache_ttl == CacheTtl::OneHour).then_some("1h"),
        });
        let mut map = serializer.serialize_map(None)?;
        let model = if request.model.is_empty() {
            &dialect.model
        } else {
            &request.model
        };
        map.serialize_entry("model", model)?;
        map.serialize_entry(
            "max_tokens",
            &request.max_tokens.unwrap_or(dialect.max_tokens),
        )?;
        // Tools stand before instructions in what is cached, so a mark on the instructions covers both.
        if !request.tools.is_empty() {
            map.serialize_entry(
                "tools",
                &Tools {
                    tools: &request.tools,
                    cache: cache.filter(|_| request.system.is_empty()),
                },
            )?;
        }
        match cache {
            _ if request.system.is_empty() => {}
            None => map.serialize_entry("system", &request.system)?,
            Some(_) => map.serialize_entry(
                "system",
                &[Marked {
                    kind: "text",
                    text: &request.system,
                    cache_control: cache,
                }],
            )?,
        }
        map.serialize_entry("messages", &Messages(&request.turns))?;
        if let Some(cache) = cache {
            // Marks the last block that can be cached, wherever that is.
            map.serialize_entry("cache_control", &cache)?;
        }
        self.choice(&mut map)?;
        self.form(&mut map)?;
        self.sampling(&mut map)?;
        if self.stream {
            map.serialize_entry("stream", &true)?;
        }
        map.end()
    }
}

impl Body<'_> {
    fn choice<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        if self.request.tools.is_empty() {
            return Ok(());
        }
        let (kind, name) = match &self.request.tool_choice {
            ToolChoice::None => ("none", None),
            ToolChoice::Required => ("any", None),
            ToolChoice::Named(name) => ("tool", Some(name.as_str())),
            _ => return Ok(()),
        };
        map.serialize_entry("tool_choice", &Choice { kind, name })
    }

    fn form<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let display = self.dialect.summarize_thoughts.then_some("summarized");
        let thinking = match self.thinking {
            Thinking::Unsaid => None,
            Thinking::Disabled => Some(("disabled", None, None)),
            Thinking::Adaptive(_) => Some(("adaptive", None, display)),
            Thinking::Budget(tokens) => Some(("enabled", Some(tokens), display)),
        };
        if let Some((kind, budget_tokens, display)) = thinking {
            map.serialize_entry(
                "thinking",
                &Thoughts {
                    kind,
                    budget_tokens,
                    display,
                },
            )?;
        }
        let effort = match self.thinking {
            Thinking::Adaptive(effort) => Some(effort),
            _ => None,
        };
        let format = match &self.request.output {
            OutputFormat::Schema { schema, .. } => Some(Format {
                kind: "json_schema",
                schema,
            }),
            _ => None,
        };
        if effort.is_some() || format.is_some() {
            map.serialize_entry("output_config", &OutputConfig { effort, format })?;
        }
        Ok(())
    }

    fn sampling<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let request = self.request;
        if let Some(temperature) = request.temperature {
            map.serialize_entry("temperature", &temperature)?;
        }
        if let Some(top_p) = request.top_p {
            map.serialize_entry("top_p", &top_p)?;
        }
        if !request.stop.is_empty() {
            map.serialize_entry("stop_sequences", &request.stop)?;
        }
        Ok(())
    }
}

/// A mark for the prompt cache.
#[derive(Clone, Copy, Serialize)]
struct Cache {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<&'static str>,
}

#[derive(Serialize)]
struct Marked<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<Cache>,
}

#[derive(Serialize)]
struct Choice<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct Thoughts {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'static str>,
}

#[derive(Serialize)]
struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format<'a>>,
}

#[derive(Serialize)]
struct Format<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    schema: &'a Value,
}

struct Tools<'a> {
    tools: &'a [Tool],
    /// The mark on the last tool.
    cache: Option<Cache>,
}

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let last = self.tools.len().saturating_sub(1);
        serializer.collect_seq(self.tools.iter().enumerate().map(|(at, tool)| Declared {
            name: &tool.name,
            description: &tool.description,
            input_schema: &tool.parameters,
            strict: tool.strict,
            cache_control: self.cache.filter(|_| at == last),
        }))
    }
}

#[derive(Serialize)]
struct Declared<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    input_schema: &'a Value,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    strict: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<Cache>,
}

#[cfg(test)]
mod tests;
