//! Messages: what a person wrote, shared or did in a chat.

use super::super::schema::{File, Location as Place, Message, PhotoSize, Poll};
use super::super::wire::Chat;
use super::{Keep, Parser, read, text, value};
use msg_core::channel::{
    ChannelNotice, ConsentSignal, EditedMessage, Inbound, InboundMessage, NoticeKind, Unsupported,
};
use msg_core::id::ActionId;
use msg_core::message::content::{ContactCard, ContactCards, Decimal, Location, MediaGroup};
use msg_core::message::interactive::{self, PollOption};
use msg_core::message::{Content, Media, MediaKind, MediaSource};
use serde_json::value::RawValue;

/// Where a message is, as its answer must be addressed.
pub(super) fn place(bot: i64, message: &Message) -> Chat<'_> {
    let mut chat = Chat::new(bot, message.chat.id);
    // The thread of an answer in a group without topics is no place to send to.
    if message.is_topic_message == Some(true) {
        chat.topic = message.message_thread_id;
    }
    chat.direct_topic = message.direct_messages_topic.as_ref().map(|it| it.topic_id);
    chat.business = message.business_connection_id.as_deref();
    chat
}

impl Parser<'_> {
    /// A message that is new, or that was changed.
    pub(super) fn message(&mut self, kind: &str, raw: &RawValue, edited: bool) -> Result<(), Keep> {
        let message: Message = read(raw)?;
        let chat = place(self.wire.bot, &message);
        let sender = message.from.as_ref().map(|user| user.id);
        if sender == Some(self.wire.bot) {
            // What the bot itself wrote is no event.
            return Ok(());
        }
        if chat.business.is_some() && sender.is_some_and(|sender| sender != chat.id) {
            // The owner of the business account wrote to a customer: nobody wrote to us.
            let about = NoticeKind::from("business_outgoing");
            let notice = ChannelNotice::new(about, Some(chat.address()), value(raw));
            self.push(message.date, notice);
            return Ok(());
        }
        let Some(content) = content(&message) else {
            self.service_message(kind, &message, raw);
            return Ok(());
        };
        let conversation = chat.conversation().map_err(|_| Keep)?;
        let id = chat.message(message.message_id);
        let mut received = InboundMessage::new(chat.address(), conversation, id, content);
        let replied = message.reply_to_message.as_ref();
        received.reply_to = replied.map(|it| chat.message(it.message_id));
        received.language = message.from.and_then(|user| user.language_code);
        if edited {
            self.push(message.edit_date.or(message.date), EditedMessage(received));
        } else {
            self.push(message.date, received);
        }
        Ok(())
    }

    /// A message without content: what happened is told by which field is there.
    fn service_message(&mut self, kind: &str, message: &Message, raw: &RawValue) {
        let value = value(raw);
        let fields = value.as_object();
        // The first by name, so that it does not hang on the order of a map.
        let field = fields.and_then(|fields| {
            let names = fields.keys().map(String::as_str);
            names.filter(|name| !ENVELOPE.contains(name)).min()
        });
        let field = field.unwrap_or("nothing").to_owned();
        let address = Chat::new(self.wire.bot, message.chat.id).address();
        let about = match field.as_str() {
            "new_chat_members" | "left_chat_member" | "chat_owner_left" | "chat_owner_changed" => {
                NoticeKind::Member
            }
            "migrate_to_chat_id" | "migrate_from_chat_id" => NoticeKind::Migrated,
            "invoice"
            | "successful_payment"
            | "refunded_payment"
            | "paid_message_price_changed"
            | "direct_message_price_changed"
            | "gift"
            | "unique_gift"
            | "gift_upgrade_sent" => NoticeKind::Commerce,
            "video_chat_scheduled"
            | "video_chat_started"
            | "video_chat_ended"
            | "video_chat_participants_invited" => NoticeKind::Call,
            "poll_option_added" | "poll_option_deleted" => NoticeKind::Poll,
            "write_access_allowed" => {
                let signal = ConsentSignal::new(address.clone(), None, "bot was allowed to write");
                self.push(message.date, signal);
                NoticeKind::Member
            }
            _ => {
                let kept = Unsupported::new(format!("{kind}/{field}"), value);
                self.push(message.date, Inbound::from(kept));
                return;
            }
        };
        self.push(
            message.date,
            ChannelNotice::new(about, Some(address), value),
        );
    }
}

