//! The conformance suites of [`Store`].
//!
//! A check is one sentence of the [contract](crate::store#contract): an `async fn` that takes an empty store. Every store
//! of this family passes the same list; whoever writes another one runs it too.
//!
//! In a test file, one line makes one `#[test]` of every check; no runtime is needed:
//!
//! ```
//! mod conformance {
//!     msg_core::store_conformance!(|| std::sync::Arc::new(msg_core::store::MemoryStore::new()));
//! }
//! ```
//!
//! A store that needs a runtime, or that promises less, runs the list itself with [`run`] and looks at the [`Report`].
//! A durable store runs [`reopen`] too ([`reopen_conformance!`](crate::reopen_conformance)), and [`model`] compares any
//! store with the one in memory over generated operations.

pub mod atomicity;
pub mod cancel;
pub mod concurrency;
pub mod consent;
pub mod ending;
pub mod enqueue;
pub mod inbound;
pub mod lease;
mod list;
pub mod log;
pub mod model;
pub mod order;
pub mod reopen;
mod scene;
pub mod status;
pub mod time;

pub use list::CHECKS;
pub use reopen::{REOPEN_CHECKS, Reopen, ReopenCheck};

use super::{Outcome, Violation};
use crate::store::{Store, StoreCaps};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// What a check is doing.
pub type Checking<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// One check of the suite.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Check {
    /// The module, which says what it is about.
    pub area: &'static str,
    /// The name of the function.
    pub name: &'static str,
    /// Runs it on an empty store.
    pub run: fn(&dyn Store) -> Checking<'_>,
}

impl Check {
    /// Whether a store with these promises must pass.
    ///
    /// Two checks of [`atomicity`] ask for more than the weakest store gives: one transaction over all kinds.
    #[must_use]
    pub fn applies(&self, caps: StoreCaps) -> bool {
        caps.atomic_across_kinds || !list::ACROSS_KINDS.contains(&self.name)
    }
}

/// What became of a suite.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Checks that hold.
    pub passed: Vec<&'static str>,
    /// Checks that ask for what the store does not promise. Compare with a list, so that a skip is seen.
    pub skipped: Vec<&'static str>,
    /// Checks that do not hold.
    pub failed: Vec<(&'static str, Violation)>,
}

impl Report {
    /// The failed checks as one text.
    ///
    /// # Errors
    /// When a check failed.
    pub fn into_result(self) -> Result<Self, Violation> {
        if self.failed.is_empty() {
            return Ok(self);
        }
        let lines = self
            .failed
            .iter()
            .map(|(name, why)| format!("{name}: {why}"));
        Err(Violation::new(lines.collect::<Vec<_>>().join("\n")))
    }
}

/// Runs every check that applies, each on an empty store that `make` makes.
pub async fn run<S: Store>(make: impl AsyncFn() -> Arc<S>) -> Report {
    let mut report = Report::default();
    for check in CHECKS {
        let store = make().await;
        if !check.applies(store.caps()) {
            report.skipped.push(check.name);
            continue;
        }
        match (check.run)(&*store).await {
            Ok(()) => report.passed.push(check.name),
            Err(violation) => report.failed.push((check.name, violation)),
        }
    }
    report
}

/// Runs one check by its name on an empty store, waiting on this thread. The macro's tests call it.
///
/// # Errors
/// The violation; also when there is no such check, or the store does not promise what it asks for.
pub fn run_one(name: &str, store: &dyn Store) -> Outcome {
    let check = CHECKS
        .iter()
        .find(|check| check.name == name)
        .ok_or_else(|| Violation::new(format!("there is no check `{name}`")))?;
    if !check.applies(store.caps()) {
        return Err(Violation::new(format!(
            "the store does not promise what `{name}` asks for: use `run` and compare what it skipped"
        )));
    }
    super::block_on((check.run)(store))
}

#[cfg(test)]
mod tests;
