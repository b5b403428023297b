//! Which call a piece of a stream belongs to.
//!
//! Servers number calls from 0 or from anything, reuse a number for the next call, leave the number or the id out, or send
//! the id with every piece. A new id with a name is a new call; otherwise the number decides, and without one the last call.

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

#[derive(Debug)]
struct Slot {
    /// The server's number.
    number: Option<u64>,
    id: String,
    /// Whether its start was told: it waits for the name.
    started: bool,
    /// Arguments that came before the name.
    early: String,
}

impl Calls {
    /// Whether there is any call.
    pub(super) const fn any(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Takes a piece of a call and tells what is new. False when there are more calls than any answer has.
    pub(super) fn piece(&mut self, piece: Call<'_>, events: &mut Vec<StreamEvent>) -> bool {
        let function = piece.function.unwrap_or_default();
        let name = owned(function.name);
        let at = self
            .find(piece.index.0, &piece.id, &name)
            .unwrap_or_else(|| {
                self.calls.push(Slot {
                    number: piece.index.0,
                    id: String::new(),
                    started: false,
                    early: String::new(),
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
        if let Some(json) = function.arguments.some() {
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

    fn find(&self, number: Option<u64>, id: &Text<'_>, name: &str) -> Option<usize> {
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
            && number.is_none()
            && slot.started
            && !name.is_empty();
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
