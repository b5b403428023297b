//! Writes [`RichText`] in the markup that a channel reads, and cuts it to a channel's limits.
//!
//! Pure. A text can never become markup: what would be read as a sign is escaped, and where a dialect has no escape it is
//! parted from its neighbours by a zero-width space (U+200B). Only `http`, `https`, `mailto` and `tel` addresses become
//! links. Line ends become line feeds; other control characters and space at the ends of a text are left out.
//!
//! ```
//! use msg_core::message::{Inline, Block, Markup, RichText, render};
//! let text = RichText::new(vec![Block::Paragraph(vec![
//!     Inline::Bold(vec![Inline::Text("a < b".into())]),
//! ])]);
//! assert_eq!(render::render(&text, &Markup::TelegramHtml).text, "<b>a &lt; b</b>");
//! assert_eq!(render::render(&text, &Markup::WhatsApp).text, "*a < b*");
//! ```

mod atom;
mod escape;
mod flow;
mod split;
mod url;
mod write;

pub(crate) use flow::Flow;
use flow::Item;
pub(crate) use url::url_spans;
pub use url::{is_public_https, safe_link};

use super::part::{Markup, Styled};
use super::segment::{SegmentOptions, count};
use super::text::RichText;
use crate::capability::{Bound, Unit};
use write::Writer;

/// The dialects, as something to match on cheaply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Plain,
    Html,
    Telegram,
    WhatsApp,
    Slack,
    Markdown,
    Viber,
}

impl From<&Markup> for Dialect {
    /// A markup that this version does not know is written as plain text.
    fn from(markup: &Markup) -> Self {
        match markup {
            Markup::Html => Self::Html,
            Markup::TelegramHtml => Self::Telegram,
            Markup::WhatsApp => Self::WhatsApp,
            Markup::Slack => Self::Slack,
            Markup::Markdown => Self::Markdown,
            Markup::Viber => Self::Viber,
            Markup::Plain | Markup::Other(_) => Self::Plain,
        }
    }
}

impl Dialect {
    /// Whether formatting is tags, which may stand anywhere, and not signs, which need a boundary beside them.
    const fn has_tags(self) -> bool {
        matches!(self, Self::Html | Self::Telegram)
    }

    /// Whether a limit counts what is shown and not what is written. Telegram counts "after entities parsing"
    /// (Bot API, `sendMessage`).
    const fn counts_visible(self) -> bool {
        matches!(self, Self::Telegram)
    }
}

/// Writes a text in a markup. It does not look at limits; see [`split`].
#[must_use]
pub fn render(text: &RichText, markup: &Markup) -> Styled {
    let dialect = Dialect::from(markup);
    let written = match text
        .as_plain()
        .and_then(|plain| escape::untouched(plain, dialect))
    {
        Some(plain) => plain.to_owned(),
        None => Flow::of(dialect, text).render().text,
    };
    Styled::new(written, markup.clone())
}

/// Writes a text in a markup, in as many pieces as a limit needs. Every piece is well-formed by itself.
///
/// A cut falls between paragraphs, lines, sentences or words where it can, between graphemes where it must, and never inside
/// a grapheme, a URL, an entity, a tag or a GSM escape pair. A grapheme or a URL that is longer than a whole piece is left
/// out; the second value says whether that happened. An empty text has no piece.
#[must_use]
pub fn split(text: &RichText, markup: &Markup, bound: &Bound) -> (Vec<Styled>, bool) {
    let dialect = Dialect::from(markup);
    if let Some(plain) = text
        .as_plain()
        .and_then(|plain| escape::untouched(plain, dialect))
        .filter(|plain| fits(plain, bound))
    {
        let whole = (!plain.is_empty()).then(|| Styled::new(plain, markup.clone()));
        return (whole.into_iter().collect(), false);
    }
    let pieces = Flow::of(dialect, text).split(bound);
    let styled = |text| Styled::new(text, markup.clone());
    (
        pieces.texts.into_iter().map(styled).collect(),
        pieces.dropped > 0,
    )
}

/// The plain text as it is, when writing it in `dialect` would change nothing but the space at its ends.
pub(crate) fn untouched(plain: &str, dialect: Dialect) -> Option<&str> {
    escape::untouched(plain, dialect)
}

/// Whether a text keeps every limit of a bound, SMS segments included.
pub(crate) fn fits(text: &str, bound: &Bound) -> bool {
    bound.fits(text)
        && bound
            .max(Unit::Segments)
            .is_none_or(|max| fits_segments(text, max))
}

/// Whether a text takes at most `max` SMS segments.
fn fits_segments(text: &str, max: u32) -> bool {
    // The worst case: every byte a UTF-16 unit of 67 a segment, so most texts are never encoded.
    text.len() <= 67 * max as usize || count(text, SegmentOptions::new()).segments <= max as usize
}

/// A text as it was written, and as a reader sees it where a limit counts that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rendered {
    /// In its markup.
    pub(crate) text: String,
    /// Without markup, when that is what limits count.
    visible: Option<String>,
}

impl Rendered {
    /// Whether it keeps every limit of a bound.
    pub(crate) fn fits(&self, bound: &Bound) -> bool {
        fits(self.visible.as_deref().unwrap_or(&self.text), bound)
    }
}

impl Flow<'_> {
    /// Writes everything as one text.
    pub(crate) fn render(&self) -> Rendered {
        let mut writer = Writer::new(self.dialect());
        for item in self.items() {
            match item {
                Item::Open(mark) => writer.open(*mark),
                Item::Close => writer.close(),
                Item::Text(text) => writer.text(text, None),
                Item::Url(url) => writer.url(url),
                Item::Raw(raw) => writer.raw(raw),
                Item::Gap(gap) => writer.gap(gap),
            }
        }
        writer.finish()
    }
}

#[cfg(test)]
mod tests;
