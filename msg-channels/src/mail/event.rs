//! What a provider reports of a mail, in one set of words, as events of the core.
//!
//! | event | state | consent | failure |
//! |---|---|---|---|
//! | queued, sent, delivered | queued, submitted, delivered | | |
//! | deferred | submitted: the provider goes on trying | | |
//! | opened, clicked | read; delivered where a program did it | | |
//! | bounced | bounced | | by [`BounceClass`] |
//! | rejected | failed: the provider held it back | opted out, where it was held back for that | by [`HeldBack`] |
//! | failed | failed | | unknown |
//! | autoresponded | submitted | | |
//! | complained | delivered | opted out of email | |
//! | unsubscribed, subscribed | none | opted out of email, or back | |
//!
//! Every one is kept with the provider's own fields: as the [`Report`] of a status, or, where there is no state or no
//! message, as a [`ChannelNotice`] with the event's name.

use super::bounce::{BounceClass, HeldBack};
use super::header::Mailbox;
use super::reply::Reply;
use crate::wire::arrival::Arrival;
use jiff::Timestamp;
use msg_core::channel::{
    Advice, ChannelNotice, ConsentSignal, Failure, FailureClass, FailureScope, InboundEvent,
    NoticeKind, Receipt, Report, StatusEvent,
};
use msg_core::consent::OptOutScope;
use msg_core::message::{Address, DeliveryState, Progress, Stop};
use serde_json::Value;
use std::collections::HashSet;

/// Who opened a mail or followed a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Opener {
    /// A person, as far as the provider can tell.
    Person,
    /// A program: a proxy that loads pictures ahead, a scanner of links. It proves only that the mail arrived.
    Program,
}

/// What happened to a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MailEvent {
    /// The provider took it and will try.
    Queued,
    /// The provider gave it to the network.
    Sent,
    /// A mail server of the recipient took it.
    Delivered,
    /// Its pictures were loaded.
    Opened(Opener),
    /// A link was followed.
    Clicked(Opener),
    /// A mail server did not take it for now; the provider goes on.
    Deferred,
    /// A mail server refused it for good.
    Bounced(BounceClass),
    /// The provider refused to send it.
    Rejected(HeldBack),
    /// The provider could not send it.
    Failed,
    /// The person called it spam.
    Complained,
    /// The person wants no more.
    Unsubscribed,
    /// The person wants mail again.
    Subscribed,
    /// A program answered it.
    AutoReplied,
}

impl MailEvent {
    /// The name, the same for all providers: the words of the Anymail project
    /// (<https://anymail.dev/en/stable/sending/tracking/>), which hosts know.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Opened(_) => "opened",
            Self::Clicked(_) => "clicked",
            Self::Deferred => "deferred",
            Self::Bounced(_) => "bounced",
            Self::Rejected(_) => "rejected",
            Self::Failed => "failed",
            Self::Complained => "complained",
            Self::Unsubscribed => "unsubscribed",
            Self::Subscribed => "subscribed",
            Self::AutoReplied => "autoresponded",
        }
    }

    /// What it proves about the mail; none when it is about the person only.
    #[must_use]
    pub const fn state(self) -> Option<DeliveryState> {
        let progress = match self {
            Self::Queued => Progress::Queued,
            // Some mail server answered, and nothing says that the mail is in the mailbox.
            Self::Sent
            | Self::Deferred
            | Self::AutoReplied
            | Self::Bounced(BounceClass::AutoReply) => Progress::Submitted,
            Self::Delivered
            | Self::Opened(Opener::Program)
            | Self::Clicked(Opener::Program)
            | Self::Complained => Progress::Delivered,
            Self::Opened(Opener::Person) | Self::Clicked(Opener::Person) => Progress::Read,
            Self::Bounced(_) => return Some(DeliveryState::stopped(Stop::Bounced)),
            Self::Rejected(HeldBack::TimedOut) => {
                return Some(DeliveryState::stopped(Stop::Expired));
            }
            Self::Rejected(_) | Self::Failed => {
                return Some(DeliveryState::stopped(Stop::Failed));
            }
            Self::Unsubscribed | Self::Subscribed => return None,
        };
        Some(DeliveryState::reached(progress))
    }

    /// What it says about consent: how far a refusal reaches, none when mail is allowed again, and why. Whatever list the
    /// provider keeps, the refusal counts for all mail, to be on the safe side.
    #[must_use]
    pub const fn consent(self) -> Option<(Option<OptOutScope>, &'static str)> {
        let channel = Some(OptOutScope::Channel);
        match self {
            Self::Complained => Some((channel, "called a mail spam")),
            Self::Unsubscribed => Some((channel, "unsubscribed at the provider")),
            Self::Rejected(HeldBack::Spam) => Some((channel, "called a mail spam before")),
            Self::Rejected(HeldBack::Unsubscribed) => {
                Some((channel, "unsubscribed at the provider before"))
            }
            Self::Subscribed => Some((None, "subscribed at the provider")),
            _ => None,
        }
    }

    fn failure(self, reply: Option<Reply>) -> Option<Failure> {
        match self {
            Self::Bounced(class) => class.failure(reply),
            Self::Rejected(why) => {
                let failure = why.failure();
                Some(match reply {
                    Some(reply) => failure.with_code(reply.to_code()),
                    None => failure,
                })
            }
            Self::Failed => {
                let (class, scope) = (FailureClass::Unknown, FailureScope::Message);
                let failure = Failure::new(class, scope, Advice::ReviewByHuman);
                Some(failure.with_detail("the provider could not send it"))
            }
            _ => None,
        }
    }
}

