//! Every built-in profile, row by row: what its server is sent, and where it tells what was used.
#![cfg(test)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "values written in place with `json!` read best"
)]

use super::super::wire::OpenAi;
use super::Profiles;
use http::header::AUTHORIZATION;
use msg_core::llm::{
    Collector, GenerateRequest, GenerateResponse, LlmWire as _, Piece, Reasoning, Role, Turn,
};
use serde_json::{Value, json};

/// What a server is sent.
struct Row {
    name: &'static str,
    address: &'static str,
    /// The name of the output limit.
    limit: &'static str,
    /// Where its own thoughts are handed back, if they are.
    thought: Option<&'static str>,
    /// Whether a stream has to be asked for its usage.
    asked: bool,
}

const fn row(
    name: &'static str,
    address: &'static str,
    limit: &'static str,
    thought: Option<&'static str>,
    asked: bool,
) -> Row {
    Row {
        name,
        address,
        limit,
        thought,
        asked,
    }
}

const MAX: &str = "max_tokens";
const NEW: &str = "max_completion_tokens";
const CONTENT: Option<&str> = Some("reasoning_content");

#[rustfmt::skip]
const ROWS: [Row; 19] = [
    row("cerebras", "https://api.cerebras.ai/v1/chat/completions", NEW, None, true),
    row("deepseek", "https://api.deepseek.com/chat/completions", MAX, CONTENT, true),
    row("doubleword", "https://api.doubleword.ai/v1/chat/completions", MAX, None, true),
    row("fireworks", "https://api.fireworks.ai/inference/v1/chat/completions", MAX, CONTENT, true),
    row("groq", "https://api.groq.com/openai/v1/chat/completions", MAX, Some("reasoning"), true),
    row("huggingface", "https://router.huggingface.co/v1/chat/completions", MAX, None, true),
    row("llama-cpp", "http://localhost:8080/v1/chat/completions", MAX, CONTENT, true),
    row("lm-studio", "http://localhost:1234/v1/chat/completions", MAX, None, true),
    row("minimax", "https://api.minimax.io/v1/chat/completions", MAX, None, true),
    row("moonshot", "https://api.moonshot.ai/v1/chat/completions", MAX, CONTENT, true),
    row("nvidia", "https://integrate.api.nvidia.com/v1/chat/completions", MAX, None, true),
    row("openai", "https://api.openai.com/v1/chat/completions", NEW, None, true),
    row("openrouter", "https://openrouter.ai/api/v1/chat/completions", MAX, Some("reasoning"), false),
    row("perplexity", "https://api.perplexity.ai/chat/completions", MAX, None, false),
    row("together", "https://api.together.xyz/v1/chat/completions", MAX, None, true),
    row("venice", "https://api.venice.ai/api/v1/chat/completions", MAX, None, true),
    row("vllm", "http://localhost:8000/v1/chat/completions", MAX, CONTENT, true),
    row("xai", "https://api.x.ai/v1/chat/completions", MAX, None, true),
    row("zhipu", "https://api.z.ai/api/paas/v4/chat/completions", MAX, None, false),
];

fn wire(name: &str) -> OpenAi {
    let config = Profiles::built_in().unwrap().get(name).unwrap();
    OpenAi::new(config.with_api_key("k").with_model("m")).unwrap()
}

#[test]
fn what_every_server_is_sent() {
    let profiles = Profiles::built_in().unwrap();
    assert!(
        profiles.names().eq(ROWS.iter().map(|row| row.name)),
        "a row for each"
    );
    for row in &ROWS {
        let name = row.name;
        let thoughts = vec![
            Piece::Reasoning(Reasoning::new("ours", name)),
            Piece::Reasoning(Reasoning::new("theirs", "somebody")),
            Piece::Text("said".into()),
        ];
        let turns = vec![Turn::new(Role::Assistant, thoughts), Turn::user("More")];
        let mut request = GenerateRequest::new("Be brief.", turns).with_max_tokens(9);
        request.effort = Some("low".into());
        for stream in [false, true] {
            let sent = wire(name).encode(&request, stream).unwrap();
            assert_eq!(sent.uri(), row.address, "{name}");
            assert_eq!(sent.headers()[AUTHORIZATION], "Bearer k", "{name}");
            let body: Value = serde_json::from_slice(sent.body()).unwrap();
            for limit in [MAX, NEW] {
                let expected = (limit == row.limit).then(|| json!(9));
                assert_eq!(body.get(limit), expected.as_ref(), "{name} {limit}");
            }
            assert_eq!(
                body["messages"][0],
                json!({"role": "system", "content": "Be brief."})
            );
            let said = &body["messages"][1];
            assert_eq!(said["content"], "said", "{name}");
            for field in ["reasoning", "reasoning_content", "reasoning_details"] {
                let expected = (row.thought == Some(field)).then(|| json!("ours"));
                assert_eq!(said.get(field), expected.as_ref(), "{name} {field}");
            }
            let effort = ("reasoning_effort", json!("low"));
            let (field, effort) = match name {
                "openrouter" => ("reasoning", json!({"effort": "low"})),
                _ => effort,
            };
            assert_eq!(body[field], effort, "{name}");
            assert_eq!(body.get("stream"), stream.then_some(&json!(true)), "{name}");
            let asked = (stream && row.asked).then(|| json!({"include_usage": true}));
            assert_eq!(body.get("stream_options"), asked.as_ref(), "{name}");
        }
    }
}

