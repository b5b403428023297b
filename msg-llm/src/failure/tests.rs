use super::*;
use http::{HeaderName, HeaderValue};
use proptest::prelude::*;
use std::time::Duration;

fn of(status: u16, body: &str) -> LlmError {
    classify(
        StatusCode::from_u16(status).unwrap(),
        &HeaderMap::new(),
        body.as_bytes(),
    )
}

type Row = (u16, &'static str, LlmErrorKind, Option<&'static str>);

/// Every shape of error body that compatible servers send, with the kind and the code that it means.
const BODIES: &[Row] = &[
    (
        429,
        r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
        LlmErrorKind::Quota,
        Some("insufficient_quota"),
    ),
    (
        429,
        r#"{"error":{"message":"Rate limit reached","type":"tokens","code":"rate_limit_exceeded"}}"#,
        LlmErrorKind::RateLimit,
        Some("rate_limit_exceeded"),
    ),
    (
        401,
        r#"{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"},"status":401}"#,
        LlmErrorKind::Auth,
        Some("invalid_api_key"),
    ),
    (
        400,
        r#"{"error":{"message":"This model's maximum context length is 8192 tokens","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
        LlmErrorKind::ContextLength,
        Some("context_length_exceeded"),
    ),
    (
        400,
        r#"{"error":{"code":400,"message":"request (9000 tokens) exceeds the available context size","type":"exceed_context_size_error","n_ctx":4096,"n_prompt_tokens":9000}}"#,
        LlmErrorKind::ContextLength,
        Some("400"),
    ),
    (
        402,
        r#"{"error":{"code":402,"message":"Insufficient credits"}}"#,
        LlmErrorKind::Billing,
        Some("402"),
    ),
    (
        404,
        r#"{"error":"model not found"}"#,
        LlmErrorKind::NotFound,
        None,
    ),
    (
        400,
        r#"{"code":"Client specified an invalid argument","error":"Incorrect API key provided"}"#,
        LlmErrorKind::Auth,
        None,
    ),
    (
        401,
        r#"{"detail":"Unauthorized"}"#,
        LlmErrorKind::Auth,
        None,
    ),
    (
        422,
        r#"{"detail":[{"loc":["body","messages"],"msg":"field required","type":"value_error.missing"}]}"#,
        LlmErrorKind::InvalidRequest,
        None,
    ),
    (
        400,
        r#"{"code":400,"message":"Validation: Temperature must be between 0 and 2","type":"Bad Request"}"#,
        LlmErrorKind::InvalidRequest,
        Some("400"),
    ),
    (
        400,
        r#"{"object":"error","message":"Invalid model: x","type":"invalid_model","param":null,"code":"1500","raw_status_code":400}"#,
        LlmErrorKind::InvalidRequest,
        Some("1500"),
    ),
    (
        529,
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
        LlmErrorKind::Overloaded,
        Some("overloaded_error"),
    ),
    (
        400,
        r#"[{"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT"}}]"#,
        LlmErrorKind::Auth,
        Some("400"),
    ),
    (
        400,
        r#"{"error":{"code":"content_filter","message":"The response was filtered","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
        LlmErrorKind::ContentFilter,
        Some("content_filter"),
    ),
    (
        500,
        r#"{"error":{"code":500,"message":"image input is not supported","type":"server_error"}}"#,
        LlmErrorKind::Unavailable,
        Some("500"),
    ),
    (
        503,
        r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
        LlmErrorKind::Overloaded,
        Some("503"),
    ),
    (
        502,
        "<html><body>Bad gateway</body></html>",
        LlmErrorKind::Unavailable,
        None,
    ),
    (403, "<!DOCTYPE html>", LlmErrorKind::Permission, None),
    (408, "", LlmErrorKind::Timeout, None),
    (200, " <html>", LlmErrorKind::Unavailable, None),
    (200, "upstream", LlmErrorKind::Malformed, None),
    (
        200,
        r#"{"choices":[{"message":{"content":"Hel"#,
        LlmErrorKind::Interrupted,
        None,
    ),
    (
        400,
        "\u{feff}{\"error\":{\"code\":\"content_filter\"}}",
        LlmErrorKind::ContentFilter,
        Some("content_filter"),
    ),
    // Cohere.
    (
        400,
        r#"{"error_type":"TOO_MANY_TOKENS","id":"1","message":"too many tokens: size limit exceeded by 25836 tokens."}"#,
        LlmErrorKind::ContextLength,
        Some("TOO_MANY_TOKENS"),
    ),
    (
        404,
        r#"{"id":"1","message":"model 'x' not found"}"#,
        LlmErrorKind::NotFound,
        None,
    ),
    // Perplexity.
    (
        400,
        r#"{"error":{"message":"The total length of all messages is too long.","type":"too_many_prompt_tokens","code":400}}"#,
        LlmErrorKind::ContextLength,
        Some("400"),
    ),
    // Bedrock behind a gateway, and a gateway of AWS.
    (
        400,
        r#"{"message":"The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum length."}"#,
        LlmErrorKind::ContextLength,
        None,
    ),
    (
        403,
        r#"{"Message":"User is not authorized"}"#,
        LlmErrorKind::Permission,
        None,
    ),
    // xAI.
    (
        400,
        r#"{"code":"invalid-argument","error":"Incorrect API key provided. You can obtain one."}"#,
        LlmErrorKind::Auth,
        Some("invalid-argument"),
    ),
    (
        403,
        r#"{"code":"The caller does not have permission","error":"Your newly created teams don't have any credits or licenses yet."}"#,
        LlmErrorKind::Billing,
        None,
    ),
    (
        403,
        r#"{"code":"The caller does not have permission","error":"Content violates usage guidelines."}"#,
        LlmErrorKind::ContentFilter,
        None,
    ),
    // Anthropic.
    (
        400,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#,
        LlmErrorKind::Billing,
        Some("invalid_request_error"),
    ),
    (
        400,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"You have reached your specified API usage limits."}}"#,
        LlmErrorKind::Quota,
        Some("invalid_request_error"),
    ),
    (
        400,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}"#,
        LlmErrorKind::ContentFilter,
        Some("invalid_request_error"),
    ),
    (
        413,
        r#"{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}"#,
        LlmErrorKind::ContextLength,
        Some("request_too_large"),
    ),
    // OpenRouter: moderation, and what the provider behind it said.
    (
        403,
        r#"{"error":{"code":403,"message":"The model requires moderation and your input was flagged","metadata":{"reasons":["violence"],"provider_name":"OpenAI"}}}"#,
        LlmErrorKind::ContentFilter,
        Some("403"),
    ),
    (
        400,
        r#"{"error":{"code":400,"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"message\":\"prompt is too long: 9 tokens > 8 maximum\"}}"}}}"#,
        LlmErrorKind::ContextLength,
        Some("400"),
    ),
    // Groq: a request larger than the limit of a minute never fits.
    (
        413,
        r#"{"error":{"message":"Request too large for model on tokens per minute (TPM)","type":"tokens","code":"rate_limit_exceeded"}}"#,
        LlmErrorKind::ContextLength,
        Some("rate_limit_exceeded"),
    ),
    (
        400,
        r#"{"error":{"message":"Failed to call a function.","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"x"}}"#,
        LlmErrorKind::InvalidRequest,
        Some("tool_use_failed"),
    ),
    // DeepSeek, Moonshot, Zhipu, Cerebras.
    (
        400,
        r#"{"error":{"message":"Content Exists Risk","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}"#,
        LlmErrorKind::ContentFilter,
        Some("invalid_request_error"),
    ),
    (
        429,
        r#"{"error":{"message":"The engine is currently overloaded","type":"engine_overloaded_error"}}"#,
        LlmErrorKind::Overloaded,
        Some("engine_overloaded_error"),
    ),
    (
        429,
        r#"{"error":{"message":"Your account is suspended, check your plan","type":"exceeded_current_quota_error"}}"#,
        LlmErrorKind::Quota,
        Some("exceeded_current_quota_error"),
    ),
    (
        429,
        r#"{"error":{"code":"1113","message":"in arrears"}}"#,
        LlmErrorKind::Billing,
        Some("1113"),
    ),
    (
        429,
        r#"{"error":{"code":"1302","message":"High concurrency"}}"#,
        LlmErrorKind::RateLimit,
        Some("1302"),
    ),
    (
        400,
        r#"{"contentFilter":[{"level":1}],"error":{"code":"1301","message":"sensitive"}}"#,
        LlmErrorKind::ContentFilter,
        Some("1301"),
    ),
    (
        429,
        r#"{"message":"Tokens per minute limit exceeded","type":"too_many_tokens_error","param":"quota","code":"token_quota_exceeded"}"#,
        LlmErrorKind::RateLimit,
        Some("token_quota_exceeded"),
    ),
    // Hugging Face, text-generation-inference, NVIDIA, llama.cpp, vLLM, Ollama.
    (
        400,
        r#"{"error":["Error in `parameters`: field required"],"warnings":[]}"#,
        LlmErrorKind::InvalidRequest,
        None,
    ),
    (
        429,
        r#"{"error":"Model is overloaded","error_type":"overloaded"}"#,
        LlmErrorKind::Overloaded,
        Some("overloaded"),
    ),
    (
        422,
        r#"{"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096","error_type":"validation"}"#,
        LlmErrorKind::ContextLength,
        Some("validation"),
    ),
    (
        402,
        r#"{"error":"You have exceeded your monthly included credits"}"#,
        LlmErrorKind::Billing,
        None,
    ),
    (
        404,
        r#"{"status":404,"title":"Not Found","detail":"Function not found for account"}"#,
        LlmErrorKind::NotFound,
        None,
    ),
    (
        501,
        r#"{"error":{"code":501,"message":"This server does not support embeddings","type":"not_supported_error"}}"#,
        LlmErrorKind::InvalidRequest,
        Some("501"),
    ),
    (
        400,
        r#"{"object":"error","message":"The decoder prompt (length 5000) is longer than the maximum model length of 4096","type":"BadRequestError","param":null,"code":400}"#,
        LlmErrorKind::ContextLength,
        Some("400"),
    ),
    (
        400,
        r#"{"error":"the input length exceeds the context length"}"#,
        LlmErrorKind::ContextLength,
        None,
    ),
    // ChatGPT, Azure, Mistral, and rate limits that speak of tokens.
    (
        429,
        r#"{"error":{"type":"usage_limit_reached","message":"The usage limit has been reached","plan_type":"plus","resets_in_seconds":60}}"#,
        LlmErrorKind::Quota,
        Some("usage_limit_reached"),
    ),
    (
        404,
        r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#,
        LlmErrorKind::NotFound,
        Some("DeploymentNotFound"),
    ),
    (
        401,
        r#"{"statusCode":401,"message":"Access denied due to invalid subscription key"}"#,
        LlmErrorKind::Auth,
        None,
    ),
    (
        429,
        r#"{"object":"error","message":"Service tier capacity exceeded for this model.","type":"service_tier_capacity_exceeded","param":null,"code":"3505"}"#,
        LlmErrorKind::RateLimit,
        Some("3505"),
    ),
    (
        422,
        r#"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body"],"msg":"Extra inputs are not permitted"}]},"type":"invalid_request_error","param":null,"code":null}"#,
        LlmErrorKind::InvalidRequest,
        Some("invalid_request_error"),
    ),
    (
        400,
        r#"{"object":"error","message":"Prompt contains 40000 tokens, too large for model with 32768 maximum context length","type":"invalid_request_prompt","code":"3051"}"#,
        LlmErrorKind::ContextLength,
        Some("3051"),
    ),
    (
        429,
        r#"{"message":"Too many tokens, please wait before trying again."}"#,
        LlmErrorKind::RateLimit,
        None,
    ),
    (524, "<html>", LlmErrorKind::Timeout, None),
    (520, "error code: 520", LlmErrorKind::Unavailable, None),
    (302, "", LlmErrorKind::InvalidRequest, None),
];

