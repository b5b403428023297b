//! Canonical JSON: one text for one value, however that value was written before.

use msg_core::trace::canonical::to_vec;
use serde_json::Value;

use crate::trial;

pub(super) const DICTIONARY: &[&[u8]] = &[
    b"{\"a\":1,\"b\":2}",
    b"[1,2]",
    b"1e21",
    b"1e-7",
    b"-0.0",
    b"0.1",
    b"9007199254740993",
    b"5e-324",
    b"1.7976931348623157e308",
    b"\"\\u20ac\"",
    b"\"\\ud83d\\ude00\"",
    b"\"\\u001f\"",
    "\"\u{fb33}\"".as_bytes(),
    b"null",
    b"true",
];

pub(super) const SEEDS: &[&[u8]] = &[
    br#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#,
    "{\"\u{20ac}\":1,\"\\r\":2,\"\u{fb33}\":3,\"1\":4,\"\u{1f600}\":5,\"\u{80}\":6,\"\u{f6}\":7}".as_bytes(),
];

pub(super) fn run(input: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(input) else {
        return;
    };
    let Ok(text) = to_vec(&value) else {
        trial::note(0);
        return;
    };
    let again: Option<Value> = serde_json::from_slice(&text).ok();
    let second = again.as_ref().and_then(|value| to_vec(value).ok());
    assert_eq!(
        second.as_deref(),
        Some(text.as_slice()),
        "canonical text is its own canonical text"
    );
    let pretty = serde_json::to_vec_pretty(&value).ok();
    let other: Option<Value> = pretty
        .as_deref()
        .and_then(|text| serde_json::from_slice(text).ok());
    let third = other.as_ref().and_then(|value| to_vec(value).ok());
    assert_eq!(
        third.as_deref(),
        Some(text.as_slice()),
        "white space makes no difference"
    );
    let kinds = text
        .iter()
        .fold(0_u64, |kinds, byte| kinds | 1 << (byte % 64));
    trial::note(kinds);
}
