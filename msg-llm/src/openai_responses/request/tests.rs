use super::*;
use msg_core::llm::{Document, Reasoning as Thought, ToolCall, ToolResult, Turn};
use msg_core::message::media::MediaBytes;
use proptest::prelude::*;
use serde_json::{Value, json};

fn dialect() -> Dialect {
    Dialect {
        scheme: "openai-responses".into(),
        model: "default-model".into(),
        store: false,
        summary: None,
    }
}

fn sent(request: &GenerateRequest, dialect: &Dialect, stream: bool) -> Value {
    serde_json::from_slice(&body(request, dialect, stream).unwrap()).unwrap()
}

fn refused(request: &GenerateRequest) -> &'static str {
    body(request, &dialect(), false).unwrap_err().detail
}

fn thought(text: &str, seal: Option<&str>, issuer: &str) -> Piece {
    let mut thought = Thought::new(text, issuer);
    thought.signature = seal.map(Into::into);
    Piece::Reasoning(thought)
}

fn tool(name: &str) -> Tool {
    let schema =
        json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]});
    Tool::new(name, "Finds an order.", schema)
}

/// A request that uses everything.
fn everything() -> GenerateRequest {
    let data = || MediaBytes(vec![0, 1, 2, 3].into());
    let picture = Image::Bytes {
        mime: "image/png".into(),
        data: data(),
    };
    let pdf = DocumentSource::Bytes {
        mime: "application/pdf".into(),
        data: data(),
    };
    let at = |url: &str| DocumentSource::Url(url.into());
    let turns = vec![
        Turn::new(
            Role::User,
            vec![
                Piece::Text("What is \"this\"?".into()),
                Piece::Image(picture),
                Piece::Image(Image::Url("https://example.com/a.png".into())),
                Piece::Document(Document::new("bill.pdf", pdf)),
                Piece::Document(Document::new("", at("https://example.com/a.pdf"))),
                Piece::Document(Document::new(
                    "note",
                    DocumentSource::Text("Be kind.".into()),
                )),
            ],
        ),
        Turn::new(
            Role::Assistant,
            vec![
                thought(
                    "They want an order.",
                    Some("rs_1 sealed"),
                    "openai-responses",
                ),
                Piece::ToolCall(ToolCall::new("call_a", "find_order", "{\"id\":\"1\"}")),
                Piece::ToolCall(ToolCall::new("call_b", "find_order", "")),
            ],
        ),
        Turn::new(
            Role::User,
            vec![
                Piece::Text("And hurry.".into()),
                Piece::ToolResult(ToolResult::new("call_a", "find_order", "{\"state\":1}")),
                Piece::ToolResult(ToolResult::new("call_b", "find_order", "no id")),
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
        .with_model("gpt-5-mini")
        .with_max_tokens(200)
        .with_tools(
            vec![strict, tool("other")],
            ToolChoice::Named("find_order".into()),
        );
    request.temperature = Some(0.7);
    request.top_p = Some(0.9);
    request.effort = Some("low".into());
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
    let dialect = Dialect {
        summary: Some(Summary::Auto),
        ..dialect()
    };
    insta::assert_json_snapshot!("everything_streamed", sent(&everything(), &dialect, true));
}

#[test]
fn a_request_that_uses_nothing() {
    let ask = GenerateRequest::new("", vec![Turn::user("Hi")]);
    assert_eq!(
        String::from_utf8(body(&ask, &dialect(), false).unwrap()).unwrap(),
        r#"{"model":"default-model","input":[{"role":"user","content":"Hi"}],"store":false}"#
    );
}

#[test]
fn thoughts_go_back_only_to_who_issued_and_can_open_them() {
    let ask =
        |piece: Piece| GenerateRequest::new("", vec![Turn::new(Role::Assistant, vec![piece])]);
    let items = |piece: Piece, store: bool| {
        let dialect = Dialect { store, ..dialect() };
        let body = sent(&ask(piece), &dialect, false);
        (body["input"].clone(), body.get("include").is_some())
    };
    let ours = |seal| thought("Hm.", seal, "openai-responses");
    let item = json!([{"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "e e"}]);
    assert_eq!(items(ours(Some("rs_1 e e")), false), (item.clone(), true));
    assert_eq!(items(ours(Some("rs_1 e e")), true), (item, false));
    let by_id = json!([{"type": "reasoning", "id": "rs_1", "summary": []}]);
    let bare = || thought("", Some("rs_1"), "openai-responses");
    assert_eq!(items(bare(), true), (by_id, false));
    // Nobody keeps what only its id tells.
    assert_eq!(items(bare(), false), (json!([]), false));
    assert_eq!(items(ours(None), true), (json!([]), false));
    for issuer in ["openai", "openai-responses-other-host", ""] {
        let other = thought("", Some("rs_1 e"), issuer);
        assert_eq!(items(other, true), (json!([]), false), "{issuer}");
    }
}

#[test]
fn tool_choices_and_output_formats() {
    let choice = |choice| {
        let ask = GenerateRequest::new("", vec![Turn::user("x")]);
        sent(&ask.with_tools(vec![tool("t")], choice), &dialect(), false)
    };
    assert_eq!(choice(ToolChoice::Auto).get("tool_choice"), None);
    assert_eq!(choice(ToolChoice::None)["tool_choice"], "none");
    assert_eq!(choice(ToolChoice::Required)["tool_choice"], "required");
    assert_eq!(
        choice(ToolChoice::Named("t".into()))["tool_choice"],
        json!({"type": "function", "name": "t"})
    );
    assert_eq!(choice(ToolChoice::Auto)["tools"][0]["strict"], false);
    let json = GenerateRequest::new("", vec![Turn::user("x")]).with_output(OutputFormat::Json);
    assert_eq!(
        sent(&json, &dialect(), false)["text"],
        json!({"format": {"type": "json_object"}})
    );
}

#[test]
fn calls_without_ids_are_matched_by_order() {
    let call = |name: &str| Piece::ToolCall(ToolCall::new("", name, "{}"));
    let result = |text: &str| Piece::ToolResult(ToolResult::new("", "t", text));
    let turns = vec![
        Turn::new(Role::Assistant, vec![call("a"), call("b")]),
        Turn::new(Role::User, vec![result("1"), result("2")]),
        Turn::new(Role::Assistant, vec![call("c")]),
        Turn::new(Role::User, vec![result("3")]),
    ];
    let body = sent(&GenerateRequest::new("", turns), &dialect(), false);
    let ids: Vec<_> = body["input"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["call_id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        ["call_0", "call_1", "call_0", "call_1", "call_2", "call_2"]
    );
}

#[test]
fn what_the_protocol_cannot_say_is_refused() {
    let ask = |turns| GenerateRequest::new("", turns);
    let nameless = Dialect {
        model: String::new(),
        ..dialect()
    };
    assert!(body(&ask(vec![]), &nameless, false).is_err());
    let picture = Piece::Image(Image::Url("https://example.com".into()));
    assert!(refused(&ask(vec![Turn::new(Role::Assistant, vec![picture])])).contains("piece"));
    assert!(refused(&ask(vec![]).with_tools(vec![], ToolChoice::Required)).contains("required"));
    assert!(
        refused(&ask(vec![]).with_tools(vec![tool("a")], ToolChoice::Named("b".into())))
            .contains("not among")
    );
    let mut other = ask(vec![]);
    other.stop = vec!["END".into()];
    assert!(refused(&other).contains("stop"));
    let mut other = ask(vec![]);
    other.seed = Some(1);
    assert!(refused(&other).contains("seed"));
    let mut other = ask(vec![]);
    other.top_p = Some(f32::INFINITY);
    assert!(refused(&other).contains("finite"));
}

proptest! {
    #[test]
    fn any_text_arrives_unchanged_and_the_bytes_are_the_same_each_time(system in any::<String>(), user in any::<String>(), parts in prop::collection::vec(any::<String>(), 1..4), seal in "[a-z_0-9]{1,6} ?[a-z=+/ ]{0,6}") {
        let mut request = GenerateRequest::new(msg_core::llm::Instructions::by_host(&*system), vec![Turn::user(&*user)]);
        let mut said = vec![thought("", Some(&seal), "openai-responses")];
        said.extend(parts.iter().map(|text| Piece::Text(text.as_str().into())));
        request.turns.push(Turn::new(Role::Assistant, said));
        let dialect = Dialect { store: true, ..dialect() };
        let first = body(&request, &dialect, false).unwrap();
        prop_assert_eq!(&first, &body(&request, &dialect, false).unwrap());
        let value: Value = serde_json::from_slice(&first).unwrap();
        prop_assert_eq!(value["instructions"].as_str().unwrap_or_default(), &*system);
        prop_assert_eq!(value["input"][0]["content"].as_str(), Some(&*user));
        prop_assert_eq!(value["input"][2]["content"].as_str(), Some(&*parts.concat()));
        let item = &value["input"][1];
        let back = match item.get("encrypted_content") {
            Some(content) => format!("{} {}", item["id"].as_str().unwrap(), content.as_str().unwrap()),
            None => item["id"].as_str().unwrap().to_owned(),
        };
        prop_assert_eq!(back, seal);
    }
}

#[test]
fn calls_of_custom_tools_go_back_as_such() {
    let turns = vec![
        Turn::new(
            Role::Assistant,
            vec![
                Piece::ToolCall(ToolCall::new("a", "run", "\"say \\\"hi\\\"\"")),
                Piece::ToolCall(ToolCall::new("b", "find", "{\"x\":1}")),
            ],
        ),
        Turn::new(
            Role::User,
            vec![
                Piece::ToolResult(ToolResult::new("a", "run", "hi")),
                Piece::ToolResult(ToolResult::new("b", "find", "1")),
            ],
        ),
    ];
    let body = sent(&GenerateRequest::new("", turns), &dialect(), false);
    assert_eq!(
        (&body["input"][0], &body["input"][1]),
        (
            &json!({"type": "custom_tool_call", "call_id": "a", "name": "run", "input": "say \"hi\""}),
            &json!({"type": "function_call", "call_id": "b", "name": "find", "arguments": "{\"x\":1}"})
        )
    );
    let answered = |at: usize| {
        let item = &body["input"][at];
        (
            item["type"].as_str().unwrap(),
            item["call_id"].as_str().unwrap(),
        )
    };
    assert_eq!(answered(2), ("custom_tool_call_output", "a"));
    assert_eq!(answered(3), ("function_call_output", "b"));
}
