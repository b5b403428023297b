//! How far messages got.

use super::super::response;
use super::value::{Object, is_token, object};
use super::{Keep, Parser};
use jiff::Timestamp;
use msg_core::channel::{ConsentSignal, FailureClass, NoticeKind, Receipt, Report, StatusEvent};
use msg_core::message::state::Stop;
use msg_core::message::{DeliveryState, Progress};
use serde_json::value::RawValue;

/// What a word says of how far a message got. `deleted` and `warning` (an item of a catalog is not there) say nothing of it.
fn state(word: &str) -> Option<DeliveryState> {
    Some(match word {
        "accepted" => DeliveryState::reached(Progress::Accepted),
        "pending" | "held_for_quality_assessment" => DeliveryState::reached(Progress::Queued),
        "sent" => DeliveryState::reached(Progress::Sent),
        "delivered" => DeliveryState::reached(Progress::Delivered),
        "read" => DeliveryState::reached(Progress::Read),
        "played" => DeliveryState::reached(Progress::Played),
        "failed" | "undelivered" => DeliveryState::stopped(Stop::Failed),
        "deleted" | "warning" => DeliveryState::default(),
        _ => return None,
    })
}

impl Parser<'_> {
    pub(super) fn status(&mut self, raw: &RawValue) -> Result<(), Keep> {
        let mut fields = object(raw).ok_or(Keep)?;
        match fields.peek("type") {
            Some("payment") => {
                self.payment(fields);
                return Ok(());
            }
            Some("call") => return self.call(raw),
            _ => {}
        }
        let word = fields.text("status").ok_or(Keep)?;
        let id = fields.text("id").ok_or(Keep)?;
        let state = state(&word).ok_or(Keep)?;
        let occurred = fields.peek_time("timestamp");
        let seconds = occurred.map(Timestamp::as_second).unwrap_or_default();
        let token = fields.text("biz_opaque_callback_data");
        // In a group each member has a status of their own.
        let member = fields
            .peek("recipient_participant_id")
            .or(fields.peek("recipient_participant_user_id"));
        let key = format!("{id}:{word}:{seconds}:{}", member.unwrap_or_default());

        // The part's own id comes first: the answer that has the provider's may not be known yet.
        let (first, other) = match token {
            Some(token) if is_token(&token) => (token, Some(id)),
            token => (id, token),
        };
        let mut receipt = Receipt::new(first);
        receipt.further_ids.extend(other);
        let mut status = StatusEvent::new(receipt, state);
        let to = if fields.peek("recipient_type") == Some("group") {
            [member, None]
        } else {
            [
                fields.peek("recipient_id"),
                fields.peek("recipient_user_id"),
            ]
        };
        status.to = self.person(&to);
        if state.stop.is_some() || word == "warning" {
            status.failure = code(&fields).map(response::reported);
        }
        let consent = stopped(&status);
        fields.time("timestamp");
        status.report = Some(Box::new(Report::new(word, fields.into_value())));
        self.push(&key, occurred, status);
        if let Some(signal) = consent {
            self.push(&format!("{key}:consent"), occurred, signal);
        }
        Ok(())
    }

    /// How far a payment is.
    fn payment(&mut self, fields: Object) {
        let from = self.person(&[
            fields.peek("recipient_id"),
            fields.peek("recipient_user_id"),
        ]);
        let occurred = fields.peek_time("timestamp");
        self.notice(NoticeKind::Commerce, from, occurred, fields.into_value());
    }
}

/// What a failure says of consent: that a person stopped offers is told here and nowhere else.
fn stopped(status: &StatusEvent) -> Option<ConsentSignal> {
    let failure = status.failure.as_ref()?;
    let opted_out = failure.class == FailureClass::OptedOut;
    let scope = failure.opt_out.as_deref().filter(|_| opted_out)?;
    let reason = format!("status: code {}", failure.provider_code.0);
    let to = status.to.clone()?;
    Some(ConsentSignal::new(to, Some(scope.clone()), reason))
}

/// The code of the first error.
fn code(fields: &Object) -> Option<i64> {
    let code = fields.0.get("errors")?.get(0)?.get("code")?;
    code.as_i64()
        .or_else(|| code.as_str().and_then(|code| code.parse().ok()))
}
