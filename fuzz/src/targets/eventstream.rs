//! The decoder of binary event streams: every way of cutting the bytes gives the same messages.

use msg_llm::eventstream::{EventStreamDecoder, EventStreamError};

use crate::trial;

pub(super) const DICTIONARY: &[&[u8]] = &[
    b"\x01a\x00",
    b"\x01b\x01",
    b"\x01c\x02\xff",
    b"\x01d\x03\x00\x01",
    b"\x01e\x04\x00\x00\x00\x01",
    b"\x01f\x05\x00\x00\x00\x00\x00\x00\x00\x01",
    b"\x01g\x06\x00\x02\x01\x02",
    b"\x0b:event-type\x07\x00\x04ping",
    b"\x01h\x08\x00\x00\x00\x00\x00\x00\x00\x01",
    b"\x01i\x090123456789abcdef",
];

pub(super) const SEEDS: &[&[u8]] = &[
    b"\xff\x03\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2H\xeb}\x98\xc8\xff",
    b"\xff\x05\x01\x13\x0b:event-type\x07\x00\x04ping{}",
    b"\x01\x02\x02\x03\x01a\x00payload",
];

/// What a decoder said about a whole stream.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    messages: Vec<(String, Vec<u8>)>,
    error: Option<EventStreamError>,
    rest: bool,
}

/// The first byte is the limit, the second the length of the pieces, the third the form: the rest is a stream, or headers (as
/// many bytes as the fourth says) and a payload, which are made messages with right lengths and checksums.
pub(super) fn run(input: &[u8]) {
    let [limit, piece, form, headers, rest @ ..] = input else {
        return;
    };
    // Small limits are where the messages meet them; the others are out of reach.
    let limit = if *limit < 128 {
        usize::from(*limit)
    } else {
        1 << 20
    };
    let piece = usize::from(*piece).max(1);
    let stream = if *form == 0 {
        rest.to_vec()
    } else {
        let (fields, payload) = rest
            .split_at_checked(usize::from(*headers))
            .unwrap_or((&[], rest));
        frame(fields, payload).repeat(usize::from(*form % 4))
    };
    let whole = read(limit, [stream.as_slice()]);
    assert_eq!(whole, read(limit, stream.chunks(1)), "byte by byte");
    assert_eq!(
        whole,
        read(limit, stream.chunks(piece)),
        "in pieces of {piece}"
    );
    for (_, payload) in &whole.messages {
        assert!(payload.len() <= limit, "a payload is over the limit");
    }
    let crc = matches!(
        whole.error,
        Some(EventStreamError::PreludeChecksum | EventStreamError::MessageChecksum)
    );
    assert!(
        *form == 0 || !crc,
        "what was framed right is read as broken: {:?}",
        whole.error
    );
    trial::note_all(&(whole.messages.len().min(4), whole.error, whole.rest));
}

fn read<'a>(limit: usize, pieces: impl IntoIterator<Item = &'a [u8]>) -> Heard {
    let mut decoder = EventStreamDecoder::new(limit);
    let mut heard = Heard::default();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => {
                    let headers: Vec<_> = message.headers().collect();
                    assert!(headers.iter().all(Result::is_ok), "a header is broken");
                    heard
                        .messages
                        .push((format!("{headers:?}"), message.payload().to_vec()));
                }
                Ok(None) => break,
                Err(error) => heard.error = Some(error),
            }
            if heard.error.is_some() {
                return heard;
            }
        }
    }
    heard.rest = !decoder.is_empty();
    heard
}

/// A message of these header bytes and this payload.
pub(super) fn frame(fields: &[u8], payload: &[u8]) -> Vec<u8> {
    let word = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let length = fields
        .len()
        .saturating_add(payload.len())
        .saturating_add(16);
    let mut all = word(length).to_vec();
    all.extend_from_slice(&word(fields.len()));
    all.extend_from_slice(&checksum(&all));
    all.extend_from_slice(fields);
    all.extend_from_slice(payload);
    all.extend_from_slice(&checksum(&all));
    all
}

/// CRC-32 (RFC 1952, section 8), bit by bit: slow, and made in another way than the decoder's.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    let mut rest = u32::MAX;
    for byte in bytes {
        rest ^= u32::from(*byte);
        for _ in 0..8 {
            rest = (rest >> 1) ^ (0xedb8_8320 & (rest & 1).wrapping_neg());
        }
    }
    (!rest).to_be_bytes()
}
