//! What a server's reply means: class × scope × advice by enhanced status code (RFC 3463), else by reply code (RFC 5321).

use msg_core::channel::{Advice, Failure, FailureClass, FailureScope};

/// Where in the conversation a reply came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Greeting, `EHLO`, `STARTTLS`.
    Hello,
    /// `AUTH`.
    Login,
    /// `MAIL FROM`.
    Sender,
    /// `RCPT TO`.
    Recipient,
    /// `DATA` and the mail itself.
    Data,
}

/// A reply, without its text: that may repeat the address or the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Three digits; 0 where only the enhanced status code is known.
    pub code: u16,
    /// The enhanced status code, if its class is the reply's (RFC 2034, 4).
    pub enhanced: Option<(u8, u16, u16)>,
}

impl Reply {
    /// The reply of this code, with the text behind it.
    #[must_use]
    pub fn new(code: u16, text: &str) -> Self {
        Self {
            code,
            enhanced: enhanced(text).filter(|(class, ..)| u16::from(*class) == code / 100),
        }
    }

    /// The first reply that a report quotes, such as `smtp; 550-5.1.1 no such user` or `5.1.1 (bad mailbox)`. None
    /// without a code of a refusal in its first 1 000 bytes.
    #[must_use]
    pub fn quoted(text: &str) -> Option<Self> {
        const FAR: usize = 1000;
        let near = text.char_indices().take_while(|(at, _)| *at < FAR).last();
        let text = near.map_or("", |(at, c)| text.get(..at + c.len_utf8()).unwrap_or(text));
        let (mut code, mut status) = (None, None);
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.')) {
            let word = word.trim_end_matches('.');
            let number = || word.parse().ok().filter(|it| (400..600).contains(it));
            if code.is_none() && word.len() == 3 {
                code = number();
            }
            status = status.or_else(|| enhanced(word).filter(|(class, ..)| matches!(class, 4 | 5)));
        }
        let status =
            status.filter(|(class, ..)| code.is_none_or(|code| code / 100 == u16::from(*class)));
        (code.is_some() || status.is_some()).then(|| Self {
            code: code.unwrap_or_default(),
            enhanced: status,
        })
    }

    /// 4 when it passes, 5 when it lasts.
    #[must_use]
    pub fn class(self) -> u16 {
        self.enhanced
            .map_or(self.code / 100, |(class, ..)| class.into())
    }

    /// Whether the server closes the connection (RFC 5321, 3.8).
    #[must_use]
    pub const fn closes(self) -> bool {
        self.code == 421
    }

    /// Whether the command was done.
    #[must_use]
    pub const fn is_done(self) -> bool {
        self.code / 100 == 2
    }

    /// The codes as text: `550 5.1.1`.
    #[must_use]
    pub fn to_code(self) -> String {
        match self.enhanced {
            Some((class, subject, detail)) if self.code == 0 => {
                format!("{class}.{subject}.{detail}")
            }
            Some((class, subject, detail)) => format!("{} {class}.{subject}.{detail}", self.code),
            None => self.code.to_string(),
        }
    }
}

/// `5.1.1` at the begin of a reply's text.
fn enhanced(text: &str) -> Option<(u8, u16, u16)> {
    let mut numbers = text.split_ascii_whitespace().next()?.split('.');
    let class = numbers.next()?.parse().ok()?;
    let (subject, detail) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    (numbers.next().is_none() && subject < 1000 && detail < 1000)
        .then_some((class, subject, detail))
}

/// What a refusal means.
#[must_use]
pub fn classify(reply: Reply, phase: Phase) -> Failure {
    let (class, scope, advice) = by_enhanced(reply)
        .or_else(|| by_code(reply.code, phase))
        .unwrap_or_else(|| match reply.code {
            0 => by_digit(reply.class() * 100 + 99),
            code => by_digit(code),
        });
    Failure::new(class, scope, advice).with_code(reply.to_code())
}

type Meaning = (FailureClass, FailureScope, Advice);

use Advice as A;
use FailureClass as C;
use FailureScope as S;

