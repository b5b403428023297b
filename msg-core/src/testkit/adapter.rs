//! What every channel adapter must keep: the sentences of [`ChannelAdapter`]'s contract, each as a function.
//!
//! The author brings a sink that works: a server that answers, a folder, an inbox that somebody reads.
//!
//! ```
//! use msg_core::message::{Address, ChannelKind};
//! use msg_core::testkit::adapter::{Subject, conformance};
//! use msg_core::testkit::{ScriptedAdapter, block_on};
//!
//! let adapter = ScriptedAdapter::new(ChannelKind::Telegram);
//! let subject = Subject::new(&adapter, Address::telegram(123_456_789));
//! block_on(conformance(&subject)).expect("keeps the contract");
//! ```

use super::common::{CANARY, TARGET, carried, foreign, hides, is_scheme, part, text};
use super::store::Checking;
use super::violation::{Outcome, Violation, ensure, ensure_eq};
use crate::channel::{ChannelAdapter, Clearance, SendOutcome};
use crate::message::{Address, Part, PartBody};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

/// An adapter and what the suite has to know about it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Subject<'a> {
    adapter: &'a dyn ChannelAdapter,
    to: Address,
    secret: String,
    target: String,
    idempotent: bool,
    made: AtomicU32,
}

impl<'a> Subject<'a> {
    /// An adapter with a sink that works, and an address that it can write to.
    pub fn new(adapter: &'a dyn ChannelAdapter, to: Address) -> Self {
        Self {
            adapter,
            to,
            secret: String::new(),
            target: TARGET.into(),
            idempotent: false,
            made: AtomicU32::new(0),
        }
    }

    /// Sets the secret that it was made with.
    #[must_use]
    pub fn with_secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = secret.into();
        self
    }

    /// Sets an id of a message as the provider writes it, for edits and reactions.
    #[must_use]
    pub fn with_target(mut self, id: impl Into<String>) -> Self {
        self.target = id.into();
        self
    }

    /// Says that the provider knows a part again by its id.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// A part of its own.
    fn part(&self, body: PartBody) -> Part {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        part(number, &self.to, body)
    }

    async fn send(&self, part: Part) -> SendOutcome {
        let cleared = Clearance::unchecked("a conformance suite").clear(part);
        self.adapter.send(&cleared).await
    }

    /// Sends a part that must be accepted, and gives the id.
    async fn accepted(&self, part: Part) -> Result<String, Violation> {
        let tag = part.body.tag().to_owned();
        match self.send(part).await {
            SendOutcome::Accepted(receipt) => {
                ensure!(
                    !receipt.provider_id.is_empty(),
                    "`{tag}` is accepted without an id"
                );
                Ok(receipt.provider_id)
            }
            other => Err(Violation::new(format!(
                "`{tag}` is not accepted: {other:?}"
            ))),
        }
    }

    fn words(&self) -> [(&str, &str); 3] {
        [
            ("text", CANARY),
            ("address", self.to.expose()),
            ("secret", &self.secret),
        ]
    }
}

/// One sentence of the contract: its name, and what finds out whether it holds.
pub type Sentence = (&'static str, for<'a> fn(&'a Subject<'a>) -> Checking<'a>);

/// The contract, sentence by sentence.
pub const SENTENCES: [Sentence; 6] = [
    ("describes itself", |subject| {
        Box::pin(async move { describes_itself(subject) })
    }),
    (
        "whatever its capabilities carry is accepted, with an id",
        |subject| Box::pin(carries_what_it_says(subject)),
    ),
    ("two parts have two ids", |subject| {
        Box::pin(tells_parts_apart(subject))
    }),
    (
        "a part that is sent again is known again, where it says so",
        |subject| Box::pin(knows_a_part_again(subject)),
    ),
    ("what it does not carry is rejected", |subject| {
        Box::pin(refuses_the_rest(subject))
    }),
    (
        "neither outcomes nor debug show text, address or secret",
        |subject| Box::pin(keeps_quiet(subject)),
    ),
];

/// Tries every sentence.
///
/// # Errors
/// The first sentence that does not hold, by its name.
pub async fn conformance(subject: &Subject<'_>) -> Outcome {
    for (name, holds) in SENTENCES {
        holds(subject).await.map_err(|violation| {
            Violation::new(format!(
                "`{}`: {name}: {violation}",
                subject.adapter.scheme()
            ))
        })?;
    }
    Ok(())
}

fn describes_itself(subject: &Subject<'_>) -> Outcome {
    let scheme = subject.adapter.scheme();
    ensure!(is_scheme(scheme), "`{scheme}` is no scheme");
    ensure_eq!(
        subject.adapter.channel(),
        subject.to.channel(),
        "the channel of the adapter and of its address"
    );
    Ok(())
}

async fn carries_what_it_says(subject: &Subject<'_>) -> Outcome {
    for body in carried(subject.adapter.capabilities(), &subject.target)? {
        subject.accepted(subject.part(body)).await?;
    }
    Ok(())
}

async fn tells_parts_apart(subject: &Subject<'_>) -> Outcome {
    let mut ids = BTreeSet::new();
    for _ in 0..3 {
        let id = subject
            .accepted(subject.part(text(subject.adapter.capabilities())))
            .await?;
        ensure!(ids.insert(id), "two texts have the same id");
    }
    Ok(())
}

async fn knows_a_part_again(subject: &Subject<'_>) -> Outcome {
    if !subject.idempotent {
        return Ok(());
    }
    let part = subject.part(text(subject.adapter.capabilities()));
    let first = subject.accepted(part.clone()).await?;
    subject
        .accepted(subject.part(text(subject.adapter.capabilities())))
        .await?;
    let again = subject.send(part).await;
    ensure!(
        matches!(&again, SendOutcome::AlreadyAccepted(receipt) if receipt.provider_id == first),
        "a part that is sent again is {again:?}"
    );
    Ok(())
}

async fn refuses_the_rest(subject: &Subject<'_>) -> Outcome {
    for body in foreign(subject.adapter.capabilities(), &subject.target)? {
        let tag = body.tag().to_owned();
        let outcome = subject.send(subject.part(body)).await;
        ensure!(
            matches!(outcome, SendOutcome::Rejected(_)),
            "`{tag}`, which the capabilities exclude, is {outcome:?}"
        );
    }
    Ok(())
}

async fn keeps_quiet(subject: &Subject<'_>) -> Outcome {
    let mut bodies = foreign(subject.adapter.capabilities(), &subject.target)?;
    bodies.push(text(subject.adapter.capabilities()));
    for body in bodies {
        let outcome = subject.send(subject.part(body)).await;
        hides("an outcome", &format!("{outcome:?}"), &subject.words())?;
    }
    hides(
        "the adapter's debug",
        &format!("{0:?} {0:#?}", subject.adapter),
        &subject.words(),
    )
}

#[cfg(test)]
mod tests;
