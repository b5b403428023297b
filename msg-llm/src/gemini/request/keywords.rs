//! JSON Schema as the API takes it.
//!
//! `responseJsonSchema` and `parametersJsonSchema` take a part of JSON Schema only; the list is that of the API's own
//! description of `GenerationConfig.responseJsonSchema`. What has an equivalent is rewritten; annotations and what has none go
//! into the description, where the model at least reads them, and what has none is reported besides.

use crate::losses::{SchemaLoss, described};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::fmt::Write as _;

/// Keywords that are taken as they are. `anyOf`, `enum`, `items`, `$ref` and `additionalProperties` are taken in some forms.
const PLAIN: [&str; 12] = [
    "$id",
    "$anchor",
    "type",
    "format",
    "title",
    "description",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "required",
    "propertyOrdering",
];

/// Keywords that constrain nothing: they are told, or dropped where a model has no use for them.
const TOLD: [&str; 6] = [
    "default",
    "examples",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
];
const SILENT: [&str; 4] = ["$schema", "$comment", "$vocabulary", "discriminator"];

/// The schema as the API takes it, borrowed if it is taken as it is. What is lost is added to `losses`.
pub(super) fn rewrite<'v>(
    schema: &'v Value,
    name: &str,
    losses: &mut Vec<SchemaLoss>,
) -> Cow<'v, Value> {
    if is_taken(schema) {
        return Cow::Borrowed(schema);
    }
    let mut rewriting = Rewriting {
        at: name.to_owned(),
        losses,
    };
    Cow::Owned(rewriting.schema(schema))
}

/// Whether the API takes every keyword of this schema.
pub(super) fn is_taken(schema: &Value) -> bool {
    let Value::Object(schema) = schema else {
        return false;
    };
    let lone_reference = !schema.contains_key("$ref") || schema.keys().all(|k| k.starts_with('$'));
    let list = |value: &Value| value.as_array().is_some_and(|all| all.iter().all(is_taken));
    lone_reference
        && schema
            .iter()
            .all(|(keyword, value)| match keyword.as_str() {
                "$ref" => value
                    .as_str()
                    .is_some_and(|to| !to.contains("/definitions/")),
                "$defs" | "properties" => value
                    .as_object()
                    .is_some_and(|named| named.values().all(is_taken)),
                "items" => is_taken(value),
                "additionalProperties" => value.is_boolean() || is_taken(value),
                "anyOf" | "prefixItems" => list(value),
                "enum" => value
                    .as_array()
                    .is_some_and(|all| all.iter().all(is_enumerable)),
                other => PLAIN.contains(&other),
            })
}

/// Enumerations are of strings and numbers.
const fn is_enumerable(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_))
}

struct Rewriting<'l> {
    at: String,
    losses: &'l mut Vec<SchemaLoss>,
}

/// A schema in the making.
#[derive(Default)]
struct Draft {
    out: Map<String, Value>,
    /// What goes into the description.
    notes: Vec<String>,
    nullable: bool,
}

impl Draft {
    fn note(&mut self, keyword: &str, value: &Value) {
        self.notes.push(format!("{keyword}: {value}"));
    }
}

