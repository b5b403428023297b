//! From a webhook call to events: two-way SMS
//! (<https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html>), events of End User Messaging
//! (<https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-format.html>) and records of the delivery
//! log (<https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html>).

use super::response::{ENDED, WORDS};
use super::wire::SCHEME;
use crate::amazon::{Brought, open};
use crate::wire::arrival::{Arrival, unix_time};
use crate::wire::phone;
use crate::wire::refusal::{Row, find};
use jiff::Timestamp;
use jiff::civil::DateTime;
use msg_core::Error;
use msg_core::channel::{
    Advice, Failure, FailureClass, FailureScope, InboundEvent, InboundMessage, Receipt, Report,
    StatusEvent, Verified,
};
use msg_core::id::AccountId;
use msg_core::message::state::{Progress, Stop};
use msg_core::message::{ChannelKind, Content, DeliveryState};
use serde_json::Value;

/// The events of a verified call.
pub(super) fn parse(
    account: Option<&AccountId>,
    call: &Verified<'_>,
) -> Result<Vec<InboundEvent>, Error> {
    let arrival = Arrival::new(SCHEME, account, call.received_at());
    let event = match open(&arrival, call.request())? {
        Brought::Told(event) => *event,
        Brought::Record { id, at, record } => {
            let told = message(&arrival, at, &record)
                .or_else(|| event(&arrival, &record))
                .or_else(|| logged(&arrival, &record));
            told.unwrap_or_else(|| {
                let name = text(&record, "eventType").unwrap_or("record").to_owned();
                let mut kept = arrival.unsupported(&name, record);
                kept.dedupe = format!("{SCHEME}:{id}");
                kept
            })
        }
    };
    Ok(vec![event])
}

fn text<'v>(record: &'v Value, name: &str) -> Option<&'v str> {
    record.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// What a person wrote.
fn message(arrival: &Arrival<'_>, at: Option<Timestamp>, record: &Value) -> Option<InboundEvent> {
    let id = text(record, "inboundMessageId")?;
    let from = phone::sender(&ChannelKind::Sms, text(record, "originationNumber")?)?;
    let own = text(record, "destinationNumber").unwrap_or_default();
    let talk = arrival.conversation(own, &from).ok()?;
    let said = text(record, "messageBody").unwrap_or_default();
    let mut message = InboundMessage::new(from, talk, id, Content::text(said));
    message.reply_to = text(record, "previousPublishedMessageId").map(str::to_owned);
    let known = [
        "inboundMessageId",
        "originationNumber",
        "messageBody",
        "previousPublishedMessageId",
    ];
    let mut rest = record.as_object()?.clone();
    rest.retain(|name, _| !known.contains(&&**name));
    if !rest.is_empty() {
        message.report = Some(Box::new(Report::new("details", Value::Object(rest))));
    }
    Some(arrival.event(id, at, msg_core::channel::Inbound::Message(message)))
}

/// An event of End User Messaging: `TEXT_DELIVERED` and the like, of texts, media and RCS.
fn event(arrival: &Arrival<'_>, record: &Value) -> Option<InboundEvent> {
    let kind = text(record, "eventType")?;
    let id = text(record, "messageId")?;
    let (_, status) = ["TEXT_", "MEDIA_", "RCS_"]
        .iter()
        .find_map(|family| kind.split_once(family))
        .filter(|(before, _)| before.is_empty())?;
    let reached = |progress| (DeliveryState::reached(progress), None);
    let (state, failure) = match status {
        "QUEUED" => reached(Progress::Queued),
        "PENDING" => reached(Progress::Submitted),
        // Taken by the carrier; in some countries that is all that is ever known. `UNKNOWN` comes after 72 hours without
        // a word, and a message that fell back goes on as SMS.
        "SENT" | "SUCCESSFUL" | "UNKNOWN" | "FALLEN_BACK_TO_SMS" => reached(Progress::Sent),
        "DELIVERED" => reached(Progress::Delivered),
        "READ" => reached(Progress::Read),
        status => {
            let failure = find(ENDED, status)?.failure();
            let stop = if failure.class == FailureClass::Expired {
                Stop::Expired
            } else {
                Stop::Failed
            };
            (DeliveryState::stopped(stop), Some(failure))
        }
    };
    let at = record.get("eventTimestamp").and_then(unix_time);
    let to = text(record, "destinationPhoneNumber");
    let name = status.to_ascii_lowercase();
    let mut told = status_of(id, state, to, Report::new(&*name, record.clone()));
    told.failure = failure;
    Some(arrival.event(&format!("{id}:{kind}"), at, told))
}

