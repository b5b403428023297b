use super::*;
use proptest::prelude::*;

type Seen = (Vec<(Vec<String>, Vec<u8>)>, Option<EventStreamError>);

fn decode<'a>(reads: impl IntoIterator<Item = &'a [u8]>) -> Seen {
    let mut decoder = EventStreamDecoder::new(1 << 12);
    let mut seen = Vec::new();
    for read in reads {
        decoder.push(read);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => {
                    let headers = message.headers().map(|header| format!("{header:?}"));
                    seen.push((headers.collect(), message.payload().to_vec()));
                }
                Ok(None) => break,
                Err(error) => return (seen, Some(error)),
            }
        }
    }
    (seen, None)
}

#[test]
fn every_type_of_header() {
    let mut fields = Vec::new();
    let values: [(u8, &[u8]); 10] = [
        (0, &[]),
        (1, &[]),
        (2, &[0xff]),
        (3, &[1, 0]),
        (4, &[0, 0, 1, 0]),
        (5, &[0, 0, 0, 0, 0, 0, 0, 9]),
        (6, &[0, 2, 7, 8]),
        (7, &[0, 3, b'a', 0xc3, 0xa9]),
        (8, &[0, 0, 0, 0, 0, 0, 0, 5]),
        (9, &[3; 16]),
    ];
    for (kind, value) in values {
        fields.extend_from_slice(&[1, b'a' + kind, kind]);
        fields.extend_from_slice(value);
    }
    let bytes = frame(&fields, b"{}");
    let mut decoder = EventStreamDecoder::new(2);
    decoder.push(&bytes);
    let message = decoder.next_message().unwrap().unwrap();
    let headers: Vec<_> = message.headers().map(Result::unwrap).collect();
    assert_eq!(
        headers,
        [
            ("a", HeaderValue::Bool(true)),
            ("b", HeaderValue::Bool(false)),
            ("c", HeaderValue::Number(-1)),
            ("d", HeaderValue::Number(256)),
            ("e", HeaderValue::Number(256)),
            ("f", HeaderValue::Number(9)),
            ("g", HeaderValue::Bytes(&[7, 8])),
            ("h", HeaderValue::Text("a\u{e9}")),
            ("i", HeaderValue::Millis(5)),
            ("j", HeaderValue::Uuid([3; 16])),
        ]
    );
    assert_eq!(
        (message.text("h"), message.text("a")),
        (Some("a\u{e9}"), None)
    );
    assert!(!format!("{message:?}").contains('\u{e9}'));
}

#[test]
fn what_is_wrong_is_an_error_and_stays_one() {
    let good = message(&[(":event-type", "x")], b"payload");
    let broken = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        decode([&bytes[..]]).1
    };
    assert_eq!(broken(0), Some(EventStreamError::PreludeChecksum));
    assert_eq!(broken(9), Some(EventStreamError::PreludeChecksum));
    for at in 12..good.len() {
        assert_eq!(broken(at), Some(EventStreamError::MessageChecksum), "{at}");
    }
    let prelude = |total: u32, headers: u32| {
        let mut bytes = [total.to_be_bytes(), headers.to_be_bytes()].concat();
        bytes.extend_from_slice(&crc::checksum(&bytes).to_be_bytes());
        decode([&bytes[..]]).1
    };
    assert_eq!(prelude(15, 0), Some(EventStreamError::Length));
    // Not before the message is whole, and its checksum counts first.
    assert_eq!(prelude(20, 5), None);
    let mut short = [20_u32.to_be_bytes(), 5_u32.to_be_bytes()].concat();
    short.extend_from_slice(&crc::checksum(&short).to_be_bytes());
    short.extend_from_slice(&[1, b'a', 0, 0]);
    let wrong = [&short[..], &[0; 4]].concat();
    assert_eq!(
        decode([&wrong[..]]).1,
        Some(EventStreamError::MessageChecksum)
    );
    short.extend_from_slice(&crc::checksum(&short).to_be_bytes());
    assert_eq!(decode([&short[..]]).1, Some(EventStreamError::Length));
    assert_eq!(
        prelude(u32::MAX, 0),
        Some(EventStreamError::TooLarge { limit: 1 << 12 })
    );
    assert_eq!(
        prelude(1 << 20, 1 << 19),
        Some(EventStreamError::TooLarge {
            limit: MOST_HEADERS
        })
    );
    for fields in [
        &[1, b'a', 10][..],
        &[0, 0],
        &[1, 0xff, 0],
        &[1, b'a', 7, 0, 9, b'x'],
        &[9],
    ] {
        assert_eq!(
            decode([&frame(fields, b"")[..]]).1,
            Some(EventStreamError::Header)
        );
    }
    for count in [1, 15, 16, 40] {
        let mut fields: Vec<u8> = (0..count).flat_map(|at| [1, b'0' + at, 0]).collect();
        assert_eq!(decode([&frame(&fields, b"")[..]]).1, None, "{count}");
        fields.extend_from_slice(&[1, b'0' + count / 2, 1]);
        assert_eq!(
            decode([&frame(&fields, b"")[..]]).1,
            Some(EventStreamError::DuplicateHeader),
            "{count}"
        );
    }
    let mut decoder = EventStreamDecoder::new(9);
    decoder.push(&[0; 12]);
    assert!(decoder.next_message().is_err());
    decoder.push(&good);
    assert!(decoder.next_message().is_err() && decoder.is_empty());
}

proptest! {
    #[test]
    fn every_cut_gives_the_same(payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..4), flip in prop::option::of(any::<prop::sample::Index>()), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
        let mut bytes: Vec<u8> = payloads.iter().flat_map(|payload| message(&[(":message-type", "event"), (":event-type", "x")], payload)).collect();
        if let (Some(flip), false) = (flip, bytes.is_empty()) {
            let at = flip.index(bytes.len());
            bytes[at] ^= 0x10;
        }
        let whole = decode([&bytes[..]]);
        if flip.is_none() {
            let seen: Vec<_> = whole.0.iter().map(|(_, payload)| payload.clone()).collect();
            prop_assert_eq!(&seen, &payloads);
        }
        prop_assert_eq!(&decode(bytes.chunks(1)), &whole);
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        prop_assert_eq!(&decode(at.windows(2).map(|pair| &bytes[pair[0]..pair[1]])), &whole);
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), fields in prop::collection::vec(any::<u8>(), 0..40)) {
        let _ = decode([&bytes[..]]);
        let _ = decode([&frame(&fields, &bytes)[..]]);
    }
}