impl Rewriting<'_> {
    fn schema(&mut self, schema: &Value) -> Value {
        match schema {
            Value::Object(schema) => {
                let mut draft = Draft::default();
                for (keyword, value) in schema {
                    self.keyword(schema, keyword, value, &mut draft);
                }
                // Last, because it is put together with everything else.
                self.all_of(schema.get("allOf"), &mut draft);
                if draft.out.contains_key("anyOf")
                    && let Some(reference) = draft.out.remove("$ref")
                {
                    draft.note("$ref", &reference);
                    self.lose("$ref");
                }
                finish(draft)
            }
            // `false` allows nothing; everything else that is no object allows anything.
            Value::Bool(false) => {
                self.lose("false");
                json!({})
            }
            _ => json!({}),
        }
    }

    fn lose(&mut self, keyword: &str) {
        self.losses.push(SchemaLoss {
            at: self.at.clone(),
            keyword: keyword.to_owned(),
        });
    }

    /// Rewrites a schema below this one.
    fn below(&mut self, step: &str, schema: &Value) -> Value {
        let length = self.at.len();
        let _ = write!(self.at, "/{}", step.replace('~', "~0").replace('/', "~1"));
        let rewritten = self.schema(schema);
        self.at.truncate(length);
        rewritten
    }

    fn named(&mut self, step: &str, schemas: &Value) -> Map<String, Value> {
        let length = self.at.len();
        let _ = write!(self.at, "/{step}");
        let named = schemas.as_object().into_iter().flatten();
        let named = named
            .map(|(name, schema)| (name.clone(), self.below(name, schema)))
            .collect();
        self.at.truncate(length);
        named
    }

    fn listed(&mut self, step: &str, schemas: &Value) -> Value {
        let listed = schemas.as_array().into_iter().flatten();
        listed.map(|schema| self.below(step, schema)).collect()
    }

    fn keyword(
        &mut self,
        whole: &Map<String, Value>,
        keyword: &str,
        value: &Value,
        draft: &mut Draft,
    ) {
        match keyword {
            plain if PLAIN.contains(&plain) => set(draft, plain, value.clone()),
            "$ref" => {
                let to = value.as_str().unwrap_or_default();
                set(draft, "$ref", to.replace("/definitions/", "/$defs/").into());
            }
            "$defs" | "definitions" => {
                let named = self.named(keyword, value);
                match draft.out.get_mut("$defs") {
                    Some(Value::Object(before)) => before.extend(named),
                    _ => set(draft, "$defs", named.into()),
                }
            }
            "properties" => {
                let named = self.named(keyword, value);
                set(draft, "properties", named.into());
            }
            "items" if value.is_array() => {
                let listed = self.listed(keyword, value);
                set(draft, "prefixItems", listed);
            }
            "items" => {
                let item = self.below(keyword, value);
                set(draft, "items", item);
            }
            // Behind a list of items it is what `items` is today; elsewhere it says nothing.
            "additionalItems" if whole.get("items").is_some_and(Value::is_array) => {
                self.rest(keyword, value, draft);
            }
            "additionalItems" => {}
            "prefixItems" => {
                let listed = self.listed(keyword, value);
                set(draft, "prefixItems", listed);
            }
            "additionalProperties" if value.is_boolean() => {
                set(draft, keyword, value.clone());
            }
            "additionalProperties" => {
                let rest = self.below(keyword, value);
                set(draft, keyword, rest);
            }
            _ => self.alternatives(whole, keyword, value, draft),
        }
    }

    fn rest(&mut self, keyword: &str, value: &Value, draft: &mut Draft) {
        if value.is_boolean() {
            draft.note(keyword, value);
            self.lose(keyword);
        } else {
            let rest = self.below(keyword, value);
            set(draft, "items", rest);
        }
    }

    fn alternatives(
        &mut self,
        whole: &Map<String, Value>,
        keyword: &str,
        value: &Value,
        draft: &mut Draft,
    ) {
        match keyword {
            // The API reads `oneOf` as `anyOf`. That only one may hold is lost.
            "anyOf" | "oneOf" => {
                let listed = self.listed(keyword, value);
                if draft.out.contains_key("anyOf") {
                    draft.note(keyword, value);
                    self.lose(keyword);
                } else {
                    if keyword == "oneOf" {
                        self.lose(keyword);
                    }
                    set(draft, "anyOf", listed);
                }
            }
            "allOf" => {}
            "const" => self.values(keyword, std::slice::from_ref(value), draft),
            "enum" => {
                let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
                self.values(keyword, all, draft);
            }
            "nullable" => draft.nullable |= value == &Value::Bool(true),
            "exclusiveMinimum" | "exclusiveMaximum" => self.exclusive(whole, keyword, value, draft),
            told if TOLD.contains(&told) => draft.note(told, value),
            silent if SILENT.contains(&silent) || silent.starts_with("x-") => {}
            unknown => {
                draft.note(unknown, value);
                self.lose(unknown);
            }
        }
    }

    fn all_of(&mut self, schemas: Option<&Value>, draft: &mut Draft) {
        for schema in schemas.and_then(Value::as_array).into_iter().flatten() {
            let part = self.below("allOf", schema);
            if !merge(&mut draft.out, &part) {
                draft.note("allOf", &part);
                self.lose("allOf");
            }
        }
    }

    /// The values that are allowed: strings and numbers are listed, null is allowed beside them.
    fn values(&mut self, keyword: &str, values: &[Value], draft: &mut Draft) {
        let listed: Vec<Value> = values
            .iter()
            .filter(|v| is_enumerable(v))
            .cloned()
            .collect();
        let other = |value: &&Value| !is_enumerable(value) && !value.is_null();
        draft.nullable |= values.iter().any(Value::is_null);
        if values.iter().any(|value| other(&value)) || (listed.is_empty() && !draft.nullable) {
            // A list without the other values would forbid them.
            draft.note(keyword, &Value::from(values.to_vec()));
            self.lose(keyword);
        } else if listed.is_empty() {
            draft.nullable = false;
            set(draft, "type", "null".into());
        } else if draft.out.contains_key("enum") {
            draft.note(keyword, &Value::from(values.to_vec()));
            self.lose(keyword);
        } else {
            set(draft, "enum", listed.into());
        }
    }

    /// Of integers the next one is the bound; draft 4 has a boolean here.
    fn exclusive(
        &mut self,
        whole: &Map<String, Value>,
        keyword: &str,
        value: &Value,
        draft: &mut Draft,
    ) {
        let (inclusive, step) = if keyword == "exclusiveMinimum" {
            ("minimum", 1)
        } else {
            ("maximum", -1)
        };
        let integers = whole.get("type").and_then(Value::as_str) == Some("integer");
        let bound = value.as_i64().and_then(|bound| bound.checked_add(step));
        match bound.filter(|_| integers && !whole.contains_key(inclusive)) {
            Some(bound) => set(draft, inclusive, bound.into()),
            None if value == &Value::Bool(false) => {}
            None => {
                draft.note(keyword, value);
                self.lose(keyword);
            }
        }
    }
}