/// What comes of these pieces.
fn streamed(
    name: &str,
    headers: &[(&str, &str)],
    pieces: &[Value],
    done: bool,
) -> GenerateResponse {
    let mut head = http::Response::builder();
    for (header, value) in headers {
        head = head.header(*header, *value);
    }
    let wire = wire(name);
    let mut decoder = wire.decoder(&head.body(()).unwrap().into_parts().0);
    let mut events = Vec::new();
    for piece in pieces {
        let event = format!("data: {piece}\n\n");
        decoder.push(event.as_bytes(), &mut events).unwrap();
    }
    if done {
        decoder.push(b"data: [DONE]\n\n", &mut events).unwrap();
    }
    decoder.finish(&mut events).unwrap();
    let mut collector = Collector::new();
    for event in &events {
        collector.add(event, wire.scheme());
    }
    collector.into_response()
}

/// A piece with this end and these counts at its root.
fn piece(finish: Option<&str>, usage: Value) -> Value {
    let choice = json!({"index": 0, "delta": {"content": "a"}, "finish_reason": finish});
    json!({"id": "x", "model": "m", "choices": [choice], "usage": usage})
}

fn counts(prompt: u64, completion: u64, more: Value) -> Value {
    let mut counts = json!({"prompt_tokens": prompt, "completion_tokens": completion});
    if let (Value::Object(counts), Value::Object(more)) = (&mut counts, more) {
        counts.extend(more);
    }
    counts
}

/// A server, the head and the pieces of its stream, what of the input came from a cache, and the cost.
type Told = (
    &'static str,
    &'static [(&'static str, &'static str)],
    Vec<Value>,
    Option<u64>,
    Option<i64>,
);

#[rustfmt::skip]
fn told() -> Vec<Told> {
    let cached = |n: u64| json!({"prompt_tokens_details": {"cached_tokens": n}});
    let last = |usage: Value| json!({"id": "x", "model": "m", "choices": [], "usage": usage});
    let none = || piece(Some("stop"), Value::Null);
    let plain = || counts(9, 3, json!({}));
    let mut groq = none();
    groq["x_groq"] = json!({"usage": plain()});
    let mut moonshot = none();
    moonshot["choices"][0]["usage"] = counts(9, 3, json!({"cached_tokens": 4}));
    let deepseek = counts(9, 3, json!({"prompt_cache_hit_tokens": 4, "prompt_cache_miss_tokens": 5}));
    let openrouter = counts(9, 3, json!({"cost": 0.0012}));
    let xai = counts(9, 3, json!({"prompt_tokens_details": {"cached_tokens": 4}, "cost_in_usd_ticks": 12_000_000_u64}));
    vec![
        ("openai", &[], vec![none(), last(counts(9, 3, cached(4)))], Some(4), None),
        ("llama-cpp", &[], vec![none(), last(plain())], None, None),
        // Twice, and not added up.
        ("groq", &[], vec![groq, last(plain())], None, None),
        ("deepseek", &[], vec![piece(Some("stop"), deepseek)], Some(4), None),
        // The end twice, the second time with what it cost.
        ("openrouter", &[], vec![none(), piece(Some("stop"), openrouter)], None, Some(1_200)),
        ("xai", &[], vec![none(), last(xai)], Some(4), Some(1_200)),
        ("fireworks", &[("fireworks-cached-prompt-tokens", "4")], vec![piece(Some("stop"), plain())], Some(4), None),
        ("moonshot", &[], vec![moonshot], Some(4), None),
    ]
}

#[test]
fn where_every_server_tells_what_was_used() {
    for (name, headers, pieces, read, cost) in told() {
        let answer = streamed(name, headers, &pieces, true);
        let usage = answer.usage;
        assert_eq!(usage.total_input(), Some(9), "{name}");
        assert_eq!(usage.cache_read, read, "{name}");
        assert_eq!(usage.total_output(), Some(3), "{name}");
        assert_eq!(answer.cost_micros, cost, "{name}");
    }
    // Perplexity counts up, and ends without a mark.
    let counting = [
        piece(None, counts(9, 1, json!({}))),
        piece(None, counts(9, 2, json!({}))),
        piece(
            Some("stop"),
            counts(9, 3, json!({"cost": {"total_cost": 0.0012}})),
        ),
    ];
    let answer = streamed("perplexity", &[], &counting, false);
    assert_eq!(answer.usage.total_output(), Some(3));
    assert_eq!(answer.cost_micros, Some(1_200));
}
