//! JSON Schema as `format` keeps to it.
//!
//! The server makes a grammar of the schema and shows the model nothing of it, so what the grammar cannot say is lost, and is
//! reported. What is said here is how `SchemaConverter::visit` of `llama/llama.cpp/common/json-schema-to-grammar.cpp` in Ollama's
//! repository (commit 02725d3) reads: the first [`Form`] that fits decides, and what stands beside it is not looked at. A schema
//! that would be refused loses what it would be refused for.

use crate::losses::SchemaLoss;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::fmt::Write as _;

mod pattern;

/// From here on a repetition is refused (`MAX_REPETITION_THRESHOLD` of llama.cpp's `src/llama-grammar.cpp`).
const MOST_REPEATED: u64 = 2000;

/// What restricts values of any type.
const OF_ANY: [&str; 11] = [
    "$ref", "oneOf", "anyOf", "type", "const", "enum", "allOf", "not", "if", "then", "else",
];

const OF_OBJECTS: [&str; 11] = [
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "unevaluatedProperties",
];

const OF_LISTS: [&str; 10] = [
    "items",
    "prefixItems",
    "additionalItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "minContains",
    "maxContains",
    "unevaluatedItems",
];

const OF_TEXTS: [&str; 4] = ["minLength", "maxLength", "pattern", "format"];

const OF_NUMBERS: [&str; 5] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
];

/// The formats of texts that have a grammar; `uuid` may have the number of its version behind it.
const FORMATS: [&str; 9] = [
    "date-time",
    "date",
    "time",
    "uuid",
    "uuid1",
    "uuid2",
    "uuid3",
    "uuid4",
    "uuid5",
];

/// What a schema is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Reference,
    Union(&'static str),
    /// One value or several.
    Value,
    Object,
    /// The properties or the values of all.
    All,
    List,
    Tuple(&'static str),
    Pattern,
    Format,
    Length,
    Integer,
    /// By its type alone.
    Bare,
}

/// The schema as the server takes it, borrowed if it is taken as it is. What is lost is added to `losses`.
pub(super) fn rewrite<'v>(
    schema: &'v Value,
    name: &str,
    losses: &mut Vec<SchemaLoss>,
) -> Cow<'v, Value> {
    let mut rewriting = Rewriting {
        at: name.to_owned(),
        losses,
        changed: false,
    };
    let rewritten = rewriting.schema(schema);
    if rewriting.changed {
        Cow::Owned(rewritten)
    } else {
        Cow::Borrowed(schema)
    }
}

/// The form of a schema whose type is this one, or that has none. None where it is read as nothing, which is refused.
fn form(schema: &Map<String, Value>, kind: Option<&str>) -> Option<Form> {
    let has = |keyword: &str| schema.contains_key(keyword);
    let is = |wanted: &str| kind.is_none_or(|kind| kind == wanted);
    let format = schema.get("format").and_then(Value::as_str);
    Some(match kind {
        _ if has("$ref") => Form::Reference,
        _ if has("oneOf") => Form::Union("oneOf"),
        _ if has("anyOf") => Form::Union("anyOf"),
        _ if has("const") || has("enum") => Form::Value,
        _ if is("object") && (has("properties") || restricts(schema, "additionalProperties")) => {
            Form::Object
        }
        _ if (is("object") || is("string")) && has("allOf") => Form::All,
        _ if is("array") && schema.get("items").is_some_and(Value::is_array) => {
            Form::Tuple("items")
        }
        _ if is("array") && has("items") => Form::List,
        _ if is("array") && has("prefixItems") => Form::Tuple("prefixItems"),
        _ if is("string") && has("pattern") => Form::Pattern,
        _ if is("string") && format.is_some_and(|name| FORMATS.contains(&name)) => Form::Format,
        Some("string") if has("minLength") || has("maxLength") => Form::Length,
        Some("integer") => Form::Integer,
        Some(_) => Form::Bare,
        None => return None,
    })
}

/// Whether the keyword is there and says something.
fn restricts(schema: &Map<String, Value>, keyword: &str) -> bool {
    let idle = match keyword {
        "uniqueItems" => false,
        "additionalProperties"
        | "unevaluatedProperties"
        | "additionalItems"
        | "unevaluatedItems" => true,
        _ => return schema.contains_key(keyword),
    };
    schema.get(keyword).is_some_and(|value| *value != idle)
}

/// Whether the grammar of a schema of this form keeps to this keyword of it.
fn is_kept(form: Form, schema: &Map<String, Value>, keyword: &str) -> bool {
    let number = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    match (form, keyword) {
        (Form::Reference, "$ref") => true,
        (Form::Reference, _) => false,
        // That only one may hold is lost.
        (Form::Union(of), _) => of == keyword && of == "anyOf",
        (_, "type")
        | (Form::Value, "const" | "enum")
        | (Form::Object, "properties" | "additionalProperties")
        | (Form::All, "allOf")
        | (Form::List, "items" | "minItems")
        | (Form::Pattern, "pattern")
        | (Form::Format, "format")
        | (Form::Length, "minLength" | "maxLength")
        | (Form::Integer, "minimum" | "maximum") => true,
        (Form::Object, "required") => {
            let required = schema.get(keyword).and_then(Value::as_array);
            let named = schema.get("properties");
            required.into_iter().flatten().all(|name| {
                let property = name.as_str().and_then(|name| named?.get(name));
                property.is_some()
            })
        }
        (Form::List, "maxItems") => number(keyword).is_some(),
        // A tuple has all of its elements and no others.
        (Form::Tuple(of), "minItems" | "maxItems") => {
            let length = schema.get(of).and_then(Value::as_array).map_or(0, Vec::len);
            number(keyword).is_some_and(|bound| {
                let length = length as u64;
                (keyword == "minItems" && bound <= length)
                    || (keyword == "maxItems" && bound >= length)
            })
        }
        (Form::Tuple(of), "items" | "additionalItems" | "unevaluatedItems") => {
            of == keyword || schema.get(keyword) == Some(&Value::Bool(false))
        }
        (Form::Tuple(of), _) => of == keyword,
        (Form::Integer, "exclusiveMinimum") => !schema.contains_key("minimum"),
        (Form::Integer, "exclusiveMaximum") => !schema.contains_key("maximum"),
        _ => false,
    }
}

