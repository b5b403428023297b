use super::*;
use crate::channel::{
    Authenticity, ChannelNotice, MAX_WEBHOOK, NoticeKind, Rejection, Unsupported,
};
use serde_json::Value;
use std::fmt;

const SECRET: &str = "s3cret-key";
const PROOF: &str = "x-proof";
const BODIES: [&str; 3] = [r#"{"a":1,"b":2}"#, r#"{"c":3}"#, r#"{"new":{"x":1}}"#];

/// What a wire does wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    BelievesNobody,
    SaysNothing,
    BelievesTheBare,
    BelievesAPrefix,
    IgnoresTheBody,
    PanicsOnHalf,
    WrongKind,
    DropsUnknown,
    KeepsOnlyTheName,
    EmptyKeys,
    SharedKeys,
    TimedKeys,
    QuotesTheBody,
    ShowsSecret,
}

struct Fake(Fault);

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 == Fault::ShowsSecret {
            SECRET
        } else {
            "Fake"
        })
    }
}

/// Stands for a signature: the secret and the sum of the body's bytes.
fn proof(body: &[u8]) -> String {
    let sum: u32 = body.iter().map(|byte| u32::from(*byte)).sum();
    format!("{SECRET}.{sum}")
}

fn call(body: &'static str) -> WebhookRequest {
    let mut headers = http::HeaderMap::new();
    headers.insert(PROOF, proof(body.as_bytes()).parse().unwrap());
    WebhookRequest::new(
        http::Method::POST,
        "https://host.example/hook",
        headers,
        body,
    )
}

impl WebhookWire for Fake {
    fn authenticate(&self, request: &WebhookRequest, _: Timestamp) -> Authenticity {
        let Some(given) = request.headers.get(PROOF) else {
            return if self.0 == Fault::BelievesTheBare {
                Authenticity::Genuine
            } else {
                Authenticity::Rejected(Rejection::MissingProof)
            };
        };
        let wanted = proof(&request.body);
        let right = match self.0 {
            Fault::BelievesNobody => false,
            Fault::BelievesAPrefix => wanted.as_bytes().starts_with(given.as_bytes()),
            // It knows the genuine proofs and looks no further.
            Fault::IgnoresTheBody => BODIES
                .iter()
                .any(|body| given.as_bytes() == proof(body.as_bytes()).as_bytes()),
            _ => given.as_bytes() == wanted.as_bytes(),
        };
        if right {
            Authenticity::Genuine
        } else {
            Authenticity::Rejected(Rejection::WrongProof)
        }
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        let body = &call.request().body;
        assert!(
            self.0 != Fault::PanicsOnHalf || body.len() != 5,
            "half a body"
        );
        let wrong = || match self.0 {
            Fault::WrongKind => Error::new(ErrorKind::Internal, "what"),
            Fault::QuotesTheBody => {
                Error::invalid(format!("want events: {}", String::from_utf8_lossy(body)))
            }
            _ => Error::invalid("want an object of events"),
        };
        let events: serde_json::Map<String, Value> =
            serde_json::from_slice(body).map_err(|_| wrong())?;
        let known = |kind: &str| matches!(kind, "a" | "b" | "c");
        let mut parsed = Vec::new();
        for (kind, raw) in events {
            let key = match self.0 {
                Fault::EmptyKeys => "fake:".to_owned(),
                Fault::SharedKeys => "fake:1".to_owned(),
                Fault::TimedKeys => format!("fake:{kind}{raw}{}", call.received_at()),
                _ => format!("fake:{kind}{raw}"),
            };
            let what: Inbound = match self.0 {
                Fault::DropsUnknown if !known(&kind) => continue,
                Fault::KeepsOnlyTheName if !known(&kind) => {
                    Unsupported::new(kind, Value::Null).into()
                }
                _ if known(&kind) => ChannelNotice::new(NoticeKind::Account, None, raw).into(),
                _ => Unsupported::new(kind, raw).into(),
            };
            parsed.push(InboundEvent::new("fake", key, call.received_at(), what));
        }
        if self.0 == Fault::SaysNothing && parsed.len() == 2 {
            parsed.clear();
        }
        Ok(parsed)
    }
}

