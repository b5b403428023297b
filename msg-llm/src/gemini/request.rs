//! A request as the JSON of `generateContent`, written straight into one buffer.

use crate::losses::{SchemaLoss, SchemaLosses};
use crate::outgoing::{self, invalid, size_hint};
use msg_core::llm::{Effort, GenerateRequest, LlmError, OutputFormat, Tool, ToolChoice};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

mod contents;
mod keywords;
use contents::Contents;

/// What differs from host to host.
#[derive(Debug)]
pub(super) struct Dialect {
    pub(super) model: String,
    pub(super) include_thoughts: bool,
    pub(super) call_ids: bool,
    pub(super) losses: SchemaLosses,
    pub(super) safety: BTreeMap<String, String>,
}

impl Dialect {
    /// The model that is asked.
    pub(super) fn model_of<'a>(&'a self, request: &'a GenerateRequest) -> &'a str {
        if request.model.is_empty() {
            &self.model
        } else {
            &request.model
        }
    }
}

/// The parts of the schemas of this request that the API cannot say: they are in the description beside them, and nothing
/// enforces them. Empty for a request whose schemas arrive whole.
#[must_use]
pub fn schema_losses(request: &GenerateRequest) -> Vec<SchemaLoss> {
    Schemas::of(request).losses
}

/// The path of the endpoint below the base URL.
pub(super) fn path(model: &str, stream: bool) -> Result<String, LlmError> {
    let method = if stream {
        "streamGenerateContent"
    } else {
        "generateContent"
    };
    Ok(format!("/{}:{method}", model_path(model)?))
}

/// The whole name of a model: `tunedModels/x` and `models/x` are whole, other names stand in `models`.
pub(super) fn model_path(model: &str) -> Result<String, LlmError> {
    if model.is_empty() {
        return Err(invalid(
            "neither the request nor the configuration names a model",
        ));
    }
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@/".contains(&byte);
    if !model.bytes().all(sound) || model.split('/').any(|part| part.is_empty() || part == "..") {
        return Err(invalid("the model's name cannot stand in an address"));
    }
    let folder = if model.contains('/') { "" } else { "models/" };
    Ok(format!("{folder}{model}"))
}

/// The body that asks. The same request gives the same bytes, so that prompt caches are hit.
pub(super) fn body(request: &GenerateRequest, dialect: &Dialect) -> Result<Vec<u8>, LlmError> {
    check(request, &dialect.model)?;
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
        thinking: thinking(request, dialect)?,
    };
    serde_json::to_writer(&mut out, &body).map_err(|_| invalid("the request has no json form"))?;
    Ok(out)
}

/// What this protocol cannot say is refused here, before any byte is written.
fn check(request: &GenerateRequest, model: &str) -> Result<(), LlmError> {
    outgoing::check(request, model)?;
    // `GenerationConfig.seed` is an int32.
    if request
        .seed
        .is_some_and(|seed| i32::try_from(seed).is_err())
    {
        return Err(invalid("the seed is larger than the provider takes"));
    }
    contents::check(request)
}

/// The schemas of a request as the API takes them, borrowed where nothing had to be rewritten.
struct Schemas<'a> {
    tools: Vec<Cow<'a, Value>>,
    output: Option<Cow<'a, Value>>,
    losses: Vec<SchemaLoss>,
}

impl<'a> Schemas<'a> {
    fn of(request: &'a GenerateRequest) -> Self {
        let mut losses = Vec::new();
        let tools = request.tools.iter();
        let tools = tools
            .map(|tool| keywords::rewrite(&tool.parameters, &tool.name, &mut losses))
            .collect();
        let output = match &request.output {
            OutputFormat::Schema { name, schema, .. } => {
                Some(keywords::rewrite(schema, name, &mut losses))
            }
            _ => None,
        };
        Self {
            tools,
            output,
            losses,
        }
    }
}

