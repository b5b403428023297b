//! Drives an engine on tokio until it is told to stop.

use super::{Engine, unexpected_answer};
use crate::error::Error;
use crate::store::{Answer, Query};
use std::future::Future;
use std::time::Duration;

/// How many parts one step sends side by side.
const STEP: usize = 64;

/// The longest pause between two looks into the outbox.
const PAUSE: Duration = Duration::from_millis(250);

/// How often ambiguous parts are looked into.
const RECONCILE: Duration = Duration::from_secs(30);

impl Engine {
    /// Sends what is due and reconciles what is unknown until `shutdown` is done. A step that began is finished.
    ///
    /// # Errors
    /// The store's.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) -> Result<(), Error> {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut reconcile = tokio::time::interval(RECONCILE);
        loop {
            let busy = self.dispatch_due(STEP).await?.claimed == STEP;
            let pause = if busy {
                Duration::ZERO
            } else {
                self.pause().await?
            };
            tokio::select! {
                biased;
                () = &mut shutdown => return Ok(()),
                _ = reconcile.tick() => self.reconcile_all().await?,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn reconcile_all(&self) -> Result<(), Error> {
        let mut from = None;
        loop {
            let step = self.reconcile(from, STEP).await?;
            if step.next.is_none() {
                return Ok(());
            }
            from = step.next;
        }
    }

    /// Until the next part is due, at most [`PAUSE`], so that what is submitted meanwhile does not wait for long.
    async fn pause(&self) -> Result<Duration, Error> {
        let Answer::Due(due) = self.0.store.query(Query::NextDue).await? else {
            return Err(unexpected_answer());
        };
        let wait = due.map(|due| due.duration_since(self.now()));
        Ok(wait.map_or(PAUSE, |wait| {
            Duration::try_from(wait)
                .unwrap_or(Duration::from_millis(1))
                .min(PAUSE)
        }))
    }
}
