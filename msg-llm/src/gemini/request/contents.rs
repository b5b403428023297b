//! Turns as contents.

use super::super::wire::SCHEME;
use crate::outgoing::{invalid, object};
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use msg_core::llm::{
    Audio, Document, DocumentSource, GenerateRequest, Image, LlmError, Piece, Role, ToolResult,
    Turn,
};
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// What Google documents for a call that another model made: Gemini 3 refuses calls of the current turn without a
/// signature, and takes this in its place (<https://ai.google.dev/gemini-api/docs/thought-signatures>, questions).
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

/// What the pieces of the turns must be for this protocol.
pub(super) fn check(request: &GenerateRequest) -> Result<(), LlmError> {
    for turn in &request.turns {
        for piece in &turn.pieces {
            match (turn.role, piece) {
                (Role::User, Piece::Image(_) | Piece::Document(_) | Piece::Audio(_))
                | (Role::User | Role::Assistant, Piece::Text(_))
                | (Role::Assistant, Piece::Reasoning(_) | Piece::ToolCall(_)) => {}
                (Role::User, Piece::ToolResult(result)) => {
                    if name_of(request, result).is_empty() {
                        return Err(invalid("a result names neither its tool nor a call"));
                    }
                }
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

/// The tool that a result is of: results are matched by name.
fn name_of<'a>(request: &'a GenerateRequest, result: &'a ToolResult) -> &'a str {
    if !result.name.is_empty() || result.id.is_empty() {
        return &result.name;
    }
    let pieces = request.turns.iter().flat_map(|turn| &turn.pieces);
    pieces
        .filter_map(|piece| match piece {
            Piece::ToolCall(call) if call.id == result.id => Some(call.name.as_str()),
            _ => None,
        })
        .last()
        .unwrap_or_default()
}

/// The conversation.
pub(super) struct Contents<'a> {
    pub(super) request: &'a GenerateRequest,
    pub(super) call_ids: bool,
    /// Whether calls without a signature are marked as such.
    pub(super) marked: bool,
}

impl Serialize for Contents<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        let same_speaker = |a: &Turn, b: &Turn| a.role == b.role;
        for run in self.request.turns.chunk_by(same_speaker) {
            match run.first().map(|turn| turn.role) {
                Some(Role::User) => self.user(run, &mut seq)?,
                Some(Role::Assistant) => {
                    for turn in run {
                        let said = Said {
                            turn,
                            contents: self,
                        };
                        if !said.is_empty() {
                            let role = "model";
                            seq.serialize_element(&Content { role, parts: said })?;
                        }
                    }
                }
                _ => return Err(S::Error::custom("an unknown speaker")),
            }
        }
        seq.end()
    }
}

impl Contents<'_> {
    /// The results of all parallel calls have to stand in one content, right behind the calls.
    fn user<S: SerializeSeq>(&self, run: &[Turn], seq: &mut S) -> Result<(), S::Error> {
        let role = "user";
        let is_result = |piece: &Piece| matches!(piece, Piece::ToolResult(_));
        if run.iter().flat_map(|turn| &turn.pieces).any(is_result) {
            let parts = Results {
                turns: run,
                contents: self,
            };
            seq.serialize_element(&Content { role, parts })?;
        }
        for turn in run {
            let parts = Asked(turn);
            if parts.pieces().next().is_some() {
                seq.serialize_element(&Content { role, parts })?;
            }
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Content<P> {
    role: &'static str,
    parts: P,
}

/// Results of tools.
struct Results<'a> {
    turns: &'a [Turn],
    contents: &'a Contents<'a>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for piece in self.turns.iter().flat_map(|turn| &turn.pieces) {
            if let Piece::ToolResult(result) = piece {
                let id = Some(result.id.as_str());
                let response = FunctionResponse {
                    id: id.filter(|id| self.contents.call_ids && !id.is_empty()),
                    name: name_of(self.contents.request, result),
                    response: Outcome(result),
                };
                seq.serialize_element(&Part::FunctionResponse(response))?;
            }
        }
        seq.end()
    }
}

/// The parts that carry no signature, by the name of their field.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Part<'a> {
    Text(&'a str),
    InlineData(Blob<'a>),
    FileData(File<'a>),
    FunctionResponse(FunctionResponse<'a>),
}

#[derive(Serialize)]
struct FunctionResponse<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    name: &'a str,
    response: Outcome<'a>,
}

/// What a call brought: an object as it is, anything else as `output`, an error as `error` (the names that
/// `FunctionResponse.response` documents).
struct Outcome<'a>(&'a ToolResult);

impl Serialize for Outcome<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let result = self.0;
        let json: Option<&RawValue> = serde_json::from_str(&result.content).ok();
        if let Some(object) = json.filter(|raw| !result.is_error && raw.get().starts_with('{')) {
            return object.serialize(serializer);
        }
        let key = if result.is_error { "error" } else { "output" };
        let mut map = serializer.serialize_map(Some(1))?;
        match json {
            Some(json) => map.serialize_entry(key, json)?,
            None => map.serialize_entry(key, result.content.as_str())?,
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Blob<'a> {
    #[serde(rename = "mimeType")]
    mime: &'a str,
    data: Base64<'a>,
}

struct Base64<'a>(&'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &STANDARD))
    }
}

#[derive(Serialize)]
struct File<'a> {
    #[serde(rename = "mimeType", skip_serializing_if = "Option::is_none")]
    mime: Option<&'static str>,
    #[serde(rename = "fileUri")]
    uri: &'a str,
}

