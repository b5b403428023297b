//! Media: attachments by URL or id, uploads, and what events name.

use super::Inbox;
use super::schema::{Attachment, Payload, Uploaded};
use crate::graph::outcome_of;
use crate::wire::call::{self, Encoded, invalid, refuse, unsupported};
use crate::wire::multipart::Form;
use crate::wire::refusal::Repeat;
use bytes::Bytes;
use http::Uri;
use http::header::CONTENT_TYPE;
use msg_core::channel::{
    Advice, Ambiguous, Failure, FailureClass, FailureScope, Located, SendOutcome,
};
use msg_core::message::media::MediaBytes;
use msg_core::message::{Media, MediaKind, MediaSource, Part};
use msg_core::{Error, ErrorKind};

/// The largest picture, in bytes (Messenger Platform, "Saving assets": 8 MB; the same for Instagram).
pub(crate) const MAX_IMAGE: usize = 8 << 20;

/// The largest of anything else, in bytes (Messenger Platform, "Saving assets": 25 MB; the same for Instagram).
pub(crate) const MAX_FILE: usize = 25 << 20;

/// Where the media that events name are: hosts and everything below them. They are fetched without the key.
const HOSTS: [&str; 4] = ["fbsbx.com", "fbcdn.net", "cdninstagram.com", "facebook.com"];

/// What the Send API calls a kind of media.
fn asset(kind: &MediaKind) -> Encoded<&'static str> {
    match kind {
        MediaKind::Image | MediaKind::Animation => Ok("image"),
        MediaKind::Video => Ok("video"),
        MediaKind::Audio | MediaKind::VoiceNote => Ok("audio"),
        MediaKind::File => Ok("file"),
        _ => Err(unsupported("the send api has no such media")),
    }
}

/// Media that are somewhere, or were uploaded.
pub(crate) fn attachment(media: &Media) -> Encoded<Attachment<'_>> {
    let payload = match &media.source {
        MediaSource::Url(url) => Payload::Url { url },
        MediaSource::ProviderId(attachment_id) => Payload::Saved { attachment_id },
        _ => return Err(invalid("media with bytes are uploaded before")),
    };
    Ok(Attachment {
        r#type: asset(&media.kind)?,
        payload,
    })
}

/// Bytes go up before the message that names them.
pub(crate) const fn must_upload(media: &Media) -> bool {
    matches!(media.source, MediaSource::Bytes(_))
}

/// The upload of media
/// (<https://developers.facebook.com/docs/messenger-platform/reference/attachment-upload-api>).
pub(crate) fn upload(inbox: &Inbox, part: &Part, media: &Media) -> Encoded<http::Request<Bytes>> {
    let kind = asset(&media.kind)?;
    let MediaSource::Bytes(MediaBytes(bytes)) = &media.source else {
        return Err(invalid("only media with bytes are uploaded"));
    };
    let most = if kind == "image" { MAX_IMAGE } else { MAX_FILE };
    if bytes.len() > most {
        let (class, advice) = (FailureClass::ContentTooLarge, Advice::Degrade);
        return Err(refuse(
            class,
            advice,
            "a picture has at most 8 MB, other media 25 MB",
        ));
    }
    let message =
        format!(r#"{{"attachment":{{"type":"{kind}","payload":{{"is_reusable":true}}}}}}"#);
    let name = media.filename.as_deref().unwrap_or("file");
    let form = Form::new(part, bytes.len()).field("message", &message);
    let form = form.file("filedata", name, media.mime.as_deref(), bytes);
    let (content_type, body) = form.finish()?;
    let request = call::post(inbox.uploads.clone(), content_type, body);
    Ok(inbox.api.with_key(request))
}

/// The id that an upload got. Nobody sees an upload, so it may be repeated.
pub(crate) fn uploaded(inbox: &Inbox, response: &http::Response<Bytes>) -> Encoded<String> {
    let taken: Option<Uploaded> = serde_json::from_slice(response.body()).ok();
    match taken.filter(|it| response.status().is_success() && !it.attachment_id.is_empty()) {
        Some(taken) => Ok(taken.attachment_id),
        None => match outcome_of(response, inbox.rules.rows, Repeat::Unseen) {
            SendOutcome::Rejected(failure) => Err(Box::new(failure)),
            SendOutcome::Ambiguous(Ambiguous { .. })
            | SendOutcome::Accepted(_)
            | SendOutcome::AlreadyAccepted(_) => {
                let (class, scope) = (FailureClass::ProviderBug, FailureScope::Provider);
                Err(Box::new(Failure::new(class, scope, Advice::RetrySame)))
            }
        },
    }
}

/// The request that fetches media which an event named.
pub(crate) fn locate(media: &Media) -> Result<http::Request<Bytes>, Error> {
    let foreign = || Error::invalid("the media are not ones that a webhook named");
    let uri: Uri = media
        .url()
        .and_then(|url| url.parse().ok())
        .ok_or_else(foreign)?;
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    let below = |known: &&str| {
        host.strip_suffix(known)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let plain =
        uri.port().is_none() && !uri.authority().is_some_and(|it| it.as_str().contains('@'));
    if uri.scheme_str() == Some("https") && plain && HOSTS.iter().any(below) {
        Ok(call::get(uri))
    } else {
        Err(foreign())
    }
}

/// The media in an answer. Their addresses are good for some days.
pub(crate) fn located(media: &Media, response: http::Response<Bytes>) -> Result<Located, Error> {
    let status = response.status();
    if status.is_success() {
        let mut here = media.clone();
        let kind = response.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).map(str::to_owned);
        here.mime = kind.or(here.mime);
        here.source = MediaSource::Bytes(MediaBytes(response.into_body()));
        return Ok(Located::Here(Box::new(here)));
    }
    Err(match status.as_u16() {
        // Past its time, or taken back.
        403 | 404 | 410 => Error::new(ErrorKind::NotFound, "the media are gone"),
        400..=499 => Error::invalid("the media cannot be fetched"),
        _ => Error::new(ErrorKind::Unavailable, "the media cannot be fetched now"),
    }
    .with_context("status", status.as_str()))
}
