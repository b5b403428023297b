//! Writes marks, text and gaps in one dialect, one step at a time, so that the writing can stop and go on anywhere.

use super::escape::{self, Place};
use super::flow::Mark;
use super::url::percent_encode;
use super::{Dialect, Rendered};

/// A mark that is open, and whether it is written in this dialect at this place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot<'a> {
    pub(super) mark: Mark<'a>,
    pub(super) live: bool,
}

/// What is open, apart from the text written so far: enough to go on after a cut.
#[derive(Clone, Debug, Default)]
pub(super) struct State<'a> {
    /// What should be open.
    pub(super) slots: Vec<Slot<'a>>,
    /// How many of the slots are open in the text.
    written: usize,
    /// Whether a sign was just closed, so that a letter must not follow at once.
    closed: bool,
}

impl State<'_> {
    /// The same marks, none of them open in a text yet.
    pub(super) fn reopened(mut self) -> Self {
        self.written = 0;
        self.closed = false;
        self
    }

    /// Whether any mark is written.
    pub(super) fn has_live(&self) -> bool {
        self.slots.iter().any(|slot| slot.live)
    }

    /// Goes on without the marks that are open now.
    pub(super) fn kill(&mut self) {
        self.slots.iter_mut().for_each(|slot| slot.live = false);
    }
}

/// How far a writer was, so that it can go back.
#[derive(Clone, Debug)]
pub(super) struct Checkpoint<'a> {
    pub(super) state: State<'a>,
    text: usize,
    visible: usize,
}

/// Writes in one dialect.
#[derive(Clone, Debug)]
pub(super) struct Writer<'a> {
    dialect: Dialect,
    out: String,
    visible: String,
    state: State<'a>,
    /// Space that is written only when something follows it.
    gap: String,
}

