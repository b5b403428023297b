//! `pii`: personal data in a text, in offsets of Unicode scalar values.

use msg_policy::pii::find;
use serde_json::{Value, json};

use crate::kind::Answer;
use crate::line;

/// A case has `text`; a span is `[start, end, TYPE]`.
pub(crate) fn answer(case: &Value) -> Result<Answer, String> {
    let text = line::text(case, "text")?;
    // Spans come in order, so each count goes on where the last one ended.
    let (mut byte, mut scalar) = (0, 0);
    let mut offset = |to: usize| {
        scalar += text.get(byte..to).unwrap_or_default().chars().count();
        byte = to;
        scalar
    };
    let spans: Vec<Value> = find(text)
        .into_iter()
        .map(|span| json!([offset(span.start), offset(span.end), span.kind.label()]))
        .collect();
    Ok(Answer::from_iter([("spans".to_owned(), spans.into())]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_characters() {
        let answer = answer(&json!({"text": "Größe: jo@example.com, 10.0.0.1"})).unwrap();
        assert_eq!(
            answer.get("spans"),
            Some(&json!([[7, 21, "EMAIL"], [23, 31, "IP"]]))
        );
    }
}
