//! `webhooks`: whether a call is genuine, and what it says.

mod event;

use crate::channels;
use crate::kind::Answer;
use crate::line;
use http::Method;
use msg_core::Timestamp;
use msg_core::channel::{HttpReply, Verification, WebhookRequest, WebhookWireExt as _};
use msg_core::testkit::webhook::assumed;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::borrow::Cow;

/// A case has `provider`, `method`, `url`, `headers`, `body` or `body_b64`, what proves it (`secret`, `public_key`,
/// `basic_auth`) and perhaps `now`. The answer:
///
/// | field | what it is |
/// |---|---|
/// | `verified` | `true`, `false` or `"challenge"` |
/// | `assumed` | `true` when nothing proves the case, so that it is read as if it were genuine |
/// | `rejection` | why it is not believed |
/// | `reply` | what a challenge is answered with: `status`, `content_type`, `body` |
/// | `events` | what it says: see [`event`] |
/// | `unreadable` | why a genuine call says nothing |
pub(crate) fn answer(case: &Value) -> Result<Answer, String> {
    let call = Call::read(case)?;
    let provider = call.text("provider").ok_or("`provider` is missing")?;
    let make = channels::find(provider)?.webhook;
    let make = make.ok_or_else(|| format!("`{provider}` has no webhooks"))?;
    let wire = make(&call)?;
    let mut told = Answer::new();
    let mut put = |name: &str, value: Value| told.insert(name.to_owned(), value);
    put("events", Value::Array(Vec::new()));
    let verified = match wire.verify(&call.request, call.now) {
        Verification::Challenge(reply) => {
            put("verified", "challenge".into());
            put("reply", said(&reply));
            None
        }
        Verification::Rejected(_) if !call.is_proven() => {
            put("verified", true.into());
            put("assumed", true.into());
            Some(assumed(&call.request, call.now))
        }
        Verification::Rejected(why) => {
            put("verified", false.into());
            put("rejection", why.to_string().into());
            None
        }
        Verification::Verified(verified) => {
            put("verified", true.into());
            Some(verified)
        }
    };
    if let Some(verified) = verified {
        match wire.parse(&verified) {
            Ok(events) => put("events", events.iter().map(event::told).collect()),
            Err(error) => put("unreadable", error.to_string().into()),
        };
    }
    Ok(told)
}

fn said(reply: &HttpReply) -> Value {
    let body = String::from_utf8_lossy(&reply.body);
    json!({"status": reply.status, "content_type": reply.content_type, "body": body})
}

/// A webhook call as a case tells it, for the wire that is made to read it.
pub(crate) struct Call<'a> {
    case: &'a Value,
    /// The call.
    pub(crate) request: WebhookRequest,
    /// When it came in: `now`, else when the call itself says that it was sent.
    pub(crate) now: Timestamp,
}

impl<'a> Call<'a> {
    fn read(case: &'a Value) -> Result<Self, String> {
        let method = line::text(case, "method")
            .unwrap_or("POST")
            .parse::<Method>();
        let method = method.map_err(|_| "`method` is no method")?;
        let url = line::text(case, "url").unwrap_or("https://example.com/webhook");
        let body = match (case.get("body"), case.get("body_b64")) {
            (None | Some(Value::Null), None) => Vec::new(),
            _ => line::body(case)?,
        };
        let request = WebhookRequest::new(method, url, line::headers(case)?, body);
        let now = match case.get("now") {
            None | Some(Value::Null) => sent_at(&request),
            Some(now) => Some(time(now).ok_or("`now` is no time")?),
        };
        Ok(Self {
            case,
            request,
            now: now.unwrap_or(UNDATED),
        })
    }

