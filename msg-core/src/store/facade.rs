//! Typed views of a store.
