//! From a webhook call to events (<https://resend.com/docs/webhooks/event-types>).

use super::schema::ECHO;
use super::wire::{Resend, SCHEME};
use crate::mail::bounce::{BounceClass, HeldBack};
use crate::mail::event::{MailEvent, MailReport, Opener, address_of, text};
use crate::mail::inbound::{InboundFile, InboundMail};
use crate::wire::arrival::{Arrival, digest_of};
use crate::wire::proof::{Proof, basic};
use jiff::Timestamp;
use msg_core::Error;
use msg_core::channel::{
    ChannelNotice, InboundEvent, NoticeKind, Rejection, Verified, WebhookRequest,
};
use msg_core::id::AccountId;
use msg_core::message::MediaSource;
use serde_json::Value;

/// A signature is believed by a secret, a call without one by a password.
pub(super) fn prove(wire: &Resend, request: &WebhookRequest, now: Timestamp) -> Proof {
    let signed = request.headers.keys().any(|name| {
        let name = name.as_str();
        name.starts_with("svix-") || name.starts_with("webhook-")
    });
    if signed {
        wire.secrets.verify(request, now)
    } else if wire.passwords.is_empty() {
        Err(Rejection::MissingProof)
    } else {
        basic(&wire.passwords, request)
    }
}

/// The event of a verified call.
pub(super) fn parse(
    account: Option<&AccountId>,
    call: &Verified<'_>,
) -> Result<Vec<InboundEvent>, Error> {
    let malformed = |problem| Error::invalid(problem).with_context("scheme", SCHEME);
    let arrival = Arrival::new(SCHEME, account, call.received_at());
    let request = call.request();
    let item: Value =
        serde_json::from_slice(&request.body).map_err(|_| malformed("the body is not json"))?;
    if !item.is_object() {
        return Err(malformed("the body is not an event"));
    }
    // The id is the same in every delivery of the event.
    let id = ["svix-id", "webhook-id"]
        .iter()
        .find_map(|name| request.header(name));
    let id = id.filter(|id| !id.is_empty()).map(str::to_owned);
    let id = id.unwrap_or_else(|| digest_of(item.to_string().as_bytes()));
    let mut events = Vec::with_capacity(2);
    told(&arrival, id, item, &mut events);
    Ok(events)
}

fn told(arrival: &Arrival<'_>, id: String, item: Value, events: &mut Vec<InboundEvent>) {
    let name = text(&item, "type").unwrap_or_default();
    let at = text(&item, "created_at").and_then(moment);
    let data = item.get("data").unwrap_or(&Value::Null);
    if name == "email.received" {
        events.push(came_in(data).tell(arrival, &id, at));
        return;
    }
    let Some(event) = event_of(name, data) else {
        let about = match name.split('.').next().unwrap_or_default() {
            "domain" => NoticeKind::Account,
            "contact" => NoticeKind::from("contact"),
            _ => {
                let name = if name.is_empty() { "event" } else { name }.to_owned();
                events.push(arrival.unsupported(&name, item));
                return;
            }
        };
        let from = text(data, "email").and_then(address_of);
        let notice = ChannelNotice::new(about, from, item);
        events.push(arrival.event(&id, at, notice));
        return;
    };
    // An event has all recipients and not whose it is; this wire writes to one.
    let first = data.pointer("/to/0").and_then(Value::as_str);
    let to = first
        .or_else(|| text(data, "to"))
        .or_else(|| text(data, "email"));
    let to = to.and_then(address_of);
    let receipt = echo(data).or_else(|| text(data, "email_id").map(str::to_owned));
    MailReport::new(event, id, item)
        .about(receipt)
        .to(to)
        .at(at)
        .tell(arrival, events);
}

