//! Text as a tree, so that every channel can say it in its own markup.

use serde::{Deserialize, Serialize};

/// Formatted text: blocks of inline pieces. A line feed inside a text piece is a line break.
///
/// Written as a plain JSON string when it has no formatting.
#[derive(Clone, Default, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub struct RichText {
    /// The blocks, in order.
    pub blocks: Vec<Block>,
}

/// One block of text.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A heading of a level from 1 to 6.
    Heading {
        /// 1 is the largest.
        level: u8,
        /// The heading.
        text: Vec<Inline>,
    },
    /// A list.
    List {
        /// The first number of a numbered list; none for bullets.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<u32>,
        /// Each item is blocks of its own.
        items: Vec<Vec<Block>>,
    },
    /// A quotation.
    Quote(Vec<Block>),
    /// A block of code.
    Code {
        /// The language, for highlighting.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<Box<str>>,
        /// The code.
        text: String,
    },
    /// A table.
    Table(Table),
}

/// A table of text.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Table {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows; a short row has empty cells at its end.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns and rows.
    #[must_use]
    pub const fn new(header: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        Self { header, rows }
    }
}

/// A piece within a line.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Inline {
    /// Text as it is; a line feed is a line break.
    Text(String),
    /// Strong.
    Bold(Vec<Inline>),
    /// Emphasis.
    Italic(Vec<Inline>),
    /// Struck through.
    Strike(Vec<Inline>),
    /// Code within a line.
    Code(String),
    /// A link.
    Link {
        /// Where it goes.
        url: String,
        /// What is shown.
        text: Vec<Inline>,
    },
}

impl RichText {
    /// Text without formatting.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            blocks: vec![Block::Paragraph(vec![Inline::Text(text.into())])],
        }
    }

    /// Formatted text of these blocks.
    #[must_use]
    pub const fn new(blocks: Vec<Block>) -> Self {
        Self { blocks }
    }

    /// The text, when it has no formatting at all.
    #[must_use]
    pub fn as_plain(&self) -> Option<&str> {
        match self.blocks.as_slice() {
            [] => Some(""),
            [Block::Paragraph(inlines)] => match inlines.as_slice() {
                [] => Some(""),
                [Inline::Text(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether nothing would be shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let mut empty = true;
        self.for_each_text(&mut |text| empty &= text.trim().is_empty());
        empty
    }

    /// Visits every run of text that a reader sees, in reading order, link addresses left out.
    pub fn for_each_text<'a>(&'a self, mut visit: &mut dyn FnMut(&'a str)) {
        super::walk::shared::rich(self, &mut visit);
    }

    /// Visits every link address.
    pub fn for_each_link<'a>(&'a self, visit: &mut dyn FnMut(&'a str)) {
        links_in_blocks(&self.blocks, visit);
    }
}

impl From<&str> for RichText {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for RichText {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

fn links_in_blocks<'a>(blocks: &'a [Block], visit: &mut dyn FnMut(&'a str)) {
    for block in blocks {
        match block {
            Block::Paragraph(text) | Block::Heading { text, .. } => links_in_inlines(text, visit),
            Block::List { items, .. } => items.iter().for_each(|item| links_in_blocks(item, visit)),
            Block::Quote(blocks) => links_in_blocks(blocks, visit),
            Block::Code { .. } | Block::Table(_) => {}
        }
    }
}

fn links_in_inlines<'a>(inlines: &'a [Inline], visit: &mut dyn FnMut(&'a str)) {
    for inline in inlines {
        match inline {
            Inline::Link { url, text } => {
                visit(url);
                links_in_inlines(text, visit);
            }
            Inline::Bold(text) | Inline::Italic(text) | Inline::Strike(text) => {
                links_in_inlines(text, visit);
            }
            Inline::Text(_) | Inline::Code(_) => {}
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Plain(String),
    Rich { blocks: Vec<Block> },
}

#[derive(Serialize)]
struct Rich<'a> {
    blocks: &'a [Block],
}

impl Serialize for RichText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_plain() {
            Some(text) => serializer.serialize_str(text),
            None => Rich {
                blocks: &self.blocks,
            }
            .serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for RichText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Stored::deserialize(deserializer)? {
            Stored::Plain(text) => Self::plain(text),
            Stored::Rich { blocks } => Self { blocks },
        })
    }
}

crate::open::veiled! {
    RichText;
    Block;
    Table;
    Inline;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_a_string_and_rich_text_is_blocks() {
        assert_eq!(
            serde_json::to_string(&RichText::plain("hi")).unwrap(),
            "\"hi\""
        );
        let rich = RichText::new(vec![Block::Paragraph(vec![Inline::Bold(vec![
            Inline::Text("hi".into()),
        ])])]);
        let json = serde_json::to_string(&rich).unwrap();
        assert_eq!(serde_json::from_str::<RichText>(&json).unwrap(), rich);
    }

    #[test]
    fn empty_means_nothing_to_show() {
        assert!(RichText::default().is_empty());
        assert!(RichText::plain(" \n").is_empty());
        assert!(!RichText::plain("x").is_empty());
    }
}
