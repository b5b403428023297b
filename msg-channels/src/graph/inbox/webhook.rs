//! From a webhook call to events.
//!
//! What a page or an account gets is told by the fields of an event: [`Parser::field`] has a row for each. What is not known,
//! or not well formed, is kept with everything that came, so that nothing is lost and nothing fails.

mod message;

use super::Inbox;
use crate::graph::{Envelope, Fields, Item};
use crate::wire::arrival::{Arrival, digest_of, unix_time};
use jiff::Timestamp;
use msg_core::Error;
use msg_core::channel::{
    AnswerReceived, ChannelNotice, ConsentSignal, EditedMessage, Inbound, InboundEvent,
    InboundMessage, MessageRef, NoticeKind, ReactionReceived, ReadSeen, Receipt, Report,
    StatusEvent, Unsupported, Verified,
};
use msg_core::consent::OptOutScope;
use msg_core::message::state::Progress;
use msg_core::message::{Address, Content, DeliveryState, Purpose};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// The events of a verified call.
pub(crate) fn parse(inbox: &Inbox, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
    let scheme = inbox.rules.scheme;
    let envelope = Envelope::read(&call.request().body)
        .map_err(|error| error.with_context("scheme", scheme))?;
    let mut events = Vec::with_capacity(envelope.items.len());
    // The app dashboard sends tests without an object.
    let ours = envelope.object.is_empty() || envelope.object == inbox.rules.object;
    for item in &envelope.items {
        let mut parser = Parser {
            inbox,
            arrival: Arrival::new(scheme, inbox.account.as_ref(), call.received_at()),
            place: &item.place.id,
            at: item.place.time.and_then(time),
            events: &mut events,
        };
        if ours {
            parser.item(item);
        } else {
            parser.keep(&format!("{}/{}", envelope.object, item.list), item.raw);
        }
    }
    Ok(events)
}

/// Reads the items of one call, one by one.
struct Parser<'p> {
    inbox: &'p Inbox,
    arrival: Arrival<'p>,
    /// The page or account that it came to.
    place: &'p str,
    /// When it happened, as far as it is known by now.
    at: Option<Timestamp>,
    events: &'p mut Vec<InboundEvent>,
}

/// Why an item gives no event of its own: it is kept as it came.
struct Keep;

/// Who is in an event, and the event itself.
struct Scene<'a> {
    /// The person, where one is named.
    person: Option<Address>,
    /// Whether the page or account did it itself.
    own: bool,
    raw: &'a RawValue,
}

impl Scene<'_> {
    fn person(&self) -> Result<Address, Keep> {
        self.person.clone().ok_or(Keep)
    }
}

#[derive(Deserialize)]
struct Who {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    user_ref: Option<String>,
}

#[derive(Deserialize)]
struct Change<'a> {
    field: String,
    #[serde(borrow)]
    value: &'a RawValue,
}

