//! Conformance suites and fakes.
