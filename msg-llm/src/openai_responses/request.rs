//! A request as the JSON of the Responses API, written straight into one buffer.

use super::config::Summary;
use crate::openai::address::invalid;
use msg_core::llm::{
    DocumentSource, GenerateRequest, Image, LlmError, OutputFormat, Piece, Role, Tool, ToolChoice,
};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

mod input;
use input::{Input, sealed};

/// What differs from server to server.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Who issues thoughts here.
    pub(super) scheme: Box<str>,
    pub(super) model: String,
    pub(super) store: bool,
    pub(super) summary: Option<Summary>,
}

/// The body that asks. The same request gives the same bytes, so that prompt caches are hit.
pub(super) fn body(
    request: &GenerateRequest,
    dialect: &Dialect,
    stream: bool,
) -> Result<Vec<u8>, LlmError> {
    check(request, dialect)?;
    let mut out = Vec::with_capacity(size_hint(request));
    let body = Body {
        request,
        dialect,
        stream,
    };
    serde_json::to_writer(&mut out, &body).map_err(|_| invalid("the request has no json form"))?;
    Ok(out)
}

/// What this protocol cannot say is refused here, before any byte is written.
fn check(request: &GenerateRequest, dialect: &Dialect) -> Result<(), LlmError> {
    if request.model.is_empty() && dialect.model.is_empty() {
        return Err(invalid(
            "neither the request nor the configuration names a model",
        ));
    }
    for number in [request.temperature, request.top_p].into_iter().flatten() {
        if !number.is_finite() {
            return Err(invalid("a sampling parameter is not a finite number"));
        }
    }
    if !request.stop.is_empty() {
        return Err(invalid("the responses api has no stop sequences"));
    }
    if request.seed.is_some() {
        return Err(invalid("the responses api takes no seed"));
    }
    match &request.tool_choice {
        ToolChoice::Required if request.tools.is_empty() => {
            return Err(invalid("a call is required and there is no tool"));
        }
        ToolChoice::Named(name) if !request.tools.iter().any(|tool| tool.name == *name) => {
            return Err(invalid(
                "the tool that must be called is not among the tools",
            ));
        }
        _ => {}
    }
    for turn in &request.turns {
        for piece in &turn.pieces {
            let sayable = matches!(
                (turn.role, piece),
                (
                    Role::User,
                    Piece::Text(_) | Piece::Image(_) | Piece::Document(_) | Piece::ToolResult(_)
                ) | (
                    Role::Assistant,
                    Piece::Text(_) | Piece::ToolCall(_) | Piece::Reasoning(_)
                )
            );
            if !sayable {
                return Err(invalid(
                    "a turn has a piece that its speaker cannot say in this protocol",
                ));
            }
        }
    }
    Ok(())
}

/// Roughly the length of the body, so that the buffer is rarely moved.
fn size_hint(request: &GenerateRequest) -> usize {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.len(),
        Piece::Image(Image::Bytes { data, .. }) => data.0.len() / 3 * 4,
        Piece::Document(document) => match &document.source {
            DocumentSource::Bytes { data, .. } => data.0.len() / 3 * 4,
            DocumentSource::Text(text) => text.len(),
            _ => 120,
        },
        Piece::ToolCall(call) => call.arguments.len() + 120,
        Piece::ToolResult(result) => result.content.len() + 60,
        Piece::Reasoning(thought) => {
            thought.text.len() + thought.signature.as_ref().map_or(0, String::len) + 90
        }
        _ => 120,
    };
    let turns: usize = request
        .turns
        .iter()
        .flat_map(|turn| &turn.pieces)
        .map(|p| piece(p) + 64)
        .sum();
    let texts = request.system.len() + turns;
    texts + texts / 16 + request.tools.len() * 512 + 320
}

