#![expect(
    clippy::needless_pass_by_value,
    reason = "values written in place with `json!` read best"
)]

use super::*;
use proptest::prelude::*;

fn rewritten(schema: Value) -> (Value, Vec<(String, String)>) {
    let mut losses = Vec::new();
    let value = rewrite(&schema, "t", &mut losses).into_owned();
    assert!(is_taken(&value), "{value}");
    let losses = losses.into_iter().map(|loss| (loss.at, loss.keyword));
    (value, losses.collect())
}

fn whole(schema: Value) -> Value {
    let (value, losses) = rewritten(schema);
    assert_eq!(losses, []);
    value
}

/// What is lost at the root, and the description.
fn lost(schema: Value) -> (Vec<String>, String) {
    let (value, losses) = rewritten(schema);
    let described = value["description"].as_str().unwrap_or_default();
    let keywords = losses.into_iter().map(|(_, keyword)| keyword);
    (keywords.collect(), described.to_owned())
}

#[test]
fn what_is_taken_is_borrowed() {
    let schema = json!({"type": "object", "title": "T", "description": "d", "required": ["a"],
        "properties": {"a": {"type": ["string", "null"], "format": "date"}, "pattern": {"enum": ["x", 1]},
            "b": {"type": "array", "items": {"$ref": "#/$defs/n"}, "minItems": 1, "maxItems": 2},
            "c": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 9}, {"prefixItems": [{"type": "number"}]}]}},
        "additionalProperties": false, "$defs": {"n": {"type": "integer"}}, "propertyOrdering": ["a"]});
    let mut losses = Vec::new();
    assert!(matches!(
        rewrite(&schema, "t", &mut losses),
        Cow::Borrowed(_)
    ));
    assert_eq!(losses, []);
}

#[test]
fn what_has_an_equivalent_is_rewritten_without_loss() {
    for (schema, expected) in [
        (json!({"const": "a"}), json!({"enum": ["a"]})),
        (json!({"const": null}), json!({"type": "null"})),
        (
            json!({"$schema": "x", "$comment": "y", "x-order": 1, "type": "string"}),
            json!({"type": "string"}),
        ),
        (
            json!({"$ref": "#/definitions/a", "definitions": {"a": {"type": "string"}}}),
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}),
        ),
        (
            json!({"$ref": "#/$defs/a", "description": "d"}),
            json!({"anyOf": [{"$ref": "#/$defs/a"}], "description": "d"}),
        ),
        (
            json!({"items": [{"const": 1}, true], "additionalItems": {"type": "string"}}),
            json!({"prefixItems": [{"enum": [1]}, {}], "items": {"type": "string"}}),
        ),
        (
            json!({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10}),
            json!({"type": "integer", "minimum": 1, "maximum": 9}),
        ),
        (
            json!({"type": "string", "nullable": true}),
            json!({"type": ["string", "null"]}),
        ),
        (
            json!({"enum": ["a", null], "description": "d"}),
            json!({"anyOf": [{"enum": ["a"]}, {"type": "null"}], "description": "d"}),
        ),
        (
            json!({"allOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}],
                   "properties": {"b": {"type": "string"}}, "required": ["b"]}),
            json!({"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["b", "a"]}),
        ),
        (
            json!({"allOf": [{"$ref": "#/$defs/a"}], "description": "d"}),
            json!({"anyOf": [{"$ref": "#/$defs/a"}], "description": "d"}),
        ),
        (
            json!({"type": "string", "default": "a", "examples": ["b"], "description": "d"}),
            json!({"type": "string", "description": "d (default: \"a\"; examples: [\"b\"])"}),
        ),
        (json!(true), json!({})),
    ] {
        assert_eq!(whole(schema.clone()), expected, "{schema}");
    }
}

#[test]
fn what_has_none_is_told_to_the_model_and_reported() {
    for (schema, keywords, described) in [
        (
            json!({"pattern": "^a$", "description": "d"}),
            vec!["pattern"],
            "d (pattern: \"^a$\")",
        ),
        (
            json!({"minLength": 1, "maxLength": 2}),
            vec!["maxLength", "minLength"],
            "(maxLength: 2; minLength: 1)",
        ),
        (
            json!({"type": "number", "exclusiveMinimum": 0.5}),
            vec!["exclusiveMinimum"],
            "(exclusiveMinimum: 0.5)",
        ),
        (
            json!({"not": {"type": "null"}}),
            vec!["not"],
            "(not: {\"type\":\"null\"})",
        ),
        (
            json!({"enum": [true, "a"]}),
            vec!["enum"],
            "(enum: [true,\"a\"])",
        ),
        (
            json!({"const": {"a": 1}}),
            vec!["const"],
            "(const: [{\"a\":1}])",
        ),
        (json!({"oneOf": [{"type": "string"}]}), vec!["oneOf"], ""),
        (
            json!({"type": "string", "allOf": [{"type": "number"}]}),
            vec!["allOf"],
            "(allOf: {\"type\":\"number\"})",
        ),
        (
            json!({"anyOf": [{}], "$ref": "#/$defs/a"}),
            vec!["$ref"],
            "($ref: \"#/$defs/a\")",
        ),
        (json!(false), vec!["false"], ""),
    ] {
        let (lost, text) = lost(schema.clone());
        assert_eq!(
            (lost, text.as_str()),
            (
                keywords.iter().map(ToString::to_string).collect(),
                described
            ),
            "{schema}"
        );
    }
}

#[test]
fn a_loss_says_where_it_is() {
    let schema = json!({"properties": {"a/b": {"items": {"anyOf": [{"uniqueItems": true}]}}}, "$defs": {"d": {"multipleOf": 2}}});
    let (_, losses) = rewritten(schema);
    let at: Vec<_> = losses.iter().map(|(at, _)| at.as_str()).collect();
    assert_eq!(at, ["t/$defs/d", "t/properties/a~1b/items/anyOf"]);
}

fn any_schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(true)),
        Just(json!(false)),
        Just(json!(null)),
        Just(json!("x")),
        any::<i8>().prop_map(Value::from),
        Just(json!(["a", 1, null])),
        Just(json!({"type": "integer"})),
    ];
    let keyword = prop::sample::select(vec![
        "type",
        "enum",
        "const",
        "items",
        "prefixItems",
        "additionalItems",
        "properties",
        "$defs",
        "definitions",
        "$ref",
        "anyOf",
        "oneOf",
        "allOf",
        "not",
        "nullable",
        "minimum",
        "exclusiveMinimum",
        "additionalProperties",
        "description",
        "default",
        "pattern",
        "required",
    ]);
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(keyword.clone(), inner, 0..5)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    /// Whatever comes in, what goes out has only keywords that the API takes, and is not rewritten again.
    #[test]
    fn anything_becomes_what_is_taken(schema in any_schema()) {
        let mut losses = Vec::new();
        let once = rewrite(&schema, "t", &mut losses).into_owned();
        prop_assert!(is_taken(&once), "{}", once);
        let before = losses.len();
        prop_assert_eq!(&*rewrite(&once, "t", &mut losses), &once);
        prop_assert_eq!(losses.len(), before);
    }
}
