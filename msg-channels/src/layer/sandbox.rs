//! Does as if: carries what another adapter carries, and sends nothing.

mod limits;

use super::Layer;
use super::memo::Memo;
use async_trait::async_trait;
use msg_core::Timestamp;
use msg_core::capability::Capabilities;
use msg_core::channel::{
    Advice, Ambiguous, ChannelAdapter, Cleared, Failure, FailureClass, FailureScope, Inbound,
    InboundEvent, MediaFetch, Receipt, Reconciler, SendOutcome, StatusEvent, WebhookWire,
};
use msg_core::id::{AccountId, PartId};
use msg_core::message::{Address, ChannelKind, DeliveryState, Part, Progress};
use msg_core::time::Clock;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A part that was not sent.
#[derive(Clone)]
#[non_exhaustive]
pub struct Withheld {
    /// When it would have left.
    pub at: Timestamp,
    /// The adapter that it would have left through.
    pub scheme: Arc<str>,
    /// The part.
    pub part: Part,
    /// What was answered.
    pub outcome: SendOutcome,
}

impl fmt::Debug for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Withheld")
            .field("at", &self.at)
            .field("scheme", &self.scheme)
            .field("part", &self.part.id)
            .finish_non_exhaustive()
    }
}

impl Withheld {
    /// The status that a provider would report of it now: none for a part that was not accepted.
    #[must_use]
    pub fn status(&self, state: DeliveryState, now: Timestamp) -> Option<InboundEvent> {
        let id = self.outcome.provider_id()?;
        let status = StatusEvent::new(Receipt::new(id), state);
        let dedupe = format!("{}/{id}/{state:?}", self.scheme);
        let kind = Inbound::Status(status);
        Some(InboundEvent::new(&*self.scheme, dedupe, now, kind))
    }
}

type Rule = Box<dyn Fn(&Part) -> Option<SendOutcome> + Send + Sync>;

/// How many parts are kept to be looked at, unless that is set.
const KEPT: usize = 1024;

/// How many parts are known again when they are sent a second time.
const KNOWN: usize = 1 << 16;

/// Stands in front of an adapter, carries what it carries, and sends nothing: for rehearsals of a campaign, for a test tenant,
/// for demonstrations.
///
/// The wrapped adapter is never sent to and never asked anything that would reach its provider; its scheme, channel,
/// capabilities and webhook wire are shown, and it answers what it knows of recipients from memory. What its capabilities
/// exclude, and what is longer than they allow, is refused as a provider would. The rest is accepted with an id that follows
/// from the part, is known again when it is sent again, and is kept to be looked at, the latest [`Sandbox::with_kept`]
/// parts. Any other outcome can be simulated.
///
/// ```
/// use msg_channels::layer::{Layer as _, Sandbox};
/// use msg_core::channel::{Clearance, FailureClass, FailureScope, Advice, Failure, SendOutcome};
/// # use msg_core::id::{MessageId, PartId, TenantId};
/// # use msg_core::message::part::{Styled, TextPart};
/// # use msg_core::message::{Address, ChannelKind, Part, Purpose};
/// use msg_core::testkit::{ManualClock, ScriptedAdapter, block_on};
/// use std::sync::Arc;
///
/// let sandbox = Sandbox::new(Arc::new(ManualClock::default()));
/// let real = Arc::new(ScriptedAdapter::new(ChannelKind::InApp));
/// let chat = sandbox.layer(Arc::clone(&real) as _);
/// # let now = msg_core::Timestamp::UNIX_EPOCH;
/// # let message = MessageId::from_uuid(msg_core::id::time_ordered(now, &[0; 16]));
/// # let part = || Clearance::unchecked("an example").clear(Part::new(
/// #     PartId::new(message, 0), TenantId::from_static("acme"), Address::in_app("ada").unwrap(),
/// #     Purpose::Service, TextPart::new(Styled::plain("Hello"))));
/// assert!(matches!(block_on(chat.send(&part())), SendOutcome::Accepted(_)));
/// assert!(real.sent().is_empty());
/// assert_eq!(sandbox.withheld().len(), 1);
///
/// sandbox.simulate(|part| {
///     let busy = Failure::new(FailureClass::RateLimited, FailureScope::Account, Advice::RetrySame);
///     (part.purpose == msg_core::message::Purpose::Service).then(|| SendOutcome::Rejected(busy))
/// });
/// assert!(matches!(block_on(chat.send(&part())), SendOutcome::Rejected(_)));
/// ```
#[derive(Clone)]
pub struct Sandbox {
    clock: Arc<dyn Clock>,
    kept: usize,
    state: Arc<Mutex<State>>,
}