impl<'a> File<'a> {
    /// Vertex AI wants the type of a file, and the name usually tells.
    fn at(uri: &'a str) -> Self {
        let path = uri.split(['?', '#']).next().unwrap_or_default();
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        let known = [
            ("png", "image/png"),
            ("jpg", "image/jpeg"),
            ("jpeg", "image/jpeg"),
            ("webp", "image/webp"),
            ("heic", "image/heic"),
            ("pdf", "application/pdf"),
            ("txt", "text/plain"),
            ("wav", "audio/wav"),
            ("mp3", "audio/mp3"),
            ("ogg", "audio/ogg"),
            ("flac", "audio/flac"),
        ];
        let mime = known
            .iter()
            .find(|(known, _)| extension.eq_ignore_ascii_case(known))
            .map(|(_, mime)| *mime);
        Self { mime, uri }
    }
}

/// A turn of the person, without results of tools.
struct Asked<'a>(&'a Turn);

impl<'a> Asked<'a> {
    fn pieces(&self) -> impl Iterator<Item = &'a Piece> + use<'a> {
        self.0.pieces.iter().filter(|piece| match piece {
            Piece::Text(text) => !text.is_empty(),
            Piece::Image(_) | Piece::Document(_) | Piece::Audio(_) => true,
            _ => false,
        })
    }
}

impl Serialize for Asked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for piece in self.pieces() {
            let part = asked(piece).ok_or_else(|| S::Error::custom("an unknown kind of source"))?;
            seq.serialize_element(&part)?;
        }
        seq.end()
    }
}

fn asked(piece: &Piece) -> Option<Part<'_>> {
    let blob = |mime, data| {
        let data = Base64(data);
        Part::InlineData(Blob { mime, data })
    };
    Some(match piece {
        Piece::Text(text)
        | Piece::Document(Document {
            source: DocumentSource::Text(text),
            ..
        }) => Part::Text(text),
        Piece::Image(Image::Url(url))
        | Piece::Audio(Audio::Url(url))
        | Piece::Document(Document {
            source: DocumentSource::Url(url),
            ..
        }) => Part::FileData(File::at(url)),
        Piece::Image(Image::Bytes { mime, data })
        | Piece::Audio(Audio::Bytes { mime, data })
        | Piece::Document(Document {
            source: DocumentSource::Bytes { mime, data },
            ..
        }) => blob(mime, &data.0),
        _ => return None,
    })
}

/// A turn of the model. A signature that a thought carries goes onto the part behind it, where it came from.
struct Said<'a> {
    turn: &'a Turn,
    contents: &'a Contents<'a>,
}

impl Said<'_> {
    fn is_empty(&self) -> bool {
        let says = |piece: &Piece| match piece {
            Piece::Text(text) => !text.is_empty(),
            Piece::ToolCall(_) => true,
            Piece::Reasoning(thought) => thought.issuer == SCHEME,
            _ => false,
        };
        !self.turn.pieces.iter().any(says)
    }
}

impl Serialize for Said<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        let mut seal = None;
        let mut first_call = true;
        for piece in &self.turn.pieces {
            match piece {
                Piece::Reasoning(thought) if thought.issuer == SCHEME => {
                    if !thought.text.is_empty() {
                        let text = Some(thought.text.as_str());
                        let part = Sealed::new(text, seal.take());
                        seq.serialize_element(&Sealed {
                            thought: true,
                            ..part
                        })?;
                    }
                    if let Some(new) = thought.signature.as_deref()
                        && let Some(old) = seal.replace(new)
                    {
                        seq.serialize_element(&Sealed::new(Some(""), Some(old)))?;
                    }
                }
                Piece::Text(text) if !text.is_empty() => {
                    seq.serialize_element(&Sealed::new(Some(text), seal.take()))?;
                }
                Piece::ToolCall(call) => {
                    // Of parallel calls only the first one has a signature.
                    let made = (self.contents.marked && first_call).then_some(NO_SIGNATURE);
                    first_call = false;
                    let id = Some(call.id.as_str());
                    let function = FunctionCall {
                        id: id.filter(|id| self.contents.call_ids && !id.is_empty()),
                        name: &call.name,
                        args: object(&call.arguments)
                            .ok_or_else(|| S::Error::custom("no object"))?,
                    };
                    let part = Sealed::new(None, seal.take().or(made));
                    seq.serialize_element(&Sealed {
                        call: Some(function),
                        ..part
                    })?;
                }
                _ => {}
            }
        }
        if seal.is_some() {
            seq.serialize_element(&Sealed::new(Some(""), seal))?;
        }
        seq.end()
    }
}

/// A part that may carry a signature.
#[derive(Serialize)]
struct Sealed<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "super::is_false")]
    thought: bool,
    #[serde(rename = "functionCall", skip_serializing_if = "Option::is_none")]
    call: Option<FunctionCall<'a>>,
    #[serde(rename = "thoughtSignature", skip_serializing_if = "Option::is_none")]
    seal: Option<&'a str>,
}

impl<'a> Sealed<'a> {
    const fn new(text: Option<&'a str>, seal: Option<&'a str>) -> Self {
        Self {
            text,
            thought: false,
            call: None,
            seal,
        }
    }
}

#[derive(Serialize)]
struct FunctionCall<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    name: &'a str,
    args: &'a RawValue,
}
