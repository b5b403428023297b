//! How a store is opened.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// What an acknowledged commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// A power cut: each commit is synced before it is acknowledged. With grouped commits this costs next to nothing
    /// (durability.md 2.2).
    #[default]
    Full,
    /// The end of the process, not a power cut: the last acknowledged commits may be lost when power fails (measured:
    /// 15 of 40 power cuts lost something, at most 664 messages; the file was never corrupt; durability.md 2.5).
    Normal,
}

/// What a call does when the queue of its class is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFull {
    /// Waits until there is room.
    #[default]
    Wait,
    /// Fails at once with [`ErrorKind::Busy`](msg_core::ErrorKind::Busy).
    Busy,
}

/// How long finished things are kept. They are removed in small steps, so later than this, never earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retention {
    /// Accepted, cancelled and dead parts with their bodies. None keeps them for ever.
    pub parts: Option<Duration>,
    /// Idempotency keys, inbound keys, and statuses that no part claimed.
    pub keys: Duration,
}

impl Retention {
    /// Parts for ever, keys for 72 hours (durability.md 3.2, 1).
    pub const DEFAULT: Self = Self {
        parts: None,
        keys: Duration::from_hours(72),
    };

    /// Removes finished parts after `parts`. Frequency caps see only what is still there: keep it longer than the
    /// longest of them.
    #[must_use]
    pub const fn with_parts(mut self, parts: Duration) -> Self {
        self.parts = Some(parts);
        self
    }

    /// Removes keys after `keys`.
    #[must_use]
    pub const fn with_keys(mut self, keys: Duration) -> Self {
        self.keys = keys;
        self
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How a store is opened. Everything but the path has a default.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteConfig {
    /// The database file. `-wal`, `-shm` and `-lock` files appear beside it.
    pub path: PathBuf,
    /// What an acknowledged commit survives. Default: a power cut.
    pub durability: Durability,
    /// How many jobs of each class may be queued. Default: 4,096 (durability.md 3.2, 13).
    pub queue: usize,
    /// What a call does when its queue is full. Default: waits.
    pub when_full: WhenFull,
    /// Read-only connections. Default: 4. More readers at once wait for one another.
    pub readers: usize,
    /// Page cache of the writer in KiB. Default: 65,536 (durability.md 3.3: 64 to 128 MiB).
    pub cache_kib: u32,
    /// How long to wait for another process that has the file locked. Default: 5 s (durability.md 3.3).
    pub busy_timeout: Duration,
    /// How long finished things are kept.
    pub retention: Retention,
    /// The most pages of 4 KiB that the file may have; none for as many as the disk holds.
    pub max_pages: Option<u32>,
}

impl SqliteConfig {
    /// The defaults, for this file.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_path_buf(),
            durability: Durability::Full,
            queue: 4096,
            when_full: WhenFull::Wait,
            readers: 4,
            cache_kib: 65_536,
            busy_timeout: Duration::from_secs(5),
            retention: Retention::DEFAULT,
            max_pages: None,
        }
    }

    /// Sets what an acknowledged commit survives.
    #[must_use]
    pub const fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Sets the bound of each queue and what a call does when it is reached.
    #[must_use]
    pub const fn with_queue(mut self, queue: usize, when_full: WhenFull) -> Self {
        self.queue = queue;
        self.when_full = when_full;
        self
    }

    /// Sets the number of read-only connections.
    #[must_use]
    pub const fn with_readers(mut self, readers: usize) -> Self {
        self.readers = readers;
        self
    }

    /// Sets how long to wait for another process that has the file locked.
    #[must_use]
    pub const fn with_busy_timeout(mut self, busy_timeout: Duration) -> Self {
        self.busy_timeout = busy_timeout;
        self
    }

    /// Sets how long finished things are kept.
    #[must_use]
    pub const fn with_retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Bounds the file. When it is full, commits fail with [`ErrorKind::Storage`](msg_core::ErrorKind::Storage).
    #[must_use]
    pub const fn with_max_pages(mut self, pages: u32) -> Self {
        self.max_pages = Some(pages);
        self
    }

    /// The name of the file, for errors: the folders before it are nobody's business.
    pub(super) fn file_name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }
}
