//! Keeps connections open between mails.

use super::connection::{Connection, Trouble, lost};
use super::dial::Dialer;
use futures_util::future::join_all;
use lettre::address::Envelope;
use msg_core::channel::{Ambiguous, Receipt, SendOutcome};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// A connection that was unused for so long is asked whether it lives: a server or a router may have dropped it
/// without a word. A younger one that is dead anyway shows it at the first command, when nothing was sent yet.
const ASK_AFTER: Duration = Duration::from_secs(30);

/// How long the answer to that question may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a goodbye may take: a mail may be waiting for it.
const GOODBYE: Duration = Duration::from_secs(1);

/// At most so many connections as the server's configuration allows, used last in, first out, so that those too many
/// grow old. No task runs between mails: an old connection is closed when the next mail is sent.
#[derive(Debug)]
pub(super) struct Pool {
    dialer: Dialer,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

impl Pool {
    /// An empty pool.
    pub(super) fn new(dialer: Dialer) -> Self {
        let connections = dialer.server().connections.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            dialer,
            idle: Mutex::default(),
            permits: Semaphore::new(connections),
        }
    }

    /// Sends one mail over a connection that is free, or over a new one.
    pub(super) async fn send(&self, envelope: &Envelope, mail: &[u8], id: String) -> SendOutcome {
        let timeouts = self.dialer.server().timeouts;
        let Ok(permit) = timeout(timeouts.command, self.permits.acquire()).await else {
            return SendOutcome::Rejected(lost("no connection became free in time"));
        };
        // Bounded: every turn but the last one uses up an idle connection.
        let (mut connection, outcome) = loop {
            let (mut connection, reused) = match self.take().await {
                Some(connection) => (connection, true),
                None => match self.dialer.dial().await {
                    Ok(connection) => (connection, false),
                    Err(failure) => return SendOutcome::Rejected(*failure),
                },
            };
            let sent = connection
                .send(envelope, mail, timeouts.command, timeouts.data)
                .await;
            match sent {
                Err(Trouble::Stale) if reused => {}
                Err(Trouble::Stale) => {
                    break (
                        connection,
                        SendOutcome::Rejected(lost("connection lost before the mail")),
                    );
                }
                Ok(()) => break (connection, SendOutcome::Accepted(Receipt::new(id))),
                Err(Trouble::Refused(failure)) => {
                    break (connection, SendOutcome::Rejected(*failure));
                }
                Err(Trouble::Unknown(evidence)) => {
                    break (connection, SendOutcome::Ambiguous(Ambiguous::new(evidence)));
                }
            }
        };
        if connection.is_usable() {
            connection.rest();
            self.lock().push(connection);
        }
        drop(permit);
        outcome
    }

    /// The connection that was used last, if it is young or alive. The old ones are closed.
    async fn take(&self) -> Option<Connection> {
        let limit = self.dialer.server().timeouts.idle;
        let old: Vec<Connection> = {
            let mut idle = self.lock();
            let young = idle.partition_point(|connection| connection.unused_for() > limit);
            idle.drain(..young).collect()
        };
        say_goodbye(old).await;
        loop {
            let mut connection = self.lock().pop()?;
            if connection.unused_for() < ASK_AFTER || connection.is_alive(PATIENCE).await {
                return Some(connection);
            }
        }
    }

    /// Says goodbye on every connection that is not in use.
    pub(super) async fn close(&self) {
        let idle = std::mem::take(&mut *self.lock());
        say_goodbye(idle).await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// On all of them at once.
async fn say_goodbye(connections: Vec<Connection>) {
    join_all(
        connections
            .into_iter()
            .map(|connection| connection.quit(GOODBYE)),
    )
    .await;
}
