//! Messengers of people.

use super::Profile;
use crate::capability::{Combos, Field, Unit};
use crate::message::{ActionKind, ContentKind, Markup, MediaKind};

pub(super) const WHATSAPP: Profile = Profile {
    markup: Markup::WhatsApp,
    content: &[
        ContentKind::Text,
        ContentKind::Media,
        ContentKind::Carousel,
        ContentKind::Choice,
        ContentKind::List,
        ContentKind::Location,
        ContentKind::LocationRequest,
        ContentKind::Contact,
        ContentKind::ContactRequest,
        ContentKind::Form,
        ContentKind::Product,
        ContentKind::Payment,
        ContentKind::Template,
        ContentKind::Reaction,
        ContentKind::Typing,
        ContentKind::Read,
    ],
    actions: &[ActionKind::Reply, ActionKind::Url, ActionKind::Catalog],
    // A moving picture is sent as a film by other means.
    refused_media: &[MediaKind::Animation],
    combos: Combos {
        buttons_with_media: true,
        ..super::NO_COMBOS
    },
    receipts: true,
    window: Some((
        24,
        None,
        "chatwoot message_window_service, Twilio help 34591224178331 [V]",
    )),
    limits: &[
        (
            Field::Text,
            4096,
            Unit::Chars,
            "pywa client, vercel adapter-whatsapp [V]",
        ),
        (
            Field::InteractiveText,
            1024,
            Unit::Chars,
            "pywa client, vercel adapter-whatsapp [V]",
        ),
        (Field::Caption, 1024, Unit::Chars, "pywa client [V]"),
        (Field::Header, 60, Unit::Chars, "pywa client [V]"),
        (Field::Footer, 60, Unit::Chars, "pywa client [V]"),
        (Field::Buttons, 3, Unit::Items, "pywa callback [V]"),
        (
            Field::LinkButtons,
            1,
            Unit::Items,
            "vercel adapter-whatsapp, botpress: one URL button, not beside replies [V]",
        ),
        (
            Field::QuickReplies,
            0,
            Unit::Items,
            "pywa: reply buttons are the only kind [V]",
        ),
        (Field::ButtonLabel, 20, Unit::Chars, "pywa callback [V]"),
        (
            Field::Handle,
            200,
            Unit::Bytes,
            "pywa callback: 256 for a button, 200 for a row; the smaller one holds for both [V]",
        ),
        (Field::Url, 2000, Unit::Chars, "pywa templates [V]"),
        (
            Field::Album,
            1,
            Unit::Items,
            "Cloud API messages: one media object [V]",
        ),
        (Field::Rows, 10, Unit::Items, "pywa callback [V]"),
        (Field::Sections, 10, Unit::Items, "pywa callback [V]"),
        (Field::SectionTitle, 24, Unit::Chars, "pywa callback [V]"),
        (Field::RowTitle, 24, Unit::Chars, "pywa callback [V]"),
        (Field::RowText, 72, Unit::Chars, "pywa callback [V]"),
        (Field::ListButton, 20, Unit::Chars, "pywa callback [V]"),
        (
            Field::Cards,
            10,
            Unit::Items,
            "pywa callback, media carousel [V]",
        ),
        (
            Field::CardsMin,
            2,
            Unit::Items,
            "pywa callback, media carousel [V]",
        ),
        // A card of the carousel has a body and no title.
        (
            Field::CardTitle,
            0,
            Unit::Chars,
            "pywa callback, media carousel [V]",
        ),
        (
            Field::CarouselCardText,
            160,
            Unit::Chars,
            "pywa callback, media carousel [V]",
        ),
        (
            Field::CarouselCardButtons,
            2,
            Unit::Items,
            "botpress carousel: 2 quick replies; pywa callback: 3 [V]",
        ),
        (
            Field::Contacts,
            5,
            Unit::Items,
            "facebook/openapi business-messaging-api_v23.0, ContactsMessage: 5; pywa client: 257 [V]",
        ),
    ],
    ..Profile::TEXT
};

