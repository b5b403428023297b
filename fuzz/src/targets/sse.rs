//! The decoder of server-sent events: every way of cutting the bytes gives the same events.

use msg_llm::sse::{SseDecoder, SseError, SseEvent};

use crate::trial;

pub(super) const DICTIONARY: &[&[u8]] = &[
    b"data:",
    b"data: ",
    b"event:",
    b"id:",
    b"retry:",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\r\n\r\n",
    b":",
    b"\xef\xbb\xbf",
    b"data: [DONE]\n\n",
    b"data\n",
    b"id\n",
    b"id: \0\n",
    b"retry: 10\n",
];

pub(super) const SEEDS: &[&[u8]] = &[
    b"\xff\x02event: a\ndata: {\"x\":1}\n\nid: 7\r\ndata: one\r\ndata: two\r\n\r\n: comment\nretry: 3000\n\n",
    b"\x14\x01data: one\n\ndata: longer than that is\n\n",
];

/// What a decoder said about a whole stream.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    events: Vec<(String, Vec<u8>, String)>,
    error: Option<SseError>,
    retry: Option<u64>,
    last_id: String,
}

impl Heard {
    /// Takes one answer; false when there is nothing more to take.
    fn take(&mut self, answer: Result<Option<SseEvent<'_>>, SseError>) -> bool {
        match answer {
            Ok(Some(event)) => {
                assert!(
                    event.text().len() >= event.data().len(),
                    "replacing bytes loses none"
                );
                self.events.push((
                    event.name().to_owned(),
                    event.data().to_vec(),
                    event.id().to_owned(),
                ));
                true
            }
            Ok(None) => false,
            Err(error) => {
                self.error = Some(error);
                false
            }
        }
    }

    fn end(mut self, decoder: &SseDecoder) -> Self {
        self.retry = decoder.retry_millis();
        decoder.last_event_id().clone_into(&mut self.last_id);
        self
    }
}

/// The first byte is the limit, the second the length of the pieces.
pub(super) fn run(input: &[u8]) {
    let [limit, piece, stream @ ..] = input else {
        return;
    };
    // Small limits are where the events meet them; the others are out of reach.
    let limit = if *limit < 128 {
        usize::from(*limit)
    } else {
        1 << 20
    };
    let piece = usize::from(*piece).max(1);
    let whole = pushed(limit, [stream]);
    assert_eq!(whole, pushed(limit, stream.chunks(1)), "byte by byte");
    assert_eq!(
        whole,
        pushed(limit, stream.chunks(piece)),
        "pushed in pieces of {piece}"
    );
    assert_eq!(
        whole,
        fed(limit, stream.chunks(piece)),
        "fed in pieces of {piece}"
    );
    let named = whole
        .events
        .iter()
        .filter(|(name, ..)| name != "message")
        .count();
    let longest = whole
        .events
        .iter()
        .map(|(_, data, _)| data.len())
        .max()
        .unwrap_or(0);
    trial::note_all(&(
        whole.events.len().min(16),
        named.min(4),
        whole.error.is_some(),
        whole.retry.is_some(),
    ));
    trial::note_all(&(
        whole.events.len().min(2),
        whole.error.is_some(),
        limit.saturating_sub(longest).min(16),
    ));
}

fn pushed<'a>(limit: usize, pieces: impl IntoIterator<Item = &'a [u8]>) -> Heard {
    let mut decoder = SseDecoder::new(limit);
    let mut heard = Heard::default();
    for piece in pieces {
        decoder.push(piece.to_vec().into());
        while heard.take(decoder.next_event()) {}
    }
    heard.end(&decoder)
}

fn fed<'a>(limit: usize, pieces: impl IntoIterator<Item = &'a [u8]>) -> Heard {
    let mut decoder = SseDecoder::new(limit);
    let mut heard = Heard::default();
    for piece in pieces {
        let mut feed = decoder.feed(piece);
        while heard.take(feed.next_event()) {}
    }
    heard.end(&decoder)
}
