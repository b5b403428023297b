//! The hash chain of a trace: each record names the digest of the one before it.

use crate::digest::Digest;
use crate::error::{Error, ErrorKind};
use crate::id::TraceId;
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::fmt::Write as _;

/// The version of a record's form.
pub const RECORD: u16 = 1;

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

/// The record of `event` (canonical JSON) after `head`. A store calls it when it appends.
#[must_use]
pub fn link(trace: TraceId, head: Option<Head>, at: Timestamp, event: &[u8]) -> TraceRecord {
    let seq = head.map_or(0, |head| head.seq + 1);
    let mut line = String::with_capacity(event.len() + 220);
    // Keys in canonical order; neither a time nor an id nor a digest needs escaping.
    let _ = write!(line, r#"{{"at":"{at}","event":"#);
    line.push_str(&String::from_utf8_lossy(event));
    let _ = match head {
        Some(head) => write!(line, r#","prev":"{}""#, head.digest),
        None => write!(line, r#","prev":null"#),
    };
    let _ = write!(line, r#","seq":{seq},"trace":"{trace}","v":{RECORD}}}"#);
    let line = Bytes::from(line);
    TraceRecord {
        trace,
        seq,
        digest: Digest::of(&line),
        line,
    }
}

impl TraceRecord {
    /// What the line says.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] when the line is not a record.
    pub fn read<'a, E: Deserialize<'a>>(&'a self) -> Result<Line<E>, Error> {
        serde_json::from_slice(&self.line)
            .map_err(|error| corrupt(self, "the line is not a trace record").with_source(error))
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
