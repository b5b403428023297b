//! The figures of a client on a wire, as a line of a table and as JSON.

use serde::Serialize;
use std::fmt::Write as _;

/// What one client needs on one wire. Ratios are to bare `reqwest` in the same round, medians of all rounds.
#[derive(Debug, Default, Serialize)]
pub struct Figures {
    /// The wire.
    pub wire: &'static str,
    /// The client.
    pub client: &'static str,
    /// Microseconds of CPU of a whole answer, 16 callers at once.
    pub call_16_us: f64,
    /// Its ratio.
    pub call_16_ratio: f64,
    /// Microseconds of CPU of a whole answer, 64 callers at once.
    pub call_64_us: f64,
    /// Its ratio.
    pub call_64_ratio: f64,
    /// User instructions of a whole answer.
    pub call_instructions: Option<f64>,
    /// Their ratio.
    pub call_instructions_ratio: Option<f64>,
    /// Allocations of a whole answer.
    pub call_allocations: f64,
    /// Median microseconds from question to answer of one caller.
    pub latency_us: f64,
    /// How much more that is than with bare `hyper`.
    pub latency_over_hyper_us: f64,
    /// Microseconds of CPU of a piece of a stream, 16 streams at once.
    pub piece_us: f64,
    /// Its ratio.
    pub piece_ratio: f64,
    /// User instructions of a piece of a stream.
    pub piece_instructions: Option<f64>,
    /// Their ratio.
    pub piece_instructions_ratio: Option<f64>,
    /// Allocations of a piece of a stream.
    pub piece_allocations: f64,
    /// Memory after the first call, in MB.
    pub first_call_mb: Option<f64>,
    /// Memory of each of a thousand live streams, in KB.
    pub live_stream_kb: Option<f64>,
}

/// The columns of the table.
pub const HEAD: &str = "wire              client        c16 us     x   c64 us     x  kinstr     x allocs  p50 us  over | piece us     x  kinstr     x allocs | first MB  stream KB";

impl Figures {
    /// The line of the table.
    #[must_use]
    pub fn line(&self) -> String {
        let mut out = format!("{:<18}{:<13}", self.wire, self.client);
        let mut put = |value: Option<f64>, width: usize, digits: usize| {
            // Writing to a text cannot fail.
            let _ = match value {
                Some(value) => write!(out, "{value:>width$.digits$}"),
                None => write!(out, "{:>width$}", "-"),
            };
        };
        let thousands = |value: Option<f64>| value.map(|value| value / 1000.0);
        put(Some(self.call_16_us), 7, 1);
        put(Some(self.call_16_ratio), 6, 2);
        put(Some(self.call_64_us), 9, 1);
        put(Some(self.call_64_ratio), 6, 2);
        put(thousands(self.call_instructions), 8, 1);
        put(self.call_instructions_ratio, 6, 2);
        put(Some(self.call_allocations), 7, 0);
        put(Some(self.latency_us), 8, 1);
        put(Some(self.latency_over_hyper_us), 6, 1);
        put(Some(self.piece_us), 11, 2);
        put(Some(self.piece_ratio), 6, 2);
        put(thousands(self.piece_instructions), 8, 2);
        put(self.piece_instructions_ratio, 6, 2);
        put(Some(self.piece_allocations), 7, 2);
        put(self.first_call_mb, 11, 1);
        put(self.live_stream_kb, 11, 1);
        out
    }
}
