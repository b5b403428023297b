//! From a part to a request.

use super::schema::{Content, Echo, File, Person, Personalization, Send};
use crate::mail::header::Mailbox;
use crate::mail::letter::Attachment;
use crate::mail::sender::{Base64, Mail, Sender};
use crate::wire::call::{Encoded, json, with_header};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Uri};
use std::collections::BTreeMap;

/// The request that sends a mail.
pub(super) fn send(
    uri: &Uri,
    key: &HeaderValue,
    sender: &Sender,
    mail: &Mail<'_>,
) -> Encoded<http::Request<Bytes>> {
    let mut headers: BTreeMap<&str, &str> = mail
        .headers
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    headers.insert("Message-ID", &mail.message_id);
    let body = Send {
        personalizations: [Personalization {
            to: [Person {
                email: mail.to,
                name: None,
            }],
            custom_args: Echo {
                msg_part: &mail.token,
            },
        }],
        from: person(&sender.from),
        reply_to: sender.reply_to.as_ref().map(person),
        subject: &mail.subject,
        content: content(mail),
        attachments: mail
            .files
            .iter()
            .map(|file| attached(file, mail.html()))
            .collect(),
        headers,
    };
    Ok(with_header(json(uri.clone(), &body)?, AUTHORIZATION, key))
}

fn person(mailbox: &Mailbox) -> Person<'_> {
    Person {
        email: mailbox.address(),
        name: mailbox.name(),
    }
}

/// Text first, then HTML. SendGrid wants at least one character, also where the files say everything.
fn content<'a>(mail: &'a Mail<'_>) -> Vec<Content<'a>> {
    let text = Some(&*mail.letter.text).filter(|text| !text.is_empty());
    let mut content = vec![Content {
        r#type: "text/plain",
        value: text.unwrap_or(" "),
    }];
    if let Some(html) = mail.letter.html.as_deref().filter(|html| !html.is_empty()) {
        content.push(Content {
            r#type: "text/html",
            value: html,
        });
    }
    content
}

fn attached<'a>(file: &'a Attachment<'_>, html: &str) -> File<'a> {
    let shown = file.is_shown_in(html);
    File {
        content: Base64(file.bytes),
        r#type: file.mime,
        filename: &file.name,
        disposition: if shown { "inline" } else { "attachment" },
        content_id: shown.then_some(&*file.name),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SendGrid, SendGridConfig};
    use crate::mail::{golden, seen, sender::SenderConfig};

    #[test]
    fn requests_read_as_reviewed() {
        let sender = SenderConfig::new(golden::FROM).with_reply_to("help@example.org");
        let wire = SendGrid::new(SendGridConfig::new("SG.hidden", sender)).unwrap();
        let requests = seen::requests(&wire);
        assert!(!requests.contains("hidden\""));
        insta::assert_snapshot!(requests);
    }
}
