//! Where mail goes and who it comes from.

use crate::mail::header::Mailbox;
use crate::mail::mime;
use crate::mail::text::one_line;
use lettre::address::Address;
use msg_core::Error;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Everything that [`Smtp`](super::Smtp) has to be told.
///
/// Made by [`SmtpConfig::from_url`], by a constructor, or read by serde. `Debug` shows neither addresses nor names nor
/// secrets.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SmtpConfig {
    /// Where mail goes.
    pub outlet: Outlet,
    /// The sender: `shop@example.org` or `Shop <shop@example.org>`.
    pub from: String,
    /// Where answers go, if not to the sender.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Where bounces go (`MAIL FROM`), if not to the sender.
    #[serde(default)]
    pub bounce_to: Option<String>,
    /// The right-hand side of message ids; the sender's domain if none.
    #[serde(default)]
    pub domain: Option<String>,
    /// The subject of an email that has none of its own.
    #[serde(default = "default_subject")]
    pub subject: String,
    /// Whether mails say that no person wrote them (`Auto-Submitted`, RFC 3834), which keeps vacation notices away.
    #[serde(default = "yes")]
    pub auto_submitted: bool,
}

/// Where mail goes.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outlet {
    /// To a mail server.
    Server(Server),
    /// Into a folder, one `.eml` file a mail. It is made if it is missing.
    Folder(PathBuf),
}

/// A mail server and how to speak to it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Server {
    /// Its name or IP address.
    pub host: String,
    /// Its port; the usual one of the TLS mode if none.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is encrypted.
    #[serde(default)]
    pub tls: TlsMode,
    /// The user to log in as.
    #[serde(default)]
    pub user: Option<String>,
    /// The user's password.
    #[serde(default)]
    pub password: Option<SecretString>,
    /// The name that is said in `EHLO`: this machine's own. `[127.0.0.1]` if none, which some servers refuse.
    #[serde(default)]
    pub hello: Option<String>,
    /// Certificates in PEM that are trusted beside those of Mozilla's list, such as a company's own.
    #[serde(default)]
    pub roots: Vec<String>,
    /// How many connections are open at once, at most.
    #[serde(default = "default_connections")]
    pub connections: usize,
    /// How long each phase may take.
    #[serde(default)]
    pub timeouts: Timeouts,
}

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TlsMode {
    /// Not at all. A password is sent in clear: only for a server on this machine or in a closed network.
    None,
    /// By `STARTTLS` where the server offers it. A password is never sent without it. Somebody between can prevent it.
    Opportunistic,
    /// By `STARTTLS`, or no mail.
    #[default]
    Required,
    /// From the first byte on (RFC 8314).
    Implicit,
}

impl TlsMode {
    /// The usual port: 465 for implicit TLS (RFC 8314, 3.3), 587 with `STARTTLS` (RFC 6409, 3.1), else 25 (RFC 5321, 4.5.4.2).
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::Opportunistic | Self::Required => 587,
            Self::Implicit => 465,
        }
    }
}

/// How long each phase of a conversation may take. Written as seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Timeouts {
    /// Name look-up, connection, TLS and greeting.
    #[serde(deserialize_with = "seconds")]
    pub connect: Duration,
    /// One command and its reply, and the wait for a free connection.
    #[serde(deserialize_with = "seconds")]
    pub command: Duration,
    /// The mail itself, until the server says that it has it.
    #[serde(deserialize_with = "seconds")]
    pub data: Duration,
    /// An unused connection is closed after.
    #[serde(deserialize_with = "seconds")]
    pub idle: Duration,
}

impl Default for Timeouts {
    /// 30 s to connect, 60 s a command (lettre's own), 600 s for the mail (RFC 5321, 4.5.3.2.6: giving up earlier makes
    /// duplicates), 60 s idle (lettre's own).
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            command: Duration::from_mins(1),
            data: Duration::from_mins(10),
            idle: Duration::from_mins(1),
        }
    }
}

impl SmtpConfig {
    /// Mail from `from` through `server`.
    pub fn server(server: Server, from: impl Into<String>) -> Self {
        Self::new(Outlet::Server(server), from.into())
    }

    /// Mail from `from` into a folder.
    pub fn folder(folder: impl Into<PathBuf>, from: impl Into<String>) -> Self {
        Self::new(Outlet::Folder(folder.into()), from.into())
    }

    pub(super) fn new(outlet: Outlet, from: String) -> Self {
        Self {
            outlet,
            from,
            reply_to: None,
            bounce_to: None,
            domain: None,
            subject: default_subject(),
            auto_submitted: true,
        }
    }

