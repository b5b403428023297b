//! The events of one webhook call.

use super::proof::to_hex;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::channel::{Inbound, InboundEvent, Unsupported};
use msg_core::id::{AccountId, ConversationId};
use msg_core::message::{Address, MediaKind};
use ring::digest;
use serde_json::Value;

/// What all events of one call have in common.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Arrival<'a> {
    /// The scheme of the adapter.
    pub scheme: &'static str,
    /// The host's name for the account.
    pub account: Option<&'a AccountId>,
    /// When the call came in.
    pub at: Timestamp,
}

impl<'a> Arrival<'a> {
    /// A call that came in at `at`.
    #[must_use]
    pub const fn new(scheme: &'static str, account: Option<&'a AccountId>, at: Timestamp) -> Self {
        Self {
            scheme,
            account,
            at,
        }
    }

    /// An event. `id` makes it the same when it is delivered again: the provider's id, and what happened where several
    /// things happen to one id. `occurred` is the provider's clock; without it the time of the call stands.
    pub fn event(
        &self,
        id: &str,
        occurred: Option<Timestamp>,
        kind: impl Into<Inbound>,
    ) -> InboundEvent {
        let mut event =
            InboundEvent::new(self.scheme, format!("{}:{id}", self.scheme), self.at, kind);
        event.account = self.account.cloned();
        match occurred {
            Some(at) => event.occurred(at),
            None => event,
        }
    }

    /// The conversation between `own`, our number or name as the provider writes it, and somebody. It repeats neither.
    ///
    /// # Errors
    /// None in practice: the name is made of letters and digits.
    pub fn conversation(&self, own: &str, with: &Address) -> Result<ConversationId, Error> {
        let own = digest_of(own.as_bytes());
        let own = own.get(..16).unwrap_or_default();
        ConversationId::new(format!("{}:{own}.{}", self.scheme, with.key()))
    }

    /// Something that the wire does not know, kept as it came: `name` is the provider's name of the kind. It is the same
    /// again when its fields are.
    #[must_use]
    pub fn unsupported(&self, name: &str, raw: Value) -> InboundEvent {
        let id = digest_of(raw.to_string().as_bytes());
        self.event(&id, None, Unsupported::new(name, raw))
    }
}

/// An id for what has none of its own: 128 bits of SHA-256 as hex.
#[must_use]
pub fn digest_of(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, bytes);
    to_hex(hash.as_ref().get(..16).unwrap_or_default())
}

/// The kind of media of this MIME type.
#[must_use]
pub fn media_kind(mime: &str) -> MediaKind {
    match mime.split('/').next().unwrap_or_default().trim() {
        "image" => MediaKind::Image,
        "video" => MediaKind::Video,
        "audio" => MediaKind::Audio,
        _ => MediaKind::File,
    }
}

/// A time in seconds or milliseconds since 1970, as number or text, as providers write it. Milliseconds are told by their
/// size: 100,000,000,000 seconds is the year 5138.
#[must_use]
pub fn unix_time(value: &Value) -> Option<Timestamp> {
    let number = match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => {
            let parsed = text.trim().parse().ok();
            parsed.or_else(|| whole(text.trim().parse().ok()?))
        }
        _ => None,
    }?;
    if number.unsigned_abs() >= 100_000_000_000 {
        Timestamp::from_millisecond(number).ok()
    } else {
        Timestamp::from_second(number).ok()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "bounded before: what has a fraction of a second is cut"
)]
fn whole(number: f64) -> Option<i64> {
    (number.is_finite() && number.abs() < 1e15).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_read_as_providers_write_them() {
        let second = Timestamp::from_second(1_700_000_000).unwrap();
        for value in [
            json!(1_700_000_000),
            json!("1700000000"),
            json!(1_700_000_000_000_i64),
            json!(1_700_000_000.4),
        ] {
            assert_eq!(unix_time(&value), Some(second), "{value}");
        }
        for bad in [json!(null), json!("soon"), json!(1e300), json!(i64::MAX)] {
            assert_eq!(unix_time(&bad), None, "{bad}");
        }
    }

    #[test]
    fn an_event_is_known_by_scheme_and_id() {
        let arrival = Arrival::new("pigeon", None, Timestamp::UNIX_EPOCH);
        let one = arrival.unsupported("coo", json!({"a": 1}));
        assert_eq!(one, arrival.unsupported("coo", json!({"a": 1})));
        assert_ne!(
            one.dedupe,
            arrival.unsupported("coo", json!({"a": 2})).dedupe
        );
        assert!(one.dedupe.starts_with("pigeon:"));
    }

    #[test]
    fn a_conversation_repeats_no_number() {
        let arrival = Arrival::new("pigeon", None, Timestamp::UNIX_EPOCH);
        let ada = Address::phone(msg_core::message::ChannelKind::Sms, "+14155550132").unwrap();
        let mine = arrival.conversation("+15550100", &ada).unwrap();
        assert_eq!(mine, arrival.conversation("+15550100", &ada).unwrap());
        assert_ne!(mine, arrival.conversation("+15550101", &ada).unwrap());
        assert!(!mine.as_str().contains("155"), "{}", mine.as_str());
    }
}
