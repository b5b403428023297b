//! Collects the events of a step as canonical JSON.

use crate::digest::Digest;
use crate::error::{Error, ErrorKind};
use crate::id::{TenantId, TraceId};
use crate::message::Draft;
use crate::store::{Op, TraceAppend};
use crate::time::Timestamp;
use crate::trace::canonical;
use bytes::Bytes;
use serde::Serialize;

/// Room for the events of a usual step of dispatch, so that they are written without growing.
const USUAL: usize = 1024;

/// The events of one step, in order, in one buffer.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder {
    lines: Vec<u8>,
    /// Where each event ends.
    ends: Vec<usize>,
}

impl Recorder {
    /// Whether nothing was added.
    pub(super) const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds an event under its tag. Takes borrowed forms too, so that a large draft is never cloned to be recorded.
    pub(super) fn add<T: Serialize + ?Sized>(
        &mut self,
        tag: &'static str,
        event: &T,
    ) -> Result<(), Error> {
        self.line(USUAL, |line| {
            line.extend_from_slice(b"{\"");
            line.extend_from_slice(tag.as_bytes());
            line.extend_from_slice(b"\":");
            canonical::write_into(line, event)?;
            line.push(b'}');
            Ok(())
        })
    }

    /// Adds the draft as it came, written once, and names it by its digest.
    pub(super) fn add_draft(&mut self, draft: &Draft, policies: &Digest) -> Result<Digest, Error> {
        // Four more events follow, and what the draft says may be long.
        self.line(3 * USUAL, |line| {
            line.extend_from_slice(br#"{"submitted":{"draft":"#);
            let start = line.len();
            canonical::write_into(line, draft)?;
            let digest = Digest::of(line.get(start..).unwrap_or_default());
            line.extend_from_slice(br#","policies":"#);
            canonical::write_into(line, policies)?;
            line.extend_from_slice(b"}}");
            Ok(digest)
        })
    }

    /// Adds what `write` appends. The first line makes `room`.
    fn line<T>(
        &mut self,
        room: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Result<T, canonical::CanonicalError>,
    ) -> Result<T, Error> {
        if self.ends.is_empty() {
            self.lines.reserve(room);
        }
        let start = self.lines.len();
        let written = write(&mut self.lines);
        if written.is_err() {
            self.lines.truncate(start);
        } else {
            self.ends.push(self.lines.len());
        }
        written.map_err(unwritable)
    }

    /// The operation that appends the events.
    pub(super) fn into_op(self, tenant: TenantId, trace: TraceId, at: Timestamp) -> Op {
        let lines = Bytes::from(self.lines);
        let mut start = 0;
        let events = self.ends.into_iter().map(|end| {
            let event = lines.slice(start..end);
            start = end;
            event
        });
        Op::Trace(TraceAppend::new(tenant, trace, at, events.collect()))
    }
}

/// Only a number that JSON cannot express cannot be written.
pub(super) fn unwritable(error: canonical::CanonicalError) -> Error {
    Error::new(ErrorKind::Invalid, "a value cannot be written as JSON").with_source(error)
}
