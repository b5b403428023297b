//! What happens to accounts, templates and people, and is not a message.

use super::super::schema::Change;
use super::value::{object, whole};
use super::{Keep, Parser};
use crate::graph::Item;
use crate::wire::arrival::unix_time;
use msg_core::channel::{ConsentSignal, NoticeKind};
use msg_core::consent::OptOutScope;
use msg_core::message::Purpose;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// What the fields are about that are not lists of things that happened to people (Meta, "Webhooks: fields").
pub(super) fn about(field: &str) -> Option<NoticeKind> {
    Some(match field {
        "message_template_status_update"
        | "message_template_quality_update"
        | "message_template_components_update"
        | "template_category_update"
        | "template_correct_category_detection"
        | "message_template_status"
        | "message_template_limit_update" => NoticeKind::Template,
        "account_alerts"
        | "account_review_update"
        | "account_settings_update"
        | "account_update"
        | "automatic_events"
        | "business_capability_update"
        | "business_status_update"
        | "business_username_update"
        | "business_username_updates"
        | "messaging_limit_update"
        | "partner_solutions"
        | "payment_configuration_update"
        | "phone_number_name_update"
        | "phone_number_quality_update"
        | "security"
        | "tracking_events" => NoticeKind::Account,
        "flows" => NoticeKind::from("form"),
        // What was said before the number came to the API: nobody says it now.
        "history" | "smb_app_state_sync" => NoticeKind::from(field),
        _ => return None,
    })
}

impl Parser<'_> {
    /// A change of the account, with the field that it came in, its account and its time.
    pub(super) fn about_account(
        &mut self,
        item: &Item<'_>,
        about: NoticeKind,
        change: &Change<'_>,
    ) {
        let time = item.place.time.map(whole);
        let raw = json!({
            "field": change.field, "value": whole(change.value),
            "account": item.place.id, "time": time,
        });
        self.notice(about, None, time.as_ref().and_then(unix_time), raw);
    }

    /// An error that is about no message.
    pub(super) fn fault(&mut self, raw: &RawValue) -> Result<(), Keep> {
        self.note(NoticeKind::Account, "errors", raw)
    }

    /// A call, or how far it is.
    pub(super) fn call(&mut self, raw: &RawValue) -> Result<(), Keep> {
        let fields = object(raw).ok_or(Keep)?;
        // The other end is a person when the direction says who called.
        let other = if fields.peek("direction") == Some("BUSINESS_INITIATED") {
            [fields.peek("to"), fields.peek("to_user_id")]
        } else {
            [
                fields.peek("from").or(fields.peek("recipient_id")),
                fields
                    .peek("from_user_id")
                    .or(fields.peek("recipient_user_id")),
            ]
        };
        let from = self.person(&other);
        let occurred = fields.peek_time("timestamp");
        self.notice(NoticeKind::Call, from, occurred, fields.into_value());
        Ok(())
    }

    /// Whether a person wants offers: stopped, taken up again, or asked for.
    pub(super) fn preference(&mut self, raw: &RawValue) -> Result<(), Keep> {
        let fields = object(raw).ok_or(Keep)?;
        let from = self
            .person(&[fields.peek("wa_id"), fields.peek("user_id")])
            .ok_or(Keep)?;
        let occurred = fields.peek_time("timestamp");
        let (category, value) = (
            fields.peek("category").ok_or(Keep)?,
            fields.peek("value").ok_or(Keep)?,
        );
        let reason = format!("user_preferences: {category} {value}");
        let signal = match (category, value) {
            ("marketing_messages", "stop") => {
                let scope = OptOutScope::Purpose(Purpose::Marketing);
                ConsentSignal::new(from, Some(scope), reason)
            }
            ("marketing_messages", "resume" | "signup") => {
                ConsentSignal::wanting(from, Purpose::Marketing, reason)
            }
            _ => return Err(Keep),
        };
        let id = self.digest("consent", raw.get());
        self.push(&id, occurred, signal);
        Ok(())
    }

    /// A person has another business-scoped user id now.
    pub(super) fn new_user_id(&mut self, raw: &RawValue) -> Result<(), Keep> {
        let fields = object(raw).ok_or(Keep)?;
        let ids = fields.0.get("user_id");
        let previous = ids
            .and_then(|ids| ids.get("previous"))
            .and_then(Value::as_str);
        let current = ids.and_then(Value::as_str);
        let from = self.person(&[previous, fields.peek("wa_id"), current]);
        let occurred = fields.peek_time("timestamp");
        self.notice(NoticeKind::Migrated, from, occurred, fields.into_value());
        Ok(())
    }
}
