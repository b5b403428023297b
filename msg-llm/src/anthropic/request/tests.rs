use super::*;
use msg_core::llm::{Document, Reasoning, ToolCall, ToolResult, Turn};
use msg_core::message::media::MediaBytes;
use proptest::prelude::*;
use serde_json::json;

fn dialect() -> Dialect {
    Dialect {
        model: "default-model".into(),
        max_tokens: 4096,
        thinking: ThinkingMode::Adaptive,
        summarize_thoughts: false,
        cache_ttl: CacheTtl::FiveMinutes,
    }
}

fn sent(request: &GenerateRequest, dialect: &Dialect) -> Value {
    serde_json::from_slice(&body(request, dialect, false).unwrap()).unwrap()
}

fn refused(request: &GenerateRequest) -> &'static str {
    body(request, &dialect(), false).unwrap_err().detail
}

fn tool(name: &str) -> Tool {
    Tool::new(
        name,
        "Finds an order.",
        json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}),
    )
}

fn bytes(mime: &str, data: &'static [u8]) -> DocumentSource {
    DocumentSource::Bytes {
        mime: mime.into(),
        data: MediaBytes(data.to_vec().into()),
    }
}

fn sealed(text: &str, seal: &str) -> Piece {
    let mut thought = Reasoning::new(text, "anthropic");
    thought.signature = Some(seal.into());
    Piece::Reasoning(thought)
}

/// A request that uses everything.
fn everything() -> GenerateRequest {
    let picture = Image::Bytes {
        mime: "image/png".into(),
        data: MediaBytes(vec![0, 1, 2, 3].into()),
    };
    let document = |name: &str, source| Piece::Document(Document::new(name, source));
    let mut failed = ToolResult::new("call|b", "find_order", "no id");
    failed.is_error = true;
    let turns = vec![
        Turn::new(
            Role::User,
            vec![
                Piece::Text("What is \"this\"?".into()),
                Piece::Image(picture),
                Piece::Image(Image::Url("https://example.com/a.png".into())),
                document("terms", bytes("application/pdf", b"%PDF-1.7")),
                document("", bytes("text/plain", b"Be kind.")),
                document("rules", DocumentSource::Text("Be brief.".into())),
                document("", DocumentSource::Url("https://example.com/a.pdf".into())),
            ],
        ),
        Turn::new(
            Role::Assistant,
            vec![
                sealed("They want an order.", "seal-1"),
                sealed("", "seal-2"),
                Piece::Reasoning(Reasoning::redacted("seal-3", "anthropic")),
                Piece::Reasoning(Reasoning::redacted("not ours", "bedrock")),
                Piece::Reasoning(Reasoning::new("no seal", "anthropic")),
                Piece::ToolCall(ToolCall::new("call_a", "find_order", "{\"id\": \"1\"}")),
                Piece::ToolCall(ToolCall::new("call|b", "find_order", "")),
                Piece::ToolCall(ToolCall::new("", "find_order", "{}")),
            ],
        ),
        Turn::new(
            Role::User,
            vec![
                Piece::Text("And hurry.".into()),
                Piece::ToolResult(ToolResult::new("call_a", "find_order", "{\"state\":1}")),
            ],
        ),
        Turn::new(
            Role::User,
            vec![
                Piece::ToolResult(failed),
                Piece::ToolResult(ToolResult::new("", "find_order", "")),
            ],
        ),
        Turn::new(
            Role::Assistant,
            vec![Piece::Text("It is ".into()), Piece::Text("sent.".into())],
        ),
        Turn::user("Thanks"),
    ];
    let mut strict = tool("find_order");
    strict.strict = true;
    let mut request = GenerateRequest::new("Be brief.", turns)
        .with_model("claude-haiku-4-5")
        .with_max_tokens(200)
        .with_tools(
            vec![strict, tool("other")],
            ToolChoice::Named("find_order".into()),
        );
    request.temperature = Some(0.5);
    request.top_p = Some(0.25);
    request.seed = Some(7);
    request.stop = vec!["END".into()];
    request.effort = Some(Effort::High);
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
    insta::assert_json_snapshot!("everything", sent(&everything(), &dialect()));
}

