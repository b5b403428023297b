//! The inbound parse: a mail as a form, taken apart or, with "send raw", whole.

use crate::mail::event::text;
use crate::mail::form::{Field, Form};
use crate::mail::inbound::{InboundFile, InboundMail};
use crate::wire::arrival::{Arrival, digest_of};
use msg_core::channel::InboundEvent;
use serde_json::Value;

/// The mail of a form; none when the form has neither the headers nor the whole mail.
pub(super) fn parse(arrival: &Arrival<'_>, form: &Form<'_>) -> Option<InboundEvent> {
    let mut mail = match (form.first("headers"), form.first("email")) {
        (_, Some(whole)) => InboundMail::from_mime(&whole.bytes),
        (Some(headers), None) => taken_apart(form, headers),
        (None, None) => return None,
    };
    if let Some(envelope) = form.json("envelope") {
        mail.envelope_from = text(&envelope, "from").map(str::to_owned);
        let to = envelope.pointer("/to/0").and_then(Value::as_str);
        mail.envelope_to = to.map(str::to_owned);
    }
    mail.spam_score = form
        .text("spam_score")
        .and_then(|score| score.trim().parse().ok());
    // SendGrid names no event: a mail is the same when it is the same mail for the same recipient.
    let mut key = mail.message_id.clone().unwrap_or_default().into_bytes();
    key.extend(mail.envelope_to.iter().flat_map(|to| to.bytes()));
    if mail.message_id.is_none() {
        for field in form.fields() {
            key.extend_from_slice(field.name.as_bytes());
            key.extend_from_slice(&field.bytes);
        }
    }
    Some(mail.tell(arrival, &format!("inbound.{}", digest_of(&key)), None))
}

fn taken_apart(form: &Form<'_>, headers: &Field<'_>) -> InboundMail {
    let charsets = form.json("charsets").unwrap_or_default();
    let charset = |name: &str| text(&charsets, name).unwrap_or("utf-8");
    let decoded = |name: &str| {
        let field = form.first(name)?;
        Some(field.text_in(charset(name))).filter(|text| !text.is_empty())
    };
    let lines = unfolded(&headers.text());
    let lines = lines.iter().filter_map(|line| line.split_once(':'));
    let mut mail = InboundMail::from_headers(lines);
    mail.text = decoded("text");
    mail.html = decoded("html");
    mail.subject = decoded("subject").or(mail.subject);
    mail.from = mail.from.or_else(|| decoded("from"));
    mail.files = files(form);
    mail
}

/// Header lines, each on one line.
fn unfolded(head: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in head.lines() {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// `attachment1` and so on, described in `attachment-info`.
fn files(form: &Form<'_>) -> Vec<InboundFile> {
    let info = form.json("attachment-info").unwrap_or_default();
    let count = form
        .text("attachments")
        .and_then(|count| count.trim().parse().ok());
    let count: usize = count.unwrap_or_else(|| info.as_object().map_or(0, serde_json::Map::len));
    let file = |number: usize| {
        let name = format!("attachment{number}");
        let field = form.first(&name)?;
        let about = info.get(&name).unwrap_or(&Value::Null);
        Some(InboundFile::new(
            text(about, "filename").or(field.filename.as_deref()),
            text(about, "type").or(field.mime.as_deref()),
            field.bytes.to_vec(),
            text(about, "content-id"),
        ))
    };
    // A form has no more files than fields, whatever it says.
    (1..=count.min(form.fields().len()))
        .filter_map(file)
        .collect()
}
