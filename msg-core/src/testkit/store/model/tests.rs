use super::*;
use crate::testkit::block_on;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Two models never differ: what the machine does depends on the input alone.
    #[test]
    fn a_model_is_like_itself(input in prop::collection::vec(any::<u8>(), 0..600)) {
        let tested = MemoryStore::new();
        prop_assert_eq!(block_on(compare(&input, &tested)), Ok(()));
    }
}
