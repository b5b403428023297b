//! Objects of a webhook, from which fields are taken so that what is left can be kept.

use crate::wire::arrival::unix_time;
use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// An object.
#[derive(Clone, Debug, Default)]
pub(super) struct Object(pub(super) Map<String, Value>);

impl Object {
    /// Takes a field.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    /// Takes a text that is not empty; a number as it is written.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => (!text.is_empty()).then_some(text),
            Value::Number(number) => Some(number.to_string()),
            other => {
                self.0.insert(name.to_owned(), other);
                None
            }
        }
    }

    /// Takes an object; one field of it by its own name.
    pub(super) fn object(&mut self, name: &str) -> Option<Self> {
        match self.take(name)? {
            Value::Object(fields) => Some(Self(fields)),
            other => {
                self.0.insert(name.to_owned(), other);
                None
            }
        }
    }

    /// Takes a list of objects; what is not an object stays out.
    pub(super) fn objects(&mut self, name: &str) -> Vec<Self> {
        let object = |value| match value {
            Value::Object(fields) => Some(Self(fields)),
            _ => None,
        };
        match self.take(name) {
            Some(Value::Array(all)) => all.into_iter().filter_map(object).collect(),
            _ => Vec::new(),
        }
    }

    /// A text, not taken.
    pub(super) fn peek(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Takes a time in seconds.
    pub(super) fn time(&mut self, name: &str) -> Option<Timestamp> {
        let at = unix_time(self.0.get(name)?)?;
        self.0.remove(name);
        Some(at)
    }

    /// A time in seconds, not taken.
    pub(super) fn peek_time(&self, name: &str) -> Option<Timestamp> {
        unix_time(self.0.get(name)?)
    }

    /// Puts something that stood elsewhere.
    pub(super) fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Puts back what is left of an object.
    pub(super) fn leave(&mut self, name: &str, rest: Self) {
        if !rest.0.is_empty() {
            self.put(name, Value::Object(rest.0));
        }
    }

    pub(super) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// An object, unless it is something else.
pub(super) fn object(raw: &RawValue) -> Option<Object> {
    serde_json::from_str(raw.get()).ok().map(Object)
}

/// The items of a list; none when it is something else.
pub(super) fn list(raw: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

/// As it came; as text when it is nested deeper than a value may be.
pub(super) fn whole(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| Value::String(raw.get().to_owned()))
}

/// Whether a text is the id of a part as [`token_of`](crate::wire::call::token_of) writes it: 32 digits, `-`, a number.
pub(super) fn is_token(text: &str) -> bool {
    text.split_once('-').is_some_and(|(message, index)| {
        message.len() == 32
            && message.bytes().all(|byte| byte.is_ascii_hexdigit())
            && index.parse::<u16>().is_ok()
    })
}
