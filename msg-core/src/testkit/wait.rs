//! Runs a future to its end on this thread, without a runtime.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future. The thread sleeps between polls; what needs a runtime of its own (timers, sockets) must bring it.
///
/// ```
/// assert_eq!(msg_core::testkit::block_on(async { 1 + 1 }), 2);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            // A wake between the poll and here makes this return at once; a wake without cause polls once more.
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn it_wakes_up_when_another_thread_is_done() {
        let done = Arc::new(AtomicBool::new(false));
        let mut other = None;
        block_on(std::future::poll_fn(|context| {
            if done.load(Ordering::Acquire) {
                return Poll::Ready(());
            }
            let (waker, done) = (context.waker().clone(), Arc::clone(&done));
            other.get_or_insert_with(|| {
                thread::spawn(move || {
                    done.store(true, Ordering::Release);
                    waker.wake();
                })
            });
            Poll::Pending
        }));
        other.unwrap().join().unwrap();
    }
}