#[test]
fn every_shape_of_body() {
    for (status, body, kind, code) in BODIES {
        let error = of(*status, body);
        assert_eq!(
            (&error.kind, error.code.as_deref()),
            (kind, *code),
            "{status} {body}"
        );
        assert_eq!(error.status, Some(*status));
    }
}

#[test]
fn what_may_be_repeated_follows_the_official_clients() {
    let retryable: Vec<u16> = (400..600)
        .filter(|status| of(*status, "{}").retryable)
        .collect();
    let expected: Vec<u16> = [408, 409, 425, 429, 498]
        .into_iter()
        .chain(500..600)
        .collect();
    assert_eq!(retryable, expected);
    assert!(!of(429, r#"{"error":{"code":"insufficient_quota"}}"#).retryable);
}

#[test]
fn headers_override_and_advise() {
    let pairs = [
        ("x-should-retry", "false"),
        ("retry-after", "3"),
        ("x-request-id", "req_9"),
    ];
    let headers: HeaderMap = pairs
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect();
    let error = classify(StatusCode::TOO_MANY_REQUESTS, &headers, b"{}");
    assert_eq!(
        (
            error.retryable,
            error.retry_after,
            error.request_id.as_deref()
        ),
        (false, None, Some("req_9"))
    );
    let error = of(
        429,
        r#"{"error":{"message":"Please try again in 2s","details":[{"retryDelay":"7s"}]}}"#,
    );
    assert_eq!(error.retry_after, Some(Duration::from_secs(2)));
    let error = of(
        429,
        r#"{"error":{"message":"later","details":[{"retryDelay":"7s"}]},"request_id":"r"}"#,
    );
    assert_eq!(
        (error.retry_after, error.request_id.as_deref()),
        (Some(Duration::from_secs(7)), Some("r"))
    );
}

#[test]
fn an_error_inside_a_good_answer() {
    let none = HeaderMap::new();
    let vllm = inside(
        &none,
        br#"{"error":{"object":"error","message":"x","type":"BadRequestError","code":400}}"#,
    )
    .unwrap();
    assert_eq!(
        (vllm.kind, vllm.status, vllm.retryable),
        (LlmErrorKind::InvalidRequest, Some(400), false)
    );
    let overloaded = inside(
        &none,
        br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
    )
    .unwrap();
    assert_eq!(
        (overloaded.kind, overloaded.retryable),
        (LlmErrorKind::Overloaded, true)
    );
    let openrouter = inside(
        &none,
        br#"{"id":"g","choices":[{"finish_reason":"error"}],"error":{"code":502,"message":"x"}}"#,
    )
    .unwrap();
    assert_eq!(
        (openrouter.kind, openrouter.status),
        (LlmErrorKind::Unavailable, Some(502))
    );
    for (body, kind) in [
        (
            &br#"{"type":"error","error":{"type":"not_found_error"}}"#[..],
            LlmErrorKind::NotFound,
        ),
        (
            br#"{"type":"error","error":{"type":"request_too_large"}}"#,
            LlmErrorKind::ContextLength,
        ),
        (
            br#"{"type":"error","error":{"type":"billing_error"}}"#,
            LlmErrorKind::Billing,
        ),
        (
            br#"{"type":"error","error":{"type":"timeout_error"}}"#,
            LlmErrorKind::Timeout,
        ),
        (
            br#"{"type":"error","error":{"type":"api_error"}}"#,
            LlmErrorKind::Unavailable,
        ),
        (
            br#"{"type":"error","error":{"type":"permission_error"}}"#,
            LlmErrorKind::Permission,
        ),
        (
            br#"{"type":"error","error":{"type":"authentication_error"}}"#,
            LlmErrorKind::Auth,
        ),
        (
            br#"{"error":{"message":"Too many tokens, please wait before trying again."}}"#,
            LlmErrorKind::Unavailable,
        ),
        (
            br#"{"error":"an error was encountered while running the model"}"#,
            LlmErrorKind::Unavailable,
        ),
        (
            br#"{"error":{"code":404,"message":"models/x is not found","status":"NOT_FOUND"}}"#,
            LlmErrorKind::NotFound,
        ),
        (
            br#"{"error":true,"message":"x"}"#,
            LlmErrorKind::Unavailable,
        ),
    ] {
        let error = inside(&none, body).unwrap();
        assert_eq!(error.kind, kind, "{}", String::from_utf8_lossy(body));
    }
    assert!(inside(&none, br#"{"choices":[],"error":null}"#).is_none());
    assert!(inside(&none, br#"{"choices":[{"message":{"content":"hi"}}]}"#).is_none());
}

#[test]
fn a_sentence_in_place_of_a_code_is_not_kept() {
    let error = of(
        400,
        r#"{"error":{"code":"my name is canary","type":"also canary"},"request_id":"a canary"}"#,
    );
    assert!(!format!("{error:?} {error}").contains("canary"));
}

proptest! {
    #[test]
    fn any_body_is_an_error_without_its_text(status in 300..600_u16, body in "\\PC{0,40}", canary in "[a-z]{12} [a-z]{12}") {
        let body = format!("{{\"error\":{{\"message\":{canary:?},\"code\":{body:?}}},\"detail\":{canary:?}}}");
        let error = of(status, &body);
        prop_assert_eq!(error.status, Some(status));
        let shown = format!("{error:?} {error}");
        prop_assert!(!shown.contains(&canary));
    }

    #[test]
    fn bytes_never_panic(status in 100..1000_u16, body in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = classify(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), &body);
    }
}

#[test]
fn a_key_that_a_server_repeats_as_its_code_is_not_kept() {
    for (code, kept) in [
        ("rate_limit_exceeded", true),
        ("ThrottlingException", true),
        ("1302", true),
        ("sk-proj-4f9aX2b7Qm31Zt", false),
        ("AKIAIOSFODNN7EXAMPLE1029384756", false),
    ] {
        let body = format!(r#"{{"error":{{"message":"no","code":"{code}"}}}}"#);
        let error = classify(StatusCode::BAD_REQUEST, &HeaderMap::new(), body.as_bytes());
        assert_eq!(error.code.as_deref(), kept.then_some(code));
    }
}
