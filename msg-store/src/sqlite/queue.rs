//! The bounded queue in front of the writer: four classes, the urgent ones first, none ever starved.

use super::config::WhenFull;
use super::job::{Class, Job};
use msg_core::{Error, ErrorKind};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Operations that one transaction takes, about: past this the gain of a larger group is small and the wait grows
/// (durability.md 2.2: 256 operations a commit reach 31–71 k/s, 64 reach 24–51 k/s).
pub(super) const GROUP: usize = 512;

/// What each class may take of a group before the others had their share; what is left over goes to the first in order.
const SHARES: [usize; Class::COUNT] = [GROUP / 2, GROUP / 8, GROUP / 8, GROUP / 4];

/// Work for the writer thread.
pub(super) struct Queue {
    inner: Mutex<Inner>,
    work: Condvar,
    bound: usize,
    when_full: WhenFull,
}

struct Inner {
    classes: [VecDeque<Job>; Class::COUNT],
    waiting: Vec<Waker>,
    idle: bool,
    closed: bool,
}

impl Queue {
    pub(super) fn new(bound: usize, when_full: WhenFull) -> Self {
        Self {
            inner: Mutex::new(Inner {
                classes: [const { VecDeque::new() }; Class::COUNT],
                waiting: Vec::new(),
                idle: false,
                closed: false,
            }),
            work: Condvar::new(),
            bound: bound.max(1),
            when_full,
        }
    }

    /// Adds a job. When its class is full it waits, or fails with [`ErrorKind::Busy`], as configured.
    pub(super) async fn push(&self, job: Job) -> Result<(), Error> {
        let mut job = Some(job);
        poll_fn(|context| {
            let mut inner = self.lock();
            if inner.closed {
                return Poll::Ready(Err(closed()));
            }
            let Some(class) = job
                .as_ref()
                .and_then(|job| inner.classes.get_mut(job.class() as usize))
            else {
                return Poll::Ready(Ok(()));
            };
            if class.len() < self.bound {
                class.extend(job.take());
                if inner.idle {
                    inner.idle = false;
                    self.work.notify_one();
                }
                return Poll::Ready(Ok(()));
            }
            match self.when_full {
                WhenFull::Wait => {
                    inner.waiting.push(context.waker().clone());
                    Poll::Pending
                }
                WhenFull::Busy => Poll::Ready(Err(Error::new(
                    ErrorKind::Busy,
                    "the store's queue is full",
                )
                .with_context("queued", self.bound.to_string()))),
            }
        })
        .await
    }

    /// Adds a job of the writer's own, past the bound.
    pub(super) fn push_own(&self, job: Job) {
        let mut inner = self.lock();
        if let Some(class) = inner.classes.get_mut(job.class() as usize) {
            class.push_back(job);
        }
    }

    /// Takes the next group in the order in which it is to be applied. Blocks until there is work; none when the queue
    /// is closed and empty.
    pub(super) fn take(&self, group: &mut Vec<Job>) -> Option<()> {
        let mut inner = self.lock();
        while inner.classes.iter().all(VecDeque::is_empty) {
            if inner.closed {
                return None;
            }
            inner.idle = true;
            inner = self
                .work
                .wait(inner)
                .unwrap_or_else(PoisonError::into_inner);
        }
        inner.idle = false;
        let mut left = fill(&mut inner.classes, group, SHARES, GROUP);
        if left > 0 {
            left = fill(&mut inner.classes, group, [left; Class::COUNT], left);
        }
        let _ = left;
        let waiting = std::mem::take(&mut inner.waiting);
        drop(inner);
        // Every one is woken: a future that was dropped meanwhile would swallow a turn that another one waits for.
        waiting.into_iter().for_each(Waker::wake);
        group.sort_by_key(|job| job.class() as usize);
        Some(())
    }

