//! From a webhook call to events: what configuration sets publish
//! (<https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html>), feedback notifications
//! (<https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html>) and mail that came in
//! (<https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html>).

use super::schema::ECHO;
use super::wire::SCHEME;
use crate::amazon::{Brought, open};
use crate::mail::bounce::{BounceClass, HeldBack};
use crate::mail::event::{MailEvent, MailReport, Opener, address_of, text};
use crate::mail::inbound::InboundMail;
use crate::mail::reply::Reply;
use crate::wire::arrival::Arrival;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::channel::{ChannelNotice, InboundEvent, NoticeKind, Verified};
use msg_core::id::AccountId;
use serde_json::Value;

/// The most people that a mail goes to (<https://docs.aws.amazon.com/ses/latest/dg/quotas.html>); each of their events has the
/// whole record.
const MOST_PEOPLE: usize = 50;

/// The events of a verified call: one record, about one mail to perhaps several people.
pub(super) fn parse(
    account: Option<&AccountId>,
    call: &Verified<'_>,
) -> Result<Vec<InboundEvent>, Error> {
    let arrival = Arrival::new(SCHEME, account, call.received_at());
    Ok(match open(&arrival, call.request())? {
        Brought::Told(event) => vec![*event],
        Brought::Record { id, at, record } => told(&arrival, &id, at, record),
    })
}

fn told(
    arrival: &Arrival<'_>,
    id: &str,
    at: Option<Timestamp>,
    record: Value,
) -> Vec<InboundEvent> {
    let kind = text(&record, "eventType").or_else(|| text(&record, "notificationType"));
    let kind = kind.unwrap_or_default().to_owned();
    let about = |name: &str, from, raw| {
        let notice = ChannelNotice::new(NoticeKind::from(name), from, raw);
        vec![arrival.event(id, at, notice)]
    };
    let event = match &*kind {
        "Received" => return vec![came_in(arrival, id, at, record)],
        "AmazonSnsSubscriptionSucceeded" => return about("topic_message", None, record),
        "Bounce" => Some(bounced(&record)),
        "Complaint" => complained(&record),
        "Subscription" => changed(&record),
        "Send" => Some(MailEvent::Queued),
        "Delivery" => Some(MailEvent::Delivered),
        "DeliveryDelay" => Some(MailEvent::Deferred),
        "Open" => Some(MailEvent::Opened(Opener::Person)),
        "Click" => Some(MailEvent::Clicked(Opener::Person)),
        // Amazon took it and found a virus: "Bad content".
        "Reject" => Some(MailEvent::Rejected(HeldBack::Other)),
        "Rendering Failure" | "RenderingFailure" => Some(MailEvent::Failed),
        _ => {
            let name = if kind.is_empty() { "record" } else { &kind };
            return vec![arrival.unsupported(name, record)];
        }
    };
    let people = people(&record, &kind);
    let Some(event) = event else {
        // A mark that it is no spam, a topic that somebody changed: nothing to act on.
        let from = people.into_iter().find_map(|person| person.address());
        return about(&kind.to_ascii_lowercase(), from, record);
    };
    let receipt = receipt(&record);
    let at = at.or_else(|| own_time(&record, &kind));
    let mut events = Vec::with_capacity(people.len());
    for (place, person) in people.iter().enumerate() {
        let id = match place {
            0 => id.to_owned(),
            place => format!("{id}#{place}"),
        };
        MailReport::new(event, id, record.clone())
            .about(receipt.clone())
            .to(person.address())
            .at(at)
            .refused_with(person.reply())
            .tell(arrival, &mut events);
    }
    events
}

/// Somebody whom a record names, with what a mail server said.
#[derive(Default)]
struct Person<'a> {
    address: &'a str,
    status: &'a str,
    words: &'a str,
}

