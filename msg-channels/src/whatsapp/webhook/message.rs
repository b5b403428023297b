//! Messages: what people wrote, shared, tapped and took back.

use super::super::wire::WhatsApp;
use super::value::{Object, is_token, object};
use super::{Keep, Parser};
use jiff::Timestamp;
use msg_core::channel::{
    AnswerReceived, ChannelNotice, DeletedMessage, EditedMessage, InboundMessage, MessageRef,
    NoticeKind, ReactionReceived, Report,
};
use msg_core::id::ConversationId;
use msg_core::message::commerce::{Money, Order, OrderLine};
use msg_core::message::content::{ContactCard, ContactCards, Decimal, Location, MediaGroup};
use msg_core::message::{Address, Content, Media, MediaKind, MediaSource};
use serde_json::Value;
use serde_json::value::RawValue;

/// What all kinds of message have.
struct Head {
    id: String,
    kind: String,
    from: Address,
    conversation: ConversationId,
    at: Option<Timestamp>,
    reply_to: Option<String>,
}

impl Head {
    /// What makes the message the same when it is delivered again. One that came as unsupported first may come again as what
    /// it is.
    fn key(&self) -> String {
        format!("{}:{}", self.id, self.kind)
    }
}

impl Parser<'_> {
    pub(super) fn message(&mut self, raw: &RawValue) -> Result<(), Keep> {
        let mut fields = object(raw).ok_or(Keep)?;
        let head = self.head(&mut fields)?;
        match head.kind.as_str() {
            "reaction" => self.reaction(&head, fields),
            "button" => self.button(head, fields),
            "interactive" => self.interactive(head, fields),
            "system" => self.system(&head, fields),
            "edit" => self.edited(head, fields),
            "revoke" => self.revoked(&head, fields),
            "request_welcome" => {
                let about = NoticeKind::from("opened");
                let notice =
                    ChannelNotice::new(about, Some(head.from.clone()), fields.into_value());
                self.push(&head.key(), head.at, notice);
                Ok(())
            }
            kind => {
                let content = content(kind, &head.id, &mut fields).ok_or(Keep)?;
                let message = self.received(&head, content, fields);
                self.push(&head.key(), head.at, message);
                Ok(())
            }
        }
    }

    /// Takes what all kinds have. A person who hides the number is known by the user id.
    fn head(&self, fields: &mut Object) -> Result<Head, Keep> {
        let ids = [
            fields.peek("from"),
            fields.peek("from_user_id"),
            self.alone("wa_id"),
            self.alone("user_id"),
        ];
        let from = self.person(&ids).ok_or(Keep)?;
        let group = fields.peek("group_id");
        let conversation = WhatsApp::conversation(&self.number, &from, group).map_err(|_| Keep)?;
        // A message without a type has a field that is named like it.
        let kind = fields.peek("type").map(str::to_owned);
        let head = Head {
            id: fields.peek("id").ok_or(Keep)?.to_owned(),
            kind: kind.ok_or(Keep)?,
            from,
            conversation,
            at: fields.time("timestamp"),
            reply_to: None,
        };
        if head.at.is_some() {
            fields.0.remove("timestamp");
        }
        for name in ["id", "type"] {
            fields.0.remove(name);
        }
        let mut context = fields.object("context").unwrap_or_default();
        let reply_to = context.text("id");
        // Who wrote the message that is answered is nothing new: we did.
        if reply_to.is_some() {
            context.0.remove("from");
        }
        fields.leave("context", context);
        Ok(Head { reply_to, ..head })
    }

    /// A field of the only person whom the change names.
    fn alone(&self, name: &str) -> Option<&str> {
        match self.contacts.as_slice() {
            [contact] => contact.peek(name),
            _ => None,
        }
    }

    /// A message with what has no place in it: who wrote, what led here, what else the provider says.
    fn received(&self, head: &Head, content: Content, mut rest: Object) -> InboundMessage {
        let ids = [rest.text("from"), rest.text("from_user_id")];
        let named = |contact: &&Object| {
            let mut known = ids.iter().flatten();
            known.any(|id| [contact.peek("wa_id"), contact.peek("user_id")].contains(&Some(id)))
        };
        let contact = self.contacts.iter().find(named);
        let contact = contact.or(match self.contacts.as_slice() {
            [one] => Some(one),
            _ => None,
        });
        if let Some(contact) = contact {
            rest.put("contact", Value::Object(contact.0.clone()));
        } else if let [_, Some(user)] = ids {
            rest.put("from_user_id", user);
        }
        let (from, conversation) = (head.from.clone(), head.conversation.clone());
        let mut message = InboundMessage::new(from, conversation, head.id.clone(), content);
        message.reply_to.clone_from(&head.reply_to);
        if !rest.0.is_empty() {
            message.report = Some(Box::new(Report::new(head.kind.clone(), rest.into_value())));
        }
        message
    }

    /// An emoji, or nothing when it was taken back.
    fn reaction(&mut self, head: &Head, mut fields: Object) -> Result<(), Keep> {
        let mut reaction = fields.object("reaction").ok_or(Keep)?;
        let target = reaction.text("message_id").ok_or(Keep)?;
        let received = ReactionReceived::new(head.from.clone(), target, reaction.text("emoji"));
        self.push(&head.key(), head.at, received);
        Ok(())
    }

    /// A tap on a quick reply of a template.
    fn button(&mut self, head: Head, mut fields: Object) -> Result<(), Keep> {
        let mut button = fields.object("button").ok_or(Keep)?;
        let label = button.text("text");
        let handle = button.text("payload").or_else(|| label.clone());
        self.answer(head, handle.ok_or(Keep)?, label, None);
        Ok(())
    }

    fn answer(&mut self, head: Head, handle: String, label: Option<String>, form: Option<Value>) {
        let (key, at) = (head.key(), head.at);
        let answered = head.reply_to.unwrap_or_default();
        let mut answer = AnswerReceived::new(head.from, head.conversation, answered, handle);
        (answer.label, answer.form) = (label, form);
        self.push(&key, at, answer);
    }

    /// A tap on a button or a row, the answers of a flow, a permission to call.
    fn interactive(&mut self, head: Head, mut fields: Object) -> Result<(), Keep> {
        let mut reply = fields.object("interactive").ok_or(Keep)?;
        let kind = reply.text("type").ok_or(Keep)?;
        let mut body = reply.object(&kind).ok_or(Keep)?;
        match kind.as_str() {
            "button_reply" | "list_reply" => {
                let handle = body.text("id").ok_or(Keep)?;
                self.answer(head, handle, body.text("title"), None);
            }
            "nfm_reply" => {
                let written = body.text("response_json").ok_or(Keep)?;
                let form = serde_json::from_str(&written).unwrap_or(Value::String(written));
                let token = form.get("flow_token").and_then(Value::as_str);
                let name = body.text("name");
                let handle = token.map_or_else(|| name.unwrap_or_default(), form_of);
                self.answer(head, handle, body.text("body"), Some(form));
            }
            "call_permission_reply" => {
                let key = head.key();
                body.put("type", kind);
                let notice =
                    ChannelNotice::new(NoticeKind::Call, Some(head.from), body.into_value());
                self.push(&key, head.at, notice);
            }
            _ => return Err(Keep),
        }
        Ok(())
    }

    /// A person has another number or another phone. The number is not followed by itself: it may be somebody else's by now.
    fn system(&mut self, head: &Head, fields: Object) -> Result<(), Keep> {
        let what = fields.0.get("system").and_then(|it| it.get("type"));
        let about = match what.and_then(Value::as_str) {
            Some("user_changed_number" | "customer_changed_number" | "user_changed_user_id") => {
                NoticeKind::Migrated
            }
            Some("customer_identity_changed" | "user_identity_changed") => {
                NoticeKind::from("identity")
            }
            _ if fields.0.contains_key("identity") => NoticeKind::from("identity"),
            _ => return Err(Keep),
        };
        let notice = ChannelNotice::new(about, Some(head.from.clone()), fields.into_value());
        self.push(&head.key(), head.at, notice);
        Ok(())
    }

    /// The message as it reads now, under the id that it had.
    fn edited(&mut self, head: Head, mut fields: Object) -> Result<(), Keep> {
        let key = head.key();
        let mut edit = fields.object("edit").ok_or(Keep)?;
        let id = edit.text("original_message_id").ok_or(Keep)?;
        let mut now = edit.object("message").ok_or(Keep)?;
        let kind = now.text("type").ok_or(Keep)?;
        let content = content(&kind, &id, &mut now).ok_or(Keep)?;
        for (name, value) in now.0 {
            fields.0.entry(name).or_insert(value);
        }
        let head = Head { id, kind, ..head };
        let message = self.received(&head, content, fields);
        self.push(&key, head.at, EditedMessage(message));
        Ok(())
    }

    fn revoked(&mut self, head: &Head, mut fields: Object) -> Result<(), Keep> {
        let mut revoke = fields.object("revoke").ok_or(Keep)?;
        let id = revoke.text("original_message_id").ok_or(Keep)?;
        let gone = MessageRef::new(head.from.clone(), Some(id));
        self.push(&head.key(), head.at, DeletedMessage(gone));
        Ok(())
    }

    /// What the business wrote in its app.
    pub(super) fn echo(&mut self, raw: &RawValue) -> Result<(), Keep> {
        let fields = object(raw).ok_or(Keep)?;
        let to = self.person(&[fields.peek("to"), fields.peek("to_user_id")]);
        let occurred = fields.peek_time("timestamp");
        let about = NoticeKind::from("business_outgoing");
        self.notice(about, to, occurred, fields.into_value());
        Ok(())
    }
}

