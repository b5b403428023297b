//! Stands for several providers of one channel.

use super::memo::Memo;
use async_trait::async_trait;
use msg_core::capability::Capabilities;
use msg_core::channel::{
    Advice, ChannelAdapter, Cleared, Failure, FailureClass, FailureScope, MediaFetch, Reconciler,
    SendOutcome, WebhookWire,
};
use msg_core::id::{AccountId, PartId};
use msg_core::message::{Address, AddressKey, ChannelKind, Part};
use msg_core::{Error, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many recipients and parts are remembered with their provider.
const REMEMBERED: usize = 1 << 16;

/// Sends through the first of several providers of one channel that takes a part.
///
/// The next one is asked only when an answer proves that the part was not taken and says that another provider may do better:
/// [`Advice::RetryOtherProvider`], or a passing fault, a rate limit, a hold, a quota or a credential of the whole account or
/// provider. After an unknown outcome nobody else is asked. When none takes it, the failure that can be tried again is given
/// back, so that the message waits.
///
/// What is planned for it fits all of them: its capabilities are their meet. A recipient stays with the provider that took the
/// last part, so that a conversation does not change its number. Which one took a part stands in
/// [`Receipt::via`](msg_core::channel::Receipt::via), and so in the trace; webhooks come under the scheme of their own
/// provider and find it through this adapter.
///
/// Put a [`Throttle`](super::Throttle) and a [`Breaker`](super::Breaker) around each provider, so that one that cannot go
/// now is passed over without being asked.
#[derive(Debug)]
pub struct Failover {
    scheme: String,
    providers: Vec<Arc<dyn ChannelAdapter>>,
    capabilities: Capabilities,
    /// Which provider a recipient stays with.
    kept: Mutex<Memo<(Option<AccountId>, AddressKey), usize>>,
    /// Which provider may have sent a part.
    unknown: Mutex<Memo<PartId, usize>>,
    reconciles: bool,
}

impl Failover {
    /// An adapter named `scheme` over these providers, most wanted first.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] without a provider, or when they are of several channels, when two have one scheme or one has
    /// that of the whole, because then nobody could tell whose a receipt is.
    pub fn new(
        scheme: impl Into<String>,
        providers: Vec<Arc<dyn ChannelAdapter>>,
    ) -> Result<Self, Error> {
        let scheme = scheme.into();
        let Some(first) = providers.first() else {
            return Err(Error::invalid("a failover needs at least one provider"));
        };
        let mut names = vec![scheme.as_str()];
        let mut capabilities = first.capabilities().clone();
        for provider in &providers {
            if provider.channel() != first.channel() {
                return Err(Error::invalid(
                    "the providers of a failover share a channel",
                ));
            }
            if names.contains(&provider.scheme()) {
                return Err(Error::new(
                    ErrorKind::Invalid,
                    "every provider of a failover needs a scheme of its own",
                )
                .with_context("scheme", provider.scheme()));
            }
            names.push(provider.scheme());
            capabilities = capabilities.meet(provider.capabilities());
        }
        let reconciles = providers
            .iter()
            .all(|provider| provider.reconciler().is_some());
        Ok(Self {
            scheme,
            capabilities,
            kept: Mutex::new(Memo::new(REMEMBERED)),
            unknown: Mutex::new(Memo::new(REMEMBERED)),
            reconciles,
            providers,
        })
    }

    /// The places of the providers in the order in which a part tries them.
    fn order(&self, part: &Part) -> impl Iterator<Item = usize> + use<> {
        let kept = lock(&self.kept).get(&(part.from.clone(), part.to.key()));
        let others = (0..self.providers.len()).filter(move |at| Some(*at) != kept);
        kept.into_iter().chain(others)
    }
}

fn lock<T>(memo: &Mutex<T>) -> MutexGuard<'_, T> {
    memo.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether another provider may do better. Only after an answer that proves that this one did not take it.
fn leads_on(failure: &Failure) -> bool {
    use FailureClass as Class;
    if failure.advice == Advice::RetryOtherProvider {
        return true;
    }
    let wide = matches!(
        failure.scope,
        FailureScope::Account | FailureScope::Provider
    );
    wide && matches!(
        failure.class,
        Class::Transient
            | Class::RateLimited
            | Class::HeldBack
            | Class::QuotaOrBilling
            | Class::CredentialInvalid
            | Class::PermissionMissing
            | Class::ConfigInvalid
    )
}

/// Which of two failures is given back: what can be tried again rather than what cannot, and of those what can sooner.
fn better(old: Failure, new: Failure) -> Failure {
    let rank = |failure: &Failure| {
        let wait = failure.retry_after.as_ref().map(|wait| wait.delay);
        (!failure.is_retryable(), wait.unwrap_or_default())
    };
    if rank(&new) < rank(&old) { new } else { old }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl ChannelAdapter for Failover {
    fn scheme(&self) -> &str {
        &self.scheme
    }

    fn channel(&self) -> &ChannelKind {
        // There is at least one.
        self.providers
            .first()
            .map_or(&ChannelKind::InApp, |first| first.channel())
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn capabilities_for(&self, to: &Address, from: Option<&AccountId>) -> Option<Capabilities> {
        let known = self
            .providers
            .iter()
            .filter_map(|provider| provider.capabilities_for(to, from));
        known.reduce(|all, one| all.meet(&one))
    }

    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        let mut tried = Vec::new();
        let mut given_back: Option<Failure> = None;
        for at in self.order(part) {
            let Some(provider) = self.providers.get(at) else {
                continue;
            };
            let scheme = provider.scheme();
            match provider.send(part).await {
                SendOutcome::Accepted(receipt) => {
                    self.keep(part, at);
                    return SendOutcome::Accepted(receipt.through(scheme));
                }
                SendOutcome::AlreadyAccepted(receipt) => {
                    self.keep(part, at);
                    return SendOutcome::AlreadyAccepted(receipt.through(scheme));
                }
                SendOutcome::Ambiguous(unknown) => {
                    lock(&self.unknown).put(part.id, at);
                    return SendOutcome::Ambiguous(unknown.through(scheme));
                }
                SendOutcome::Rejected(failure) => {
                    tried.push(format!("{scheme}: {}", failure.class));
                    let last = !leads_on(&failure);
                    given_back = Some(match given_back {
                        // What this one says about the message itself counts more than the troubles of the others.
                        Some(_) if last => failure,
                        Some(old) => better(old, failure),
                        None => failure,
                    });
                    if last {
                        break;
                    }
                }
            }
        }
        let failure = given_back.unwrap_or_else(|| {
            Failure::new(
                FailureClass::ConfigInvalid,
                FailureScope::Provider,
                Advice::FixConfig,
            )
        });
        let detail = match failure.detail.as_str() {
            "" => tried.join("; "),
            detail => format!("{}; {detail}", tried.join("; ")),
        };
        SendOutcome::Rejected(failure.with_detail(detail))
    }

    /// None: webhooks come under the scheme of their provider, and so do media.
    fn webhook(&self) -> Option<&dyn WebhookWire> {
        None
    }

    /// Only where every provider can be asked: else it could never be known that none has a part.
    fn reconciler(&self) -> Option<&dyn Reconciler> {
        self.reconciles.then_some(self)
    }

    fn media(&self) -> Option<&dyn MediaFetch> {
        None
    }

    fn behind(&self, scheme: &str) -> Option<&dyn ChannelAdapter> {
        self.providers.iter().find_map(|provider| {
            if provider.scheme() == scheme {
                Some(provider.as_ref())
            } else {
                provider.behind(scheme)
            }
        })
    }
}

impl Failover {
    fn keep(&self, part: &Part, at: usize) {
        lock(&self.kept).put((part.from.clone(), part.to.key()), at);
    }
}

#[async_trait]
impl Reconciler for Failover {
    /// Asks the provider that may have sent it; all of them when that is not known any more, after a restart. Then one that
    /// has it has it, one that cannot tell leaves it open, and only when all surely have it not, it may be sent again.
    async fn look_up(&self, part: &Part) -> SendOutcome {
        let known = lock(&self.unknown).get(&part.id);
        let mut worst: Option<SendOutcome> = None;
        for (at, provider) in self.providers.iter().enumerate() {
            if known.is_some_and(|known| known != at) {
                continue;
            }
            let Some(reconciler) = provider.reconciler() else {
                continue;
            };
            let outcome = match reconciler.look_up(part).await {
                SendOutcome::Accepted(receipt) => {
                    return SendOutcome::Accepted(receipt.through(provider.scheme()));
                }
                SendOutcome::AlreadyAccepted(receipt) => {
                    return SendOutcome::AlreadyAccepted(receipt.through(provider.scheme()));
                }
                SendOutcome::Ambiguous(unknown) => {
                    SendOutcome::Ambiguous(unknown.through(provider.scheme()))
                }
                rejected @ SendOutcome::Rejected(_) => rejected,
            };
            worst = Some(match worst {
                Some(old) if certainty(&old) <= certainty(&outcome) => old,
                _ => outcome,
            });
        }
        worst.unwrap_or_else(|| {
            SendOutcome::Ambiguous(msg_core::channel::Ambiguous::new("nobody can be asked"))
        })
    }
}

/// How much a look-up says: nothing, that the part was refused, that it is not there.
fn certainty(outcome: &SendOutcome) -> u8 {
    match outcome {
        SendOutcome::Rejected(failure) if failure.class == FailureClass::Transient => 2,
        SendOutcome::Rejected(_) => 1,
        _ => 0,
    }
}
