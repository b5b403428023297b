use super::super::wire::SCHEME;
use super::*;
use msg_core::llm::{Audio, Document, Image, Reasoning, ToolCall, ToolResult, Turn};
use msg_core::message::media::MediaBytes;
use proptest::prelude::*;
use serde_json::json;

fn dialect() -> Dialect {
    Dialect {
        model: "command-a-03-2025".into(),
        safety_mode: None,
        thinking_budget: None,
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

fn tool(name: &str) -> Tool {
    let parameters = json!({"type": "object", "properties": {"id": {"type": "string"}}});
    Tool::new(name, "Finds an order.", parameters)
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
        Piece::Image(Image::Url("https://example.com/a.png".into())),
        Piece::Document(Document::new("", DocumentSource::Text("Be kind.".into()))),
    ];
    let called = vec![
        Piece::Reasoning(Reasoning::new("I will look for it.", SCHEME)),
        Piece::Reasoning(Reasoning::new("not ours", "openai")),
        Piece::ToolCall(ToolCall::new("a", "find", "{\"id\":\"1\"}")),
        Piece::ToolCall(ToolCall::new("", "find", "")),
    ];
    let mut wrong = ToolResult::new("", "find", "no \"id\"");
    wrong.is_error = true;
    let brought = vec![
        Piece::Text("And hurry.".into()),
        Piece::ToolResult(ToolResult::new("a", "find", "{\"state\":\"sent\"}")),
        Piece::ToolResult(wrong),
    ];
    let thought = vec![
        Piece::Reasoning(Reasoning::new("Hm.", SCHEME)),
        Piece::Text("It is sent.".into()),
    ];
    let turns = vec![
        Turn::new(Role::User, asked),
        Turn::new(Role::Assistant, called),
        Turn::new(Role::User, brought),
        Turn::new(Role::Assistant, thought),
        Turn::user("Thanks"),
    ];
    let mut strict = tool("find");
    strict.strict = true;
    let mut request = GenerateRequest::new("Be brief.", turns)
        .with_max_tokens(200)
        .with_tools(vec![strict, tool("other")], ToolChoice::Required);
    request.temperature = Some(0.5);
    request.top_p = Some(0.75);
    request.seed = Some(7);
    request.stop = vec!["END".into()];
    request.effort = Some(Effort::Low);
    request
}

#[test]
fn a_request_that_uses_everything() {
    let dialect = Dialect {
        safety_mode: Some("STRICT".into()),
        thinking_budget: Some(512),
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
        r#"{"model":"command-a-03-2025","messages":[{"role":"user","content":"Hi"}]}"#
    );
}

#[test]
fn tool_choices_output_formats_and_efforts() {
    let with = |choice| {
        let tools = vec![tool("a"), tool("b")];
        sent(&ask(vec![Turn::user("x")]).with_tools(tools, choice))
    };
    assert_eq!(with(ToolChoice::Auto).get("tool_choice"), None);
    assert_eq!(with(ToolChoice::None)["tool_choice"], "NONE");
    assert_eq!(with(ToolChoice::Required)["tool_choice"], "REQUIRED");
    let named = with(ToolChoice::Named("b".into()));
    assert_eq!(named["tool_choice"], "REQUIRED");
    assert_eq!(named["tools"].as_array().unwrap().len(), 1);
    assert_eq!(named["tools"][0]["function"]["name"], "b");
    let json = ask(vec![Turn::user("x")]).with_output(OutputFormat::Json);
    assert_eq!(
        sent(&json)["response_format"],
        json!({"type": "json_object"})
    );
    let schema = json!({"type": "object", "required": ["a"]});
    let json = ask(vec![Turn::user("x")]).with_output(OutputFormat::Schema {
        name: "reply".into(),
        schema: schema.clone(),
        strict: true,
    });
    assert_eq!(
        sent(&json)["response_format"],
        json!({"type": "json_object", "json_schema": schema})
    );
    let both = json.with_tools(vec![tool("a")], ToolChoice::Auto);
    assert!(refused(&both).contains("beside tools"));
    let mut still = ask(vec![Turn::user("x")]);
    still.effort = Some(Effort::None);
    assert_eq!(sent(&still)["thinking"], json!({"type": "disabled"}));
    still.effort = Some(Effort::High);
    assert_eq!(sent(&still)["thinking"], json!({"type": "enabled"}));
}

#[test]
fn what_a_schema_loses_is_reported_or_refused() {
    let long = json!({"type": "object", "properties": {"a": {"type": "string", "maxLength": 3}}, "required": ["a"]});
    let mut tool = Tool::new("find", "", long.clone());
    let asked =
        |tool: &Tool| ask(vec![Turn::user("x")]).with_tools(vec![tool.clone()], ToolChoice::Auto);
    // Calls of a tool that is not strict are not kept to its schema, so nothing is lost.
    assert!(schema_losses(&asked(&tool)).is_empty());
    assert_eq!(
        sent(&asked(&tool))["tools"][0]["function"]["parameters"],
        long
    );
    tool.strict = true;
    let loss = SchemaLoss {
        at: "find/properties/a".into(),
        keyword: "maxLength".into(),
    };
    assert_eq!(schema_losses(&asked(&tool)), [loss]);
    let parameters = &sent(&asked(&tool))["tools"][0]["function"]["parameters"];
    assert_eq!(
        parameters["properties"]["a"],
        json!({"type": "string", "description": "(maxLength: 3)"})
    );
    let strict = Dialect {
        losses: SchemaLosses::Refuse,
        ..dialect()
    };
    assert!(body(&asked(&tool), &strict, false).is_err());
    tool.strict = false;
    assert!(body(&asked(&tool), &strict, false).is_ok());
}

#[test]
fn calls_without_ids_are_matched_by_order() {
    let call = |name: &str| Piece::ToolCall(ToolCall::new("", name, "{}"));
    let result = |text: &str| Piece::ToolResult(ToolResult::new("", "t", text));
    let body = sent(&ask(vec![
        Turn::new(Role::Assistant, vec![call("a"), call("b")]),
        Turn::new(Role::User, vec![result("1"), result("2")]),
        Turn::new(Role::Assistant, vec![call("c")]),
        Turn::new(Role::User, vec![result("3")]),
    ]));
    let messages = body["messages"].as_array().unwrap();
    let ids: Vec<_> = messages
        .iter()
        .filter_map(|message| message["tool_call_id"].as_str())
        .collect();
    assert_eq!(ids, ["call_0", "call_1", "call_2"]);
    assert_eq!(messages[3]["tool_calls"][0]["id"], "call_2");
}

#[test]
fn what_the_protocol_cannot_say_is_refused() {
    let said = |role, piece| ask(vec![Turn::new(role, vec![piece])]);
    let url = || "https://example.com".to_owned();
    for piece in [
        Piece::Audio(Audio::Url(url())),
        Piece::Document(Document::new("", DocumentSource::Url(url()))),
        Piece::ToolCall(ToolCall::new("a", "b", "")),
    ] {
        assert!(refused(&said(Role::User, piece)).contains("piece"));
    }
    let broken = Piece::ToolCall(ToolCall::new("a", "b", "[1]"));
    assert!(refused(&said(Role::Assistant, broken)).contains("object"));
    let with = |change: fn(&mut GenerateRequest)| {
        let mut request = ask(vec![]);
        change(&mut request);
        refused(&request)
    };
    assert!(with(|r| r.temperature = Some(1.5)).contains("temperature"));
    assert!(with(|r| r.temperature = Some(f32::NAN)).contains("finite"));
    assert!(with(|r| r.top_p = Some(1.0)).contains("nucleus"));
    assert!(with(|r| r.seed = Some(-1)).contains("seed"));
    assert!(with(|r| r.stop = vec![String::new(); 6]).contains("five"));
    assert!(with(|r| r.tool_choice = ToolChoice::Required).contains("required"));
    assert!(with(|r| r.tool_choice = ToolChoice::Named("b".into())).contains("not among"));
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
