//! One conversation with a server: greeting, TLS, login, and mail after mail.

use super::response::{Phase, Reply, classify, failure, reply};
use super::stream::Handed;
use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt, Rset};
use lettre::transport::smtp::extension::MailParameter;
use lettre::transport::smtp::response::Response;
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope};
use std::fmt;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Why a mail was not accepted.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It surely was not.
    Refused(Box<Failure>),
    /// It may have been.
    Unknown(&'static str),
    /// The connection was dead before the first reply: nothing was asked yet.
    Stale,
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Refused(Box::new(failure))
    }
}

/// What the next mail finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No mail is under way.
    Ready,
    /// A refused mail is still open and has to be reset.
    Open,
    /// Not usable any more.
    Closed,
}

/// What the server offers, from its answer to `EHLO`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Offer {
    /// Several commands may be sent at once (RFC 2920).
    pub(super) pipelining: bool,
    /// Mails may be announced with their size (RFC 1870).
    pub(super) size: bool,
    /// The largest mail in bytes, if there is a limit.
    pub(super) limit: Option<u64>,
    /// Addresses may be written in Unicode (RFC 6531).
    pub(super) utf8: bool,
}

impl Offer {
    /// Reads the answer to `EHLO`.
    pub(super) fn read(answer: &Response) -> Self {
        let mut offer = Self::default();
        for line in answer.message().skip(1) {
            let mut words = line.split_ascii_whitespace();
            let word = words.next().unwrap_or_default();
            if word.eq_ignore_ascii_case("PIPELINING") {
                offer.pipelining = true;
            } else if word.eq_ignore_ascii_case("SMTPUTF8") {
                offer.utf8 = true;
            } else if word.eq_ignore_ascii_case("SIZE") {
                offer.size = true;
                let limit = words.next().and_then(|size| size.parse().ok());
                offer.limit = limit.filter(|limit| *limit > 0);
            }
        }
        offer
    }
}

