use super::super::wire::SCHEME;
use super::*;
use msg_core::llm::{Audio, Document, Reasoning, ToolCall, ToolResult, Turn};
use msg_core::message::media::MediaBytes;
use proptest::prelude::*;
use serde_json::json;

fn dialect() -> Dialect {
    Dialect {
        model: "qwen3:4b".into(),
        keep_alive: None,
        context: None,
        losses: SchemaLosses::Describe,
    }
}

fn sent(request: &GenerateRequest) -> Value {
    serde_json::from_slice(&body(request, &dialect(), false).unwrap()).unwrap()
}

fn refused(request: &GenerateRequest) -> &'static str {
    body(request, &dialect(), false).unwrap_err().detail
}

fn ask(turns: Vec<Turn>) -> GenerateRequest {
    GenerateRequest::new("", turns)
}

fn tool() -> Tool {
    let parameters = json!({"type": "object", "properties": {"id": {"type": "string"}}});
    Tool::new("find", "Finds an order.", parameters)
}

/// A request that uses everything.
fn everything() -> GenerateRequest {
    let picture = Image::Bytes {
        mime: "image/png".into(),
        data: MediaBytes(vec![0, 1, 2, 3].into()),
    };
    let asked = vec![
        Piece::Text("What is \"this\"?".into()),
        Piece::Image(picture),
        Piece::Document(Document::new("", DocumentSource::Text(" Be kind.".into()))),
    ];
    let called = vec![
        Piece::Reasoning(Reasoning::new("They want an order.", SCHEME)),
        Piece::Reasoning(Reasoning::new("not ours", "openai")),
        Piece::ToolCall(ToolCall::new("a", "find", "{\"id\":\"1\"}")),
        Piece::ToolCall(ToolCall::new("", "find", "")),
    ];
    let mut failed = ToolResult::new("", "find", "no id");
    failed.is_error = true;
    let brought = vec![
        Piece::Text("And hurry.".into()),
        Piece::ToolResult(ToolResult::new("a", "", "sent")),
        Piece::ToolResult(failed),
    ];
    let turns = vec![
        Turn::new(Role::User, asked),
        Turn::new(Role::Assistant, called),
        Turn::new(Role::User, brought),
        Turn::new(
            Role::Assistant,
            vec![Piece::Text("It is ".into()), Piece::Text("sent.".into())],
        ),
    ];
    let mut request = GenerateRequest::new("Be brief.", turns)
        .with_max_tokens(200)
        .with_tools(vec![tool()], ToolChoice::Auto);
    request.temperature = Some(0.5);
    request.top_p = Some(0.75);
    request.seed = Some(7);
    request.stop = vec!["END".into()];
    request.effort = Some(Effort::Low);
    request.output = OutputFormat::Schema {
        name: "reply".into(),
        schema: json!({"type": "object"}),
        strict: true,
    };
    request
}

#[test]
fn a_request_that_uses_everything() {
    let dialect = Dialect {
        keep_alive: Some("5m".into()),
        context: Some(8192),
        ..dialect()
    };
    let body = body(&everything(), &dialect, true).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    insta::assert_json_snapshot!("everything_streamed", body);
}

#[test]
fn a_request_that_uses_nothing() {
    let body = body(&ask(vec![Turn::user("Hi")]), &dialect(), false).unwrap();
    assert_eq!(
        String::from_utf8(body).unwrap(),
        r#"{"model":"qwen3:4b","messages":[{"role":"user","content":"Hi"}],"stream":false}"#
    );
}

#[test]
fn efforts_switch_thinking_or_are_levels() {
    let think = |model: &str, effort: &str| {
        let mut request = ask(vec![Turn::user("x")]).with_model(model);
        request.effort = Some(effort.into());
        sent(&request)["think"].clone()
    };
    assert_eq!(think("qwen3:4b", "none"), json!(false));
    assert_eq!(think("qwen3:4b", "low"), json!(true));
    assert_eq!(think("gpt-oss:20b", "minimal"), json!("low"));
    assert_eq!(think("gpt-oss:20b", "high"), json!("high"));
}

