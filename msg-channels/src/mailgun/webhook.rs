//! From a webhook call to events: those of today (JSON), those of before 2018 (forms), and mail of routes (forms).
//!
//! Sources: <https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks> (proof),
//! <https://documentation.mailgun.com/docs/mailgun/user-manual/events/event-structure> (events),
//! <https://help.mailgun.com/hc/en-us/articles/14048832145051-Legacy-Webhooks> (legacy),
//! <https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http> (routes).

mod inbound;
mod legacy;

use super::schema::ECHO;
use super::wire::SCHEME;
use crate::mail::bounce::{BounceClass, HeldBack};
use crate::mail::event::{MailEvent, MailReport, Opener, address_of, text, word};
use crate::mail::form::Form;
use crate::mail::header::threading_id;
use crate::mail::reply::Reply;
use crate::wire::arrival::{Arrival, digest_of};
use crate::wire::proof::{Macs, Proof, hex};
use jiff::Timestamp;
use msg_core::Error;
use msg_core::channel::{InboundEvent, Rejection, Verified, WebhookRequest};
use msg_core::id::AccountId;
use serde_json::Value;

/// What proves a call.
struct Signature {
    time: String,
    token: String,
    code: String,
}

/// The code of time and token, which stand in the body with it. It does not cover the rest of the body, and how old it may
/// be Mailgun does not say: it delivers again for eight hours. What comes again is known by the token.
pub(super) fn prove(keys: &Macs, request: &WebhookRequest) -> Proof {
    let signature = signature(request).ok_or(Rejection::MissingProof)?;
    let pieces = [signature.time.as_bytes(), signature.token.as_bytes()];
    keys.verify(&pieces, &hex(&signature.code)?)
}

fn form(request: &WebhookRequest) -> Option<Form<'_>> {
    Form::read(request.header("content-type")?, &request.body)
}

fn signature(request: &WebhookRequest) -> Option<Signature> {
    if let Some(form) = form(request) {
        // A variable of the same name stands before the real field.
        let last = |name: &str| form.last(name).map(|field| field.text().into_owned());
        return Some(Signature {
            time: last("timestamp")?,
            token: last("token")?,
            code: last("signature")?,
        });
    }
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let signature = body.get("signature")?;
    Some(Signature {
        time: word(signature, "timestamp")?,
        token: word(signature, "token")?,
        code: word(signature, "signature")?,
    })
}

/// The events of a verified call.
pub(super) fn parse(
    account: Option<&AccountId>,
    call: &Verified<'_>,
) -> Result<Vec<InboundEvent>, Error> {
    let malformed = |problem| Error::invalid(problem).with_context("scheme", SCHEME);
    let arrival = Arrival::new(SCHEME, account, call.received_at());
    let mut events = Vec::with_capacity(2);
    if let Some(form) = form(call.request()) {
        if inbound::is_mail(&form) {
            events.push(inbound::parse(&arrival, &form));
        } else if form.first("event").is_some() {
            legacy::parse(&arrival, &form, &mut events);
        } else {
            return Err(malformed("the form is neither an event nor a mail"));
        }
        return Ok(events);
    }
    let body: Value = serde_json::from_slice(&call.request().body)
        .map_err(|_| malformed("the body is neither a form nor json"))?;
    let token = body.pointer("/signature/token").and_then(Value::as_str);
    let token = token.map(str::to_owned);
    let Value::Object(mut body) = body else {
        return Err(malformed("the body is not an object"));
    };
    let Some(event) = body.remove("event-data") else {
        return Err(malformed("the body has no event"));
    };
    told(&arrival, token, event, &mut events);
    Ok(events)
}

