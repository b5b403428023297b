//! From a webhook call to events: the webhooks of accounts are those of the core of Meta's channels, about `instagram`.

pub(super) use crate::graph::inbox::webhook::parse;