/// How much to think, in the words of the model's generation.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
enum Thinking<'a> {
    ThinkingBudget(u32),
    ThinkingLevel(&'a str),
}

/// Levels from Gemini 3 on, budgets before: the models refuse the other one. The budgets are those that Google's own
/// OpenAI-compatible endpoint gives to the efforts (1024, 8192, 24576); 512 and 128 are the least that Flash-Lite and Pro
/// take, and Pro cannot be kept from thinking (<https://ai.google.dev/gemini-api/docs/thinking>).
fn thinking<'a>(
    request: &'a GenerateRequest,
    dialect: &'a Dialect,
) -> Result<Option<Thinking<'a>>, LlmError> {
    let Some(effort) = &request.effort else {
        return Ok(None);
    };
    let model = dialect.model_of(request);
    let pro = model.contains("pro");
    if generation(model).is_some_and(|generation| generation >= 3) {
        let level = match effort {
            Effort::None | Effort::Minimal if pro => "low",
            Effort::None => "minimal",
            other => other.as_str(),
        };
        return Ok(Some(Thinking::ThinkingLevel(level)));
    }
    let budget = match effort {
        Effort::None if pro => 128,
        Effort::None => 0,
        Effort::Minimal => 512,
        Effort::Low => 1024,
        Effort::Medium => 8192,
        Effort::High => 24_576,
        _ => return Err(invalid("the provider does not know this effort")),
    };
    Ok(Some(Thinking::ThinkingBudget(budget)))
}

/// The generation in a name such as `gemini-3-flash-preview` or `models/gemini-2.5-pro`.
fn generation(model: &str) -> Option<u32> {
    let (_, behind) = model.split_once("gemini-")?;
    let end = behind
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(behind.len());
    behind.get(..end)?.parse().ok()
}

/// The whole body.
struct Body<'a> {
    request: &'a GenerateRequest,
    dialect: &'a Dialect,
    schemas: &'a Schemas<'a>,
    thinking: Option<Thinking<'a>>,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let request = self.request;
        let mut map = serializer.serialize_map(None)?;
        let cache = request.cache_key.as_deref();
        if let Some(name) = cache.filter(|name| name.starts_with("cachedContents/")) {
            map.serialize_entry("cachedContent", name)?;
        }
        if !request.system.is_empty() {
            let text = Text {
                text: &request.system,
            };
            map.serialize_entry("systemInstruction", &Instruction { parts: [text] })?;
        }
        let marked = generation(self.dialect.model_of(request)).is_some_and(|g| g >= 3);
        let contents = Contents {
            request,
            call_ids: self.dialect.call_ids,
            marked,
        };
        map.serialize_entry("contents", &contents)?;
        if !request.tools.is_empty() {
            let declared = Functions {
                tools: &request.tools,
                schemas: &self.schemas.tools,
            };
            map.serialize_entry("tools", &[Declarations { declared }])?;
            if let Some(calling) = self.calling() {
                map.serialize_entry("toolConfig", &ToolConfig { calling })?;
            }
        }
        if !self.dialect.safety.is_empty() {
            map.serialize_entry("safetySettings", &Safety(&self.dialect.safety))?;
        }
        let generation = Generation(self);
        if !generation.is_empty() {
            map.serialize_entry("generationConfig", &generation)?;
        }
        map.end()
    }
}

impl Body<'_> {
    /// Whether and what must be called. `VALIDATED` keeps calls to their schemas and leaves the choice to the model.
    fn calling(&self) -> Option<Calling<'_>> {
        let (mode, only) = match &self.request.tool_choice {
            ToolChoice::None => ("NONE", None),
            ToolChoice::Required => ("ANY", None),
            ToolChoice::Named(name) => ("ANY", Some([name.as_str()])),
            _ if self.request.tools.iter().any(|tool| tool.strict) => ("VALIDATED", None),
            _ => return None,
        };
        Some(Calling { mode, only })
    }
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct Instruction<'a> {
    parts: [Text<'a>; 1],
}