impl<'a> Writer<'a> {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            out: String::new(),
            visible: String::new(),
            state: State::default(),
            gap: String::new(),
        }
    }

    /// Goes on with these marks open.
    pub(super) fn resume(dialect: Dialect, state: State<'a>) -> Self {
        Self {
            state,
            ..Self::new(dialect)
        }
    }

    pub(super) fn state(&self) -> &State<'a> {
        &self.state
    }

    /// What counts towards a limit.
    pub(super) fn counted(&self) -> &str {
        if self.dialect.counts_visible() {
            &self.visible
        } else {
            &self.out
        }
    }

    /// Whether nothing was written.
    pub(super) fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    pub(super) fn checkpoint(&self) -> Checkpoint<'a> {
        Checkpoint {
            state: self.state.clone(),
            text: self.out.len(),
            visible: self.visible.len(),
        }
    }

    /// Goes back to a checkpoint and closes what was open there.
    pub(super) fn finish_at(mut self, checkpoint: Checkpoint<'a>) -> String {
        self.out.truncate(checkpoint.text);
        self.visible.truncate(checkpoint.visible);
        self.state = checkpoint.state;
        self.finish().text
    }

    /// Closes everything that is open.
    pub(super) fn finish(mut self) -> Rendered {
        self.shut(0);
        Rendered {
            text: self.out,
            visible: self.dialect.counts_visible().then_some(self.visible),
        }
    }

    /// What closing everything would add to what counts towards a limit.
    pub(super) fn closers(&self, out: &mut String) {
        out.clear();
        if !self.dialect.counts_visible() {
            for slot in self.state.slots.iter().take(self.state.written).rev() {
                if slot.live {
                    close(out, slot.mark, self.dialect);
                }
            }
        }
    }

    /// Opens a mark: it is written when text follows.
    pub(super) fn open(&mut self, mark: Mark<'a>) {
        let known = |slot: &Slot<'_>| {
            slot.live && std::mem::discriminant(&slot.mark) == std::mem::discriminant(&mark)
        };
        let nests = matches!(mark, Mark::Tag(_) | Mark::Ordered(_));
        // A link of Slack shows no formatting, and nothing is formatted inside code.
        let barred = |slot: &Slot<'_>| {
            slot.live
                && match slot.mark {
                    Mark::Code | Mark::Pre(_) => true,
                    Mark::Link(_) => self.dialect == Dialect::Slack,
                    _ => false,
                }
        };
        let live = mark.exists(self.dialect)
            && (nests || !self.state.slots.iter().any(known))
            && !self.state.slots.iter().any(barred);
        self.state.slots.push(Slot { mark, live });
    }

    /// Closes the mark that was opened last.
    pub(super) fn close(&mut self) {
        let depth = self.state.slots.len().saturating_sub(1);
        self.shut(depth);
        self.state.slots.truncate(depth);
    }

    /// Writes what closes the marks above `depth`.
    fn shut(&mut self, depth: usize) {
        while self.state.written > depth {
            self.state.written -= 1;
            if let Some(slot) = self
                .state
                .slots
                .get(self.state.written)
                .filter(|slot| slot.live)
            {
                close(&mut self.out, slot.mark, self.dialect);
                self.state.closed = !slot.mark.is_prefix(self.dialect) && !self.dialect.has_tags();
            }
        }
    }

    fn in_code(&self) -> bool {
        self.state
            .slots
            .iter()
            .any(|slot| slot.live && matches!(slot.mark, Mark::Pre(_) | Mark::Code))
    }

    /// Writes text that a reader sees. `after` is the character that follows it, when that is known.
    pub(super) fn text(&mut self, text: &str, after: Option<char>) {
        let raw = self.in_code();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let next = characters.peek().copied().or(after);
            let character = match character {
                '\r' if next == Some('\n') => continue,
                '\r' => '\n',
                other if escape::is_silent(other) => continue,
                other => other,
            };
            if escape::is_space(character) && (!raw || self.is_empty()) {
                self.gap.push(character);
                continue;
            }
            self.character(character, next);
        }
    }

    /// Writes a sign of ours, such as the bullet of a list, as it is.
    pub(super) fn raw(&mut self, raw: &str) {
        self.flush();
        self.out.push_str(raw);
        if self.dialect.counts_visible() {
            self.visible.push_str(raw);
        }
        self.state.closed = false;
    }

    /// Writes a bare URL.
    pub(super) fn url(&mut self, url: &str) {
        let dialect = self.dialect;
        self.flush();
        self.part_letters(url.chars().next());
        if self.in_code() {
            self.text(url, None);
            return;
        }
        let breaks = |c| escape::breaks_url(c, dialect);
        let url = if url.contains(breaks) {
            percent_encode(url, breaks)
        } else {
            url.to_owned()
        };
        for character in url.chars().filter(|c| !escape::is_silent(*c)) {
            match dialect {
                Dialect::Html | Dialect::Telegram | Dialect::Slack => {
                    escape::push_entity(&mut self.out, character);
                }
                _ => self.out.push(character),
            }
            if dialect.counts_visible() {
                self.visible.push(character);
            }
        }
    }

    /// Leaves space before what follows.
    pub(super) fn gap(&mut self, gap: &str) {
        self.gap.push_str(gap);
    }

    fn character(&mut self, character: char, after: Option<char>) {
        self.flush();
        self.part_letters(Some(character));
        if self.in_code() {
            self.code_character(character);
            return;
        }
        let special = !character.is_alphanumeric();
        let place = if special {
            Place {
                before: self.out.chars().next_back(),
                after,
                at_line_start: self.at_line_start(),
                inside_own_mark: self.inside_mark_of(character),
            }
        } else {
            Place::INSIDE
        };
        escape::push(&mut self.out, character, place, self.dialect);
        if self.dialect.counts_visible() {
            self.visible.push(character);
        }
    }

    /// Code is shown as it is; only tags and entities are escaped.
    fn code_character(&mut self, character: char) {
        match self.dialect {
            Dialect::Html | Dialect::Telegram | Dialect::Slack => {
                escape::push_entity(&mut self.out, character);
            }
            _ => self.out.push(character),
        }
        if self.dialect.counts_visible() {
            self.visible.push(character);
        }
        if character == '\n' {
            self.prefix();
        }
    }

    /// A sign that was closed is parted from a letter that follows, where it would not close otherwise.
    fn part_letters(&mut self, next: Option<char>) {
        if std::mem::take(&mut self.state.closed)
            && next.is_some_and(char::is_alphanumeric)
            && matches!(
                self.dialect,
                Dialect::WhatsApp | Dialect::Slack | Dialect::Viber
            )
        {
            self.out.push(escape::APART);
        }
    }

    fn at_line_start(&self) -> bool {
        let line = self.out.rsplit('\n').next().unwrap_or_default();
        let line = line.strip_prefix("> ").unwrap_or(line);
        line.chars()
            .all(|c| c.is_ascii_digit() || escape::is_space(c))
    }

    fn inside_mark_of(&self, character: char) -> bool {
        let own = match character {
            '*' => Mark::Bold,
            '_' => Mark::Italic,
            '~' => Mark::Strike,
            _ => return false,
        };
        self.state.slots.iter().any(|slot| {
            slot.live && std::mem::discriminant(&slot.mark) == std::mem::discriminant(&own)
        })
    }

    /// Writes the space that waits, then what opens the marks that wait. Signs do not reach over a line end.
    fn flush(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        if !gap.is_empty() && !self.is_empty() {
            if !self.dialect.has_tags() && gap.contains('\n') {
                let stays = self
                    .state
                    .slots
                    .iter()
                    .take_while(|slot| slot.mark.spans_lines(self.dialect) || !slot.live)
                    .count();
                self.shut(stays.min(self.state.written));
                self.state.closed = false;
            }
            self.space(&gap);
        }
        while let Some(slot) = self.state.slots.get(self.state.written).copied() {
            self.state.written += 1;
            if slot.live {
                self.begin(slot.mark);
            }
        }
    }

    fn space(&mut self, gap: &str) {
        self.state.closed = false;
        for character in gap.chars() {
            match (character, self.dialect) {
                ('\n', Dialect::Html) => self.out.push_str("<br>"),
                (other, _) => self.out.push(other),
            }
            if self.dialect.counts_visible() {
                self.visible.push(character);
            }
            if character == '\n' {
                self.prefix();
            }
        }
    }

    /// Begins a line of a quotation.
    fn prefix(&mut self) {
        let quoted = self
            .state
            .slots
            .iter()
            .take(self.state.written)
            .any(|slot| slot.live && slot.mark.is_prefix(self.dialect));
        if quoted {
            self.out.push_str("> ");
        }
    }

    fn begin(&mut self, mark: Mark<'a>) {
        let bounded = matches!(
            self.dialect,
            Dialect::WhatsApp | Dialect::Slack | Dialect::Viber
        );
        if bounded
            && mark.is_sign()
            && (self
                .out
                .chars()
                .next_back()
                .is_some_and(char::is_alphanumeric)
                || std::mem::take(&mut self.state.closed))
        {
            self.out.push(escape::APART);
        }
        open(&mut self.out, mark, self.dialect);
    }
}

