//! A request as the JSON of `/v2/chat`, written straight into one buffer.

use crate::losses::{SchemaLoss, SchemaLosses};
use crate::outgoing::{self, invalid, size_hint};
use msg_core::llm::{
    DocumentSource, Effort, GenerateRequest, LlmError, OutputFormat, Piece, Role, Tool, ToolChoice,
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
    pub(super) safety_mode: Option<String>,
    pub(super) thinking_budget: Option<u32>,
    pub(super) losses: SchemaLosses,
}

/// The parts of the schemas of this request that the API cannot say: they are in the description beside them, and nothing
/// enforces them. Empty for a request whose schemas arrive whole.
#[must_use]
pub fn schema_losses(request: &GenerateRequest) -> Vec<SchemaLoss> {
    Schemas::of(request).losses
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
    let schemas = Schemas::of(request);
    if dialect.losses == SchemaLosses::Refuse && !schemas.losses.is_empty() {
        return Err(invalid(
            "a schema has a keyword that the provider does not take",
        ));
    }
    let mut out = Vec::with_capacity(size_hint(request));
    let body = Body {
        request,
        dialect,
        schemas: &schemas,
        model,
        stream,
    };
    serde_json::to_writer(&mut out, &body).map_err(|_| invalid("the request has no json form"))?;
    Ok(out)
}

/// What this protocol cannot say is refused here, before any byte is written. The bounds are those of the API's description.
fn check(request: &GenerateRequest, model: &str) -> Result<(), LlmError> {
    outgoing::check(request, model)?;
    let outside = |value: Option<f32>, from, to| value.is_some_and(|v| !(from..=to).contains(&v));
    if outside(request.temperature, 0.0, 1.0) {
        return Err(invalid("the temperature is not between 0 and 1"));
    }
    if outside(request.top_p, 0.01, 0.99) {
        return Err(invalid("the nucleus is not between 0.01 and 0.99"));
    }
    if request.seed.is_some_and(|seed| seed < 0) {
        return Err(invalid("the seed is negative"));
    }
    if request.stop.len() > 5 {
        return Err(invalid(
            "there are more than five texts that end the answer",
        ));
    }
    if request.output != OutputFormat::Text && !request.tools.is_empty() {
        return Err(invalid("this protocol has no json answer beside tools"));
    }
    for piece in request.turns.iter().flat_map(|turn| {
        let role = turn.role;
        turn.pieces.iter().map(move |piece| (role, piece))
    }) {
        let sayable = match piece {
            (Role::User | Role::Assistant, Piece::Text(_))
            | (Role::User, Piece::Image(_) | Piece::ToolResult(_))
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
    Ok(())
}

/// The schemas of a request as the API takes them, borrowed where nothing had to be rewritten.
struct Schemas<'a> {
    /// Whether calls are kept to their schemas: of all tools, or of none.
    strict: bool,
    tools: Vec<(&'a Tool, Cow<'a, Value>)>,
    output: Option<Cow<'a, Value>>,
    losses: Vec<SchemaLoss>,
}

impl<'a> Schemas<'a> {
    /// A tool cannot be named: the named one is the only one that is sent.
    fn of(request: &'a GenerateRequest) -> Self {
        let mut losses = Vec::new();
        let tools = request.tools.iter().filter(
            |tool| !matches!(&request.tool_choice, ToolChoice::Named(name) if tool.name != *name),
        );
        let strict = tools.clone().any(|tool| tool.strict);
        let schema = |tool: &'a Tool| {
            let parameters = if strict {
                keywords::rewrite(&tool.parameters, &tool.name, &mut losses)
            } else {
                Cow::Borrowed(&tool.parameters)
            };
            (tool, parameters)
        };
        let tools = tools.map(schema).collect();
        let output = match &request.output {
            OutputFormat::Schema { name, schema, .. } => {
                Some(keywords::rewrite(schema, name, &mut losses))
            }
            _ => None,
        };
        Self {
            strict,
            tools,
            output,
            losses,
        }
    }
}

/// The whole body.
struct Body<'a> {
    request: &'a GenerateRequest,
    dialect: &'a Dialect,
    schemas: &'a Schemas<'a>,
    model: &'a str,
    stream: bool,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let request = self.request;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("model", self.model)?;
        map.serialize_entry("messages", &Messages(request))?;
        self.tools(&mut map)?;
        match &request.output {
            OutputFormat::Json => map.serialize_entry("response_format", &Format::new(None))?,
            OutputFormat::Schema { .. } => {
                let schema = self.schemas.output.as_deref();
                map.serialize_entry("response_format", &Format::new(schema))?;
            }
            _ => {}
        }
        if let Some(mode) = &self.dialect.safety_mode {
            map.serialize_entry("safety_mode", mode)?;
        }
        self.sampling(&mut map)?;
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
        map.serialize_entry("tools", &Tools(&self.schemas.tools))?;
        if self.schemas.strict {
            map.serialize_entry("strict_tools", &true)?;
        }
        match &request.tool_choice {
            ToolChoice::None => map.serialize_entry("tool_choice", "NONE"),
            ToolChoice::Required | ToolChoice::Named(_) => {
                map.serialize_entry("tool_choice", "REQUIRED")
            }
            _ => Ok(()),
        }
    }

    fn sampling<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let request = self.request;
        if let Some(max) = request.max_tokens {
            map.serialize_entry("max_tokens", &max)?;
        }
        if !request.stop.is_empty() {
            map.serialize_entry("stop_sequences", &request.stop)?;
        }
        if let Some(temperature) = request.temperature {
            map.serialize_entry("temperature", &temperature)?;
        }
        if let Some(seed) = request.seed {
            map.serialize_entry("seed", &seed)?;
        }
        if let Some(top_p) = request.top_p {
            map.serialize_entry("p", &top_p)?;
        }
        match &request.effort {
            None => Ok(()),
            Some(Effort::None) => map.serialize_entry("thinking", &Thinking::new("disabled", None)),
            Some(_) => {
                let budget = self.dialect.thinking_budget;
                map.serialize_entry("thinking", &Thinking::new("enabled", budget))
            }
        }
    }
}

#[derive(Serialize)]
struct Thinking {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_budget: Option<u32>,
}

impl Thinking {
    const fn new(kind: &'static str, token_budget: Option<u32>) -> Self {
        Self { kind, token_budget }
    }
}

#[derive(Serialize)]
struct Format<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    json_schema: Option<&'a Value>,
}

impl<'a> Format<'a> {
    const fn new(json_schema: Option<&'a Value>) -> Self {
        Self {
            kind: "json_object",
            json_schema,
        }
    }
}

struct Tools<'a>(&'a [(&'a Tool, Cow<'a, Value>)]);

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(tool, parameters)| Declared {
            kind: "function",
            function: Function {
                name: &tool.name,
                description: &tool.description,
                parameters,
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
