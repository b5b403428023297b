//! Files that people sent: asked for by their id, then fetched from where the answer says.

use super::super::schema::{Answer, Stored};
use super::super::wire::SCHEME;
use crate::wire::call;
use crate::wire::endpoint::{Endpoint, path_segment};
use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use msg_core::channel::Located;
use msg_core::message::media::MediaBytes;
use msg_core::message::{Media, MediaSource};
use msg_core::{Error, ErrorKind};

/// Stands in the extensions of the request for the bytes, and so of their answer: what comes back is the file itself,
/// whatever it looks like. A file that reads like an answer of `getFile` must not lead to another one.
#[derive(Clone)]
struct Named(Box<str>);

fn failed(kind: ErrorKind, why: &'static str) -> Error {
    Error::new(kind, why).with_context("scheme", SCHEME)
}

/// The file at its path, as `getFile` told it.
fn download(files: &Endpoint, path: &str) -> Result<http::Request<Bytes>, Error> {
    // A server that runs with `--local` tells a path of its own machine
    // (<https://core.telegram.org/bots/api#using-a-local-bot-api-server>).
    if path.starts_with('/') || path.is_empty() {
        let why = "a local bot api server gives no files over http";
        return Err(failed(ErrorKind::Unsupported, why));
    }
    let segments = path.split('/').map(path_segment);
    let mut request =
        call::get(files.fixed(&format!("/{}", segments.collect::<Vec<_>>().join("/")))?);
    let name = path.rsplit('/').next().unwrap_or_default();
    request.extensions_mut().insert(Named(name.into()));
    Ok(request)
}

/// The answer of `getFile`, or the file.
pub(in super::super) fn located(
    files: &Endpoint,
    media: &Media,
    response: http::Response<Bytes>,
) -> Result<Located, Error> {
    let (head, body) = response.into_parts();
    let Some(Named(name)) = head.extensions.get::<Named>() else {
        return Ok(Located::Next(Box::new(told(files, head.status, &body)?)));
    };
    match head.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Err(failed(ErrorKind::NotFound, "the file is gone")),
        _ => return Err(failed(ErrorKind::Unavailable, "the file cannot be fetched")),
    }
    let mut found = media.clone();
    found.source = MediaSource::Bytes(MediaBytes(body));
    if found.filename.is_none() {
        found.filename = Some(String::from(&**name));
    }
    if found.mime.is_none() {
        let told = head
            .headers
            .get(CONTENT_TYPE)
            .and_then(|it| it.to_str().ok());
        // The servers say so of every file whose type they did not look at.
        let known = told.filter(|mime| *mime != "application/octet-stream");
        found.mime = known.map(str::to_owned);
    }
    Ok(Located::Here(Box::new(found)))
}

/// The way on from `getFile`. Files above 20 MB are refused there, and an id that is wrong or of another bot
/// (<https://core.telegram.org/bots/api#getfile>).
fn told(files: &Endpoint, status: StatusCode, body: &[u8]) -> Result<http::Request<Bytes>, Error> {
    let answer: Option<Answer<Stored>> = serde_json::from_slice(body).ok();
    let Some(answer) = answer else {
        return Err(failed(
            ErrorKind::Unavailable,
            "the answer is not the bot api's",
        ));
    };
    if answer.ok && status.is_success() {
        return download(files, &answer.result.file_path);
    }
    let code = answer.error_code.unwrap_or_else(|| status.as_u16());
    Err(match code {
        400 if answer.description().contains("file is too big") => failed(
            ErrorKind::Unsupported,
            "the bot api gives no file above 20 MB",
        ),
        400 => failed(ErrorKind::NotFound, "the bot api knows no such file"),
        401 | 403 | 404 => failed(ErrorKind::Invalid, "the bot api does not take the token"),
        _ => failed(ErrorKind::Unavailable, "the bot api gives no files now"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(told: &str) -> Result<String, ErrorKind> {
        let files = Endpoint::new("https://api.telegram.org/file/bot1:a").unwrap();
        let request = download(&files, told).map_err(|error| error.kind())?;
        Ok(request.uri().path().to_owned())
    }

    #[test]
    fn a_path_leads_below_the_bot_and_nowhere_else() {
        assert_eq!(
            path("photos/file_0.jpg").unwrap(),
            "/file/bot1:a/photos/file_0.jpg"
        );
        assert_eq!(
            path("../../bot1:b/getMe?a#b").unwrap(),
            "/file/bot1:a/%2E%2E/%2E%2E/bot1%3Ab/getMe%3Fa%23b"
        );
        for local in ["/var/lib/telegram-bot-api/1:a/photos/file_0.jpg", ""] {
            assert_eq!(path(local), Err(ErrorKind::Unsupported), "{local}");
        }
    }
}
