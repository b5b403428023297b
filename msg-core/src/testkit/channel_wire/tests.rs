use super::*;
use crate::capability::Capabilities;
use crate::channel::{Advice, Ambiguous, FailureScope, Receipt, RetryAfter, WebhookWire};
use crate::message::{ChannelKind, ContentKind};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

const SECRET: &str = "s3cret-key";

/// What a wire does wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    LoudScheme,
    OtherChannel,
    RefusesLocations,
    Counts,
    EncodesVoice,
    PanicsOnUnknown,
    PanicsOnNoContent,
    AcceptsAnything,
    AcceptsWithoutId,
    NoIdAtAll,
    IgnoresStatus,
    ForgetsHeader,
    ForgetsField,
    LimitIsFinal,
    KeepsTheKey,
    QuotesAnswers,
    QuotesAddress,
    ShowsSecret,
}

/// A small provider: it answers `{"id": …}`, and says `wait` when it is too fast.
struct Fake {
    fault: Fault,
    capabilities: Capabilities,
    encoded: AtomicU32,
}

impl Fake {
    fn new(fault: Fault) -> Self {
        Self {
            fault,
            capabilities: Capabilities::text_only().with_content(&[ContentKind::Location]),
            encoded: AtomicU32::new(0),
        }
    }
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.fault == Fault::ShowsSecret {
            SECRET
        } else {
            "Fake"
        })
    }
}

fn failure(class: FailureClass, advice: Advice) -> Failure {
    Failure::new(class, FailureScope::Provider, advice)
}

impl ChannelWire for Fake {
    fn scheme(&self) -> &str {
        if self.fault == Fault::LoudScheme {
            "Fake Wire"
        } else {
            "fake"
        }
    }
    fn channel(&self) -> &ChannelKind {
        if self.fault == Fault::OtherChannel {
            &ChannelKind::Line
        } else {
            &ChannelKind::Telegram
        }
    }
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }
    fn encode(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
        let count = self.encoded.fetch_add(1, Ordering::Relaxed);
        let refuse = || {
            Err(Box::new(failure(
                FailureClass::Unsupported,
                Advice::Degrade,
            )))
        };
        let mut body = match (&part.body, self.fault) {
            (PartBody::Location(_), Fault::RefusesLocations) => return refuse(),
            (PartBody::Unknown(_), Fault::PanicsOnUnknown) => panic!("what is this"),
            (PartBody::Text(text), _) => text.text.text.clone(),
            (PartBody::Location(_), _) => "a place".to_owned(),
            (PartBody::Voice(_), Fault::EncodesVoice) => "a call".to_owned(),
            _ => return refuse(),
        };
        if self.fault == Fault::Counts {
            body.push_str(&count.to_string());
        }
        Ok(http::Request::new(Bytes::from(body)))
    }
    fn classify(&self, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        let status = response.status().as_u16();
        let body: Option<Value> = serde_json::from_slice(response.body()).ok();
        let id = body.as_ref().and_then(|body| body.get("id")?.as_str());
        match self.fault {
            Fault::PanicsOnNoContent => assert_ne!(status, 304, "no content"),
            Fault::AcceptsAnything if status == 202 => {
                return SendOutcome::Accepted(Receipt::new(part.id.to_string()));
            }
            Fault::AcceptsWithoutId
                if response.status().is_success()
                    && body.as_ref().is_some_and(|body| body.get("sent").is_some()) =>
            {
                return SendOutcome::Accepted(Receipt::new(id.unwrap_or("none")));
            }
            _ => {}
        }
        let success = response.status().is_success() || self.fault == Fault::IgnoresStatus;
        match id {
            Some(_) if success && self.fault == Fault::NoIdAtAll => {
                return SendOutcome::Accepted(Receipt::new(""));
            }
            Some(id) if success => return SendOutcome::Accepted(Receipt::new(id)),
            _ => {}
        }
        self.refused(part, response, body.as_ref())
    }
    fn webhook(&self) -> Option<&dyn WebhookWire> {
        None
    }
}

impl Fake {
    fn refused(
        &self,
        part: &Part,
        response: &http::Response<Bytes>,
        body: Option<&Value>,
    ) -> SendOutcome {
        let mut failure = match response.status().as_u16() {
            429 => {
                let header = response.headers().get("retry-after");
                let header = header.and_then(|value| value.to_str().ok()?.parse().ok());
                let field = body.and_then(|body| body.get("wait")?.as_u64());
                let seconds = match self.fault {
                    Fault::ForgetsHeader => field,
                    Fault::ForgetsField => header,
                    _ => header.or(field),
                };
                let advice = if self.fault == Fault::LimitIsFinal {
                    Advice::Stop
                } else {
                    Advice::RetrySame
                };
                let delay = Duration::from_secs(seconds.unwrap_or(1));
                failure(FailureClass::RateLimited, advice)
                    .with_retry_after(RetryAfter::new(delay, FailureScope::Sender))
            }
            401 | 403 if self.fault == Fault::KeepsTheKey => {
                failure(FailureClass::CredentialInvalid, Advice::RetrySame)
            }
            401 | 403 => failure(FailureClass::CredentialInvalid, Advice::FixConfig),
            500.. => return SendOutcome::Ambiguous(Ambiguous::new("a broken server")),
            _ => failure(FailureClass::Unknown, Advice::Stop),
        };
        match self.fault {
            Fault::QuotesAnswers => {
                failure.detail = String::from_utf8_lossy(response.body()).into_owned();
            }
            Fault::QuotesAddress => failure.detail = format!("no {}", part.to.expose()),
            _ => {}
        }
        SendOutcome::Rejected(failure)
    }
}

