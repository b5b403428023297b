//! From a webhook call to events.
//!
//! Every kind of update of Bot API 10.1 has a row in [`Parser::kind`]. What is not known, or not well formed, is kept as
//! [`Inbound::Unsupported`] with everything that came, so that nothing is lost and nothing fails.

mod message;
mod text;

use super::schema::{
    CallbackQuery, ChatMemberUpdated, DeletedMessages, Member, MessageReaction, ReactionType,
    Update, Whereabouts,
};
use super::wire::{Chat, SCHEME, Telegram};
use crate::wire::arrival::Arrival;
use crate::wire::proof;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::channel::{
    AnswerReceived, Authenticity, ChannelNotice, ConsentSignal, DeletedMessage, HttpReply, Inbound,
    InboundEvent, MessageRef, NoticeKind, ReactionReceived, Unsupported, Verified, WebhookRequest,
};
use msg_core::consent::OptOutScope;
use msg_core::message::Address;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// The header that carries the secret of `setWebhook`.
pub(super) const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

/// Whether the call carries one of the secrets.
pub(super) fn authenticate(secrets: &[SecretString], request: &WebhookRequest) -> Authenticity {
    let given = proof::header(request, SECRET_HEADER);
    proof::authenticity(given.and_then(|given| proof::one_of(secrets, given.as_bytes())))
}

/// The answer to a call: a tap is answered at once.
pub(super) fn reply(call: &Verified<'_>) -> HttpReply {
    let tapped = || {
        let update: Update<'_> = serde_json::from_slice(&call.request().body).ok()?;
        let (_, raw) = update
            .kinds
            .iter()
            .find(|(kind, _)| kind == "callback_query")?;
        serde_json::from_str::<CallbackQuery>(raw.get()).ok()?.id
    };
    match tapped() {
        Some(id) => HttpReply::json(
            serde_json::json!({"method": "answerCallbackQuery", "callback_query_id": id})
                .to_string(),
        ),
        None => HttpReply::text(""),
    }
}

/// The events of a verified call.
pub(super) fn parse(wire: &Telegram, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
    let malformed = |problem| Error::invalid(problem).with_context("scheme", SCHEME);
    let update: Update<'_> = serde_json::from_slice(&call.request().body)
        .map_err(|_| malformed("the body is not an update: want a json object with `update_id`"))?;
    let id = update
        .id
        .ok_or_else(|| malformed("the update has no `update_id`"))?;
    let mut parser = Parser {
        wire,
        update: id,
        received: call.received_at(),
        events: Vec::with_capacity(1),
    };
    for (kind, raw) in &update.kinds {
        parser.kind(kind, raw);
    }
    if parser.events.is_empty() && update.kinds.is_empty() {
        parser.push(None, Unsupported::new("nothing", Value::Null));
    }
    Ok(parser.events)
}

/// Collects the events of one update.
struct Parser<'w> {
    wire: &'w Telegram,
    update: i64,
    received: Timestamp,
    events: Vec<InboundEvent>,
}

/// Why an item gives no event of its own: it is kept as it came.
struct Keep;

