//! Channels: the traits of adapters and wires, what a send can end in, and what comes in.

mod adapter;
mod clearance;
mod http_adapter;
mod inbound;
mod look_up;
mod media;
mod outcome;
mod token;
mod webhook;
mod wire;

pub use adapter::{ChannelAdapter, Reconciler};
pub use clearance::{Clearance, Cleared};
pub use http_adapter::HttpAdapter;
pub use inbound::{
    AnswerReceived, ChannelNotice, ConsentSignal, DeletedMessage, EditedMessage, Inbound,
    InboundEvent, InboundMessage, MessageRef, NoticeKind, ReactionReceived, ReadSeen, Report,
    StatusEvent, TypingSeen, Unsupported,
};
pub use look_up::LookUpWire;
pub use media::{Located, MediaFetch, MediaWire};
pub use outcome::{
    Advice, Ambiguous, Failure, FailureClass, FailureScope, ProviderCode, Receipt, RetryAfter,
    SendOutcome,
};
pub use token::{Token, TokenWire};
pub use webhook::{
    Authenticity, HttpReply, MAX_WEBHOOK, Rejection, Verification, Verified, WebhookRequest,
    WebhookWire, WebhookWireExt,
};
pub use wire::ChannelWire;
