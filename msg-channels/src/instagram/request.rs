//! From a part to a request: the Send API as Messenger has it, without templates that are approved before.

use crate::graph::inbox::{Inbox, request};
use crate::wire::call::{Encoded, unsupported};
use bytes::Bytes;
use msg_core::message::Part;

/// The request that sends a part.
pub(super) fn encode(inbox: &Inbox, part: &Part) -> Encoded<http::Request<Bytes>> {
    request::encode(inbox, part, || {
        Err(unsupported("instagram has no approved templates"))
    })
}
