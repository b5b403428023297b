use super::*;
use msg_core::llm::{Reasoning, ToolCall, ToolResult, Turn};
use msg_core::message::media::MediaBytes;
use proptest::prelude::*;
use serde_json::json;

fn config() -> BedrockConfig {
    BedrockConfig::new("us-east-1").with_model("m")
}

fn sent(request: &GenerateRequest) -> Value {
    serde_json::from_slice(&body(request, &config()).unwrap()).unwrap()
}

fn refused(request: &GenerateRequest) -> &'static str {
    body(request, &config()).unwrap_err().detail
}

fn tool(name: &str) -> Tool {
    Tool::new(name, "Finds an order.", json!({"type": "object"}))
}

fn image(mime: &str) -> Image {
    Image::Bytes {
        mime: mime.into(),
        data: MediaBytes(vec![0, 1, 2, 3].into()),
    }
}

fn document(name: &str, source: DocumentSource) -> Piece {
    Piece::Document(Document::new(name, source))
}

/// A request that uses everything.
fn everything() -> GenerateRequest {
    let pdf = DocumentSource::Bytes {
        mime: "application/pdf".into(),
        data: MediaBytes(b"%PDF".to_vec().into()),
    };
    let mut thought = Reasoning::new("They want an order.", "bedrock");
    thought.signature = Some("seal-1".into());
    let mut failed = ToolResult::new("b", "find_order", "no id");
    failed.is_error = true;
    let turns = vec![
        Turn::new(
            Role::User,
            vec![
                Piece::Text("What is \"this\"?".into()),
                Piece::Image(image("image/png")),
                Piece::Image(Image::Url("s3://pictures/a.jpg".into())),
                document("Terms_2026.pdf (new)", pdf),
                document("", DocumentSource::Text("Be kind.".into())),
                document("x", DocumentSource::Url("s3://papers/a.docx".into())),
                Piece::Audio(Audio::new("audio/ogg; codecs=opus", "OggS")),
                Piece::Audio(Audio::Url("s3://sounds/a.mp3".into())),
            ],
        ),
        Turn::new(
            Role::Assistant,
            vec![
                Piece::Reasoning(thought),
                Piece::Reasoning(Reasoning::redacted("c2VhbA==", "bedrock")),
                Piece::Reasoning(Reasoning::redacted("not ours", "anthropic")),
                Piece::ToolCall(ToolCall::new("a", "find_order", "{\"id\": 1}")),
                Piece::ToolCall(ToolCall::new("b", "find_order", "")),
            ],
        ),
        Turn::new(
            Role::User,
            vec![
                Piece::Text("And hurry.".into()),
                Piece::ToolResult(ToolResult::new("a", "find_order", "sent")),
            ],
        ),
        Turn::new(Role::User, vec![Piece::ToolResult(failed)]),
        Turn::assistant("It is sent."),
        Turn::user("Thanks"),
    ];
    let mut strict = tool("find_order");
    strict.strict = true;
    let mut request = GenerateRequest::new("Be brief.", turns)
        .with_max_tokens(200)
        .with_tools(
            vec![strict, tool("other")],
            ToolChoice::Named("find_order".into()),
        );
    request.temperature = Some(0.5);
    request.top_p = Some(0.25);
    request.stop = vec!["END".into()];
    request.effort = Some(Effort::Low);
    request.cache_key = Some("shop-1".into());
    request.output = OutputFormat::Schema {
        name: "reply".into(),
        schema: json!({"type": "object"}),
        strict: true,
    };
    request
}

#[test]
fn a_request_that_uses_everything() {
    insta::assert_json_snapshot!("everything", sent(&everything()));
}

#[test]
fn a_request_that_uses_nothing() {
    assert_eq!(
        sent(&GenerateRequest::new("", vec![Turn::user("Hi")])),
        json!({"messages": [{"role": "user", "content": [{"text": "Hi"}]}], "inferenceConfig": {}})
    );
}