/// One event of a mail, as a provider told it.
#[derive(Clone, Debug)]
#[must_use]
pub struct MailReport {
    event: MailEvent,
    id: String,
    raw: Value,
    receipt: Option<String>,
    to: Option<Address>,
    at: Option<Timestamp>,
    reply: Option<Reply>,
}

impl MailReport {
    /// An event. `id` makes it the same when it is delivered again; `raw` is what the provider said.
    pub fn new(event: MailEvent, id: impl Into<String>, raw: Value) -> Self {
        Self {
            event,
            id: id.into(),
            raw,
            receipt: None,
            to: None,
            at: None,
            reply: None,
        }
    }

    /// Sets the id by which the send is known: one of its receipt's.
    pub fn about(mut self, receipt: Option<String>) -> Self {
        self.receipt = receipt.filter(|id| !id.is_empty());
        self
    }

    /// Sets whom the mail was for.
    pub fn to(mut self, to: Option<Address>) -> Self {
        self.to = to;
        self
    }

    /// Sets when it happened.
    pub const fn at(mut self, at: Option<Timestamp>) -> Self {
        self.at = at;
        self
    }

    /// Sets the mail server's refusal.
    pub const fn refused_with(mut self, reply: Option<Reply>) -> Self {
        self.reply = reply;
        self
    }

    /// The events of the core that say this.
    pub fn tell(self, arrival: &Arrival<'_>, events: &mut Vec<InboundEvent>) {
        let consent = self.event.consent().zip(self.to.clone());
        let name = self.event.name();
        let told = if let (Some(state), Some(receipt)) = (self.event.state(), self.receipt) {
            let report = Report::new(name, self.raw);
            let mut status = StatusEvent::new(Receipt::new(receipt), state).with_report(report);
            status.failure = self.event.failure(self.reply);
            status.to = self.to;
            arrival.event(&self.id, self.at, status)
        } else {
            let notice = ChannelNotice::new(NoticeKind::from(name), self.to, self.raw);
            arrival.event(&self.id, self.at, notice)
        };
        events.push(told);
        if let Some(((opt_out, why), from)) = consent {
            let signal = ConsentSignal::new(from, opt_out, why);
            let id = format!("{}#consent", self.id);
            events.push(arrival.event(&id, self.at, signal));
        }
    }
}

/// Every event once: a batch may repeat an item, and it is the same one.
#[must_use]
pub fn once(mut events: Vec<InboundEvent>) -> Vec<InboundEvent> {
    let mut seen = HashSet::with_capacity(events.len());
    events.retain(|event| seen.insert(event.dedupe.clone()));
    events
}

