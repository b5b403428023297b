//! A conversation with a small shop, in the terminal.
fn main() {}
