//! A channel of your own against the public traits, through the conformance suite.
fn main() {}
