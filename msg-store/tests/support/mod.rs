//! What the tests share.

use jiff::Timestamp;
use msg_core::id::{MessageId, TenantId};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use uuid::Uuid;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Drives a future on this thread, without any runtime.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(done) => return done,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// A time in seconds since 1970.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A message by its number.
pub(crate) fn message(number: u64) -> MessageId {
    MessageId::from_uuid(Uuid::from_u64_pair(1, number))
}

/// A tenant by its number.
pub(crate) fn tenant(number: u8) -> TenantId {
    TenantId::new(format!("tenant {}", number % 2)).unwrap()
}
