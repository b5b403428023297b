//! `eventstream`: the messages of a binary event stream, however it is cut.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use msg_llm::eventstream::{EventMessage, EventStreamDecoder, HeaderValue};
use serde_json::{Map, Value, json};

use crate::kind::Answer;
use crate::line;

/// The largest payload of the format: 24 MiB (`_MAX_PAYLOAD_LENGTH` of botocore).
const LIMIT: usize = 24 << 20;

/// The messages, and why it went no further.
type Read = (Vec<Value>, Option<String>);

/// A case has `body` or `body_b64`. The answer is the same for the stream in one piece and byte by byte, or an error.
pub(crate) fn answer(case: &Value) -> Result<Answer, String> {
    let body = line::body(case)?;
    let whole = read([body.as_slice()]);
    if read(body.chunks(1)) != whole {
        return Err("the messages depend on how the stream is cut".to_owned());
    }
    let (events, broken) = whole;
    let mut fields = Answer::from_iter([("valid".to_owned(), broken.is_none().into())]);
    match broken {
        Some(reason) => fields.insert("reason".to_owned(), reason.into()),
        None => fields.insert("events".to_owned(), events.into()),
    };
    Ok(fields)
}

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let mut decoder = EventStreamDecoder::new(LIMIT);
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => events.push(described(&message)),
                Ok(None) => break,
                Err(error) => return (events, Some(error.to_string())),
            }
        }
    }
    let cut_off = (!decoder.is_empty()).then(|| "truncated".to_owned());
    (events, cut_off)
}

/// Headers by name; bytes of a header and the payload in base64, the payload also as text if it is one.
fn described(message: &EventMessage<'_>) -> Value {
    let headers: Map<String, Value> = message
        .headers()
        .flatten()
        .map(|(name, value)| (name.to_owned(), header(value)))
        .collect();
    let payload = message.payload();
    let mut event = json!({"headers": headers, "payload_b64": STANDARD.encode(payload)});
    if let (Some(event), Ok(text)) = (event.as_object_mut(), std::str::from_utf8(payload)) {
        event.insert("payload".to_owned(), text.into());
    }
    event
}

fn header(value: HeaderValue<'_>) -> Value {
    match value {
        HeaderValue::Bool(value) => value.into(),
        HeaderValue::Number(value) | HeaderValue::Millis(value) => value.into(),
        HeaderValue::Bytes(value) => STANDARD.encode(value).into(),
        HeaderValue::Text(value) => value.into(),
        HeaderValue::Uuid(value) => uuid(u128::from_be_bytes(value)).into(),
        _ => Value::Null,
    }
}

/// Groups of 8, 4, 4, 4 and 12 digits (RFC 9562, section 4).
fn uuid(value: u128) -> String {
    let part = |shift: u32, digits: u32| (value >> shift) & ((1 << (digits * 4)) - 1);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        part(96, 8),
        part(80, 4),
        part(64, 4),
        part(48, 4),
        part(0, 12)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Answer {
        answer(&json!({"body_b64": STANDARD.encode(bytes)})).unwrap()
    }

    /// A message of the tests of botocore.
    const MESSAGE: &[u8] = b"\x00\x00\x00=\x00\x00\x00 \x07\xfd\x83\x96\x0ccontent-type\x07\x00\x10application/json{'foo':'bar'}\x8d\x9c\x08\xb1";

    #[test]
    fn messages_are_told_with_headers_and_payload() {
        assert_eq!(
            Value::Object(read(MESSAGE)),
            json!({"valid": true, "events": [{
                "headers": {"content-type": "application/json"},
                "payload": "{'foo':'bar'}",
                "payload_b64": STANDARD.encode("{'foo':'bar'}"),
            }]})
        );
        assert_eq!(
            uuid(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef),
            "01234567-89ab-cdef-0123-456789abcdef"
        );
    }

    #[test]
    fn what_is_broken_is_told_with_its_reason() {
        for (at, reason) in [(0, "prelude crc"), (20, "message crc")] {
            let mut bytes = MESSAGE.to_vec();
            bytes[at] ^= 1;
            assert_eq!(
                Value::Object(read(&bytes)),
                json!({"valid": false, "reason": reason})
            );
        }
        let (cut, _) = MESSAGE.split_at(MESSAGE.len() - 1);
        assert_eq!(read(cut)["reason"], "truncated");
        assert!(answer(&json!({})).is_err());
    }
}
