use super::*;
use proptest::prelude::*;

/// An event as (name, data, id).
type Plain = (String, String, String);

/// Everything that `decoder` gives for these reads.
fn decode(reads: &[&[u8]], limit: usize) -> (Vec<Plain>, Option<SseError>, Option<u64>, String) {
    let mut decoder = SseDecoder::new(limit);
    let mut events = Vec::new();
    let mut error = None;
    for read in reads {
        decoder.push(Bytes::copy_from_slice(read));
        loop {
            match decoder.next_event() {
                Ok(Some(event)) => events.push((
                    event.name().to_owned(),
                    event.text().into_owned(),
                    event.id().to_owned(),
                )),
                Ok(None) => break,
                Err(e) => {
                    error = Some(e);
                    break;
                }
            }
        }
    }
    (
        events,
        error,
        decoder.retry_millis(),
        decoder.last_event_id().to_owned(),
    )
}

fn events(text: &str) -> Vec<(String, String)> {
    decode(&[text.as_bytes()], 1 << 20)
        .0
        .into_iter()
        .map(|(name, data, _)| (name, data))
        .collect()
}

fn message(data: &str) -> (String, String) {
    ("message".to_owned(), data.to_owned())
}

#[test]
fn examples_of_the_standard() {
    // WHATWG HTML 9.2.6.
    assert_eq!(
        events("data: YHOO\ndata: +2\ndata: 10\n\n"),
        [message("YHOO\n+2\n10")]
    );
    let text =
        ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event";
    let (seen, ..) = decode(&[text.as_bytes()], 100);
    let ids: Vec<_> = seen
        .iter()
        .map(|(_, data, id)| (data.as_str(), id.as_str()))
        .collect();
    assert_eq!(ids, [("first event", "1"), ("second event", "")]);
    assert_eq!(
        events("data\n\ndata\ndata\n\ndata:"),
        [message(""), message("\n")]
    );
    assert_eq!(
        events("data:test\n\ndata: test\n\n"),
        [message("test"), message("test")]
    );
}

#[test]
fn every_line_end_and_the_byte_order_mark() {
    assert_eq!(
        events("\u{feff}data: a\r\rdata: b\r\n\r\ndata: c\n\r\n"),
        [message("a"), message("b"), message("c")]
    );
    assert_eq!(
        events("\u{feff}\u{feff}data: a\n\n"),
        [],
        "only one mark is skipped"
    );
    assert_eq!(
        decode(&[b"data: a\r", b"\n\r", b"\ndata: b\r\n", b"\r\n"], 100)
            .0
            .len(),
        2
    );
}

#[test]
fn names_comments_and_unknown_fields() {
    assert_eq!(
        events("event: ping\n\ndata: x\n\n"),
        [message("x")],
        "a name without data goes with its blank line"
    );
    assert_eq!(
        events(":c\nevent:a\nevent: b\nfoo: bar\ndatas: no\n data: no\ndata: x\n\n"),
        [("b".to_owned(), "x".to_owned())]
    );
}

#[test]
fn id_and_retry() {
    let (seen, _, retry, last) = decode(
        &[b"id: 7\nretry: 25\n\ndata: x\n\nid: a\0b\nretry: 2s\nretry:\ndata: y\n\nid: 9\n"],
        100,
    );
    assert!(seen.iter().all(|(_, _, id)| id == "7"), "{seen:?}");
    assert_eq!(
        (retry, last.as_str()),
        (Some(25), "7"),
        "an id without its blank line is not in force"
    );
}

#[test]
fn bytes_that_are_not_text_become_the_replacement_character() {
    assert_eq!(
        decode(&[b"data: a\xff\xe2\x82\n\n"], 100).0,
        [("message".into(), "a\u{fffd}\u{fffd}".into(), String::new())]
    );
    assert_eq!(decode(&[b"\xef\xbbdata: a\n\n"], 100).0, []);
}

#[test]
fn the_limit_is_a_typed_error_and_stays() {
    let limit = SseError::EventTooLarge { limit: 8 };
    assert_eq!(decode(&[b"data: ab\n\n"], 8).0.len(), 1);
    for stream in [
        &b"data: a\n\ndata: abc\n\n"[..],
        b"data: a\n\n:long comment",
        b"data: a\n\ndata:abc\ndata:abc\ndata:abc\n\n",
    ] {
        let (seen, error, ..) = decode(&[stream], 8);
        assert_eq!((seen.len(), error), (1, Some(limit)));
        let single: Vec<&[u8]> = stream.chunks(1).collect();
        let (seen, error, ..) = decode(&single, 8);
        assert_eq!((seen.len(), error), (1, Some(limit)));
    }
    assert_eq!(
        limit.to_string(),
        "a server-sent event is larger than 8 bytes"
    );
}

#[test]
fn a_whole_event_in_a_read_is_not_copied() {
    let read = Bytes::from_static(b"data: one\n\ndata: two\n\n");
    let mut decoder = SseDecoder::new(100);
    decoder.push(read.clone());
    let inside = read.as_ptr_range();
    while let Some(event) = decoder.next_event().unwrap() {
        assert!(inside.contains(&event.data().as_ptr()));
    }
}

