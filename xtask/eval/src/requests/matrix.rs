//! Every feature of a request, one after the other.

use super::Asker;
use bytes::Bytes;
use http::Request;
use msg_core::llm::{
    Audio, Document, DocumentSource, Effort, EmbedPurpose, EmbedRequest, GenerateRequest, Image,
    LlmError, OutputFormat, Piece, Reasoning, RerankRequest, Role, Source, Tool, ToolCall,
    ToolChoice, ToolResult, TranscribeRequest, Turn,
};
use msg_core::message::media::MediaBytes;
use serde_json::json;

/// A feature, and the request that has it or why the wire cannot say it.
pub(crate) struct Asked {
    pub(crate) feature: String,
    pub(crate) request: Result<Request<Bytes>, LlmError>,
}

/// One request for every feature that this kind of wire may have; chat whole and streamed.
pub(crate) fn asked(asker: &Asker) -> Vec<Asked> {
    match asker {
        Asker::Chat(wire) => {
            let whole_and_streamed = |(feature, request): (&str, GenerateRequest)| {
                [false, true].map(|stream| Asked {
                    feature: format!("{feature}{}", if stream { ", streamed" } else { "" }),
                    request: wire.encode(&request, stream),
                })
            };
            let all = chats(wire.scheme()).into_iter();
            all.flat_map(whole_and_streamed).collect()
        }
        Asker::Vectors(wire) => vectors()
            .into_iter()
            .map(|(feature, request)| Asked {
                feature: format!("vectors: {feature}"),
                request: wire.encode(&request),
            })
            .collect(),
        Asker::Ranks(wire) => ranks()
            .into_iter()
            .map(|(feature, request)| Asked {
                feature: format!("ranks: {feature}"),
                request: wire.encode(&request),
            })
            .collect(),
        Asker::Speech(wire) => recordings()
            .into_iter()
            .map(|(feature, request)| Asked {
                feature: format!("transcription: {feature}"),
                request: wire.encode(&request),
            })
            .collect(),
    }
}

fn hello() -> GenerateRequest {
    GenerateRequest::new("", vec![Turn::user("Hello?")])
}

/// A turn of the person that says something and has a piece.
fn with(piece: Piece) -> GenerateRequest {
    let turn = Turn::new(Role::User, vec![Piece::Text("What is this?".into()), piece]);
    GenerateRequest::new("Be brief.", vec![turn])
}

fn tools() -> Vec<Tool> {
    let schema = json!({"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"], "additionalProperties": false});
    let mut strict = Tool::new("look_up", "Looks up a day.", schema.clone());
    strict.strict = true;
    vec![strict, Tool::new("book", "", schema)]
}

fn choosing(choice: ToolChoice) -> GenerateRequest {
    hello().with_tools(tools(), choice)
}

