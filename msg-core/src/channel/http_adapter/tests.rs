//! Every branch of a send, without a network.

#![cfg(test)]

use super::*;
use crate::channel::{Clearance, Receipt};
use crate::channel::{LookUpWire, Token};
use crate::http::HttpErrorKind;
use crate::id::{MessageId, PartId, TenantId, time_ordered};
use crate::message::MediaKind;
use crate::message::Purpose;
use crate::message::media::MediaBytes;
use crate::message::part::MediaPart;
use crate::message::part::{Styled, TextPart};
use crate::testkit::{ScriptedTransport, block_on};
use http::StatusCode;
use std::sync::Mutex;

#[derive(Debug)]
struct Wire {
    capabilities: Capabilities,
    /// The time of a wire that needs tokens.
    now: Option<Mutex<Timestamp>>,
    own_media: bool,
}

fn plain() -> Wire {
    Wire {
        capabilities: Capabilities::text_only(),
        now: None,
        own_media: false,
    }
}

impl ChannelWire for Wire {
    fn scheme(&self) -> &'static str {
        "wire"
    }
    fn channel(&self) -> &ChannelKind {
        &ChannelKind::Telegram
    }
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }
    fn encode(&self, part: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
        let ids = part
            .body
            .media()
            .into_iter()
            .map(|media| match &media.source {
                MediaSource::ProviderId(id) => id.as_str(),
                _ => "not uploaded",
            });
        let ids: Vec<_> = ids.collect();
        Ok(http::Request::new(format!("part {}", ids.join(" ")).into()))
    }
    fn classify(&self, _: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        SendOutcome::Accepted(Receipt::new(response.status().as_str()))
    }
    fn webhook(&self) -> Option<&dyn WebhookWire> {
        None
    }
    fn look_up(&self) -> Option<&dyn LookUpWire> {
        self.own_media.then_some(self as _)
    }
    fn media(&self) -> Option<&dyn MediaWire> {
        self.own_media.then_some(self as _)
    }
    fn token(&self) -> Option<&dyn TokenWire> {
        self.now.is_some().then_some(self as _)
    }
}

impl LookUpWire for Wire {
    fn ask(&self, _: &Part) -> Result<http::Request<Bytes>, Box<Failure>> {
        Ok(http::Request::new("where is it?".into()))
    }
    fn found(&self, _: &Part, response: &http::Response<Bytes>) -> SendOutcome {
        SendOutcome::Accepted(Receipt::new(text_of(response.body())))
    }
}

impl MediaWire for Wire {
    fn must_upload(&self, media: &Media) -> bool {
        matches!(media.source, MediaSource::Bytes(_))
    }
    fn upload(&self, _: &Part, media: &Media) -> Result<http::Request<Bytes>, Box<Failure>> {
        Ok(http::Request::new(format!("upload {}", media.alt).into()))
    }
    fn uploaded(&self, response: &http::Response<Bytes>) -> Result<String, Box<Failure>> {
        if response.status().is_success() {
            return Ok(text_of(response.body()));
        }
        let (class, scope) = (FailureClass::MediaRejected, FailureScope::Part);
        Err(Box::new(Failure::new(class, scope, Advice::FixContent)))
    }
    fn locate(&self, _: &Media) -> Result<http::Request<Bytes>, Error> {
        Ok(http::Request::new("locate".into()))
    }
    fn located(&self, media: &Media, response: http::Response<Bytes>) -> Result<Located, Error> {
        let body = response.into_body();
        if &*body == b"go on" {
            return Ok(Located::Next(Box::new(http::Request::new("go on".into()))));
        }
        let mut found = media.clone();
        found.source = MediaSource::Bytes(MediaBytes(body));
        Ok(Located::Here(Box::new(found)))
    }
}

impl TokenWire for Wire {
    fn now(&self) -> Timestamp {
        *self.now.as_ref().unwrap().lock().unwrap()
    }
    fn ask(&self) -> Result<http::Request<Bytes>, Box<Failure>> {
        Ok(http::Request::new("a token, please".into()))
    }
    fn read(&self, response: &http::Response<Bytes>) -> Result<Token, Box<Failure>> {
        Ok(Token::new(
            text_of(response.body()),
            Duration::from_hours(1),
        ))
    }
}

