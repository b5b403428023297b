//! Why a mail came back or was held back, in classes that do not depend on the provider, and what to do about each.

use super::reply::{Phase, Reply, classify};
use msg_core::channel::{Advice, Failure, FailureClass, FailureScope};

/// Why a mail came back. `Debug` and [`BounceClass::as_str`] say nothing of the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum BounceClass {
    /// The address does not exist: nothing more should be sent to it.
    Hard,
    /// The mailbox could not take it for now, and the provider stopped trying: full, greylisted, too slow.
    Soft,
    /// Refused for who sent it or how it looks: reputation, policy, authentication.
    Block,
    /// A fault of the network or the protocol: no route, no DNS, a message that is too large.
    Technical,
    /// A program answered; the mail arrived.
    AutoReply,
    /// Not known.
    Unknown,
}

impl BounceClass {
    /// Every class.
    pub const ALL: [Self; 6] = [
        Self::Hard,
        Self::Soft,
        Self::Block,
        Self::Technical,
        Self::AutoReply,
        Self::Unknown,
    ];

    /// The stable lowercase name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Block => "block",
            Self::Technical => "technical",
            Self::AutoReply => "auto_reply",
            Self::Unknown => "unknown",
        }
    }

    /// The class of a refusal by its codes (RFC 3463; RFC 5321, 4.2.3), for providers that name none.
    #[must_use]
    pub fn of(reply: Reply) -> Self {
        if reply.class() == 4 {
            return Self::Soft;
        }
        let Some((_, subject, detail)) = reply.enhanced else {
            return match reply.code {
                550 | 551 | 553 => Self::Hard,
                552 => Self::Soft,
                554 => Self::Block,
                500..=599 => Self::Technical,
                _ => Self::Unknown,
            };
        };
        match (subject, detail) {
            // The sender's own address, and null MX of its domain.
            (1, 7 | 8) => Self::Block,
            // 5.4.1 is what Microsoft says of mailboxes that it does not know; in 5.7.17 and 5.7.18 the mailbox or the
            // domain has another owner (RFC 7293).
            (1, _) | (2 | 4, 1) | (7, 17 | 18) => Self::Hard,
            // Too large for the mailbox.
            (2, 3) => Self::Technical,
            // 5.4.7: tried for too long.
            (2, _) | (4, 7) => Self::Soft,
            (7, _) => Self::Block,
            (3..=6, _) => Self::Technical,
            _ => Self::Unknown,
        }
    }

    /// What a mail of this class ends in, with the codes that were quoted. None when it arrived.
    #[must_use]
    pub fn failure(self, reply: Option<Reply>) -> Option<Failure> {
        use FailureScope::{Recipient, Sender};
        let (class, scope, advice) = match self {
            Self::Hard => (FailureClass::InvalidRecipient, Recipient, Advice::Suppress),
            Self::Soft => (
                FailureClass::UnreachableOnChannel,
                Recipient,
                Advice::RetryOtherChannel,
            ),
            Self::Block => (FailureClass::SpamSuspected, Sender, Advice::ReviewByHuman),
            Self::Technical => technical(reply),
            Self::AutoReply => return None,
            Self::Unknown => (FailureClass::Unknown, Recipient, Advice::ReviewByHuman),
        };
        let failure = Failure::new(class, scope, advice).with_detail(self.detail());
        Some(match reply {
            Some(reply) => failure.with_code(reply.to_code()),
            None => failure,
        })
    }

    /// The class that a failure of [`BounceClass::failure`] was made from.
    #[must_use]
    pub fn in_failure(failure: &Failure) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|class| class.detail() == failure.detail)
    }

    const fn detail(self) -> &'static str {
        match self {
            Self::Hard => "hard bounce",
            Self::Soft => "soft bounce",
            Self::Block => "blocked",
            Self::Technical => "technical bounce",
            Self::AutoReply => "automatic reply",
            Self::Unknown => "bounce of an unknown class",
        }
    }
}

/// A message that is too large is the only technical fault that another mail may not have.
fn technical(reply: Option<Reply>) -> (FailureClass, FailureScope, Advice) {
    let told = reply.map(|reply| classify(reply, Phase::Data));
    match told {
        Some(failure) if failure.class == FailureClass::ContentTooLarge => {
            (failure.class, failure.scope, failure.advice)
        }
        _ => (
            FailureClass::UnreachableOnChannel,
            FailureScope::Recipient,
            Advice::RetryOtherChannel,
        ),
    }
}

