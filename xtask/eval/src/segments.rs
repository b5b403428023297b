//! `segments`: how an SMS is encoded and cut.

use msg_core::message::segment::{SegmentOptions, Transliteration, segment};
use serde_json::Value;

use crate::kind::Answer;
use crate::line;

/// A case has `text` and `smart_encoding`; the latter means the replacements that the provider itself would make.
pub(crate) fn answer(case: &Value) -> Result<Answer, String> {
    let text = line::text(case, "text")?;
    let smart = case
        .get("smart_encoding")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let transliteration = if smart {
        Transliteration::AsProvider
    } else {
        Transliteration::Off
    };
    let cut = segment(
        text,
        SegmentOptions::new().with_transliteration(transliteration),
    );
    let units: Vec<u16> = cut.segments.iter().map(|part| part.units).collect();
    let encoding = serde_json::to_value(cut.encoding).map_err(|error| error.to_string())?;
    Ok(Answer::from_iter([
        ("encoding".to_owned(), encoding),
        ("segments".to_owned(), units.len().into()),
        ("units_per_segment".to_owned(), units.into()),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(text: &str, smart: bool) -> Value {
        Value::Object(answer(&serde_json::json!({"text": text, "smart_encoding": smart})).unwrap())
    }

    #[test]
    fn texts_are_cut_and_smart_encoding_changes_the_alphabet() {
        let long = "a".repeat(161);
        let expected =
            serde_json::json!({"encoding": "GSM-7", "segments": 2, "units_per_segment": [153, 8]});
        assert_eq!(answered(&long, false), expected);
        let expected =
            serde_json::json!({"encoding": "UCS-2", "segments": 1, "units_per_segment": [5]});
        assert_eq!(answered("“hi”!", false), expected);
        let expected =
            serde_json::json!({"encoding": "GSM-7", "segments": 1, "units_per_segment": [5]});
        assert_eq!(answered("“hi”!", true), expected);
    }
}
