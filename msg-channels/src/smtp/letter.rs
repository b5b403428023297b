//! What a part says as a mail: subject, text, HTML, files.

use super::config::one_line;
use super::request::content_invalid;
use super::response::failure;
use super::text::{from_html, to_html};
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope};
use msg_core::message::part::{Button, EmailPart, MediaPart, TextPart};
use msg_core::message::{Act, Markup, Media, MediaSource, Part, PartBody, Styled};
use std::borrow::Cow;

/// A mail before it is put into MIME.
pub(super) struct Letter<'a> {
    pub(super) subject: Cow<'a, str>,
    pub(super) text: Cow<'a, str>,
    pub(super) html: Option<Cow<'a, str>>,
    /// Media with their bytes. Those with an address are links in the text.
    pub(super) files: Vec<&'a Media>,
    pub(super) unsubscribe: Option<&'a str>,
}

impl<'a> Letter<'a> {
    /// Reads an email, a text or media. `subject` stands in where the part has none.
    ///
    /// # Errors
    /// A failure when mail cannot carry the body as it is: nothing is dropped on the way.
    pub(super) fn read(part: &'a Part, subject: &'a str) -> Result<Self, Box<Failure>> {
        match &part.body {
            PartBody::Email(email) => Ok(Self::of_email(email, subject)),
            PartBody::Text(text) => Self::of_text(text, subject),
            PartBody::Media(media) => Self::of_media(media, subject),
            _ => Err(unsupported("mail carries email, text and media")),
        }
    }

    fn of_email(email: &'a EmailPart, subject: &'a str) -> Self {
        let mut letter = Self {
            subject: Cow::Borrowed(&email.subject),
            text: Cow::Borrowed(&email.text),
            html: email.html.as_deref().map(Cow::Borrowed),
            files: Vec::new(),
            unsubscribe: email.unsubscribe_url.as_deref(),
        };
        if one_line(&email.subject).is_empty() {
            letter.subject = Cow::Borrowed(subject);
        }
        letter.add_media(&email.attachments);
        letter
    }

    fn of_text(text: &'a TextPart, subject: &'a str) -> Result<Self, Box<Failure>> {
        let mut letter = Self::of_styled(Some(&text.text), subject)?;
        letter.add_buttons(&text.buttons)?;
        letter.not_empty()
    }

    fn of_media(media: &'a MediaPart, subject: &'a str) -> Result<Self, Box<Failure>> {
        let mut letter = Self::of_styled(media.caption.as_ref(), subject)?;
        letter.add_media(&media.items);
        letter.add_buttons(&media.buttons)?;
        letter.not_empty()
    }

    fn of_styled(text: Option<&'a Styled>, subject: &'a str) -> Result<Self, Box<Failure>> {
        let (text, html) = match text {
            None => (Cow::Borrowed(""), None),
            Some(Styled {
                text,
                markup: Markup::Plain,
                ..
            }) => (Cow::Borrowed(&**text), None),
            Some(Styled {
                text,
                markup: Markup::Html,
                ..
            }) => (Cow::Owned(from_html(text)), Some(Cow::Borrowed(&**text))),
            Some(_) => return Err(unsupported("mail reads plain text and HTML")),
        };
        Ok(Self {
            subject: Cow::Borrowed(subject),
            text,
            html,
            files: Vec::new(),
            unsubscribe: None,
        })
    }

    fn not_empty(self) -> Result<Self, Box<Failure>> {
        if self.text.trim().is_empty() && self.files.is_empty() {
            return Err(content_invalid("there is nothing to say"));
        }
        Ok(self)
    }

    /// Media with bytes become files, media with an address become links.
    fn add_media(&mut self, media: &'a [Media]) {
        for item in media {
            match &item.source {
                MediaSource::Url(url) => {
                    let name = item.filename.as_deref().unwrap_or_default();
                    let label = if item.alt.trim().is_empty() {
                        name
                    } else {
                        &item.alt
                    };
                    self.add_link(label, url);
                }
                _ => self.files.push(item),
            }
        }
    }

    /// Buttons that open something become links; a button that answers needs a planner.
    fn add_buttons(&mut self, buttons: &[Button]) -> Result<(), Box<Failure>> {
        for button in buttons {
            let url = match &button.action.act {
                Act::Url(to) => Cow::Borrowed(&*to.url),
                Act::Catalog(to) => Cow::Borrowed(&*to.url),
                Act::Form(to) => Cow::Borrowed(&*to.url),
                Act::Pay(to) => Cow::Borrowed(&*to.url),
                Act::Login(to) => Cow::Borrowed(&*to.url),
                Act::Call(to) => Cow::Owned(format!("tel:{}", to.phone)),
                _ => return Err(unsupported("mail carries buttons that open a page or call")),
            };
            self.add_link(&button.action.label, &url);
        }
        Ok(())
    }

