//! Reasons that stores write by themselves, so that every engine writes the same ones.

use crate::channel::{Advice, Failure, FailureClass, FailureScope};
use crate::message::{DeliveryState, Stop};

/// The note of a part that was cancelled because its person refused it.
pub const CONSENT_WITHDRAWN: &str = "consent_withdrawn";

/// The note of a part whose lease ended without a settlement.
pub const LEASE_ENDED: &str = "lease_ended";

/// The failure of a part whose time was over when it was to be claimed.
#[must_use]
pub fn expired() -> Failure {
    Failure::new(FailureClass::Expired, FailureScope::Part, Advice::Stop)
        .with_detail("its time was over before it was claimed")
}

/// The failure of a part whose attempts ended without a settlement too often: see [`POISON`](super::POISON).
#[must_use]
pub fn poisoned() -> Failure {
    Failure::new(
        FailureClass::Unknown,
        FailureScope::Part,
        Advice::ReviewByHuman,
    )
    .with_detail("too many attempts ended without a settlement")
}

/// What a part that died of `failure` joins to its delivery state.
#[must_use]
pub fn stopped_by(failure: &Failure) -> DeliveryState {
    DeliveryState::stopped(match failure.class {
        FailureClass::Expired => Stop::Expired,
        _ => Stop::Failed,
    })
}
