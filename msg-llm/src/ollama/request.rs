//! A request as the JSON of `/api/chat`, written straight into one buffer.

use crate::losses::{SchemaLoss, SchemaLosses};
use crate::outgoing::{self, invalid, size_hint};
use msg_core::llm::{
    DocumentSource, Effort, GenerateRequest, Image, LlmError, OutputFormat, Piece, Role, Tool,
    ToolChoice,
};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;

mod keywords;
mod messages;
use messages::Messages;

/// What differs from host to host.
#[derive(Debug)]
pub(super) struct Dialect {
    pub(super) model: String,
    pub(super) keep_alive: Option<String>,
    pub(super) context: Option<u32>,
    pub(super) losses: SchemaLosses,
}

/// The parts of the schema of this request's output that the server does not enforce: it makes a grammar of the schema, which
/// has no word for them, and shows the model nothing of it. Empty for a schema that is kept to whole. The schemas of tools are
/// shown to the model, and nothing enforces those.
#[must_use]
pub fn schema_losses(request: &GenerateRequest) -> Vec<SchemaLoss> {
    format(request).1
}

/// The schema of the output as the server takes it, and what is lost of it.
fn format(request: &GenerateRequest) -> (Option<Cow<'_, Value>>, Vec<SchemaLoss>) {
    let mut losses = Vec::new();
    let schema = match &request.output {
        OutputFormat::Schema { name, schema, .. } => {
            Some(keywords::rewrite(schema, name, &mut losses))
        }
        _ => None,
    };
    (schema, losses)
}

/// The body that asks. The same request gives the same bytes, so that prompt caches are hit.
pub(super) fn body(
    request: &GenerateRequest,
    dialect: &Dialect,
    stream: bool,
) -> Result<Vec<u8>, LlmError> {
    let model = if request.model.is_empty() {
        &dialect.model
    } else {
        &request.model
    };
    check(request, model)?;
    let (format, losses) = format(request);
    if dialect.losses == SchemaLosses::Refuse && !losses.is_empty() {
        return Err(invalid(
            "the schema has a keyword that the server does not enforce",
        ));
    }
    let mut out = Vec::with_capacity(size_hint(request));
    let body = Body {
        request,
        dialect,
        format: format.as_deref(),
        model,
        stream,
    };
    serde_json::to_writer(&mut out, &body).map_err(|_| invalid("the request has no json form"))?;
    Ok(out)
}

/// What this protocol cannot say is refused here, before any byte is written.
fn check(request: &GenerateRequest, model: &str) -> Result<(), LlmError> {
    outgoing::check(request, model)?;
    if matches!(
        request.tool_choice,
        ToolChoice::Required | ToolChoice::Named(_)
    ) {
        return Err(invalid("this protocol cannot force a call"));
    }
    for turn in &request.turns {
        for piece in &turn.pieces {
            let sayable = match (turn.role, piece) {
                (Role::User | Role::Assistant, Piece::Text(_))
                | (Role::User, Piece::Image(Image::Bytes { .. }) | Piece::ToolResult(_))
                | (Role::Assistant, Piece::Reasoning(_) | Piece::ToolCall(_)) => true,
                (Role::User, Piece::Document(document)) => {
                    matches!(document.source, DocumentSource::Text(_))
                }
                _ => false,
            };
            if !sayable {
                return Err(invalid(
                    "a turn has a piece that its speaker cannot say in this protocol",
                ));
            }
        }
    }
    Ok(())
}

/// The whole body.
struct Body<'a> {
    request: &'a GenerateRequest,
    dialect: &'a Dialect,
    /// The schema of the output.
    format: Option<&'a Value>,
    model: &'a str,
    stream: bool,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let request = self.request;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("model", self.model)?;
        map.serialize_entry("messages", &Messages(request))?;
        // No word forbids a call: without tools there is none.
        if !request.tools.is_empty() && request.tool_choice != ToolChoice::None {
            map.serialize_entry("tools", &Tools(&request.tools))?;
        }
        if request.output == OutputFormat::Json {
            map.serialize_entry("format", "json")?;
        } else if let Some(schema) = self.format {
            map.serialize_entry("format", schema)?;
        }
        let options = Options {
            num_predict: request.max_tokens,
            temperature: request.temperature,
            top_p: request.top_p,
            seed: request.seed,
            num_ctx: self.dialect.context,
            stop: &request.stop,
        };
        if !options.is_empty() {
            map.serialize_entry("options", &options)?;
        }
        // Left out means true here.
        map.serialize_entry("stream", &self.stream)?;
        if let Some(effort) = &request.effort {
            map.serialize_entry("think", &Think::of(effort, self.model))?;
        }
        if let Some(keep_alive) = &self.dialect.keep_alive {
            map.serialize_entry("keep_alive", keep_alive)?;
        }
        map.end()
    }
}

/// Models think or not; `gpt-oss` always thinks and takes a level (<https://docs.ollama.com/capabilities/thinking>).
#[derive(Serialize)]
#[serde(untagged)]
enum Think<'a> {
    Switch(bool),
    Level(&'a str),
}

impl<'a> Think<'a> {
    fn of(effort: &'a Effort, model: &str) -> Self {
        match effort {
            Effort::None => Self::Switch(false),
            _ if !model.contains("gpt-oss") => Self::Switch(true),
            Effort::Minimal => Self::Level("low"),
            level => Self::Level(level.as_str()),
        }
    }
}

/// `ModelOptions` of the API's description.
#[derive(Serialize)]
struct Options<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    num_predict: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_ctx: Option<u32>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
}

impl Options<'_> {
    const fn is_empty(&self) -> bool {
        self.num_predict.is_none()
            && self.temperature.is_none()
            && self.top_p.is_none()
            && self.seed.is_none()
            && self.num_ctx.is_none()
            && self.stop.is_empty()
    }
}

struct Tools<'a>(&'a [Tool]);

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|tool| Declared {
            kind: "function",
            function: Function {
                name: &tool.name,
                description: &tool.description,
                parameters: &tool.parameters,
            },
        }))
    }
}

#[derive(Serialize)]
struct Declared<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    parameters: &'a Value,
}

#[cfg(test)]
mod tests;
