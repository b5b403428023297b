//! Event Streams: `CloudEvents` as JSON, one or a list (<https://www.twilio.com/docs/events/webhook-quickstart>).

use super::{Parser, Report, address, is_word, malformed};
use crate::twilio::request::TOKEN;
use crate::twilio::schema::code_of;
use crate::wire::fields::Fields;
use crate::wire::proof::query_field;
use jiff::Timestamp;
use msg_core::Error;
use msg_core::channel::Unsupported;
use serde_json::{Map, Value};

impl Parser<'_> {
    pub(super) fn stream(&mut self, body: &[u8]) -> Result<(), Error> {
        let value: Value = serde_json::from_slice(body)
            .map_err(|_| malformed("the body is neither a form nor json"))?;
        match value {
            Value::Array(events) => {
                for event in &events {
                    self.cloud_event(event);
                }
            }
            event => self.cloud_event(&event),
        }
        if self.events.is_empty() {
            return Err(malformed("the body has no events"));
        }
        Ok(())
    }

    fn cloud_event(&mut self, event: &Value) {
        let name = event
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let time = event
            .get("time")
            .or_else(|| event.pointer("/data/timestamp"));
        let occurred: Option<Timestamp> = time.and_then(|it| it.as_str()?.parse().ok());
        let data = event.get("data").and_then(Value::as_object);
        let done = match (name, data) {
            ("com.twilio.messaging.inbound-message.received", Some(data)) => {
                self.streamed_message(data)
            }
            (name, Some(data)) if name.starts_with("com.twilio.messaging.message.") => {
                self.streamed_report(name, data, occurred)
            }
            _ => false,
        };
        if !done {
            self.keep_event(event, occurred);
        }
    }

    fn keep_event(&mut self, event: &Value, occurred: Option<Timestamp>) {
        let text = |name| event.get(name).and_then(Value::as_str);
        let name = text("type").filter(|it| is_word(it)).unwrap_or("event");
        let kept = match text("id").filter(|it| is_word(it)) {
            Some(id) => {
                let kind = Unsupported::new(name, event.clone());
                self.arrival.event(id, occurred, kind)
            }
            None => self.arrival.unsupported(name, event.clone()),
        };
        self.add(kept);
    }

    /// The same fields as a webhook, with names that begin small.
    fn streamed_message(&mut self, data: &Map<String, Value>) -> bool {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in data {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Null => continue,
                other => other.to_string(),
            };
            let known = !matches!(name.as_str(), "timestamp" | "eventName");
            if known {
                form.append_pair(&capital(name), &text);
            }
        }
        let form = form.finish();
        let fields = Fields::of_form(form.as_bytes());
        let sid = fields.get("MessageSid");
        if sid.is_none() || fields.get("From").is_none() {
            return false;
        }
        self.message(&fields, sid);
        true
    }

    fn streamed_report(
        &mut self,
        name: &str,
        data: &Map<String, Value>,
        occurred: Option<Timestamp>,
    ) -> bool {
        let text = |names: [&str; 2]| names.iter().find_map(|name| data.get(*name)?.as_str());
        let Some(sid) = text(["messageSid", "message_sid"]) else {
            return false;
        };
        let last = name.rsplit('.').next().unwrap_or_default();
        let status = text(["messageStatus", "message_status"]).unwrap_or(last);
        let code = code_of(data.get("errorCode").or_else(|| data.get("error_code")));
        let url = text(["statusCallBackUrl", "statusCallbackUrl"]);
        let token = url.and_then(|url| query_field(url, TOKEN));
        let Some(report) = Report::new(sid, status, code.as_deref()) else {
            return false;
        };
        let to = text(["to", "To"]).and_then(|to| address(self.wire, to));
        let report = report.with_token(token.as_deref());
        self.report(&report, to, Value::Object(data.clone()), occurred);
        true
    }
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
