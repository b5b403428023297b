use super::super::wire::SCHEME;
use super::*;
use msg_core::llm::{Document, Reasoning, ToolCall, ToolResult, Turn};
use msg_core::message::media::MediaBytes;
use proptest::prelude::*;
use serde_json::{Value, json};

fn dialect() -> Dialect {
    Dialect {
        scheme: SCHEME.into(),
        effort_field: EffortField::default(),
        efforts: Vec::new(),
        seed_field: SeedField::default(),
        tool_ids: ToolIds::default(),
        document_part: DocumentPart::default(),
        audio_part: AudioPart::default(),
        lacks: BTreeSet::new(),
        model: "default-model".into(),
        max_tokens: "max_completion_tokens",
        system_role: SystemRole::System,
        stream_usage: true,
        reasoning_field: ReasoningField::None,
    }
}

fn sent(request: &GenerateRequest, dialect: &Dialect, stream: bool) -> Value {
    serde_json::from_slice(&body(request, dialect, stream).unwrap()).unwrap()
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

/// A request that uses everything.
pub(super) fn everything() -> GenerateRequest {
    let picture = Image::Bytes {
        mime: "image/png".into(),
        data: MediaBytes(vec![0, 1, 2, 3].into()),
    };
    let mut thought = Reasoning::new("They want an order.", SCHEME);
    thought.signature = Some("seal".into());
    let turns = vec![
        Turn::new(
            Role::User,
            vec![
                Piece::Text("What is \"this\"?".into()),
                Piece::Image(picture),
                Piece::Image(Image::Url("https://example.com/a.png".into())),
            ],
        ),
        Turn::new(
            Role::Assistant,
            vec![
                Piece::Reasoning(thought),
                Piece::Reasoning(Reasoning::new("not ours", "anthropic")),
                Piece::ToolCall(ToolCall::new("call_a", "find_order", "{\"id\":\"1\"}")),
                Piece::ToolCall(ToolCall::new("call_b", "find_order", "")),
            ],
        ),
        Turn::new(
            Role::User,
            vec![
                Piece::Text("And hurry.".into()),
                Piece::ToolResult(ToolResult::new(
                    "call_a",
                    "find_order",
                    "{\"state\":\"sent\"}",
                )),
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
    request.seed = Some(7);
    request.stop = vec!["END".into()];
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
    insta::assert_json_snapshot!("everything_streamed", sent(&everything(), &dialect(), true));
}

#[test]
fn a_request_that_uses_nothing() {
    let body = body(
        &GenerateRequest::new("", vec![Turn::user("Hi")]),
        &dialect(),
        false,
    )
    .unwrap();
    assert_eq!(
        String::from_utf8(body).unwrap(),
        r#"{"model":"default-model","messages":[{"role":"user","content":"Hi"}]}"#
    );
}

#[test]
fn dialects() {
    let mut other = Dialect {
        max_tokens: "max_tokens",
        system_role: SystemRole::Developer,
        stream_usage: false,
        ..dialect()
    };
    let plain = sent(&everything(), &other, true);
    assert_eq!(
        (
            &plain["max_tokens"],
            plain.get("max_completion_tokens"),
            plain.get("stream_options")
        ),
        (&json!(200), None, None)
    );
    assert_eq!(plain["messages"][0]["role"], "developer");
    assert_eq!(plain["messages"][2].get("reasoning_content"), None);
    other.reasoning_field = ReasoningField::ReasoningContent;
    assert_eq!(
        sent(&everything(), &other, false)["messages"][2]["reasoning_content"],
        "They want an order."
    );
    other.reasoning_field = ReasoningField::Reasoning;
    assert_eq!(
        sent(&everything(), &other, false)["messages"][2]["reasoning"],
        "They want an order."
    );
    other.reasoning_field = ReasoningField::Thinking;
    other.effort_field = EffortField::Reasoning;
    other.seed_field = SeedField::RandomSeed;
    let body = sent(&everything(), &other, false);
    assert_eq!(
        body["messages"][2]["content"],
        json!([{"type": "thinking", "thinking": [{"type": "text", "text": "They want an order."}]}])
    );
    assert_eq!(
        (&body["reasoning"], &body["random_seed"]),
        (&json!({"effort": "low"}), &json!(7))
    );
    assert_eq!(
        (body.get("seed"), body.get("reasoning_effort")),
        (None, None)
    );
}

fn lacking(lacks: &[Lack]) -> Dialect {
    Dialect {
        lacks: lacks.iter().copied().collect(),
        ..dialect()
    }
}

#[test]
fn what_a_server_lacks_is_said_another_way_or_left_out_or_refused() {
    let ask = |choice| {
        let mut strict = tool("a");
        strict.strict = true;
        let mut ask = GenerateRequest::new("", vec![Turn::user("x")]);
        ask.cache_key = Some("k".into());
        ask.with_tools(vec![strict, tool("b")], choice)
    };
    let named = ask(ToolChoice::Named("b".into()));
    let body = sent(&named, &lacking(&[Lack::NamedChoice]), false);
    assert_eq!(body["tool_choice"], "required");
    assert_eq!(body["tools"].as_array().unwrap().len(), 1);
    assert_eq!(body["tools"][0]["function"]["name"], "b");
    let quiet = lacking(&[Lack::NoneChoice, Lack::StrictTools, Lack::CacheKey]);
    let body = sent(&ask(ToolChoice::None), &quiet, false);
    assert_eq!(
        (body.get("tools"), body.get("prompt_cache_key")),
        (None, None)
    );
    let body = sent(&ask(ToolChoice::Auto), &quiet, false);
    assert_eq!(body["tools"][0]["function"].get("strict"), None);

    let refused = |request: &GenerateRequest, lacks: &[Lack]| {
        super::body(request, &lacking(lacks), false)
            .unwrap_err()
            .detail
    };
    let unforced = [Lack::NamedChoice, Lack::RequiredChoice];
    assert!(refused(&named, &unforced).contains("made to call"));
    assert!(refused(&ask(ToolChoice::Required), &unforced[1..]).contains("made to call"));
    assert!(super::body(&named, &lacking(&unforced[1..]), false).is_ok());
    let full = everything();
    for lack in [
        Lack::Tools,
        Lack::JsonSchema,
        Lack::Images,
        Lack::Stop,
        Lack::Seed,
        Lack::Effort,
    ] {
        assert!(refused(&full, &[lack]).contains("takes no"), "{lack:?}");
    }
    let json = GenerateRequest::new("", vec![]).with_output(OutputFormat::Json);
    assert!(refused(&json, &[Lack::JsonObject]).contains("json"));
    let picky = Dialect {
        efforts: vec!["high".into(), "none".into()],
        ..dialect()
    };
    assert!(
        super::body(&full, &picky, false)
            .unwrap_err()
            .detail
            .contains("effort")
    );
}

#[test]
fn documents_in_both_forms() {
    let document = |source| {
        let pieces = vec![
            Piece::Text("Read.".into()),
            Piece::Document(Document::new("", source)),
        ];
        GenerateRequest::new("", vec![Turn::new(Role::User, pieces)])
    };
    let pdf = document(DocumentSource::Bytes {
        mime: "application/pdf".into(),
        data: MediaBytes(vec![0, 1, 2].into()),
    });
    let url = document(DocumentSource::Url("https://example.com/a.pdf".into()));
    let text = document(DocumentSource::Text("Be kind.".into()));
    let linked = Dialect {
        document_part: DocumentPart::DocumentUrl,
        ..dialect()
    };
    let part = |request, dialect: &Dialect| {
        sent(request, dialect, false)["messages"][0]["content"][1].clone()
    };
    let data = "data:application/pdf;base64,AAEC";
    assert_eq!(
        part(&pdf, &dialect()),
        json!({"type": "file", "file": {"filename": "document", "file_data": data}})
    );
    assert_eq!(
        part(&pdf, &linked),
        json!({"type": "document_url", "document_url": data, "document_name": "document"})
    );
    assert_eq!(
        part(&url, &linked)["document_url"],
        "https://example.com/a.pdf"
    );
    assert_eq!(
        part(&text, &dialect()),
        json!({"type": "text", "text": "Be kind."})
    );
    assert!(refused(&url).contains("data only"));
}

#[test]
fn thoughts_go_back_only_to_the_endpoint_that_issued_them() {
    let elsewhere = Dialect {
        scheme: "vllm-2".into(),
        reasoning_field: ReasoningField::ReasoningContent,
        ..dialect()
    };
    let body = sent(&everything(), &elsewhere, false);
    assert_eq!(body["messages"][2].get("reasoning_content"), None);
}

#[test]
fn ids_of_nine_letters_and_digits() {
    let nine = Dialect {
        tool_ids: ToolIds::Nine,
        ..dialect()
    };
    let call = |id: &str| Piece::ToolCall(ToolCall::new(id, "t", "{}"));
    let result = |id: &str| Piece::ToolResult(ToolResult::new(id, "t", "x"));
    let ids = ["abcDEF123", "call_REDACTED_1", "é", ""];
    let turns = vec![
        Turn::new(Role::Assistant, ids.map(call).into()),
        Turn::new(Role::User, ids.map(result).into()),
    ];
    let body = sent(&GenerateRequest::new("", turns), &nine, false);
    let mut seen = BTreeSet::new();
    for at in 0..ids.len() {
        let made = body["messages"][0]["tool_calls"][at]["id"]
            .as_str()
            .unwrap();
        assert_eq!(body["messages"][at + 1]["tool_call_id"], made);
        assert!(
            made.len() == 9 && made.bytes().all(|b| b.is_ascii_alphanumeric()),
            "{made}"
        );
        assert!(seen.insert(made.to_owned()));
    }
    assert!(seen.contains("abcDEF123"));
}

#[test]
fn tool_choices_and_output_formats() {
    let choice = |choice| {
        sent(
            &GenerateRequest::new("", vec![Turn::user("x")]).with_tools(vec![tool("t")], choice),
            &dialect(),
            false,
        )
    };
    assert_eq!(choice(ToolChoice::Auto).get("tool_choice"), None);
    assert_eq!(choice(ToolChoice::None)["tool_choice"], "none");
    assert_eq!(choice(ToolChoice::Required)["tool_choice"], "required");
    assert_eq!(
        choice(ToolChoice::Named("t".into()))["tool_choice"],
        json!({"type": "function", "function": {"name": "t"}})
    );
    let json = GenerateRequest::new("", vec![Turn::user("x")]).with_output(OutputFormat::Json);
    assert_eq!(
        sent(&json, &dialect(), false)["response_format"],
        json!({"type": "json_object"})
    );
}

#[test]
fn calls_without_ids_are_matched_by_order() {
    let call = |name: &str| Piece::ToolCall(ToolCall::new("", name, "{}"));
    let result = |text: &str| Piece::ToolResult(ToolResult::new("", "t", text));
    let request = GenerateRequest::new(
        "",
        vec![
            Turn::new(Role::Assistant, vec![call("a"), call("b")]),
            Turn::new(Role::User, vec![result("1"), result("2")]),
            Turn::new(Role::Assistant, vec![call("c")]),
            Turn::new(Role::User, vec![result("3")]),
        ],
    );
    let body = sent(&request, &dialect(), false);
    let ids: Vec<_> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|m| m["tool_call_id"].as_str())
        .collect();
    assert_eq!(ids, ["call_0", "call_1", "call_2"]);
    assert_eq!(body["messages"][0]["tool_calls"][1]["id"], "call_1");
    assert_eq!(body["messages"][3]["tool_calls"][0]["id"], "call_2");
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
    assert!(
        refused(&ask(vec![Turn::new(
            Role::User,
            vec![Piece::ToolCall(ToolCall::new("a", "b", ""))]
        )]))
        .contains("piece")
    );
    assert!(refused(&ask(vec![]).with_tools(vec![], ToolChoice::Required)).contains("required"));
    assert!(
        refused(&ask(vec![]).with_tools(vec![tool("a")], ToolChoice::Named("b".into())))
            .contains("not among")
    );
    let mut hot = ask(vec![]);
    hot.temperature = Some(f32::NAN);
    assert!(refused(&hot).contains("finite"));
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
fn recordings_are_said_as_the_server_wants_it() {
    let heard = |mime: &str| {
        let audio = msg_core::llm::Audio::new(mime, "RIFF");
        let turn = Turn::new(
            Role::User,
            vec![Piece::Text("What is said?".into()), Piece::Audio(audio)],
        );
        GenerateRequest::new("", vec![turn])
    };
    let part = |ask: &GenerateRequest, dialect: &Dialect| {
        let body: Value = serde_json::from_slice(&body(ask, dialect, false).unwrap()).unwrap();
        body["messages"][0]["content"][1].clone()
    };
    let data = "UklGRg==";
    assert_eq!(
        part(&heard("audio/x-wav; rate=8000"), &dialect()),
        json!({"type": "input_audio", "input_audio": {"data": data, "format": "wav"}})
    );
    assert!(body(&heard("audio/ogg"), &dialect(), false).is_err());
    let bare = Dialect {
        audio_part: AudioPart::Bare,
        ..dialect()
    };
    assert_eq!(
        part(&heard("audio/ogg"), &bare),
        json!({"type": "input_audio", "input_audio": data})
    );
    let deaf = Dialect {
        lacks: BTreeSet::from([Lack::Audio]),
        ..dialect()
    };
    assert!(body(&heard("audio/wav"), &deaf, false).is_err());
}
