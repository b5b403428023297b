//! Personal data: spans are sound, and what is masked can be restored to the letter.

use msg_core::policy::vault::{PiiSpan, Vault};
use msg_policy::pii::find;
use msg_policy::zones::Zones;

use crate::trial;

pub(super) const DICTIONARY: &[&[u8]] = &[
    b"jo@example.com",
    b"@",
    b"+1 415 555 0132",
    b"+49 30 901820",
    b"4111 1111 1111 1111",
    b"DE89370400440532013000",
    b"10.0.0.1",
    b"2001:db8::1",
    b"078-05-1120",
    b"[EMAIL_1]",
    b"[TEXT_1]",
    b"[",
    b"_1]",
    "\u{200b}".as_bytes(),
    "٤١١١".as_bytes(),
    "\u{202a}".as_bytes(),
    "＠".as_bytes(),
    b" dot ",
    b" (at) ",
    b"ssn ",
    b"tel: ",
];

pub(super) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let spans = find(&text);
    let mut end = 0;
    for span in &spans {
        assert!(
            span.start >= end && span.start < span.end,
            "spans are in order, apart and not empty"
        );
        assert_eq!(
            span.of(&text).len(),
            span.end - span.start,
            "a span lies on character boundaries"
        );
        end = span.end;
    }
    let named: Vec<PiiSpan<'_>> = spans
        .iter()
        .map(|span| (span.start..span.end, span.kind.label()))
        .collect();
    let mut vault = Vault::new();
    let masked = vault.mask(&text, &named);
    assert_eq!(vault.restore(&masked), text, "what was masked is restored");
    assert_eq!(
        vault.mask(&text, &named),
        masked,
        "the same text is masked the same way"
    );
    let zones = Zones::of_number(&text);
    assert_eq!(zones.is_empty(), zones.iter().next().is_none());
    let kinds: Vec<_> = spans.iter().map(|span| span.kind).take(4).collect();
    let lengths: Vec<_> = spans
        .iter()
        .map(|span| (span.end - span.start) / 4)
        .take(2)
        .collect();
    trial::note_all(&(kinds, lengths, zones.len().min(4)));
}
