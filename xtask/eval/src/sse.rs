//! `sse`: the events of a stream, however it is cut.

use msg_llm::sse::SseDecoder;
use serde_json::{Value, json};

use crate::kind::Answer;
use crate::line;

/// Larger than any event that a provider sends; clients are tested with events of 64 MiB.
const LIMIT: usize = 256 << 20;

/// A case has `body` or `body_b64`. The answer is the same for the stream in one piece and byte by byte, or an error.
pub(crate) fn answer(case: &Value) -> Result<Answer, String> {
    let body = line::body(case)?;
    let whole = events([body.as_slice()])?;
    if events(body.chunks(1))? != whole {
        return Err("the events depend on how the stream is cut".to_owned());
    }
    Ok(Answer::from_iter([("events".to_owned(), whole.into())]))
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
