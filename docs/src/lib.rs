//! The guides of `docs/guides`, compiled as doctests.