#[derive(Serialize)]
struct Declarations<'a> {
    #[serde(rename = "functionDeclarations")]
    declared: Functions<'a>,
}

#[derive(Serialize)]
struct ToolConfig<'a> {
    #[serde(rename = "functionCallingConfig")]
    calling: Calling<'a>,
}

#[derive(Serialize)]
struct Calling<'a> {
    mode: &'static str,
    #[serde(
        rename = "allowedFunctionNames",
        skip_serializing_if = "Option::is_none"
    )]
    only: Option<[&'a str; 1]>,
}

struct Functions<'a> {
    tools: &'a [Tool],
    schemas: &'a [Cow<'a, Value>],
}

impl Serialize for Functions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let declared = self.tools.iter().zip(self.schemas);
        serializer.collect_seq(declared.map(|(tool, schema)| Declared { tool, schema }))
    }
}

struct Declared<'a> {
    tool: &'a Tool,
    schema: &'a Value,
}

impl Serialize for Declared<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.tool.name)?;
        if !self.tool.description.is_empty() {
            map.serialize_entry("description", &self.tool.description)?;
        }
        // A function without parameters has no schema: older models refuse an empty object.
        let properties = self.schema.get("properties").and_then(Value::as_object);
        let none = properties.is_none_or(serde_json::Map::is_empty)
            && self.schema.as_object().is_none_or(|schema| {
                schema.keys().all(|key| {
                    matches!(
                        key.as_str(),
                        "type" | "properties" | "required" | "title" | "additionalProperties"
                    )
                })
            });
        if !none {
            map.serialize_entry("parametersJsonSchema", self.schema)?;
        }
        map.end()
    }
}

struct Safety<'a>(&'a BTreeMap<String, String>);

impl Serialize for Safety<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Setting<'a> {
            category: &'a str,
            threshold: &'a str,
        }
        let settings = self.0.iter();
        serializer.collect_seq(settings.map(|(category, threshold)| Setting {
            category,
            threshold,
        }))
    }
}

/// Sampling, limits and the form of the answer.
struct Generation<'a>(&'a Body<'a>);

impl Generation<'_> {
    const fn is_empty(&self) -> bool {
        let request = self.0.request;
        request.max_tokens.is_none()
            && request.temperature.is_none()
            && request.top_p.is_none()
            && request.seed.is_none()
            && request.stop.is_empty()
            && matches!(request.output, OutputFormat::Text)
            && self.0.thinking.is_none()
    }
}

impl Serialize for Generation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let request = self.0.request;
        let mut map = serializer.serialize_map(None)?;
        if let Some(max) = request.max_tokens {
            map.serialize_entry("maxOutputTokens", &max)?;
        }
        if let Some(temperature) = request.temperature {
            map.serialize_entry("temperature", &temperature)?;
        }
        if let Some(top_p) = request.top_p {
            map.serialize_entry("topP", &top_p)?;
        }
        if let Some(seed) = request.seed {
            map.serialize_entry("seed", &seed)?;
        }
        if !request.stop.is_empty() {
            map.serialize_entry("stopSequences", &request.stop)?;
        }
        if !matches!(request.output, OutputFormat::Text) {
            map.serialize_entry("responseMimeType", "application/json")?;
        }
        if let Some(schema) = &self.0.schemas.output {
            map.serialize_entry("responseJsonSchema", schema)?;
        }
        if let Some(how) = self.0.thinking {
            let off = matches!(self.0.request.effort, Some(Effort::None));
            let include = self.0.dialect.include_thoughts && !off;
            map.serialize_entry("thinkingConfig", &ThinkingConfig { include, how })?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct ThinkingConfig<'a> {
    #[serde(rename = "includeThoughts", skip_serializing_if = "is_false")]
    include: bool,
    #[serde(flatten)]
    how: Thinking<'a>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde calls"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[cfg(test)]
mod tests;
