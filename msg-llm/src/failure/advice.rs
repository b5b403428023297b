//! When to try again, from every header and wording that providers use.

use http::HeaderMap;
use jiff::fmt::rfc2822::DateTimeParser;
use serde_json::Value;
use std::time::Duration;

/// HTTP dates (RFC 9110, 5.6.7) are a subset of what mail dates may be.
static HTTP_DATE: DateTimeParser = DateTimeParser::new();

/// What the provider says about a repetition at all (`x-should-retry`, which the OpenAI and Anthropic clients obey).
pub(super) fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match text(headers, "x-should-retry")? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The wait that the provider asks for: milliseconds, seconds or a date in a header, else when a used-up limit is reset, else
/// the wording of the message.
pub(crate) fn retry_after(headers: &HeaderMap, message: &str) -> Option<Duration> {
    let millis = ["retry-after-ms", "x-ms-retry-after-ms"]
        .iter()
        .find_map(|name| number(text(headers, name)?));
    millis
        .and_then(|millis| seconds(millis / 1000.0))
        .or_else(|| after(headers))
        .or_else(|| reset(headers))
        .or_else(|| in_words(message))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// A wait of so many seconds; negative, infinite or absurd ones are none.
fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

/// `retry-after`: seconds, with a fraction or not, or a date. A date is compared with the server's own, so that no clock is
/// read and a clock that goes wrong changes nothing.
fn after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, "retry-after")?;
    if let Some(wait) = number(value) {
        return seconds(wait);
    }
    if let Some((wait, _)) = spelled(value) {
        return Some(wait);
    }
    let date = |text: &str| HTTP_DATE.parse_timestamp(text).ok();
    let wait = date(value)?
        .as_millisecond()
        .saturating_sub(date(text(headers, "date")?)?.as_millisecond());
    u64::try_from(wait)
        .ok()
        .map(Duration::from_millis)
        .or(Some(Duration::ZERO))
}

/// Limits whose rest and reset stand in two headers. The first ones are Anthropic's, with a time; the others have a wait or a
/// time: OpenAI, Groq, Azure (`requests`, `tokens`), Cerebras (by day and minute), Together and OpenRouter (one limit for all),
/// and the draft of the IETF (`ratelimit-…`).
const LIMITS: [(&str, &str); 12] = [
    (
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ),
    (
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
    ),
    (
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-reset",
    ),
    (
        "anthropic-ratelimit-output-tokens-remaining",
        "anthropic-ratelimit-output-tokens-reset",
    ),
    (
        "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests",
    ),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    (
        "x-ratelimit-remaining-requests-day",
        "x-ratelimit-reset-requests-day",
    ),
    (
        "x-ratelimit-remaining-requests-minute",
        "x-ratelimit-reset-requests-minute",
    ),
    (
        "x-ratelimit-remaining-tokens-day",
        "x-ratelimit-reset-tokens-day",
    ),
    (
        "x-ratelimit-remaining-tokens-minute",
        "x-ratelimit-reset-tokens-minute",
    ),
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
];

/// The reset of a limit of which nothing remains, the latest of several.
fn reset(headers: &HeaderMap) -> Option<Duration> {
    let date = text(headers, "date").and_then(|date| HTTP_DATE.parse_timestamp(date).ok());
    LIMITS
        .iter()
        .filter(|(rest, _)| {
            text(headers, rest)
                .and_then(number)
                .is_some_and(|n| n <= 0.0)
        })
        .filter_map(|(_, reset)| until(text(headers, reset)?, date))
        .max()
}