/// The form's id in a token that this wire made, behind the part's id.
fn form_of(token: &str) -> String {
    let own = token.split_once('.').filter(|(part, _)| is_token(part));
    own.map_or(token, |(_, form)| form).to_owned()
}

/// What a message says, taken out of its fields; none when it is not content of ours.
fn content(kind: &str, id: &str, fields: &mut Object) -> Option<Content> {
    if fields.0.contains_key("errors") {
        return None;
    }
    let media = |media_kind, fields: &mut Object| media(kind, media_kind, fields);
    match kind {
        "text" => {
            let mut text = fields.object("text")?;
            let body = text.text("body")?;
            fields.leave("text", text);
            Some(Content::text(body))
        }
        "image" => media(MediaKind::Image, fields),
        "video" => media(MediaKind::Video, fields),
        "audio" => media(MediaKind::Audio, fields),
        "voice" => media(MediaKind::VoiceNote, fields),
        "document" => media(MediaKind::File, fields),
        "sticker" => media(MediaKind::Sticker, fields),
        "location" => location(fields),
        "contacts" => contacts(fields),
        "order" => order(id, fields),
        _ => None,
    }
}

/// Media by their id. The address beside it ends after minutes, so it stands only where there is no id.
fn media(name: &str, kind: MediaKind, fields: &mut Object) -> Option<Content> {
    let mut file = fields.object(name)?;
    let id = file.text("id");
    let url = id
        .is_none()
        .then(|| file.text("url").or_else(|| file.text("link")));
    let source = match (id, url.flatten()) {
        (Some(id), _) => MediaSource::ProviderId(id),
        (None, Some(url)) => MediaSource::Url(url),
        (None, None) => return None,
    };
    let voice = kind == MediaKind::Audio && file.0.get("voice") == Some(&Value::Bool(true));
    let kind = if voice { MediaKind::VoiceNote } else { kind };
    let mut media = Media::from_url(kind, "", "");
    media.source = source;
    media.mime = file.text("mime_type");
    media.filename = file.text("filename");
    let mut group = MediaGroup::new(vec![media]);
    group.caption = file.text("caption").map(Into::into);
    if voice {
        file.0.remove("voice");
    }
    fields.leave(name, file);
    Some(Content::Media(group))
}