impl Parser<'_> {
    fn item(&mut self, item: &Item<'_>) {
        match &*item.list {
            "messaging" => self.event(item.raw),
            // Another app has the conversation, so this is to be known and not to be answered (Messenger Platform, "Handover
            // Protocol").
            "standby" => {
                let scene = self.scene(item.raw);
                self.notice("standby", scene.as_ref(), item.raw);
            }
            // Which apps a call went through. It says nothing about a person.
            "hop_context" => {}
            // An entry may be a change itself (Instagram Platform, "Webhook Notification Examples").
            "changes" | "" => match read::<Change<'_>>(item.raw) {
                Ok(change) => self.change(&change, item.raw),
                Err(Keep) => self.keep("changes", item.raw),
            },
            other => self.keep(other, item.raw),
        }
    }

    /// A change of a page or an account. Events of conversations come as changes too.
    fn change(&mut self, change: &Change<'_>, raw: &RawValue) {
        let fields = read::<Fields<'_>>(change.value).unwrap_or_default();
        if fields.get("sender").is_some() && fields.get("recipient").is_some() {
            if change.field == "standby" {
                let scene = self.scene(change.value);
                self.notice("standby", scene.as_ref(), change.value);
            } else {
                self.event(change.value);
            }
            return;
        }
        let from = fields
            .get("from")
            .filter(|_| self.inbox.rules.knows_commenters);
        let from = from.and_then(|from| self.who(from));
        let made = fields
            .get("created_time")
            .or_else(|| fields.get("timestamp"));
        self.at = made.and_then(time).or(self.at);
        let about = match &*change.field {
            "message_template_status_update" => NoticeKind::Template,
            field => NoticeKind::from(field),
        };
        let notice = ChannelNotice::new(about, from, value(raw));
        self.push(&named(&change.field, raw), notice);
    }

    /// An event of a conversation.
    fn event(&mut self, raw: &RawValue) {
        let before = self.events.len();
        if let Some(scene) = self.scene(raw)
            && let Ok(fields) = read::<Fields<'_>>(raw)
        {
            for (name, field) in &fields.0 {
                let envelope = [
                    "sender",
                    "recipient",
                    "timestamp",
                    "is_self",
                    "app_id",
                    "id",
                ];
                let last = fields
                    .get(name)
                    .is_some_and(|last| std::ptr::eq(last, *field));
                if envelope.contains(&&**name) || !last {
                    continue;
                }
                if self.field(name, field, &scene).is_err() {
                    self.keep(name, raw);
                }
            }
        }
        if self.events.len() == before {
            self.keep("messaging", raw);
        }
    }

    /// Who is in an event, and when it happened; none when it is no object.
    fn scene<'a>(&mut self, raw: &'a RawValue) -> Option<Scene<'a>> {
        let fields = read::<Fields<'_>>(raw).ok()?;
        let id = |name| {
            let who: Who = read(fields.get(name)?).ok()?;
            text(&who.id)
        };
        self.at = fields.get("timestamp").and_then(time).or(self.at);
        let echo = fields.get("message").is_some_and(|message| {
            read::<Echo>(message).is_ok_and(|message| message.is_echo == Value::Bool(true))
        });
        let own = echo || (!self.place.is_empty() && id("sender").as_deref() == Some(self.place));
        let person = fields.get(if own { "recipient" } else { "sender" });
        Some(Scene {
            person: person.and_then(|who| self.who(who)),
            own,
            raw,
        })
    }

    fn who(&self, raw: &RawValue) -> Option<Address> {
        let who: Who = read(raw).ok()?;
        let made = match (text(&who.id), &who.user_ref) {
            (Some(id), _) => self.inbox.person(self.place, &id),
            (None, Some(name)) => {
                let mut others = self.inbox.rules.others.iter();
                let (scheme, _) = others.find(|(_, field)| *field == "user_ref")?;
                self.inbox.other(scheme, self.place, name)
            }
            (None, None) => return None,
        };
        made.ok()
    }

    /// One field of an event. The names are those of the Messenger Platform's "Webhook Events Reference" and of the Instagram
    /// Platform's "Webhook Notification Examples".
    fn field(&mut self, name: &str, raw: &RawValue, scene: &Scene<'_>) -> Result<(), Keep> {
        match name {
            "message" => self.message(raw, scene)?,
            "message_edit" => self.edited(raw, scene)?,
            "postback" => self.tap(raw, scene)?,
            "delivery" => self.delivered(raw, scene)?,
            "read" => self.seen(raw, scene)?,
            "reaction" => self.reaction(raw, scene)?,
            "optin" => self.opt_in(raw, scene)?,
            "referral"
            | "account_linking"
            | "pass_thread_control"
            | "take_thread_control"
            | "request_thread_control"
            | "app_roles"
            | "game_play"
            | "messaging_feedback"
            | "response_feedback"
            | "messaging_customer_information"
            | "messaging_in_thread_lead_form_submit"
            | "policy_enforcement"
            | "policy-enforcement"
            | "payment"
            | "pre_checkout"
            | "checkout_update"
            | "order" => self.notice(name, Some(scene), scene.raw),
            _ => return Err(Keep),
        }
        Ok(())
    }

    /// Adds an event under what makes it the same again.
    fn push(&mut self, id: &str, kind: impl Into<Inbound>) {
        self.events.push(self.arrival.event(id, self.at, kind));
    }

    fn notice(&mut self, name: &str, scene: Option<&Scene<'_>>, raw: &RawValue) {
        let about = match name {
            "policy_enforcement" | "policy-enforcement" => NoticeKind::Account,
            "payment" | "pre_checkout" | "checkout_update" | "order" => NoticeKind::Commerce,
            other => NoticeKind::from(other),
        };
        let person = scene.and_then(|scene| scene.person.clone());
        self.push(
            &named(name, raw),
            ChannelNotice::new(about, person, value(raw)),
        );
    }

    /// Keeps what came. It is the same again when its bytes are.
    fn keep(&mut self, name: &str, raw: &RawValue) {
        let name = if name.is_empty() { "entry" } else { name };
        self.push(&named(name, raw), Unsupported::new(name, value(raw)));
    }

    fn edited(&mut self, raw: &RawValue, scene: &Scene<'_>) -> Result<(), Keep> {
        let edit: Rewritten = read(raw)?;
        let from = scene.person()?;
        let conversation = self.conversation(&from)?;
        let mid = edit.mid.filter(|mid| !mid.is_empty()).ok_or(Keep)?;
        let id = format!("{mid}:edit:{}", text(&edit.num_edit).unwrap_or_default());
        let content = Content::text(edit.text.unwrap_or_default());
        let message = InboundMessage::new(from, conversation, mid, content);
        self.push(&id, EditedMessage(message));
        Ok(())
    }

    /// A tap on a button, on the menu, or on how a conversation begins. Where it began by a link or an ad, that is told too.
    fn tap(&mut self, raw: &RawValue, scene: &Scene<'_>) -> Result<(), Keep> {
        let tap: Postback<'_> = read(raw)?;
        let from = scene.person()?;
        let handle = tap.payload.as_ref().and_then(text);
        let handle = handle.or_else(|| tap.title.clone()).ok_or(Keep)?;
        let mid = tap.mid.unwrap_or_default();
        let id = if mid.is_empty() {
            named("postback", scene.raw)
        } else {
            mid.clone()
        };
        let mut answer = AnswerReceived::new(from.clone(), self.conversation(&from)?, mid, handle);
        answer.label = tap.title;
        self.push(&id, answer);
        if tap.referral.is_some() {
            self.notice("referral", Some(scene), scene.raw);
        }
        Ok(())
    }

    /// Messages by their ids. A time before which everything arrived names none, so it is told as it came.
    fn delivered(&mut self, raw: &RawValue, scene: &Scene<'_>) -> Result<(), Keep> {
        let delivery: Reached = read(raw)?;
        self.at = self.at.or_else(|| unix_time(&delivery.watermark));
        let mids = delivery.mids.unwrap_or_default();
        if mids.is_empty() {
            self.notice("delivery", Some(scene), scene.raw);
        }
        for mid in mids {
            self.status(
                &mid,
                Progress::Delivered,
                scene,
                Report::new("delivery", value(raw)),
            );
        }
        Ok(())
    }

    /// A message by its id (Instagram), or everything up to a time (Messenger).
    fn seen(&mut self, raw: &RawValue, scene: &Scene<'_>) -> Result<(), Keep> {
        let seen: Reached = read(raw)?;
        if let Some(mid) = seen.mid.filter(|mid| !mid.is_empty()) {
            self.status(&mid, Progress::Read, scene, Report::new("read", value(raw)));
            return Ok(());
        }
        self.at = unix_time(&seen.watermark).or(self.at);
        let read = MessageRef::new(scene.person()?, None);
        self.push(&named("read", scene.raw), ReadSeen(read));
        Ok(())
    }

    /// How far one of our messages got.
    fn status(&mut self, mid: &str, progress: Progress, scene: &Scene<'_>, report: Report) {
        let id = format!("{mid}:{}", report.name);
        let state = DeliveryState::reached(progress);
        let mut status = StatusEvent::new(Receipt::new(mid), state).with_report(report);
        status.to.clone_from(&scene.person);
        self.push(&id, status);
    }

    fn reaction(&mut self, raw: &RawValue, scene: &Scene<'_>) -> Result<(), Keep> {
        let reaction: Reacted = read(raw)?;
        let mid = reaction.mid.filter(|mid| !mid.is_empty()).ok_or(Keep)?;
        if scene.own {
            // What we did ourselves is no event of a person.
            self.notice("reaction", Some(scene), scene.raw);
            return Ok(());
        }
        let emoji = match reaction.action.as_deref() {
            Some("unreact") => None,
            _ => Some(reaction.emoji.or(reaction.reaction).ok_or(Keep)?),
        };
        let received = ReactionReceived::new(scene.person()?, mid, emoji);
        self.push(&named("reaction", scene.raw), received);
        Ok(())
    }

    /// A person wants notifications, or no more of them. The notice has the token that they are sent with.
    fn opt_in(&mut self, raw: &RawValue, scene: &Scene<'_>) -> Result<(), Keep> {
        let optin: OptIn = read(raw)?;
        let status = optin.notification_messages_status.unwrap_or_default();
        if optin.r#type.as_deref() == Some("notification_messages")
            && let Some(person) = scene.person.clone()
        {
            // Written with a blank or a line between the words (Messenger Platform, "messaging_optins").
            let stops = status.to_ascii_uppercase().starts_with("STOP");
            let signal = if stops {
                let scope = OptOutScope::Purpose(Purpose::Marketing);
                ConsentSignal::new(person, Some(scope), "marketing messages were stopped")
            } else {
                let reason = "marketing messages were asked for";
                ConsentSignal::wanting(person, Purpose::Marketing, reason)
            };
            self.push(&named("consent", scene.raw), signal);
        }
        self.notice("optin", Some(scene), scene.raw);
        Ok(())
    }

    fn conversation(&self, with: &Address) -> Result<msg_core::id::ConversationId, Keep> {
        self.inbox.conversation(self.place, with).map_err(|_| Keep)
    }
}

