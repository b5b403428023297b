//! Errors of the Graph API.

use super::usage_wait;
use crate::wire::refusal::{self, Repeat, Row};
use bytes::Bytes;
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope, RetryAfter, SendOutcome};
use serde::Deserialize;
use serde_json::Value;

/// A code of an error: `131026`, or with a subcode `10/2018278`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Code {
    /// The code.
    pub code: i64,
    /// The subcode; none and 0 are the same.
    pub subcode: Option<i64>,
}

impl Code {
    /// A code with a subcode, which is none when it is 0.
    #[must_use]
    pub fn new(code: i64, subcode: Option<i64>) -> Self {
        Self {
            code,
            subcode: subcode.filter(|it| *it != 0),
        }
    }

    /// The row of this code: with its subcode, else without.
    #[must_use]
    pub fn row(self, rows: &[Row]) -> Option<&Row> {
        let whole = self.subcode.is_some().then(|| self.to_string());
        let exact = whole.and_then(|code| refusal::find(rows, &code));
        exact.or_else(|| refusal::find(rows, &self.code.to_string()))
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.subcode {
            Some(subcode) => write!(f, "{}/{subcode}", self.code),
            None => write!(f, "{}", self.code),
        }
    }
}

/// An error as the Graph API writes it, without its texts: they may repeat the message
/// (<https://developers.facebook.com/docs/graph-api/guides/error-handling>).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct GraphError {
    /// Its code.
    pub code: Code,
    /// Whether the API itself says that it passes.
    pub transient: bool,
}

#[derive(Deserialize)]
struct Body {
    error: Fields,
}

#[derive(Deserialize)]
struct Fields {
    code: Value,
    #[serde(default)]
    error_subcode: Value,
    #[serde(default)]
    is_transient: Value,
}

impl GraphError {
    /// The error in an answer, whatever its status; none when it has none with a code.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let Body { error } = serde_json::from_slice(body).ok()?;
        Some(Self {
            code: Code::new(number(&error.code)?, number(&error.error_subcode)),
            transient: error.is_transient == Value::Bool(true),
        })
    }
}

/// A code, as number or text.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// What a code means by the channel's table. Codes that no table needs to name: 200 to 299 are permissions
/// (<https://developers.facebook.com/docs/graph-api/guides/error-handling#errorcodes>).
#[must_use]
pub fn failure_of(code: Code, rows: &[Row]) -> Option<Failure> {
    let failure = match code.row(rows) {
        Some(row) => row.failure(),
        None if (200..300).contains(&code.code) => Failure::new(
            FailureClass::PermissionMissing,
            FailureScope::Account,
            Advice::FixConfig,
        ),
        None => return None,
    };
    Some(failure.with_code(code.to_string()))
}

/// What an answer that is no success means: by the channel's table, by what the API says of itself, by its status. Total.
///
/// An error in an answer says that nothing was taken, also when its status is 200. Only a fault of the server that no row
/// names leaves the outcome open.
#[must_use]
pub fn outcome_of(response: &http::Response<Bytes>, rows: &[Row], repeat: Repeat) -> SendOutcome {
    let Some(error) = GraphError::read(response.body()) else {
        return refusal::by_status(response, repeat);
    };
    let status = response.status();
    let wait = refusal::retry_after(response).or_else(|| usage_wait(response));
    let Some(mut failure) = failure_of(error.code, rows) else {
        return unknown(response, error, repeat);
    };
    // Whatever the code, the API says that it is about speed.
    if status == http::StatusCode::TOO_MANY_REQUESTS && failure.class != FailureClass::RateLimited {
        return refusal::too_fast(&error.code.to_string(), wait, failure.scope);
    }
    if failure.advice == Advice::RetrySame {
        let scope = failure.scope.clone();
        let least = (failure.class == FailureClass::RateLimited).then_some(refusal::PAUSE);
        if let Some(delay) = wait.or(least) {
            failure = failure.with_retry_after(RetryAfter::new(delay, scope));
        }
    }
    SendOutcome::Rejected(failure)
}