/// Class, subject, detail (none for every one), and what it means. The first row that fits counts.
///
/// Numbers from RFC 3463 and the registry "SMTP Enhanced Status Codes" of IANA; 5.7.509 and 5.7.515 are Microsoft's.
const ENHANCED: &[(u8, u16, Option<u16>, Meaning)] = &[
    // 5.1: addresses.
    (
        5,
        1,
        Some(1),
        (C::InvalidRecipient, S::Recipient, A::Suppress),
    ),
    (
        5,
        1,
        Some(2),
        (C::InvalidRecipient, S::Recipient, A::Suppress),
    ),
    (
        5,
        1,
        Some(3),
        (C::InvalidRecipient, S::Recipient, A::Suppress),
    ),
    (5, 1, Some(6), (C::AddressMoved, S::Recipient, A::Suppress)),
    (5, 1, Some(7), (C::ConfigInvalid, S::Sender, A::FixConfig)),
    (5, 1, Some(8), (C::ConfigInvalid, S::Sender, A::FixConfig)),
    // Null MX (RFC 7505): the domain takes no mail.
    (
        5,
        1,
        Some(10),
        (C::InvalidRecipient, S::Recipient, A::Suppress),
    ),
    // 5.2: mailboxes. A full one is no reason to suppress.
    (
        5,
        2,
        Some(1),
        (C::InvalidRecipient, S::Recipient, A::Suppress),
    ),
    (
        5,
        2,
        Some(2),
        (C::UnreachableOnChannel, S::Recipient, A::RetryOtherChannel),
    ),
    (5, 2, Some(3), (C::ContentTooLarge, S::Message, A::Degrade)),
    (
        5,
        2,
        None,
        (C::UnreachableOnChannel, S::Recipient, A::RetryOtherChannel),
    ),
    // 5.3: the mail system.
    (
        5,
        3,
        Some(2),
        (C::UnreachableOnChannel, S::Recipient, A::RetryOtherChannel),
    ),
    (
        5,
        3,
        Some(3),
        (C::Unsupported, S::Provider, A::RetryOtherProvider),
    ),
    (5, 3, Some(4), (C::ContentTooLarge, S::Message, A::Degrade)),
    // 5.4: routes.
    (
        5,
        4,
        Some(4),
        (C::InvalidRecipient, S::Recipient, A::Suppress),
    ),
    (
        5,
        4,
        Some(6),
        (C::ProviderBug, S::Provider, A::RetryOtherProvider),
    ),
    (
        5,
        4,
        Some(7),
        (C::Expired, S::Message, A::RetryOtherChannel),
    ),
    (
        5,
        4,
        None,
        (C::UnreachableOnChannel, S::Recipient, A::RetryOtherChannel),
    ),
    // 5.5: the protocol. Too many recipients passes even as 5xx.
    (5, 5, Some(3), (C::RateLimited, S::Provider, A::RetrySame)),
    (
        5,
        5,
        None,
        (C::Unsupported, S::Provider, A::RetryOtherProvider),
    ),
    // 5.6: content. 5.6.7: the address is not ASCII and the server wants it to be (RFC 6531).
    (
        5,
        6,
        Some(7),
        (C::UnreachableOnChannel, S::Recipient, A::RetryOtherChannel),
    ),
    (5, 6, None, (C::ContentInvalid, S::Message, A::FixContent)),
    // 5.7: security and policy.
    (
        5,
        7,
        Some(8),
        (C::CredentialInvalid, S::Account, A::FixConfig),
    ),
    (5, 7, Some(9), (C::ConfigInvalid, S::Account, A::FixConfig)),
    (5, 7, Some(10), (C::ConfigInvalid, S::Account, A::FixConfig)),
    (5, 7, Some(11), (C::ConfigInvalid, S::Account, A::FixConfig)),
    (
        5,
        7,
        Some(13),
        (C::CredentialInvalid, S::Account, A::FixConfig),
    ),
    // The mailbox or the domain has another owner now (RFC 7293).
    (
        5,
        7,
        Some(17),
        (C::IdentityChanged, S::Recipient, A::Suppress),
    ),
    (
        5,
        7,
        Some(18),
        (C::IdentityChanged, S::Recipient, A::Suppress),
    ),
    // DKIM, SPF, reverse DNS and DMARC of the sender (RFC 7372), its null MX (RFC 7505).
    (5, 7, Some(20), (C::ConfigInvalid, S::Sender, A::FixConfig)),
    (5, 7, Some(21), (C::ConfigInvalid, S::Sender, A::FixConfig)),
    (5, 7, Some(22), (C::ConfigInvalid, S::Sender, A::FixConfig)),
    (5, 7, Some(23), (C::ConfigInvalid, S::Sender, A::FixConfig)),
    (5, 7, Some(24), (C::ConfigInvalid, S::Sender, A::FixConfig)),
    (5, 7, Some(25), (C::ConfigInvalid, S::Sender, A::FixConfig)),
    (5, 7, Some(26), (C::ConfigInvalid, S::Sender, A::FixConfig)),
    (5, 7, Some(27), (C::ConfigInvalid, S::Sender, A::FixConfig)),
    (
        5,
        7,
        Some(28),
        (C::SenderRestricted, S::Sender, A::ReviewByHuman),
    ),
    (5, 7, Some(509), (C::ConfigInvalid, S::Sender, A::FixConfig)),
    (5, 7, Some(515), (C::ConfigInvalid, S::Sender, A::FixConfig)),
    // 5.7.0 says nothing: 530 below says more.
    (
        5,
        7,
        Some(1),
        (C::PolicyRejected, S::Message, A::ReviewByHuman),
    ),
    // 4: passing. 4.2 is about the mailbox, 4.7 is greylisting or a rate limit.
    (4, 2, None, (C::Transient, S::Recipient, A::RetrySame)),
    (4, 5, Some(3), (C::RateLimited, S::Provider, A::RetrySame)),
    (4, 7, None, (C::RateLimited, S::Sender, A::RetrySame)),
];

