//! From a webhook call to events: messages that came in, reports of how far a message got, and batches of Event Streams.
//!
//! Sources: <https://www.twilio.com/docs/messaging/guides/webhook-request> (what comes in),
//! <https://www.twilio.com/docs/messaging/guides/track-outbound-message-status> (reports),
//! <https://www.twilio.com/docs/events/event-types> (Event Streams). Twilio adds fields and kinds without notice, so what is
//! not known is kept as it came.

mod message;
pub(super) mod signature;
mod stream;

use super::request::TOKEN;
use super::response::failure;
use super::schema::is_code;
use super::wire::{SCHEME, Twilio};
use crate::wire::arrival::{Arrival, digest_of};
use crate::wire::call::part_of;
use crate::wire::fields::Fields;
use crate::wire::phone;
use crate::wire::proof::query_field;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::channel::{self, Inbound, InboundEvent, Receipt, StatusEvent, Verified};
use msg_core::message::state::{Progress, Stop};
use msg_core::message::{Address, AddressScheme, ChannelKind, DeliveryState};
use serde_json::Value;

/// The events of a verified call.
pub(super) fn parse(wire: &Twilio, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
    let request = call.request();
    let arrival = Arrival::new(SCHEME, wire.account.as_ref(), call.received_at());
    let mut parser = Parser {
        wire,
        arrival,
        events: Vec::with_capacity(2),
    };
    if matches!(request.body.trim_ascii_start().first(), Some(b'[' | b'{')) {
        parser.stream(&request.body)?;
    } else {
        let fields = Fields::of(request);
        if fields.is_empty() {
            return Err(malformed("the call has neither a form nor a query"));
        }
        let token = query_field(&request.url, TOKEN);
        parser.form(&fields, token.as_deref());
    }
    Ok(parser.events)
}

fn malformed(problem: &'static str) -> Error {
    Error::invalid(problem).with_context("scheme", SCHEME)
}

/// Collects the events of one call.
struct Parser<'w> {
    wire: &'w Twilio,
    arrival: Arrival<'w>,
    events: Vec<InboundEvent>,
}

impl Parser<'_> {
    fn push(&mut self, id: &str, occurred: Option<Timestamp>, kind: impl Into<Inbound>) {
        let event = self.arrival.event(id, occurred, kind);
        self.add(event);
    }

    /// The same event twice in one call is one event.
    fn add(&mut self, event: InboundEvent) {
        if !self.events.iter().any(|it| it.dedupe == event.dedupe) {
            self.events.push(event);
        }
    }

    fn form(&mut self, fields: &Fields<'_>, token: Option<&str>) {
        let sid = fields.any(&["MessageSid", "SmsSid", "SmsMessageSid"]);
        let status = fields.any(&["MessageStatus", "SmsStatus"]);
        let inbound = status.is_none_or(|it| matches!(it, "received" | "receiving"));
        // Conversations and calls come with fields of their own.
        let other = fields.any(&["CallSid", "ConversationSid", "ChannelSid"]);
        let report = match (status, sid) {
            (Some(status), Some(sid)) if !inbound && other.is_none() => {
                let code = fields.get("ErrorCode");
                Report::new(sid, status, code).map(|it| it.with_token(token))
            }
            _ => None,
        };
        if let Some(report) = report {
            let to = fields.get("To").and_then(|to| address(self.wire, to));
            let raw = fields.value_of(|name| !ROUTINE.contains(&name));
            self.report(&report, to, raw, None);
        } else if inbound && other.is_none() && fields.get("From").is_some() {
            self.message(fields, sid);
        } else {
            self.keep(
                fields,
                fields.any(&["EventType", "MessageStatus", "CallStatus"]),
            );
        }
    }

    /// A kind that is not known.
    fn keep(&mut self, fields: &Fields<'_>, name: Option<&str>) {
        let name = name.filter(|it| is_word(it)).unwrap_or("webhook");
        self.add(self.arrival.unsupported(name, fields.to_value()));
    }

    fn report(
        &mut self,
        report: &Report<'_>,
        to: Option<Address>,
        raw: Value,
        occurred: Option<Timestamp>,
    ) {
        let mut receipt = Receipt::new(report.sid);
        if let Some(token) = report.token {
            // The part's own id comes first: the answer that has the SID may not be known yet.
            receipt = Receipt::new(token);
            receipt.further_ids.push(report.sid.to_owned());
        }
        let mut event = StatusEvent::new(receipt, report.state);
        event.failure = report.code.map(failure);
        if event.failure.is_none() && report.state.stop == Some(Stop::Failed) {
            event.failure = Some(failure(""));
        }
        event.to = to;
        if raw.as_object().is_some_and(|fields| !fields.is_empty()) {
            event = event.with_report(channel::Report::new(report.word, raw));
        }
        let id = match report.code {
            Some(code) => format!("{}:{}:{code}", report.sid, report.word),
            None => format!("{}:{}", report.sid, report.word),
        };
        self.push(&id, occurred, event);
    }
}

