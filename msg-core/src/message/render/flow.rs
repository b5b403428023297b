//! From the tree of a text to a flat run of marks, texts and gaps that a writer takes in one pass.

use super::Dialect;
use super::escape;
use super::url::{self, safe_link, shown};
use crate::message::text::{Block, Inline, RichText, Table};
use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation as _;

/// A stretch of text that is formatted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark<'a> {
    Bold,
    Italic,
    Strike,
    Code,
    Pre(Option<&'a str>),
    Quote,
    Link(&'a str),
    /// An element of HTML.
    Tag(&'static str),
    /// A numbered list of HTML.
    Ordered(u32),
}

impl Mark<'_> {
    /// Whether a dialect has this mark.
    pub(super) const fn exists(self, dialect: Dialect) -> bool {
        match self {
            Self::Tag(_) | Self::Ordered(_) => matches!(dialect, Dialect::Html),
            Self::Quote => true,
            Self::Link(_) => matches!(
                dialect,
                Dialect::Html | Dialect::Telegram | Dialect::Slack | Dialect::Markdown
            ),
            Self::Code | Self::Pre(_) => !matches!(dialect, Dialect::Plain | Dialect::Viber),
            Self::Bold | Self::Italic | Self::Strike => !matches!(dialect, Dialect::Plain),
        }
    }

    /// Whether it is a sign at the beginning of each line.
    pub(super) const fn is_prefix(self, dialect: Dialect) -> bool {
        matches!(self, Self::Quote) && !dialect.has_tags()
    }

    /// Whether it may hold a line end.
    pub(super) const fn spans_lines(self, dialect: Dialect) -> bool {
        dialect.has_tags() || matches!(self, Self::Quote | Self::Pre(_))
    }

    /// Whether it is written with the same sign at both ends.
    pub(super) const fn is_sign(self) -> bool {
        matches!(self, Self::Bold | Self::Italic | Self::Strike | Self::Code)
    }

    /// The sign at both ends.
    pub(super) const fn sign(self, dialect: Dialect) -> &'static str {
        match (self, dialect) {
            (Self::Bold, Dialect::Markdown) => "**",
            (Self::Bold, _) | (Self::Italic, Dialect::Markdown) => "*",
            (Self::Italic, _) => "_",
            (Self::Strike, Dialect::Markdown) => "~~",
            (Self::Strike, _) => "~",
            (Self::Code, _) => "`",
            _ => "",
        }
    }
}

