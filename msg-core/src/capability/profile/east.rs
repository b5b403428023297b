//! Messengers of East Asia, and Apple's.

use super::Profile;
use crate::capability::{Combos, Field, Unit};
use crate::message::{ActionKind, ContentKind, MediaKind};

pub(super) const LINE: Profile = Profile {
    content: &[
        ContentKind::Text,
        ContentKind::Media,
        ContentKind::Card,
        ContentKind::Carousel,
        ContentKind::Choice,
        ContentKind::Location,
        ContentKind::TimePicker,
        ContentKind::Typing,
        ContentKind::Read,
    ],
    actions: &[
        ActionKind::Reply,
        ActionKind::Url,
        ActionKind::ShareLocation,
        ActionKind::CopyCode,
    ],
    refused_media: &[MediaKind::File, MediaKind::Animation],
    combos: Combos {
        mixed_buttons: true,
        card_without_media: true,
        ..super::NO_COMBOS
    },
    limits: &[
        (
            Field::Text,
            5000,
            Unit::Utf16,
            "line-openapi, `TextMessage` [V]",
        ),
        (
            Field::InteractiveText,
            160,
            Unit::Chars,
            "LINE buttons template without picture, classmethod [V]; 5000 with flex, Bloomreach [V]",
        ),
        (
            Field::Caption,
            0,
            Unit::Chars,
            "line-openapi: media have no text [V]",
        ),
        (
            Field::Album,
            1,
            Unit::Items,
            "line-openapi, `ImageMessage` [V]",
        ),
        (
            Field::Buttons,
            4,
            Unit::Items,
            "line-bot-sdk `TemplateButtons`, Bloomreach [V]",
        ),
        (
            Field::ButtonLabel,
            20,
            Unit::Chars,
            "LINE buttons template [K]; 160 after flex, Bloomreach [V]",
        ),
        (
            Field::QuickReplies,
            13,
            Unit::Items,
            "line-openapi, `QuickReply` [V]",
        ),
        (
            Field::QuickReplyLabel,
            20,
            Unit::Chars,
            "LINE quick reply [K]",
        ),
        (
            Field::Handle,
            300,
            Unit::Utf16,
            "line-openapi, `PostbackAction` [V]",
        ),
        (
            Field::CardTitle,
            40,
            Unit::Chars,
            "LINE buttons template, classmethod [V]",
        ),
        (
            Field::CardText,
            60,
            Unit::Chars,
            "LINE buttons template with picture or title, classmethod [V]",
        ),
        (
            Field::CardButtons,
            3,
            Unit::Items,
            "line-openapi, carousel columns; 4 on a buttons template [V]",
        ),
        (
            Field::Cards,
            10,
            Unit::Items,
            "line-openapi, `CarouselTemplate` [V]",
        ),
        (
            Field::CarouselCardText,
            60,
            Unit::Chars,
            "LINE carousel column with picture or title [K]",
        ),
        (
            Field::CarouselCardButtons,
            3,
            Unit::Items,
            "line-openapi, `CarouselColumn` [V]",
        ),
        (
            Field::Slots,
            0,
            Unit::Items,
            "LINE picks any time, not one of several [K]",
        ),
        (
            Field::Parts,
            5,
            Unit::Items,
            "line-openapi: 5 messages a push or reply [V]",
        ),
    ],
    ..Profile::TEXT
};

/// Approved templates only: free text is never carried.
pub(super) const KAKAO_ALIMTALK: Profile = Profile {
    content: &[ContentKind::Template],
    receipts: true,
    limits: &[
        (
            Field::Text,
            1000,
            Unit::Chars,
            "Infobip KakaoTalk, spaces included [V]",
        ),
        (Field::Buttons, 5, Unit::Items, "Infobip KakaoTalk [V]"),
        (Field::ButtonLabel, 14, Unit::Chars, "KakaoTalk dealers [K]"),
    ],
    ..Profile::TEXT
};

