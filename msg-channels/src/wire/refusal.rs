//! Tables of failures, and what a status means where no table says it.

use bytes::Bytes;
use msg_core::channel::{
    Advice, Ambiguous, Failure, FailureClass, FailureScope, RetryAfter, SendOutcome,
};
use std::time::Duration;

/// One failure that a provider documents.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Row {
    /// The provider's code.
    pub code: &'static str,
    /// What kind of failure it is.
    pub class: FailureClass,
    /// What it is about.
    pub scope: FailureScope,
    /// What to do.
    pub advice: Advice,
}

impl Row {
    /// A row.
    #[must_use]
    pub const fn new(
        code: &'static str,
        class: FailureClass,
        scope: FailureScope,
        advice: Advice,
    ) -> Self {
        Self {
            code,
            class,
            scope,
            advice,
        }
    }

    /// The failure of this row.
    #[must_use]
    pub fn failure(&self) -> Failure {
        Failure::new(self.class.clone(), self.scope.clone(), self.advice.clone())
            .with_code(self.code)
    }
}

/// Rows as a table: `"131026" => UnreachableOnChannel, Recipient, RetryOtherChannel;`, one a line, with its source as a
/// comment.
#[macro_export]
macro_rules! refusals {
    ($($code:literal => $class:ident, $scope:ident, $advice:ident;)*) => {
        &[$($crate::wire::refusal::Row::new(
            $code,
            ::msg_core::channel::FailureClass::$class,
            ::msg_core::channel::FailureScope::$scope,
            ::msg_core::channel::Advice::$advice,
        )),*]
    };
}
pub use refusals;

/// The row of a code. The first row that fits wins.
#[must_use]
pub fn find<'a>(rows: &'a [Row], code: &str) -> Option<&'a Row> {
    rows.iter().find(|row| row.code == code)
}

/// Whether a person would see it if the same were sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// A second message: what may have been taken is never sent again by guesswork.
    Seen,
    /// A sign of typing, a read mark, a deletion, a reaction; or the provider knows the key of the first one.
    Unseen,
}

/// What an answer without a code of the provider means: from a proxy, a gateway, or cut short. Total over statuses; a
/// success without the provider's id is ambiguous.
#[must_use]
pub fn by_status(response: &http::Response<Bytes>, repeat: Repeat) -> SendOutcome {
    use FailureClass as Class;
    use FailureScope::{Account, Part, Provider, Sender};
    let status = response.status().as_u16();
    let wait = retry_after(response);
    let rejected = |class, scope, advice| {
        let failure = Failure::new(class, scope, advice).with_code(status.to_string());
        SendOutcome::Rejected(failure)
    };
    match status {
        // Refused for what it says, in words that no table knows.
        400 | 422 => rejected(Class::ContentInvalid, Part, Advice::FixContent),
        401 | 407 => rejected(Class::CredentialInvalid, Account, Advice::FixConfig),
        402 => rejected(Class::QuotaOrBilling, Account, Advice::FixConfig),
        403 => rejected(Class::PermissionMissing, Account, Advice::FixConfig),
        // Not read to its end, and not begun (RFC 9110, 15.5.9 and 15.6.4).
        408 | 503 => passing(status, wait),
        413 => rejected(Class::ContentTooLarge, Part, Advice::Degrade),
        429 => too_fast("429", wait, Sender),
        300..=499 => rejected(Class::ConfigInvalid, Account, Advice::FixConfig),
        500.. if repeat == Repeat::Unseen => passing(status, wait),
        _ if repeat == Repeat::Unseen => rejected(Class::ProviderBug, Provider, Advice::RetrySame),
        500.. => {
            SendOutcome::Ambiguous(Ambiguous::new(format!("status {status} after the request")))
        }
        _ => SendOutcome::Ambiguous(Ambiguous::new("the answer is not the provider's")),
    }
}

/// A passing fault of the provider, with the wait that it asks for.
#[must_use]
pub fn passing(status: u16, wait: Option<Duration>) -> SendOutcome {
    let (class, scope) = (FailureClass::Transient, FailureScope::Provider);
    let failure =
        Failure::new(class, scope.clone(), Advice::RetrySame).with_code(status.to_string());
    SendOutcome::Rejected(match wait {
        Some(delay) => failure.with_retry_after(RetryAfter::new(delay, scope)),
        None => failure,
    })
}

/// The shortest wait after a refusal for speed that does not say how long.
pub const PAUSE: Duration = Duration::from_secs(1);

/// Too much in too short a time; `scope` says whose.
#[must_use]
pub fn too_fast(code: &str, wait: Option<Duration>, scope: FailureScope) -> SendOutcome {
    let failure = Failure::new(FailureClass::RateLimited, scope.clone(), Advice::RetrySame);
    let retry_after = RetryAfter::new(wait.unwrap_or(PAUSE), scope);
    SendOutcome::Rejected(
        failure
            .with_code(code.to_string())
            .with_retry_after(retry_after),
    )
}

/// `Retry-After` (RFC 9110, 10.2.3): seconds, or a date against the answer's own `Date`, because a wire has no clock.
#[must_use]
pub fn retry_after(response: &http::Response<Bytes>) -> Option<Duration> {
    let text = |name| response.headers().get(name)?.to_str().ok();
    let value = text(http::header::RETRY_AFTER)?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = |text: &str| {
        jiff::fmt::rfc2822::parse(text)
            .ok()
            .map(|it| it.timestamp())
    };
    let until = date(value)?.duration_since(date(text(http::header::DATE)?)?);
    Some(Duration::try_from(until).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> http::Response<Bytes> {
        let builder = headers.iter().fold(
            http::Response::builder().status(status),
            |builder, (name, value)| builder.header(*name, *value),
        );
        builder.body(Bytes::new()).unwrap()
    }

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let wait = |headers: &[(&str, &str)]| retry_after(&answer(429, headers));
        assert_eq!(wait(&[("retry-after", "9")]), Some(Duration::from_secs(9)));
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let later = ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT");
        assert_eq!(wait(&[date, later]), Some(Duration::from_secs(30)));
        let earlier = ("retry-after", "Sun, 06 Nov 1994 08:40:07 GMT");
        assert_eq!(wait(&[date, earlier]), Some(Duration::ZERO));
        assert_eq!(wait(&[later]), None);
        for bad in ["-1", "NaN", "1e300", "soon", ""] {
            assert_eq!(wait(&[("retry-after", bad)]), None, "{bad}");
        }
    }

    #[test]
    fn every_status_has_an_outcome_and_none_is_taken() {
        for status in 100..=999 {
            for repeat in [Repeat::Seen, Repeat::Unseen] {
                let outcome = by_status(&answer(status, &[]), repeat);
                let accepted = matches!(
                    outcome,
                    SendOutcome::Accepted(_) | SendOutcome::AlreadyAccepted(_)
                );
                assert!(!accepted, "{status}");
                let unknown = matches!(outcome, SendOutcome::Ambiguous(_));
                assert!(!(unknown && repeat == Repeat::Unseen), "{status}");
            }
        }
        let may_have_been_sent = [200, 204, 500, 502, 504];
        for status in may_have_been_sent {
            let outcome = by_status(&answer(status, &[]), Repeat::Seen);
            assert!(matches!(outcome, SendOutcome::Ambiguous(_)), "{status}");
        }
    }
}
