//! What Amazon's services refuse, by the type of the error: in a header, in JSON or in XML.

use crate::wire::refusal::{
    Repeat, Row, by_status, find, passing, refusals, retry_after, too_fast,
};
use bytes::Bytes;
use msg_core::channel::{FailureScope, SendOutcome};
use serde_json::Value;
use std::borrow::Cow;

/// Errors that every service has
/// (<https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html>,
/// <https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html>; the shorter names are those of the query protocol).
pub const COMMON: &[Row] = refusals! {
    "AccessDenied" => PermissionMissing, Account, FixConfig;
    "AccessDeniedException" => PermissionMissing, Account, FixConfig;
    "AuthFailure" => CredentialInvalid, Account, FixConfig;
    "ExpiredToken" => CredentialInvalid, Account, FixConfig;
    "ExpiredTokenException" => CredentialInvalid, Account, FixConfig;
    "IncompleteSignature" => CredentialInvalid, Account, FixConfig;
    "IncompleteSignatureException" => CredentialInvalid, Account, FixConfig;
    "InvalidAccessKeyId" => CredentialInvalid, Account, FixConfig;
    "InvalidClientTokenId" => CredentialInvalid, Account, FixConfig;
    "InvalidSignatureException" => CredentialInvalid, Account, FixConfig;
    "MissingAuthenticationToken" => CredentialInvalid, Account, FixConfig;
    "MissingAuthenticationTokenException" => CredentialInvalid, Account, FixConfig;
    "SignatureDoesNotMatch" => CredentialInvalid, Account, FixConfig;
    "UnrecognizedClientException" => CredentialInvalid, Account, FixConfig;
    "NotAuthorized" => PermissionMissing, Account, FixConfig;
    "OptInRequired" => PermissionMissing, Account, FixConfig;
    // The signature is older than minutes: a clock is wrong, or the request waited. Nothing was done.
    "RequestExpired" => Transient, Provider, RetrySame;
    "RequestTimeTooSkewed" => ConfigInvalid, Account, FixConfig;
    "InvalidAction" => ConfigInvalid, Account, FixConfig;
    "MissingAction" => ConfigInvalid, Account, FixConfig;
    "UnknownOperationException" => ConfigInvalid, Account, FixConfig;
    "InvalidQueryParameter" => ContentInvalid, Part, FixContent;
    "InvalidParameterCombination" => ContentInvalid, Part, FixContent;
    "InvalidParameterValue" => ContentInvalid, Part, FixContent;
    "MalformedHttpRequestException" => ContentInvalid, Part, FixContent;
    "MalformedQueryString" => ContentInvalid, Part, FixContent;
    "MissingParameter" => ContentInvalid, Part, FixContent;
    "SerializationException" => ContentInvalid, Part, FixContent;
    "ValidationError" => ContentInvalid, Part, FixContent;
    "ValidationException" => ContentInvalid, Part, FixContent;
    "RequestEntityTooLargeException" => ContentTooLarge, Part, Degrade;
    "RequestAbortedException" => Transient, Provider, RetrySame;
};

/// Errors that say to slow down, whatever their status (`throttling` retries of botocore's `standard` mode, 2026).
const THROTTLED: [&str; 12] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "KMSThrottling",
    "KMSThrottlingException",
    "PriorRequestNotComplete",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// The type of the error in an answer: of `x-amzn-errortype`, `__type` or `code` in JSON, `Code` in XML, without namespace and
/// address.
#[must_use]
pub fn code_of(response: &http::Response<Bytes>) -> Option<String> {
    let header = response.headers().get("x-amzn-errortype");
    let header = header.and_then(|value| value.to_str().ok()).map(bare);
    let found = header.map(str::to_owned).or_else(|| {
        let body = response.body();
        if let Ok(Value::Object(map)) = serde_json::from_slice(body) {
            let told = ["__type", "code", "Code"]
                .iter()
                .find_map(|name| map.get(*name)?.as_str());
            let nested = || map.get("Error")?.get("Code")?.as_str();
            return told.or_else(nested).map(|code| bare(code).to_owned());
        }
        let text = std::str::from_utf8(body).ok()?;
        text_of(text, "Code").map(|code| bare(&code).to_owned())
    })?;
    // A code is a word; anything else may be a text with an address in it.
    let word = !found.is_empty() && found.len() <= 80;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (word && found.bytes().all(fits)).then_some(found)
}

/// `com.amazonaws.ses#BadRequest:http://…` without what stands before `#` and behind `:`.
fn bare(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or_default();
    code.rsplit('#').next().unwrap_or_default().trim()
}