/// One step of writing.
#[derive(Clone, Debug)]
pub(crate) enum Item<'a> {
    /// Begins a mark.
    Open(Mark<'a>),
    /// Ends the mark that was begun last.
    Close,
    /// Text that a reader sees.
    Text(Cow<'a, str>),
    /// A URL that is never cut.
    Url(Cow<'a, str>),
    /// A sign of ours.
    Raw(Cow<'a, str>),
    /// Space between two pieces.
    Gap(&'static str),
}

/// A text on its way into one dialect.
#[derive(Clone, Debug)]
pub(crate) struct Flow<'a> {
    dialect: Dialect,
    items: Vec<Item<'a>>,
    /// Whether some formatting does not exist in the dialect.
    flattened: bool,
    /// How many links had an address that must not become a link.
    refused: u32,
}

/// How much wider than this a table in one monospaced block may not be: lines wrap on a telephone.
const TABLE_WIDTH: usize = 60;

impl<'a> Flow<'a> {
    pub(crate) const fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            items: Vec::new(),
            flattened: false,
            refused: 0,
        }
    }

    pub(crate) fn of(dialect: Dialect, text: &'a RichText) -> Self {
        let mut flow = Self::new(dialect);
        flow.rich(text);
        flow
    }

    pub(crate) const fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(crate) fn items(&self) -> &[Item<'a>] {
        &self.items
    }

    /// Whether some formatting does not exist in the dialect.
    pub(crate) const fn flattened(&self) -> bool {
        self.flattened
    }

    /// How many links had an address that must not become a link.
    pub(crate) const fn refused(&self) -> u32 {
        self.refused
    }

    /// Whether nothing would be written.
    pub(crate) fn is_empty(&self) -> bool {
        !self.items.iter().any(|item| match item {
            Item::Text(text) | Item::Url(text) => {
                text.contains(|c| !escape::is_space(c) && !escape::is_silent(c))
            }
            Item::Raw(_) => true,
            _ => false,
        })
    }

    /// Leaves space before what follows, if anything was said before.
    pub(crate) fn gap(&mut self, gap: &'static str) {
        if !self.items.is_empty() {
            self.items.push(Item::Gap(gap));
        }
    }

    /// A formatted text, as a paragraph of its own.
    pub(crate) fn rich(&mut self, text: &'a RichText) {
        self.paragraph_gap();
        self.blocks(&text.blocks);
    }

    /// Plain text, as a paragraph of its own.
    pub(crate) fn paragraph(&mut self, text: impl Into<Cow<'a, str>>) {
        self.paragraph_gap();
        self.in_tag("p", |flow| flow.push_text(text.into()));
    }

    /// Plain text in bold, as a paragraph of its own.
    pub(crate) fn title(&mut self, text: impl Into<Cow<'a, str>>) {
        self.paragraph_gap();
        self.in_tag("p", |flow| {
            flow.items.push(Item::Open(Mark::Bold));
            flow.push_text(text.into());
            flow.items.push(Item::Close);
        });
    }

    /// Plain text on a line of its own.
    pub(crate) fn line(&mut self, text: impl Into<Cow<'a, str>>) {
        self.gap("\n");
        self.push_text(text.into());
    }

    /// `label: url`, or the URL alone, on a line of its own. An address that must not become a link is left out.
    pub(crate) fn link_line(&mut self, label: &'a str, url: &'a str) {
        self.gap("\n");
        let Some(safe) = safe_link(url) else {
            self.refused += 1;
            self.push_text(label.into());
            return;
        };
        let label = label.trim();
        let shown = match &safe {
            Cow::Borrowed(url) => Cow::Borrowed(shown(url)),
            Cow::Owned(url) => Cow::Owned(shown(url).to_owned()),
        };
        if self.dialect == Dialect::Html && !label.is_empty() {
            // The address is borrowed from the content unless it had to be changed, and then it is shown as text.
            if let Cow::Borrowed(url) = safe {
                self.items.push(Item::Open(Mark::Link(url)));
                self.push_text(label.into());
                self.items.push(Item::Close);
                return;
            }
        }
        if !label.is_empty() && label != shown {
            self.push_text(label.into());
            self.push_text(
                if label.ends_with([':', '：']) {
                    " "
                } else {
                    ": "
                }
                .into(),
            );
        }
        self.items.push(Item::Url(shown));
    }

    /// A picture at an address: shown where the dialect shows pictures, else a link. One that must not become a link is only
    /// its `alt`.
    pub(crate) fn picture(&mut self, alt: &'a str, url: &'a str) {
        let safe = (self.dialect == Dialect::Html)
            .then(|| safe_link(url))
            .flatten();
        let Some(safe) = safe else {
            return self.link_line(alt, url);
        };
        let mut tag = String::from("<p><img src=\"");
        escape::push_attribute(&mut tag, &safe);
        tag.push_str("\" alt=\"");
        escape::push_attribute(&mut tag, alt.trim());
        tag.push_str("\"></p>");
        self.items.push(Item::Raw(tag.into()));
    }

    fn paragraph_gap(&mut self) {
        // Paragraphs of HTML are elements.
        self.gap(if self.dialect == Dialect::Html {
            ""
        } else {
            "\n\n"
        });
    }

    /// Adds text; the bare URLs in it are kept apart, because they are neither cut nor escaped like text.
    fn push_text(&mut self, text: Cow<'a, str>) {
        if text.is_empty() {
            return;
        }
        if !text.contains("://") {
            self.items.push(Item::Text(text));
            return;
        }
        match text {
            Cow::Borrowed(text) => url::runs(text, |run, is_url| {
                self.items.push(if is_url {
                    Item::Url(run.into())
                } else {
                    Item::Text(run.into())
                });
            }),
            Cow::Owned(text) => url::runs(&text, |run, is_url| {
                let run = Cow::Owned(run.to_owned());
                self.items.push(if is_url {
                    Item::Url(run)
                } else {
                    Item::Text(run)
                });
            }),
        }
    }

    fn in_tag(&mut self, name: &'static str, inside: impl FnOnce(&mut Self)) {
        let tagged = self.dialect == Dialect::Html;
        if tagged {
            self.items.push(Item::Open(Mark::Tag(name)));
        }
        inside(self);
        if tagged {
            self.items.push(Item::Close);
        }
    }

    fn marked(&mut self, mark: Mark<'a>, inside: impl FnOnce(&mut Self)) {
        let exists = mark.exists(self.dialect);
        self.flattened |= !exists;
        if exists {
            self.items.push(Item::Open(mark));
        }
        inside(self);
        if exists {
            self.items.push(Item::Close);
        }
    }

    fn blocks(&mut self, blocks: &'a [Block]) {
        for (at, block) in blocks.iter().enumerate() {
            if at > 0 {
                self.paragraph_gap();
            }
            self.block(block);
        }
    }

    fn block(&mut self, block: &'a Block) {
        match block {
            Block::Paragraph(text) => self.in_tag("p", |flow| flow.inlines(text)),
            Block::Heading { level, text } if self.dialect == Dialect::Html => {
                let name = ["h1", "h2", "h3", "h4", "h5", "h6"];
                let at = usize::from(level.saturating_sub(1)).min(name.len() - 1);
                self.in_tag(name.get(at).copied().unwrap_or("h6"), |flow| {
                    flow.inlines(text);
                });
            }
            Block::Heading { text, .. } => self.marked(Mark::Bold, |flow| flow.inlines(text)),
            Block::List { start, items } => self.list(*start, items),
            Block::Quote(blocks) => {
                self.items.push(Item::Open(Mark::Quote));
                self.blocks(blocks);
                self.items.push(Item::Close);
            }
            Block::Code { language, text } => {
                // Three backticks inside would end the block.
                if text.contains("```") && !self.dialect.has_tags() {
                    self.flattened = true;
                    self.push_text(text.into());
                } else {
                    self.marked(Mark::Pre(language.as_deref()), |flow| {
                        flow.push_text(text.into());
                    });
                }
            }
            Block::Table(table) => self.table(table),
        }
    }

    fn list(&mut self, start: Option<u32>, items: &'a [Vec<Block>]) {
        if self.dialect == Dialect::Html {
            let mark = start.map_or(Mark::Tag("ul"), Mark::Ordered);
            self.items.push(Item::Open(mark));
            for item in items {
                self.in_tag("li", |flow| flow.blocks(item));
            }
            self.items.push(Item::Close);
            return;
        }
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.items.push(Item::Gap("\n"));
            }
            let bullet = match start {
                None if self.dialect == Dialect::Markdown => Cow::Borrowed("- "),
                None => Cow::Borrowed("• "),
                Some(first) => {
                    let number = u64::from(first) + at as u64;
                    Cow::Owned(format!("{number}. "))
                }
            };
            self.items.push(Item::Raw(bullet));
            for (at, block) in item.iter().enumerate() {
                if at > 0 {
                    self.items.push(Item::Gap("\n"));
                }
                self.block(block);
            }
        }
    }

    /// A table: elements in HTML, a monospaced block where there is one and it is narrow, else a line `name: value` a cell.
    pub(crate) fn table(&mut self, table: &'a Table) {
        match self.dialect {
            Dialect::Html => self.html_table(table),
            Dialect::Plain | Dialect::Viber => {
                self.flattened = true;
                self.table_lines(table);
            }
            _ => match aligned(table) {
                Some(block) => self.marked(Mark::Pre(None), |flow| flow.push_text(block.into())),
                None => self.table_lines(table),
            },
        }
    }

    fn html_table(&mut self, table: &'a Table) {
        self.in_tag("table", |flow| {
            if !table.header.is_empty() {
                flow.row("th", &table.header);
            }
            table.rows.iter().for_each(|row| flow.row("td", row));
        });
    }

    fn row(&mut self, cell: &'static str, row: &'a [String]) {
        self.in_tag("tr", |flow| {
            for text in row {
                flow.in_tag(cell, |flow| flow.push_text(text.into()));
            }
        });
    }

    fn table_lines(&mut self, table: &'a Table) {
        if table.rows.is_empty() {
            self.push_text(table.header.join(", ").into());
        }
        for (at, row) in table.rows.iter().enumerate() {
            if at > 0 {
                self.items.push(Item::Gap("\n\n"));
            }
            let width = row.len().max(table.header.len());
            for column in 0..width {
                if column > 0 {
                    self.items.push(Item::Gap("\n"));
                }
                let name = table.header.get(column).map_or("", String::as_str);
                if !name.is_empty() {
                    self.push_text(name.into());
                    self.push_text(": ".into());
                }
                self.push_text(row.get(column).map_or("", String::as_str).into());
            }
        }
    }

    fn inlines(&mut self, inlines: &'a [Inline]) {
        for inline in inlines {
            match inline {
                Inline::Text(text) => self.push_text(text.into()),
                Inline::Bold(text) => self.marked(Mark::Bold, |flow| flow.inlines(text)),
                Inline::Italic(text) => self.marked(Mark::Italic, |flow| flow.inlines(text)),
                Inline::Strike(text) => self.marked(Mark::Strike, |flow| flow.inlines(text)),
                Inline::Code(text) => {
                    let one_line = !text.contains('\n');
                    if (text.contains('`') || !one_line) && !self.dialect.has_tags() {
                        self.flattened = true;
                        self.push_text(text.into());
                    } else {
                        self.marked(Mark::Code, |flow| flow.push_text(text.into()));
                    }
                }
                Inline::Link { url, text } => self.link(url, text),
            }
        }
    }

    fn link(&mut self, url: &'a str, label: &'a [Inline]) {
        let Some(safe) = safe_link(url) else {
            self.refused += 1;
            self.inlines(label);
            return;
        };
        let mut words = 0;
        let mut repeated = true;
        RichTextLabel(label).visit(&mut |text| {
            words += text.trim().len();
            repeated &= text.trim() == url.trim() || text.trim() == shown(url.trim());
        });
        let readable = match &safe {
            Cow::Borrowed(url) => Cow::Borrowed(shown(url)),
            Cow::Owned(url) => Cow::Owned(shown(url).to_owned()),
        };
        if words == 0 || repeated {
            self.items.push(Item::Url(readable));
            return;
        }
        match safe {
            Cow::Borrowed(url) if Mark::Link(url).exists(self.dialect) => {
                self.marked(Mark::Link(url), |flow| flow.inlines(label));
            }
            _ => {
                self.inlines(label);
                self.push_text(" (".into());
                self.items.push(Item::Url(readable));
                self.push_text(")".into());
            }
        }
    }
}

