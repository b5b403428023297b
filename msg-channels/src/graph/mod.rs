//! What the channels of Meta have in common: the [Graph API](https://developers.facebook.com/docs/graph-api) and its webhooks.
//!
//! WhatsApp, Messenger and Instagram are three APIs over one core, which stands here once:
//!
//! | piece | what it has |
//! |---|---|
//! | [`Api`] | the versioned base URL, the bearer token, `appsecret_proof` |
//! | [`Hook`] | `X-Hub-Signature-256` with several app secrets, and the `hub.challenge` handshake |
//! | [`Envelope`], [`Fields`] | `{"object", "entry": [...]}`, item by item, so that a bad one does not lose the others |
//! | [`GraphError`] | `{"error": {"code", "error_subcode", ...}}` and the table of a channel |
//! | [`usage_wait`] | how long a business has to wait, from the usage headers |
//!
//! All of it is pure: no I/O, no clock.

mod api;
mod envelope;
mod fault;
mod hook;
#[cfg(any(feature = "instagram", feature = "messenger"))]
pub(crate) mod inbox;
mod usage;

pub use api::{Api, CLOUD, VERSION};
pub use envelope::{Envelope, Fields, Item, Place};
pub use fault::{Code, GraphError, failure_of, outcome_of};
pub use hook::{Hook, MAX_CHALLENGE, SIGNATURE_HEADER};
pub use usage::usage_wait;
