//! The reading side: a bounded queue with one reader, made of std alone.

use super::{REMEMBERED, SCHEME};
use futures_util::Stream;
use jiff::Timestamp;
use msg_core::channel::{InboundEvent, Receipt, StatusEvent};
use msg_core::id::PartId;
use msg_core::message::Part;
use msg_core::message::state::{DeliveryState, Progress};
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A message in the inbox.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct InAppMessage {
    /// What is to be shown. Its id is the provider's id as well, and what an edit, a reaction or an answer names.
    pub part: Part,
}

impl InAppMessage {
    pub(super) const fn new(part: Part) -> Self {
        Self { part }
    }

    /// The provider's id of the message.
    #[must_use]
    pub fn provider_id(&self) -> String {
        self.part.id.to_string()
    }

    /// Tells the engine that the message is on the person's screen.
    #[must_use]
    pub fn delivered(&self, at: Timestamp) -> InboundEvent {
        self.status(Progress::Delivered, "delivered", at)
    }

    /// Tells the engine that the person saw it.
    #[must_use]
    pub fn read(&self, at: Timestamp) -> InboundEvent {
        self.status(Progress::Read, "read", at)
    }

    fn status(&self, progress: Progress, name: &str, at: Timestamp) -> InboundEvent {
        let state = DeliveryState::reached(progress);
        let status = StatusEvent::new(Receipt::new(self.provider_id()), state);
        // Once a message and state: told twice, it is the same event.
        let mut event = InboundEvent::new(
            SCHEME,
            format!("{SCHEME}:{}:{name}", self.part.id),
            at,
            status,
        );
        event.account.clone_from(&self.part.from);
        event
    }
}

/// Why a message was not taken.
pub(super) enum Full {
    NoRoom,
    NobodyReads,
}

/// What both sides share.
pub(super) struct Queue {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<InAppMessage>,
    /// The parts that were taken, oldest first in `order`: at most [`REMEMBERED`].
    taken: HashSet<PartId>,
    order: VecDeque<PartId>,
    reader: Option<Waker>,
    sender_gone: bool,
    reader_gone: bool,
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Queue({} of {})",
            self.lock().waiting.len(),
            self.capacity
        )
    }
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::default(),
        }
    }

    /// No code of somebody else runs under the lock, so what a panic left behind is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a message; false when the part was taken before. The message is only made when there is room.
    pub(super) fn push(
        &self,
        id: PartId,
        message: impl FnOnce() -> InAppMessage,
    ) -> Result<bool, Full> {
        let mut state = self.lock();
        if state.taken.contains(&id) {
            return Ok(false);
        }
        if state.reader_gone {
            return Err(Full::NobodyReads);
        }
        if state.waiting.len() >= self.capacity {
            return Err(Full::NoRoom);
        }
        if state.order.len() >= REMEMBERED
            && let Some(oldest) = state.order.pop_front()
        {
            state.taken.remove(&oldest);
        }
        state.taken.insert(id);
        state.order.push_back(id);
        state.waiting.push_back(message());
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
        Ok(true)
    }

    /// Nothing more will come.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.sender_gone = true;
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

/// What was sent and not yet read. Also a [`Stream`] of messages.
#[derive(Debug)]
pub struct InAppInbox {
    queue: Arc<Queue>,
}

impl InAppInbox {
    pub(super) const fn new(queue: Arc<Queue>) -> Self {
        Self { queue }
    }

    /// The next message, if one is there.
    pub fn try_recv(&mut self) -> Option<InAppMessage> {
        self.queue.lock().waiting.pop_front()
    }

    /// The next message; none when the adapter is gone and everything was read. Cancelling loses nothing.
    pub async fn recv(&mut self) -> Option<InAppMessage> {
        std::future::poll_fn(|context| self.poll_recv(context)).await
    }

    /// How many messages wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.lock().waiting.len()
    }

    /// Whether no message waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn poll_recv(&mut self, context: &Context<'_>) -> Poll<Option<InAppMessage>> {
        let mut state = self.queue.lock();
        if let Some(message) = state.waiting.pop_front() {
            return Poll::Ready(Some(message));
        }
        if state.sender_gone {
            return Poll::Ready(None);
        }
        state.reader = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Stream for InAppInbox {
    type Item = InAppMessage;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_recv(context)
    }
}

impl Drop for InAppInbox {
    fn drop(&mut self) {
        self.queue.lock().reader_gone = true;
    }
}