impl Person<'_> {
    fn address(&self) -> Option<msg_core::message::Address> {
        address_of(self.address)
    }

    /// `smtp; 550 5.1.1 …`; without it the bare status, `5.1.1`.
    fn reply(&self) -> Option<Reply> {
        let words = self.words;
        let words = words.split_once(';').map_or(words, |(_, rest)| rest).trim();
        Reply::quoted(words).or_else(|| {
            let code = match self.status.as_bytes().first()? {
                b'4' => "450",
                b'5' => "550",
                _ => return None,
            };
            Reply::quoted(&format!("{code} {}", self.status))
        })
    }
}

/// Where a record names whom it is about: objects or bare addresses; without any, whom the mail was for.
fn people<'a>(record: &'a Value, kind: &str) -> Vec<Person<'a>> {
    let place = match kind {
        "Bounce" => "/bounce/bouncedRecipients",
        "Complaint" => "/complaint/complainedRecipients",
        "Delivery" => "/delivery/recipients",
        "DeliveryDelay" => "/deliveryDelay/delayedRecipients",
        _ => "/mail/destination",
    };
    let all = |place| {
        let all = record.pointer(place).and_then(Value::as_array);
        let all = all.into_iter().flatten().take(MOST_PEOPLE);
        let all = all.map(|one| match one {
            Value::String(address) => Person {
                address,
                ..Person::default()
            },
            one => Person {
                address: text(one, "emailAddress").unwrap_or_default(),
                status: text(one, "status").unwrap_or_default(),
                words: text(one, "diagnosticCode").unwrap_or_default(),
            },
        });
        all.collect::<Vec<_>>()
    };
    let mut people = all(place);
    if people.is_empty() {
        people = all("/mail/destination");
    }
    if people.is_empty() {
        people.push(Person::default());
    }
    people
}

/// The part's id where the record repeats it, else Amazon's.
fn receipt(record: &Value) -> Option<String> {
    let echo = record.pointer(ECHO).and_then(Value::as_str);
    let own = || record.pointer("/mail/messageId").and_then(Value::as_str);
    echo.filter(|it| !it.is_empty())
        .or_else(own)
        .map(str::to_owned)
}

/// When it happened by the record itself, for raw delivery, where the topic does not say it.
fn own_time(record: &Value, kind: &str) -> Option<Timestamp> {
    let field = match kind {
        "DeliveryDelay" => "deliveryDelay".to_owned(),
        kind => kind.to_ascii_lowercase(),
    };
    let time = |place: &str| text(record.get(place)?, "timestamp")?.parse().ok();
    time(&field).or_else(|| time("mail"))
}

/// The types and subtypes of bounces
/// (<https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types>). Amazon tries for hours what is
/// transient, and reports it when it gave up.
fn bounced(record: &Value) -> MailEvent {
    let field = |name| record.get("bounce").and_then(|it| text(it, name));
    let kind = field("bounceType").unwrap_or_default();
    let class = match (kind, field("bounceSubType").unwrap_or_default()) {
        (_, "Suppressed" | "OnAccountSuppressionList") => {
            return MailEvent::Rejected(HeldBack::Bounced);
        }
        (_, "UnsubscribedRecipient") => return MailEvent::Rejected(HeldBack::Unsubscribed),
        (_, "CustomTimeoutExceeded") => return MailEvent::Rejected(HeldBack::TimedOut),
        (_, "MessageTooLarge") => BounceClass::Technical,
        (_, "ContentRejected" | "AttachmentRejected") => BounceClass::Block,
        ("Permanent", _) => BounceClass::Hard,
        ("Transient", _) => BounceClass::Soft,
        // Undetermined: the mail server's words did not tell Amazon; its codes may tell.
        _ => {
            let reply = people(record, "Bounce").first().and_then(Person::reply);
            reply.map_or(BounceClass::Unknown, BounceClass::of)
        }
    };
    MailEvent::Bounced(class)
}

/// A complaint; one that was known before kept the mail back; `not-spam` takes one back, and is no word to begin again.
fn complained(record: &Value) -> Option<MailEvent> {
    let field = |name| record.get("complaint").and_then(|it| text(it, name));
    if field("complaintSubType") == Some("OnAccountSuppressionList") {
        return Some(MailEvent::Rejected(HeldBack::Spam));
    }
    (field("complaintFeedbackType") != Some("not-spam")).then_some(MailEvent::Complained)
}

