//! The server-sent event decoder against eventsource-stream, in reads of 16 KiB and of one event each.

use crate::row::Row;
use bytes::Bytes;
use eventsource_stream::Eventsource;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use msg_llm::sse::SseDecoder;
use std::convert::Infallible;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Events in the stream, of about 300 bytes each: what a chat completion chunk measures.
const EVENTS: usize = 2000;
/// Rounds of each contestant, in turns; the median counts.
const ROUNDS: usize = 15;
/// How long one contestant runs in one round.
const SLICE: Duration = Duration::from_millis(60);

/// Measures both ways of reading. Ratios are in throughput, medians in MB/s.
///
/// # Panics
/// Never for the streams built here: both decoders must find every event, and that is checked first.
#[must_use]
pub(crate) fn run() -> Vec<Row> {
    let events: Vec<Bytes> = (0..EVENTS).map(event).collect();
    let whole: Vec<u8> = events.concat();
    let large: Vec<Bytes> = whole
        .chunks(16 * 1024)
        .map(Bytes::copy_from_slice)
        .collect();
    vec![
        compare("sse, reads of 16 KiB, against eventsource-stream", &large),
        compare("sse, one event a read, against eventsource-stream", &events),
    ]
}

fn event(number: usize) -> Bytes {
    Bytes::from(chunk(&format!(" word{number:04}"), "null"))
}

/// A piece of a chat completion as an event. `finish` is JSON.
pub(crate) fn chunk(text: &str, finish: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-BENCH0123456789abcdefghijkl\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,\
         \"model\":\"gpt-4o-mini-2024-07-18\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_0123456789\",\
         \"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"logprobs\":null,\"finish_reason\":{finish}}}]}}\n\n"
    )
}

fn compare(name: &str, reads: &[Bytes]) -> Row {
    let bytes: usize = reads.iter().map(Bytes::len).sum();
    assert_eq!(
        (ours(reads), theirs(reads)),
        (EVENTS, EVENTS),
        "a decoder lost events"
    );
    let mut medians = ([0.0; ROUNDS], [0.0; ROUNDS]);
    for (ours_rate, theirs_rate) in medians.0.iter_mut().zip(&mut medians.1) {
        *ours_rate = rate(bytes, || ours(reads));
        *theirs_rate = rate(bytes, || theirs(reads));
    }
    let mut ratios: Vec<f64> = medians
        .0
        .iter()
        .zip(&medians.1)
        .map(|(ours, theirs)| ours / theirs)
        .collect();
    Row {
        name: name.to_owned(),
        ratio: median(&mut ratios),
        ours: median(&mut medians.0),
        theirs: median(&mut medians.1),
        unit: "MB/s",
    }
}

/// Megabytes a second that `decode` takes in.
#[expect(clippy::cast_precision_loss, reason = "a measurement, not a count")]
fn rate(bytes: usize, decode: impl Fn() -> usize) -> f64 {
    black_box(decode());
    let start = Instant::now();
    let mut passes = 0_usize;
    while start.elapsed() < SLICE {
        black_box(decode());
        passes += 1;
    }
    (bytes * passes) as f64 / 1e6 / start.elapsed().as_secs_f64()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn ours(reads: &[Bytes]) -> usize {
    let mut decoder = SseDecoder::new(1 << 20);
    let mut seen = 0;
    for read in reads {
        let mut feed = decoder.feed(read);
        while let Ok(Some(event)) = feed.next_event() {
            // Both are held to checked text: the other one decodes UTF-8 as it reads.
            black_box(event.text());
            seen += 1;
        }
    }
    seen
}

fn theirs(reads: &[Bytes]) -> usize {
    let source = stream::iter(reads.iter().map(Ok::<_, Infallible>));
    let events = source
        .eventsource()
        .filter_map(|event| std::future::ready(event.ok()));
    let counted = events.fold(0, |seen, event| {
        black_box(event.data);
        std::future::ready(seen + 1)
    });
    counted.now_or_never().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_decoders_find_every_event() {
        let events: Vec<Bytes> = (0..EVENTS).map(event).collect();
        assert_eq!((ours(&events), theirs(&events)), (EVENTS, EVENTS));
    }
}
