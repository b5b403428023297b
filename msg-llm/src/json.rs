//! JSON text without reading it into values.

/// `json` without white space between its tokens: servers print whole answers prettily, and a stream of the same answer not.
pub(crate) fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut in_text, mut escaped) = (false, false);
    for c in json.chars() {
        if in_text {
            in_text = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if c == '"' {
            in_text = true;
        } else if matches!(c, ' ' | '\n' | '\r' | '\t') {
            continue;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn only_white_space_between_tokens_goes() {
        assert_eq!(
            compact("{ \"a b\" :\n [ 1,\t\"x \\\" y\\\\\" , \" \" ] }"),
            "{\"a b\":[1,\"x \\\" y\\\\\",\" \"]}"
        );
    }

    proptest! {
        #[test]
        fn it_says_the_same(key in "\\PC{0,8}", texts in prop::collection::vec(any::<String>(), 0..4), number in any::<i32>()) {
            let value = serde_json::json!({key: texts, "n": {"": number}});
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(compact(&pretty), value.to_string());
            prop_assert_eq!(serde_json::from_str::<Value>(&compact(&pretty)).unwrap(), value);
        }
    }
}