    /// Reads `smtp://user:password@host:port?tls=required`, `smtps://…`, `smtp+starttls://…` or `file:///folder`.
    ///
    /// | scheme | encryption | port if none |
    /// |---|---|---|
    /// | `smtps` | TLS from the first byte on | 465 |
    /// | `smtp+starttls` | `STARTTLS`, or no mail | 587 |
    /// | `smtp` | as `tls` says; without it as `smtp+starttls`, but none for `localhost`, `127.0.0.1` and `[::1]` | 587, 25 without TLS |
    /// | `file` | a folder, no server | |
    ///
    /// After the `?`: `tls` (`none`, `opportunistic`, `required`, `implicit`), `from`, `reply_to`, `bounce_to`,
    /// `domain`, `subject`, `hello`, `connections`. Without `from` the sender is the user if that is an address, and
    /// `messages@localhost` for a folder. Write `%40` for `@` within a user or password, `%2F` for `/`, `%3F` for `?`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) says which piece is wrong. Neither the user nor the password nor the host is repeated.
    pub fn from_url(url: &str) -> Result<Self, Error> {
        super::url::parse(url)
    }

    /// Sets where answers go.
    #[must_use]
    pub fn with_reply_to(mut self, reply_to: impl Into<String>) -> Self {
        self.reply_to = Some(reply_to.into());
        self
    }

    /// Sets where bounces go.
    #[must_use]
    pub fn with_bounce_to(mut self, bounce_to: impl Into<String>) -> Self {
        self.bounce_to = Some(bounce_to.into());
        self
    }

    /// Sets the right-hand side of message ids.
    #[must_use]
    pub fn with_domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Sets the subject of an email that has none of its own.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// What every mail takes from the configuration, checked.
    pub(super) fn sender(&self) -> Result<Sender, Error> {
        let from = mailbox("from", &self.from)?;
        let reply_to = self
            .reply_to
            .as_deref()
            .map(|text| mailbox("reply_to", text))
            .transpose()?;
        let bounce_to = match &self.bounce_to {
            Some(text) => address("bounce_to", &mailbox("bounce_to", text)?)?,
            None => address("from", &from)?,
        };
        let domain = self
            .domain
            .clone()
            .unwrap_or_else(|| from.domain().to_owned());
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if domain.is_empty() || domain.len() > 255 || !domain.chars().all(fits) {
            return Err(Error::invalid("want a domain name").with_context("key", "domain"));
        }
        let subject = one_line(&self.subject);
        if subject.is_empty() {
            return Err(Error::invalid("is empty").with_context("key", "subject"));
        }
        let mut head = Vec::with_capacity(256);
        write(&mut head, "From", &from);
        if let Some(reply_to) = reply_to {
            write(&mut head, "Reply-To", &reply_to);
        }
        mime::token(&mut head, "MIME-Version", "1.0");
        Ok(Sender {
            head,
            bounce_to,
            domain,
            subject,
            auto_submitted: self.auto_submitted,
            most_files: super::most_files(),
        })
    }
}

impl Server {
    /// A server that is spoken to with `STARTTLS`.
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: None,
            tls: TlsMode::Required,
            user: None,
            password: None,
            hello: None,
            roots: Vec::new(),
            connections: default_connections(),
            timeouts: Timeouts::default(),
        }
    }

    /// Sets the port.
    #[must_use]
    pub const fn with_port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Sets how the connection is encrypted.
    #[must_use]
    pub const fn with_tls(mut self, tls: TlsMode) -> Self {
        self.tls = tls;
        self
    }

    /// Sets who logs in.
    #[must_use]
    pub fn with_login(mut self, user: impl Into<String>, password: SecretString) -> Self {
        self.user = Some(user.into());
        self.password = Some(password);
        self
    }

    /// Trusts a certificate in PEM beside those of Mozilla's list.
    #[must_use]
    pub fn with_root(mut self, pem: impl Into<String>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Sets how many connections are open at once, at most.
    #[must_use]
    pub const fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// Sets how long each phase may take.
    #[must_use]
    pub const fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }
}

impl Timeouts {
    /// Sets the time to connect.
    #[must_use]
    pub const fn with_connect(mut self, connect: Duration) -> Self {
        self.connect = connect;
        self
    }

    /// Sets the time for one command.
    #[must_use]
    pub const fn with_command(mut self, command: Duration) -> Self {
        self.command = command;
        self
    }