/// The label of a link, to look at its words.
struct RichTextLabel<'a>(&'a [Inline]);

impl RichTextLabel<'_> {
    fn visit(&self, visit: &mut dyn FnMut(&str)) {
        for inline in self.0 {
            match inline {
                Inline::Text(text) | Inline::Code(text) => visit(text),
                Inline::Bold(text)
                | Inline::Italic(text)
                | Inline::Strike(text)
                | Inline::Link { text, .. } => {
                    Self(text).visit(visit);
                }
            }
        }
    }
}

/// The table with columns of equal width; none when it is too wide, or holds what would end the block.
fn aligned(table: &Table) -> Option<String> {
    let rows = || {
        std::iter::once(&table.header)
            .filter(|header| !header.is_empty())
            .chain(&table.rows)
    };
    let columns = rows().map(Vec::len).max()?;
    let mut widths = vec![0_usize; columns];
    for row in rows() {
        for (width, cell) in widths.iter_mut().zip(row) {
            if cell.contains(['\n', '\r', '`']) {
                return None;
            }
            *width = (*width).max(cell.graphemes(true).count());
        }
    }
    if widths.iter().map(|width| width + 2).sum::<usize>() > TABLE_WIDTH + 2 {
        return None;
    }
    let mut out = String::new();
    for row in rows() {
        if !out.is_empty() {
            out.push('\n');
        }
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            out.push_str(cell);
            if at + 1 < row.len() {
                let padding = width + 2 - cell.graphemes(true).count();
                out.extend(std::iter::repeat_n(' ', padding));
            }
        }
    }
    Some(out)
}
