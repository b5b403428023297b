//! From a part to a request.

use super::schema::VARIABLE;
use super::wire::Mailgun;
use crate::mail::fetch::id_of;
use crate::mail::header::message_id;
use crate::mail::sender::Mail;
use crate::wire::call::{Encoded, get, post, with_header};
use crate::wire::endpoint::path_segment;
use crate::wire::multipart::Form;
use bytes::Bytes;
use http::Uri;
use http::header::AUTHORIZATION;
use msg_core::Error;
use msg_core::message::{Media, Part};

/// The request that sends a mail: a form, whose files travel as they are.
pub(super) fn send(wire: &Mailgun, part: &Part, mail: &Mail<'_>) -> Encoded<http::Request<Bytes>> {
    let size = mail.letter.text.len() + mail.html().len() + mail.letter.bytes();
    let mut form = Form::new(part, size + 2048)
        .field("from", &wire.sender.from_text)
        .field("to", mail.to)
        .field("subject", &mail.subject)
        .field("h:Message-Id", &mail.message_id)
        .field(VARIABLE, &mail.token);
    if let Some(reply_to) = &wire.sender.reply_to {
        form = form.field("h:Reply-To", &reply_to.to_text());
    }
    for (name, value) in &mail.headers {
        form = form.field(&format!("h:{name}"), value);
    }
    // Mailgun wants a text or a HTML, also where the files say everything.
    let text = Some(&*mail.letter.text).filter(|text| !text.is_empty());
    form = form.field("text", text.unwrap_or(" "));
    if let Some(html) = mail.letter.html.as_deref() {
        form = form.field("html", html);
    }
    for file in &mail.files {
        let shown = file.is_shown_in(mail.html());
        let name = if shown { "inline" } else { "attachment" };
        form = form.file(name, &file.name, Some(file.mime), file.bytes);
    }
    let (kind, body) = form.finish()?;
    Ok(with_header(
        post(wire.uri.clone(), kind, body),
        AUTHORIZATION,
        &wire.key,
    ))
}

/// The request that looks for a mail by its `Message-ID`
/// (<https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/events>).
pub(super) fn look_up(wire: &Mailgun, part: &Part) -> Encoded<http::Request<Bytes>> {
    let id = message_id(part.id, &wire.sender.domain);
    let id = path_segment(id.trim_matches(['<', '>']));
    let path = format!("/v3/{}/events?message-id={id}&limit=1", wire.domain);
    Ok(with_header(
        get(wire.endpoint.uri(&path)?),
        AUTHORIZATION,
        &wire.key,
    ))
}

/// The request that fetches a file that a route stored: only from Mailgun's own hosts, which get the key.
pub(super) fn stored(wire: &Mailgun, media: &Media) -> Result<http::Request<Bytes>, Error> {
    let foreign = || Error::invalid("the file is not stored at the provider");
    let uri: Uri = id_of(media)?.parse().map_err(|_| foreign())?;
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    let own = ["mailgun.net", "mailgun.org"].iter().any(|it| {
        host.strip_suffix(it)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    let named = uri.authority().is_some_and(|it| it.as_str().contains('@'));
    let secure = uri.scheme_str() == Some("https") && uri.port().is_none();
    if named || !(own && secure || wire.endpoint.is_same_host(&uri)) {
        return Err(foreign());
    }
    Ok(with_header(get(uri), AUTHORIZATION, &wire.key))
}

#[cfg(test)]
mod tests {
    use super::super::{Mailgun, MailgunConfig};
    use crate::mail::{golden, seen, sender::SenderConfig};
    use msg_core::channel::{LookUpWire as _, MediaWire as _};
    use msg_core::message::{Media, MediaKind, MediaSource};

    fn wire() -> Mailgun {
        let sender = SenderConfig::new(golden::FROM).with_reply_to("help@example.org");
        Mailgun::new(MailgunConfig::new("hidden", "mg.example.org", sender)).unwrap()
    }

    #[test]
    fn requests_read_as_reviewed() {
        let mut requests = seen::requests(&wire());
        let (_, part) = golden::parts().unwrap().remove(0);
        requests.push_str(&seen::request(&wire().ask(&part).unwrap()));
        insta::assert_snapshot!(requests);
    }

    #[test]
    fn the_key_goes_to_mailgun_only() {
        let fetch = |url: &str| {
            let mut media = Media::from_url(MediaKind::File, "", "");
            media.source = MediaSource::ProviderId(url.to_owned());
            wire()
                .locate(&media)
                .map(|request| request.uri().to_string())
        };
        for good in [
            "https://sw.api.mailgun.net/v3/domains/x/messages/y/attachments/0",
            "https://api.mailgun.net/v3/x",
            "https://storage-us-east4.api.mailgun.net/v3/x",
        ] {
            assert_eq!(fetch(good).unwrap(), good);
        }
        for bad in [
            "http://api.mailgun.net/x",
            "https://evil.example/x",
            "https://evilmailgun.net/x",
            "https://api.mailgun.net.evil.example/x",
            "https://a@api.mailgun.net/x",
            "https://api.mailgun.net:8443/x",
            "x",
            "",
        ] {
            assert!(fetch(bad).is_err(), "{bad}");
        }
    }
}