    /// Sets the time for the mail itself.
    #[must_use]
    pub const fn with_data(mut self, data: Duration) -> Self {
        self.data = data;
        self
    }

    /// Sets after which time an unused connection is closed.
    #[must_use]
    pub const fn with_idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }
}

impl fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpConfig")
            .field("outlet", &self.outlet)
            .field("auto_submitted", &self.auto_submitted)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("tls", &self.tls)
            .field("login", &self.user.is_some())
            .field("connections", &self.connections)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

/// What every mail takes from the configuration, checked once.
#[derive(Clone)]
pub(super) struct Sender {
    /// The header lines that are the same in every mail.
    pub(super) head: Vec<u8>,
    pub(super) bounce_to: Address,
    pub(super) domain: String,
    pub(super) subject: String,
    pub(super) auto_submitted: bool,
    /// The most bytes that the files of one mail have together, before they are encoded.
    pub(super) most_files: usize,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

/// A mailbox of the configuration.
fn mailbox(key: &'static str, text: &str) -> Result<Mailbox, Error> {
    Mailbox::parse(text).map_err(|error| error.with_context("key", key))
}

/// Its address for the envelope.
fn address(key: &'static str, mailbox: &Mailbox) -> Result<Address, Error> {
    let wrong = |_| Error::invalid("want `name@domain`").with_context("key", key);
    mailbox.address().parse().map_err(wrong)
}

fn write(out: &mut Vec<u8>, header: &str, mailbox: &Mailbox) {
    mime::mailbox(out, header, mailbox.name(), mailbox.address());
}

fn default_subject() -> String {
    "Message".to_owned()
}

const fn yes() -> bool {
    true
}

/// As many as lettre's own pool.
const fn default_connections() -> usize {
    10
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| serde::de::Error::custom("want seconds, not less than 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_checked_and_never_repeated() {
        let sender = |from: &str| SmtpConfig::folder("/tmp", from).sender();
        let shop = sender("Grüner Shop <shop@example.org>").unwrap();
        let head = String::from_utf8(shop.head).unwrap();
        assert_eq!(
            head,
            "From: =?utf-8?b?R3LDvG5lciBTaG9w?= <shop@example.org>\r\nMIME-Version: 1.0\r\n"
        );
        assert_eq!(shop.domain, "example.org");
        for bad in [
            "",
            "secret",
            "secret@",
            "a <secret>",
            "S <s@example.org>\r\nBcc: x@example.org",
        ] {
            let error = sender(bad).unwrap_err();
            assert_eq!(
                error.to_string(),
                "invalid: want `name@domain` or `Name <name@domain>` (key: from)"
            );
        }
        for bad in ["", "a b", "a\r\nb", "ä.example"] {
            let config = SmtpConfig::folder("/tmp", "a@example.org").with_domain(bad);
            assert!(config.sender().is_err(), "{bad}");
        }
        assert!(
            SmtpConfig::folder("/tmp", "a@example.org")
                .with_subject(" \n")
                .sender()
                .is_err()
        );
    }

    #[test]
    fn serde_reads_a_config_and_refuses_what_it_does_not_know() {
        let config: SmtpConfig = serde_json::from_str(
            r#"{"outlet": {"server": {"host": "mail.example.org", "tls": "implicit", "user": "u", "password": "p",
                "timeouts": {"connect": 0.5}}}, "from": "a@example.org"}"#,
        )
        .unwrap();
        let Outlet::Server(server) = &config.outlet else {
            panic!("not a server")
        };
        assert_eq!(server.tls, TlsMode::Implicit);
        assert_eq!(
            server.timeouts,
            Timeouts::default().with_connect(Duration::from_millis(500))
        );
        assert!(config.auto_submitted);
        for bad in [
            r#"{"outlet": {"folder": "/tmp"}, "from": "a@example.org", "form": 1}"#,
            r#"{"outlet": {"server": {"host": "h", "timeouts": {"connect": -1}}}, "from": "a@example.org"}"#,
        ] {
            assert!(serde_json::from_str::<SmtpConfig>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_shows_neither_addresses_nor_secrets() {
        let server = Server::new("hidden.example.org").with_login("hidden", "hidden".into());
        let config =
            SmtpConfig::server(server, "hidden@example.org").with_reply_to("hidden@example.org");
        let shown = format!("{config:?} {:?}", config.sender().unwrap());
        assert!(
            !shown.contains("hidden") && !shown.contains("example"),
            "{shown}"
        );
    }
}
