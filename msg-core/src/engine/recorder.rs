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

/// The events of one step, in order.
#[derive(Debug, Default)]
pub(super) struct Recorder(Vec<Bytes>);

impl Recorder {
    /// Adds an event under its tag. Takes borrowed forms too, so that a large draft is never cloned to be recorded.
    pub(super) fn add<T: Serialize + ?Sized>(
        &mut self,
        tag: &'static str,
        event: &T,
    ) -> Result<(), Error> {
        let mut line = Vec::with_capacity(256);
        line.extend_from_slice(b"{\"");
        line.extend_from_slice(tag.as_bytes());
        line.extend_from_slice(b"\":");
        canonical::write_into(&mut line, event).map_err(unwritable)?;
        line.push(b'}');
        self.0.push(line.into());
        Ok(())
    }

    /// Adds the draft as it came, written once, and names it by its digest.
    pub(super) fn add_draft(&mut self, draft: &Draft, policies: &Digest) -> Result<Digest, Error> {
        const HEAD: &[u8] = br#"{"submitted":{"draft":"#;
        let mut line = Vec::with_capacity(1024);
        line.extend_from_slice(HEAD);
        canonical::write_into(&mut line, draft).map_err(unwritable)?;
        let digest = Digest::of(line.get(HEAD.len()..).unwrap_or_default());
        line.extend_from_slice(format!(r#","policies":"{policies}"}}}}"#).as_bytes());
        self.0.push(line.into());
        Ok(digest)
    }

    /// The operation that appends the events.
    pub(super) fn into_op(self, tenant: TenantId, trace: TraceId, at: Timestamp) -> Op {
        Op::Trace(TraceAppend::new(tenant, trace, at, self.0))
    }
}

/// Only a number that JSON cannot express cannot be written.
pub(super) fn unwritable(error: canonical::CanonicalError) -> Error {
    Error::new(ErrorKind::Invalid, "a value cannot be written as JSON").with_source(error)
}
