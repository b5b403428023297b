//! How long a business has to wait, from the headers of an answer.

use bytes::Bytes;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// One limit that a business is near, or over.
#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    estimated_time_to_regain_access: f64,
}

/// The longest wait in `X-Business-Use-Case-Usage`, which counts minutes
/// (<https://developers.facebook.com/docs/graph-api/overview/rate-limiting#headers-2>); none when it says nothing.
#[must_use]
pub fn usage_wait(response: &http::Response<Bytes>) -> Option<Duration> {
    let header = response.headers().get("x-business-use-case-usage")?;
    let uses: BTreeMap<String, Vec<Usage>> = serde_json::from_slice(header.as_bytes()).ok()?;
    let waits = uses.into_values().flatten();
    let minutes = waits
        .map(|usage| usage.estimated_time_to_regain_access)
        .fold(0.0, f64::max);
    let wait = Duration::try_from_secs_f64(minutes * 60.0).ok()?;
    (!wait.is_zero()).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_wait_counts() {
        let wait = |header: &str| {
            let response = http::Response::builder().header("X-Business-Use-Case-Usage", header);
            usage_wait(&response.body(Bytes::new()).unwrap())
        };
        let two = r#"{"102":[{"type":"whatsapp","call_count":95,"estimated_time_to_regain_access":2},{"estimated_time_to_regain_access":19}],"103":[]}"#;
        assert_eq!(wait(two), Some(Duration::from_mins(19)));
        let no =
            r#"{"102":[{"type":"whatsapp","call_count":1,"estimated_time_to_regain_access":0}]}"#;
        for bad in [
            no,
            "{}",
            "",
            "x",
            r#"{"1":[{"estimated_time_to_regain_access":-1}]}"#,
            r#"{"1":[{"estimated_time_to_regain_access":1e308}]}"#,
        ] {
            assert_eq!(wait(bad), None, "{bad}");
        }
        assert_eq!(usage_wait(&http::Response::new(Bytes::new())), None);
    }
}