fn text_of(body: &Bytes) -> String {
    String::from_utf8(body.to_vec()).unwrap()
}

fn part() -> Part {
    let id = time_ordered(Timestamp::UNIX_EPOCH, &[1; 16]);
    Part::new(
        PartId::new(MessageId::from_uuid(id), 0),
        TenantId::from_static("acme"),
        Address::telegram(1),
        Purpose::Transactional,
        TextPart::new(Styled::plain("hi")),
    )
}

fn adapter(wire: Wire, transport: &Arc<ScriptedTransport>) -> HttpAdapter<Wire> {
    HttpAdapter::new(wire, Arc::clone(transport) as Arc<dyn HttpTransport>)
}

fn send_part(adapter: &HttpAdapter<Wire>, part: Part) -> SendOutcome {
    block_on(adapter.send(&Clearance::unchecked("test").clear(part)))
}

/// What went out: the body, and the bearer where there is one.
fn sent(transport: &ScriptedTransport) -> Vec<(String, Option<String>)> {
    let bearer = |request: &http::Request<Bytes>| {
        let value = request.headers().get(http::header::AUTHORIZATION)?;
        Some(value.to_str().unwrap().to_owned())
    };
    let requests = transport.requests();
    requests
        .iter()
        .map(|it| (text_of(it.body()), bearer(it)))
        .collect()
}

fn send(transport: &Arc<ScriptedTransport>) -> SendOutcome {
    send_part(&adapter(plain(), transport), part())
}

#[test]
fn what_never_left_may_be_sent_again() {
    use HttpErrorKind::{Connect, Forbidden, Request};
    for kind in [Connect, Forbidden, Request] {
        let transport = Arc::new(ScriptedTransport::new());
        transport.fail(kind);
        let SendOutcome::Rejected(failure) = send(&transport) else {
            panic!("{kind:?} is no rejection");
        };
        assert_eq!(failure.class, FailureClass::Transient, "{kind:?}");
        assert_eq!(failure.advice, Advice::RetrySame, "{kind:?}");
    }
}

#[test]
fn what_may_have_arrived_is_ambiguous() {
    use HttpErrorKind::{HeaderTimeout, IdleTimeout, Interrupted, TooLarge, TotalTimeout};
    for kind in [
        HeaderTimeout,
        IdleTimeout,
        TotalTimeout,
        Interrupted,
        TooLarge,
    ] {
        let transport = Arc::new(ScriptedTransport::new());
        transport.fail(kind);
        let outcome = send(&transport);
        assert!(matches!(outcome, SendOutcome::Ambiguous(_)), "{kind:?}");
    }
}

#[test]
fn an_answer_is_the_wires_to_read_and_one_send_is_one_request() {
    let transport = Arc::new(ScriptedTransport::new());
    transport.answer_with(StatusCode::ACCEPTED, "");
    assert_eq!(send(&transport).provider_id(), Some("202"));
    assert_eq!(transport.requests().len(), 1);
}

fn with_token() -> Wire {
    Wire {
        now: Some(Mutex::new(Timestamp::UNIX_EPOCH)),
        ..plain()
    }
}

#[test]
fn a_token_is_asked_for_once_and_again_at_its_end() {
    let transport = Arc::new(ScriptedTransport::new());
    let adapter = adapter(with_token(), &transport);
    for body in ["t1", "", "", "t2", ""] {
        transport.answer_with(StatusCode::OK, body);
    }
    send_part(&adapter, part());
    send_part(&adapter, part());
    // Its last minute is not used.
    let late = Timestamp::from_second(3541).unwrap();
    *adapter.wire().now.as_ref().unwrap().lock().unwrap() = late;
    send_part(&adapter, part());
    let bearers: Vec<_> = sent(&transport)
        .into_iter()
        .map(|(_, bearer)| bearer)
        .collect();
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    assert_eq!(
        bearers,
        [None, bearer("t1"), bearer("t1"), None, bearer("t2")]
    );
}

