//! From a webhook call to events
//! (<https://postmarkapp.com/developer/webhooks/webhooks-overview>, bounce types:
//! <https://postmarkapp.com/developer/api/bounce-api#bounce-types>).

use super::schema::ECHO;
use super::wire::SCHEME;
use crate::mail::bounce::{BounceClass, HeldBack};
use crate::mail::event::{MailEvent, MailReport, Opener, address_of, once, text};
use crate::mail::inbound::{InboundFile, InboundMail};
use crate::mail::reply::Reply;
use crate::wire::arrival::{Arrival, digest_of};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::channel::{ChannelNotice, InboundEvent, NoticeKind, Verified};
use msg_core::id::AccountId;
use serde_json::Value;

/// The events of a verified call: one record, or, from a proxy that gathers them, a list.
pub(super) fn parse(
    account: Option<&AccountId>,
    call: &Verified<'_>,
) -> Result<Vec<InboundEvent>, Error> {
    let malformed = |problem| Error::invalid(problem).with_context("scheme", SCHEME);
    let arrival = Arrival::new(SCHEME, account, call.received_at());
    let body: Value = serde_json::from_slice(&call.request().body)
        .map_err(|_| malformed("the body is not json"))?;
    let items = match body {
        Value::Object(_) => vec![body],
        Value::Array(items) => items,
        _ => return Err(malformed("the body is not a record")),
    };
    let mut events = Vec::with_capacity(items.len());
    for item in items {
        told(&arrival, item, &mut events);
    }
    Ok(once(events))
}

/// One record. Mail that came in says no type.
fn told(arrival: &Arrival<'_>, item: Value, events: &mut Vec<InboundEvent>) {
    let record = text(&item, "RecordType").unwrap_or_default();
    let mail = ["FromFull", "Attachments", "RawEmail", "TextBody", "Headers"];
    if record == "Inbound" || (record.is_empty() && mail.iter().any(|it| item.get(it).is_some())) {
        events.push(came_in(arrival, &item));
        return;
    }
    let kind = text(&item, "Type").unwrap_or_default();
    let event = match record {
        "Delivery" => Some(MailEvent::Delivered),
        "Open" => Some(MailEvent::Opened(Opener::Person)),
        "Click" => Some(MailEvent::Clicked(Opener::Person)),
        "Bounce" => Some(by_type(kind).unwrap_or(MailEvent::Bounced(BounceClass::Unknown))),
        "SpamComplaint" => Some(by_type(kind).unwrap_or(MailEvent::Complained)),
        "SubscriptionChange" => Some(changed(&item)),
        _ => None,
    };
    // Redelivery sends the same record again.
    let id = digest_of(item.to_string().as_bytes());
    let at = ["DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt"]
        .iter()
        .find_map(|name| text(&item, name)?.parse::<Timestamp>().ok());
    let to = ["Email", "Recipient"]
        .iter()
        .find_map(|name| address_of(text(&item, name)?));
    if kind == "InboundError" {
        let notice = ChannelNotice::new(NoticeKind::from("inbound_failed"), to, item);
        events.push(arrival.event(&id, at, notice));
        return;
    }
    let Some(event) = event else {
        let name = if record.is_empty() { "record" } else { record }.to_owned();
        events.push(arrival.unsupported(&name, item));
        return;
    };
    let receipt = receipt(&item);
    let reply = text(&item, "Details").and_then(Reply::quoted);
    let reply = reply.or_else(|| text(&item, "Description").and_then(Reply::quoted));
    MailReport::new(event, id, item)
        .about(receipt)
        .to(to)
        .at(at)
        .refused_with(reply)
        .tell(arrival, events);
}

/// The types of bounces.
fn by_type(kind: &str) -> Option<MailEvent> {
    Some(match kind {
        "HardBounce" => MailEvent::Bounced(BounceClass::Hard),
        "SoftBounce" => MailEvent::Bounced(BounceClass::Soft),
        "VirusNotification" => MailEvent::Bounced(BounceClass::Block),
        "Unknown" => MailEvent::Bounced(BounceClass::Unknown),
        // Postmark goes on trying, or the mail server only tests it.
        "Transient" | "DnsError" | "OpenRelayTest" => MailEvent::Deferred,
        "AutoResponder" | "AddressChange" | "ChallengeVerification" => MailEvent::AutoReplied,
        "SpamNotification" | "SpamComplaint" => MailEvent::Complained,
        "Unsubscribe" | "ManualSuppression" => MailEvent::Unsubscribed,
        "Subscribe" => MailEvent::Subscribed,
        "BadEmailAddress" => MailEvent::Rejected(HeldBack::Invalid),
        "ManuallyDeactivated" | "Blocked" | "DMARCPolicy" => MailEvent::Rejected(HeldBack::Blocked),
        "Unconfirmed" => MailEvent::Rejected(HeldBack::Other),
        "SMTPApiError" | "TemplateRenderingFailed" => MailEvent::Failed,
        _ => return None,
    })
}