/// Two calls at once and their results, one of which is an error; `before` stands before the calls.
fn called(before: Option<Piece>) -> GenerateRequest {
    let call = |id: &str| Piece::ToolCall(ToolCall::new(id, "look_up", r#"{"day":"Monday"}"#));
    let mut failed = ToolResult::new("call_2", "look_up", "no such day");
    failed.is_error = true;
    let found = ToolResult::new("call_1", "look_up", r#"{"free":true}"#);
    let mut said: Vec<Piece> = before.into_iter().collect();
    said.extend([
        Piece::Text("Let me see.".into()),
        call("call_1"),
        call("call_2"),
    ]);
    let turns = vec![
        Turn::user("Is Monday free?"),
        Turn::new(Role::Assistant, said),
        Turn::new(
            Role::User,
            vec![Piece::ToolResult(found), Piece::ToolResult(failed)],
        ),
    ];
    GenerateRequest::new("Be brief.", turns).with_tools(tools(), ToolChoice::Auto)
}

fn schema(strict: bool) -> OutputFormat {
    OutputFormat::Schema {
        name: "answer".into(),
        schema: json!({"type": "object", "properties": {"text": {"type": "string"}, "stars": {"type": "integer"}},
            "required": ["text", "stars"], "additionalProperties": false}),
        strict,
    }
}

fn bytes(data: &'static [u8]) -> MediaBytes {
    MediaBytes(Bytes::from_static(data))
}

fn changed(change: fn(&mut GenerateRequest)) -> GenerateRequest {
    let mut request = hello().with_max_tokens(2048);
    change(&mut request);
    request
}

/// Every feature of a chat. `scheme` is who issued the thoughts.
fn chats(scheme: &str) -> Vec<(&'static str, GenerateRequest)> {
    let mut all = plain();
    all.extend(tooled(scheme));
    all.extend(formed());
    all.extend(media());
    all
}

fn plain() -> Vec<(&'static str, GenerateRequest)> {
    let turns = vec![
        Turn::user("Hello?"),
        Turn::assistant("Hello."),
        Turn::user("Who are you?"),
    ];
    let outside = vec![
        Turn::outside(Source::Document, "Open from 9 to 18."),
        Turn::outside(Source::Person, "Ignore that. When?"),
    ];
    vec![
        ("a text", hello()),
        (
            "system",
            GenerateRequest::new("Be brief.", vec![Turn::user("Hello?")]),
        ),
        ("several turns", GenerateRequest::new("Be brief.", turns)),
        (
            "text from outside",
            GenerateRequest::new("Be brief.", outside),
        ),
        ("a limit", hello().with_max_tokens(64)),
        ("temperature", changed(|ask| ask.temperature = Some(0.5))),
        ("nucleus", changed(|ask| ask.top_p = Some(0.5))),
        ("a seed", changed(|ask| ask.seed = Some(7))),
        (
            "stop texts",
            changed(|ask| ask.stop = vec!["END".into(), "STOP".into()]),
        ),
        (
            "effort none",
            changed(|ask| ask.effort = Some(Effort::None)),
        ),
        ("effort low", changed(|ask| ask.effort = Some(Effort::Low))),
        (
            "effort high",
            changed(|ask| ask.effort = Some(Effort::High)),
        ),
        (
            "a cache key",
            changed(|ask| ask.cache_key = Some("shop-1".into())),
        ),
    ]
}

fn tooled(scheme: &str) -> Vec<(&'static str, GenerateRequest)> {
    let unsealed = Reasoning::new("Monday, then.", scheme);
    let mut sealed = unsealed.clone();
    sealed.signature = Some("c2VhbA==".into());
    let hidden = Reasoning::redacted("c2VhbA==", scheme);
    let after = |thought| called(Some(Piece::Reasoning(thought)));
    vec![
        ("tools", choosing(ToolChoice::Auto)),
        ("no tool may be called", choosing(ToolChoice::None)),
        ("some tool must be called", choosing(ToolChoice::Required)),
        (
            "this tool must be called",
            choosing(ToolChoice::Named("look_up".into())),
        ),
        ("two calls, a result and an error", called(None)),
        ("a thought before calls", after(unsealed)),
        ("a sealed thought before calls", after(sealed)),
        ("a hidden thought before calls", after(hidden)),
    ]
}

fn formed() -> Vec<(&'static str, GenerateRequest)> {
    vec![
        ("json", hello().with_output(OutputFormat::Json)),
        ("a schema", hello().with_output(schema(false))),
        ("a strict schema", hello().with_output(schema(true))),
        (
            "tools and a schema",
            choosing(ToolChoice::Auto).with_output(schema(true)),
        ),
    ]
}

fn media() -> Vec<(&'static str, GenerateRequest)> {
    let pdf = DocumentSource::Bytes {
        mime: "application/pdf".into(),
        data: bytes(b"%PDF-1.7\n"),
    };
    let document = |source| with(Piece::Document(Document::new("terms.pdf", source)));
    let picture = Image::Bytes {
        mime: "image/png".into(),
        data: bytes(b"\x89PNG\r\n"),
    };
    let url = |end: &str| format!("https://example.com/a.{end}");
    vec![
        (
            "a picture by url",
            with(Piece::Image(Image::Url(url("png")))),
        ),
        ("a picture", with(Piece::Image(picture))),
        (
            "a document by url",
            document(DocumentSource::Url(url("pdf"))),
        ),
        ("a document", document(pdf)),
        (
            "a document of text",
            document(DocumentSource::Text("Be kind.".into())),
        ),
        (
            "a recording",
            with(Piece::Audio(Audio::new("audio/wav", "RIFF"))),
        ),
        (
            "a recording by url",
            with(Piece::Audio(Audio::Url(url("wav")))),
        ),
    ]
}

fn vectors() -> Vec<(&'static str, EmbedRequest)> {
    let two = || EmbedRequest::new(["Hello", "Good day"]);
    vec![
        ("one text", EmbedRequest::new(["Hello"])),
        ("two texts", two()),
        ("a dimension", two().with_dimension(256)),
        ("of documents", two().with_purpose(EmbedPurpose::Document)),
        ("of a question", two().with_purpose(EmbedPurpose::Query)),
        ("to compare", two().with_purpose(EmbedPurpose::Similarity)),
        (
            "to classify",
            two().with_purpose(EmbedPurpose::Classification),
        ),
        ("to group", two().with_purpose(EmbedPurpose::Clustering)),
    ]
}

fn ranks() -> Vec<(&'static str, RerankRequest)> {
    let ask = || RerankRequest::new("When?", ["On Monday.", "At the shop."]);
    vec![("all", ask()), ("the best", ask().with_top(1))]
}

fn recordings() -> Vec<(&'static str, TranscribeRequest)> {
    let of = |mime: &str| TranscribeRequest::new(Audio::new(mime, "RIFF"));
    let mut warm = of("audio/wav");
    warm.temperature = Some(0.2);
    vec![
        ("a recording", of("audio/wav")),
        ("opus", of("audio/ogg; codecs=opus")),
        ("a language", of("audio/mpeg").with_language("de")),
        ("a hint", of("audio/mpeg").with_hint("Quill & Söhne")),
        ("temperature", warm),
    ]
}
