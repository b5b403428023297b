//! From a part to a request.

use super::schema::{ECHO, File, Person, Send};
use super::wire::Brevo;
use crate::mail::fetch::id_of;
use crate::mail::header::Mailbox;
use crate::mail::sender::{Base64, Mail};
use crate::wire::call::{Encoded, get, json, with_header};
use crate::wire::endpoint::path_segment;
use bytes::Bytes;
use http::header::HeaderName;
use msg_core::Error;
use msg_core::message::{Media, Part};
use std::collections::BTreeMap;

const KEY: HeaderName = HeaderName::from_static("api-key");

/// The request that sends a mail.
pub(super) fn send(wire: &Brevo, part: &Part, mail: &Mail<'_>) -> Encoded<http::Request<Bytes>> {
    let key = idempotency_key(part);
    let mut headers: BTreeMap<&str, &str> = mail
        .headers
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    headers.insert(ECHO, &mail.token);
    headers.insert("idempotencyKey", &key);
    let body = Send {
        sender: person(&wire.sender.from),
        to: [Person {
            email: mail.to,
            name: None,
        }],
        reply_to: wire.sender.reply_to.as_ref().map(person),
        subject: &mail.subject,
        text_content: Some(&*mail.letter.text)
            .filter(|it| !it.is_empty())
            .unwrap_or(" "),
        html_content: mail.letter.html.as_deref().filter(|it| !it.is_empty()),
        attachment: mail
            .files
            .iter()
            .map(|file| File {
                name: &file.name,
                content: Base64(file.bytes),
            })
            .collect(),
        headers,
    };
    Ok(with_header(json(wire.uri.clone(), &body)?, KEY, &wire.key))
}

fn person(mailbox: &Mailbox) -> Person<'_> {
    Person {
        email: mailbox.address(),
        name: mailbox.name(),
    }
}

/// A UUID, as Brevo wants it (<https://developers.brevo.com/docs/heterogenous-versions-batch-emails>): the message's, with the
/// number of the part in its last bits.
fn idempotency_key(part: &Part) -> String {
    let bits = part.id.message.as_uuid().as_u128() ^ u128::from(part.id.index);
    let hex = format!("{bits:032x}");
    let mut key = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            key.push('-');
        }
        key.push(digit);
    }
    key
}

/// The request that fetches a file of a mail that came in
/// (<https://developers.brevo.com/reference/getinboundemailattachment>).
pub(super) fn received(wire: &Brevo, media: &Media) -> Result<http::Request<Bytes>, Error> {
    let path = format!("/v3/inbound/attachments/{}", path_segment(id_of(media)?));
    Ok(with_header(
        get(wire.endpoint.fixed(&path)?),
        KEY,
        &wire.key,
    ))
}

#[cfg(test)]
mod tests {
    use super::super::{Brevo, BrevoConfig};
    use super::*;
    use crate::mail::{golden, seen, sender::SenderConfig};
    use msg_core::channel::MediaWire as _;
    use msg_core::message::{MediaKind, MediaSource};

    fn wire() -> Brevo {
        let sender = SenderConfig::new(golden::FROM).with_reply_to("help@example.org");
        Brevo::new(BrevoConfig::new("hidden", sender)).unwrap()
    }

    #[test]
    fn requests_read_as_reviewed() {
        insta::assert_snapshot!(seen::requests(&wire()));
    }

    #[test]
    fn parts_of_a_message_have_keys_of_their_own() {
        let mut part = golden::parts().unwrap().remove(0).1;
        assert_eq!(
            idempotency_key(&part),
            part.id.message.as_uuid().to_string()
        );
        let first = idempotency_key(&part);
        part.id.index = 1;
        assert_ne!(idempotency_key(&part), first);
    }

    #[test]
    fn a_file_is_fetched_by_its_token() {
        let mut media = Media::from_url(MediaKind::File, "", "");
        assert!(wire().locate(&media).is_err());
        media.source = MediaSource::ProviderId("a/../b".into());
        assert_eq!(
            wire().locate(&media).unwrap().uri().path(),
            "/v3/inbound/attachments/a%2F..%2Fb"
        );
    }
}
