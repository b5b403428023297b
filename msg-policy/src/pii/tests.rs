use super::*;
use proptest::prelude::*;

fn labelled(text: &str) -> Vec<(&str, &'static str)> {
    find(text)
        .into_iter()
        .map(|s| (s.of(text), s.kind.label()))
        .collect()
}

#[test]
fn a_message_with_everything() {
    let text = "I am jo@example.com (+44 20 7946 0958), card 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00, SSN 081-80-5372, from 10.0.0.1 or fe80::1.";
    assert_eq!(
        labelled(text),
        [
            ("jo@example.com", "EMAIL"),
            ("+44 20 7946 0958", "PHONE"),
            ("4111 1111 1111 1111", "CREDIT_CARD"),
            ("DE89 3704 0044 0532 0130 00", "IBAN"),
            ("081-80-5372", "US_SSN"),
            ("10.0.0.1", "IP"),
            ("fe80::1", "IP"),
        ]
    );
}

#[test]
fn an_address_with_digits_is_only_an_address() {
    assert_eq!(
        labelled("john.4155550123@example.com"),
        [("john.4155550123@example.com", "EMAIL")]
    );
    assert_eq!(
        labelled("call 4155550123@example.com"),
        [("4155550123@example.com", "EMAIL")]
    );
}

#[test]
fn disguised_values_are_covered_whole() {
    for (text, kind) in [
        ("\u{202a}4111111111111111\u{202c}", "CREDIT_CARD"),
        ("4\u{200b}1\u{200b}11111111111111", "CREDIT_CARD"),
        ("４１１１１１１１１１１１１１１１", "CREDIT_CARD"),
        ("jo [at] example [dot] com", "EMAIL"),
        ("jо@ехample.com", "EMAIL"),
        ("GB२९NWBK६०१६१३३१९२६८१९", "IBAN"),
        ("081\u{2011}80\u{2011}5372", "US_SSN"),
        ("10.0\u{200c}.0.1", "IP"),
    ] {
        assert_eq!(labelled(text), [(text, kind)]);
    }
}

#[test]
fn numbers_broken_over_lines_are_found() {
    for (text, kind) in [
        ("41111111\n11111111", "CREDIT_CARD"),
        ("081-8\n0-5372", "US_SSN"),
        ("10.0\n.0.1", "IP"),
        ("DE89370400\n440532013000", "IBAN"),
        ("4111 1111\n1111 1111", "CREDIT_CARD"),
        ("4111 1111 \n1111 1111", "CREDIT_CARD"),
        ("4111 1111\r\n1111 1111", "CREDIT_CARD"),
        ("4111 1111 \r\n1111 1111", "CREDIT_CARD"),
        ("41111111\r\n11111111", "CREDIT_CARD"),
        ("DE89\r\n3704 0044 0532 0130 00", "IBAN"),
        ("DE89 3704\n0044 0532 0130 00", "IBAN"),
    ] {
        assert_eq!(labelled(text), [(text, kind)]);
    }
    assert_eq!(labelled("from 10.0.0.1\n2 items"), [("10.0.0.1", "IP")]);
    assert_eq!(labelled("41555\n50123 and 1\n2\n3"), []);
    assert_eq!(
        labelled("4111 1111\n1111 1111, 10.0\n.0.1"),
        [
            ("4111 1111\n1111 1111", "CREDIT_CARD"),
            ("10.0\n.0.1", "IP")
        ]
    );
}

#[test]
fn ordinary_text_is_clean() {
    for text in [
        "",
        "Your order 1042 ships on 2026-03-14 between 09:00 and 12:30 for $1,299.00.",
        "Version 10.4.3, build 20260606, commit a06e828879afc4064abadf6fb60b8a1f3",
        "The ratio is 3.14159265358979 and the id 550e8400-e29b-41d4-a716-446655440000.",
        "std::net::Ipv6Addr at 12:34:56, see https://user@example.com/4155550123",
        "1234567890123456 items, 99999999999999999999999999999999999999",
    ] {
        assert_eq!(labelled(text), [], "{text}");
    }
}

/// The plain reading of the rules that every result must keep.
fn check_spans(text: &str) {
    let mut last = 0;
    for span in find(text) {
        assert!(
            span.start >= last && span.start < span.end,
            "order or emptiness"
        );
        assert!(
            text.get(span.start..span.end).is_some(),
            "character boundaries"
        );
        last = span.end;
    }
}

proptest! {
    #[test]
    fn any_text_gives_ordered_spans_inside_it(text in "\\PC{0,200}") {
        check_spans(&text);
    }

    #[test]
    fn dense_text_gives_ordered_spans_inside_it(text in "[0-9+()@:. \n a-fA-F/\\-\u{200b}٤１\\[\\]xGBDE]{0,120}") {
        check_spans(&text);
    }

    #[test]
    fn addresses_are_found_wherever_they_stand(before in "[a-z ]{0,20} ", local in "[a-z][a-z0-9]{0,10}", host in "[a-z]{1,10}", after in " [a-z ]{0,20}") {
        let address = format!("{local}@{host}.com");
        let text = format!("{before}{address}{after}");
        prop_assert_eq!(labelled(&text), [(address.as_str(), "EMAIL")]);
    }

    #[test]
    fn a_card_needs_its_check_digit(middle in 0_u64..100_000_000_000_000) {
        let body = format!("4{middle:014}");
        let valid: Vec<u8> = (0..10).filter(|d| labelled(&format!("card {body}{d}")).iter().any(|(_, k)| *k == "CREDIT_CARD")).collect();
        prop_assert_eq!(valid.len(), 1);
    }

    #[test]
    fn quads_of_any_value_are_found(a in 0_u8.., b in 0_u8.., c in 0_u8.., d in 0_u8..) {
        let address = format!("{a}.{b}.{c}.{d}");
        let text = format!("from {address}.");
        prop_assert_eq!(labelled(&text), [(address.as_str(), "IP")]);
    }
}
