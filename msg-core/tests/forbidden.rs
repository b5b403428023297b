//! What must not compile: sending without a clearance, parsing without verification, and making either key by hand.
#![cfg(test)]

#[test]
fn the_keys_cannot_be_made_by_hand() {
    trybuild::TestCases::new().compile_fail("tests/forbidden/*.rs");
}