#[test]
fn a_request_that_uses_nothing() {
    let body = body(
        &GenerateRequest::new("", vec![Turn::user("Hi")]),
        &dialect(),
        true,
    )
    .unwrap();
    assert_eq!(
        String::from_utf8(body).unwrap(),
        r#"{"model":"default-model","max_tokens":4096,"messages":[{"role":"user","content":"Hi"}],"stream":true}"#
    );
}

#[test]
fn what_is_cached_is_marked() {
    let mut request = GenerateRequest::new("", vec![Turn::user("Hi")])
        .with_tools(vec![tool("a"), tool("b")], ToolChoice::Auto);
    request.cache_key = Some("k".into());
    let hour = Dialect {
        cache_ttl: CacheTtl::OneHour,
        ..dialect()
    };
    let body = sent(&request, &hour);
    let mark = json!({"type": "ephemeral", "ttl": "1h"});
    assert_eq!(body["tools"][1]["cache_control"], mark);
    assert_eq!(body["tools"][0].get("cache_control"), None);
    assert_eq!(body["cache_control"], mark);
    request.system = "Be brief.".into();
    let body = sent(&request, &dialect());
    let mark = json!({"type": "ephemeral"});
    assert_eq!(
        body["system"],
        json!([{"type": "text", "text": "Be brief.", "cache_control": mark}])
    );
    assert_eq!(body["tools"][1].get("cache_control"), None);
    request.cache_key = None;
    assert!(
        !sent(&request, &dialect())
            .to_string()
            .contains("cache_control")
    );
}

#[test]
fn choices_of_tools() {
    let choice = |choice| {
        let request =
            GenerateRequest::new("", vec![Turn::user("Hi")]).with_tools(vec![tool("a")], choice);
        sent(&request, &dialect()).get("tool_choice").cloned()
    };
    assert_eq!(choice(ToolChoice::Auto), None);
    assert_eq!(choice(ToolChoice::None), Some(json!({"type": "none"})));
    assert_eq!(choice(ToolChoice::Required), Some(json!({"type": "any"})));
    assert_eq!(
        choice(ToolChoice::Named("a".into())),
        Some(json!({"type": "tool", "name": "a"}))
    );
}

#[test]
fn efforts() {
    let thinking = |effort: Effort, mode, max: u32| {
        let mut request = GenerateRequest::new("", vec![Turn::user("Hi")]).with_max_tokens(max);
        request.effort = Some(effort);
        let dialect = Dialect {
            thinking: mode,
            summarize_thoughts: true,
            ..dialect()
        };
        body(&request, &dialect, false)
            .map(|body| {
                let body: Value = serde_json::from_slice(&body).unwrap();
                (
                    body["thinking"].clone(),
                    body["output_config"]["effort"].clone(),
                )
            })
            .map_err(|error| error.kind)
    };
    let adaptive = json!({"type": "adaptive", "display": "summarized"});
    let budget = |tokens: u32| {
        let thinking = json!({"type": "enabled", "budget_tokens": tokens, "display": "summarized"});
        Ok((thinking, Value::Null))
    };
    let (a, b) = (ThinkingMode::Adaptive, ThinkingMode::Budget);
    assert_eq!(
        thinking(Effort::Minimal, a, 9),
        Ok((adaptive.clone(), json!("low")))
    );
    assert_eq!(thinking("max".into(), a, 9), Ok((adaptive, json!("max"))));
    let disabled = Ok((json!({"type": "disabled"}), Value::Null));
    assert_eq!(thinking(Effort::None, b, 9), disabled);
    assert_eq!(thinking(Effort::Minimal, b, 8000), budget(1024));
    assert_eq!(thinking(Effort::Low, b, 8000), budget(1600));
    assert_eq!(thinking(Effort::Medium, b, 8000), budget(4000));
    assert_eq!(thinking(Effort::High, b, 8000), budget(6400));
    assert_eq!(thinking(Effort::High, b, 1025), budget(1024));
    assert_eq!(
        thinking(Effort::Low, b, 1024),
        Err(msg_core::llm::LlmErrorKind::InvalidRequest)
    );
}

