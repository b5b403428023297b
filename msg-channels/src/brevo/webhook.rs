//! From a webhook call to events: of mails (<https://developers.brevo.com/docs/transactional-webhooks>,
//! <https://developers.brevo.com/docs/marketing-webhooks>), also in batches, and mail that came in
//! (<https://developers.brevo.com/docs/inbound-parse-webhooks>).

use super::schema::ECHO;
use super::wire::{Brevo, SCHEME};
use crate::mail::bounce::{BounceClass, HeldBack};
use crate::mail::event::{MailEvent, MailReport, Opener, address_of, is_token, once, text};
use crate::mail::inbound::{InboundFile, InboundMail};
use crate::mail::reply::Reply;
use crate::wire::arrival::{Arrival, digest_of, unix_time};
use crate::wire::proof::{Proof, basic, bearer, header, one_of};
use msg_core::Error;
use msg_core::channel::{ChannelNotice, InboundEvent, NoticeKind, Verified, WebhookRequest};
use msg_core::id::AccountId;
use msg_core::message::MediaSource;
use serde_json::Value;

/// A bearer token or a password.
pub(super) fn prove(wire: &Brevo, request: &WebhookRequest) -> Proof {
    let given = header(request, "authorization")?;
    if given
        .get(..7)
        .is_some_and(|it| it.eq_ignore_ascii_case("bearer "))
    {
        one_of(&wire.tokens, bearer(request)?.as_bytes())
    } else {
        basic(&wire.passwords, request)
    }
}

/// The events of a verified call: one, a list of them, or mails that came in.
pub(super) fn parse(
    account: Option<&AccountId>,
    call: &Verified<'_>,
) -> Result<Vec<InboundEvent>, Error> {
    let malformed = |problem| Error::invalid(problem).with_context("scheme", SCHEME);
    let arrival = Arrival::new(SCHEME, account, call.received_at());
    let mut body: Value = serde_json::from_slice(&call.request().body)
        .map_err(|_| malformed("the body is not json"))?;
    if let Some(Value::Array(mails)) = body.get_mut("items").map(Value::take) {
        let mails = mails.iter().map(|mail| came_in(&arrival, mail));
        return Ok(once(mails.collect()));
    }
    let items = match body {
        Value::Object(_) => vec![body],
        Value::Array(items) => items,
        _ => return Err(malformed("the body is not an event")),
    };
    let mut events = Vec::with_capacity(items.len());
    for item in items {
        told(&arrival, item, &mut events);
    }
    Ok(once(events))
}

/// One event. Brevo gives it no id of its own: it is the same when all that it says is.
fn told(arrival: &Arrival<'_>, item: Value, events: &mut Vec<InboundEvent>) {
    let id = digest_of(item.to_string().as_bytes());
    let name = text(&item, "event").unwrap_or_default();
    // `date` is in a zone that the account chose; the others are seconds of UTC, of the event before those of the mail.
    let times = ["ts_epoch", "ts_event", "ts"];
    let at = times.iter().find_map(|name| unix_time(item.get(name)?));
    let Some(event) = event_of(name) else {
        if name.starts_with("contact") {
            let notice = ChannelNotice::new(NoticeKind::from("contact"), None, item);
            events.push(arrival.event(&id, at, notice));
            return;
        }
        let name = if name.is_empty() { "event" } else { name }.to_owned();
        events.push(arrival.unsupported(&name, item));
        return;
    };
    let to = text(&item, "email").and_then(address_of);
    let echo = text(&item, ECHO).filter(|word| is_token(word));
    let receipt = echo
        .or_else(|| text(&item, "message-id"))
        .map(str::to_owned);
    let reply = text(&item, "reason").and_then(Reply::quoted);
    MailReport::new(event, id, item)
        .about(receipt)
        .to(to)
        .at(at)
        .refused_with(reply)
        .tell(arrival, events);
}

