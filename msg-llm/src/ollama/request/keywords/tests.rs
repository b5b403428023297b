use super::*;

/// What is sent, and what is lost where.
fn rewritten(schema: &Value) -> (Value, Vec<(String, String)>) {
    let mut losses = Vec::new();
    let out = rewrite(schema, "reply", &mut losses).into_owned();
    let mut told: Vec<_> = losses
        .into_iter()
        .map(|loss| (loss.at, loss.keyword))
        .collect();
    told.sort_unstable();
    (out, told)
}

/// The lost keywords of this schema, whose place is its own.
fn lost(schema: &Value) -> Vec<String> {
    let (_, losses) = rewritten(schema);
    assert!(losses.iter().all(|(at, _)| at == "reply"), "{losses:?}");
    losses.into_iter().map(|(_, keyword)| keyword).collect()
}

#[test]
fn what_the_grammar_keeps_to_is_borrowed() {
    let schema = json!({"type": "object", "title": "Reply", "required": ["a", "list"], "additionalProperties": false,
        "$defs": {"d": {"const": 1, "description": "One."}},
        "properties": {
            "a": {"type": "string", "pattern": "^[A-Z]{2}$"},
            "day": {"type": "string", "format": "date"},
            "id": {"type": ["string", "null"], "format": "uuid4"},
            "short": {"type": ["string", "null"], "minLength": 1, "maxLength": 1999},
            "n": {"type": "integer", "minimum": 1, "exclusiveMaximum": 10},
            "list": {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/d"}, {"type": "string", "enum": ["x"]}]}, "minItems": 1, "maxItems": 3, "uniqueItems": false},
            "pair": {"type": "array", "prefixItems": [{"type": "number"}, {"type": "null"}], "minItems": 2, "maxItems": 2},
            "open": {"type": "object", "additionalProperties": true},
            "map": {"type": "object", "additionalProperties": {"type": "boolean"}},
            "both": {"allOf": [{"$ref": "#/$defs/e"}, {"type": "object", "properties": {"minimum": {"type": "string"}}, "required": ["minimum"]}]}}});
    let mut losses = Vec::new();
    let out = rewrite(&schema, "reply", &mut losses);
    assert!(matches!(out, Cow::Borrowed(_)), "{out}");
    assert_eq!(losses, []);
}

/// Schemas, and the keywords of them that are lost.
#[rustfmt::skip]
fn unheeded() -> Vec<(Value, &'static [&'static str])> {
    vec![
        (
        json!({"type": "number", "minimum": 0, "multipleOf": 0.5}),
        &["minimum", "multipleOf"][..],
        ),
        (
        json!({"type": "integer", "minimum": 0, "exclusiveMinimum": 1, "multipleOf": 5}),
        &["exclusiveMinimum", "multipleOf"],
        ),
        (json!({"type": "string", "format": "email"}), &["format"]),
        (
        json!({"type": "string", "format": "date", "maxLength": 9}),
        &["maxLength"],
        ),
        (
        json!({"type": "string", "format": "date", "pattern": "^a$"}),
        &["format"],
        ),
        (
        json!({"type": "array", "items": {"type": "null"}, "uniqueItems": true, "contains": {}}),
        &["contains", "uniqueItems"],
        ),
        (json!({"type": "array", "minItems": 1}), &["minItems"]),
        (
        json!({"type": "array", "prefixItems": [{"type": "null"}], "minItems": 2, "maxItems": 1}),
        &["minItems"],
        ),
        (
        json!({"type": "array", "prefixItems": [{"type": "null"}], "items": {"type": "null"}}),
        &["prefixItems"],
        ),
        (
        json!({"type": "object", "properties": {}, "required": ["a"], "minProperties": 1, "patternProperties": {}}),
        &["minProperties", "patternProperties", "required"],
        ),
        (json!({"type": "object", "required": ["a"]}), &["required"]),
        (
        json!({"type": "object", "properties": {}, "allOf": [], "not": {}}),
        &["allOf", "not"],
        ),
        (
        json!({"type": "object", "properties": {}, "if": {}, "then": {}, "else": {}}),
        &["else", "if", "then"],
        ),
        (
        json!({"type": "object", "properties": {}, "anyOf": [{"type": "null"}]}),
        &["properties", "type"],
        ),
        (
        json!({"oneOf": [{"type": "null"}], "anyOf": [{"type": "null"}]}),
        &["anyOf", "oneOf"],
        ),
        (json!({"$ref": "#/$defs/a", "minLength": 3}), &["minLength"]),
        (
        json!({"enum": [1, 2], "minimum": 0, "not": {"const": 1}}),
        &["not"],
        ),
        // Only what could restrict a value of this type counts.
        (
        json!({"type": "boolean", "minLength": 3, "minimum": 1, "items": {}}),
        &[],
        ),
        (
        json!({"type": ["integer", "null"], "multipleOf": 2, "maxLength": 3}),
        &["multipleOf"],
        ),
    ]
}