/// A suppression was made, and why, or taken back.
fn changed(item: &Value) -> MailEvent {
    if item.get("SuppressSending") == Some(&Value::Bool(false)) {
        return MailEvent::Subscribed;
    }
    let why = text(item, "SuppressionReason").and_then(by_type);
    why.unwrap_or(MailEvent::Unsubscribed)
}

/// The part's id where the record repeats it, else Postmark's id; a record about no mail has one of zeros.
fn receipt(item: &Value) -> Option<String> {
    let echo = item.pointer(ECHO).and_then(Value::as_str);
    let own = || {
        let zero = |id: &&str| id.bytes().all(|byte| matches!(byte, b'0' | b'-'));
        text(item, "MessageID").filter(|id| !zero(id))
    };
    echo.filter(|it| !it.is_empty())
        .or_else(own)
        .map(str::to_owned)
}

/// Mail that came in (<https://postmarkapp.com/developer/webhooks/inbound-webhook>).
fn came_in(arrival: &Arrival<'_>, item: &Value) -> InboundEvent {
    let headers = item.get("Headers").and_then(Value::as_array);
    let lines = headers.into_iter().flatten();
    let lines = lines.filter_map(|line| Some((text(line, "Name")?, line.get("Value")?.as_str()?)));
    let mut mail = match text(item, "RawEmail") {
        Some(raw) => {
            let own = InboundMail::from_headers(lines);
            let mut mail = InboundMail::from_mime(raw.as_bytes());
            // Postmark knows the envelope, and the mail does not.
            mail.envelope_from = own.envelope_from.or(mail.envelope_from);
            mail.automatic |= own.automatic;
            mail
        }
        None => taken_apart(item, lines),
    };
    mail.envelope_to = text(item, "OriginalRecipient").map(str::to_owned);
    mail.stripped_text = text(item, "StrippedTextReply").map(str::to_owned);
    mail.spam = Some(
        mail.header("x-spam-status")
            .is_some_and(|it| it.get(..3).is_some_and(|it| it.eq_ignore_ascii_case("yes"))),
    );
    mail.spam_score = mail.header("x-spam-score").and_then(|it| it.parse().ok());
    let id = match text(item, "MessageID") {
        Some(id) => id.to_owned(),
        None => digest_of(item.to_string().as_bytes()),
    };
    mail.tell(arrival, &id, None)
}

fn taken_apart<'v>(
    item: &'v Value,
    lines: impl Iterator<Item = (&'v str, &'v str)>,
) -> InboundMail {
    let person = |of: &Value| -> Option<String> {
        let email = text(of, "Email")?;
        Some(match text(of, "Name") {
            Some(name) => format!("{name} <{email}>"),
            None => email.to_owned(),
        })
    };
    let people = |name: &str| -> Vec<String> {
        let all = item.get(name).and_then(Value::as_array);
        all.into_iter().flatten().filter_map(person).collect()
    };
    // Postmark takes these out of the headers.
    let own = ["Date", "ReplyTo"].map(|name| (name, text(item, name)));
    let own = own.into_iter().filter_map(|(name, value)| {
        Some((if name == "ReplyTo" { "Reply-To" } else { name }, value?))
    });
    let mut mail = InboundMail::from_headers(lines.chain(own));
    mail.from = item
        .get("FromFull")
        .and_then(person)
        .or(mail.from)
        .or_else(|| text(item, "From").map(str::to_owned));
    for (name, place) in [("ToFull", &mut mail.to), ("CcFull", &mut mail.cc)] {
        let told = people(name);
        if !told.is_empty() {
            *place = told;
        }
    }
    mail.subject = text(item, "Subject").map(str::to_owned).or(mail.subject);
    mail.text = text(item, "TextBody").map(str::to_owned);
    mail.html = text(item, "HtmlBody").map(str::to_owned);
    let files = item.get("Attachments").and_then(Value::as_array);
    mail.files = files.into_iter().flatten().map(file).collect();
    mail.recheck();
    mail
}

/// A real file has `Content`, one of a test has `Data`.
fn file(item: &Value) -> InboundFile {
    let content = text(item, "Content")
        .or_else(|| text(item, "Data"))
        .unwrap_or_default();
    let bytes = BASE64_STANDARD.decode(content);
    InboundFile::new(
        text(item, "Name"),
        text(item, "ContentType"),
        // What is no base64 is kept as it is.
        bytes.unwrap_or_else(|_| content.as_bytes().to_vec()),
        text(item, "ContentID"),
    )
}

#[cfg(test)]
mod tests;