fn event_of(name: &str) -> Option<MailEvent> {
    Some(match name {
        "request" | "requests" | "sent" => MailEvent::Queued,
        "delivered" => MailEvent::Delivered,
        "deferred" => MailEvent::Deferred,
        "hard_bounce" | "hardBounce" | "invalid_email" | "invalid" => {
            MailEvent::Bounced(BounceClass::Hard)
        }
        "soft_bounce" | "softBounce" => MailEvent::Bounced(BounceClass::Soft),
        "blocked" => MailEvent::Rejected(HeldBack::Blocked),
        "error" => MailEvent::Failed,
        "opened" | "unique_opened" | "uniqueOpened" | "open" => MailEvent::Opened(Opener::Person),
        // Apple Mail and others load every picture; Brevo tells them apart.
        "proxy_open" | "unique_proxy_open" | "uniqueProxyOpen" | "loadedByProxy"
        | "loaded_by_proxy" => MailEvent::Opened(Opener::Program),
        "click" | "clicked" => MailEvent::Clicked(Opener::Person),
        "spam" | "complaint" => MailEvent::Complained,
        "unsubscribe" | "unsubscribed" => MailEvent::Unsubscribed,
        "list_addition" | "listAddition" => MailEvent::Subscribed,
        _ => return None,
    })
}

/// A mail that came in. Its files stay at Brevo and are fetched by their token.
fn came_in(arrival: &Arrival<'_>, item: &Value) -> InboundEvent {
    let mut lines: Vec<(&str, &str)> = Vec::new();
    if let Some(headers) = item.get("Headers").and_then(Value::as_object) {
        for (name, value) in headers {
            match value {
                Value::String(value) => lines.push((name, value)),
                Value::Array(all) => {
                    let all = all.iter().filter_map(Value::as_str);
                    lines.extend(all.map(|value| (&**name, value)));
                }
                _ => {}
            }
        }
    }
    let mut mail = InboundMail::from_headers(lines);
    let person = |of: &Value| -> Option<String> {
        let address = text(of, "Address")?;
        Some(match text(of, "Name") {
            Some(name) => format!("{name} <{address}>"),
            None => address.to_owned(),
        })
    };
    let people = |name: &str| -> Vec<String> {
        let all = item.get(name).and_then(Value::as_array);
        all.into_iter().flatten().filter_map(person).collect()
    };
    mail.from = mail.from.or_else(|| item.get("From").and_then(person));
    if mail.to.is_empty() {
        mail.to = people("To");
    }
    if mail.cc.is_empty() {
        mail.cc = people("Cc");
    }
    mail.subject = mail
        .subject
        .or_else(|| text(item, "Subject").map(str::to_owned));
    let field = |name: &str| text(item, name).map(str::to_owned);
    mail.text = field("RawTextBody");
    mail.html = field("RawHtmlBody");
    mail.stripped_text = field("ExtractedMarkdownMessage");
    mail.envelope_to = mail
        .header("delivered-to")
        .map(|it| it.trim_matches(['<', '>']).to_owned());
    let score = item
        .get("SpamScore")
        .or_else(|| item.pointer("/Spam/Score"));
    mail.spam_score = score.and_then(Value::as_f64);
    let files = item.get("Attachments").and_then(Value::as_array);
    mail.files = files.into_iter().flatten().filter_map(file).collect();
    if mail.message_id.is_none() {
        mail.message_id = text(item, "MessageId").and_then(crate::mail::header::threading_id);
    }
    mail.recheck();
    let id = item
        .pointer("/Uuid/0")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let id = id.unwrap_or_else(|| digest_of(item.to_string().as_bytes()));
    mail.tell(arrival, &id, None)
}

fn file(item: &Value) -> Option<InboundFile> {
    let source = MediaSource::ProviderId(text(item, "DownloadToken")?.to_owned());
    let (name, kind) = (text(item, "Name"), text(item, "ContentType"));
    Some(InboundFile::at(source, name, kind, text(item, "ContentID")))
}

#[cfg(test)]
mod tests;
