//! The engine: the composition of traits that a host calls, in bounded steps, from any runtime.
//!
//! [`Engine::submit`], [`Engine::dispatch_due`], [`Engine::receive`] and [`Engine::reconcile`] each do a bounded piece
//! of work: no hidden task, no sleep, no thread. Time and ids come from [`Clock`] and [`IdSource`], so a whole day of
//! quiet hours runs in a unit test. With feature `tokio` there is `run`.

mod builder;
mod compose;
mod dispatch;
mod edit;
mod envelope;
mod fallback;
mod gate;
mod gather;
mod moved;
mod reach;
mod receive;
mod reconcile;
mod recorder;
mod release;
mod respond;
mod route;
mod rows;
#[cfg(feature = "tokio")]
mod run;
mod settle;
mod stop;
mod submit;
mod unchecked;

pub use builder::{AmbiguousRule, EngineBuilder, Settings};
pub(crate) use compose::Material;
pub use compose::{Library, Prompt, Surface};
pub use dispatch::Dispatched;
pub(crate) use edit::apply;
pub use fallback::ReachListener;
pub use moved::{AddressBook, MovedAddress};
pub use receive::{Reception, ReceptionReport, TakenEvent};
pub use reconcile::Reconciliation;
pub use respond::{Respond, Responder};
pub use stop::StopSwitch;

pub use submit::{Submission, Submitted};

use crate::channel::ChannelAdapter;
use crate::consent::KeywordMatcher;
use crate::error::{Error, ErrorKind};
use crate::id::{IdSource, TenantId, TraceId};
use crate::llm::LlmProvider;
use crate::policy::{Detector, FactSource, PolicySet};
use crate::store::{Answer, Query, Store};
use crate::time::{Clock, Timestamp};
use crate::trace::TraceRecord;
use gate::Gates;
use std::sync::Arc;

/// The composed handle. Cheap to clone; every method takes `&self`.
#[derive(Clone, Debug)]
pub struct Engine(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    policies: PolicySet,
    adapters: Vec<Arc<dyn ChannelAdapter>>,
    library: Option<Arc<dyn Library>>,
    provider: Option<Arc<dyn LlmProvider>>,
    detector: Option<Arc<dyn Detector>>,
    facts: Vec<Arc<dyn FactSource>>,
    keywords: Option<Arc<dyn KeywordMatcher>>,
    responder: Option<Arc<dyn Responder>>,
    address_book: Option<Arc<dyn AddressBook>>,
    reach_listener: Option<Arc<dyn ReachListener>>,
    stop: StopSwitch,
    gates: Gates,
    settings: Settings,
}

impl Engine {
    /// Begins an engine over a store.
    pub fn builder(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> EngineBuilder {
        EngineBuilder::new(store, clock, ids)
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.0.store
    }

    /// The policies in force, the engine's own among them: what a replay of its traces needs.
    #[must_use]
    pub fn policies(&self) -> &PolicySet {
        &self.0.policies
    }

    /// The switch that stops sending.
    #[must_use]
    pub fn stop_switch(&self) -> &StopSwitch {
        &self.0.stop
    }

    /// The time by the engine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The records of a trace, verified. Whose it is, is not asked: give out only what [`Engine::traces`] lists for the
    /// tenant.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is none, [`ErrorKind::Corrupt`] when the chain is broken or the store gave
    /// another trace, or the store's.
    pub async fn trace(&self, trace: TraceId) -> Result<Vec<TraceRecord>, Error> {
        match self.0.store.query(Query::Trace(trace)).await? {
            Answer::Trace(records) if records.iter().any(|record| record.trace != trace) => Err(
                Error::new(ErrorKind::Corrupt, "the records are of another trace")
                    .with_context("trace", trace.to_string()),
            ),
            Answer::Trace(records) if records.is_empty() => {
                Err(Error::new(ErrorKind::NotFound, "no such trace")
                    .with_context("trace", trace.to_string()))
            }
            Answer::Trace(records) => crate::trace::verify(&records).map(|()| records),
            _ => Err(unexpected_answer()),
        }
    }

    /// The traces of a tenant since a time, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn traces(
        &self,
        tenant: TenantId,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<TraceId>, Error> {
        match self
            .0
            .store
            .query(Query::Traces {
                tenant,
                since,
                limit,
            })
            .await?
        {
            Answer::Traces(traces) => Ok(traces),
            _ => Err(unexpected_answer()),
        }
    }
}

/// A store that answers another question than it was asked is broken.
fn unexpected_answer() -> Error {
    Error::new(ErrorKind::Internal, "the store answered another question")
}
