//! The hash chain of a trace: each record names the digest of the one before it.

use crate::digest::Digest;
use crate::error::{Error, ErrorKind, JsonFault};
use crate::id::TraceId;
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::fmt::Write as _;

/// The version of a record's form.
pub const RECORD: u16 = 1;

/// Room for what a line has besides its event.
const ENVELOPE: usize = 220;

/// The end of a trace: what the next record links to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the last record.
    pub seq: u64,
    /// Its digest.
    pub digest: Digest,
}

/// One record of a trace as it is stored.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct TraceRecord {
    /// The trace.
    pub trace: TraceId,
    /// The number of the record, from 0.
    pub seq: u64,
    /// SHA-256 of the line.
    pub digest: Digest,
    /// Canonical JSON: `at`, `event`, `prev`, `seq`, `trace`, `v`.
    pub line: Bytes,
}

/// What the line of a record says.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Line<E> {
    /// When it was recorded.
    pub at: Timestamp,
    /// The event.
    pub event: E,
    /// The digest of the record before; none for the first.
    pub prev: Option<Digest>,
    /// The number of the record.
    pub seq: u64,
    /// The trace.
    pub trace: TraceId,
    /// The version of the record's form.
    pub v: u16,
}

/// Links events to a trace, one after the other. A store uses it when it appends.
#[derive(Clone, Debug)]
pub struct Chain {
    trace: TraceId,
    head: Option<Head>,
    /// What every line of one step begins and ends with.
    begin: String,
    end: String,
}

impl Chain {
    /// Goes on with `trace` after `head`, none for a new trace, at one point in time.
    #[must_use]
    pub fn new(trace: TraceId, head: Option<Head>, at: Timestamp) -> Self {
        // Keys in canonical order; neither a time nor an id nor a digest needs escaping.
        let (mut begin, mut end) = (String::with_capacity(ENVELOPE), String::with_capacity(80));
        let _ = write!(begin, r#"{{"at":"{at}","event":"#);
        let _ = write!(end, r#","trace":"{trace}","v":{RECORD}}}"#);
        Self {
            trace,
            head,
            begin,
            end,
        }
    }

    /// The record of `event`, canonical JSON, which the next one links to.
    pub fn link(&mut self, event: &[u8]) -> TraceRecord {
        let seq = self.head.map_or(0, |head| head.seq + 1);
        let mut line = String::with_capacity(event.len() + ENVELOPE);
        line.push_str(&self.begin);
        match std::str::from_utf8(event) {
            Ok(event) => line.push_str(event),
            Err(_) => line.push_str(&String::from_utf8_lossy(event)),
        }
        match self.head {
            Some(head) => {
                line.push_str(r#","prev":""#);
                head.digest.push_to(&mut line);
                line.push('"');
            }
            None => line.push_str(r#","prev":null"#),
        }
        let _ = write!(line, r#","seq":{seq}"#);
        line.push_str(&self.end);
        let line = Bytes::from(line);
        let digest = Digest::of(&line);
        self.head = Some(Head { seq, digest });
        TraceRecord {
            trace: self.trace,
            seq,
            digest,
            line,
        }
    }
}

impl TraceRecord {
    /// What the line says.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when the line is not a record.
    pub fn read<'a, E: Deserialize<'a>>(&'a self) -> Result<Line<E>, Error> {
        serde_json::from_slice(&self.line).map_err(|error| {
            corrupt(self, "the line is not a trace record").with_source(JsonFault::from(&error))
        })
    }
}

/// Checks that records are one unbroken chain of one trace, from its first record on.
///
/// A chain that was cut at its end is a chain still, and whoever can write all of it can write another one: keep the
/// last digest somewhere else to see that.
///
/// # Errors
/// [`ErrorKind::Corrupt`] names the first record that does not fit.
pub fn verify(records: &[TraceRecord]) -> Result<(), Error> {
    let mut head: Option<Head> = None;
    let first = records.first().map(|record| record.trace);
    for record in records {
        if Digest::of(&record.line) != record.digest {
            return Err(corrupt(record, "the line does not have its digest"));
        }
        let line: Line<&RawValue> = record.read()?;
        let expected = head.map_or(0, |head| head.seq + 1);
        let same = line.trace == record.trace && Some(line.trace) == first;
        if (line.seq, record.seq) != (expected, expected) || !same {
            return Err(corrupt(record, "a record is missing or out of place"));
        }
        if line.prev != head.map(|head| head.digest) {
            return Err(corrupt(
                record,
                "the record does not link to the one before it",
            ));
        }
        head = Some(Head {
            seq: record.seq,
            digest: record.digest,
        });
    }
    Ok(())
}

fn corrupt(record: &TraceRecord, message: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, message)
        .with_context("trace", record.trace.to_string())
        .with_context("record", record.seq.to_string())
}

crate::open::veiled! {
    TraceRecord { trace, seq, digest };
}