/// The names of the sentences that a fault breaks.
fn broken(fault: Fault) -> Vec<&'static str> {
    let fake = Fake(fault);
    let subject = Subject::new(&fake, Timestamp::UNIX_EPOCH, PROOF, SECRET)
        .signing_the_body()
        .with_calls([call(BODIES[0]), call(BODIES[1])])
        .with_unknown(call(BODIES[2]));
    SENTENCES
        .iter()
        .filter(|(_, holds)| holds(&subject).is_err())
        .map(|(name, _)| *name)
        .collect()
}

#[test]
fn an_honest_wire_passes() {
    assert_eq!(broken(Fault::None), [] as [&str; 0]);
    let subject = Subject::new(&Fake(Fault::None), Timestamp::UNIX_EPOCH, PROOF, SECRET);
    assert!(conformance(&subject).is_err(), "there was no call to try");
    let subject = subject
        .with_calls([call(r#"{"a":1}"#)])
        .with_unknown(call(r#"{"new":1}"#));
    conformance(&subject).unwrap();
}

#[test]
fn each_sentence_has_a_wire_that_breaks_it() {
    let genuine = "a genuine call is verified and read";
    let changed = "a call with a changed proof is not believed";
    let signed = "a call with a changed body is not believed where the proof signs it";
    let anything = "whatever the body, it is read or invalid";
    let unknown = "a kind that it does not know is kept";
    let keys = "every event has a key of its own";
    let again = "a call that comes again has the same keys";
    let quiet = "neither errors nor debug repeat the body or the secret";
    let cases = [
        (Fault::BelievesNobody, vec![genuine, unknown, keys, again]),
        (Fault::SaysNothing, vec![genuine]),
        (
            Fault::BelievesTheBare,
            vec!["a call without its proof is not believed"],
        ),
        (Fault::BelievesAPrefix, vec![changed]),
        (Fault::IgnoresTheBody, vec![signed]),
        (Fault::PanicsOnHalf, vec![anything, quiet]),
        (Fault::WrongKind, vec![anything]),
        (Fault::DropsUnknown, vec![unknown]),
        (Fault::KeepsOnlyTheName, vec![unknown]),
        (Fault::EmptyKeys, vec![keys]),
        (Fault::SharedKeys, vec![keys]),
        (Fault::TimedKeys, vec![again]),
        (Fault::QuotesTheBody, vec![quiet]),
        (Fault::ShowsSecret, vec![quiet]),
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
fn a_call_that_is_too_large_is_not_looked_at() {
    let mut huge = call("{}");
    huge.body = Bytes::from(vec![b' '; MAX_WEBHOOK + 1]);
    let verification = Fake(Fault::None).verify(&huge, Timestamp::UNIX_EPOCH);
    assert!(matches!(
        verification,
        Verification::Rejected(Rejection::TooLarge)
    ));
}

/// A wire whose proof stands in the body; the dishonest one looks whether there is one, not what it is.
#[derive(Debug)]
struct InTheBody {
    honest: bool,
}

impl WebhookWire for InTheBody {
    fn authenticate(&self, request: &WebhookRequest, _: Timestamp) -> Authenticity {
        let body: Option<Value> = serde_json::from_slice(&request.body).ok();
        let given = body.and_then(|body| body.get("proof").cloned());
        match given {
            Some(given) if !self.honest || given == SECRET => Authenticity::Genuine,
            _ => Authenticity::Rejected(Rejection::WrongProof),
        }
    }

    fn parse(&self, call: &Verified<'_>) -> Result<Vec<InboundEvent>, Error> {
        Fake(Fault::None).parse(call)
    }
}

fn forge(body: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let changed = ["none", "proof2"].map(|name| text.replace("proof", name));
    let other = text.replace(SECRET, "other");
    changed.into_iter().chain([other]).map(Into::into).collect()
}

#[test]
fn a_proof_in_the_body_is_forged_there() {
    let genuine = format!(r#"{{"proof":"{SECRET}","a":1}}"#);
    let call = WebhookRequest::new(http::Method::POST, "", http::HeaderMap::new(), genuine);
    for honest in [true, false] {
        let wire = InTheBody { honest };
        let subject = Subject::new(&wire, Timestamp::UNIX_EPOCH, PROOF, SECRET)
            .proven_in_the_body(forge)
            .with_calls([call.clone()]);
        let holds = [wants_a_proof(&subject), wants_the_right_proof(&subject)];
        assert!(holds.iter().all(|it| it.is_ok() == honest), "{honest}");
        let nothing = subject.proven_in_the_body(|_| Vec::new());
        assert!(wants_a_proof(&nothing).is_err(), "nothing was forged");
    }
}