/// Fields that say where and how a message came, not what it is (Bot API 10.1, `Message`).
const ENVELOPE: [&str; 39] = [
    "message_id",
    "message_thread_id",
    "direct_messages_topic",
    "from",
    "sender_chat",
    "sender_boost_count",
    "sender_business_bot",
    "sender_tag",
    "date",
    "guest_query_id",
    "business_connection_id",
    "chat",
    "forward_origin",
    "is_topic_message",
    "is_automatic_forward",
    "reply_to_message",
    "external_reply",
    "quote",
    "reply_to_story",
    "reply_to_checklist_task_id",
    "reply_to_poll_option_id",
    "via_bot",
    "guest_bot_caller_user",
    "guest_bot_caller_chat",
    "edit_date",
    "has_protected_content",
    "is_from_offline",
    "is_paid_post",
    "media_group_id",
    "author_signature",
    "paid_star_count",
    "reply_markup",
    "entities",
    "link_preview_options",
    "effect_id",
    "caption",
    "caption_entities",
    "show_caption_above_media",
    "has_media_spoiler",
];

/// What a message says, or none when it is not content of ours.
fn content(message: &Message) -> Option<Content> {
    if let Some(body) = &message.text {
        let entities = message.entities.as_deref().unwrap_or_default();
        return Some(Content::text(text::rich(body, entities)));
    }
    if let Some(rich) = &message.rich_message {
        let body = text::flat(rich);
        return (!body.is_empty()).then(|| Content::text(body));
    }
    if let Some(media) = media(message) {
        let mut group = MediaGroup::new(vec![media]);
        if let Some(caption) = &message.caption {
            let entities = message.caption_entities.as_deref().unwrap_or_default();
            group = group.with_caption(text::rich(caption, entities));
        }
        return Some(Content::Media(group));
    }
    if let Some(contact) = &message.contact {
        let last = contact.last_name.iter().map(String::as_str);
        let names: Vec<_> = std::iter::once(contact.first_name.as_str())
            .chain(last)
            .collect();
        let card = ContactCard::new(names.join(" ").trim()).with_phone(&contact.phone_number);
        return Some(Content::Contact(ContactCards(vec![card])));
    }
    // A venue repeats its place as a location, so it is looked at first.
    if let Some(venue) = &message.venue {
        let mut place = location(&venue.location)?;
        (place.name, place.address) = (venue.title.clone(), venue.address.clone());
        return Some(Content::Location(place));
    }
    if let Some(place) = &message.location {
        return location(place).map(Content::Location);
    }
    message.poll.as_ref().and_then(poll)
}

/// An animation repeats itself as a document and a live photo as a photo, so they are looked at first.
fn media(message: &Message) -> Option<Media> {
    let files = [
        (MediaKind::Animation, &message.animation),
        (MediaKind::Video, &message.live_photo),
        (MediaKind::Video, &message.video),
        (MediaKind::Video, &message.video_note),
        (MediaKind::VoiceNote, &message.voice),
        (MediaKind::Audio, &message.audio),
        (MediaKind::Sticker, &message.sticker),
        (MediaKind::File, &message.document),
    ];
    for (kind, found) in files {
        if let Some(found) = found {
            return Some(file(kind, found));
        }
    }
    let area = |size: &&PhotoSize| u64::from(size.width) * u64::from(size.height);
    let largest = message.photo.as_ref()?.iter().max_by_key(area)?;
    Some(by_id(MediaKind::Image, &largest.file_id))
}

fn by_id(kind: MediaKind, id: &str) -> Media {
    let mut media = Media::from_url(kind, "", "");
    media.source = MediaSource::ProviderId(id.to_owned());
    media
}

fn file(kind: MediaKind, file: &File) -> Media {
    let mut media = by_id(kind, &file.file_id);
    media.mime.clone_from(&file.mime_type);
    media.filename.clone_from(&file.file_name);
    media.alt = file.emoji.clone().unwrap_or_default();
    media
}

/// The digits as they came; a number with an exponent is written out.
fn location(place: &Place) -> Option<Location> {
    let decimal = |raw: &RawValue| {
        let written_out = || Some(raw.get().parse::<f64>().ok()?.to_string());
        let exact = Decimal::new(raw.get()).ok();
        exact.or_else(|| Decimal::new(written_out()?).ok())
    };
    Some(Location::new(
        decimal(&place.latitude)?,
        decimal(&place.longitude)?,
    ))
}

/// The ids of the options are their numbers from 1: the Bot API gives none that the host would know.
fn poll(poll: &Poll) -> Option<Content> {
    let option = |(index, option): (usize, &super::super::schema::PollOption)| {
        let id = ActionId::new((index + 1).to_string()).ok()?;
        Some(PollOption::new(id, &option.text))
    };
    let options = poll.options.iter().enumerate().map(option);
    let mut content = interactive::Poll::new(&poll.question, options.collect::<Option<_>>()?);
    content.several = poll.allows_multiple_answers;
    Some(Content::Poll(content))
}
