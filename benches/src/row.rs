//! One result of a benchmark.

/// A comparison: `ours` against `theirs`, both in `unit`, measured in turns in one run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// What was compared.
    pub(crate) name: String,
    /// How many times better ours is (more than 1) or worse (less than 1).
    pub(crate) ratio: f64,
    /// Our median.
    pub(crate) ours: f64,
    /// The other's median.
    pub(crate) theirs: f64,
    /// Unit of both medians.
    pub(crate) unit: &'static str,
}
