//! From a part to a request.

use super::schema::{ECHO, File, Send, Tag};
use super::wire::Resend;
use crate::mail::fetch::id_of;
use crate::mail::header::Mailbox;
use crate::mail::letter::Attachment;
use crate::mail::sender::{Base64, Mail};
use crate::wire::call::{Encoded, get, invalid, json, with_header};
use crate::wire::endpoint::path_segment;
use bytes::Bytes;
use http::HeaderValue;
use http::header::{AUTHORIZATION, HeaderName};
use msg_core::Error;
use msg_core::message::Media;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The request that sends a mail. Its key is the part's id, so that a second one is not sent.
pub(super) fn send(wire: &Resend, mail: &Mail<'_>) -> Encoded<http::Request<Bytes>> {
    let body = Send {
        from: &wire.sender.from_text,
        to: [mail.to],
        reply_to: wire.sender.reply_to.as_ref().map(Mailbox::to_text),
        subject: &mail.subject,
        text: Some(&*mail.letter.text)
            .filter(|it| !it.is_empty())
            .unwrap_or(" "),
        html: mail.letter.html.as_deref(),
        headers: mail
            .headers
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect(),
        attachments: mail
            .files
            .iter()
            .map(|file| attached(file, mail.html()))
            .collect(),
        tags: [Tag {
            name: ECHO,
            value: &mail.token,
        }],
    };
    let key = HeaderValue::from_str(&mail.token)
        .map_err(|_| invalid("the part's id cannot stand in a header"))?;
    let request = with_header(json(wire.uri.clone(), &body)?, AUTHORIZATION, &wire.key);
    Ok(with_header(request, KEY, &key))
}

fn attached<'a>(file: &'a Attachment<'_>, html: &str) -> File<'a> {
    File {
        filename: &file.name,
        content: Base64(file.bytes),
        content_type: file.mime,
        content_id: file.is_shown_in(html).then_some(&*file.name),
    }
}

/// The request that asks where a mail (`email`) or one of its files (`email/file`) is
/// (<https://resend.com/docs/api-reference/emails/retrieve-received-email>).
pub(super) fn received(wire: &Resend, media: &Media) -> Result<http::Request<Bytes>, Error> {
    let path = match id_of(media)?.split_once('/') {
        Some((email, file)) => format!(
            "/emails/receiving/{}/attachments/{}",
            path_segment(email),
            path_segment(file)
        ),
        None => format!("/emails/receiving/{}", path_segment(id_of(media)?)),
    };
    let uri = wire.endpoint.fixed(&path)?;
    Ok(with_header(get(uri), AUTHORIZATION, &wire.key))
}

#[cfg(test)]
mod tests {
    use super::super::{Resend, ResendConfig};
    use crate::mail::{golden, seen, sender::SenderConfig};
    use msg_core::channel::{Located, MediaWire as _};
    use msg_core::message::{Media, MediaKind, MediaSource};

    fn wire() -> Resend {
        let sender = SenderConfig::new(golden::FROM).with_reply_to("help@example.org");
        Resend::new(ResendConfig::new("re_hidden", sender)).unwrap()
    }

    #[test]
    fn requests_read_as_reviewed() {
        insta::assert_snapshot!(seen::requests(&wire()));
    }

    #[test]
    fn a_mail_that_came_in_is_fetched_and_the_key_stays_at_home() {
        let mut media = Media::from_url(MediaKind::File, "", "");
        for (id, path) in [
            ("e1", "/emails/receiving/e1"),
            ("e1/a1", "/emails/receiving/e1/attachments/a1"),
            ("..", "/emails/receiving/%2E%2E"),
        ] {
            media.source = MediaSource::ProviderId(id.to_owned());
            assert_eq!(wire().locate(&media).unwrap().uri().path(), path);
        }
        let answer = |body: &'static str| {
            let answer = http::Response::builder().header("content-type", "application/json");
            wire().located(&media, answer.body(bytes::Bytes::from(body)).unwrap())
        };
        for body in [
            r#"{"id":"a1","download_url":"https://cdn.example.com/x?s=1"}"#,
            r#"{"id":"e1","raw":{"download_url":"https://cdn.example.com/x?s=1"}}"#,
        ] {
            let Ok(Located::Next(next)) = answer(body) else {
                panic!()
            };
            assert_eq!(next.uri().to_string(), "https://cdn.example.com/x?s=1");
            assert!(next.headers().is_empty());
        }
        assert!(matches!(answer("bytes of a file"), Ok(Located::Here(_))));
        assert!(answer(r#"{"download_url":"http://127.0.0.1/x"}"#).is_err());
    }
}
