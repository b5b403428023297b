//! Opens connections: address, TLS, greeting, login.

use super::config::{Server, TlsMode};
use super::connection::{Connection, Offer, lost};
use super::response::{Phase, classify, failure, reply};
use super::stream::{Held, Socket};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Ehlo, Starttls};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use msg_core::Error;
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// What a server may say before TLS, in bytes: no more than needed, since anybody could have said it.
const MAX_PREAMBLE: usize = 16 << 10;

/// Opens connections to one server.
pub(super) struct Dialer {
    server: Server,
    hello: ClientId,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Dialer").field(&self.server).finish()
    }
}

impl Dialer {
    /// Checks the configuration; nothing is opened yet.
    pub(super) fn new(server: Server) -> Result<Self, Error> {
        let hello = match server.hello.clone() {
            None => ClientId::Ipv4(Ipv4Addr::LOCALHOST),
            Some(name) => {
                let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
                if name.is_empty() || name.len() > 255 || !name.chars().all(fits) {
                    return Err(Error::invalid("want a domain name").with_context("key", "hello"));
                }
                ClientId::Domain(name)
            }
        };
        if server.user.is_some() != server.password.is_some() {
            return Err(Error::invalid(
                "want both `user` and `password`, or neither",
            ));
        }
        let tls = match server.tls {
            TlsMode::None => None,
            _ => Some(secure(&server)?),
        };
        Ok(Self { server, hello, tls })
    }

    /// The server's configuration.
    pub(super) const fn server(&self) -> &Server {
        &self.server
    }

    /// Opens a connection and logs in.
    pub(super) async fn dial(&self) -> Result<Connection, Box<Failure>> {
        let opened = timeout(self.server.timeouts.connect, self.open()).await;
        let mut connection = opened.map_err(|_| lost("no connection in time"))??;
        if let (Some(user), Some(password)) = (&self.server.user, &self.server.password) {
            let login = self.log_in(&mut connection, user, password);
            timeout(self.server.timeouts.connect, login)
                .await
                .map_err(|_| lost("no answer to the login in time"))??;
        }
        Ok(Connection::new(
            connection.smtp,
            connection.handed,
            connection.offer,
        ))
    }

    async fn open(&self) -> Result<Opened, Box<Failure>> {
        let port = self.server.port.unwrap_or(self.server.tls.port());
        let tcp = TcpStream::connect((self.server.host.as_str(), port))
            .await
            .map_err(|_| lost("the server cannot be reached"))?;
        // Without it a small packet waits for the acknowledgement of the one before: 40 ms.
        tcp.set_nodelay(true)
            .map_err(|_| lost("the server cannot be reached"))?;
        let held = match (self.server.tls, &self.tls) {
            (TlsMode::Implicit, Some(tls)) => Held::new(encrypt(tls, tcp).await?),
            (TlsMode::Required | TlsMode::Opportunistic, Some(tls)) => {
                self.start_tls(tls, tcp).await?
            }
            _ => Held::new(Socket::Plain(tcp)),
        };
        let encrypted = held.is_encrypted();
        let handed = held.handed();
        let mut smtp = AsyncSmtpConnection::connect_with_transport(Box::new(held), &self.hello)
            .await
            .map_err(|error| refused(&Err(error), Phase::Hello))?;
        // lettre forgets what it does not know, so the offer is asked for again.
        let answer = smtp.command(Ehlo::new(self.hello.clone())).await;
        let offer = match &answer {
            Ok(answer) => Offer::read(answer),
            Err(_) => return Err(refused(&answer, Phase::Hello)),
        };
        Ok(Opened {
            smtp,
            handed,
            offer,
            encrypted,
        })
    }

    /// Greeting, `EHLO` and `STARTTLS` on the plain connection, then TLS.
    ///
    /// The greeting is played again to lettre, which begins every conversation with it.
    async fn start_tls(
        &self,
        tls: &(TlsConnector, ServerName<'static>),
        tcp: TcpStream,
    ) -> Result<Held<Socket>, Box<Failure>> {
        let mut plain = Preamble {
            tcp,
            heard: Vec::new(),
        };
        let (greeting, answer) = plain.hear().await?;
        done(answer)?;
        let (_, answer) = plain.ask(&Ehlo::new(self.hello.clone())).await?;
        let offered = answer
            .message()
            .skip(1)
            .any(|line| line.eq_ignore_ascii_case("STARTTLS"));
        done(answer)?;
        if !offered {
            if self.server.tls == TlsMode::Opportunistic {
                return Ok(Held::replaying(Socket::Plain(plain.tcp), greeting));
            }
            return Err(wrong_config("the server offers no STARTTLS").into());
        }
        let (_, answer) = plain.ask(&Starttls).await?;
        done(answer)?;
        if !plain.heard.is_empty() {
            // Somebody between tries to answer for the server (CVE-2011-0411 and its like).
            return Err(lost("the server spoke between STARTTLS and TLS").into());
        }
        Ok(Held::replaying(encrypt(tls, plain.tcp).await?, greeting))
    }

    async fn log_in(
        &self,
        opened: &mut Opened,
        user: &str,
        password: &SecretString,
    ) -> Result<(), Box<Failure>> {
        if !opened.encrypted && self.server.tls != TlsMode::None {
            return Err(wrong_config("a password is not sent without TLS").into());
        }
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        if opened
            .smtp
            .server_info()
            .get_auth_mechanism(&mechanisms)
            .is_none()
        {
            return Err(wrong_config("the server offers neither AUTH PLAIN nor AUTH LOGIN").into());
        }
        let credentials = Credentials::new(user.to_owned(), password.expose_secret().to_owned());
        let answer = opened.smtp.auth(&mechanisms, &credentials).await;
        match answer {
            Ok(_) => Ok(()),
            Err(_) => Err(refused(&answer, Phase::Login)),
        }
    }
}

/// A connection that is not logged in yet.
struct Opened {
    smtp: AsyncSmtpConnection,
    handed: super::stream::Handed,
    offer: Offer,
    encrypted: bool,
}

/// The conversation before TLS.
struct Preamble {
    tcp: TcpStream,
    heard: Vec<u8>,
}

impl Preamble {
    async fn ask(
        &mut self,
        command: &(impl fmt::Display + Sync),
    ) -> Result<(Vec<u8>, Response), Box<Failure>> {
        let command = command.to_string();
        self.tcp
            .write_all(command.as_bytes())
            .await
            .map_err(|_| lost("connection lost before TLS"))?;
        self.hear().await
    }

