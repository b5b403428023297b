use super::*;
use http::{HeaderMap, HeaderValue, Method};
use msg_core::channel::Inbound;
use msg_core::http::{ByteStream, HttpError, HttpErrorKind, HttpLimits, HttpTransport};
use msg_core::testkit::block_on;
use proptest::prelude::*;

/// Made for these tests, as what it signed; its key was thrown away.
pub(crate) const CERTIFICATE: &[u8] = include_bytes!("../fixtures/certificate.pem");
pub(crate) const CERTIFICATE_URL: &str =
    "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";
pub(crate) const ARN: &str = "arn:aws:sns:us-east-1:123456789012:events";
pub(crate) const NOW: &str = "2026-06-09T10:16:00Z";

const SIGNED: [&str; 4] = [
    include_str!("../fixtures/subject-sha1.json"),
    include_str!("../fixtures/plain-sha256.json"),
    include_str!("../fixtures/subscribe.json"),
    include_str!("../fixtures/unsubscribe.json"),
];

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn certificates() -> Certificates {
    let all = Certificates::new();
    all.learn(CERTIFICATE_URL, CERTIFICATE, now()).unwrap();
    all
}

fn topic(config: TopicConfig) -> Topic {
    Topic::new(config.with_topic(ARN), certificates()).unwrap()
}

fn call(body: impl Into<bytes::Bytes>) -> WebhookRequest {
    WebhookRequest::new(Method::POST, "https://example.org/", HeaderMap::new(), body)
}

fn proof(topic: &Topic, body: &str) -> Proof {
    topic.prove(&call(body.to_owned()), now())
}

#[test]
fn what_amazon_signed_is_believed_and_nothing_else() {
    let topic = topic(TopicConfig::default());
    for body in SIGNED {
        assert_eq!(proof(&topic, body), Ok(()), "{body}");
        // Every signed field, and the signature.
        let fields: Value = serde_json::from_str(body).unwrap();
        for name in [
            "Message",
            "MessageId",
            "Timestamp",
            "Subject",
            "Token",
            "SubscribeURL",
            "Signature",
        ] {
            if fields.get(name).is_none() {
                continue;
            }
            let mut other = fields.clone();
            let changed = format!("A{}", other[name].as_str().unwrap());
            other[name] = changed.into();
            assert!(proof(&topic, &other.to_string()).is_err(), "{name}");
            other.as_object_mut().unwrap().remove(name);
            assert!(proof(&topic, &other.to_string()).is_err(), "{name}");
        }
        // A kind that is signed in another way.
        for kind in ["Notification", "SubscriptionConfirmation", "Levitation"] {
            let mut other = fields.clone();
            if other["Type"] != kind {
                other["Type"] = kind.into();
                assert!(proof(&topic, &other.to_string()).is_err(), "{kind}");
            }
        }
        for version in ["1", "2", "3"] {
            let mut other = fields.clone();
            if other["SignatureVersion"] != version {
                other["SignatureVersion"] = version.into();
                assert!(proof(&topic, &other.to_string()).is_err(), "{version}");
            }
        }
    }
    // A subject that is null is none.
    let mut fields: Value = serde_json::from_str(SIGNED[1]).unwrap();
    fields["Subject"] = Value::Null;
    assert_eq!(proof(&topic, &fields.to_string()), Ok(()));
}

#[test]
fn only_configured_topics_and_amazons_keys_count() {
    let other = TopicConfig::default().with_topic("arn:aws:sns:us-east-1:123456789012:other");
    let other = Topic::new(other, certificates()).unwrap();
    let none = Topic::new(TopicConfig::default(), certificates()).unwrap();
    let fresh = Topic::new(TopicConfig::default().with_topic(ARN), Certificates::new()).unwrap();
    for body in SIGNED {
        assert_eq!(proof(&other, body), Err(Rejection::WrongProof));
        assert_eq!(proof(&none, body), Err(Rejection::WrongProof));
        assert_eq!(proof(&fresh, body), Err(Rejection::UnknownKey));
        let elsewhere = body.replace("sns.us-east-1.amazonaws.com/Simple", "example.org/Simple");
        assert_eq!(
            proof(&topic(TopicConfig::default()), &elsewhere),
            Err(Rejection::WrongProof)
        );
    }
    assert_eq!(Rejection::UnknownKey.status(), 503);
    for body in ["", "{}", "[]", "7", "{\"Type\":1}"] {
        assert_eq!(
            proof(&topic(TopicConfig::default()), body),
            Err(Rejection::MalformedProof)
        );
    }
}

#[test]
fn a_password_is_wanted_beside_the_signature_or_in_its_place() {
    let with = |body: &str, password: Option<&'static str>, arn: bool| {
        let mut call = call(body.to_owned());
        if let Some(password) = password {
            let value = HeaderValue::from_static(password);
            call.headers.insert("authorization", value);
        }
        if arn {
            call.headers
                .insert("x-amz-sns-topic-arn", ARN.parse().unwrap());
        }
        call
    };
    // `me:s3cret`
    let right = Some("Basic bWU6czNjcmV0");
    let both = topic(TopicConfig::default().with_password("me:s3cret"));
    let forged = SIGNED[0].replace("Something", "Anything");
    assert_eq!(both.prove(&with(SIGNED[0], right, false), now()), Ok(()));
    for call in [
        with(SIGNED[0], None, false),
        with(SIGNED[0], Some("Basic bWU6czNjcmV1"), false),
        with(&forged, right, false),
        with("{\"a\":1}", right, true),
    ] {
        assert!(both.prove(&call, now()).is_err());
    }
    let alone = topic(TopicConfig::default().with_password("me:s3cret").unsigned());
    assert_eq!(alone.prove(&with(&forged, right, false), now()), Ok(()));
    assert_eq!(alone.prove(&with("{\"a\":1}", right, true), now()), Ok(()));
    assert!(
        alone
            .prove(&with("{\"a\":1}", right, false), now())
            .is_err()
    );
    assert!(alone.prove(&with(&forged, None, false), now()).is_err());
    assert!(Topic::new(TopicConfig::default().unsigned(), Certificates::new()).is_err());
    for bad in ["", "events", "arn:aws:sqs:r:1:events", "arn:aws:sns:r:1:"] {
        assert!(Topic::new(TopicConfig::default().with_topic(bad), Certificates::new()).is_err());
    }
    assert!(!format!("{both:?} {:?}", both.config).contains("s3cret"));
}

