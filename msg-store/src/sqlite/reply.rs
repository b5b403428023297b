//! A value handed from the writer thread to one future, under any executor.

use msg_core::{Error, ErrorKind};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

type Outcome<T> = Result<T, Error>;

enum State<T> {
    Waiting(Option<Waker>),
    Ready(Outcome<T>),
    /// The value was taken, or one of the two ends is gone.
    Closed,
}

type Shared<T> = Arc<Mutex<State<T>>>;

/// Two ends of one answer.
pub(super) fn pair<T>() -> (Reply<T>, Answered<T>) {
    let shared = Arc::new(Mutex::new(State::Waiting(None)));
    (Reply(Arc::clone(&shared)), Answered(shared))
}

/// The end that answers. When it is dropped without an answer the caller gets an error.
pub(super) struct Reply<T>(Shared<T>);

impl<T> Reply<T> {
    /// Whether the caller has gone: nobody would see the answer.
    pub(super) fn is_abandoned(&self) -> bool {
        matches!(*lock(&self.0), State::Closed)
    }

    /// Answers. Gives the answer back when the caller has gone.
    pub(super) fn send(self, outcome: Outcome<T>) -> Result<(), Outcome<T>> {
        put(&self.0, outcome)
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        let gone = || Error::new(ErrorKind::Unavailable, "the store is closed");
        if matches!(*lock(&self.0), State::Waiting(_)) {
            let _ = put(&self.0, Err(gone()));
        }
    }
}

/// The end that waits.
pub(super) struct Answered<T>(Shared<T>);

impl<T> Future for Answered<T> {
    type Output = Outcome<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome<T>> {
        let mut state = lock(&self.0);
        match &mut *state {
            State::Waiting(waker) => {
                match waker {
                    Some(waker) => waker.clone_from(context.waker()),
                    None => *waker = Some(context.waker().clone()),
                }
                Poll::Pending
            }
            _ => match std::mem::replace(&mut *state, State::Closed) {
                State::Ready(outcome) => Poll::Ready(outcome),
                _ => Poll::Ready(Err(Error::new(
                    ErrorKind::Internal,
                    "an answer was asked for twice",
                ))),
            },
        }
    }
}

impl<T> Drop for Answered<T> {
    fn drop(&mut self) {
        *lock(&self.0) = State::Closed;
    }
}

fn put<T>(shared: &Shared<T>, outcome: Outcome<T>) -> Result<(), Outcome<T>> {
    let mut state = lock(shared);
    let State::Waiting(waker) = &mut *state else {
        return Err(outcome);
    };
    let waker = waker.take();
    *state = State::Ready(outcome);
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
    Ok(())
}

fn lock<T>(shared: &Shared<T>) -> MutexGuard<'_, State<T>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::testkit::block_on;

    #[test]
    fn an_answer_crosses_threads() {
        let (reply, answered) = pair();
        let thread = std::thread::spawn(move || reply.send(Ok(7)).is_ok());
        assert_eq!(block_on(answered).unwrap(), 7);
        assert!(thread.join().unwrap());
    }

    #[test]
    fn a_lost_answer_is_an_error_and_a_lost_caller_is_seen() {
        let (reply, answered) = pair::<()>();
        drop(reply);
        assert_eq!(
            block_on(answered).unwrap_err().kind(),
            ErrorKind::Unavailable
        );
        let (reply, answered) = pair();
        assert!(!reply.is_abandoned());
        drop(answered);
        assert!(reply.is_abandoned());
        assert!(matches!(reply.send(Ok(1)), Err(Ok(1))));
    }
}
