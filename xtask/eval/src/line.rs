//! One line in, one line out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
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

/// The `headers` of the case: an object, or pairs where a name comes twice.
pub(crate) fn headers(case: &Value) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    let mut put = |name: &str, value: &Value| {
        let wrong = || format!("the header `{name}` is none");
        let value = value
            .as_str()
            .map(str::to_owned)
            .unwrap_or(value.to_string());
        let name = HeaderName::try_from(name).map_err(|_| wrong())?;
        // Headers are bytes on the wire.
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| wrong())?;
        headers.append(name, value);
        Ok::<(), String>(())
    };
    match case.get("headers") {
        Some(Value::Object(fields)) => {
            for (name, value) in fields {
                match value {
                    Value::Array(all) => all.iter().try_for_each(|one| put(name, one))?,
                    one => put(name, one)?,
                }
            }
        }
        Some(Value::Array(pairs)) => {
            for pair in pairs {
                let (Some(name), Some(value)) = (pair.get(0).and_then(Value::as_str), pair.get(1))
                else {
                    return Err("`headers` are no pairs".to_owned());
                };
                put(name, value)?;
            }
        }
        _ => {}
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind;
    use serde_json::json;

    #[test]
    fn a_header_may_come_twice_and_its_name_has_no_case() {
        for given in [
            json!({"X-Proof": ["a", "b"]}),
            json!([["x-proof", "a"], ["X-PROOF", "b"]]),
        ] {
            let headers = headers(&json!({"headers": given})).unwrap();
            let all: Vec<_> = headers.get_all("x-Proof").iter().collect();
            assert_eq!(all, ["a", "b"]);
        }
        assert!(headers(&json!({"headers": {"a b": "c"}})).is_err());
        assert!(headers(&json!({})).unwrap().is_empty());
    }

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