fn by_enhanced(reply: Reply) -> Option<Meaning> {
    let (class, subject, detail) = reply.enhanced?;
    // A server that cannot check a password now is not a rate limit (RFC 4954, 6).
    if reply.code == 454 {
        return None;
    }
    ENHANCED
        .iter()
        .find(|row| (row.0, row.1) == (class, subject) && row.2.is_none_or(|any| any == detail))
        .map(|row| row.3.clone())
}

/// Code, phase (none for every one), and what it means. The first row that fits counts.
///
/// From RFC 5321, 4.2.3, RFC 4954, 6 (login), RFC 7504 (521, 556), RFC 3207 (454).
const CODES: &[(u16, Option<Phase>, Meaning)] = &[
    (450, None, (C::Transient, S::Recipient, A::RetrySame)),
    (454, None, (C::Transient, S::Account, A::RetrySame)),
    (
        521,
        None,
        (C::UnreachableOnChannel, S::Recipient, A::RetryOtherChannel),
    ),
    (530, None, (C::ConfigInvalid, S::Account, A::FixConfig)),
    (534, None, (C::ConfigInvalid, S::Account, A::FixConfig)),
    (535, None, (C::CredentialInvalid, S::Account, A::FixConfig)),
    (538, None, (C::ConfigInvalid, S::Account, A::FixConfig)),
    (
        550,
        Some(Phase::Recipient),
        (C::InvalidRecipient, S::Recipient, A::Suppress),
    ),
    (
        550,
        Some(Phase::Sender),
        (C::SenderRestricted, S::Sender, A::FixConfig),
    ),
    (550, None, (C::PolicyRejected, S::Message, A::ReviewByHuman)),
    (551, None, (C::AddressMoved, S::Recipient, A::Suppress)),
    (
        552,
        Some(Phase::Recipient),
        (C::UnreachableOnChannel, S::Recipient, A::RetryOtherChannel),
    ),
    (552, None, (C::ContentTooLarge, S::Message, A::Degrade)),
    (
        553,
        Some(Phase::Recipient),
        (C::InvalidRecipient, S::Recipient, A::Suppress),
    ),
    (553, None, (C::ConfigInvalid, S::Sender, A::FixConfig)),
    (
        554,
        Some(Phase::Hello),
        (C::SenderRestricted, S::Sender, A::ReviewByHuman),
    ),
    (554, None, (C::PolicyRejected, S::Message, A::ReviewByHuman)),
    (
        556,
        None,
        (C::UnreachableOnChannel, S::Recipient, A::RetryOtherChannel),
    ),
];