    /// A line with a link at the end of the text, and the same in the HTML if there is one.
    fn add_link(&mut self, label: &str, url: &str) {
        let label = one_line(label);
        let url = one_line(url);
        let text = self.text.to_mut();
        if !text.is_empty() {
            text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
        }
        if !label.is_empty() {
            text.push_str(&label);
            text.push_str(": ");
        }
        text.push_str(&url);
        if let Some(html) = &mut self.html {
            let shown = if label.is_empty() { &url } else { &label };
            let link = format!(
                "<p><a href=\"{}\">{}</a></p>\n",
                to_html(&url),
                to_html(shown)
            );
            let end = end_of_body(html);
            html.to_mut().insert_str(end, &link);
        }
    }
}

/// Where a page's body ends; the end of a fragment.
fn end_of_body(html: &str) -> usize {
    let ends = |tag: &str| html.to_ascii_lowercase().rfind(tag);
    ends("</body")
        .or_else(|| ends("</html"))
        .unwrap_or(html.len())
}

fn unsupported(detail: &'static str) -> Box<Failure> {
    let failure = failure(
        FailureClass::Unsupported,
        FailureScope::Part,
        Advice::Degrade,
    );
    Box::new(failure.with_detail(detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::id::{ActionId, MessageId, PartId, TenantId};
    use msg_core::message::content::Typing;
    use msg_core::message::part::Keyboard;
    use msg_core::message::{Action, Address, MediaKind, Purpose};

    fn part(body: impl Into<PartBody>) -> Part {
        let id = PartId::new(
            MessageId::from_uuid(msg_core::id::time_ordered(
                msg_core::Timestamp::UNIX_EPOCH,
                &[1; 16],
            )),
            0,
        );
        let to = Address::email("jo@example.org").unwrap();
        Part::new(id, TenantId::new("t").unwrap(), to, Purpose::Service, body)
    }

    fn url(label: &str) -> Button {
        Button::new(
            Action::url(
                ActionId::new("a").unwrap(),
                label,
                "https://example.org/?a=1&b=2",
            ),
            "a",
        )
    }

    #[test]
    fn html_gets_a_text_and_buttons_become_links_in_both() {
        let text = TextPart::new(Styled::new(
            "<html><body><p>Hi <b>Jo</b></p></BODY></html>",
            Markup::Html,
        ))
        .with_buttons(vec![url("Shop <now>")], Keyboard::Buttons);
        let part = part(text);
        let letter = Letter::read(&part, "Subject").unwrap();
        assert_eq!(
            letter.text,
            "Hi Jo\n\nShop <now>: https://example.org/?a=1&b=2"
        );
        assert_eq!(
            letter.html.unwrap(),
            "<html><body><p>Hi <b>Jo</b></p><p><a href=\"https://example.org/?a=1&amp;b=2\">Shop &lt;now&gt;</a></p>\n</BODY></html>"
        );
        assert_eq!(letter.subject, "Subject");
    }

    #[test]
    fn media_with_an_address_stay_links_and_bytes_become_files() {
        let media = MediaPart::new(vec![
            Media::from_url(MediaKind::Image, "https://example.org/cat.png", "A cat"),
            Media::from_bytes(MediaKind::File, "text/plain", &b"x"[..], "A note"),
        ]);
        let part = part(media);
        let letter = Letter::read(&part, "Subject").unwrap();
        assert_eq!(letter.text, "A cat: https://example.org/cat.png");
        assert_eq!(letter.files.len(), 1);
    }

    #[test]
    fn what_mail_cannot_say_is_refused_and_not_dropped() {
        let reply = Button::new(Action::reply(ActionId::new("a").unwrap(), "Yes"), "a");
        let refused = [
            PartBody::from(
                TextPart::new(Styled::plain("Hi")).with_buttons(vec![reply], Keyboard::Buttons),
            ),
            TextPart::new(Styled::new("*Hi*", Markup::WhatsApp)).into(),
            Typing::default().into(),
        ];
        for body in refused {
            let part = part(body);
            let failure = Letter::read(&part, "Subject").map(|_| ()).unwrap_err();
            assert_eq!(failure.class, FailureClass::Unsupported);
        }
        let part = part(TextPart::new(Styled::plain(" ")));
        let failure = Letter::read(&part, "Subject").map(|_| ()).unwrap_err();
        assert_eq!(failure.class, FailureClass::ContentInvalid);
    }
}