/// Whether a word is one that [`token_of`](crate::wire::call::token_of) made: 32 hexadecimal digits, a hyphen, a number. For
/// fields that a host may also use for its own.
#[must_use]
pub fn is_token(word: &str) -> bool {
    word.split_once('-').is_some_and(|(id, index)| {
        id.len() == 32
            && id.bytes().all(|b| b.is_ascii_hexdigit())
            && index.len() <= 5
            && index.parse::<u16>().is_ok()
    })
}

/// The address in `address` or `Name <address>`; none when it is not one.
#[must_use]
pub fn address_of(text: &str) -> Option<Address> {
    let bare = Address::email(text);
    bare.or_else(|_| Mailbox::parse(text).and_then(|it| Address::email(it.address())))
        .ok()
}

/// A text field; none when it is missing, empty, or of another kind.
#[must_use]
pub fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A field that is text or a number, as text.
#[must_use]
pub fn word(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::channel::Inbound;
    use serde_json::json;

    fn told(event: MailEvent, receipt: Option<&str>, to: Option<&str>) -> Vec<InboundEvent> {
        let mut events = Vec::new();
        MailReport::new(event, "e1", json!({"a": 1}))
            .about(receipt.map(Into::into))
            .to(to.and_then(address_of))
            .refused_with(Reply::quoted("550 5.1.1"))
            .tell(
                &Arrival::new("pigeon", None, Timestamp::UNIX_EPOCH),
                &mut events,
            );
        events
    }

    const EVENTS: [MailEvent; 18] = [
        MailEvent::Queued,
        MailEvent::Sent,
        MailEvent::Delivered,
        MailEvent::Opened(Opener::Person),
        MailEvent::Opened(Opener::Program),
        MailEvent::Clicked(Opener::Person),
        MailEvent::Deferred,
        MailEvent::Bounced(BounceClass::Hard),
        MailEvent::Bounced(BounceClass::Soft),
        MailEvent::Bounced(BounceClass::Block),
        MailEvent::Rejected(HeldBack::Unsubscribed),
        MailEvent::Rejected(HeldBack::TimedOut),
        MailEvent::Rejected(HeldBack::Bounced),
        MailEvent::Failed,
        MailEvent::Complained,
        MailEvent::Unsubscribed,
        MailEvent::Subscribed,
        MailEvent::AutoReplied,
    ];

    #[test]
    fn every_event_reads_as_reviewed() {
        let all: Vec<_> = EVENTS
            .iter()
            .map(|event| {
                (
                    event.name(),
                    told(*event, Some("m1"), Some("Jo <jo@example.org>")),
                )
            })
            .collect();
        insta::assert_json_snapshot!(all);
    }

    #[test]
    fn nothing_is_lost_without_a_message_or_an_address() {
        for event in EVENTS {
            for (receipt, to) in [
                (None, None),
                (Some(""), None),
                (None, Some("jo@example.org")),
            ] {
                let events = told(event, receipt, to);
                let Inbound::Notice(notice) = &events[0].kind else {
                    panic!("{event:?}")
                };
                assert_eq!(notice.about.as_str(), event.name());
                assert_eq!(notice.raw, json!({"a": 1}));
                assert_eq!(events.len() == 2, to.is_some() && event.consent().is_some());
            }
        }
    }

    #[test]
    fn a_batch_says_everything_once() {
        let mut events = told(MailEvent::Complained, Some("m1"), Some("jo@example.org"));
        events.extend(told(
            MailEvent::Complained,
            Some("m1"),
            Some("jo@example.org"),
        ));
        assert_eq!((events.len(), once(events).len()), (4, 2));
    }

    #[test]
    fn a_token_is_told_from_a_word_of_the_host() {
        assert!(is_token("00000000000071018101010101010101-0"));
        for other in [
            "",
            "-",
            "x-0",
            "00000000000071018101010101010101",
            "{\"a\":1}",
            "00000000000071018101010101010101--1",
        ] {
            assert!(!is_token(other), "{other}");
        }
    }

    #[test]
    fn neither_addresses_nor_fields_show() {
        let events = told(
            MailEvent::Complained,
            Some("m1"),
            Some("hidden@example.org"),
        );
        assert!(!format!("{events:?}").contains("hidden"));
        assert!(!format!("{events:?}").contains("\"a\""));
    }
}