/// A number as its digits; one with an exponent is written out.
fn decimal(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let written_out = || Decimal::new(text.parse::<f64>().ok()?.to_string()).ok();
    Decimal::new(&text).ok().or_else(written_out)
}

fn location(fields: &mut Object) -> Option<Content> {
    let mut place = fields.object("location")?;
    let coordinates = (
        decimal(place.0.get("latitude")?)?,
        decimal(place.0.get("longitude")?)?,
    );
    for name in ["latitude", "longitude"] {
        place.0.remove(name);
    }
    let mut location = Location::new(coordinates.0, coordinates.1);
    (location.name, location.address) = (place.text("name"), place.text("address"));
    fields.leave("location", place);
    Some(Content::Location(location))
}

/// Cards with what they have a place for. The whole ones stay beside them when they say more.
fn contacts(fields: &mut Object) -> Option<Content> {
    let whole = fields.0.get("contacts").cloned();
    let cards: Vec<ContactCard> = fields
        .objects("contacts")
        .into_iter()
        .map(contact)
        .collect();
    if let Some(whole) = whole {
        fields.put("contacts", whole);
    }
    (!cards.is_empty()).then_some(Content::Contact(ContactCards(cards)))
}

fn contact(mut person: Object) -> ContactCard {
    let mut name = person.object("name").unwrap_or_default();
    let whole = name
        .text("formatted_name")
        .or_else(|| name.text("first_name"));
    let mut card = ContactCard::new(whole.unwrap_or_default());
    for mut phone in person.objects("phones") {
        let number = phone.text("phone").or_else(|| phone.text("wa_id"));
        card.phones.extend(number);
    }
    for mut email in person.objects("emails") {
        card.emails.extend(email.text("email"));
    }
    card.organization = person.object("org").and_then(|mut org| org.text("company"));
    card
}

/// An order from the catalog. It has no number of its own, so it is known by its message. Prices come without the number of
/// digits that their currency has: hundredths are taken.
fn order(id: &str, fields: &mut Object) -> Option<Content> {
    let mut order = Object(fields.0.get("order")?.as_object()?.clone());
    let mut lines = Vec::new();
    let mut total: Option<Money> = None;
    for mut item in order.objects("product_items") {
        let quantity = item.0.get("quantity").and_then(decimal)?.to_f64();
        let price = item.0.get("item_price").and_then(decimal);
        let price = price.map_or(0.0, |price| price.to_f64());
        let currency = item.text("currency")?;
        let minor = hundredths(price * quantity)?;
        let sum = total
            .as_ref()
            .map_or(0, |total| total.minor)
            .checked_add(minor)?;
        total = Some(Money::new(sum, currency.as_str()));
        let (name, quantity) = (
            item.text("product_retailer_id")?,
            hundredths(quantity)? / 100,
        );
        let quantity = u32::try_from(quantity).ok()?;
        lines.push(OrderLine::new(name, quantity, Money::new(minor, currency)));
    }
    Some(Content::Order(Order::new(id, lines, total?)))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "bounded before: a price is below a hundred billion"
)]
fn hundredths(number: f64) -> Option<i64> {
    let hundredths = (number * 100.0).round();
    (hundredths.abs() < 1e13).then_some(hundredths as i64)
}