/// The names of the sentences that a fault breaks.
fn broken(fault: Fault) -> Vec<&'static str> {
    let fake = Fake::new(fault);
    let subject = Subject::new(&fake, Address::telegram(123_456_789), SECRET)
        .with_accepted(r#"{"id":"m-1","sent":[{"at":1}]}"#)
        .with_too_fast(r#"{"wait":9}"#, Duration::from_secs(9));
    SENTENCES
        .iter()
        .filter(|(_, holds)| holds(&subject).is_err())
        .map(|(name, _)| *name)
        .collect()
}

#[test]
fn an_honest_wire_passes() {
    assert_eq!(broken(Fault::None), [] as [&str; 0]);
}

#[test]
fn each_sentence_has_a_wire_that_breaks_it() {
    let id = "no answer without the provider's id is accepted";
    let waits = "too fast is rate limited, until the time that was said";
    let quiet = "outcomes never repeat the answer, the address or the secret";
    let carries = "whatever its capabilities carry can be encoded";
    let refuses = "a body that it does not carry is a failure";
    let success = "a status that is no success is never accepted";
    let cases = [
        (Fault::LoudScheme, vec!["describes itself"]),
        (Fault::OtherChannel, vec!["describes itself"]),
        (Fault::RefusesLocations, vec![carries]),
        (Fault::Counts, vec!["the same part gives the same bytes"]),
        (Fault::EncodesVoice, vec![refuses]),
        (Fault::PanicsOnUnknown, vec![refuses]),
        (
            Fault::PanicsOnNoContent,
            vec!["any answer has an outcome", success, quiet],
        ),
        (Fault::AcceptsAnything, vec![id]),
        (Fault::AcceptsWithoutId, vec![id]),
        (Fault::NoIdAtAll, vec![id]),
        (Fault::IgnoresStatus, vec![success]),
        (Fault::ForgetsHeader, vec![waits]),
        (Fault::ForgetsField, vec![waits]),
        (Fault::LimitIsFinal, vec![waits]),
        (
            Fault::KeepsTheKey,
            vec!["a refused key is never tried again as it is"],
        ),
        (Fault::QuotesAnswers, vec![quiet]),
        (Fault::QuotesAddress, vec![quiet]),
        (Fault::ShowsSecret, vec!["debug shows no secret"]),
    ];
    for (fault, sentences) in &cases {
        assert_eq!(&broken(*fault), sentences);
    }
    for (name, _) in SENTENCES {
        assert!(
            cases.iter().any(|(_, broken)| broken.contains(&name)),
            "nothing breaks: {name}"
        );
    }
}

#[test]
fn a_subject_without_an_accepting_answer_does_not_pass() {
    let fake = Fake::new(Fault::None);
    let subject = Subject::new(&fake, Address::telegram(1), SECRET);
    let violation = conformance(&subject).unwrap_err().to_string();
    assert!(violation.contains("no answer that accepts"), "{violation}");
}

#[test]
fn values_are_taken_out_one_by_one() {
    let bodies = without_a_value(br#"{"a/b":[1,{"c":2}],"d":3}"#);
    let mut texts: Vec<_> = bodies
        .iter()
        .map(|body| std::str::from_utf8(body).unwrap())
        .collect();
    texts.sort_unstable();
    assert_eq!(
        texts,
        [
            r#"{"a/b":[1,{"c":2}]}"#,
            r#"{"a/b":[1,{}],"d":3}"#,
            r#"{"a/b":[1],"d":3}"#,
            r#"{"a/b":[{"c":2}],"d":3}"#,
            r#"{"d":3}"#,
        ]
    );
}

/// A provider that names what it took in a header; the dishonest wire does not look for it.
#[derive(Debug)]
struct InAHeader {
    fake: Fake,
    honest: bool,
}

impl ChannelWire for InAHeader {
    fn scheme(&self) -> &str {
        self.fake.scheme()
    }
    fn channel(&self) -> &ChannelKind {
        self.fake.channel()
    }
    fn capabilities(&self) -> &Capabilities {
        self.fake.capabilities()
    }
    fn encode(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
        self.fake.encode(part)
    }
    fn classify(&self, part: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        let id = response
            .headers()
            .get("x-id")
            .and_then(|id| id.to_str().ok());
        let id = id.or_else(|| (!self.honest).then_some("made-up"));
        match id.filter(|_| response.status().is_success()) {
            Some(id) => SendOutcome::Accepted(Receipt::new(id)),
            None => self.fake.refused(part, response, None),
        }
    }
    fn webhook(&self) -> Option<&dyn WebhookWire> {
        None
    }
}

#[test]
fn an_id_may_stand_in_a_header() {
    for honest in [true, false] {
        let wire = InAHeader {
            fake: Fake::new(Fault::None),
            honest,
        };
        let subject = Subject::new(&wire, Address::telegram(1), SECRET).with_accepted("");
        assert!(
            wants_an_id(&subject).is_err() || !honest,
            "the header was not given"
        );
        let subject = subject.with_accepted_header("x-id", "m-1");
        assert_eq!(wants_an_id(&subject).is_ok(), honest);
    }
}