#[test]
fn what_is_not_looked_at_is_lost() {
    for (schema, expected) in unheeded() {
        assert_eq!(lost(&schema), expected, "{schema}");
    }
}

#[test]
fn losses_say_where() {
    let (_, losses) = rewritten(
        &json!({"type": "object", "properties": {"n/m": {"type": "array", "items": {"type": "string", "format": "ipv4"}}},
        "$defs": {"d": {"type": "number", "maximum": 1}}}),
    );
    let told: Vec<_> = losses.iter().map(|(at, lost)| (&**at, &**lost)).collect();
    assert_eq!(
        told,
        [
            ("reply/$defs/d", "maximum"),
            ("reply/properties/n~1m/items", "format")
        ]
    );
    let (_, losses) = rewritten(
        &json!({"allOf": [{"$ref": "#/$defs/a", "minProperties": 1}, {"type": "object", "minProperties": 2},
        {"properties": {"a": {"type": "number", "minimum": 1}}, "additionalProperties": false}]}),
    );
    let told: Vec<_> = losses.iter().map(|(at, lost)| (&**at, &**lost)).collect();
    assert_eq!(
        told,
        [
            ("reply/allOf", "additionalProperties"),
            ("reply/allOf", "minProperties"),
            ("reply/allOf", "type"),
            ("reply/allOf/properties/a", "minimum")
        ]
    );
}

#[test]
fn what_would_be_refused_is_taken_away() {
    let any = json!(["object", "array", "string", "number", "boolean", "null"]);
    for (schema, sent, expected) in [
        (json!({}), json!({ "type": any }), &[][..]),
        (json!(true), json!({ "type": any }), &[]),
        (
            json!({"description": "Anything."}),
            json!({"description": "Anything.", "type": any}),
            &[],
        ),
        (
            json!({"maxLength": 3}),
            json!({"maxLength": 3, "type": any}),
            &[],
        ),
        (
            json!({"type": "string", "pattern": "\\d+", "minLength": 2}),
            json!({"type": "string", "minLength": 2}),
            &["pattern"],
        ),
        (
            json!({"type": "string", "maxLength": 2000}),
            json!({"type": "string"}),
            &["maxLength"],
        ),
        (
            json!({"type": "array", "prefixItems": [{"type": "null"}], "items": false}),
            json!({"type": "array", "prefixItems": [{"type": "null"}]}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"a": true}}),
            json!({"type": "object", "properties": {"a": {"type": any}}}),
            &[],
        ),
        (
            json!({"anyOf": [{}, {"type": "null"}]}),
            json!({"anyOf": [{"type": any}, {"type": "null"}]}),
            &[],
        ),
        // The server says what is wrong with what is no schema.
        (json!({"type": "any"}), json!({"type": "any"}), &[]),
        (json!(false), json!(false), &[]),
    ] {
        let (out, losses) = rewritten(&schema);
        assert_eq!(out, sent, "{schema}");
        let lost: Vec<_> = losses.iter().map(|(_, keyword)| &**keyword).collect();
        assert_eq!(lost, expected, "{schema}");
        // What is sent is taken as it is.
        assert_eq!(rewritten(&out).0, out);
    }
}
