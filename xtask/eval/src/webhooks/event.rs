//! An event as one flat object.
//!
//! | field | of which kinds | what it is |
//! |---|---|---|
//! | `kind` | all | `message`, `answer`, `reaction`, `edited`, `deleted`, `typing`, `read`, `status`, `consent`, `notice`, `unsupported` |
//! | `dedupe`, `scheme`, `account` | all | what makes the event the same again; the channel; the host's name for the account |
//! | `occurred_at`, `timestamp`, `timestamp_ms` | all | when it happened: RFC 3339, seconds and milliseconds since 1970 |
//! | `from`, `from_scheme`, `from_scope` | where a person did it | the address in clear, what kind of name it is, what it is scoped to |
//! | `conversation` | message, edited, answer | the conversation in the wire's terms |
//! | `provider_id` | message, edited, deleted, read, reaction, status | the id of the message that came, was touched, or was sent |
//! | `message` | answer | the id of the message that was answered |
//! | `reply_to`, `language` | message, edited | the id of the message that it answers; its language |
//! | `type`, `text`, `content` | message, edited | the kind of content, everything that a reader sees as text, and the content itself |
//! | `media` | message, edited | each item: `kind`, `mime`, `filename`, `alt`, and `url`, `id` or `size` |
//! | `location` | message, edited | `latitude`, `longitude`, `name`, `address` |
//! | `handle`, `label`, `action` | answer | what the button sends back, what it says, what it means |
//! | `emoji` | reaction | null when it was taken back |
//! | `further_ids`, `state`, `progress`, `stop` | status | more ids; where it stands in one word; how far it got and why it ended |
//! | `event`, `raw` | message, status, notice | what the provider reported, in one word of the channel's family, and its fields |
//! | `to` | status | whom the message was for, in clear |
//! | `failure` | status | `class`, `scope`, `advice`, `provider_code`, `retry_after_s` |
//! | `opt_out`, `reason` | consent | how far a refusal reaches, null when messages are allowed again; what was reported |
//! | `about`, `raw` | notice | what it is about; the provider's fields |
//! | `name`, `raw` | unsupported | the provider's name of the kind; its fields |

use msg_core::channel::{Failure, Inbound, InboundEvent, InboundMessage, StatusEvent};
use serde_json::{Map, Value, json};

/// The event, flat.
pub(super) fn told(event: &InboundEvent) -> Value {
    let at = event.occurred_at;
    let mut told = json!({
        "dedupe": event.dedupe, "scheme": event.scheme, "occurred_at": at.to_string(),
        "timestamp": at.as_second(), "timestamp_ms": at.as_millisecond(),
    });
    let Some(fields) = told.as_object_mut() else {
        return told;
    };
    if let Some(account) = &event.account {
        fields.insert("account".to_owned(), json!(account));
    }
    if let Value::Object(tagged) = json!(event.kind) {
        for (kind, of_kind) in tagged {
            fields.insert("kind".to_owned(), kind.into());
            if let Value::Object(of_kind) = of_kind {
                of_kind
                    .into_iter()
                    .for_each(|(name, value)| flat(fields, &name, value));
            }
        }
    }
    match &event.kind {
        Inbound::Message(message) => content(fields, message),
        Inbound::Edited(edited) => content(fields, &edited.0),
        Inbound::Status(of) => status(fields, of),
        Inbound::Notice(notice) => {
            fields.insert("event".to_owned(), json!(notice.about));
        }
        _ => {}
    }
    told
}

/// Addresses and receipts are taken apart.
fn flat(fields: &mut Map<String, Value>, name: &str, value: Value) {
    match (name, value) {
        ("from", Value::Object(mut address)) => {
            for (from, to) in [
                ("value", "from"),
                ("scheme", "from_scheme"),
                ("scope", "from_scope"),
            ] {
                if let Some(value) = address.remove(from) {
                    fields.insert(to.to_owned(), value);
                }
            }
        }
        ("receipt", Value::Object(receipt)) => fields.extend(receipt),
        ("to", Value::Object(mut address)) => {
            let value = address.remove("value").unwrap_or_default();
            fields.insert("to".to_owned(), value);
        }
        ("report", Value::Object(mut report)) => {
            for (from, to) in [("name", "event"), ("raw", "raw")] {
                let value = report.remove(from).unwrap_or_default();
                fields.insert(to.to_owned(), value);
            }
        }
        (name, value) => {
            fields.insert(name.to_owned(), value);
        }
    }
}

fn content(fields: &mut Map<String, Value>, message: &InboundMessage) {
    let mut content = json!(message.content);
    let mut media = Vec::new();
    items(&mut content, &mut media);
    let tagged = content
        .as_object()
        .and_then(|content| content.iter().next());
    let kind = tagged.map(|(kind, _)| kind.clone()).unwrap_or_default();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    if let Some(place) = content.get("location") {
        put("location", place.clone());
    }
    put("type", kind.into());
    put("text", message.content.plain_text().into());
    put("media", media.into());
    put("content", content);
}

