//! From a webhook call to events: the event webhook, and the inbound parse, which posts a form.
//!
//! Sources: <https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event> (events),
//! <https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features>
//! (signature), <https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook>.

mod inbound;

use super::schema::ECHO;
use super::wire::SCHEME;
use crate::mail::bounce::{BounceClass, HeldBack};
use crate::mail::event::{MailEvent, MailReport, Opener, address_of, once, text, word};
use crate::mail::form::Form;
use crate::mail::reply::Reply;
use crate::wire::arrival::{Arrival, digest_of, unix_time};
use crate::wire::proof::{Proof, PublicKeys, authenticity, base64, basic, header};
use msg_core::Error;
use msg_core::channel::{
    Authenticity, ChannelNotice, InboundEvent, NoticeKind, Rejection, Verified, WebhookRequest,
};
use msg_core::id::AccountId;
use secrecy::SecretString;
use serde_json::Value;

pub(super) const SIGNATURE: &str = "x-twilio-email-event-webhook-signature";
pub(super) const TIME: &str = "x-twilio-email-event-webhook-timestamp";

/// A signature is believed by the keys, a call without one by a password. How old a signature may be SendGrid does not
/// say, and it delivers again for a day; what comes again is known by its key.
pub(super) fn authenticate(
    keys: &PublicKeys,
    passwords: &[SecretString],
    request: &WebhookRequest,
) -> Authenticity {
    authenticity(prove(keys, passwords, request))
}

fn prove(keys: &PublicKeys, passwords: &[SecretString], request: &WebhookRequest) -> Proof {
    let signed = request.headers.contains_key(SIGNATURE) || request.headers.contains_key(TIME);
    if !signed {
        return if passwords.is_empty() {
            Err(Rejection::MissingProof)
        } else {
            basic(passwords, request)
        };
    }
    let signature = base64(header(request, SIGNATURE)?)?;
    let time = header(request, TIME)?;
    let mut message = Vec::with_capacity(time.len() + request.body.len());
    message.extend_from_slice(time.as_bytes());
    message.extend_from_slice(&request.body);
    keys.verify(&message, &signature)
}

/// The events of a verified call.
pub(super) fn parse(
    account: Option<&AccountId>,
    call: &Verified<'_>,
) -> Result<Vec<InboundEvent>, Error> {
    let malformed = |problem| Error::invalid(problem).with_context("scheme", SCHEME);
    let arrival = Arrival::new(SCHEME, account, call.received_at());
    let request = call.request();
    let kind = request.header("content-type").unwrap_or_default();
    if let Some(form) = Form::read(kind, &request.body) {
        return inbound::parse(&arrival, &form)
            .map(|event| vec![event])
            .ok_or_else(|| malformed("the form is not one of the inbound parse"));
    }
    let items: Vec<Value> = serde_json::from_slice(&request.body)
        .map_err(|_| malformed("the body is neither a form nor a json list of events"))?;
    let mut events = Vec::with_capacity(items.len());
    for item in items {
        told(&arrival, item, &mut events);
    }
    Ok(once(events))
}

/// One event of a batch.
fn told(arrival: &Arrival<'_>, item: Value, events: &mut Vec<InboundEvent>) {
    let name = text(&item, "event").unwrap_or_default();
    let id = match text(&item, "sg_event_id") {
        Some(id) => id.to_owned(),
        None => digest_of(item.to_string().as_bytes()),
    };
    let at = item.get("timestamp").and_then(unix_time);
    if name == "account_status_change" {
        let notice = ChannelNotice::new(NoticeKind::Account, None, item);
        events.push(arrival.event(&id, at, notice));
        return;
    }
    let Some(event) = event_of(name, &item) else {
        let name = if name.is_empty() { "event" } else { name }.to_owned();
        events.push(arrival.unsupported(&name, item));
        return;
    };
    let (receipt, to) = (receipt(&item), text(&item, "email").and_then(address_of));
    let reply = reply(&item);
    MailReport::new(event, id, item)
        .about(receipt)
        .to(to)
        .at(at)
        .refused_with(reply)
        .tell(arrival, events);
}

