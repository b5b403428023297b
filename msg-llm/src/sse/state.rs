//! The interpretation itself: what a line does, and what outlives a read.

use super::{SseError, SseEvent, text};
use memchr::{memchr, memchr2};
use std::ops::Range;

const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// Where the data of the event that is being built lies.
#[derive(Debug)]
enum Data {
    /// No data line yet.
    None,
    /// One line, in the current chunk.
    Chunk(Range<usize>),
    /// In the buffer.
    Buffer,
    /// In the buffer, a bare line.
    Line,
}

/// How far the decoder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Building an event.
    Reading,
    /// The event was returned; it may be borrowed until the next call.
    Dispatched,
    /// Too large; nothing follows.
    Failed,
}

/// Everything that outlives a read.
pub(super) struct State {
    pub(super) limit: usize,
    /// Whether a bare line of JSON is an event.
    pub(super) lines: bool,
    /// A bare line that ended an event before it was dispatched itself.
    held: Option<Vec<u8>>,
    stage: Stage,
    /// Bytes of the byte order mark seen at the very start, or its length + 1 when that question is settled.
    mark: usize,
    /// The last line ended with CR at the end of a read: an LF that follows belongs to it.
    skip_line_feed: bool,
    /// A line whose end has not been read.
    carry: Vec<u8>,
    data: Data,
    buffer: Vec<u8>,
    name: String,
    /// The id as read, and whether it differs from the one in force.
    id: String,
    id_changed: bool,
    pub(super) last_id: String,
    pub(super) retry: Option<u64>,
}

