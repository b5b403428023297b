//! One line in, one line out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::kind::Kind;

/// The answer to the case on this line, or the error in its place.
pub(crate) fn answered(kind: &Kind, line: &[u8]) -> Value {
    let (id, answer) = match serde_json::from_slice::<Value>(line) {
        Ok(case) => (
            case.get("id").cloned().unwrap_or_default(),
            (kind.answer)(&case),
        ),
        Err(error) => (Value::Null, Err(format!("not a JSON object: {error}"))),
    };
    let mut fields = Map::new();
    fields.insert("id".to_owned(), id);
    match answer {
        Ok(answer) => fields.extend(answer),
        Err(error) => {
            fields.insert("error".to_owned(), error.into());
        }
    }
    Value::Object(fields)
}

/// A text of the case.
pub(crate) fn text<'a>(case: &'a Value, name: &str) -> Result<&'a str, String> {
    case.get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("`{name}` is missing or not a string"))
}

/// The `body` of the case, or its `body_b64`.
pub(crate) fn body(case: &Value) -> Result<Vec<u8>, String> {
    match text(case, "body_b64") {
        Ok(encoded) => STANDARD
            .decode(encoded)
            .map_err(|error| format!("`body_b64`: {error}")),
        Err(_) => text(case, "body").map(|body| body.as_bytes().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind;

    #[test]
    fn what_cannot_be_answered_is_an_error_with_the_id_if_there_is_one() {
        let kind = kind::find("segments").unwrap();
        for (line, id) in [
            (&b"{\"id\": \"a\"}"[..], Value::from("a")),
            (b"{\"id\": 7, \"text\": 1}", Value::from(7)),
            (b"[1]", Value::Null),
            (b"{\"id\": \"a\"", Value::Null),
            (b"\xff\xfe", Value::Null),
        ] {
            let answer = answered(kind, line);
            assert_eq!(answer.get("id"), Some(&id), "{answer}");
            assert!(
                answer.get("error").is_some_and(Value::is_string),
                "{answer}"
            );
        }
    }
}