/// The whole body.
struct Body<'a> {
    request: &'a GenerateRequest,
    dialect: &'a Dialect,
    stream: bool,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            request, dialect, ..
        } = self;
        let mut map = serializer.serialize_map(None)?;
        let model = if request.model.is_empty() {
            &dialect.model
        } else {
            &request.model
        };
        map.serialize_entry("model", model)?;
        if !request.system.is_empty() {
            map.serialize_entry("instructions", &request.system)?;
        }
        map.serialize_entry("input", &Input { request, dialect })?;
        self.tools(&mut map)?;
        self.output(&mut map)?;
        self.sampling(&mut map)?;
        map.serialize_entry("store", &dialect.store)?;
        if self.stream {
            map.serialize_entry("stream", &true)?;
        }
        map.end()
    }
}

impl Body<'_> {
    fn tools<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let request = self.request;
        if request.tools.is_empty() {
            return Ok(());
        }
        map.serialize_entry("tools", &Tools(&request.tools))?;
        match &request.tool_choice {
            ToolChoice::None => map.serialize_entry("tool_choice", "none"),
            ToolChoice::Required => map.serialize_entry("tool_choice", "required"),
            ToolChoice::Named(name) => map.serialize_entry(
                "tool_choice",
                &Choice {
                    kind: "function",
                    name,
                },
            ),
            _ => Ok(()),
        }
    }

    fn output<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match &self.request.output {
            OutputFormat::Json => map.serialize_entry(
                "text",
                &Text {
                    format: Format::Json,
                },
            ),
            OutputFormat::Schema {
                name,
                schema,
                strict,
            } => map.serialize_entry(
                "text",
                &Text {
                    format: Format::Schema {
                        name,
                        schema,
                        strict: *strict,
                    },
                },
            ),
            _ => Ok(()),
        }
    }

    fn sampling<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let Self {
            request, dialect, ..
        } = self;
        if let Some(max) = request.max_tokens {
            map.serialize_entry("max_output_tokens", &max)?;
        }
        if let Some(temperature) = request.temperature {
            map.serialize_entry("temperature", &temperature)?;
        }
        if let Some(top_p) = request.top_p {
            map.serialize_entry("top_p", &top_p)?;
        }
        let effort = request.effort.as_ref().map(msg_core::llm::Effort::as_str);
        let summary = dialect.summary.map(Summary::as_str);
        if effort.is_some() || summary.is_some() {
            map.serialize_entry("reasoning", &Reasoning { effort, summary })?;
        }
        // Only reasoning models have it, and only without a store it is needed to hand thoughts back.
        let reasons = effort.is_some_and(|effort| effort != "none")
            || summary.is_some()
            || request
                .turns
                .iter()
                .any(|turn| sealed(turn, dialect).next().is_some());
        if reasons && !dialect.store {
            map.serialize_entry("include", &["reasoning.encrypted_content"])?;
        }
        if let Some(key) = &request.cache_key {
            map.serialize_entry("prompt_cache_key", key)?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Choice<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
}

#[derive(Serialize)]
struct Text<'a> {
    format: Format<'a>,
}

#[derive(Serialize)]
#[serde(tag = "type")]
enum Format<'a> {
    #[serde(rename = "json_object")]
    Json,
    #[serde(rename = "json_schema")]
    Schema {
        name: &'a str,
        schema: &'a serde_json::Value,
        strict: bool,
    },
}

#[derive(Serialize)]
struct Reasoning<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
}

struct Tools<'a>(&'a [Tool]);

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Declared))
    }
}

struct Declared<'a>(&'a Tool);

impl Serialize for Declared<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tool = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", "function")?;
        map.serialize_entry("name", &tool.name)?;
        if !tool.description.is_empty() {
            map.serialize_entry("description", &tool.description)?;
        }
        map.serialize_entry("parameters", &tool.parameters)?;
        // Said always: left out it means yes here, and the provider rewrites the schema.
        map.serialize_entry("strict", &tool.strict)?;
        map.end()
    }
}

#[cfg(test)]
mod tests;
