//! Puts an engine together.

use super::gate::Gates;
use super::stop::{StopCheck, StopSwitch};
use super::unchecked::WithoutChecks;
use super::{AddressBook, Engine, Inner, Library, ReachListener, Responder};
use crate::channel::ChannelAdapter;
use crate::consent::KeywordMatcher;
use crate::error::{Error, ErrorKind};
use crate::id::IdSource;
use crate::llm::LlmProvider;
use crate::message::Purpose;
use crate::policy::{Detector, FactSource, PolicyCheck, PolicySet};
use crate::store::Store;
use crate::time::Clock;
use std::sync::Arc;
use std::time::Duration;

/// What is done about a send whose outcome nobody can find out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AmbiguousRule {
    /// A person looks into it.
    #[default]
    Review,
    /// It is sent again, at the risk of a second message: for what is worse missed than doubled.
    Resend,
}

/// Numbers of the engine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// How long a claim holds. Must be more than twice the slowest provider's time-out (durable queues that were
    /// shorter delivered twice).
    pub lease: Duration,
    /// After how many counted attempts a part is given up.
    pub max_attempts: u32,
    /// The first delay of a retry; it triples up to [`Settings::max_delay`], with 20 % of jitter either way.
    pub first_delay: Duration,
    /// The longest delay of a retry.
    pub max_delay: Duration,
    /// The longest that a provider's own wait (`Retry-After`) is believed. A day by default: no rate limit of the channels
    /// counts over more, the hour of Teams is the longest that its documents give and the day of WhatsApp's messaging tiers
    /// the longest that is known. Without a bound one absurd value would close an account until the next restart.
    pub max_retry_after: Duration,
    /// How many turns of a conversation a model sees.
    pub turns: usize,
    /// How long an inbound event may be worked on before somebody else may try.
    pub inbound_lease: Duration,
    /// Which purposes are sent again when nobody can find out what became of them.
    pub resend_ambiguous: Vec<Purpose>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: Duration::from_mins(3),
            max_attempts: 12,
            first_delay: Duration::from_secs(1),
            max_delay: Duration::from_mins(15),
            max_retry_after: Duration::from_hours(24),
            turns: 20,
            inbound_lease: Duration::from_mins(2),
            resend_ambiguous: Vec::new(),
        }
    }
}

impl Settings {
    pub(super) fn rule(&self, purpose: &Purpose) -> AmbiguousRule {
        if self.resend_ambiguous.contains(purpose) {
            AmbiguousRule::Resend
        } else {
            AmbiguousRule::Review
        }
    }
}

/// Puts an engine together. See [`Engine::builder`].
#[derive(Debug)]
pub struct EngineBuilder {
    inner: Inner,
    checks: Vec<Arc<dyn PolicyCheck>>,
    unchecked: Option<String>,
}

impl EngineBuilder {
    pub(super) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        let stop = StopSwitch::default();
        let inner = Inner {
            store,
            clock,
            ids,
            policies: PolicySet::empty(),
            adapters: Vec::new(),
            library: None,
            provider: None,
            detector: None,
            facts: Vec::new(),
            keywords: None,
            responder: None,
            address_book: None,
            reach_listener: None,
            stop,
            gates: Gates::default(),
            settings: Settings::default(),
        };
        Self {
            inner,
            checks: Vec::new(),
            unchecked: None,
        }
    }

    /// Adds a policy check.
    #[must_use]
    pub fn check(mut self, check: impl PolicyCheck) -> Self {
        self.checks.push(Arc::new(check));
        self
    }

    /// Adds policy checks.
    #[must_use]
    pub fn checks(mut self, checks: impl IntoIterator<Item = Arc<dyn PolicyCheck>>) -> Self {
        self.checks.extend(checks);
        self
    }

    /// Builds the engine without any policy check but its own stop switch, on purpose: nobody looks at what is said or
    /// whether the person wants it. The reason stands in every trace, as the verdict of a check `without_checks`. With
    /// checks it changes nothing.
    #[must_use]
    pub fn without_checks(mut self, reason: impl Into<String>) -> Self {
        self.unchecked = Some(reason.into());
        self
    }

    /// Adds an adapter. Of several for one channel the first one is used.
    #[must_use]
    pub fn adapter(mut self, adapter: Arc<dyn ChannelAdapter>) -> Self {
        self.inner.adapters.push(adapter);
        self
    }

    /// Sets the templates and prompts.
    #[must_use]
    pub fn library(mut self, library: Arc<dyn Library>) -> Self {
        self.inner.library = Some(library);
        self
    }

    /// Sets the model.
    #[must_use]
    pub fn provider(mut self, provider: Arc<dyn LlmProvider>) -> Self {
        self.inner.provider = Some(provider);
        self
    }

    /// Sets what finds personal data. Without it nothing is masked, and no model is asked.
    #[must_use]
    pub fn detector(mut self, detector: Arc<dyn Detector>) -> Self {
        self.inner.detector = Some(detector);
        self
    }

    /// Adds a source of custom facts.
    #[must_use]
    pub fn fact_source(mut self, source: Arc<dyn FactSource>) -> Self {
        self.inner.facts.push(source);
        self
    }

    /// Sets what recognises STOP, START and HELP.
    #[must_use]
    pub fn keywords(mut self, keywords: Arc<dyn KeywordMatcher>) -> Self {
        self.inner.keywords = Some(keywords);
        self
    }

    /// Sets what answers inbound messages.
    #[must_use]
    pub fn responder(mut self, responder: Arc<dyn Responder>) -> Self {
        self.inner.responder = Some(responder);
        self
    }

    /// Sets who hears that a conversation goes on at another address.
    #[must_use]
    pub fn address_book(mut self, book: Arc<dyn AddressBook>) -> Self {
        self.inner.address_book = Some(book);
        self
    }

    /// Sets who hears that a message reached its person on two channels.
    #[must_use]
    pub fn reach_listener(mut self, listener: Arc<dyn ReachListener>) -> Self {
        self.inner.reach_listener = Some(listener);
        self
    }

    /// Sets the numbers.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.inner.settings = settings;
        self
    }

    /// The engine.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] when two checks have the same id; [`ErrorKind::Invalid`] when a model is set and
    /// nothing finds personal data: that would show it to the model; or when there is no check and
    /// [`EngineBuilder::without_checks`] does not say why.
    pub fn build(mut self) -> Result<Engine, Error> {
        if self.inner.provider.is_some() && self.inner.detector.is_none() {
            return Err(Error::new(
                ErrorKind::Invalid,
                "a model needs a detector of personal data before it",
            ));
        }
        if self.checks.is_empty() {
            let reason = self.unchecked.ok_or_else(|| {
                Error::invalid("an engine needs a policy check, or a reason for having none")
            })?;
            self.checks.push(Arc::new(WithoutChecks::new(reason)));
        }
        let own: Arc<dyn PolicyCheck> = Arc::new(StopCheck::new());
        self.inner.policies = PolicySet::new(std::iter::once(own).chain(self.checks))?;
        Ok(Engine(Arc::new(self.inner)))
    }
}
