//! Mails of every sort, for the requests of every provider: reviewed here, checked against the specifications elsewhere.

use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
use msg_core::message::part::EmailPart;
use msg_core::message::{Address, Media, MediaKind, Part, Purpose};
use msg_core::{Error, Timestamp};

/// Who writes.
pub(crate) const FROM: &str = "Grüner \"Shop\", Inc. <shop@example.org>";

/// A picture of one pixel.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The parts, each with its name.
pub(crate) fn parts() -> Result<Vec<(&'static str, Part)>, Error> {
    let mut parts = vec![
        ("text", part(1, EmailPart::new("Your order", "Hello Jo\n"))?),
        ("html", part(2, html())?),
        ("files", part(3, files())?),
        ("only-files", part(4, only_files())?),
        ("answer", part(5, EmailPart::new("Re: Grüße", "Yes"))?),
        ("marketing", part(6, marketing())?),
        ("hostile", part(7, hostile())?),
    ];
    for (name, part) in &mut parts {
        match *name {
            "answer" => part.reply_to = Some("<q1@example.net>".to_owned()),
            "marketing" => part.purpose = Purpose::Marketing,
            "hostile" => {
                part.reply_to = Some("x>\r\nBcc: a@b.example".to_owned());
                part.language = String::from("en\r\nBcc: a@b.example");
            }
            _ => {}
        }
    }
    Ok(parts)
}

fn part(number: u8, email: EmailPart) -> Result<Part, Error> {
    let message = MessageId::from_uuid(time_ordered(Timestamp::UNIX_EPOCH, &[number; 16]));
    Ok(Part::new(
        PartId::new(message, 0),
        TenantId::new("acme")?,
        Address::email("jo@example.net")?,
        Purpose::Transactional,
        email,
    ))
}

fn html() -> EmailPart {
    let mut email = EmailPart::new("Grüße 😀", "Hello Jo\r\n\"quoted\" \\ end\u{2028}");
    email.html = Some("<p>Hello <b>Jo</b></p>".to_owned());
    email
}

fn files() -> EmailPart {
    let mut email = EmailPart::new("Files", "See below");
    email.html = Some("<img src=\"cid:logo.png\">".to_owned());
    email.attachments = vec![
        Media::from_bytes(MediaKind::Image, "image/png", PIXEL, "Our logo")
            .with_filename("logo.png"),
        Media::from_bytes(MediaKind::File, "text/csv", &b"a,b\n"[..], "Prices")
            .with_filename("../Preise \"neu\".csv"),
        Media::from_url(MediaKind::Image, "https://example.org/cat.png", "A cat"),
    ];
    email
}

fn only_files() -> EmailPart {
    let mut email = EmailPart::new("", "");
    let bytes = &b"%PDF-1.7"[..];
    email.attachments = vec![Media::from_bytes(
        MediaKind::File,
        "application/pdf",
        bytes,
        "",
    )];
    email
}

fn marketing() -> EmailPart {
    let mut email = EmailPart::new("Sale", "Everything must go");
    email.unsubscribe_url = Some("https://example.org/u?id=1&t=2".to_owned());
    email
}

fn hostile() -> EmailPart {
    let mut email = EmailPart::new("a\r\nBcc: x@example.org", "b\r\n.\r\nc\0");
    let media = Media::from_bytes(MediaKind::File, "text/plain", &b"x"[..], "d\r\ne");
    email.attachments = vec![media.with_filename("f\r\nX: y\";z")];
    email
}
