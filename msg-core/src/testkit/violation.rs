//! What a check says when a contract is broken.

use crate::error::Error;
use std::fmt;

/// What a check returns.
pub type Outcome = Result<(), Violation>;

/// A sentence of a contract that does not hold, with what was wanted and what was seen.
///
/// Both `Display` and `Debug` show the text, so that a test may return it.
#[derive(Clone, PartialEq, Eq)]
pub struct Violation(String);

impl Violation {
    /// A violation in plain words.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Violation {}

/// An error where the contract wants none.
impl From<Error> for Violation {
    fn from(error: Error) -> Self {
        Self(format!("unexpected error: {error:?}"))
    }
}

/// Returns a [`Violation`] unless a condition holds.
macro_rules! ensure {
    ($holds:expr, $($text:tt)+) => {
        if !$holds {
            return Err($crate::testkit::Violation::new(format!($($text)+)));
        }
    };
}

/// Returns a [`Violation`] unless two values are equal: what was seen, then what is wanted.
macro_rules! ensure_eq {
    ($seen:expr, $wanted:expr, $($text:tt)+) => {
        match (&$seen, &$wanted) {
            (seen, wanted) => {
                if *seen != *wanted {
                    let text = format!($($text)+);
                    return Err($crate::testkit::Violation::new(format!(
                        "{text}: wanted {wanted:?}, saw {seen:?}"
                    )));
                }
            }
        }
    };
}

pub(crate) use {ensure, ensure_eq};
