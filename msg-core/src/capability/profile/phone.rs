//! Channels of the telephone network.

use super::Profile;
use crate::capability::{Combos, Field, Unit};
use crate::message::{ActionKind, ContentKind, MediaKind};

/// No text limit of its own: a text becomes as many segments as it needs, and the provider's capabilities bound them.
/// 255 is the most that one message can have.
pub(super) const SMS: Profile = Profile {
    receipts: true,
    // Parts of one message arrive in order, messages need not.
    ordered: false,
    limits: &[(
        Field::Text,
        255,
        Unit::Segments,
        "3GPP TS 23.040, 9.2.3.24.1: the number of parts is one octet [V]",
    )],
    ..Profile::TEXT
};

pub(super) const MMS: Profile = Profile {
    content: &[ContentKind::Text, ContentKind::Media],
    receipts: true,
    ordered: false,
    combos: Combos {
        mixed_album: true,
        ..super::NO_COMBOS
    },
    limits: &[
        (
            Field::Text,
            1600,
            Unit::Chars,
            "Twilio error 21658, `Body` [V]",
        ),
        (
            Field::Caption,
            1600,
            Unit::Chars,
            "Twilio error 21658, `Body` [V]",
        ),
        (
            Field::Album,
            10,
            Unit::Items,
            "Twilio Messages `MediaUrl` [K]",
        ),
    ],
    ..Profile::TEXT
};

pub(super) const RCS: Profile = Profile {
    content: &[
        ContentKind::Text,
        ContentKind::Media,
        ContentKind::Card,
        ContentKind::Carousel,
        ContentKind::Choice,
        ContentKind::Typing,
        ContentKind::Read,
    ],
    actions: &[
        ActionKind::Reply,
        ActionKind::Url,
        ActionKind::Call,
        ActionKind::ViewLocation,
        ActionKind::ShareLocation,
        ActionKind::Calendar,
    ],
    refused_media: &[MediaKind::Audio, MediaKind::VoiceNote, MediaKind::Sticker],
    combos: Combos {
        mixed_buttons: true,
        buttons_with_media: false,
        mixed_cards: true,
        mixed_album: false,
        card_without_media: true,
    },
    receipts: true,
    limits: &[
        (
            Field::Text,
            3072,
            Unit::Chars,
            "AWS End User Messaging, Sinch and Vonage RCS [V]",
        ),
        // Media have no caption: text is a message of its own, or a card.
        (
            Field::Caption,
            0,
            Unit::Chars,
            "RBM API, AgentContentMessage is text or a file or a card [V]",
        ),
        (
            Field::Album,
            1,
            Unit::Items,
            "RBM API, AgentContentMessage [V]",
        ),
        (
            Field::Buttons,
            11,
            Unit::Items,
            "AWS End User Messaging RCS, suggestions of a message [V]",
        ),
        (
            Field::QuickReplies,
            0,
            Unit::Items,
            "RBM API: suggestions are the buttons [V]",
        ),
        (
            Field::ButtonLabel,
            25,
            Unit::Chars,
            "AWS End User Messaging and Gupshup RCS [V]",
        ),
        (
            Field::Handle,
            2048,
            Unit::Bytes,
            "AWS End User Messaging RCS, postback data [V]",
        ),
        (
            Field::Url,
            2000,
            Unit::Chars,
            "AWS End User Messaging RCS [V]",
        ),
        (
            Field::CardTitle,
            200,
            Unit::Chars,
            "AWS End User Messaging and Vonage RCS [V]",
        ),
        (
            Field::CardText,
            2000,
            Unit::Chars,
            "AWS End User Messaging and Vonage RCS [V]",
        ),
        (
            Field::CardButtons,
            4,
            Unit::Items,
            "AWS End User Messaging RCS [V]",
        ),
        (
            Field::Cards,
            10,
            Unit::Items,
            "AWS End User Messaging RCS [V]",
        ),
        (
            Field::CardsMin,
            2,
            Unit::Items,
            "AWS End User Messaging RCS [V]",
        ),
        (
            Field::CarouselCardText,
            2000,
            Unit::Chars,
            "AWS End User Messaging and Vonage RCS [V]",
        ),
        (
            Field::CarouselCardButtons,
            4,
            Unit::Items,
            "AWS End User Messaging RCS [V]",
        ),
    ],
    ..Profile::TEXT
};

pub(super) const VOICE: Profile = Profile {
    content: &[ContentKind::Voice],
    actions: &[ActionKind::Reply],
    receipts: true,
    limits: &[
        (
            Field::Speech,
            4000,
            Unit::Bytes,
            "Twilio `<Say>`: 4 KB (4,000 ASCII characters) [V]; 4 096 in other places [K]",
        ),
        (
            Field::VoiceOptions,
            9,
            Unit::Items,
            "the keys 1 to 9 of a telephone [K]",
        ),
    ],
    ..Profile::TEXT
};
