//! From a part to a request.

use super::schema::{Body, Content, Destination, File, Named, Send, Simple, TAG, Words};
use super::wire::Ses;
use crate::mail::letter::Attachment;
use crate::mail::sender::{Base64, Mail};
use crate::wire::call::{Encoded, json, refuse};
use bytes::Bytes;
use msg_core::channel::{Advice, FailureClass};

/// The longest name, type and content id of a file, in characters (`AttachmentFileName`, `AttachmentContentType` and
/// `AttachmentContentId` of the API).
const MAX_NAME: usize = 255;
const MAX_TYPE: usize = 78;
const MAX_ID: usize = 78;

/// The request that sends a mail, signed. `Simple` holds everything that a part says: Amazon makes the MIME of it.
pub(super) fn send(wire: &Ses, mail: &Mail<'_>) -> Encoded<http::Request<Bytes>> {
    // Amazon has no SMTPUTF8 (RFC 6531): <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html>.
    if !mail.to.is_ascii() {
        let (class, advice) = (FailureClass::Unsupported, Advice::RetryOtherProvider);
        return Err(refuse(
            class,
            advice,
            "amazon writes to ascii addresses only",
        ));
    }
    let text = Some(&*mail.letter.text).filter(|text| !text.is_empty());
    let html = mail.letter.html.as_deref();
    // A mail of files alone: Amazon wants a body.
    let text = text.or_else(|| html.is_none().then_some(" "));
    let own = wire.tags.iter().map(|(name, value)| Named { name, value });
    let token = Named {
        name: TAG,
        value: &mail.token,
    };
    let body = Send {
        from_email_address: &wire.from,
        from_email_address_identity_arn: wire.identity.as_deref(),
        destination: Destination {
            to_addresses: [mail.to],
        },
        reply_to_addresses: wire.reply_to.as_deref().map(|to| [to]),
        feedback_forwarding_email_address: wire.feedback_to.as_deref(),
        content: Content {
            simple: Simple {
                subject: Words::new(&mail.subject),
                body: Body {
                    text: text.map(Words::new),
                    html: html.map(Words::new),
                },
                headers: headers(mail),
                attachments: files(mail),
            },
        },
        email_tags: own.chain([token]).collect(),
        configuration_set_name: wire.configuration_set.as_deref(),
        tenant_name: wire.tenant.as_deref(),
    };
    wire.aws.signed(json(wire.uri.clone(), &body)?)
}

fn headers<'a>(mail: &'a Mail<'_>) -> Vec<Named<'a>> {
    let all = mail.headers.iter();
    all.map(|(name, value)| Named { name, value }).collect()
}

fn files<'a>(mail: &'a Mail<'_>) -> Vec<File<'a>> {
    let html = mail.html();
    mail.files.iter().map(|file| attached(file, html)).collect()
}

fn attached<'a>(file: &'a Attachment<'_>, html: &str) -> File<'a> {
    let shown = file.is_shown_in(html) && file.name.len() <= MAX_ID;
    File {
        name: ending(&file.name, MAX_NAME),
        raw_content: Base64(file.bytes),
        content_type: Some(file.mime)
            .filter(|mime| mime.len() <= MAX_TYPE)
            .unwrap_or("application/octet-stream"),
        content_transfer_encoding: "BASE64",
        content_disposition: if shown { "INLINE" } else { "ATTACHMENT" },
        content_id: shown.then_some(&*file.name),
    }
}

/// The last characters of a name that is too long: they say what it is.
fn ending(name: &str, most: usize) -> &str {
    let count = name.chars().count();
    let start = name.char_indices().nth(count.saturating_sub(most));
    start.and_then(|(at, _)| name.get(at..)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{part, wire};
    use super::*;
    use crate::mail::seen;
    use msg_core::channel::ChannelWire as _;

    #[test]
    fn requests_read_as_reviewed() {
        insta::assert_snapshot!(seen::requests(&wire()));
    }

    #[test]
    fn a_request_is_signed_and_shows_no_secret() {
        let request = wire().encode(&part()).unwrap();
        // The same part gives the same bytes.
        assert_eq!(request.body(), wire().encode(&part()).unwrap().body());
        assert_eq!(
            request.uri(),
            "https://email.us-east-1.amazonaws.com/v2/email/outbound-emails"
        );
        let proof = request.headers()["authorization"].to_str().unwrap();
        assert!(proof.starts_with(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260615/us-east-1/ses/aws4_request, SignedHeaders=content-type;host;x-amz-date, "
        ), "{proof}");
        assert!(!format!("{:?}", request.headers()).contains("AKID"));
    }

    #[test]
    fn an_address_that_amazon_cannot_write_is_refused() {
        let mut part = part();
        part.to = msg_core::message::Address::email("jö@example.net").unwrap();
        let failure = wire().encode(&part).unwrap_err();
        assert_eq!(failure.class, FailureClass::Unsupported);
    }

    #[test]
    fn a_name_keeps_its_end() {
        assert_eq!(ending("abc.pdf", 255), "abc.pdf");
        assert_eq!(ending("äbc.pdf", 5), "c.pdf");
        assert_eq!(ending("äöü", 2), "öü");
    }
}
