//! What the tests of several checks share.

use msg_core::Timestamp;
use msg_core::id::TenantId;
use msg_core::message::{Address, ChannelKind, Content, Draft, Purpose};
use msg_core::policy::{Facts, Phase, PolicyInput};

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Everything that an input borrows.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) draft: Draft,
    pub(crate) to: Address,
    pub(crate) facts: Facts,
    pub(crate) now: Timestamp,
    pub(crate) content: Option<Content>,
}

impl Case {
    pub(crate) fn new(to: Address, purpose: Purpose) -> Self {
        let draft = Draft::new(
            TenantId::from_static("t"),
            to.clone(),
            purpose,
            Content::text(""),
        );
        Self {
            draft,
            to,
            facts: Facts::default(),
            now: at(1_780_000_000),
            content: None,
        }
    }

    /// Marketing by SMS.
    pub(crate) fn marketing(number: &str) -> Self {
        Self::new(
            Address::phone(ChannelKind::Sms, number).unwrap(),
            Purpose::Marketing,
        )
    }

    pub(crate) fn saying(mut self, text: &str) -> Self {
        self.content = Some(Content::text(text));
        self
    }

    pub(crate) fn input(&self, phase: Phase) -> PolicyInput<'_> {
        PolicyInput::new(phase, self.now, &self.draft, &self.to, &self.facts)
            .with_content(self.content.as_ref())
    }
}

// Not every feature by itself needs all of it.
const _: fn(Case, &str) -> Case = Case::saying;
const _: fn(&str) -> Case = Case::marketing;
const _: fn(&Case, Phase) -> PolicyInput<'_> = Case::input;
const _: fn(i64) -> Timestamp = at;
