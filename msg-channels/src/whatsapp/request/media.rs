//! Media: by link, by id, uploaded and fetched.

use super::super::schema::{File, Header, Says};
use super::super::wire::WhatsApp;
use super::{PRODUCT, interactive, styled};
use crate::wire::call::{Encoded, invalid, post, refuse, unsupported};
use crate::wire::endpoint::path_segment;
use crate::wire::multipart::Form;
use bytes::Bytes;
use msg_core::Error;
use msg_core::channel::{Advice, FailureClass};
use msg_core::message::media::MediaBytes;
use msg_core::message::part::MediaPart;
use msg_core::message::{Media, MediaKind, MediaSource, Part};

/// Megabytes as Meta counts them ("Supported media types"): the smaller reading, 1,000,000 bytes.
const MB: usize = 1_000_000;

/// The largest file of a kind, in bytes (Meta, "Supported media types"; a sticker that does not move has 100 KB, one that moves
/// 500 KB, and which it is only its pictures tell).
const fn most(kind: &MediaKind) -> usize {
    match kind {
        MediaKind::Image => 5 * MB,
        MediaKind::Video | MediaKind::Audio | MediaKind::VoiceNote => 16 * MB,
        MediaKind::Sticker => MB / 2,
        _ => 100 * MB,
    }
}

/// Whether a kind takes files of a type (Meta, "Supported media types"). Documents take every type.
fn takes(kind: &MediaKind, mime: &str) -> bool {
    let mime = mime.split_once(';').map_or(mime, |(mime, _)| mime).trim();
    let types: &[&str] = match kind {
        MediaKind::Image => &["image/jpeg", "image/png"],
        MediaKind::Video => &["video/mp4", "video/3gpp", "video/3gp"],
        MediaKind::Audio => &[
            "audio/aac",
            "audio/amr",
            "audio/mpeg",
            "audio/mp4",
            "audio/ogg",
        ],
        MediaKind::VoiceNote => &["audio/ogg"],
        MediaKind::Sticker => &["image/webp"],
        _ => return true,
    };
    types.iter().any(|known| known.eq_ignore_ascii_case(mime))
}

/// One item as a message, or above the text of a message with buttons.
pub(super) fn send<'a>(wire: &WhatsApp, part: &'a MediaPart) -> Encoded<Says<'a>> {
    let [item] = part.items.as_slice() else {
        return Err(invalid("a message has one picture, film, sound or file"));
    };
    let caption = part.caption.as_ref().map(styled).transpose()?;
    let mut file = source(item)?;
    if !part.buttons.is_empty() {
        let body = caption.ok_or_else(|| invalid("buttons stand under a text"))?;
        let header = header(item, file)?;
        let action = interactive::buttons(wire, &part.buttons, false)?;
        return Ok(Says::Interactive(action.with(Some(header), Some(body))));
    }
    let no_caption = || match caption {
        Some(_) => Err(invalid("sounds and stickers have no caption")),
        None => Ok(()),
    };
    Ok(match item.kind {
        MediaKind::Image | MediaKind::Video => {
            file.caption = caption;
            if item.kind == MediaKind::Image {
                Says::Image(file)
            } else {
                Says::Video(file)
            }
        }
        MediaKind::File => {
            (file.caption, file.filename) = (caption, item.filename.as_deref());
            Says::Document(file)
        }
        MediaKind::Audio | MediaKind::VoiceNote => {
            no_caption()?;
            file.voice = item.kind == MediaKind::VoiceNote;
            Says::Audio(file)
        }
        MediaKind::Sticker => {
            no_caption()?;
            Says::Sticker(file)
        }
        _ => return Err(unsupported("moving pictures are sent as films")),
    })
}

/// What stands above a text. Sounds and stickers cannot.
pub(super) fn header<'a>(item: &'a Media, mut file: File<'a>) -> Encoded<Header<'a>> {
    Ok(match item.kind {
        MediaKind::Image => Header::Image { image: file },
        MediaKind::Video => Header::Video { video: file },
        MediaKind::File => {
            file.filename = item.filename.as_deref();
            Header::Document { document: file }
        }
        _ => {
            return Err(unsupported(
                "a picture, film or file stands above a text, nothing else",
            ));
        }
    })
}

/// By id or link. Bytes are uploaded before.
pub(super) fn source(item: &Media) -> Encoded<File<'_>> {
    let mut file = File::default();
    match &item.source {
        MediaSource::ProviderId(id) => file.id = Some(id),
        MediaSource::Url(url) => file.link = Some(url),
        _ => return Err(invalid("media with their bytes are uploaded before")),
    }
    Ok(file)
}

pub(in super::super) const fn must_upload(media: &Media) -> bool {
    matches!(media.source, MediaSource::Bytes(_))
}

/// `POST /{phone number id}/media`. The id is good for 30 days.
pub(in super::super) fn upload(
    wire: &WhatsApp,
    part: &Part,
    media: &Media,
) -> Encoded<http::Request<Bytes>> {
    let MediaSource::Bytes(MediaBytes(bytes)) = &media.source else {
        return Err(invalid("only bytes are uploaded"));
    };
    let mime = media.mime.as_deref().unwrap_or("application/octet-stream");
    if media.kind == MediaKind::Animation || !takes(&media.kind, mime) {
        let (class, advice) = (FailureClass::MediaRejected, Advice::FixContent);
        return Err(refuse(
            class,
            advice,
            "whatsapp takes no files of this type",
        ));
    }
    if bytes.len() > most(&media.kind) {
        let (class, advice) = (FailureClass::ContentTooLarge, Advice::Degrade);
        return Err(refuse(
            class,
            advice,
            "the file is larger than its kind may be",
        ));
    }
    let name = media.filename.as_deref().unwrap_or("file");
    let form = Form::new(part, bytes.len())
        .field("messaging_product", PRODUCT)
        .field("type", mime)
        .file("file", name, Some(mime), bytes);
    let (content_type, body) = form.finish()?;
    let request = post(wire.uploads.clone(), content_type, body);
    Ok(wire.api.with_key(request))
}

/// `GET /{media id}`, which says where the media are. The answer is good for 5 minutes.
pub(in super::super) fn locate(
    wire: &WhatsApp,
    media: &Media,
) -> Result<http::Request<Bytes>, Error> {
    let MediaSource::ProviderId(id) = &media.source else {
        return Err(Error::invalid("the media have no id of the cloud api"));
    };
    let uri = wire
        .api
        .uri(&format!("/{}", path_segment(id)))
        .map_err(|failure| Error::invalid(failure.detail))?;
    Ok(wire.api.get(uri))
}