pub(super) const KAKAO_CHAT: Profile = Profile {
    content: &[ContentKind::Text, ContentKind::Media, ContentKind::Choice],
    actions: &[ActionKind::Reply, ActionKind::Url],
    refused_media: &[
        MediaKind::Video,
        MediaKind::Audio,
        MediaKind::VoiceNote,
        MediaKind::Animation,
        MediaKind::Sticker,
        MediaKind::File,
    ],
    combos: Combos {
        mixed_buttons: true,
        ..super::NO_COMBOS
    },
    limits: &[
        (
            Field::Text,
            1000,
            Unit::Chars,
            "Infobip KakaoTalk, Sangdam [V]",
        ),
        (
            Field::Caption,
            0,
            Unit::Chars,
            "Infobip KakaoTalk: a picture is a message of its own [K]",
        ),
        (Field::Album, 1, Unit::Items, "Infobip KakaoTalk [K]"),
        (
            Field::Buttons,
            5,
            Unit::Items,
            "Infobip KakaoTalk, Sangdam [V]",
        ),
        (
            Field::QuickReplies,
            0,
            Unit::Items,
            "Infobip KakaoTalk: buttons are the only kind [K]",
        ),
        (Field::ButtonLabel, 14, Unit::Chars, "KakaoTalk dealers [K]"),
    ],
    ..Profile::TEXT
};

pub(super) const WECHAT: Profile = Profile {
    content: &[
        ContentKind::Text,
        ContentKind::Media,
        ContentKind::Template,
        ContentKind::Typing,
    ],
    refused_media: &[MediaKind::Animation, MediaKind::Sticker, MediaKind::File],
    window: Some((
        48,
        Some(5),
        "docs.chatalog.ai: 5 messages in 48 hours after one of the person [V]",
    )),
    limits: &[
        (Field::Text, 2048, Unit::Bytes, "Apprise [V]"),
        (
            Field::Caption,
            0,
            Unit::Bytes,
            "wechatpy: media have no text [V]",
        ),
        (Field::Album, 1, Unit::Items, "wechatpy: one media id [V]"),
        (
            Field::Parts,
            5,
            Unit::Items,
            "5 messages in 48 hours after one of the person, docs.chatalog.ai [V]; 20 before [V]",
        ),
    ],
    ..Profile::TEXT
};

pub(super) const APPLE: Profile = Profile {
    content: &[
        ContentKind::Text,
        ContentKind::Media,
        ContentKind::Choice,
        ContentKind::List,
        ContentKind::Form,
        ContentKind::TimePicker,
        ContentKind::Payment,
        ContentKind::Typing,
    ],
    actions: &[ActionKind::Reply],
    limits: &[
        (
            Field::Text,
            3000,
            Unit::Chars,
            "Infobip Apple Messages for Business [V]",
        ),
        (
            Field::InteractiveText,
            200,
            Unit::Chars,
            "Webex Connect changelog: interactive strings of 200 printable characters [V]",
        ),
        (
            Field::Caption,
            3000,
            Unit::Chars,
            "Infobip Apple Messages for Business [V]",
        ),
        (
            Field::Buttons,
            0,
            Unit::Items,
            "quick replies and list pickers are the interactive kinds [K]",
        ),
        (
            Field::QuickReplies,
            5,
            Unit::Items,
            "Apple quick reply: 2 to 5 [K]",
        ),
        (
            Field::QuickReplyLabel,
            24,
            Unit::Chars,
            "Apple quick reply [K]; 200 Webex Connect [V]",
        ),
        (
            Field::SectionTitle,
            200,
            Unit::Chars,
            "Webex Connect changelog [V]",
        ),
        (
            Field::RowTitle,
            200,
            Unit::Chars,
            "Webex Connect changelog [V]",
        ),
        (
            Field::RowText,
            200,
            Unit::Chars,
            "Webex Connect changelog [V]",
        ),
        (
            Field::ListButton,
            200,
            Unit::Chars,
            "Webex Connect changelog [V]",
        ),
        (
            Field::Header,
            200,
            Unit::Chars,
            "Webex Connect changelog [V]",
        ),
        (
            Field::Footer,
            200,
            Unit::Chars,
            "Webex Connect changelog [V]",
        ),
    ],
    ..Profile::TEXT
};