pub(super) const MESSENGER: Profile = Profile {
    content: &[
        ContentKind::Text,
        ContentKind::Media,
        ContentKind::Card,
        ContentKind::Carousel,
        ContentKind::Choice,
        ContentKind::ContactRequest,
        ContentKind::Product,
        ContentKind::Template,
        ContentKind::Reaction,
        ContentKind::Typing,
        ContentKind::Read,
    ],
    actions: &[ActionKind::Reply, ActionKind::Url, ActionKind::Call],
    refused_media: &[MediaKind::Sticker],
    combos: Combos {
        mixed_buttons: true,
        mixed_cards: true,
        card_without_media: true,
        ..super::NO_COMBOS
    },
    receipts: true,
    window: Some((
        24,
        None,
        "chatwoot message_window_service; 7 days only with HUMAN_AGENT [V]",
    )),
    limits: &[
        (
            Field::Text,
            2000,
            Unit::Chars,
            "vercel adapter-messenger [V]",
        ),
        (
            Field::InteractiveText,
            640,
            Unit::Chars,
            "vercel adapter-messenger, button template [V]",
        ),
        (
            Field::Caption,
            0,
            Unit::Chars,
            "vercel adapter-messenger: attachments have no text [V]",
        ),
        (
            Field::Buttons,
            3,
            Unit::Items,
            "vercel adapter-messenger [V]",
        ),
        (
            Field::ButtonLabel,
            20,
            Unit::Chars,
            "vercel adapter-messenger [V]",
        ),
        (
            Field::QuickReplies,
            13,
            Unit::Items,
            "vercel adapter-messenger, botpress [V]",
        ),
        (
            Field::QuickReplyLabel,
            20,
            Unit::Chars,
            "vercel adapter-messenger [V]",
        ),
        (
            Field::Handle,
            1000,
            Unit::Bytes,
            "Messenger platform, postback payload [K]",
        ),
        (
            Field::Album,
            1,
            Unit::Items,
            "Messenger platform: one attachment; image grids of 2 to 6 since June 2026 [V]",
        ),
        (
            Field::CardTitle,
            80,
            Unit::Chars,
            "vercel adapter-messenger, generic template [V]",
        ),
        (
            Field::CardText,
            80,
            Unit::Chars,
            "vercel adapter-messenger, generic template [V]",
        ),
        (
            Field::CardButtons,
            3,
            Unit::Items,
            "vercel adapter-messenger, generic template [V]",
        ),
        (
            Field::Cards,
            10,
            Unit::Items,
            "vercel adapter-messenger, generic template [V]",
        ),
        (
            Field::CarouselCardText,
            80,
            Unit::Chars,
            "vercel adapter-messenger, generic template [V]",
        ),
        (
            Field::CarouselCardButtons,
            3,
            Unit::Items,
            "vercel adapter-messenger, generic template [V]",
        ),
    ],
    ..Profile::TEXT
};

pub(super) const INSTAGRAM: Profile = Profile {
    content: &[
        ContentKind::Text,
        ContentKind::Media,
        ContentKind::Card,
        ContentKind::Carousel,
        ContentKind::Choice,
        ContentKind::Product,
        ContentKind::Typing,
        ContentKind::Read,
        ContentKind::Reaction,
    ],
    actions: &[ActionKind::Reply, ActionKind::Url],
    refused_media: &[MediaKind::File, MediaKind::Sticker, MediaKind::Animation],
    combos: Combos {
        mixed_buttons: true,
        mixed_cards: true,
        card_without_media: true,
        ..super::NO_COMBOS
    },
    receipts: true,
    window: Some((
        24,
        None,
        "chatwoot message_window_service; 7 days only with HUMAN_AGENT [V]",
    )),
    limits: &[
        (
            Field::Text,
            1000,
            Unit::Bytes,
            "vercel adapter-instagram, Sinch [V]",
        ),
        (
            Field::InteractiveText,
            640,
            Unit::Chars,
            "Meta button template, as Messenger [K]",
        ),
        (
            Field::Caption,
            0,
            Unit::Chars,
            "vercel adapter-instagram: attachments have no text [V]",
        ),
        (
            Field::Buttons,
            3,
            Unit::Items,
            "vercel adapter-instagram [V]",
        ),
        (
            Field::ButtonLabel,
            20,
            Unit::Chars,
            "vercel adapter-instagram [V]",
        ),
        (
            Field::QuickReplies,
            13,
            Unit::Items,
            "vercel adapter-instagram [V]",
        ),
        (
            Field::QuickReplyLabel,
            20,
            Unit::Chars,
            "vercel adapter-instagram [V]",
        ),
        (
            Field::Handle,
            1000,
            Unit::Bytes,
            "Messenger platform, postback payload [K]",
        ),
        (
            Field::Album,
            1,
            Unit::Items,
            "Instagram messaging: one attachment [K]",
        ),
        (
            Field::CardTitle,
            80,
            Unit::Chars,
            "Meta generic template, as Messenger [V]",
        ),
        (
            Field::CardText,
            80,
            Unit::Chars,
            "Meta generic template, as Messenger [V]",
        ),
        (
            Field::CardButtons,
            3,
            Unit::Items,
            "vercel adapter-instagram, template buttons [V]",
        ),
        (
            Field::Cards,
            10,
            Unit::Items,
            "Meta generic template, as Messenger [V]",
        ),
        (
            Field::CarouselCardText,
            80,
            Unit::Chars,
            "Meta generic template, as Messenger [V]",
        ),
        (
            Field::CarouselCardButtons,
            3,
            Unit::Items,
            "vercel adapter-instagram, template buttons [V]",
        ),
    ],
    ..Profile::TEXT
};