fn opened(body: &str) -> Brought {
    let arrival = Arrival::new("ses", None, now());
    open(&arrival, &call(body.to_owned())).unwrap()
}

#[test]
fn a_call_brings_a_record_or_says_something_of_the_topic() {
    let Brought::Record { id, at, record } = opened(SIGNED[0]) else {
        panic!()
    };
    assert_eq!(record["a"], "grüße\n\"b\"");
    assert_eq!(id, "00000000-0000-4000-8000-000000000001");
    assert_eq!(at, Some("2026-06-09T10:15:01Z".parse().unwrap()));
    let told = |body: &str| match opened(body) {
        Brought::Told(event) => match event.kind {
            Inbound::Notice(notice) => (notice.about.as_str().to_owned(), notice.raw),
            Inbound::Unsupported(kind) => (kind.name, kind.raw),
            other => panic!("{other:?}"),
        },
        Brought::Record { .. } => panic!("{body}"),
    };
    let (name, raw) = told(SIGNED[2]);
    assert_eq!(name, "subscription_confirmation");
    assert!(service_url(raw["SubscribeURL"].as_str().unwrap()).is_some());
    assert_eq!(raw["Token"], "2336412f37");
    let foreign = SIGNED[2].replace(
        "https://sns.us-east-1.amazonaws.com/?",
        "https://example.org/?",
    );
    assert!(told(&foreign).1.get("SubscribeURL").is_none());
    assert_eq!(told(SIGNED[3]).0, "unsubscribe_confirmation");
    let text = r#"{"Type":"Notification","TopicArn":"a","Message":"words"}"#;
    assert_eq!(told(text).0, "topic_message");
    assert_eq!(
        told(&text.replace("Notification", "Levitation")).0,
        "Levitation"
    );
    assert!(matches!(
        opened("{\"eventType\":\"Send\"}"),
        Brought::Record { .. }
    ));
}

#[derive(Debug)]
struct Server(u16);

#[async_trait::async_trait]
impl HttpTransport for Server {
    async fn send(
        &self,
        _: http::Request<bytes::Bytes>,
        _: &HttpLimits,
    ) -> Result<http::Response<bytes::Bytes>, HttpError> {
        Err(HttpError::new(HttpErrorKind::Connect))
    }

    async fn stream(
        &self,
        _: http::Request<bytes::Bytes>,
        _: &HttpLimits,
    ) -> Result<http::Response<ByteStream>, HttpError> {
        Err(HttpError::new(HttpErrorKind::Connect))
    }

    async fn fetch(
        &self,
        url: &str,
        _: &HttpLimits,
    ) -> Result<http::Response<bytes::Bytes>, HttpError> {
        assert_eq!(url, CERTIFICATE_URL);
        if self.0 == 0 {
            return Err(HttpError::new(HttpErrorKind::Connect));
        }
        let answer = http::Response::builder().status(self.0);
        Ok(answer.body(bytes::Bytes::from_static(CERTIFICATE)).unwrap())
    }
}

#[test]
fn a_certificate_is_fetched_once_for_a_call_that_could_be_genuine() {
    let topic = Topic::new(TopicConfig::default().with_topic(ARN), Certificates::new());
    let topic = topic.unwrap();
    let genuine = call(SIGNED[1]);
    assert_eq!(
        topic.missing(&genuine, now()).as_deref(),
        Some(CERTIFICATE_URL)
    );
    for status in [0, 404] {
        assert!(block_on(topic.fetch_for(&genuine, &Server(status), now())).is_err());
    }
    assert_eq!(topic.prove(&genuine, now()), Err(Rejection::UnknownKey));
    block_on(topic.fetch_for(&genuine, &Server(200), now())).unwrap();
    assert_eq!(topic.prove(&genuine, now()), Ok(()));
    // Known by now: nobody is asked.
    block_on(topic.fetch_for(&genuine, &Server(0), now())).unwrap();
    let other = Topic::new(
        TopicConfig::default().with_topic("arn:aws:sns:us-east-1:123456789012:other"),
        Certificates::new(),
    );
    assert_eq!(other.unwrap().missing(&genuine, now()), None);
    let all = Certificates::new();
    let fetched = all.fetch("https://example.org/a.pem", &Server(200), now());
    assert!(block_on(fetched).is_err());
}

proptest! {
    #[test]
    fn any_body_is_proven_opened_or_refused(text in "\\PC{0,60}", at in 0..900_usize, byte: u8) {
        let topic = topic(TopicConfig::default());
        let mut body = SIGNED[0].as_bytes().to_vec();
        if let Some(place) = body.get_mut(at) {
            *place = byte;
        }
        for body in [text.into_bytes(), body] {
            let call = call(body);
            let _ = topic.prove(&call, now());
            let _ = open(&Arrival::new("ses", None, now()), &call);
        }
    }
}
