//! Media: by URL, by file id, uploaded; one or an album.

use super::super::schema::{Album, Call, InputMedia};
use super::super::wire::Chat;
use super::{Endpoints, Method, keyboard, making, multipart, styled};
use crate::wire::call::{self, Encoded, invalid, unsupported};
use crate::wire::multipart::Form;
use bytes::Bytes;
use msg_core::message::part::MediaPart;
use msg_core::message::{Media, MediaKind, MediaSource, Part};
use std::borrow::Cow;

/// Items of an album, at least and at most (Bot API 10.1, `sendMediaGroup.media`).
const ALBUM: std::ops::RangeInclusive<usize> = 2..=10;

/// The request that sends media.
pub(super) fn send(
    endpoints: &Endpoints,
    chat: &Chat<'_>,
    part: &Part,
    media: &MediaPart,
) -> Encoded<http::Request<Bytes>> {
    let mut call = making(chat, part)?;
    let method = match media.items.as_slice() {
        [item] => one(&mut call, item, media)?,
        items => album(&mut call, items, media)?,
    };
    finish(endpoints, method, part, &call, media)
}

/// The request that replaces the media of a message, or only its caption when there is no item.
pub(super) fn edit<'a>(
    endpoints: &Endpoints,
    part: &Part,
    mut call: Call<'a>,
    media: &'a MediaPart,
) -> Encoded<http::Request<Bytes>> {
    let caption = media.caption.as_ref().map(styled).transpose()?;
    call.reply_markup = keyboard::inline(&media.buttons)?;
    let method = match media.items.as_slice() {
        [] => {
            let (text, parse_mode) = caption.unwrap_or_default();
            (call.caption, call.parse_mode) = (Some(text), parse_mode);
            Method::EditCaption
        }
        [item] => {
            let mut item = input(0, item)?;
            if let Some((text, parse_mode)) = caption {
                (item.caption, item.parse_mode) = (Some(text), parse_mode);
            }
            call.media = Some(Album::One(item));
            Method::EditMedia
        }
        _ => return Err(unsupported("an album cannot be edited as a whole")),
    };
    finish(endpoints, method, part, &call, media)
}

/// As JSON, or as a form when there are bytes to upload.
fn finish(
    endpoints: &Endpoints,
    method: Method,
    part: &Part,
    call: &Call<'_>,
    media: &MediaPart,
) -> Encoded<http::Request<Bytes>> {
    let files: Vec<_> = media.items.iter().enumerate().filter_map(file).collect();
    if files.is_empty() {
        return call::json(endpoints.of(method), call);
    }
    let bytes = files.iter().map(|(_, _, bytes)| bytes.len()).sum();
    let mut form = multipart::fields(Form::new(part, bytes), call)?;
    for (index, item, bytes) in files {
        let (name, mime) = (format!("f{index}"), item.mime.as_deref());
        form = form.file(&name, &filename(item), mime, bytes);
    }
    let (content_type, body) = form.finish()?;
    Ok(call::post(endpoints.of(method), content_type, body))
}

fn one<'a>(call: &mut Call<'a>, item: &'a Media, media: &'a MediaPart) -> Encoded<Method> {
    let source = Some(source(0, item));
    let method = match item.kind {
        MediaKind::Image => {
            call.photo = source;
            Method::Photo
        }
        MediaKind::Video => {
            call.video = source;
            Method::Video
        }
        MediaKind::Audio => {
            call.audio = source;
            Method::Audio
        }
        MediaKind::VoiceNote => {
            call.voice = source;
            Method::Voice
        }
        MediaKind::Animation => {
            call.animation = source;
            Method::Animation
        }
        MediaKind::Sticker if media.caption.is_some() => {
            return Err(invalid("a sticker has no caption"));
        }
        MediaKind::Sticker => {
            call.sticker = source;
            Method::Sticker
        }
        _ => {
            call.document = source;
            Method::Document
        }
    };
    if let Some(caption) = &media.caption {
        let (text, parse_mode) = styled(caption)?;
        (call.caption, call.parse_mode) = (Some(text), parse_mode);
    }
    call.reply_markup = keyboard::inline(&media.buttons)?;
    Ok(method)
}