#[derive(Deserialize)]
struct Echo {
    #[serde(default)]
    is_echo: Value,
}

#[derive(Deserialize)]
struct Rewritten {
    #[serde(default)]
    mid: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    num_edit: Value,
}

#[derive(Deserialize)]
struct Postback<'a> {
    #[serde(default)]
    mid: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    payload: Option<Value>,
    #[serde(default, borrow)]
    referral: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Reached {
    #[serde(default)]
    mid: Option<String>,
    #[serde(default)]
    mids: Option<Vec<String>>,
    #[serde(default)]
    watermark: Value,
}

#[derive(Deserialize)]
struct Reacted {
    #[serde(default)]
    mid: Option<String>,
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    emoji: Option<String>,
    #[serde(default)]
    reaction: Option<String>,
}

#[derive(Deserialize)]
struct OptIn {
    #[serde(default)]
    r#type: Option<String>,
    #[serde(default)]
    notification_messages_status: Option<String>,
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, Keep> {
    serde_json::from_str(raw.get()).map_err(|_| Keep)
}

/// As it came; as text when it is nested deeper than a value may be.
fn value(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| Value::String(raw.get().to_owned()))
}

fn time(raw: &RawValue) -> Option<Timestamp> {
    unix_time(&value(raw))
}

/// A text that is not empty, or a number as text: ids come as both.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What makes something the same again that has no id of its own.
fn named(name: &str, raw: &RawValue) -> String {
    format!("{name}:{}", digest_of(raw.get().as_bytes()))
}
