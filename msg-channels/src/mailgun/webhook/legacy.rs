//! Events of before 2018: a form, into which the host's variables were mixed. The event's own field comes first, but for
//! time, token and signature, which come last.

use super::super::schema::LEGACY_ECHO;
use crate::mail::bounce::{BounceClass, HeldBack};
use crate::mail::event::{MailEvent, MailReport, Opener, address_of};
use crate::mail::form::Form;
use crate::mail::header::threading_id;
use crate::mail::reply::Reply;
use crate::wire::arrival::{Arrival, digest_of, unix_time};
use msg_core::channel::InboundEvent;
use serde_json::{Map, Value};
use std::borrow::Cow;

pub(super) fn parse(arrival: &Arrival<'_>, form: &Form<'_>, events: &mut Vec<InboundEvent>) {
    let raw = fields(form);
    let last = |name: &str| form.last(name).map(|field| field.text().into_owned());
    let id = last("token").unwrap_or_else(|| digest_of(raw.to_string().as_bytes()));
    let at = last("timestamp").and_then(|at| unix_time(&at.into()));
    let name = form.text("event").unwrap_or_default();
    let reply = ["error", "notification", "description"]
        .iter()
        .find_map(|name| Reply::quoted(&form.text(name)?))
        .or_else(|| Reply::quoted(&form.text("code")?));
    let Some(event) = event_of(&name, form, reply) else {
        events.push(arrival.unsupported(&name, raw));
        return;
    };
    let sent = ["Message-Id", "message-id"]
        .iter()
        .find_map(|name| threading_id(&form.text(name)?));
    let echo = form.text(LEGACY_ECHO).map(Cow::into_owned);
    MailReport::new(event, id, raw)
        .about(echo.or(sent))
        .to(form.text("recipient").and_then(|to| address_of(&to)))
        .at(at)
        .refused_with(reply)
        .tell(arrival, events);
}

fn event_of(name: &str, form: &Form<'_>, reply: Option<Reply>) -> Option<MailEvent> {
    Some(match name {
        "delivered" => MailEvent::Delivered,
        "bounced" => MailEvent::Bounced(match reply.map(BounceClass::of) {
            // A refusal without a better reason is what Mailgun calls a bounce: for good.
            None | Some(BounceClass::Technical | BounceClass::Unknown) => BounceClass::Hard,
            Some(class) => class,
        }),
        "dropped" => MailEvent::Rejected(held_back(form)),
        "complained" => MailEvent::Complained,
        "unsubscribed" => MailEvent::Unsubscribed,
        "opened" => MailEvent::Opened(Opener::Person),
        "clicked" => MailEvent::Clicked(Opener::Person),
        _ => return None,
    })
}

/// Mailgun's own codes: 605 bounced before, 606 unsubscribed, 607 complained; 499 was tried for too long.
fn held_back(form: &Form<'_>) -> HeldBack {
    match form.text("code").as_deref().map(str::trim) {
        Some("605") => HeldBack::Bounced,
        Some("606") => HeldBack::Unsubscribed,
        Some("607") => HeldBack::Spam,
        Some("499") => HeldBack::TimedOut,
        Some(code) if code.starts_with(['4', '5']) => HeldBack::Bounced,
        _ => HeldBack::Other,
    }
}

/// The fields as an object, without the proof; a field that comes twice is a list.
fn fields(form: &Form<'_>) -> Value {
    let mut map = Map::new();
    for field in form
        .fields()
        .iter()
        .filter(|field| field.name != "signature")
    {
        let value = Value::from(field.text());
        match map.get_mut(&field.name) {
            None => {
                map.insert(field.name.clone(), value);
            }
            Some(Value::Array(all)) => all.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
        }
    }
    Value::Object(map)
}