/// Fields of a report that every message has, or that have a place in the event.
const ROUTINE: [&str; 10] = [
    "AccountSid",
    "ApiVersion",
    "ErrorCode",
    "From",
    "MessageSid",
    "MessageStatus",
    "MessagingServiceSid",
    "SmsSid",
    "SmsStatus",
    "To",
];

/// How far a message got.
struct Report<'a> {
    sid: &'a str,
    word: &'static str,
    state: DeliveryState,
    code: Option<&'a str>,
    token: Option<&'a str>,
}

impl<'a> Report<'a> {
    /// None for a state that is not known.
    fn new(sid: &'a str, status: &str, code: Option<&'a str>) -> Option<Self> {
        let (word, state) = state(status)?;
        let mut report = Self {
            sid,
            word,
            state,
            code: code.filter(|code| is_code(code)),
            token: None,
        };
        if report.code == Some("30036") {
            // The validity was over before the message left.
            report.state = DeliveryState::stopped(Stop::Expired);
        }
        Some(report)
    }

    fn with_token(mut self, token: Option<&'a str>) -> Self {
        self.token = token.filter(|token| part_of(token).is_some());
        self
    }
}

/// Twilio's word for it and ours (OpenAPI `message_enum_status`). Event Streams writes them in capitals.
fn state(status: &str) -> Option<(&'static str, DeliveryState)> {
    let failed = |progress| {
        let mut state = DeliveryState::stopped(Stop::Failed);
        state.progress = progress;
        state
    };
    let known = [
        ("accepted", DeliveryState::reached(Progress::Accepted)),
        ("scheduled", DeliveryState::reached(Progress::Accepted)),
        ("queued", DeliveryState::reached(Progress::Queued)),
        ("sending", DeliveryState::reached(Progress::Submitted)),
        ("sent", DeliveryState::reached(Progress::Sent)),
        ("delivered", DeliveryState::reached(Progress::Delivered)),
        // Some recipients of a group have it.
        (
            "partially_delivered",
            DeliveryState::reached(Progress::Delivered),
        ),
        ("read", DeliveryState::reached(Progress::Read)),
        ("undelivered", failed(Progress::Sent)),
        ("failed", failed(Progress::Pending)),
        ("canceled", DeliveryState::stopped(Stop::Cancelled)),
    ];
    known
        .into_iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(status))
}

/// Whose address it is. What stands before the number says the channel; a bare one is that of the wire where it is a
/// channel of the telephone network, else SMS.
fn address(wire: &Twilio, text: &str) -> Option<Address> {
    let (channel, value) = match text.split_once(':') {
        Some(("whatsapp", value)) => (ChannelKind::WhatsApp, value),
        Some(("rcs", value)) => (ChannelKind::Rcs, value),
        Some(("messenger", value)) => {
            let scheme = AddressScheme::MessengerUser;
            return Address::new(ChannelKind::Messenger, scheme, value).ok();
        }
        Some((name, value)) if is_word(name) => (ChannelKind::from(name), value),
        _ => {
            let own = matches!(wire.kind, ChannelKind::Sms | ChannelKind::Mms);
            let channel = if own {
                wire.kind.clone()
            } else {
                ChannelKind::Sms
            };
            (channel, text)
        }
    };
    if channel == ChannelKind::WhatsApp
        && !value
            .trim_start_matches('+')
            .bytes()
            .all(|b| b.is_ascii_digit())
    {
        // A person who hides the number is known by an id of the business.
        return Address::new(channel, AddressScheme::WhatsAppUser, value).ok();
    }
    phone::sender(&channel, value)
}

/// Whether a name may be shown: it is no text of a person.
fn is_word(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(word)
}

/// The SID, or an id that the same call makes again.
fn id_of(sid: Option<&str>, fields: &Fields<'_>) -> String {
    match sid {
        Some(sid) => sid.to_owned(),
        None => digest_of(fields.to_value().to_string().as_bytes()),
    }
}

#[cfg(test)]
mod tests;