pub(super) const TELEGRAM: Profile = Profile {
    markup: Markup::TelegramHtml,
    content: &[
        ContentKind::Text,
        ContentKind::Media,
        ContentKind::Choice,
        ContentKind::Location,
        ContentKind::LocationRequest,
        ContentKind::Contact,
        ContentKind::ContactRequest,
        ContentKind::Poll,
        ContentKind::Table,
        ContentKind::Reaction,
        ContentKind::Edit,
        ContentKind::Delete,
        ContentKind::Typing,
    ],
    actions: &[ActionKind::Reply, ActionKind::Url, ActionKind::CopyCode],
    combos: Combos {
        mixed_buttons: true,
        buttons_with_media: true,
        ..super::NO_COMBOS
    },
    limits: &[
        (
            Field::Text,
            4096,
            Unit::Utf16,
            "python-telegram-bot constants, Bot API `sendMessage`: 4096 characters after entities parsing; UTF-16 units are never fewer [V]",
        ),
        (
            Field::Caption,
            1024,
            Unit::Utf16,
            "python-telegram-bot constants, Bot API: 1024 characters after entities parsing; UTF-16 units are never fewer [V]",
        ),
        (
            Field::Buttons,
            100,
            Unit::Items,
            "python-telegram-bot constants [V]",
        ),
        (
            Field::QuickReplies,
            0,
            Unit::Items,
            "inline keyboards are the buttons; a reply keyboard stays [V]",
        ),
        // No limit is documented; eight buttons share a row.
        (
            Field::ButtonLabel,
            64,
            Unit::Chars,
            "Bot API names none; longer labels are not readable on a telephone [K]",
        ),
        (
            Field::Handle,
            64,
            Unit::Bytes,
            "python-telegram-bot constants, Bot API `callback_data` [V]",
        ),
        (
            Field::Album,
            10,
            Unit::Items,
            "python-telegram-bot constants, media groups of 2 to 10 [V]",
        ),
        (
            Field::PollQuestion,
            300,
            Unit::Chars,
            "python-telegram-bot constants [V]",
        ),
        (
            Field::PollOptions,
            12,
            Unit::Items,
            "python-telegram-bot constants [V]",
        ),
        (
            Field::PollOption,
            100,
            Unit::Chars,
            "python-telegram-bot constants [V]",
        ),
        (Field::Contacts, 1, Unit::Items, "Bot API `sendContact` [V]"),
    ],
    ..Profile::TEXT
};

pub(super) const VIBER: Profile = Profile {
    markup: Markup::Viber,
    content: &[
        ContentKind::Text,
        ContentKind::Media,
        ContentKind::Choice,
        ContentKind::Location,
        ContentKind::LocationRequest,
        ContentKind::Contact,
        ContentKind::ContactRequest,
    ],
    actions: &[ActionKind::Reply, ActionKind::Url],
    refused_media: &[MediaKind::Audio, MediaKind::VoiceNote, MediaKind::Animation],
    combos: Combos {
        mixed_buttons: true,
        ..super::NO_COMBOS
    },
    receipts: true,
    limits: &[
        (Field::Text, 7000, Unit::Chars, "Infobip Viber bots [V]"),
        (
            Field::Caption,
            512,
            Unit::Chars,
            "Infobip Viber bots, picture text [V]",
        ),
        (Field::Album, 1, Unit::Items, "Infobip Viber bots [V]"),
        (
            Field::Buttons,
            24,
            Unit::Items,
            "Viber keyboards of 24 rows [K]",
        ),
        (
            Field::QuickReplies,
            0,
            Unit::Items,
            "Viber keyboards are the buttons [K]",
        ),
        (
            Field::ButtonLabel,
            250,
            Unit::Chars,
            "Viber keyboards, `Text` [K]",
        ),
        (
            Field::Handle,
            250,
            Unit::Bytes,
            "Viber keyboards, `ActionBody` [K]",
        ),
        (Field::Contacts, 1, Unit::Items, "Viber contact message [K]"),
    ],
    ..Profile::TEXT
};

pub(super) const VIBER_BUSINESS: Profile = Profile {
    markup: Markup::Viber,
    content: &[ContentKind::Text, ContentKind::Media, ContentKind::Choice],
    actions: &[ActionKind::Url],
    refused_media: &[
        MediaKind::Audio,
        MediaKind::VoiceNote,
        MediaKind::Animation,
        MediaKind::Sticker,
    ],
    combos: Combos {
        buttons_with_media: true,
        ..super::NO_COMBOS
    },
    receipts: true,
    limits: &[
        (Field::Text, 1000, Unit::Chars, "Sinch viberbm [V]"),
        (Field::Caption, 1000, Unit::Chars, "Sinch viberbm [V]"),
        (Field::Album, 1, Unit::Items, "Sinch viberbm [V]"),
        (
            Field::Buttons,
            1,
            Unit::Items,
            "Sinch viberbm: exactly one [V]",
        ),
        (Field::QuickReplies, 0, Unit::Items, "Sinch viberbm [V]"),
        (Field::ButtonLabel, 30, Unit::Chars, "Sinch viberbm [V]"),
    ],
    ..Profile::TEXT
};
