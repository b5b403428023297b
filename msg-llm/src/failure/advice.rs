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
    let date = |text: &str| HTTP_DATE.parse_timestamp(text).ok();
    let wait = date(value)?
        .as_millisecond()
        .saturating_sub(date(text(headers, "date")?)?.as_millisecond());
    u64::try_from(wait)
        .ok()
        .map(Duration::from_millis)
        .or(Some(Duration::ZERO))
}

/// The reset of a limit of which nothing remains, the latest of several: OpenAI's and Groq's headers have a wait, Anthropic's a
/// time (RFC 3339), which is compared with the server's date.
fn reset(headers: &HeaderMap) -> Option<Duration> {
    let date = text(headers, "date").and_then(|date| HTTP_DATE.parse_timestamp(date).ok());
    let until = ["requests", "tokens", "input-tokens", "output-tokens"]
        .iter()
        .filter(|limit| {
            text(headers, &format!("anthropic-ratelimit-{limit}-remaining")) == Some("0")
        })
        .filter_map(|limit| {
            let at = text(headers, &format!("anthropic-ratelimit-{limit}-reset"))?;
            let at: jiff::Timestamp = at.parse().ok()?;
            let wait = at.as_millisecond().saturating_sub(date?.as_millisecond());
            Some(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
        })
        .max();
    until.or_else(|| reset_in(headers))
}

fn reset_in(headers: &HeaderMap) -> Option<Duration> {
    ["requests", "tokens"]
        .iter()
        .filter(|limit| text(headers, &format!("x-ratelimit-remaining-{limit}")) == Some("0"))
        .filter_map(|limit| spelled(text(headers, &format!("x-ratelimit-reset-{limit}"))?))
        .map(|(wait, _)| wait)
        .max()
}

/// `Please try again in 1.5s.`, `… in 20ms`, `… in 6m0s` (OpenAI, Groq, Azure: `retry after 26 seconds`).
fn in_words(message: &str) -> Option<Duration> {
    let lower = message.to_ascii_lowercase();
    ["try again in ", "retry after ", "retry in "]
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

/// Google's `RetryInfo` among the details of an error: `{"@type": "…RetryInfo", "retryDelay": "7s"}`.
pub(super) fn retry_info(details: &Value) -> Option<Duration> {
    let delay = details
        .as_array()?
        .iter()
        .find_map(|detail| detail.get("retryDelay")?.as_str())?;
    spelled(delay).map(|(wait, _)| wait)
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
    fn wordings() {
        let limit = "Rate limit reached for gpt-4o in organization x on tokens per min (TPM). Please try again in 1.5s. Visit";
        assert_eq!(wait(&[], limit), Some(1500));
        assert_eq!(wait(&[], "Please try again in 20ms."), Some(20));
        assert_eq!(wait(&[], "Please try again in 1h2m3.5s"), Some(3_723_500));
        assert_eq!(wait(&[], "Please retry after 26 seconds."), Some(26_000));
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
