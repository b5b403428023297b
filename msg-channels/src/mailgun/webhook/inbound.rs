//! Mail of a route: forwarded, taken apart or raw, or stored.

use crate::mail::event::text;
use crate::mail::form::Form;
use crate::mail::inbound::{InboundFile, InboundMail};
use crate::wire::arrival::{Arrival, digest_of, unix_time};
use msg_core::channel::InboundEvent;
use msg_core::message::MediaSource;
use serde_json::Value;
use std::borrow::Cow;

/// Whether a form is a mail: it has headers or a whole mail, and no event but `inbound`.
pub(super) fn is_mail(form: &Form<'_>) -> bool {
    let event = form.text("event");
    let mail = ["message-headers", "body-mime", "body-plain"];
    match event.as_deref() {
        Some("inbound") => true,
        Some(_) => false,
        None => mail.iter().any(|name| form.first(name).is_some()),
    }
}

pub(super) fn parse(arrival: &Arrival<'_>, form: &Form<'_>) -> InboundEvent {
    let mut mail = match form.first("body-mime") {
        Some(whole) => InboundMail::from_mime(&whole.bytes),
        None => taken_apart(form),
    };
    let field = |name: &str| form.text(name).map(Cow::into_owned);
    mail.envelope_from = field("sender").or(mail.envelope_from);
    mail.envelope_to = field("recipient");
    mail.stripped_text = field("stripped-text");
    mail.spam = Some(
        mail.header("x-mailgun-sflag")
            .is_some_and(|it| it.eq_ignore_ascii_case("yes")),
    );
    mail.spam_score = mail
        .header("x-mailgun-sscore")
        .and_then(|it| it.parse().ok());
    let last = |name: &str| form.last(name).map(|field| field.text().into_owned());
    let id = last("token")
        .unwrap_or_else(|| digest_of(mail.message_id.as_deref().unwrap_or_default().as_bytes()));
    let at = last("timestamp").and_then(|at| unix_time(&at.into()));
    mail.tell(arrival, &id, at)
}

fn taken_apart(form: &Form<'_>) -> InboundMail {
    let headers = form.json("message-headers").unwrap_or_default();
    let line = |line: &Value| {
        let name = line.get(0)?.as_str()?.to_owned();
        Some((name, line.get(1)?.as_str()?.to_owned()))
    };
    let lines: Vec<(String, String)> = headers
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(line)
        .collect();
    let mut mail = InboundMail::from_headers(lines.iter().map(|(name, value)| (&**name, &**value)));
    let field = |name: &str| form.text(name).map(Cow::into_owned);
    mail.from = mail
        .from
        .or_else(|| field("from"))
        .or_else(|| field("From"));
    mail.subject = mail.subject.or_else(|| field("subject"));
    mail.text = field("body-plain");
    mail.html = field("body-html");
    mail.files = files(form);
    mail.recheck();
    mail
}

/// `attachment-1` and so on, those that the HTML shows named by `content-id-map`; or, of a stored mail, where they are.
fn files(form: &Form<'_>) -> Vec<InboundFile> {
    let shown = names(form);
    let id_of = |name: &str| {
        shown
            .iter()
            .find(|(_, file)| file == name)
            .map(|(id, _)| &**id)
    };
    let posted = form
        .fields()
        .iter()
        .filter(|field| field.name.starts_with("attachment-"));
    let posted = posted
        .filter(|field| field.name != "attachment-count")
        .map(|field| {
            InboundFile::new(
                field.filename.as_deref(),
                field.mime.as_deref(),
                field.bytes.to_vec(),
                id_of(&field.name),
            )
        });
    let stored = form.json("attachments").unwrap_or_default();
    let kept = |item: &Value| {
        let url = text(item, "url")?;
        let by_url = shown.iter().find(|(_, at)| at == url).map(|(id, _)| &**id);
        let source = MediaSource::ProviderId(url.to_owned());
        Some(InboundFile::at(
            source,
            text(item, "name"),
            text(item, "content-type"),
            by_url,
        ))
    };
    let stored = stored.as_array().into_iter().flatten().filter_map(kept);
    posted.chain(stored).collect()
}

/// What the HTML shows, by its name there. The map may have a name twice, which no map of ours holds, so it is read as it
/// stands.
fn names(form: &Form<'_>) -> Vec<(String, String)> {
    use serde::de::{Deserializer as _, MapAccess, Visitor};
    struct Pairs;
    impl<'de> Visitor<'de> for Pairs {
        type Value = Vec<(String, String)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object of texts")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }
    let Some(field) = form.first("content-id-map") else {
        return Vec::new();
    };
    let mut reader = serde_json::Deserializer::from_slice(&field.bytes);
    reader.deserialize_map(Pairs).unwrap_or_default()
}
