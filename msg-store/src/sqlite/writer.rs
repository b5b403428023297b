//! The thread that writes: takes what queued while the last commit ran, applies it in one transaction, commits, answers.

use super::batch;
use super::claim;
use super::config::SqliteConfig;
use super::fault::{Fault, again, is_of_statement, storage_shared};
use super::job::{Class, Job, Results};
use super::lane::Due;
use super::names::Names;
use super::purge::{self, Purged, Sweep};
use super::queue::Queue;
use super::value::micros;
use super::{fault, open, recover};
use msg_core::Error;
use msg_core::digest::{DIGEST_BYTES, Digest};
use msg_core::store::{Claimed, Op, Settle, Settlement};
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the writer remembers between transactions.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) names: Names,
    pub(super) due: Due,
    /// The epoch of this opening.
    pub(super) epoch: u64,
    pub(super) counts: Counts,
    pub(super) sweep: Sweep,
}

/// Counts that go back with a transaction that is taken back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    /// Consent events.
    pub(super) ledger: u64,
    /// The digest of the last consent event, to which the next one is chained.
    pub(super) ledger_digest: Digest,
    /// Statuses that came before their part was settled.
    pub(super) early: u64,
    /// Leases of this epoch.
    pub(super) lease: u64,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            ledger: 0,
            ledger_digest: Digest::from_bytes([0; DIGEST_BYTES]),
            early: 0,
            lease: 0,
        }
    }
}

/// A transaction that is open.
pub(super) struct Tx<'a> {
    pub(super) db: &'a Connection,
    pub(super) memory: &'a mut Memory,
}

pub(super) struct Writer {
    config: SqliteConfig,
    queue: Arc<Queue>,
    /// None after a failure, until it could be opened again.
    connection: Option<Connection>,
    memory: Memory,
    ledger: Arc<AtomicU64>,
}

/// What a job came to.
enum Outcome {
    Commit(Result<Results, Fault>),
    Claim(Result<Vec<Claimed>, Fault>),
    Purge(Result<Purged, Fault>),
}

/// Why a transaction could not be finished.
enum Abort {
    /// A job failed after it wrote something: all must be done again, each so that it can be taken back alone.
    Again,
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Abort {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl Writer {
    /// Opens the file, ends the leases of earlier owners and raises the epoch.
    pub(super) fn open(config: SqliteConfig, queue: Arc<Queue>) -> Result<Self, Error> {
        let connection = open::writer(&config)?;
        let memory = recover::start(&connection, &config)
            .map_err(|fault| fault.into_error().with_context("file", config.file_name()))?;
        Ok(Self {
            ledger: Arc::new(AtomicU64::new(memory.counts.ledger)),
            config,
            queue,
            connection: Some(connection),
            memory,
        })
    }

    /// The number of committed consent events.
    pub(super) fn ledger(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.ledger)
    }

    /// Works until the queue is closed and empty.
    pub(super) fn run(mut self) {
        let mut group = Vec::new();
        while self.queue.take(&mut group).is_some() {
            group.retain(|job| !job.is_abandoned());
            if !group.is_empty() {
                self.commit(&mut group);
            }
            if self.memory.sweep.is_due() {
                self.sweep();
            }
        }
    }

    /// One step of the background purge, in a transaction of its own. A failure takes it back; the next step tries again.
    fn sweep(&mut self) {
        let Ok(connection) = self.connected() else {
            return;
        };
        let counts = self.memory.counts;
        let mut tx = Tx {
            db: &connection,
            memory: &mut self.memory,
        };
        let step = |tx: &mut Tx<'_>| -> fault::Result<Purged> {
            tx.begin()?;
            let purged = purge::step(tx, tx.memory.sweep.now())?;
            tx.run("COMMIT")?;
            Ok(purged)
        };
        if let Ok(purged) = step(&mut tx) {
            self.memory.sweep.stepped(purged);
            self.connection = Some(connection);
        } else {
            self.memory.sweep.stepped(Purged::NOTHING);
            self.memory.counts = counts;
        }
    }

    fn commit(&mut self, group: &mut Vec<Job>) {
        let connection = match self.connected() {
            Ok(connection) => connection,
            Err(error) => {
                for job in group.drain(..) {
                    job.fail(again(&error));
                }
                return;
            }
        };
        match self.transact(&connection, group) {
            Ok(outcomes) => {
                self.connection = Some(connection);
                // Before the answers: who saw the commit must see its ledger.
                let ledger = self.memory.counts.ledger;
                self.ledger.store(ledger, Ordering::Release);
                for (job, outcome) in group.drain(..).zip(outcomes) {
                    self.answer(job, outcome);
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for job in group.drain(..) {
                    job.fail(storage_shared(&error).with_context("file", self.config.file_name()));
                }
            }
        }
    }

    /// The connection, taken out for one transaction; opened again when the last one failed.
    fn connected(&mut self) -> Result<Connection, Error> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        let connection = open::writer(&self.config)?;
        recover::resume(&connection, &mut self.memory).map_err(Fault::into_error)?;
        Ok(connection)
    }