#[test]
fn a_forbidden_call_sends_no_tools_and_a_forced_one_is_refused() {
    let with = |choice| ask(vec![Turn::user("x")]).with_tools(vec![tool()], choice);
    assert_eq!(sent(&with(ToolChoice::None)).get("tools"), None);
    assert!(sent(&with(ToolChoice::Auto)).get("tools").is_some());
    for forced in [ToolChoice::Required, ToolChoice::Named("find".into())] {
        assert!(refused(&with(forced)).contains("force"));
    }
    let json = ask(vec![Turn::user("x")]).with_output(OutputFormat::Json);
    assert_eq!(sent(&json)["format"], "json");
}

#[test]
fn what_the_protocol_cannot_say_is_refused() {
    let said = |role, piece| ask(vec![Turn::new(role, vec![piece])]);
    let url = || "https://example.com".to_owned();
    let pdf = Document::new("", DocumentSource::Url(url()));
    for piece in [
        Piece::Image(Image::Url(url())),
        Piece::Audio(Audio::Url(url())),
        Piece::Document(pdf),
        Piece::ToolCall(ToolCall::new("a", "b", "")),
    ] {
        assert!(refused(&said(Role::User, piece)).contains("piece"));
    }
    let broken = Piece::ToolCall(ToolCall::new("a", "b", "[1]"));
    assert!(refused(&said(Role::Assistant, broken)).contains("object"));
    let mut hot = ask(vec![]);
    hot.temperature = Some(f32::NAN);
    assert!(refused(&hot).contains("finite"));
    let nameless = Dialect {
        model: String::new(),
        ..dialect()
    };
    assert!(body(&ask(vec![]), &nameless, false).is_err());
}

proptest! {
    #[test]
    fn any_text_arrives_unchanged_and_the_bytes_are_the_same_each_time(system in any::<String>(), user in any::<String>(), parts in prop::collection::vec(any::<String>(), 1..4)) {
        let mut request = GenerateRequest::new(msg_core::llm::Instructions::by_host(&*system), vec![Turn::user(&*user)]);
        request.turns.push(Turn::new(Role::Assistant, parts.iter().map(|text| Piece::Text(text.as_str().into())).collect()));
        let first = body(&request, &dialect(), false).unwrap();
        prop_assert_eq!(&first, &body(&request, &dialect(), false).unwrap());
        let value: Value = serde_json::from_slice(&first).unwrap();
        let messages = value["messages"].as_array().unwrap();
        let offset = usize::from(!system.is_empty());
        if offset == 1 {
            prop_assert_eq!(messages[0]["content"].as_str(), Some(&*system));
        }
        prop_assert_eq!(messages[offset]["content"].as_str(), Some(&*user));
        prop_assert_eq!(messages[offset + 1]["content"].as_str(), Some(&*parts.concat()));
    }
}

#[test]
fn what_a_schema_loses_is_reported_or_refused() {
    let mut request = ask(vec![Turn::user("x")]);
    request.output = OutputFormat::Schema {
        name: "reply".into(),
        schema: json!({"type": "object", "properties": {"a": {"type": "number", "minimum": 1}, "b": {"type": "string", "pattern": "b"}}}),
        strict: true,
    };
    let loss = |at: &str, keyword: &str| SchemaLoss {
        at: at.into(),
        keyword: keyword.into(),
    };
    assert_eq!(
        schema_losses(&request),
        [
            loss("reply/properties/a", "minimum"),
            loss("reply/properties/b", "pattern")
        ]
    );
    let sent: Value = serde_json::from_slice(&body(&request, &dialect(), false).unwrap()).unwrap();
    assert_eq!(
        sent["format"]["properties"],
        json!({"a": {"type": "number", "minimum": 1}, "b": {"type": "string"}})
    );
    let strict = Dialect {
        losses: SchemaLosses::Refuse,
        ..dialect()
    };
    assert!(body(&request, &strict, false).is_err());
    request.output = OutputFormat::Json;
    assert!(body(&request, &strict, false).is_ok());
    assert_eq!(schema_losses(&request), []);
}
