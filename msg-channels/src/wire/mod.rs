//! The pieces that the wires of this crate are made of, for who writes a wire of their own.
//!
//! | module | what it has |
//! |---|---|
//! | [`endpoint`] | a base URL that was checked, and the addresses below it |
//! | [`call`] | requests: JSON, forms, files; refusals before anything is sent |
//! | [`multipart`] | `multipart/form-data` |
//! | [`refusal`] | tables of failures, and what a status means where no table says it |
//! | [`proof`] | proofs of webhooks: MACs with rotation, signatures, tokens, JSON web tokens, times |
//! | [`arrival`] | events of one webhook call |
//! | [`fields`] | webhooks that are forms or queries |
//! | [`phone`] | phone numbers as providers write them |
//!
//! All of it is pure: no I/O, no clock, no random numbers.

pub mod arrival;
pub mod call;
pub mod endpoint;
pub mod fields;
pub mod multipart;
pub mod phone;
pub mod proof;
pub mod refusal;
