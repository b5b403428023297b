//! From a part to a request.

use super::schema::{Echo, File, Line, Send};
use super::wire::Postmark;
use crate::mail::header::Mailbox;
use crate::mail::letter::Attachment;
use crate::mail::sender::{Base64, Mail};
use crate::wire::call::{Encoded, get, json, token_of, with_header};
use bytes::Bytes;
use http::HeaderValue;
use http::header::{ACCEPT, HeaderName};
use msg_core::message::{Part, Purpose};

const TOKEN: HeaderName = HeaderName::from_static("x-postmark-server-token");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The request that sends a mail.
pub(super) fn send(wire: &Postmark, part: &Part, mail: &Mail<'_>) -> Encoded<http::Request<Bytes>> {
    let own = [("Message-ID", &*mail.message_id), ("X-PM-KeepID", "true")];
    let told = mail.headers.iter().map(|(name, value)| (*name, &**value));
    let line = |(name, value)| Line { name, value };
    let marketing = part.purpose == Purpose::Marketing;
    let broadcast = wire.marketing_stream.as_deref().filter(|_| marketing);
    let body = Send {
        from: &wire.sender.from_text,
        to: mail.to,
        reply_to: wire.sender.reply_to.as_ref().map(Mailbox::to_text),
        subject: &mail.subject,
        text_body: Some(&*mail.letter.text)
            .filter(|it| !it.is_empty())
            .unwrap_or(" "),
        html_body: mail.letter.html.as_deref(),
        headers: own.into_iter().chain(told).map(line).collect(),
        attachments: mail
            .files
            .iter()
            .map(|file| attached(file, mail.html()))
            .collect(),
        metadata: Echo {
            msg_part: &mail.token,
        },
        message_stream: broadcast.or(wire.stream.as_deref()),
    };
    let request = with_header(json(wire.uri.clone(), &body)?, TOKEN, &wire.key);
    Ok(with_header(request, ACCEPT, &JSON))
}

fn attached<'a>(file: &'a Attachment<'_>, html: &str) -> File<'a> {
    File {
        name: &file.name,
        content: Base64(file.bytes),
        content_type: file.mime,
        content_id: file.is_shown_in(html).then(|| format!("cid:{}", file.name)),
    }
}

/// The request that looks for a mail by the part's id in its metadata
/// (<https://postmarkapp.com/developer/api/messages-api#outbound-message-search>).
pub(super) fn look_up(wire: &Postmark, part: &Part) -> Encoded<http::Request<Bytes>> {
    let token = token_of(part);
    let path = format!("/messages/outbound?count=1&offset=0&metadata_msg_part={token}");
    let request = with_header(get(wire.endpoint.uri(&path)?), TOKEN, &wire.key);
    Ok(with_header(request, ACCEPT, &JSON))
}

#[cfg(test)]
mod tests {
    use super::super::{Postmark, PostmarkConfig};
    use crate::mail::{golden, seen, sender::SenderConfig};
    use msg_core::channel::LookUpWire as _;

    #[test]
    fn requests_read_as_reviewed() {
        let sender = SenderConfig::new(golden::FROM).with_reply_to("help@example.org");
        let config = PostmarkConfig::new("hidden", sender).with_streams("outbound", "news");
        let wire = Postmark::new(config).unwrap();
        let mut requests = seen::requests(&wire);
        let (_, part) = golden::parts().unwrap().remove(0);
        requests.push_str(&seen::request(&wire.ask(&part).unwrap()));
        assert!(!requests.contains("token: hidden\n"));
        insta::assert_snapshot!(requests);
    }
}