/// The keywords that could restrict a schema of this form.
fn families(form: Form, kind: Option<&str>) -> &'static [&'static [&'static str]] {
    match (form, kind) {
        (Form::Reference | Form::Union(_), _) => {
            &[&OF_ANY, &OF_OBJECTS, &OF_LISTS, &OF_TEXTS, &OF_NUMBERS]
        }
        // Values that are given have what is asked of their type.
        (Form::Value, _) => &[&OF_ANY],
        (Form::All, None) => &[&OF_ANY, &OF_OBJECTS, &OF_TEXTS],
        (Form::Object, _) | (_, Some("object")) => &[&OF_ANY, &OF_OBJECTS],
        (Form::List | Form::Tuple(_), _) | (_, Some("array")) => &[&OF_ANY, &OF_LISTS],
        (Form::Pattern | Form::Format, _) | (_, Some("string")) => &[&OF_ANY, &OF_TEXTS],
        (_, Some("integer" | "number")) => &[&OF_ANY, &OF_NUMBERS],
        _ => &[&OF_ANY],
    }
}

struct Rewriting<'l> {
    at: String,
    losses: &'l mut Vec<SchemaLoss>,
    changed: bool,
}

impl Rewriting<'_> {
    fn lose(&mut self, keyword: &str) {
        let loss = SchemaLoss {
            at: self.at.clone(),
            keyword: keyword.to_owned(),
        };
        if !self.losses.contains(&loss) {
            self.losses.push(loss);
        }
    }

    fn schema(&mut self, schema: &Value) -> Value {
        let mut schema = match schema {
            Value::Object(schema) => schema.clone(),
            Value::Bool(true) => Map::new(),
            other => return other.clone(),
        };
        self.unrefused(&mut schema);
        match schema.get("type") {
            Some(Value::Array(kinds)) => {
                for kind in kinds.iter().filter_map(Value::as_str) {
                    self.beside(&schema, Some(kind));
                }
            }
            kind => self.beside(&schema, kind.and_then(Value::as_str)),
        }
        for (keyword, value) in &mut schema {
            match keyword.as_str() {
                "properties" | "$defs" | "definitions" => *value = self.named(keyword, value),
                "additionalProperties" if !value.is_object() => {}
                "items" | "prefixItems" | "oneOf" | "anyOf" if value.is_array() => {
                    *value = self.listed(keyword, value);
                }
                "items" | "additionalProperties" => *value = self.below(keyword, value),
                "allOf" => {
                    for part in value.as_array_mut().into_iter().flatten() {
                        *part = self.part(part);
                    }
                }
                _ => {}
            }
        }
        schema.into()
    }

    /// Takes away what the schema would be refused for.
    fn unrefused(&mut self, schema: &mut Map<String, Value>) {
        let before = schema.len();
        if let Some(Value::String(text)) = schema.get("pattern")
            && !pattern::is_taken(text)
        {
            schema.remove("pattern");
            self.lose("pattern");
        }
        for keyword in ["minLength", "maxLength", "minItems", "maxItems"] {
            let bound = schema.get(keyword).and_then(Value::as_u64);
            if bound.is_some_and(|bound| bound >= MOST_REPEATED) {
                schema.remove(keyword);
                self.lose(keyword);
            }
        }
        if schema.contains_key("prefixItems") && schema.get("items") == Some(&Value::Bool(false)) {
            schema.remove("items");
        }
        if !schema.contains_key("type") && form(schema, None).is_none() {
            // Any value: what says nothing is refused, or read as any object.
            let any = json!(["object", "array", "string", "number", "boolean", "null"]);
            schema.insert("type".to_owned(), any);
        }
        self.changed |= schema.len() != before;
    }

    /// Tells what is not looked at in a schema of this type.
    fn beside(&mut self, schema: &Map<String, Value>, kind: Option<&str>) {
        let Some(form) = form(schema, kind) else {
            return;
        };
        for keyword in families(form, kind).iter().copied().flatten() {
            if restricts(schema, keyword) && !is_kept(form, schema, keyword) {
                self.lose(keyword);
            }
        }
    }

    /// One of `allOf`: its properties, its values, or one of several such.
    fn part(&mut self, part: &Value) -> Value {
        let Value::Object(schema) = part else {
            return part.clone();
        };
        let of = ["anyOf", "$ref", "properties", "enum"];
        let of = of.into_iter().find(|of| schema.contains_key(*of));
        let length = self.at.len();
        self.at.push_str("/allOf");
        for keyword in families(Form::Reference, None)
            .iter()
            .copied()
            .flatten()
            .copied()
        {
            let kept = match (of, keyword) {
                (None, _) | (_, "additionalProperties") => false,
                (Some("properties"), _) => is_kept(Form::Object, schema, keyword),
                (Some(of), _) => of == keyword || keyword == "type",
            };
            if restricts(schema, keyword) && !kept {
                self.lose(keyword);
            }
        }
        let mut out = schema.clone();
        if let Some(properties) = out.get_mut("properties") {
            *properties = self.named("properties", properties);
        }
        self.at.truncate(length);
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
mod tests;
