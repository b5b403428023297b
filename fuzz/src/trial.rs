//! One input against one target: whether it held, and if not, a smaller input that fails too.

use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::panic;

/// What a target is: it holds when it returns, it failed when it panics.
pub(crate) type Target = fn(&[u8]);

thread_local! {
    static NOTES: RefCell<Notes> = RefCell::default();
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Notes {
    seen: HashSet<u64>,
    fresh: bool,
}

/// Remembering more would cost memory and tell little.
const MOST_NOTES: usize = 1 << 16;

/// Called by a target to say what it saw (a kind, a count, a state): an input that leads to something never seen
/// before is kept, and new inputs are made from it. This stands in for the coverage that a stable compiler does not
/// give, so a target that notes what its parser distinguishes is searched much deeper.
pub(crate) fn note(what: u64) {
    NOTES.with_borrow_mut(|notes| {
        if notes.seen.len() < MOST_NOTES && notes.seen.insert(what) {
            notes.fresh = true;
        }
    });
}

/// [`note`] for anything that can be hashed.
pub(crate) fn note_all(what: &impl Hash) {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    note(hasher.finish());
}

/// Whether anything new was noted since this was last asked.
pub(crate) fn take_fresh() -> bool {
    NOTES.with_borrow_mut(|notes| std::mem::take(&mut notes.fresh))
}

/// Makes panics quiet: [`fails`] keeps their message, whoever reports a failure prints it.
pub(crate) fn catch_messages() {
    panic::set_hook(Box::new(|info| {
        MESSAGE.with_borrow_mut(|message| *message = Some(info.to_string().replace('\n', " ")));
    }));
}

/// The message of the panic, if the input makes the target panic.
pub(crate) fn fails(target: Target, input: &[u8]) -> Option<String> {
    panic::catch_unwind(|| target(input)).err()?;
    Some(MESSAGE.take().unwrap_or_else(|| "it panicked".to_owned()))
}

/// An input as small as leaving out stretches and turning bytes into `0` make it, that still fails.
/// Ends after a bounded number of trials.
pub(crate) fn shrunk(target: Target, input: &[u8]) -> Vec<u8> {
    let mut best = input.to_vec();
    let mut trials = 20_000_usize;
    let mut length = best.len();
    while length > 0 && trials > 0 {
        let mut at = 0;
        while at < best.len() && trials > 0 {
            trials -= 1;
            let mut candidate = best.clone();
            candidate.drain(at..(at + length).min(best.len()));
            if fails(target, &candidate).is_some() {
                best = candidate;
            } else {
                at += length;
            }
        }
        length /= 2;
    }
    for at in 0..best.len().min(trials) {
        let mut candidate = best.clone();
        if let Some(byte) = candidate.get_mut(at) {
            *byte = b'0';
        }
        if fails(target, &candidate).is_some() {
            best = candidate;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_x_after_a(input: &[u8]) {
        let a = input.iter().position(|byte| *byte == b'a');
        let found = a.is_some_and(|a| input.iter().skip(a).any(|byte| *byte == b'x'));
        assert!(!found, "x after a");
    }

    #[test]
    fn a_panic_is_a_failure_and_a_return_is_none() {
        assert_eq!(fails(no_x_after_a, b"xa"), None);
        assert!(fails(no_x_after_a, b"ax").is_some());
    }

    #[test]
    fn a_failing_input_becomes_as_small_as_it_can_be() {
        let mut input = vec![b'q'; 700];
        input.splice(90..91, *b"a");
        input.splice(600..601, *b"x");
        assert_eq!(shrunk(no_x_after_a, &input), b"ax");
    }

    #[test]
    fn only_what_was_never_noted_is_fresh() {
        take_fresh();
        note(77_777);
        assert!(take_fresh());
        note(77_777);
        assert!(!take_fresh());
    }
}
