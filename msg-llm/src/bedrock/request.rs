//! A request as the JSON of Converse, written straight into one buffer.

use super::config::{BedrockConfig, Guardrail};
use crate::outgoing::{check, invalid, size_hint};
use msg_core::llm::{
    Audio, Document, DocumentSource, Effort, GenerateRequest, Image, LlmError, OutputFormat, Piece,
    Role, Tool, ToolChoice,
};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

mod messages;
use messages::Messages;

/// The body that asks. The same request gives the same bytes, so that prompt caches are hit.
pub(super) fn body(request: &GenerateRequest, config: &BedrockConfig) -> Result<Vec<u8>, LlmError> {
    check(request, &config.model)?;
    sayable(request)?;
    let schema = match &request.output {
        OutputFormat::Schema { name, schema, .. } => Some((name.as_str(), schema.to_string())),
        _ => None,
    };
    let cache = request.cache_key.is_some().then_some(CachePoint {
        kind: "default",
        ttl: config.cache_hour.then_some("1h"),
    });
    let body = Body {
        request,
        config,
        schema,
        cache,
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
    let mut calls = false;
    for turn in &request.turns {
        for piece in &turn.pieces {
            calls |= matches!(piece, Piece::ToolCall(_) | Piece::ToolResult(_));
            match (turn.role, piece) {
                (Role::User, Piece::Image(image)) => {
                    picture(image)?;
                }
                (Role::User, Piece::Document(document)) => {
                    paper(document)?;
                }
                (Role::User, Piece::Audio(audio)) => {
                    recording(audio)?;
                }
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
    // Without tools the service refuses a conversation that has calls; with them it cannot be told not to call.
    if calls && request.tool_choice == ToolChoice::None && !request.tools.is_empty() {
        return Err(invalid(
            "this protocol cannot forbid calls in a conversation that has some",
        ));
    }
    Ok(())
}

/// Where the bytes of a picture or document are.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Source<'a> {
    Bytes(messages::Encoded<'a>),
    S3Location(Location<'a>),
    Text(&'a str),
}

#[derive(Serialize)]
struct Location<'a> {
    uri: &'a str,
}

/// The service fetches from S3 and from nowhere else.
fn on_s3(url: &str) -> Result<Source<'_>, LlmError> {
    if !url.starts_with("s3://") {
        return Err(invalid("this protocol takes data or an address on s3"));
    }
    Ok(Source::S3Location(Location { uri: url }))
}

/// Format (`ImageFormat`) and source of a picture.
fn picture(image: &Image) -> Result<(&'static str, Source<'_>), LlmError> {
    let known = |ending: &str| match ending {
        "png" => Some("png"),
        "jpeg" | "jpg" => Some("jpeg"),
        "gif" => Some("gif"),
        "webp" => Some("webp"),
        _ => None,
    };
    let (ending, source) = match image {
        Image::Url(url) => (ending(url), on_s3(url)?),
        Image::Bytes { mime, data } => (
            mime.strip_prefix("image/").unwrap_or_default(),
            Source::Bytes(messages::Encoded(&data.0)),
        ),
        _ => ("", Source::Text("")),
    };
    let format =
        known(ending).ok_or_else(|| invalid("a picture is of a type that is not taken"))?;
    Ok((format, source))
}

/// Format (`DocumentFormat`) and source of a document.
fn paper(document: &Document) -> Result<(&'static str, Source<'_>), LlmError> {
    const FORMATS: [(&str, &str); 10] = [
        ("pdf", "application/pdf"),
        ("csv", "text/csv"),
        ("doc", "application/msword"),
        (
            "docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("xls", "application/vnd.ms-excel"),
        (
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("html", "text/html"),
        ("txt", "text/plain"),
        ("md", "text/markdown"),
        ("md", "text/x-markdown"),
    ];
    let find = |wanted: &str| {
        let row = FORMATS
            .iter()
            .find(|(ending, mime)| *ending == wanted || *mime == wanted);
        row.map(|(ending, _)| *ending)
    };
    let (format, source) = match &document.source {
        DocumentSource::Url(url) => (find(ending(url)), on_s3(url)?),
        DocumentSource::Text(text) => (Some("txt"), Source::Text(text)),
        DocumentSource::Bytes { mime, data } => {
            (find(mime), Source::Bytes(messages::Encoded(&data.0)))
        }
        _ => (None, Source::Text("")),
    };
    let format = format.ok_or_else(|| invalid("a document is of a type that is not taken"))?;
    Ok((format, source))
}

/// Format (`AudioFormat`) and source of a recording.
fn recording(audio: &Audio) -> Result<(&'static str, Source<'_>), LlmError> {
    const FORMATS: [(&str, &str); 15] = [
        ("mp3", "mpeg"),
        ("opus", "opus"),
        ("wav", "wav"),
        ("wav", "x-wav"),
        ("aac", "aac"),
        ("x-aac", "x-aac"),
        ("flac", "flac"),
        ("flac", "x-flac"),
        ("m4a", "x-m4a"),
        ("mp4", "mp4"),
        ("ogg", "ogg"),
        ("mka", "x-matroska"),
        ("mkv", "x-matroska"),
        ("mpga", "mpga"),
        ("webm", "webm"),
    ];
    let find = |wanted: &str| {
        let row = FORMATS
            .iter()
            .find(|(ending, mime)| *ending == wanted || *mime == wanted);
        row.map(|(ending, _)| *ending)
    };
    let (format, source) = match audio {
        Audio::Url(url) => (find(ending(url)), on_s3(url)?),
        Audio::Bytes { mime, data } => {
            let bare = mime.split(';').next().unwrap_or_default().trim();
            let kind = bare.strip_prefix("audio/").unwrap_or_default();
            (find(kind), Source::Bytes(messages::Encoded(&data.0)))
        }
        _ => (None, Source::Text("")),
    };
    let format = format.ok_or_else(|| invalid("a recording is of a type that is not taken"))?;
    Ok((format, source))
}

fn ending(url: &str) -> &str {
    url.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// A mark behind what the prompt cache keeps.
#[derive(Clone, Copy, Serialize)]
struct CachePoint {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum System<'a> {
    Text(&'a str),
    CachePoint(CachePoint),
}

/// The whole body.
struct Body<'a> {
    request: &'a GenerateRequest,
    config: &'a BedrockConfig,
    /// Name and text of the schema: the protocol wants it as a text.
    schema: Option<(&'a str, String)>,
    cache: Option<CachePoint>,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let request = self.request;
        let mut map = serializer.serialize_map(None)?;
        if !request.tools.is_empty() && request.tool_choice != ToolChoice::None {
            map.serialize_entry("toolConfig", &self.tools())?;
        }
        if !request.system.is_empty() {
            let mut system = vec![System::Text(&request.system)];
            system.extend(self.cache.map(System::CachePoint));
            map.serialize_entry("system", &system)?;
        }
        let messages = Messages {
            turns: &request.turns,
            cache: self.cache,
        };
        map.serialize_entry("messages", &messages)?;
        let inference = Inference {
            max_tokens: request.max_tokens,
            temperature: request.temperature,
            top_p: request.top_p,
            stop_sequences: &request.stop,
        };
        map.serialize_entry("inferenceConfig", &inference)?;
        let effort = request.effort.as_ref().and_then(effort);
        if self.schema.is_some() || effort.is_some() {
            let text_format = self.schema.as_ref().map(|(name, schema)| Format {
                kind: "json_schema",
                structure: Structure {
                    json_schema: Schema { schema, name },
                },
            });
            map.serialize_entry(
                "outputConfig",
                &OutputConfig {
                    text_format,
                    effort,
                },
            )?;
        }
        if let Some(guardrail) = &self.config.guardrail {
            map.serialize_entry("guardrailConfig", &Guard::of(guardrail))?;
        }
        if !self.config.model_fields.is_empty() {
            map.serialize_entry("additionalModelRequestFields", &self.config.model_fields)?;
        }
        map.end()
    }
}

/// The effort in the words of `OutputConfig.effort`. It has none for no thinking, which models do unless they are asked to.
fn effort(effort: &Effort) -> Option<&str> {
    match effort {
        Effort::None => None,
        Effort::Minimal => Some("low"),
        other => Some(other.as_str()),
    }
}

impl Body<'_> {
    fn tools(&self) -> ToolConfig<'_> {
        let tools = self.request.tools.iter().map(Declared::of);
        // Tools stand before instructions in what is cached, so a mark on the instructions covers both.
        let mark = self.cache.filter(|_| self.request.system.is_empty());
        ToolConfig {
            tools: tools.chain(mark.map(Declared::CachePoint)).collect(),
            tool_choice: match &self.request.tool_choice {
                ToolChoice::Required => Some(Choice::Any {}),
                ToolChoice::Named(name) => Some(Choice::Tool { name }),
                _ => None,
            },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Inference<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f32>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    stop_sequences: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Guard<'a> {
    guardrail_identifier: &'a str,
    guardrail_version: &'a str,
}

impl<'a> Guard<'a> {
    fn of(guardrail: &'a Guardrail) -> Self {
        Self {
            guardrail_identifier: &guardrail.id,
            guardrail_version: &guardrail.version,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    text_format: Option<Format<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'a str>,
}

#[derive(Serialize)]
struct Format<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    structure: Structure<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Structure<'a> {
    json_schema: Schema<'a>,
}

#[derive(Serialize)]
struct Schema<'a> {
    schema: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolConfig<'a> {
    tools: Vec<Declared<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Choice<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Choice<'a> {
    Any {},
    Tool { name: &'a str },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Declared<'a> {
    #[serde(rename_all = "camelCase")]
    ToolSpec {
        name: &'a str,
        #[serde(skip_serializing_if = "str::is_empty")]
        description: &'a str,
        input_schema: InputSchema<'a>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        strict: bool,
    },
    CachePoint(CachePoint),
}

#[derive(Serialize)]
struct InputSchema<'a> {
    json: &'a Value,
}

impl<'a> Declared<'a> {
    fn of(tool: &'a Tool) -> Self {
        Self::ToolSpec {
            name: &tool.name,
            description: &tool.description,
            input_schema: InputSchema {
                json: &tool.parameters,
            },
            strict: tool.strict,
        }
    }
}

#[cfg(test)]
mod tests;