/// Why a provider held a mail back, before any mail server saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum HeldBack {
    /// The address is not one.
    Invalid,
    /// Mail to the address bounced before.
    Bounced,
    /// It was tried for too long.
    TimedOut,
    /// The address, or what was sent, is on a list of the account.
    Blocked,
    /// The person called a mail spam before.
    Spam,
    /// The person unsubscribed.
    Unsubscribed,
    /// Anything else.
    Other,
}

impl HeldBack {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::Invalid,
        Self::Bounced,
        Self::TimedOut,
        Self::Blocked,
        Self::Spam,
        Self::Unsubscribed,
        Self::Other,
    ];

    /// The stable lowercase name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Bounced => "bounced",
            Self::TimedOut => "timed_out",
            Self::Blocked => "blocked",
            Self::Spam => "spam",
            Self::Unsubscribed => "unsubscribed",
            Self::Other => "other",
        }
    }

    /// What a mail that was held back ends in.
    #[must_use]
    pub fn failure(self) -> Failure {
        use FailureScope::{Message, Recipient};
        let (class, scope, advice) = match self {
            Self::Invalid | Self::Bounced => {
                (FailureClass::InvalidRecipient, Recipient, Advice::Suppress)
            }
            Self::TimedOut => (FailureClass::Expired, Message, Advice::RetryOtherChannel),
            Self::Blocked => (
                FailureClass::PolicyRejected,
                Recipient,
                Advice::RetryOtherChannel,
            ),
            Self::Spam | Self::Unsubscribed => {
                (FailureClass::OptedOut, Recipient, Advice::Suppress)
            }
            Self::Other => (FailureClass::PolicyRejected, Message, Advice::ReviewByHuman),
        };
        Failure::new(class, scope, advice).with_detail(match self {
            Self::Invalid => "held back: not an address",
            Self::Bounced => "held back: bounced before",
            Self::TimedOut => "held back: too late",
            Self::Blocked => "held back: blocked",
            Self::Spam => "held back: reported as spam before",
            Self::Unsubscribed => "held back: unsubscribed",
            Self::Other => "held back",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_a_class() {
        use BounceClass::{Block, Hard, Soft, Technical};
        for (text, class) in [
            ("550 5.1.1 no such user", Hard),
            ("550 5.1.10 null mx", Hard),
            ("553 5.1.8 sender domain", Block),
            ("550 5.2.1 disabled", Hard),
            ("552 5.2.2 full", Soft),
            ("552 5.2.3 too large for the mailbox", Technical),
            ("552 5.3.4 too large", Technical),
            ("550 5.4.1 access denied", Hard),
            ("550 5.4.4 no route", Technical),
            ("554 5.4.7 expired", Soft),
            ("550 5.5.1 protocol", Technical),
            ("554 5.6.0 content", Technical),
            ("550 5.7.1 blocked", Block),
            ("550 5.7.17 another owner", Hard),
            ("450 4.7.1 greylisted", Soft),
            ("421 try later", Soft),
            ("550 no", Hard),
            ("552 full", Soft),
            ("554 blocked", Block),
            ("502 what", Technical),
        ] {
            assert_eq!(
                BounceClass::of(Reply::quoted(text).unwrap()),
                class,
                "{text}"
            );
        }
    }

    #[test]
    fn a_class_can_be_read_out_of_its_failure() {
        for class in BounceClass::ALL {
            match class.failure(Reply::quoted("550 5.1.1")) {
                Some(failure) => {
                    assert_eq!(BounceClass::in_failure(&failure), Some(class));
                    assert_eq!(failure.provider_code.0, "550 5.1.1");
                    // What came back for good is not sent again as it is.
                    assert!(!failure.is_retryable());
                }
                None => assert_eq!(class, BounceClass::AutoReply),
            }
        }
        let large = BounceClass::Technical.failure(Reply::quoted("552 5.3.4"));
        assert_eq!(large.unwrap().class, FailureClass::ContentTooLarge);
    }

    #[test]
    fn what_was_held_back_says_why() {
        let details: std::collections::BTreeSet<_> =
            HeldBack::ALL.map(|why| why.failure().detail).into();
        assert_eq!(details.len(), HeldBack::ALL.len());
        assert_eq!(
            HeldBack::Unsubscribed.failure().class,
            FailureClass::OptedOut
        );
    }
}