/// What a reset says: a wait (`6m0s`, `20ms`, `33.5` seconds) or a time (RFC 3339, or seconds or milliseconds since 1970), which
/// is compared with the server's own date.
fn until(reset: &str, date: Option<jiff::Timestamp>) -> Option<Duration> {
    // So many seconds are 31 years: a time. So many are 31,000 years of seconds: milliseconds.
    const SECONDS_SINCE_1970: f64 = 1e9;
    const MILLIS_SINCE_1970: f64 = 1e12;
    let since = |millis: f64| {
        let now = Duration::from_millis(u64::try_from(date?.as_millisecond()).ok()?);
        Some(seconds(millis / 1000.0)?.saturating_sub(now))
    };
    if let Some(number) = number(reset) {
        return match number {
            n if n >= MILLIS_SINCE_1970 => since(n),
            n if n >= SECONDS_SINCE_1970 => since(n * 1000.0),
            n => seconds(n),
        };
    }
    if let Some((wait, _)) = spelled(reset) {
        return Some(wait);
    }
    let at: jiff::Timestamp = reset.parse().ok()?;
    let wait = at.as_millisecond().saturating_sub(date?.as_millisecond());
    Some(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
}

/// `Please try again in 1.5s.`, `… in 20ms`, `… in 6m0s` (OpenAI, Groq, Azure: `retry after 26 seconds`).
fn in_words(message: &str) -> Option<Duration> {
    let lower = message.to_ascii_lowercase();
    [
        "try again in ",
        "try again after ",
        "retry after ",
        "retry in ",
        "please wait ",
    ]
    .iter()
    .find_map(|phrase| {
        let (_, rest) = lower.split_once(phrase)?;
        spelled(rest).map(|(wait, _)| wait)
    })
}

/// A duration such as `1.5s`, `120ms`, `6m0s`, `1h2m`, `26 seconds`, and the text behind it.
fn spelled(text: &str) -> Option<(Duration, &str)> {
    let mut rest = text;
    let mut total = None;
    loop {
        rest = rest.trim_ascii_start();
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (digits, behind) = rest.split_at_checked(end)?;
        let Some(amount) = number(digits) else { break };
        let behind = behind.trim_start();
        let (factor, behind) = [
            ("milliseconds", 0.001),
            ("ms", 0.001),
            ("minutes", 60.0),
            ("minute", 60.0),
            ("min", 60.0),
            ("m", 60.0),
            ("hours", 3600.0),
            ("hour", 3600.0),
            ("h", 3600.0),
            ("days", 86400.0),
            ("d", 86400.0),
            ("seconds", 1.0),
            ("second", 1.0),
            ("s", 1.0),
        ]
        .iter()
        .find_map(|(unit, factor)| Some((*factor, behind.strip_prefix(unit)?)))?;
        total = Some(
            total
                .unwrap_or(Duration::ZERO)
                .saturating_add(seconds(amount * factor)?),
        );
        rest = behind;
    }
    total.map(|total| (total, rest))
}

/// Google's `RetryInfo` among the details of an error: `{"@type": "…RetryInfo", "retryDelay": "7s"}`, or with the delay as
/// `{"seconds": 7}`.
pub(super) fn retry_info(details: &Value) -> Option<Duration> {
    let delay = details
        .as_array()?
        .iter()
        .find_map(|detail| detail.get("retryDelay"))?;
    match delay.as_str() {
        Some(text) => spelled(text).map(|(wait, _)| wait),
        None => seconds(amount(delay.get("seconds")?)?),
    }
}

/// A wait in a field of an error body: `ChatGPT`'s plans, Hugging Face while a model loads, and gateways.
pub(super) fn told(object: &Value) -> Option<Duration> {
    let field = |name: &str| object.get(name).and_then(amount);
    let millis = field("retry_after_ms").map(|millis| millis / 1000.0);
    let told = millis.or_else(|| {
        [
            "retry_after",
            "retry_after_seconds",
            "resets_in_seconds",
            "estimated_time",
        ]
        .iter()
        .find_map(|name| field(name))
    });
    seconds(told?)
}

/// A number, or a text of one.
fn amount(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| number(value.as_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    fn wait(pairs: &[(&'static str, &'static str)], message: &str) -> Option<u128> {
        retry_after(&headers(pairs), message).map(|wait| wait.as_millis())
    }

    #[test]
    fn every_header_form() {
        assert_eq!(wait(&[("retry-after-ms", "1500")], ""), Some(1500));
        assert_eq!(
            wait(
                &[("x-ms-retry-after-ms", "250.5"), ("retry-after", "9")],
                ""
            ),
            Some(250)
        );
        assert_eq!(wait(&[("retry-after", "2")], ""), Some(2000));
        assert_eq!(wait(&[("retry-after", "0.25")], ""), Some(250));
        let date = ("date", "Sat, 21 Nov 2026 10:00:00 GMT");
        assert_eq!(
            wait(
                &[("retry-after", "Sat, 21 Nov 2026 10:00:07 GMT"), date],
                ""
            ),
            Some(7000)
        );
        assert_eq!(
            wait(
                &[("retry-after", "Sat, 21 Nov 2026 09:00:00 GMT"), date],
                ""
            ),
            Some(0),
            "it has passed"
        );
        assert_eq!(
            wait(&[("retry-after", "Sat, 21 Nov 2026 10:00:07 GMT")], ""),
            None,
            "no date to compare with"
        );
        assert_eq!(wait(&[("retry-after", "1m30s")], ""), Some(90_000));
        for nonsense in ["-1", "soon", "inf", "NaN", "1e300"] {
            assert_eq!(wait(&[("retry-after", nonsense)], ""), None);
        }
    }

    #[test]
    fn limits_of_which_nothing_remains() {
        let open = [
            ("x-ratelimit-remaining-tokens", "10"),
            ("x-ratelimit-reset-tokens", "9s"),
        ];
        assert_eq!(wait(&open, ""), None);
        let used = [
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "6m0s"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "120ms"),
        ];
        assert_eq!(wait(&used, ""), Some(360_000));
        let anthropic = [
            ("date", "Sat, 21 Nov 2026 10:00:00 GMT"),
            ("anthropic-ratelimit-requests-remaining", "4"),
            ("anthropic-ratelimit-requests-reset", "2026-11-21T11:00:00Z"),
            ("anthropic-ratelimit-input-tokens-remaining", "0"),
            (
                "anthropic-ratelimit-input-tokens-reset",
                "2026-11-21T10:00:09Z",
            ),
        ];
        assert_eq!(wait(&anthropic, ""), Some(9000));
        assert_eq!(wait(&anthropic[1..], ""), None, "no date to compare with");
    }

    #[test]
    fn resets_of_every_form() {
        let date = ("date", "Sat, 21 Nov 2026 10:00:00 GMT");
        for (rest, reset, told, expected) in [
            (
                "x-ratelimit-remaining-requests-day",
                "x-ratelimit-reset-requests-day",
                "33011.5",
                33_011_500,
            ),
            (
                "x-ratelimit-remaining-tokens-minute",
                "x-ratelimit-reset-tokens-minute",
                "11.25",
                11_250,
            ),
            ("x-ratelimit-remaining", "x-ratelimit-reset", "1", 1000),
            (
                "x-ratelimit-remaining",
                "x-ratelimit-reset",
                "1795255207000",
                7000,
            ),
            (
                "x-ratelimit-remaining",
                "x-ratelimit-reset",
                "1795255209",
                9000,
            ),
            ("ratelimit-remaining", "ratelimit-reset", "50", 50_000),
            (
                "x-ratelimit-remaining-requests",
                "x-ratelimit-reset-requests",
                "1h 30m",
                5_400_000,
            ),
        ] {
            assert_eq!(
                wait(&[(rest, "0"), (reset, told), date], ""),
                Some(expected)
            );
            assert_eq!(wait(&[(rest, "1"), (reset, told), date], ""), None);
        }
        let passed = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1500000000"),
        ];
        assert_eq!(wait(&passed, ""), None, "no date to compare with");
        assert_eq!(wait(&[passed[0], passed[1], date], ""), Some(0));
    }

    #[test]
    fn waits_in_the_body() {
        use serde_json::json;
        let told = |object: Value| told(&object).map(|wait| wait.as_millis());
        assert_eq!(told(json!({"retry_after": 1.5})), Some(1500));
        assert_eq!(told(json!({"retry_after": "2"})), Some(2000));
        assert_eq!(
            told(json!({"retry_after_ms": 250, "retry_after": 9})),
            Some(250)
        );
        assert_eq!(told(json!({"resets_in_seconds": 60})), Some(60_000));
        assert_eq!(told(json!({"estimated_time": 20.0})), Some(20_000));
        assert_eq!(told(json!({"retry_after": "soon"})), None);
        let info = |delay: Value| retry_info(&json!([{"retryDelay": delay}]));
        let google = info(json!("48.939935699s"));
        assert_eq!(google.map(|wait| wait.as_millis()), Some(48_939));
        assert_eq!(
            info(json!({"seconds": "7", "nanos": 5})),
            Some(Duration::from_secs(7))
        );
    }

    #[test]
    fn wordings() {
        let limit = "Rate limit reached for gpt-4o in organization x on tokens per min (TPM). Please try again in 1.5s. Visit";
        assert_eq!(wait(&[], limit), Some(1500));
        assert_eq!(wait(&[], "Please try again in 20ms."), Some(20));
        assert_eq!(wait(&[], "Please try again in 1h2m3.5s"), Some(3_723_500));
        assert_eq!(wait(&[], "Please retry after 26 seconds."), Some(26_000));
        assert_eq!(
            wait(&[], "Please retry in 48.939935699s."),
            Some(48_939),
            "gemini"
        );
        assert_eq!(wait(&[], "Try again after 10 seconds"), Some(10_000));
        assert_eq!(wait(&[], "Please wait 2 minutes"), Some(120_000));
        assert_eq!(wait(&[], "try again in a while"), None);
        assert_eq!(
            retry_info(&serde_json::json!([{"x": 1}, {"@type": "RetryInfo", "retryDelay": "7s"}])),
            Some(Duration::from_secs(7))
        );
    }

    #[test]
    fn the_provider_may_decide() {
        assert_eq!(
            should_retry(&headers(&[("x-should-retry", "true")])),
            Some(true)
        );
        assert_eq!(
            should_retry(&headers(&[("x-should-retry", "false")])),
            Some(false)
        );
        assert_eq!(should_retry(&headers(&[("x-should-retry", "1")])), None);
    }

    proptest! {
        #[test]
        fn anything_is_read_without_panic(value in "[0-9a-zA-Z :.,msh-]{0,30}", message in "(try again in |retry after )?[0-9.]{0,12}(ms|s|m|h|d)?\\PC{0,10}") {
            let mut map = HeaderMap::new();
            map.insert("retry-after", value.parse().unwrap());
            map.insert("date", value.parse().unwrap());
            let _ = retry_after(&map, &message);
        }
    }
}