impl Parser<'_> {
    /// One kind of update.
    fn kind(&mut self, kind: &str, raw: &RawValue) {
        let done = match kind {
            "message" | "channel_post" | "business_message" => self.message(kind, raw, false),
            "edited_message" | "edited_channel_post" | "edited_business_message" => {
                self.message(kind, raw, true)
            }
            "callback_query" => self.tap(raw),
            "message_reaction" => self.reaction(raw),
            "my_chat_member" => self.own_membership(raw),
            "deleted_business_messages" => self.deleted(raw),
            // A vote names options by their place, which says nothing about actions: who sent the poll knows it by the
            // id in its receipt.
            "poll" | "poll_answer" => self.notice(NoticeKind::Poll, raw),
            "chat_member" | "chat_join_request" => self.notice(NoticeKind::Member, raw),
            "business_connection" | "managed_bot" => self.notice(NoticeKind::Account, raw),
            "pre_checkout_query" | "shipping_query" | "purchased_paid_media" => {
                self.notice(NoticeKind::Commerce, raw)
            }
            "message_reaction_count" | "chat_boost" | "removed_chat_boost" => {
                self.notice(NoticeKind::from(kind), raw)
            }
            // Inline queries and guest messages are answered by methods of their own, not by a message to a chat.
            _ => Err(Keep),
        };
        if done.is_err() {
            self.push(None, Unsupported::new(kind, value(raw)));
        }
    }

    /// Adds an event. The first one has the update's own key, the next ones a number behind it.
    fn push(&mut self, seconds: Option<i64>, kind: impl Into<Inbound>) {
        let mut id = format!("{}:{}", self.wire.bot, self.update);
        if !self.events.is_empty() {
            id = format!("{id}#{}", self.events.len());
        }
        let arrival = Arrival::new(SCHEME, self.wire.account.as_ref(), self.received);
        let occurred = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
        self.events.push(arrival.event(&id, occurred, kind));
    }

    fn chat<'a>(&self, id: i64) -> Chat<'a> {
        Chat::new(self.wire.bot, id)
    }

    /// A tap on a button. Without the handle of a button (a game) it is kept.
    fn tap(&mut self, raw: &RawValue) -> Result<(), Keep> {
        let tap: CallbackQuery = read(raw)?;
        let handle = tap.data.ok_or(Keep)?;
        let mut label = None;
        // A message sent in inline mode is in a chat that the bot does not see; the person is reached directly.
        let (chat, message) = match &tap.message {
            Some(message) => {
                let keyboard = message
                    .reply_markup
                    .iter()
                    .flat_map(|it| &it.inline_keyboard);
                label = keyboard
                    .flatten()
                    .find(|key| key.callback_data.as_ref() == Some(&handle))
                    .map(|key| key.text.clone());
                let chat = message::place(self.wire.bot, message);
                let id = chat.message(message.message_id);
                (chat, id)
            }
            None => (
                self.chat(tap.from.id),
                tap.inline_message_id.unwrap_or_default(),
            ),
        };
        let conversation = chat.conversation().map_err(|_| Keep)?;
        let mut answer = AnswerReceived::new(chat.address(), conversation, message, handle);
        answer.label = label;
        self.push(None, answer);
        Ok(())
    }

    /// The reactions that were added; none when they were only taken back.
    fn reaction(&mut self, raw: &RawValue) -> Result<(), Keep> {
        let change: MessageReaction = read(raw)?;
        let chat = self.chat(change.chat.id);
        let message = chat.message(change.message_id);
        let (old, new) = (
            change.old_reaction.unwrap_or_default(),
            change.new_reaction.unwrap_or_default(),
        );
        let mut added = new
            .iter()
            .filter(|it| !old.contains(it))
            .map(name)
            .peekable();
        if added.peek().is_none() {
            self.push(
                change.date,
                ReactionReceived::new(chat.address(), message, None),
            );
            return Ok(());
        }
        for emoji in added {
            let reaction = ReactionReceived::new(chat.address(), message.clone(), Some(emoji));
            self.push(change.date, reaction);
        }
        Ok(())
    }

    /// The bot was let in or kept out: consent, and a notice with the whole story.
    fn own_membership(&mut self, raw: &RawValue) -> Result<(), Keep> {
        let change: ChatMemberUpdated = read(raw)?;
        let private = change.chat.r#type == "private";
        let was = change.old_chat_member.as_ref().is_some_and(is_in);
        let signal = match (was, is_in(&change.new_chat_member)) {
            (_, false) if private => Some((Some(OptOutScope::Channel), "bot was blocked")),
            (_, false) => Some((Some(OptOutScope::Channel), "bot was removed from the chat")),
            (false, true) if private => Some((None, "bot was unblocked or started")),
            (false, true) => Some((None, "bot was added to the chat")),
            (true, true) => None,
        };
        let address = self.chat(change.chat.id).address();
        if let Some((opt_out, reason)) = signal {
            self.push(change.date, ConsentSignal::new(address, opt_out, reason));
        }
        self.notice(NoticeKind::Member, raw)
    }

    fn deleted(&mut self, raw: &RawValue) -> Result<(), Keep> {
        let gone: DeletedMessages = read(raw)?;
        let mut chat = self.chat(gone.chat.id);
        chat.business = gone.business_connection_id.as_deref();
        for number in gone.message_ids {
            let message = MessageRef::new(chat.address(), Some(chat.message(number)));
            self.push(None, DeletedMessage(message));
        }
        Ok(())
    }

    /// Something that is not a message, with whom it is about where that can be told.
    fn notice(&mut self, about: NoticeKind, raw: &RawValue) -> Result<(), Keep> {
        let who: Whereabouts = read(raw)?;
        let chat = who.chat.map(|chat| chat.id).or(who.user_chat_id);
        let person = who.from.or(who.user).map(|user| user.id);
        let address = chat.or(person).map(Address::telegram);
        let notice = ChannelNotice::new(about, address, value(raw));
        self.push(who.date, notice);
        Ok(())
    }
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, Keep> {
    serde_json::from_str(raw.get()).map_err(|_| Keep)
}

/// As it came; as text when it is nested deeper than a value may be.
fn value(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| Value::String(raw.get().to_owned()))
}

/// Whether a member can be written to. `restricted` is either.
fn is_in(member: &Member) -> bool {
    match member.status.as_str() {
        "left" | "kicked" => false,
        "restricted" => member.is_member.unwrap_or(false),
        _ => true,
    }
}

fn name(reaction: &ReactionType) -> String {
    match (&reaction.emoji, &reaction.custom_emoji_id) {
        (Some(emoji), _) => emoji.clone(),
        (None, Some(id)) => format!("custom_emoji:{id}"),
        (None, None) => reaction.r#type.clone(),
    }
}

#[cfg(test)]
mod tests;