#[test]
fn what_cannot_be_said_is_refused_before_it_is_sent() {
    let hello = || GenerateRequest::new("", vec![Turn::user("Hi")]);
    let user = |piece| GenerateRequest::new("", vec![Turn::new(Role::User, vec![piece])]);
    assert!(refused(&hello().with_output(OutputFormat::Json)).contains("schema"));
    assert!(refused(&hello().with_tools(vec![], ToolChoice::Required)).contains("no tool"));
    let absent = ToolChoice::Named("b".into());
    assert!(refused(&hello().with_tools(vec![tool("a")], absent)).contains("among"));
    let loose = Tool::new("a", "", Value::Null);
    assert!(refused(&hello().with_tools(vec![loose], ToolChoice::Auto)).contains("schema"));
    let mut hot = hello();
    hot.temperature = Some(f32::NAN);
    assert!(refused(&hot).contains("finite"));
    let tiff = Image::Bytes {
        mime: "image/tiff".into(),
        data: MediaBytes(vec![1].into()),
    };
    assert!(refused(&user(Piece::Image(tiff))).contains("picture"));
    for source in [bytes("text/plain", b"\xff"), bytes("text/html", b"<p>")] {
        let document = Document::new("d", source);
        assert!(refused(&user(Piece::Document(document))).contains("document"));
    }
    let call = Piece::ToolCall(ToolCall::new("a", "f", "{}"));
    assert!(refused(&user(call)).contains("speaker"));
    let broken = Turn::new(
        Role::Assistant,
        vec![Piece::ToolCall(ToolCall::new("a", "f", "{\"x\":"))],
    );
    assert!(refused(&GenerateRequest::new("", vec![broken])).contains("arguments"));
    let nameless = Dialect {
        model: String::new(),
        ..dialect()
    };
    assert!(body(&hello(), &nameless, false).is_err());
}

#[test]
fn what_says_nothing_is_left_out() {
    let turns = vec![
        Turn::user("Hi"),
        Turn::new(
            Role::Assistant,
            vec![
                Piece::Reasoning(Reasoning::new("x", "openai")),
                Piece::Text("".into()),
            ],
        ),
        Turn::user(""),
    ];
    assert_eq!(
        sent(&GenerateRequest::new("", turns), &dialect())["messages"],
        json!([{"role": "user", "content": "Hi"}])
    );
}

proptest! {
    /// Calls and results keep their pairs, whatever their ids are, and speakers alternate.
    #[test]
    fn results_belong_to_their_calls(ids in prop::collection::vec("[a-z.|]{0,3}", 1..6), split in any::<bool>(), text in "\\PC{0,8}") {
        let calls = ids.iter().map(|id| Piece::ToolCall(ToolCall::new(id, "f", "{}"))).collect();
        let results = ids.iter().map(|id| Piece::ToolResult(ToolResult::new(id, "f", "r")));
        let mut turns = vec![Turn::user("Hi"), Turn::new(Role::Assistant, calls)];
        if split {
            turns.extend(results.map(|result| Turn::new(Role::User, vec![result])));
        } else {
            turns.push(Turn::new(Role::User, results.collect()));
        }
        turns.push(Turn::user(text));
        let body = sent(&GenerateRequest::new("", turns), &dialect());
        let messages = body["messages"].as_array().unwrap();
        prop_assert_eq!(messages.len(), 3);
        let made: Vec<_> = messages[1]["content"].as_array().unwrap().iter().map(|call| call["id"].clone()).collect();
        let answered: Vec<_> = messages[2]["content"].as_array().unwrap().iter().map_while(|block| block.get("tool_use_id").cloned()).collect();
        prop_assert_eq!(made, answered);
    }
}
