//! Exports a trace with what is above a class of data taken out.

use super::chain::TraceRecord;
use crate::error::Error;
use crate::message::DataClass;
use serde_json::{Map, Value};

/// The keys of events that carry personal data: bodies, addresses, what people wrote.
const PERSONAL: &[&str] = &[
    "address",
    "addresses",
    "alternatives",
    "body",
    "content",
    "conversation",
    "disclosure",
    "fallback_text",
    "footer",
    // An id of a provider often begins with the chat or the number.
    "further_ids",
    "kind",
    "moved_to",
    "part_body",
    "provider_id",
    "raw",
    "reply_to",
    "subject",
    "to",
    "vars",
    "verbatim",
    "with",
];

/// The keys that may quote a person or a provider in free text.
const FREE_TEXT: &[&str] = &["by", "custom", "idempotency_key", "dedupe"];

/// The lines of a trace, one JSON object each, without what is above `class`.
///
/// What was taken out stands as `{"redacted": class}`. Each line keeps its digest beside it, so that a redacted export
/// can be compared with the full trace; the text itself no longer has that digest. [`DataClass::Sensitive`] exports
/// everything, and such lines verify.
///
/// # Errors
/// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) when a line is not a record.
pub fn export(records: &[TraceRecord], class: DataClass) -> Result<Vec<String>, Error> {
    records
        .iter()
        .map(|record| export_line(record, class))
        .collect()
}

fn export_line(record: &TraceRecord, class: DataClass) -> Result<String, Error> {
    let mut line: super::Line<Value> = record.read()?;
    if class < DataClass::Personal {
        redact(&mut line.event);
    } else if class < DataClass::Sensitive {
        redact_codes(&mut line.event);
    }
    let mut object = Map::new();
    object.insert("digest".into(), record.digest.to_string().into());
    object.insert(
        "record".into(),
        serde_json::to_value(&line).unwrap_or(Value::Null),
    );
    Ok(Value::Object(object).to_string())
}

/// Takes personal data out, however deep it stands.
fn redact(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let named = PERSONAL.contains(&key.as_str()) || FREE_TEXT.contains(&key.as_str());
                if named && !inner.is_null() && !is_check_reason(key, inner) {
                    *inner = redacted("personal");
                } else {
                    redact(inner);
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(redact),
        _ => {}
    }
}

/// Takes only one-time codes out: they are sensitive wherever they stand.
fn redact_codes(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                if key == "one_time_code" && inner.is_object() {
                    *inner = redacted("sensitive");
                } else {
                    redact_codes(inner);
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(redact_codes),
        _ => {}
    }
}

/// A loss's kind and the like are names, not data.
fn is_check_reason(key: &str, value: &Value) -> bool {
    key == "kind"
        && (value.is_string()
            || value.as_object().is_some_and(|object| {
                object.contains_key("truncated") || object.contains_key("split")
            }))
}

fn redacted(class: &str) -> Value {
    let mut object = Map::new();
    object.insert("redacted".into(), class.into());
    Value::Object(object)
}
