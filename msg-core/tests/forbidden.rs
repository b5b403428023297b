//! What must not compile: sending without a clearance, parsing without verification, and making or copying either key.
#![cfg(test)]

#[test]
fn the_keys_cannot_be_made_or_copied() {
    trybuild::TestCases::new().compile_fail("tests/forbidden/*.rs");
}
