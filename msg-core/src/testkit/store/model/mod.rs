//! A state machine that compares a store with [`MemoryStore`], the reference model, over generated operations.
//!
//! The generator reads any bytes as batches, claims and jumps of the clock: a property test hands it random vectors, a
//! fuzzer its corpus, and a failing input is a short list of numbers that can be kept as a test. After every step all
//! results and the answers to every query are the same, or the step is a violation.
//!
//! ```
//! use msg_core::store::MemoryStore;
//! use msg_core::testkit::{block_on, store::model};
//! let tested = MemoryStore::new();
//! assert_eq!(block_on(model::compare(&[7, 1, 200, 3, 3, 9, 120, 44], &tested)), Ok(()));
//! ```

mod tape;
mod world;

use super::Reopen;
use crate::error::{Error, ErrorKind};
use crate::store::{
    Answer, ClaimRequest, Claimed, LeaseToken, MemoryStore, Op, OpResult, PartState, Query, Store,
};
use crate::testkit::{Outcome, Violation, ensure, ensure_eq};
use crate::time::{Clock, after};
use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;
use tape::Tape;
use world::World;

/// How long leases are.
const LEASE: Duration = Duration::from_mins(1);

/// Compares an empty store with the model over the operations that `input` stands for.
///
/// About ten bytes make a step; a few hundred are a good length.
///
/// # Errors
/// The first step after which the two differ, and in what.
pub async fn compare(input: &[u8], tested: &dyn Store) -> Outcome {
    let mut machine = Machine::new(tested)?;
    let mut tape = Tape::new(input);
    while !tape.is_over() {
        machine.step(&mut tape, tested).await?;
    }
    Ok(())
}

/// As [`compare`], of a durable store that is opened again now and then, as after a crash.
///
/// # Errors
/// The first step after which the two differ, and in what.
pub async fn compare_reopened(input: &[u8], place: &dyn Reopen) -> Outcome {
    let mut tested: Arc<dyn Store> = place.open().await;
    let mut machine = Machine::new(&*tested)?;
    let mut tape = Tape::new(input);
    while !tape.is_over() {
        if tape.one_in(12) {
            drop(tested);
            tested = place.open().await;
            machine.model.restart();
            machine.steps.push("reopen".into());
            machine.ledger_seq = seq_of(&*tested, &machine.model);
            machine.ask(&*tested).await?;
        }
        machine.step(&mut tape, &*tested).await?;
    }
    Ok(())
}

/// The store under test may have begun to count elsewhere: the difference stays the same.
fn seq_of(tested: &dyn Store, model: &MemoryStore) -> u64 {
    tested.ledger_seq().wrapping_sub(model.ledger_seq())
}

struct Machine {
    model: MemoryStore,
    world: World,
    /// Claims as the model and as the tested store gave them out.
    claims: Vec<Claimed>,
    theirs: Vec<LeaseToken>,
    ledger_seq: u64,
    /// What was done, for the message of a violation.
    steps: Vec<String>,
}

impl Machine {
    fn new(tested: &dyn Store) -> Result<Self, Violation> {
        let model = MemoryStore::new();
        Ok(Self {
            ledger_seq: seq_of(tested, &model),
            model,
            world: World::new()?,
            claims: Vec::new(),
            theirs: Vec::new(),
            steps: Vec::new(),
        })
    }

    async fn step(&mut self, tape: &mut Tape<'_>, tested: &dyn Store) -> Outcome {
        let done = match tape.below(8) {
            0..=4 => self.commit(tape, tested).await,
            5 | 6 => self.claim(tape, tested).await,
            _ if tape.one_in(3) => self.lose(tape, tested).await,
            _ => {
                self.jump(tape);
                self.follow(tested).await
            }
        };
        match done {
            Ok(()) => self.ask(tested).await,
            Err(violation) => Err(self.explain(&violation)),
        }
    }

    async fn commit(&mut self, tape: &mut Tape<'_>, tested: &dyn Store) -> Outcome {
        let length = 1 + tape.below(3);
        let batch: Vec<Op> = (0..length)
            .map(|_| self.world.op(tape, &self.claims))
            .collect();
        self.steps.push(format!("commit {batch:?}"));
        let theirs = batch.iter().map(|op| self.for_tested(op)).collect();
        let wanted = outcome(self.model.commit(batch).await);
        let seen = outcome(tested.commit(theirs).await);
        ensure_eq!(seen, wanted, "the results of the batch");
        Ok(())
    }

    /// The operation with the token that the tested store gave out for the same claim.
    fn for_tested(&self, op: &Op) -> Op {
        let theirs = |token: LeaseToken| {
            let mut pairs = self.claims.iter().zip(&self.theirs);
            let pair = pairs.find(|(claim, _)| claim.token == token);
            pair.map_or(token, |(_, theirs)| *theirs)
        };
        let mut op = op.clone();
        match &mut op {
            Op::Settle(settle) => settle.token = settle.token.map(theirs),
            Op::Extend { token, .. } => *token = theirs(*token),
            _ => {}
        }
        op
    }