struct State {
    withheld: VecDeque<Withheld>,
    rule: Option<Rule>,
    accepted: Memo<(Arc<str>, PartId), ()>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("kept", &self.kept)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// A sandbox that keeps the latest 1,024 parts.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            kept: KEPT,
            state: Arc::new(Mutex::new(State {
                withheld: VecDeque::new(),
                rule: None,
                accepted: Memo::new(KNOWN),
            })),
        }
    }

    /// Sets how many parts are kept.
    #[must_use]
    pub const fn with_kept(mut self, kept: usize) -> Self {
        self.kept = kept;
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers with what `rule` says, where it says something. Limits are looked at before.
    pub fn simulate(&self, rule: impl Fn(&Part) -> Option<SendOutcome> + Send + Sync + 'static) {
        self.state().rule = Some(Box::new(rule));
    }

    /// The outcome of a request that nobody answered, to be simulated.
    #[must_use]
    pub fn unanswered() -> SendOutcome {
        SendOutcome::Ambiguous(Ambiguous::new("simulated: no answer"))
    }

    /// Accepts everything again.
    pub fn simulate_nothing(&self) {
        self.state().rule = None;
    }

    /// What would have been sent, oldest first.
    #[must_use]
    pub fn withheld(&self) -> Vec<Withheld> {
        self.state().withheld.iter().cloned().collect()
    }

    /// Takes what would have been sent, oldest first.
    #[must_use]
    pub fn take_withheld(&self) -> Vec<Withheld> {
        self.state().withheld.drain(..).collect()
    }

    /// The statuses that providers would report of what was accepted: that it was delivered. For
    /// [`Engine::accept`](msg_core::engine::Engine::accept).
    #[must_use]
    pub fn deliveries(&self) -> Vec<InboundEvent> {
        let now = self.clock.now();
        let delivered = DeliveryState::reached(Progress::Delivered);
        let state = self.state();
        let all = state.withheld.iter();
        all.filter_map(|one| one.status(delivered, now)).collect()
    }

    fn answer(&self, scheme: &Arc<str>, capabilities: &Capabilities, part: &Part) -> SendOutcome {
        let mut state = self.state();
        let outcome = limits::refusal(capabilities, &part.body)
            .map(SendOutcome::Rejected)
            .or_else(|| state.rule.as_ref().and_then(|rule| rule(part)))
            .unwrap_or_else(|| {
                let receipt = Receipt::new(format!("sandbox-{}", part.id));
                let key = (Arc::clone(scheme), part.id);
                if state.accepted.get(&key).is_some() {
                    SendOutcome::AlreadyAccepted(receipt)
                } else {
                    state.accepted.put(key, ());
                    SendOutcome::Accepted(receipt)
                }
            });
        while state.withheld.len() >= self.kept.max(1) {
            state.withheld.pop_front();
        }
        if self.kept > 0 {
            state.withheld.push_back(Withheld {
                at: self.clock.now(),
                scheme: Arc::clone(scheme),
                part: part.clone(),
                outcome: outcome.clone(),
            });
        }
        outcome
    }
}

impl Layer for Sandbox {
    fn layer(&self, inner: Arc<dyn ChannelAdapter>) -> Arc<dyn ChannelAdapter> {
        Arc::new(Sandboxed {
            scheme: inner.scheme().into(),
            inner,
            sandbox: self.clone(),
        })
    }
}

#[derive(Debug)]
struct Sandboxed {
    inner: Arc<dyn ChannelAdapter>,
    scheme: Arc<str>,
    sandbox: Sandbox,
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl ChannelAdapter for Sandboxed {
    fn scheme(&self) -> &str {
        &self.scheme
    }

    fn channel(&self) -> &ChannelKind {
        self.inner.channel()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    fn capabilities_for(&self, to: &Address, from: Option<&AccountId>) -> Option<Capabilities> {
        self.inner.capabilities_for(to, from)
    }

    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        if part.to.channel() != self.inner.channel() {
            let failure = Failure::new(
                FailureClass::InvalidRecipient,
                FailureScope::Recipient,
                Advice::FixConfig,
            );
            return SendOutcome::Rejected(failure.with_detail("an address of another channel"));
        }
        let capabilities = self.inner.capabilities();
        self.sandbox.answer(&self.scheme, capabilities, part)
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        self.inner.webhook()
    }

    /// The sandbox knows by itself what it accepted: the provider is not asked.
    fn reconciler(&self) -> Option<&dyn Reconciler> {
        Some(self)
    }

    /// None: the provider is not asked.
    fn media(&self) -> Option<&dyn MediaFetch> {
        None
    }

    fn behind(&self, scheme: &str) -> Option<&dyn ChannelAdapter> {
        // A webhook of a provider behind it may be read; the engine sends to no adapter that it finds so.
        self.inner.behind(scheme)
    }
}

#[async_trait]
impl Reconciler for Sandboxed {
    /// What was accepted here was accepted; anything else surely was not sent. A simulated unknown outcome is found out so.
    async fn look_up(&self, part: &Part) -> SendOutcome {
        let key = (Arc::clone(&self.scheme), part.id);
        if self.sandbox.state().accepted.get(&key).is_some() {
            return SendOutcome::Accepted(Receipt::new(format!("sandbox-{}", part.id)));
        }
        let failure = Failure::new(
            FailureClass::Transient,
            FailureScope::Part,
            Advice::RetrySame,
        );
        SendOutcome::Rejected(failure.with_detail("the sandbox did not accept it"))
    }
}
