//! A request as the JSON of Chat Completions, written straight into one buffer.

use super::address::invalid;
use super::quirk::{
    AudioPart, DocumentPart, EffortField, Lack, ReasoningField, SeedField, SystemRole, ToolIds,
};
use msg_core::llm::{
    DocumentSource, Effort, GenerateRequest, Image, LlmError, OutputFormat, Piece, Role, Tool,
    ToolChoice,
};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;

pub(crate) mod messages;
use messages::Messages;

/// What differs from server to server.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Who issues thoughts here.
    pub(super) scheme: Box<str>,
    pub(super) model: String,
    /// The name of the output limit.
    pub(super) max_tokens: &'static str,
    pub(super) system_role: SystemRole,
    pub(super) stream_usage: bool,
    pub(super) reasoning_field: ReasoningField,
    pub(super) effort_field: EffortField,
    /// The efforts that are known to work; empty when it is not known which.
    pub(super) efforts: Vec<Effort>,
    pub(super) seed_field: SeedField,
    pub(super) tool_ids: ToolIds,
    pub(super) document_part: DocumentPart,
    pub(super) audio_part: AudioPart,
    pub(super) lacks: BTreeSet<Lack>,
}

impl Dialect {
    fn lacks(&self, lack: Lack) -> bool {
        self.lacks.contains(&lack)
    }
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
    check_lacks(request, dialect)?;
    for turn in &request.turns {
        for piece in &turn.pieces {
            let sayable = matches!(
                (turn.role, piece),
                (
                    Role::User,
                    Piece::Text(_)
                        | Piece::Image(_)
                        | Piece::Document(_)
                        | Piece::Audio(_)
                        | Piece::ToolResult(_)
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

/// What this server is known not to take.
fn check_lacks(request: &GenerateRequest, dialect: &Dialect) -> Result<(), LlmError> {
    if let Some(effort) = &request.effort
        && !dialect.efforts.is_empty()
        && !dialect.efforts.contains(effort)
    {
        return Err(invalid("this server does not know this effort of thinking"));
    }
    let has = |wanted: fn(&Piece) -> bool| {
        let mut pieces = request.turns.iter().flat_map(|turn| &turn.pieces);
        pieces.any(wanted)
    };
    if dialect.document_part == DocumentPart::File && has(is_linked_document) {
        return Err(invalid("this server takes documents as data only"));
    }
    if dialect.audio_part == AudioPart::Bare && has(is_linked_audio) {
        return Err(invalid("this server takes recordings as data only"));
    }
    if dialect.audio_part == AudioPart::InputAudio && has(is_foreign_audio) {
        return Err(invalid("this server takes recordings as wav and mp3 only"));
    }
    let refused = dialect.lacks.iter().find_map(|lack| {
        let (wanted, detail) = match lack {
            Lack::Tools => (!request.tools.is_empty(), "this server takes no tools"),
            Lack::RequiredChoice => {
                let forced = match request.tool_choice {
                    ToolChoice::Required => true,
                    ToolChoice::Named(_) => dialect.lacks(Lack::NamedChoice),
                    _ => false,
                };
                (forced, "this server cannot be made to call a tool")
            }
            Lack::JsonSchema => (
                matches!(request.output, OutputFormat::Schema { .. }),
                "this server takes no json schema",
            ),
            Lack::JsonObject => (
                request.output == OutputFormat::Json,
                "this server cannot be made to answer in json",
            ),
            Lack::Images => (
                has(|piece| matches!(piece, Piece::Image(_))),
                "this server takes no pictures",
            ),
            Lack::Documents => (has(is_paper), "this server takes no documents"),
            Lack::Audio => (
                has(|piece| matches!(piece, Piece::Audio(_))),
                "this server takes no recordings",
            ),
            Lack::Stop => (
                !request.stop.is_empty(),
                "this server takes no stop sequences",
            ),
            Lack::Seed => (request.seed.is_some(), "this server takes no seed"),
            Lack::Effort => (
                request.effort.is_some(),
                "this server takes no effort of thinking",
            ),
            // Said another way, or left out, where the body is written.
            Lack::NamedChoice
            | Lack::NoneChoice
            | Lack::StrictTools
            | Lack::CacheKey
            | Lack::Model => (false, ""),
        };
        wanted.then_some(detail)
    });
    refused.map_or(Ok(()), |detail| Err(invalid(detail)))
}

/// A document that is not simply said as text.
fn is_paper(piece: &Piece) -> bool {
    matches!(piece, Piece::Document(document) if !matches!(document.source, DocumentSource::Text(_)))
}

fn is_linked_document(piece: &Piece) -> bool {
    matches!(piece, Piece::Document(document) if matches!(document.source, DocumentSource::Url(_)))
}

fn is_linked_audio(piece: &Piece) -> bool {
    matches!(piece, Piece::Audio(audio) if audio.data().is_none())
}

fn is_foreign_audio(piece: &Piece) -> bool {
    matches!(piece, Piece::Audio(audio) if messages::audio_format(audio).is_none())
}

/// Roughly the length of the body, so that the buffer is rarely moved.
fn size_hint(request: &GenerateRequest) -> usize {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.len(),
        Piece::Image(Image::Bytes { data, .. }) => data.0.len() / 3 * 4,
        Piece::Document(document) => match &document.source {
            DocumentSource::Bytes { data, .. } => data.0.len() / 3 * 4 + 120,
            DocumentSource::Text(text) => text.len() + 120,
            _ => 240,
        },
        Piece::Audio(audio) => audio.data().map_or(0, |(_, data)| data.len()) / 3 * 4 + 40,
        Piece::ToolCall(call) => call.arguments.len() + 120,
        Piece::ToolResult(result) => result.content.len() + 40,
        _ => 120,
    };
    let turns: usize = request
        .turns
        .iter()
        .flat_map(|turn| &turn.pieces)
        .map(|p| piece(p) + 48)
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
            request,
            dialect,
            stream,
        } = self;
        let mut map = serializer.serialize_map(None)?;
        let model = if request.model.is_empty() {
            &dialect.model
        } else {
            &request.model
        };
        if !dialect.lacks(Lack::Model) {
            map.serialize_entry("model", model)?;
        }
        map.serialize_entry("messages", &Messages { request, dialect })?;
        self.tools(&mut map)?;
        match &request.output {
            OutputFormat::Json => map.serialize_entry(
                "response_format",
                &Kind {
                    kind: "json_object",
                },
            )?,
            OutputFormat::Schema {
                name,
                schema,
                strict,
            } => {
                let value = Format {
                    name,
                    schema,
                    strict: *strict,
                };
                map.serialize_entry(
                    "response_format",
                    &Tagged {
                        tag: "json_schema",
                        value,
                    },
                )?;
            }
            _ => {}
        }
        self.sampling(&mut map)?;
        if *stream {
            map.serialize_entry("stream", &true)?;
            if dialect.stream_usage {
                map.serialize_entry(
                    "stream_options",
                    &StreamOptions {
                        include_usage: true,
                    },
                )?;
            }
        }
        map.end()
    }
}

impl Body<'_> {
    fn tools<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let Self {
            request, dialect, ..
        } = self;
        let mut tools = Tools {
            all: &request.tools,
            only: None,
            strict: !dialect.lacks(Lack::StrictTools),
        };
        if tools.all.is_empty() {
            return Ok(());
        }
        match &request.tool_choice {
            ToolChoice::None if dialect.lacks(Lack::NoneChoice) => Ok(()),
            ToolChoice::None => {
                map.serialize_entry("tools", &tools)?;
                map.serialize_entry("tool_choice", "none")
            }
            ToolChoice::Required => {
                map.serialize_entry("tools", &tools)?;
                map.serialize_entry("tool_choice", "required")
            }
            // The one tool of which a call is required is the one that is named.
            ToolChoice::Named(name) if dialect.lacks(Lack::NamedChoice) => {
                tools.only = Some(name);
                map.serialize_entry("tools", &tools)?;
                map.serialize_entry("tool_choice", "required")
            }
            ToolChoice::Named(name) => {
                map.serialize_entry("tools", &tools)?;
                let choice = Tagged {
                    tag: "function",
                    value: Named { name },
                };
                map.serialize_entry("tool_choice", &choice)
            }
            _ => map.serialize_entry("tools", &tools),
        }
    }

