use super::*;
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

fn text<T: Serialize + ?Sized>(value: &T) -> String {
    String::from_utf8(to_vec(value).unwrap()).unwrap()
}

/// RFC 8785, 3.2.2 and 3.2.3: the example object, its keys in the order of code units.
#[test]
fn samples_of_the_specification() {
    let value: Value = serde_json::from_str(
        r#"{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#,
    )
    .unwrap();
    assert_eq!(
        text(&value),
        r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
    );
    let keys = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
    assert_eq!(
        text(&keys),
        "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}"
    );
}

#[derive(Serialize)]
enum Shape {
    Unit,
    New(u8),
    Pair(u8, char),
    Fields { z: Option<u8>, a: () },
}

#[derive(Serialize)]
struct Record<'a> {
    shapes: Vec<Shape>,
    keyed: HashMap<u32, i64>,
    ratio: f32,
    name: &'a str,
    bytes: (u8, u8),
}

#[test]
fn every_shape_of_the_data_model() {
    let record = Record {
        shapes: vec![
            Shape::Unit,
            Shape::New(1),
            Shape::Pair(2, '"'),
            Shape::Fields { z: None, a: () },
        ],
        keyed: HashMap::from([(10, -1), (9, i64::MIN)]),
        ratio: 0.5,
        name: "n\u{0}",
        bytes: (0, 255),
    };
    insta::assert_snapshot!(text(&record), @r#"{"bytes":[0,255],"keyed":{"10":-1,"9":-9223372036854775808},"name":"n\u0000","ratio":0.5,"shapes":["Unit",{"New":1},{"Pair":[2,"\""]},{"Fields":{"a":null,"z":null}}]}"#);
}

#[test]
fn large_integers_keep_all_digits() {
    assert_eq!(
        text(&[u64::MAX, 9_007_199_254_740_993]),
        "[18446744073709551615,9007199254740993]"
    );
    assert_eq!(text(&i128::MIN), i128::MIN.to_string());
    assert_eq!(text(&1.0), "1");
}

#[test]
fn what_has_no_canonical_text_is_an_error_and_leaves_the_buffer() {
    let mut out = b"kept".to_vec();
    assert_eq!(
        write_into(&mut out, &[1.0, f64::NAN]),
        Err(CanonicalError::NotFinite)
    );
    assert_eq!(
        write_into(&mut out, &BTreeMap::from([((1, 2), 3)])),
        Err(CanonicalError::KeyNotText)
    );
    assert_eq!(
        write_into(&mut out, &Twice(&["a", "a"])),
        Err(CanonicalError::DuplicateKey)
    );
    assert_eq!(
        write_into(&mut out, &Twice(&["b", "a", "b"])),
        Err(CanonicalError::DuplicateKey)
    );
    assert_eq!(out, b"kept");
    assert_eq!(
        CanonicalError::NotFinite.to_string(),
        "canonical json has no number that is not finite"
    );
}

/// A map that gives the keys as they stand.
struct Twice<'a>(&'a [&'a str]);

impl Serialize for Twice<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|key| (key, 1)))
    }
}

#[test]
fn displayed_values_are_escaped() {
    struct Shown;
    impl Serialize for Shown {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str("a\"b\n")
        }
    }
    assert_eq!(text(&Shown), r#""a\"b\n""#);
}

/// A JSON value whose maps keep the order they were given in.
#[derive(Debug, Clone)]
enum Ordered {
    Leaf(Value),
    List(Vec<Ordered>),
    Map(Vec<(String, Ordered)>),
}

impl Serialize for Ordered {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Leaf(value) => value.serialize(serializer),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(members) => {
                serializer.collect_map(members.iter().map(|(key, value)| (key, value)))
            }
        }
    }
}

impl Ordered {
    fn reversed(&self) -> Self {
        match self {
            Self::Leaf(value) => Self::Leaf(value.clone()),
            Self::List(items) => Self::List(items.iter().map(Self::reversed).collect()),
            Self::Map(members) => Self::Map(
                members
                    .iter()
                    .rev()
                    .map(|(key, value)| (key.clone(), value.reversed()))
                    .collect(),
            ),
        }
    }
}

/// The plain way: to a `Value`, then print recursively with sorted keys.
fn reference(value: &Value) -> String {
    match value {
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(reference).collect::<Vec<_>>().join(",")
        ),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| key.encode_utf16().collect::<Vec<_>>());
            let members: Vec<_> = members
                .iter()
                .map(|(key, value)| format!("{}:{}", json!(key), reference(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        leaf => leaf.to_string(),
    }
}

fn any_key() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-f]{0,3}",
        "[\"\\\\\n\u{1}a-c]{0,3}",
        "[\u{e000}-\u{ffff}😀-😃a]{0,3}",
        any::<String>()
    ]
}

fn any_value() -> impl Strategy<Value = Ordered> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\u{0}-\u{7f}]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_map(Ordered::Leaf)
        .prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Ordered::List),
                prop::collection::hash_map(any_key(), inner, 0..6)
                    .prop_map(|map| Ordered::Map(map.into_iter().collect())),
            ]
        })
}

proptest! {
    #[test]
    fn equals_the_plain_way(value in any_value()) {
        let plain = serde_json::to_value(&value).unwrap();
        prop_assert_eq!(text(&value), reference(&plain));
    }

    #[test]
    fn does_not_depend_on_map_order(value in any_value()) {
        prop_assert_eq!(text(&value), text(&value.reversed()));
    }

    #[test]
    fn reading_it_back_and_writing_it_again_changes_nothing(value in any_value(), float in any::<f64>().prop_filter("finite", |f| f.is_finite())) {
        let first = text(&Ordered::List(vec![value, Ordered::Leaf(json!(float))]));
        let read: Value = serde_json::from_str(&first).unwrap();
        prop_assert_eq!(text(&read), first);
    }
}

#[test]
fn a_sorted_map_is_written_in_one_pass() {
    let sorted: Map<String, Value> = (0..50)
        .map(|i| (format!("k{i:02}"), json!({"a": i, "b": [i]})))
        .collect();
    assert_eq!(text(&sorted), serde_json::to_string(&sorted).unwrap());
}