fn event_of(name: &str, data: &Value) -> Option<MailEvent> {
    Some(match name {
        "email.scheduled" | "email.queued" => MailEvent::Queued,
        "email.sent" => MailEvent::Sent,
        "email.delivered" => MailEvent::Delivered,
        "email.delivery_delayed" => MailEvent::Deferred,
        "email.opened" => MailEvent::Opened(Opener::Person),
        "email.clicked" => MailEvent::Clicked(Opener::Person),
        "email.bounced" => MailEvent::Bounced(class(data)),
        "email.complained" => MailEvent::Complained,
        "email.failed" => MailEvent::Failed,
        "email.suppressed" => MailEvent::Rejected(HeldBack::Blocked),
        "contact.created" | "contact.updated"
            if data.get("unsubscribed") == Some(&Value::Bool(true)) =>
        {
            MailEvent::Unsubscribed
        }
        _ => return None,
    })
}

/// The types of Amazon SES, which Resend passes on
/// (<https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types>), else its words.
fn class(data: &Value) -> BounceClass {
    let bounce = data.get("bounce").unwrap_or(&Value::Null);
    let kind = (
        text(bounce, "type").unwrap_or_default(),
        text(bounce, "subType").unwrap_or_default(),
    );
    match kind {
        ("Transient", "ContentRejected" | "AttachmentRejected") => BounceClass::Block,
        (_, "MessageTooLarge") => BounceClass::Technical,
        ("Transient", _) | (_, "MailboxFull") => BounceClass::Soft,
        ("Undetermined", _) => BounceClass::Unknown,
        ("Permanent", _) => BounceClass::Hard,
        _ => {
            let words = text(bounce, "message").unwrap_or_default();
            let has = |word: &str| words.contains(word);
            if has("hard bounce") || has("suppressed sending") {
                BounceClass::Hard
            } else if has("general bounce") || has("inbox was full") {
                BounceClass::Soft
            } else {
                BounceClass::Unknown
            }
        }
    }
}

/// The part's id among the tags: an object, or, as the API writes them, a list.
fn echo(data: &Value) -> Option<String> {
    let tags = data.get("tags")?;
    let listed = || {
        let ours = |tag: &&Value| text(tag, "name") == Some(ECHO);
        text(tags.as_array()?.iter().find(ours)?, "value")
    };
    text(tags, ECHO).or_else(listed).map(str::to_owned)
}

/// A mail that came in: who, to whom, the subject. Its words and files stay at Resend: the whole mail is the first file,
/// `message/rfc822`, which [`InboundMail::from_mime`] reads once it is fetched.
fn came_in(data: &Value) -> InboundMail {
    let list = |name: &str| -> Vec<String> {
        let all = data.get(name).and_then(Value::as_array);
        let all = all.into_iter().flatten().filter_map(Value::as_str);
        all.map(str::to_owned).collect()
    };
    let id = text(data, "message_id").unwrap_or_default();
    let mut mail = InboundMail::from_headers([("Message-ID", id)]);
    mail.from = text(data, "from").map(str::to_owned);
    (mail.to, mail.cc) = (list("to"), list("cc"));
    mail.subject = text(data, "subject").map(str::to_owned);
    if let Some(email) = text(data, "email_id") {
        let whole = MediaSource::ProviderId(email.to_owned());
        mail.files
            .push(InboundFile::at(whole, None, Some("message/rfc822"), None));
        let files = data.get("attachments").and_then(Value::as_array);
        mail.files
            .extend(files.into_iter().flatten().filter_map(|file| {
                let source = MediaSource::ProviderId(format!("{email}/{}", text(file, "id")?));
                let inline = text(file, "content_disposition") == Some("inline");
                let content_id = text(file, "content_id").filter(|_| inline);
                Some(InboundFile::at(
                    source,
                    text(file, "filename"),
                    text(file, "content_type"),
                    content_id,
                ))
            }));
    }
    mail.recheck();
    mail
}

/// `2023-10-02T18:11:26.101Z`, or, as some events have it, with a space and `+00` at its end.
fn moment(text: &str) -> Option<Timestamp> {
    let exact = text.parse().ok();
    exact.or_else(|| {
        let text = text.strip_suffix("+00").map(|rest| format!("{rest}+00:00"));
        text?.parse().ok()
    })
}

#[cfg(test)]
mod tests;