#[test]
fn choices_and_marks_of_tools() {
    let mut request = GenerateRequest::new("", vec![Turn::user("Hi")])
        .with_tools(vec![tool("a")], ToolChoice::Required);
    request.cache_key = Some("k".into());
    let tools = sent(&request)["toolConfig"].clone();
    assert_eq!(tools["toolChoice"], json!({"any": {}}));
    assert_eq!(
        tools["tools"][1],
        json!({"cachePoint": {"type": "default"}})
    );
    request.tool_choice = ToolChoice::None;
    assert_eq!(sent(&request).get("toolConfig"), None);
    let mut config = config();
    config.cache_hour = true;
    let hour = body(&request, &config).unwrap();
    assert!(
        String::from_utf8(hour)
            .unwrap()
            .contains(r#"{"type":"default","ttl":"1h"}"#)
    );
}

#[test]
fn what_the_configuration_adds() {
    let config = config()
        .with_model_field("top_k", json!(5))
        .with_guardrail("gr-1", "DRAFT");
    let hello = GenerateRequest::new("", vec![Turn::user("Hi")]);
    let sent: Value = serde_json::from_slice(&body(&hello, &config).unwrap()).unwrap();
    assert_eq!(sent["additionalModelRequestFields"], json!({"top_k": 5}));
    assert_eq!(
        sent["guardrailConfig"],
        json!({"guardrailIdentifier": "gr-1", "guardrailVersion": "DRAFT"})
    );
}

#[test]
fn efforts() {
    for (effort, expected) in [
        (Effort::None, json!(null)),
        (Effort::Minimal, json!("low")),
        (Effort::High, json!("high")),
        (Effort::from("max"), json!("max")),
    ] {
        let mut request = GenerateRequest::new("", vec![Turn::user("Hi")]);
        request.effort = Some(effort);
        assert_eq!(sent(&request)["outputConfig"]["effort"], expected);
    }
}

/// The service refuses two documents of one name, and texts that are blank.
#[test]
fn names_differ_and_blank_texts_are_left_out() {
    let text = || DocumentSource::Text("t".into());
    let said = |pieces| Turn::new(Role::User, pieces);
    let turns = vec![
        said(vec![
            document("", text()),
            document("Terms", text()),
            Piece::Text(" \n".into()),
        ]),
        Turn::assistant(" "),
        said(vec![
            document("document", text()),
            document("terms.", text()),
            Piece::ToolResult(ToolResult::new("a", "f", " ")),
        ]),
    ];
    let sent = sent(&GenerateRequest::new("", turns));
    let messages = sent["messages"].as_array().unwrap();
    let names: Vec<_> = messages
        .iter()
        .flat_map(|message| message["content"].as_array().unwrap())
        .filter_map(|block| block["document"]["name"].as_str())
        .collect();
    assert_eq!(names, ["document", "Terms", "document-2", "terms-2"]);
    // Speakers must alternate, so what was said around the blank turn is one.
    assert_eq!(messages.len(), 1);
    assert_eq!(
        messages[0]["content"][0],
        json!({"toolResult": {"toolUseId": "a", "content": []}})
    );
}

#[test]
fn what_cannot_be_said_is_refused_before_it_is_sent() {
    let hello = || GenerateRequest::new("", vec![Turn::user("Hi")]);
    let user = |piece| GenerateRequest::new("", vec![Turn::new(Role::User, vec![piece])]);
    assert!(refused(&hello().with_output(OutputFormat::Json)).contains("schema"));
    assert!(refused(&user(Piece::Image(image("image/tiff")))).contains("picture"));
    let outside = Image::Url("https://example.com/a.png".into());
    assert!(refused(&user(Piece::Image(outside))).contains("s3"));
    let midi = Piece::Audio(Audio::new("audio/midi", "MThd"));
    assert!(refused(&user(midi)).contains("recording"));
    let exe = DocumentSource::Url("s3://b/a.exe".into());
    assert!(refused(&user(document("", exe))).contains("document"));
    let call = || Piece::ToolCall(ToolCall::new("a", "f", "{}"));
    assert!(refused(&user(call())).contains("speaker"));
    let called = GenerateRequest::new("", vec![Turn::new(Role::Assistant, vec![call()])])
        .with_tools(vec![tool("f")], ToolChoice::None);
    assert!(refused(&called).contains("forbid"));
    assert!(body(&hello(), &BedrockConfig::new("r")).is_err());
}

proptest! {
    /// Calls and results keep their pairs, whatever their ids are, and speakers alternate.
    #[test]
    fn results_belong_to_their_calls(ids in prop::collection::vec("[a-z.|]{0,3}|[a-z]{70}", 1..6), name in "\\PC{0,12}") {
        let calls = ids.iter().map(|id| Piece::ToolCall(ToolCall::new(id, "f", "{}"))).collect();
        let results = ids.iter().map(|id| Turn::new(Role::User, vec![Piece::ToolResult(ToolResult::new(id, "f", "r"))]));
        let mut turns = vec![Turn::new(Role::User, vec![document(&name, DocumentSource::Text("t".into()))]), Turn::new(Role::Assistant, calls)];
        turns.extend(results);
        let body = sent(&GenerateRequest::new("", turns));
        let messages = body["messages"].as_array().unwrap();
        prop_assert_eq!(messages.len(), 3);
        let ids = |message: &Value, kind: &str| -> Vec<Value> {
            message["content"].as_array().unwrap().iter().map(|block| block[kind]["toolUseId"].clone()).collect()
        };
        prop_assert_eq!(ids(&messages[1], "toolUse"), ids(&messages[2], "toolResult"));
        for id in ids(&messages[1], "toolUse") {
            prop_assert!(id.as_str().is_some_and(|id| (1..=64).contains(&id.len())));
        }
        let name = messages[0]["content"][0]["document"]["name"].as_str().unwrap();
        prop_assert!(!name.is_empty() && !name.contains("  ") && name.is_ascii());
    }
}
