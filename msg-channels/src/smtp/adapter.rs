//! The adapter: a part is made into a mail and handed to its outlet.

use super::capabilities;
use super::config::{Outlet, Sender, SmtpConfig};
use super::connection::lost;
use super::dial::Dialer;
use super::pool::Pool;
use super::request::{Mail, encode};
use async_trait::async_trait;
use lettre::{AsyncFileTransport, AsyncTransport as _, Tokio1Executor};
use msg_core::capability::Capabilities;
use msg_core::channel::{
    ChannelAdapter, Cleared, Failure, Receipt, Reconciler, SendOutcome, WebhookWire,
};
use msg_core::message::{ChannelKind, Part};
use msg_core::{Clock, Error, ErrorKind};
use std::sync::Arc;

/// Sends mail to a server, or writes it into a folder. See [the module](super) for what it does.
///
/// Needs a tokio runtime with time and I/O enabled while it sends. Opens nothing before the first mail.
#[derive(Debug)]
pub struct Smtp {
    sender: Sender,
    route: Route,
    clock: Arc<dyn Clock>,
    capabilities: Capabilities,
}

#[derive(Debug)]
enum Route {
    Server(Box<Pool>),
    Folder(AsyncFileTransport<Tokio1Executor>),
}

impl Smtp {
    /// An adapter of this configuration. `clock` gives the date of each mail. A folder is made if it is missing.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for a wrong configuration, [`ErrorKind::Storage`] for a folder that cannot be made.
    /// Neither shows an address or a secret.
    pub fn new(config: &SmtpConfig, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let sender = config.sender()?;
        let route = match &config.outlet {
            Outlet::Server(server) => {
                Route::Server(Box::new(Pool::new(Dialer::new(server.clone())?)))
            }
            Outlet::Folder(folder) => {
                std::fs::create_dir_all(folder).map_err(|error| {
                    Error::new(ErrorKind::Storage, "the mail folder cannot be made")
                        .with_source(error)
                })?;
                Route::Folder(AsyncFileTransport::new(folder))
            }
        };
        Ok(Self {
            sender,
            route,
            clock,
            capabilities: capabilities(),
        })
    }

    /// The mail that would be sent for a part now, byte for byte, without sending it.
    ///
    /// # Errors
    /// The failure that sending would end in before anything leaves.
    pub fn preview(&self, part: &Part) -> Result<Vec<u8>, Box<Failure>> {
        encode(part, &self.sender, self.clock.now()).map(|mail| mail.bytes)
    }

    /// Says goodbye on every open connection that is not in use. Further mails open new ones.
    pub async fn close(&self) {
        if let Route::Server(pool) = &self.route {
            pool.close().await;
        }
    }
}

#[async_trait]
impl ChannelAdapter for Smtp {
    fn scheme(&self) -> &str {
        super::SCHEME
    }

    fn channel(&self) -> &ChannelKind {
        &ChannelKind::Email
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn send(&self, part: &Cleared<Part>) -> SendOutcome {
        let Mail {
            envelope,
            bytes,
            id,
        } = match encode(part, &self.sender, self.clock.now()) {
            Ok(mail) => mail,
            Err(failure) => return SendOutcome::Rejected(*failure),
        };
        match &self.route {
            Route::Server(pool) => pool.send(&envelope, &bytes, id).await,
            Route::Folder(folder) => match folder.send_raw(&envelope, &bytes).await {
                Ok(_) => SendOutcome::Accepted(Receipt::new(id)),
                Err(_) => SendOutcome::Rejected(lost("the mail folder cannot be written")),
            },
        }
    }

    fn webhook(&self) -> Option<&dyn WebhookWire> {
        None
    }

    fn reconciler(&self) -> Option<&dyn Reconciler> {
        None
    }
}