#[test]
fn a_kept_token_that_is_refused_is_replaced_once() {
    let transport = Arc::new(ScriptedTransport::new());
    let adapter = adapter(with_token(), &transport);
    for (status, body) in [(200, "t1"), (200, ""), (401, ""), (200, "t2"), (401, "")] {
        transport.answer_with(StatusCode::from_u16(status).unwrap(), body);
    }
    send_part(&adapter, part());
    assert_eq!(send_part(&adapter, part()).provider_id(), Some("401"));
    assert_eq!(sent(&transport).len(), 5);
}

#[test]
fn a_new_token_that_is_refused_is_not_replaced() {
    let transport = Arc::new(ScriptedTransport::new());
    let adapter = adapter(with_token(), &transport);
    transport.answer_with(StatusCode::OK, "t1");
    transport.answer_with(StatusCode::UNAUTHORIZED, "");
    send_part(&adapter, part());
    assert_eq!(sent(&transport).len(), 2);
}

#[test]
fn without_a_token_nothing_was_sent() {
    let transport = Arc::new(ScriptedTransport::new());
    let adapter = adapter(with_token(), &transport);
    transport.fail(HttpErrorKind::IdleTimeout);
    let outcome = send_part(&adapter, part());
    let SendOutcome::Rejected(failure) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(failure.is_retryable());
    assert_eq!(sent(&transport).len(), 1);
}

fn picture() -> Part {
    let media = |alt: &str| Media::from_bytes(MediaKind::Image, "image/png", &b"x"[..], alt);
    let mut part = part();
    part.body = MediaPart::new(vec![media("one"), media("two")]).into();
    part
}

fn with_media() -> Wire {
    Wire {
        own_media: true,
        ..plain()
    }
}

#[test]
fn media_are_uploaded_before_the_part_that_names_them() {
    let transport = Arc::new(ScriptedTransport::new());
    let adapter = adapter(with_media(), &transport);
    for body in ["id-1", "id-2", ""] {
        transport.answer_with(StatusCode::OK, body);
    }
    send_part(&adapter, picture());
    let bodies: Vec<_> = sent(&transport).into_iter().map(|(body, _)| body).collect();
    assert_eq!(bodies, ["upload one", "upload two", "part id-1 id-2"]);
}

#[test]
fn media_that_are_not_taken_or_not_answered_end_before_the_part() {
    let transport = Arc::new(ScriptedTransport::new());
    let adapter = adapter(with_media(), &transport);
    transport.answer_with(StatusCode::BAD_REQUEST, "");
    transport.fail(HttpErrorKind::Interrupted);
    let classes = [FailureClass::MediaRejected, FailureClass::Transient];
    for class in classes {
        let outcome = send_part(&adapter, picture());
        assert!(
            matches!(&outcome, SendOutcome::Rejected(failure) if failure.class == class),
            "{outcome:?}"
        );
    }
    assert_eq!(sent(&transport).len(), 2);
}

#[test]
fn fetched_media_may_be_some_hops_away_but_not_endlessly() {
    let transport = Arc::new(ScriptedTransport::new());
    let adapter = adapter(with_media(), &transport);
    let fetch = adapter.media().unwrap();
    let media = Media::from_url(MediaKind::Image, "https://example.com", "");
    transport.answer_with(StatusCode::OK, "go on");
    transport.answer_with(StatusCode::OK, "bytes");
    let found = block_on(fetch.fetch(&media)).unwrap();
    assert_eq!(found.source, MediaSource::Bytes(MediaBytes("bytes".into())));
    for _ in 0..MAX_HOPS {
        transport.answer_with(StatusCode::OK, "go on");
    }
    let error = block_on(fetch.fetch(&media)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn who_asks_and_hears_nothing_does_not_know() {
    let transport = Arc::new(ScriptedTransport::new());
    let adapter = adapter(with_media(), &transport);
    let reconciler = adapter.reconciler().unwrap();
    transport.answer_with(StatusCode::OK, "m-1");
    transport.fail(HttpErrorKind::Connect);
    assert_eq!(
        block_on(reconciler.look_up(&part())).provider_id(),
        Some("m-1")
    );
    let lost = block_on(reconciler.look_up(&part()));
    assert!(matches!(lost, SendOutcome::Ambiguous(_)), "{lost:?}");
    let none = HttpAdapter::new(plain(), transport as Arc<dyn HttpTransport>);
    assert!(none.reconciler().is_none() && none.media().is_none());
}