fn event_of(name: &str, item: &Value) -> Option<MailEvent> {
    Some(match name {
        "processed" => MailEvent::Queued,
        "delivered" => MailEvent::Delivered,
        "deferred" => MailEvent::Deferred,
        "bounce" | "blocked" => MailEvent::Bounced(class(name, item)),
        "dropped" => MailEvent::Rejected(held_back(item)),
        // Apple Mail and others load every picture; SendGrid tells them apart.
        "open" if item.get("sg_machine_open") == Some(&Value::Bool(true)) => {
            MailEvent::Opened(Opener::Program)
        }
        "open" => MailEvent::Opened(Opener::Person),
        "click" => MailEvent::Clicked(Opener::Person),
        "spamreport" => MailEvent::Complained,
        "unsubscribe" | "group_unsubscribe" => MailEvent::Unsubscribed,
        "group_resubscribe" | "resubscribe" => MailEvent::Subscribed,
        _ => return None,
    })
}

/// By SendGrid's own classification, else by the codes, else by its type: `blocked` passes, a bounce lasts.
fn class(name: &str, item: &Value) -> BounceClass {
    let classified = text(item, "bounce_classification").unwrap_or_default();
    let blocked = name == "blocked" || text(item, "type") == Some("blocked");
    match classified.to_ascii_lowercase().as_str() {
        "invalid address" => BounceClass::Hard,
        "mailbox unavailable" => BounceClass::Soft,
        "technical" | "technical failure" => BounceClass::Technical,
        "content" | "reputation" | "frequency or volume too high" | "frequency/volume" => {
            BounceClass::Block
        }
        _ if blocked => BounceClass::Block,
        _ => match reply(item).map(BounceClass::of) {
            Some(class @ (BounceClass::Soft | BounceClass::Block)) => class,
            _ => BounceClass::Hard,
        },
    }
}

/// What the mail server said: the text, with the status code where it has none.
fn reply(item: &Value) -> Option<Reply> {
    let said = text(item, "reason").or_else(|| text(item, "response"));
    let quoted = said.and_then(Reply::quoted);
    quoted.or_else(|| text(item, "status").and_then(Reply::quoted))
}

/// Why a mail was dropped: in `type` or `reason`.
fn held_back(item: &Value) -> HeldBack {
    let known = |name: &str| {
        let why = text(item, name)?.to_ascii_lowercase();
        Some(match why.as_str() {
            "invalid" => HeldBack::Invalid,
            "bounce" | "bounced address" => HeldBack::Bounced,
            "expired" => HeldBack::TimedOut,
            "blocked" => HeldBack::Blocked,
            "spam reporting address" => HeldBack::Spam,
            "unsubscribed address" => HeldBack::Unsubscribed,
            _ => return None,
        })
    };
    known("type")
        .or_else(|| known("reason"))
        .unwrap_or(HeldBack::Other)
}

/// The part's id where the event repeats it; else what `X-Message-Id` was: the `smtp-id` without its host, or
/// `sg_message_id` up to what SendGrid's own machines add.
fn receipt(item: &Value) -> Option<String> {
    if let Some(echo) = word(item, ECHO) {
        return Some(echo);
    }
    // What was dropped never got one: its id is the machine's alone.
    let marks = ["filter", "recvd"];
    let own = |id: &str| {
        let end = marks
            .iter()
            .filter_map(|mark| id.find(&format!(".{mark}")))
            .min();
        let machine = marks.iter().any(|mark| id.starts_with(mark));
        let id = id.get(..end.unwrap_or(id.len()))?;
        (!machine).then(|| id.to_owned())
    };
    let sent = text(item, "smtp-id").map(|id| {
        let id = id.trim_matches(['<', '>']);
        id.split('@').next().unwrap_or(id).to_owned()
    });
    text(item, "sg_message_id").and_then(own).or(sent)
}

#[cfg(test)]
mod tests;
