//! From an answer to an outcome, and from the words of a report to a failure.

use crate::amazon::{code_of, refused, text_of};
use crate::wire::refusal::{Repeat, Row, by_status, refusals, retry_after, too_fast};
use bytes::Bytes;
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope, Receipt, SendOutcome};

/// What Amazon refuses, by the code of the error (`Publish` of the API's model, 2010-03-31; the longer names are those of the
/// shapes behind the codes).
pub(super) const ROWS: &[Row] = refusals! {
    "AuthorizationError" => PermissionMissing, Account, FixConfig;
    "AuthorizationErrorException" => PermissionMissing, Account, FixConfig;
    "EndpointDisabled" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "EndpointDisabledException" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "InvalidParameter" => ContentInvalid, Part, FixContent;
    "InvalidParameterException" => ContentInvalid, Part, FixContent;
    "ParameterValueInvalid" => ContentInvalid, Part, FixContent;
    "InvalidParameterValueException" => ContentInvalid, Part, FixContent;
    "InvalidSecurity" => CredentialInvalid, Account, FixConfig;
    "InvalidSecurityException" => CredentialInvalid, Account, FixConfig;
    "KMSAccessDenied" => ConfigInvalid, Account, FixConfig;
    "KMSDisabled" => ConfigInvalid, Account, FixConfig;
    "KMSInvalidState" => ConfigInvalid, Account, FixConfig;
    "KMSNotFound" => ConfigInvalid, Account, FixConfig;
    "KMSOptInRequired" => ConfigInvalid, Account, FixConfig;
    "NotFound" => ConfigInvalid, Account, FixConfig;
    "NotFoundException" => ConfigInvalid, Account, FixConfig;
    "OptedOut" => OptedOut, Recipient, Suppress;
    "OptedOutException" => OptedOut, Recipient, Suppress;
    "PlatformApplicationDisabled" => ConfigInvalid, Account, FixConfig;
    "PlatformApplicationDisabledException" => ConfigInvalid, Account, FixConfig;
    // An account that may write to verified numbers alone.
    "UserError" => SandboxOnly, Account, FixConfig;
    "UserErrorException" => SandboxOnly, Account, FixConfig;
};

/// What an answer means.
pub(super) fn classify(response: &http::Response<Bytes>) -> SendOutcome {
    let text = std::str::from_utf8(response.body()).unwrap_or_default();
    if response.status().is_success() {
        let id = text_of(text, "MessageId").filter(|id| !id.is_empty());
        return match id {
            Some(id) => SendOutcome::Accepted(Receipt::new(id)),
            None => by_status(response, Repeat::Seen),
        };
    }
    match code_of(response).as_deref() {
        Some(code @ ("Throttled" | "ThrottledException")) => {
            too_fast(code, retry_after(response), FailureScope::Account)
        }
        // The code is the same for every parameter; the words name it.
        Some(code @ ("InvalidParameter" | "InvalidParameterException"))
            if text.contains("PhoneNumber") =>
        {
            let (class, scope) = (FailureClass::InvalidRecipient, FailureScope::Recipient);
            let failure = Failure::new(class, scope, Advice::Suppress);
            SendOutcome::Rejected(failure.with_code(code))
        }
        _ => refused(ROWS, response, Repeat::Seen),
    }
}

/// Words of delivery logs that say why a message did not arrive
/// (<https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html>).
pub(super) const WORDS: &[Row] = refusals! {
    "Blocked as spam by phone carrier" => SpamSuspected, Part, ReviewByHuman;
    "Destination is on a blocked list" => PolicyRejected, Recipient, RetryOtherChannel;
    "Destination is blacklisted" => PolicyRejected, Recipient, RetryOtherChannel;
    "Invalid phone number" => InvalidRecipient, Recipient, Suppress;
    "Message body is invalid" => ContentInvalid, Part, FixContent;
    "Phone carrier has blocked this message" => SpamSuspected, Part, ReviewByHuman;
    "Phone carrier is currently unreachable/unavailable" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "Phone has blocked SMS" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "Phone is on a blocked list" => PolicyRejected, Recipient, RetryOtherChannel;
    "Phone is blacklisted" => PolicyRejected, Recipient, RetryOtherChannel;
    "Phone is currently unreachable/unavailable" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "Phone number is opted out" => OptedOut, Recipient, Suppress;
    "This delivery would exceed max price" => QuotaOrBilling, Part, FixConfig;
    "Unknown error attempting to reach phone" => Unknown, Recipient, RetryOtherChannel;
};

