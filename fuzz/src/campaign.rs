//! A run: every target for its share of the time, watched from outside in case one does not come back.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::mutate::Mutator;
use crate::rng::Rng;
use crate::targets::Row;
use crate::{corpus, trial};

const PROGRESS_EVERY: Duration = Duration::from_secs(5);
/// Inputs kept to make new ones from; the oldest found ones make room.
const POOL: usize = 4096;

/// What the watching thread sees of the working one.
struct Watch {
    input: Vec<u8>,
    since: Instant,
    done: u64,
    kept: usize,
}

type Shared = Arc<Mutex<Watch>>;

/// Runs the targets one after the other.
///
/// # Errors
/// The first input that fails or hangs, after it was written to the corpus; a corpus that is not readable.
pub(crate) fn run(arguments: &Arguments, corpus: &Path) -> Result<(), String> {
    if arguments.targets.is_empty() {
        eprintln!("fuzz: the table has no targets");
        return Ok(());
    }
    trial::catch_messages();
    let count = u32::try_from(arguments.targets.len()).unwrap_or(u32::MAX);
    let share = arguments.time / count;
    eprintln!(
        "fuzz: {count} targets, {:.1} s each, seed {}",
        share.as_secs_f64(),
        arguments.seed
    );
    let mut failures = Vec::new();
    for row in &arguments.targets {
        if let Err(failure) = watch(row, arguments, share, corpus) {
            eprintln!("fuzz: {}: {failure}", row.name);
            failures.push(row.name);
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    Err(format!("failed: {}", failures.join(", ")))
}

/// Works in a thread of its own and looks at it from this one.
fn watch(
    row: &'static Row,
    arguments: &Arguments,
    share: Duration,
    corpus: &Path,
) -> Result<(), String> {
    let mut pool: Vec<Vec<u8>> = vec![Vec::new()];
    pool.extend(
        row.dictionary
            .iter()
            .chain(row.seeds)
            .map(|bytes| bytes.to_vec()),
    );
    pool.extend(
        corpus::load(corpus, row.name)
            .map_err(|error| format!("its corpus is not readable: {error}"))?,
    );
    let shared: Shared = Arc::new(Mutex::new(Watch {
        input: Vec::new(),
        since: Instant::now(),
        done: 0,
        kept: pool.len(),
    }));
    let worker = Worker {
        row,
        mutator: Mutator::new(Rng::new(arguments.seed), row.dictionary, row.most),
        careful: arguments
            .careful
            .then(|| corpus.join(format!("{}.last", row.name))),
        shared: Arc::clone(&shared),
    };
    let started = Instant::now();
    let working = thread::spawn(move || worker.work(pool, started + share));
    let mut told = started;
    while !working.is_finished() {
        thread::sleep(Duration::from_millis(5));
        let watch = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if watch.since.elapsed() > arguments.patience {
            let what = format!("does not end within {} s", arguments.patience.as_secs());
            return Err(report(row, corpus, &watch.input, &what));
        }
        if told.elapsed() > PROGRESS_EVERY {
            told = Instant::now();
            eprintln!(
                "fuzz: {}: {} inputs, {} kept",
                row.name, watch.done, watch.kept
            );
        }
    }
    let failed = working
        .join()
        .map_err(|_| "the runner itself panicked".to_owned())?;
    let watch = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let Some((input, message)) = failed else {
        eprintln!(
            "fuzz: {}: {} inputs, {} kept, all held",
            row.name, watch.done, watch.kept
        );
        return Ok(());
    };
    let small = trial::shrunk(row.run, &input);
    let message = trial::fails(row.run, &small).unwrap_or(message);
    Err(report(
        row,
        corpus,
        &small,
        &format!(
            "{message} (input number {}, shrunk from {} bytes)",
            watch.done,
            input.len()
        ),
    ))
}

fn report(row: &Row, corpus: &Path, input: &[u8], what: &str) -> String {
    let place = match corpus::save(corpus, row.name, input) {
        Ok(path) => format!("written to {}", path.display()),
        Err(error) => format!("not written to the corpus: {error}"),
    };
    format!(
        "{what}\n  input of {} bytes, {place}\n  hex: {}",
        input.len(),
        corpus::hex(input)
    )
}

struct Worker {
    row: &'static Row,
    mutator: Mutator,
    careful: Option<std::path::PathBuf>,
    shared: Shared,
}

impl Worker {
    /// Replays the pool, then makes new inputs until the time is over; returns the first that fails.
    fn work(mut self, mut pool: Vec<Vec<u8>>, until: Instant) -> Option<(Vec<u8>, String)> {
        let given = pool.len();
        for input in &pool {
            if let Some(message) = self.one(input, given) {
                return Some((input.clone(), message));
            }
        }
        trial::take_fresh();
        while Instant::now() < until {
            let input = self.mutator.next(&pool);
            if let Some(message) = self.one(&input, pool.len()) {
                return Some((input, message));
            }
            if trial::take_fresh() {
                if pool.len() >= POOL.max(given + 1) {
                    pool.remove(given);
                }
                pool.push(input);
            }
        }
        None
    }

    fn one(&self, input: &[u8], kept: usize) -> Option<String> {
        {
            let mut watch = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            watch.input.clear();
            watch.input.extend_from_slice(input);
            watch.since = Instant::now();
            watch.done += 1;
            watch.kept = kept;
        }
        if let Some(path) = &self.careful {
            // Only a help for finding something else; if it cannot be written, the run says the rest.
            let _ = std::fs::write(path, input);
        }
        trial::fails(self.row.run, input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("msg-fuzz-{name}-{}", std::process::id()))
    }

    fn arguments(row: &'static Row, time: Duration) -> Arguments {
        Arguments {
            time,
            targets: vec![row],
            seed: 3,
            careful: false,
            patience: Duration::from_secs(20),
        }
    }

    /// A parser with a fault three conditions deep, which it notes one by one.
    fn faulty(input: &[u8]) {
        let depth = input
            .iter()
            .zip(b"abc")
            .take_while(|(given, wanted)| given == wanted)
            .count();
        trial::note(u64::try_from(depth).unwrap_or(0));
        assert!(depth < 3, "reached");
    }

    #[test]
    fn a_fault_behind_three_conditions_is_found_shrunk_and_kept() {
        const ROW: Row = Row {
            name: "faulty",
            run: faulty,
            dictionary: &[],
            seeds: &[],
            most: 64,
        };
        let corpus = folder("faulty");
        let failure = run(&arguments(&ROW, Duration::from_mins(2)), &corpus).unwrap_err();
        assert_eq!(failure, "failed: faulty");
        assert_eq!(corpus::load(&corpus, "faulty").unwrap(), [b"abc".to_vec()]);
        std::fs::remove_dir_all(&corpus).unwrap();
    }

    #[test]
    fn a_target_that_holds_leaves_no_trace() {
        const ROW: Row = Row {
            name: "fine",
            run: |_| {},
            dictionary: &[],
            seeds: &[b"x"],
            most: 64,
        };
        let corpus = folder("fine");
        run(&arguments(&ROW, Duration::from_millis(20)), &corpus).unwrap();
        assert!(!corpus.exists());
    }

    #[test]
    fn a_seed_that_fails_is_found_at_once() {
        const ROW: Row = Row {
            name: "seed",
            run: faulty,
            dictionary: &[],
            seeds: &[b"abcd"],
            most: 64,
        };
        let corpus = folder("seed");
        assert!(run(&arguments(&ROW, Duration::ZERO), &corpus).is_err());
        std::fs::remove_dir_all(&corpus).unwrap();
    }

    #[test]
    fn an_input_that_does_not_end_is_found() {
        fn waits_for_ever(input: &[u8]) {
            while input.starts_with(b"wait") {
                thread::park();
            }
        }
        const ROW: Row = Row {
            name: "waits",
            run: waits_for_ever,
            dictionary: &[],
            seeds: &[b"wait"],
            most: 64,
        };
        let corpus = folder("waits");
        let mut arguments = arguments(&ROW, Duration::ZERO);
        arguments.patience = Duration::from_millis(50);
        assert!(run(&arguments, &corpus).is_err());
        assert_eq!(corpus::load(&corpus, "waits").unwrap(), [b"wait".to_vec()]);
        std::fs::remove_dir_all(&corpus).unwrap();
    }
}