/// The caption of the first item is shown as the caption of the album.
fn album<'a>(call: &mut Call<'a>, items: &'a [Media], media: &'a MediaPart) -> Encoded<Method> {
    if !ALBUM.contains(&items.len()) {
        return Err(invalid("an album has 2 to 10 items"));
    }
    if !media.buttons.is_empty() {
        return Err(unsupported("an album has no buttons"));
    }
    let indexed = items.iter().enumerate();
    let mut inputs = indexed
        .map(|(index, item)| input(index, item))
        .collect::<Encoded<Vec<_>>>()?;
    // Documents and sounds are grouped with their own kind only; pictures and films may be mixed.
    let group = |input: &InputMedia<'_>| match input.r#type {
        "photo" | "video" => "pictures",
        "animation" => "",
        other => other,
    };
    let same = inputs.windows(2).all(|pair| match pair {
        [a, b] => group(a) == group(b),
        _ => true,
    });
    if !same || inputs.iter().any(|input| group(input).is_empty()) {
        return Err(unsupported(
            "an album holds pictures and films, or sounds, or files",
        ));
    }
    if let (Some(first), Some(caption)) = (inputs.first_mut(), &media.caption) {
        let (text, parse_mode) = styled(caption)?;
        (first.caption, first.parse_mode) = (Some(text), parse_mode);
    }
    call.media = Some(Album::Many(inputs));
    Ok(Method::MediaGroup)
}

fn input(index: usize, item: &Media) -> Encoded<InputMedia<'_>> {
    let kind = match item.kind {
        MediaKind::Image => "photo",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::Animation => "animation",
        MediaKind::VoiceNote | MediaKind::Sticker => {
            return Err(unsupported(
                "voice notes and stickers are sent alone and never edited",
            ));
        }
        _ => "document",
    };
    Ok(InputMedia {
        r#type: kind,
        media: source(index, item),
        caption: None,
        parse_mode: None,
    })
}

/// A URL, a file id, or the name of the part of the form that has the bytes.
fn source(index: usize, item: &Media) -> Cow<'_, str> {
    match &item.source {
        MediaSource::Url(url) => url.into(),
        MediaSource::ProviderId(id) => id.into(),
        _ => format!("attach://f{index}").into(),
    }
}

/// What must be uploaded, with its place among the items.
fn file((index, item): (usize, &Media)) -> Option<(usize, &Media, &Bytes)> {
    match &item.source {
        MediaSource::Bytes(bytes) => Some((index, item, &bytes.0)),
        _ => None,
    }
}

/// A name that the person sees, and whose ending tells apps what the file is.
fn filename(item: &Media) -> Cow<'_, str> {
    if let Some(name) = &item.filename {
        return name.into();
    }
    let subtype = item.mime.as_deref().and_then(|mime| mime.split('/').nth(1));
    let ending = match subtype.map(|it| it.split(';').next().unwrap_or(it).trim()) {
        Some("jpeg") => "jpg",
        Some("mpeg") => "mp3",
        Some("plain") => "txt",
        Some("calendar") => "ics",
        Some("quicktime") => "mov",
        Some(short) if short.len() <= 4 && short.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            short
        }
        _ => "bin",
    };
    format!("file.{ending}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_name_gets_one_that_fits_its_type() {
        let name = |mime: &str| {
            let media = Media::from_bytes(MediaKind::File, mime, "x", "");
            filename(&media).into_owned()
        };
        assert_eq!(name("image/jpeg"), "file.jpg");
        assert_eq!(name("text/plain; charset=utf-8"), "file.txt");
        assert_eq!(name("application/pdf"), "file.pdf");
        assert_eq!(name("application/x\"\r\n"), "file.bin");
        assert_eq!(name("nonsense"), "file.bin");
    }
}
