//! The look-up that settles sends whose outcome is unknown, for wires.

use super::{Failure, SendOutcome};
use crate::message::Part;
use bytes::Bytes;
use std::fmt;

/// Asks a provider what became of a part. Pure; [`HttpAdapter`](super::HttpAdapter) makes a
/// [`Reconciler`](super::Reconciler) of it.
pub trait LookUpWire: fmt::Debug + Send + Sync {
    /// The request that asks. It must not send anything.
    ///
    /// # Errors
    /// A [`Failure`] when the part cannot be asked about; its outcome then stays unknown.
    fn ask(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>>;

    /// What the answer means, as [`Reconciler::look_up`](super::Reconciler::look_up) says it.
    fn found(&self, part: &Part, response: &http::Response<Bytes>) -> SendOutcome;
}

const fn _dyn_compatible(_: &dyn LookUpWire) {}