/// An event of today. Its own id is unique within a day only, so the token of the signature is its key.
fn told(arrival: &Arrival<'_>, token: Option<String>, item: Value, events: &mut Vec<InboundEvent>) {
    let id = token.unwrap_or_else(|| digest_of(item.to_string().as_bytes()));
    let name = text(&item, "event").unwrap_or_default();
    let at = item
        .get("timestamp")
        .and_then(Value::as_f64)
        .and_then(moment);
    let Some(event) = event_of(name, &item) else {
        let name = if name.is_empty() { "event" } else { name }.to_owned();
        events.push(arrival.unsupported(&name, item));
        return;
    };
    let header = |name: &str| {
        item.pointer("/message/headers")
            .and_then(|it| text(it, name))
    };
    let to = text(&item, "recipient")
        .or_else(|| header("to"))
        .and_then(address_of);
    let echo = item
        .pointer(ECHO)
        .and_then(Value::as_str)
        .map(str::to_owned);
    let receipt = echo.or_else(|| header("message-id").and_then(threading_id));
    let reply = reply(&item);
    MailReport::new(event, id, item)
        .about(receipt)
        .to(to)
        .at(at)
        .refused_with(reply)
        .tell(arrival, events);
}

fn event_of(name: &str, item: &Value) -> Option<MailEvent> {
    // Mailgun names the bot that opened or clicked: of Apple, of Gmail, or another one.
    let bot = item.pointer("/client-info/bot").and_then(Value::as_str);
    let opener = match bot {
        Some(bot) if !bot.is_empty() => Opener::Program,
        _ => Opener::Person,
    };
    Some(match name {
        "accepted" => MailEvent::Queued,
        "delivered" => MailEvent::Delivered,
        "failed" if text(item, "severity") == Some("temporary") => MailEvent::Deferred,
        "failed" => failed(item),
        "rejected" => MailEvent::Rejected(HeldBack::Other),
        "opened" => MailEvent::Opened(opener),
        "clicked" => MailEvent::Clicked(opener),
        "complained" => MailEvent::Complained,
        "unsubscribed" => MailEvent::Unsubscribed,
        _ => return None,
    })
}

/// By the reason, then by Mailgun's type, then by the codes.
fn failed(item: &Value) -> MailEvent {
    let class = match text(item, "reason") {
        Some("suppress-unsubscribe") => return MailEvent::Rejected(HeldBack::Unsubscribed),
        Some("suppress-complaint") => return MailEvent::Rejected(HeldBack::Spam),
        Some("suppress-bounce" | "hardfail") => BounceClass::Hard,
        // It was tried for too long.
        Some("old") => BounceClass::Soft,
        Some("espblock" | "blacklisted") => BounceClass::Block,
        _ => {
            let kind = item
                .pointer("/delivery-status/bounce-type")
                .and_then(Value::as_str);
            match (kind, reply(item).map(BounceClass::of)) {
                (Some("soft"), _) => BounceClass::Soft,
                (Some("hard"), Some(class @ BounceClass::Block))
                | (None | Some(_), Some(class)) => class,
                (Some("hard"), None) => BounceClass::Hard,
                (_, None) => BounceClass::Unknown,
            }
        }
    };
    MailEvent::Bounced(class)
}

/// What the mail server said: the words, else the codes beside them. Mailgun's own codes begin with 6.
fn reply(item: &Value) -> Option<Reply> {
    let status = item.get("delivery-status")?;
    let quoted = ["message", "description"]
        .iter()
        .find_map(|name| Reply::quoted(text(status, name)?));
    quoted.or_else(|| {
        let code = word(status, "code")?;
        let enhanced = text(status, "enhanced-code").unwrap_or_default();
        Reply::quoted(&format!("{code} {enhanced}"))
    })
}

/// Seconds with a fraction.
fn moment(seconds: f64) -> Option<Timestamp> {
    // Microseconds are what a double holds exactly for two centuries.
    let micros = seconds * 1e6;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "bounded before; what is below a microsecond is cut"
    )]
    let micros = (micros.is_finite() && micros.abs() < 9e17).then_some(micros.round() as i64)?;
    Timestamp::from_microsecond(micros).ok()
}

#[cfg(test)]
mod tests;