    /// One transaction. On an error everything was taken back, and the connection is not used again.
    fn transact(
        &mut self,
        connection: &Connection,
        group: &[Job],
    ) -> Result<Vec<Outcome>, rusqlite::Error> {
        let counts = self.memory.counts;
        for careful in [false, true] {
            let mut tx = Tx {
                db: connection,
                memory: &mut self.memory,
            };
            let done = tx
                .begin()
                .map_err(Abort::Sql)
                .and_then(|()| {
                    group
                        .iter()
                        .map(|job| tx.job(job, careful))
                        .collect::<Result<Vec<_>, Abort>>()
                })
                .and_then(|outcomes| tx.run("COMMIT").map(|()| outcomes).map_err(Abort::Sql));
            let error = match done {
                Ok(outcomes) => return Ok(outcomes),
                Err(Abort::Again) => None,
                Err(Abort::Sql(error)) => Some(error),
            };
            self.memory.counts = counts;
            self.memory.names.forget();
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK")?;
            }
            if let Some(error) = error {
                return Err(error);
            }
            // Claims that were taken back had moved it on.
            self.memory.due = Due::load(connection)?;
        }
        // Not reached: nothing asks for another turn when each job can be taken back alone.
        Err(rusqlite::Error::InvalidQuery)
    }

    fn answer(&self, job: Job, outcome: Outcome) {
        match (job, outcome) {
            (Job::Commit(_, _, Some(reply)), Outcome::Commit(outcome)) => {
                let _ = reply.send(outcome.map_err(Fault::into_error));
            }
            (Job::Claim(request, reply), Outcome::Claim(outcome)) => {
                // A caller that went away never sends what it claimed: it goes back at once.
                if let Err(Ok(claimed)) = reply.send(outcome.map_err(Fault::into_error)) {
                    let released = claimed.into_iter().map(|claim| {
                        let settlement = Settlement::Released;
                        let settle =
                            Settle::new(claim.part, Some(claim.token), settlement, request.now);
                        Op::Settle(Box::new(settle))
                    });
                    self.queue
                        .push_own(Job::Commit(Class::Settle, released.collect(), None));
                }
            }
            (Job::Purge(_, reply), Outcome::Purge(outcome)) => {
                let _ = reply.send(outcome.map_err(Fault::into_error));
            }
            _ => {}
        }
    }
}

impl Tx<'_> {
    fn begin(&self) -> Result<(), rusqlite::Error> {
        self.run("BEGIN IMMEDIATE")
    }

    fn run(&self, sql: &str) -> Result<(), rusqlite::Error> {
        self.db.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Applies one job. `careful`: so that it can be taken back alone whatever happens.
    fn job(&mut self, job: &Job, careful: bool) -> Result<Outcome, Abort> {
        Ok(match job {
            Job::Commit(_, ops, _) => {
                let careful = careful || batch::may_fail_late(self, ops);
                Outcome::Commit(self.alone(careful, |tx| batch::apply(tx, ops))?)
            }
            Job::Claim(request, _) => {
                self.memory.sweep.see(request.now);
                Outcome::Claim(self.alone(careful, |tx| claim::claim(tx, request))?)
            }
            Job::Purge(now, _) => {
                Outcome::Purge(self.alone(careful, |tx| purge::step(tx, micros(*now)))?)
            }
        })
    }

    fn alone<T>(
        &mut self,
        careful: bool,
        apply: impl FnOnce(&mut Self) -> fault::Result<T>,
    ) -> Result<fault::Result<T>, Abort> {
        let counts = self.memory.counts;
        if careful {
            self.run("SAVEPOINT job")?;
        }
        let failed = match apply(self) {
            Ok(done) => {
                if careful {
                    self.run("RELEASE job")?;
                }
                return Ok(Ok(done));
            }
            Err(Fault::Refused(error)) if !careful => return Ok(Err(Fault::Refused(error))),
            Err(Fault::Sql(error)) if !is_of_statement(&error) => return Err(Abort::Sql(error)),
            Err(_) if !careful => return Err(Abort::Again),
            Err(fault) => fault,
        };
        self.run("ROLLBACK TO job")?;
        self.run("RELEASE job")?;
        self.memory.counts = counts;
        self.memory.names.forget();
        Ok(Err(failed))
    }
}
