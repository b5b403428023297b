//! What a part says as a mail: subject, text, HTML, files.

use super::config::one_line;
use super::request::content_invalid;
use super::response::failure;
use super::text::{from_html, to_html};
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope};
use msg_core::message::{Media, MediaSource, Part, PartBody};
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
    /// Reads an email. `subject` stands in where it has none.
    ///
    /// # Errors
    /// A failure for a body of another kind: a mail has a subject, and the planner writes the mail that says such a body.
    pub(super) fn read(part: &'a Part, subject: &'a str) -> Result<Self, Box<Failure>> {
        let PartBody::Email(email) = &part.body else {
            let class = FailureClass::Unsupported;
            let failure = failure(class, FailureScope::Part, Advice::Degrade);
            return Err(Box::new(failure.with_detail("mail carries email")));
        };
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
        // Readers without HTML must not see an empty mail.
        if let Some(html) = email.html.as_deref()
            && email.text.trim().is_empty()
        {
            letter.text = Cow::Owned(from_html(html));
        }
        letter.add_media(&email.attachments);
        if letter.text.trim().is_empty() && letter.html.is_none() && letter.files.is_empty() {
            return Err(content_invalid("there is nothing to say"));
        }
        Ok(letter)
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

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::id::{MessageId, PartId, TenantId};
    use msg_core::message::content::Typing;
    use msg_core::message::part::{EmailPart, MediaPart, TextPart};
    use msg_core::message::{Address, MediaKind, Purpose, Styled};

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

    #[test]
    fn html_alone_gets_a_text_and_a_link_stands_in_both() {
        let mut email = EmailPart::new("", " ");
        email.html = Some("<html><body><p>Hi <b>Jo</b></p></BODY></html>".to_owned());
        let url = "https://example.org/?a=1&b=2";
        email.attachments = vec![Media::from_url(MediaKind::File, url, "Prices <new>")];
        let part = part(email);
        let letter = Letter::read(&part, "Subject").unwrap();
        assert_eq!(
            letter.text,
            "Hi Jo\n\nPrices <new>: https://example.org/?a=1&b=2"
        );
        assert_eq!(
            letter.html.unwrap(),
            "<html><body><p>Hi <b>Jo</b></p><p><a href=\"https://example.org/?a=1&amp;b=2\">Prices &lt;new&gt;</a></p>\n</BODY></html>"
        );
        assert_eq!(letter.subject, "Subject");
    }

    #[test]
    fn an_email_that_is_only_html_has_a_text_too() {
        let mut email = EmailPart::new("Your order", " \n");
        email.html = Some("<p>Hi <b>Jo</b></p>".to_owned());
        let html_only = part(email.clone());
        let letter = Letter::read(&html_only, "Subject").unwrap();
        assert_eq!(letter.text, "Hi Jo");
        email.text = "Hi".to_owned();
        let both = part(email);
        assert_eq!(Letter::read(&both, "Subject").unwrap().text, "Hi");
    }

    #[test]
    fn media_with_an_address_stay_links_and_bytes_become_files() {
        let mut email = EmailPart::new("Media", "");
        email.attachments = vec![
            Media::from_url(MediaKind::Image, "https://example.org/cat.png", "A cat"),
            Media::from_bytes(MediaKind::File, "text/plain", &b"x"[..], "A note"),
        ];
        let part = part(email);
        let letter = Letter::read(&part, "Subject").unwrap();
        assert_eq!(letter.text, "A cat: https://example.org/cat.png");
        assert_eq!(letter.files.len(), 1);
    }

    #[test]
    fn what_is_no_mail_is_refused_and_not_dropped() {
        let picture = Media::from_url(MediaKind::Image, "https://example.org/cat.png", "A cat");
        let refused = [
            PartBody::from(TextPart::new(Styled::plain("Hi"))),
            MediaPart::new(vec![picture]).into(),
            Typing::default().into(),
        ];
        for body in refused {
            let part = part(body);
            let failure = Letter::read(&part, "Subject").map(|_| ()).unwrap_err();
            assert_eq!(failure.class, FailureClass::Unsupported);
        }
        let part = part(EmailPart::new("Hi", " "));
        let failure = Letter::read(&part, "Subject").map(|_| ()).unwrap_err();
        assert_eq!(failure.class, FailureClass::ContentInvalid);
    }
}