/// An error that no table names: by its status, with its code.
fn unknown(response: &http::Response<Bytes>, error: GraphError, repeat: Repeat) -> SendOutcome {
    let status = response.status().as_u16();
    let outcome = match status {
        200..=299 => SendOutcome::Rejected(Failure::new(
            FailureClass::Unknown,
            FailureScope::Part,
            Advice::ReviewByHuman,
        )),
        400 if error.transient => refusal::passing(status, refusal::retry_after(response)),
        _ => refusal::by_status(response, repeat),
    };
    match outcome {
        SendOutcome::Rejected(failure) => {
            SendOutcome::Rejected(failure.with_code(error.code.to_string()))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::refusal::refusals;
    use std::time::Duration;

    const ROWS: &[Row] = refusals! {
        "4" => RateLimited, Account, RetrySame;
        "10" => PermissionMissing, Account, FixConfig;
        "10/2018278" => WindowClosed, Recipient, UseTemplate;
        "2" => Transient, Provider, RetrySame;
    };

    fn answer(status: u16, body: &str) -> http::Response<Bytes> {
        let mut response = http::Response::new(Bytes::copy_from_slice(body.as_bytes()));
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
        response
    }

    fn failure(response: &http::Response<Bytes>) -> Failure {
        match outcome_of(response, ROWS, Repeat::Seen) {
            SendOutcome::Rejected(failure) => failure,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_subcode_says_more_than_its_code() {
        let of = |body: &str| {
            let failure = failure(&answer(400, body));
            (failure.class, failure.provider_code.0)
        };
        assert_eq!(
            of(r#"{"error":{"code":10,"error_subcode":2018278,"message":"secret"}}"#),
            (FailureClass::WindowClosed, "10/2018278".into())
        );
        assert_eq!(
            of(r#"{"error":{"code":"10","error_subcode":1}}"#),
            (FailureClass::PermissionMissing, "10/1".into())
        );
        assert_eq!(
            of(r#"{"error":{"code":294}}"#),
            (FailureClass::PermissionMissing, "294".into())
        );
        assert_eq!(
            of(r#"{"error":{"code":7}}"#),
            (FailureClass::ContentInvalid, "7".into())
        );
        assert_eq!(
            of(r#"{"error":{"code":7,"is_transient":true}}"#),
            (FailureClass::Transient, "7".into())
        );
    }

    #[test]
    fn a_wait_comes_from_the_answer() {
        let body = r#"{"error":{"code":4,"message":"x"}}"#;
        let waits = |response| failure(&response).retry_after.map(|it| it.delay);
        assert_eq!(waits(answer(400, body)), Some(refusal::PAUSE));
        let mut told = answer(400, body);
        let usage = r#"{"1":[{"estimated_time_to_regain_access":3}]}"#;
        told.headers_mut()
            .insert("x-business-use-case-usage", usage.parse().unwrap());
        assert_eq!(waits(told.clone()), Some(Duration::from_mins(3)));
        told.headers_mut().insert("retry-after", 9.into());
        assert_eq!(waits(told), Some(Duration::from_secs(9)));
        let other = failure(&answer(429, r#"{"error":{"code":10}}"#));
        assert_eq!(other.class, FailureClass::RateLimited);
    }

    #[test]
    fn an_error_is_never_taken_and_a_fault_stays_open() {
        let ok = answer(200, r#"{"error":{"code":7}}"#);
        assert_eq!(failure(&ok).class, FailureClass::Unknown);
        for (status, body) in [
            (500, r#"{"error":{"code":7}}"#),
            (502, "<html></html>"),
            (200, "{}"),
        ] {
            let outcome = outcome_of(&answer(status, body), ROWS, Repeat::Seen);
            assert!(matches!(outcome, SendOutcome::Ambiguous(_)), "{status}");
        }
        let known = failure(&answer(500, r#"{"error":{"code":2}}"#));
        assert_eq!(known.class, FailureClass::Transient);
    }

    #[test]
    fn only_a_code_makes_an_error() {
        for none in [
            "{}",
            "7",
            r#"{"error":"x"}"#,
            r#"{"error":{}}"#,
            r#"{"error":{"code":{}}}"#,
        ] {
            assert!(GraphError::read(none.as_bytes()).is_none(), "{none}");
        }
    }
}
