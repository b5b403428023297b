//! What a part says as a mail: subject, text, HTML, files.

use super::text::{from_html, one_line, to_html};
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope};
use msg_core::message::{Media, MediaKind, MediaSource, Part, PartBody};
use std::borrow::Cow;

/// A mail before it is put into MIME.
#[non_exhaustive]
pub struct Letter<'a> {
    /// The subject, perhaps on several lines: who writes it into a header makes one of them.
    pub subject: Cow<'a, str>,
    /// The text; not empty, unless there are files.
    pub text: Cow<'a, str>,
    /// The same as HTML.
    pub html: Option<Cow<'a, str>>,
    /// Media with their bytes. Those with an address are links in the text.
    pub files: Vec<&'a Media>,
    /// The one-click unsubscribe address, not checked yet.
    pub unsubscribe: Option<&'a str>,
}

impl<'a> Letter<'a> {
    /// Reads an email. `subject` stands in where it has none.
    ///
    /// # Errors
    /// A failure for a body of another kind: a mail has a subject, and the planner writes the mail that says such a body.
    pub fn read(part: &'a Part, subject: &'a str) -> Result<Self, Box<Failure>> {
        let PartBody::Email(email) = &part.body else {
            return Err(refused(
                FailureClass::Unsupported,
                FailureScope::Part,
                "mail carries email",
            ));
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

    /// How many bytes the files have together, before they are encoded.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let file = |media: &&Media| match &media.source {
            MediaSource::Bytes(bytes) => bytes.0.len(),
            _ => 0,
        };
        self.files.iter().map(file).sum()
    }

    /// Whether the files have at most `most` bytes together.
    ///
    /// # Errors
    /// A failure when they have more.
    pub fn fits(&self, most: usize) -> Result<(), Box<Failure>> {
        if self.bytes() <= most {
            return Ok(());
        }
        let (class, scope) = (FailureClass::ContentTooLarge, FailureScope::Message);
        Err(refused(class, scope, "the files are too large for a mail"))
    }

    /// The files as they are written: name, type, bytes.
    ///
    /// # Errors
    /// A failure for media without their bytes, and for a type that no header can carry.
    pub fn attachments(&self) -> impl Iterator<Item = Result<Attachment<'a>, Box<Failure>>> {
        let files = self.files.iter().enumerate();
        files.map(|(at, media)| Attachment::of(media, at))
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

impl std::fmt::Debug for Letter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letter({} files)", self.files.len())
    }
}

/// A file of a mail.
#[derive(Clone)]
#[non_exhaustive]
pub struct Attachment<'a> {
    /// Its name on one line, without folders.
    pub name: String,
    /// Its type, `type/subtype`.
    pub mime: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The media that it is.
    pub media: &'a Media,
}

impl<'a> Attachment<'a> {
    fn of(media: &'a Media, at: usize) -> Result<Self, Box<Failure>> {
        let MediaSource::Bytes(bytes) = &media.source else {
            return Err(refused(
                FailureClass::Unsupported,
                FailureScope::Part,
                "mail carries media as bytes or as a link",
            ));
        };
        let mime = media.mime.as_deref().unwrap_or("application/octet-stream");
        if !is_media_type(mime) {
            return Err(content_invalid("a media type is not valid"));
        }
        Ok(Self {
            name: file_name(media, at),
            mime,
            bytes: &bytes.0,
            media,
        })
    }

    /// Whether readers show a picture of this kind in the mail.
    #[must_use]
    pub const fn is_picture(&self) -> bool {
        matches!(self.media.kind, MediaKind::Image | MediaKind::Animation)
    }

    /// Whether the HTML shows it by its name, as in `<img src="cid:logo.png">` (RFC 2392).
    #[must_use]
    pub fn is_shown_in(&self, html: &str) -> bool {
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '.');
        let mut after = html.split("cid:").skip(1);
        after.any(|rest| rest.strip_prefix(&*self.name).is_some_and(ends))
    }
}

impl std::fmt::Debug for Attachment<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attachment({} bytes)", self.bytes.len())
    }
}

/// `type/subtype` of token characters (RFC 2045, 5.1), without parameters.
fn is_media_type(kind: &str) -> bool {
    let token = |text: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        !text.is_empty() && text.len() <= 127 && text.bytes().all(fits)
    };
    kind.split_once('/')
        .is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

/// The file's own name without folders, or one by kind and number.
fn file_name(media: &Media, at: usize) -> String {
    let own = media.filename.as_deref().unwrap_or_default();
    let own = own.rsplit(['/', '\\']).next().unwrap_or_default();
    let own = one_line(own);
    if own.is_empty() {
        format!("{}-{}", media.kind.as_str(), at + 1)
    } else {
        own
    }
}

/// The content breaks a rule of mail; `detail` says which one in fixed words.
#[must_use]
pub fn content_invalid(detail: &'static str) -> Box<Failure> {
    let (class, scope) = (FailureClass::ContentInvalid, FailureScope::Message);
    Box::new(Failure::new(class, scope, Advice::FixContent).with_detail(detail))
}

fn refused(class: FailureClass, scope: FailureScope, detail: &'static str) -> Box<Failure> {
    Box::new(Failure::new(class, scope, Advice::Degrade).with_detail(detail))
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
    fn a_picture_is_shown_in_the_mail_only_where_the_html_names_it() {
        let mut email = EmailPart::new("a", "b");
        let file = |name: &str| {
            Media::from_bytes(MediaKind::Image, "image/png", &b"x"[..], "").with_filename(name)
        };
        email.attachments = vec![file("logo.png"), file("a/b\\logo.pn"), file("")];
        let part = part(email);
        let letter = Letter::read(&part, "Subject").unwrap();
        let files: Vec<_> = letter.attachments().map(Result::unwrap).collect();
        let html = "<img src=\"cid:logo.png\"><img src='cid:x'>";
        let shown: Vec<_> = files.iter().map(|file| file.is_shown_in(html)).collect();
        assert_eq!(shown, [true, false, false]);
        assert_eq!((&*files[1].name, &*files[2].name), ("logo.pn", "image-3"));
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
