//! From a webhook call to events: the webhooks of pages are those of the core of Meta's channels, about `page`.

pub(super) use crate::graph::inbox::webhook::parse;