impl State {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            limit,
            lines: false,
            held: None,
            stage: Stage::Reading,
            mark: 0,
            skip_line_feed: false,
            carry: Vec::new(),
            data: Data::None,
            buffer: Vec::new(),
            name: String::new(),
            id: String::new(),
            id_changed: false,
            last_id: String::new(),
            retry: None,
        }
    }

    pub(super) fn advance<'a>(
        &'a mut self,
        chunk: &'a [u8],
        position: &mut usize,
    ) -> Result<Option<SseEvent<'a>>, SseError> {
        if self.stage == Stage::Failed {
            return Err(SseError::EventTooLarge { limit: self.limit });
        }
        if self.stage == Stage::Dispatched {
            self.forget();
        }
        if let Some(line) = self.held.take() {
            self.bare(line);
            return Ok(Some(self.dispatched(chunk)));
        }
        if let Some(range) = self.simple_event(chunk, position) {
            let data = chunk.get(range).unwrap_or_default();
            return Ok(Some(SseEvent {
                name: &self.name,
                data,
                id: &self.last_id,
                is_bare: false,
            }));
        }
        if self.mark <= BYTE_ORDER_MARK.len() && !self.settle_mark(chunk, position) {
            return Ok(None);
        }
        while self.next_line(chunk, position)? {
            if self.stage == Stage::Dispatched {
                return Ok(Some(self.dispatched(chunk)));
            }
        }
        self.detach(chunk);
        Ok(None)
    }

    #[inline]
    fn dispatched<'a>(&'a self, chunk: &'a [u8]) -> SseEvent<'a> {
        let data = match &self.data {
            Data::Chunk(range) => chunk.get(range.clone()).unwrap_or_default(),
            Data::None | Data::Buffer | Data::Line => &self.buffer,
        };
        SseEvent {
            name: &self.name,
            data,
            id: &self.last_id,
            is_bare: matches!(self.data, Data::Line),
        }
    }

    /// Makes an event of a bare line.
    fn bare(&mut self, line: Vec<u8>) {
        self.buffer = line;
        self.data = Data::Line;
        self.stage = Stage::Dispatched;
    }

    /// The usual event, whole in this chunk: a name or none, one line of data and a blank line, ended by LF or CRLF. Everything
    /// else goes the long way. (The patterns are spelled out because a call to compare four bytes costs more than the rest.)
    #[inline]
    fn simple_event(&mut self, chunk: &[u8], position: &mut usize) -> Option<Range<usize>> {
        if self.mark <= BYTE_ORDER_MARK.len()
            || self.skip_line_feed
            || !self.carry.is_empty()
            || !matches!(self.data, Data::None)
        {
            return None;
        }
        let mut rest = chunk.get(*position..)?;
        let mut name = None;
        if let [b'e', b'v', b'e', b'n', b't', b':', b' ', value @ ..] = rest {
            let (value, behind) = value.split_at_checked(memchr2(b'\n', b'\r', value)?)?;
            name = Some(value);
            rest = behind_line_end(behind)?;
        }
        let [b'd', b'a', b't', b'a', b':', b' ', value @ ..] = rest else {
            return None;
        };
        let start = chunk.len() - value.len();
        let (value, behind) = value.split_at_checked(memchr2(b'\n', b'\r', value)?)?;
        let behind = behind_line_end(behind_line_end(behind)?)?;
        if value.len() + 6 > self.limit || name.is_some_and(|name| name.len() + 7 > self.limit) {
            return None;
        }
        if let Some(name) = name {
            self.name.clear();
            self.name.push_str(&text(name));
        }
        *position = chunk.len() - behind.len();
        self.settle_id();
        self.stage = Stage::Dispatched;
        Some(start..start + value.len())
    }

    /// Makes room for the next event, once the dispatched one is no longer borrowed.
    fn forget(&mut self) {
        self.stage = Stage::Reading;
        self.data = Data::None;
        self.buffer.clear();
        self.name.clear();
    }

    /// Skips a byte order mark at the start of the stream. False while it cannot be told yet.
    fn settle_mark(&mut self, chunk: &[u8], position: &mut usize) -> bool {
        loop {
            match (BYTE_ORDER_MARK.get(self.mark), chunk.get(*position)) {
                (Some(expected), Some(byte)) if expected == byte => {
                    self.mark += 1;
                    *position += 1;
                }
                (Some(_), None) => return false,
                (expected, _) => {
                    if expected.is_some() {
                        // Not a mark after all: what looked like its beginning is text.
                        self.carry.extend_from_slice(
                            BYTE_ORDER_MARK.get(..self.mark).unwrap_or_default(),
                        );
                    }
                    self.mark = BYTE_ORDER_MARK.len() + 1;
                    return true;
                }
            }
        }
    }

    /// Interprets one line. False when the chunk holds no line end any more.
    #[inline]
    fn next_line(&mut self, chunk: &[u8], position: &mut usize) -> Result<bool, SseError> {
        if self.skip_line_feed {
            match chunk.get(*position) {
                Some(b'\n') => *position += 1,
                Some(_) => {}
                None => return Ok(false),
            }
            self.skip_line_feed = false;
        }
        let start = *position;
        let rest = chunk.get(start..).unwrap_or_default();
        let Some(length) = line_length(rest) else {
            self.carry.extend_from_slice(rest);
            *position = chunk.len();
            self.check(self.carry.len())?;
            return Ok(false);
        };
        let end = start + length;
        *position = end + 1;
        if chunk.get(end) == Some(&b'\r') {
            match chunk.get(end + 1) {
                Some(b'\n') => *position += 1,
                Some(_) => {}
                None => self.skip_line_feed = true,
            }
        }
        if self.carry.is_empty() {
            self.check(length)?;
            self.line(chunk, start..end)?;
        } else {
            let mut line = std::mem::take(&mut self.carry);
            line.extend_from_slice(rest.get(..length).unwrap_or_default());
            self.check(line.len())?;
            self.detach(chunk);
            let whole = 0..line.len();
            self.line(&line, whole)?;
            // A bare line is dispatched here already, and lies in the buffer.
            if self.stage != Stage::Dispatched {
                self.detach(&line);
            }
            line.clear();
            self.carry = line;
        }
        Ok(true)
    }

    /// Interprets the line `chunk[range]`.
    #[inline]
    fn line(&mut self, chunk: &[u8], range: Range<usize>) -> Result<(), SseError> {
        let line = chunk.get(range.clone()).unwrap_or_default();
        if line.is_empty() {
            self.blank();
            return Ok(());
        }
        match line {
            [b'd', b'a', b't', b'a', b':', b' ', ..] => {
                self.data_line(chunk, range.start + 6..range.end)
            }
            [b'd', b'a', b't', b'a', b':', ..] => self.data_line(chunk, range.start + 5..range.end),
            [b'd', b'a', b't', b'a'] => self.data_line(chunk, range.end..range.end),
            _ => {
                self.other_field(line);
                Ok(())
            }
        }
    }

    #[inline]
    fn data_line(&mut self, chunk: &[u8], range: Range<usize>) -> Result<(), SseError> {
        match self.data {
            Data::None => {
                self.data = Data::Chunk(range);
                return Ok(());
            }
            Data::Chunk(_) => self.detach(chunk),
            Data::Buffer | Data::Line => {}
        }
        self.buffer.push(b'\n');
        self.buffer
            .extend_from_slice(chunk.get(range).unwrap_or_default());
        self.check(self.buffer.len())
    }

    fn settle_id(&mut self) {
        if self.id_changed {
            self.last_id.clone_from(&self.id);
            self.id_changed = false;
        }
    }

    /// A blank line: the id is in force, and an event with data is dispatched.
    #[inline]
    fn blank(&mut self) {
        self.settle_id();
        if matches!(self.data, Data::None) {
            self.name.clear();
        } else {
            self.stage = Stage::Dispatched;
        }
    }

    /// Every field but `data`, comments, and bare lines.
    fn other_field(&mut self, line: &[u8]) {
        if self.lines && matches!(line, [b'{', b'"', .., b'}']) {
            if matches!(self.data, Data::None) {
                self.bare(line.to_vec());
            } else {
                self.held = Some(line.to_vec());
                self.stage = Stage::Dispatched;
            }
            return;
        }
        let (field, value) = match memchr(b':', line) {
            Some(0) => return,
            Some(colon) => {
                let value = line.get(colon + 1..).unwrap_or_default();
                (
                    line.get(..colon).unwrap_or_default(),
                    value.strip_prefix(b" ").unwrap_or(value),
                )
            }
            None => (line, &b""[..]),
        };
        match field {
            b"event" => {
                self.name.clear();
                self.name.push_str(&text(value));
            }
            b"id" if memchr(0, value).is_none() => {
                self.id.clear();
                self.id.push_str(&text(value));
                self.id_changed = true;
            }
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                // Too many digits for an integer: as good as no wish at all.
                if let Some(millis) = std::str::from_utf8(value)
                    .ok()
                    .and_then(|digits| digits.parse().ok())
                {
                    self.retry = Some(millis);
                }
            }
            _ => {}
        }
    }

    /// Copies data that lies in `chunk` to the buffer, because the chunk goes or another line follows.
    #[inline]
    pub(super) fn detach(&mut self, chunk: &[u8]) {
        if self.stage == Stage::Dispatched {
            self.forget();
        } else if let Data::Chunk(range) = &self.data {
            self.buffer.clear();
            self.buffer
                .extend_from_slice(chunk.get(range.clone()).unwrap_or_default());
            self.data = Data::Buffer;
        }
    }

    #[inline]
    fn check(&mut self, length: usize) -> Result<(), SseError> {
        if length > self.limit {
            self.stage = Stage::Failed;
            return Err(SseError::EventTooLarge { limit: self.limit });
        }
        Ok(())
    }
}

/// What follows the LF or CRLF that `rest` begins with. A lone CR is told apart from half a CRLF elsewhere.
#[inline]
const fn behind_line_end(rest: &[u8]) -> Option<&[u8]> {
    match rest {
        [b'\n', behind @ ..] | [b'\r', b'\n', behind @ ..] => Some(behind),
        _ => None,
    }
}

/// Bytes before the next line end, or `None` when there is none. Blank lines are half of all lines, so they come first.
#[inline]
fn line_length(rest: &[u8]) -> Option<usize> {
    match rest.first() {
        Some(b'\n' | b'\r') => Some(0),
        _ => memchr2(b'\n', b'\r', rest),
    }
}