/// What somebody changed about the lists of an account. Whoever leaves one list leaves all, to be on the safe side; whoever
/// had left all and comes back to one may be written to.
fn changed(record: &Value) -> Option<MailEvent> {
    let preferences = |name: &str| record.pointer(&format!("/subscription/{name}"));
    let (new, old) = (
        preferences("newTopicPreferences")?,
        preferences("oldTopicPreferences"),
    );
    let all = |of: &Value| of.get("unsubscribeAll") == Some(&Value::Bool(true));
    let out = |of: &Value| -> Vec<String> {
        let topics = of.get("topicSubscriptionStatus").and_then(Value::as_array);
        let topics = topics.into_iter().flatten();
        let left = topics.filter(|it| {
            let status = text(it, "subscriptionStatus").unwrap_or_default();
            status.eq_ignore_ascii_case("optout")
        });
        left.filter_map(|it| text(it, "topicName").map(str::to_owned))
            .collect()
    };
    let before = old.map(out).unwrap_or_default();
    if all(new) || out(new).iter().any(|topic| !before.contains(topic)) {
        return Some(MailEvent::Unsubscribed);
    }
    let back = old.is_some_and(|old| all(old) || !before.is_empty());
    (back && out(new).is_empty()).then_some(MailEvent::Subscribed)
}

/// What Amazon found out about mail that came in, and the header under which it is kept. The first two are those that Amazon
/// writes into mail itself.
const VERDICTS: [(&str, &str); 5] = [
    ("spam", "X-SES-Spam-Verdict"),
    ("virus", "X-SES-Virus-Verdict"),
    ("spf", "X-SES-Spf-Verdict"),
    ("dkim", "X-SES-Dkim-Verdict"),
    ("dmarc", "X-SES-Dmarc-Verdict"),
];

/// Mail that came in: whole, as text or as base64; or somewhere else, and then only a notice of it.
fn came_in(arrival: &Arrival<'_>, id: &str, at: Option<Timestamp>, record: Value) -> InboundEvent {
    let Some(content) = text(&record, "content") else {
        let from = record.pointer("/mail/commonHeaders/from/0");
        let from = from.or_else(|| record.pointer("/mail/source"));
        let from = from.and_then(Value::as_str).and_then(address_of);
        let notice = ChannelNotice::new(NoticeKind::from("received"), from, record);
        return arrival.event(id, at, notice);
    };
    let encoding = record.pointer("/receipt/action/encoding");
    let encoded = encoding
        .and_then(Value::as_str)
        .is_some_and(|it| it.eq_ignore_ascii_case("base64"));
    let bytes = encoded.then(|| {
        let letters: String = content.split_whitespace().collect();
        BASE64_STANDARD.decode(letters).ok()
    });
    let bytes = bytes.flatten();
    let bytes = bytes.unwrap_or_else(|| content.as_bytes().to_vec());
    let mut mail = InboundMail::from_mime(&bytes);
    let word = |place: &str| record.pointer(place).and_then(Value::as_str);
    mail.envelope_from = word("/mail/source")
        .map(str::to_owned)
        .or(mail.envelope_from);
    mail.envelope_to = word("/receipt/recipients/0")
        .or_else(|| word("/mail/destination/0"))
        .map(str::to_owned);
    let failed = |place: &str| word(place).map(|verdict| verdict == "FAIL");
    let spam = failed("/receipt/spamVerdict/status");
    let virus = failed("/receipt/virusVerdict/status");
    mail.spam = match (spam, virus) {
        (None, None) => None,
        (spam, virus) => Some(spam.unwrap_or(false) || virus.unwrap_or(false)),
    };
    for (verdict, header) in VERDICTS {
        let status = word(&format!("/receipt/{verdict}Verdict/status"));
        if let Some(status) = status.filter(|_| mail.header(header).is_none()) {
            mail.headers.push((header.to_owned(), status.to_owned()));
        }
    }
    mail.tell(arrival, id, at)
}

#[cfg(test)]
mod tests;