/// A record of the delivery log, which Amazon writes for every message that an account publishes.
fn logged(arrival: &Arrival<'_>, record: &Value) -> Option<InboundEvent> {
    let word = |place: &str| record.pointer(place).and_then(Value::as_str);
    let id = word("/notification/messageId")?;
    let words = word("/delivery/providerResponse").unwrap_or_default();
    let (state, failure) = match text(record, "status")? {
        "SUCCESS" if words == "Message has been accepted by phone" => {
            (DeliveryState::reached(Progress::Delivered), None)
        }
        "SUCCESS" => (DeliveryState::reached(Progress::Sent), None),
        "FAILURE" => {
            let known = WORDS.iter().find(|row| words.starts_with(row.code));
            let unknown = || {
                let (class, scope) = (FailureClass::Unknown, FailureScope::Recipient);
                Failure::new(class, scope, Advice::RetryOtherChannel)
            };
            let failure = known.map_or_else(unknown, Row::failure);
            (DeliveryState::stopped(Stop::Failed), Some(failure))
        }
        _ => return None,
    };
    let at = word("/notification/timestamp").and_then(|text| {
        let at = DateTime::strptime("%Y-%m-%d %H:%M:%S%.f", text).ok()?;
        Some(at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    });
    let to = word("/delivery/destination");
    let mut told = status_of(id, state, to, Report::new("log", record.clone()));
    told.failure = failure;
    let name = text(record, "status")?;
    Some(arrival.event(&format!("{id}:log:{name}"), at, told))
}

fn status_of(id: &str, state: DeliveryState, to: Option<&str>, report: Report) -> StatusEvent {
    let mut told = StatusEvent::new(Receipt::new(id), state).with_report(report);
    told.to = to.and_then(|to| phone::sender(&ChannelKind::Sms, to));
    told
}

#[cfg(test)]
mod tests {
    use super::super::tests::{config, made};
    use super::*;
    use http::{HeaderMap, Method};
    use msg_core::channel::{Inbound, WebhookRequest, WebhookWire as _};
    use msg_core::testkit::webhook::assumed;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(body: impl Into<bytes::Bytes>) -> Result<Vec<InboundEvent>, Error> {
        let url = "https://example.org/";
        let call = WebhookRequest::new(Method::POST, url, HeaderMap::new(), body);
        let now = crate::amazon::NOW.parse().unwrap();
        made(config()).parse(&assumed(&call, now))
    }

    /// Every fixture reads as it was reviewed.
    #[test]
    fn events_read_as_reviewed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sns/fixtures");
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        assert!(paths.len() > 15, "the fixtures are not all there");
        let all: Vec<_> = paths
            .iter()
            .map(|path| {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                (name, read(std::fs::read(path).unwrap()).unwrap())
            })
            .collect();
        insta::assert_json_snapshot!(all);
    }

    #[test]
    fn every_end_has_its_failure() {
        let failure = |record: &Value| match read(record.to_string()).unwrap().remove(0).kind {
            Inbound::Status(status) => status.failure.unwrap(),
            other => panic!("{other:?}"),
        };
        for row in ENDED {
            for family in ["TEXT", "MEDIA", "RCS"] {
                let kind = format!("{family}_{}", row.code);
                let record = json!({"eventType": kind, "messageId": "m1"});
                assert_eq!(failure(&record), row.failure(), "{kind}");
            }
        }
        for row in WORDS {
            let record = json!({"status": "FAILURE", "notification": {"messageId": "m1"}, "delivery": {"providerResponse": row.code}});
            assert_eq!(failure(&record), row.failure(), "{}", row.code);
        }
        let secret = json!({"status": "FAILURE", "notification": {"messageId": "m1"}, "delivery": {"providerResponse": "hidden"}});
        assert!(!format!("{:?}", failure(&secret)).contains("hidden"));
    }

    #[test]
    fn what_is_not_known_is_kept() {
        for record in [
            json!({"eventType": "VOICE_COMPLETED", "messageId": "m1"}),
            json!({"eventType": "TEXT_LEVITATED", "messageId": "m1"}),
            json!({"eventType": "X_TEXT_SENT", "messageId": "m1"}),
            json!({"eventType": "TEXT_SENT"}),
            json!({"status": "MAYBE", "notification": {"messageId": "m1"}}),
            json!({"inboundMessageId": "m1"}),
        ] {
            let kind = read(record.to_string()).unwrap().remove(0).kind;
            assert!(matches!(kind, Inbound::Unsupported(_)), "{record}");
        }
        assert!(read("hidden").is_err());
    }

    proptest! {
        #[test]
        fn any_body_is_read_or_refused(text in "\\PC{0,60}", at in 0..1200_usize, byte: u8) {
            let mut body = include_bytes!("fixtures/log-failure.json").to_vec();
            if let Some(place) = body.get_mut(at) {
                *place = byte;
            }
            for body in [text.into_bytes(), body] {
                let _ = read(body);
            }
        }
    }
}