/// What opens a mark.
fn open(out: &mut String, mark: Mark<'_>, dialect: Dialect) {
    match (mark, dialect) {
        (Mark::Bold, Dialect::Html) => out.push_str("<strong>"),
        (Mark::Bold, Dialect::Telegram) => out.push_str("<b>"),
        (Mark::Italic, Dialect::Html) => out.push_str("<em>"),
        (Mark::Italic, Dialect::Telegram) => out.push_str("<i>"),
        (Mark::Strike, Dialect::Html | Dialect::Telegram) => out.push_str("<s>"),
        (Mark::Code, Dialect::Html | Dialect::Telegram) => out.push_str("<code>"),
        (Mark::Quote, Dialect::Html | Dialect::Telegram) => out.push_str("<blockquote>"),
        (Mark::Quote, _) => out.push_str("> "),
        (Mark::Pre(Some(language)), Dialect::Telegram) => {
            out.push_str("<pre><code class=\"language-");
            out.extend(language.chars().filter(char::is_ascii_alphanumeric));
            out.push_str("\">");
        }
        (Mark::Pre(_), Dialect::Telegram) => out.push_str("<pre>"),
        (Mark::Pre(_), Dialect::Html) => out.push_str("<pre><code>"),
        (Mark::Pre(language), Dialect::Markdown) => {
            out.push_str("```");
            out.extend(
                language
                    .unwrap_or_default()
                    .chars()
                    .filter(char::is_ascii_alphanumeric),
            );
            out.push('\n');
        }
        (Mark::Pre(_), Dialect::Slack) => out.push_str("```\n"),
        (Mark::Pre(_), _) => out.push_str("```"),
        (Mark::Link(url), Dialect::Html | Dialect::Telegram) => {
            out.push_str("<a href=\"");
            url.chars().for_each(|c| escape::push_entity(out, c));
            out.push_str("\">");
        }
        (Mark::Link(url), Dialect::Slack) => {
            out.push('<');
            url.chars().for_each(|c| escape::push_entity(out, c));
            out.push('|');
        }
        (Mark::Link(_), _) => out.push('['),
        (Mark::Tag(name), _) => {
            out.push('<');
            out.push_str(name);
            out.push('>');
        }
        (Mark::Ordered(start), _) => {
            out.push_str("<ol start=\"");
            out.push_str(&start.to_string());
            out.push_str("\">");
        }
        (sign, dialect) => out.push_str(sign.sign(dialect)),
    }
}

/// What closes a mark.
fn close(out: &mut String, mark: Mark<'_>, dialect: Dialect) {
    match (mark, dialect) {
        (Mark::Bold, Dialect::Html) => out.push_str("</strong>"),
        (Mark::Bold, Dialect::Telegram) => out.push_str("</b>"),
        (Mark::Italic, Dialect::Html) => out.push_str("</em>"),
        (Mark::Italic, Dialect::Telegram) => out.push_str("</i>"),
        (Mark::Strike, Dialect::Html | Dialect::Telegram) => out.push_str("</s>"),
        (Mark::Code, Dialect::Html | Dialect::Telegram) => out.push_str("</code>"),
        (Mark::Quote, Dialect::Html | Dialect::Telegram) => out.push_str("</blockquote>"),
        (Mark::Quote, _) => {}
        (Mark::Pre(Some(_)), Dialect::Telegram) | (Mark::Pre(_), Dialect::Html) => {
            out.push_str("</code></pre>");
        }
        (Mark::Pre(None), Dialect::Telegram) => out.push_str("</pre>"),
        (Mark::Pre(_), Dialect::Slack | Dialect::Markdown) => out.push_str("\n```"),
        (Mark::Pre(_), _) => out.push_str("```"),
        (Mark::Link(_), Dialect::Html | Dialect::Telegram) => out.push_str("</a>"),
        (Mark::Link(_), Dialect::Slack) => out.push('>'),
        (Mark::Link(url), _) => {
            out.push_str("](");
            out.push_str(&percent_encode(url, |c| matches!(c, '(' | ')')));
            out.push(')');
        }
        (Mark::Tag(name), _) => {
            out.push_str("</");
            out.push_str(name);
            out.push('>');
        }
        (Mark::Ordered(_), _) => out.push_str("</ol>"),
        (sign, dialect) => out.push_str(sign.sign(dialect)),
    }
}
