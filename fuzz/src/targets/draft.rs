//! The message model: what was read once is written and read again as the same, whatever version wrote it.

use msg_core::message::{Content, Draft};
use msg_core::trace::canonical;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::trial;

pub(super) const DICTIONARY: &[&[u8]] = &[
    b"\"text\"",
    b"\"card\"",
    b"\"carousel\"",
    b"\"choice\"",
    b"\"mixed\"",
    b"\"media\"",
    b"\"poll\"",
    b"\"list\"",
    b"\"email\"",
    b"\"unheard_of\"",
    b"\"actions\"",
    b"\"title\"",
    b"\"blocks\"",
    b"{\"paragraph\":[]}",
    b"{\"quote\":[]}",
    b"{\"bold\":[{\"text\":\"b\"}]}",
    b"null",
    b"[]",
    b"{}",
    b":",
    b",",
    b"\\u0000",
    b"{\"link\":{\"url\":\"https://a.example\",\"text\":[]}}",
];

pub(super) const SEEDS: &[&[u8]] = &[
    br#"{"tenant":"t","to":{"addresses":[{"channel":"in-app","scheme":"in-app","value":"jo"}]},"purpose":"transactional","body":{"content":{"text":"hello"}}}"#,
    br#"{"schema":9,"tenant":"t","to":{"addresses":[{"channel":"sms","scheme":"e164","value":"+14155550132"}],"zone":"America/Boise"},"purpose":"marketing","body":{"template":{"id":"welcome","vars":{"name":"Jo"}}},"alternatives":{"pigeon":{"text":"coo"}},"expires":"2026-01-01T00:00:00Z"}"#,
    br#"{"text":{"blocks":[{"paragraph":[{"text":"a "},{"bold":[{"text":"b"}]}]},{"list":{"start":1,"items":[[{"paragraph":[{"text":"one"}]}]]}},{"code":{"text":"x"}}]}}"#,
    br#"{"mixed":[{"text":"a"},{"hologram":{"depth":3}},{"table":{"header":["a"],"rows":[["1"]]}}]}"#,
];

pub(super) fn run(input: &[u8]) {
    round_trip::<Draft>(input);
    if let Some(content) = round_trip::<Content>(input) {
        let (mut texts, mut actions) = (0_usize, 0_usize);
        content.for_each_text(&mut |_| texts += 1);
        content.for_each_action(&mut |_| actions += 1);
        let mut changed = content.clone();
        let mut visited = 0_usize;
        changed.for_each_text_mut(&mut |_| visited += 1);
        assert_eq!(
            (visited, &changed),
            (texts, &content),
            "reading and rewriting visit the same texts"
        );
        trial::note_all(&(content.tag(), texts.min(8), actions.min(8)));
    }
}

/// The value, if the input is one. Compared by the text it is hashed as: that is what must not change.
fn round_trip<T: Serialize + DeserializeOwned>(input: &[u8]) -> Option<T> {
    let value: T = serde_json::from_slice(input).ok()?;
    let Ok(first) = canonical::to_vec(&value) else {
        // A key that comes twice in the host's own JSON, say: refused when it is hashed, not lost.
        return Some(value);
    };
    let again: Option<T> = serde_json::from_slice(&first).ok();
    let second = again.and_then(|value| canonical::to_vec(&value).ok());
    assert_eq!(
        second.as_deref(),
        Some(first.as_slice()),
        "what is written can be read"
    );
    trial::note_all(&(std::any::type_name::<T>(), first.len().ilog2()));
    Some(value)
}