    /// Takes no more work. What is queued is still done.
    pub(super) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        let waiting = std::mem::take(&mut inner.waiting);
        drop(inner);
        self.work.notify_all();
        waiting.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Moves jobs into `group` until each class has used its share or all is used. A job that began is never cut.
fn fill(
    classes: &mut [VecDeque<Job>; Class::COUNT],
    group: &mut Vec<Job>,
    shares: [usize; Class::COUNT],
    mut left: usize,
) -> usize {
    for (class, share) in classes.iter_mut().zip(shares) {
        let mut used = 0;
        while used < share && left > 0 {
            let Some(job) = class.pop_front() else { break };
            let weight = job.weight();
            used += weight;
            left = left.saturating_sub(weight);
            group.push(job);
        }
    }
    left
}

fn closed() -> Error {
    Error::new(ErrorKind::Unavailable, "the store is closed")
}

#[cfg(test)]
mod tests {
    use super::super::reply;
    use super::*;
    use jiff::Timestamp;
    use msg_core::id::{MessageId, PartId, TenantId, TraceId};
    use msg_core::store::{Cancel, ClaimRequest, Op, Selector, Settle, Settlement, TraceAppend};
    use msg_core::testkit::block_on;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn job(class: Class) -> Job {
        let id = MessageId::from_uuid(Uuid::nil());
        let tenant = TenantId::new("t").unwrap();
        let op = match class {
            Class::Settle => {
                let part = PartId::new(id, 0);
                Op::Settle(Box::new(Settle::new(part, None, Settlement::Released, NOW)))
            }
            Class::Consent => Op::Cancel(Cancel::new(Selector::Message(id), "test", NOW)),
            Class::Claim => return Job::Claim(ClaimRequest::new(NOW, NOW, 32), reply::pair().0),
            Class::Enqueue => Op::Trace(TraceAppend::new(tenant, TraceId::from(id), NOW, vec![])),
        };
        Job::commit(vec![op], reply::pair().0)
    }

    fn taken(queue: &Queue) -> [usize; Class::COUNT] {
        let mut group = Vec::new();
        queue.take(&mut group).unwrap();
        let order: Vec<_> = group.iter().map(|job| job.class() as usize).collect();
        assert!(order.is_sorted(), "{order:?}");
        let mut counts = [0; Class::COUNT];
        for class in order {
            counts[class] += 1;
        }
        counts
    }

    #[test]
    fn no_class_starves_however_much_of_another_is_queued() {
        let queue = Queue::new(4096, WhenFull::Busy);
        for _ in 0..2000 {
            for class in [Class::Enqueue, Class::Settle, Class::Consent, Class::Claim] {
                block_on(queue.push(job(class))).unwrap();
            }
        }
        // 256 settlements, 64 cancellations, 2 claims of 32 parts and 128 others: 512 operations.
        assert_eq!(taken(&queue), [256, 64, 2, 128]);
    }

    #[test]
    fn what_a_class_does_not_need_goes_to_the_others_and_order_within_a_class_is_kept() {
        let queue = Queue::new(4096, WhenFull::Busy);
        for _ in 0..600 {
            block_on(queue.push(job(Class::Enqueue))).unwrap();
        }
        block_on(queue.push(job(Class::Claim))).unwrap();
        assert_eq!(taken(&queue), [0, 0, 1, 480]);
        assert_eq!(taken(&queue), [0, 0, 0, 120]);
    }

    #[test]
    fn a_closed_queue_is_emptied_and_takes_no_more() {
        let queue = Queue::new(1, WhenFull::Wait);
        block_on(queue.push(job(Class::Settle))).unwrap();
        queue.close();
        assert_eq!(taken(&queue), [1, 0, 0, 0]);
        assert_eq!(queue.take(&mut Vec::new()), None);
        let error = block_on(queue.push(job(Class::Settle))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }

    #[test]
    fn who_waits_for_room_is_woken() {
        let queue = Queue::new(1, WhenFull::Wait);
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| block_on(queue.push(job(Class::Enqueue))).unwrap());
            }
            let mut all = 0;
            while all < 20 {
                all += taken(&queue).iter().sum::<usize>();
            }
        });
    }
}
