use super::super::wire::SCHEME;
use super::*;
use msg_core::llm::{
    Audio, Document, DocumentSource, Image, Piece, Reasoning, Role, ToolCall, ToolResult, Turn,
};
use msg_core::message::media::MediaBytes;
use proptest::prelude::*;
use serde_json::json;

fn dialect() -> Dialect {
    Dialect {
        model: "gemini-2.5-flash".into(),
        include_thoughts: true,
        call_ids: true,
        losses: SchemaLosses::Describe,
        safety: BTreeMap::new(),
    }
}

fn sent(request: &GenerateRequest) -> Value {
    sent_as(request, &dialect())
}

fn sent_as(request: &GenerateRequest, dialect: &Dialect) -> Value {
    serde_json::from_slice(&body(request, dialect).unwrap()).unwrap()
}

fn refused(request: &GenerateRequest) -> &'static str {
    body(request, &dialect()).unwrap_err().detail
}

fn ask(turns: Vec<Turn>) -> GenerateRequest {
    GenerateRequest::new("", turns)
}

fn tool(name: &str) -> Tool {
    let parameters =
        json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]});
    Tool::new(name, "Finds an order.", parameters)
}

fn bytes(bytes: &'static [u8]) -> MediaBytes {
    MediaBytes(bytes.into())
}

fn sealed(text: &str, seal: &str, issuer: &str) -> Piece {
    let mut thought = Reasoning::new(text, issuer);
    thought.signature = Some(seal.into());
    Piece::Reasoning(thought)
}

/// A request that uses everything.
fn everything() -> GenerateRequest {
    let asked = vec![
        Piece::Text("What is \"this\"?".into()),
        Piece::Image(Image::Bytes {
            mime: "image/png".into(),
            data: bytes(&[0, 1, 2, 3]),
        }),
        Piece::Image(Image::Url("https://example.com/a.JPG?x=1".into())),
        Piece::Document(Document::new(
            "terms",
            DocumentSource::Bytes {
                mime: "application/pdf".into(),
                data: bytes(b"%PDF"),
            },
        )),
        Piece::Document(Document::new("", DocumentSource::Text("Be kind.".into()))),
        Piece::Audio(Audio::Bytes {
            mime: "audio/wav".into(),
            data: bytes(b"RIFF"),
        }),
    ];
    let called = vec![
        sealed("They want an order.", "seal-1", SCHEME),
        sealed("not ours", "foreign", "anthropic"),
        Piece::ToolCall(ToolCall::new("a", "find", "{\"id\":\"1\"}")),
        Piece::ToolCall(ToolCall::new("", "find", "")),
    ];
    let mut wrong = ToolResult::new("", "find", "no id");
    wrong.is_error = true;
    let brought = vec![
        Piece::Text("And hurry.".into()),
        Piece::ToolResult(ToolResult::new("a", "", "{\"state\":\"sent\"}")),
    ];
    let turns = vec![
        Turn::new(Role::User, asked),
        Turn::new(Role::Assistant, called),
        Turn::new(Role::User, brought),
        Turn::new(Role::User, vec![Piece::ToolResult(wrong)]),
        Turn::assistant("It is sent."),
        Turn::user("Thanks"),
    ];
    let mut request = GenerateRequest::new("Be brief.", turns)
        .with_max_tokens(200)
        .with_tools(
            vec![tool("find"), tool("other")],
            ToolChoice::Named("find".into()),
        );
    request.temperature = Some(0.5);
    request.top_p = Some(0.75);
    request.seed = Some(7);
    request.stop = vec!["END".into()];
    request.effort = Some(Effort::Low);
    request.cache_key = Some("cachedContents/shop".into());
    request.output = OutputFormat::Schema {
        name: "reply".into(),
        schema: json!({"type": "object", "properties": {"to": {"const": "x"}}}),
        strict: true,
    };
    request
}

#[test]
fn a_request_that_uses_everything() {
    let mut dialect = dialect();
    dialect
        .safety
        .insert("HARM_CATEGORY_HARASSMENT".into(), "BLOCK_ONLY_HIGH".into());
    insta::assert_json_snapshot!("everything", sent_as(&everything(), &dialect));
}

#[test]
fn a_request_that_uses_nothing() {
    let mut request = ask(vec![Turn::user("Hi")]);
    request.cache_key = Some("shop-1".into());
    assert_eq!(
        String::from_utf8(body(&request, &dialect()).unwrap()).unwrap(),
        r#"{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}"#
    );
}

#[test]
fn paths_name_the_model_and_nothing_else() {
    assert_eq!(
        path("gemini-2.5-flash", false).unwrap(),
        "/models/gemini-2.5-flash:generateContent"
    );
    assert_eq!(
        path("tunedModels/mine", true).unwrap(),
        "/tunedModels/mine:streamGenerateContent"
    );
    for wrong in ["", "a b", "../x", "a//b", "m?key=1", "m#", "m:x", "é"] {
        assert!(path(wrong, false).is_err(), "{wrong}");
    }
}