    /// A text of the case that is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        line::text(self.case, name)
            .ok()
            .filter(|text| !text.is_empty())
    }

    /// The `secret`, or all of them where it is a list.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        self.list("secret")
    }

    /// The `public_key`, or all of them where it is a list.
    pub(crate) fn public_keys(&self) -> Vec<SecretString> {
        self.list("public_key")
    }

    /// The `basic_auth`, each as `user:password`.
    pub(crate) fn basic_auth(&self) -> Vec<SecretString> {
        self.list("basic_auth")
    }

    fn list(&self, name: &str) -> Vec<SecretString> {
        let one = |value: &Value| {
            value
                .as_str()
                .filter(|it| !it.is_empty())
                .map(SecretString::from)
        };
        match self.case.get(name) {
            Some(Value::Array(all)) => all.iter().filter_map(one).collect(),
            Some(value) => one(value).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// Whether the case has anything that its proof can be checked against.
    fn is_proven(&self) -> bool {
        let all = [self.secrets(), self.public_keys(), self.basic_auth()];
        all.iter().any(|some| !some.is_empty())
    }
}

/// When a call came in that says nothing of it: a fixed moment, so that the answer is the same every time.
const UNDATED: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// When the call was sent, by its own word: a header or a field of the query whose name has `timestamp`, or a field of a JSON
/// body. A case without `now` is not about a call that is too old.
fn sent_at(request: &WebhookRequest) -> Option<Timestamp> {
    let is_time = |name: &str| name.to_ascii_lowercase().contains("timestamp");
    let headers = request
        .headers
        .iter()
        .filter(|(name, _)| is_time(name.as_str()));
    let mut headers = headers.filter_map(|(_, value)| time(&value.to_str().ok()?.into()));
    if let Some(at) = headers.next() {
        return Some(at);
    }
    let mut fields =
        msg_channels::wire::proof::query(&request.url).filter(|(name, _)| is_time(name));
    if let Some(at) = fields.find_map(|(_, value): (_, Cow<'_, str>)| time(&value.as_ref().into()))
    {
        return Some(at);
    }
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    ["/signature/timestamp", "/timestamp", "/Timestamp"]
        .iter()
        .find_map(|path| time(body.pointer(path)?))
}

/// Seconds or milliseconds since 1970, or RFC 3339.
fn time(value: &Value) -> Option<Timestamp> {
    let dated = || value.as_str()?.parse().ok();
    msg_channels::wire::arrival::unix_time(value).or_else(dated)
}

/// What can be compared without a common vocabulary: whether a call is genuine, and that a genuine one says something.
pub(crate) fn compare(case: &Value, answer: &Value) -> (usize, Vec<String>) {
    let (mut compared, mut found) = (0, Vec::new());
    let verified = answer.get("verified").cloned().unwrap_or_default();
    let expected = case.pointer("/expected/valid").cloned();
    if let Some(expected) = &expected {
        compared += 1;
        if verified != *expected {
            found.push(format!(
                "verified: expected {expected}, answered {verified}"
            ));
        }
    }
    // The bodies of cases about signatures are often none of the provider's.
    let says = ["inbound", "events", "status"]
        .iter()
        .any(|name| case.pointer(&format!("/expected/{name}")).is_some());
    if expected.is_none() || says {
        compared += 1;
        let none = answer
            .get("events")
            .and_then(Value::as_array)
            .is_none_or(Vec::is_empty);
        if verified == false || (verified == true && none) {
            found.push(format!(
                "events: none, {}",
                answer
                    .get("unreadable")
                    .or(answer.get("rejection"))
                    .unwrap_or(&Value::Null)
            ));
        }
    }
    (compared, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"update_id":9,"message":{"message_id":36,"date":1721306391,"text":"hi","from":{"id":7,"is_bot":false,"first_name":"A"},"chat":{"id":7,"type":"private"}}}"#;

    fn case(secret: Option<&str>, given: &str) -> Value {
        json!({"provider": "telegram", "method": "POST", "body": TEXT, "secret": secret,
            "headers": {"X-Telegram-Bot-Api-Secret-Token": given}})
    }

    #[test]
    fn a_call_is_believed_by_its_secret_or_when_there_is_none() {
        let told = answer(&case(Some("s1"), "s1")).unwrap();
        assert_eq!(
            (&told["verified"], told.get("assumed")),
            (&json!(true), None)
        );
        assert_eq!(told["events"][0]["text"], "hi");
        let told = answer(&case(Some("s1"), "s2")).unwrap();
        assert_eq!(
            (&told["verified"], &told["events"]),
            (&json!(false), &json!([]))
        );
        let told = answer(&case(None, "s2")).unwrap();
        assert_eq!(
            (&told["verified"], &told["assumed"]),
            (&json!(true), &json!(true))
        );
    }

    #[test]
    fn a_call_without_a_time_came_when_it_was_sent() {
        let at = |headers: Value, url: &str, body: &str| {
            let case = json!({"headers": headers, "url": url, "body": body});
            Call::read(&case).unwrap().now.as_second()
        };
        assert_eq!(
            at(
                json!({"X-Slack-Request-Timestamp": "1531420618"}),
                "https://a",
                ""
            ),
            1_531_420_618
        );
        assert_eq!(
            at(json!({}), "https://a/?timestamp=1411525903", ""),
            1_411_525_903
        );
        assert_eq!(
            at(
                json!({}),
                "https://a",
                r#"{"signature":{"timestamp":"1534108637"}}"#
            ),
            1_534_108_637
        );
        assert_eq!(at(json!({}), "https://a", "x"), UNDATED.as_second());
        assert!(Call::read(&json!({"now": "soon"})).is_err());
    }

    #[test]
    fn what_differs_is_found() {
        let case = json!({"expected": {"valid": true, "inbound": []}});
        let differences = |answer: Value| compare(&case, &answer).1.len();
        assert_eq!(differences(json!({"verified": true, "events": [{}]})), 0);
        assert_eq!(differences(json!({"verified": true, "events": []})), 1);
        assert_eq!(differences(json!({"verified": false, "events": []})), 2);
        let forged = json!({"expected": {"valid": false}});
        assert_eq!(
            compare(&forged, &json!({"verified": false, "events": []})),
            (1, Vec::new())
        );
    }
}