fn by_code(code: u16, phase: Phase) -> Option<Meaning> {
    CODES
        .iter()
        .find(|row| row.0 == code && row.1.is_none_or(|only| only == phase))
        .map(|row| row.2.clone())
}

/// 4xx passes, 500 to 509 and 555 are about the protocol, and what remains is not known.
fn by_digit(code: u16) -> Meaning {
    match code {
        400..=499 => (C::Transient, S::Provider, A::RetrySame),
        500..=509 | 555 => (C::Unsupported, S::Provider, A::RetryOtherProvider),
        500..=599 => (C::Unknown, S::Message, A::ReviewByHuman),
        _ => (C::ProviderBug, S::Provider, A::RetryOtherProvider),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn meaning(line: &str, phase: Phase) -> Meaning {
        let (code, text) = line.split_once(' ').unwrap();
        let failure = classify(Reply::new(code.parse().unwrap(), text), phase);
        (failure.class, failure.scope, failure.advice)
    }

    /// One reply a row, in the order of the table, as servers write them.
    const REPLIES: &[&str] = &[
        "550 5.1.1 The email account that you tried to reach does not exist",
        "550 5.1.2 Host unknown",
        "501 5.1.3 Bad recipient address syntax",
        "551 5.1.6 Recipient no longer on server",
        "501 5.1.7 Bad sender address syntax",
        "553 5.1.8 Sender address rejected: domain not found",
        "556 5.1.10 Recipient address has null MX",
        "550 5.2.1 The email account that you tried to reach is disabled",
        "552 5.2.2 The recipient's inbox is out of storage space",
        "552 5.2.3 Message exceeds local size limit",
        "550 5.2.0 Mailbox status",
        "521 5.3.2 System not accepting network messages",
        "554 5.3.3 System not capable of selected features",
        "552 5.3.4 Message size exceeds fixed limit",
        "550 5.4.4 Unable to route",
        "554 5.4.6 Too many hops",
        "554 5.4.7 Delivery expired",
        "550 5.4.1 Recipient address rejected: Access denied",
        "552 5.5.3 Too many recipients",
        "503 5.5.1 Bad sequence of commands",
        "550 5.6.7 Address is not ASCII",
        "554 5.6.0 Message content rejected",
        "535 5.7.8 Username and Password not accepted",
        "534 5.7.9 Application-specific password required",
        "530 5.7.10 Encryption needed",
        "538 5.7.11 Encryption required for requested authentication mechanism",
        "525 5.7.13 User account disabled",
        "550 5.7.17 Mailbox owner has changed",
        "550 5.7.18 Domain owner has changed",
        "550 5.7.20 No passing DKIM signature found",
        "550 5.7.21 No acceptable DKIM signature found",
        "550 5.7.22 No valid author-matched DKIM signature found",
        "550 5.7.23 SPF validation failed",
        "451 5.7.24 SPF validation error",
        "550 5.7.25 Reverse DNS validation failed",
        "550 5.7.26 Unauthenticated email is not accepted due to the domain's DMARC policy",
        "550 5.7.27 Sender address has null MX",
        "550 5.7.28 Mail flood detected",
        "550 5.7.509 Access denied, sending domain does not pass DMARC verification",
        "550 5.7.515 Access denied, sending domain does not meet the required authentication level",
        "554 5.7.1 Service unavailable; client host blocked",
        "452 4.2.2 The recipient's inbox is out of storage space",
        "452 4.5.3 Too many recipients",
        "450 4.7.1 Greylisted, please try again later",
    ];

    #[test]
    fn every_row_of_enhanced_codes_is_reached_by_a_reply() {
        assert_eq!(ENHANCED.len(), REPLIES.len());
        for (row, line) in ENHANCED.iter().zip(REPLIES) {
            let (code, text) = line.split_once(' ').unwrap();
            let (class, subject, detail) = enhanced(text).unwrap();
            assert_eq!((class, subject), (row.0, row.1), "{line}");
            assert!(row.2.is_none_or(|only| only == detail), "{line}");
            // RFC 2034: an enhanced code of another class than the reply's does not count.
            if code.starts_with(&class.to_string()) {
                assert_eq!(meaning(line, Phase::Data), row.3, "{line}");
            }
        }
    }

    #[test]
    fn every_row_of_plain_codes_is_reached_in_its_phase() {
        for (code, phase, expected) in CODES {
            let phases = [
                Phase::Hello,
                Phase::Login,
                Phase::Sender,
                Phase::Recipient,
                Phase::Data,
            ];
            let phase = phase.unwrap_or_else(|| {
                let taken = |phase: &Phase| {
                    CODES
                        .iter()
                        .any(|row| row.0 == *code && row.1 == Some(*phase))
                };
                phases.into_iter().rfind(|phase| !taken(phase)).unwrap()
            });
            assert_eq!(
                meaning(&format!("{code} no"), phase),
                *expected,
                "{code} {phase:?}"
            );
        }
    }

    #[test]
    fn what_no_row_knows_follows_the_first_digit() {
        assert_eq!(
            meaning("451 4.3.0 local error", Phase::Data).0,
            C::Transient
        );
        assert_eq!(meaning("421 closing", Phase::Hello).2, A::RetrySame);
        assert_eq!(meaning("502 what", Phase::Data).0, C::Unsupported);
        assert_eq!(meaning("599 what", Phase::Data).0, C::Unknown);
        assert_eq!(meaning("250 fine", Phase::Data).0, C::ProviderBug);
        assert_eq!(
            meaning("454 4.7.0 Temporary authentication failure", Phase::Login).0,
            C::Transient
        );
        assert_eq!(
            meaning(
                "530 5.7.0 Must issue a STARTTLS command first",
                Phase::Sender
            )
            .0,
            C::ConfigInvalid
        );
    }

    #[test]
    fn a_quoted_reply_is_found_in_its_text() {
        for (text, code) in [
            (
                "smtp; 550-5.1.1 The email account that you tried to reach",
                "550 5.1.1",
            ),
            (
                "smtp;550 5.2.2 <jo@example.org>: 1.2.3.4 says no",
                "550 5.2.2",
            ),
            ("500 unknown recipient", "500"),
            ("5.1.1 (bad destination mailbox address)", "5.1.1"),
            ("452 4.2.2 full. Then 550 5.1.1", "452 4.2.2"),
            ("550 4.2.2 two minds", "550"),
            ("error dialing remote address 10.5.1.1", ""),
            ("", ""),
        ] {
            let found = Reply::quoted(text).map(Reply::to_code);
            assert_eq!(found.unwrap_or_default(), code, "{text}");
        }
    }

    #[test]
    fn a_failure_carries_the_codes_and_never_the_text() {
        let reply = Reply::new(550, "5.1.1 <jo@example.org> is unknown");
        let failure = classify(reply, Phase::Recipient);
        assert_eq!(failure.provider_code.0, "550 5.1.1");
        assert!(!format!("{failure:?}").contains("jo@"));
        assert_eq!(
            classify(Reply::new(451, "5.1.1 no"), Phase::Data)
                .provider_code
                .0,
            "451"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,40}|([0-9.; ä-]){0,1100}") {
            if let Some(reply) = Reply::quoted(&text) {
                prop_assert!(matches!(reply.class(), 4 | 5));
            }
        }

        #[test]
        fn any_reply_has_a_meaning(code in 0_u16..1000, text in "[0-9]?(\\.[0-9]{0,5}){0,4} ?\\PC{0,9}") {
            let failure = classify(Reply::new(code, &text), Phase::Recipient);
            prop_assert!(failure.provider_code.0.starts_with(&code.to_string()));
            prop_assert!((400..500).contains(&code) <= failure.is_retryable());
        }
    }
}
