//! Layers: an adapter in, an adapter out.
//!
//! | layer | what it does | what it does not |
//! |---|---|---|
//! | [`Retry`] | sends again at once what surely was not taken | never what may have left; no long wait |
//! | [`Throttle`] | keeps to a rate for account, sender and recipient, and learns from `Retry-After` | no queue, no wait: what cannot go now is given back |
//! | [`Failover`] | stands for several providers of one channel | never goes on after an unknown outcome |
//! | [`Breaker`] | leaves a provider alone that fails, and tries it again | never gives a message up |
//! | [`KillSwitch`] | stops what a person names, at once | loses nothing: it waits in the outbox |
//! | [`Sandbox`] | does as if, and tells what would have been sent | sends nothing, asks nobody |
//!
//! What waits, waits in the engine's outbox, where it survives a crash: a layer answers at once, with
//! [`RateLimited`](FailureClass::RateLimited) or [`HeldBack`](FailureClass::HeldBack) and the time to try again. Neither
//! counts as an attempt. The one exception is [`Retry`], whose pauses are short and bounded.
//!
//! A layer's value is its handle: keep a clone, and change or read it while messages go through. Time, pauses and chance are
//! injected, so that a day goes by in a test. Going from one channel to another is no layer but the engine's work:
//! [`ChannelFallback`](msg_core::message::ChannelFallback).
//!
//! ```
//! use msg_channels::layer::{Breaker, KillSwitch, Layer as _, Limits, Rate, Throttle};
//! use msg_core::channel::ChannelAdapter;
//! use msg_core::message::ChannelKind;
//! use msg_core::testkit::{ManualClock, ScriptedAdapter};
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! let clock = Arc::new(ManualClock::default());
//! let switch = KillSwitch::new();
//! let limits = Limits::none().for_recipient(Rate::new(1, Duration::from_secs(1)));
//!
//! // Outermost last: a message meets the switch first.
//! let sms: Arc<dyn ChannelAdapter> = Arc::new(ScriptedAdapter::new(ChannelKind::Sms));
//! let sms = Breaker::new(Arc::clone(&clock) as _).layer(sms);
//! let sms = Throttle::new(limits, clock).layer(sms);
//! let sms = switch.layer(sms);
//! assert_eq!(sms.scheme(), "sms");
//! ```

mod breaker;
mod failover;
mod kill_switch;
mod memo;
mod retry;
mod sandbox;
mod throttle;

pub use breaker::{Breaker, BreakerSettings, BreakerState};
pub use failover::Failover;
pub use kill_switch::{KillSwitch, Stopped};
pub use retry::{Retry, RetrySettings};
pub use sandbox::{Sandbox, Withheld};
pub use throttle::{Limits, Rate, Throttle};

use msg_core::channel::{
    Advice, ChannelAdapter, Failure, FailureClass, FailureScope, RetryAfter, SendOutcome,
};
use std::sync::Arc;
use std::time::Duration;

/// Wraps an adapter. The state lives in the layer: a clone of it is a handle to every adapter that it wrapped.
pub trait Layer {
    /// The adapter with this layer around it.
    fn layer(&self, inner: Arc<dyn ChannelAdapter>) -> Arc<dyn ChannelAdapter>;
}

const fn _dyn_compatible(_: &dyn Layer) {}

/// What a layer answers instead of sending: nothing was tried, and it is to be tried again after `wait`.
fn not_now(
    class: FailureClass,
    scope: FailureScope,
    wait: Duration,
    detail: impl Into<String>,
) -> SendOutcome {
    let failure = Failure::new(class, scope.clone(), Advice::RetrySame);
    let wait = RetryAfter::new(wait, scope);
    SendOutcome::Rejected(failure.with_retry_after(wait).with_detail(detail))
}

/// The methods of an adapter that a layer gives on as they are.
macro_rules! forward {
    () => {
        fn scheme(&self) -> &str {
            self.inner.scheme()
        }

        fn channel(&self) -> &msg_core::message::ChannelKind {
            self.inner.channel()
        }

        fn capabilities(&self) -> &msg_core::capability::Capabilities {
            self.inner.capabilities()
        }

        fn capabilities_for(
            &self,
            to: &msg_core::message::Address,
            from: Option<&msg_core::id::AccountId>,
        ) -> Option<msg_core::capability::Capabilities> {
            self.inner.capabilities_for(to, from)
        }

        fn webhook(&self) -> Option<&dyn msg_core::channel::WebhookWire> {
            self.inner.webhook()
        }

        fn reconciler(&self) -> Option<&dyn msg_core::channel::Reconciler> {
            self.inner.reconciler()
        }

        fn media(&self) -> Option<&dyn msg_core::channel::MediaFetch> {
            self.inner.media()
        }

        fn behind(&self, scheme: &str) -> Option<&dyn msg_core::channel::ChannelAdapter> {
            self.inner.behind(scheme)
        }
    };
}
use forward;
