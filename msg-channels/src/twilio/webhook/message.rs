//! Messages that came in.

use super::{Parser, address, id_of};
use crate::wire::arrival::media_kind;
use crate::wire::fields::Fields;
use msg_core::channel::{
    AnswerReceived, ChannelNotice, ConsentSignal, InboundMessage, NoticeKind, Report,
};
use msg_core::consent::OptOutScope;
use msg_core::id::ConversationId;
use msg_core::message::content::{Decimal, Location, MediaGroup};
use msg_core::message::{Address, Content, Media};

/// The most media that are looked at. Twilio says 10 (OpenAPI description of `MediaUrl`).
const MAX_MEDIA: usize = 32;

/// Fields that say how a message came, and those that have a place in an event. A field that is neither is kept beside it.
const KNOWN: [&str; 43] = [
    "AccountSid",
    "Address",
    "ApiVersion",
    "Body",
    "ButtonPayload",
    "ButtonText",
    "ChannelInstallSid",
    "ChannelMetadata",
    "ChannelPrefix",
    "ChannelToAddress",
    "ErrorCode",
    "ErrorUrl",
    "Forwarded",
    "FrequentlyForwarded",
    "From",
    "FromCity",
    "FromCountry",
    "FromState",
    "FromZip",
    "Label",
    "Latitude",
    "ListId",
    "ListTitle",
    "Longitude",
    "MessageSid",
    "MessageStatus",
    "MessageType",
    "MessagingServiceSid",
    "NumMedia",
    "NumSegments",
    "OriginalRepliedMessageSender",
    "OriginalRepliedMessageSid",
    "ReferralNumMedia",
    "SmsMessageSid",
    "SmsSid",
    "SmsStatus",
    "To",
    "ToCity",
    "ToCountry",
    "ToState",
    "ToZip",
    "WaId",
    "OptOutType",
];

impl Parser<'_> {
    /// What a person wrote, tapped or shared, and the word that stops or starts.
    pub(super) fn message(&mut self, fields: &Fields<'_>, sid: Option<&str>) {
        let own = fields
            .any(&["To", "MessagingServiceSid"])
            .unwrap_or_default();
        let from = fields.get("From").and_then(|text| address(self.wire, text));
        let conversation = from
            .as_ref()
            .and_then(|from| self.arrival.conversation(own, from).ok());
        let (Some(from), Some(conversation)) = (from, conversation) else {
            self.keep(fields, fields.get("MessageType"));
            return;
        };
        let id = id_of(sid, fields);
        if let Some(answer) = answer(fields, &from, &conversation) {
            self.push(&id, None, answer);
            self.note(fields, &id, from.clone());
        } else if let Some(content) = content(fields) {
            let mut message = InboundMessage::new(from.clone(), conversation, &*id, content);
            let replied = fields.get("OriginalRepliedMessageSid");
            message.reply_to = replied.map(str::to_owned);
            message.report = rest(fields).map(Box::new);
            self.push(&id, None, message);
        } else {
            self.keep(fields, fields.get("MessageType"));
            return;
        }
        self.consent(fields, &id, from);
    }

    /// Twilio itself stops sending to who wrote the word, and says so
    /// (<https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out>).
    fn consent(&mut self, fields: &Fields<'_>, id: &str, from: Address) {
        let (opt_out, reason) = match fields.get("OptOutType") {
            Some("STOP") => (Some(OptOutScope::Channel), "opted out at twilio"),
            Some("START") => (None, "opted in at twilio"),
            _ => return,
        };
        let signal = ConsentSignal::new(from, opt_out, reason);
        self.push(&format!("{id}:consent"), None, signal);
    }

    /// An answer has no place for more, so what is left of a tap is a notice.
    fn note(&mut self, fields: &Fields<'_>, id: &str, from: Address) {
        if let Some(report) = rest(fields) {
            let about = NoticeKind::from(&*report.name);
            let notice = ChannelNotice::new(about, Some(from), report.raw);
            self.push(&format!("{id}:{}", report.name), None, notice);
        }
    }
}

/// What has no place in a message: the advertisement that somebody came from, their name, what is new.
fn rest(fields: &Fields<'_>) -> Option<Report> {
    let is_left = |name: &str| !KNOWN.contains(&name) && !name.starts_with("Media");
    let mut left = fields
        .iter()
        .map(|(name, _)| name)
        .filter(|it| is_left(it))
        .peekable();
    left.peek()?;
    let advertised = left.any(|name| name.starts_with("Referral"));
    let name = if advertised { "referral" } else { "details" };
    Some(Report::new(name, fields.value_of(is_left)))
}

/// A tap on a button or a row. Where a template gave the button no payload, its text is what comes back.
fn answer(
    fields: &Fields<'_>,
    from: &Address,
    conversation: &ConversationId,
) -> Option<AnswerReceived> {
    let (handle, label) = if let Some(row) = fields.get("ListId") {
        (row, fields.get("ListTitle"))
    } else {
        let text = fields.get("ButtonText");
        (fields.get("ButtonPayload").or(text)?, text)
    };
    let replied = fields.get("OriginalRepliedMessageSid").unwrap_or_default();
    let mut answer = AnswerReceived::new(from.clone(), conversation.clone(), replied, handle);
    answer.label = label.or(fields.get("Body")).map(str::to_owned);
    Some(answer)
}

/// What a message says; none when it says nothing that is known.
fn content(fields: &Fields<'_>) -> Option<Content> {
    if let Some(place) = location(fields) {
        return Some(Content::Location(place));
    }
    let body = fields.get("Body");
    let items = media(fields);
    if !items.is_empty() {
        let mut group = MediaGroup::new(items);
        if let Some(body) = body {
            group = group.with_caption(body);
        }
        return Some(Content::Media(group));
    }
    match body {
        Some(body) => Some(Content::text(body)),
        // An SMS may be empty.
        None if fields.get("NumMedia").is_none_or(|it| it == "0") && is_plain(fields) => {
            Some(Content::text(""))
        }
        None => None,
    }
}

fn is_plain(fields: &Fields<'_>) -> bool {
    let kind = fields.get("MessageType");
    let from = fields.get("From").unwrap_or_default();
    kind.is_none_or(|kind| kind == "text") && !from.contains(':')
}

fn location(fields: &Fields<'_>) -> Option<Location> {
    let decimal = |name| Decimal::new(fields.get(name)?.trim()).ok();
    let mut place = Location::new(decimal("Latitude")?, decimal("Longitude")?);
    place.name = fields.get("Label").map(str::to_owned);
    place.address = fields.get("Address").map(str::to_owned);
    Some(place)
}

fn media(fields: &Fields<'_>) -> Vec<Media> {
    let one = |number: usize| {
        let url = fields.get(&format!("MediaUrl{number}"))?;
        let mime = fields.get(&format!("MediaContentType{number}"));
        let mut media = Media::from_url(media_kind(mime.unwrap_or_default()), url, "");
        media.mime = mime.map(str::to_owned);
        Some(media)
    };
    (0..MAX_MEDIA).map_while(one).collect()
}
