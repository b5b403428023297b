//! Requests, and refusals before anything is sent.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, Uri};
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope};
use msg_core::id::PartId;
use msg_core::message::part::Styled;
use msg_core::message::{Markup, Part};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

/// What encoding ends in: a failure is boxed, because it is large and rare.
pub type Encoded<T> = Result<T, Box<Failure>>;

/// Room for a usual call, so that its body is written without growing.
const USUAL: usize = 1024;

/// The part cannot be sent, whoever tries; `detail` says why in fixed words.
#[must_use]
pub fn refuse(class: FailureClass, advice: Advice, detail: &'static str) -> Box<Failure> {
    Box::new(Failure::new(class, FailureScope::Part, advice).with_detail(detail))
}

/// The content breaks a rule of the provider.
#[must_use]
pub fn invalid(detail: &'static str) -> Box<Failure> {
    refuse(FailureClass::ContentInvalid, Advice::FixContent, detail)
}

/// The provider has no such message.
#[must_use]
pub fn unsupported(detail: &'static str) -> Box<Failure> {
    refuse(FailureClass::Unsupported, Advice::Degrade, detail)
}

/// The address is not one that this wire can write to; `detail` says what it wants.
#[must_use]
pub fn foreign_address(detail: &'static str) -> Box<Failure> {
    let (class, advice) = (FailureClass::InvalidRecipient, Advice::FixConfig);
    Box::new(Failure::new(class, FailureScope::Recipient, advice).with_detail(detail))
}

/// A text that must have no markup.
///
/// # Errors
/// A failure when it has.
pub fn plain(text: &Styled) -> Encoded<&str> {
    written_in(text, &Markup::Plain)
}

/// A text that must have this markup, or none.
///
/// # Errors
/// A failure when it has another one.
pub fn written_in<'a>(text: &'a Styled, markup: &Markup) -> Encoded<&'a str> {
    if text.markup == Markup::Plain || text.markup == *markup {
        Ok(&text.text)
    } else {
        Err(invalid(
            "the text is written in the markup of another channel",
        ))
    }
}

/// A POST of this JSON.
///
/// # Errors
/// A failure when it cannot be written.
pub fn json(uri: Uri, body: &impl Serialize) -> Encoded<http::Request<Bytes>> {
    let mut text = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut text, body)
        .map_err(|_| invalid("the part cannot be written as json"))?;
    Ok(post(
        uri,
        HeaderValue::from_static("application/json"),
        text,
    ))
}

/// A POST of these fields as a form (`application/x-www-form-urlencoded`).
pub fn form<'a>(
    uri: Uri,
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> http::Request<Bytes> {
    let mut text = form_urlencoded::Serializer::new(String::with_capacity(USUAL));
    text.extend_pairs(fields);
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    post(uri, kind, text.finish().into_bytes())
}

/// A POST of these bytes.
pub fn post(uri: Uri, content_type: HeaderValue, body: impl Into<Bytes>) -> http::Request<Bytes> {
    let mut request = http::Request::new(body.into());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    request.headers_mut().insert(CONTENT_TYPE, content_type);
    request
}

/// A GET.
#[must_use]
pub fn get(uri: Uri) -> http::Request<Bytes> {
    let mut request = http::Request::new(Bytes::new());
    *request.uri_mut() = uri;
    request
}

/// A request with one more header.
#[must_use]
pub fn with_header(
    mut request: http::Request<Bytes>,
    name: HeaderName,
    value: &HeaderValue,
) -> http::Request<Bytes> {
    request.headers_mut().insert(name, value.clone());
    request
}

/// `Bearer <secret>`, made once; it never prints.
///
/// # Errors
/// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the secret has bytes that no header takes.
pub fn bearer(secret: &SecretString) -> Result<HeaderValue, msg_core::Error> {
    secret_value(&format!("Bearer {}", secret.expose_secret()))
}

/// `Basic <user:password>` (RFC 7617), made once; it never prints.
///
/// # Errors
/// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the user's name has a colon.
pub fn basic(user: &str, password: &SecretString) -> Result<HeaderValue, msg_core::Error> {
    if user.contains(':') {
        return Err(msg_core::Error::invalid("a user's name has no colon"));
    }
    let pair = format!("{user}:{}", password.expose_secret());
    secret_value(&format!("Basic {}", BASE64_STANDARD.encode(pair)))
}

/// A secret as the value of a header; it never prints.
///
/// # Errors
/// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when it has bytes that no header takes.
pub fn secret_value(secret: &str) -> Result<HeaderValue, msg_core::Error> {
    let mut value = HeaderValue::from_str(secret)
        .map_err(|_| msg_core::Error::invalid("a key has only visible ascii characters"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The part's id as one token of `0-9 a-f -`, at most 48 bytes: for idempotency keys and what a provider echoes.
#[must_use]
pub fn token_of(part: &Part) -> String {
    format!("{}-{}", part.id.message.as_uuid().simple(), part.id.index)
}

/// The part that [`token_of`] made a token of; none when it is not one.
#[must_use]
pub fn part_of(token: &str) -> Option<PartId> {
    let (message, index) = token.rsplit_once('-')?;
    let simple = message.len() == 32 && index.bytes().all(|byte| byte.is_ascii_digit());
    simple.then_some(())?;
    Some(PartId::new(message.parse().ok()?, index.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_never_print() {
        let secret = SecretString::from("s3cret");
        for value in [
            bearer(&secret),
            basic("me", &secret),
            secret_value("s3cret"),
        ] {
            let value = value.unwrap();
            assert!(!format!("{value:?}").contains("s3cret"));
        }
        assert_eq!(
            basic("me", &secret).unwrap().to_str().unwrap(),
            "Basic bWU6czNjcmV0"
        );
        assert!(bearer(&SecretString::from("a\nb")).is_err() && basic("a:b", &secret).is_err());
    }

    #[test]
    fn a_form_escapes_what_would_end_a_field() {
        let request = form(Uri::from_static("/"), [("To", "+1555"), ("Body", "a&b=ü ")]);
        assert_eq!(&**request.body(), b"To=%2B1555&Body=a%26b%3D%C3%BC+");
    }

    #[test]
    fn a_token_leads_back_to_its_part() {
        let id = msg_core::id::time_ordered(msg_core::Timestamp::UNIX_EPOCH, &[3; 16]);
        let id = PartId::new(msg_core::id::MessageId::from_uuid(id), 4);
        let part = Part::new(
            id,
            msg_core::id::TenantId::new("acme").unwrap(),
            msg_core::message::Address::telegram(1),
            msg_core::message::Purpose::Transactional,
            msg_core::message::part::TextPart::new(Styled::plain("hi")),
        );
        assert_eq!(part_of(&token_of(&part)), Some(id));
        for bad in [
            "",
            "-",
            "x-0",
            "00000000000070008303030303030303-+4",
            "00000000-0000-7000-8303-030303030303-4",
        ] {
            assert_eq!(part_of(bad), None, "{bad}");
        }
    }
}
