//! A policy check of your own, through the conformance suite.
fn main() {}
