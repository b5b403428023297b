//! JSON Schema as the API takes it where it keeps to a schema: in a JSON answer, and in tools of which one is strict.
//!
//! What it does not take is said by <https://docs.cohere.com/docs/structured-outputs>, "Unsupported schema features". It goes
//! into the description, where the model at least reads it, and is reported.

use crate::losses::{SchemaLoss, described};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt::Write as _;

/// Keywords that are not taken.
const NOT_TAKEN: [&str; 14] = [
    "allOf",
    "not",
    "if",
    "then",
    "else",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "uniqueItems",
];

/// The only formats of texts that are taken.
const FORMATS: [&str; 4] = ["date-time", "uuid", "date", "time"];

/// The schema as the API takes it, borrowed if it is taken as it is. What is lost is added to `losses`.
pub(super) fn rewrite<'v>(
    schema: &'v Value,
    name: &str,
    losses: &mut Vec<SchemaLoss>,
) -> Cow<'v, Value> {
    let before = losses.len();
    let mut rewriting = Rewriting {
        at: name.to_owned(),
        losses,
    };
    let rewritten = rewriting.schema(schema);
    if losses.len() == before {
        Cow::Borrowed(schema)
    } else {
        Cow::Owned(rewritten)
    }
}

/// Whether the API takes this keyword with this value.
fn is_taken(keyword: &str, value: &Value) -> bool {
    match keyword {
        "format" => value.as_str().is_some_and(|name| FORMATS.contains(&name)),
        // Anchors and looking around, and not what is escaped or a class that begins with `^`.
        "pattern" => value.as_str().is_some_and(|pattern| {
            let plain = pattern.replace("\\\\", "").replace("\\^", "");
            let plain = plain.replace("\\$", "").replace("[^", "[");
            !["^", "$", "?=", "?!"].iter().any(|odd| plain.contains(odd))
        }),
        _ => !NOT_TAKEN.contains(&keyword),
    }
}

struct Rewriting<'l> {
    at: String,
    losses: &'l mut Vec<SchemaLoss>,
}

impl Rewriting<'_> {
    fn lose(&mut self, keyword: &str) {
        self.losses.push(SchemaLoss {
            at: self.at.clone(),
            keyword: keyword.to_owned(),
        });
    }

    fn schema(&mut self, schema: &Value) -> Value {
        let Value::Object(schema) = schema else {
            return schema.clone();
        };
        let mut out = Map::new();
        let mut notes = Vec::new();
        for (keyword, value) in schema {
            match keyword.as_str() {
                "properties" | "$defs" | "definitions" => {
                    let named = self.named(keyword, value);
                    out.insert(keyword.clone(), named);
                }
                "items" | "additionalProperties" if value.is_object() => {
                    let below = self.below(keyword, value);
                    out.insert(keyword.clone(), below);
                }
                // That only one may hold is lost.
                "oneOf" if !schema.contains_key("anyOf") => {
                    self.lose(keyword);
                    let listed = self.listed(keyword, value);
                    out.insert("anyOf".to_owned(), listed);
                }
                "anyOf" | "prefixItems" => {
                    let listed = self.listed(keyword, value);
                    out.insert(keyword.clone(), listed);
                }
                known if known != "oneOf" && is_taken(known, value) => {
                    out.insert(keyword.clone(), value.clone());
                }
                _ => {
                    notes.push(format!("{keyword}: {value}"));
                    self.lose(keyword);
                }
            }
        }
        if !notes.is_empty() {
            let text = described(out.get("description").and_then(Value::as_str), &notes);
            out.insert("description".to_owned(), text.into());
        }
        out.into()
    }

    /// Rewrites a schema below this one.
    fn below(&mut self, step: &str, schema: &Value) -> Value {
        let length = self.at.len();
        let _ = write!(self.at, "/{}", step.replace('~', "~0").replace('/', "~1"));
        let rewritten = self.schema(schema);
        self.at.truncate(length);
        rewritten
    }

    fn named(&mut self, step: &str, schemas: &Value) -> Value {
        let length = self.at.len();
        let _ = write!(self.at, "/{step}");
        let named = schemas.as_object().into_iter().flatten();
        let named: Map<String, Value> = named
            .map(|(name, schema)| (name.clone(), self.below(name, schema)))
            .collect();
        self.at.truncate(length);
        named.into()
    }

    fn listed(&mut self, step: &str, schemas: &Value) -> Value {
        let listed = schemas.as_array().into_iter().flatten();
        listed.map(|schema| self.below(step, schema)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rewritten(schema: &Value) -> (Value, Vec<(String, String)>) {
        let mut losses = Vec::new();
        let out = rewrite(schema, "reply", &mut losses).into_owned();
        let told = losses.into_iter().map(|loss| (loss.at, loss.keyword));
        (out, told.collect())
    }

    #[test]
    fn what_is_taken_stays_and_is_borrowed() {
        let schema = json!({"type": "object", "required": ["a"], "additionalProperties": false, "$defs": {"d": {"const": 1}},
            "properties": {"a": {"type": "string", "format": "date", "pattern": "[^a]\\$\\\\d+"}, "minimum": {"anyOf": [{"$ref": "#/$defs/d"}, {"enum": ["x"]}]},
                           "list": {"type": "array", "items": {"type": "integer"}}}});
        let mut losses = Vec::new();
        assert!(matches!(
            rewrite(&schema, "reply", &mut losses),
            Cow::Borrowed(_)
        ));
        assert!(losses.is_empty());
    }

    #[test]
    fn what_is_not_taken_is_described_and_reported() {
        let schema = json!({"type": "object", "properties": {
            "n/m": {"type": "integer", "minimum": 1, "description": "How many."},
            "mail": {"type": "string", "format": "email"},
            "code": {"type": "string", "pattern": "^[A-Z]+$"},
            "list": {"type": "array", "maxItems": 3, "items": {"oneOf": [{"type": "string", "maxLength": 5}, {"type": "null"}]}},
            "both": {"oneOf": [{"type": "string"}], "anyOf": [{"minLength": 1}]}}});
        let (out, losses) = rewritten(&schema);
        assert_eq!(
            out["properties"]["n/m"],
            json!({"type": "integer", "description": "How many. (minimum: 1)"})
        );
        assert_eq!(
            out["properties"]["list"],
            json!({"type": "array", "description": "(maxItems: 3)", "items": {"anyOf": [{"type": "string", "description": "(maxLength: 5)"}, {"type": "null"}]}})
        );
        assert_eq!(out["properties"]["both"].get("oneOf"), None);
        let mut told: Vec<_> = losses
            .iter()
            .map(|(at, keyword)| (at.as_str(), keyword.as_str()))
            .collect();
        told.sort_unstable();
        assert_eq!(
            told,
            [
                ("reply/properties/both", "oneOf"),
                ("reply/properties/both/anyOf", "minLength"),
                ("reply/properties/code", "pattern"),
                ("reply/properties/list", "maxItems"),
                ("reply/properties/list/items", "oneOf"),
                ("reply/properties/list/items/oneOf", "maxLength"),
                ("reply/properties/mail", "format"),
                ("reply/properties/n~1m", "minimum"),
            ]
        );
        // What is rewritten is taken.
        assert_eq!(rewritten(&out), (out.clone(), Vec::new()));
    }
}