    /// The next reply, as it came and as it is read. What comes behind it stays in `heard`.
    async fn hear(&mut self) -> Result<(Vec<u8>, Response), Box<Failure>> {
        loop {
            if let Some(end) = end_of_reply(&self.heard) {
                let rest = self.heard.split_off(end);
                let raw = std::mem::replace(&mut self.heard, rest);
                let answer = String::from_utf8_lossy(&raw)
                    .parse()
                    .map_err(|_| lost("the server does not speak SMTP"))?;
                return Ok((raw, answer));
            }
            if self.heard.len() > MAX_PREAMBLE {
                return Err(lost("the server does not speak SMTP").into());
            }
            match self.tcp.read_buf(&mut self.heard).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return Err(lost("connection lost before TLS").into()),
            }
        }
    }
}

/// Where the first whole reply ends: after the first line whose fourth character is no hyphen (RFC 5321, 4.2.1).
fn end_of_reply(heard: &[u8]) -> Option<usize> {
    let mut end = 0;
    for line in heard.split_inclusive(|byte| *byte == b'\n') {
        end += line.len();
        if line.ends_with(b"\n") && line.get(3) != Some(&b'-') {
            return Some(end);
        }
    }
    None
}

fn done(answer: Response) -> Result<(), Box<Failure>> {
    let answer = Ok(answer);
    match reply(&answer) {
        Some(reply) if reply.is_done() => Ok(()),
        _ => Err(refused(&answer, Phase::Hello)),
    }
}

/// What a refusal before the first mail means.
fn refused(
    answer: &Result<Response, lettre::transport::smtp::Error>,
    phase: Phase,
) -> Box<Failure> {
    Box::new(match reply(answer) {
        Some(reply) => classify(reply, phase),
        None => lost("connection lost before the mail"),
    })
}

fn wrong_config(detail: &'static str) -> Failure {
    failure(
        FailureClass::ConfigInvalid,
        FailureScope::Account,
        Advice::FixConfig,
    )
    .with_detail(detail)
}

/// TLS 1.2 and 1.3 with ring, Mozilla's roots, and the configured ones.
fn secure(server: &Server) -> Result<(TlsConnector, ServerName<'static>), Error> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    for pem in &server.roots {
        let wrong = || Error::invalid("want certificates in PEM").with_context("key", "roots");
        let mut any = false;
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|_| wrong())?;
            roots.add(certificate).map_err(|_| wrong())?;
            any = true;
        }
        if !any {
            return Err(wrong());
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(msg_core::ErrorKind::Internal, "no TLS").with_source(error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(server.host.clone()).map_err(|_| {
        Error::invalid("want a host name or address that a certificate can name")
            .with_context("key", "host")
    })?;
    Ok((TlsConnector::from(Arc::new(config)), name))
}

async fn encrypt(
    (connector, name): &(TlsConnector, ServerName<'static>),
    tcp: TcpStream,
) -> Result<Socket, Box<Failure>> {
    match connector.connect(name.clone(), tcp).await {
        Ok(tls) => Ok(Socket::Tls(Box::new(tls))),
        Err(error) => {
            let certificate = error
                .get_ref()
                .and_then(|inner| inner.downcast_ref())
                .is_some_and(|error| matches!(error, rustls::Error::InvalidCertificate(_)));
            Err(Box::new(if certificate {
                wrong_config("the server's certificate is not trusted")
            } else {
                lost("TLS failed")
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_ends_with_its_last_line() {
        assert_eq!(end_of_reply(b"250-a\r\n250 b\r\n220 c\r\n"), Some(14));
        assert_eq!(end_of_reply(b"250-a\r\n250 b"), None);
        assert_eq!(end_of_reply(b"250-a\r\n250-b\r\n"), None);
        assert_eq!(end_of_reply(b"\n"), Some(1));
    }

    #[test]
    fn a_wrong_server_is_found_before_anything_is_opened() {
        let login = |mut server: Server| {
            server.user = Some("u".into());
            server
        };
        let hello = |mut server: Server| {
            server.hello = Some("a\r\nMAIL".into());
            server
        };
        for (server, says) in [
            (login(Server::new("h")), "want both"),
            (hello(Server::new("h")), "key: hello"),
            (Server::new("h").with_root("secret"), "key: roots"),
            (Server::new("h h"), "key: host"),
        ] {
            let error = Dialer::new(server).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(says) && !shown.contains("secret"), "{shown}");
        }
    }
}
