//! Files of a mail that came in, where the provider keeps them.

use bytes::Bytes;
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope, Located};
use msg_core::message::media::MediaBytes;
use msg_core::message::{Media, MediaSource};
use msg_core::{Error, ErrorKind};

/// The provider's id of media; an error for media that are elsewhere.
///
/// # Errors
/// [`ErrorKind::Invalid`] when the media are not the provider's.
pub fn id_of(media: &Media) -> Result<&str, Error> {
    match &media.source {
        MediaSource::ProviderId(id) if !id.is_empty() => Ok(id),
        _ => Err(Error::invalid("the media are not the provider's")),
    }
}

/// The bytes of an answer as the media that were asked for.
///
/// # Errors
/// [`ErrorKind::NotFound`] when they are gone, and the kind of the answer otherwise.
pub fn located(media: &Media, response: http::Response<Bytes>) -> Result<Located, Error> {
    check(&response)?;
    let kind = response.headers().get(http::header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).map(str::to_owned);
    let mut found = media.clone();
    found.source = MediaSource::Bytes(MediaBytes(response.into_body()));
    if found.mime.is_none() {
        found.mime = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_owned());
    }
    Ok(Located::Here(Box::new(found)))
}

/// Whether an answer has what was asked for.
///
/// # Errors
/// As [`located`].
pub fn check(response: &http::Response<Bytes>) -> Result<(), Error> {
    let kind = match response.status().as_u16() {
        200..=299 => return Ok(()),
        404 | 410 => ErrorKind::NotFound,
        429 | 500.. => ErrorKind::Unavailable,
        _ => ErrorKind::Invalid,
    };
    let status = response.status().as_u16().to_string();
    Err(Error::new(kind, "the provider does not give the file").with_context("status", status))
}

/// Mail has no uploads: files go with it.
#[must_use]
pub fn no_upload() -> Box<Failure> {
    let (class, scope) = (FailureClass::Unsupported, FailureScope::Part);
    Box::new(Failure::new(class, scope, Advice::Degrade).with_detail("files go with the mail"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::message::MediaKind;

    #[test]
    fn an_answer_is_the_media_or_why_not() {
        let mut media = Media::from_url(MediaKind::File, "", "").with_filename("a.txt");
        assert!(id_of(&media).is_err());
        media.source = MediaSource::ProviderId("t1".into());
        assert_eq!(id_of(&media).unwrap(), "t1");
        let answer = |status: u16| {
            let answer = http::Response::builder()
                .status(status)
                .header("content-type", "text/plain; charset=utf-8");
            located(&media, answer.body(Bytes::from("x")).unwrap())
        };
        let Ok(Located::Here(found)) = answer(200) else {
            panic!()
        };
        assert_eq!(found.mime.as_deref(), Some("text/plain"));
        assert_eq!(
            found.source,
            MediaSource::Bytes(MediaBytes(Bytes::from("x")))
        );
        for (status, kind) in [
            (404, ErrorKind::NotFound),
            (401, ErrorKind::Invalid),
            (503, ErrorKind::Unavailable),
            (302, ErrorKind::Invalid),
        ] {
            assert_eq!(answer(status).unwrap_err().kind(), kind);
        }
    }
}