/// A signature goes back onto the part that stood behind it, and only to who issued it.
#[test]
fn signatures_go_back_where_they_came_from() {
    let said = |pieces: Vec<Piece>| {
        let request = ask(vec![Turn::new(Role::Assistant, pieces)]);
        sent(&request)["contents"][0]["parts"].clone()
    };
    let text = |text: &str| Piece::Text(text.into());
    assert_eq!(
        said(vec![text("a"), sealed("", "s", SCHEME), text("b")]),
        json!([{"text": "a"}, {"text": "b", "thoughtSignature": "s"}])
    );
    assert_eq!(
        said(vec![text("a"), sealed("", "s", SCHEME)]),
        json!([{"text": "a"}, {"text": "", "thoughtSignature": "s"}]),
        "one at the end keeps its empty part"
    );
    assert_eq!(
        said(vec![
            sealed("t", "s", SCHEME),
            sealed("", "r", SCHEME),
            text("b")
        ]),
        json!([{"text": "t", "thought": true}, {"text": "", "thoughtSignature": "s"},
               {"text": "b", "thoughtSignature": "r"}])
    );
    assert_eq!(
        said(vec![sealed("t", "s", "openai"), text("b")]),
        json!([{"text": "b"}])
    );
}

#[test]
fn calls_without_a_signature_are_marked_for_models_that_want_one() {
    let call = |name: &str| Piece::ToolCall(ToolCall::new("x", name, "{}"));
    let parts = |model: &str, pieces: Vec<Piece>| {
        let request = ask(vec![Turn::new(Role::Assistant, pieces)]).with_model(model);
        let parts = sent(&request)["contents"][0]["parts"].clone();
        let seals = parts.as_array().unwrap().iter();
        seals
            .map(|part| part["thoughtSignature"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let mark = Some("skip_thought_signature_validator".to_owned());
    let two = || vec![call("a"), call("b")];
    assert_eq!(parts("gemini-3-flash-preview", two()), [mark, None]);
    assert_eq!(parts("gemini-2.5-flash", two()), [None, None]);
    let own = vec![sealed("", "s", SCHEME), call("a"), call("b")];
    assert_eq!(parts("gemini-3-flash", own), [Some("s".to_owned()), None]);
}

#[test]
fn what_tools_bring_is_an_object() {
    let response = |content: &str, is_error: bool| {
        let mut result = ToolResult::by_host("", "t", content);
        result.is_error = is_error;
        let turn = Turn::new(Role::User, vec![Piece::ToolResult(result)]);
        sent(&ask(vec![turn]))["contents"][0]["parts"][0]["functionResponse"]["response"].clone()
    };
    assert_eq!(response("{\"a\": 1}", false), json!({"a": 1}));
    assert_eq!(response("[1]", false), json!({"output": [1]}));
    assert_eq!(response("sunny", false), json!({"output": "sunny"}));
    assert_eq!(response("", false), json!({"output": ""}));
    assert_eq!(response("{\"a\": 1}", true), json!({"error": {"a": 1}}));
    assert_eq!(response("down", true), json!({"error": "down"}));
}

#[test]
fn tool_choices_and_output_formats() {
    let choice = |choice, strict| {
        let mut tool = tool("t");
        tool.strict = strict;
        let request = ask(vec![Turn::user("x")]).with_tools(vec![tool], choice);
        sent(&request)["toolConfig"]["functionCallingConfig"].clone()
    };
    assert_eq!(choice(ToolChoice::Auto, false), Value::Null);
    assert_eq!(choice(ToolChoice::Auto, true), json!({"mode": "VALIDATED"}));
    assert_eq!(choice(ToolChoice::None, true), json!({"mode": "NONE"}));
    assert_eq!(choice(ToolChoice::Required, false), json!({"mode": "ANY"}));
    assert_eq!(
        choice(ToolChoice::Named("t".into()), false),
        json!({"mode": "ANY", "allowedFunctionNames": ["t"]})
    );
    let json = ask(vec![Turn::user("x")]).with_output(OutputFormat::Json);
    assert_eq!(
        sent(&json)["generationConfig"],
        json!({"responseMimeType": "application/json"})
    );
    let bare = Tool::new("ping", "", json!({"type": "object", "properties": {}}));
    let request = ask(vec![Turn::user("x")]).with_tools(vec![bare], ToolChoice::Auto);
    assert_eq!(
        sent(&request)["tools"],
        json!([{"functionDeclarations": [{"name": "ping"}]}])
    );
}

#[test]
fn efforts_are_levels_or_budgets() {
    let thinking = |model: &str, effort: &str| {
        let mut request = ask(vec![Turn::user("x")]).with_model(model);
        request.effort = Some(effort.into());
        sent(&request)["generationConfig"]["thinkingConfig"].clone()
    };
    assert_eq!(
        thinking("gemini-2.5-flash", "none"),
        json!({"thinkingBudget": 0})
    );
    assert_eq!(
        thinking("models/gemini-2.5-pro", "none"),
        json!({"thinkingBudget": 128})
    );
    assert_eq!(
        thinking("gemini-2.5-flash", "high"),
        json!({"includeThoughts": true, "thinkingBudget": 24576})
    );
    assert_eq!(
        thinking("gemini-3-flash-preview", "none"),
        json!({"thinkingLevel": "minimal"})
    );
    assert_eq!(
        thinking("gemini-3-pro-preview", "minimal"),
        json!({"includeThoughts": true, "thinkingLevel": "low"})
    );
    let mut odd = ask(vec![Turn::user("x")]);
    odd.effort = Some("heroic".into());
    assert!(refused(&odd).contains("effort"));
}

#[test]
fn ids_are_left_out_for_hosts_that_take_none() {
    let mut dialect = dialect();
    dialect.call_ids = false;
    let text = sent_as(&everything(), &dialect)["contents"].to_string();
    assert!(!text.contains("\"id\":\"a\""), "{text}");
    assert!(text.contains("\"name\":\"find\""));
}

#[test]
fn losses_are_reported_and_can_be_refused() {
    let parameters = json!({"type": "object", "properties": {"zip": {"type": "string", "pattern": "^[0-9]{5}$"}}});
    let request = ask(vec![Turn::user("x")])
        .with_tools(vec![Tool::new("post", "", parameters)], ToolChoice::Auto);
    let loss = SchemaLoss {
        at: "post/properties/zip".into(),
        keyword: "pattern".into(),
    };
    assert_eq!(schema_losses(&request), [loss]);
    let declared = &sent(&request)["tools"][0]["functionDeclarations"][0];
    assert_eq!(
        declared["parametersJsonSchema"]["properties"]["zip"],
        json!({"type": "string", "description": "(pattern: \"^[0-9]{5}$\")"})
    );
    let mut strict = dialect();
    strict.losses = SchemaLosses::Refuse;
    let error = body(&request, &strict).unwrap_err();
    assert!(error.detail.contains("keyword") && !error.retryable);
    assert!(schema_losses(&everything()).is_empty());
    assert!(body(&everything(), &strict).is_ok());
}

#[test]
fn what_the_protocol_cannot_say_is_refused() {
    let picture = || Piece::Image(Image::Url("https://example.com".into()));
    let call = |arguments: &str| Piece::ToolCall(ToolCall::new("a", "b", arguments));
    let said = |role, piece| ask(vec![Turn::new(role, vec![piece])]);
    assert!(refused(&said(Role::Assistant, picture())).contains("piece"));
    assert!(refused(&said(Role::User, call(""))).contains("piece"));
    for broken in ["[1]", "{", "x", "{} {}"] {
        assert!(refused(&said(Role::Assistant, call(broken))).contains("object"));
    }
    let nameless = Piece::ToolResult(ToolResult::new("unknown", "", "x"));
    assert!(refused(&said(Role::User, nameless)).contains("names neither"));
    assert!(refused(&ask(vec![]).with_tools(vec![], ToolChoice::Required)).contains("required"));
    let other = ToolChoice::Named("b".into());
    assert!(refused(&ask(vec![]).with_tools(vec![tool("a")], other)).contains("not among"));
    let mut hot = ask(vec![]);
    hot.temperature = Some(f32::NAN);
    assert!(refused(&hot).contains("finite"));
    let mut seeded = ask(vec![]);
    seeded.seed = Some(i64::MAX);
    assert!(refused(&seeded).contains("seed"));
}

proptest! {
    #[test]
    fn any_text_arrives_unchanged_and_the_bytes_are_the_same_each_time(system in any::<String>(), user in "\\PC{1,20}", parts in prop::collection::vec("\\PC{1,9}", 1..4)) {
        let mut request = GenerateRequest::new(msg_core::llm::Instructions::by_host(&*system), vec![Turn::user(&*user)]);
        request.turns.push(Turn::new(Role::Assistant, parts.iter().map(|text| Piece::Text(text.as_str().into())).collect()));
        let first = body(&request, &dialect()).unwrap();
        prop_assert_eq!(&first, &body(&request, &dialect()).unwrap());
        let value: Value = serde_json::from_slice(&first).unwrap();
        if !system.is_empty() {
            prop_assert_eq!(value["systemInstruction"]["parts"][0]["text"].as_str(), Some(&*system));
        }
        prop_assert_eq!(value["contents"][0]["parts"][0]["text"].as_str(), Some(&*user));
        let said: String = value["contents"][1]["parts"].as_array().unwrap().iter().filter_map(|part| part["text"].as_str()).collect();
        prop_assert_eq!(said, parts.concat());
    }
}
