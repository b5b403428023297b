//! From a webhook call to events.
//!
//! Every field that Meta documents for the object `whatsapp_business_account` has a row in [`Parser::change`]. What is not
//! known, or not well formed, is kept as [`Inbound::Unsupported`] with everything that came, so that nothing is lost and
//! nothing fails.

mod account;
mod message;
mod status;
mod value;

use super::schema::{Change, Opened};
use super::wire::{SCHEME, WhatsApp};
use crate::graph::{Envelope, Fields, Item};
use crate::wire::arrival::{Arrival, digest_of};
use jiff::Timestamp;
use msg_core::Error;
use msg_core::channel::{ChannelNotice, Inbound, InboundEvent, NoticeKind, Unsupported, Verified};
use msg_core::message::Address;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use value::{Object, list, object, whole};

/// The object of WhatsApp's webhooks.
const OBJECT: &str = "whatsapp_business_account";

/// The events of a verified call.
pub(super) fn parse(wire: &WhatsApp, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
    let envelope = Envelope::read(&call.request().body)
        .map_err(|error| error.with_context("scheme", SCHEME))?;
    let mut parser = Parser {
        wire,
        arrival: Arrival::new(SCHEME, wire.account.as_ref(), call.received_at()),
        number: Cow::Borrowed(&wire.phone_number_id),
        contacts: Vec::new(),
        place: String::new(),
        events: Vec::with_capacity(envelope.items.len()),
    };
    // A test of the app dashboard has no object.
    let ours = envelope.object == OBJECT || envelope.object.is_empty();
    for item in &envelope.items {
        parser.item(item, ours, &envelope.object);
    }
    Ok(parser.events)
}

/// Collects the events of one call.
struct Parser<'w> {
    wire: &'w WhatsApp,
    arrival: Arrival<'w>,
    /// The id of the phone number that the current change came to.
    number: Cow<'w, str>,
    /// The people whom the current change names.
    contacts: Vec<Object>,
    /// The entry that is read: its account and its time, which tell apart what has no id.
    place: String,
    events: Vec<InboundEvent>,
}

/// Why an item gives no event of its own: it is kept as it came.
struct Keep;