/// A connection that has said hello and logged in.
pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    handed: Handed,
    offer: Offer,
    state: State,
    used: Instant,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("offer", &self.offer)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// A connection that is ready for its first mail.
    pub(super) fn new(smtp: AsyncSmtpConnection, handed: Handed, offer: Offer) -> Self {
        Self {
            smtp,
            handed,
            offer,
            state: State::Ready,
            used: Instant::now(),
        }
    }

    /// Whether another mail may be sent over it.
    pub(super) fn is_usable(&self) -> bool {
        self.state != State::Closed
    }

    /// Notes that it is not used from now on.
    pub(super) fn rest(&mut self) {
        self.used = Instant::now();
    }

    /// For how long it was not used.
    pub(super) fn unused_for(&self) -> Duration {
        self.used.elapsed()
    }

    /// Asks whether the server is still there.
    pub(super) async fn is_alive(&mut self, within: Duration) -> bool {
        let answer = timeout(within, self.smtp.command(Noop)).await;
        answer.is_ok_and(|answer| answer.is_ok())
    }

    /// Says goodbye (RFC 5321, 4.1.1.10: a client must not just hang up), and waits no longer than `within`.
    pub(super) async fn quit(mut self, within: Duration) {
        let _ = timeout(within, self.smtp.quit()).await;
    }

    /// Sends one mail. After a failure [`Connection::is_usable`] says whether the connection lives on.
    pub(super) async fn send(
        &mut self,
        envelope: &Envelope,
        mail: &[u8],
        command: Duration,
        data: Duration,
    ) -> Result<(), Trouble> {
        let mail_from = self.mail_from(envelope, mail.len())?;
        // Whoever drops this future in the middle leaves a connection that nobody can use.
        let reset = self.state == State::Open;
        self.state = State::Closed;
        if self.offer.pipelining {
            self.ask_at_once(&mail_from, envelope, reset, command)
                .await?;
        } else {
            self.ask_in_turn(&mail_from, envelope, reset, command)
                .await?;
        }
        self.send_data(mail, data).await
    }

    /// The first command, after what the server's offer excludes.
    fn mail_from(&self, envelope: &Envelope, size: usize) -> Result<Mail, Trouble> {
        let mut parameters = Vec::new();
        let ascii = |address: &lettre::Address| AsRef::<str>::as_ref(address).is_ascii();
        if !envelope.to().iter().chain(envelope.from()).all(ascii) {
            if !self.offer.utf8 {
                return Err(failure(
                    FailureClass::UnreachableOnChannel,
                    FailureScope::Recipient,
                    Advice::RetryOtherChannel,
                )
                .with_detail("the server takes no address that is not ASCII")
                .into());
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if self.offer.size {
            if self.offer.limit.is_some_and(|limit| size as u64 > limit) {
                return Err(failure(
                    FailureClass::ContentTooLarge,
                    FailureScope::Message,
                    Advice::Degrade,
                )
                .with_detail("the mail is larger than the server takes")
                .into());
            }
            parameters.push(MailParameter::Size(size));
        }
        Ok(Mail::new(envelope.from().cloned(), parameters))
    }

    /// `MAIL`, `RCPT` and `DATA` in one write, then all their replies: one round trip.
    async fn ask_at_once(
        &mut self,
        mail_from: &Mail,
        envelope: &Envelope,
        reset: bool,
        within: Duration,
    ) -> Result<(), Trouble> {
        use std::fmt::Write as _;
        let mut batch = String::with_capacity(160);
        let mut phases = Vec::with_capacity(4);
        // Writing to a string cannot fail.
        if reset {
            let _ = write!(batch, "{Rset}");
            phases.push(Phase::Hello);
        }
        let _ = write!(batch, "{mail_from}");
        phases.push(Phase::Sender);
        for to in envelope.to() {
            let _ = write!(batch, "{}", Rcpt::new(to.clone(), Vec::new()));
            phases.push(Phase::Recipient);
        }
        let _ = write!(batch, "{Data}");
        phases.push(Phase::Data);

        let mut refusal = None;
        let mut last = None;
        for (at, phase) in phases.into_iter().enumerate() {
            let answer = match at {
                0 => timeout(within, self.smtp.command(batch.as_str())).await,
                _ => timeout(within, self.smtp.read_response()).await,
            };
            let reply = heard(answer, at == 0)?;
            if reply.closes() {
                return Err(gone(reply, phase, at == 0));
            }
            let wanted = match phase {
                Phase::Data => reply.code == 354,
                _ => reply.is_done(),
            };
            if !wanted {
                refusal.get_or_insert((reply, phase));
            }
            last = Some(reply.code);
        }
        match refusal {
            None => Ok(()),
            Some((reply, phase)) => {
                // Who was told to send the mail and hangs up has not sent it; an empty one would be an answer (RFC 2920, 3.1).
                if last != Some(354) {
                    self.state = State::Open;
                }
                Err(classify(reply, phase).into())
            }
        }
    }

    /// `MAIL`, `RCPT` and `DATA`, each after the reply to the one before.
    async fn ask_in_turn(
        &mut self,
        mail_from: &Mail,
        envelope: &Envelope,
        reset: bool,
        within: Duration,
    ) -> Result<(), Trouble> {
        let mut first = true;
        if reset {
            let answer = timeout(within, self.smtp.command(Rset)).await;
            self.step(answer, Phase::Hello, first)?;
            first = false;
        }
        let answer = timeout(within, self.smtp.command(mail_from)).await;
        self.step(answer, Phase::Sender, first)?;
        for to in envelope.to() {
            let command = Rcpt::new(to.clone(), Vec::new());
            let answer = timeout(within, self.smtp.command(command)).await;
            self.step(answer, Phase::Recipient, false)?;
        }
        let answer = timeout(within, self.smtp.command(Data)).await;
        self.step(answer, Phase::Data, false)
    }

    /// Judges the reply to one command.
    fn step(&mut self, answer: Answer, phase: Phase, first: bool) -> Result<(), Trouble> {
        let reply = heard(answer, first)?;
        if reply.closes() {
            return Err(gone(reply, phase, first));
        }
        let wanted = match phase {
            Phase::Data => reply.code == 354,
            _ => reply.is_done(),
        };
        if wanted {
            return Ok(());
        }
        // Out of step: a server that wants data now was not asked to.
        if reply.code != 354 {
            self.state = State::Open;
        }
        Err(classify(reply, phase).into())
    }

    /// The mail and its end: from here on a lost connection may mean a sent mail.
    async fn send_data(&mut self, mail: &[u8], within: Duration) -> Result<(), Trouble> {
        // lettre ends the last line itself.
        let mail = mail.strip_suffix(b"\r\n").unwrap_or(mail);
        let answer = timeout(within, self.smtp.message(mail)).await;
        let late = answer.is_err();
        let reply = answer.ok().and_then(|answer| reply(&answer));
        match reply {
            Some(reply) if reply.is_done() => {
                self.state = State::Ready;
                Ok(())
            }
            Some(reply) if reply.code >= 400 => {
                if !reply.closes() {
                    self.state = State::Ready;
                }
                Err(classify(reply, Phase::Data).into())
            }
            Some(_) => Err(Trouble::Unknown("the answer to the mail makes no sense")),
            None if self.handed.everything() => Err(Trouble::Unknown(if late {
                "no answer in time after the end of the mail"
            } else {
                "connection lost after the end of the mail"
            })),
            None => Err(lost("connection lost before the end of the mail").into()),
        }
    }
}

type Answer = Result<Result<Response, SmtpError>, tokio::time::error::Elapsed>;

/// The reply, if one came.
fn heard(answer: Answer, first: bool) -> Result<Reply, Trouble> {
    match answer {
        Ok(answer) => match reply(&answer) {
            Some(reply) => Ok(reply),
            None if first => Err(Trouble::Stale),
            None => Err(lost("connection lost before the mail").into()),
        },
        Err(_) => Err(lost("no answer in time before the mail").into()),
    }
}

/// The server says goodbye: at once when it did so while nobody spoke, else in answer to a command.
fn gone(reply: Reply, phase: Phase, first: bool) -> Trouble {
    if first {
        Trouble::Stale
    } else {
        classify(reply, phase).into()
    }
}

/// A passing fault on the way to the server: the mail surely was not sent.
pub(super) fn lost(detail: &'static str) -> Failure {
    failure(
        FailureClass::Transient,
        FailureScope::Provider,
        Advice::RetrySame,
    )
    .with_detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_read_line_by_line() {
        let answer: Response =
            "250-mail.example.org PIPELINING\r\n250-size 35882577\r\n250 SMTPUTF8\r\n"
                .parse()
                .unwrap();
        assert_eq!(
            Offer::read(&answer),
            Offer {
                pipelining: false,
                size: true,
                limit: Some(35_882_577),
                utf8: true
            }
        );
        let answer: Response = "250-me\r\n250-PIPELINING\r\n250 SIZE 0\r\n"
            .parse()
            .unwrap();
        assert_eq!(
            Offer::read(&answer),
            Offer {
                pipelining: true,
                size: true,
                limit: None,
                utf8: false
            }
        );
    }
}
