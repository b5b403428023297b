//! Which call a piece of a stream belongs to.
//!
//! Servers number calls from 0 or from anything, reuse a number for the next call, leave the number or the id out, or send
//! the id with every piece. A new id with a name is a new call; otherwise the number decides, and without one the last call.
//! Where there are no ids, another name under the same number, or a name behind whole arguments, is the next call: Gemini's
//! compatible API numbers all of them 0.

use super::super::response::owned;
use super::super::schema::{Call, Text};
use msg_core::llm::StreamEvent;

/// The most calls in one answer. No provider takes more than 128 tools; this only bounds what a broken server can cost.
const MOST_CALLS: usize = 1024;

/// The calls of one answer.
#[derive(Debug, Default)]
pub(super) struct Calls {
    calls: Vec<Slot>,
}

#[derive(Debug, Default)]
struct Slot {
    /// The server's number.
    number: Option<u64>,
    id: String,
    /// Whether its start was told: it waits for the name.
    started: bool,
    /// Arguments that came before the name.
    early: String,
    /// The tool, of a call without an id.
    name: String,
    /// How far the arguments are, of a call without an id.
    braces: Braces,
}

/// Whether a JSON object has ended.
#[derive(Debug, Default)]
struct Braces {
    depth: usize,
    in_text: bool,
    escaped: bool,
    whole: bool,
}

impl Braces {
    fn take(&mut self, json: &str) {
        for byte in json.bytes() {
            if self.in_text {
                self.in_text = self.escaped || byte != b'"';
                self.escaped = !self.escaped && byte == b'\\';
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b'{' => {
                    self.depth = self.depth.saturating_add(1);
                    self.whole = false;
                }
                b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.whole = self.depth == 0;
                }
                _ => {}
            }
        }
    }
}

impl Calls {
    /// Whether there is any call.
    pub(super) const fn any(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Takes a piece of a call and tells what is new. False when there are more calls than any answer has.
    pub(super) fn piece(&mut self, piece: Call<'_>, events: &mut Vec<StreamEvent>) -> bool {
        let function = piece.function.0.unwrap_or_default();
        let name = owned(function.name);
        let arguments = function.arguments.some();
        let known = self.find(piece.index.0, &piece.id, &name, arguments.is_some());
        let says = arguments.is_some() || !name.is_empty() || piece.id.is_some();
        // An empty call in every piece is none (Snowflake).
        if known.is_none() && !says {
            return true;
        }
        let at = known.unwrap_or_else(|| {
            self.calls.push(Slot {
                number: piece.index.0,
                ..Slot::default()
            });
            self.calls.len() - 1
        });
        let index = u32::try_from(at).unwrap_or(u32::MAX);
        if at >= MOST_CALLS {
            return false;
        }
        let Some(slot) = self.calls.get_mut(at) else {
            return false;
        };
        if slot.id.is_empty() {
            slot.id = owned(piece.id);
        }
        if !slot.started && !name.is_empty() {
            slot.start(index, name, events);
        }
        if let Some(json) = arguments {
            if slot.id.is_empty() {
                slot.braces.take(&json);
            }
            if slot.started {
                events.push(StreamEvent::ToolArguments {
                    index,
                    json: json.into(),
                });
            } else {
                slot.early.push_str(&json);
            }
        }
        true
    }

    /// Tells the calls that never got a name.
    pub(super) fn flush(&mut self, events: &mut Vec<StreamEvent>) {
        for (at, slot) in self.calls.iter_mut().enumerate() {
            if !slot.started {
                slot.start(u32::try_from(at).unwrap_or(u32::MAX), String::new(), events);
            }
        }
    }

    fn find(
        &self,
        number: Option<u64>,
        id: &Text<'_>,
        name: &str,
        has_arguments: bool,
    ) -> Option<usize> {
        let id = id.0.as_deref().filter(|id| !id.is_empty());
        if let Some(known) = id.and_then(|id| self.calls.iter().rposition(|slot| slot.id == id)) {
            return Some(known);
        }
        let at = match number {
            Some(_) => self.calls.iter().rposition(|slot| slot.number == number)?,
            None => self.calls.len().checked_sub(1)?,
        };
        let slot = self.calls.get(at)?;
        // Another id, or without ids another name where a call has begun, is the next call under the same number.
        let other_id = id.is_some() && !slot.id.is_empty();
        let next_without_id = id.is_none()
            && slot.id.is_empty()
            && slot.started
            && !name.is_empty()
            && (number.is_none() || slot.name != name || (slot.braces.whole && has_arguments));
        if other_id || next_without_id {
            None
        } else {
            Some(at)
        }
    }
}

impl Slot {
    fn start(&mut self, index: u32, name: String, events: &mut Vec<StreamEvent>) {
        self.started = true;
        if self.id.is_empty() {
            self.name.clone_from(&name);
        }
        events.push(StreamEvent::ToolStart {
            index,
            id: self.id.clone(),
            name,
        });
        if !self.early.is_empty() {
            events.push(StreamEvent::ToolArguments {
                index,
                json: std::mem::take(&mut self.early),
            });
        }
    }
}