    fn sampling<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let Self {
            request, dialect, ..
        } = self;
        if let Some(max) = request.max_tokens {
            map.serialize_entry(dialect.max_tokens, &max)?;
        }
        if let Some(temperature) = request.temperature {
            map.serialize_entry("temperature", &temperature)?;
        }
        if let Some(top_p) = request.top_p {
            map.serialize_entry("top_p", &top_p)?;
        }
        if let Some(seed) = request.seed {
            map.serialize_entry(dialect.seed_field.as_str(), &seed)?;
        }
        if !request.stop.is_empty() {
            map.serialize_entry("stop", &request.stop)?;
        }
        if let Some(effort) = &request.effort {
            match dialect.effort_field {
                EffortField::ReasoningEffort => map.serialize_entry("reasoning_effort", effort)?,
                EffortField::Reasoning => map.serialize_entry("reasoning", &Thinking { effort })?,
            }
        }
        let key = request.cache_key.as_ref();
        if let Some(key) = key.filter(|_| !dialect.lacks(Lack::CacheKey)) {
            map.serialize_entry("prompt_cache_key", key)?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Thinking<'a> {
    effort: &'a Effort,
}

#[derive(Serialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Format<'a> {
    name: &'a str,
    schema: &'a serde_json::Value,
    strict: bool,
}

/// `{"type": "TAG", "TAG": VALUE}`.
struct Tagged<T> {
    tag: &'static str,
    value: T,
}

impl<T: Serialize> Serialize for Tagged<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("type", self.tag)?;
        map.serialize_entry(self.tag, &self.value)?;
        map.end()
    }
}

struct Tools<'a> {
    all: &'a [Tool],
    /// The only one that is sent.
    only: Option<&'a str>,
    /// Whether the server knows `strict`.
    strict: bool,
}

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sent = self
            .all
            .iter()
            .filter(|tool| self.only.is_none_or(|only| tool.name == only));
        serializer.collect_seq(sent.map(|tool| Tagged {
            tag: "function",
            value: Declared {
                tool,
                strict: self.strict && tool.strict,
            },
        }))
    }
}

struct Declared<'a> {
    tool: &'a Tool,
    strict: bool,
}

impl Serialize for Declared<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tool = self.tool;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &tool.name)?;
        if !tool.description.is_empty() {
            map.serialize_entry("description", &tool.description)?;
        }
        map.serialize_entry("parameters", &tool.parameters)?;
        if self.strict {
            map.serialize_entry("strict", &true)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests;