#[test]
fn a_push_before_the_events_are_taken_loses_nothing() {
    let mut decoder = SseDecoder::new(100);
    decoder.push(Bytes::from_static(b"data: one\n\nevent: e\ndata: t"));
    assert_eq!(decoder.next_event().unwrap().unwrap().text(), "one");
    decoder.push(Bytes::from_static(b"wo\n\nda"));
    decoder.push(Bytes::from_static(b"ta: three\n\n"));
    let event = decoder.next_event().unwrap().unwrap();
    assert_eq!((event.name(), &*event.text()), ("e", "two"));
    assert_eq!(decoder.next_event().unwrap().unwrap().text(), "three");
    assert!(decoder.next_event().unwrap().is_none());
}

#[test]
fn a_feed_that_is_dropped_early_loses_nothing() {
    let mut decoder = SseDecoder::new(100);
    let mut feed = decoder.feed(b"data: one\n\ndata: two\n\ndata: th");
    assert_eq!(feed.next_event().unwrap().unwrap().text(), "one");
    drop(feed);
    let mut feed = decoder.feed(b"ree\n\n");
    assert_eq!(feed.next_event().unwrap().unwrap().text(), "two");
    assert_eq!(feed.next_event().unwrap().unwrap().text(), "three");
    assert!(feed.next_event().unwrap().is_none());
}

#[test]
fn debug_shows_no_text() {
    let mut decoder = SseDecoder::new(100);
    decoder.push(Bytes::from_static(b"data: canary\n\n"));
    assert!(!format!("{decoder:?}").contains("canary"));
    assert!(!format!("{:?}", decoder.next_event().unwrap()).contains("canary"));
}

/// The standard's algorithm word by word, over the whole stream as text.
fn reference(bytes: &[u8]) -> (Vec<Plain>, Option<u64>, String) {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.pop(); // what follows the last line end is not a line
    let (mut events, mut retry) = (Vec::new(), None);
    let (mut data, mut name, mut id, mut last) =
        (String::new(), String::new(), String::new(), String::new());
    for line in lines {
        if line.is_empty() {
            last.clone_from(&id);
            if !data.is_empty() {
                data.pop();
                let name = if name.is_empty() {
                    "message".to_owned()
                } else {
                    name.clone()
                };
                events.push((name, data.clone(), last.clone()));
            }
            data.clear();
            name.clear();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut name),
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut id),
            "retry" if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) => {
                retry = value.parse().ok().or(retry);
            }
            _ => {}
        }
    }
    (events, retry, last)
}

fn any_stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(b"data: ".to_vec()),
        2 => Just(b"data".to_vec()),
        1 => Just(b"event: ".to_vec()),
        2 => Just(b"event: a\ndata: ".to_vec()),
        1 => Just(b"event: b\r\ndata: ".to_vec()),
        1 => Just(b"\r\n\r\n".to_vec()),
        1 => Just(b"id: ".to_vec()),
        1 => Just(b"retry: 12".to_vec()),
        1 => Just(b": c".to_vec()),
        1 => Just(b"\xef\xbb\xbf".to_vec()),
        3 => Just(b"\n".to_vec()),
        3 => Just(b"\r\n".to_vec()),
        3 => Just(b"\r".to_vec()),
        2 => Just(b"\n\n".to_vec()),
        2 => "[a-z:é😀 ]{0,5}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn equals_the_standard_read_word_by_word(stream in any_stream()) {
        let (expected, retry, last) = reference(&stream);
        let (seen, error, seen_retry, seen_last) = decode(&[&stream], 1 << 20);
        prop_assert_eq!((seen, error, seen_retry, seen_last), (expected, None, retry, last));
    }

    #[test]
    fn fed_and_pushed_reads_give_the_same(stream in any_stream(), size in 1..20_usize) {
        let mut decoder = SseDecoder::new(1 << 20);
        let mut events = Vec::new();
        for read in stream.chunks(size) {
            let mut feed = decoder.feed(read);
            while let Some(event) = feed.next_event().unwrap() {
                events.push((event.name().to_owned(), event.text().into_owned(), event.id().to_owned()));
            }
        }
        prop_assert_eq!(events, decode(&[&stream], 1 << 20).0);
    }

    #[test]
    fn every_cut_gives_the_same(stream in any_stream(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6), limit in 4..64_usize) {
        let whole = decode(&[&stream], limit);
        let single: Vec<&[u8]> = stream.chunks(1).collect();
        prop_assert_eq!(&decode(&single, limit), &whole);
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        at.sort_unstable();
        let mut reads = Vec::new();
        let mut from = 0;
        for to in at.into_iter().chain([stream.len()]) {
            reads.push(&stream[from..to]);
            from = to;
        }
        prop_assert_eq!(&decode(&reads, limit), &whole);
    }
}