/// What the status of an event of End User Messaging means that ended a message
/// (<https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html>).
pub(super) const ENDED: &[Row] = refusals! {
    "INVALID" => InvalidRecipient, Recipient, Suppress;
    "INVALID_MESSAGE" => ContentInvalid, Part, FixContent;
    "UNREACHABLE" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "CARRIER_UNREACHABLE" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "BLOCKED" => UnreachableOnChannel, Recipient, RetryOtherChannel;
    "CARRIER_BLOCKED" => SpamSuspected, Part, ReviewByHuman;
    "SPAM" => SpamSuspected, Part, ReviewByHuman;
    "TTL_EXPIRED" => Expired, Message, Stop;
    // The account's own rules of countries.
    "PROTECT_BLOCKED" => RegionBlocked, Recipient, FixConfig;
    "FILE_INACCESSIBLE" => MediaUnreachable, Part, FixContent;
    "FILE_TYPE_UNSUPPORTED" => MediaRejected, Part, FixContent;
    "FILE_SIZE_EXCEEDED" => ContentTooLarge, Part, Degrade;
    "FAILED" => Unknown, Part, RetryOtherChannel;
};

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> http::Response<Bytes> {
        let response = http::Response::builder()
            .status(status)
            .header("retry-after", "7");
        response.body(Bytes::from(body.to_owned())).unwrap()
    }

    fn error(code: &str, words: &str) -> String {
        format!(
            "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\n  <Error>\n    <Type>Sender</Type>\n    <Code>{code}</Code>\n    <Message>{words}</Message>\n  </Error>\n  <RequestId>9dd01905-5012-5f99-8663-4b3ecd0dfaef</RequestId>\n</ErrorResponse>"
        )
    }

    #[test]
    fn every_row_is_reached_by_an_answer() {
        for row in ROWS {
            let outcome = classify(&answer(400, &error(row.code, "no: +14155550132")));
            assert_eq!(
                outcome,
                SendOutcome::Rejected(row.failure()),
                "{}",
                row.code
            );
        }
    }

    #[test]
    fn a_message_is_taken_when_it_has_an_id() {
        let taken = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></PublishResult></PublishResponse>";
        assert_eq!(
            classify(&answer(200, taken)).provider_id(),
            Some("567910cd-659e-55d4-8ccb-5aaf14679dc0")
        );
        for (status, body) in [
            (200, "<html>"),
            (200, "<MessageId></MessageId>"),
            (500, &*error("InternalError", "")),
            (502, "<html>"),
        ] {
            let outcome = classify(&answer(status, body));
            assert!(matches!(outcome, SendOutcome::Ambiguous(_)), "{body}");
        }
    }

    #[test]
    fn a_number_that_is_none_and_a_speed_that_is_too_high_are_told_apart() {
        let rejected = |status, body: &str| match classify(&answer(status, body)) {
            SendOutcome::Rejected(failure) => failure,
            other => panic!("{other:?}"),
        };
        let words = "Invalid parameter: PhoneNumber Reason: +1 is not valid to publish to";
        let failure = rejected(400, &error("InvalidParameter", words));
        assert_eq!(failure.class, FailureClass::InvalidRecipient);
        assert!(!format!("{failure:?}").contains("publish"));
        for (status, code) in [
            (429, "Throttled"),
            (400, "Throttling"),
            (400, "KMSThrottling"),
        ] {
            let failure = rejected(status, &error(code, "Rate exceeded"));
            assert_eq!(failure.class, FailureClass::RateLimited, "{code}");
            assert_eq!(failure.retry_after.unwrap().delay.as_secs(), 7);
        }
    }
}