/// The text of the first element of this name in XML, its entities read.
#[must_use]
pub fn text_of<'a>(xml: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let mut rest = xml;
    let inner = loop {
        let (_, behind) = rest.split_once('<')?;
        rest = behind;
        if let Some(inner) = behind
            .strip_prefix(name)
            .and_then(|it| it.strip_prefix('>'))
        {
            break inner.split_once("</")?.0.trim();
        }
    };
    if !inner.contains('&') {
        return Some(Cow::Borrowed(inner));
    }
    let read = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    let text = read
        .iter()
        .fold(inner.to_owned(), |text, (from, to)| text.replace(from, to));
    Some(Cow::Owned(text))
}

/// What a refusal means: by the service's own rows, then those of every service, then its status.
#[must_use]
pub fn refused(rows: &[Row], response: &http::Response<Bytes>, repeat: Repeat) -> SendOutcome {
    let status = response.status().as_u16();
    let Some(code) = code_of(response) else {
        return by_status(response, repeat);
    };
    let wait = retry_after(response);
    if THROTTLED.contains(&&*code) || status == 429 {
        return too_fast(&code, wait, FailureScope::Account);
    }
    if let Some(row) = find(rows, &code).or_else(|| find(COMMON, &code)) {
        return SendOutcome::Rejected(row.failure());
    }
    if matches!(&*code, "ServiceUnavailable" | "ServiceUnavailableException") {
        return passing(status, wait);
    }
    match by_status(response, repeat) {
        SendOutcome::Rejected(failure) => SendOutcome::Rejected(failure.with_code(code)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::channel::FailureClass;

    fn answer(status: u16, header: Option<&str>, body: &str) -> http::Response<Bytes> {
        let mut response = http::Response::builder().status(status);
        if let Some(header) = header {
            response = response.header("x-amzn-errortype", header);
        }
        response.body(Bytes::from(body.to_owned())).unwrap()
    }

    #[test]
    fn a_type_is_found_wherever_it_stands() {
        for (header, body) in [
            (Some("BadRequest:http://internal.amazon.com/coral/"), "{}"),
            (
                None,
                r#"{"__type":"com.amazonaws.ses#BadRequest","message":"a@b"}"#,
            ),
            (None, r#"{"code":"BadRequest"}"#),
            (None, r#"{"Error":{"Code":"BadRequest"}}"#),
            (
                None,
                "<ErrorResponse><Error><Type>Sender</Type>\n<Code>BadRequest</Code></Error></ErrorResponse>",
            ),
        ] {
            assert_eq!(
                code_of(&answer(400, header, body)).as_deref(),
                Some("BadRequest"),
                "{body}"
            );
        }
        for body in [
            "",
            "<html>",
            "<Code>",
            r#"{"code":7}"#,
            "<Code>jo@example.org</Code>",
        ] {
            assert_eq!(code_of(&answer(400, None, body)), None, "{body}");
        }
    }

    #[test]
    fn every_common_row_is_reached() {
        for row in COMMON {
            let body = format!(r#"{{"__type":"{}","message":"jo@example.org"}}"#, row.code);
            let outcome = refused(&[], &answer(400, None, &body), Repeat::Seen);
            assert_eq!(
                outcome,
                SendOutcome::Rejected(row.failure()),
                "{}",
                row.code
            );
        }
        for code in THROTTLED {
            let SendOutcome::Rejected(failure) =
                refused(&[], &answer(400, Some(code), ""), Repeat::Seen)
            else {
                panic!("{code}")
            };
            assert_eq!(failure.class, FailureClass::RateLimited, "{code}");
            assert!(failure.retry_after.is_some());
        }
    }

    #[test]
    fn a_fault_of_the_server_is_unknown_unless_nothing_was_done() {
        let fault = answer(500, Some("InternalFailure"), "{}");
        assert!(matches!(
            refused(&[], &fault, Repeat::Seen),
            SendOutcome::Ambiguous(_)
        ));
        let busy = answer(503, Some("ServiceUnavailable"), "{}");
        assert!(matches!(
            refused(&[], &busy, Repeat::Seen),
            SendOutcome::Rejected(failure) if failure.is_retryable()
        ));
        let new = answer(400, Some("BrandNewException"), "{}");
        assert!(matches!(
            refused(&[], &new, Repeat::Seen),
            SendOutcome::Rejected(failure) if failure.provider_code.0 == "BrandNewException"
        ));
    }

    #[test]
    fn entities_are_read() {
        assert_eq!(text_of("<A>a &amp;lt; b</A>", "A").unwrap(), "a &lt; b");
        assert_eq!(text_of("<AB>x</AB><A>y</A>", "A").unwrap(), "y");
    }
}