impl Parser<'_> {
    fn item(&mut self, item: &Item<'_>, ours: bool, kind: &str) {
        let time = item.place.time.map_or("", RawValue::get);
        self.place = format!("{}@{time}", item.place.id);
        let changes = ours && item.list == "changes";
        if changes && let Ok(change) = serde_json::from_str::<Opened<'_>>(item.raw.get()) {
            return self.change(item, &change.field, &change.value);
        }
        match serde_json::from_str::<Change<'_>>(item.raw.get()) {
            Ok(change) if changes => self.keep(&change.field, change.value),
            _ if !ours => self.keep(kind, item.raw),
            _ if item.list.is_empty() => self.keep("entry", item.raw),
            _ => self.keep(&item.list, item.raw),
        }
    }

    /// One change of a field.
    fn change(&mut self, item: &Item<'_>, field: &str, fields: &Fields<'_>) {
        let before = self.events.len();
        self.arrive(fields);
        match field {
            "messages" => self.messages(field, fields),
            "message_echoes" | "smb_message_echoes" => self.echoes(field, fields),
            "calls" => self.calls(field, fields),
            "user_preferences" => self.preferences(field, fields),
            "user_id_update" | "user_id_updates" => self.moved(field, fields),
            "group_lifecycle_update"
            | "group_participants_update"
            | "group_settings_update"
            | "group_status_update" => self.groups(field, fields),
            _ => {}
        }
        if self.events.len() > before {
            return;
        }
        if let Ok(change) = serde_json::from_str::<Change<'_>>(item.raw.get()) {
            match account::about(field) {
                Some(about) => self.about_account(item, about, &change),
                None => self.keep(field, change.value),
            }
        }
    }

    /// Which of the account's numbers the change came to, and whom it names. The host's name is that of the configured
    /// number; where another one is told, it is not said.
    fn arrive(&mut self, fields: &Fields<'_>) {
        let number = fields.get("metadata").and_then(object);
        let number = number.and_then(|mut it| it.text("phone_number_id"));
        let own = number
            .as_ref()
            .is_none_or(|it| *it == self.wire.phone_number_id);
        self.arrival.account = self.wire.account.as_ref().filter(|_| own);
        self.number = match number {
            Some(number) if !own => Cow::Owned(number),
            _ => Cow::Borrowed(&self.wire.phone_number_id),
        };
        let contacts = fields.get("contacts").map(list).unwrap_or_default();
        self.contacts = contacts.into_iter().filter_map(object).collect();
    }

    /// Goes through the known lists of a value, and keeps its other fields.
    fn lists(
        &mut self,
        field: &str,
        fields: &Fields<'_>,
        mut known: impl FnMut(&mut Self, &str, &RawValue) -> Option<Result<(), Keep>>,
    ) {
        for (name, raw) in &fields.0 {
            if matches!(&**name, "messaging_product" | "metadata" | "contacts") {
                continue;
            }
            let items = list(raw);
            if items.is_empty() && raw.get() != "[]" {
                self.keep(&format!("{field}/{name}"), raw);
            }
            for item in items {
                match known(self, name, item) {
                    Some(Ok(())) => {}
                    Some(Err(Keep)) | None => self.keep_item(&format!("{field}/{name}"), item),
                }
            }
        }
    }

    fn messages(&mut self, field: &str, fields: &Fields<'_>) {
        self.lists(field, fields, |parser, name, raw| match name {
            "messages" => Some(parser.message(raw)),
            "statuses" => Some(parser.status(raw)),
            "errors" => Some(parser.fault(raw)),
            _ => None,
        });
    }

    /// What the business wrote by itself, in its app: nobody wrote to us.
    fn echoes(&mut self, field: &str, fields: &Fields<'_>) {
        self.lists(field, fields, |parser, name, raw| match name {
            "message_echoes" | "messages" => Some(parser.echo(raw)),
            "errors" => Some(parser.fault(raw)),
            _ => None,
        });
    }

    fn calls(&mut self, field: &str, fields: &Fields<'_>) {
        self.lists(field, fields, |parser, name, raw| match name {
            "calls" | "statuses" => Some(parser.call(raw)),
            "errors" => Some(parser.fault(raw)),
            _ => None,
        });
    }

    fn preferences(&mut self, field: &str, fields: &Fields<'_>) {
        self.lists(field, fields, |parser, name, raw| {
            (name == "user_preferences").then(|| parser.preference(raw))
        });
    }

    fn moved(&mut self, field: &str, fields: &Fields<'_>) {
        self.lists(field, fields, |parser, name, raw| {
            name.starts_with("user_id_update")
                .then(|| parser.new_user_id(raw))
        });
    }

    fn groups(&mut self, field: &str, fields: &Fields<'_>) {
        self.lists(field, fields, |parser, name, raw| match name {
            "groups" => Some(parser.note(NoticeKind::Member, field, raw)),
            "errors" => Some(parser.fault(raw)),
            _ => None,
        });
    }

    /// Adds an event.
    fn push(&mut self, id: &str, occurred: Option<Timestamp>, kind: impl Into<Inbound>) {
        self.events.push(self.arrival.event(id, occurred, kind));
    }

    /// Keeps what is not known.
    fn keep(&mut self, name: &str, raw: &RawValue) {
        let id = self.digest(name, raw.get());
        self.push(&id, None, Unsupported::new(name, whole(raw)));
    }

    /// Keeps an item of a list, by its own type and time where it has them.
    fn keep_item(&mut self, name: &str, raw: &RawValue) {
        let id = self.digest(name, raw.get());
        let fields = object(raw).unwrap_or_default();
        let kind = fields.peek("type").or(fields.peek("status"));
        let kept = Unsupported::new(kind.unwrap_or(name), whole(raw));
        self.push(&id, fields.peek_time("timestamp"), kept);
    }

    /// An id for what has none of its own: it is the same again when its entry and all that it says are.
    fn digest(&self, name: &str, raw: &str) -> String {
        digest_of(format!("{}\0{name}\0{raw}", self.place).as_bytes())
    }

    /// Something that is not a message, under an id made of all that it says.
    fn notice(
        &mut self,
        about: NoticeKind,
        from: Option<Address>,
        occurred: Option<Timestamp>,
        raw: Value,
    ) {
        let id = self.digest(about.as_str(), &raw.to_string());
        self.push(&id, occurred, ChannelNotice::new(about, from, raw));
    }

    /// An item as a notice, with the field that it came in.
    fn note(&mut self, about: NoticeKind, field: &str, raw: &RawValue) -> Result<(), Keep> {
        let mut fields = object(raw).ok_or(Keep)?;
        let occurred = fields.time("timestamp");
        fields.put("field", field);
        self.notice(about, None, occurred, fields.into_value());
        Ok(())
    }

    /// The first of these ids that is one, as an address.
    fn person(&self, ids: &[Option<&str>]) -> Option<Address> {
        let mut ids = ids.iter().flatten().filter(|id| !id.is_empty());
        ids.find_map(|id| self.wire.person(id).ok())
    }
}

#[cfg(test)]
mod tests;