    async fn claim(&mut self, tape: &mut Tape<'_>, tested: &dyn Store) -> Outcome {
        let now = self.world.clock.now();
        let limit = usize::from(tape.below(6));
        let mut request = ClaimRequest::new(now, after(now, LEASE), limit);
        request.closed = self.world.closed(tape);
        self.steps.push(format!("{request:?}"));
        let wanted = self.model.claim(request.clone()).await?;
        let seen = tested.claim(request).await?;
        let tokens: Vec<LeaseToken> = seen.iter().map(|claim| claim.token).collect();
        for (token, claim) in tokens.iter().zip(&wanted) {
            let fresh = !self.theirs.contains(token);
            ensure!(fresh, "the token of `{}` was given out before", claim.part);
        }
        // Tokens and the ledger's number may be counted from elsewhere.
        let same = |claim: Claimed, token, seq: u64| {
            let one = Claimed::new(claim.part, claim.tenant, token, claim.body);
            one.counted(claim.attempt, claim.ledger_seq.wrapping_sub(seq))
        };
        let none = LeaseToken {
            epoch: 0,
            number: 0,
        };
        let seen: Vec<Claimed> = seen
            .into_iter()
            .map(|claim| same(claim, none, self.ledger_seq))
            .collect();
        let plain: Vec<Claimed> = wanted
            .iter()
            .map(|claim| same(claim.clone(), none, 0))
            .collect();
        ensure_eq!(seen, plain, "the claims");
        self.theirs.extend(tokens);
        self.claims.extend(wanted);
        Ok(())
    }

    fn jump(&mut self, tape: &mut Tape<'_>) {
        let by = Duration::from_secs(tape.below(100).into());
        if tape.one_in(6) {
            self.world.clock.go_back(by);
        } else {
            self.world.clock.advance(by);
        }
        self.steps.push(format!("it is {}", self.world.clock.now()));
    }

    /// Claims and loses parts a few times in a row, as a process does that something makes crash.
    async fn lose(&mut self, tape: &mut Tape<'_>, tested: &dyn Store) -> Outcome {
        for _ in 0..=tape.below(4) {
            self.claim(tape, tested).await?;
            self.world.clock.advance(LEASE);
            let now = self.world.clock.now();
            let nothing = ClaimRequest::new(now, now, 0);
            self.model.claim(nothing.clone()).await?;
            tested.claim(nothing).await?;
            let query = Query::Parts {
                state: PartState::Ambiguous,
                after: None,
                limit: 8,
            };
            let Answer::Parts(lost) = self.model.query(query).await? else {
                return Err(Violation::new("an answer to another question"));
            };
            let count = lost.len();
            let batch = self.world.requeue(&lost);
            self.steps
                .push(format!("{count} ambiguous are tried again at {now}"));
            let wanted = outcome(self.model.commit(batch.clone()).await);
            let seen = outcome(tested.commit(batch).await);
            ensure_eq!(seen, wanted, "the results of trying again");
        }
        Ok(())
    }

    /// Somebody reads some of the feed. Each store has numbers of its own for the same records.
    async fn follow(&mut self, tested: &dyn Store) -> Outcome {
        let limit = 1 + self.steps.len() % 4;
        self.steps
            .push(format!("the feed is read, {limit} records at most"));
        for store in [&self.model as &dyn Store, tested] {
            let reader = world::READER.to_owned();
            let query = Query::TraceFeed { reader, limit };
            let Answer::TraceFeed(fed) = store.query(query).await? else {
                return Err(Violation::new("an answer to another question"));
            };
            if let Some(upto) = fed.last().map(|last| last.number) {
                let reader = world::READER.to_owned();
                store.commit(vec![Op::TraceFed { reader, upto }]).await?;
            }
        }
        Ok(())
    }

    /// Asks both everything.
    async fn ask(&self, tested: &dyn Store) -> Outcome {
        for query in self.world.queries() {
            let wanted = ordered(self.model.query(query.clone()).await?);
            let seen = ordered(tested.query(query.clone()).await?);
            if seen != wanted {
                let text = format!("{query:?}: wanted {wanted:?}, saw {seen:?}");
                return Err(self.explain(&Violation::new(text)));
            }
        }
        let seen = seq_of(tested, &self.model);
        if seen != self.ledger_seq {
            let text = "the ledger's number does not count every event once";
            return Err(self.explain(&Violation::new(text)));
        }
        Ok(())
    }

    fn explain(&self, violation: &Violation) -> Violation {
        let steps = self.steps.join("\n  ");
        Violation::new(format!("{violation}\nafter:\n  {steps}"))
    }
}

/// Results, or the kind of the error: its words are the store's own.
fn outcome(result: Result<Vec<OpResult>, Error>) -> Result<Vec<OpResult>, ErrorKind> {
    result.map_err(|error| error.kind())
}

/// The contract leaves the order within one instant open for some answers.
fn ordered(mut answer: Answer) -> Answer {
    match &mut answer {
        Answer::Sent(sent) => {
            sent.sort_by_cached_key(|fact| (Reverse(fact.at), format!("{fact:?}")));
        }
        Answer::Identities(links) => {
            links.sort_by_cached_key(|link| {
                (
                    Reverse(link.at),
                    format!("{link:?}{:?}", link.address.key()),
                )
            });
        }
        Answer::ConsentEvents(events) => {
            events.sort_by_cached_key(|event| (event.at, format!("{event:?}")));
        }
        Answer::Traces(traces) => traces.sort_unstable(),
        // Numbers may have gaps; the order is the contract's.
        Answer::TraceFeed(records) => records.iter_mut().for_each(|fed| fed.number = 0),
        _ => {}
    }
    answer
}

#[cfg(test)]
mod tests;
