//! `sse`: the events of a stream, however it is cut.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use msg_llm::sse::SseDecoder;
use serde_json::{Value, json};

use crate::kind::Answer;
use crate::line;

/// Larger than any event that a provider sends.
const LIMIT: usize = 16 << 20;

/// A case has `body` or `body_b64`. The answer is the same for the stream in one piece and byte by byte, or an error.
pub(crate) fn answer(case: &Value) -> Result<Answer, String> {
    let body = body(case)?;
    let whole = events([body.as_slice()])?;
    if events(body.chunks(1))? != whole {
        return Err("the events depend on how the stream is cut".to_owned());
    }
    Ok(Answer::from_iter([("events".to_owned(), whole.into())]))
}

fn body(case: &Value) -> Result<Vec<u8>, String> {
    match line::text(case, "body_b64") {
        Ok(encoded) => STANDARD
            .decode(encoded)
            .map_err(|error| format!("`body_b64`: {error}")),
        Err(_) => line::text(case, "body").map(|body| body.as_bytes().to_vec()),
    }
}

fn events<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Value>, String> {
    let mut decoder = SseDecoder::new(LIMIT);
    let mut found = Vec::new();
    for piece in pieces {
        let mut feed = decoder.feed(piece);
        while let Some(event) = feed.next_event().map_err(|error| error.to_string())? {
            found.push(json!({"event": event.name(), "data": event.text(), "id": event.id()}));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_told_from_text_and_from_base64() {
        let expected = json!([{"event": "message", "data": "x", "id": "7"}]);
        for case in [
            json!({"body": "id: 7\ndata: x\n\ndata: y"}),
            json!({"body_b64": "aWQ6IDcKZGF0YTogeAoK"}),
        ] {
            assert_eq!(answer(&case).unwrap().get("events"), Some(&expected));
        }
        for case in [json!({}), json!({"body_b64": "?"})] {
            assert!(answer(&case).is_err(), "{case}");
        }
    }
}