fn set(draft: &mut Draft, keyword: &str, value: Value) {
    draft.out.insert(keyword.to_owned(), value);
}

/// Adds what all must hold to `out`. False, and nothing added, when both say something about the same.
fn merge(out: &mut Map<String, Value>, part: &Value) -> bool {
    let Value::Object(part) = part else {
        return true;
    };
    let named = |value: &Value, other: Option<&Value>| match (value, other) {
        (Value::Object(new), Some(Value::Object(old))) => new
            .iter()
            .all(|(name, v)| old.get(name).is_none_or(|o| o == v)),
        (_, other) => other.is_none(),
    };
    let fits = part.iter().all(|(keyword, value)| {
        let other = out.get(keyword);
        match keyword.as_str() {
            "properties" | "$defs" => named(value, other),
            "required" | "title" | "description" => true,
            _ => other.is_none_or(|other| other == value),
        }
    });
    if !fits {
        return false;
    }
    for (keyword, value) in part {
        match (out.get_mut(keyword), value) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                old.extend(
                    new.iter()
                        .map(|(name, value)| (name.clone(), value.clone())),
                );
            }
            (Some(Value::Array(old)), Value::Array(new)) if keyword == "required" => {
                for name in new {
                    if !old.contains(name) {
                        old.push(name.clone());
                    }
                }
            }
            (Some(_), _) => {}
            (None, value) => {
                out.insert(keyword.clone(), value.clone());
            }
        }
    }
    true
}

/// Puts the notes into the description, and what may be null or stands beside a reference into a form that the API takes.
fn finish(draft: Draft) -> Value {
    let Draft {
        mut out,
        notes,
        nullable,
    } = draft;
    if !notes.is_empty() {
        let text = described(out.get("description").and_then(Value::as_str), &notes);
        out.insert("description".to_owned(), text.into());
    }
    let beside = out.contains_key("$ref") && out.keys().any(|key| !key.starts_with('$'));
    if !beside && !nullable {
        return out.into();
    }
    if nullable
        && !out.contains_key("enum")
        && !out.contains_key("$ref")
        && let Some(Value::String(kind)) = out.get("type")
    {
        let kinds = json!([kind, "null"]);
        out.insert("type".to_owned(), kinds);
        return out.into();
    }
    let mut outer = Map::new();
    for keyword in ["title", "description", "$defs"] {
        if let Some((keyword, value)) = out.remove_entry(keyword) {
            outer.insert(keyword, value);
        }
    }
    let mut choices = Vec::new();
    if beside && let Some(reference) = out.remove("$ref") {
        // Beside a reference nothing but `$…` may stand, and what stands there is not enforced by a choice of one.
        choices.push(json!({ "$ref": reference }));
        for (keyword, value) in out {
            outer.entry(keyword).or_insert(value);
        }
    } else {
        choices.push(out.into());
    }
    if nullable {
        choices.push(json!({"type": "null"}));
    }
    outer.entry("anyOf".to_owned()).or_insert(choices.into());
    outer.into()
}

#[cfg(test)]
mod tests;
