//! Mail and notifications.

use super::Profile;
use crate::capability::{Field, Unit};
use crate::message::{ActionKind, ContentKind, Markup};

/// Everything becomes one mail: subject, text, HTML, attachments. A mail has a subject, so neither a bare text nor bare media
/// is one: the planner writes the mail that says them.
pub(super) const EMAIL: Profile = Profile {
    markup: Markup::Html,
    content: &[ContentKind::Email],
    actions: &[
        ActionKind::Url,
        ActionKind::Catalog,
        ActionKind::Form,
        ActionKind::Pay,
        ActionKind::Login,
    ],
    receipts: true,
    limits: &[
        (
            Field::Subject,
            989,
            Unit::Bytes,
            "RFC 5322, 2.1.1: 998 octets a line, nine of them `Subject: ` [V]",
        ),
        (
            Field::Attachments,
            18_000_000,
            Unit::Bytes,
            "mails of 25 MB (Gmail; Amazon SES 40 MB) [K], of which base64 in lines of 76 takes 78/57 (RFC 2045, 6.8) [V]",
        ),
    ],
    ..Profile::TEXT
};

const PUSH_ACTIONS: &[ActionKind] = &[ActionKind::Reply, ActionKind::Url];

/// Shown on a lock screen, so it is not private.
pub(super) const PUSH: Profile = Profile {
    content: &[ContentKind::Notification],
    actions: PUSH_ACTIONS,
    private: false,
    ordered: false,
    limits: &[
        (
            Field::PushTitle,
            65,
            Unit::Chars,
            "what Android and iOS show of a title [K]",
        ),
        (
            Field::PushBody,
            2048,
            Unit::Bytes,
            "half of the payload of 4 096 bytes, Firebase and a2 [V]; topics have 2 048 in all [V]",
        ),
        (
            Field::Buttons,
            3,
            Unit::Items,
            "Android notification actions [K]",
        ),
        (
            Field::ButtonLabel,
            20,
            Unit::Chars,
            "what Android shows of an action [K]",
        ),
    ],
    ..Profile::TEXT
};

/// Shown on a lock screen, so it is not private.
pub(super) const WEB_PUSH: Profile = Profile {
    content: &[ContentKind::Notification],
    actions: PUSH_ACTIONS,
    private: false,
    ordered: false,
    limits: &[
        (
            Field::PushTitle,
            65,
            Unit::Chars,
            "what browsers show of a title [K]",
        ),
        (
            Field::PushBody,
            1500,
            Unit::Bytes,
            "half of the plaintext of 3 052 bytes, web-push http_ece; 3 993 elsewhere [K] [V]",
        ),
        (
            Field::Buttons,
            2,
            Unit::Items,
            "Notification.maxActions of Chrome [K]",
        ),
        (
            Field::ButtonLabel,
            20,
            Unit::Chars,
            "what browsers show of an action [K]",
        ),
    ],
    ..Profile::TEXT
};