/// Collects media in order, and puts the size in place of bytes.
fn items(value: &mut Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(|one| items(one, found)),
        Value::Object(fields) => {
            if let Some(source) = fields.get_mut("source").and_then(Value::as_object_mut) {
                let bytes = source.get("bytes").and_then(Value::as_str).map(decoded);
                if let Some(size) = bytes {
                    source.insert("bytes".to_owned(), size.into());
                }
                let (url, id, size) = (
                    source.get("url"),
                    source.get("provider_id"),
                    source.get("bytes"),
                );
                let where_it_is = [("url", url), ("id", id), ("size", size)]
                    .map(|(name, value)| (name, value.cloned()));
                let what = ["kind", "mime", "filename", "alt"]
                    .map(|name| (name, fields.get(name).cloned()));
                let told = what.into_iter().chain(where_it_is);
                let told = told.filter_map(|(name, value)| Some((name.to_owned(), value?)));
                found.push(Value::Object(told.collect()));
            } else {
                fields.values_mut().for_each(|one| items(one, found));
            }
        }
        _ => {}
    }
}

/// How many bytes padded base64 stands for.
fn decoded(text: &str) -> usize {
    text.len() / 4 * 3
        - text
            .bytes()
            .rev()
            .take(2)
            .filter(|byte| *byte == b'=')
            .count()
}

fn status(fields: &mut Map<String, Value>, status: &StatusEvent) {
    let mut word = json!(status.state.delivery());
    while let Some((_, inner)) = word.as_object().and_then(|word| word.iter().next()) {
        word = inner.clone();
    }
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("state", word);
    put("progress", json!(status.state.progress));
    put("stop", json!(status.state.stop));
    if let Some(failure) = &status.failure {
        put("failure", why(failure));
    }
}

fn why(failure: &Failure) -> Value {
    let mut why = json!(failure);
    if let (Some(why), Some(wait)) = (why.as_object_mut(), &failure.retry_after) {
        why.insert(
            "retry_after_s".to_owned(),
            crate::responses::seconds(wait.delay),
        );
    }
    why
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::Timestamp;
    use msg_core::channel::{Advice, FailureClass, FailureScope, Receipt};
    use msg_core::id::ConversationId;
    use msg_core::message::content::{Decimal, Location, MediaGroup};
    use msg_core::message::state::Stop;
    use msg_core::message::{Address, Content, DeliveryState, Media, MediaKind};

    fn event(kind: impl Into<Inbound>) -> Value {
        told(&InboundEvent::new(
            "pigeon",
            "pigeon:1",
            Timestamp::UNIX_EPOCH,
            kind,
        ))
    }

    fn message(content: impl Into<Content>) -> Value {
        let conversation = ConversationId::new("c").unwrap();
        event(InboundMessage::new(
            Address::telegram(7),
            conversation,
            "m1",
            content.into(),
        ))
    }

    #[test]
    fn a_message_says_who_what_and_where() {
        let place = Location::new(Decimal::new("1.5").unwrap(), Decimal::new("-2").unwrap());
        let told = message(place);
        assert_eq!(
            (&told["kind"], &told["type"]),
            (&json!("message"), &json!("location"))
        );
        assert_eq!(
            (&told["from"], &told["from_scheme"]),
            (&json!("7"), &json!("telegram-chat"))
        );
        assert_eq!(
            (&told["provider_id"], &told["location"]["longitude"]),
            (&json!("m1"), &json!("-2"))
        );
        let picture = Media::from_bytes(MediaKind::Image, "image/png", &b"12345"[..], "a shoe");
        let told = message(MediaGroup::new(vec![picture]).with_caption("Look"));
        assert_eq!(
            told["media"],
            json!([{"kind": "image", "mime": "image/png", "alt": "a shoe", "size": 5}])
        );
        assert!(told["text"].as_str().unwrap().contains("Look"));
    }

    #[test]
    fn a_status_is_one_word_and_its_reason() {
        let mut status =
            StatusEvent::new(Receipt::new("m1"), DeliveryState::stopped(Stop::Bounced));
        let (class, scope) = (FailureClass::InvalidRecipient, FailureScope::Recipient);
        status.failure = Some(Failure::new(class, scope, Advice::Suppress).with_code("550"));
        let told = event(status);
        assert_eq!(
            (&told["state"], &told["provider_id"]),
            (&json!("bounced"), &json!("m1"))
        );
        assert_eq!(told["failure"]["class"], "invalid_recipient");
    }
}
